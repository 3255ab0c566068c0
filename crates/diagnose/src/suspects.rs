//! From what a person asks about to the objects that guides are run on.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{
    Inquiry, Kind, Object, ObjectRef, Pending, Question, Reply, Time, Unseen, UnseenKind,
};

use tools::network;

use crate::report::NoSuchTarget;
use crate::{Target, signals, trouble};

/// The objects behind a target.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    /// The objects that guides may be run on.
    pub(crate) pods: Vec<Arc<Object>>,
    /// The workloads that were asked about, or that lie in the namespace.
    pub(crate) workloads: Vec<Arc<Object>>,
    /// Objects of other kinds: services, claims, nodes and the like.
    pub(crate) others: Vec<Arc<Object>>,
    /// What should have been looked at and could not be.
    pub(crate) gaps: Vec<Unseen>,
    /// Set when the target is not there.
    pub(crate) no_such: Option<NoSuchTarget>,
}

impl Suspects {
    /// Every object that guides may be run on, in a fixed order.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.pods.iter().chain(&self.workloads).chain(&self.others)
    }

    /// The trouble that one of them shows. A pod that failed for a Job that has succeeded since was
    /// an attempt, and shows none.
    pub(crate) fn trouble(&self, object: &Object, now: Time) -> Option<String> {
        let attempt = || {
            let owner = object.controller().filter(|owner| owner.kind == Kind::Job)?;
            self.workloads.iter().find(|job| *job.reference() == owner)
        };
        match attempt() {
            Some(job) if tools::has_succeeded(job) => None,
            _ => trouble::of(object, now),
        }
    }
}

/// Finds them. In a namespace or cluster, objects of these kinds are looked at as well.
///
/// # Errors
/// [`Pending`] while questions are open.
pub(crate) fn find(
    target: &Target,
    kinds: &BTreeSet<Kind>,
    inquiry: &Inquiry,
) -> Result<Suspects, Pending> {
    match target {
        Target::Object(object) if object.kind.is_workload() => find_workload(object, inquiry),
        Target::Object(object) if object.kind == Kind::Service => find_service(object, inquiry),
        Target::Object(object) => find_one(object, inquiry),
        Target::Namespace(namespace) => find_all(Some(namespace), kinds, inquiry),
        Target::Cluster => find_all(None, kinds, inquiry),
    }
}

fn find_one(object: &ObjectRef, inquiry: &Inquiry) -> Result<Suspects, Pending> {
    let mut suspects = Suspects::default();
    match inquiry.ask(&Question::Get { object: object.clone() })? {
        Reply::Object(pod) if object.kind == Kind::Pod => suspects.pods.push(pod),
        Reply::Object(other) => suspects.others.push(other),
        Reply::Unseen(unseen) => suspects.gaps.push(unseen),
        _ => suspects.no_such = Some(nearest(object, inquiry)?),
    }
    Ok(suspects)
}

/// A service and what it sends to: its pods, and the workloads that make such pods. A service is
/// no better than they are.
fn find_service(object: &ObjectRef, inquiry: &Inquiry) -> Result<Suspects, Pending> {
    let mut suspects = find_one(object, inquiry)?;
    let Some(service) = suspects.others.first().cloned() else { return Ok(suspects) };
    if !network::finds_pods(&service) {
        return Ok(suspects);
    }
    let kinds = std::iter::once(Kind::Pod).chain(network::BACKENDS);
    let questions: Vec<Question> =
        kinds.map(|kind| Question::list(kind, object.namespace.as_deref())).collect();
    let wanted = network::selector(&service);
    for (question, reply) in questions.iter().zip(inquiry.ask_all(&questions)?) {
        let of_pods = matches!(question, Question::List { kind: Kind::Pod, .. });
        // Without the workloads, the pods are still known by their labels.
        let mut no_gaps = Vec::new();
        let gaps = if of_pods { &mut suspects.gaps } else { &mut no_gaps };
        for one in listed(question, &reply, gaps) {
            if of_pods && network::selects(&service, &one) {
                suspects.pods.push(one);
            } else if !of_pods && network::matches(&wanted, &one, "/spec/template/metadata/labels")
            {
                suspects.workloads.push(one);
            }
        }
    }
    Ok(suspects)
}

