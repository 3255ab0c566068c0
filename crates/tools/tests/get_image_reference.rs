//! `get_image_reference`: what the cluster shows of an image without asking a registry.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::{Value as Json, json};
use tools::Argument;
use world::*;

const TOOL: &str = "get_image_reference";

/// A pod of the namespace that runs one container.
fn neighbour(name: &str, image: &str, policy: &str, since: &str, node: &str) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": "shop", "uid": name, "resourceVersion": "1",
            "creationTimestamp": "2026-11-20T10:00:00Z" },
        "spec": { "nodeName": node, "restartPolicy": "Always",
            "containers": [ { "name": "main", "image": image, "imagePullPolicy": policy } ] },
        "status": { "phase": "Running", "containerStatuses": [ running("main", image, since) ] },
    })
}

fn replica_set(name: &str, revision: &str, image: &str, ready: i64, created: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": { "name": name, "namespace": "shop", "resourceVersion": "7",
            "creationTimestamp": created,
            "annotations": { "deployment.kubernetes.io/revision": revision },
            "ownerReferences": [ { "apiVersion": "apps/v1", "kind": "Deployment",
                "name": "checkout", "uid": "d1", "controller": true } ] },
        "spec": { "replicas": 2, "template": { "spec": {
            "containers": [ { "name": "server", "image": image } ] } } },
        "status": { "replicas": 2, "readyReplicas": ready },
    })
}

const FORMER: &str = "registry.example.com/shop/checkout:1.4.2";

fn rollout() -> [Json; 2] {
    [
        replica_set("checkout-7c9f", "9", IMAGE, 0, "2026-11-20T14:01:03Z"),
        replica_set("checkout-66aa", "8", FORMER, 2, "2026-11-01T09:00:00Z"),
    ]
}

fn image(objects: impl IntoIterator<Item = Json>) -> Json {
    World::of([pod()].into_iter().chain(objects)).on_pod(TOOL)["image"].clone()
}

fn pods() -> Question {
    Question::list(Kind::Pod, Some("shop"))
}

fn replica_sets() -> Question {
    Question::list(Kind::ReplicaSet, Some("shop"))
}

#[test]
fn the_former_image_and_the_nearest_known_tag_are_read_off_the_rollout() {
    let image = image(rollout());
    assert_eq!(image["valid"], true);
    assert_eq!((&image["former_image"], &image["former_tag"]), (&json!(FORMER), &json!("1.4.2")));
    assert_eq!(image["changed_in_rollout"], true);
    assert_eq!(image["known_tags"], json!(["1.4.2"]));
    assert_eq!(image["nearest_tag"], "1.4.2");
    assert_eq!(image["pinned"], false);
    assert_eq!(image["repository_works"], false, "no sibling runs it");
}

#[test]
fn a_former_revision_without_ready_pods_makes_no_tag_known() {
    let mut rollout = rollout();
    rollout[1]["status"]["readyReplicas"] = Json::Null;
    let image = image(rollout);
    assert_eq!(image["known_tags"], json!([]));
    assert_eq!(image["nearest_tag"], Json::Null);
    assert_eq!(image["former_tag"], "1.4.2");
}

#[test]
fn only_a_start_that_asked_the_registry_within_the_hour_proves_that_it_works() {
    let other = "registry.example.com/shop/cart:2";
    for (policy, since, works) in [
        ("Always", "2026-11-20T14:05:00Z", true),
        ("Always", "2026-11-20T13:07:59Z", false),
        ("IfNotPresent", "2026-11-20T14:05:00Z", false),
    ] {
        let image = image([neighbour("cart-1", other, policy, since, "worker-1")]);
        assert_eq!(image["registry_works"], works, "{policy} {since}");
        assert_eq!(image["registry_known"], true);
        assert_eq!(image["siblings"][0]["pulled_since"], since);
        assert_eq!(image["siblings"][0]["same_registry"], true);
        assert_eq!(image["siblings"][0]["same_repository"], false);
    }
}

#[test]
fn a_sibling_with_another_tag_shows_that_the_repository_is_there() {
    let image =
        image([neighbour("old-1", FORMER, "IfNotPresent", "2026-11-19T00:00:00Z", "worker-1")]);
    assert_eq!(image["repository_works"], true);
    assert_eq!(
        (&image["nearest_tag"], &image["nearest_repository"]),
        (&json!("1.4.2"), &Json::Null)
    );
}

