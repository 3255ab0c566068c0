//! Whether an object is visibly in trouble, in Kubernetes' own words. No cause, only the symptom:
//! it keeps a run in which no guide applies from reading like an all-clear.

use evidence::{Kind, Object, PodRow, Time};
use serde_json::Value as Json;

/// How long a pod may be on its way up before it counts as being in trouble, in seconds.
const SETTLING: i64 = 120;

/// The trouble that an object shows; `None` where it shows none.
pub(crate) fn of(object: &Object, now: Time) -> Option<String> {
    match object.reference().kind {
        Kind::Pod => pod(object, now),
        Kind::Node => node(object),
        Kind::PersistentVolumeClaim => claim(object),
        kind if kind.is_workload() => workload(object, now),
        _ => None,
    }
}

fn word<'a>(json: &'a Json, pointer: &str) -> Option<&'a str> {
    evidence::at(json, pointer).and_then(Json::as_str).filter(|word| !word.is_empty())
}

fn pod(pod: &Object, now: Time) -> Option<String> {
    if let Some(overdue) = overdue_deletion(pod, now) {
        return Some(overdue);
    }
    let age = pod.created().map(|created| now.as_second() - created.as_second());
    // A clock before the pod's creation tells nothing of its age.
    let young = age.is_some_and(|age| (0..SETTLING).contains(&age));
    if let Some(row) = pod.row() {
        // Where nothing dates the ticket, the age that the row tells is all there is.
        return of_row(row, row.age.map_or(young, |age| age < SETTLING));
    }
    match pod.text("/status/phase") {
        Some("Succeeded") => return None,
        Some("Failed") => return Some(failed(pod)),
        Some("Pending" | "Running") => {}
        Some(other) => return Some(format!("its phase is {other}")),
        None if young => return None,
        None => return Some("it has no phase: nobody has reported on it".to_owned()),
    }
    if let Some(waiting) = waiting(pod, young) {
        return Some(waiting);
    }
    if let Some(scheduled) = condition(pod, "PodScheduled")
        && word(scheduled, "/status") == Some("False")
    {
        let why = word(scheduled, "/message").unwrap_or("no reason given");
        return Some(format!("not scheduled: {why}"));
    }
    if young {
        return None;
    }
    let Some(ready) = condition(pod, "Ready") else {
        return Some("not ready: its kubelet has not reported on it".to_owned());
    };
    if word(ready, "/status") == Some("True") {
        return restarting(pod, now);
    }
    if let Some(ended) = ended(pod) {
        return Some(ended);
    }
    let why =
        word(ready, "/message").or_else(|| word(ready, "/reason")).unwrap_or("no reason given");
    Some(format!("not ready: {why}"))
}

/// What kubectl's own word for a pod says, where nothing else of it is shown.
fn of_row(row: PodRow<'_>, young: bool) -> Option<String> {
    let on_its_way = row.status.starts_with("Init:") && row.terminated_reason().is_none()
        || matches!(row.status, "Pending" | "ContainerCreating" | "PodInitializing");
    let (ready, all) = row.ready.unwrap_or_default();
    let stage = row.waiting_reason().is_none_or(tools::is_stage);
    let looping = row.restarts >= crate::signals::HIGH_RESTARTS
        && row.restarted.is_some_and(|ago| ago < RESTARTED);
    match row.status {
        "Running" | "Completed" if looping => {
            Some(format!("restarted {} times, the last time within 10 min", row.restarts))
        }
        "Completed" | "Succeeded" | "Terminating" => None,
        "Running" if row.is_ready() == Some(false) && !young => {
            Some(format!("not ready: {ready} of its {all} containers are"))
        }
        "Running" => None,
        _ if on_its_way && stage && young => None,
        status => Some(format!("kubectl shows it as {status}")),
    }
}

fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Json> {
    let conditions = object.items("/status/conditions");
    conditions.iter().find(|one| word(one, "/type") == Some(kind))
}

