//! Signals of rollouts, and of what they are held up by.

use std::sync::Arc;

use evidence::{Inquiry, Kind, Object, Pending, Question, Reply};
use serde_json::Value as Json;

use super::{Sample, Samples::Asking, Samples::Own, condition, holds, signals};

signals! {
    "daemonset_misses_its_nodes" [DaemonSet] []
        Asking(misses_its_nodes),
        "The DaemonSet is to run on no node, though it was meant for some: an earlier revision of it suits one, a label that it selects is nearly one of a node, or it selects all and every node has a taint that it does not tolerate. Reads its status, and only where that says 0 the nodes and revisions.";
    "kube_daemonset_status_number_misscheduled" [DaemonSet] []
        Own(|set, _| holds(set.int("/status/numberMisscheduled").unwrap_or(0) > 0)),
        "Pods of the DaemonSet run on nodes on which they should not. Reads `status.numberMisscheduled`; holds where it is more than 0.";
    "workload_rollout_held" [Deployment StatefulSet] []
        Asking(held),
        "The rollout does not go on by itself: a Deployment made no progress within its deadline, or has been paused for ten minutes with a change that waits; a StatefulSet waits for a pod that has not been ready for five minutes before it makes or renews others, has a change below its partition only, or waits for its pods to be deleted (`OnDelete`) and nobody owns it. Reads the workload and, of a StatefulSet, the pods of its namespace.";
    "workload_selector_mismatch" [Deployment StatefulSet DaemonSet] []
        Own(|workload, _| holds(!tools::selects_itself(workload))),
        "The selector of the workload does not select the labels of its own template. The API server refuses this; a file shows it. Reads `spec.selector` and `spec.template.metadata.labels`.";
}

/// How long a pause may last, in seconds: changes are batched under one.
const PAUSE: i64 = 600;

fn held(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    match workload.reference().kind {
        Kind::Deployment => Ok(holds(deployment_held(workload, inquiry))),
        _ => set_held(workload, inquiry),
    }
}

fn deployment_held(workload: &Object, inquiry: &Inquiry) -> bool {
    let word = |one: &Json, key: &str, is: &str| one.get(key).and_then(Json::as_str) == Some(is);
    let progressing = condition(workload, "Progressing");
    if progressing.is_some_and(|one| word(one, "status", "False")) {
        return true;
    }
    let wanted = workload.int("/spec/replicas").unwrap_or(1);
    let waits = workload.int("/status/updatedReplicas").unwrap_or(0) < wanted;
    if workload.bool("/spec/paused") != Some(true) || !waits {
        return false;
    }
    let Some(at) = tools::condition_time(workload, "Progressing") else { return true };
    let told = progressing.is_some_and(|one| word(one, "reason", "DeploymentPaused"));
    let since = workload.time(&at).filter(|_| told);
    match since {
        Some(since) => inquiry.now().as_second() - since.as_second() >= PAUSE,
        None => inquiry.shows(workload, &at),
    }
}

fn set_held(set: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let wanted = set.int("/spec/replicas").unwrap_or(1);
    let text = |pointer: &str| set.text(pointer);
    let newest = "/status/updateRevision";
    let changed = text(newest).is_some() && text(newest) != text("/status/currentRevision");
    let by_hand = text("/spec/updateStrategy/type") == Some("OnDelete");
    let partition = set.int("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let owned = !set.items("/metadata/ownerReferences").is_empty();
    let keeps = wanted > 0 && ((by_hand && !owned) || (!by_hand && partition >= wanted));
    let kept = keeps && inquiry.shows(set, newest) && changed;
    let number = |pointer: &str| set.int(pointer).unwrap_or(0);
    // A set all of whose pods are there, ready and of one revision waits for nothing.
    let whole = number("/status/readyReplicas") >= wanted && !changed;
    if kept || whole {
        return Ok(holds(kept));
    }
    let pods = listed(Kind::Pod, set, inquiry)?;
    let now = inquiry.now();
    let blocked = tools::waited_for(set, &pods).is_some_and(|waited| {
        !matches!(tools::stopped_by(&waited.pod, now), "starting" | "deleting")
    });
    Ok(holds(blocked))
}

fn misses_its_nodes(set: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if set.int("/status/desiredNumberScheduled") != Some(0) {
        return Ok(Vec::new());
    }
    Ok(holds(tools::misses_its_nodes(set, inquiry)?))
}

/// What is known of the objects of a kind in an object's namespace.
pub(super) fn listed(
    kind: Kind,
    object: &Object,
    inquiry: &Inquiry,
) -> Result<Vec<Arc<Object>>, Pending> {
    let question = Question::list(kind, object.reference().namespace.as_deref());
    Ok(match inquiry.ask(&question)? {
        Reply::Objects(listing) => listing.items.clone(),
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment(spec: Json, status: Json) -> bool {
        let object = Object::admit(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "namespace": "shop" }, "spec": spec, "status": status }));
        let replies = evidence::Replies::new("2026-11-20T14:30:00Z".parse().unwrap());
        deployment_held(&object.unwrap(), &Inquiry::new(&replies))
    }

    #[test]
    fn a_slow_rollout_is_told_from_one_that_is_held() {
        let says = |status: &str, reason: &str, at: &str| {
            json!({ "updatedReplicas": 1, "conditions": [
            { "type": "Progressing", "status": status, "reason": reason, "lastUpdateTime": at }] })
        };
        let spec = json!({ "replicas": 3 });
        let at = "2026-11-20T14:00:00Z";
        assert!(deployment(spec.clone(), says("False", "ProgressDeadlineExceeded", at)));
        assert!(!deployment(spec, says("True", "ReplicaSetUpdated", at)));
        let paused = json!({ "replicas": 3, "paused": true });
        assert!(deployment(paused.clone(), says("Unknown", "DeploymentPaused", at)));
        let lately = says("Unknown", "DeploymentPaused", "2026-11-20T14:25:00Z");
        assert!(!deployment(paused.clone(), lately));
        assert!(!deployment(paused, json!({ "updatedReplicas": 3 })));
    }
}
