//! How far the rollout of a workload is, how it is told to go on, and at which pod it stands.
//!
//! Reads the workload, its pods, and the ReplicaSets of a Deployment. Of each pod it says of which
//! revision it is and what it is stopped by: `deleting`, `unscheduled`, `pulling` (its image),
//! `not-set-up` (volumes, network), `crashing`, `gated` (a readiness gate is not met), `unready`,
//! `starting` (it is younger than five minutes), `ready`. `stands_at` lists those at which the rollout
//! stands, `blocking` is the pod for which a
//! StatefulSet waits before it makes or renews others.
//!
//! ## Absence
//!
//! A workload that does not exist has `exists` false. Without the pods, `blocking` is unknown and
//! no pod is known; without the ReplicaSets, the revision of a Deployment's pod is unknown.
//!
//! ## Example
//!
//! ```text
//! progress = get_rollout_progress("<workload>", "<namespace>")
//! - When `progress.paused && progress.change_waits` → **rollout-paused**
//! ```
//!
//! ```json
//! { "exists": true, "wanted": 3, "updated": 1, "ready": 2, "paused": false,
//!   "deadline_exceeded": true, "max_surge": 1, "max_unavailable": 0,
//!   "pods": [ { "name": "web-5d9-x2k", "updated": true, "stopped_by": "crashing" } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending, Question,
    Reply, Source, Time, Unseen, Value,
};
use serde_json::Value as Json;

use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::workload::get_workload_yaml::named_as;
use crate::workload::rollout_pods::{self, condition};
use crate::{Arguments, Tool, field, selector};

evidence::facts! {
    /// A rollout and where it stands.
    pub struct RolloutProgress {
        /// Whether the workload exists.
        pub exists: bool,
        /// The workload.
        pub r#ref: ObjectRef,
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// How many pods it wants.
        pub wanted: Cited<i64>,
        /// How many pods are of the newest revision.
        pub updated: Cited<i64>,
        /// How many are ready.
        pub ready: i64,
        /// How many were ready for long enough to count.
        pub available: Cited<i64>,
        /// Whether its rollout is paused.
        pub paused: Known<Cited<bool>>,
        /// How long it has been, in seconds, where its condition tells.
        pub paused_seconds: Known<Option<i64>>,
        /// Whether pods of another revision than the newest run, or a template that no ReplicaSet
        /// was made of waits.
        pub change_waits: bool,
        /// Whether its controller says that it made no progress in time.
        pub deadline_exceeded: Cited<bool>,
        /// The time in which it has to make progress, in seconds.
        pub deadline_seconds: i64,
        /// How long a pod must be ready until it counts as available, in seconds.
        pub min_ready_seconds: Cited<i64>,
        /// How its pods are renewed: `RollingUpdate`, `Recreate` or `OnDelete`.
        pub strategy: Cited<String>,
        /// How many pods may be unavailable while it goes on, as a number of pods.
        pub max_unavailable: Option<i64>,
        /// How many pods may be there beyond those wanted, as a number of pods.
        pub max_surge: Option<i64>,
        /// The number from which on a StatefulSet renews its pods.
        pub partition: Cited<i64>,
        /// Whether its selector selects the labels of its own template.
        pub selector_matches: Cited<bool>,
        /// Whether another object owns it, such as an operator's.
        pub owned: bool,
        /// Its pods, by name.
        pub pods: Partial<RolloutPod>,
        /// The pods at which it stands: the one that a StatefulSet waits for; of a Deployment that
        /// made no progress in time, those of the newest revision that are not ready.
        pub stands_at: Partial<RolloutPod>,
        /// The pod for which a StatefulSet waits.
        pub blocking: Known<Option<RolloutPod>>,
        /// How many pods behind that one were not made.
        pub unmade: i64,
    }

    /// A pod of a rollout.
    pub struct RolloutPod {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Whether it is of the newest revision.
        pub updated: Known<bool>,
        /// What it is stopped by.
        pub stopped_by: Cited<String>,
        /// The same in the words of its conditions, where they have any.
        pub words: Option<String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_rollout_progress",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the workload as kind/name",
        },
        NAMESPACE,
    ],
    facts: RolloutProgress::SHAPE,
    permissions: &[
        access("get", "apps", "deployments", "nothing is known"),
        access("get", "apps", "statefulsets", "nothing is known"),
        access("list", "", "pods", "it is not known which pod holds it up"),
        access("list", "apps", "replicasets", "the revision of a Deployment's pod is unknown"),
    ],
    page: include_str!("get_rollout_progress.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named_as(
        &[Kind::Deployment, Kind::StatefulSet],
        arguments.required("workload"),
        namespace,
    ) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let list = |kind| Question::list(kind, Some(namespace));
    let mut questions = vec![Question::Get { object: reference.clone() }, list(Kind::Pod)];
    if reference.kind == Kind::Deployment {
        questions.push(list(Kind::ReplicaSet));
    }
    let mut replies = inquiry.ask_all(&questions)?.into_iter();
    let sight = Sight::read(replies.next().unwrap_or(Reply::Absent), &questions[0]);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let mut next = |at: usize| match replies.next() {
        Some(reply) => sight::listing(reply, &questions[at]),
        None => Default::default(),
    };
    let (pods, no_pods) = next(1);
    let (sets, no_sets) = next(2);
    let sets = Sets::of(&reference, &sets, no_sets);
    let own: Vec<Arc<Object>> =
        pods.items.iter().filter(|pod| is_own(pod, &reference, &sets)).cloned().collect();
    let told = Told { sight, reference, sets, now: inquiry.now() };
    Ok(told.describe(own, no_pods).into_value())
}

