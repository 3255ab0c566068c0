//! Failed image pulls: which evidence of a container tells why its image is not to be had.
//!
//! The kubelet tells of a failed pull in two places: in the container's waiting message, which
//! is of now, and in events. The newest evidence that is about a cause decides; what only says
//! *that* a pull failed decides nothing. What was told before the container's last successful
//! pull belongs to an earlier attempt.

use std::cmp::Reverse;

use evidence::{Event, Known, Object, Source, Time, Unseen, UnseenKind};

use crate::classify::{self, Reading};
use crate::field;
use crate::image::{self, Reference};
use crate::pod::container::{IMAGE_REASONS, PodContainer};
use crate::pod::event_list::{self, PodEvents};

evidence::facts! {
    /// A container whose image could not be pulled, now or within the events' time to live.
    pub struct PullFailure {
        /// The container's name.
        pub container: String,
        /// The container's sort: `main`, `init`, `sidecar` or `ephemeral`.
        pub sort: &'static str,
        /// The image as the pod asks for it.
        pub image: String,
        /// The image's registry with its port; null for an invalid reference.
        pub registry: Option<String>,
        /// The image's path in the registry; null for an invalid reference.
        pub repository: Option<String>,
        /// The image's tag; `latest` where neither tag nor digest is named.
        pub tag: Option<String>,
        /// The image's digest; null where none is named.
        pub digest: Option<String>,
        /// The id of the failure's signature in the lexicon, such as `manifest-not-found`.
        /// `unclassified` when the words are known and match nothing; unknown when the message
        /// is cut before its cause, or when only events would tell and they were not seen.
        pub class: Known<String>,
        /// The concept that the signature speaks for most firmly, such as `image-tag`.
        pub concept: Known<Option<String>>,
        /// What the signature means, as a sentence.
        pub meaning: Known<Option<String>>,
        /// The words that decided the class, in full; empty when there are none.
        pub message: String,
        /// Where those words stand: `event` or `container-status`.
        pub origin: &'static str,
        /// When the failure was last told in an event; null when only the status tells it.
        pub time: Option<Time>,
        /// When the failure was first told in an event; null when only the status tells it.
        pub since: Option<Time>,
        /// How many times events told the failure; null when only the status tells it.
        pub count: Option<i64>,
        /// Whether the container still waits for its image; false once it has run or was pulled.
        pub current: bool,
        /// Whether the message is complete, as far as its own words show.
        pub complete: bool,
    }

    /// A pull that succeeded.
    pub struct Pull {
        /// The container's name; null where the event does not tell.
        pub container: Option<String>,
        /// The image; null where the event does not tell.
        pub image: Option<String>,
        /// When it was last told.
        pub time: Option<Time>,
        /// Whether the node had the image already, so that no registry was asked for it.
        pub on_node: bool,
        /// How long the pull took, in the kubelet's words (`1.2s (2.3s including waiting)`);
        /// null where the node had the image.
        pub duration_text: Option<String>,
    }
}

/// One telling of a failure.
struct Telling {
    origin: &'static str,
    message: String,
    reading: Reading,
    /// `None` for the container's status, which is of now.
    event: Option<Event>,
    source: Source,
}

/// The failed pulls of a pod: the current ones first, then the newest, then in the order of
/// the containers.
pub(crate) fn failures(
    pod: &Object,
    containers: &[PodContainer],
    events: &PodEvents,
) -> Vec<PullFailure> {
    let mut failures: Vec<PullFailure> =
        containers.iter().filter_map(|one| failure(pod, one, containers, events)).collect();
    // A current failure without a time is told by the status alone, which is of now.
    failures.sort_by_key(|failure| {
        let time = failure.time.or_else(|| failure.current.then_some(Time::MAX));
        (!failure.current, Reverse(time))
    });
    failures
}

fn failure(
    pod: &Object,
    container: &PodContainer,
    all: &[PodContainer],
    events: &PodEvents,
) -> Option<PullFailure> {
    let own: Vec<&Event> =
        events.events.iter().filter(|event| concerns(event, container, all)).collect();
    let pulled = own.iter().filter(|e| e.reason == "Pulled").filter_map(|e| e.last_seen).max();
    let failed: Vec<&Event> = own.into_iter().filter(|event| tells_failure(event)).collect();
    let newest = failed.iter().filter_map(|event| event.last_seen).max();
    let healed = pulled.is_some() && pulled >= newest;
    let current = container.waits_for_image()
        || (!failed.is_empty() && !healed && is_before_first_start(container));
    let told_now = |event: &&&Event| !current || pulled.is_none() || event.last_seen > pulled;
    let status = container.waits_for_image().then(|| told_by_status(pod, container));
    let from_events = failed.iter().filter(told_now).map(|event| told_by_event(event, container));
    let tellings: Vec<Telling> = status.into_iter().chain(from_events).collect();
    let decisive = tellings.iter().position(|telling| telling.reading.tells);
    let telling = tellings.get(decisive.unwrap_or(0))?;
    let reading = match decisive {
        Some(_) => telling.reading.clone(),
        None => Reading::unknown(why_no_cause(pod, container, events), false),
    };
    Some(describe(container, current, telling, reading, &tellings))
}

