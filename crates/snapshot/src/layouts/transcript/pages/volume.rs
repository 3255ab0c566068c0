//! Volumes of pods and the sources of persistent volumes, of every type that kubectl prints.

use serde_json::{Map, Value as Json, json};

use crate::layouts::transcript::fields::{int, pairs, put, put_some, told, truth};
use crate::layouts::transcript::outline::{Entry, find, value};

/// Reads the volumes below `Volumes:`.
pub(super) fn volumes(heading: &Entry<'_, '_>) -> Vec<Json> {
    heading
        .entries()
        .iter()
        .map(|entry| {
            let mut volume = source(&entry.entries());
            put(&mut volume, "name", entry.key);
            volume
        })
        .collect()
}

/// The source of a volume, under the field of its type; nothing where the type is not known.
pub(super) fn source(entries: &[Entry<'_, '_>]) -> Json {
    let sort = value(entries, "Type").unwrap_or_default();
    let sort = sort.split(" (").next().unwrap_or_default();
    let mut json = Json::Object(Map::new());
    let known = match sort {
        "HostPath" => Some(("hostPath", host_path(entries))),
        "EmptyDir" => Some(("emptyDir", empty_dir(entries))),
        "Secret" => Some(("secret", named(entries, "SecretName", "secretName"))),
        "ConfigMap" => Some(("configMap", named(entries, "Name", "name"))),
        "PersistentVolumeClaim" => Some(("persistentVolumeClaim", claim(entries))),
        "Projected" => Some(("projected", projected(entries))),
        "DownwardAPI" => Some(("downwardAPI", downward(entries))),
        "EphemeralVolume" => Some(("ephemeral", ephemeral(entries))),
        "CSI" => Some(("csi", csi(entries))),
        _ => TYPES
            .iter()
            .find(|(name, ..)| *name == sort)
            .map(|(_, field, fields)| (*field, plain(entries, fields))),
    };
    if let Some((field, source)) = known {
        put(&mut json, field, source);
    }
    json
}

/// The other types: their name on the page, their field, and their keys with the fields of these.
type PlainType = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const TYPES: [PlainType; 13] = [
    ("NFS", "nfs", &[("Server", "server"), ("Path", "path"), ("ReadOnly", "readOnly")]),
    ("LocalVolume", "local", &[("Path", "path")]),
    (
        "GCEPersistentDisk",
        "gcePersistentDisk",
        &[("PDName", "pdName"), ("FSType", "fsType"), ("ReadOnly", "readOnly")],
    ),
    (
        "AWSElasticBlockStore",
        "awsElasticBlockStore",
        &[("VolumeID", "volumeID"), ("FSType", "fsType"), ("ReadOnly", "readOnly")],
    ),
    (
        "AzureDisk",
        "azureDisk",
        &[
            ("DiskName", "diskName"),
            ("DiskURI", "diskURI"),
            ("FSType", "fsType"),
            ("ReadOnly", "readOnly"),
        ],
    ),
    (
        "AzureFile",
        "azureFile",
        &[("SecretName", "secretName"), ("ShareName", "shareName"), ("ReadOnly", "readOnly")],
    ),
    (
        "Glusterfs",
        "glusterfs",
        &[("EndpointsName", "endpoints"), ("Path", "path"), ("ReadOnly", "readOnly")],
    ),
    (
        "ISCSI",
        "iscsi",
        &[
            ("TargetPortal", "targetPortal"),
            ("IQN", "iqn"),
            ("Lun", "lun"),
            ("FSType", "fsType"),
            ("ReadOnly", "readOnly"),
        ],
    ),
    (
        "RBD",
        "rbd",
        &[
            ("RBDImage", "image"),
            ("FSType", "fsType"),
            ("RBDPool", "pool"),
            ("ReadOnly", "readOnly"),
        ],
    ),
    ("CephFS", "cephfs", &[("Path", "path"), ("User", "user"), ("ReadOnly", "readOnly")]),
    (
        "vSphereVolume",
        "vsphereVolume",
        &[
            ("VolumePath", "volumePath"),
            ("FSType", "fsType"),
            ("StoragePolicyName", "storagePolicyName"),
        ],
    ),
    (
        "Cinder",
        "cinder",
        &[("VolumeID", "volumeID"), ("FSType", "fsType"), ("ReadOnly", "readOnly")],
    ),
    ("Image", "image", &[("Reference", "reference"), ("PullPolicy", "pullPolicy")]),
];

