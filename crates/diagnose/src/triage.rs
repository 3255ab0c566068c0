//! From many symptoms to few causes.
//!
//! Guides name causes, each with the objects on which it was seen. Here every object that shows a
//! symptom is hung under one cause: the firmest one that it belongs to. An object belongs to a
//! cause when the cause was seen on it, or when it stands or falls with an object of the cause:
//!
//! - a pod with its workload, its node and the claims that it mounts;
//! - a workload with its pods, and with its namespace's quota only where a guide says so;
//! - a service with the pods that it selects, and with the workloads whose pods it would select;
//! - a claim with the pods that mount it;
//! - a Job with the CronJob that made it.
//!
//! A cause all of whose symptoms a firmer one explains stays in the report, last: it is what else
//! the evidence allows. What no cause explains is said to be unexplained.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Object, ObjectRef, Time};
use tools::network;

use crate::report::{Diagnosis, Report, Symptom};
use crate::suspects::Suspects;

/// Hangs every symptom under a cause, ranks the causes, and says what is left.
///
/// `matched` are the objects on which a guide's signal held, with its words.
pub(crate) fn join(
    report: &mut Report,
    suspects: &Suspects,
    matched: &[(ObjectRef, String)],
    now: Time,
) {
    let symptoms = symptoms(suspects, matched, now);
    let stands_with = stands_with(suspects);
    report.diagnoses.sort_by(|a, b| {
        let rank = |one: &Diagnosis| {
            let explained = explained(one, &symptoms, &stands_with).len();
            (std::cmp::Reverse(one.confidence), std::cmp::Reverse(explained))
        };
        (rank(a), &a.object, &a.cause).cmp(&(rank(b), &b.object, &b.cause))
    });
    let mut taken: BTreeMap<ObjectRef, crate::report::Confidence> = BTreeMap::new();
    for diagnosis in &mut report.diagnoses {
        let own = explained(diagnosis, &symptoms, &stands_with);
        let free = own.into_iter().filter(|object| {
            taken.get(*object).is_none_or(|firmer| *firmer == diagnosis.confidence)
        });
        let free: Vec<ObjectRef> = free.cloned().collect();
        diagnosis.explains = free.iter().map(|object| symptom(object, &symptoms)).collect();
        for object in free {
            taken.entry(object).or_insert(diagnosis.confidence);
        }
    }
    // What explains nothing of its own comes last, in the order that it had.
    report.diagnoses.sort_by_key(|diagnosis| diagnosis.explains.is_empty());
    let left = symptoms.keys().filter(|object| !taken.contains_key(*object));
    report.unexplained = left.map(|object| symptom(object, &symptoms)).collect();
}

fn symptom(object: &ObjectRef, symptoms: &BTreeMap<ObjectRef, String>) -> Symptom {
    let state = symptoms.get(object).cloned().unwrap_or_default();
    Symptom { object: object.clone(), state }
}

/// Every object that shows a symptom, with the symptom in words.
fn symptoms(
    suspects: &Suspects,
    matched: &[(ObjectRef, String)],
    now: Time,
) -> BTreeMap<ObjectRef, String> {
    let mut symptoms: BTreeMap<ObjectRef, String> = matched.iter().cloned().collect();
    for object in suspects.subjects() {
        if let Some(state) = suspects.trouble(object, now) {
            symptoms.insert(object.reference().clone(), state);
        }
    }
    symptoms
}

/// The symptoms that a diagnosis accounts for, in order of name.
fn explained<'s>(
    diagnosis: &Diagnosis,
    symptoms: &'s BTreeMap<ObjectRef, String>,
    stands_with: &BTreeMap<ObjectRef, BTreeSet<ObjectRef>>,
) -> BTreeSet<&'s ObjectRef> {
    let seeds: BTreeSet<&ObjectRef> =
        std::iter::once(&diagnosis.object).chain(&diagnosis.affected).collect();
    let is_own = |object: &&ObjectRef| {
        seeds.contains(*object)
            || stands_with
                .get(*object)
                .is_some_and(|others| others.iter().any(|other| seeds.contains(other)))
    };
    symptoms.keys().filter(is_own).collect()
}

