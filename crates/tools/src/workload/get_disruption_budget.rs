//! A PodDisruptionBudget: how many of its pods may be evicted, why no more, and which of them
//! stand on a node that is being emptied.
//!
//! Reads the budget, the pods and budgets of its namespace, and the nodes. A node that is cordoned
//! is being emptied, or about to be: its pods have to be evicted, and the budget says whether they
//! may. Pods of DaemonSets and pods that have ended are not evicted.
//!
//! ## Absence
//!
//! A budget that does not exist has `exists` false. Without the pods or nodes, `stuck` is
//! incomplete; without the budgets, `others` is.
//!
//! ## Example
//!
//! ```text
//! budget = get_disruption_budget("<budget>", "<namespace>")
//! - When `budget.stuck.size() > 0 && budget.desired_healthy >= budget.expected` → **budget-allows-no-disruption** at `budget.ref`
//! ```
//!
//! ```json
//! { "exists": true, "rule": "minAvailable: 2", "expected": 2, "healthy": 2, "desired_healthy": 2,
//!   "allowed": 0, "stuck": [ { "name": "web-0", "node": "worker-1", "stopped_by": "ready" } ] }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Listing, Object, ObjectRef, Partial, Pending, Question, Reply,
    Source, Time, Unseen, Value,
};

use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access, cluster_access};
use crate::workload::rollout_pods::{self, condition};
use crate::{Arguments, Tool, field, node, selector};

evidence::facts! {
    /// A budget and the pods that it guards.
    pub struct DisruptionBudget {
        /// Whether it exists.
        pub exists: bool,
        /// The budget.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// What it demands, in words: `minAvailable: 2`.
        pub rule: Cited<String>,
        /// How many pods it counts on.
        pub expected: Cited<i64>,
        /// How many of them are healthy.
        pub healthy: Cited<i64>,
        /// How many have to be.
        pub desired_healthy: Cited<i64>,
        /// How many may be evicted now.
        pub allowed: Cited<i64>,
        /// Whether pods that are not ready may be evicted whatever it says.
        pub always_evicts_unhealthy: bool,
        /// Why its controller could not compute it; null when it could.
        pub failure: Cited<Option<String>>,
        /// Its pods on cordoned nodes, which cannot be evicted.
        pub stuck: Partial<GuardedPod>,
        /// Its pods that have not been ready for five minutes or more.
        pub ailing: Partial<GuardedPod>,
        /// Other budgets that guard a pod on a cordoned node as well.
        pub others: Partial<ObjectRef>,
    }

    /// A pod that a budget guards.
    pub struct GuardedPod {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// The workload that it belongs to.
        pub workload: ObjectRef,
        /// The node that it is on.
        pub node: Cited<Option<String>>,
        /// What it is stopped by, as in `get_rollout_progress`.
        pub stopped_by: Cited<String>,
    }
}

const BUDGET: Parameter = Parameter {
    name: "budget",
    kind: ParameterKind::Text,
    required: true,
    doc: "the name of the PodDisruptionBudget",
};

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_disruption_budget",
    parameters: &[BUDGET, NAMESPACE],
    facts: DisruptionBudget::SHAPE,
    permissions: &[
        access("get", "policy", "poddisruptionbudgets", "nothing is known"),
        access("list", "policy", "poddisruptionbudgets", "budgets that overlap are not known"),
        access("list", "", "pods", "it is not known which pods it guards"),
        cluster_access("list", "", "nodes", "it is not known which nodes are being emptied"),
    ],
    page: include_str!("get_disruption_budget.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("budget"), arguments.required("namespace"));
    let list = |kind: Kind| Question::list(kind, Some(namespace).filter(|_| kind.namespaced()));
    let questions = [Kind::Pod, Kind::Node, Kind::PodDisruptionBudget].map(list);
    let replies = inquiry.ask_all(&questions);
    let sight = Sight::of(inquiry, Kind::PodDisruptionBudget, namespace, name)?;
    let [pods, nodes, budgets]: [Reply; 3] =
        replies?.try_into().unwrap_or([Reply::Absent, Reply::Absent, Reply::Absent]);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let (pods, no_pods) = sight::listing(pods, &questions[0]);
    let (nodes, no_nodes) = sight::listing(nodes, &questions[1]);
    let (budgets, no_budgets) = sight::listing(budgets, &questions[2]);
    let reference = ObjectRef::new(Kind::PodDisruptionBudget, Some(namespace), name);
    let now = inquiry.now();
    let guarded: Vec<&Arc<Object>> = match sight.object() {
        Some(budget) => pods.items.iter().filter(|pod| guards(budget, pod)).collect(),
        None => Vec::new(),
    };
    let stuck: Vec<&Arc<Object>> =
        guarded.iter().copied().filter(|pod| is_to_go(pod, &nodes)).collect();
    let ailing = guarded.iter().copied().filter(|pod| is_ailing(pod, now));
    let overlaps = |budget: &&Arc<Object>| {
        *budget.reference() != reference && stuck.iter().any(|pod| guards(budget, pod))
    };
    let others = budgets.items.iter().filter(overlaps).map(|one| one.reference().clone());
    let facts = Pods {
        stuck: views(stuck.iter().copied(), now, no_pods.clone().or(no_nodes)),
        ailing: views(ailing, now, no_pods),
        others: Partial { items: others.collect(), missing: no_budgets },
    };
    Ok(describe(&sight, reference, facts).into_value())
}

