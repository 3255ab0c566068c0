//! The values of pull secrets, for asking a registry as the kubelet would.
//!
//! Nothing is kept unless the run is to ask registries. What is kept is one text of each pull
//! secret that was read anyway, so that none is fetched a second time; it is overwritten when it
//! is dropped, and its types have no `Debug`, `Display` or `Serialize`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evidence::{Kind, Logins, ObjectRef};
use secrecy::SecretSlice;
use serde_json::Value as Json;

/// What a pull secret holds.
#[derive(Clone)]
pub struct PullSecret {
    /// Its type: `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
    pub kind: String,
    /// The text under the key that belongs to the type.
    pub content: SecretSlice<u8>,
}

/// The pull secrets that were read; `None` inside while nobody wants them.
#[derive(Default)]
pub(crate) struct Vault(Mutex<Option<BTreeMap<ObjectRef, PullSecret>>>);

impl Vault {
    /// From now on keeps what is read.
    pub(crate) fn open(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert_default();
    }

    /// Takes a copy of an object's value, where it is a pull secret and the vault is open.
    pub(crate) fn take(&self, object: &ObjectRef, json: &Json) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Kind::Secret, Some(kept)) = (object.kind, kept.as_mut())
            && let Some(secret) = read(json)
        {
            kept.insert(object.clone(), secret);
        }
    }

    pub(crate) fn get(&self, secret: &ObjectRef) -> Option<PullSecret> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref()?.get(secret).cloned()
    }
}

fn read(json: &Json) -> Option<PullSecret> {
    let kind = json.get("type")?.as_str()?;
    let text = json.get("data")?.get(Logins::key_of(kind)?)?.as_str()?;
    let content = SecretSlice::from(STANDARD.decode(text).ok()?);
    Some(PullSecret { kind: kind.to_owned(), content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn regcred() -> (ObjectRef, Json) {
        let json = json!({ "type": "kubernetes.io/dockerconfigjson",
            "data": { ".dockerconfigjson": "e30=", "other": "aHVudGVyMjI=" } });
        (ObjectRef::new(Kind::Secret, Some("shop"), "regcred"), json)
    }

    #[test]
    fn nothing_is_kept_unless_registries_are_to_be_asked() {
        let (name, json) = regcred();
        let vault = Vault::default();
        vault.take(&name, &json);
        assert!(vault.get(&name).is_none());
        vault.open();
        vault.take(&name, &json);
        let kept = vault.get(&name).map(|secret| secret.content.expose_secret().to_vec());
        assert_eq!(kept.as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn only_what_the_kubelet_reads_for_pulls_is_kept() {
        let (name, mut json) = regcred();
        let vault = Vault::default();
        vault.open();
        let pod = ObjectRef { kind: Kind::Pod, ..name.clone() };
        vault.take(&pod, &json);
        json["type"] = json!("Opaque");
        vault.take(&name, &json);
        assert!(vault.get(&pod).is_none() && vault.get(&name).is_none());
    }
}
