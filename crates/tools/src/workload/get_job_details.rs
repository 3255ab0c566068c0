//! A Job, how it ended or why it does not begin, and how its pods ended.
//!
//! Reads the Job, and the Jobs, pods and events of its namespace. `later_success` says whether a later Job
//! of the same CronJob has succeeded: the failure is history then. `queued` says whether something
//! else than a person may have suspended it: a queue (Kueue), another controller, an owner.
//!
//! ## Absence
//!
//! A Job that does not exist has `exists` false. Without the Jobs, `later_success` is unknown;
//! without the pods, `last_failed` is. Pods that are gone are not in the list: the controller deletes those that
//! still run when it gives up, and counts them as failed. What became of those stands in events alone: without
//! events in which the Job names its pods, `started` and `hindered` are incomplete.
//!
//! ## Example
//!
//! ```text
//! job = get_job_details("<workload>", "<namespace>")
//! - When `job.failed && job.reason == "DeadlineExceeded"` → likely **job-deadline-exceeded**
//! ```
//!
//! ```json
//! { "exists": true, "failed": true, "reason": "BackoffLimitExceeded",
//!   "message": "Job has reached the specified backoff limit", "failures": 4, "backoff_limit": 3,
//!   "last_failed": { "name": "import-7x2vd", "container": "import", "exit_code": 3 } }
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Reply,
    Source, Time, Unseen, UnseenKind, Value,
};
use serde_json::Value as Json;

use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::workload::get_workload_yaml::named_as;
use crate::workload::rollout_pods::{self, condition};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A Job and how it went.
    pub struct JobDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The Job.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// The CronJob that made it.
        pub cronjob: Option<ObjectRef>,
        /// Whether it has failed for good.
        pub failed: Cited<bool>,
        /// Why, as a word: `BackoffLimitExceeded`, `DeadlineExceeded`, `PodFailurePolicy`.
        pub reason: Option<String>,
        /// Why, as a sentence.
        pub message: Option<String>,
        /// How long it may take, in seconds.
        pub deadline_seconds: Cited<Option<i64>>,
        /// How many of its pods may fail.
        pub backoff_limit: i64,
        /// How many pods it has at the same time.
        pub parallelism: i64,
        /// How many of its pods failed, those included that it ended itself when it gave up.
        pub failures: Cited<i64>,
        /// How many succeeded.
        pub successes: i64,
        /// How many run or wait.
        pub active: i64,
        /// Whether it is suspended.
        pub suspended: Cited<bool>,
        /// For how long, in seconds, where its condition tells.
        pub suspended_seconds: Option<i64>,
        /// Whether something else than a person may have suspended it.
        pub queued: bool,
        /// Whether a later Job of the same CronJob has succeeded.
        pub later_success: Known<bool>,
        /// Its pods, by name.
        pub pods: Partial<JobPod>,
        /// The last of them that failed.
        pub last_failed: Known<Option<JobPod>>,
        /// What the events of its pods say of containers that started.
        pub started: Partial<PodWord>,
        /// What they say of a container that did not come up or ended, newest first.
        pub hindered: Partial<PodWord>,
    }

    /// What an event says of a pod of a Job, which may be gone.
    pub struct PodWord {
        /// The pod.
        pub r#ref: ObjectRef,
        /// The event's reason, such as `Started`.
        pub reason: String,
        /// The sentence.
        pub message: String,
    }

    /// A pod of a Job.
    pub struct JobPod {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Its phase.
        pub phase: Option<String>,
        /// Why the pod as a whole failed, such as `Evicted`.
        pub reason: Option<String>,
        /// What it is stopped by, as in `get_rollout_progress`.
        pub stopped_by: String,
        /// The container that ended with an error.
        pub container: Option<String>,
        /// The exit code of that container.
        pub exit_code: Cited<Option<i64>>,
        /// Why it ended, as a word: `Error`, `OOMKilled`.
        pub exit_reason: Option<String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_job_details",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the Job as job/name",
        },
        NAMESPACE,
    ],
    facts: JobDetails::SHAPE,
    permissions: &[
        access("get", "batch", "jobs", "nothing is known"),
        access("list", "batch", "jobs", "it is not known whether a later Job has succeeded"),
        access("list", "", "pods", "it is not known how its pods ended"),
        access("list", "", "events", "it is not known whether pods that are gone came up"),
    ],
    page: include_str!("get_job_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named_as(&[Kind::Job], arguments.required("workload"), namespace) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let list = |kind| Question::list(kind, Some(namespace));
    let questions = [
        Question::Get { object: reference.clone() },
        list(Kind::Job),
        list(Kind::Pod),
        list(Kind::Event),
    ];
    let [job, jobs, pods, events]: [Reply; 4] = inquiry
        .ask_all(&questions)?
        .try_into()
        .unwrap_or([Reply::Absent, Reply::Absent, Reply::Absent, Reply::Absent]);
    let sight = Sight::read(job, &questions[0]);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let (jobs, no_jobs) = sight::listing(jobs, &questions[1]);
    let (pods, no_pods) = sight::listing(pods, &questions[2]);
    let later = sight.object().is_some_and(|job| succeeded_later(job, &jobs.items));
    let made_by_schedule = sight.object().is_some_and(|job| job.controller().is_some());
    let later_success = match no_jobs {
        Some(unseen) if !later && made_by_schedule => Known::Unknown(unseen),
        _ => Known::Seen(later),
    };
    let own = pods.items.iter().filter(|pod| pod.controller().as_ref() == Some(&reference));
    let mut own: Vec<&Arc<Object>> = own.collect();
    own.sort_by_key(|pod| pod.reference().name.clone());
    let now = inquiry.now();
    let failed = own.iter().filter(|pod| failed_container(pod).is_some() || is_failed(pod));
    let last = failed.max_by_key(|pod| (ended(pod), pod.reference().name.clone()));
    let last_failed = match (last, &no_pods) {
        (None, Some(unseen)) => Known::Unknown(unseen.clone()),
        (last, _) => Known::Seen(last.map(|pod| view(pod, now))),
    };
    let pods = Partial { items: own.iter().map(|pod| view(pod, now)).collect(), missing: no_pods };
    let (events, no_events) = sight::listing(events, &questions[3]);
    let events = events.items.iter().filter_map(|object| object.event());
    let told = Told::of(sight.object(), events.collect(), no_events, &questions[3]);
    Ok(describe(&sight, reference, (later_success, pods, last_failed, told), now).into_value())
}

