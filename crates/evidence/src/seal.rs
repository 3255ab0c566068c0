//! What may be known of a secret without holding its values.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The field of a sealed secret that holds its [`Seal`].
const FIELD: &str = "tsg.dev/seal";

/// What is known of a secret's content: the names and lengths of its keys, and what its
/// registry credentials are for. No value can be got from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Its keys, in order of name.
    pub keys: Vec<SealedKey>,
    /// What its registry credentials are for; `None` where the type of the secret,
    /// and its keys, are not of registry credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_config: Option<DockerConfig>,
}

/// One key of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    /// The key.
    pub name: String,
    /// The length of its value in bytes, decoded.
    pub bytes: usize,
}

/// Registry credentials, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The key as written: `registry.example.com`, `https://index.docker.io/v1/`, `*.example.com/team`.
    pub key: String,
    /// What is wrong with this entry; `None` when it has a user name and a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Replaces the values of a Secret's JSON by its seal. A secret that is sealed already stays as it is.
pub(crate) fn seal(_json: &mut Json) {
    todo!()
}

/// The seal of a sealed secret.
pub(crate) fn read(json: &Json) -> Option<Seal> {
    serde_json::from_value(json.get(FIELD)?.clone()).ok()
}
