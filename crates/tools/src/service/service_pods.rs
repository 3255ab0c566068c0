//! What a service's selector and ports find among the pods and workloads of its namespace.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{Kind, Object, ObjectRef, Unseen};
use serde_json::Value as Json;

use crate::field;

/// The kinds whose pods a service may be meant for.
pub const BACKENDS: [Kind; 3] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];

/// The labels that a service's pods must have, in order of key; none where it has no selector.
pub fn selector(service: &Object) -> Vec<(&str, &str)> {
    let labels = service.at("/spec/selector").and_then(Json::as_object);
    labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

/// Whether a service finds its pods by labels; one of type ExternalName never does.
pub fn finds_pods(service: &Object) -> bool {
    !selector(service).is_empty() && service.text("/spec/type") != Some("ExternalName")
}

/// Whether an object is a service that clients reach at a port of every node, be it that a load
/// balancer stands before them.
pub fn is_entered_at_every_node(object: &Object) -> bool {
    object.reference().kind == Kind::Service
        && matches!(object.text("/spec/type"), Some("NodePort" | "LoadBalancer"))
        && object.text("/spec/externalTrafficPolicy") != Some("Local")
}

/// Whether labels at a pointer of an object are all that a selector asks for.
pub fn matches(selector: &[(&str, &str)], object: &Object, labels: &str) -> bool {
    let labels = object.at(labels);
    let has = |(key, value): &(&str, &str)| {
        labels.and_then(|labels| labels.get(*key)).and_then(Json::as_str) == Some(*value)
    };
    !selector.is_empty() && selector.iter().all(has)
}

/// Why it is not known whether a selector matches one of these objects: the source does not show the
/// labels at that pointer.
pub fn labels_unshown(objects: &[Arc<Object>], labels: &str) -> Option<Unseen> {
    let unshown = objects.iter().find(|one| !one.is_shown(labels));
    unshown.map(|one| one.unshown(labels))
}

/// Whether a pod is one that a service sends to.
pub fn selects(service: &Object, pod: &Object) -> bool {
    names(service, pod) && finds_pods(service)
}

/// Whether a pod is one that a service's selector asks for, be it that an alias sends to none. Every
/// service is asked of every pod, so what most often tells them apart is looked at first.
pub fn names(service: &Object, pod: &Object) -> bool {
    let wanted = service.at("/spec/selector").and_then(Json::as_object);
    let labels = pod.at("/metadata/labels").and_then(Json::as_object);
    let (Some(wanted), Some(labels)) = (wanted, labels) else { return false };
    wanted.iter().all(|(key, value)| !value.is_string() || labels.get(key) == Some(value))
        && !wanted.is_empty()
        && service.reference().namespace == pod.reference().namespace
        && !matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"))
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Object) -> bool {
    let says = |one: &Json| {
        field::word(one, "/type") == Some("Ready") && field::word(one, "/status") == Some("True")
    };
    pod.items("/status/conditions").iter().any(says)
}

/// A port that a container of a pod declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// The number.
    pub number: i64,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Its name, where it has one.
    pub name: Option<String>,
}

/// The ports that the containers of a pod, or of a pod template at a pointer, declare.
pub fn declared(object: &Object, spec: &str) -> BTreeSet<Declared> {
    let lists = ["initContainers", "containers"];
    let containers = lists.into_iter().flat_map(|list| object.items(&format!("{spec}/{list}")));
    containers
        .flat_map(|container| field::items(container, "/ports"))
        .filter_map(|port| {
            Some(Declared {
                number: field::int(port, "/containerPort")?,
                protocol: field::text(port, "/protocol").unwrap_or_else(|| "TCP".to_owned()),
                name: field::text(port, "/name"),
            })
        })
        .collect()
}

/// How a service's port fits what a pod declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// A container declares the target.
    Declared,
    /// No container has a port of the name: nothing is sent anywhere.
    NameMissing,
    /// Containers declare ports, and the target's number is none of them.
    Undeclared,
    /// The number is declared for another protocol only.
    OtherProtocol,
    /// The pod declares no port, which says nothing: declaring is of no effect.
    NothingDeclared,
}

