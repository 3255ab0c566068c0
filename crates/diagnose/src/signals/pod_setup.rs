//! The signal of a pod that has a node and does not come to its containers.

use evidence::{Inquiry, Object, Pending, Time};
use serde_json::Value as Json;

use super::{Sample, Samples::Asking, condition, holds, pod, pod_events, signals};

signals! {
    "pod_not_set_up" [Pod] []
        Asking(not_set_up),
        "The pod has a node and, for half a minute or more, not what its containers need to start: its volumes, its sandbox, its network. Reads the condition `PodReadyToStartContainers`; where a version does not have it, a pod counts of whose containers each waits with `ContainerCreating` or `PodInitializing` and that is older than two minutes. A pod that pulls an image, by the newest of its events and for no more than ten minutes, has all of it: the kubelet corrects the condition only after the pull.";
}

/// How long setting up may take until it is a symptom, in seconds: by the condition, and by the
/// pod's age, which counts the pulls of its images as well.
const SETTING_UP: (i64, i64) = (30, 120);

/// How long a pull may take, in seconds, until it is worth a look.
const PULLING: i64 = 600;

fn not_set_up(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let now = inquiry.now();
    Ok(holds(is_late(pod, now) && !is_pulling(pod, inquiry)?))
}

fn is_late(pod: &Object, now: Time) -> bool {
    let age = |time: Option<Time>| time.map(|time| now.as_second() - time.as_second());
    let placed = pod.text("/spec/nodeName").is_some_and(|node| !node.is_empty());
    let pending = pod.text("/status/phase") == Some("Pending");
    let late = match condition(pod, "PodReadyToStartContainers") {
        Some(one) => {
            // A page does not print it. While the pod is pending it was most often never true.
            let changed =
                one.get("lastTransitionTime").and_then(|time| time.as_str()?.parse().ok());
            let changed = changed.or_else(|| pod.created());
            let not_ready = one.get("status").and_then(Json::as_str) == Some("False");
            not_ready && age(changed).is_some_and(|age| age >= SETTING_UP.0)
        }
        None => {
            let reasons = pod::container_words(pod, "/state/waiting/reason");
            let setting_up =
                |sample: &Sample| sample.first().is_some_and(|one| tools::is_stage(one));
            !reasons.is_empty()
                && reasons.iter().all(setting_up)
                && age(pod.time("/metadata/creationTimestamp"))
                    .is_some_and(|age| age >= SETTING_UP.1)
        }
    };
    placed && pending && late
}

/// Whether the newest event of the pod is that an image is pulled. The kubelet says so only when
/// the sandbox stands (`SyncPod`, pkg/kubelet/kuberuntime/kuberuntime_manager.go).
fn is_pulling(pod: &Object, inquiry: &Inquiry) -> Result<bool, Pending> {
    let events = pod_events::events(pod, inquiry)?;
    let told = events.items.iter().filter_map(|object| object.event());
    let newest = told.max_by_key(|event| event.last_seen);
    Ok(newest.is_some_and(|event| {
        let since = event.last_seen.map(|seen| inquiry.now().as_second() - seen.as_second());
        event.reason == "Pulling" && since.is_some_and(|since| since <= PULLING)
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::find;
    use super::*;
    use evidence::{Kind, Listing, Question, Replies, Reply};
    use serde_json::json;

    fn late(pod: &Object, events: &[(&str, &str)]) -> bool {
        let event = |(reason, seen): &(&str, &str)| {
            Object::admit(json!({ "apiVersion": "v1", "kind": "Event",
                "metadata": { "name": format!("web-0.{reason}"), "namespace": "shop" },
                "involvedObject": { "kind": "Pod", "name": "web-0", "namespace": "shop" },
                "reason": reason, "lastTimestamp": seen }))
            .unwrap()
        };
        let items = events.iter().map(|one| Arc::new(event(one))).collect();
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        let listing = Listing { items, missing: None };
        let list = Question::list(Kind::Event, Some("shop"));
        replies.insert(list, Reply::Objects(Arc::new(listing)));
        find("pod_not_set_up").unwrap().holds(pod, &[], &Inquiry::new(&replies)).unwrap()
    }

    #[test]
    fn a_pod_that_waits_for_its_volumes_is_not_set_up() {
        let creating =
            json!([{ "name": "a", "state": { "waiting": { "reason": "ContainerCreating" } } }]);
        let placed = |status: &str, since: &str| {
            let condition = json!([{ "type": "PodReadyToStartContainers", "status": status, "lastTransitionTime": since }]);
            Object::admit(json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "web-0", "namespace": "shop" }, "spec": { "nodeName": "n" },
                "status": { "phase": "Pending", "conditions": condition, "containerStatuses": creating } }))
            .unwrap()
        };
        // The tests' clock stands at 1970.
        for (status, since, wanted) in [
            ("False", "1969-12-31T23:59:00Z", true),
            ("False", "1969-12-31T23:59:50Z", false),
            ("True", "1969-12-31T23:50:00Z", false),
        ] {
            assert_eq!(late(&placed(status, since), &[]), wanted, "{status} {since}");
        }
        let waits = placed("False", "1969-12-31T23:58:00Z");
        for (events, wanted) in [
            (&[("Pulling", "1969-12-31T23:58:05Z")][..], false),
            (&[("Pulling", "1969-12-31T23:40:00Z")], true),
            (&[("Pulling", "1969-12-31T23:58:05Z"), ("FailedMount", "1969-12-31T23:59:00Z")], true),
            (&[("Scheduled", "1969-12-31T23:58:00Z")], true),
        ] {
            assert_eq!(late(&waits, events), wanted, "{events:?}");
        }
    }
}
