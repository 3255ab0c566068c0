//! The kinds of object that can be asked for.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! kinds {
    ($($kind:ident: $group:literal $version:literal $plural:literal [$($short:literal)*] $namespaced:literal,)*) => {
        /// A kind of Kubernetes object, with what is needed to ask an API server for it.
        ///
        /// The set is closed: a kind that no tool reads has no place here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(
                #[doc = concat!("`", $plural, "`")]
                $kind,
            )*
        }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The name as objects give it in `kind`.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind)),* }
            }

            /// The API group; empty for the core group.
            pub const fn group(self) -> &'static str {
                match self { $(Kind::$kind => $group),* }
            }

            /// The version of the group that is asked for.
            pub const fn version(self) -> &'static str {
                match self { $(Kind::$kind => $version),* }
            }

            /// The resource name in API paths, RBAC rules and dump folders.
            pub const fn plural(self) -> &'static str {
                match self { $(Kind::$kind => $plural),* }
            }

            /// The short names that `kubectl` accepts.
            pub const fn short_names(self) -> &'static [&'static str] {
                match self { $(Kind::$kind => &[$($short),*]),* }
            }

            /// Whether objects of this kind live in a namespace.
            pub const fn namespaced(self) -> bool {
                match self { $(Kind::$kind => $namespaced),* }
            }
        }
    };
}

kinds! {
    Pod: "" "v1" "pods" ["po"] true,
    Event: "" "v1" "events" ["ev"] true,
    Secret: "" "v1" "secrets" [] true,
    ConfigMap: "" "v1" "configmaps" ["cm"] true,
    ServiceAccount: "" "v1" "serviceaccounts" ["sa"] true,
    Service: "" "v1" "services" ["svc"] true,
    Endpoints: "" "v1" "endpoints" ["ep"] true,
    PersistentVolumeClaim: "" "v1" "persistentvolumeclaims" ["pvc"] true,
    ReplicationController: "" "v1" "replicationcontrollers" ["rc"] true,
    ResourceQuota: "" "v1" "resourcequotas" ["quota"] true,
    LimitRange: "" "v1" "limitranges" ["limits"] true,
    Node: "" "v1" "nodes" ["no"] false,
    Namespace: "" "v1" "namespaces" ["ns"] false,
    PersistentVolume: "" "v1" "persistentvolumes" ["pv"] false,
    Deployment: "apps" "v1" "deployments" ["deploy"] true,
    ReplicaSet: "apps" "v1" "replicasets" ["rs"] true,
    StatefulSet: "apps" "v1" "statefulsets" ["sts"] true,
    DaemonSet: "apps" "v1" "daemonsets" ["ds"] true,
    ControllerRevision: "apps" "v1" "controllerrevisions" [] true,
    Job: "batch" "v1" "jobs" [] true,
    CronJob: "batch" "v1" "cronjobs" ["cj"] true,
    HorizontalPodAutoscaler: "autoscaling" "v2" "horizontalpodautoscalers" ["hpa"] true,
    PodDisruptionBudget: "policy" "v1" "poddisruptionbudgets" ["pdb"] true,
    EndpointSlice: "discovery.k8s.io" "v1" "endpointslices" [] true,
    Ingress: "networking.k8s.io" "v1" "ingresses" ["ing"] true,
    IngressClass: "networking.k8s.io" "v1" "ingressclasses" [] false,
    NetworkPolicy: "networking.k8s.io" "v1" "networkpolicies" ["netpol"] true,
    HTTPRoute: "gateway.networking.k8s.io" "v1" "httproutes" [] true,
    VirtualService: "networking.istio.io" "v1" "virtualservices" ["vs"] true,
    StorageClass: "storage.k8s.io" "v1" "storageclasses" ["sc"] false,
    PriorityClass: "scheduling.k8s.io" "v1" "priorityclasses" ["pc"] false,
    ValidatingWebhookConfiguration: "admissionregistration.k8s.io" "v1" "validatingwebhookconfigurations" [] false,
    MutatingWebhookConfiguration: "admissionregistration.k8s.io" "v1" "mutatingwebhookconfigurations" [] false,
    APIService: "apiregistration.k8s.io" "v1" "apiservices" [] false,
    // Behind pods, whose plural it shares: a word means the kind that stands first.
    PodMetrics: "metrics.k8s.io" "v1beta1" "pods" [] true,
}

impl Kind {
    /// The kind that a person or an object means: `Pod`, `pod`, `pods`, `po`, `deployments.apps`.
    pub fn parse(name: &str) -> Option<Kind> {
        let lower = name.to_ascii_lowercase();
        let bare = lower.split('.').next().unwrap_or(&lower);
        Kind::ALL.iter().copied().find(|kind| {
            kind.name().eq_ignore_ascii_case(bare)
                || kind.plural() == bare
                || kind.short_names().contains(&bare)
        })
    }

    /// The kind of an object by its own `apiVersion` and `kind`. A custom resource that
    /// borrows a name (`Service` of `serving.knative.dev`) is not the kind of that name.
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Kind::ALL
            .iter()
            .copied()
            .find(|candidate| candidate.name() == kind && candidate.admits_group(group))
    }

    fn admits_group(self, group: &str) -> bool {
        match self {
            Kind::Event => matches!(group, "" | "events.k8s.io"),
            _ => self.group() == group,
        }
    }

    /// The `apiVersion` that objects of this kind carry.
    pub fn api_version(self) -> String {
        match self.group() {
            "" => self.version().to_owned(),
            group => format!("{group}/{}", self.version()),
        }
    }

    /// What serves this kind, where a cluster may well do without it.
    pub const fn add_on(self) -> Option<&'static str> {
        match self {
            Kind::PodMetrics => Some("metrics-server, or another metrics API"),
            Kind::HTTPRoute => Some("the Gateway API"),
            Kind::VirtualService => Some("Istio"),
            _ => None,
        }
    }

    /// Whether a CustomResourceDefinition keeps objects of this kind: a cluster without what serves
    /// them has none.
    pub const fn is_custom(self) -> bool {
        matches!(self, Kind::HTTPRoute | Kind::VirtualService)
    }

    /// Whether this kind makes pods, directly or through another kind.
    pub const fn is_workload(self) -> bool {
        matches!(
            self,
            Kind::Deployment
                | Kind::ReplicaSet
                | Kind::StatefulSet
                | Kind::DaemonSet
                | Kind::Job
                | Kind::CronJob
                | Kind::ReplicationController
        )
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl schemars::JsonSchema for Kind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Kind::parse(&name).ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is not a kind that tsg asks for"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_every_name_that_kubectl_accepts() {
        for name in ["Deployment", "deployment", "deployments", "deploy", "deployments.apps"] {
            assert_eq!(Kind::parse(name), Some(Kind::Deployment), "{name}");
        }
        assert_eq!(Kind::parse("widget"), None);
    }

    #[test]
    fn a_custom_resource_that_borrows_a_name_is_not_the_kind_of_that_name() {
        assert_eq!(Kind::of("v1", "Service"), Some(Kind::Service));
        assert_eq!(Kind::of("serving.knative.dev/v1", "Service"), None);
        assert_eq!(Kind::of("events.k8s.io/v1", "Event"), Some(Kind::Event));
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let mut names: Vec<&str> = Vec::new();
        // That which shares its plural is no other word's kind.
        assert_eq!(Kind::parse(Kind::PodMetrics.plural()), Some(Kind::Pod));
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::PodMetrics) {
            names.push(kind.plural());
            names.extend(kind.short_names());
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