fn is_own(pod: &Object, workload: &ObjectRef, sets: &Sets) -> bool {
    pod.controller().is_some_and(|owner| owner == *workload || sets.own.contains(&owner))
        || pod.workload() == *workload
}

/// The ReplicaSets of a Deployment.
struct Sets {
    own: Vec<ObjectRef>,
    newest: Option<Arc<Object>>,
    missing: Option<Unseen>,
}

impl Sets {
    fn of(workload: &ObjectRef, listing: &Listing, missing: Option<Unseen>) -> Sets {
        let own = listing.items.iter().filter(|set| set.controller().as_ref() == Some(workload));
        let revision = |set: &Object| {
            let number = set.annotation("deployment.kubernetes.io/revision");
            (number.and_then(|number| number.parse::<i64>().ok()).unwrap_or(0), set.created())
        };
        let newest = own.clone().max_by_key(|set| revision(set)).cloned();
        Sets { own: own.map(|set| set.reference().clone()).collect(), newest, missing }
    }
}

/// What was read of the workload itself.
struct Told {
    sight: Sight,
    reference: ObjectRef,
    sets: Sets,
    now: Time,
}

impl Told {
    fn int(&self, pointer: &str) -> Option<i64> {
        field::int(self.sight.json(), pointer)
    }

    fn cited<T>(&self, value: T, path: &str) -> Cited<T> {
        Cited { value, source: self.sight.source(path) }
    }

    /// A condition of the workload, with its place.
    fn said(&self, kind: &str) -> Option<(&Json, Option<Source>)> {
        let conditions = field::items(self.sight.json(), "/status/conditions");
        let at = conditions.iter().position(|one| field::word(one, "/type") == Some(kind))?;
        let source = self.sight.source(&format!("status.conditions[{at}]"));
        let quote = field::text(&conditions[at], "/message").unwrap_or_default();
        Some((&conditions[at], source.map(|source| source.quoting(quote))))
    }

    fn describe(&self, pods: Vec<Arc<Object>>, missing: Option<Unseen>) -> RolloutProgress {
        let json = self.sight.json();
        let wanted = self.int("/spec/replicas").unwrap_or(1);
        let updated = self.int("/status/updatedReplicas").unwrap_or(0);
        let progressing = self.said("Progressing");
        let word = |key: &str| progressing.as_ref().and_then(|(one, _)| field::word(one, key));
        let exceeded = word("/status") == Some("False");
        let since = progressing.as_ref().and_then(|(one, _)| field::time(one, "/lastUpdateTime"));
        let paused = field::is_true(json, "/spec/paused");
        let paused_at = self.sight.object().and_then(|one| condition_time(one, "Progressing"));
        let since = since.filter(|_| paused && word("/reason") == Some("DeploymentPaused"));
        let strategy = ["/spec/strategy", "/spec/updateStrategy"];
        let strategy = strategy.into_iter().find_map(|at| json.pointer(at)).unwrap_or(&Json::Null);
        let rolling = |key: &str, up: bool| {
            let own = strategy.pointer("/rollingUpdate")?.get(key)?;
            share(own, wanted, up)
        };
        let blocking = self.sight.object().and_then(|set| rollout_pods::waited_for(set, &pods));
        let mut views: Vec<RolloutPod> = pods.iter().map(|pod| self.view(pod)).collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        RolloutProgress {
            exists: self.sight.object().is_some(),
            r#ref: self.reference.clone(),
            kind: self.reference.kind.name().to_owned(),
            name: self.reference.name.clone(),
            wanted: self.cited(wanted, "spec.replicas"),
            updated: self.cited(updated, "status.updatedReplicas"),
            ready: self.int("/status/readyReplicas").unwrap_or(0),
            available: self.cited(
                self.int("/status/availableReplicas").unwrap_or(0),
                "status.availableReplicas",
            ),
            paused: self.sight.told("/spec/paused", field::is_true),
            paused_seconds: match (paused_at.filter(|_| paused), since) {
                (Some(at), None) => self.sight.told(&at, |_, _| None).map(|seconds| seconds.value),
                (_, since) => {
                    Known::Seen(since.map(|since| self.now.as_second() - since.as_second()))
                }
            },
            change_waits: wanted > 0 && updated < wanted,
            deadline_exceeded: Cited {
                value: exceeded,
                source: progressing.as_ref().and_then(|(_, source)| source.clone()),
            },
            deadline_seconds: self.int("/spec/progressDeadlineSeconds").unwrap_or(600),
            min_ready_seconds: self
                .cited(self.int("/spec/minReadySeconds").unwrap_or(0), "spec.minReadySeconds"),
            strategy: self.cited(
                field::text(strategy, "/type").unwrap_or_else(|| "RollingUpdate".to_owned()),
                "spec.updateStrategy.type",
            ),
            max_unavailable: rolling("maxUnavailable", false),
            max_surge: rolling("maxSurge", true),
            partition: self.cited(
                field::int(strategy, "/rollingUpdate/partition").unwrap_or(0),
                "spec.updateStrategy.rollingUpdate.partition",
            ),
            selector_matches: self.cited(
                self.sight.object().is_none_or(|workload| selects_itself(workload)),
                "spec.selector",
            ),
            owned: !field::items(json, "/metadata/ownerReferences").is_empty(),
            stands_at: Partial {
                items: match &blocking {
                    Some(waited) => vec![self.view(&waited.pod)],
                    None if exceeded => views.iter().filter(|pod| is_stop(pod)).cloned().collect(),
                    None => Vec::new(),
                },
                missing: missing.clone().or_else(|| self.sets.missing.clone()),
            },
            unmade: blocking.as_ref().map_or(0, |one| one.unmade),
            blocking: match &missing {
                Some(unseen) if blocking.is_none() => Known::Unknown(unseen.clone()),
                _ => Known::Seen(blocking.map(|one| self.view(&one.pod))),
            },
            pods: Partial { items: views, missing },
            source: self.sight.source("status"),
        }
    }

