//! A workload as it is declared, how far its rollout is, and what the latest rollout changed.
//!
//! Reads the workload, and the revisions that it keeps: ReplicaSets of a Deployment,
//! ControllerRevisions of a StatefulSet or DaemonSet. Other kinds keep none. A workload is named
//! as `deployment/checkout`, `Deployment checkout`, by any short name that `kubectl` accepts, or
//! by its bare name with `kind="StatefulSet"`; a bare name alone is a Deployment's.
//!
//! `yaml` is the object without its status, at most 8 KiB, with credentials redacted; a comment
//! marks the place where it was cut.
//!
//! ## Absence
//!
//! A workload that does not exist has `exists` false. The whole result is unknown when it was not
//! seen, or when its kind is none that has pods. Counts that the API leaves out are 0. Where the
//! revisions could not be listed, `changes`, `revisions` and `previous_revision` are unknown.
//! `changed_at` is null when the latest rollout returned to an older revision, because then no
//! time is kept.
//!
//! ## Example
//!
//! ```text
//! workload = get_workload_yaml("<workload>", "<namespace>")
//! - When `workload.changes.exists(c, c.field == "image")`
//!   → likely **bad-rollout**: {workload.changes.filter(c, c.field == "image")[0].before}
//! ```
//!
//! ```json
//! { "exists": true, "kind": "Deployment", "name": "checkout", "replicas": 2,
//!   "ready_replicas": 1, "revision": 9, "previous_revision": 8,
//!   "changed_at": "2026-11-20T14:01:03Z",
//!   "changes": [ { "container": "server", "field": "image",
//!     "before": "registry.example.com/shop/checkout:1.4.2",
//!     "after": "registry.example.com/shop/checkout:1.4.3" } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Unseen, UnseenKind, Value,
};
use serde_json::{Value as Json, json};

use crate::sight::Sight;
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::workload::changes;
use crate::workload::revisions::{self, History, Revision};
use crate::{Arguments, Tool, field, yaml};

/// The most bytes of YAML.
const YAML_LIMIT: usize = 8 * 1024;

