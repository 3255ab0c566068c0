//! Whether an object is visibly in trouble, in Kubernetes' own words. No cause, only the symptom:
//! it keeps a run in which no guide applies from reading like an all-clear.

use evidence::{Kind, Object, Time};
use serde_json::Value as Json;

/// How long a pod may be on its way up before it counts as being in trouble, in seconds.
const SETTLING: i64 = 120;

/// The trouble that an object shows; `None` where it shows none.
pub(crate) fn of(object: &Object, now: Time) -> Option<String> {
    match object.reference().kind {
        Kind::Pod => pod(object, now),
        kind if kind.is_workload() => workload(object),
        _ => None,
    }
}

fn word<'a>(json: &'a Json, pointer: &str) -> Option<&'a str> {
    json.pointer(pointer).and_then(Json::as_str).filter(|word| !word.is_empty())
}

fn pod(pod: &Object, now: Time) -> Option<String> {
    match pod.text("/status/phase") {
        Some("Succeeded") => return None,
        Some("Failed") => {
            let reason = pod.text("/status/reason").or_else(|| pod.text("/status/message"));
            return Some(format!("Failed: {}", reason.unwrap_or("no reason given")));
        }
        _ => {}
    }
    let young =
        pod.created().is_some_and(|created| now.as_second() - created.as_second() < SETTLING);
    if let Some(waiting) = waiting(pod, young) {
        return Some(waiting);
    }
    let condition = |kind: &str| {
        let conditions = pod.items("/status/conditions").iter();
        conditions.clone().find(|one| word(one, "/type") == Some(kind))
    };
    if let Some(scheduled) = condition("PodScheduled")
        && word(scheduled, "/status") == Some("False")
    {
        return Some(format!(
            "not scheduled: {}",
            word(scheduled, "/message").unwrap_or("no reason given")
        ));
    }
    let ready = condition("Ready")?;
    if word(ready, "/status") != Some("False") || young {
        return None;
    }
    let why =
        word(ready, "/message").or_else(|| word(ready, "/reason")).unwrap_or("no reason given");
    Some(format!("not ready: {why}"))
}

/// The first container that waits for a reason that is no stage of a normal start.
fn waiting(pod: &Object, young: bool) -> Option<String> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items(list))
        .find_map(|status| {
            let reason = word(status, "/state/waiting/reason")?;
            let stage = matches!(reason, "ContainerCreating" | "PodInitializing");
            let name = word(status, "/name").unwrap_or_default();
            (!stage || !young).then(|| format!("container {name} waits: {reason}"))
        })
}

fn workload(workload: &Object) -> Option<String> {
    let number = |pointer: &str| workload.int(pointer);
    let (wanted, ready) = match workload.reference().kind {
        Kind::DaemonSet => (
            number("/status/desiredNumberScheduled").unwrap_or(0),
            number("/status/numberReady").unwrap_or(0),
        ),
        Kind::Job | Kind::CronJob => {
            let failed = workload.items("/status/conditions").iter().find(|one| {
                word(one, "/type") == Some("Failed") && word(one, "/status") == Some("True")
            })?;
            return Some(format!(
                "Failed: {}",
                word(failed, "/reason").unwrap_or("no reason given")
            ));
        }
        _ => (number("/spec/replicas").unwrap_or(1), number("/status/readyReplicas").unwrap_or(0)),
    };
    (ready < wanted).then(|| format!("{ready} of {wanted} replicas are ready"))
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
    fn a_finished_or_ready_pod_is_not_in_trouble() {
        for status in [
            json!({ "phase": "Succeeded", "conditions": [{ "type": "Ready", "status": "False" }] }),
            json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }),
        ] {
            assert_eq!(trouble("Pod", "v1", json!({}), status), None);
        }
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