#[test]
fn a_slip_in_the_repository_or_the_registry_is_seen_through() {
    let slip = "registry.example.com/shop/chekcout:1.4.2";
    let image_of = |own: &str| {
        let mut pod = pod();
        pod["spec"]["containers"][0]["image"] = json!(own);
        let sibling = neighbour("old-1", FORMER, "IfNotPresent", "2026-11-19T00:00:00Z", "w");
        World::of([pod, sibling]).on_pod(TOOL)["image"].clone()
    };
    assert_eq!(image_of(slip)["nearest_repository"], "shop/checkout");
    let host = image_of("regsitry.example.com/shop/checkout:1.4.2");
    assert_eq!(host["nearest_registry"], "registry.example.com");
    assert_eq!(host["siblings"][0]["same_repository"], true);
    assert_eq!(host["siblings"][0]["same_registry"], false);
    assert_eq!(host["registry_known"], false);
}

#[test]
fn a_container_that_waits_for_its_image_proves_nothing() {
    let mut waits = neighbour("old-1", FORMER, "Always", "2026-11-20T14:05:00Z", "worker-1");
    waits["status"]["containerStatuses"][0]["lastState"] =
        json!({ "terminated": { "exitCode": 0, "startedAt": "2026-11-20T14:00:00Z" } });
    waits["status"]["containerStatuses"][0]["state"] =
        json!({ "waiting": { "reason": "ImagePullBackOff" } });
    let image = image([waits]);
    assert_eq!(image["siblings"], json!([]));
    assert_eq!(image["registry_works"], false);
}

#[test]
fn what_needs_the_list_of_pods_is_unknown_without_it_and_the_rest_is_known() {
    for kind in [UnseenKind::Denied, UnseenKind::NotCaptured, UnseenKind::Unreachable] {
        let world = World::of([pod()].into_iter().chain(rollout())).unseen(pods(), kind);
        let image = world.on_pod(TOOL)["image"].clone();
        let expected = kind.word().replace(' ', "-");
        for fact in ["siblings", "registry_works", "registry_known", "repository_works"] {
            assert_eq!(unseen(&image[fact]), expected, "{fact}");
        }
        assert_eq!(image["former_image"], FORMER);
        assert_eq!(image["nearest_tag"], "1.4.2", "the former revision runs with it");
        assert_eq!(image["tag"], "1.4.3");
    }
}

#[test]
fn without_the_revisions_the_former_image_is_unknown_not_absent() {
    let world = World::of([pod()]).unseen(replica_sets(), UnseenKind::Denied);
    let image = world.on_pod(TOOL)["image"].clone();
    assert_eq!(unseen(&image["former_image"]), "denied");
    assert_eq!(unseen(&image["former_tag"]), "denied");
    assert_eq!(unseen(&image["changed_in_rollout"]), "denied");
    assert_eq!(unseen(&image["known_tags"]), "denied");
    assert_eq!(image["siblings"], json!([]));
}

#[test]
fn in_a_cut_list_a_sibling_counts_and_its_lack_does_not() {
    let sibling = neighbour(
        "cart-1",
        "registry.example.com/shop/cart:2",
        "Always",
        "2026-11-20T14:05:00Z",
        "w",
    );
    let reply = partial(vec![pod(), sibling], UnseenKind::Truncated, "pods in shop");
    let image = World::of([pod()]).replying(pods(), reply).on_pod(TOOL)["image"].clone();
    assert_eq!(image["registry_works"], true);
    assert_eq!(unseen(&image["repository_works"]), "truncated");
    assert_eq!(unseen(&image["siblings"]), "truncated");
}

