//! Whether the controllers are at work on a workload: whether its last change was seen, whether the
//! pods that it counts are there, what controllers did since, and the pods of
//! kube-controller-manager.
//!
//! Reads the workload, the pods, events, Deployments and StatefulSets of its namespace, and the
//! pods of `kube-system`. A controller manager that runs as a unit of a node is told by
//! `get_node_services`; that of a managed control plane is told by nobody.
//!
//! ## Absence
//!
//! A workload that does not exist has `exists` false. `pods` is empty where no pod of
//! `kube-system` is a controller manager, which proves nothing: it may run elsewhere. `alive` is
//! unknown where the pods were not all seen, and `worked_since` where the events were not and
//! nothing that was seen shows it.
//!
//! ## Example
//!
//! ```text
//! status = get_controller_status("<workload>", "<namespace>")
//! - When `status.unobserved && status.worked_since == false` → likely **controller-manager-down**
//! ```
//!
//! ```json
//! { "exists": true, "generation": 4, "observed": 3, "unobserved": true, "desired": 3,
//!   "counted": 3, "alive": 3, "changed": "2026-11-20T14:02:11Z", "worked_since": false,
//!   "pods": [ { "name": "kube-controller-manager-cp-1", "ready": false } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending,
    Question, Reply, Time, Unseen, Value,
};

use crate::controlplane::control_plane_pod::{self, ControlPlanePod};
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, WORKLOAD, access, cluster_access};
use crate::workload::get_workload_yaml::named;
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// What controllers have done for a workload.
    pub struct ControllerStatus {
        /// Whether the workload exists.
        pub exists: bool,
        /// The workload.
        pub r#ref: ObjectRef,
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// How often its specification was changed, its making included.
        pub generation: Option<i64>,
        /// The last of those changes that its controller has seen.
        pub observed: Option<i64>,
        /// Whether its controller has not seen the last change.
        pub unobserved: Cited<bool>,
        /// When it was last changed, as far as it tells.
        pub changed: Option<Time>,
        /// How long ago that was, in seconds.
        pub changed_seconds: Option<i64>,
        /// How many pods it wants.
        pub desired: i64,
        /// How many its status counts.
        pub counted: i64,
        /// How many there are that have not ended and are not being deleted.
        pub alive: Known<i64>,
        /// Whether a controller did something in the namespace since the change: an event says so,
        /// or a workload that was made later has been seen by its controller.
        pub worked_since: Known<bool>,
        /// The pods of `kube-system` that are controller managers.
        pub pods: Partial<ControlPlanePod>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_controller_status",
    parameters: &[WORKLOAD, NAMESPACE],
    facts: ControllerStatus::SHAPE,
    permissions: &[
        access("get", "apps", "deployments", "nothing is known"),
        access("list", "", "pods", "it is not known how many pods there are"),
        access("list", "", "events", "it is not known what controllers did since"),
        access("list", "apps", "deployments", "it is not known what was made since"),
        access("list", "apps", "statefulsets", "it is not known what was made since"),
        cluster_access("list", "", "pods", "the pods of kube-system are not known"),
    ],
    page: include_str!("get_controller_status.rs"),
    run,
};

/// The controllers of workloads, as their events name them.
const CONTROLLERS: [&str; 6] = [
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "daemonset-controller",
    "job-controller",
    "cronjob-controller",
];

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named(arguments.required("workload"), None, namespace) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let list = |kind: Kind| Question::list(kind, Some(namespace));
    let questions = [
        Question::Get { object: reference.clone() },
        list(Kind::Pod),
        list(Kind::Event),
        list(Kind::Deployment),
        list(Kind::StatefulSet),
        Question::list(Kind::Pod, Some("kube-system")),
    ];
    let mut replies = inquiry.ask_all(&questions)?.into_iter();
    let sight = Sight::read(replies.next().unwrap_or(Reply::Absent), &questions[0]);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let mut next = |at: usize| match replies.next() {
        Some(reply) => sight::listing(reply, &questions[at]),
        None => Default::default(),
    };
    let [pods, events, deployments, sets, system] = [next(1), next(2), next(3), next(4), next(5)];
    let json = sight.json();
    let generation = field::int(json, "/metadata/generation");
    let observed = field::int(json, "/status/observedGeneration");
    let changed = sight.object().and_then(|workload| last_change(workload));
    let quote = format!(
        "generation {}, observed {}",
        generation.unwrap_or(0),
        observed.map_or("none".to_owned(), |seen| seen.to_string())
    );
    let alive = pods.0.items.iter().filter(|pod| pod.workload() == reference && is_alive(pod));
    let alive = alive.count() as i64;
    let facts = ControllerStatus {
        exists: sight.object().is_some(),
        kind: reference.kind.name().to_owned(),
        name: reference.name.clone(),
        generation,
        observed,
        unobserved: Cited {
            value: sight.object().is_some_and(|workload| is_unobserved(workload)),
            source: sight.source("status.observedGeneration").map(|source| source.quoting(quote)),
        },
        changed,
        changed_seconds: changed.map(|at| inquiry.now().duration_since(at).as_secs()),
        desired: field::int(json, "/spec/replicas").unwrap_or(1),
        counted: field::int(json, "/status/replicas").unwrap_or(0),
        alive: match pods.1 {
            Some(unseen) => Known::Unknown(unseen),
            None => Known::Seen(alive),
        },
        worked_since: worked_since(&reference, changed, &[deployments.0, sets.0], events),
        pods: Partial {
            items: control_plane_pod::of(
                system.0.items.iter().map(|pod| &**pod),
                "kube-controller-manager",
            ),
            missing: system.1,
        },
        source: sight.source("status"),
        r#ref: reference,
    };
    Ok(facts.into_value())
}

/// Whether the controller of a workload has not seen its last change.
pub fn is_unobserved(workload: &Object) -> bool {
    let observed = workload.int("/status/observedGeneration").unwrap_or(0);
    workload.int("/metadata/generation").is_some_and(|generation| generation > observed)
}

/// When a workload was last written but for its status, as its managed fields told when it was
/// admitted; when it was made, where they did not.
pub fn last_change(workload: &Object) -> Option<Time> {
    workload.time("/metadata/tsg.dev~1modified").or_else(|| workload.created())
}

/// Whether a pod has not ended and is not being deleted.
pub fn is_alive(pod: &Object) -> bool {
    pod.time("/metadata/deletionTimestamp").is_none()
        && !matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"))
}

fn worked_since(
    own: &ObjectRef,
    changed: Option<Time>,
    workloads: &[Arc<Listing>],
    (events, missing): (Arc<Listing>, Option<Unseen>),
) -> Known<bool> {
    let did = |event: &Event| {
        event.component.as_deref().is_some_and(|by| CONTROLLERS.contains(&by))
            && event.last_seen > changed
    };
    let told = events.items.iter().filter_map(|one| one.event()).any(did);
    let made = workloads.iter().flat_map(|list| &list.items).any(|other| {
        other.reference() != own && other.created() > changed && !is_unobserved(other)
    });
    match (changed.is_some() && (told || made), missing) {
        (false, Some(unseen)) => Known::Unknown(unseen),
        (worked, _) => Known::Seen(worked),
    }
}
