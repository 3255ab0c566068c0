//! The priority of a pod, whether a scheduler ended it or those before it for pods of a higher one,
//! and which pods of its namespace have a lower or a higher one.
//!
//! Reads the pod and its events. Only of a pod that the scheduler found no room for, the events and
//! pods of its namespace are read as well: who was ended so is gone, and only the event `Preempted`
//! still tells of it. The scheduler writes it about the victim, and says for whom: `Preempted by pod
//! UID on node NODE` since 1.26, `Preempted by NAMESPACE/NAME on node NODE` before
//! (pkg/scheduler/framework/preemption). The event also refers to that pod, by name.
//!
//! `before` are the pre-emptions of pods of the same controller since the pod was made, or in the two
//! minutes before: it was made in the place of one of them. `lower` and `higher` are pods that
//! have a node and have not finished. Those of other namespaces are not looked at.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false. The API server keeps events for an hour: of a pod
//! that was made before that `before` is incomplete. A pod of which no priority was seen and that was
//! seen whole has the priority 0. Pods whose priority is not shown are neither lower nor higher.
//!
//! ## Example
//!
//! ```text
//! priority = get_pod_preemption("<pod>", "<namespace>")
//! - When `priority.before.size() > 0` → **pod-preempted**: {priority.before[0].message}
//! ```
//!
//! ```json
//! { "exists": true, "priority": 10, "priority_class": "batch-low", "policy": "PreemptLowerPriority",
//!   "waits_for_room": true, "preempted": null, "before": [ { "pod": "batch-6c9f-x2v7k",
//!     "by": "shop/web-7d4b-k2x8p", "node": "worker-2", "message": "Preempted by pod 7a1e… on node worker-2" } ],
//!   "lower": [], "higher": [ { "name": "web-7d4b-k2x8p", "priority": 1000, "node": "worker-2" } ] }
//! ```

use std::cmp::Ordering;
use std::sync::Arc;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question,
    Source, Time, Unseen, UnseenKind, Value,
};
use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::image::get_image_pull_events;
use crate::pod::event_list::{EVENT_LIFETIME, PodEvents};
use crate::scheduling::scheduling_words;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A pod, and pods of other priorities.
    pub struct PodPreemption {
        /// Whether the pod exists.
        pub exists: bool,
        /// Its priority.
        pub priority: Known<Cited<i64>>,
        /// Its priority class.
        pub priority_class: Option<String>,
        /// Whether it may end pods of a lower priority: `PreemptLowerPriority` or `Never`.
        pub policy: Known<Cited<String>>,
        /// Whether the scheduler's newest words are that the nodes have no room for it.
        pub waits_for_room: bool,
        /// How the scheduler ended it for another pod; null when it did not.
        pub preempted: Known<Option<Preemption>>,
        /// How it ended the pods before it, newest first.
        pub before: Partial<Preemption>,
        /// The pods of the namespace with a lower priority that hold a node.
        pub lower: Partial<PriorityNeighbour>,
        /// Those with a higher one.
        pub higher: Partial<PriorityNeighbour>,
    }

    /// The end of a pod for another one.
    pub struct Preemption {
        /// The pod that was ended.
        pub pod: String,
        /// The pod for which it was ended, as namespace/name, or its uid where only that is told.
        pub by: Option<String>,
        /// The node.
        pub node: Option<String>,
        /// The sentence.
        pub message: String,
        /// When it was ended.
        pub at: Option<Time>,
    }

    /// A pod of another priority.
    pub struct PriorityNeighbour {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Its priority.
        pub priority: i64,
        /// Its priority class.
        pub priority_class: Option<String>,
        /// Its node.
        pub node: String,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_preemption",
    parameters: &[POD, NAMESPACE],
    facts: PodPreemption::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "events", "who was ended for whom is not known"),
        access("list", "", "pods", "which priorities other pods have is not known"),
    ],
    page: include_str!("get_pod_preemption.rs"),
    run,
};

/// How long before a pod was made the end of one that it takes the place of may lie.
const REPLACING: SignedDuration = SignedDuration::from_secs(120);

/// When a scheduler ended a pod for one of a higher priority, where it did: it notes that in a condition
/// of the pod before it deletes it (since 1.26, pkg/scheduler/framework/preemption).
pub fn preempted_at(pod: &Object) -> Option<Time> {
    let (_, own) = condition(pod.json())?;
    field::time(own, "/lastTransitionTime").or_else(|| pod.time("/metadata/deletionTimestamp"))
}

fn condition(pod: &Json) -> Option<(usize, &Json)> {
    let mut all = field::items(pod, "/status/conditions").iter().enumerate();
    all.find(|(_, one)| {
        field::word(one, "/type") == Some("DisruptionTarget")
            && field::word(one, "/status") == Some("True")
            && field::word(one, "/reason") == Some("PreemptionByScheduler")
    })
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (sight, events) = get_image_pull_events::look(arguments, inquiry)?;
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let waits = waits_for_room(sight.json(), &events);
    let around = match sight.object().filter(|_| waits) {
        Some(pod) => Around::of(pod, inquiry)?,
        None => Around::default(),
    };
    Ok(describe(&sight, &events, waits, around).into_value())
}

