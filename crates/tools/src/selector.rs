//! Label selectors and node selector terms.

use std::collections::BTreeMap;

use evidence::Object;
use serde_json::Value as Json;

use crate::field;

/// The labels of an object.
pub(crate) fn labels(object: &Object) -> BTreeMap<String, String> {
    let labels = object.at("/metadata/labels").and_then(Json::as_object);
    let text = |(key, value): (&String, &Json)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(text).collect()
}

/// Whether labels meet one requirement: `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
/// An unknown operator is met by nothing.
pub(crate) fn requirement(json: &Json, labels: &BTreeMap<String, String>) -> bool {
    let Some(key) = field::word(json, "/key") else { return false };
    let values = field::texts(json, "/values");
    let own = labels.get(key);
    let compare = |holds: fn(i64, i64) -> bool| {
        let bound = values.first().and_then(|value| value.parse().ok());
        own.and_then(|own| own.parse().ok())
            .zip(bound)
            .is_some_and(|(own, bound)| holds(own, bound))
    };
    match field::word(json, "/operator").unwrap_or_default() {
        "In" => own.is_some_and(|own| values.contains(own)),
        "NotIn" => own.is_none_or(|own| !values.contains(own)),
        "Exists" => own.is_some(),
        "DoesNotExist" => own.is_none(),
        "Gt" => compare(|own, bound| own > bound),
        "Lt" => compare(|own, bound| own < bound),
        _ => false,
    }
}

/// Whether labels are selected by `matchLabels` and `matchExpressions`; an empty selector selects
/// everything.
pub(crate) fn selects(selector: &Json, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector.get("matchLabels").and_then(Json::as_object).into_iter().flatten();
    equal.into_iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        && field::items(selector, "/matchExpressions").iter().all(|one| requirement(one, labels))
}

/// One requirement in words: `zone in (a, b)`, `!spot`.
pub(crate) fn in_words(json: &Json) -> String {
    let key = field::word(json, "/key").unwrap_or_default();
    let values = field::texts(json, "/values").join(", ");
    match field::word(json, "/operator").unwrap_or_default() {
        "In" => format!("{key} in ({values})"),
        "NotIn" => format!("{key} not in ({values})"),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        "Gt" => format!("{key} > {values}"),
        "Lt" => format!("{key} < {values}"),
        other => format!("{key} {other} {values}"),
    }
}
