//! Signals of pods that no scheduler has placed or that one has ended, of what a LimitRange gave them,
//! and of the control plane's services.

use evidence::{Inquiry, Kind, NodeService, Object, Pending, Question, Reply, Time};
use serde_json::Value as Json;

use super::{Sample, Samples, condition, holds, signals};

signals! {
    "control_plane_service_down" [Node] ["service"]
        Samples::Asking(services_down),
        "A service of a control plane node's service manager that does not run: `kube-scheduler` and its like. Reads the node's labels and its services, where somebody has written those down.";
    "pod_held_to_a_default" [Pod] []
        Samples::Own(held_to_a_default),
        "A LimitRange, and not its template, gave the pod what it fails by: a container is out of memory at such a limit, or the pod is not scheduled with such a request. Reads the annotation `kubernetes.io/limit-ranger`, the states of containers and the condition `PodScheduled`; an end of more than a day ago does not count.";
    "pod_not_scheduled" [Pod] []
        Samples::Own(not_scheduled),
        "The pod waits for a node: its phase is Pending, no node is set, and either the condition `PodScheduled` is false or the pod is older than half a minute. Never of a pod that is being deleted.";
    "pod_preempted" [Pod] []
        Samples::Own(preempted),
        "A scheduler has ended the pod for one of a higher priority: within the last day. Reads the condition `DisruptionTarget` with the reason `PreemptionByScheduler`.";
}

/// How long ago something may have been to be news, in seconds.
const NEWS: i64 = 24 * 3600;

fn preempted(pod: &Object, now: Time) -> Vec<Sample> {
    let at = tools::preempted_at(pod);
    let is_news = |at: Time| now.as_second() - at.as_second() <= NEWS;
    holds(at.is_some_and(is_news) && pod.text("/status/phase") != Some("Succeeded"))
}

fn held_to_a_default(pod: &Object, now: Time) -> Vec<Sample> {
    let waits = !not_scheduled(pod, now).is_empty();
    let out_of_memory = ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items(list))
        .filter(|status| is_out_of_memory(status, now))
        .filter_map(|status| status.get("name")?.as_str());
    let mut held = out_of_memory.filter(|name| tools::is_limited_by_default(pod, name));
    holds(held.next().is_some() || waits && !tools::requests_by_default(pod).is_empty())
}

fn is_out_of_memory(status: &Json, now: Time) -> bool {
    let word = |pointer: &str| evidence::at(status, pointer).and_then(Json::as_str);
    let at = |state: &str| {
        let killed = word(&format!("/{state}/terminated/reason")) == Some("OOMKilled");
        let finished: Option<Time> =
            word(&format!("/{state}/terminated/finishedAt")).and_then(|time| time.parse().ok());
        killed && finished.is_none_or(|at| now.as_second() - at.as_second() <= NEWS)
    };
    at("state") || at("lastState")
}

/// How long a scheduler may take until it is a symptom, in seconds.
const PLACING: i64 = 30;

fn not_scheduled(pod: &Object, now: Time) -> Vec<Sample> {
    let phase = pod.row().map(|row| row.status).or(pod.text("/status/phase"));
    let waits = phase.unwrap_or("Pending") == "Pending"
        && pod.text("/spec/nodeName").is_none_or(str::is_empty)
        && pod.time("/metadata/deletionTimestamp").is_none();
    let refused = condition(pod, "PodScheduled")
        .is_some_and(|one| one.get("status").and_then(Json::as_str) == Some("False"));
    let old = pod.created().is_some_and(|made| now.as_second() - made.as_second() >= PLACING);
    holds(waits && (refused || old))
}

fn services_down(node: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if node.reference().kind != Kind::Node || !tools::is_control_plane(node) {
        return Ok(Vec::new());
    }
    let question = Question::NodeServices { node: node.reference().name.clone() };
    let Reply::NodeServices(services) = inquiry.ask(&question)? else { return Ok(Vec::new()) };
    let down = |service: &&NodeService| {
        matches!(service.state.as_str(), "inactive" | "failed" | "activating")
    };
    Ok(services.iter().filter(down).map(|service| vec![service.name.clone()]).collect())
}
