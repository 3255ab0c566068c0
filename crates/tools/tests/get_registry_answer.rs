//! `get_registry_answer`: what a registry says to this machine, and what is made of silence.

mod world;

use evidence::{
    Check, CheckOutcome, Kind, ObjectRef, Platform, Question, RegistryWord, Reply, Stage,
    UnseenKind,
};
use serde_json::{Value as Json, json};
use world::*;

const TOOL: &str = "get_registry_answer";

fn secret(name: &str) -> ObjectRef {
    ObjectRef::new(Kind::Secret, Some("shop"), name)
}

fn with_secrets(names: &[&str]) -> Json {
    let mut pod = pod();
    let named: Vec<Json> = names.iter().map(|name| json!({ "name": name })).collect();
    pod["spec"]["imagePullSecrets"] = json!(named);
    pod
}

fn question(secrets: &[&str], platform: Option<Platform>) -> Question {
    let secrets = secrets.iter().map(|name| secret(name)).collect();
    Question::Registry { image: IMAGE.to_owned(), secrets, platform }
}

fn word(checks: &[(Stage, CheckOutcome, &str)]) -> RegistryWord {
    RegistryWord {
        image: IMAGE.to_owned(),
        registry: "registry.example.com".to_owned(),
        checks: checks
            .iter()
            .map(|(stage, outcome, words)| Check {
                stage: *stage,
                outcome: *outcome,
                words: (*words).to_owned(),
            })
            .collect(),
        accepted: None,
        refused: Vec::new(),
        digest: None,
        platforms: Vec::new(),
        nearest_tags: Vec::new(),
        all_tags_seen: true,
        requests: 2,
    }
}

fn no_such_tag() -> RegistryWord {
    let mut word = word(&[
        (Stage::Dns, CheckOutcome::Passed, "203.0.113.7"),
        (Stage::Authentication, CheckOutcome::Passed, "as Secret shop/regcred"),
        (Stage::Manifest, CheckOutcome::Failed, "manifest unknown"),
    ]);
    word.accepted = Some(secret("regcred"));
    word.nearest_tags = vec!["1.4.2".to_owned(), "1.4.1".to_owned()];
    word
}

#[test]
fn a_tag_that_is_not_there_has_its_nearest_beside_it_and_the_registry_s_words() {
    let world = World::of([with_secrets(&["other", "regcred", "other"])])
        .replying(question(&["other", "regcred"], None), Reply::Registry(no_such_tag().into()));
    let (value, asked) = world.asked(TOOL, &on_pod());
    assert!(asked.contains(&question(&["other", "regcred"], None)), "{asked:?}");
    let facts = value.to_json();
    assert_eq!((&facts["asked"], &facts["reached"]), (&json!(true), &json!(true)));
    assert_eq!((&facts["tag_exists"], &facts["digest_exists"]), (&json!(false), &Json::Null));
    assert_eq!(facts["nearest_tags"], json!(["1.4.2", "1.4.1"]));
    assert_eq!(facts["nearest_tag"], "1.4.2");
    assert_eq!(facts["accepted"]["name"], "regcred");
    assert_eq!((&facts["refused"], &facts["shows_image"]), (&json!([]), &json!(false)));
    assert_eq!(facts["checks"][2]["says"], "manifest unknown");
    assert!(format!("{value:?}").contains("registry.example.com, manifest"));
    assert_eq!(facts["platform_matches"], Json::Null);
}

#[test]
fn who_asks_by_digest_is_told_of_the_digest_and_not_of_the_tag() {
    let image = format!("{IMAGE}@sha256:{}", "a".repeat(64));
    let mut pod = pod();
    pod["spec"]["containers"][0]["image"] = json!(image);
    let question = Question::Registry { image, secrets: vec![secret("regcred")], platform: None };
    let facts =
        World::of([pod]).replying(question, Reply::Registry(no_such_tag().into())).on_pod(TOOL);
    assert_eq!((&facts["tag_exists"], &facts["digest_exists"]), (&Json::Null, &json!(false)));
}