    /// Whether a StatefulSet's pod is of its newest revision.
    fn is_of_newest_revision(&self, pod: &Object) -> Known<bool> {
        let is_newest = |json: &Json, at: &str| {
            let newest = field::word(json, at);
            newest.is_none() || pod.label("controller-revision-hash") == newest
        };
        self.sight.told("/status/updateRevision", is_newest).map(|is_newest| is_newest.value)
    }

    fn view(&self, pod: &Object) -> RolloutPod {
        let updated = match (self.reference.kind, &self.sets) {
            (Kind::Deployment, Sets { missing: Some(unseen), .. }) => {
                Known::Unknown(unseen.clone())
            }
            (Kind::Deployment, Sets { newest, .. }) => Known::Seen(
                newest
                    .as_ref()
                    .is_some_and(|set| pod.controller().as_ref() == Some(set.reference())),
            ),
            _ => self.is_of_newest_revision(pod),
        };
        let word = rollout_pods::stopped_by(pod, self.now);
        let conditions = ["PodScheduled", "Ready"].map(|kind| condition(pod, kind));
        let words = conditions.into_iter().flatten().find_map(|one| field::text(one, "/message"));
        let quote = words.clone().or_else(|| rollout_pods::waiting(pod).map(str::to_owned));
        let source = Source::field(pod, "status").quoting(quote.unwrap_or_else(|| word.to_owned()));
        RolloutPod {
            name: pod.reference().name.clone(),
            r#ref: pod.reference().clone(),
            updated,
            stopped_by: Cited::new(word.to_owned(), source),
            words,
            source: Some(Source::field(pod, "status")),
        }
    }
}

/// Where the time of a condition's last update stands.
pub fn condition_time(workload: &Object, kind: &str) -> Option<String> {
    let mut conditions = workload.items("/status/conditions").iter();
    let at = conditions.position(|one| field::word(one, "/type") == Some(kind))?;
    Some(format!("/status/conditions/{at}/lastUpdateTime"))
}

fn is_stop(pod: &RolloutPod) -> bool {
    let on_its_way = ["ready", "deleting"].contains(&pod.stopped_by.value.as_str());
    pod.updated.seen() == Some(&true) && !on_its_way
}

/// A number of pods, or a share of those wanted in per cent.
fn share(amount: &Json, wanted: i64, up: bool) -> Option<i64> {
    if let Some(number) = amount.as_i64() {
        return Some(number);
    }
    let percent: i64 = amount.as_str()?.strip_suffix('%')?.parse().ok()?;
    let whole = percent.checked_mul(wanted)?;
    Some(if up { whole.checked_add(99)? / 100 } else { whole / 100 })
}

/// Whether a workload's selector selects the labels of its own template. The API server refuses
/// what does not; only a file that nobody applied has it. A source that does not show the labels
/// proves nothing.
pub fn selects_itself(workload: &Object) -> bool {
    let (Some(own), Some(template)) =
        (workload.at("/spec/selector"), workload.at("/spec/template"))
    else {
        return true;
    };
    if !workload.is_shown("/spec/template/metadata/labels") {
        return true;
    }
    let labels = evidence::at(template, "/metadata/labels").and_then(Json::as_object);
    let text = |(key, value): (&String, &Json)| Some((key.clone(), value.as_str()?.to_owned()));
    selector::selects(own, &labels.into_iter().flatten().filter_map(text).collect())
}
