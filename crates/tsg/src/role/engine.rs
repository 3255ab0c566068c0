//! What the engine asks itself, before and beside the tools: for the object that a person names,
//! for the suspects of a workload or namespace, and for what a placeholder stands for.
//!
//! The tables repeat in RBAC's words what `diagnose` asks; a test asks it for every kind of
//! target, and fails when a question is not covered here.

use tools::{Access, Scope};

/// Who needs it, in a manifest.
pub(super) const NAME: &str = "tsg";

const fn own(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    without: &'static str,
) -> Access {
    Access { verb, group, resource, scope: Scope::Namespace, without }
}

const ASKED_FOR: &str = "nothing is known of one that is asked about by name";
const WORKLOADS: &str =
    "trouble that leaves no pod is unknown, and so are names near a mistyped one";

/// Whatever the guides are.
pub(super) const ALWAYS: &[Access] = &[
    own("get", "", "pods", ASKED_FOR),
    own("list", "", "pods", "only a pod that is asked about by name can be diagnosed"),
    own("list", "", "events", "with several pods in trouble, nothing is known of their events"),
    own("get", "apps", "deployments", ASKED_FOR),
    own("get", "apps", "statefulsets", ASKED_FOR),
    own("get", "apps", "daemonsets", ASKED_FOR),
    own("get", "apps", "replicasets", ASKED_FOR),
    own("get", "", "replicationcontrollers", ASKED_FOR),
    own("get", "batch", "jobs", ASKED_FOR),
    own("get", "batch", "jobs", "a CronJob's pod is ascribed to its Job"),
    own("get", "batch", "cronjobs", ASKED_FOR),
    own("list", "apps", "deployments", WORKLOADS),
    own("list", "apps", "statefulsets", WORKLOADS),
    own("list", "apps", "daemonsets", WORKLOADS),
    own("list", "batch", "jobs", WORKLOADS),
    own("list", "batch", "jobs", "the pods of a CronJob are unknown"),
    own("list", "apps", "replicasets", "pods of a Deployment are known by their labels only"),
    // A Role can grant it: a namespace lies in itself.
    own(
        "get",
        "",
        "namespaces",
        "a namespace that is empty cannot be told from one that is not there",
    ),
    Access {
        verb: "list",
        group: "",
        resource: "namespaces",
        scope: Scope::Cluster,
        without: "names near a mistyped namespace are unknown",
    },
];

/// Where a call names this placeholder.
pub(super) const PLACEHOLDERS: &[(&str, Access)] = &[(
    "secret",
    own("get", "", "serviceaccounts", "the pull secrets of a pod that names none are unknown"),
)];

/// What asking a registry needs of the cluster: the pod, and what the kubelet would log in with.
pub(super) const PROBE: &[Access] = &[
    own("get", "", "pods", "no registry is asked"),
    own("get", "", "secrets", "the registry of a pod that names pull secrets is not asked"),
];
