//! The nodes that a DaemonSet is meant for: which of them its template suits, what keeps the
//! others out, and what an earlier revision of it suited.
//!
//! Reads the DaemonSet, the nodes and the DaemonSet's revisions. A node suits when it carries the
//! labels of the node selector, meets the node affinity and has no taint that is not tolerated;
//! the taints that the controller tolerates for every DaemonSet count as tolerated.
//!
//! ## Absence
//!
//! A DaemonSet that does not exist has `exists` false. Without the nodes every count is unknown,
//! without the revisions `earlier_suited` is.
//!
//! ## Example
//!
//! ```text
//! fit = get_daemonset_nodes("<workload>", "<namespace>")
//! - When `fit.wanted == 0 && fit.earlier_suited > 0 && fit.selector_matches == 0` → **daemonset-node-selector-unmatched**
//! ```
//!
//! ```json
//! { "exists": true, "wanted": 0, "misplaced": 0, "nodes": 3, "selector": "disk=sdd",
//!   "selector_matches": 0, "near_label": "disk=ssd", "earlier_suited": 3 }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Pending, Question, Reply,
    Source, Unseen, Value,
};
use serde_json::Value as Json;

use crate::scheduling::demands;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access, cluster_access};
use crate::workload::get_workload_yaml::named_as;
use crate::{Arguments, Tool, field, node, selector};

evidence::facts! {
    /// A DaemonSet and the nodes that it suits.
    pub struct DaemonSetNodes {
        /// Whether it exists.
        pub exists: bool,
        /// The DaemonSet.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// On how many nodes its controller wants a pod.
        pub wanted: Cited<i64>,
        /// On how many nodes a pod runs that should not run there.
        pub misplaced: Cited<i64>,
        /// How many nodes there are.
        pub nodes: Known<i64>,
        /// Its node selector, in words; empty for none.
        pub selector: Cited<String>,
        /// How many nodes carry the labels of the node selector.
        pub selector_matches: Known<i64>,
        /// How many nodes meet its node affinity as well.
        pub affinity_matches: Known<i64>,
        /// How many of those have no taint that it does not tolerate.
        pub suited: Known<i64>,
        /// The taints that it does not tolerate, of the nodes that it else suits.
        pub taints: Known<Vec<String>>,
        /// A label of a node that nearly is one of the node selector; null when there is none.
        pub near_label: Known<Option<String>>,
        /// How many nodes the newest earlier revision of it suits, of those with another node
        /// selector, affinity or toleration; null when there is no such revision.
        pub earlier_suited: Known<Cited<Option<i64>>>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_daemonset_nodes",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the DaemonSet as daemonset/name",
        },
        NAMESPACE,
    ],
    facts: DaemonSetNodes::SHAPE,
    permissions: &[
        access("get", "apps", "daemonsets", "nothing is known"),
        cluster_access("list", "", "nodes", "it is not known which nodes it suits"),
        access("list", "apps", "controllerrevisions", "it is not known what it suited before"),
    ],
    page: include_str!("get_daemonset_nodes.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named_as(&[Kind::DaemonSet], arguments.required("workload"), namespace) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let get = Question::Get { object: reference.clone() };
    let reply = inquiry.ask(&get);
    let around = Around::of(namespace, inquiry)?;
    let sight = Sight::read(reply?, &get);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    Ok(describe(&sight, reference, &around).into_value())
}

/// The nodes, and the revisions of the namespace's DaemonSets.
struct Around {
    nodes: Arc<Listing>,
    no_nodes: Option<Unseen>,
    revisions: Arc<Listing>,
    no_revisions: Option<Unseen>,
}

impl Around {
    fn of(namespace: &str, inquiry: &Inquiry) -> Result<Around, Pending> {
        let questions = [
            Question::list(Kind::Node, None),
            Question::list(Kind::ControllerRevision, Some(namespace)),
        ];
        let [nodes, revisions]: [Reply; 2] =
            inquiry.ask_all(&questions)?.try_into().unwrap_or([Reply::Absent, Reply::Absent]);
        let (nodes, no_nodes) = sight::listing(nodes, &questions[0]);
        let (revisions, no_revisions) = sight::listing(revisions, &questions[1]);
        Ok(Around { nodes, no_nodes, revisions, no_revisions })
    }

