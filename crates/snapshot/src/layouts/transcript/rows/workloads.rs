//! Rows of what makes pods, of nodes, and of what has no columns of its own.

use evidence::Kind;
use serde_json::{Value as Json, json};

use super::{containers, ratio};
use crate::layouts::transcript::fields::{int, int_or_text, pairs, put, put_some, selector, truth};
use crate::layouts::transcript::table::Row;

/// Reads a row of a workload.
pub(super) fn workload(kind: Kind, row: &Row<'_, '_>, json: &mut Json) {
    let number = |name: &str| row.get(name).and_then(int);
    match kind {
        Kind::Deployment => {
            ready(row, json);
            put_some(json, "status/updatedReplicas", number("UP-TO-DATE"));
            put_some(json, "status/availableReplicas", number("AVAILABLE"));
        }
        Kind::StatefulSet => ready(row, json),
        Kind::ReplicaSet | Kind::ReplicationController => {
            put_some(json, "spec/replicas", number("DESIRED"));
            put_some(json, "status/replicas", number("CURRENT"));
            put_some(json, "status/readyReplicas", number("READY"));
        }
        Kind::DaemonSet => daemon_set(row, json),
        Kind::Job => {
            if let Some((done, wanted)) = row.get("COMPLETIONS").and_then(ratio) {
                put(json, "status/succeeded", done);
                put(json, "spec/completions", wanted);
            }
            // Of the other words, `Running` is no condition, and the rest pass (`printJob`).
            let ended = row.get("STATUS").filter(|word| ["Complete", "Failed"].contains(word));
            let ended = ended.map(|word| json!([{ "type": word, "status": "True" }]));
            put_some(json, "status/conditions", ended);
        }
        Kind::CronJob => {
            put_some(json, "spec/schedule", row.get("SCHEDULE"));
            put_some(json, "spec/suspend", row.get("SUSPEND").and_then(truth));
            return containers(row, "spec/jobTemplate/spec/template/spec/containers", json);
        }
        Kind::HorizontalPodAutoscaler => return autoscaler(row, json),
        Kind::PodDisruptionBudget => {
            let amount = |name: &str| row.get(name).filter(|text| *text != "N/A").map(int_or_text);
            put_some(json, "spec/minAvailable", amount("MIN AVAILABLE"));
            put_some(json, "spec/maxUnavailable", amount("MAX UNAVAILABLE"));
            put_some(json, "status/disruptionsAllowed", number("ALLOWED DISRUPTIONS"));
            return;
        }
        Kind::PriorityClass => {
            put_some(json, "value", number("VALUE"));
            put_some(json, "globalDefault", row.get("GLOBAL-DEFAULT").and_then(truth));
            return;
        }
        _ => return,
    }
    containers(row, "spec/template/spec/containers", json);
    put_some(json, "spec/selector", row.told("SELECTOR").and_then(selector));
}

fn daemon_set(row: &Row<'_, '_>, json: &mut Json) {
    for (name, field) in [
        ("DESIRED", "desiredNumberScheduled"),
        ("CURRENT", "currentNumberScheduled"),
        ("READY", "numberReady"),
        ("UP-TO-DATE", "updatedNumberScheduled"),
        ("AVAILABLE", "numberAvailable"),
    ] {
        put_some(json, &format!("status/{field}"), row.get(name).and_then(int));
    }
    let nodes = row.told("NODE SELECTOR").and_then(|text| pairs(text.split(',')));
    put_some(json, "spec/template/spec/nodeSelector", nodes);
}

fn ready(row: &Row<'_, '_>, json: &mut Json) {
    if let Some((ready, desired)) = row.get("READY").and_then(ratio) {
        put(json, "status/readyReplicas", ready);
        put(json, "spec/replicas", desired);
    }
}

fn autoscaler(row: &Row<'_, '_>, json: &mut Json) {
    if let Some((kind, name)) = row.get("REFERENCE").and_then(|text| text.split_once('/')) {
        put(json, "spec/scaleTargetRef", json!({ "kind": kind, "name": name }));
    }
    put_some(json, "spec/minReplicas", row.get("MINPODS").and_then(int));
    put_some(json, "spec/maxReplicas", row.get("MAXPODS").and_then(int));
    put_some(json, "status/currentReplicas", row.get("REPLICAS").and_then(int));
}

/// Reads a row of a node: `Ready,SchedulingDisabled`.
pub(super) fn node(row: &Row<'_, '_>, json: &mut Json) {
    if let Some(status) = row.get("STATUS") {
        let ready = match status.split(',').next() {
            Some("Ready") => "True",
            Some("NotReady") => "False",
            _ => "Unknown",
        };
        put(json, "status/conditions", vec![json!({ "type": "Ready", "status": ready })]);
        if status.contains("SchedulingDisabled") {
            put(json, "spec/unschedulable", true);
        }
    }
    for (name, field) in [
        ("VERSION", "kubeletVersion"),
        ("OS-IMAGE", "osImage"),
        ("KERNEL-VERSION", "kernelVersion"),
        ("CONTAINER-RUNTIME", "containerRuntimeVersion"),
    ] {
        put_some(json, &format!("status/nodeInfo/{field}"), row.told(name));
    }
    if let Some(address) = row.told("INTERNAL-IP") {
        put(json, "status/addresses", vec![json!({ "type": "InternalIP", "address": address })]);
    }
}
