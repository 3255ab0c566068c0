//! The pages of claims, volumes and storage classes.

use evidence::Kind;
use serde_json::{Value as Json, json};

use super::metadata;
use super::volume::source;
use crate::layouts::transcript::fields::{overlay, pairs, put, put_some, told, truth};
use crate::layouts::transcript::outline::{Entry, find, value};

/// What the page of a claim does not show: what it asks for, which its capacity is not.
pub(super) const CLAIM_UNSHOWN: [&str; 8] = [
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/creationTimestamp",
    "/spec/resources",
    "/spec/accessModes",
    "/spec/selector",
    "/spec/volumeAttributesClassName",
    "/metadata/deletionTimestamp",
];

/// What the page of a volume does not show.
pub(super) const VOLUME_UNSHOWN: [&str; 4] = [
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/creationTimestamp",
    "/spec/mountOptions",
];

/// `RWO,ROX` as access modes.
pub(in crate::layouts::transcript) fn access_modes(text: &str) -> Option<Vec<&'static str>> {
    let modes: Vec<&str> = text
        .split(',')
        .filter_map(|mode| match mode.trim() {
            "RWO" => Some("ReadWriteOnce"),
            "ROX" => Some("ReadOnlyMany"),
            "RWX" => Some("ReadWriteMany"),
            "RWOP" => Some("ReadWriteOncePod"),
            _ => None,
        })
        .collect();
    (!modes.is_empty()).then_some(modes)
}

/// Reads the page of a claim.
pub(super) fn claim(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::PersistentVolumeClaim, entries)?;
    class(entries, &mut json);
    phase(entries, &mut json);
    put_some(&mut json, "spec/volumeName", value(entries, "Volume"));
    put_some(&mut json, "spec/volumeMode", value(entries, "VolumeMode"));
    put_some(&mut json, "status/capacity/storage", value(entries, "Capacity"));
    let modes = value(entries, "Access Modes").and_then(access_modes);
    put_some(&mut json, "status/accessModes", modes);
    if let Some(from) = find(entries, "DataSource").map(Entry::entries) {
        put_some(&mut json, "spec/dataSource/kind", value(&from, "Kind"));
        put_some(&mut json, "spec/dataSource/name", value(&from, "Name"));
    }
    Some(json)
}

/// An empty class is one that was chosen to be empty, which is another thing than none; both are
/// printed as nothing. kubectl prints none as such too, and then the field is left out.
fn class(entries: &[Entry<'_, '_>], json: &mut Json) {
    if let Some(entry) = find(entries, "StorageClass") {
        match told(entry.value) {
            Some(name) => put(json, "spec/storageClassName", name),
            None if entry.value.is_empty() => put(json, "spec/storageClassName", ""),
            None => {}
        }
    }
}

fn phase(entries: &[Entry<'_, '_>], json: &mut Json) {
    match value(entries, "Status") {
        Some(text) if text.starts_with("Terminating") => {
            let lasts = text.trim_start_matches("Terminating").trim();
            put(json, "tsg.dev/deleted", lasts.trim_start_matches("(lasts ").trim_end_matches(')'));
        }
        text => put_some(json, "status/phase", text),
    }
}

/// Reads the page of a volume.
pub(super) fn volume(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::PersistentVolume, entries)?;
    class(entries, &mut json);
    phase(entries, &mut json);
    if let Some((namespace, name)) = value(entries, "Claim").and_then(|text| text.split_once('/')) {
        let claim = json!({ "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace, "name": name });
        put(&mut json, "spec/claimRef", claim);
    }
    put_some(&mut json, "spec/persistentVolumeReclaimPolicy", value(entries, "Reclaim Policy"));
    let modes = value(entries, "Access Modes").and_then(access_modes);
    put_some(&mut json, "spec/accessModes", modes);
    put_some(&mut json, "spec/volumeMode", value(entries, "VolumeMode"));
    put_some(&mut json, "spec/capacity/storage", value(entries, "Capacity"));
    put_some(&mut json, "status/message", value(entries, "Message"));
    put_some(&mut json, "spec/nodeAffinity", find(entries, "Node Affinity").and_then(affinity));
    if let Some(heading) = find(entries, "Source") {
        let mut spec = json!({ "spec": source(&heading.entries()) });
        overlay(&mut spec, json);
        json = spec;
    }
    Some(json)
}

/// `Required Terms:` with `Term 0:  key in [a, b]`, further expressions of the term below it.
fn affinity(entry: &Entry<'_, '_>) -> Option<Json> {
    let below = entry.entries();
    let terms = find(&below, "Required Terms")?.entries();
    let terms: Vec<Json> = terms
        .iter()
        .map(|term| {
            let expressions: Vec<Json> = term.values().filter_map(requirement).collect();
            json!({ "matchExpressions": expressions })
        })
        .collect();
    Some(json!({ "required": { "nodeSelectorTerms": terms } }))
}

fn requirement(text: &str) -> Option<Json> {
    let (key, rest) = told(text)?.split_once(' ')?;
    let (operator, values) = rest.split_once(' ').unwrap_or((rest, ""));
    let operator = match operator {
        "in" => "In",
        "notin" => "NotIn",
        "exists" => "Exists",
        "doesnotexist" => "DoesNotExist",
        "gt" => "Gt",
        "lt" => "Lt",
        _ => return None,
    };
    let mut json = json!({ "key": key, "operator": operator });
    let values = values.trim_matches(['[', ']']);
    if !values.is_empty() {
        put(&mut json, "values", values.split(", ").collect::<Vec<_>>());
    }
    Some(json)
}

/// Reads the page of a storage class.
pub(super) fn storage_class(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::StorageClass, entries)?;
    if value(entries, "IsDefaultClass") == Some("Yes") {
        let mut annotations = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
        if let Some(found) = json.pointer("/metadata/annotations") {
            overlay(&mut annotations, found.clone());
        }
        put(&mut json, "metadata/annotations", annotations);
    }
    for (key, field) in [
        ("Provisioner", "provisioner"),
        ("ReclaimPolicy", "reclaimPolicy"),
        ("VolumeBindingMode", "volumeBindingMode"),
    ] {
        put_some(&mut json, field, value(entries, key));
    }
    let expands = value(entries, "AllowVolumeExpansion").and_then(truth);
    put_some(&mut json, "allowVolumeExpansion", expands);
    let parameters = value(entries, "Parameters").and_then(|text| pairs(text.split(',')));
    put_some(&mut json, "parameters", parameters);
    Some(json)
}
