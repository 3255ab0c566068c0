//! Rows of pods.

use serde_json::Value as Json;

use crate::layouts::transcript::fields::{int, put, put_some};
use crate::layouts::transcript::moments::Age;
use crate::layouts::transcript::table::Row;

/// Reads a row of a pod.
///
/// The column `STATUS` is one word made of many fields. What it leaves open stays open: a pod that
/// waits in a loop of crashes may be pending or running.
pub(super) fn pod(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/nodeName", row.told("NODE"));
    put_some(json, "status/podIP", row.told("IP"));
    put_some(json, "status/nominatedNodeName", row.told("NOMINATED NODE"));
    let Some(status) = row.get("STATUS") else { return };
    put(json, "tsg.dev/row/status", status);
    put_some(json, "tsg.dev/row/ready", row.get("READY"));
    // `6 (2m1s ago)`
    let restarts = row.get("RESTARTS").unwrap_or_default();
    let (count, ago) = restarts.split_once(" (").unwrap_or((restarts, ""));
    let ago = ago.strip_suffix(" ago)").and_then(Age::parse);
    put_some(json, "tsg.dev/row/restarts", int(count));
    put_some(json, "tsg.dev/row/restarted", ago.map(|age| age.seconds));
    put_some(json, "tsg.dev/row/age", row.get("AGE").and_then(Age::parse).map(|age| age.seconds));
    let phase = match status {
        "Running" | "Pending" | "Succeeded" | "Failed" => Some(status),
        "ContainerCreating" | "PodInitializing" | "SchedulingGated" => Some("Pending"),
        "Evicted"
        | "OutOfcpu"
        | "OutOfmemory"
        | "OutOfpods"
        | "NodeAffinity"
        | "NodeShutdown"
        | "UnexpectedAdmissionError"
        | "Preempting"
        | "DeadlineExceeded" => Some("Failed"),
        init if init.starts_with("Init:") => Some("Pending"),
        _ => None,
    };
    put_some(json, "status/phase", phase);
    let is_reason = phase == Some("Failed") && status != "Failed";
    put_some(json, "status/reason", is_reason.then_some(status));
}
