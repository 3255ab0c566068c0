//! Signals of probes that fail: they stand in events alone.

use evidence::{Event, Inquiry, Kind, Object, Pending, Question, Reply};
use serde_json::Value as Json;

use super::{Sample, Samples::Asking, signals};

signals! {
    "pod_probe_failed" [Pod] ["probe"]
        Asking(failed),
        "A probe of the pod fails: the kubelet says so in an event of the last hour, and the pod is not ready or a container of it was restarted. Reads the pod, and the events of its namespace only then.";
}

fn failed(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !may_fail(pod) {
        return Ok(Vec::new());
    }
    let question = Question::list(Kind::Event, pod.reference().namespace.as_deref());
    let Reply::Objects(listing) = inquiry.ask(&question)? else {
        return Ok(Vec::new());
    };
    let events = listing.items.iter().filter_map(|object| Event::of(object));
    let own = events.filter(|event| event.regarding == *pod.reference());
    let probes = own.filter_map(|event| {
        let (probe, _) = event.message.split_once(" probe failed")?;
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
        let waits = status.pointer("/state/waiting/reason").and_then(Json::as_str);
        let starts = matches!(waits, Some("ContainerCreating" | "PodInitializing"));
        restarts > 0 || (!ready && !starts)
    });
    probed && shows && matches!(pod.text("/status/phase"), None | Some("Running" | "Pending"))
}
