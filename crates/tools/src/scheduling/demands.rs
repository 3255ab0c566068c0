//! What a pod demands of a node: labels, resources, ports, and what it tolerates.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{Inquiry, Known, Object, Pending, Quantity, Question, Reply, Unseen, UnseenKind};
use serde_json::Value as Json;

use crate::tool::{Access, access};
use crate::{field, selector};

/// What reading a kind of template is for: a pod that was seen in part is completed from it.
pub(crate) const fn template(resource: &'static str) -> Access {
    access("get", "apps", resource, "the affinity of a pod that was seen in part is unknown")
}

/// The node selector of a pod, as labels.
pub(crate) fn node_selector(pod: &Json) -> BTreeMap<String, String> {
    let labels = pod.pointer("/spec/nodeSelector").and_then(Json::as_object);
    let text = |(key, value): (&String, &Json)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(text).collect()
}

/// Whether the pod's specification is whole, as an API server gives it: it sets `schedulerName`
/// on every pod. A page of `kubectl describe` shows neither that nor any affinity.
fn is_whole(pod: &Object) -> bool {
    field::word(pod.json(), "/spec/schedulerName").is_some()
}

/// `spec.affinity` of the pod, null when it has none. Where only a part of the pod was seen, the
/// template of its workload tells it; where that was not seen whole either, it is unknown.
pub(crate) fn affinity(pod: &Object, inquiry: &Inquiry) -> Result<Known<Json>, Pending> {
    if let Some(own) = pod.at("/spec/affinity") {
        return Ok(Known::Seen(own.clone()));
    }
    if is_whole(pod) {
        return Ok(Known::Seen(Json::Null));
    }
    let workload = inquiry.workload_of(pod)?;
    let unknown = |why: &str| {
        let what = format!("the affinity of {}", pod.reference());
        Known::Unknown(Unseen::new(UnseenKind::NotCaptured, what, why))
    };
    if workload == *pod.reference() {
        return Ok(unknown("only a part of the pod was captured"));
    }
    let template = match inquiry.ask(&Question::Get { object: workload })? {
        Reply::Object(workload) => template_of(&workload),
        _ => None,
    };
    Ok(match template.as_ref().and_then(|(template, _)| template.pointer("/spec/affinity")) {
        Some(affinity) => Known::Seen(affinity.clone()),
        None if template.as_ref().is_some_and(|(_, whole)| *whole) => Known::Seen(Json::Null),
        None => unknown("only a part of the pod and of its workload was captured"),
    })
}

/// The template of a workload's pods, and whether it was seen whole.
fn template_of(workload: &Arc<Object>) -> Option<(Json, bool)> {
    let pointers = ["/spec/template", "/spec/jobTemplate/spec/template"];
    let template = pointers.into_iter().find_map(|at| workload.at(at))?.clone();
    let whole = field::word(&template, "/spec/schedulerName").is_some();
    Some((template, whole))
}

/// The required terms of a node affinity; `None` when it requires nothing.
pub(crate) fn required_terms(affinity: &Json) -> Option<&[Json]> {
    let at = "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    affinity.pointer(at)?.as_array().map(Vec::as_slice)
}

/// Whether a node matches the required terms: one of them is enough, and an empty term matches
/// nothing (component-helpers/scheduling/corev1/nodeaffinity).
pub(crate) fn matches_terms(terms: &[Json], name: &str, labels: &BTreeMap<String, String>) -> bool {
    terms.iter().any(|term| {
        let expressions = field::items(term, "/matchExpressions");
        let fields = field::items(term, "/matchFields");
        let own = BTreeMap::from([("metadata.name".to_owned(), name.to_owned())]);
        !(expressions.is_empty() && fields.is_empty())
            && expressions.iter().all(|one| selector::requirement(one, labels))
            && fields.iter().all(|one| selector::requirement(one, &own))
    })
}