struct Pods {
    stuck: Partial<GuardedPod>,
    ailing: Partial<GuardedPod>,
    others: Partial<ObjectRef>,
}

fn describe(sight: &Sight, reference: ObjectRef, pods: Pods) -> DisruptionBudget {
    let json = sight.json();
    let cited = |key: &str| Cited {
        value: field::int(json, &format!("/status/{key}")).unwrap_or(0),
        source: sight.source(&format!("status.{key}")),
    };
    let rule = ["minAvailable", "maxUnavailable"].into_iter().find_map(|key| {
        let amount = json.pointer(&format!("/spec/{key}"))?;
        let amount = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
        Some((key, format!("{key}: {amount}")))
    });
    let path = rule.as_ref().map_or("spec".to_owned(), |(key, _)| format!("spec.{key}"));
    DisruptionBudget {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        rule: Cited {
            value: rule.map(|(_, words)| words).unwrap_or_default(),
            source: sight.source(&path),
        },
        expected: cited("expectedPods"),
        healthy: cited("currentHealthy"),
        desired_healthy: cited("desiredHealthy"),
        allowed: cited("disruptionsAllowed"),
        always_evicts_unhealthy: field::word(json, "/spec/unhealthyPodEvictionPolicy")
            == Some("AlwaysAllow"),
        failure: Cited {
            value: sight.object().and_then(|budget| failure(budget)),
            source: sight.source("status.conditions"),
        },
        stuck: pods.stuck,
        ailing: pods.ailing,
        others: pods.others,
        source: sight.source("status"),
    }
}

fn failure(budget: &Object) -> Option<String> {
    let said = condition(budget, "DisruptionAllowed")?;
    (field::word(said, "/reason") == Some("SyncFailed"))
        .then(|| field::text(said, "/message").unwrap_or_else(|| "SyncFailed".to_owned()))
}

fn views<'a>(
    pods: impl Iterator<Item = &'a Arc<Object>>,
    now: Time,
    missing: Option<Unseen>,
) -> Partial<GuardedPod> {
    let mut items: Vec<GuardedPod> = pods.map(|pod| view(pod, now)).collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Partial { items, missing }
}

fn view(pod: &Object, now: Time) -> GuardedPod {
    let node = field::text(pod.json(), "/spec/nodeName");
    let quote = node.as_ref().map_or_else(String::new, |node| format!("{node} is cordoned"));
    let word = rollout_pods::stopped_by(pod, now);
    let ready = condition(pod, "Ready").and_then(|one| field::text(one, "/message"));
    let words = ready.unwrap_or_else(|| word.to_owned());
    GuardedPod {
        name: pod.reference().name.clone(),
        r#ref: pod.reference().clone(),
        workload: pod.workload(),
        node: Cited::new(node, Source::field(pod, "spec.nodeName").quoting(quote)),
        stopped_by: Cited::new(word.to_owned(), Source::field(pod, "status").quoting(words)),
        source: Some(Source::field(pod, "spec.nodeName")),
    }
}

/// Whether a budget guards a pod: an empty selector selects every pod of the namespace.
fn guards(budget: &Object, pod: &Object) -> bool {
    let labels: BTreeMap<String, String> = selector::labels(pod);
    budget.at("/spec/selector").is_some_and(|own| selector::selects(own, &labels))
}

/// Whether a pod has to be evicted from its node: the node is cordoned, and the pod is neither a
/// DaemonSet's, nor ended, nor on its way, nor pending, which no budget guards
/// (pkg/registry/core/pod/storage/eviction.go, `canIgnorePDB`).
fn is_to_go(pod: &Object, nodes: &Listing) -> bool {
    let ended = matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed" | "Pending"));
    let stays = pod.workload().kind == Kind::DaemonSet
        || pod.time("/metadata/deletionTimestamp").is_some()
        || pod.annotation("kubernetes.io/config.mirror").is_some();
    let own =
        |node: &&Arc<Object>| Some(node.reference().name.as_str()) == pod.text("/spec/nodeName");
    !ended && !stays && nodes.items.iter().find(own).is_some_and(|node| node::is_cordoned(node))
}

fn is_ailing(pod: &Object, now: Time) -> bool {
    let ended = matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"));
    !ended && !matches!(rollout_pods::stopped_by(pod, now), "ready" | "starting" | "deleting")
}

/// Whether a budget holds up the emptying of a node: one of its pods stands on a node that is
/// cordoned, and another budget guards it too, or none of its pods may be evicted, for its own
/// numbers, for its failure, or for pods that have been unhealthy for a while. A budget that waits
/// for a pod that was just begun does not.
pub fn holds_up(
    budget: &Object,
    pods: &Listing,
    nodes: &Listing,
    budgets: &Listing,
    now: Time,
) -> bool {
    let number = |key: &str| budget.int(&format!("/status/{key}")).unwrap_or(0);
    let guarded = || pods.items.iter().filter(|pod| guards(budget, pod));
    let stuck = || guarded().filter(|pod| is_to_go(pod, nodes));
    let for_good = number("desiredHealthy") >= number("expectedPods")
        || failure(budget).is_some()
        || guarded().any(|pod| is_ailing(pod, now));
    let mut others = budgets.items.iter().filter(|one| one.reference() != budget.reference());
    let overlaps = others.any(|other| stuck().any(|pod| guards(other, pod)));
    let refuses = number("disruptionsAllowed") == 0 && for_good;
    overlaps || (refuses && stuck().next().is_some())
}
