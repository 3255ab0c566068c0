//! The services of the nodes' service managers, as `systemctl status` shows them: kubelet,
//! container runtime, kube-proxy, and, where they run as units, the parts of the control plane.
//!
//! Reads the nodes and what was written down of their services. No API server tells the services
//! of a node; a dump may hold them. With `node` only that node is looked at, with
//! `control_plane=True` only the nodes of the control plane.
//!
//! ## Absence
//!
//! A node of which nobody wrote the services down makes the list incomplete, and so does a node
//! list that was not seen: "no service is down" is then unknown, not true. A service that is not
//! listed for a node that was looked at was not asked about; nothing follows from it. The whole
//! result is unknown when not one node's services were told.
//!
//! ## Example
//!
//! ```text
//! units = get_node_services(node="<node>")
//! - When `units.services.exists(s, s.name == "kubelet" && !s.running)` → **kubelet-down** at `units.services.filter(s, s.name == "kubelet" && !s.running).map(s, s.node_ref)`
//! ```
//!
//! ```json
//! { "services": [ { "name": "kubelet", "node": "worker-3", "control_plane": false,
//!     "state": "inactive", "detail": "dead", "running": false,
//!     "since": "2026-11-20T14:02:11Z", "journal": ["Stopped kubelet: The Kubernetes Node Agent."],
//!     "last_words": "Stopped kubelet: The Kubernetes Node Agent." } ], "told": ["worker-3"] }
//! ```

use std::sync::Arc;

use evidence::{
    Fact, Inquiry, Kind, NodeService, Object, ObjectRef, Origin, Partial, Pending, Question, Reply,
    Source, Time, Unseen, Value,
};

use crate::tool::{Parameter, ParameterKind, cluster_access};
use crate::{Arguments, Tool, node, sight};

evidence::facts! {
    /// The services of one or several nodes.
    pub struct NodeServiceReport {
        /// Every service of every node that was looked at, by node and name.
        pub services: Partial<ServiceOfNode>,
        /// The nodes whose services were told, by name.
        pub told: Vec<String>,
    }

    /// A service of a node.
    pub struct ServiceOfNode {
        /// The unit without its ending, such as `kubelet`.
        pub name: String,
        /// The node.
        pub node: String,
        /// The same, as an object that a decision can name.
        pub node_ref: ObjectRef,
        /// Whether the node is one of the control plane, by its labels; false where they were not seen.
        pub control_plane: bool,
        /// The first word of its state: `active`, `inactive`, `failed`, `activating`.
        pub state: String,
        /// The word in brackets after it, such as `running`, `dead` or `auto-restart`.
        pub detail: Option<String>,
        /// Whether it runs: it is active, or it is being reloaded.
        pub running: bool,
        /// Since when it is in that state, where that is told.
        pub since: Option<Time>,
        /// The lines of its journal that were shown, oldest first.
        pub journal: Vec<String>,
        /// The last of them.
        pub last_words: Option<String>,
    }
}

const NODE: Parameter = Parameter {
    name: "node",
    kind: ParameterKind::Text,
    required: false,
    doc: "the only node to look at; else all of them",
};

const CONTROL_PLANE: Parameter = Parameter {
    name: "control_plane",
    kind: ParameterKind::Bool,
    required: false,
    doc: "whether to look at the nodes of the control plane only",
};

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_node_services",
    parameters: &[NODE, CONTROL_PLANE],
    facts: NodeServiceReport::SHAPE,
    permissions: &[cluster_access("list", "", "nodes", "it is not known which nodes there are")],
    page: include_str!("get_node_services.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let question = Question::list(Kind::Node, None);
    let (listing, mut missing) = sight::listing(inquiry.ask(&question)?, &question);
    let mut nodes: Vec<(String, Option<Arc<Object>>)> = match arguments.text("node") {
        Some(name) => {
            let seen = listing.items.iter().find(|node| node.reference().name == name);
            missing = None;
            vec![(name.to_owned(), seen.cloned())]
        }
        None => {
            let own = |node: &Arc<Object>| (node.reference().name.clone(), Some(Arc::clone(node)));
            listing.items.iter().map(own).collect()
        }
    };
    if arguments.bool("control_plane") == Some(true) {
        nodes.retain(|(_, node)| node.as_ref().is_none_or(|node| node::is_control_plane(node)));
    }
    nodes.sort_by(|a, b| a.0.cmp(&b.0));
    let questions: Vec<Question> =
        nodes.iter().map(|(name, _)| Question::NodeServices { node: name.clone() }).collect();
    let replies = inquiry.ask_all(&questions)?;
    let mut report = NodeServiceReport {
        services: Partial { items: Vec::new(), missing },
        told: Vec::new(),
        source: None,
    };
    for (((name, node), question), reply) in nodes.iter().zip(&questions).zip(replies) {
        match told(reply, question) {
            Ok(services) => {
                let of_control_plane =
                    node.as_ref().is_some_and(|node| node::is_control_plane(node));
                let own = services.iter().map(|service| describe(service, name, of_control_plane));
                report.services.items.extend(own);
                report.told.push(name.clone());
            }
            Err(unseen) => report.services.missing = report.services.missing.or(Some(unseen)),
        }
    }
    Ok(match (report.told.is_empty(), &report.services.missing) {
        (true, Some(unseen)) => Value::Unknown(unseen.clone()),
        _ => report.into_value(),
    })
}

/// The services of a node, by name, or why they are not known.
fn told(reply: Reply, question: &Question) -> Result<Vec<NodeService>, Unseen> {
    match reply {
        Reply::NodeServices(services) => {
            let mut services = (*services).clone();
            services.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(services)
        }
        Reply::Unseen(unseen) => Err(unseen),
        _ => Err(sight::misfit(question)),
    }
}

fn describe(service: &NodeService, node: &str, control_plane: bool) -> ServiceOfNode {
    let node_ref = ObjectRef::new(Kind::Node, None, node);
    let detail = service.detail.as_deref();
    let shown =
        detail.map_or(service.state.clone(), |detail| format!("{} ({detail})", service.state));
    ServiceOfNode {
        name: service.name.clone(),
        node: node.to_owned(),
        control_plane,
        state: service.state.clone(),
        detail: service.detail.clone(),
        running: matches!(service.state.as_str(), "active" | "reloading"),
        since: service.since,
        journal: service.journal.clone(),
        last_words: service.journal.last().cloned(),
        source: Some(Source {
            origin: Origin::Telemetry,
            object: node_ref.clone(),
            path: service.name.clone(),
            time: service.since,
            revision: None,
            count: None,
            quote: Some(format!("{}: {shown}", service.name).into()),
        }),
        node_ref,
    }
}
