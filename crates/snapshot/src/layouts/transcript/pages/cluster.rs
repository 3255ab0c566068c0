//! The pages of nodes, namespaces and priority classes.

use evidence::Kind;
use serde_json::{Value as Json, json};

use super::container::amounts_of;
use super::metadata;
use crate::layouts::transcript::fields::{int, put, put_some, told, truth};
use crate::layouts::transcript::moments::rfc3339;
use crate::layouts::transcript::outline::{Entry, find, value};
use crate::layouts::transcript::table::gaps;

/// What the page of a node does not show.
pub(super) const NODE_UNSHOWN: [&str; 4] =
    ["/metadata/uid", "/metadata/resourceVersion", "/status/images", "/status/volumesAttached"];

/// What the page of a namespace does not show.
pub(super) const NAMESPACE_UNSHOWN: [&str; 6] = [
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/creationTimestamp",
    "/metadata/deletionTimestamp",
    "/metadata/finalizers",
    "/spec/finalizers",
];

/// Reads the page of a node.
pub(super) fn node(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Node, entries)?;
    let taints = find(entries, "Taints").map(taints).unwrap_or_default();
    if !taints.is_empty() {
        put(&mut json, "spec/taints", taints);
    }
    if value(entries, "Unschedulable").and_then(truth) == Some(true) {
        put(&mut json, "spec/unschedulable", true);
    }
    for (key, field) in [("PodCIDR", "spec/podCIDR"), ("ProviderID", "spec/providerID")] {
        put_some(&mut json, field, value(entries, key));
    }
    if let Some(renewed) = find(entries, "Lease").map(Entry::entries) {
        let renewed = value(&renewed, "RenewTime").and_then(rfc3339);
        put_some(&mut json, "tsg.dev/leaseRenewed", renewed);
    }
    let conditions = find(entries, "Conditions").map(conditions).unwrap_or_default();
    put(&mut json, "status/conditions", conditions);
    let addresses = find(entries, "Addresses").map(Entry::entries).unwrap_or_default();
    let address = |entry: &Entry<'_, '_>| json!({ "type": entry.key, "address": entry.value });
    put(&mut json, "status/addresses", addresses.iter().map(address).collect::<Vec<_>>());
    for (key, field) in [("Capacity", "status/capacity"), ("Allocatable", "status/allocatable")] {
        put_some(&mut json, field, find(entries, key).map(amounts_of));
    }
    let info = find(entries, "System Info").map(Entry::entries).unwrap_or_default();
    for (key, field) in [
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
        ("Boot ID", "bootID"),
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
    ] {
        put_some(&mut json, &format!("status/nodeInfo/{field}"), value(&info, key));
    }
    put_some(&mut json, "tsg.dev/allocated", find(entries, "Allocated resources").map(allocated));
    Some(json)
}

/// `key=value:Effect`, one a line.
fn taints(entry: &Entry<'_, '_>) -> Vec<Json> {
    let taint = |line: &str| {
        let (rest, effect) = told(line)?.rsplit_once(':')?;
        let (key, value) = rest.split_once('=').map_or((rest, None), |(k, v)| (k, Some(v)));
        let mut taint = json!({ "key": key, "effect": effect });
        put_some(&mut taint, "value", value.filter(|value| !value.is_empty()));
        Some(taint)
    };
    entry.values().filter_map(taint).collect()
}

/// `Type  Status  LastHeartbeatTime  LastTransitionTime  Reason  Message` in rows.
pub(super) fn conditions(heading: &Entry<'_, '_>) -> Vec<Json> {
    let row = |line: &str| {
        let cells = gaps(line, 2);
        let cell = |at: usize| cells.get(at).map(|(_, cell)| *cell);
        let mut condition = json!({ "type": cell(0)?, "status": cell(1)? });
        let heartbeat = rfc3339(cell(2)?)?;
        put(&mut condition, "lastHeartbeatTime", heartbeat);
        put_some(&mut condition, "lastTransitionTime", cell(3).and_then(rfc3339));
        put_some(&mut condition, "reason", cell(4));
        put_some(&mut condition, "message", cells.get(5).map(|(at, _)| line[*at..].trim_end()));
        Some(condition)
    };
    heading.below.iter().filter_map(|line| row(line.text)).collect()
}

/// The sum of the requests and limits of the node's pods, by resource, of all namespaces.
fn allocated(heading: &Entry<'_, '_>) -> Json {
    let mut json = json!({ "requests": {}, "limits": {} });
    for line in heading.below {
        let cells = gaps(line.text, 2);
        let [(_, resource), (_, requests), (_, limits)] = cells.as_slice() else { continue };
        if *resource == "Resource" || resource.starts_with("--") {
            continue;
        }
        let amount = |text: &str| Json::from(text.split(' ').next().unwrap_or_default());
        for (field, text) in [("requests", requests), ("limits", limits)] {
            if let Some(amounts) = json.get_mut(field).and_then(Json::as_object_mut) {
                amounts.insert((*resource).to_owned(), amount(text));
            }
        }
    }
    json
}

/// Reads the page of a namespace, with `Type  Status  LastTransitionTime  Reason  Message` in rows while
/// it is being deleted.
pub(super) fn namespace(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Namespace, entries)?;
    put_some(&mut json, "status/phase", value(entries, "Status"));
    let row = |line: &str| {
        let cells = gaps(line, 2);
        let cell = |at: usize| cells.get(at).map(|(_, cell)| *cell);
        let mut condition = json!({ "type": cell(0)?, "status": cell(1)? });
        let since = rfc3339(cell(2)?)?;
        put(&mut condition, "lastTransitionTime", since);
        put_some(&mut condition, "reason", cell(3));
        put_some(&mut condition, "message", cells.get(4).map(|(at, _)| line[*at..].trim_end()));
        Some(condition)
    };
    if let Some(heading) = find(entries, "Conditions") {
        let rows: Vec<Json> = heading.below.iter().filter_map(|line| row(line.text)).collect();
        put(&mut json, "status/conditions", rows);
    }
    Some(json)
}

/// Reads the page of a priority class.
pub(super) fn priority_class(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::PriorityClass, entries)?;
    put_some(&mut json, "value", value(entries, "Value").and_then(int));
    put_some(&mut json, "globalDefault", value(entries, "GlobalDefault").and_then(truth));
    put_some(&mut json, "preemptionPolicy", value(entries, "PreemptionPolicy"));
    put_some(&mut json, "description", value(entries, "Description"));
    Some(json)
}
