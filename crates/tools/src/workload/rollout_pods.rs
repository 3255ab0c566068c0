//! The pods of a workload as its rollout finds them: of which revision they are, and what each is
//! stopped by.

use std::sync::Arc;

use evidence::{Kind, Object, Time};
use serde_json::Value as Json;

use crate::field;

/// How long a pod may be on its way up until it counts as stopped, in seconds.
const SETTLING: i64 = 300;

/// What a pod is stopped by, as a word: `deleting`, `unscheduled`, `pulling`, `not-set-up`,
/// `crashing`, `gated`, `unready`, `starting`, or `ready`.
pub fn stopped_by(pod: &Object, now: Time) -> &'static str {
    if pod.time("/metadata/deletionTimestamp").is_some() {
        return "deleting";
    }
    let ready = condition(pod, "Ready");
    let status = ready.and_then(|one| field::word(one, "/status"));
    if status == Some("True") {
        return "ready";
    }
    let scheduled = condition(pod, "PodScheduled").and_then(|one| field::word(one, "/status"));
    if scheduled == Some("False") {
        return "unscheduled";
    }
    if let Some(reason) = waiting(pod) {
        return match reason {
            "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" => {
                "pulling"
            }
            "ContainerCreating" | "PodInitializing" if is_young(pod, now) => "starting",
            "ContainerCreating" => "not-set-up",
            "PodInitializing" => "unready",
            _ => "crashing",
        };
    }
    let failed = statuses(pod).any(|one| {
        let code = |at: &str| field::int(one, at).unwrap_or(0);
        code("/state/terminated/exitCode") != 0
            || (code("/lastState/terminated/exitCode") != 0 && code("/restartCount") >= 2)
    });
    match ready.and_then(|one| field::word(one, "/reason")) {
        _ if failed => "crashing",
        Some("ReadinessGatesNotReady") => "gated",
        _ if is_young(pod, now) => "starting",
        _ => "unready",
    }
}

fn is_young(pod: &Object, now: Time) -> bool {
    pod.created().is_some_and(|made| now.as_second() - made.as_second() < SETTLING)
}

pub(crate) fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Json> {
    let conditions = object.items("/status/conditions");
    conditions.iter().find(|one| field::word(one, "/type") == Some(kind))
}

fn statuses(pod: &Object) -> impl Iterator<Item = &Json> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items(list))
}

/// Why the first container that waits does so.
pub(crate) fn waiting(pod: &Object) -> Option<&str> {
    let mut reasons = statuses(pod).filter_map(|one| field::word(one, "/state/waiting/reason"));
    let first = reasons.next()?;
    // Containers behind an init container wait with `PodInitializing` whatever that one does.
    let stage = matches!(first, "PodInitializing" | "ContainerCreating");
    Some(if stage { reasons.find(|one| *one != first).unwrap_or(first) } else { first })
}

/// The number of a StatefulSet's pod.
pub(crate) fn ordinal(set: &Object, pod: &Object) -> Option<i64> {
    let rest = pod.reference().name.strip_prefix(set.reference().name.as_str())?;
    rest.strip_prefix('-')?.parse().ok()
}

/// A pod for which a StatefulSet waits.
#[derive(Clone, Debug)]
pub struct Waited {
    /// The pod.
    pub pod: Arc<Object>,
    /// How many pods behind it were not made.
    pub unmade: i64,
    /// How many pods are of another revision than the newest.
    pub outdated: i64,
    /// Whether it is of another revision itself.
    pub is_outdated: bool,
}

