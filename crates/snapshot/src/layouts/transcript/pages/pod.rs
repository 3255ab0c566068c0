//! The page of a pod, and the pod template on the pages of workloads.

use evidence::Kind;
use serde_json::{Map, Value as Json, json};

use super::container::containers;
use super::metadata::{self, labels};
use super::volume::volumes;
use crate::layouts::transcript::fields::{int, put, put_some, selector, told};
use crate::layouts::transcript::moments::rfc3339;
use crate::layouts::transcript::outline::{Entry, find, value};

/// The keys at the left edge of a pod's page.
pub(super) const KEYS: [&str; 37] = [
    "Name",
    "Namespace",
    "Priority",
    "Priority Class Name",
    "PriorityClassName",
    "Runtime Class Name",
    "Service Account",
    "Node",
    "Start Time",
    "Labels",
    "Annotations",
    "Status",
    "Termination Grace Period",
    "Reason",
    "Message",
    "SeccompProfile",
    "LocalhostProfile",
    "IP",
    "IPs",
    "Controlled By",
    "NominatedNodeName",
    "Resources",
    "Init Containers",
    "Containers",
    "Ephemeral Containers",
    "Readiness Gates",
    "Conditions",
    "Volumes",
    "QoS Class",
    "Node-Selectors",
    "Tolerations",
    "Topology Spread Constraints",
    "Events",
    "Host Network",
    "Created By",
    "Security Groups",
    "Hostname",
];

/// What the page of a pod does not show: unknown, not absent.
pub(super) const UNSHOWN: [&str; 29] = [
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/creationTimestamp",
    "/metadata/deletionTimestamp",
    "/metadata/generation",
    "/metadata/finalizers",
    "/spec/affinity",
    "/spec/imagePullSecrets",
    "/spec/securityContext",
    "/spec/hostNetwork",
    "/spec/dnsPolicy",
    "/spec/dnsConfig",
    "/spec/hostAliases",
    "/spec/restartPolicy",
    "/spec/schedulerName",
    "/spec/terminationGracePeriodSeconds",
    "/spec/schedulingGates",
    "/spec/automountServiceAccountToken",
    "/spec/overhead",
    "/spec/preemptionPolicy",
    "/spec/hostPID",
    "/spec/shareProcessNamespace",
    "/spec/containers/*/securityContext",
    "/spec/containers/*/imagePullPolicy",
    "/spec/containers/*/lifecycle",
    "/spec/containers/*/workingDir",
    "/spec/containers/*/state/waiting/message",
    "/status/containerStatuses/*/state/waiting/message",
    "/status/conditions/*/message",
];

/// Reads a page.
pub(super) fn pod(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut pod = metadata::object(Kind::Pod, entries)?;
    let mut spec = spec(entries);
    put_some(&mut spec, "priority", value(entries, "Priority").and_then(int));
    put_some(&mut spec, "runtimeClassName", value(entries, "Runtime Class Name"));
    if let Some((node, host)) =
        value(entries, "Node").map(|at| at.split_once('/').unwrap_or((at, "")))
    {
        put(&mut spec, "nodeName", node);
        put_some(&mut pod, "status/hostIP", told(host));
    }
    put(&mut pod, "spec", spec);
    // The API server takes no other policy in the templates of these
    // (pkg/apis/apps/validation/validation.go).
    let maker = value(entries, "Controlled By").and_then(|owner| owner.split('/').next());
    let renewing = ["ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController"];
    if maker.is_some_and(|maker| renewing.contains(&maker)) {
        put(&mut pod, "spec/restartPolicy", "Always");
    }
    status(entries, &mut pod);
    Some(pod)
}

fn status(entries: &[Entry<'_, '_>], pod: &mut Json) {
    let phase = find(entries, "Status").map(|status| status.value).unwrap_or_default();
    if let Some(rest) = phase.strip_prefix("Terminating") {
        // When it was to be gone is told as an age, which the reader of the page resolves.
        let lasts = rest.trim().trim_start_matches("(lasts ").trim_end_matches(')');
        put(pod, "tsg.dev/deleted", lasts);
    } else {
        put_some(pod, "status/phase", told(phase));
    }
    for (key, field) in [
        ("Reason", "status/reason"),
        ("IP", "status/podIP"),
        ("NominatedNodeName", "status/nominatedNodeName"),
        ("QoS Class", "status/qosClass"),
    ] {
        put_some(pod, field, value(entries, key));
    }
    put_some(pod, "status/message", find(entries, "Message").map(Entry::text));
    put_some(pod, "status/startTime", value(entries, "Start Time").and_then(rfc3339));
    let ips = find(entries, "IPs").map(Entry::entries).unwrap_or_default();
    let ips: Vec<Json> =
        ips.iter().filter_map(|ip| Some(json!({ "ip": told(ip.value)? }))).collect();
    if !ips.is_empty() {
        put(pod, "status/podIPs", ips);
    }
    for (key, field) in [
        ("Init Containers", "status/initContainerStatuses"),
        ("Containers", "status/containerStatuses"),
        ("Ephemeral Containers", "status/ephemeralContainerStatuses"),
    ] {
        let found = find(entries, key).map(containers).unwrap_or_default();
        let statuses: Vec<Json> = found.into_iter().filter_map(|found| found.status).collect();
        if !statuses.is_empty() {
            put(pod, field, statuses);
        }
    }
    let conditions = find(entries, "Conditions").map(conditions).unwrap_or_default();
    if !conditions.is_empty() {
        put(pod, "status/conditions", conditions);
    }
}

