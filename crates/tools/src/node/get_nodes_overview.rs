//! The nodes, and for a pod what each of them lacks that the pod demands: the scheduler's own
//! questions, asked again of what can be seen.
//!
//! Reads the nodes and, with `pod`, the pod. A node is `kept_free` when it is one of the control
//! plane and a cordon or the taint of its role keeps ordinary pods away: that is how such a node
//! should be, and no fault of it. A pod that tolerates that taint, or whose selector names a
//! label of the role, may well mean such a node; then it is not counted as kept free.
//!
//! `wanted` are the nodes whose labels meet the pod's selector and node affinity, without those
//! kept free. Of these, `cordoned`, `tainted`, `unhealthy` and `open` tell how many stand where:
//! cordoned; with a taint of a person that the pod does not tolerate; not ready, or with a taint
//! that Kubernetes put there for the node's state; and with nothing of that sort in the way.
//! A node counts once, in that order. What is free on a node is not reckoned: the scheduler says it.
//!
//! ## Absence
//!
//! Without `pod` nothing is demanded. Where the nodes were not all seen, every count is unknown;
//! where the pod's affinity was not seen, `affinity_matches` is unknown and the other counts are
//! made without it. The whole result is unknown when
//! no node was seen. A node without labels or allocatable resources in what was captured matches
//! no selector and is too small for nothing.
//!
//! ## Example
//!
//! ```text
//! fleet = get_nodes_overview(pod="<pod>", namespace="<namespace>")
//! - When `fleet.wanted == fleet.cordoned && fleet.wanted > 0` → **nodes-cordoned**: every node that suits the pod is cordoned
//! ```
//!
//! ```json
//! { "total": 5, "eligible": 4, "selector_matches": 4, "affinity_matches": 4, "wanted": 4,
//!   "cordoned": 1, "tainted": 0, "unhealthy": 0, "open": 3, "open_too_small": ["cpu"],
//!   "wanted_too_small": ["cpu"], "largest": { "cpu": "8", "memory": "32212254720" },
//!   "nodes": [ { "name": "worker-3", "ready": true, "cordoned": true, "untolerated": [],
//!     "selector_matched": true, "affinity_matched": true, "too_small": ["cpu"] } ] }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Quantity, Question,
    Source, Unseen, Value,
};
use serde_json::Value as Json;

use crate::node::{self, Repelling};
use crate::scheduling::demands;
use crate::sight::{self, Sight};
use crate::tool::{Parameter, ParameterKind, access, cluster_access};
use crate::{Arguments, Tool, field, selector};

evidence::facts! {
    /// The nodes, as a pod finds them.
    pub struct NodesOverview {
        /// Every node, by name.
        pub nodes: Partial<NodeView>,
        /// How many nodes there are.
        pub total: Known<i64>,
        /// How many of them are not kept free.
        pub eligible: Known<i64>,
        /// How many of those carry the labels of the pod's node selector.
        pub selector_matches: Known<i64>,
        /// How many of those meet the pod's node affinity, whatever its selector says.
        pub affinity_matches: Known<i64>,
        /// How many of those meet both, as far as the affinity is known.
        pub wanted: Known<i64>,
        /// How many of the wanted ones are cordoned.
        pub cordoned: Known<i64>,
        /// How many of the others have a taint of a person that the pod does not tolerate.
        pub tainted: Known<i64>,
        /// How many of the others are not ready, or have a taint for their state.
        pub unhealthy: Known<i64>,
        /// How many of the others have none of these in the way.
        pub open: Known<i64>,
        /// The resources of which the pod demands more than any wanted node has at all.
        pub wanted_too_small: Known<Vec<String>>,
        /// The resources of which the pod demands more than any open node has at all.
        pub open_too_small: Known<Vec<String>>,
        /// The most that one of the eligible nodes has of each resource, as plain numbers.
        pub largest: BTreeMap<String, String>,
        /// What the pod demands of each resource, as plain numbers.
        pub requests: BTreeMap<String, String>,
        /// The wanted nodes that are cordoned.
        pub cordoned_refs: Vec<ObjectRef>,
        /// The wanted nodes with such a taint.
        pub tainted_refs: Vec<ObjectRef>,
        /// The wanted nodes that are not in order.
        pub unhealthy_refs: Vec<ObjectRef>,
        /// The taints of persons that keep the pod from wanted nodes, each once.
        pub taints: Vec<String>,
        /// The nodes of the control plane.
        pub control_plane_refs: Vec<ObjectRef>,
    }

    /// A node, as a pod finds it.
    pub struct NodeView {
        /// Its name.
        pub name: String,
        /// The node.
        pub r#ref: ObjectRef,
        /// Whether it is one of the control plane, by its labels.
        pub control_plane: bool,
        /// Whether it is one of the control plane and ordinary pods are kept away.
        pub kept_free: bool,
        /// Whether its condition `Ready` holds.
        pub ready: bool,
        /// Whether it takes no new pods because somebody said so.
        pub cordoned: Cited<bool>,
        /// Its taints that keep pods away, that of a cordon left out.
        pub taints: Cited<Vec<String>>,
        /// Those of them that the pod does not tolerate.
        pub untolerated: Vec<String>,
        /// Whether it carries the labels of the pod's node selector.
        pub selector_matched: bool,
        /// Whether it meets the pod's node affinity.
        pub affinity_matched: Known<bool>,
        /// The resources of which the pod demands more than it has at all.
        pub too_small: Cited<Vec<String>>,
        /// What stands in the way first: `cordoned`, `tainted`, `unhealthy`; null when nothing of these.
        pub barred_by: Option<String>,
    }
}