fn describe(sight: &Sight, events: &PodEvents, waits: bool, around: Around) -> PodPreemption {
    PodPreemption {
        exists: sight.object().is_some(),
        priority: sight.told("/spec/priority", |json, at| field::int(json, at).unwrap_or(0)),
        priority_class: field::text(sight.json(), "/spec/priorityClassName"),
        policy: sight.told("/spec/preemptionPolicy", |json, at| {
            field::text(json, at).unwrap_or_else(|| "PreemptLowerPriority".to_owned())
        }),
        waits_for_room: waits,
        preempted: preempted(sight, events),
        before: around.before,
        lower: around.lower,
        higher: around.higher,
        source: sight.source("spec.priority"),
    }
}

/// Whether the newest words of the scheduler are of what the nodes have left.
fn waits_for_room(pod: &Json, events: &PodEvents) -> bool {
    const ROOM: [&str; 5] = ["cpu", "memory", "ephemeral-storage", "resource", "pods"];
    if field::word(pod, "/spec/nodeName").is_some() {
        return false;
    }
    let newest = events.events.iter().find(|event| event.reason == "FailedScheduling");
    let conditions = field::items(pod, "/status/conditions").iter();
    let told = || {
        let mut own = conditions.filter(|one| field::word(one, "/type") == Some("PodScheduled"));
        own.find_map(|one| field::word(one, "/message"))
    };
    let message = newest.map(|event| event.message.as_str()).or_else(told).unwrap_or_default();
    scheduling_words::read(message).reasons.iter().any(|reason| ROOM.contains(&reason.sort))
}

/// How the pod itself was ended, by the scheduler's event or by the condition.
fn preempted(sight: &Sight, events: &PodEvents) -> Known<Option<Preemption>> {
    if let Some(event) = events.events.iter().find(|event| event.reason == "Preempted") {
        return Known::Seen(Some(told(event)));
    }
    let Some((at, own)) = condition(sight.json()) else {
        let gone = events.missing.as_ref().filter(|_| is_deleted(sight.json()));
        return gone.map_or(Known::Seen(None), |unseen| Known::Unknown(unseen.clone()));
    };
    let message = field::text(own, "/message").unwrap_or_default();
    let place = sight.source(&format!("status.conditions[{at}]"));
    Known::Seen(Some(Preemption {
        pod: sight.object().map(|pod| pod.reference().name.clone()).unwrap_or_default(),
        by: None,
        node: field::text(sight.json(), "/spec/nodeName"),
        at: field::time(own, "/lastTransitionTime"),
        source: place.map(|place| place.quoting(message.as_str())),
        message,
    }))
}

fn is_deleted(pod: &Json) -> bool {
    field::time(pod, "/metadata/deletionTimestamp").is_some()
}

/// What an event `Preempted` tells.
fn told(event: &Event) -> Preemption {
    let words = event.message.strip_prefix("Preempted by ");
    let words = words.and_then(|rest| rest.split_once(" on node "));
    let named = words.map(|(who, _)| who.strip_prefix("pod ").unwrap_or(who).to_owned());
    let related = event
        .related
        .as_ref()
        .map(|pod| format!("{}/{}", pod.namespace.as_deref().unwrap_or_default(), pod.name));
    Preemption {
        pod: event.regarding.name.clone(),
        by: related.or(named),
        node: words.map(|(_, node)| node.trim_end_matches('.').to_owned()),
        message: event.message.clone(),
        at: event.last_seen,
        source: Some(Source::event(event)),
    }
}

/// What goes on around a pod that waits for room.
#[derive(Default)]
struct Around {
    before: Partial<Preemption>,
    lower: Partial<PriorityNeighbour>,
    higher: Partial<PriorityNeighbour>,
}

