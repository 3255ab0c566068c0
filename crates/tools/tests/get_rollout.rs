//! What `get_rollout` and the tools beside it tell of pods that were never made.

mod world;

use serde_json::{Value as Json, json};
use world::World;

fn deployment(replicas: i64) -> Json {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "rates", "namespace": "shop", "creationTimestamp": "2026-11-20T14:00:00Z" },
        "spec": { "replicas": replicas, "template": { "metadata": { "labels": { "app": "rates" } },
            "spec": { "containers": [{ "name": "server" }] } } }, "status": {} })
}

fn replica_set() -> Json {
    json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": { "name": "rates-5d", "namespace": "shop", "ownerReferences": [
            { "apiVersion": "apps/v1", "kind": "Deployment", "name": "rates", "controller": true }] },
        "spec": { "replicas": 2 }, "status": { "replicas": 0 } })
}

fn event(reason: &str, message: &str, at: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Event",
        "metadata": { "name": format!("rates-5d.{reason}"), "namespace": "shop" },
        "involvedObject": { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rates-5d", "namespace": "shop" },
        "reason": reason, "message": message, "type": "Warning", "lastTimestamp": at })
}

const REFUSED: &str = "Error creating: pods \"rates-5d-x\" is forbidden: exceeded quota: team, requested: pods=1, used: pods=9, limited: pods=9";

fn rollout(objects: Vec<Json>) -> Json {
    let arguments = [("workload", "deployment/rates".into()), ("namespace", "shop".into())];
    World::of(objects).run("get_rollout", &arguments)
}

#[test]
fn a_refusal_names_the_quota_and_counts_what_is_missing() {
    let told = rollout(vec![
        deployment(2),
        replica_set(),
        event("FailedCreate", REFUSED, "2026-11-20T14:07:00Z"),
    ]);
    assert_eq!(told["missing"], 2);
    assert_eq!(told["refused_now"], true);
    assert_eq!(told["latest_refusal"]["sort"], "quota");
    assert_eq!(told["latest_refusal"]["quota_ref"]["name"], "team");
    assert_eq!(told["latest_refusal"]["resources"], json!(["pods"]));
}

#[test]
fn a_refusal_before_a_pod_that_was_made_is_outlived() {
    let told = rollout(vec![
        deployment(2),
        replica_set(),
        event("FailedCreate", REFUSED, "2026-11-20T14:02:00Z"),
        event("SuccessfulCreate", "Created pod: rates-5d-y", "2026-11-20T14:03:00Z"),
    ]);
    assert_eq!(told["refused_now"], false);
    assert_eq!(told["latest_refusal"]["outlived"], true);
}

#[test]
fn the_callers_of_a_workload_at_zero_are_found_by_its_service() {
    let service = json!({ "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "rates", "namespace": "shop" }, "spec": { "selector": { "app": "rates" } } });
    let mut till = deployment(1);
    till["metadata"]["name"] = json!("till");
    till["spec"]["template"]["metadata"]["labels"] = json!({ "app": "till" });
    till["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{ "name": "RATES", "value": "http://rates:8080/v1" }]);
    let told = rollout(vec![deployment(0), service, till]);
    let services = &told["services"];
    assert_eq!(services[0]["name"], "rates");
    assert_eq!(services[0]["callers"][0]["name"], "till");
}
