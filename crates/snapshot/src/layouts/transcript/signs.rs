//! Lines that are told by their form: warnings, refusals, headings of kinds.

use evidence::Kind;

use super::table::Columns;

/// What kubectl's libraries say beside the output: `Warning: …`, `E1128 10:00:00.000000 …`.
pub(super) fn is_warning(line: &str) -> bool {
    let is_log_mark = |rest: &[u8]| {
        rest.len() > 10 && rest[..4].iter().all(u8::is_ascii_digit) && rest[4] == b' '
    };
    line.starts_with("Warning: ")
        || matches!(line.as_bytes(), [b'E' | b'W' | b'I', rest @ ..] if is_log_mark(rest))
}

/// What kubectl says in the place of output.
pub(super) fn is_refusal(line: &str) -> bool {
    [
        "No resources found",
        "Error from server",
        "error: ",
        "Unable to connect to the server",
        "The connection to the server",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// `Error from server (NotFound): services "web" not found`.
pub(super) fn not_found(line: &str) -> Option<(&str, &str)> {
    let (_, said) = line.split_once("(NotFound): ")?;
    let (resource, rest) = said.split_once(" \"")?;
    let (name, rest) = rest.split_once('"')?;
    (rest.trim() == "not found").then_some((resource, name))
}

/// `No resources found in shop namespace.`
pub(super) fn empty_namespace(line: &str) -> Option<&str> {
    line.strip_prefix("No resources found in ")?.strip_suffix(" namespace.")
}

/// The kind whose rows alone have these headings.
pub(super) fn kind_of(columns: &Columns<'_>) -> Option<Kind> {
    let signs: [(Kind, &[&str]); 18] = [
        (Kind::Pod, &["READY", "STATUS", "RESTARTS"]),
        (Kind::Service, &["CLUSTER-IP", "PORT(S)"]),
        (Kind::DaemonSet, &["DESIRED", "UP-TO-DATE"]),
        (Kind::Deployment, &["READY", "UP-TO-DATE", "AVAILABLE"]),
        (Kind::ReplicaSet, &["DESIRED", "CURRENT"]),
        (Kind::Endpoints, &["ENDPOINTS", "AGE"]),
        (Kind::Node, &["STATUS", "ROLES", "VERSION"]),
        (Kind::PersistentVolume, &["RECLAIM POLICY", "CLAIM"]),
        (Kind::PersistentVolumeClaim, &["VOLUME", "ACCESS MODES", "STORAGECLASS"]),
        (Kind::StorageClass, &["PROVISIONER", "VOLUMEBINDINGMODE"]),
        (Kind::CronJob, &["SCHEDULE", "SUSPEND"]),
        (Kind::Job, &["COMPLETIONS", "DURATION"]),
        (Kind::HorizontalPodAutoscaler, &["REFERENCE", "MINPODS"]),
        (Kind::PodDisruptionBudget, &["MIN AVAILABLE", "ALLOWED DISRUPTIONS"]),
        (Kind::NetworkPolicy, &["POD-SELECTOR"]),
        (Kind::HTTPRoute, &["HOSTNAMES", "AGE"]),
        (Kind::VirtualService, &["GATEWAYS", "HOSTS"]),
        (Kind::ResourceQuota, &["REQUEST", "LIMIT", "AGE"]),
    ];
    let has_all = |names: &[&str]| names.iter().all(|name| columns.has(name));
    signs.into_iter().find(|(_, names)| has_all(names)).map(|(kind, _)| kind)
}
