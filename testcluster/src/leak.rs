//! Searches what was printed and recorded for the values of secrets.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::run::read;

/// A value that is shorter could stand somewhere by chance.
const SHORTEST: usize = 6;

/// The values of secrets, in each form in which they could be written: the base64 of the API, the
/// text, and of registry credentials the passwords and the `user:password` of each entry.
///
/// User names and hosts are no secrets, nor is what a key calls a host or a port, which a report
/// may name (`docs/decisions/0013`). Service account tokens are of the cluster itself.
pub(crate) fn values(secrets: &str) -> BTreeSet<String> {
    let list: Json = serde_json::from_str(secrets).unwrap_or_default();
    let mut found = BTreeSet::new();
    for secret in list["items"].as_array().into_iter().flatten() {
        let data = secret["data"].as_object().into_iter().flatten();
        let is_address = |key: &str| key.ends_with("_HOST") || key.ends_with("_PORT");
        for (_, value) in data.filter(|(key, _)| !is_address(key)) {
            let encoded = value.as_str().unwrap_or_default();
            let decoded = STANDARD.decode(encoded).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded).into_owned();
            found.insert(encoded.to_owned());
            match serde_json::from_str::<Json>(&text) {
                Ok(config) if config.is_object() => credentials(&config, &mut found),
                _ => drop(found.insert(text)),
            }
        }
    }
    found.retain(|value| value.len() >= SHORTEST);
    found
}

fn credentials(json: &Json, into: &mut BTreeSet<String>) {
    match json {
        Json::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value.as_str()) {
                    ("password" | "identitytoken" | "registrytoken", Some(text)) => {
                        into.insert(text.to_owned());
                    }
                    ("auth", Some(text)) => {
                        into.insert(text.to_owned());
                        let decoded = STANDARD.decode(text).unwrap_or_default();
                        let decoded = String::from_utf8_lossy(&decoded).into_owned();
                        into.extend(
                            decoded.split_once(':').map(|(_, password)| password.to_owned()),
                        );
                        into.insert(decoded);
                    }
                    _ => credentials(value, into),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| credentials(item, into)),
        _ => {}
    }
}

/// Searches all files of a folder, recordings unpacked; gives `file: length of the value`, and
/// never the value.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn search(folder: &Path, values: &BTreeSet<String>) -> Result<Vec<String>, String> {
    let mut leaks = Vec::new();
    for entry in
        fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?.flatten()
    {
        let path = entry.path();
        let bytes = read(&path)?;
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if path.to_string_lossy().ends_with(".tar.zst") {
            text.push_str(
                &unpacked(&bytes).map_err(|error| format!("{}: {error}", path.display()))?,
            );
        }
        let found = values.iter().filter(|value| text.contains(value.as_str()));
        leaks.extend(
            found.map(|value| format!("{}: a value of {} bytes", path.display(), value.len())),
        );
    }
    Ok(leaks)
}

fn unpacked(bytes: &[u8]) -> std::io::Result<String> {
    let mut text = Vec::new();
    zstd::stream::read::Decoder::new(bytes)?.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Proves that the search would find them: leaked on purpose, each one is found.
///
/// # Errors
/// When a value is not found where it is.
pub(crate) fn prove(values: &BTreeSet<String>) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let all: String = values.iter().map(|value| format!("error: {value}\n")).collect();
    fs::write(folder.path().join("leaked.stderr"), &all).map_err(|error| error.to_string())?;
    let found = search(folder.path(), values)?.len();
    match found == values.len() {
        true => Ok(()),
        false => Err(format!(
            "the search for secrets finds {found} of {} values where all are",
            values.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets() -> String {
        let config = json!({ "auths": { "registry.example.com": {
            "username": "puller", "password": "hunter2-of-old", "auth": STANDARD.encode("puller:hunter2-of-old") } } });
        let data = json!({ ".dockerconfigjson": STANDARD.encode(config.to_string()) });
        let plain = json!({ "key": STANDARD.encode("plain-value"), "DB_HOST": STANDARD.encode("ledger-db") });
        json!({ "items": [{ "data": data }, { "data": plain }] }).to_string()
    }

    #[test]
    fn a_leak_is_found_in_each_form_and_in_a_recording() {
        let values = values(&secrets());
        for leaked in ["hunter2-of-old", "puller:hunter2-of-old", "plain-value"] {
            assert!(values.contains(leaked), "{leaked}");
            assert!(values.contains(&STANDARD.encode("plain-value")));
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("run.stderr"), format!("trace: auth={leaked}!")).unwrap();
            let packed = zstd::encode_all(format!("x{leaked}").as_bytes(), 1).unwrap();
            fs::write(folder.path().join("run.tar.zst"), packed).unwrap();
            let leaks = search(folder.path(), &values).unwrap();
            assert!(leaks.iter().any(|leak| leak.contains("run.stderr")), "{leaks:?}");
            assert!(leaks.iter().any(|leak| leak.contains("run.tar.zst")), "{leaks:?}");
            assert!(leaks.iter().all(|leak| !leak.contains(leaked)));
        }
    }

    #[test]
    fn what_is_no_secret_is_not_searched_for() {
        let values = values(&secrets());
        for told in ["puller", "registry.example.com", "ledger-db"] {
            assert!(!values.contains(told), "{told}: {values:?}");
        }
        prove(&values).unwrap();
    }
}
