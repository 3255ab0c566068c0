//! A CronJob: when it last made a Job, since when one is due, which of its Jobs run, and what its
//! controller said.
//!
//! Reads the CronJob, the Jobs and the events of its namespace. `due_since` is computed from the
//! schedule: the first time after the last Job (or after the CronJob was made) that has passed
//! without a Job. A schedule in another zone than UTC counts as missed only when it is missed in
//! every zone.
//!
//! ## Absence
//!
//! A CronJob that does not exist has `exists` false. `due_since` is null when nothing is due, and
//! when the schedule cannot be read. Events expire after an hour: the list of words is incomplete
//! then.
//!
//! ## Example
//!
//! ```text
//! cron = get_cronjob_details("<workload>", "<namespace>")
//! - When `cron.words.exists(w, w.reason == "UnknownTimeZone")` → **cronjob-time-zone-unknown**
//! ```
//!
//! ```json
//! { "exists": true, "schedule": "*/5 * * * *", "suspended": false, "policy": "Forbid",
//!   "due_since": "2026-11-20T12:05:00Z", "longest_seconds": 40,
//!   "active": [ { "name": "report-29389440", "age_seconds": 7560 } ],
//!   "words": [ { "reason": "JobAlreadyActive", "outlived": false } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Object, ObjectRef, Partial, Pending, Question, Reply,
    Source, Time, Unseen, UnseenKind, Value,
};

use crate::pod::event_list::EVENT_LIFETIME;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::workload::get_workload_yaml::named_as;
use crate::workload::rollout_pods::condition;
use crate::workload::{cron, refusal};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A CronJob and its Jobs.
    pub struct CronJobDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The CronJob.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Its schedule, as written.
        pub schedule: Cited<Option<String>>,
        /// Its time zone.
        pub time_zone: Option<String>,
        /// Whether it is suspended.
        pub suspended: Cited<bool>,
        /// What it does when its last Job still runs: `Allow`, `Forbid` or `Replace`.
        pub policy: Cited<String>,
        /// How late a Job may be begun, in seconds.
        pub starting_deadline_seconds: Cited<Option<i64>>,
        /// The time for which it last made a Job.
        pub last_scheduled: Cited<Option<Time>>,
        /// Since when a Job is due that was not made.
        pub due_since: Cited<Option<Time>>,
        /// Its Jobs that have not ended, the oldest first.
        pub active: Partial<ActiveJob>,
        /// How long the longest of its ended Jobs took, in seconds; null when none is there.
        pub longest_seconds: Option<i64>,
        /// What its controller said of it, newest first.
        pub words: Partial<CronJobWords>,
    }

    /// A Job that has not ended.
    pub struct ActiveJob {
        /// Its name.
        pub name: String,
        /// The Job.
        pub r#ref: ObjectRef,
        /// How long ago it was made, in seconds.
        pub age_seconds: Cited<i64>,
    }

    /// An event of a CronJob.
    pub struct CronJobWords {
        /// Its reason, such as `UnparseableSchedule`.
        pub reason: String,
        /// The sentence.
        pub message: String,
        /// How many times it was said.
        pub count: i64,
        /// When it was last said.
        pub last_seen: Option<Time>,
        /// The quota that refuses the Job.
        pub quota_ref: Option<ObjectRef>,
        /// Whether a Job was made after it.
        pub outlived: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_cronjob_details",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the CronJob as cronjob/name",
        },
        NAMESPACE,
    ],
    facts: CronJobDetails::SHAPE,
    permissions: &[
        access("get", "batch", "cronjobs", "nothing is known"),
        access("list", "batch", "jobs", "it is not known which of its Jobs run"),
        access("list", "", "events", "the words of its controller are unknown"),
    ],
    page: include_str!("get_cronjob_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named_as(&[Kind::CronJob], arguments.required("workload"), namespace) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let list = |kind| Question::list(kind, Some(namespace));
    let questions =
        [Question::Get { object: reference.clone() }, list(Kind::Job), list(Kind::Event)];
    let [cronjob, jobs, events]: [Reply; 3] = inquiry.ask_all(&questions)?.try_into().unwrap_or([
        Reply::Absent,
        Reply::Absent,
        Reply::Absent,
    ]);
    let sight = Sight::read(cronjob, &questions[0]);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let (jobs, no_jobs) = sight::listing(jobs, &questions[1]);
    let (events, no_events) = sight::listing(events, &questions[2]);
    let now = inquiry.now();
    let own: Vec<&Arc<Object>> =
        jobs.items.iter().filter(|job| job.controller().as_ref() == Some(&reference)).collect();
    let mut words: Vec<Event> =
        events.items.iter().filter_map(|one| one.event().cloned()).collect();
    words.retain(|event| event.regarding == reference);
    words.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.name.cmp(&b.name)));
    let json = sight.json();
    let cited = |path: &str| sight.source(path);
    let due = sight.object().and_then(|cronjob| cron::overdue(cronjob, now));
    let last = field::time(json, "/status/lastScheduleTime");
    let told = match last {
        Some(last) => format!("a Job was last made for {last}"),
        None => "no Job was made yet".to_owned(),
    };
    let facts = CronJobDetails {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        schedule: Cited {
            value: field::text(json, "/spec/schedule"),
            source: cited("spec.schedule"),
        },
        time_zone: field::text(json, "/spec/timeZone"),
        suspended: Cited {
            value: field::truth(json, "/spec/suspend") == Some(true),
            source: cited("spec.suspend"),
        },
        policy: Cited {
            value: field::text(json, "/spec/concurrencyPolicy")
                .unwrap_or_else(|| "Allow".to_owned()),
            source: cited("spec.concurrencyPolicy"),
        },
        starting_deadline_seconds: Cited {
            value: field::int(json, "/spec/startingDeadlineSeconds"),
            source: cited("spec.startingDeadlineSeconds"),
        },
        last_scheduled: Cited { value: last, source: cited("status.lastScheduleTime") },
        due_since: Cited {
            value: due,
            source: cited("status.lastScheduleTime").map(|source| source.quoting(told)),
        },
        longest_seconds: own.iter().filter_map(|job| took(job)).max(),
        active: Partial { items: active(&own, now), missing: no_jobs },
        words: Partial {
            items: words.iter().map(|event| said(event, &words)).collect(),
            missing: no_events.or_else(|| expired(sight.object(), now)),
        },
        source: sight.source("spec"),
        r#ref: reference,
    };
    Ok(facts.into_value())
}

