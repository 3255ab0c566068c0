//! `get_pod_events`: what was told of a pod, and what may have been forgotten.

mod world;

use evidence::UnseenKind;
use serde_json::{Value as Json, json};
use world::*;

#[test]
fn events_are_listed_newest_first_and_classified() {
    let world = World::of([old_pod()].into_iter().chain(failing(NOT_FOUND)));
    let facts = world.on_pod("get_pod_events");
    let events = facts["events"].as_array().expect("complete: the pod is young");
    assert_eq!(events.len(), 5);
    assert_eq!(events[0]["last_seen"], "2026-11-20T14:07:58Z");
    let cause = events.iter().find(|event| event["message"] == NOT_FOUND).expect("the cause");
    assert_eq!((&cause["class"], &cause["count"]), (&json!("image-not-found"), &json!(5)));
    assert_eq!((&cause["container"], &cause["host"]), (&json!("server"), &json!("worker-3")));
    let pulling = events.iter().find(|event| event["reason"] == "Pulling").expect("it");
    assert_eq!((&pulling["type"], &pulling["class"]), (&json!("Normal"), &Json::Null));
    assert_eq!(facts["latest_warning"]["type"], "Warning");
}

#[test]
fn events_of_an_old_pod_are_incomplete_and_denied_ones_unknown() {
    let mut old = old_pod();
    old["metadata"]["creationTimestamp"] = json!("2026-11-19T00:00:00Z");
    let facts = World::of([old]).on_pod("get_pod_events");
    assert_eq!(unseen(&facts["events"]), "expired");
    assert_eq!(unseen(&facts["latest_warning"]), "expired");
    for kind in [UnseenKind::Denied, UnseenKind::Unreachable, UnseenKind::NotCaptured] {
        let facts = World::of([old_pod()]).unseen(events_of_pod(), kind).on_pod("get_pod_events");
        assert_eq!(unseen(&facts), kind.word().replace(' ', "-"));
    }
    let some = partial(failing(NOT_FOUND), UnseenKind::Truncated, "events in shop");
    let facts = World::of([old_pod()]).replying(events_of_pod(), some).on_pod("get_pod_events");
    assert_eq!(unseen(&facts["events"]), "truncated");
    assert_eq!(facts["events"]["seen"].as_array().map(Vec::len), Some(5));
    let none = World::of([old_pod()]).on_pod("get_pod_events");
    assert_eq!((&none["events"], &none["latest_warning"]), (&json!([]), &Json::Null));
}

#[test]
fn without_the_pod_its_events_may_be_of_another_life() {
    let world = World::of(failing(NOT_FOUND)).unseen(get_pod(), UnseenKind::Denied);
    assert_eq!(unseen(&world.on_pod("get_pod_events")["events"]), "denied");
}