type Around = (Known<bool>, Partial<JobPod>, Known<Option<JobPod>>, Told);

/// What events say of the pods of a Job, by the names under which it says that it made them.
struct Told {
    started: Partial<PodWord>,
    hindered: Partial<PodWord>,
}

impl Told {
    fn of(
        job: Option<&Arc<Object>>,
        mut events: Vec<&Event>,
        no_events: Option<Unseen>,
        question: &Question,
    ) -> Told {
        events.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.name.cmp(&b.name)));
        let of_job = |event: &&&Event| job.is_some_and(|job| event.may_be_of(job));
        let made: BTreeSet<&str> = events
            .iter()
            .filter(of_job)
            .filter(|event| event.reason == "SuccessfulCreate")
            .filter_map(|event| event.message.strip_prefix("Created pod: "))
            .collect();
        let own = |event: &&&Event| {
            event.regarding.kind == Kind::Pod && made.contains(event.regarding.name.as_str())
        };
        let words = |is: &dyn Fn(&Event) -> bool| Partial {
            items: events
                .iter()
                .filter(own)
                .filter(|event| is(event))
                .map(|one| word(one))
                .collect(),
            missing: no_events.clone().or_else(|| {
                let why = "no event is left in which the Job names the pods that it made";
                made.is_empty().then(|| Unseen::new(UnseenKind::Expired, question, why))
            }),
        };
        Told {
            started: words(&|event| event.reason == "Started"),
            hindered: words(&|event| event.kind == "Warning"),
        }
    }
}

fn word(event: &Event) -> PodWord {
    PodWord {
        r#ref: event.regarding.clone(),
        reason: event.reason.clone(),
        message: event.message.clone(),
        source: Some(Source::event(event)),
    }
}

