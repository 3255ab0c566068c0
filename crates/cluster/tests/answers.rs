//! What a sound API server's answers become.

mod shop;

use apiserver::{ApiServer, Fault, Rule};
use cluster::Cluster;
use evidence::{Kind, ObjectRef, Question, Reply, UnseenKind};
use serde_json::json;
use shop::{ask, cluster, every_question, listed, log, object, objects, pod, server, web};

#[tokio::test]
async fn an_object_that_is_there_is_seen() {
    let reply = ask(&cluster(&server()), Question::Get { object: web() }).await;
    let Reply::Object(object) = reply else { panic!("{reply:?}") };
    assert_eq!(object.reference(), &web());
    assert_eq!(object.resource_version(), Some("7"));
}

#[tokio::test]
async fn an_object_that_the_server_does_not_find_is_absent() {
    let cluster = cluster(&server());
    for question in [
        Question::get(Kind::Pod, Some("shop"), "nope"),
        Question::get(Kind::Pod, Some("no-such-namespace"), "web-0"),
        Question::get(Kind::Deployment, Some("shop"), "nope"),
        Question::get(Kind::Node, None, "nope"),
    ] {
        assert_eq!(ask(&cluster, question.clone()).await, Reply::Absent, "{question}");
    }
}

#[tokio::test]
async fn a_list_holds_the_objects_of_its_namespace_only() {
    let cluster = cluster(&server());
    let (pods, missing) = listed(ask(&cluster, Question::list(Kind::Pod, Some("shop"))).await);
    assert_eq!((pods, missing), (vec!["shop/web-0".into(), "shop/web-1".into()], None));
    let (pods, _) = listed(ask(&cluster, Question::list(Kind::Pod, None)).await);
    assert_eq!(pods, ["cart/web-0", "shop/web-0", "shop/web-1"]);
    let (nodes, _) = listed(ask(&cluster, Question::list(Kind::Node, Some("shop"))).await);
    assert_eq!(nodes, ["worker-3"]);
}

#[tokio::test]
async fn an_empty_list_is_complete() {
    let reply = ask(&cluster(&server()), Question::list(Kind::Job, Some("shop"))).await;
    assert_eq!(listed(reply), (Vec::new(), None));
}

#[tokio::test]
async fn a_long_list_is_read_in_pages_of_500() {
    let pods = (0..1201).map(|n| pod("shop", &format!("web-{n:04}"))).collect();
    let server = ApiServer::new(pods);
    let cluster = cluster(&server);
    let (pods, missing) = listed(ask(&cluster, Question::list(Kind::Pod, Some("shop"))).await);
    assert_eq!((pods.len(), missing), (1201, None));
    assert_eq!(cluster.requests(), 3);
    let paths: Vec<String> = server.audit().into_iter().map(|it| it.path).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/namespaces/shop/pods?limit=500",
            "/api/v1/namespaces/shop/pods?limit=500&continue=500",
            "/api/v1/namespaces/shop/pods?limit=500&continue=1000",
        ]
    );
}

#[tokio::test]
async fn a_list_that_expired_between_pages_is_read_once_more() {
    let pods = || (0..600).map(|n| pod("shop", &format!("web-{n:04}"))).collect();
    let gone = Fault::Status(410, "Expired", "The provided continue parameter is too old");
    let once = Rule::on("list", "pods").after(1).times(1).then(gone.clone());
    let server = ApiServer::new(pods()).with_rule(once);
    let cluster_once = cluster(&server);
    let reply = ask(&cluster_once, Question::list(Kind::Pod, Some("shop"))).await;
    let (names, missing) = listed(reply);
    assert_eq!((names.len(), missing), (600, None));
    assert_eq!(cluster_once.requests(), 4);

    let every_second_page = ApiServer::new(pods())
        .with_rule(Rule::on("list", "pods").after(1).times(1).then(gone.clone()))
        .with_rule(Rule::on("list", "pods").after(2).times(1).then(gone));
    let reply = ask(&cluster(&every_second_page), Question::list(Kind::Pod, Some("shop"))).await;
    let (names, missing) = listed(reply);
    assert_eq!(names.len(), 500);
    assert_eq!(missing.expect("more").kind, UnseenKind::Truncated);
}

#[tokio::test]
async fn a_list_with_null_for_its_items_is_empty_and_one_without_items_is_no_list() {
    let null = Fault::changed(|list| list["items"] = json!(null));
    let server_null = server().with_rule(Rule::on("list", "pods").then(null));
    let reply = ask(&cluster(&server_null), Question::list(Kind::Pod, Some("shop"))).await;
    assert_eq!(listed(reply), (Vec::new(), None));

    let none = Fault::changed(|list| {
        list.as_object_mut().expect("a list").remove("items");
    });
    let server_none = server().with_rule(Rule::on("list", "pods").then(none));
    shop::unreachable(ask(&cluster(&server_none), Question::list(Kind::Pod, Some("shop"))).await);
}