const POD: Parameter = Parameter {
    name: "pod",
    kind: ParameterKind::Text,
    required: false,
    doc: "the pod whose demands the nodes are held against",
};

const NAMESPACE: Parameter = Parameter {
    name: "namespace",
    kind: ParameterKind::Text,
    required: false,
    doc: "the namespace of that pod",
};

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_nodes_overview",
    parameters: &[POD, NAMESPACE],
    facts: NodesOverview::SHAPE,
    permissions: &[
        cluster_access("list", "", "nodes", "nothing is known"),
        access("get", "", "pods", "nothing is held against the nodes"),
        access(
            "get",
            "batch",
            "jobs",
            "the affinity of a Job's pod that was seen in part is unknown",
        ),
        demands::template("deployments"),
        demands::template("replicasets"),
        demands::template("statefulsets"),
        demands::template("daemonsets"),
    ],
    page: include_str!("get_nodes_overview.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let question = Question::list(Kind::Node, None);
    let named = arguments.text("pod").zip(arguments.text("namespace"));
    let pod = named.map(|(pod, namespace)| Sight::of(inquiry, Kind::Pod, namespace, pod));
    let (listing, missing) = sight::listing(inquiry.ask(&question)?, &question);
    let pod = pod.transpose()?;
    if let Some(unseen) = missing.as_ref().filter(|_| listing.items.is_empty()) {
        return Ok(Value::Unknown(unseen.clone()));
    }
    let demand = match &pod {
        Some(Sight::Unseen(unseen)) => return Ok(Value::Unknown(unseen.clone())),
        Some(Sight::Seen(pod)) => Demand::of(pod, inquiry)?,
        _ => Demand::default(),
    };
    let mut nodes: Vec<Arc<Object>> = listing.items.clone();
    nodes.sort_by(|a, b| a.reference().cmp(b.reference()));
    let views: Vec<NodeView> = nodes.iter().map(|node| demand.view(node)).collect();
    Ok(summary(views, &nodes, &demand, missing).into_value())
}

/// What a pod demands of a node.
struct Demand {
    selector: BTreeMap<String, String>,
    affinity: Known<Json>,
    requests: BTreeMap<String, Quantity>,
    tolerations: Vec<Json>,
}

impl Default for Demand {
    fn default() -> Demand {
        Demand {
            selector: BTreeMap::new(),
            affinity: Known::Seen(Json::Null),
            requests: BTreeMap::new(),
            tolerations: Vec::new(),
        }
    }
}

impl Demand {
    fn of(pod: &Object, inquiry: &Inquiry) -> Result<Demand, Pending> {
        Ok(Demand {
            selector: demands::node_selector(pod.json()),
            affinity: demands::affinity(pod, inquiry)?,
            requests: demands::requests(pod.json()),
            tolerations: field::items(pod.json(), "/spec/tolerations").to_vec(),
        })
    }

    /// Whether the pod may mean a node of the control plane, by its selector.
    fn names_role(&self) -> bool {
        self.selector.keys().any(|label| node::tells_role(label))
    }

    fn view(&self, node: &Object) -> NodeView {
        let (labels, taints) = (selector::labels(node), node::taints(node));
        let name = node.reference().name.clone();
        let cordoned = node::is_cordoned(node);
        let ready = node::ready(node);
        let control_plane = node::is_control_plane(node);
        let untolerated: Vec<&Repelling> = taints
            .iter()
            .filter(|taint| !taint.is_cordon() && !taint.is_tolerated_by(&self.tolerations))
            .collect();
        let by_role = untolerated.iter().any(|taint| taint.is_role());
        let barred_by = match () {
            () if cordoned => Some("cordoned"),
            () if untolerated.iter().any(|taint| !taint.is_state()) => Some("tainted"),
            () if !untolerated.is_empty() || ready.is_some_and(|is| is != "True") => {
                Some("unhealthy")
            }
            () => None,
        };
        NodeView {
            r#ref: node.reference().clone(),
            control_plane,
            kept_free: control_plane && (cordoned || by_role) && !self.names_role(),
            ready: ready == Some("True"),
            cordoned: Cited::new(cordoned, Source::field(node, "spec.unschedulable")),
            taints: Cited::new(shown(taints.iter()), Source::field(node, "spec.taints")),
            untolerated: shown(untolerated.iter().copied()),
            selector_matched: self
                .selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value)),
            affinity_matched: self.affinity.clone().map(|affinity| {
                let terms = demands::required_terms(&affinity);
                terms.is_none_or(|terms| demands::matches_terms(terms, &name, &labels))
            }),
            too_small: Cited::new(self.beyond(node), Source::field(node, "status.allocatable")),
            barred_by: barred_by.map(str::to_owned),
            source: Some(Source::field(node, "metadata.labels")),
            name,
        }
    }

    /// The resources of which the pod demands more than the node has. A resource that the node
    /// does not know is one that it has none of, unless nothing of its resources was seen.
    fn beyond(&self, node: &Object) -> Vec<String> {
        let has = node::allocatable(node);
        if has.is_empty() {
            return Vec::new();
        }
        let exceeds = |(name, wanted): &(&String, &Quantity)| {
            let own = has.get(*name).map_or(Quantity::ZERO, |(_, own)| *own);
            **wanted > own
        };
        self.requests.iter().filter(exceeds).map(|(name, _)| name.clone()).collect()
    }
}