    fn count(&self, is: impl Fn(&Object) -> bool) -> Known<i64> {
        let count = self.nodes.items.iter().filter(|node| is(node)).count();
        match &self.no_nodes {
            Some(unseen) => Known::Unknown(unseen.clone()),
            None => Known::Seen(i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }

    /// The newest earlier revision that is placed otherwise than the present template.
    fn earlier(&self, set: &Object) -> Option<(&Object, Json)> {
        let now = Placing::of(template(set.json()));
        let own = self.revisions.items.iter();
        let mut own: Vec<&Arc<Object>> =
            own.filter(|one| one.controller().as_ref() == Some(set.reference())).collect();
        own.sort_by_key(|one| std::cmp::Reverse(one.int("/revision")));
        own.into_iter().find_map(|one| {
            let earlier = one.at("/data/spec/template")?.clone();
            (Placing::of(&earlier) != now).then_some((&**one, earlier))
        })
    }
}

fn template(set: &Json) -> &Json {
    set.pointer("/spec/template").unwrap_or(&Json::Null)
}

/// What decides on which nodes the pods of a template may run.
#[derive(PartialEq)]
struct Placing {
    selector: BTreeMap<String, String>,
    affinity: Json,
    tolerations: Vec<Json>,
}

/// The taints that the controller tolerates for every DaemonSet (pkg/controller/daemon/util).
const TOLERATED: [&str; 6] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
];

impl Placing {
    fn of(template: &Json) -> Placing {
        Placing {
            selector: demands::node_selector(template),
            affinity: template.pointer("/spec/affinity").cloned().unwrap_or_default(),
            tolerations: field::items(template, "/spec/tolerations").to_vec(),
        }
    }

    fn is_selected(&self, node: &Object) -> bool {
        let labels = selector::labels(node);
        self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }

    fn is_met(&self, node: &Object) -> bool {
        let terms = demands::required_terms(&self.affinity);
        let labels = selector::labels(node);
        self.is_selected(node)
            && terms
                .is_none_or(|terms| demands::matches_terms(terms, &node.reference().name, &labels))
    }

    fn untolerated(&self, node: &Object) -> Vec<String> {
        let taints = node::taints(node).into_iter();
        let repels = |taint: &node::Repelling| {
            !TOLERATED.contains(&taint.key.as_str()) && !taint.is_tolerated_by(&self.tolerations)
        };
        taints.filter(repels).map(|taint| taint.to_string()).collect()
    }

    fn suits(&self, node: &Object) -> bool {
        self.is_met(node) && self.untolerated(node).is_empty()
    }

