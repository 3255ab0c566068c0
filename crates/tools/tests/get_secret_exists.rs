//! `get_secret_exists`: existence, type and use of a pull secret, and never a value.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::{Value as Json, json};
use tools::Argument;
use world::*;

const TOOL: &str = "get_secret_exists";

/// `{"auths":{"registry.example.com":{"username":"u","password":"hunter22"}}}`
const CONFIG: &str = "eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlLmNvbSI6eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Imh1bnRlcjIyIn19fQ==";

fn secret(kind: &str, data: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Secret", "type": kind, "data": data,
        "metadata": { "name": "regcred", "namespace": "shop", "uid": "s1",
            "creationTimestamp": "2026-11-20T09:00:00Z" } })
}

fn call(image: Option<&str>) -> Vec<(&'static str, Argument)> {
    let mut call = vec![("secret", "regcred".into()), ("namespace", "shop".into())];
    call.extend(image.map(|image| ("image", image.into())));
    call
}

fn get() -> Question {
    Question::get(Kind::Secret, Some("shop"), "regcred")
}

fn namesakes() -> Question {
    Question::Namesakes { kind: Kind::Secret, name: "regcred".into() }
}

#[test]
fn a_right_secret_covers_images_of_its_registry_and_shows_no_value() {
    let world = World::of([secret(
        "kubernetes.io/dockerconfigjson",
        json!({ ".dockerconfigjson": CONFIG }),
    )]);
    let (value, asked) = world.asked(TOOL, &call(Some(IMAGE)));
    let facts = value.to_json();
    assert_eq!(asked.len(), 1);
    assert_eq!((&facts["exists"], &facts["well_formed"]), (&json!(true), &json!(true)));
    assert_eq!(facts["keys"], json!([".dockerconfigjson"]));
    assert_eq!(facts["registries"], json!(["registry.example.com"]));
    assert_eq!((&facts["covers_image"], &facts["problem"]), (&json!(true), &Json::Null));
    assert!(!format!("{value:?}").contains("hunter22"));
    let other = world.run(TOOL, &call(Some("ghcr.io/a/b")));
    assert_eq!(other["covers_image"], false);
    assert_eq!(world.run(TOOL, &call(None))["covers_image"], Json::Null);
    assert_eq!(world.run(TOOL, &call(Some("Not An Image")))["covers_image"], Json::Null);
}

#[test]
fn the_time_of_the_last_change_and_the_image_asked_about_are_told() {
    let mut changed = secret("Opaque", json!({}));
    changed["metadata"]["managedFields"] = json!([
        { "manager": "kubectl", "operation": "Update", "time": "2026-11-20T10:00:00Z" },
        { "manager": "kubectl", "operation": "Apply", "time": "2026-11-20T11:00:00Z" },
    ]);
    let facts = World::of([changed]).run(TOOL, &call(Some(IMAGE)));
    assert_eq!(facts["modified"], "2026-11-20T11:00:00Z");
    assert_eq!(facts["image"], IMAGE);
    let never = World::of([secret("Opaque", json!({}))]).run(TOOL, &call(None));
    assert_eq!((&never["modified"], &never["image"]), (&Json::Null, &Json::Null));
}

#[test]
fn a_secret_of_another_type_is_not_read_for_pulls() {
    let facts = World::of([secret("Opaque", json!({ ".dockerconfigjson": CONFIG }))])
        .run(TOOL, &call(Some(IMAGE)));
    assert_eq!((&facts["type"], &facts["well_formed"]), (&json!("Opaque"), &json!(false)));
    assert_eq!(facts["covers_image"], false);
    assert!(facts["problem"].as_str().is_some_and(|problem| problem.contains("Opaque")));
}

#[test]
fn a_malformed_secret_has_a_problem() {
    let world = World::of([secret(
        "kubernetes.io/dockerconfigjson",
        json!({ ".dockerconfigjson": "bm90IGpzb24=" }),
    )]);
    let facts = world.run(TOOL, &call(Some(IMAGE)));
    assert_eq!((&facts["well_formed"], &facts["covers_image"]), (&json!(false), &json!(false)));
    assert!(facts["problem"].is_string());
}

#[test]
fn an_absent_secret_is_looked_for_elsewhere() {
    let mut other =
        secret("kubernetes.io/dockerconfigjson", json!({ ".dockerconfigjson": CONFIG }));
    other["metadata"]["namespace"] = json!("platform");
    let (value, asked) = World::of([other]).asked(TOOL, &call(None));
    let facts = value.to_json();
    assert_eq!(asked.len(), 2);
    assert_eq!(facts["exists"], false);
    assert_eq!(facts["elsewhere"], json!(["platform"]));
    assert_eq!((&facts["well_formed"], &facts["registries"]), (&json!(false), &json!([])));
    assert_eq!((&facts["name"], &facts["namespace"]), (&json!("regcred"), &json!("shop")));
}

#[test]
fn only_where_else_it_is_stays_unknown_when_the_cluster_may_not_be_listed() {
    let facts = World::of([]).unseen(namesakes(), UnseenKind::Denied).run(TOOL, &call(None));
    assert_eq!(facts["exists"], false);
    assert_eq!(unseen(&facts["elsewhere"]), "denied");
}

#[test]
fn a_secret_that_was_not_seen_is_unknown_as_a_whole() {
    for kind in [UnseenKind::Denied, UnseenKind::Unreachable, UnseenKind::NotCaptured] {
        let facts = World::of([]).unseen(get(), kind).run(TOOL, &call(None));
        assert_eq!(unseen(&facts), kind.word().replace(' ', "-"));
    }
}

#[test]
fn a_secret_without_its_values_is_neither_well_formed_nor_malformed() {
    let mut withheld = secret("kubernetes.io/dockerconfigjson", Json::Null);
    withheld["data"] = json!({ ".dockerconfigjson": 5 });
    let facts = World::of([withheld]).run(TOOL, &call(Some(IMAGE)));
    assert_eq!(facts["exists"], true);
    for fact in ["well_formed", "problem", "registries", "covers_image"] {
        assert_eq!(unseen(&facts[fact]), "not-captured", "{fact}");
    }
    assert_eq!(facts["type"], "kubernetes.io/dockerconfigjson");
}
