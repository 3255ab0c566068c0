//! Nothing but reads leaves the process, whatever is asked and however the server answers.

mod shop;

use apiserver::{ApiServer, Fault, Rule};
use cluster::{Cluster, ReadOnly, Refused};
use evidence::{Kind, ObjectRef, Question};
use kube::client::Body;
use shop::{TIMEOUT, every_question, server};
use tower::{Layer, Service};

/// Every question that can be written about every kind, with names of all sorts.
fn all_questions() -> Vec<Question> {
    let mut questions = every_question();
    for &kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Secret) {
        for name in ["web-0", "exec", "a?watch=true", "../x", "", "x/proxy", "%2e%2e"] {
            for namespace in [Some("shop"), Some("../../x"), Some("a?watch=1"), None] {
                let object = ObjectRef::new(kind, namespace, name);
                questions.push(Question::Get { object: object.clone() });
                questions.push(Question::EventsOf { object: object.clone() });
                questions.push(Question::list(kind, namespace));
                questions.push(Question::Log {
                    pod: object,
                    container: "server&follow=true".into(),
                    previous: true,
                });
            }
            questions.push(Question::Namesakes { kind, name: name.into() });
        }
    }
    questions
}

#[track_caller]
fn assert_only_reads(server: &ApiServer) {
    let audit = server.audit();
    assert!(!audit.is_empty());
    for received in audit {
        assert_eq!(received.method, "GET", "{received:?}");
        let (path, query) = received.path.split_once('?').unwrap_or((&received.path, ""));
        for part in path.split('/') {
            assert!(part != ".." && part != "." && part != "watch", "{received:?}");
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let is_name = path.split('/').rev().nth(1).is_some_and(|plural| plural.ends_with('s'));
        let subresource = ["exec", "attach", "portforward", "proxy"].contains(&last);
        assert!(!subresource || is_name, "{received:?}");
        for key in query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()) {
            assert!(!["watch", "follow", "dryRun"].contains(&key), "{received:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_question_to_every_server_is_a_read() {
    let faults = [
        Fault::Forbidden,
        Fault::Busy(429, Some(1)),
        Fault::Status(410, "Expired", "gone"),
        Fault::Answer(307, "text/plain", "elsewhere"),
        Fault::Answer(101, "text/plain", "upgrade"),
        Fault::Cut,
    ];
    let mut servers = vec![server()];
    servers.extend(faults.map(|fault| server().with_rule(Rule::on("*", "*").then(fault))));
    for server in servers {
        shop::cluster(&server).answer_all(all_questions()).await;
        assert_only_reads(&server);
        let client = kube::Client::new(server.clone(), "shop");
        Cluster::with_client(client, TIMEOUT).answer_each(&every_question(), |_, _| {}).await;
        assert_only_reads(&server);
    }
}

#[tokio::test]
async fn a_connected_cluster_only_reads_too() {
    let server = server();
    let listening = server.listen().expect("a port");
    let cluster = shop::connected(&listening).await;
    assert_eq!(server.audit(), []);
    cluster.answer_all(all_questions()).await;
    assert_only_reads(&server);
    assert_eq!(cluster.requests(), server.audit().len() as u64);
}

#[tokio::test]
async fn the_layer_lets_no_other_verb_through_to_the_server() {
    let server = server();
    let layer = ReadOnly::default();
    let mut gate = layer.layer(server.clone());
    let all = [
        "/version",
        "/api/v1/pods",
        "/api/v1/namespaces/shop/pods/web-0",
        "/api/v1/namespaces/shop/pods/web-0/log",
        "/api/v1/namespaces/shop/pods/web-0/exec",
        "/api/v1/namespaces/shop/pods/web-0/eviction",
        "/api/v1/namespaces/shop/pods/web-0/status",
        "/apis/apps/v1/namespaces/shop/deployments/web/scale",
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"] {
        for path in all {
            let request = http::Request::builder().method(method).uri(path);
            let request = request.body(Body::empty()).expect("a request");
            let error = gate.call(request).await.expect_err("refused");
            let refused = error.downcast_ref::<Refused>().expect("by the layer");
            assert_eq!((refused.method.as_str(), refused.path.as_str()), (method, path));
        }
    }
    assert_eq!((server.audit().len(), layer.sent()), (0, 0));
}