#[tokio::test]
async fn the_events_of_an_object_are_its_own_only() {
    let server = server();
    let cluster = cluster(&server);
    let (events, missing) = listed(ask(&cluster, Question::EventsOf { object: web() }).await);
    assert_eq!((events, missing), (vec!["shop/web-0.1".into(), "shop/web-0.2".into()], None));
    assert_eq!(
        server.audit()[0].path,
        "/api/v1/namespaces/shop/events?fieldSelector=\
         involvedObject.name%3Dweb-0%2CinvolvedObject.kind%3DPod&limit=500"
    );
}

#[tokio::test]
async fn the_events_of_a_node_are_looked_for_in_every_namespace() {
    let node = ObjectRef::new(Kind::Node, None, "worker-3");
    let reply = ask(&cluster(&server()), Question::EventsOf { object: node }).await;
    assert_eq!(listed(reply), (vec!["default/worker-3.1".into()], None));
}

#[tokio::test]
async fn events_of_other_objects_are_left_out_where_the_server_does_not_select() {
    let all = Fault::changed(|list| {
        let other = json!({ "metadata": { "name": "other.1", "namespace": "shop" },
            "involvedObject": { "kind": "Pod", "name": "other", "namespace": "shop" } });
        list["items"].as_array_mut().expect("items").push(other);
    });
    let server = server().with_rule(Rule::on("list", "events").then(all));
    let reply = ask(&cluster(&server), Question::EventsOf { object: web() }).await;
    assert_eq!(listed(reply), (vec!["shop/web-0.1".into(), "shop/web-0.2".into()], None));
}

