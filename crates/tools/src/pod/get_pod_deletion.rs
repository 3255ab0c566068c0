//! A pod that is being deleted: since when its time is over, which finalizers hold it, whether its
//! node is there to end it, which of its containers have not ended, and what the kubelet says.
//!
//! Reads the pod, its events and the nodes (as a list, which all guides share). The API server adds
//! the grace period to `deletionTimestamp`, so the time that counts begins after it. An event
//! `FailedKillPod` counts only from the deletion on: the kubelet also ends pods to start them anew.
//! `volumes` are those that have to be given back: claims, and what is mounted over the network or
//! by a driver; not ConfigMaps, Secrets and empty folders.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false. A container that was never made has ended. Without
//! the nodes, `node_exists` and `node_ready` are unknown. The kubelet tries again and again, and
//! its events are kept for an hour: of a deletion older than that `failures` is incomplete.
//!
//! ## Example
//!
//! ```text
//! ending = get_pod_deletion("<pod>", "<namespace>")
//! - When `ending.deleting && ending.overdue_seconds >= 60 && ending.ended && ending.finalizers.size() > 0` → **finalizer-not-removed** at `ending.ref`
//! ```
//!
//! ```json
//! { "exists": true, "deleting": true, "overdue_seconds": 540, "finalizers": [],
//!   "node": "worker-2", "node_exists": true, "node_ready": "True", "ended": false,
//!   "running": ["server"], "volumes": ["data"], "failures": [ { "sort": "network", "count": 8,
//!     "message": "error killing pod: failed to \"KillPodSandbox\" for \"f2b7\" with …" } ] }
//! ```

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question,
    Source, Time, Unseen, UnseenKind, Value,
};
use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::image::get_image_pull_events;
use crate::pod::event_list::EVENT_LIFETIME;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, POD, access, cluster_access};
use crate::{Arguments, Tool, field, node};

evidence::facts! {
    /// A pod that is being deleted.
    pub struct PodDeletion {
        /// Whether the pod exists.
        pub exists: bool,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// For how many seconds it has had longer than it was given; negative while it has time,
        /// null where it is not being deleted.
        pub overdue_seconds: Known<Cited<Option<i64>>>,
        /// Who wants to do something before it may go, by the names of its finalizers.
        pub finalizers: Known<Cited<Vec<String>>>,
        /// The node that it was given.
        pub node: Option<String>,
        /// The same, as an object that a decision can name.
        pub node_ref: Option<ObjectRef>,
        /// Whether that node exists; false where it was given none.
        pub node_exists: Cited<Known<bool>>,
        /// The status of the node's condition `Ready`; null where there is no such node.
        pub node_ready: Known<Option<String>>,
        /// The containers that run, as far as the kubelet has said.
        pub running: Cited<Vec<String>>,
        /// Whether every container has ended or was never made.
        pub ended: bool,
        /// Its volumes that have to be given back.
        pub volumes: Cited<Vec<String>>,
        /// What the kubelet could not do to end it, newest first.
        pub failures: Partial<KillFailure>,
    }

    /// What a kubelet could not do to end a pod.
    pub struct KillFailure {
        /// `container` (a process does not end, or the runtime does not say that it has),
        /// `network` (the network plugin does not take it off the network) or `sandbox`
        /// (something else of the pod's sandbox).
        pub sort: &'static str,
        /// The sentence.
        pub message: String,
        /// How many times it was said.
        pub count: i64,
        /// When it was last said.
        pub last_seen: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_deletion",
    parameters: &[POD, NAMESPACE],
    facts: PodDeletion::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "events", "what the kubelet could not do is unknown"),
        cluster_access("list", "", "nodes", "whether its node is there to end it is unknown"),
    ],
    page: include_str!("get_pod_deletion.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let nodes = Question::list(Kind::Node, None);
    let looked = get_image_pull_events::look(arguments, inquiry);
    let reply = inquiry.ask(&nodes);
    let (sight, events) = looked?;
    let (listing, unlisted) = sight::listing(reply?, &nodes);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let json = sight.json();
    let due = field::time(json, Object::DUE);
    let shown = sight.object().is_some_and(|pod| pod.is_shown(Object::DUE));
    let asked = due.filter(|_| shown).map(|due| due - SignedDuration::from_secs(grace(json)));
    // Nothing else asks the kubelet to end what it then cannot end.
    let since = |event: &&Event| match asked {
        Some(asked) => event.last_seen >= Some(asked),
        None => due.is_some(),
    };
    let failures = events.events.iter().filter(since).filter_map(failure).collect();
    let name = field::text(json, "/spec/nodeName");
    let node = listing.items.iter().find(|one| Some(&one.reference().name) == name.as_ref());
    let unlisted = unlisted.filter(|_| node.is_none() && name.is_some());
    let known = |unseen: &Option<Unseen>| unseen.clone().map(Known::Unknown);
    let statuses = || STATUSES.iter().flat_map(|list| field::items(json, list));
    let runs = |one: &&Json| one.pointer("/state/running").is_some_and(Json::is_object);
    let running: Vec<String> =
        statuses().filter(runs).filter_map(|one| field::text(one, "/name")).collect();
    let node_ref = name.as_deref().map(|name| ObjectRef::new(Kind::Node, None, name));
    let facts = PodDeletion {
        exists: sight.object().is_some(),
        r#ref: ObjectRef::new(Kind::Pod, arguments.text("namespace"), arguments.required("pod")),
        deleting: due.is_some(),
        overdue_seconds: sight.overdue_seconds(inquiry.now()),
        finalizers: sight.told("/metadata/finalizers", field::texts),
        node_exists: Cited {
            value: known(&unlisted).unwrap_or(Known::Seen(node.is_some())),
            source: match (node, node_ref.clone().filter(|_| unlisted.is_none())) {
                (Some(node), _) => Some(Source::field(node, "metadata.name")),
                (None, gone) => gone.map(Source::absence),
            },
        },
        node_ready: match known(&unlisted) {
            Some(Known::Unknown(unseen)) => Known::Unknown(unseen),
            _ => Known::Seen(node.and_then(|node| node::ready(node)).map(str::to_owned)),
        },
        node_ref,
        node: name,
        ended: running.is_empty(),
        running: Cited { value: running, source: sight.source("status.containerStatuses") },
        volumes: Cited { value: volumes(json), source: sight.source("spec.volumes") },
        failures: Partial {
            items: failures,
            // The events since a younger deletion are all still kept; where there is none, nothing
            // of it is missing.
            missing: events.missing.filter(|unseen| {
                asked.is_some_and(|at| {
                    unseen.kind != UnseenKind::Expired
                        || inquiry.now().duration_since(at) >= EVENT_LIFETIME
                })
            }),
        },
        source: sight.source("metadata.deletionTimestamp"),
    };
    Ok(facts.into_value())
}

