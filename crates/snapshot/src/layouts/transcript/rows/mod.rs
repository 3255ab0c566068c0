//! Rows of `kubectl get`, as objects that show little. One file for each family of kinds.
//!
//! The columns are those of `pkg/printers/internalversion/printers.go`, releases 1.24 to 1.37, and of
//! custom kinds those that their definitions name.

mod network;
mod pods;
mod storage;
mod workloads;

use evidence::Kind;
use serde_json::{Value as Json, json};

use super::fields::{pairs, put, put_some};
use super::moments::Age;
use super::table::Row;

/// What a row tells of an object.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) json: Json,
    pub(super) age: Option<Age>,
}

/// What rows do not show: all but what they do.
pub(super) const UNSHOWN: [&str; 15] = [
    "/metadata",
    "/spec",
    "/status",
    "/data",
    "/binaryData",
    "/subsets",
    "/endpoints",
    "/ports",
    "/secrets",
    "/imagePullSecrets",
    "/parameters",
    "/webhooks",
    "/value",
    "/immutable",
    "/tsg.dev/allocated",
];

/// Reads a row; `None` where it is cut off.
pub(super) fn read(kind: Kind, row: &Row<'_, '_>, namespace: Option<&str>) -> Option<Shown> {
    let name = row.get("NAME")?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let bare = name.trim_end_matches(" (default)");
    let namespace = row.get("NAMESPACE").or(namespace).filter(|_| kind.namespaced());
    if row.has("AGE") && row.get("AGE").is_none() {
        return None;
    }
    let mut json = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.name(),
        "metadata": { "name": name },
    });
    put_some(&mut json, "metadata/namespace", namespace);
    if let Some(labels) = row.told("LABELS") {
        put_some(&mut json, "metadata/labels", pairs(labels.split(',')));
    }
    match kind {
        Kind::Pod => pods::pod(row, &mut json),
        Kind::Node => workloads::node(row, &mut json),
        Kind::Namespace => put_some(&mut json, "status/phase", row.told("STATUS")),
        Kind::APIService => network::api_service(row, &mut json),
        Kind::Service => network::service(row, &mut json),
        Kind::Endpoints => network::endpoints(row, &mut json),
        Kind::Ingress => network::ingress(row, &mut json),
        Kind::HTTPRoute => network::http_route(row, &mut json),
        Kind::VirtualService => network::virtual_service(row, &mut json),
        Kind::NetworkPolicy => network::network_policy(row, &mut json),
        Kind::PersistentVolumeClaim => storage::claim(row, &mut json),
        Kind::PersistentVolume => storage::volume(row, &mut json),
        Kind::StorageClass => storage::storage_class(row, &mut json),
        Kind::ResourceQuota => storage::resource_quota(row, &mut json),
        Kind::Secret => storage::secret(row, &mut json),
        kind => workloads::workload(kind, row, &mut json),
    }
    let age = row.get("AGE").and_then(Age::parse);
    Some(Shown { name: bare.to_owned(), namespace: namespace.map(str::to_owned), json, age })
}

/// `2/3` as two numbers.
fn ratio(text: &str) -> Option<(i64, i64)> {
    let (is, of) = text.split_once('/')?;
    Some((is.trim().parse().ok()?, of.trim().parse().ok()?))
}

/// The containers and images that `-o wide` shows of a workload.
fn containers(row: &Row<'_, '_>, path: &str, json: &mut Json) {
    let (Some(names), Some(images)) = (row.told("CONTAINERS"), row.told("IMAGES")) else { return };
    if names.split(',').count() != images.split(',').count() {
        return;
    }
    let one = |(name, image): (&str, &str)| json!({ "name": name, "image": image });
    let containers: Vec<Json> = names.split(',').zip(images.split(',')).map(one).collect();
    put(json, path, containers);
}
