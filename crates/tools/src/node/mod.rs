//! What a node says of itself: its role, its state, what it keeps away.

pub(crate) mod get_node_details;
pub(crate) mod get_node_services;
pub(crate) mod get_nodes_overview;

use std::collections::BTreeMap;

use evidence::{Object, Quantity};
use serde_json::Value as Json;

use crate::field;

/// The labels that installers give the nodes of the control plane.
const ROLE_LABELS: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
/// An older label, whose value is the role.
const OLD_ROLE_LABEL: &str = "kubernetes.io/role";
/// The taint that a cordoned node carries.
const CORDON: &str = "node.kubernetes.io/unschedulable";

/// Whether a node is one of the control plane, by its labels.
pub fn is_control_plane(node: &Object) -> bool {
    ROLE_LABELS.iter().any(|label| node.label(label).is_some())
        || matches!(node.label(OLD_ROLE_LABEL), Some("control-plane" | "master"))
}

/// Whether a pod that has no node may be meant for this one, as far as its node selector and the
/// taints of persons tell; the state of the node does not count.
pub fn may_be_meant_for(pod: &Object, node: &Object) -> bool {
    let labels = crate::selector::labels(node);
    let tolerations = field::items(pod.json(), "/spec/tolerations");
    let mut selected = crate::scheduling::demands::node_selector(pod.json()).into_iter();
    let mut taints = taints(node).into_iter().filter(|one| !one.is_state() && !one.is_cordon());
    selected.all(|(key, value)| labels.get(&key) == Some(&value))
        && taints.all(|taint| taint.is_tolerated_by(tolerations))
}

/// Whether a label tells the role of a node.
pub(crate) fn tells_role(label: &str) -> bool {
    ROLE_LABELS.contains(&label) || label == OLD_ROLE_LABEL
}

/// Whether a node takes no new pods because a person or a tool said so.
pub(crate) fn is_cordoned(node: &Object) -> bool {
    field::truth(node.json(), "/spec/unschedulable") == Some(true)
        || taints(node).iter().any(|taint| taint.key == CORDON)
}

/// A taint that keeps pods away: `NoSchedule` or `NoExecute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repelling {
    /// Its key.
    pub key: String,
    /// Its value; empty where it has none.
    pub value: String,
    /// Its effect.
    pub effect: String,
}

impl Repelling {
    /// Whether it is the mark of a cordon.
    pub(crate) fn is_cordon(&self) -> bool {
        self.key == CORDON
    }

    /// Whether it keeps ordinary pods from the control plane.
    pub(crate) fn is_role(&self) -> bool {
        tells_role(&self.key)
    }

    /// Whether Kubernetes or its cloud controller put it there for the state of the node
    /// (`node.kubernetes.io/not-ready` and its like), not a person.
    pub(crate) fn is_state(&self) -> bool {
        (self.key.starts_with("node.kubernetes.io/") && !self.is_cordon())
            || self.key.starts_with("node.cloudprovider.kubernetes.io/")
    }

    /// Whether a toleration admits it (pkg/apis/core/v1/helper, `ToleratesTaint`).
    pub(crate) fn is_tolerated_by(&self, tolerations: &[Json]) -> bool {
        tolerations.iter().any(|one| {
            let word = |pointer: &str| field::word(one, pointer).unwrap_or_default();
            let effect = word("/effect");
            let (key, exists) = (word("/key"), word("/operator") == "Exists");
            (effect.is_empty() || effect == self.effect)
                && (key == self.key || (key.is_empty() && exists))
                && (exists || word("/value") == self.value)
        })
    }
}

/// As a node's description has it: `dedicated=gpu:NoSchedule`.
impl std::fmt::Display for Repelling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}

/// The taints of a node that keep pods away.
pub(crate) fn taints(node: &Object) -> Vec<Repelling> {
    let taint = |json: &Json| {
        let effect = field::text(json, "/effect")?;
        matches!(effect.as_str(), "NoSchedule" | "NoExecute").then_some(())?;
        let value = field::text(json, "/value").unwrap_or_default();
        Some(Repelling { key: field::text(json, "/key")?, value, effect })
    };
    node.items("/spec/taints").iter().filter_map(taint).collect()
}

/// The status of the condition `Ready`: `True`, `False` or `Unknown`; `None` where it is not there.
pub(crate) fn ready(node: &Object) -> Option<&str> {
    let conditions = node.items("/status/conditions").iter();
    let mut ready = conditions.filter(|one| field::word(one, "/type") == Some("Ready"));
    field::word(ready.next()?, "/status")
}

/// What a node has to give of each resource.
pub(crate) fn allocatable(node: &Object) -> BTreeMap<String, (String, Quantity)> {
    let given = node.at("/status/allocatable").and_then(Json::as_object);
    let read = |(name, amount): (&String, &Json)| {
        let text = match amount {
            Json::Number(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        };
        let quantity = Quantity::parse(&text)?;
        Some((name.clone(), (text, quantity)))
    };
    given.into_iter().flatten().filter_map(read).collect()
}