const STATUSES: [&str; 3] = [
    "/status/initContainerStatuses",
    "/status/containerStatuses",
    "/status/ephemeralContainerStatuses",
];

/// The grace period that the API server added to the time of deletion, in seconds.
fn grace(pod: &Json) -> i64 {
    field::int(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or(0).clamp(0, 365 * 86_400)
}

/// The names of the volumes that a kubelet unmounts from something outside of the node.
fn volumes(pod: &Json) -> Vec<String> {
    const LOCAL: [&str; 7] =
        ["configMap", "secret", "emptyDir", "downwardAPI", "projected", "hostPath", "image"];
    let volumes = field::items(pod, "/spec/volumes").iter();
    let outside = |one: &&Json| !LOCAL.iter().any(|sort| one.get(*sort).is_some());
    volumes.filter(outside).filter_map(|one| field::text(one, "/name")).collect()
}

/// What an event says that the kubelet could not do. That a container is not there any more keeps
/// no pod from ending.
fn failure(event: &Event) -> Option<KillFailure> {
    if event.reason != "FailedKillPod" {
        return None;
    }
    let says = |words: &str| event.message.contains(words);
    let network = ["failed to destroy network", "networkPlugin", "plugin type="];
    let sort = match () {
        () if says("KillContainerError") && says("No such container") => return None,
        () if says("KillContainerError") => "container",
        () if network.into_iter().any(says) => "network",
        () => "sandbox",
    };
    Some(KillFailure {
        sort,
        message: event.message.clone(),
        count: event.count,
        last_seen: event.last_seen,
        source: Some(Source::event(event)),
    })
}

#[cfg(test)]
mod tests {
    use evidence::Object;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_kubelet_could_not_do_is_told_by_its_words() {
        for (message, sort) in [
            (
                "error killing pod: failed to \"KillPodSandbox\" for \"11d1\" with KillPodSandboxError: \"rpc error: code = Unknown desc = failed to destroy network for sandbox \\\"2e8c\\\": plugin type=\\\"calico\\\" failed (delete): connection is unauthorized: Unauthorized\"",
                Some("network"),
            ),
            (
                "error killing pod: [failed to \"KillContainer\" for \"server\" with KillContainerError: \"rpc error: code = DeadlineExceeded desc = context deadline exceeded\", failed to \"KillPodSandbox\" for \"0c98\" with KillPodSandboxError: \"rpc error: code = DeadlineExceeded desc = context deadline exceeded\"]",
                Some("container"),
            ),
            (
                "error killing pod: failed to \"KillPodSandbox\" for \"163f\" with KillPodSandboxError: \"rpc error: code = DeadlineExceeded desc = context deadline exceeded\"",
                Some("sandbox"),
            ),
            (
                "error killing pod: failed to \"KillContainer\" for \"web\" with KillContainerError: \"rpc error: code = Unknown desc = Error response from daemon: No such container: ef8c\"",
                None,
            ),
        ] {
            let event = Object::admit(json!({ "apiVersion": "v1", "kind": "Event",
                "metadata": { "name": "e", "namespace": "shop" }, "message": message,
                "involvedObject": { "kind": "Pod", "name": "web-0", "namespace": "shop" },
                "reason": "FailedKillPod", "type": "Warning" }))
            .unwrap();
            let told = event.event().and_then(failure).map(|failure| failure.sort);
            assert_eq!(told, sort, "{message}");
        }
    }

    #[test]
    fn volumes_of_the_node_itself_have_not_to_be_given_back() {
        let pod = json!({ "spec": { "volumes": [
            { "name": "data", "persistentVolumeClaim": { "claimName": "data" } },
            { "name": "share", "nfs": { "server": "files.example.com", "path": "/" } },
            { "name": "token", "projected": {} },
            { "name": "tmp", "emptyDir": {} } ] } });
        assert_eq!(volumes(&pod), ["data", "share"]);
    }
}