#[tokio::test]
async fn namesakes_are_found_without_their_content() {
    let server = server();
    let question = Question::Namesakes { kind: Kind::Secret, name: "regcred".into() };
    let reply = ask(&cluster(&server), question).await;
    let Reply::Namesakes(found) = reply else { panic!("{reply:?}") };
    let found: Vec<String> = found.iter().map(ObjectRef::path).collect();
    assert_eq!(found, ["cart/regcred", "shop/regcred"]);
    let asked = &server.audit()[0];
    assert_eq!(asked.accept, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    assert_eq!(asked.path, "/api/v1/secrets?fieldSelector=metadata.name%3Dregcred&limit=500");
}

#[tokio::test]
async fn a_server_that_sends_content_where_metadata_was_asked_for_is_not_listened_to() {
    let full = Fault::changed(|list| {
        list["kind"] = json!("SecretList");
        list["apiVersion"] = json!("v1");
    });
    let server = server().with_rule(Rule::on("list", "secrets").then(full));
    let question = Question::Namesakes { kind: Kind::Secret, name: "regcred".into() };
    let why = shop::unreachable(ask(&cluster(&server), question).await);
    assert_eq!(why, "the answer is not a PartialObjectMetadataList");
}

#[tokio::test]
async fn the_version_is_read() {
    let server = server().with_version("v1.30.2-gke.1587003");
    let reply = ask(&cluster(&server), Question::Version).await;
    let Reply::Version(version) = reply else { panic!("{reply:?}") };
    assert_eq!(version.git_version, "v1.30.2-gke.1587003");
}

#[tokio::test]
async fn a_log_is_read_of_the_present_and_of_the_previous_run() {
    let server = server();
    let cluster = cluster(&server);
    for (previous, lines) in [(false, vec!["one", "two"]), (true, vec!["before"])] {
        let reply = ask(&cluster, log("server", previous)).await;
        let Reply::Log(log) = reply else { panic!("{reply:?}") };
        assert_eq!((log.lines.as_slice(), log.cut), (&lines.map_owned()[..], false));
    }
    assert_eq!(
        server.audit()[1].path,
        "/api/v1/namespaces/shop/pods/web-0/log\
         ?container=server&previous=true&tailLines=200&limitBytes=4194304"
    );
}

trait Owned {
    fn map_owned(self) -> Vec<String>;
}

impl Owned for Vec<&str> {
    fn map_owned(self) -> Vec<String> {
        self.into_iter().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn the_last_line_of_a_long_log_is_there() {
    // 300 lines of 2,000 bytes: above LOG_LINES and, for 200 of them, above LOG_BYTES.
    let text: String = (0..300).map(|n| format!("{n:04} {}\n", "x".repeat(1994))).collect();
    let server = ApiServer::new(objects()).with_log("shop", "web-0", "server", false, &text);
    let reply = ask(&cluster(&server), log("server", false)).await;
    let Reply::Log(log) = reply else { panic!("{reply:?}") };
    assert!(log.lines.last().expect("lines").starts_with("0299 "));
    assert!(log.cut);
    let bytes: usize = log.lines.iter().map(|line| line.len() + 1).sum();
    assert!(bytes <= Question::LOG_BYTES as usize);
    assert!(bytes > Question::LOG_BYTES as usize - 2001);
}

#[tokio::test]
async fn a_log_too_long_for_its_end_to_come_is_truncated() {
    let text: String = (0..200).map(|_| format!("{}\n", "x".repeat(30_000))).collect();
    let server = ApiServer::new(objects()).with_log("shop", "web-0", "server", false, &text);
    let unseen = shop::unseen(ask(&cluster(&server), log("server", false)).await);
    assert_eq!(unseen.kind, UnseenKind::Truncated);
}

#[tokio::test]
async fn a_log_that_does_not_exist_is_absent() {
    let cluster = cluster(&server());
    let of = |pod: &str, container: &str, previous| Question::Log {
        pod: ObjectRef::new(Kind::Pod, Some("shop"), pod),
        container: container.into(),
        previous,
    };
    for question in [
        of("web-0", "waiting", false),
        of("web-1", "server", true),
        of("web-0", "no-such-container", false),
        of("no-such-pod", "server", false),
    ] {
        assert_eq!(ask(&cluster, question.clone()).await, Reply::Absent, "{question}");
    }
}

#[tokio::test]
async fn a_pod_that_the_kubelet_does_not_know_has_an_unknown_log() {
    // genericrest.GenericHttpResponseChecker passes the kubelet's 404 on like this.
    let unknown = Fault::Answer(
        404,
        "application/json",
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"the server could not find the requested resource ( pods/log web-0)",
            "reason":"NotFound","details":{"name":"web-0","kind":"pods/log"},"code":404}"#,
    );
    let server = server().with_rule(Rule::on("get", "pods/log").then(unknown));
    let why = shop::unreachable(ask(&cluster(&server), log("server", false)).await);
    assert!(why.contains("kubelet"), "{why}");
}

#[tokio::test]
async fn questions_come_back_in_the_order_asked_one_request_each() {
    let server = server();
    let cluster = cluster(&server);
    let questions = every_question();
    let replies = cluster.answer_all(questions.clone()).await;
    let answered: Vec<Question> = replies.into_iter().map(|(question, _)| question).collect();
    assert_eq!(answered, questions);
    assert_eq!(cluster.requests(), questions.len() as u64);
    assert_eq!(server.audit().len(), questions.len());
}

#[tokio::test]
async fn what_a_list_tells_is_not_asked_again() {
    let cluster = cluster(&server());
    let replies = cluster
        .answer_all(vec![
            Question::list(Kind::Pod, None),
            Question::list(Kind::Pod, Some("shop")),
            Question::Get { object: web() },
            Question::get(Kind::Pod, Some("shop"), "nope"),
            Question::Namesakes { kind: Kind::Pod, name: "web-0".into() },
            Question::list(Kind::Event, Some("shop")),
            Question::EventsOf { object: web() },
        ])
        .await;
    assert_eq!(cluster.requests(), 2);
    let alone = crate::cluster(&server());
    for (question, reply) in replies {
        let asked = ask(&alone, question.clone()).await;
        match (reply, asked) {
            (Reply::Objects(one), Reply::Objects(other)) => {
                assert_eq!(one.items.len(), other.items.len(), "{question}");
            }
            (one, other) => assert_eq!(one, other, "{question}"),
        }
    }
}

#[tokio::test]
async fn what_a_denied_list_does_not_tell_is_asked() {
    let server = server().with_rule(Rule::on("list", "pods"));
    let cluster = cluster(&server);
    let questions = vec![Question::list(Kind::Pod, Some("shop")), Question::Get { object: web() }];
    let replies = cluster.answer_all(questions).await;
    assert!(matches!(replies[0].1, Reply::Unseen(_)));
    assert!(matches!(replies[1].1, Reply::Object(_)));
}

#[tokio::test(start_paused = true)]
async fn replies_that_came_are_kept_when_waiting_ends() {
    let server = server().with_rule(Rule::on("list", "*").then(Fault::Hang));
    let cluster = cluster(&server);
    let mut seen = Vec::new();
    let questions = every_question();
    let all = cluster.answer_each(&questions, |question, _| seen.push(question));
    let ended = tokio::time::timeout(std::time::Duration::from_secs(1), all).await;
    assert!(ended.is_err());
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_client_can_be_given_too() {
    let client = kube::Client::new(server(), "shop");
    let cluster = Cluster::with_client(client, shop::TIMEOUT);
    assert_eq!(cluster.default_namespace(), "shop");
    assert!(matches!(ask(&cluster, Question::Get { object: web() }).await, Reply::Object(_)));
    assert_eq!(cluster.requests(), 1);
}

#[tokio::test]
async fn a_name_that_no_object_can_have_is_not_sent() {
    let server = server();
    let cluster = cluster(&server);
    for name in ["", "..", "a/b", "web-0/exec"] {
        shop::unreachable(ask(&cluster, Question::get(Kind::Pod, Some("shop"), name)).await);
    }
    assert!(server.audit().is_empty());
    let odd = object(Kind::ConfigMap, Some("shop"), "a?b#c d");
    let server = ApiServer::new(vec![odd]);
    let question = Question::get(Kind::ConfigMap, Some("shop"), "a?b#c d");
    assert!(matches!(ask(&crate::cluster(&server), question).await, Reply::Object(_)));
}