/// How long a deletion may take beyond its grace period, in seconds.
const DELETION_SLACK: i64 = 60;

/// A pod that should be gone. The API server adds the grace period to `deletionTimestamp`.
fn overdue_deletion(pod: &Object, now: Time) -> Option<String> {
    let late = pod.overdue_seconds(now).seen().copied().flatten()?;
    (late > DELETION_SLACK)
        .then(|| format!("it is being deleted and should have gone {} min ago", late / 60))
}

fn failed(pod: &Object) -> String {
    let own = pod.text("/status/reason").or_else(|| pod.text("/status/message"));
    match own.filter(|why| !why.is_empty()) {
        Some(why) => format!("Failed: {why}"),
        None => {
            ended(pod).map_or("Failed: no reason given".to_owned(), |why| format!("Failed: {why}"))
        }
    }
}

fn statuses(pod: &Object) -> impl Iterator<Item = &Json> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items(list))
}

/// The first container that ended other than well.
fn ended(pod: &Object) -> Option<String> {
    statuses(pod).find_map(|status| {
        let code = evidence::at(status, "/state/terminated/exitCode").and_then(Json::as_i64)?;
        let reason = word(status, "/state/terminated/reason").unwrap_or("no reason given");
        let name = word(status, "/name").unwrap_or_default();
        (code != 0).then(|| format!("container {name} ended with exit code {code}: {reason}"))
    })
}

/// How recent an end must be for a ready container to count as restarting, in seconds.
const RESTARTED: i64 = 600;

/// A container that is ready now and was restarted often, the last time just now.
fn restarting(pod: &Object, now: Time) -> Option<String> {
    statuses(pod).find_map(|status| {
        let count = status.get("restartCount").and_then(Json::as_i64).unwrap_or(0);
        let finished: Time = word(status, "/lastState/terminated/finishedAt")?.parse().ok()?;
        let recent = now.as_second() - finished.as_second() < RESTARTED;
        let name = word(status, "/name").unwrap_or_default();
        (count >= crate::signals::HIGH_RESTARTS && recent).then(|| {
            format!("container {name} was restarted {count} times, the last time within 10 min")
        })
    })
}

/// The first container that waits for a reason that is no stage of a normal start.
fn waiting(pod: &Object, young: bool) -> Option<String> {
    statuses(pod).find_map(|status| {
        let reason = word(status, "/state/waiting/reason")?;
        let name = word(status, "/name").unwrap_or_default();
        (!tools::is_stage(reason) || !young).then(|| format!("container {name} waits: {reason}"))
    })
}

fn workload(workload: &Object, now: Time) -> Option<String> {
    match workload.reference().kind {
        Kind::Job => return job(workload),
        Kind::CronJob => return None,
        _ => {}
    }
    let holds = |kind: &str, status: &str| {
        condition(workload, kind).filter(|one| word(one, "/status") == Some(status))
    };
    let said =
        |one: &Json| word(one, "/message").or_else(|| word(one, "/reason")).map(str::to_owned);
    if let Some(failure) = holds("ReplicaFailure", "True") {
        return Some(format!("its pods cannot be made: {}", said(failure).unwrap_or_default()));
    }
    if let Some(stuck) = holds("Progressing", "False") {
        return Some(format!("its rollout is stuck: {}", said(stuck).unwrap_or_default()));
    }
    let number = |pointer: &str| workload.int(pointer);
    // What its pods show counts all the same.
    if is_settling(workload, now) {
        return None;
    }
    let (wanted, ready) = match workload.reference().kind {
        Kind::DaemonSet => match number("/status/desiredNumberScheduled") {
            Some(wanted) => (wanted, number("/status/numberReady").unwrap_or(0)),
            None => return Some("its controller has not reported on it".to_owned()),
        },
        _ => (number("/spec/replicas").unwrap_or(1), number("/status/readyReplicas").unwrap_or(0)),
    };
    (ready < wanted).then(|| format!("{ready} of {wanted} replicas are ready"))
}