evidence::facts! {
    /// A workload.
    pub struct WorkloadYaml {
        /// Whether it exists.
        pub exists: bool,
        /// The workload.
        pub r#ref: ObjectRef,
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// How many pods it should have; null for kinds that do not say.
        pub replicas: Option<i64>,
        /// How many of its pods are ready.
        pub ready_replicas: Option<i64>,
        /// How many of its pods are of the latest revision.
        pub updated_replicas: Option<i64>,
        /// How many of its pods have been ready for long enough.
        pub available_replicas: Option<i64>,
        /// Whether its rollout is paused.
        pub paused: Known<Cited<bool>>,
        /// The service account of its pods; null where it names none, which means `default`.
        pub service_account: Option<String>,
        /// The names of the pull secrets that its pods ask for themselves.
        pub pull_secrets: Known<Cited<Vec<String>>>,
        /// The number of its latest revision; null for kinds that keep none.
        pub revision: Known<Option<i64>>,
        /// The number of the revision before; null when there is none.
        pub previous_revision: Known<Option<i64>>,
        /// When the latest revision was made.
        pub changed_at: Known<Option<Cited<Time>>>,
        /// What the latest revision changed in the pods, container by container.
        pub changes: Known<Vec<Change>>,
        /// The revisions that it keeps, the latest first.
        pub revisions: Known<Partial<RevisionFacts>>,
        /// Its containers: init containers first.
        pub containers: Vec<WorkloadContainer>,
        /// The object in YAML, without its status, at most 8 KiB.
        pub yaml: String,
    }

    /// One change of the pods of a workload.
    pub struct Change {
        /// The container; null for a field of the pod.
        pub container: Option<String>,
        /// The field: `image`, `env[LOG_LEVEL]`, `resources`; `container` for one that came or went.
        pub field: String,
        /// Its value before in one line, at most 256 characters; null where it had none.
        pub before: Option<String>,
        /// Its value after in one line, at most 256 characters; null where it has none.
        pub after: Option<String>,
    }

    /// One revision of a workload.
    pub struct RevisionFacts {
        /// Its number.
        pub revision: i64,
        /// When the object that holds it was made.
        pub created: Option<Time>,
        /// The images of its containers.
        pub images: Vec<String>,
        /// How many pods it should have; null where the revision does not tell.
        pub replicas: Option<i64>,
        /// How many of its pods are ready; null where the revision does not tell.
        pub ready_replicas: Option<i64>,
    }

    /// A container of a workload's pods.
    pub struct WorkloadContainer {
        /// Its name.
        pub name: String,
        /// Its image.
        pub image: String,
        /// `Always`, `IfNotPresent` or `Never`.
        pub pull_policy: Option<String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_workload_yaml",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the workload as kind/name, or its name alone",
        },
        NAMESPACE,
        Parameter {
            name: "kind",
            kind: ParameterKind::Text,
            required: false,
            doc: "the kind, where `workload` does not name it; Deployment when neither does",
        },
    ],
    facts: WorkloadYaml::SHAPE,
    permissions: &[
        access("get", "apps", "deployments", "nothing is known of a Deployment"),
        access("get", "apps", "statefulsets", "nothing is known of a StatefulSet"),
        access("get", "apps", "daemonsets", "nothing is known of a DaemonSet"),
        access("get", "apps", "replicasets", "nothing is known of a ReplicaSet"),
        access("get", "batch", "jobs", "nothing is known of a Job"),
        access("get", "batch", "cronjobs", "nothing is known of a CronJob"),
        access("get", "", "replicationcontrollers", "nothing is known of one"),
        access("get", "", "pods", "nothing is known of a pod that nobody owns"),
        access("list", "apps", "replicasets", "the changes of a Deployment are unknown"),
        access(
            "list",
            "apps",
            "controllerrevisions",
            "the changes of a StatefulSet or DaemonSet are unknown",
        ),
    ],
    page: include_str!("get_workload_yaml.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let named = named(arguments.required("workload"), arguments.text("kind"), namespace);
    let workload = match named {
        Ok(workload) => workload,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let question = Question::Get { object: workload.clone() };
    let reply = inquiry.ask(&question);
    let history = match revisions::question(&workload) {
        Some(asks) => inquiry.ask(&asks).map(|reply| Some(History::read(reply, &asks, &workload))),
        None => Ok(None),
    };
    let (sight, history) = (Sight::read(reply?, &question), history?);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    // Revisions of a workload that is gone wait to be deleted with it and say nothing of now.
    let history = history.filter(|_| sight.object().is_some());
    Ok(describe(workload, &sight, history.as_ref()).into_value())
}

/// The workload that a text names.
pub(crate) fn named(text: &str, kind: Option<&str>, namespace: &str) -> Result<ObjectRef, Unseen> {
    let (said, name) = match text.split_once(char::is_whitespace) {
        Some((kind, name)) => (Some(kind), name.trim()),
        None => match text.split_once('/') {
            Some((kind, name)) => (Some(kind), name),
            None => (None, text),
        },
    };
    let name = name.rsplit('/').next().unwrap_or(name);
    let said = said.or(kind).unwrap_or("Deployment");
    match Kind::parse(said).filter(|kind| kind.is_workload() || *kind == Kind::Pod) {
        Some(kind) if !name.is_empty() => Ok(ObjectRef::new(kind, Some(namespace), name)),
        Some(_) => Err(Unseen::new(UnseenKind::NotCaptured, text, "it names no object")),
        None => {
            let why = format!("`{said}` is no kind of workload; write it as deployment/NAME");
            Err(Unseen::new(UnseenKind::NotCaptured, text, why))
        }
    }
}

/// The same, where it is of one of these kinds.
pub(crate) fn named_as(kinds: &[Kind], text: &str, namespace: &str) -> Result<ObjectRef, Unseen> {
    let object = named(text, None, namespace)?;
    if kinds.contains(&object.kind) {
        return Ok(object);
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let why = format!("only a {} is looked at", names.join(" or a "));
    Err(Unseen::new(UnseenKind::NotCaptured, object, why))
}

fn describe(workload: ObjectRef, sight: &Sight, history: Option<&History>) -> WorkloadYaml {
    let json = sight.json();
    let spec_path = match workload.kind {
        Kind::Pod => "spec",
        Kind::CronJob => "spec.jobTemplate.spec.template.spec",
        _ => "spec.template.spec",
    };
    let spec = json.pointer(&format!("/{}", spec_path.replace('.', "/"))).unwrap_or(&Json::Null);
    let secrets = format!("/{}/imagePullSecrets", spec_path.replace('.', "/"));
    let counts = Counts::of(workload.kind, json);
    let rollout = sight.object().map(|object| Rollout::of(object, history)).unwrap_or_default();
    WorkloadYaml {
        exists: sight.object().is_some(),
        kind: workload.kind.name().to_owned(),
        name: workload.name.clone(),
        r#ref: workload,
        replicas: counts.replicas,
        ready_replicas: counts.ready,
        updated_replicas: counts.updated,
        available_replicas: counts.available,
        paused: sight.told("/spec/paused", field::is_true),
        service_account: field::text(spec, "/serviceAccountName"),
        pull_secrets: sight.told(&secrets, field::names),
        revision: rollout.revision,
        previous_revision: rollout.previous,
        changed_at: rollout.changed_at,
        changes: rollout.changes,
        revisions: rollout.revisions,
        containers: containers(spec, sight, spec_path),
        yaml: sight.object().map(written).unwrap_or_default(),
        source: sight.source("spec"),
    }
}

/// How many pods a workload has, in the words of its kind.
#[derive(Default)]
struct Counts {
    replicas: Option<i64>,
    ready: Option<i64>,
    updated: Option<i64>,
    available: Option<i64>,
}

impl Counts {
    fn of(kind: Kind, json: &Json) -> Counts {
        if json.is_null() {
            return Counts::default();
        }
        let count = |pointer: &str| Some(field::int(json, pointer).unwrap_or(0));
        match kind {
            Kind::DaemonSet => Counts {
                replicas: count("/status/desiredNumberScheduled"),
                ready: count("/status/numberReady"),
                updated: count("/status/updatedNumberScheduled"),
                available: count("/status/numberAvailable"),
            },
            Kind::Deployment | Kind::StatefulSet => Counts {
                replicas: Some(field::int(json, "/spec/replicas").unwrap_or(1)),
                ready: count("/status/readyReplicas"),
                updated: count("/status/updatedReplicas"),
                available: count("/status/availableReplicas"),
            },
            Kind::ReplicaSet | Kind::ReplicationController => Counts {
                replicas: Some(field::int(json, "/spec/replicas").unwrap_or(1)),
                ready: count("/status/readyReplicas"),
                updated: None,
                available: count("/status/availableReplicas"),
            },
            _ => Counts::default(),
        }
    }
}

/// The latest rollout of a workload.
struct Rollout {
    revision: Known<Option<i64>>,
    previous: Known<Option<i64>>,
    changed_at: Known<Option<Cited<Time>>>,
    changes: Known<Vec<Change>>,
    revisions: Known<Partial<RevisionFacts>>,
}

/// That of a workload without revisions.
impl Default for Rollout {
    fn default() -> Rollout {
        Rollout {
            revision: Known::Seen(None),
            previous: Known::Seen(None),
            changed_at: Known::Seen(None),
            changes: Known::Seen(Vec::new()),
            revisions: Known::Seen(Partial { items: Vec::new(), missing: None }),
        }
    }
}

impl Rollout {
    fn of(object: &Object, history: Option<&History>) -> Rollout {
        let Some(history) = history else { return Rollout::default() };
        let told = object.annotation("deployment.kubernetes.io/revision");
        let told: Option<i64> = told.and_then(|number| number.parse().ok());
        let Some(latest) = latest(object, told, history) else {
            return match &history.missing {
                Some(unseen) => Rollout::unknown(told, unseen),
                None => Rollout { revision: Known::Seen(told), ..Rollout::default() },
            };
        };
        let before = history.before(latest);
        let revisions = history.revisions.iter().map(revision_facts).collect();
        Rollout {
            revision: Known::Seen(Some(latest.number)),
            changed_at: known(&before, |_| changed_at(latest, history)),
            changes: known(&before, |before| before.map_or_else(Vec::new, |b| changed(b, latest))),
            previous: known(&before, |before| before.map(|before| before.number)),
            revisions: Known::Seen(Partial { items: revisions, missing: history.missing.clone() }),
        }
    }

    fn unknown(told: Option<i64>, unseen: &Unseen) -> Rollout {
        Rollout {
            revision: match told {
                Some(number) => Known::Seen(Some(number)),
                None => Known::Unknown(unseen.clone()),
            },
            previous: Known::Unknown(unseen.clone()),
            changed_at: Known::Unknown(unseen.clone()),
            changes: Known::Unknown(unseen.clone()),
            revisions: Known::Unknown(unseen.clone()),
        }
    }
}

fn known<'a, T>(
    before: &Result<Option<&'a Revision>, Unseen>,
    read: impl FnOnce(Option<&'a Revision>) -> T,
) -> Known<T> {
    match before {
        Ok(before) => Known::Seen(read(*before)),
        Err(unseen) => Known::Unknown(unseen.clone()),
    }
}

/// The revision that the workload is at, or rolls out: by what it says itself; in a complete
/// history else the one with the greatest number.
fn latest<'a>(object: &Object, told: Option<i64>, history: &'a History) -> Option<&'a Revision> {
    let mut revisions = history.revisions.iter();
    if let Some(number) = told {
        return revisions.find(|revision| revision.number == number);
    }
    match object.text("/status/updateRevision").filter(|name| !name.is_empty()) {
        Some(name) => revisions.find(|revision| revision.object.reference().name == name),
        None => revisions.next().filter(|_| history.missing.is_none()),
    }
}