fn find_workload(object: &ObjectRef, inquiry: &Inquiry) -> Result<Suspects, Pending> {
    let namespace = object.namespace.as_deref();
    let mut questions =
        vec![Question::Get { object: object.clone() }, Question::list(Kind::Pod, namespace)];
    // What stands between the workload and its pods.
    let between = match object.kind {
        Kind::CronJob => Some(Kind::Job),
        Kind::Deployment => Some(Kind::ReplicaSet),
        _ => None,
    };
    questions.extend(between.map(|kind| Question::list(kind, namespace)));
    let replies = inquiry.ask_all(&questions)?;
    let mut suspects = Suspects::default();
    match &replies[0] {
        Reply::Object(workload) => suspects.workloads.push(Arc::clone(workload)),
        Reply::Unseen(unseen) => suspects.gaps.push(unseen.clone()),
        _ => {
            suspects.no_such = Some(nearest(object, inquiry)?);
            return Ok(suspects);
        }
    }
    // Without the list between, pods are still known by their labels and owners.
    let mut no_gaps = Vec::new();
    let gaps = if object.kind == Kind::CronJob { &mut suspects.gaps } else { &mut no_gaps };
    let mut own =
        replies.get(2).map(|reply| listed(&questions[2], reply, gaps)).unwrap_or_default();
    own.retain(|one| one.controller().as_ref() == Some(object));
    let between: Vec<&ObjectRef> = own.iter().map(|one| one.reference()).collect();
    for pod in listed(&questions[1], &replies[1], &mut suspects.gaps) {
        let controller = pod.controller();
        let owned = controller.as_ref() == Some(object)
            || pod.workload() == *object
            || controller.as_ref().is_some_and(|owner| between.contains(&owner));
        if owned {
            suspects.pods.push(pod);
        }
    }
    suspects.workloads.extend(own.into_iter().filter(|one| one.reference().kind == Kind::Job));
    Ok(suspects)
}

/// The kinds whose own trouble shows where their pods do not: a quota or an admission webhook
/// that refuses every pod leaves no pod to look at.
pub(crate) const WORKLOADS: [Kind; 4] =
    [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job];

fn find_all(
    namespace: Option<&str>,
    further: &BTreeSet<Kind>,
    inquiry: &Inquiry,
) -> Result<Suspects, Pending> {
    let mut suspects = Suspects::default();
    let own = std::iter::once(Kind::Pod).chain(WORKLOADS);
    let further = further.iter().copied().filter(|kind| !own.clone().any(|own| own == *kind));
    let kinds: Vec<Kind> = own.clone().chain(further).collect();
    let question = |kind: &Kind| match (kind, namespace) {
        // Of the namespaces, the one that is looked at.
        (Kind::Namespace, Some(own)) => Question::get(Kind::Namespace, None, own),
        (kind, _) => Question::list(*kind, namespace.filter(|_| kind.namespaced())),
    };
    let questions: Vec<Question> = kinds.iter().map(question).collect();
    let mut all_pods = false;
    let replies = inquiry.ask_all(&questions)?;
    for ((kind, question), reply) in kinds.iter().zip(&questions).zip(replies) {
        // A dump of what is in a namespace need not have the namespace itself.
        if matches!(&reply, Reply::Unseen(unseen) if *kind == Kind::Namespace
            && unseen.kind == UnseenKind::NotCaptured)
        {
            continue;
        }
        let gaps_before = suspects.gaps.len();
        let found = listed(question, &reply, &mut suspects.gaps);
        match kind {
            Kind::Pod => {
                suspects.pods = found;
                all_pods = suspects.gaps.len() == gaps_before;
            }
            kind if WORKLOADS.contains(kind) => suspects.workloads.extend(found),
            _ => suspects.others.extend(found),
        }
    }
    if namespace.is_some() {
        let (pods, others) = (&suspects.pods, &mut suspects.others);
        // Of pods that were not seen, nobody can say on which nodes they are.
        let unknown = pods.is_empty() && !all_pods;
        let entered_anywhere = others.iter().any(|one| network::is_entered_at_every_node(one));
        others.retain(|one| {
            one.reference().kind != Kind::Node
                || unknown
                || matters(one, pods)
                || entered_anywhere && lacks_proxy(one, inquiry)
        });
    }
    let empty = suspects.pods.is_empty() && suspects.workloads.is_empty();
    let Some(namespace) = namespace.filter(|_| empty) else {
        return Ok(suspects);
    };
    // An API server answers a list in a namespace that does not exist with no items.
    match inquiry.ask(&Question::get(Kind::Namespace, None, namespace))? {
        Reply::Absent => {
            let object = ObjectRef::new(Kind::Namespace, None, namespace);
            suspects.no_such = Some(nearest(&object, inquiry)?);
        }
        // A dump that holds the complete list of the namespace's pods knows the namespace.
        Reply::Unseen(unseen) if unseen.kind != UnseenKind::NotCaptured => {
            suspects.gaps.push(unseen)
        }
        _ => {}
    }
    Ok(suspects)
}

