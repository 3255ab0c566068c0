//! The pages of `kubectl describe`, one file for each family of kinds.
//!
//! The layouts are those of kubectl's `pkg/describe/describe.go`, releases 1.24 to 1.37.

mod cluster;
mod config;
mod container;
mod metadata;
mod network;
mod pod;
mod policy;
mod probe;
pub(super) mod storage;
mod volume;
mod workload;

use evidence::Kind;
use serde_json::Value as Json;

use super::events::{self, EventRow};
use super::outline::{Entry, Line, entries, find, lines};

/// What a page tells.
pub(super) struct Page {
    pub(super) kind: Kind,
    pub(super) json: Json,
    pub(super) events: Vec<EventRow>,
    /// Whether it says of its events that these are all.
    pub(super) all_events: bool,
    /// What pages of this sort do not show.
    pub(super) unshown: &'static [&'static str],
}

/// The pages of a command's output. `ended`: something was typed after it.
pub(super) fn split<'p, 'a>(texts: &'p [&'a str]) -> Vec<&'p [&'a str]> {
    let starts: Vec<usize> = (0..texts.len()).filter(|at| starts_page(texts, *at)).collect();
    let end = |index: usize| starts.get(index + 1).copied().unwrap_or(texts.len());
    starts.iter().enumerate().map(|(index, start)| &texts[*start..end(index)]).collect()
}

/// A page begins with its name, and a page after another with an empty line before it. Data of a
/// config map stand at the left edge too: what follows the name tells that it is a page's.
fn starts_page(texts: &[&str], at: usize) -> bool {
    if !texts[at].starts_with("Name:") || (at > 0 && !texts[at - 1].is_empty()) {
        return false;
    }
    let follows = ["Namespace:", "Labels:", "Roles:", "IsDefaultClass:", "Value:", "Annotations:"];
    texts.get(at + 1).is_some_and(|next| follows.iter().any(|key| next.starts_with(key)))
}

/// Reads a page. `kind` is what was asked for, where that is known.
pub(super) fn read(kind: Option<Kind>, texts: &[&str], ended: bool) -> Option<Page> {
    let kind = kind.or_else(|| kind_of(texts))?;
    let quotes = matches!(kind, Kind::Pod);
    let is_key =
        |text: &str| !quotes || text.split(':').next().is_some_and(|key| pod::KEYS.contains(&key));
    let lines: Vec<Line<'_>> = lines(texts, is_key);
    let entries = entries(&lines);
    let json = object(kind, texts, &entries)?;
    let (events, all_events) = match find(&entries, "Events") {
        Some(heading) if heading.value == "<none>" => (Vec::new(), ended),
        Some(heading) if heading.value.is_empty() => events::of_page(heading, ended),
        _ => (Vec::new(), false),
    };
    Some(Page { kind, json, events, all_events, unshown: unshown(kind) })
}

/// The events of a page whose head was left out, as `| tail` and people do.
pub(super) fn events_alone(texts: &[&str]) -> Vec<EventRow> {
    let Some(from) = texts.iter().position(|text| text.trim_end() == "Events:") else {
        return Vec::new();
    };
    let lines: Vec<Line<'_>> = lines(&texts[from..], |_| true);
    let entries = entries(&lines);
    find(&entries, "Events").map(|heading| events::of_page(heading, false).0).unwrap_or_default()
}

fn object(kind: Kind, texts: &[&str], entries: &[Entry<'_, '_>]) -> Option<Json> {
    match kind {
        Kind::Pod => pod::pod(entries),
        kind if kind.is_workload() => workload::workload(kind, entries),
        Kind::Service => network::service(entries),
        Kind::Endpoints => network::endpoints(entries),
        Kind::EndpointSlice => network::endpoint_slice(entries),
        Kind::Ingress => network::ingress(entries),
        Kind::NetworkPolicy => network::network_policy(entries),
        Kind::Node => cluster::node(entries),
        Kind::Namespace => cluster::namespace(entries),
        Kind::PriorityClass => cluster::priority_class(entries),
        Kind::PersistentVolumeClaim => storage::claim(entries),
        Kind::PersistentVolume => storage::volume(entries),
        Kind::StorageClass => storage::storage_class(entries),
        Kind::ResourceQuota => policy::resource_quota(entries),
        Kind::LimitRange => policy::limit_range(entries),
        Kind::PodDisruptionBudget => policy::disruption_budget(entries),
        Kind::HorizontalPodAutoscaler => policy::autoscaler(entries),
        Kind::ConfigMap => config::config_map(texts, entries),
        Kind::Secret => config::secret(entries),
        Kind::ServiceAccount => config::service_account(entries),
        _ => metadata::object(kind, entries),
    }
}