/// For each object, those with which it stands or falls.
fn stands_with(suspects: &Suspects) -> BTreeMap<ObjectRef, BTreeSet<ObjectRef>> {
    let mut edges: BTreeMap<ObjectRef, BTreeSet<ObjectRef>> = BTreeMap::new();
    let mut add = |from: &ObjectRef, to: &ObjectRef| {
        edges.entry(from.clone()).or_default().insert(to.clone());
    };
    for job in &suspects.workloads {
        if let Some(cronjob) = job.controller() {
            add(job.reference(), &cronjob);
        }
    }
    for service in &suspects.others {
        let template = "/spec/template/metadata/labels";
        for workload in suspects.workloads.iter().filter(|one| selects(service, one, template)) {
            add(service.reference(), workload.reference());
        }
    }
    for pod in &suspects.pods {
        let own = pod.reference();
        let workload = pod.workload();
        for other in pod_rests_on(pod) {
            add(own, &other);
            // What keeps a pod from running keeps its workload from being whole.
            add(&workload, &other);
        }
        add(own, &workload);
        add(&workload, own);
        if let Some(controller) = pod.controller() {
            add(own, &controller);
            add(&controller, own);
        }
        let labels = "/metadata/labels";
        for service in suspects.others.iter().filter(|service| selects(service, pod, labels)) {
            add(service.reference(), own);
            add(service.reference(), &workload);
        }
        for claim in claims(pod) {
            add(&claim, own);
            add(&claim, &workload);
        }
    }
    edges
}

/// The node and the claims of a pod.
fn pod_rests_on(pod: &Object) -> Vec<ObjectRef> {
    let node = pod.text("/spec/nodeName").filter(|name| !name.is_empty());
    let node = node.map(|name| ObjectRef::new(evidence::Kind::Node, None, name));
    node.into_iter().chain(claims(pod)).collect()
}

fn claims(pod: &Object) -> Vec<ObjectRef> {
    let namespace = pod.reference().namespace.as_deref();
    let name = |volume: &serde_json::Value| {
        let name = volume.pointer("/persistentVolumeClaim/claimName")?.as_str()?;
        Some(ObjectRef::new(evidence::Kind::PersistentVolumeClaim, namespace, name))
    };
    pod.items("/spec/volumes").iter().filter_map(name).collect()
}

/// Whether an object is a service to which a pod, or the pods of a workload, belong by the labels
/// at a place, at work or not.
fn selects(service: &Object, other: &Object, labels: &str) -> bool {
    service.reference().kind == evidence::Kind::Service
        && service.reference().namespace == other.reference().namespace
        && network::matches(&network::selector(service), other, labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Arc;

    fn object(json: serde_json::Value) -> Arc<Object> {
        Object::admit(json).unwrap().into()
    }

    fn pod(name: &str, node: &str, app: &str) -> Arc<Object> {
        object(json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "nodeName": node },
            "metadata": { "name": name, "namespace": "shop", "labels": { "app": app },
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": app, "controller": true }] } }))
    }

    #[test]
    fn a_job_stands_with_its_cron_job() {
        let job = object(json!({ "apiVersion": "batch/v1", "kind": "Job",
            "metadata": { "name": "report-1", "namespace": "shop", "ownerReferences": [
                { "apiVersion": "batch/v1", "kind": "CronJob", "name": "report", "controller": true }] } }));
        let own = job.reference().clone();
        let suspects = Suspects { workloads: vec![job], ..Suspects::default() };
        let cronjob = ObjectRef::new(evidence::Kind::CronJob, Some("shop"), "report");
        assert!(stands_with(&suspects)[&own].contains(&cronjob));
    }

    #[test]
    fn a_service_stands_with_a_workload_that_has_no_pods() {
        let service = object(json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "web", "namespace": "shop" }, "spec": { "selector": { "app": "web" } } }));
        let deployment = object(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web-2", "namespace": "shop" },
            "spec": { "template": { "metadata": { "labels": { "app": "web" } } } } }));
        let own = deployment.reference().clone();
        let suspects =
            Suspects { workloads: vec![deployment], others: vec![service], ..Suspects::default() };
        let web = ObjectRef::new(evidence::Kind::Service, Some("shop"), "web");
        assert!(stands_with(&suspects)[&web].contains(&own));
    }

    #[test]
    fn a_pod_stands_with_its_node_and_a_service_with_its_pods() {
        let service = object(json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "web", "namespace": "shop" }, "spec": { "selector": { "app": "web" } } }));
        let suspects = Suspects {
            pods: vec![pod("web-0", "a", "web"), pod("db-0", "b", "db")],
            others: vec![service],
            ..Suspects::default()
        };
        let edges = stands_with(&suspects);
        let named = |kind, name: &str| ObjectRef::new(kind, Some("shop"), name);
        let web = &edges[&named(evidence::Kind::Pod, "web-0")];
        assert!(web.contains(&named(evidence::Kind::Node, "a")));
        let service = &edges[&named(evidence::Kind::Service, "web")];
        assert!(service.contains(&named(evidence::Kind::Pod, "web-0")));
        assert!(!service.contains(&named(evidence::Kind::Pod, "db-0")));
    }
}
