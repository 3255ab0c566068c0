//! A namespace `shop` with a few objects, and what the tests ask of it.

#![allow(dead_code)] // Each test file uses a part of it.

use std::time::Duration;

use apiserver::{ApiServer, Listening};
use cluster::{Access, Cluster, Environment};
use evidence::{Kind, ObjectRef, Question, Reply, Unseen, UnseenKind};
use serde_json::{Value as Json, json};

/// A value that only a secret's content holds, and that nothing may ever show.
pub const SECRET: &str = "hunter2-c2VjcmV0";

pub const TIMEOUT: Duration = Duration::from_secs(10);

pub fn object(kind: Kind, namespace: Option<&str>, name: &str) -> Json {
    let mut object = json!({
        "kind": kind.name(), "apiVersion": kind.api_version(),
        "metadata": { "name": name, "uid": format!("uid-{name}"), "resourceVersion": "7" },
    });
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}

pub fn pod(namespace: &str, name: &str) -> Json {
    let mut pod = object(Kind::Pod, Some(namespace), name);
    pod["spec"] = json!({ "containers": [{ "name": "server" }, { "name": "waiting" }] });
    pod["status"] = json!({ "containerStatuses": [
        { "name": "server", "state": { "running": {} } },
        { "name": "waiting", "state": { "waiting": { "reason": "ImagePullBackOff" } } },
    ]});
    pod
}

pub fn event(namespace: &str, name: &str, about: &ObjectRef) -> Json {
    let mut event = object(Kind::Event, Some(namespace), name);
    event["involvedObject"] =
        json!({ "kind": about.kind.name(), "name": about.name, "namespace": about.namespace });
    event["reason"] = json!("Failed");
    event["message"] = json!("Failed to pull image");
    event
}

pub fn secret(namespace: &str, name: &str) -> Json {
    let mut secret = object(Kind::Secret, Some(namespace), name);
    secret["type"] = json!("Opaque");
    secret["data"] = json!({ "password": SECRET });
    secret
}

pub fn web() -> ObjectRef {
    ObjectRef::new(Kind::Pod, Some("shop"), "web-0")
}

pub fn objects() -> Vec<Json> {
    let node = ObjectRef::new(Kind::Node, None, "worker-3");
    vec![
        pod("shop", "web-0"),
        pod("shop", "web-1"),
        pod("cart", "web-0"),
        object(Kind::Node, None, "worker-3"),
        object(Kind::Deployment, Some("shop"), "web"),
        object(Kind::ServiceAccount, Some("shop"), "default"),
        event("shop", "web-0.1", &web()),
        event("shop", "web-0.2", &web()),
        event("shop", "web-1.1", &ObjectRef::new(Kind::Pod, Some("shop"), "web-1")),
        event("default", "worker-3.1", &node),
        secret("shop", "regcred"),
        secret("cart", "regcred"),
        secret("cart", "other"),
    ]
}

pub fn server() -> ApiServer {
    ApiServer::new(objects())
        .with_log("shop", "web-0", "server", false, "one\ntwo\n")
        .with_log("shop", "web-0", "server", true, "before\n")
}

pub fn cluster(server: &ApiServer) -> Cluster {
    Cluster::with_service(server.clone(), "shop", TIMEOUT)
}

/// The same over a socket, found by way of a kubeconfig.
pub async fn connected(listening: &Listening) -> Cluster {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config");
    std::fs::write(&file, listening.kubeconfig()).expect("a file");
    let access = Access { kubeconfig: Some(file), ..Access::default() };
    Cluster::connect_from(&access, &Environment::default()).await.expect("connected")
}

/// One question of every sort, each about something that is there.
pub fn every_question() -> Vec<Question> {
    vec![
        Question::Version,
        Question::get(Kind::Node, None, "worker-3"),
        Question::list(Kind::Pod, Some("shop")),
        Question::EventsOf { object: web() },
        Question::Namesakes { kind: Kind::Secret, name: "regcred".into() },
        log("server", false),
    ]
}

pub fn log(container: &str, previous: bool) -> Question {
    Question::Log { pod: web(), container: container.into(), previous }
}

pub async fn ask(cluster: &Cluster, question: Question) -> Reply {
    let mut replies = cluster.answer_all(vec![question.clone()]).await;
    let (of, reply) = replies.pop().expect("a reply");
    assert!(replies.is_empty());
    assert_eq!(of, question);
    reply
}

/// Why a reply is unseen.
#[track_caller]
pub fn unseen(reply: Reply) -> Unseen {
    match reply {
        Reply::Unseen(unseen) => unseen,
        other => panic!("seen: {other:?}"),
    }
}

#[track_caller]
pub fn unreachable(reply: Reply) -> String {
    let unseen = unseen(reply);
    assert_eq!(unseen.kind, UnseenKind::Unreachable, "{unseen}");
    unseen.why.to_string()
}

#[track_caller]
pub fn denied(reply: Reply) -> String {
    let unseen = unseen(reply);
    assert_eq!(unseen.kind, UnseenKind::Denied, "{unseen}");
    unseen.why.to_string()
}

/// The names of a list's objects, and why there may be more.
#[track_caller]
pub fn listed(reply: Reply) -> (Vec<String>, Option<Unseen>) {
    match reply {
        Reply::Objects(listing) => (
            listing.items.iter().map(|item| item.reference().path()).collect(),
            listing.missing.clone(),
        ),
        other => panic!("no list: {other:?}"),
    }
}