fn shown<'a>(taints: impl Iterator<Item = &'a Repelling>) -> Vec<String> {
    taints.filter(|taint| !taint.is_cordon()).map(ToString::to_string).collect()
}

fn summary(
    views: Vec<NodeView>,
    nodes: &[Arc<Object>],
    demand: &Demand,
    missing: Option<Unseen>,
) -> NodesOverview {
    let eligible: Vec<&NodeView> = views.iter().filter(|view| !view.kept_free).collect();
    let wanted: Vec<&NodeView> = eligible
        .iter()
        .copied()
        .filter(|view| view.selector_matched && view.affinity_matched.seen() != Some(&false))
        .collect();
    let barred = |by: Option<&str>| -> Vec<&NodeView> {
        wanted.iter().copied().filter(|view| view.barred_by.as_deref() == by).collect()
    };
    let refs = |by: &str| barred(Some(by)).iter().map(|view| view.r#ref.clone()).collect();
    let unseen = missing.clone();
    let known = |count: usize| match &unseen {
        Some(unseen) => Known::Unknown(unseen.clone()),
        None => Known::Seen(count as i64),
    };
    let by_affinity = |count: usize| match &demand.affinity {
        Known::Unknown(unseen) => Known::Unknown(unseen.clone()),
        Known::Seen(_) => known(count),
    };
    let affine = |view: &&&NodeView| view.affinity_matched.seen() == Some(&true);
    let taints: BTreeSet<String> =
        barred(Some("tainted")).iter().flat_map(|view| view.untolerated.clone()).collect();
    NodesOverview {
        total: known(views.len()),
        eligible: known(eligible.len()),
        selector_matches: known(eligible.iter().filter(|view| view.selector_matched).count()),
        affinity_matches: by_affinity(eligible.iter().filter(affine).count()),
        wanted: known(wanted.len()),
        cordoned: known(barred(Some("cordoned")).len()),
        tainted: known(barred(Some("tainted")).len()),
        unhealthy: known(barred(Some("unhealthy")).len()),
        open: known(barred(None).len()),
        wanted_too_small: known(0).map(|_| beyond_all(&wanted)),
        open_too_small: known(0).map(|_| beyond_all(&barred(None))),
        largest: largest(nodes, &eligible),
        requests: demand
            .requests
            .iter()
            .map(|(name, own)| (name.clone(), own.to_string()))
            .collect(),
        cordoned_refs: refs("cordoned"),
        tainted_refs: refs("tainted"),
        unhealthy_refs: refs("unhealthy"),
        taints: taints.into_iter().collect(),
        control_plane_refs: views
            .iter()
            .filter(|view| view.control_plane)
            .map(|view| view.r#ref.clone())
            .collect(),
        nodes: Partial { items: views, missing },
        source: None,
    }
}

/// The resources that every one of these nodes has too little of.
fn beyond_all(nodes: &[&NodeView]) -> Vec<String> {
    let Some((first, rest)) = nodes.split_first() else { return Vec::new() };
    let everywhere =
        |resource: &&String| rest.iter().all(|node| node.too_small.value.contains(resource));
    first.too_small.value.iter().filter(everywhere).cloned().collect()
}

fn largest(nodes: &[Arc<Object>], eligible: &[&NodeView]) -> BTreeMap<String, String> {
    let mut largest: BTreeMap<String, Quantity> = BTreeMap::new();
    for node in nodes {
        if !eligible.iter().any(|view| view.r#ref == *node.reference()) {
            continue;
        }
        for (name, (_, own)) in node::allocatable(node) {
            let most = largest.get(&name).copied().unwrap_or(Quantity::ZERO).max(own);
            largest.insert(name, most);
        }
    }
    largest.iter().map(|(name, most)| (name.clone(), most.to_string())).collect()
}