#[test]
fn a_network_failure_from_here_makes_no_fact_but_that_the_registry_was_not_reached() {
    for stage in [Stage::Dns, Stage::Tcp, Stage::Tls] {
        let word = word(&[(stage, CheckOutcome::Failed, "no such host")]);
        let facts = World::of([pod()])
            .replying(question(&["regcred"], None), Reply::Registry(word.into()))
            .on_pod(TOOL);
        assert_eq!((&facts["asked"], &facts["reached"]), (&json!(true), &json!(false)));
        for fact in ["tag_exists", "accepted", "refused", "platforms", "nearest_tag"] {
            assert_eq!(unseen(&facts[fact]), "not-asked", "{fact}");
        }
        assert_eq!(facts["shows_image"], false);
    }
}

#[test]
fn what_was_neither_passed_nor_failed_is_unknown() {
    let word = word(&[
        (Stage::Authentication, CheckOutcome::Passed, "asks for none"),
        (Stage::Manifest, CheckOutcome::Unknown, "429 Too Many Requests"),
    ]);
    let facts = World::of([pod()])
        .replying(question(&["regcred"], None), Reply::Registry(word.into()))
        .on_pod(TOOL);
    assert_eq!(facts["reached"], true);
    assert_eq!(unseen(&facts["tag_exists"]), "not-asked");
    assert_eq!((&facts["accepted"], &facts["refused"]), (&Json::Null, &json!([])));
}

#[test]
fn the_platform_is_the_one_that_the_pod_selects_itself() {
    let platform = |arch: &str| Platform { os: "linux".to_owned(), architecture: arch.to_owned() };
    let mut pod = pod();
    pod["spec"]["nodeSelector"] = json!({ "kubernetes.io/arch": "arm64" });
    let mut word = word(&[
        (Stage::Manifest, CheckOutcome::Passed, "sha256:1"),
        (Stage::Platform, CheckOutcome::Failed, "built for linux/amd64"),
    ]);
    word.platforms = vec![platform("amd64")];
    let (value, asked) = World::of([pod])
        .replying(question(&["regcred"], Some(platform("arm64"))), Reply::Registry(word.into()))
        .asked(TOOL, &on_pod());
    assert!(asked.iter().all(|one| one.permission().is_none_or(|p| p.resource != "nodes")));
    let facts = value.to_json();
    assert_eq!((&facts["platform_matches"], &facts["shows_image"]), (&json!(false), &json!(true)));
    assert_eq!(
        (&facts["platform"], &facts["platforms"]),
        (&json!("linux/arm64"), &json!(["linux/amd64"]))
    );
}

#[test]
fn a_registry_that_nobody_asked_is_unknown_and_the_reason_says_how_to_ask() {
    for kind in [UnseenKind::NotAsked, UnseenKind::NotCaptured] {
        let world = World::of([pod()]).unseen(question(&["regcred"], None), kind);
        let facts = world.on_pod(TOOL);
        assert_eq!((&facts["asked"], &facts["shows_image"]), (&json!(false), &json!(false)));
        assert_eq!(unseen(&facts["tag_exists"]), "not-asked");
        assert_eq!(facts["tag"], "1.4.3");
    }
    let captured = World::of([pod()]).unseen(question(&["regcred"], None), UnseenKind::NotCaptured);
    assert!(captured.on_pod(TOOL).to_string().contains("--probe"));
    let denied = World::of([pod()]).unseen(question(&["regcred"], None), UnseenKind::Denied);
    assert_eq!(unseen(&denied.on_pod(TOOL)["tag_exists"]), "denied");
}

#[test]
fn of_an_invalid_reference_nobody_is_asked() {
    let mut pod = pod();
    pod["spec"]["containers"][0]["image"] = json!("Registry Example/web");
    let (value, asked) = World::of([pod]).asked(TOOL, &on_pod());
    assert_eq!(asked.len(), 1, "{asked:?}");
    let facts = value.to_json();
    assert_eq!((&facts["asked"], &facts["registry"]), (&json!(false), &Json::Null));
    assert!(facts.to_string().contains("white space"));
    let absent = World::of([]).on_pod(TOOL);
    assert_eq!((&absent["exists"], &absent["asked"]), (&json!(false), &json!(false)));
}
