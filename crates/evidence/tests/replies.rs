//! What may be derived from the replies at hand, and what may not.

use std::sync::Arc;

use evidence::{
    Kind, Listing, Object, ObjectRef, Question, Replies, Reply, Time, Unseen, UnseenKind,
};
use serde_json::json;

fn object(kind: Kind, namespace: &str, name: &str) -> Arc<Object> {
    let json = json!({ "metadata": { "name": name, "namespace": namespace } });
    Arc::new(Object::admit_as(kind, json).expect("an object"))
}

fn event(namespace: &str, name: &str, about: &str, uid: &str) -> Arc<Object> {
    let json = json!({
        "metadata": { "name": name, "namespace": namespace },
        "involvedObject": { "kind": "Pod", "namespace": namespace, "name": about, "uid": uid },
        "reason": "Failed", "message": "m",
    });
    Arc::new(Object::admit_as(Kind::Event, json).expect("an event"))
}

fn list(items: Vec<Arc<Object>>) -> Reply {
    Reply::Objects(Arc::new(Listing { items, missing: None }))
}

fn part(items: Vec<Arc<Object>>) -> Reply {
    let missing = Some(Unseen::new(UnseenKind::Truncated, "pods in shop", "the list was cut"));
    Reply::Objects(Arc::new(Listing { items, missing }))
}

fn denied() -> Reply {
    Reply::Unseen(Unseen::new(UnseenKind::Denied, "pods in shop", "forbidden"))
}

fn replies(given: Vec<(Question, Reply)>) -> Replies {
    let mut replies = Replies::new(Time::UNIX_EPOCH);
    given.into_iter().for_each(|(question, reply)| replies.insert(question, reply));
    replies
}

fn pods(namespace: Option<&str>) -> Question {
    Question::list(Kind::Pod, namespace)
}

fn web() -> Question {
    Question::get(Kind::Pod, Some("shop"), "web-0")
}

fn events_of_web() -> Question {
    Question::EventsOf { object: ObjectRef::new(Kind::Pod, Some("shop"), "web-0") }
}

fn kind_of(reply: Option<Reply>) -> Option<UnseenKind> {
    match reply {
        Some(Reply::Unseen(unseen)) => Some(unseen.kind),
        _ => None,
    }
}

#[test]
fn a_complete_list_holds_the_object_or_proves_its_absence() {
    let pod = object(Kind::Pod, "shop", "web-0");
    for namespace in [Some("shop"), None] {
        let with = replies(vec![(pods(namespace), list(vec![pod.clone()]))]);
        assert_eq!(with.get(&web()), Some(Reply::Object(pod.clone())));
        let without = replies(vec![(pods(namespace), list(vec![]))]);
        assert_eq!(without.get(&web()), Some(Reply::Absent));
    }
}

#[test]
fn a_partial_list_never_proves_absence() {
    let pod = object(Kind::Pod, "shop", "web-0");
    for namespace in [Some("shop"), None] {
        let with = replies(vec![(pods(namespace), part(vec![pod.clone()]))]);
        assert_eq!(with.get(&web()), Some(Reply::Object(pod.clone())));
        let without = replies(vec![(pods(namespace), part(vec![]))]);
        assert_ne!(without.get(&web()), Some(Reply::Absent));
        assert_ne!(without.settle(&web(), "the dump"), Reply::Absent);
    }
}

#[test]
fn a_denied_list_does_not_answer_a_get() {
    for namespace in [Some("shop"), None] {
        let replies = replies(vec![(pods(namespace), denied())]);
        assert_eq!(replies.get(&web()), None, "who may not list may still get");
        assert_eq!(kind_of(Some(replies.settle(&web(), "the dump"))), Some(UnseenKind::Denied));
    }
}

#[test]
fn a_denied_list_of_a_namespace_does_not_hide_the_cluster_s_list() {
    let pod = object(Kind::Pod, "shop", "web-0");
    let replies =
        replies(vec![(pods(Some("shop")), denied()), (pods(None), list(vec![pod.clone()]))]);
    assert_eq!(replies.get(&web()), Some(Reply::Object(pod)));
}

#[test]
fn what_a_partial_list_of_a_namespace_lacks_the_cluster_s_list_may_hold() {
    let pod = object(Kind::Pod, "shop", "web-0");
    let replies =
        replies(vec![(pods(Some("shop")), part(vec![])), (pods(None), list(vec![pod.clone()]))]);
    assert_eq!(replies.get(&web()), Some(Reply::Object(pod)));
}

#[test]
fn a_list_of_another_namespace_or_kind_answers_nothing() {
    let replies = replies(vec![
        (pods(Some("other")), list(vec![])),
        (Question::list(Kind::Secret, Some("shop")), list(vec![])),
    ]);
    assert_eq!(replies.get(&web()), None);
    assert_eq!(kind_of(Some(replies.settle(&web(), "the dump"))), Some(UnseenKind::NotCaptured));
}

