//! A pod as it stands: phase, conditions, and every container of every sort with its state, its
//! last end, its probes, resources and image.
//!
//! Reads the pod. The workload is read off its owner and labels: a ReplicaSet that a Deployment
//! made stands for the Deployment. Only the Job of a Job's pod is read too, because its name does
//! not prove that a CronJob made it.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false, and every other fact is null, false or empty.
//! The whole result is unknown when the pod was not seen. A container that the kubelet has not
//! reported on yet has the state `none`.
//!
//! ## Example
//!
//! ```text
//! report = get_pod_diagnostics("<pod>", "<namespace>", container="<container>")
//! - When `report.container.last_exit_code == 137` → TSG-POD-OOM-001
//! ```
//!
//! ```json
//! { "exists": true, "phase": "Running", "ready": false, "node": "worker-3", "restarts": 4,
//!   "container": { "name": "server", "sort": "main", "state": "waiting",
//!     "reason": "CrashLoopBackOff", "last_exit_code": 137, "last_signal": 9,
//!     "last_reason": "OOMKilled", "restarts": 4, "limits": { "memory": "128Mi" } } }
//! ```

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Pending, Source, Time, Value,
};
use serde_json::Value as Json;

use crate::pod::container::{self, PodContainer};
use crate::pod::container_facts::{self, Container};
use crate::sight::Sight;
use crate::tool::{CONTAINER, NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A pod.
    pub struct PodDiagnostics {
        /// Whether the pod exists.
        pub exists: bool,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Its namespace.
        pub namespace: String,
        /// When it was made.
        pub created: Option<Time>,
        /// How long ago that was, in seconds.
        pub age_seconds: Option<i64>,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        pub phase: Option<String>,
        /// Why the pod as a whole is in its phase, such as `Evicted`.
        pub reason: Option<String>,
        /// The same as a sentence.
        pub message: Cited<Option<String>>,
        /// When anything of it last changed, as far as its own times tell: its start, a condition,
        /// the end of a container.
        pub changed: Option<Time>,
        /// Whether its condition `Ready` holds.
        pub ready: bool,
        /// Whether it was given a node.
        pub scheduled: bool,
        /// The node that it was given.
        pub node: Known<Cited<Option<String>>>,
        /// The same, as an object that a decision can name.
        pub node_ref: Option<ObjectRef>,
        /// The service account that it runs as.
        pub service_account: Option<String>,
        /// The names of its pull secrets, in the order in which the kubelet tries them.
        pub pull_secrets: Known<Cited<Vec<String>>>,
        /// Whether it uses the node's network.
        pub host_network: Known<Cited<bool>>,
        /// `Always`, `OnFailure` or `Never`.
        pub restart_policy: Known<Cited<Option<String>>>,
        /// `Guaranteed`, `Burstable` or `BestEffort`.
        pub qos_class: Option<String>,
        /// The name of its priority class.
        pub priority_class: Option<String>,
        /// How many times its containers were restarted, all together.
        pub restarts: i64,
        /// Its conditions, in its own order.
        pub conditions: Vec<Condition>,
        /// Its containers: init and sidecar containers first, then main ones, then ephemeral ones.
        pub containers: Vec<Container>,
        /// The container asked for, or the first in trouble; null when there is none.
        pub container: Option<Container>,
        /// The objects that own it, those of a known kind.
        pub owners: Vec<ObjectRef>,
        /// The workload that a person would name; the pod itself when nobody owns it.
        pub workload: Option<ObjectRef>,
    }

    /// A condition of a pod.
    pub struct Condition {
        /// Its type, such as `PodScheduled`.
        pub r#type: String,
        /// `True`, `False` or `Unknown`.
        pub status: String,
        /// Why, as a word.
        pub reason: Option<String>,
        /// Why, as a sentence.
        pub message: Option<String>,
        /// When it last changed.
        pub since: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_diagnostics",
    parameters: &[POD, NAMESPACE, CONTAINER],
    facts: PodDiagnostics::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("get", "batch", "jobs", "a CronJob's pod is ascribed to its Job"),
    ],
    page: include_str!("get_pod_diagnostics.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let sight = Sight::of(inquiry, Kind::Pod, namespace, name)?;
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let reference = ObjectRef::new(Kind::Pod, Some(namespace), name);
    let asked = arguments.text("container");
    let workload = sight.object().map(|pod| inquiry.workload_of(pod)).transpose()?;
    Ok(PodDiagnostics { workload, ..describe(&sight, reference, asked, inquiry.now()) }
        .into_value())
}

/// Everything that the pod itself tells; its workload may need its Job.
fn describe(sight: &Sight, reference: ObjectRef, asked: Option<&str>, now: Time) -> PodDiagnostics {
    let json = sight.json();
    let pod = sight.object().map(|pod| &**pod);
    let created = field::time(json, "/metadata/creationTimestamp");
    let conditions = conditions(pod);
    let holds = |kind: &str| conditions.iter().any(|c| c.r#type == kind && c.status == "True");
    let containers: Vec<PodContainer> = pod.map(container::of).unwrap_or_default();
    let facts = |container: &PodContainer| container_facts::describe(pod, container);
    let described: Vec<Container> = containers.iter().map(facts).collect();
    let message = field::text(json, "/status/message");
    let quoted = |path: &str| sight.source(path);
    PodDiagnostics {
        exists: pod.is_some(),
        name: reference.name.clone(),
        namespace: reference.namespace.clone().unwrap_or_default(),
        r#ref: reference,
        created,
        age_seconds: created.map(|created| now.duration_since(created).as_secs()),
        deleting: field::time(json, "/metadata/deletionTimestamp").is_some(),
        changed: changed(json, &conditions, &described).or(created),
        phase: field::text(json, "/status/phase"),
        reason: field::text(json, "/status/reason"),
        message: Cited {
            source: quoted("status.message").zip(message.clone()).map(|(s, text)| s.quoting(text)),
            value: message,
        },
        ready: holds("Ready"),
        scheduled: field::word(json, "/spec/nodeName").is_some() || holds("PodScheduled"),
        node: sight.told("/spec/nodeName", field::text),
        node_ref: field::word(json, "/spec/nodeName")
            .map(|node| ObjectRef::new(Kind::Node, None, node)),
        service_account: field::text(json, "/spec/serviceAccountName"),
        pull_secrets: sight.told("/spec/imagePullSecrets", field::names),
        host_network: sight.told("/spec/hostNetwork", field::is_true),
        restart_policy: sight.told("/spec/restartPolicy", field::text),
        qos_class: field::text(json, "/status/qosClass"),
        priority_class: field::text(json, "/spec/priorityClassName"),
        restarts: described.iter().fold(0i64, |sum, one| sum.saturating_add(one.restarts)),
        container: in_question(pod, &containers, asked).map(facts),
        conditions,
        containers: described,
        owners: pod.map(owners).unwrap_or_default(),
        workload: None,
        source: sight.source("status"),
    }
}

/// The container asked for, or the first in trouble.
fn in_question<'a>(
    pod: Option<&Object>,
    containers: &'a [PodContainer<'a>],
    asked: Option<&str>,
) -> Option<&'a PodContainer<'a>> {
    let name = match asked {
        Some(name) => name.to_owned(),
        None => container::in_trouble(pod?).first()?.name.to_owned(),
    };
    containers.iter().find(|container| container.name == name)
}

