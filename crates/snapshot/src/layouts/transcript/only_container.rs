//! The container of a pod of which only a row is shown.
//!
//! A row tells how many containers a pod has (`READY`) and, in the column `STATUS`, what the last one
//! in trouble waits for or ended with (pkg/printers/internalversion/printers.go, `printPod`). Where
//! there is but one, that word is its own. Its name and its image stand in the pod's events.

use std::collections::BTreeSet;

use evidence::{Event, Object, Time};
use serde_json::{Value as Json, json};

use super::fields::{int, put, put_some};

/// What containers wait for, as the kubelet names it (pkg/kubelet/images/types.go,
/// pkg/kubelet/container/sync_result.go, pkg/kubelet/kuberuntime/kuberuntime_container.go). Other
/// words in the column are of the pod as a whole.
const WAITS: [&str; 15] = [
    "ContainerCreating",
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "PostStartHookError",
    "PreCreateHookError",
    "PreStartHookError",
    "RegistryUnavailable",
    "RunContainerError",
    "SignatureValidationFailed",
];

/// What containers end with, in the words of runtimes.
const ENDS: [&str; 4] = ["ContainerCannotRun", "Error", "OOMKilled", "StartError"];

/// What an event says of a pod's containers.
pub(super) struct Told<'e> {
    /// Its reason.
    pub(super) reason: &'e str,
    /// Its message.
    pub(super) message: &'e str,
    /// The container that it is about, where that is told.
    pub(super) container: Option<&'e str>,
}

/// Gives a pod its only container, where its row tells that it has one and that it is in trouble.
/// `named`: a container whose log was asked for. `seen`: when the row was printed.
pub(super) fn give<'e>(
    json: &mut Json,
    events: impl Iterator<Item = Told<'e>>,
    named: Option<&'e str>,
    seen: Time,
) {
    let word = |at: &str| json.pointer(at).and_then(Json::as_str);
    let known = json.pointer("/spec/containers").is_some();
    if known || word("/tsg.dev/row/ready") != Some("0/1") {
        return;
    }
    let Some(state) = word("/tsg.dev/row/status").and_then(state) else { return };
    let mut names: BTreeSet<&str> = named.into_iter().collect();
    let (mut images, mut failing) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        names.extend(event.container);
        let image = Event::image_named(event.message);
        if matches!(event.reason, "Failed" | "BackOff" | "InspectFailed" | "ErrImageNeverPull") {
            failing.extend(image);
        }
        images.extend(image);
    }
    // Init containers have names and images too, and come up before it.
    let name = single(&names).unwrap_or(Object::UNNAMED);
    let image = single(&images).or_else(|| single(&failing));
    let mut container = json!({ "name": name });
    put_some(&mut container, "image", image);
    let mut reported = json!({ "name": name, "ready": false, "state": state });
    let number = |at: &str| json.pointer(at).and_then(Json::as_i64);
    put_some(&mut reported, "restartCount", number("/tsg.dev/row/restarts"));
    let ago = number("/tsg.dev/row/restarted");
    let ended = ago.and_then(|ago| Time::from_second(seen.as_second() - ago).ok());
    put_some(&mut reported, "lastState/terminated/finishedAt", ended.map(|time| time.to_string()));
    put(json, "spec/containers", json!([container]));
    put(json, "status/containerStatuses", json!([reported]));
}

fn single<'e>(all: &BTreeSet<&'e str>) -> Option<&'e str> {
    all.first().copied().filter(|_| all.len() == 1)
}

/// The state of a container that the word of its pod's row tells.
fn state(status: &str) -> Option<Json> {
    if WAITS.contains(&status) {
        return Some(json!({ "waiting": { "reason": status } }));
    }
    if ENDS.contains(&status) {
        return Some(json!({ "terminated": { "reason": status } }));
    }
    let number = |kind: &str| status.strip_prefix(kind).and_then(int);
    let code = number("ExitCode:").map(|code| json!({ "terminated": { "exitCode": code } }));
    code.or_else(|| Some(json!({ "terminated": { "signal": number("Signal:")? } })))
}
