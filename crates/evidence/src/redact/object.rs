//! Objects: every text in them, with what its place says of it.

use serde_json::{Map, Value as Json};

use super::name::Name;
use super::value::{is_harmless, is_name, looks_like_credential};
use super::{MARK, text};
use crate::{Kind, Time};

/// The field of `metadata` that keeps the newest time of `managedFields`.
const MODIFIED: &str = "tsg.dev/modified";

/// The copy of an object that `kubectl apply` keeps in the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// No object of a known kind is deeper. What is deeper goes, so that neither this walk nor
/// reading a recording back (128 levels, with those around an object) can fail for it.
const DEPTH: usize = 64;

/// Redacts an object's texts, and drops what nobody reads.
pub(crate) fn object(kind: Kind, json: &mut Json) {
    if let Some(metadata) = json.get_mut("metadata").and_then(Json::as_object_mut) {
        shorten_metadata(metadata);
    }
    if let Some(Json::Object(data)) = json.get_mut("binaryData").filter(|_| kind == Kind::ConfigMap)
    {
        data.values_mut().for_each(mark);
    }
    walk(json);
}

/// Drops `managedFields` and `last-applied-configuration`. The newest time at which somebody
/// changed more than the status stays, as `tsg.dev/modified`.
fn shorten_metadata(metadata: &mut Map<String, Json>) {
    let time = |json: &Json| json.as_str()?.parse::<Time>().ok();
    let kept = metadata.remove(MODIFIED).as_ref().and_then(time);
    let managed = metadata.remove("managedFields");
    let entries = managed.as_ref().and_then(Json::as_array).into_iter().flatten();
    let modified = entries
        .filter(|entry| entry.get("subresource").and_then(Json::as_str) != Some("status"))
        .filter_map(|entry| time(entry.get("time")?))
        .chain(kept)
        .max();
    if let Some(modified) = modified {
        metadata.insert(MODIFIED.to_owned(), modified.to_string().into());
    }
    if let Some(Json::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
    }
}

/// What the place of an object says of the texts in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing.
    Anywhere,
    /// They are labels or annotations, which name other objects under names such as `auth-secret`.
    Labels,
    /// They stand under a name of a credential.
    Hidden,
}

/// Walks an object without recursion.
fn walk(json: &mut Json) {
    let mut open = vec![(json, 0, Place::Anywhere)];
    while let Some((node, depth, place)) = open.pop() {
        match node {
            Json::String(_) => redact(node, place == Place::Hidden),
            Json::Array(_) | Json::Object(_) if depth >= DEPTH => {
                dismantle(std::mem::replace(node, MARK.into()));
            }
            Json::Array(items) => {
                hide_arguments(items);
                open.extend(items.iter_mut().map(|item| (item, depth + 1, place)));
            }
            Json::Object(fields) => {
                hide_named_value(fields);
                for (name, value) in fields.iter_mut() {
                    match value {
                        Json::String(_) => redact_field(name, value, place),
                        Json::Array(_) | Json::Object(_) => {
                            let place = place_under(name, value);
                            open.push((value, depth + 1, place));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn place_under(name: &str, value: &Json) -> Place {
    match name {
        "labels" | "annotations" | "matchLabels" | "nodeSelector" => Place::Labels,
        // `passwords: [a, b]`; an object has names of its own.
        _ if value.is_array() && Name::hides(name) => Place::Hidden,
        _ => Place::Anywhere,
    }
}

fn redact_field(name: &str, value: &mut Json, place: Place) {
    let Json::String(content) = value else { return };
    // The value goes whole: a password may have spaces, quotes and commas in it.
    let hidden = Name::hides(name)
        && match place {
            Place::Labels => !is_plain(content),
            _ => {
                !(name.eq_ignore_ascii_case("secret") && content.contains('/') && is_name(content))
            }
        };
    redact(value, hidden);
}

/// The name of an object or a word, as a label or annotation refers to it.
fn is_plain(value: &str) -> bool {
    let word = value.bytes().all(|b| b.is_ascii_lowercase());
    (word || is_name(value)) && !looks_like_credential(value)
}

/// Redacts a text, or takes it out whole.
fn redact(value: &mut Json, whole: bool) {
    let Json::String(content) = value else { return };
    if whole {
        if !is_harmless(content) {
            mark(value);
        }
    } else if let std::borrow::Cow::Owned(clean) = text(content) {
        *content = clean;
    }
}

fn mark(value: &mut Json) {
    *value = MARK.into();
}

/// `{name: DB_PASSWORD, value: x}`, as in `env` and in the headers of probes.
fn hide_named_value(fields: &mut Map<String, Json>) {
    if !fields.contains_key("value") {
        return;
    }
    let name = fields.get("name").or_else(|| fields.get("key")).and_then(Json::as_str);
    let Some(name) = name else { return };
    let is_header = ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header));
    if !is_header && !Name::hides(name) {
        return;
    }
    let is_directory = name == "PWD" || name == "OLDPWD";
    let value = fields.get_mut("value");
    let is_path = |value: &Json| value.as_str().is_some_and(|path| path.starts_with('/'));
    if let Some(value) = value.filter(|value| !(is_directory && is_path(value))) {
        redact(value, true);
    }
}

/// Arguments: `--password=x`, and `--password`, `x`.
fn hide_arguments(items: &mut [Json]) {
    let mut follows_flag = false;
    for item in items {
        let Json::String(content) = item else {
            follows_flag = false;
            continue;
        };
        let flag = flag_of(content);
        if std::mem::take(&mut follows_flag) && flag.is_none() {
            redact(item, true);
            continue;
        }
        let Some(flag) = flag.filter(|flag| Name::hides(flag)) else { continue };
        match content[flag.len()..].strip_prefix('=') {
            None => follows_flag = true,
            Some(value) if !is_harmless(value) => *content = format!("{flag}={MARK}"),
            Some(_) => {}
        }
    }
}

/// The flag that an argument is, or that stands before the `=` in it.
fn flag_of(argument: &str) -> Option<&str> {
    let end = argument.find('=').unwrap_or(argument.len());
    let flag = &argument[..end];
    let is_flag =
        flag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (is_flag && flag.starts_with('-')).then_some(flag)
}

/// Drops a value of any depth: the drop of nested values is a recursion.
fn dismantle(json: Json) {
    let mut open = vec![json];
    while let Some(node) = open.pop() {
        match node {
            Json::Array(items) => open.extend(items),
            Json::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
