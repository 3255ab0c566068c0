//! What the engine asks itself, before and beside the tools: for the object that a person names,
//! for the suspects of a workload or namespace, and for what a placeholder stands for.
//!
//! The tables repeat in RBAC's words what `diagnose` asks; a test asks it for every kind of
//! target, and fails when a question is not covered here.

use evidence::Kind;
use tools::{Access, Scope, access, cluster_access};

/// Who needs it, in a manifest.
pub(super) const NAME: &str = "tsg";

const ASKED_FOR: &str = "nothing is known of one that is asked about by name";
const WORKLOADS: &str =
    "trouble that leaves no pod is unknown, and so are names near a mistyped one";

/// Whatever the guides are.
pub(super) const ALWAYS: &[Access] = &[
    access("get", "", "pods", ASKED_FOR),
    access("list", "", "pods", "only a pod that is asked about by name can be diagnosed"),
    access("list", "", "events", "with several pods in trouble, nothing is known of their events"),
    access("get", "apps", "deployments", ASKED_FOR),
    access("get", "apps", "statefulsets", ASKED_FOR),
    access("get", "apps", "daemonsets", ASKED_FOR),
    access("get", "apps", "replicasets", ASKED_FOR),
    access("get", "", "replicationcontrollers", ASKED_FOR),
    access("get", "batch", "jobs", ASKED_FOR),
    access("get", "batch", "jobs", "a CronJob's pod is ascribed to its Job"),
    access("get", "batch", "cronjobs", ASKED_FOR),
    access("list", "apps", "deployments", WORKLOADS),
    access("list", "apps", "statefulsets", WORKLOADS),
    access("list", "apps", "daemonsets", WORKLOADS),
    access("list", "batch", "jobs", WORKLOADS),
    access("list", "batch", "jobs", "the pods of a CronJob are unknown"),
    access("list", "apps", "replicasets", "pods of a Deployment are known by their labels only"),
    // A Role can grant it: a namespace lies in itself.
    access(
        "get",
        "",
        "namespaces",
        "a namespace that is empty cannot be told from one that is not there",
    ),
    cluster_access("list", "", "namespaces", "names near a mistyped namespace are unknown"),
];

/// What a kind needs that a signal is about: it is listed by a triage and asked for by name.
pub(super) fn of_subject(kind: Kind) -> [Access; 2] {
    let scope = if kind.namespaced() { Scope::Namespace } else { Scope::Cluster };
    let of = |verb, without| Access {
        verb,
        group: kind.group(),
        resource: kind.plural(),
        scope,
        without,
    };
    [of("get", ASKED_FOR), of("list", "a triage does not look at them")]
}

const APPLIES: &str = "it is not known which other guides apply to an Ingress";

/// What the signals of a kind ask beside its objects: also where one guide is asked for by name, a
/// report tells which others apply.
pub(super) const SIGNALS: &[(Kind, Access)] = &[
    (Kind::Ingress, access("list", "", "services", APPLIES)),
    (Kind::Ingress, access("get", "", "secrets", APPLIES)),
    (Kind::Ingress, cluster_access("list", "networking.k8s.io", "ingressclasses", APPLIES)),
];

/// Where a call names this placeholder.
pub(super) const PLACEHOLDERS: &[(&str, Access)] = &[(
    "secret",
    access("get", "", "serviceaccounts", "the pull secrets of a pod that names none are unknown"),
)];

/// What asking a registry needs of the cluster: the pod, and what the kubelet would log in with.
pub(super) const PROBE: &[Access] = &[
    access("get", "", "pods", "no registry is asked"),
    access("get", "", "secrets", "the registry of a pod that names pull secrets is not asked"),
];
