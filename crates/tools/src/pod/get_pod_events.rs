//! The events about a pod in its present life, newest first.
//!
//! Reads the events that regard the pod, and the pod itself to leave out those of an earlier pod
//! of the same name (by uid; a static pod's events carry the hash of its manifest instead). The
//! API server folds repeated events into one with a count.
//!
//! ## Absence
//!
//! The API server keeps events for an hour (`--event-ttl`). Of a pod older than that the list is
//! incomplete: what it holds is true, and `events.exists(…)` that finds nothing is unknown, not
//! false. The whole result is unknown when the events were not seen. Of a pod that does not exist
//! the events of its last life are listed, as an incomplete list.
//!
//! ## Example
//!
//! ```text
//! pod_events = get_pod_events("<pod>", "<namespace>")
//! - When `pod_events.events.exists(e, e.reason == "FailedScheduling")` → **unschedulable**
//! ```
//!
//! ```json
//! { "events": [ { "type": "Warning", "reason": "BackOff", "count": 12,
//!     "message": "Back-off restarting failed container server in pod checkout-7c9f-x2x",
//!     "first_seen": "2026-11-20T14:02:11Z", "last_seen": "2026-11-20T14:07:31Z",
//!     "component": "kubelet", "host": "worker-3", "container": "server",
//!     "class": "crash-loop-backoff", "concept": null, "complete": true } ] }
//! ```

use evidence::{Event, Fact, Inquiry, Known, Partial, Pending, Source, Time, Value};

use crate::image::get_image_pull_events;
use crate::pod::event_list::PodEvents;
use crate::sight::Sight;
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, classify};

evidence::facts! {
    /// The events of a pod.
    pub struct PodEventList {
        /// The events, newest first.
        pub events: Partial<PodEvent>,
        /// The newest warning that was seen; null when there was none, unknown when none was
        /// seen in an incomplete list.
        pub latest_warning: Known<Option<PodEvent>>,
    }

    /// An event about a pod.
    pub struct PodEvent {
        /// `Normal` or `Warning`.
        pub r#type: String,
        /// A word such as `Failed` or `BackOff`.
        pub reason: String,
        /// The sentence.
        pub message: String,
        /// How many times it was seen; at least 1.
        pub count: i64,
        /// When it was first seen.
        pub first_seen: Option<Time>,
        /// When it was last seen.
        pub last_seen: Option<Time>,
        /// Who says so, such as `kubelet`.
        pub component: Option<String>,
        /// The node of the component, where it is given.
        pub host: Option<String>,
        /// The container that it is about, where it is about one.
        pub container: Option<String>,
        /// For a warning, the id of its signature in the lexicon, or `unclassified`; unknown when
        /// the message is cut before its cause. Null for a normal event.
        pub class: Known<Option<String>>,
        /// The concept that the signature speaks for most firmly.
        pub concept: Known<Option<String>>,
        /// Whether the message is complete, as far as its own words show.
        pub complete: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_events",
    parameters: &[POD, NAMESPACE],
    facts: PodEventList::SHAPE,
    permissions: &[
        access("list", "", "events", "nothing is known"),
        access("get", "", "pods", "events of earlier pods of that name cannot be told apart"),
    ],
    page: include_str!("get_pod_events.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (sight, PodEvents { events, missing }) = get_image_pull_events::look(arguments, inquiry)?;
    // Without the pod its age and uid are not known; that is why there may be more.
    let missing = match (&sight, missing) {
        (Sight::Unseen(unseen), _) if !events.is_empty() => Some(unseen.clone()),
        (_, missing) => missing,
    };
    if let Some(unseen) = missing.as_ref().filter(|unseen| is_blind(unseen, &events)) {
        return Ok(Value::Unknown(unseen.clone()));
    }
    let items: Vec<PodEvent> = events.iter().map(describe).collect();
    let warning = items.iter().find(|event| event.r#type == "Warning").cloned();
    let facts = PodEventList {
        latest_warning: match (&warning, &missing) {
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            _ => Known::Seen(warning),
        },
        events: Partial { items, missing },
        source: sight.source("metadata"),
    };
    Ok(facts.into_value())
}

/// Whether the events were not seen at all; those that have expired were there to be asked for.
fn is_blind(unseen: &evidence::Unseen, events: &[Event]) -> bool {
    events.is_empty() && unseen.kind != evidence::UnseenKind::Expired
}

fn describe(event: &Event) -> PodEvent {
    let what = format!("the cause in event {} of {}", event.name, event.regarding);
    let image = event.image();
    let reading = classify::read(&event.message, image, &what);
    let warning = event.kind == "Warning";
    PodEvent {
        r#type: event.kind.clone(),
        reason: event.reason.clone(),
        message: event.message.clone(),
        count: event.count,
        first_seen: event.first_seen,
        last_seen: event.last_seen,
        component: event.component.clone(),
        host: event.host.clone(),
        container: event.container().map(str::to_owned),
        class: if warning { reading.class.map(Some) } else { Known::Seen(None) },
        concept: if warning { reading.concept } else { Known::Seen(None) },
        complete: !classify::is_cut(&event.message),
        source: Some(Source::event(event)),
    }
}