/// The target of a service's port: its name, or its number as text; the port itself by default.
pub fn target(port: &Json) -> Option<String> {
    match port.get("targetPort") {
        Some(Json::String(name)) if !name.is_empty() => Some(name.clone()),
        Some(Json::Number(number)) if number.as_i64() != Some(0) => Some(number.to_string()),
        _ => field::int(port, "/port").map(|number| number.to_string()),
    }
}

/// Whether the cluster has resolved a service's port for its endpoints; `None` where the service
/// has no endpoints object, or none of its pods is ready, which tells nothing.
pub fn resolved(port: &Json, endpoints: Option<&Object>, any_ready: bool) -> Option<bool> {
    let name = field::word(port, "/name");
    let is = |one: &Json| {
        name.is_none() || matches!(field::word(one, "/name"), own if own.is_none() || own == name)
    };
    let subsets = endpoints?.items("/subsets");
    let found = subsets.iter().any(|subset| field::items(subset, "/ports").iter().any(is));
    (found || any_ready).then_some(found)
}

/// How a service's port fits the ports that a pod declares. A source may show ports without their
/// names; what the cluster has `resolved` tells then.
pub fn fit(port: &Json, declared: &BTreeSet<Declared>, resolved: Option<bool>) -> Fit {
    let protocol = field::word(port, "/protocol").unwrap_or("TCP");
    let Some(target) = target(port) else { return Fit::NothingDeclared };
    let number: Option<i64> = target.parse().ok();
    let named = |one: &&Declared| match number {
        Some(number) => one.number == number,
        None => one.name.as_deref() == Some(target.as_str()),
    };
    let mut same = declared.iter().filter(named).peekable();
    if same.peek().is_some() {
        return match same.any(|one| one.protocol == protocol) {
            true => Fit::Declared,
            false => Fit::OtherProtocol,
        };
    }
    match (number, declared.is_empty()) {
        (None, _) => match (resolved, declared.iter().any(|one| one.name.is_some())) {
            (Some(true), _) => Fit::Declared,
            (Some(false), _) | (None, true) => Fit::NameMissing,
            (None, false) => Fit::NothingDeclared,
        },
        (Some(_), true) => Fit::NothingDeclared,
        (Some(_), false) => Fit::Undeclared,
    }
}

/// A workload whose pods a service all but selects.
#[derive(Clone, Debug)]
pub struct Near {
    /// The workload.
    pub workload: ObjectRef,
    /// The labels that differ: what the selector asks for, and what the pods have.
    pub differing: Vec<(String, String)>,
    rank: usize,
}

/// The workload that a service without pods is most likely meant for; none where none is near.
/// A name that both share counts most, then labels that agree, then labels that nearly do.
pub fn near(service: &Object, workloads: &[Arc<Object>]) -> Option<Near> {
    let wanted = selector(service);
    let candidates = workloads.iter().filter(|workload| {
        workload.reference().namespace == service.reference().namespace
            && BACKENDS.contains(&workload.reference().kind)
    });
    let mut ranked: Vec<Near> =
        candidates.filter_map(|workload| nearness(service, &wanted, workload)).collect();
    ranked.sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| a.workload.cmp(&b.workload)));
    match ranked.as_slice() {
        [first, second, ..] if first.rank == second.rank => None,
        [first, ..] => Some(first.clone()),
        [] => None,
    }
}

