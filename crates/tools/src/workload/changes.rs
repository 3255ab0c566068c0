//! What differs between the pods of two revisions of a workload.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::{field, yaml};

/// The most characters of a value that are kept.
const LONGEST: usize = 256;
/// The lists of a pod's spec that hold containers.
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The container; `None` for a field of the pod.
    pub container: Option<String>,
    /// The field: `image`, `env[LOG_LEVEL]`, `resources`.
    pub field: String,
    /// Its value before, in one line; `None` where it had none.
    pub before: Option<String>,
    /// Its value after, in one line; `None` where it has none.
    pub after: Option<String>,
}

/// The differences between two pod specs: container by container, then the pod's own fields.
pub(crate) fn between(before: &Json, after: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    for list in CONTAINERS {
        let pointer = format!("/{list}");
        let (old, new) = (field::items(before, &pointer), field::items(after, &pointer));
        for name in names(old, new) {
            let (old, new) = (named(old, name), named(new, name));
            let mut add = |field: String, before: Option<&Json>, after: Option<&Json>| {
                found.push(difference(Some(name), field, before, after));
            };
            match (old, new) {
                (Some(old), Some(new)) => fields(old, new, &["name"], &mut add),
                // A container that came or went is told by its image.
                _ => {
                    let image =
                        |one: Option<&'_ Json>| one.and_then(|one| one.get("image")).cloned();
                    add("container".to_owned(), image(old).as_ref(), image(new).as_ref());
                }
            }
        }
    }
    let mut add = |field: String, before: Option<&Json>, after: Option<&Json>| {
        found.push(difference(None, field, before, after));
    };
    fields(before, after, &CONTAINERS, &mut add);
    found
}

/// Takes a field with its value before and after.
type Add<'a> = dyn FnMut(String, Option<&Json>, Option<&Json>) + 'a;

/// Calls for each key that differs; where both values are lists of named things, for each thing.
fn fields(before: &Json, after: &Json, without: &[&str], add: &mut Add<'_>) {
    let keys = |json: &Json| -> Vec<String> {
        json.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
    };
    let all: BTreeSet<String> = keys(before).into_iter().chain(keys(after)).collect();
    for key in all.into_iter().filter(|key| !without.contains(&key.as_str())) {
        let (old, new) = (before.get(&key), after.get(&key));
        if old == new {
            continue;
        }
        match (things(old), things(new)) {
            (Some(olds), Some(news)) if old.or(new).is_some() => {
                let mut told = false;
                for name in names(olds, news) {
                    let (old, new) = (named(olds, name), named(news, name));
                    if old != new {
                        told = true;
                        add(format!("{key}[{name}]"), old, new);
                    }
                }
                if !told {
                    // The same things in another order.
                    add(key, old, new);
                }
            }
            _ => add(key, old, new),
        }
    }
}

/// A list whose items all have a name; a missing list has none that have not.
fn things(json: Option<&Json>) -> Option<&[Json]> {
    let Some(json) = json else { return Some(&[]) };
    let items = json.as_array()?;
    let mut seen = BTreeSet::new();
    let distinct =
        items.iter().all(|item| field::word(item, "/name").is_some_and(|name| seen.insert(name)));
    distinct.then_some(items.as_slice())
}

fn names<'a>(old: &'a [Json], new: &'a [Json]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in new.iter().chain(old).filter_map(|item| field::word(item, "/name")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn named<'a>(items: &'a [Json], name: &str) -> Option<&'a Json> {
    items.iter().find(|item| field::word(item, "/name") == Some(name))
}

fn difference(
    container: Option<&str>,
    field: String,
    before: Option<&Json>,
    after: Option<&Json>,
) -> Difference {
    let told = |json: Option<&Json>| json.filter(|json| !json.is_null()).map(one_line);
    Difference {
        container: container.map(str::to_owned),
        field,
        before: told(before),
        after: told(after),
    }
}

fn one_line(json: &Json) -> String {
    // A named thing's name stands in the field already; a plain value says it best.
    let value = json.as_object().filter(|map| map.len() == 2 && map.contains_key("name"));
    let text = match value.and_then(|map| map.get("value")).unwrap_or(json) {
        Json::String(text) => text.clone(),
        other => yaml::flow(other),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: &Json, after: &Json) -> Vec<(Option<String>, String, String, String)> {
        let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        between(before, after)
            .into_iter()
            .map(|one| (one.container, one.field, dash(one.before), dash(one.after)))
            .collect()
    }

    #[test]
    fn a_changed_image_and_a_changed_variable_are_told_apart() {
        let before = json!({ "containers": [ { "name": "server", "image": "web:1",
            "env": [ { "name": "LEVEL", "value": "info" }, { "name": "SAME", "value": "1" } ] } ] });
        let after = json!({ "containers": [ { "name": "server", "image": "web:2",
            "env": [ { "name": "SAME", "value": "1" }, { "name": "LEVEL", "value": "debug" } ] } ] });
        let server = Some("server".to_owned());
        assert_eq!(
            told(&before, &after),
            [
                (server.clone(), "env[LEVEL]".into(), "info".into(), "debug".into()),
                (server, "image".into(), "web:1".into(), "web:2".into()),
            ]
        );
    }

    #[test]
    fn a_container_that_came_is_told_by_its_image() {
        let before = json!({ "containers": [ { "name": "a", "image": "a:1" } ] });
        let after = json!({ "containers": [ { "name": "a", "image": "a:1" } ],
            "initContainers": [ { "name": "b", "image": "b:1" } ] });
        let b = Some("b".to_owned());
        assert_eq!(told(&before, &after), [(b, "container".into(), "-".into(), "b:1".into())]);
    }

    #[test]
    fn fields_of_the_pod_have_no_container() {
        let before =
            json!({ "imagePullSecrets": [ { "name": "old" } ], "nodeSelector": { "a": "b" } });
        let after = json!({ "nodeSelector": { "a": "b" }, "serviceAccountName": "web" });
        assert_eq!(
            told(&before, &after),
            [
                (None, "imagePullSecrets[old]".into(), "{name: old}".into(), "-".into()),
                (None, "serviceAccountName".into(), "-".into(), "web".into()),
            ]
        );
    }

    #[test]
    fn equal_specs_do_not_differ() {
        let spec = json!({ "containers": [ { "name": "a", "image": "a:1", "env": [] } ] });
        assert_eq!(between(&spec, &spec), []);
    }
}
