//! `get_pod_top_metrics`: what a pod uses, beside its limits.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::{Value as Json, json};
use world::*;

fn pod(containers: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "containers": containers },
        "metadata": { "name": the_pod().name, "namespace": the_pod().namespace } })
}

fn metrics(mut more: Json) -> Json {
    more["apiVersion"] = "metrics.k8s.io/v1beta1".into();
    more["kind"] = "PodMetrics".into();
    more["metadata"] = json!({ "name": the_pod().name, "namespace": the_pod().namespace });
    more
}

fn limited(name: &str) -> Json {
    json!({ "name": name, "image": "web:1", "resources": { "limits": { "cpu": "500m", "memory": "512Mi" } } })
}

#[test]
fn usage_stands_beside_the_limits_of_each_container() {
    let usage = json!({ "timestamp": "2026-11-20T14:02:00Z", "window": "15.021s", "containers": [
        { "name": "server", "usage": { "cpu": "249751230n", "memory": "509952Ki" } },
        { "name": "sidecar", "usage": { "cpu": "0", "memory": "8Mi" } } ] });
    let sidecar = json!({ "name": "sidecar", "image": "proxy:1" });
    let world = World::of([pod(json!([limited("server"), sidecar])), metrics(usage)]);
    let facts = world.on_pod("get_pod_top_metrics");
    assert_eq!(facts["cpu_millicores"], 250);
    assert_eq!(facts["memory_bytes"], (509_952 << 10) + (8 << 20));
    assert_eq!(facts["window_seconds"], 15);
    let server = &facts["containers"][0];
    assert_eq!((&server["cpu_share"], &server["memory_share"]), (&json!(0.5), &json!(0.97)));
    assert_eq!(facts["containers"][1]["memory_share"], Json::Null, "it has no limit");
}

#[test]
fn a_sum_is_that_of_the_only_container_and_of_no_one_of_several() {
    let sum = || metrics(json!({ "tsg.dev/sum": { "cpu": "250m", "memory": "498Mi" } }));
    let one = World::of([pod(json!([limited("server")])), sum()]).on_pod("get_pod_top_metrics");
    assert_eq!(one["containers"][0]["memory_share"], 0.97);
    let several = World::of([pod(json!([limited("server"), limited("sidecar")])), sum()]);
    let several = several.on_pod("get_pod_top_metrics");
    assert_eq!(several["memory_bytes"], 498 << 20);
    assert_eq!(unseen(&several["containers"]), "not-captured");
}

#[test]
fn what_is_not_measured_is_unknown_and_not_zero() {
    let ask = || Question::Get {
        object: evidence::ObjectRef::new(
            Kind::PodMetrics,
            the_pod().namespace.as_deref(),
            &the_pod().name,
        ),
    };
    let world = || World::of([pod(json!([limited("server")]))]);
    let absent = world().on_pod("get_pod_top_metrics");
    assert_eq!(unseen(&absent), "not-captured");
    let down = world().unseen(ask(), UnseenKind::Unreachable).on_pod("get_pod_top_metrics");
    assert_eq!(unseen(&down), "unreachable");
    let none = metrics(json!({ "containers": [] }));
    let none =
        World::of([pod(json!([limited("a"), limited("b")])), none]).on_pod("get_pod_top_metrics");
    assert_eq!(none["memory_bytes"], Json::Null);
}