#[test]
fn the_list_of_a_namespace_is_that_part_of_the_cluster_s_list() {
    let ours = object(Kind::Pod, "shop", "web-0");
    let all = vec![ours.clone(), object(Kind::Pod, "other", "web-0")];
    let complete = replies(vec![(pods(None), list(all.clone()))]);
    assert_eq!(complete.get(&pods(Some("shop"))), Some(list(vec![ours.clone()])));
    // While the namespace's own list can still be asked for, a part of the cluster's is no answer.
    let cut = replies(vec![(pods(None), part(all))]);
    assert_eq!(cut.get(&pods(Some("shop"))), None);
    assert_eq!(cut.settle(&pods(Some("shop")), "the dump"), part(vec![ours]));
    let refused = replies(vec![(pods(None), denied())]);
    assert_eq!(refused.get(&pods(Some("shop"))), None);
}

#[test]
fn the_cluster_s_list_is_not_made_of_one_namespace_s() {
    let replies = replies(vec![(pods(Some("shop")), list(vec![]))]);
    assert_eq!(replies.get(&pods(None)), None);
}

#[test]
fn events_about_an_object_are_those_of_the_list_that_regard_it() {
    let ours = event("shop", "a", "web-0", "1");
    let all =
        vec![ours.clone(), event("shop", "b", "web-1", "2"), event("other", "c", "web-0", "3")];
    for namespace in [Some("shop"), None] {
        let question = Question::list(Kind::Event, namespace);
        let given = replies(vec![(question.clone(), list(all.clone()))]);
        assert_eq!(given.get(&events_of_web()), Some(list(vec![ours.clone()])));
        let cut = replies(vec![(question, part(all.clone()))]);
        let Some(Reply::Objects(listing)) = cut.get(&events_of_web()) else { panic!("a list") };
        assert!(listing.missing.is_some(), "a partial list of events stays partial");
    }
}

#[test]
fn a_complete_list_of_events_goes_before_a_nearer_one_that_is_none() {
    let ours = event("shop", "a", "web-0", "1");
    let near = Question::list(Kind::Event, Some("shop"));
    let all = Question::list(Kind::Event, None);
    let complete = replies(vec![(near.clone(), denied()), (all.clone(), list(vec![ours.clone()]))]);
    assert_eq!(complete.get(&events_of_web()), Some(list(vec![ours])));
    let cut = replies(vec![(near, denied()), (all, part(vec![]))]);
    assert_eq!(kind_of(cut.get(&events_of_web())), Some(UnseenKind::Denied));
}

#[test]
fn denied_events_are_not_no_events() {
    let replies = replies(vec![(Question::list(Kind::Event, Some("shop")), denied())]);
    assert_eq!(kind_of(replies.get(&events_of_web())), Some(UnseenKind::Denied));
}

#[test]
fn events_of_a_node_are_looked_for_in_all_namespaces() {
    let json = json!({
        "metadata": { "name": "n", "namespace": "default" },
        "involvedObject": { "kind": "Node", "name": "worker-3" }, "reason": "NodeNotReady",
    });
    let event = Arc::new(Object::admit_as(Kind::Event, json).expect("an event"));
    let replies = replies(vec![(Question::list(Kind::Event, None), list(vec![event.clone()]))]);
    let question = Question::EventsOf { object: ObjectRef::new(Kind::Node, None, "worker-3") };
    assert_eq!(replies.get(&question), Some(list(vec![event])));
}

#[test]
fn namesakes_are_known_from_a_complete_list_of_the_cluster_only() {
    let question = Question::Namesakes { kind: Kind::Secret, name: "regcred".into() };
    let secrets = vec![object(Kind::Secret, "a", "regcred"), object(Kind::Secret, "b", "other")];
    let all = Question::list(Kind::Secret, None);
    let given = replies(vec![(all.clone(), list(secrets.clone()))]);
    let expected = vec![ObjectRef::new(Kind::Secret, Some("a"), "regcred")];
    assert_eq!(given.get(&question), Some(Reply::Namesakes(Arc::new(expected))));
    assert_eq!(
        kind_of(replies(vec![(all.clone(), part(secrets))]).get(&question)),
        Some(UnseenKind::Truncated)
    );
    assert_eq!(replies(vec![(all, denied())]).get(&question), None);
    let one = Question::list(Kind::Secret, Some("a"));
    assert_eq!(replies(vec![(one, list(vec![]))]).get(&question), None);
}

#[test]
fn the_first_reply_stands() {
    let replies = replies(vec![(web(), Reply::Absent), (web(), denied())]);
    assert_eq!(replies.get(&web()), Some(Reply::Absent));
}
