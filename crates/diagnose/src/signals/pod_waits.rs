//! Signals of pods that neither come up nor go: an init container that runs on, a deletion that does
//! not come to an end.

use evidence::{Inquiry, Object, Time};
use serde_json::Value as Json;

use super::{
    Sample,
    Samples::{Asking, Own},
    condition, holds, signals,
};

signals! {
    "claim_deletion_overdue" [PersistentVolumeClaim] []
        Asking(|claim, inquiry| Ok(holds(is_overdue(claim, inquiry)))),
        "The claim is being deleted for a minute or more. Reads `metadata.deletionTimestamp`.";
    "pod_deletion_overdue" [Pod] []
        Asking(|pod, inquiry| Ok(holds(is_overdue(pod, inquiry)))),
        "The pod is being deleted and should have gone a minute ago or more, its grace period included. Reads `metadata.deletionTimestamp`, to which the API server adds the grace period.";
    "pod_init_container_runs_on" [Pod] ["container"]
        Own(runs_on),
        "The pod waits for an init container that has run for two minutes or more, or for a sidecar that has not started in that time. Reads `state.running` and `started` of its init containers.";
    "pod_not_ready_by_its_node" [Pod] []
        Own(|pod, _| holds(is_counted_out(pod))),
        "The pod runs, all of its containers are ready, and the pod is not: so counts one whose node fell silent. Never of a pod that is being deleted or has readiness gates. Reads its conditions and container states.";
}

/// How long a deletion may take beyond its grace period, in seconds.
const DELETING: i64 = 60;

/// Asks nothing, but notes where a source shows that the object is being deleted and not since when.
fn is_overdue(object: &Object, inquiry: &Inquiry) -> bool {
    let Some(due) = object.time(Object::DUE) else { return false };
    inquiry.shows(object, Object::DUE) && inquiry.now().as_second() - due.as_second() >= DELETING
}

/// Whether a pod was counted out by others than its kubelet, which would have told of a container.
fn is_counted_out(pod: &Object) -> bool {
    let statuses = pod.items("/status/containerStatuses");
    pod.text("/status/phase") == Some("Running")
        && pod.text("/metadata/deletionTimestamp").is_none()
        && pod.items("/spec/readinessGates").is_empty()
        && !statuses.is_empty()
        && statuses.iter().all(|one| one.get("ready").and_then(Json::as_bool) == Some(true))
        && condition(pod, "Ready").is_some_and(|one| {
            one.get("status").and_then(Json::as_str).is_some_and(|status| status != "True")
        })
}

/// How long an init container may run until it is worth a look, in seconds.
const INITIALISING: i64 = 120;

fn runs_on(pod: &Object, now: Time) -> Vec<Sample> {
    if pod.text("/status/phase") != Some("Pending")
        || pod.text("/metadata/deletionTimestamp").is_some()
    {
        return Vec::new();
    }
    let is_sidecar = |name: &str| {
        let mut specs = pod.items("/spec/initContainers").iter();
        specs.any(|one| {
            let word = |key: &str| one.get(key).and_then(Json::as_str);
            word("name") == Some(name) && word("restartPolicy") == Some("Always")
        })
    };
    let late = |status: &&Json| {
        let name = status.get("name").and_then(Json::as_str).unwrap_or_default();
        let since: Option<Time> = evidence::at(status, "/state/running/startedAt")
            .and_then(|time| time.as_str()?.parse().ok());
        let started = status.get("started").and_then(Json::as_bool) == Some(true);
        since.is_some_and(|since| now.as_second() - since.as_second() >= INITIALISING)
            && !(started && is_sidecar(name))
    };
    let waited = pod.items("/status/initContainerStatuses").iter().filter(late);
    waited.filter_map(|one| Some(vec![one.get("name")?.as_str()?.to_owned()])).collect()
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use evidence::{Inquiry, Object, Replies, Time};
    use serde_json::{Value as Json, json};

    fn holds(pod: Json, name: &str) -> bool {
        let pod = Object::admit(pod).unwrap();
        let replies = Replies::new(Time::UNIX_EPOCH);
        find(name).unwrap().holds(&pod, &[], &Inquiry::new(&replies)).unwrap()
    }

    #[test]
    fn a_deletion_counts_after_its_grace_period() {
        // The tests' clock stands at 1970.
        for (due, overdue) in [("1969-12-31T23:58:00Z", true), ("1970-01-01T00:00:20Z", false)] {
            let pod = json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "web-0", "namespace": "shop", "deletionTimestamp": due } });
            assert_eq!(holds(pod, "pod_deletion_overdue"), overdue, "{due}");
        }
    }

    #[test]
    fn an_init_container_that_runs_on_is_told_from_a_sidecar_that_has_started() {
        for (policy, started, since, late) in [
            (None, true, "1969-12-31T23:50:00Z", true),
            (None, false, "1969-12-31T23:59:00Z", false),
            (Some("Always"), true, "1969-12-31T23:50:00Z", false),
            (Some("Always"), false, "1969-12-31T23:50:00Z", true),
        ] {
            let pod = json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "web-0", "namespace": "shop" },
                "spec": { "initContainers": [{ "name": "a", "restartPolicy": policy }] },
                "status": { "phase": "Pending", "initContainerStatuses": [{ "name": "a",
                    "started": started, "state": { "running": { "startedAt": since } } }] } });
            assert_eq!(holds(pod, "pod_init_container_runs_on"), late, "{policy:?} {since}");
        }
    }
}