fn describe(
    container: &PodContainer,
    current: bool,
    telling: &Telling,
    reading: Reading,
    all: &[Telling],
) -> PullFailure {
    let same: Vec<&Event> = all
        .iter()
        .filter(|other| other.reading.class == telling.reading.class)
        .filter_map(|other| other.event.as_ref())
        .collect();
    let reference = Reference::parse(container.image()).ok();
    let part = |part: fn(Reference) -> Option<String>| reference.clone().and_then(part);
    PullFailure {
        container: container.name.to_owned(),
        sort: container.sort.word(),
        image: container.image().to_owned(),
        registry: part(|reference| Some(reference.registry)),
        repository: part(|reference| Some(reference.repository)),
        tag: part(|reference| reference.tag),
        digest: part(|reference| reference.digest),
        class: reading.class,
        concept: reading.concept,
        meaning: reading.meaning,
        message: telling.message.clone(),
        origin: telling.origin,
        time: same.iter().filter_map(|event| event.last_seen).max(),
        since: same.iter().filter_map(|event| event.first_seen).min(),
        count: (!same.is_empty())
            .then(|| same.iter().fold(0i64, |sum, event| sum.saturating_add(event.count))),
        current,
        complete: !classify::is_cut(&telling.message),
        source: Some(telling.source.clone()),
    }
}

/// Why nothing tells the cause: the events that would were not seen, or were never recorded.
fn why_no_cause(pod: &Object, container: &PodContainer, events: &PodEvents) -> Unseen {
    events.missing.clone().unwrap_or_else(|| {
        let what = what(pod.reference().path(), container);
        let why = "neither the container's status nor any event of the pod tells it";
        Unseen::new(UnseenKind::NotCaptured, what, why)
    })
}

fn what(pod: impl std::fmt::Display, container: &PodContainer) -> String {
    format!("why container {} of Pod {pod} gets no image", container.name)
}

fn told_by_status(pod: &Object, container: &PodContainer) -> Telling {
    let reason = container.waiting_reason().unwrap_or_default();
    let message = container.said("message").unwrap_or_default();
    let what = what(pod.reference().path(), container);
    let mut reading = classify::read(message, Some(container.image()), &what);
    if !reading.tells {
        // Some reasons tell by themselves, such as `InvalidImageName`.
        let by_reason = classify::read(reason, None, &what);
        reading = if by_reason.tells { by_reason } else { reading };
    }
    let path = format!("{}.state.waiting", container.status_path);
    let quote = match message.is_empty() {
        true => reason.to_owned(),
        false if message.contains(reason) => message.to_owned(),
        false => format!("{reason}: {message}"),
    };
    Telling {
        origin: "container-status",
        message: if message.is_empty() { reason } else { message }.to_owned(),
        reading,
        event: None,
        source: Source::field(pod, path).quoting(quote),
    }
}

fn told_by_event(event: &Event, container: &PodContainer) -> Telling {
    let what = what(event.regarding.path(), container);
    Telling {
        origin: "event",
        message: event.message.clone(),
        reading: classify::read(&event.message, Some(container.image()), &what),
        event: Some(event.clone()),
        source: Source::event(event),
    }
}

/// Whether no process of the container has run, and what it waits for may be its image.
fn is_before_first_start(container: &PodContainer) -> bool {
    let waits = match container.waiting_reason() {
        Some(reason) => reason == "ContainerCreating",
        None => matches!(container.state(), "none" | "waiting"),
    };
    waits && !container.has_run()
}

/// Whether an event is about the image of this container: by its field path, or where it has
/// none, by the image that it names. The same image fails alike for each container that waits
/// for it, so an event without a field path is told of all of those. An event of another image
/// is of before the pod's image was changed.
fn concerns(event: &Event, container: &PodContainer, all: &[PodContainer]) -> bool {
    let named = event.image();
    let same = |other: &PodContainer| named.is_some_and(|n| image::same_image(n, other.image()));
    if let Some(name) = event.container() {
        return name == container.name && (named.is_none() || same(container));
    }
    if named.is_none() {
        return all.len() == 1;
    }
    let waiting = all.iter().any(|other| same(other) && other.waits_for_image());
    same(container) && (!waiting || container.waits_for_image())
}

/// Whether an event tells of a pull that failed (pkg/kubelet/events/event.go; `Failed` and
/// `BackOff` are used for containers that do not start too).
fn tells_failure(event: &Event) -> bool {
    let message = event.message.as_str();
    match event.reason.as_str() {
        "InspectFailed" | "ErrImageNeverPull" => true,
        "BackOff" => message.contains("pulling image"),
        "Failed" => {
            let reason = message.strip_prefix("Error: ").unwrap_or(message);
            message.to_ascii_lowercase().contains("pull image")
                || IMAGE_REASONS.iter().any(|word| reason.starts_with(word))
        }
        _ => false,
    }
}

/// The pulls that succeeded, newest first.
pub(crate) fn pulls(containers: &[PodContainer], events: &PodEvents) -> Vec<Pull> {
    let pulled = events.events.iter().filter(|event| event.reason == "Pulled");
    pulled
        .map(|event| {
            let image = event.image();
            let by_image = || {
                let mut same = containers.iter().filter(|container| {
                    image.is_some_and(|image| image::same_image(image, container.image()))
                });
                same.next().filter(|_| same.next().is_none()).map(|container| container.name)
            };
            Pull {
                container: event.container().or_else(by_image).map(str::to_owned),
                image: image.map(str::to_owned),
                time: event.last_seen,
                on_node: event.message.contains("already present on machine"),
                duration_text: event_list::duration_told(&event.message),
                source: Some(Source::event(event)),
            }
        })
        .collect()
}

/// Whether the status tells how a container's image fares: it failed, it is there, or its
/// turn has not come.
pub(crate) fn image_is_settled(container: &PodContainer) -> bool {
    container.waits_for_image()
        || container.has_run()
        || container.waiting_reason() == Some("PodInitializing")
        || field::word(container.status, "/imageID").is_some()
}