/// `Type  Status  Reason` in rows.
pub(super) fn conditions(heading: &Entry<'_, '_>) -> Vec<Json> {
    heading
        .below
        .iter()
        .filter(|line| !line.text.starts_with("Type ") && !line.text.starts_with("----"))
        .filter_map(|line| {
            let mut words = line.text.split_whitespace();
            let mut condition = json!({ "type": words.next()?, "status": words.next()? });
            put_some(&mut condition, "reason", words.next());
            Some(condition)
        })
        .collect()
}

/// The specification of a pod, on its own page or on that of a workload.
fn spec(entries: &[Entry<'_, '_>]) -> Json {
    let mut spec = Json::Object(Map::new());
    for (key, field) in [
        ("Init Containers", "initContainers"),
        ("Containers", "containers"),
        ("Ephemeral Containers", "ephemeralContainers"),
    ] {
        let found = find(entries, key).map(containers).unwrap_or_default();
        if !found.is_empty() {
            put(&mut spec, field, found.into_iter().map(|found| found.spec).collect::<Vec<_>>());
        }
    }
    let volumes = find(entries, "Volumes").filter(|entry| entry.value != "<none>").map(volumes);
    put_some(&mut spec, "volumes", volumes.filter(|volumes| !volumes.is_empty()));
    let account = value(entries, "Service Account");
    put_some(&mut spec, "serviceAccountName", account);
    put_some(&mut spec, "serviceAccount", account);
    let class =
        value(entries, "Priority Class Name").or_else(|| value(entries, "PriorityClassName"));
    put_some(&mut spec, "priorityClassName", class);
    put_some(&mut spec, "nodeSelector", labels(entries, "Node-Selectors"));
    let tolerations = find(entries, "Tolerations").map(tolerations).unwrap_or_default();
    if !tolerations.is_empty() {
        put(&mut spec, "tolerations", tolerations);
    }
    let spread = find(entries, "Topology Spread Constraints").map(spread).unwrap_or_default();
    if !spread.is_empty() {
        put(&mut spec, "topologySpreadConstraints", spread);
    }
    spec
}

/// The template below `Pod Template:`.
pub(super) fn template(heading: &Entry<'_, '_>) -> Json {
    let entries = heading.entries();
    let mut template = json!({ "metadata": {} });
    put_some(&mut template, "metadata/labels", labels(&entries, "Labels"));
    let annotations = find(&entries, "Annotations").and_then(metadata::annotations);
    put_some(&mut template, "metadata/annotations", annotations);
    put(&mut template, "spec", spec(&entries));
    template
}

/// `key=value:Effect for 300s`, `key:Effect op=Exists`, `op=Exists`, one a line.
fn tolerations(entry: &Entry<'_, '_>) -> Vec<Json> {
    entry.values().filter_map(told).filter_map(toleration).collect()
}

fn toleration(line: &str) -> Option<Json> {
    let mut json = Json::Object(Map::new());
    let mut words = line.split_whitespace();
    let mut exists = false;
    while let Some(word) = words.next() {
        match word {
            "op=Exists" => exists = true,
            "for" => {
                let seconds = words.next().and_then(|seconds| int(seconds.trim_end_matches('s')));
                put_some(&mut json, "tolerationSeconds", seconds);
            }
            word => {
                let (rest, effect) =
                    word.rsplit_once(':').map_or((word, None), |(r, e)| (r, Some(e)));
                let (key, value) = rest.split_once('=').map_or((rest, None), |(k, v)| (k, Some(v)));
                put_some(&mut json, "key", told(key));
                put_some(&mut json, "value", value);
                put_some(&mut json, "effect", effect);
            }
        }
    }
    put(&mut json, "operator", if exists { "Exists" } else { "Equal" });
    Some(json)
}

/// `zone:DoNotSchedule when max skew 1 is exceeded for selector app=web`, one a line.
fn spread(entry: &Entry<'_, '_>) -> Vec<Json> {
    let one = |line: &str| {
        let (head, rest) = line.split_once(" when max skew ")?;
        let (key, action) = head.rsplit_once(':')?;
        let (skew, rest) = rest.split_once(" is exceeded")?;
        let mut json =
            json!({ "topologyKey": key, "whenUnsatisfiable": action, "maxSkew": int(skew)? });
        let of = rest.trim().strip_prefix("for selector ").and_then(selector);
        put_some(&mut json, "labelSelector", of);
        Some(json)
    };
    entry.values().filter_map(one).collect()
}