impl Around {
    fn of(pod: &Object, inquiry: &Inquiry) -> Result<Around, Pending> {
        let namespace = pod.reference().namespace.as_deref();
        let questions =
            [Question::list(Kind::Event, namespace), Question::list(Kind::Pod, namespace)];
        let mut replies = inquiry.ask_all(&questions)?.into_iter();
        let mut next = |at: usize| match replies.next() {
            Some(reply) => sight::listing(reply, &questions[at]),
            None => Default::default(),
        };
        let [(events, unlisted), (pods, unseen)] = [next(0), next(1)];
        let since = pod.created().map(|made| made - REPLACING);
        let told_events = events.items.iter().filter_map(|one| one.event());
        let ended = told_events.filter(|event| {
            event.reason == "Preempted"
                && takes_its_place(pod, &event.regarding)
                && since.is_none_or(|since| event.last_seen.is_none_or(|at| at >= since))
        });
        let mut before: Vec<Preemption> = ended.map(told).collect();
        before.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.pod.cmp(&b.pod)));
        let own = priority(pod);
        let of_other = |wanted: Ordering| {
            let mut found: Vec<PriorityNeighbour> = pods
                .items
                .iter()
                .filter(|other| other.reference() != pod.reference())
                .filter_map(neighbour)
                .filter(|other| own.is_some_and(|own| other.priority.cmp(&own) == wanted))
                .collect();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            Partial { items: found, missing: unseen.clone() }
        };
        let gone = expired(pod, inquiry.now());
        Ok(Around {
            before: Partial { items: before, missing: unlisted.or(gone) },
            lower: of_other(Ordering::Less),
            higher: of_other(Ordering::Greater),
        })
    }
}

/// Why pre-emptions that led to the pod may be gone from the events.
fn expired(pod: &Object, now: Time) -> Option<Unseen> {
    let young = pod.created().is_some_and(|made| now.duration_since(made) <= EVENT_LIFETIME);
    let why = "the pod is older than the hour for which the API server keeps events";
    let what = format!("events of the pods before {}", pod.reference());
    (!young).then(|| Unseen::new(UnseenKind::Expired, what, why))
}

/// Whether a pod may have been made in the place of another one: both are of one controller, by the
/// names that those give (a random suffix of five letters, or a StatefulSet's number).
fn takes_its_place(pod: &Object, other: &ObjectRef) -> bool {
    if other.kind != Kind::Pod || other.namespace != pod.reference().namespace {
        return false;
    }
    let Some(owner) = pod.controller() else { return other.name == pod.reference().name };
    let rest = other.name.strip_prefix(&owner.name).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| match owner.kind {
        Kind::StatefulSet => other.name == pod.reference().name,
        _ => rest.len() == 5 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
    })
}

/// The priority of a pod; none where its source does not show it.
fn priority(pod: &Object) -> Option<i64> {
    pod.is_shown("/spec/priority").then(|| pod.int("/spec/priority").unwrap_or(0))
}

fn neighbour(pod: &Arc<Object>) -> Option<PriorityNeighbour> {
    let ended = matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"));
    let node = pod.text("/spec/nodeName").filter(|node| !node.is_empty() && !ended)?;
    Some(PriorityNeighbour {
        name: pod.reference().name.clone(),
        r#ref: pod.reference().clone(),
        priority: priority(pod)?,
        priority_class: pod.text("/spec/priorityClassName").map(str::to_owned),
        node: node.to_owned(),
        source: Some(Source::field(pod, "spec.priority")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(message: &str, related: Json) -> Event {
        let event = Object::admit(json!({ "apiVersion": "v1", "kind": "Event",
            "metadata": { "name": "e", "namespace": "shop" }, "message": message,
            "involvedObject": { "kind": "Pod", "name": "batch-6c9f-x2v7k", "namespace": "shop" },
            "related": related, "reason": "Preempted", "type": "Normal" }))
        .unwrap();
        event.event().unwrap().clone()
    }

    #[test]
    fn who_was_ended_for_whom_is_told_in_the_words_of_every_version() {
        let web = json!({ "kind": "Pod", "name": "web-7d4b-k2x8p", "namespace": "shop" });
        for (message, related, by) in [
            (
                "Preempted by shop/web-7d4b-k2x8p on node worker-2",
                Json::Null,
                "shop/web-7d4b-k2x8p",
            ),
            ("Preempted by pod 64d6df7b-1106 on node worker-2", Json::Null, "64d6df7b-1106"),
            ("Preempted by pod 64d6df7b-1106 on node worker-2", web, "shop/web-7d4b-k2x8p"),
        ] {
            let told = told(&event(message, related));
            assert_eq!(told.by.as_deref(), Some(by), "{message}");
            assert_eq!(told.node.as_deref(), Some("worker-2"), "{message}");
        }
    }

    #[test]
    fn a_pod_takes_the_place_of_those_of_its_controller_only() {
        let pod = |name: &str, kind: &str, owner: &str| {
            Object::admit(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name,
                "namespace": "shop", "ownerReferences": [{ "apiVersion": "apps/v1", "kind": kind,
                    "name": owner, "controller": true }] } }))
            .unwrap()
        };
        let other = |name: &str| ObjectRef::new(Kind::Pod, Some("shop"), name);
        let own = pod("batch-6c9f-aaaaa", "ReplicaSet", "batch-6c9f");
        assert!(takes_its_place(&own, &other("batch-6c9f-x2v7k")));
        assert!(!takes_its_place(&own, &other("batch-7d4b-x2v7k")));
        let own = pod("db-0", "StatefulSet", "db");
        assert!(takes_its_place(&own, &other("db-0")) && !takes_its_place(&own, &other("db-1")));
    }
}
