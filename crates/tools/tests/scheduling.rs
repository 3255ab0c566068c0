//! The tools about pods that wait for a node: the scheduler's words, the nodes, the schedulers.

mod world;

use evidence::{Kind, NodeService, Question, Reply, UnseenKind};
use serde_json::{Value as Json, json};
use world::*;

fn waiting(spec: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "checkout-7c9f-x2x", "namespace": "shop", "uid": "u1", "creationTimestamp": "2026-11-20T14:00:00Z" },
        "spec": spec,
        "status": { "phase": "Pending" } })
}

fn refused(message: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": "FailedScheduling",
        "metadata": { "name": "e1", "namespace": "shop" }, "message": message, "count": 3,
        "lastTimestamp": "2026-11-20T14:05:00Z", "source": { "component": "default-scheduler" },
        "involvedObject": { "kind": "Pod", "name": "checkout-7c9f-x2x", "namespace": "shop", "uid": "u1" } })
}

fn node(name: &str, labels: Json, spec: Json, cpu: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels }, "spec": spec,
        "status": { "allocatable": { "cpu": cpu, "memory": "16Gi" }, "conditions": [{ "type": "Ready", "status": "True" }] } })
}

fn control_plane() -> Json {
    let taint = json!([{ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }]);
    node(
        "cp-1",
        json!({ "node-role.kubernetes.io/control-plane": "" }),
        json!({ "taints": taint }),
        "4",
    )
}

fn whole(demands: Json) -> Json {
    let mut spec = json!({ "schedulerName": "default-scheduler", "containers": [] });
    for (key, value) in demands.as_object().expect("fields") {
        spec[key] = value.clone();
    }
    spec
}

fn fleet(world: &World) -> Json {
    world.on_pod("get_nodes_overview")
}

#[test]
fn the_newest_refusal_is_taken_apart_and_the_demands_stand_beside_it() {
    let spec = whole(json!({ "nodeSelector": { "disk": "ssd" }, "containers": [
        { "name": "a", "resources": { "requests": { "cpu": "1500m" } }, "ports": [{ "hostPort": 80 }] }] }));
    let told = "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu.";
    let facts = World::of([waiting(spec), refused(told)]).on_pod("get_pod_scheduling_events");
    assert_eq!(
        (&facts["silent"], &facts["nodes"], &facts["attempts"]),
        (&json!(false), &json!(3), &json!(3))
    );
    assert_eq!(facts["rest"].as_array().map(Vec::len), Some(1));
    assert_eq!((&facts["rest"][0]["sort"], &facts["rest"][0]["nodes"]), (&json!("cpu"), &json!(2)));
    assert_eq!((&facts["requests"]["cpu"], &facts["host_ports"]), (&json!("1.5"), &json!([80])));
    assert_eq!(facts["node_affinity"], json!([]));
}

#[test]
fn a_scheduler_is_silent_only_where_its_words_would_have_been_seen() {
    let young = World::of([waiting(whole(json!({})))]).on_pod("get_pod_scheduling_events");
    assert_eq!((&young["silent"], &young["told"]), (&json!(true), &Json::Null));
    let blind = World::of([waiting(whole(json!({})))])
        .unseen(events_of_pod(), UnseenKind::Denied)
        .on_pod("get_pod_scheduling_events");
    assert_eq!((unseen(&blind["silent"]), unseen(&blind["told"])), ("denied", "denied"));
    let mut noted = waiting(whole(json!({})));
    noted["status"]["conditions"] = json!([{ "type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Too many pods." }]);
    let noted = World::of([noted])
        .unseen(events_of_pod(), UnseenKind::Denied)
        .on_pod("get_pod_scheduling_events");
    assert_eq!((&noted["silent"], &noted["reasons"][0]["sort"]), (&json!(false), &json!("pods")));
}

#[test]
fn claims_are_told_apart_by_what_became_of_them() {
    let volume =
        |claim: &str| json!({ "name": claim, "persistentVolumeClaim": { "claimName": claim } });
    let claim = |name: &str, phase: &str| {
        json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": { "name": name, "namespace": "shop" }, "status": { "phase": phase } })
    };
    let pod = waiting(whole(json!({ "volumes": [volume("a"), volume("b"), volume("c")] })));
    let objects = [pod.clone(), claim("a", "Bound"), claim("b", "Pending")];
    let facts = World::of(objects.clone()).on_pod("get_pod_scheduling_events");
    assert_eq!(facts["missing_claims"], json!(["c"]));
    assert_eq!(facts["unbound_claims"][0]["name"], "b");
    assert_eq!(facts["bound_claims"][0]["name"], "a");
    let list = Question::list(Kind::PersistentVolumeClaim, Some("shop"));
    let blind =
        World::of([pod]).unseen(list, UnseenKind::Denied).on_pod("get_pod_scheduling_events");
    assert_eq!(unseen(&blind["missing_claims"]), "denied");
}

