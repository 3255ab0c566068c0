//! `get_workload_yaml`: the workload and what its latest rollout changed.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::{Value as Json, json};
use tools::Argument;
use world::*;

const TOOL: &str = "get_workload_yaml";
const FORMER: &str = "registry.example.com/shop/checkout:1.4.2";

fn deployment() -> Json {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "checkout", "namespace": "shop", "resourceVersion": "5",
            "annotations": { "deployment.kubernetes.io/revision": "9" } },
        "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "checkout" } },
            "template": { "spec": { "serviceAccountName": "checkout",
                "imagePullSecrets": [ { "name": "regcred" } ],
                "containers": [ { "name": "server", "image": IMAGE, "imagePullPolicy": "Always" } ] } } },
        "status": { "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2 } })
}

fn replica_set(revision: &str, image: &str, created: &str) -> Json {
    json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": { "name": format!("checkout-{revision}"), "namespace": "shop",
            "creationTimestamp": created,
            "annotations": { "deployment.kubernetes.io/revision": revision },
            "ownerReferences": [ { "apiVersion": "apps/v1", "kind": "Deployment",
                "name": "checkout", "controller": true } ] },
        "spec": { "replicas": 2, "template": { "spec": { "serviceAccountName": "checkout",
            "containers": [ { "name": "server", "image": image } ] } } },
        "status": { "readyReplicas": 2 } })
}

fn call(workload: &str) -> Vec<(&'static str, Argument)> {
    vec![("workload", workload.into()), ("namespace", "shop".into())]
}

fn world() -> World {
    World::of([
        deployment(),
        replica_set("9", IMAGE, "2026-11-20T14:01:03Z"),
        replica_set("8", FORMER, "2026-11-01T09:00:00Z"),
    ])
}

#[test]
fn the_latest_rollout_is_told_by_what_it_changed() {
    let (value, asked) = world().asked(TOOL, &call("deployment/checkout"));
    let facts = value.to_json();
    assert_eq!(asked.len(), 2);
    assert_eq!((&facts["revision"], &facts["previous_revision"]), (&json!(9), &json!(8)));
    assert_eq!(facts["changed_at"], "2026-11-20T14:01:03Z");
    assert_eq!(
        facts["changes"],
        json!([ { "container": "server", "field": "image",
        "before": FORMER, "after": IMAGE } ])
    );
    assert_eq!(facts["revisions"][1]["images"], json!([FORMER]));
    assert_eq!((&facts["replicas"], &facts["ready_replicas"]), (&json!(2), &json!(2)));
    assert_eq!((&facts["updated_replicas"], &facts["available_replicas"]), (&json!(1), &json!(0)));
    assert_eq!(
        (&facts["service_account"], &facts["pull_secrets"]),
        (&json!("checkout"), &json!(["regcred"]))
    );
    let yaml = facts["yaml"].as_str().expect("a text");
    assert!(yaml.starts_with("apiVersion: apps/v1\nkind: Deployment\n"), "{yaml}");
    assert!(
        yaml.contains("image: registry.example.com/shop/checkout:1.4.3")
            && !yaml.contains("status:")
    );
}

#[test]
fn a_workload_is_found_by_every_spelling() {
    for text in [
        "deployment/checkout",
        "Deployment checkout",
        "deploy/checkout",
        "deployments.apps/checkout",
        "Deployment shop/checkout",
        "checkout",
    ] {
        assert_eq!(world().run(TOOL, &call(text))["exists"], true, "{text}");
    }
    let mut by_kind = call("web");
    by_kind.push(("kind", "sts".into()));
    let facts = world().run(TOOL, &by_kind);
    assert_eq!((&facts["exists"], &facts["kind"]), (&json!(false), &json!("StatefulSet")));
    assert_eq!(unseen(&world().run(TOOL, &call("widget/checkout"))), "not-captured");
    assert_eq!(unseen(&world().run(TOOL, &call("secret/checkout"))), "not-captured");
}

#[test]
fn a_return_to_an_older_revision_keeps_no_time() {
    let facts = World::of([
        deployment(),
        replica_set("9", IMAGE, "2026-10-01T00:00:00Z"),
        replica_set("8", FORMER, "2026-11-01T09:00:00Z"),
    ])
    .run(TOOL, &call("deployment/checkout"));
    assert_eq!(facts["changed_at"], Json::Null);
    assert_eq!(facts["changes"][0]["after"], IMAGE);
}

#[test]
fn without_the_revisions_what_changed_is_unknown() {
    let sets = Question::list(Kind::ReplicaSet, Some("shop"));
    let facts = World::of([deployment()])
        .unseen(sets, UnseenKind::Denied)
        .run(TOOL, &call("deployment/checkout"));
    assert_eq!(facts["revision"], 9, "the Deployment says it itself");
    for fact in ["previous_revision", "changed_at", "changes", "revisions"] {
        assert_eq!(unseen(&facts[fact]), "denied", "{fact}");
    }
    assert_eq!(facts["replicas"], 2);
}

#[test]
fn a_first_revision_changed_nothing() {
    let facts = World::of([deployment(), replica_set("9", IMAGE, "2026-11-20T14:01:03Z")])
        .run(TOOL, &call("deployment/checkout"));
    assert_eq!((&facts["previous_revision"], &facts["changes"]), (&Json::Null, &json!([])));
    assert_eq!(facts["changed_at"], "2026-11-20T14:01:03Z");
}

#[test]
fn an_absent_workload_and_an_unseen_one_differ() {
    let absent = World::of([]).run(TOOL, &call("deployment/checkout"));
    assert_eq!((&absent["exists"], &absent["replicas"]), (&json!(false), &Json::Null));
    assert_eq!((&absent["changes"], &absent["yaml"]), (&json!([]), &json!("")));
    let get = Question::get(Kind::Deployment, Some("shop"), "checkout");
    let denied =
        World::of([]).unseen(get, UnseenKind::Denied).run(TOOL, &call("deployment/checkout"));
    assert_eq!(unseen(&denied), "denied");
}

#[test]
fn the_yaml_is_bounded() {
    let mut big = deployment();
    big["metadata"]["annotations"]["note"] = json!("x ".repeat(20_000));
    let facts = World::of([big]).run(TOOL, &call("deployment/checkout"));
    let yaml = facts["yaml"].as_str().expect("a text");
    assert!(yaml.len() <= 8 * 1024 && yaml.ends_with("# cut here\n"));
}

#[test]
fn a_pod_that_nobody_owns_is_a_workload_of_its_own() {
    let facts = World::of([pod()]).run(TOOL, &call("Pod checkout-7c9f-x2x"));
    assert_eq!((&facts["exists"], &facts["kind"]), (&json!(true), &json!("Pod")));
    assert_eq!(facts["containers"][0]["image"], IMAGE);
    assert_eq!((&facts["replicas"], &facts["revision"]), (&Json::Null, &Json::Null));
}
