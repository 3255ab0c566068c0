//! Alerts as Alertmanager (`/api/v2/alerts`) and Prometheus (`/api/v1/alerts`) serve them, and as
//! systems write them that find anomalies or count failed requests. What has no place in an alert
//! goes into its labels, where it is short, and into its sentences.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::{Alert, Time};

/// Where the list stands, the file itself first.
const LISTS: [&str; 6] = ["", "/data/alerts", "/alerts", "/failed_requests", "/data", "/items"];

/// What names an alert, and what it is about, the most telling first.
const NAMES: [&str; 4] = ["alertname", "metric_category", "type", "reason"];
const SUBJECTS: [&str; 10] = [
    "entity_name",
    "service",
    "entry_service",
    "workload",
    "deployment",
    "pod",
    "container",
    "node",
    "instance",
    "name",
];

/// The firing alerts of a document, redacted; `None` where it holds no list of alerts. `local`
/// reads times that are not RFC 3339.
pub fn alerts(json: &Json, local: impl Fn(&str) -> Option<Time>) -> Option<Vec<Alert>> {
    let lists = LISTS.iter().filter_map(|at| json.pointer(at)?.as_array());
    let mut lists = lists.peekable();
    lists.peek()?;
    let alerts = lists.flatten().filter_map(|item| alert(item, &local)).map(Alert::admit);
    Some(alerts.collect())
}

fn alert(json: &Json, local: &dyn Fn(&str) -> Option<Time>) -> Option<Alert> {
    let fields = json.as_object()?;
    // Prometheus says it in a word, Alertmanager in an object.
    let state = json.pointer("/state").or(json.pointer("/status/state")).and_then(Json::as_str);
    if matches!(state, Some("inactive" | "suppressed" | "pending")) {
        return None;
    }
    let mut labels = BTreeMap::new();
    let mut evidence = Vec::new();
    let mut since = None;
    for (name, value) in fields {
        match (&**name, value) {
            ("startsAt" | "activeAt", Json::String(text)) => since = text.parse::<Time>().ok(),
            ("time_range" | "start_time" | "first_seen", Json::String(text)) => {
                since = since.or_else(|| text.parse().ok()).or_else(|| local(text));
                labels.insert(name.clone(), text.clone());
            }
            ("labels", Json::Object(own)) => {
                labels.extend(
                    own.iter().filter_map(|(name, value)| Some((name.clone(), word(value)?))),
                );
            }
            // What Alertmanager says of its own housekeeping.
            ("status", Json::Object(_)) | ("receivers", Json::Array(_)) => {}
            ("fingerprint" | "generatorURL" | "endsAt" | "updatedAt", _) => {}
            ("annotations", Json::Object(own)) => evidence.extend(own.values().filter_map(word)),
            (_, Json::Array(items)) => evidence.extend(items.iter().map(sentence)),
            (_, Json::Object(_)) => evidence.push(format!("{name}: {value}")),
            (_, value) => match word(value) {
                Some(text) if text.len() > 120 || text.contains('\n') => {
                    evidence.push(format!("{name}: {text}"));
                }
                Some(text) => {
                    labels.insert(name.clone(), text);
                }
                None => {}
            },
        }
    }
    let first = |names: &[&str]| names.iter().find_map(|name| labels.get(*name)).cloned();
    let name = first(&NAMES)
        .or_else(|| labels.contains_key("raw_error").then(|| "FailedRequest".to_owned()));
    let subject = first(&SUBJECTS);
    (!labels.is_empty() || !evidence.is_empty()).then(|| Alert {
        name: name.unwrap_or_else(|| "alert".to_owned()),
        subject,
        labels,
        evidence,
        since,
    })
}

fn word(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn sentence(value: &Json) -> String {
    word(value).unwrap_or_else(|| value.to_string())
}
