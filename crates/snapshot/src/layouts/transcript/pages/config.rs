//! The pages of config maps, secrets and service accounts.

use evidence::Kind;
use serde_json::{Map, Value as Json, json};

use super::metadata;
use crate::layouts::transcript::fields::{put, put_some, told};
use crate::layouts::transcript::outline::{Entry, find, value};
use crate::withheld;

/// Why a secret that was described cannot be judged.
const VALUES_UNSHOWN: &str =
    "kubectl prints the keys of a secret and the lengths of their values, not the values";

/// Reads the page of a config map. Its data stand at the left edge:
/// a key, a rule, the text, an empty line.
pub(super) fn config_map(texts: &[&str], entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::ConfigMap, entries)?;
    let rule = |text: &&str| *text == "====";
    let mut data = Map::new();
    if let Some(start) = texts.iter().position(rule).filter(|at| *at > 0 && texts[at - 1] == "Data")
    {
        let rest = &texts[start + 1..];
        let end = rest.iter().position(|text| *text == "BinaryData").unwrap_or_else(|| {
            rest.iter().rposition(|text| text.starts_with("Events:")).unwrap_or(rest.len())
        });
        values(&rest[..end], &mut data);
    }
    put(&mut json, "data", data);
    Some(json)
}

fn values(texts: &[&str], data: &mut Map<String, Json>) {
    let starts: Vec<usize> = (1..texts.len())
        .filter(|at| texts[*at] == "----" && texts[at - 1].ends_with(':'))
        .map(|at| at - 1)
        .collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(texts.len());
        let body = &texts[start + 2..end];
        // kubectl ends each text with two line ends, and the last with one more.
        let mut length = body.len();
        for _ in 0..if end == texts.len() { 2 } else { 1 } {
            if length > 0 && body[length - 1].is_empty() {
                length -= 1;
            }
        }
        data.insert(
            texts[*start].trim_end_matches(':').to_owned(),
            body[..length].join("\n").into(),
        );
    }
}

/// Reads the page of a secret: `key:  9 bytes`.
pub(super) fn secret(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Secret, entries)?;
    put_some(&mut json, "type", value(entries, "Type"));
    let data = entries.iter().skip_while(|entry| entry.key != "Data").skip(1);
    let key = |entry: &Entry<'_, '_>| {
        let bytes = entry.value.strip_suffix(" bytes").and_then(|bytes| bytes.parse().ok());
        // The one value that kubectl prints is a token: only its length goes on.
        let length = bytes.or_else(|| (entry.key == "token").then_some(entry.value.len()))?;
        Some((entry.key.to_owned(), Some(length)))
    };
    withheld::seal(&mut json, data.filter_map(key).collect(), VALUES_UNSHOWN);
    Some(json)
}

/// Reads the page of a service account.
pub(super) fn service_account(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::ServiceAccount, entries)?;
    for (key, field) in
        [("Image pull secrets", "imagePullSecrets"), ("Mountable secrets", "secrets")]
    {
        let names = find(entries, key).into_iter().flat_map(|entry| entry.values());
        // `name (not found)`: the reference is there all the same.
        let name = |text: &str| {
            told(text.split(" (").next().unwrap_or_default().trim()).map(str::to_owned)
        };
        let names: Vec<Json> = names.filter_map(name).map(|name| json!({ "name": name })).collect();
        if !names.is_empty() {
            put(&mut json, field, names);
        }
    }
    Some(json)
}
