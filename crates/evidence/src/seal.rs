//! What may be known of a secret without holding its values.
//!
//! A secret is sealed where it enters: its values are judged, counted and dropped, and a
//! [`Seal`] stands in their place. Only the modules below this one ever hold a decoded value,
//! in a type that cannot be printed, compared, copied or serialised. Of values themselves a seal
//! keeps none but hosts and ports. [`Logins`] alone gives one out, to what asks a registry with
//! it; no object, reply or fact can hold one.

mod address;
mod docker_config;
mod document;
mod go_url;
mod keyring;
mod login;
mod unsealed;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

pub use login::{Login, Logins};
use unsealed::Unsealed;

/// The field of a sealed secret that holds its [`Seal`].
const FIELD: &str = "tsg.dev/seal";

/// The fields of a Secret that hold none of its content. All others are dropped.
const KEPT: [&str; 5] = ["apiVersion", "kind", "metadata", "type", "immutable"];

/// The annotations of a secret whose values are names of objects, and stay. Of all others only
/// the names do: anybody may have written a value of the secret there.
const ANNOTATIONS: [&str; 5] = [
    "kubernetes.io/service-account.name",
    "kubernetes.io/service-account.uid",
    "cert-manager.io/certificate-name",
    "cert-manager.io/issuer-name",
    "meta.helm.sh/release-name",
];

/// What is known of a secret's content: the names and lengths of its keys, what its registry
/// credentials are for, and the hosts and ports that its keys call so. No other value can be got
/// from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Its keys, in order of name.
    pub keys: Vec<SealedKey>,
    /// What its registry credentials are for; `None` where the type of the secret,
    /// and its keys, are not of registry credentials, and where the values were withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_config: Option<DockerConfig>,
    /// Why the values could not be judged, where the source had taken them out before: then
    /// lengths and registry credentials are unknown, not absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}

/// One key of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    /// The key.
    pub name: String,
    /// The length of its value in bytes, decoded.
    pub bytes: usize,
    /// The host or port that it is, where its name says so and it has the form of one. Of
    /// secrets of the type `Opaque` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Registry credentials, judged as the kubelet does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerConfig {
    /// What is wrong with the whole of it, such that the kubelet cannot use any of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The registries that it has an entry for, in the order of their keys.
    pub registries: Vec<RegistryEntry>,
}

/// The credentials for one registry, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryEntry {
    /// The key as written: `registry.example.com`, `https://index.docker.io/v1/`,
    /// `*.example.com/team`; without a user name or password that was written into it.
    pub key: String,
    /// What is wrong with this entry; `None` when it has a user name and a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Replaces the values of a Secret's JSON by its seal.
///
/// A secret that is sealed already keeps its seal, and loses whatever else it carries.
pub(crate) fn seal(json: &mut Json) {
    let Some(object) = json.as_object_mut() else { return };
    let known = object.remove(FIELD).and_then(|seal| serde_json::from_value::<Seal>(seal).ok());
    let kind = object.get("type").and_then(Json::as_str).unwrap_or("Opaque").to_owned();
    let values = take_values(object);
    let seal = match known {
        Some(seal) => resealed(seal),
        None => judge(&kind, values),
    };
    object.retain(|field, _| KEPT.contains(&field.as_str()));
    if let Some(annotations) = object.get_mut("metadata").and_then(|m| m.get_mut("annotations")) {
        hide_annotations(annotations);
    }
    if let Ok(seal) = serde_json::to_value(seal) {
        object.insert(FIELD.to_owned(), seal);
    }
}

/// The seal of a sealed secret.
pub(crate) fn read(json: &Json) -> Option<Seal> {
    serde_json::from_value(json.get(FIELD)?.clone()).ok()
}

/// Takes the values out of an object: `None` for one that is no base64 text, which no API
/// server serves, and no values at all where the object has no `data`.
fn take_values(object: &mut Map<String, Json>) -> Vec<(String, Option<Unsealed>)> {
    let mut values: Vec<(String, Option<Unsealed>)> = Vec::new();
    if let Some(Json::Object(data)) = object.remove("data") {
        values.extend(data.into_iter().map(|(key, value)| match value {
            Json::String(text) => (key, Unsealed::from(text).decoded()),
            // An empty value of Go's `[]byte` may be served as null.
            Json::Null => (key, Some(Unsealed::default())),
            _ => (key, None),
        }));
    }
    // `stringData` is of manifests only; the API server writes it over `data`.
    if let Some(Json::Object(plain)) = object.remove("stringData") {
        for (key, value) in plain {
            values.retain(|(other, _)| *other != key);
            let Json::String(text) = value else { continue };
            values.push((key, Some(Unsealed::from(text))));
        }
    }
    values.sort_by(|(a, _), (b, _)| a.cmp(b));
    values
}

fn judge(kind: &str, values: Vec<(String, Option<Unsealed>)>) -> Seal {
    let keys = values
        .iter()
        .map(|(name, value)| SealedKey {
            name: name.clone(),
            bytes: value.as_ref().map_or(0, Unsealed::len),
            address: value.as_ref().and_then(|value| address::judge(kind, name, value)),
        })
        .collect();
    let mut seal = Seal { keys, docker_config: None, withheld: None };
    if let Some((name, _)) = values.iter().find(|(_, value)| value.is_none()) {
        seal.withheld = Some(format!(
            "the source holds something other than base64 under the key `{name}`, \
             which no API server serves: the values were taken out"
        ));
        return seal;
    }
    let values: Vec<(&str, &Unsealed)> =
        values.iter().filter_map(|(k, v)| Some((k.as_str(), v.as_ref()?))).collect();
    match docker_config::judge(kind, &values) {
        docker_config::Judged::NotCredentials => {}
        docker_config::Judged::Config(config) => seal.docker_config = Some(config),
        docker_config::Judged::Withheld(why) => seal.withheld = Some(why),
    }
    seal
}

/// A seal that came with the object: anybody may have written it.
fn resealed(mut seal: Seal) -> Seal {
    for entry in seal.docker_config.iter_mut().flat_map(|config| &mut config.registries) {
        entry.key = docker_config::without_userinfo(&entry.key);
    }
    for key in &mut seal.keys {
        key.address = key.address.take().filter(|text| address::is_address(&key.name, text));
    }
    seal
}

/// Takes the values of annotations out: tools keep copies of the whole object in them
/// (`last-applied-configuration` and its like), and people keep passwords.
fn hide_annotations(annotations: &mut Json) {
    let Some(annotations) = annotations.as_object_mut() else { return };
    for (name, value) in annotations {
        let is_name = value.as_str().is_some_and(|text| text.len() <= 253 && !text.contains('{'));
        if !(is_name && ANNOTATIONS.contains(&name.as_str())) {
            *value = Json::from(crate::redact::MARK);
        }
    }
}
