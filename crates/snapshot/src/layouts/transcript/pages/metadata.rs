//! What every page begins with: name, namespace, labels, annotations, owner, age.

use evidence::Kind;
use serde_json::{Map, Value as Json, json};

use crate::layouts::transcript::fields::{pairs, put, put_some, told};
use crate::layouts::transcript::moments::rfc3339;
use crate::layouts::transcript::outline::{Entry, find, value};

/// The `metadata` of a page, with `kind` and `apiVersion` beside it.
pub(super) fn object(kind: Kind, entries: &[Entry<'_, '_>]) -> Option<Json> {
    let name = find(entries, "Name").and_then(|entry| told(entry.value))?;
    let mut json = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.name(),
        "metadata": { "name": name },
    });
    if kind.namespaced() {
        put_some(&mut json, "metadata/namespace", value(entries, "Namespace"));
    }
    put_some(&mut json, "metadata/labels", labels(entries, "Labels"));
    put_some(&mut json, "metadata/annotations", find(entries, "Annotations").and_then(annotations));
    let created = value(entries, "CreationTimestamp").and_then(rfc3339);
    put_some(&mut json, "metadata/creationTimestamp", created);
    if let Some(finalizers) = value(entries, "Finalizers") {
        let names: Vec<&str> = finalizers.trim_matches(['[', ']']).split_whitespace().collect();
        if !names.is_empty() {
            put(&mut json, "metadata/finalizers", names);
        }
    }
    if let Some(owner) = value(entries, "Controlled By").and_then(owner) {
        put(&mut json, "metadata/ownerReferences", vec![owner]);
    }
    Some(json)
}

/// `app=web`, one a line.
pub(super) fn labels(entries: &[Entry<'_, '_>], key: &str) -> Option<Json> {
    pairs(find(entries, key)?.values())
}

/// `key: value`, one a line; a long value or one of several lines stands below its key.
pub(super) fn annotations(entry: &Entry<'_, '_>) -> Option<Json> {
    told(entry.value)?;
    let mut found: Map<String, Json> = Map::new();
    let edge = entry.below.iter().map(|line| line.indent).min().unwrap_or(0);
    let mut open: Option<(String, String)> = None;
    let first = std::iter::once((edge, entry.value));
    for (indent, line) in first.chain(entry.below.iter().map(|line| (line.indent, line.text))) {
        if indent > edge
            && let Some((_, text)) = &mut open
        {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
            continue;
        }
        found.extend(open.take().map(|(key, text)| (key, text.into())));
        match (line.split_once(": "), line.strip_suffix(':')) {
            (_, Some(key)) if !key.contains(": ") => open = Some((key.to_owned(), String::new())),
            (Some((key, value)), _) => {
                found.insert(key.to_owned(), value.into());
            }
            // `labels.FormatLabels`, on the pages of classes.
            (None, _) => found.extend(line.split_once('=').map(|(k, v)| (k.to_owned(), v.into()))),
        }
    }
    found.extend(open.map(|(key, text)| (key, text.into())));
    (!found.is_empty()).then_some(Json::Object(found))
}

/// `ReplicaSet/web-1`, as a reference to the owner that controls an object.
pub(super) fn owner(text: &str) -> Option<Json> {
    let (kind, name) = text.split_once('/')?;
    let mut owner = json!({ "kind": kind, "name": name, "controller": true });
    if let Some(known) = Kind::parse(kind).filter(|known| known.name() == kind) {
        put(&mut owner, "apiVersion", known.api_version());
    }
    Some(owner)
}
