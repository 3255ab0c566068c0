//! What the kubelet told about pulling the images of a pod: the failures of every container,
//! each with its class, and the pulls that succeeded.
//!
//! Reads the pod and its events. A failure's class comes from the newest evidence that tells a
//! cause: the container's own waiting message (kubelets since 1.31 repeat the cause there) or
//! an event. Main, init, sidecar and ephemeral containers are covered; two containers with
//! different faults give two failures. Events of an earlier pod of the same name are left out.
//! A failure that has healed stays in the list with `current` false.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false, no failures and `healthy` false. An empty
//! `failures` says that no pull failed only while the pod is younger than an hour, because the
//! API server forgets events after that (`--event-ttl`); of an older pod the list is incomplete
//! and `failures.exists(…)` unknown where it finds nothing. Where events were not seen, the
//! failure that the status tells is still listed, and its `class` is unknown unless the status
//! says why.
//!
//! ## Example
//!
//! ```text
//! pull = get_image_pull_events("<pod>", "<namespace>", container="<container>")
//! - When `pull.failure.class == "manifest-not-found"` → **wrong-tag**
//! ```
//!
//! ```json
//! { "exists": true, "healthy": false,
//!   "failure": { "container": "server", "sort": "main",
//!     "image": "registry.example.com/shop/checkout:1.4.3",
//!     "registry": "registry.example.com", "repository": "shop/checkout", "tag": "1.4.3",
//!     "class": "manifest-not-found", "origin": "event", "count": 5,
//!     "time": "2026-11-20T14:07:31Z", "current": true, "complete": true } }
//! ```

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source,
    Unseen, Value,
};

use crate::image::pull::{self, Pull, PullFailure};
use crate::pod::container::{self, PodContainer};
use crate::pod::event_list::{self, PodEvents};
use crate::sight::Sight;
use crate::tool::{CONTAINER, NAMESPACE, POD, access};
use crate::{Arguments, Tool};

evidence::facts! {
    /// The image pulls of a pod.
    pub struct ImagePullEvents {
        /// Whether the pod exists.
        pub exists: bool,
        /// The failed pulls, current ones first, then the newest.
        pub failures: Partial<PullFailure>,
        /// The newest current failure of the container asked for, or of any; null when none is.
        pub failure: Option<PullFailure>,
        /// The pulls that succeeded, newest first.
        pub pulled: Partial<Pull>,
        /// Pull secrets that the kubelet says it could not read.
        pub secrets_not_retrieved: Partial<Cited<String>>,
        /// The same as objects, which a decision can name as the culprit.
        pub unread_secrets: Partial<ObjectRef>,
        /// Whether no container waits for an image. Unknown when a container has not started and
        /// the events that would tell why were not seen.
        pub healthy: Known<bool>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_image_pull_events",
    parameters: &[POD, NAMESPACE, CONTAINER],
    facts: ImagePullEvents::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "events", "only what the containers' own status tells is known"),
    ],
    page: include_str!("get_image_pull_events.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (sight, events) = match look(arguments, inquiry)? {
        (Sight::Unseen(unseen), _) => return Ok(Value::Unknown(unseen)),
        // The events of a pod that is gone are of an earlier life.
        (absent @ Sight::Absent(_), _) => (absent, PodEvents::default()),
        seen => seen,
    };
    let containers = sight.object().map(|pod| container::of(pod)).unwrap_or_default();
    let failures = match sight.object() {
        Some(pod) => pull::failures(pod, &containers, &events),
        None => Vec::new(),
    };
    if let Some(unseen) = sight.object().and_then(|pod| of_no_image(pod, &containers, &failures)) {
        return Ok(Value::Unknown(unseen));
    }
    let exists = sight.object().is_some();
    let missing = events.missing.clone();
    let asked = arguments.text("container");
    let failure = failures
        .iter()
        .find(|failure| failure.current && asked.is_none_or(|name| failure.container == name))
        .cloned();
    let unread = secrets_not_retrieved(&events);
    let secret = |name: &str| ObjectRef::new(Kind::Secret, arguments.text("namespace"), name);
    let facts = ImagePullEvents {
        exists,
        healthy: match sight.object().filter(|pod| !pod.is_shown("/spec/containers")) {
            // A row of a list shows no container at all.
            Some(pod) => Known::Unknown(pod.unshown("/spec/containers")),
            None => healthy(exists, &containers, &failures, &events),
        },
        failure,
        failures: Partial { items: failures, missing: missing.clone() },
        pulled: Partial { items: pull::pulls(&containers, &events), missing: missing.clone() },
        unread_secrets: Partial {
            items: unread.iter().map(|name| secret(&name.value)).collect(),
            missing: missing.clone(),
        },
        secrets_not_retrieved: Partial { items: unread, missing },
        source: sight.source("status"),
    };
    Ok(facts.into_value())
}

/// Why nothing is told of a container that waits for an image that its source does not show: no
/// event that was seen names it, and the reason for which it waits does not tell by itself.
fn of_no_image(
    pod: &Object,
    containers: &[PodContainer],
    failures: &[PullFailure],
) -> Option<Unseen> {
    let is_told = |container: &&PodContainer| {
        let own = failures.iter().find(|failure| failure.container == container.name);
        own.is_some_and(|failure| failure.concept.seen().is_some_and(Option::is_some))
    };
    let mut mute = containers.iter().filter(|one| one.waits_for_image() && !is_told(one));
    mute.find_map(|container| container.image_unshown(pod))
}

/// The pod and its events, asked for together.
pub(crate) fn look(
    arguments: &Arguments,
    inquiry: &Inquiry,
) -> Result<(Sight, PodEvents), Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let object = ObjectRef::new(Kind::Pod, Some(namespace), name);
    let pod = Question::Get { object: object.clone() };
    let events = Question::EventsOf { object };
    // Both are noted before either is waited for.
    let pod_reply = inquiry.ask(&pod);
    let events_reply = inquiry.ask(&events);
    let sight = Sight::read(pod_reply?, &pod);
    let seen = sight.object().map(|pod| &**pod);
    let events = PodEvents::read(events_reply?, &events, seen, inquiry.now());
    Ok((sight, events))
}

fn healthy(
    exists: bool,
    containers: &[PodContainer],
    failures: &[PullFailure],
    events: &PodEvents,
) -> Known<bool> {
    if !exists || failures.iter().any(|failure| failure.current) {
        return Known::Seen(false);
    }
    match &events.missing {
        Some(unseen) if !containers.iter().all(pull::image_is_settled) => {
            Known::Unknown(unseen.clone())
        }
        _ => Known::Seen(true),
    }
}

fn secrets_not_retrieved(events: &PodEvents) -> Vec<Cited<String>> {
    let mut secrets: Vec<Cited<String>> = Vec::new();
    for event in &events.events {
        for name in event_list::secrets_not_retrieved(event) {
            if secrets.iter().all(|known| known.value != name) {
                secrets.push(Cited::new(name, Source::event(event)));
            }
        }
    }
    secrets
}
