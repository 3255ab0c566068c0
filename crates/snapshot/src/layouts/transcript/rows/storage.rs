//! Rows of claims, volumes, classes, quotas and secrets.

use serde_json::{Map, Value as Json, json};

use crate::layouts::transcript::fields::{put, put_some, truth};
use crate::layouts::transcript::pages::storage::access_modes;
use crate::layouts::transcript::table::Row;
use crate::withheld;

/// Reads a row of a claim.
pub(super) fn claim(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "status/phase", row.told("STATUS").filter(|status| *status != "Terminating"));
    put_some(json, "spec/volumeName", row.told("VOLUME"));
    put_some(json, "status/capacity/storage", row.told("CAPACITY"));
    put_some(json, "status/accessModes", row.told("ACCESS MODES").and_then(access_modes));
    put_some(json, "spec/storageClassName", row.told("STORAGECLASS"));
    put_some(json, "spec/volumeMode", row.told("VOLUMEMODE"));
}

/// Reads a row of a volume.
pub(super) fn volume(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/capacity/storage", row.told("CAPACITY"));
    put_some(json, "spec/accessModes", row.told("ACCESS MODES").and_then(access_modes));
    put_some(json, "spec/persistentVolumeReclaimPolicy", row.told("RECLAIM POLICY"));
    put_some(json, "status/phase", row.told("STATUS").filter(|status| *status != "Terminating"));
    put_some(json, "spec/storageClassName", row.told("STORAGECLASS"));
    put_some(json, "status/reason", row.told("REASON"));
    put_some(json, "spec/volumeMode", row.told("VOLUMEMODE"));
    if let Some((namespace, name)) = row.told("CLAIM").and_then(|claim| claim.split_once('/')) {
        put(json, "spec/claimRef", json!({ "namespace": namespace, "name": name }));
    }
}

/// Reads a row of a class: `standard (default)`.
pub(super) fn storage_class(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "provisioner", row.told("PROVISIONER"));
    put_some(json, "reclaimPolicy", row.told("RECLAIMPOLICY"));
    put_some(json, "volumeBindingMode", row.told("VOLUMEBINDINGMODE"));
    put_some(json, "allowVolumeExpansion", row.get("ALLOWVOLUMEEXPANSION").and_then(truth));
    let name = json.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default();
    if let Some(bare) = name.strip_suffix(" (default)").map(str::to_owned) {
        put(json, "metadata/name", bare);
        let default = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
        put(json, "metadata/annotations", default);
    }
}

/// Reads a row of a quota: `requests.cpu: 10/10, pods: 1/5`.
pub(super) fn resource_quota(row: &Row<'_, '_>, json: &mut Json) {
    let (mut used, mut hard) = (Map::new(), Map::new());
    for column in ["REQUEST", "LIMIT"] {
        for part in row.told(column).unwrap_or_default().split(", ") {
            let Some((resource, amounts)) = part.split_once(": ") else { continue };
            let Some((is, most)) = amounts.rsplit_once('/') else { continue };
            used.insert(resource.to_owned(), is.into());
            hard.insert(resource.to_owned(), most.into());
        }
    }
    put(json, "spec/hard", hard.clone());
    put(json, "status/hard", hard);
    put(json, "status/used", used);
}

/// Reads a row of a secret, which names no key.
pub(super) fn secret(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "type", row.told("TYPE"));
    let why = match row.get("DATA") {
        Some(count) => format!("a list says that it has {count} keys, not which"),
        None => "a list does not say which keys it has".to_owned(),
    };
    withheld::seal(json, Vec::new(), &why);
}