/// What a page of a kind does not show.
fn unshown(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &pod::UNSHOWN,
        Kind::PersistentVolumeClaim => &storage::CLAIM_UNSHOWN,
        Kind::PersistentVolume => &storage::VOLUME_UNSHOWN,
        Kind::Node => &cluster::NODE_UNSHOWN,
        Kind::Namespace => &cluster::NAMESPACE_UNSHOWN,
        kind if kind.is_workload() => &workload::UNSHOWN,
        Kind::Service => &[
            "/metadata/uid",
            "/metadata/resourceVersion",
            "/metadata/creationTimestamp",
            "/spec/publishNotReadyAddresses",
            "/spec/sessionAffinityConfig",
        ],
        Kind::Endpoints => &[
            "/metadata/uid",
            "/metadata/resourceVersion",
            "/metadata/creationTimestamp",
            "/subsets/*/addresses/*/targetRef",
            "/subsets/*/addresses/*/nodeName",
        ],
        Kind::Secret | Kind::ConfigMap => &[
            "/metadata/uid",
            "/metadata/resourceVersion",
            "/metadata/creationTimestamp",
            "/immutable",
            "/binaryData",
        ],
        // Pages of kinds that have no reader of their own show more than is read.
        Kind::HTTPRoute
        | Kind::VirtualService
        | Kind::ControllerRevision
        | Kind::APIService
        | Kind::ValidatingWebhookConfiguration
        | Kind::MutatingWebhookConfiguration => {
            &["/metadata", "/spec", "/status", "/webhooks", "/data"]
        }
        Kind::ServiceAccount => &[
            "/metadata/uid",
            "/metadata/resourceVersion",
            "/metadata/creationTimestamp",
            "/automountServiceAccountToken",
        ],
        _ => &["/metadata/uid", "/metadata/resourceVersion", "/metadata/creationTimestamp"],
    }
}

/// The kind of a page that nothing says the kind of, by the keys that only pages of it have.
fn kind_of(texts: &[&str]) -> Option<Kind> {
    let has = |key: &str| texts.iter().any(|text| text.starts_with(key));
    let signs: [(Kind, &[&str]); 22] = [
        (Kind::CronJob, &["Schedule:", "Concurrency Policy:"]),
        (Kind::Job, &["Pods Statuses:"]),
        (Kind::Deployment, &["StrategyType:"]),
        (Kind::StatefulSet, &["Update Strategy:"]),
        (Kind::DaemonSet, &["Desired Number of Nodes Scheduled:"]),
        (Kind::ReplicaSet, &["Controlled By:", "Pods Status:", "Pod Template:"]),
        (Kind::Node, &["Roles:", "Capacity:"]),
        (Kind::Pod, &["Node:", "Containers:", "Status:"]),
        (Kind::Service, &["Type:", "Session Affinity:"]),
        (Kind::Endpoints, &["Subsets:"]),
        (Kind::EndpointSlice, &["AddressType:"]),
        (Kind::PersistentVolumeClaim, &["StorageClass:", "Used By:"]),
        (Kind::PersistentVolume, &["Reclaim Policy:", "Claim:"]),
        (Kind::StorageClass, &["IsDefaultClass:", "Provisioner:"]),
        (Kind::Ingress, &["Default backend:", "Rules:"]),
        (Kind::HorizontalPodAutoscaler, &["Reference:", "Max replicas:"]),
        (Kind::PodDisruptionBudget, &["Selector:", "Status:", "    Allowed disruptions:"]),
        (Kind::ResourceQuota, &["Resource ", "--------"]),
        (Kind::ServiceAccount, &["Image pull secrets:", "Mountable secrets:"]),
        (Kind::NetworkPolicy, &["Created on:", "Spec:"]),
        (Kind::Secret, &["Type:", "Data", "===="]),
        (Kind::ConfigMap, &["Data", "====", "BinaryData"]),
    ];
    signs.into_iter().find(|(_, keys)| keys.iter().all(|key| has(key))).map(|(kind, _)| kind)
}