    /// A label of a node that nearly is one that is selected and that no node has.
    fn near(&self, nodes: &[Arc<Object>]) -> Option<String> {
        let all: BTreeSet<(String, String)> =
            nodes.iter().flat_map(|node| selector::labels(node)).collect();
        let mut unmet = self
            .selector
            .iter()
            .filter(|(key, value)| !all.contains(&((*key).clone(), (*value).clone())));
        unmet.find_map(|(key, value)| {
            let mut meant = all.iter().filter(|(own_key, own)| match own_key == key {
                // Values of these labels are words of a list, each of which may be meant.
                true if key.contains("kubernetes.io/") => own.eq_ignore_ascii_case(value),
                true => is_slip(own, value),
                false => {
                    own == value && is_slip(own_key, key) && all.iter().all(|(one, _)| one != key)
                }
            });
            meant.next().map(|(key, value)| format!("{key}={value}"))
        })
    }
}

/// Whether a text is another with one slip of typing within it. One that ends otherwise, or
/// differs in a digit, is another name of a row.
fn is_slip(own: &str, typed: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    own.len() >= 3
        && own.len() <= 512
        && typed.len() <= 512
        && own.chars().last() == typed.chars().last()
        && digits(own) == digits(typed)
        && strsim::osa_distance(own, typed) == 1
}

fn describe(sight: &Sight, reference: ObjectRef, around: &Around) -> DaemonSetNodes {
    let number = |pointer: &str| field::int(sight.json(), pointer).unwrap_or(0);
    let placing = Placing::of(template(sight.json()));
    let words: Vec<String> =
        placing.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let met = around.nodes.items.iter().filter(|node| placing.is_met(node));
    let taints: BTreeSet<String> = met.flat_map(|node| placing.untolerated(node)).collect();
    let known = |unseen: &Option<Unseen>| unseen.clone().map_or(Ok(()), Err);
    let nodes = known(&around.no_nodes);
    let earlier = sight.object().and_then(|set| around.earlier(set));
    let earlier_suited = match (earlier, known(&around.no_revisions)) {
        (Some((revision, template)), _) => {
            let earlier = Placing::of(&template);
            around.count(|node| earlier.suits(node)).map(|count| {
                let quote = format!("its template suits {count} nodes");
                let source = Source::field(revision, "data.spec.template").quoting(quote);
                Cited::new(Some(count), source)
            })
        }
        (None, Err(unseen)) => Known::Unknown(unseen),
        (None, Ok(())) => Known::Seen(Cited { value: None, source: None }),
    };
    let cited = |value: i64, path: &str| Cited { value, source: sight.source(path) };
    DaemonSetNodes {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        wanted: cited(number("/status/desiredNumberScheduled"), "status.desiredNumberScheduled"),
        misplaced: cited(number("/status/numberMisscheduled"), "status.numberMisscheduled"),
        nodes: around.count(|_| true),
        selector: Cited {
            value: words.join(", "),
            source: sight.source("spec.template.spec.nodeSelector"),
        },
        selector_matches: around.count(|node| placing.is_selected(node)),
        affinity_matches: around.count(|node| placing.is_met(node)),
        suited: around.count(|node| placing.suits(node)),
        taints: match &nodes {
            Err(unseen) => Known::Unknown(unseen.clone()),
            Ok(()) => Known::Seen(taints.into_iter().collect()),
        },
        near_label: match nodes {
            Err(unseen) => Known::Unknown(unseen),
            Ok(()) => Known::Seen(placing.near(&around.nodes.items)),
        },
        earlier_suited,
        source: sight.source("status"),
    }
}

/// Whether a DaemonSet that suits no node shows by itself that it is meant to suit one: an earlier
/// revision of it did, a label that it selects is nearly one of a node, or it selects nothing and
/// every node is tainted.
pub fn misses_its_nodes(set: &Object, inquiry: &Inquiry) -> Result<bool, Pending> {
    let namespace = set.reference().namespace.as_deref().unwrap_or_default();
    let around = Around::of(namespace, inquiry)?;
    let placing = Placing::of(template(set.json()));
    let nodes = &around.nodes.items;
    if around.no_nodes.is_some() || nodes.is_empty() || nodes.iter().any(|one| placing.suits(one)) {
        return Ok(false);
    }
    let before = around.earlier(set).is_some_and(|(_, template)| {
        let earlier = Placing::of(&template);
        nodes.iter().any(|node| earlier.suits(node))
    });
    let all = placing.selector.is_empty() && nodes.iter().all(|node| placing.is_met(node));
    Ok(before || all || placing.near(nodes).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn a_slip_of_typing_is_told_from_another_name() {
        for (own, typed, slip) in [
            ("ssd", "sdd", true),
            ("monitoring", "monitorng", true),
            ("gpu-a", "gpu-b", false),
            ("node-1x", "node-2x", false),
            ("linux", "windows", false),
        ] {
            assert_eq!(is_slip(own, typed), slip, "{own} {typed}");
        }
    }
}