#[test]
fn a_revision_that_was_not_seen_may_lie_between_two_that_were() {
    let [new, mut old] = rollout();
    old["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("7");
    let reply = partial(vec![new, old], UnseenKind::Truncated, "replicasets in shop");
    let image = World::of([pod()]).replying(replica_sets(), reply).on_pod(TOOL)["image"].clone();
    assert_eq!(unseen(&image["former_image"]), "truncated");
}

#[test]
fn the_former_image_of_a_stateful_set_stands_in_its_controller_revisions() {
    let mut pod = pod();
    pod["metadata"]["labels"] = json!({ "controller-revision-hash": "web-bbb" });
    pod["metadata"]["ownerReferences"][0] = json!({ "apiVersion": "apps/v1",
        "kind": "StatefulSet", "name": "web", "uid": "s", "controller": true });
    let revision = |name: &str, number: i64, image: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "ControllerRevision",
            "metadata": { "name": name, "namespace": "shop", "ownerReferences": [ {
                "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true } ] },
            "data": { "spec": { "template": { "$patch": "replace", "spec": {
                "containers": [ { "name": "server", "image": image } ] } } } },
            "revision": number,
        })
    };
    let (value, asked) =
        World::of([pod, revision("web-bbb", 2, IMAGE), revision("web-aaa", 1, FORMER)])
            .asked(TOOL, &on_pod());
    assert_eq!(value.to_json()["image"]["former_image"], FORMER);
    assert!(asked.contains(&Question::list(Kind::ControllerRevision, Some("shop"))));
}

#[test]
fn an_invalid_reference_has_a_problem_and_no_parts() {
    let mut pod = pod();
    pod["spec"]["containers"][0]["image"] = json!("registry.example.com/Shop/checkout:1");
    let image = World::of([pod]).on_pod(TOOL)["image"].clone();
    assert_eq!(image["valid"], false);
    assert!(image["problem"].as_str().is_some_and(|problem| problem.contains("lowercase")));
    assert_eq!((&image["registry"], &image["tag"]), (&Json::Null, &Json::Null));
}

#[test]
fn the_node_is_asked_for_only_on_demand() {
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "worker-3" },
        "status": { "nodeInfo": { "architecture": "arm64" },
            "images": [ { "names": [ "docker.io/library/busybox:1" ] } ] } });
    let world = World::of([pod(), node]);
    let (value, asked) = world.asked(TOOL, &on_pod());
    assert!(!asked.contains(&Question::get(Kind::Node, None, "worker-3")));
    assert_eq!(unseen(&value.to_json()["image"]["node_arch"]), "not-asked");
    assert_eq!(value.to_json()["image"]["on_node"], Json::Null);
    let mut call = on_pod();
    call.push(("platform", Argument::Bool(true)));
    let facts = world.run(TOOL, &call);
    assert_eq!(facts["image"]["node_arch"], "arm64");
    assert_eq!(facts["image"]["on_node"], false, "the node lists fewer images than it can");
}

#[test]
fn a_container_on_the_same_node_shows_that_the_image_is_there() {
    let image = image([neighbour("twin", IMAGE, "Always", "2026-11-20T14:05:00Z", "worker-3")]);
    assert_eq!(image["on_node"], true);
    assert_eq!(image["nearest_tag"], Json::Null, "the tag itself is known");
}

#[test]
fn the_pod_absent_has_no_images_and_the_pod_denied_is_unknown() {
    assert_eq!(World::of([]).on_pod(TOOL), json!({ "exists": false, "images": [], "image": null }));
    let denied = World::of([]).unseen(get_pod(), UnseenKind::Denied).on_pod(TOOL);
    assert_eq!(unseen(&denied), "denied");
}

#[test]
fn the_tag_that_two_others_of_the_folder_have_is_the_one_of_their_release() {
    let since = "2026-11-19T00:00:00Z";
    let beside = |name: &str, image: &str| neighbour(name, image, "IfNotPresent", since, "w");
    let cart = beside("cart-1", "registry.example.com/shop/cart:1.4.2");
    let tag_of = |others: Vec<Json>| image(others)["neighbour_tag"].clone();
    let mail = |tag: &str| beside("mail-1", &format!("registry.example.com/shop/mail:{tag}"));
    assert_eq!(tag_of(vec![cart.clone(), mail("1.4.2")]), "1.4.2");
    assert_eq!(tag_of(vec![cart.clone(), mail("1.4.1")]), Json::Null, "each has its own");
    let again = beside("cart-2", "registry.example.com/shop/cart:1.4.2");
    assert_eq!(tag_of(vec![cart.clone(), again]), Json::Null, "two pods of one repository");
    let elsewhere = beside("mail-1", "registry.example.com/tools/mail:1.4.2");
    assert_eq!(tag_of(vec![cart, elsewhere]), Json::Null, "another folder");
    let own = ["cart", "mail"]
        .map(|one| beside(&format!("{one}-1"), &format!("registry.example.com/shop/{one}:1.4.3")));
    assert_eq!(tag_of(own.to_vec()), Json::Null, "the very tag that is asked for");
}