/// The pod for which an ordered StatefulSet waits before it makes or renews others: the first, by
/// number, that is not ready, where others are still to be made or renewed. `None` where every
/// pod is ready, one is missing before it, or the set makes its pods all at once
/// (pkg/controller/statefulset, `processReplica`).
pub fn waited_for(set: &Object, pods: &[Arc<Object>]) -> Option<Waited> {
    let parallel = set.text("/spec/podManagementPolicy") == Some("Parallel");
    if set.reference().kind != Kind::StatefulSet || parallel {
        return None;
    }
    let wanted = set.int("/spec/replicas").unwrap_or(1);
    let start = set.int("/spec/ordinals/start").unwrap_or(0);
    let newest = set.text("/status/updateRevision");
    let of = |pod: &Object| pod.label("controller-revision-hash").map(str::to_owned);
    let is_old =
        |pod: &Object| newest.is_some() && of(pod).is_some_and(|own| Some(own.as_str()) != newest);
    let mut own: Vec<(i64, &Arc<Object>)> = pods
        .iter()
        .filter(|pod| pod.controller().as_ref() == Some(set.reference()))
        .filter_map(|pod| Some((ordinal(set, pod)?, pod)))
        .collect();
    own.sort_by_key(|(number, _)| *number);
    let end = start.saturating_add(wanted);
    let (number, pod) = own.iter().find(|(number, pod)| {
        let ready = condition(pod, "Ready").and_then(|one| field::word(one, "/status"));
        (start..end).contains(number) && ready != Some("True")
    })?;
    let before = own.iter().filter(|(other, _)| (start..*number).contains(other)).count();
    if i64::try_from(before).ok()? != number.saturating_sub(start) {
        return None;
    }
    let behind =
        own.iter().filter(|(other, _)| (number.saturating_add(1)..end).contains(other)).count();
    let unmade =
        end.saturating_sub(*number).saturating_sub(1).saturating_sub(i64::try_from(behind).ok()?);
    let rolls = set.text("/spec/updateStrategy/type") != Some("OnDelete");
    let first = set.int("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let outdated =
        own.iter().filter(|(other, pod)| rolls && *other >= first && is_old(pod)).count();
    let outdated = i64::try_from(outdated).ok()?;
    let is_outdated = rolls && *number >= first && is_old(pod);
    (unmade > 0 || outdated > 0).then(|| Waited {
        pod: Arc::clone(pod),
        unmade,
        outdated,
        is_outdated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(number: usize, ready: bool, revision: &str) -> Arc<Object> {
        let status = if ready { "True" } else { "False" };
        let pod = json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": format!("db-{number}"), "namespace": "shop",
                "creationTimestamp": "2026-11-20T13:00:00Z",
                "labels": { "controller-revision-hash": revision },
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": true }] },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": status }] } });
        Object::admit(pod).unwrap().into()
    }

    fn set(policy: &str) -> Object {
        Object::admit(json!({ "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": { "name": "db", "namespace": "shop" },
            "spec": { "replicas": 3, "podManagementPolicy": policy },
            "status": { "updateRevision": "db-2" } }))
        .unwrap()
    }

    #[test]
    fn an_ordered_set_waits_for_the_first_pod_that_is_not_ready() {
        let ordered = set("OrderedReady");
        let told = |pods: &[Arc<Object>]| {
            waited_for(&ordered, pods)
                .map(|one| (one.pod.reference().name.clone(), one.unmade, one.is_outdated))
        };
        let stuck = [pod(0, true, "db-2"), pod(1, false, "db-2")];
        assert_eq!(told(&stuck), Some(("db-1".to_owned(), 1, false)));
        // All are made and of the newest revision: it waits for nothing.
        assert_eq!(
            told(&[pod(0, true, "db-2"), pod(1, false, "db-2"), pod(2, true, "db-2")]),
            None
        );
        let kept = [pod(0, true, "db-1"), pod(1, true, "db-1"), pod(2, false, "db-1")];
        assert_eq!(told(&kept), Some(("db-2".to_owned(), 0, true)));
        assert_eq!(told(&[pod(1, false, "db-2")]), None, "pod 0 is missing");
        assert!(waited_for(&set("Parallel"), &stuck).is_none());
    }

    #[test]
    fn a_pod_is_stopped_by_what_its_status_says() {
        let now = "2026-11-20T14:00:00Z".parse().unwrap();
        assert_eq!(stopped_by(&pod(0, true, "a"), now), "ready");
        assert_eq!(stopped_by(&pod(0, false, "a"), now), "unready");
        let waits = |reason: &str| {
            let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "namespace": "shop" },
                "status": { "phase": "Pending", "containerStatuses": [{ "name": "a", "state": { "waiting": { "reason": reason } } }] } });
            stopped_by(&Object::admit(pod).unwrap(), now)
        };
        assert_eq!(
            ["ErrImagePull", "CrashLoopBackOff", "ContainerCreating"].map(waits),
            ["pulling", "crashing", "not-set-up"]
        );
    }
}
