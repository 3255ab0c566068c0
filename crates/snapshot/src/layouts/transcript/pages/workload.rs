//! The pages of what makes pods: deployments, replica sets, stateful sets, daemon sets, jobs.

use evidence::Kind;
use serde_json::{Value as Json, json};

use super::metadata;
use super::pod::{conditions, template};
use crate::layouts::transcript::fields::{
    int, int_or_text, pairs, put, put_some, selector, told, truth,
};
use crate::layouts::transcript::moments::rfc3339;
use crate::layouts::transcript::outline::{Entry, find, value};

/// What the template on a page does not show.
pub(super) const UNSHOWN: [&str; 32] = [
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/spec/revisionHistoryLimit",
    "/spec/progressDeadlineSeconds",
    "/spec/paused",
    "/spec/serviceName",
    "/spec/podManagementPolicy",
    "/spec/persistentVolumeClaimRetentionPolicy",
    "/spec/template/spec/affinity",
    "/spec/template/spec/imagePullSecrets",
    "/spec/template/spec/securityContext",
    "/spec/template/spec/hostAliases",
    "/spec/template/spec/hostNetwork",
    "/spec/template/spec/dnsPolicy",
    "/spec/template/spec/dnsConfig",
    "/spec/template/spec/restartPolicy",
    "/spec/template/spec/schedulerName",
    "/spec/template/spec/terminationGracePeriodSeconds",
    "/spec/template/spec/automountServiceAccountToken",
    "/spec/template/spec/containers/*/securityContext",
    "/spec/template/spec/containers/*/imagePullPolicy",
    "/spec/template/spec/containers/*/lifecycle",
    "/spec/ordinals",
    "/status/conditions/*/lastTransitionTime",
    "/status/conditions/*/lastUpdateTime",
    "/status/conditions/*/message",
    "/status/currentRevision",
    "/status/observedGeneration",
    "/status/updateRevision",
    "/status/updatedReplicas",
];

/// Reads the page of a workload.
pub(super) fn workload(kind: Kind, entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(kind, entries)?;
    put_some(&mut json, "spec/selector", selected(kind, entries));
    if let Some(heading) = find(entries, "Pod Template") {
        let path = match kind {
            Kind::CronJob => "spec/jobTemplate/spec/template",
            _ => "spec/template",
        };
        put(&mut json, path, template(heading));
    }
    if let Some(replicas) = value(entries, "Replicas") {
        counts(replicas, &mut json);
    }
    let conditions = find(entries, "Conditions").map(conditions).unwrap_or_default();
    if !conditions.is_empty() {
        put(&mut json, "status/conditions", conditions);
    }
    match kind {
        Kind::Deployment => deployment(entries, &mut json),
        Kind::StatefulSet => stateful_set(entries, &mut json),
        Kind::DaemonSet => daemon_set(entries, &mut json),
        Kind::Job => job(entries, &mut json),
        Kind::CronJob => cron_job(entries, &mut json),
        _ => {}
    }
    Some(json)
}

fn selected(kind: Kind, entries: &[Entry<'_, '_>]) -> Option<Json> {
    let text = value(entries, "Selector")?;
    match kind {
        Kind::ReplicationController => pairs(text.split(',')),
        Kind::CronJob => None,
        _ => selector(text),
    }
}

/// `1 desired | 1 updated | 1 total | 0 available | 1 unavailable`, `0 current / 1 desired`.
fn counts(text: &str, json: &mut Json) {
    for part in text.split(['|', '/']) {
        let Some((number, word)) = part.trim().split_once(' ') else { continue };
        let field = match word.trim() {
            "desired" => "spec/replicas",
            "updated" => "status/updatedReplicas",
            "total" | "current" => "status/replicas",
            "available" => "status/availableReplicas",
            "unavailable" => "status/unavailableReplicas",
            _ => continue,
        };
        put_some(json, field, int(number));
    }
}

fn deployment(entries: &[Entry<'_, '_>], json: &mut Json) {
    // A pause is told by the condition alone (pkg/controller/deployment/sync.go).
    let conditions = json.pointer("/status/conditions").and_then(Json::as_array);
    if conditions.into_iter().flatten().any(|one| one["reason"] == "DeploymentPaused") {
        put(json, "spec/paused", true);
    }
    put_some(json, "spec/strategy/type", value(entries, "StrategyType"));
    put_some(json, "spec/minReadySeconds", value(entries, "MinReadySeconds").and_then(int));
    for part in value(entries, "RollingUpdateStrategy").unwrap_or_default().split(',') {
        let Some((amount, what)) = part.trim().split_once(' ') else { continue };
        let field = match what {
            "max unavailable" => "spec/strategy/rollingUpdate/maxUnavailable",
            "max surge" => "spec/strategy/rollingUpdate/maxSurge",
            _ => continue,
        };
        put(json, field, int_or_text(amount));
    }
    // `web-1 (1/1 replicas created)`: which replica set is the present one.
    let newest = value(entries, "NewReplicaSet").and_then(|text| text.split(' ').next());
    put_some(json, "tsg.dev/newReplicaSet", newest);
}

