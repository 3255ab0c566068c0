//! A node as it stands: its conditions, its cordon, and its last words in events.
//!
//! Reads the nodes (as a list, which all guides share) and the events about the node.
//!
//! ## Absence
//!
//! A node that does not exist has `exists` false; its pods are orphans. The whole result is unknown
//! when the nodes were not seen. Events about nodes lie in the namespace `default` and expire after
//! an hour, so their list is always incomplete.
//!
//! ## Example
//!
//! ```text
//! node = get_node_details("<node>")
//! - When `node.ready_status == "Unknown"` → likely **kubelet-unavailable** at `node.ref`: {node.ready_message}
//! ```
//!
//! ```json
//! { "exists": true, "name": "worker-3", "ready_status": "False", "ready_reason": "KubeletNotReady",
//!   "ready_message": "container runtime is down", "pressures": [], "cordoned": false }
//! ```

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, ObjectRef, Partial, Pending, Question, Source, Time, Unseen,
    UnseenKind, Value,
};

use crate::tool::{Parameter, ParameterKind, cluster_access};
use crate::{Arguments, Tool, field, node, sight};

evidence::facts! {
    /// A node.
    pub struct NodeDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The node.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// The status of its condition `Ready`: `True`, `False` or `Unknown`; null where it has none.
        pub ready_status: Cited<Option<String>>,
        /// Why, as a word: `KubeletNotReady`, `NodeStatusUnknown`.
        pub ready_reason: Option<String>,
        /// Why, as a sentence.
        pub ready_message: Option<String>,
        /// Since when.
        pub ready_since: Option<Time>,
        /// When the kubelet last reported, by that condition.
        pub heartbeat: Option<Time>,
        /// The conditions that say that it lacks something, such as `MemoryPressure`.
        pub pressures: Vec<String>,
        /// Whether its condition `NetworkUnavailable` holds.
        pub network_unavailable: bool,
        /// Whether it takes no new pods.
        pub cordoned: bool,
        /// Whether it is one of the control plane, by its labels.
        pub control_plane: bool,
        /// The warnings about it, newest first.
        pub warnings: Partial<NodeWarning>,
    }

    /// A warning about a node.
    pub struct NodeWarning {
        /// A word such as `ContainerGCFailed`.
        pub reason: String,
        /// The sentence.
        pub message: String,
        /// How many times it was seen.
        pub count: i64,
        /// When it was last seen.
        pub last_seen: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_node_details",
    parameters: &[Parameter {
        name: "node",
        kind: ParameterKind::Text,
        required: true,
        doc: "the node's name",
    }],
    facts: NodeDetails::SHAPE,
    permissions: &[
        cluster_access("list", "", "nodes", "nothing is known"),
        cluster_access("list", "", "events", "the node's last words are not known"),
    ],
    page: include_str!("get_node_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let name = arguments.required("node");
    let nodes = Question::list(Kind::Node, None);
    let reference = ObjectRef::new(Kind::Node, None, name);
    let events = Question::EventsOf { object: reference.clone() };
    let mut replies = inquiry.ask_all(&[nodes.clone(), events.clone()])?.into_iter();
    let mut next = |question: &Question| {
        replies.next().map(|reply| sight::listing(reply, question)).unwrap_or_default()
    };
    let (listing, missing) = next(&nodes);
    let (told, unheard) = next(&events);
    let seen = listing.items.iter().find(|node| node.reference().name == name);
    if let (None, Some(unseen)) = (seen, missing) {
        return Ok(Value::Unknown(unseen));
    }
    let json = seen.map_or(&serde_json::Value::Null, |node| node.json());
    let conditions = field::items(json, "/status/conditions");
    let of = |kind: &str| {
        conditions.iter().enumerate().find(|(_, one)| field::word(one, "/type") == Some(kind))
    };
    let ready = of("Ready").map(|(_, one)| one);
    let word = |pointer: &str| ready.and_then(|one| field::text(one, pointer));
    let time = |pointer: &str| ready.and_then(|one| field::time(one, pointer));
    let holds =
        |kind: &str| of(kind).is_some_and(|(_, one)| field::word(one, "/status") == Some("True"));
    let source = of("Ready").zip(seen).map(|((index, _), node)| {
        let source = Source::field(node, format!("status.conditions[{index}]"));
        let quote = word("/message").unwrap_or_default();
        source.at(time("/lastTransitionTime")).quoting(quote)
    });
    let pressures = ["MemoryPressure", "DiskPressure", "PIDPressure"];
    let facts = NodeDetails {
        exists: seen.is_some(),
        name: name.to_owned(),
        ready_status: Cited { value: word("/status"), source },
        ready_reason: word("/reason"),
        ready_message: word("/message"),
        ready_since: time("/lastTransitionTime"),
        heartbeat: time("/lastHeartbeatTime"),
        pressures: pressures.into_iter().filter(|one| holds(one)).map(str::to_owned).collect(),
        network_unavailable: holds("NetworkUnavailable"),
        cordoned: seen.is_some_and(|one| node::is_cordoned(one)),
        control_plane: seen.is_some_and(|one| node::is_control_plane(one)),
        warnings: warnings(&told, unheard, &events),
        source: seen.map(|node| Source::field(node, "status.conditions")),
        r#ref: reference,
    };
    Ok(facts.into_value())
}

fn warnings(
    listing: &evidence::Listing,
    unheard: Option<Unseen>,
    question: &Question,
) -> Partial<NodeWarning> {
    let mut events: Vec<Event> =
        listing.items.iter().filter_map(|one| one.event()).cloned().collect();
    events.retain(|event| event.kind == "Warning");
    events.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.name.cmp(&b.name)));
    let expired = || {
        let why = "the API server keeps events for an hour";
        Unseen::new(UnseenKind::Expired, format!("earlier {question}"), why)
    };
    let items = events.iter().map(|event| NodeWarning {
        reason: event.reason.clone(),
        message: event.message.clone(),
        count: event.count,
        last_seen: event.last_seen,
        source: Some(Source::event(event)),
    });
    Partial { items: items.collect(), missing: Some(unheard.unwrap_or_else(expired)) }
}
