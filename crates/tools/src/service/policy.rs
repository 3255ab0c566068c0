//! What NetworkPolicies admit, as far as their own words tell it. Where that rests on something
//! that is not looked at (an address block, the labels of another namespace), it is taken as
//! admitted: a policy is never accused of what it may allow.

use std::collections::BTreeMap;

use evidence::{Object, ObjectRef};
use serde_json::Value as Json;

use crate::{field, selector};

/// The directions in which a policy keeps traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the pods that it selects.
    Ingress,
    /// From them.
    Egress,
}

impl Direction {
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Direction::Ingress => ("Ingress", "/spec/ingress", "/from"),
            Direction::Egress => ("Egress", "/spec/egress", "/to"),
        }
    }
}

/// A port of a pod, by number and, where it has one, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    /// The number.
    pub number: i64,
    /// The name that a container gives it.
    pub name: Option<String>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'static str,
}

/// Pods of one sort: their namespace and labels.
#[derive(Clone, Debug)]
pub(crate) struct Pods<'a> {
    /// Their namespace.
    pub namespace: &'a str,
    /// Their labels.
    pub labels: &'a BTreeMap<String, String>,
}

/// Whether a policy keeps the traffic of pods in a direction: what no rule admits is dropped.
pub(crate) fn isolates(policy: &Object, pods: &Pods, direction: Direction) -> bool {
    let (word, rules, _) = direction.words();
    let types = field::texts(policy.json(), "/spec/policyTypes");
    let kept = match types.is_empty() {
        // Ingress always, Egress where it has rules.
        true => direction == Direction::Ingress || policy.at(rules).is_some(),
        false => types.iter().any(|one| one == word),
    };
    let selects = policy.at("/spec/podSelector").unwrap_or(&Json::Null);
    kept && policy.reference().namespace.as_deref() == Some(pods.namespace)
        && selector::selects(selects, pods.labels)
}

/// Whether a policy may admit traffic between its pods and others, on a port of whoever is called.
/// Without others, anybody at all.
pub(crate) fn admits(
    policy: &Object,
    direction: Direction,
    others: Option<&Pods>,
    port: &Port,
) -> bool {
    let (_, rules, peers) = direction.words();
    let own = policy.reference().namespace.as_deref().unwrap_or_default();
    policy.items(rules).iter().any(|rule| {
        let ports = field::items(rule, "/ports");
        let peers = field::items(rule, peers);
        (ports.is_empty() || ports.iter().any(|one| is_port(one, port)))
            && (peers.is_empty() || peers.iter().any(|peer| is_peer(peer, own, others)))
    })
}

fn is_port(rule: &Json, port: &Port) -> bool {
    let protocol = field::word(rule, "/protocol").unwrap_or("TCP");
    if protocol != port.protocol {
        return false;
    }
    match rule.get("port") {
        None | Some(Json::Null) => true,
        Some(Json::String(name)) => port.name.as_deref() == Some(name.as_str()),
        Some(number) => {
            let first = number.as_i64().unwrap_or(0);
            (first..=field::int(rule, "/endPort").unwrap_or(first)).contains(&port.number)
        }
    }
}

fn is_peer(peer: &Json, own: &str, others: Option<&Pods>) -> bool {
    if peer.get("ipBlock").is_some() {
        return true;
    }
    let Some(others) = others else {
        // Pods of an other namespace, which nothing is known of.
        return peer.get("namespaceSelector").is_some();
    };
    let space = match peer.get("namespaceSelector") {
        None => others.namespace == own,
        Some(wanted) => may_be(wanted, others.namespace),
    };
    space && peer.get("podSelector").is_none_or(|wanted| selector::selects(wanted, others.labels))
}

/// Whether a namespace may have the labels; only the one that every namespace has is known.
fn may_be(wanted: &Json, namespace: &str) -> bool {
    const NAME: &str = "kubernetes.io/metadata.name";
    let equal = wanted.get("matchLabels").and_then(Json::as_object).into_iter().flatten();
    let known = BTreeMap::from([(NAME.to_owned(), namespace.to_owned())]);
    let terms = field::items(wanted, "/matchExpressions").iter();
    equal.into_iter().all(|(key, value)| key != NAME || value.as_str() == Some(namespace))
        && terms
            .filter(|one| field::word(one, "/key") == Some(NAME))
            .all(|one| selector::requirement(one, &known))
}

/// Of the policies that keep the traffic, the one to be changed: the one that is about these pods
/// and has rules, before one that is about all pods.
pub(crate) fn foremost(policies: &[&Object], direction: Direction) -> Option<ObjectRef> {
    let (_, rules, _) = direction.words();
    let rank = |policy: &&&Object| {
        let selects = policy.at("/spec/podSelector").unwrap_or(&Json::Null);
        let narrow = selects.as_object().is_some_and(|one| !one.is_empty());
        (!narrow, policy.items(rules).is_empty(), policy.reference().name.clone())
    };
    policies.iter().min_by_key(rank).map(|policy| policy.reference().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn admitted(direction: Direction, rule: Json, labels: &[(&str, &str)]) -> bool {
        let rules = if direction == Direction::Ingress { "ingress" } else { "egress" };
        let policy =
            Object::admit(json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": "p", "namespace": "shop" },
            "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"], rules: [rule] } }))
            .unwrap();
        let labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let pods = Pods { namespace: "shop", labels: &labels };
        let port = Port { number: 8080, name: Some("http".to_owned()), protocol: "TCP" };
        assert!(isolates(&policy, &pods, direction));
        admits(&policy, direction, Some(&pods), &port)
    }

    #[test]
    fn what_a_rule_may_admit_counts_as_admitted() {
        let web = [("app", "web")];
        for (rule, wanted) in [
            (json!({}), true),
            (json!({ "from": [{ "podSelector": { "matchLabels": { "app": "web" } } }] }), true),
            (json!({ "from": [{ "podSelector": { "matchLabels": { "app": "wbe" } } }] }), false),
            (
                json!({ "from": [{ "namespaceSelector": { "matchLabels": { "team": "a" } } }] }),
                true,
            ),
            (
                json!({ "from": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "bank" } } }] }),
                false,
            ),
            (json!({ "from": [{ "ipBlock": { "cidr": "10.0.0.0/8" } }] }), true),
            (json!({ "ports": [{ "port": 8080 }] }), true),
            (json!({ "ports": [{ "port": "http", "protocol": "TCP" }] }), true),
            (json!({ "ports": [{ "port": 8000, "endPort": 8100 }] }), true),
            (json!({ "ports": [{ "port": 9090 }] }), false),
            (json!({ "ports": [{ "port": 8080, "protocol": "UDP" }] }), false),
        ] {
            assert_eq!(admitted(Direction::Ingress, rule.clone(), &web), wanted, "{rule}");
        }
    }

    #[test]
    fn egress_to_pods_of_the_namespace_does_not_reach_the_dns_of_another() {
        let policy = |peers: Json| {
            Object::admit(json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": { "name": "p", "namespace": "shop" }, "spec": { "podSelector": {},
                "policyTypes": ["Egress"], "egress": [{ "to": peers }] } }))
            .unwrap()
        };
        let dns = Port { number: 53, name: Some("dns".to_owned()), protocol: "UDP" };
        let admits = |peers| admits(&policy(peers), Direction::Egress, None, &dns);
        assert!(!admits(json!([{ "podSelector": {} }])));
        assert!(admits(json!([{ "namespaceSelector": {} }])) && admits(json!([])));
    }
}