fn stateful_set(entries: &[Entry<'_, '_>], json: &mut Json) {
    let policy = value(entries, "Pod Management Policy");
    put_some(json, "spec/podManagementPolicy", policy);
    put_some(json, "spec/serviceName", value(entries, "Service Name").and_then(told));
    if let Some(strategy) = find(entries, "Update Strategy") {
        put_some(json, "spec/updateStrategy/type", told(strategy.value));
        let below = strategy.entries();
        let partition = value(&below, "Partition").and_then(int);
        put_some(json, "spec/updateStrategy/rollingUpdate/partition", partition);
    }
    let Some(claims) = find(entries, "Volume Claims").filter(|entry| entry.value.is_empty()) else {
        return;
    };
    let mut templates: Vec<Json> = Vec::new();
    for entry in claims.entries() {
        if entry.key == "Name" {
            templates.push(json!({ "metadata": { "name": entry.value }, "spec": {} }));
        }
        let Some(template) = templates.last_mut() else { continue };
        let told = told(entry.value).filter(|value| *value != "<default>");
        match entry.key {
            "StorageClass" => put_some(template, "spec/storageClassName", told),
            "Labels" => put_some(template, "metadata/labels", pairs(entry.values())),
            "Capacity" => put_some(template, "spec/resources/requests/storage", told),
            "Access Modes" => {
                let modes: Vec<&str> = entry
                    .value
                    .trim_matches(['[', ']'])
                    .split([' ', ','])
                    .filter(|m| !m.is_empty())
                    .collect();
                put(template, "spec/accessModes", modes);
            }
            _ => {}
        }
    }
    put(json, "spec/volumeClaimTemplates", templates);
}

fn daemon_set(entries: &[Entry<'_, '_>], json: &mut Json) {
    for (key, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        put_some(json, &format!("status/{field}"), value(entries, key).and_then(int));
    }
    let nodes = value(entries, "Node-Selector").and_then(|text| pairs(text.split(',')));
    put_some(json, "spec/template/spec/nodeSelector", nodes);
}

fn job(entries: &[Entry<'_, '_>], json: &mut Json) {
    job_spec(entries, "spec", json);
    put_some(json, "spec/completionMode", value(entries, "Completion Mode"));
    put_some(json, "spec/suspend", value(entries, "Suspend").and_then(truth));
    put_some(json, "spec/backoffLimit", value(entries, "Backoff Limit").and_then(int));
    let ttl = value(entries, "TTL Seconds After Finished").and_then(int);
    put_some(json, "spec/ttlSecondsAfterFinished", ttl);
    put_some(json, "status/startTime", value(entries, "Start Time").and_then(rfc3339));
    put_some(json, "status/completionTime", value(entries, "Completed At").and_then(rfc3339));
    // `1 Active (0 Ready) / 0 Succeeded / 3 Failed`.
    for part in value(entries, "Pods Statuses").unwrap_or_default().split('/') {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next().and_then(int), words.next()) else {
            continue;
        };
        if matches!(word, "Active" | "Running" | "Succeeded" | "Failed") {
            let field = if word == "Running" { "active" } else { &word.to_ascii_lowercase() };
            put(json, &format!("status/{field}"), number);
        }
    }
}

fn job_spec(entries: &[Entry<'_, '_>], at: &str, json: &mut Json) {
    for (key, field) in [
        ("Parallelism", "parallelism"),
        ("Completions", "completions"),
        ("Active Deadline Seconds", "activeDeadlineSeconds"),
    ] {
        let number = value(entries, key).and_then(|text| int(text.trim_end_matches('s')));
        put_some(json, &format!("{at}/{field}"), number);
    }
}

fn cron_job(entries: &[Entry<'_, '_>], json: &mut Json) {
    job_spec(entries, "spec/jobTemplate/spec", json);
    put_some(json, "spec/schedule", value(entries, "Schedule"));
    put_some(json, "spec/concurrencyPolicy", value(entries, "Concurrency Policy"));
    put_some(json, "spec/suspend", value(entries, "Suspend").and_then(truth));
    let deadline = value(entries, "Starting Deadline Seconds");
    let deadline = deadline.and_then(|text| int(text.trim_end_matches('s')));
    put_some(json, "spec/startingDeadlineSeconds", deadline);
    let scheduled = value(entries, "Last Schedule Time").and_then(rfc3339);
    put_some(json, "status/lastScheduleTime", scheduled);
    let active: Vec<Json> = value(entries, "Active Jobs")
        .unwrap_or_default()
        .split(", ")
        .filter(|name| !name.is_empty())
        .map(|name| json!({ "kind": "Job", "apiVersion": "batch/v1", "name": name }))
        .collect();
    if !active.is_empty() {
        put(json, "status/active", active);
    }
}