#[test]
fn nodes_are_counted_by_what_bars_the_pod_from_those_that_suit_it() {
    let gpu = json!({ "pool": "gpu" });
    let taint =
        json!({ "taints": [{ "key": "dedicated", "value": "ml", "effect": "NoSchedule" }] });
    let nodes = [
        control_plane(),
        node("a", gpu.clone(), json!({ "unschedulable": true }), "8"),
        node("b", gpu.clone(), taint, "8"),
        node("c", gpu, json!({}), "8"),
        node("d", json!({}), json!({}), "64"),
    ];
    let demands = json!({ "nodeSelector": { "pool": "gpu" }, "containers": [
        { "name": "a", "resources": { "requests": { "cpu": "16" } } }] });
    let facts =
        fleet(&World::of(nodes.clone().into_iter().chain([waiting(whole(demands.clone()))])));
    let counts = |facts: &Json| {
        ["eligible", "wanted", "cordoned", "tainted", "open"].map(|name| facts[name].as_i64())
    };
    assert_eq!(counts(&facts), [Some(4), Some(3), Some(1), Some(1), Some(1)]);
    assert_eq!(facts["wanted_too_small"], json!(["cpu"]));
    assert_eq!(
        (&facts["largest"]["cpu"], &facts["taints"]),
        (&json!("64"), &json!(["dedicated=ml:NoSchedule"]))
    );
    let mut tolerant = demands;
    tolerant["tolerations"] = json!([{ "key": "dedicated", "operator": "Exists" }]);
    let facts = fleet(&World::of(nodes.into_iter().chain([waiting(whole(tolerant))])));
    assert_eq!(counts(&facts), [Some(4), Some(3), Some(1), Some(0), Some(2)]);
}

#[test]
fn a_node_of_the_control_plane_is_kept_free_unless_the_pod_means_it() {
    let pod = |demands: Json| waiting(whole(demands));
    let facts = fleet(&World::of([control_plane(), pod(json!({}))]));
    assert_eq!((&facts["total"], &facts["eligible"]), (&json!(1), &json!(0)));
    let meant = json!({ "nodeSelector": { "node-role.kubernetes.io/control-plane": "" } });
    assert_eq!(fleet(&World::of([control_plane(), pod(meant)]))["tainted"], 1);
    let tolerant = json!({ "tolerations": [{ "operator": "Exists" }] });
    assert_eq!(fleet(&World::of([control_plane(), pod(tolerant)]))["open"], 1);
}

#[test]
fn an_affinity_that_was_not_seen_is_unknown_and_its_workload_may_tell_it() {
    let mut part = waiting(json!({ "containers": [] }));
    part["metadata"]["ownerReferences"] = json!([{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "checkout", "controller": true }]);
    let nodes = || [node("a", json!({ "zone": "x" }), json!({}), "8"), part.clone()];
    let facts = fleet(&World::of(nodes()));
    assert_eq!((unseen(&facts["affinity_matches"]), &facts["wanted"]), ("not-captured", &json!(1)));
    let terms = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{ "matchExpressions": [{ "key": "zone", "operator": "In", "values": ["y"] }] }] } } });
    let set = json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "checkout", "namespace": "shop" },
        "spec": { "template": { "spec": { "affinity": terms } } } });
    let facts = fleet(&World::of(nodes().into_iter().chain([set])));
    assert_eq!((&facts["affinity_matches"], &facts["wanted"]), (&json!(0), &json!(0)));
}

#[test]
fn services_of_nodes_that_nobody_wrote_down_leave_the_list_incomplete() {
    let service = |name: &str, state: &str| NodeService {
        name: name.to_owned(),
        state: state.to_owned(),
        detail: None,
        since: None,
        journal: vec!["Stopped.".to_owned()],
    };
    let of = |node: &str| Question::NodeServices { node: node.to_owned() };
    let told = Reply::NodeServices(
        vec![service("kubelet", "active"), service("kube-scheduler", "inactive")].into(),
    );
    let nodes = || {
        World::of([control_plane(), node("a", json!({}), json!({}), "8")])
            .replying(of("cp-1"), told.clone())
    };
    let only = nodes().run("get_node_services", &[("control_plane", tools::Argument::Bool(true))]);
    assert_eq!(only["services"].as_array().map(Vec::len), Some(2));
    let down = &only["services"][0];
    assert_eq!(
        (&down["name"], &down["running"], &down["last_words"]),
        (&json!("kube-scheduler"), &json!(false), &json!("Stopped."))
    );
    let all = nodes().unseen(of("a"), UnseenKind::NotAsked).run("get_node_services", &[]);
    assert_eq!((unseen(&all["services"]), &all["told"]), ("not-asked", &json!(["cp-1"])));
    let none = nodes()
        .unseen(of("a"), UnseenKind::NotAsked)
        .run("get_node_services", &[("node", "a".into())]);
    assert_eq!(unseen(&none), "not-asked");
}

#[test]
fn a_pod_that_was_placed_later_shows_a_scheduler_at_work() {
    let other = |made: &str| {
        json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "nodeName": "a", "schedulerName": "default-scheduler" },
        "metadata": { "name": "web", "namespace": "shop", "creationTimestamp": made } })
    };
    for (made, since) in [("2026-11-20T14:01:00Z", true), ("2026-11-20T13:59:00Z", false)] {
        let facts =
            World::of([waiting(whole(json!({}))), other(made)]).on_pod("get_scheduler_status");
        assert_eq!(facts["placed_since"], json!(since), "{made}");
    }
}