fn nearness(service: &Object, wanted: &[(&str, &str)], workload: &Object) -> Option<Near> {
    let labels = workload.at("/spec/template/metadata/labels")?.as_object()?;
    let mut rank = 0;
    let mut differing = Vec::new();
    for (key, value) in wanted {
        let asked = format!("{key}={value}");
        match labels.get(*key).and_then(Json::as_str) {
            Some(own) if own == *value => rank += 4,
            Some(own) => {
                rank += if is_slip(value, own) { 2 } else { 0 };
                differing.push((asked, format!("{key}={own}")));
            }
            None => {
                let same = labels.iter().find(|(_, own)| own.as_str() == Some(*value));
                rank += if same.is_some() { 2 } else { 0 };
                let has =
                    same.map_or(format!("no label {key}"), |(own, _)| format!("{own}={value}"));
                differing.push((asked, has));
            }
        }
    }
    if workload.reference().name == service.reference().name {
        rank += 8;
    }
    (rank > 0).then(|| Near { workload: workload.reference().clone(), differing, rank })
}

/// Whether two names are so near that one may be a slip of the other: few letters differ, or one
/// is the other with a word more.
pub fn is_slip(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.is_empty() || long.len() > 253 || one == other {
        return false;
    }
    let word = |rest: &str| rest.starts_with(['-', '_']) || rest.ends_with(['-', '_']);
    let longer = long.strip_prefix(short).is_some_and(word)
        || (short.len() >= 4 && long.strip_suffix(short).is_some_and(word));
    longer || strsim::osa_distance(one, other) <= (long.len() / 5).clamp(1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_fits_by_name_number_and_protocol() {
        let web = |number, protocol: &str, name: Option<&str>| Declared {
            number,
            protocol: protocol.to_owned(),
            name: name.map(str::to_owned),
        };
        let ports = BTreeSet::from([web(8080, "TCP", Some("http"))]);
        for (port, wanted) in [
            (json!({ "port": 80, "targetPort": 8080 }), Fit::Declared),
            (json!({ "port": 80, "targetPort": "http" }), Fit::Declared),
            (json!({ "port": 8080 }), Fit::Declared),
            (json!({ "port": 80, "targetPort": "web" }), Fit::NameMissing),
            (json!({ "port": 80, "targetPort": 8081 }), Fit::Undeclared),
            (json!({ "port": 80, "targetPort": 8080, "protocol": "UDP" }), Fit::OtherProtocol),
        ] {
            assert_eq!(fit(&port, &ports, None), wanted, "{port}");
        }
        assert_eq!(fit(&json!({ "port": 80 }), &BTreeSet::new(), None), Fit::NothingDeclared);
    }

    #[test]
    fn a_name_that_no_source_shows_is_told_by_the_endpoints() {
        let unnamed = Declared { number: 8080, protocol: "TCP".to_owned(), name: None };
        let ports = BTreeSet::from([unnamed]);
        let port = json!({ "name": "web", "port": 80, "targetPort": "http" });
        let wanted = [
            (None, Fit::NothingDeclared),
            (Some(true), Fit::Declared),
            (Some(false), Fit::NameMissing),
        ];
        for (resolved, wanted) in wanted {
            assert_eq!(fit(&port, &ports, resolved), wanted, "{resolved:?}");
        }
        let endpoints = |ports: Json| {
            Object::admit(json!({ "apiVersion": "v1", "kind": "Endpoints", "metadata": { "name": "web", "namespace": "shop" },
                "subsets": [{ "addresses": [{ "ip": "10.0.0.1" }], "ports": ports }] })).unwrap()
        };
        let there = endpoints(json!([{ "name": "web", "port": 8080 }]));
        assert_eq!(resolved(&port, Some(&there), true), Some(true));
        assert_eq!(resolved(&port, Some(&endpoints(json!([]))), true), Some(false));
        assert_eq!(resolved(&port, Some(&endpoints(json!([]))), false), None);
        assert_eq!(resolved(&port, None, true), None);
    }

    #[test]
    fn a_slip_is_few_letters_or_a_word_more() {
        for (one, other) in
            [("basket", "baskets"), ("ledger-db", "ledger-db-old"), ("ledger_db", "ledger-db")]
        {
            assert!(is_slip(one, other) && is_slip(other, one), "{one} {other}");
        }
        for (one, other) in [("basket", "ledger"), ("advice-bot", "checkout"), ("web", "web")] {
            assert!(!is_slip(one, other), "{one} {other}");
        }
    }
}
