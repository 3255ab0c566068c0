//! The parts of the control plane that run as pods of `kube-system`.

use evidence::{Kind, Object, ObjectRef, Source};
use serde_json::Value as Json;

use crate::field;

evidence::facts! {
    /// A part of the control plane that runs as a pod.
    pub struct ControlPlanePod {
        /// The pod's name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Its node.
        pub node: Option<String>,
        /// The same, as an object that a decision can name.
        pub node_ref: Option<ObjectRef>,
        /// Whether it is ready.
        pub ready: bool,
        /// Why its container waits, where it does.
        pub reason: Option<String>,
        /// How many times its container was restarted.
        pub restarts: i64,
    }
}

/// The pods of a list that are a component, such as `kube-scheduler`, in order of name.
pub(crate) fn of<'a>(
    pods: impl Iterator<Item = &'a Object>,
    component: &str,
) -> Vec<ControlPlanePod> {
    let is = |pod: &&Object| {
        pod.label("component") == Some(component)
            || pod.label("k8s-app") == Some(component)
            || pod
                .reference()
                .name
                .strip_prefix(component)
                .is_some_and(|rest| rest.starts_with('-'))
    };
    let mut found: Vec<ControlPlanePod> = pods.filter(is).map(describe).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn describe(pod: &Object) -> ControlPlanePod {
    let node = pod.text("/spec/nodeName").filter(|node| !node.is_empty());
    let status = pod.items("/status/containerStatuses").first().unwrap_or(&Json::Null);
    ControlPlanePod {
        name: pod.reference().name.clone(),
        r#ref: pod.reference().clone(),
        node: node.map(str::to_owned),
        node_ref: node.map(|node| ObjectRef::new(Kind::Node, None, node)),
        ready: field::truth(status, "/ready") == Some(true),
        reason: field::text(status, "/state/waiting/reason"),
        restarts: field::int(status, "/restartCount").unwrap_or(0),
        source: Some(Source::field(pod, "status.containerStatuses[0]")),
    }
}