fn plain(entries: &[Entry<'_, '_>], fields: &[(&str, &str)]) -> Json {
    let mut json = Json::Object(Map::new());
    for (key, field) in fields {
        let Some(text) = value(entries, key) else { continue };
        match (*field, truth(text)) {
            ("readOnly", Some(false)) => {}
            ("readOnly", Some(true)) => put(&mut json, field, true),
            ("lun", _) => put_some(&mut json, field, int(text)),
            _ => put(&mut json, field, text),
        }
    }
    json
}

fn host_path(entries: &[Entry<'_, '_>]) -> Json {
    let mut json = plain(entries, &[("Path", "path")]);
    put_some(&mut json, "type", value(entries, "HostPathType"));
    json
}

fn empty_dir(entries: &[Entry<'_, '_>]) -> Json {
    let mut json = plain(entries, &[("Medium", "medium")]);
    put_some(&mut json, "sizeLimit", value(entries, "SizeLimit"));
    json
}

fn named(entries: &[Entry<'_, '_>], key: &str, field: &str) -> Json {
    let mut json = Json::Object(Map::new());
    put_some(&mut json, field, value(entries, key));
    if value(entries, "Optional").and_then(truth) == Some(true) {
        put(&mut json, "optional", true);
    }
    json
}

fn claim(entries: &[Entry<'_, '_>]) -> Json {
    plain(entries, &[("ClaimName", "claimName"), ("ReadOnly", "readOnly")])
}

fn csi(entries: &[Entry<'_, '_>]) -> Json {
    let fields = [
        ("Driver", "driver"),
        ("FSType", "fsType"),
        ("VolumeHandle", "volumeHandle"),
        ("ReadOnly", "readOnly"),
    ];
    let mut json = plain(entries, &fields);
    let attributes = find(entries, "VolumeAttributes").and_then(|entry| pairs(entry.values()));
    put_some(&mut json, "volumeAttributes", attributes);
    json
}

fn downward(entries: &[Entry<'_, '_>]) -> Json {
    let lines = find(entries, "Items").map(|items| items.below).unwrap_or_default();
    let items: Vec<Json> = lines
        .iter()
        .filter_map(|line| {
            let (from, path) = line.text.split_once(" -> ")?;
            let is_resource = from.starts_with("limits.") || from.starts_with("requests.");
            let (field, key) = if is_resource {
                ("resourceFieldRef", "resource")
            } else {
                ("fieldRef", "fieldPath")
            };
            Some(json!({ "path": path, field: { key: from } }))
        })
        .collect();
    json!({ "items": items })
}

fn ephemeral(entries: &[Entry<'_, '_>]) -> Json {
    let mut json = json!({ "volumeClaimTemplate": { "spec": {} } });
    put_some(
        &mut json,
        "volumeClaimTemplate/spec/storageClassName",
        value(entries, "StorageClass"),
    );
    json
}

/// The sources of a projected volume follow each other, each with its `Optional` after it.
fn projected(entries: &[Entry<'_, '_>]) -> Json {
    let mut sources: Vec<Json> = Vec::new();
    for entry in entries {
        let name = told(entry.value);
        match entry.key {
            "SecretName" => sources.push(json!({ "secret": { "name": name } })),
            "ConfigMapName" => sources.push(json!({ "configMap": { "name": name } })),
            "DownwardAPI" => sources.push(json!({ "downwardAPI": {} })),
            "TokenExpirationSeconds" => {
                let seconds = int(entry.value);
                sources.push(json!({ "serviceAccountToken": { "expirationSeconds": seconds } }));
            }
            // Which of them it is about is told by its place, in older kubectl by its name.
            "Optional" | "SecretOptionalName" | "ConfigMapOptional" if entry.value == "true" => {
                let last = sources.last_mut().and_then(Json::as_object_mut);
                for source in last.into_iter().flat_map(|source| source.values_mut()) {
                    put(source, "optional", true);
                }
            }
            _ => {}
        }
    }
    json!({ "sources": sources })
}
