//! The pages of quotas, limit ranges, autoscalers and disruption budgets.

use evidence::Kind;
use serde_json::{Map, Value as Json, json};

use super::metadata;
use crate::layouts::transcript::fields::{int, int_or_text, put, put_some, selector, told};
use crate::layouts::transcript::outline::{Entry, find, value};
use crate::layouts::transcript::table::gaps;

/// Reads the page of a quota: `Resource  Used  Hard` in rows.
pub(super) fn resource_quota(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::ResourceQuota, entries)?;
    let (mut used, mut hard) = (Map::new(), Map::new());
    for entry in entries {
        let cells: Vec<&str> = entry.line.split_whitespace().collect();
        let [resource, is, most] = cells.as_slice() else { continue };
        let is_amount = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if is_amount(is) && is_amount(most) && !is.starts_with("--") {
            used.insert((*resource).to_owned(), (*is).into());
            hard.insert((*resource).to_owned(), (*most).into());
        }
    }
    if let Some(scopes) = value(entries, "Scopes") {
        put(&mut json, "spec/scopes", scopes.split(", ").collect::<Vec<_>>());
    }
    put(&mut json, "spec/hard", hard.clone());
    put(&mut json, "status/hard", hard);
    put(&mut json, "status/used", used);
    Some(json)
}

/// Reads the page of a limit range:
/// `Type  Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio` in rows.
pub(super) fn limit_range(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::LimitRange, entries)?;
    let mut limits: Vec<Json> = Vec::new();
    for entry in entries {
        let cells: Vec<&str> = gaps(entry.line, 1).into_iter().map(|(_, cell)| cell).collect();
        let [sort, resource, min, max, request, default, ratio] = cells.as_slice() else {
            continue;
        };
        if !matches!(*sort, "Container" | "Pod" | "PersistentVolumeClaim") {
            continue;
        }
        let last = limits.last().and_then(|limit| limit.get("type")).and_then(Json::as_str);
        if last != Some(*sort) {
            limits.push(json!({ "type": sort }));
        }
        let Some(limit) = limits.last_mut() else { continue };
        for (field, amount) in [
            ("min", min),
            ("max", max),
            ("defaultRequest", request),
            ("default", default),
            ("maxLimitRequestRatio", ratio),
        ] {
            if *amount != "-"
                && let Some(fields) = limit.as_object_mut()
            {
                let amounts = fields.entry(field).or_insert_with(|| json!({}));
                if let Some(amounts) = amounts.as_object_mut() {
                    amounts.insert((*resource).to_owned(), (*amount).into());
                }
            }
        }
    }
    put(&mut json, "spec/limits", limits);
    Some(json)
}

/// Reads the page of a disruption budget.
pub(super) fn disruption_budget(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::PodDisruptionBudget, entries)?;
    for (key, field) in
        [("Min available", "spec/minAvailable"), ("Max unavailable", "spec/maxUnavailable")]
    {
        put_some(&mut json, field, value(entries, key).map(int_or_text));
    }
    put_some(&mut json, "spec/selector", value(entries, "Selector").and_then(selector));
    let status = find(entries, "Status").map(Entry::entries).unwrap_or_default();
    for (key, field) in [
        ("Allowed disruptions", "status/disruptionsAllowed"),
        ("Current", "status/currentHealthy"),
        ("Desired", "status/desiredHealthy"),
        ("Total", "status/expectedPods"),
    ] {
        put_some(&mut json, field, value(&status, key).and_then(int));
    }
    Some(json)
}

/// Reads the page of an autoscaler.
pub(super) fn autoscaler(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::HorizontalPodAutoscaler, entries)?;
    if let Some((kind, name)) = value(entries, "Reference").and_then(|text| text.split_once('/')) {
        put(&mut json, "spec/scaleTargetRef", json!({ "kind": kind, "name": name }));
        let version = Kind::parse(kind).map(Kind::api_version);
        put_some(&mut json, "spec/scaleTargetRef/apiVersion", version);
    }
    put_some(&mut json, "spec/minReplicas", value(entries, "Min replicas").and_then(int));
    put_some(&mut json, "spec/maxReplicas", value(entries, "Max replicas").and_then(int));
    if let Some(pods) = entries.iter().find(|entry| entry.key.ends_with(" pods")) {
        // `3 current / 5 desired`.
        for part in pods.value.split('/') {
            let Some((number, word)) = part.trim().split_once(' ') else { continue };
            put_some(&mut json, &format!("status/{word}Replicas"), int(number));
        }
    }
    if let Some(heading) = find(entries, "Conditions") {
        let row = |line: &str| {
            let cells = gaps(line, 2);
            let cell = |at: usize| cells.get(at).map(|(_, cell)| *cell);
            told(cell(1)?).filter(|status| matches!(*status, "True" | "False" | "Unknown"))?;
            let mut condition = json!({ "type": cell(0)?, "status": cell(1)? });
            put_some(&mut condition, "reason", cell(2));
            put_some(&mut condition, "message", cells.get(3).map(|(at, _)| line[*at..].trim_end()));
            Some(condition)
        };
        let rows: Vec<Json> = heading.below.iter().filter_map(|line| row(line.text)).collect();
        put(&mut json, "status/conditions", rows);
    }
    Some(json)
}