/// Whether a workload was made a moment ago. A clock before that tells nothing.
fn is_settling(workload: &Object, now: Time) -> bool {
    let age = workload.created().map(|created| now.as_second() - created.as_second());
    age.is_some_and(|age| (0..SETTLING).contains(&age))
}

/// A node whose kubelet says that it is not ready, or has fallen silent.
fn node(node: &Object) -> Option<String> {
    let ready = condition(node, "Ready")?;
    let status = word(ready, "/status").filter(|status| *status != "True")?;
    let why = word(ready, "/message").or_else(|| word(ready, "/reason"));
    Some(format!("its condition Ready is {status}: {}", why.unwrap_or("no reason given")))
}

/// A claim whose volume is gone. One that waits is no trouble by itself: it may wait for a pod.
fn claim(claim: &Object) -> Option<String> {
    (claim.text("/status/phase") == Some("Lost")).then(|| "its volume is gone (Lost)".to_owned())
}

fn job(job: &Object) -> Option<String> {
    if let Some(failed) =
        condition(job, "Failed").filter(|one| word(one, "/status") == Some("True"))
    {
        return Some(format!("Failed: {}", word(failed, "/reason").unwrap_or("no reason given")));
    }
    let complete =
        condition(job, "Complete").is_some_and(|one| word(one, "/status") == Some("True"));
    let number = |pointer: &str| job.int(pointer).unwrap_or(0);
    let failures = number("/status/failed");
    let idle = number("/status/active") == 0 && number("/status/succeeded") == 0;
    (!complete && failures > 0 && idle)
        .then(|| format!("{failures} of its pods failed and none runs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trouble(kind: &str, api: &str, spec: Json, status: Json) -> Option<String> {
        let object = Object::admit(json!({
            "apiVersion": api, "kind": kind, "spec": spec, "status": status,
            "metadata": { "name": "x", "namespace": "shop", "creationTimestamp": "2026-11-20T14:00:00Z" },
        }))
        .unwrap();
        of(&object, "2026-11-20T14:30:00Z".parse().unwrap())
    }

    #[test]
    fn a_row_is_judged_by_the_ages_that_it_tells() {
        let told = |status: &str, ready: &str, restarts: i64, restarted: i64, age: i64| {
            let row = json!({ "status": status, "ready": ready, "restarts": restarts,
                "restarted": restarted, "age": age });
            let pod = json!({ "apiVersion": "v1", "kind": "Pod", "tsg.dev/row": row,
                "metadata": { "name": "x", "namespace": "shop" } });
            of(&Object::admit(pod).unwrap(), Time::UNIX_EPOCH).is_some()
        };
        assert!(told("ContainerCreating", "0/1", 0, 0, 840));
        assert!(!told("ContainerCreating", "0/1", 0, 0, 20), "on its way");
        assert!(told("Running", "1/1", 55, 16, 9000));
        assert!(!told("Running", "1/1", 55, 3 * 86_400, 900_000), "long ago");
        assert!(told("Completed", "0/1", 5, 16, 9000));
        assert!(!told("Completed", "0/1", 0, 0, 9000), "done");
    }

    #[test]
    fn a_finished_or_ready_pod_is_not_in_trouble() {
        for status in [
            json!({ "phase": "Succeeded", "conditions": [{ "type": "Ready", "status": "False" }] }),
            json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }),
        ] {
            assert_eq!(trouble("Pod", "v1", json!({}), status), None);
        }
    }

    #[test]
    fn a_pod_that_nobody_vouches_for_is_in_trouble() {
        let ready = |status: &str| json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": status }] });
        let restarts = json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }],
            "containerStatuses": [{ "name": "a", "restartCount": 400,
                "lastState": { "terminated": { "finishedAt": "2026-11-20T14:29:00Z" } } }] });
        let oom = json!({ "phase": "Failed", "containerStatuses": [{ "name": "a",
            "state": { "terminated": { "exitCode": 137, "reason": "OOMKilled" } } }] });
        for (status, says) in [
            (ready("Unknown"), "not ready"),
            (ready("False"), "not ready"),
            (json!({ "phase": "Pending" }), "not reported"),
            (json!({ "phase": "Unknown" }), "phase is Unknown"),
            (json!({}), "no phase"),
            (json!({ "phase": 7, "conditions": "x" }), "no phase"),
            (restarts, "400 times"),
            (oom, "exit code 137: OOMKilled"),
        ] {
            let said = trouble("Pod", "v1", json!({}), status.clone()).unwrap_or_default();
            assert!(said.contains(says), "{status}: {said}");
        }
    }

    #[test]
    fn a_stuck_rollout_is_in_trouble_although_the_old_pods_are_ready() {
        let status = |kind: &str, truth: &str| json!({ "readyReplicas": 3, "conditions": [{ "type": kind, "status": truth, "message": "why" }] });
        let said = |kind: &str, truth: &str| {
            trouble("Deployment", "apps/v1", json!({ "replicas": 3 }), status(kind, truth))
        };
        assert_eq!(said("Progressing", "False").as_deref(), Some("its rollout is stuck: why"));
        assert_eq!(said("ReplicaFailure", "True").as_deref(), Some("its pods cannot be made: why"));
        assert_eq!(said("Progressing", "True"), None);
        let job = |status: Json| trouble("Job", "batch/v1", json!({}), status);
        assert!(
            job(json!({ "failed": 4 })).is_some()
                && job(json!({ "failed": 4, "active": 1 })).is_none()
        );
    }

    #[test]
    fn a_node_that_fell_silent_is_in_trouble_and_a_cordoned_one_is_not() {
        let said = |spec: Json, ready: &str| {
            let status = json!({ "conditions": [{ "type": "Ready", "status": ready,
                "message": "Kubelet stopped posting node status." }] });
            trouble("Node", "v1", spec, status)
        };
        let silent = "its condition Ready is Unknown: Kubelet stopped posting node status.";
        assert_eq!(said(json!({}), "Unknown").as_deref(), Some(silent));
        assert_eq!(said(json!({ "unschedulable": true }), "True"), None);
    }

    #[test]
    fn a_claim_that_waits_is_no_trouble_and_one_that_lost_its_volume_is() {
        let said = |phase: &str| {
            trouble("PersistentVolumeClaim", "v1", json!({}), json!({ "phase": phase }))
        };
        assert_eq!((said("Pending"), said("Lost").is_some()), (None, true));
    }

    #[test]
    fn what_a_pod_waits_for_is_named() {
        let waiting = |reason: &str| {
            json!({ "phase": "Pending",
                "containerStatuses": [{ "name": "a", "state": { "waiting": { "reason": reason } } }] })
        };
        let said = trouble("Pod", "v1", json!({}), waiting("ContainerCreating"));
        assert_eq!(said.as_deref(), Some("container a waits: ContainerCreating"));
        let said =
            trouble("Pod", "v1", json!({}), json!({ "phase": "Failed", "reason": "Evicted" }));
        assert_eq!(said.as_deref(), Some("Failed: Evicted"));
    }

    #[test]
    fn a_workload_without_all_its_replicas_is_in_trouble() {
        let said = |wanted: i64, ready: i64| {
            trouble(
                "Deployment",
                "apps/v1",
                json!({ "replicas": wanted }),
                json!({ "readyReplicas": ready }),
            )
        };
        assert_eq!(said(3, 1).as_deref(), Some("1 of 3 replicas are ready"));
        assert_eq!(said(0, 0), None);
        assert_eq!(said(2, 2), None);
    }
}