fn changed(json: &Json, conditions: &[Condition], containers: &[Container]) -> Option<Time> {
    let conditions = conditions.iter().filter_map(|one| one.since);
    let containers = containers.iter().filter_map(|one| *one.since.seen()?);
    conditions.chain(containers).chain(field::time(json, "/status/startTime")).max()
}

fn conditions(pod: Option<&Object>) -> Vec<Condition> {
    let Some(pod) = pod else { return Vec::new() };
    let listed = pod.items("/status/conditions").iter().enumerate();
    listed
        .filter_map(|(index, json)| {
            let source = Source::field(pod, format!("status.conditions[{index}]"));
            let since = field::time(json, "/lastTransitionTime");
            let message = field::text(json, "/message");
            Some(Condition {
                r#type: field::text(json, "/type")?,
                status: field::text(json, "/status").unwrap_or_else(|| "Unknown".to_owned()),
                reason: field::text(json, "/reason"),
                since,
                source: Some(match &message {
                    Some(message) => source.at(since).quoting(message.as_str()),
                    None => source.at(since),
                }),
                message,
            })
        })
        .collect()
}

fn owners(pod: &Object) -> Vec<ObjectRef> {
    let namespace = pod.reference().namespace.as_deref();
    let owner = |json: &Json| {
        let kind = Kind::of(field::word(json, "/apiVersion")?, field::word(json, "/kind")?)?;
        Some(ObjectRef::new(kind, namespace, field::word(json, "/name")?))
    };
    pod.items("/metadata/ownerReferences").iter().filter_map(owner).collect()
}