fn expired(cronjob: Option<&Arc<Object>>, now: Time) -> Option<Unseen> {
    let cronjob = cronjob?;
    let young =
        cronjob.created().is_some_and(|created| now.duration_since(created) <= EVENT_LIFETIME);
    let why = "the CronJob is older than the hour for which the API server keeps events";
    let what = format!("earlier events of {}", cronjob.reference());
    (!young).then(|| Unseen::new(UnseenKind::Expired, what, why))
}

fn has_ended(job: &Object) -> bool {
    ["Complete", "Failed"].into_iter().any(|kind| {
        condition(job, kind).is_some_and(|one| field::word(one, "/status") == Some("True"))
    })
}

fn took(job: &Object) -> Option<i64> {
    let ended = condition(job, "Complete").filter(|_| has_ended(job))?;
    let end =
        job.time("/status/completionTime").or_else(|| field::time(ended, "/lastTransitionTime"));
    Some(end?.as_second() - job.time("/status/startTime")?.as_second())
}

fn active(own: &[&Arc<Object>], now: Time) -> Vec<ActiveJob> {
    let mut running: Vec<ActiveJob> = own
        .iter()
        .filter(|job| !has_ended(job) && job.bool("/spec/suspend") != Some(true))
        .filter_map(|job| {
            let age = now.as_second() - job.created()?.as_second();
            let source = Source::field(job, "status.startTime");
            Some(ActiveJob {
                name: job.reference().name.clone(),
                r#ref: job.reference().clone(),
                age_seconds: Cited::new(age, source.quoting(format!("it was made {age} s ago"))),
                source: Some(Source::field(job, "status")),
            })
        })
        .collect();
    running.sort_by(|a, b| {
        b.age_seconds.value.cmp(&a.age_seconds.value).then_with(|| a.name.cmp(&b.name))
    });
    running
}

fn said(event: &Event, all: &[Event]) -> CronJobWords {
    let made = all.iter().filter(|one| one.reason == "SuccessfulCreate");
    let last_made = made.filter_map(|one| one.last_seen).max();
    let quota = match event.reason.as_str() {
        "FailedCreate" => refusal::read(&event.message).quota,
        _ => None,
    };
    let namespace = event.regarding.namespace.as_deref();
    CronJobWords {
        reason: event.reason.clone(),
        message: event.message.clone(),
        count: event.count,
        last_seen: event.last_seen,
        quota_ref: quota.map(|name| ObjectRef::new(Kind::ResourceQuota, namespace, &name)),
        outlived: last_made > event.last_seen,
        source: Some(Source::event(event)),
    }
}

/// The reasons of events by which a CronJob's controller says that it makes no Job.
const REFUSED: [&str; 4] =
    ["UnparseableSchedule", "InvalidSchedule", "UnknownTimeZone", "FailedCreate"];

/// Whether its controller said, and no Job was made since, that it makes none.
pub fn is_refused(cronjob: &Object, events: &[Arc<Object>]) -> bool {
    let own: Vec<Event> = events
        .iter()
        .filter_map(|one| one.event().cloned())
        .filter(|event| event.regarding == *cronjob.reference())
        .collect();
    own.iter().any(|event| REFUSED.contains(&event.reason.as_str()) && !said(event, &own).outlived)
}