/// What the scheduler counts for the pod: of each resource the sum over its containers, or what
/// an init container takes alone, whichever is more, and the overhead of its runtime class.
pub(crate) fn requests(pod: &Json) -> BTreeMap<String, Quantity> {
    let mut running: BTreeMap<String, Quantity> = BTreeMap::new();
    let mut peak: BTreeMap<String, Quantity> = BTreeMap::new();
    for container in field::items(pod, "/spec/initContainers") {
        let own = requested(container);
        if field::word(container, "/restartPolicy") == Some("Always") {
            add(&mut running, &own);
            keep_largest(&mut peak, &running);
        } else {
            let mut beside = running.clone();
            add(&mut beside, &own);
            keep_largest(&mut peak, &beside);
        }
    }
    for container in field::items(pod, "/spec/containers") {
        add(&mut running, &requested(container));
    }
    keep_largest(&mut peak, &running);
    add(&mut peak, &amounts(pod.pointer("/spec/overhead")));
    peak
}

fn requested(container: &Json) -> BTreeMap<String, Quantity> {
    let mut all = amounts(container.pointer("/resources/limits"));
    all.extend(amounts(container.pointer("/resources/requests")));
    all
}

fn amounts(json: Option<&Json>) -> BTreeMap<String, Quantity> {
    let read = |(name, amount): (&String, &Json)| {
        let text = match amount {
            Json::Number(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        };
        Some((name.clone(), Quantity::parse(&text)?))
    };
    json.and_then(Json::as_object).into_iter().flatten().filter_map(read).collect()
}

fn add(to: &mut BTreeMap<String, Quantity>, from: &BTreeMap<String, Quantity>) {
    for (name, amount) in from {
        let sum = to.get(name).copied().unwrap_or(Quantity::ZERO).checked_add(*amount);
        to.insert(name.clone(), sum.unwrap_or(*amount));
    }
}

fn keep_largest(to: &mut BTreeMap<String, Quantity>, from: &BTreeMap<String, Quantity>) {
    for (name, amount) in from {
        let kept = to.get(name).copied().unwrap_or(Quantity::ZERO).max(*amount);
        to.insert(name.clone(), kept);
    }
}

/// The ports of the node that the pod wants for itself.
pub(crate) fn host_ports(pod: &Json) -> Vec<i64> {
    let containers = field::items(pod, "/spec/containers").iter();
    let ports = containers.flat_map(|container| field::items(container, "/ports"));
    let mut wanted: Vec<i64> =
        ports.filter_map(|port| field::int(port, "/hostPort")).filter(|port| *port != 0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The claims that the pod's volumes name; a generic ephemeral volume's is named after both.
pub(crate) fn claims(pod: &Object) -> Vec<String> {
    let named = |volume: &Json| {
        if volume.get("ephemeral").is_some() {
            return Some(format!("{}-{}", pod.reference().name, field::word(volume, "/name")?));
        }
        field::text(volume, "/persistentVolumeClaim/claimName")
    };
    let mut claims: Vec<String> = pod.items("/spec/volumes").iter().filter_map(named).collect();
    claims.sort();
    claims.dedup();
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_init_container_counts_only_where_it_takes_more_than_the_rest() {
        let pod = json!({ "spec": {
            "initContainers": [
                { "resources": { "requests": { "cpu": "2", "memory": "64Mi" } } },
                { "restartPolicy": "Always", "resources": { "requests": { "cpu": "100m" } } },
                { "resources": { "requests": { "memory": "2Gi" } } },
            ],
            "containers": [
                { "resources": { "requests": { "cpu": "500m" }, "limits": { "memory": "1Gi" } } },
                { "resources": { "requests": { "cpu": "500m" } } },
            ],
            "overhead": { "memory": "16Mi" },
        } });
        let wanted = requests(&pod);
        assert_eq!(Some(wanted["cpu"]), Quantity::parse("2"));
        assert_eq!(Some(wanted["memory"]), Quantity::parse("2064Mi"));
    }

    #[test]
    fn one_term_is_enough_and_an_empty_one_matches_nothing() {
        let labels = BTreeMap::from([("disk".to_owned(), "ssd".to_owned())]);
        let term = |key: &str, operator: &str, values: Json| json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
        let matches = |terms: &[Json]| matches_terms(terms, "a", &labels);
        assert!(matches(&[term("disk", "In", json!(["hdd"])), term("disk", "Exists", json!([]))]));
        assert!(matches(&[term("zone", "NotIn", json!(["b"]))]));
        assert!(!matches(&[json!({})]) && !matches(&[]));
        let by_name = json!({ "matchFields": [{ "key": "metadata.name", "operator": "In", "values": ["a"] }] });
        assert!(matches(&[by_name]));
    }
}
