//! Whether a scheduler is at work: its pods, where it runs as pods, and what it has placed since.
//!
//! Reads the pods of the namespace and those of `kube-system`. Schedulers that run as units of a
//! node are told by `get_node_services`; those of a managed control plane are told by nobody.
//!
//! ## Absence
//!
//! `pods` is empty where no pod of `kube-system` is a scheduler, which proves nothing: it may run
//! elsewhere. `placed_since` is unknown where the pods of the namespace were not all seen and none
//! of those seen shows it; it is null when the pod's own age is not known.
//!
//! ## Example
//!
//! ```text
//! status = get_scheduler_status("<pod>", "<namespace>")
//! - When `status.placed_since == true` → not **scheduler-down**
//! ```
//!
//! ```json
//! { "pods": [ { "name": "kube-scheduler-cp-1", "node": "cp-1", "ready": false,
//!     "reason": "CrashLoopBackOff", "restarts": 12 } ],
//!   "placed_since": false, "last_placed": "2026-11-20T13:51:40Z" }
//! ```

use std::sync::Arc;

use evidence::{Fact, Inquiry, Kind, Known, Object, Partial, Pending, Question, Time, Value};

use crate::controlplane::control_plane_pod::{self, ControlPlanePod};
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, POD, access, cluster_access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// What is known of the scheduler.
    pub struct SchedulerStatus {
        /// The pods of `kube-system` that are schedulers.
        pub pods: Partial<ControlPlanePod>,
        /// Whether another pod of the namespace, made later than this one, was given a node by the
        /// same scheduler; null when the pod's age is not known.
        pub placed_since: Known<Option<bool>>,
        /// When a pod of the namespace was last given a node.
        pub last_placed: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_scheduler_status",
    parameters: &[POD, NAMESPACE],
    facts: SchedulerStatus::SHAPE,
    permissions: &[
        access("get", "", "pods", "it is not known when the pod was made"),
        access("list", "", "pods", "it is not known what was placed since"),
        cluster_access("list", "", "pods", "it is not known whether kube-system has schedulers"),
    ],
    page: include_str!("get_scheduler_status.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let own = Question::list(Kind::Pod, Some(namespace));
    let system = Question::list(Kind::Pod, Some("kube-system"));
    let pod = Sight::of(inquiry, Kind::Pod, namespace, name);
    let replies = inquiry.ask_all(&[own.clone(), system.clone()]);
    let (pod, replies) = (pod?, replies?);
    let (neighbours, missing) = sight::listing(replies[0].clone(), &own);
    let (components, unseen) = sight::listing(replies[1].clone(), &system);
    let pods = control_plane_pod::of(components.items.iter().map(|pod| &**pod), "kube-scheduler");
    let others = neighbours.items.iter().filter(|other| other.reference().name != name);
    let since = pod.object().and_then(|pod| Some((pod.created()?, scheduler_of(pod).to_owned())));
    let placed_since = match since {
        None => Known::Seen(None),
        Some((since, by)) => {
            let later = |other: &&Arc<Object>| {
                other.created().is_some_and(|made| made > since) && scheduler_of(other) == by
            };
            let placed = others.clone().filter(later).any(|other| placed(other));
            match missing {
                Some(unseen) if !placed => Known::Unknown(unseen),
                _ => Known::Seen(Some(placed)),
            }
        }
    };
    let facts = SchedulerStatus {
        pods: Partial { items: pods, missing: unseen },
        placed_since,
        last_placed: others.filter_map(|other| placed_at(other)).max(),
        source: pod.source("metadata.creationTimestamp"),
    };
    Ok(facts.into_value())
}

fn scheduler_of(pod: &Object) -> &str {
    pod.text("/spec/schedulerName").unwrap_or("default-scheduler")
}

/// Whether a pod was given a node by a scheduler: those of a DaemonSet are too, static ones are not.
fn placed(pod: &Object) -> bool {
    pod.text("/spec/nodeName").is_some_and(|node| !node.is_empty())
        && pod.annotation("kubernetes.io/config.mirror").is_none()
}

fn placed_at(pod: &Object) -> Option<Time> {
    let conditions = pod.items("/status/conditions").iter();
    let mut scheduled = conditions.filter(|one| {
        field::word(one, "/type") == Some("PodScheduled")
            && field::word(one, "/status") == Some("True")
    });
    field::time(scheduled.next()?, "/lastTransitionTime")
}
