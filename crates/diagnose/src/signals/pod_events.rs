//! Signals of pods that stand in events alone: probes that fail, sandboxes that cannot be made.

use std::sync::Arc;

use evidence::{Event, Inquiry, Kind, Listing, Object, Pending, Question, Reply};
use serde_json::Value as Json;

use super::{Sample, Samples::Asking, signals};

signals! {
    "pod_probe_failed" [Pod] ["probe"]
        Asking(failed),
        "A probe of the pod fails, or cannot be made: the kubelet says so in an event of the last hour, and the pod is not ready or a container of it was restarted. Reads the pod, and the events of its namespace only then.";
    "pod_sandbox_failed" [Pod] []
        Asking(sandbox_failed),
        "The sandbox of a pod that waits for its containers cannot be made: the kubelet says so in an event `FailedCreatePodSandBox`, whatever the pod's age. Reads the pod, and the events of its namespace only while it is set up.";
    "pod_volume_failed" [Pod] []
        Asking(volume_failed),
        "A volume of a pod that waits for its containers is not attached or mounted: for two minutes or more, an event `FailedAttachVolume` or `FailedMount` of it says so, and none later says that it was attached. What is said of ConfigMaps and Secrets is not counted. Reads the pod, and the events of its namespace only while it is set up.";
}

/// How long a volume may take to be taken over from another node, in seconds.
const TAKING_OVER: i64 = 120;

fn volume_failed(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let age = pod.created().map(|made| inquiry.now().as_second() - made.as_second());
    if !tools::waits_for_setting_up(pod) || age.is_some_and(|age| age < TAKING_OVER) {
        return Ok(Vec::new());
    }
    let events = events(pod, inquiry)?;
    let told = events.items.iter().filter_map(|object| object.event());
    let own: Vec<Event> = told.filter(|event| event.may_be_of(pod)).cloned().collect();
    Ok(super::holds(own.iter().any(|event| tools::volume_trouble_stands(event, &own))))
}

fn sandbox_failed(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let list = pod.items("/status/containerStatuses");
    let waits = |status: &Json| {
        let reason = evidence::at(status, "/state/waiting/reason").and_then(Json::as_str);
        reason.is_some_and(tools::is_stage)
    };
    if list.is_empty() || !list.iter().all(waits) {
        return Ok(Vec::new());
    }
    let events = events(pod, inquiry)?;
    let mut told = events.items.iter().filter_map(|object| object.event());
    Ok(super::holds(told.any(|event| event.reason == "FailedCreatePodSandBox")))
}

/// The events of a pod, from the list of its namespace, which all of its pods share.
pub(super) fn events(pod: &Object, inquiry: &Inquiry) -> Result<Arc<Listing>, Pending> {
    inquiry.ask(&Question::list(Kind::Event, pod.reference().namespace.as_deref()))?;
    let own = Question::EventsOf { object: pod.reference().clone() };
    Ok(match inquiry.ask(&own)? {
        Reply::Objects(listing) => listing,
        _ => Arc::default(),
    })
}

fn failed(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !may_fail(pod) {
        return Ok(Vec::new());
    }
    let events = events(pod, inquiry)?;
    let probes = events.items.iter().filter_map(|object| object.event()).filter_map(|event| {
        // An attempt that could not be made, such as a command that is not in the image, is no failure
        // in the kubelet's eyes: it is thrown away, and the container stays as it is.
        let told = event.message.split_once(" probe failed");
        let (probe, _) = told.or_else(|| event.message.split_once(" probe errored"))?;
        let told = event.reason == "Unhealthy" && !probe.contains(' ');
        told.then(|| vec![probe.to_ascii_lowercase()])
    });
    Ok(probes.collect())
}

/// Whether a container has a probe, and the pod shows what a failing one does.
fn may_fail(pod: &Object) -> bool {
    let containers = pod.items("/spec/containers").iter().chain(pod.items("/spec/initContainers"));
    let probed = containers.clone().any(|container| {
        ["livenessProbe", "readinessProbe", "startupProbe"]
            .iter()
            .any(|probe| container.get(*probe).is_some())
    });
    let shows = pod.items("/status/containerStatuses").iter().any(|status| {
        let ready = status.get("ready").and_then(Json::as_bool) == Some(true);
        let restarts = status.get("restartCount").and_then(Json::as_i64).unwrap_or(0);
        let waits = evidence::at(status, "/state/waiting/reason").and_then(Json::as_str);
        let starts = waits.is_some_and(tools::is_stage);
        restarts > 0 || (!ready && !starts)
    });
    probed && shows && matches!(pod.text("/status/phase"), None | Some("Running" | "Pending"))
}