fn changed_at(latest: &Revision, history: &History) -> Option<Cited<Time>> {
    let created = latest.created?;
    let newest = history.revisions.iter().all(|other| other.created <= Some(created));
    let source = Source::field(&latest.object, "metadata.creationTimestamp").at(Some(created));
    newest.then(|| Cited::new(created, source))
}

fn changed(before: &Revision, latest: &Revision) -> Vec<Change> {
    let differences = changes::between(before.pod_spec(), latest.pod_spec());
    let change = |one: changes::Difference| {
        let place = one.container.as_deref().and_then(|name| latest.container(name));
        let path = place.map_or_else(|| latest.spec_path(), |(_, path)| path);
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let told = format!("{}: {} → {}", one.field, dash(&one.before), dash(&one.after));
        Change {
            container: one.container,
            field: one.field,
            before: one.before,
            after: one.after,
            source: Some(Source::field(&latest.object, path).at(latest.created).quoting(told)),
        }
    };
    differences.into_iter().map(change).collect()
}

fn revision_facts(revision: &Revision) -> RevisionFacts {
    RevisionFacts {
        revision: revision.number,
        created: revision.created,
        images: revision.images(),
        replicas: revision.replicas,
        ready_replicas: revision.ready,
        source: Some(Source::field(&revision.object, revision.spec_path()).at(revision.created)),
    }
}

fn containers(spec: &Json, sight: &Sight, spec_path: &str) -> Vec<WorkloadContainer> {
    let list = |key: &'static str| {
        let items = field::items(spec, &format!("/{key}")).iter().enumerate();
        items.filter_map(move |(index, item)| {
            Some(WorkloadContainer {
                name: field::text(item, "/name")?,
                image: field::text(item, "/image").unwrap_or_default(),
                pull_policy: field::text(item, "/imagePullPolicy"),
                source: sight.source(&format!("{spec_path}.{key}[{index}]")),
            })
        })
    };
    list("initContainers").chain(list("containers")).collect()
}

fn written(object: &Arc<Object>) -> String {
    let mut json = json!({});
    for key in ["apiVersion", "kind", "metadata", "spec"] {
        if let Some(part) = object.json().get(key) {
            json[key] = part.clone();
        }
    }
    yaml::bounded(yaml::write(&json), YAML_LIMIT)
}
