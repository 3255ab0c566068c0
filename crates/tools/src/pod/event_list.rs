//! The events of one pod in its present life, and why there may be more.

use std::collections::BTreeSet;

use evidence::{Event, Object, Question, Reply, Time, Unseen, UnseenKind};
use jiff::SignedDuration;

use crate::sight;

/// How long an API server keeps an event (`--event-ttl`, default 1 h).
pub(crate) const EVENT_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// How far the ages that `kubectl` prints may be out: they are whole minutes after ten of them, and
/// those of two commands count from two moments. It counts for pods without a uid only.
const AGE_SLACK: SignedDuration = SignedDuration::from_secs(60);

/// The events of a pod, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct PodEvents {
    /// What was seen.
    pub events: Vec<Event>,
    /// Why there may be more.
    pub missing: Option<Unseen>,
}

impl PodEvents {
    /// Reads the reply to the question for a pod's events.
    ///
    /// An event of another uid is of an earlier pod of the same name (a StatefulSet's pod keeps
    /// its name) and is left out, as is one without uid from before the pod was made. Without
    /// the pod itself that cannot be told, and all are kept. A pod older than the events' time
    /// to live may have had events that are gone.
    pub(crate) fn read(
        reply: Reply,
        question: &Question,
        pod: Option<&Object>,
        now: Time,
    ) -> PodEvents {
        let (listing, missing) = sight::listing(reply, question);
        let created = pod.and_then(Object::created);
        let mut names = BTreeSet::new();
        let mut events: Vec<Event> = listing
            .items
            .iter()
            .filter_map(|object| object.event())
            .filter(|event| pod.is_none_or(|pod| is_of_this_life(event, pod)))
            .filter(|event| names.insert(&event.name))
            .cloned()
            .collect();
        events.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.name.cmp(&b.name)));
        let young = created.is_some_and(|created| now.duration_since(created) <= EVENT_LIFETIME);
        let expired = || {
            let why = match created {
                Some(_) => "the pod is older than the hour for which the API server keeps events",
                None => "the pod's age is not known, and the API server keeps events for an hour",
            };
            // What was seen stands; only what came before it may be gone.
            let earlier = if events.is_empty() { "" } else { "earlier " };
            Unseen::new(UnseenKind::Expired, format!("{earlier}{question}"), why)
        };
        let missing = missing.or_else(|| (!young).then(expired));
        PodEvents { events, missing }
    }
}

/// The uid by which the kubelet knows the pod: a static pod's events carry the hash of its
/// manifest, which its mirror in the API repeats in an annotation.
fn uids(pod: &Object) -> [Option<&str>; 2] {
    [pod.uid(), pod.annotation("kubernetes.io/config.mirror")]
}

fn is_of_this_life(event: &Event, pod: &Object) -> bool {
    match &event.regarding_uid {
        Some(uid) if pod.uid().is_some() => uids(pod).contains(&Some(uid.as_str())),
        Some(_) => true,
        None => match (event.last_seen, pod.created()) {
            // Objects that were read off a page have no uid, and their times are rounded.
            (Some(seen), Some(created)) if pod.uid().is_none() => seen + AGE_SLACK >= created,
            (Some(seen), Some(created)) => seen >= created,
            _ => true,
        },
    }
}

/// The time to pull, in the kubelet's words: `1.2s (2.3s including waiting)`.
pub(crate) fn duration_told(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("\" in ")?;
    let told = rest.split_once(". Image size").map_or(rest, |(told, _)| told);
    Some(told.trim().trim_end_matches('.').to_owned()).filter(|told| !told.is_empty())
}

/// The secrets that the kubelet says it could not read: `Unable to retrieve some image pull
/// secrets (a, b); attempting to pull the image may not succeed.`
pub(crate) fn secrets_not_retrieved(event: &Event) -> Vec<String> {
    if event.reason != "FailedToRetrieveImagePullSecret" {
        return Vec::new();
    }
    let named = event.message.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    named.map_or_else(Vec::new, |(names, _)| {
        names.split(',').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect()
    })
}