/// Whether a node matters to a namespace with these pods: one of them runs on it or may have been
/// meant for it, or it is of the control plane. What is wrong with others is not its trouble.
fn matters(node: &Object, pods: &[Arc<Object>]) -> bool {
    let is_own = |pod: &Arc<Object>| {
        let on = pod.text("/spec/nodeName").filter(|name| !name.is_empty());
        match on {
            Some(name) => name == node.reference().name,
            None => tools::may_be_meant_for(pod, node),
        }
    };
    tools::is_control_plane(node) || pods.iter().any(is_own)
}

/// Whether a node's kube-proxy is known to be down. A port that every node opens is then closed
/// there, whether the node has a pod of the namespace or not.
fn lacks_proxy(node: &Object, inquiry: &Inquiry) -> bool {
    let down = signals::find("node_service_down");
    down.is_some_and(|one| one.holds(node, &[("service", "kube-proxy")], inquiry) == Ok(true))
}

fn listed(question: &Question, reply: &Reply, gaps: &mut Vec<Unseen>) -> Vec<Arc<Object>> {
    gaps.extend(reply.gap(question).cloned());
    match reply {
        Reply::Objects(listing) => listing.items.clone(),
        Reply::Object(object) => vec![Arc::clone(object)],
        _ => Vec::new(),
    }
}

/// Objects whose names are like one that is not there.
fn nearest(object: &ObjectRef, inquiry: &Inquiry) -> Result<NoSuchTarget, Pending> {
    let namespace = object.namespace.as_deref();
    let kinds: &[Kind] = match object.kind {
        Kind::Namespace => &[Kind::Namespace],
        Kind::Pod => &[Kind::Pod, Kind::Deployment],
        Kind::Service => &[Kind::Service],
        Kind::PersistentVolumeClaim => &[Kind::PersistentVolumeClaim],
        Kind::Node => &[Kind::Node],
        _ => &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet],
    };
    let questions: Vec<Question> =
        kinds.iter().map(|kind| Question::list(*kind, namespace)).collect();
    let mut found: Vec<(usize, ObjectRef)> = Vec::new();
    for (question, reply) in questions.iter().zip(inquiry.ask_all(&questions)?) {
        for candidate in listed(question, &reply, &mut Vec::new()) {
            let reference = candidate.reference();
            if let Some(distance) = distance(&object.name, &reference.name) {
                found.push((distance, reference.clone()));
            }
        }
    }
    found.sort();
    found.truncate(5);
    let nearest = found.into_iter().map(|(_, reference)| reference).collect();
    Ok(NoSuchTarget { object: object.clone(), nearest })
}

/// How far a name is from the one asked for: one that goes on after it is nearest, then one
/// that a few letters would mend; `None` for names that have nothing to do with it.
fn distance(asked: &str, name: &str) -> Option<usize> {
    if name.starts_with(asked) || asked.starts_with(&format!("{name}-")) {
        return Some(0);
    }
    expression::nearest(asked, [name]).map(|_| 1)
}
