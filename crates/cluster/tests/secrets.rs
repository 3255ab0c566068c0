//! A secret's content goes no further than the seal.

mod shop;

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use apiserver::{Fault, Rule};
use evidence::{Kind, Question, Reply};
use serde_json::json;
use shop::{SECRET, ask, cluster, secret, server};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

fn regcred() -> Question {
    Question::get(Kind::Secret, Some("shop"), "regcred")
}

#[tokio::test]
async fn the_content_of_a_secret_is_not_in_the_reply() {
    assert!(secret("shop", "regcred").to_string().contains(SECRET));
    for question in [regcred(), Question::list(Kind::Secret, Some("shop"))] {
        let reply = ask(&cluster(&server()), question).await;
        assert!(matches!(reply, Reply::Object(_) | Reply::Objects(_)), "{reply:?}");
        assert!(!format!("{reply:?}").contains(SECRET));
    }
}

/// Writes down all that is traced, at every level.
#[derive(Clone, Default)]
struct Tracer(Arc<Mutex<String>>);

impl Visit for Tracer {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = self.0.lock().expect("a lock");
        writeln!(text, "{field}={value:?}").expect("a text");
    }
}

impl Subscriber for Tracer {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn the_content_of_a_secret_is_neither_traced_nor_in_a_reason() {
    let change = |change: fn(&mut serde_json::Value)| Fault::changed(change);
    let faults = [
        change(|it| it["kind"] = json!("Pod")),
        change(|it| it["metadata"]["name"] = it["data"]["password"].clone()),
        change(|it| *it = it["data"]["password"].clone()),
        change(|it| *it = json!([it["data"].clone()])),
        change(|it| it["apiVersion"] = it["data"]["password"].clone()),
        Fault::Cut,
        Fault::Answer(
            200,
            "application/json",
            "{\"kind\":\"Secret\",\"data\":{\"password\":\"hunter2-c2VjcmV0\"",
        ),
        Fault::Answer(200, "application/json", "hunter2-c2VjcmV0"),
        Fault::Answer(500, "application/json", "hunter2-c2VjcmV0"),
        Fault::Status(500, "InternalError", "hunter2-c2VjcmV0"),
        Fault::Status(403, "Forbidden", "no: hunter2-c2VjcmV0"),
    ];
    let tracer = Tracer::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tracing::subscriber::with_default(tracer.clone(), || {
        runtime.block_on(async {
            for fault in faults {
                let server = server().with_rule(Rule::on("get", "secrets").then(fault));
                // In process, and through the whole of the client, which traces.
                let listening = server.listen().expect("a port");
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("config");
                std::fs::write(&file, listening.kubeconfig()).expect("a file");
                let access = cluster::Access { kubeconfig: Some(file), ..Default::default() };
                let live = cluster::Cluster::connect_from(&access, &Default::default()).await;
                for cluster in [cluster(&server), live.expect("connected")] {
                    let unseen = shop::unseen(ask(&cluster, regcred()).await);
                    assert!(!unseen.to_string().contains(SECRET), "{unseen}");
                    assert!(!unseen.to_string().contains("hunter2"), "{unseen}");
                }
            }
        });
    });
    let traced = tracer.0.lock().expect("a lock");
    assert!(traced.contains("/api/v1/namespaces/shop/secrets/regcred"), "nothing was traced");
    assert!(!traced.contains("hunter2"), "{traced}");
}
