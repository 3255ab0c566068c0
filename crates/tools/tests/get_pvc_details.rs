//! A claim held against the volumes.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::{Value as Json, json};
use world::*;

fn claim(spec: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": spec, "status": { "phase": "Pending" },
        "metadata": { "name": "data", "namespace": "shop", "uid": "u1", "creationTimestamp": "2026-11-20T14:00:00Z" } })
}

fn wants(class: &str, size: &str) -> Json {
    json!({ "storageClassName": class, "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": size } } })
}

fn volume(name: &str, class: &str, size: &str, holder: Option<&str>) -> Json {
    let mut spec = json!({ "storageClassName": class, "accessModes": ["RWO"], "capacity": { "storage": size } });
    if let Some(holder) = holder {
        spec["claimRef"] = json!({ "namespace": "shop", "name": holder });
    }
    let phase = if holder.is_some() { "Bound" } else { "Available" };
    json!({ "apiVersion": "v1", "kind": "PersistentVolume", "spec": spec, "status": { "phase": phase },
        "metadata": { "name": name, "labels": { "tier": "slow" } } })
}

fn class(name: &str, provisioner: &str, default: bool) -> Json {
    json!({ "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": provisioner,
        "metadata": { "name": name, "annotations": { "storageclass.kubernetes.io/is-default-class": default.to_string() } } })
}

fn details(world: &World) -> Json {
    world.run("get_pvc_details", &[("claim", "data".into()), ("namespace", "shop".into())])
}

#[test]
fn every_point_in_which_a_volume_does_not_suit_is_named() {
    let mut other_mode = wants("", "1Gi");
    other_mode["accessModes"] = json!(["ReadWriteMany"]);
    let mut labelled = wants("", "1Gi");
    labelled["selector"] = json!({ "matchLabels": { "tier": "fast" } });
    let mut block = wants("", "1Gi");
    block["volumeMode"] = json!("Block");
    for (spec, misfits) in [
        (wants("", "1024Mi"), json!([])),
        (wants("fast", "1Gi"), json!(["class"])),
        (wants("", "2Gi"), json!(["capacity"])),
        (other_mode, json!(["access-mode"])),
        (labelled, json!(["selector"])),
        (block, json!(["volume-mode"])),
    ] {
        let facts = details(&World::of([claim(spec.clone()), volume("pv", "", "1Gi", None)]));
        assert_eq!(facts["nearest"]["misfits"], misfits, "{spec}");
    }
}

#[test]
fn a_free_volume_with_one_misfit_is_nearer_than_one_that_another_claim_has() {
    let taken = || volume("a-taken", "", "9Gi", Some("other"));
    let facts =
        details(&World::of([claim(wants("", "5Gi")), taken(), volume("small", "", "1Gi", None)]));
    assert_eq!(
        (&facts["nearest"]["name"], &facts["nearest"]["misfits"]),
        (&json!("small"), &json!(["capacity"]))
    );
    let facts = details(&World::of([claim(wants("", "5Gi")), taken()]));
    assert_eq!(
        (&facts["nearest"]["misfits"], &facts["nearest"]["holder"]),
        (&json!(["occupied"]), &json!("shop/other"))
    );
    let kept = volume("kept", "x", "1Gi", Some("data"));
    let facts = details(&World::of([claim(wants("", "5Gi")), taken(), kept]));
    assert_eq!(
        (&facts["nearest"]["name"], &facts["nearest"]["reserved"]),
        (&json!("kept"), &json!(true))
    );
}

#[test]
fn a_claim_without_a_class_takes_the_default_one_and_an_empty_class_is_none() {
    let classes = || {
        [
            class("fast", "ebs.csi.aws.com", true),
            class("manual", "kubernetes.io/no-provisioner", false),
        ]
    };
    let mut unset = wants("", "1Gi");
    unset.as_object_mut().expect("fields").remove("storageClassName");
    for (spec, name, provisions) in [
        (unset, "fast", true),
        (wants("", "1Gi"), "", false),
        (wants("manual", "1Gi"), "manual", false),
    ] {
        let facts = details(&World::of(classes().into_iter().chain([claim(spec)])));
        assert_eq!((&facts["class"], &facts["provisions"]), (&json!(name), &json!(provisions)));
    }
}

#[test]
fn what_was_not_seen_of_claim_classes_or_volumes_is_unknown() {
    let part = json!({ "storageClassName": "fast" });
    let world = World::of([claim(part), volume("pv", "fast", "1Gi", None)])
        .unseen(Question::list(Kind::StorageClass, None), UnseenKind::Denied);
    let facts = details(&world);
    assert_eq!(
        (unseen(&facts["class_exists"]), unseen(&facts["request"])),
        ("denied", "not-captured")
    );
    assert_eq!(facts["nearest"]["misfits"], json!([]));
    let world = World::of([claim(wants("", "1Gi"))])
        .unseen(Question::list(Kind::PersistentVolume, None), UnseenKind::Denied);
    assert_eq!(unseen(&details(&world)["nearest"]), "denied");
    assert_eq!(details(&World::of([claim(wants("", "1Gi"))]))["nearest"], Json::Null);
}
