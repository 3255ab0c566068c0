//! Secrets whose values the source has withheld: what is left to say of them.

use serde_json::{Value as Json, json};

/// Seals a secret by what is known of it, its keys and perhaps their lengths, without letting
/// what stands in the place of its values be taken for them.
pub(crate) fn seal(json: &mut Json, keys: Vec<(String, Option<usize>)>, why: &str) {
    let Some(object) = json.as_object_mut() else { return };
    object.remove("data");
    object.remove("stringData");
    let keys: Vec<Json> = keys
        .into_iter()
        .map(|(name, bytes)| json!({ "name": name, "bytes": bytes.unwrap_or(0) }))
        .collect();
    object.insert("tsg.dev/seal".to_owned(), json!({ "keys": keys, "withheld": why }));
}