fn describe(
    sight: &Sight,
    reference: ObjectRef,
    (later_success, pods, last_failed, told): Around,
    now: Time,
) -> JobDetails {
    let json = sight.json();
    let number = |pointer: &str| field::int(json, pointer);
    let said = |kind: &str| {
        let all = field::items(json, "/status/conditions");
        let at = all.iter().position(|one| {
            field::word(one, "/type") == Some(kind) && field::word(one, "/status") == Some("True")
        })?;
        Some((&all[at], sight.source(&format!("status.conditions[{at}]"))))
    };
    let failed = said("Failed");
    let message = failed.as_ref().and_then(|(one, _)| field::text(one, "/message"));
    let quote = message.clone().unwrap_or_default();
    let since = said("Suspended").and_then(|(one, _)| field::time(one, "/lastTransitionTime"));
    let owner = sight.object().and_then(|job| job.controller());
    JobDetails {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        cronjob: owner.filter(|owner| owner.kind == Kind::CronJob),
        reason: failed.as_ref().and_then(|(one, _)| field::text(one, "/reason")),
        failed: Cited {
            value: failed.is_some(),
            source: failed.and_then(|(_, source)| Some(source?.quoting(quote))),
        },
        message,
        deadline_seconds: Cited {
            value: number("/spec/activeDeadlineSeconds"),
            source: sight.source("spec.activeDeadlineSeconds"),
        },
        backoff_limit: number("/spec/backoffLimit").unwrap_or(6),
        parallelism: number("/spec/parallelism").unwrap_or(1),
        failures: Cited {
            value: number("/status/failed").unwrap_or(0),
            source: sight.source("status.failed"),
        },
        successes: number("/status/succeeded").unwrap_or(0),
        active: number("/status/active").unwrap_or(0),
        suspended: Cited {
            value: field::truth(json, "/spec/suspend") == Some(true),
            source: sight.source("spec.suspend"),
        },
        suspended_seconds: since.map(|since| now.as_second() - since.as_second()),
        queued: sight.object().is_some_and(|job| is_queued(job)),
        later_success,
        pods,
        last_failed,
        started: told.started,
        hindered: told.hindered,
        source: sight.source("status"),
    }
}

fn view(pod: &Object, now: Time) -> JobPod {
    let failed = failed_container(pod);
    let state = |key: &str| failed.and_then(|(_, state)| state.get(key));
    JobPod {
        name: pod.reference().name.clone(),
        r#ref: pod.reference().clone(),
        phase: field::text(pod.json(), "/status/phase"),
        reason: field::text(pod.json(), "/status/reason"),
        stopped_by: rollout_pods::stopped_by(pod, now).to_owned(),
        container: failed.and_then(|(status, _)| field::text(status, "/name")),
        exit_code: Cited {
            value: state("exitCode").and_then(Json::as_i64),
            source: Some(Source::field(pod, "status.containerStatuses")),
        },
        exit_reason: state("reason").and_then(Json::as_str).map(str::to_owned),
        source: Some(Source::field(pod, "status")),
    }
}

fn is_failed(pod: &Object) -> bool {
    pod.text("/status/phase") == Some("Failed")
}

/// The first container that ended with an error, with that end. A sidecar is ended after the others,
/// and how plays no part in what became of the pod.
fn failed_container(pod: &Object) -> Option<(&Json, &Json)> {
    let sidecar = |status: &&Json| {
        pod.items("/spec/initContainers").iter().any(|one| {
            field::word(one, "/restartPolicy") == Some("Always")
                && field::word(one, "/name") == field::word(status, "/name")
        })
    };
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = lists.into_iter().flat_map(|list| pod.items(list));
    statuses.filter(|status| !sidecar(status)).find_map(|status| {
        let ends = ["/state/terminated", "/lastState/terminated"];
        let end = ends.into_iter().find_map(|at| status.pointer(at))?;
        (field::int(end, "/exitCode") != Some(0)).then_some((status, end))
    })
}

fn ended(pod: &Object) -> Option<Time> {
    failed_container(pod).and_then(|(_, end)| field::time(end, "/finishedAt")).or(pod.created())
}

/// Whether something else than a person may have suspended a Job.
fn is_queued(job: &Object) -> bool {
    job.label("kueue.x-k8s.io/queue-name").is_some()
        || job.text("/spec/managedBy").is_some_and(|by| by != "kubernetes.io/job-controller")
        || !job.items("/metadata/ownerReferences").is_empty()
}

/// Whether a Job that is suspended looks as if a person had done it, and left it so: it is not
/// queued, and it has been suspended for ten minutes.
pub fn is_left_suspended(job: &Object, now: Time) -> bool {
    let since = condition(job, "Suspended")
        .filter(|one| field::word(one, "/status") == Some("True"))
        .and_then(|one| field::time(one, "/lastTransitionTime"));
    job.bool("/spec/suspend") == Some(true)
        && !is_queued(job)
        && since.is_some_and(|since| now.as_second() - since.as_second() >= 600)
}

/// Whether a Job has done its work, however many attempts that took.
pub fn has_succeeded(job: &Object) -> bool {
    condition(job, "Complete").is_some_and(|one| field::word(one, "/status") == Some("True"))
}

/// Whether, of these Jobs, a later one of the same CronJob has succeeded.
pub fn succeeded_later(job: &Object, jobs: &[Arc<Object>]) -> bool {
    let Some(owner) = job.controller() else { return false };
    jobs.iter().any(|other| {
        other.controller().as_ref() == Some(&owner)
            && has_succeeded(other)
            && other.created() > job.created()
    })
}
