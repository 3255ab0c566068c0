//! Writing the fields of an object by their paths, and laying two copies of it over each other.

use serde_json::{Map, Value as Json};

/// Sets a field by the names that lead to it, with `/` between them.
pub(super) fn put(json: &mut Json, path: &str, value: impl Into<Json>) {
    let mut at = json;
    for name in path.split('/') {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        let Json::Object(fields) = at else { return };
        // Most places are there already, and are found without a copy of their name.
        at = match fields.contains_key(name) {
            true => &mut fields[name],
            false => fields.entry(name).or_insert(Json::Null),
        };
    }
    *at = value.into();
}

/// Sets a field where there is something to set.
pub(super) fn put_some(json: &mut Json, path: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        put(json, path, value);
    }
}

/// Lays one copy of an object over another: what both have is the upper's.
pub(super) fn overlay(below: &mut Json, above: Json) {
    match (below, above) {
        (Json::Object(below), Json::Object(above)) => {
            for (name, value) in above {
                match below.get_mut(&name) {
                    Some(present) => overlay(present, value),
                    None => {
                        below.insert(name, value);
                    }
                }
            }
        }
        (below, above) => *below = above,
    }
}

/// A whole number, where the text is one.
pub(super) fn int(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// `True`, `true`, `False`, `false`.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "True" | "true" | "Yes" => Some(true),
        "False" | "false" | "No" => Some(false),
        _ => None,
    }
}

/// A number, or the text where it is none: `80`, `http`, `25%`.
pub(super) fn int_or_text(text: &str) -> Json {
    int(text).map_or_else(|| text.into(), Json::from)
}

/// The text, unless it says that there is none.
pub(super) fn told(text: &str) -> Option<&str> {
    let nothing = ["", "<none>", "<unset>", "<nil>", "<unknown>", "<empty>"];
    (!nothing.contains(&text)).then_some(text)
}

/// `a=1,b=2` as an object; nothing for `<none>`.
pub(super) fn pairs<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Json> {
    let pairs: Map<String, Json> = parts
        .map(str::trim)
        .filter(|part| told(part).is_some())
        .filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.to_owned(), value.into()))
        })
        .collect();
    (!pairs.is_empty()).then_some(Json::Object(pairs))
}

/// A label selector as `metav1.FormatLabelSelector` and `labels.Selector` write it:
/// `app=web,tier in (a,b),!old,new`.
pub(super) fn selector(text: &str) -> Option<Json> {
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for part in split_outside_brackets(told(text)?) {
        if let Some((key, values)) = part.split_once(" notin ") {
            expressions.push(expression(key, "NotIn", Some(values)));
        } else if let Some((key, values)) = part.split_once(" in ") {
            expressions.push(expression(key, "In", Some(values)));
        } else if let Some((key, value)) = part.split_once("!=") {
            expressions.push(expression(key, "NotIn", Some(value)));
        } else if let Some((key, value)) = part.split_once('=') {
            labels.insert(key.to_owned(), value.trim_start_matches('=').into());
        } else if let Some(key) = part.strip_prefix('!') {
            expressions.push(expression(key, "DoesNotExist", None));
        } else {
            expressions.push(expression(part, "Exists", None));
        }
    }
    let mut json = Map::new();
    if !labels.is_empty() {
        json.insert("matchLabels".to_owned(), Json::Object(labels));
    }
    if !expressions.is_empty() {
        json.insert("matchExpressions".to_owned(), expressions.into());
    }
    Some(Json::Object(json))
}

fn expression(key: &str, operator: &str, values: Option<&str>) -> Json {
    let mut json = serde_json::json!({ "key": key.trim(), "operator": operator });
    if let Some(values) = values {
        let inner = values.trim().trim_start_matches('(').trim_end_matches(')');
        put(&mut json, "values", inner.split(',').map(str::trim).collect::<Vec<_>>());
    }
    json
}

/// The parts of a text between commas, but not those within round brackets.
pub(super) fn split_outside_brackets(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_is_read_in_all_its_forms() {
        let read = selector("app.kubernetes.io/name=web,tier in (a,b),!old,new,zone notin (x)");
        let expected = json!({
            "matchLabels": { "app.kubernetes.io/name": "web" },
            "matchExpressions": [
                { "key": "tier", "operator": "In", "values": ["a", "b"] },
                { "key": "old", "operator": "DoesNotExist" },
                { "key": "new", "operator": "Exists" },
                { "key": "zone", "operator": "NotIn", "values": ["x"] },
            ],
        });
        assert_eq!(read, Some(expected));
        assert_eq!(selector("<none>"), None);
    }

    #[test]
    fn the_upper_copy_wins_field_by_field() {
        let mut below = json!({ "spec": { "a": 1, "b": [1] }, "status": 1 });
        overlay(&mut below, json!({ "spec": { "b": [2], "c": 3 } }));
        assert_eq!(below, json!({ "spec": { "a": 1, "b": [2], "c": 3 }, "status": 1 }));
    }
}
