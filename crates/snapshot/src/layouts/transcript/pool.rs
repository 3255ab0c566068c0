//! The objects of a transcript, put together of all the places that show them.
//!
//! A document is more exact than a page, and a page than a row; of two that are as exact the
//! later wins, field by field. An object that a later whole list of its kind does not have is gone.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Kind, Object, ObjectRef, Time};
use serde_json::{Value as Json, json};

use super::events::{About, Events};
use super::fields::{overlay, put, put_some};
use super::moments::Age;
use super::only_container;
use super::rows;
use super::timeline::Anchor;

/// How exact a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exactness {
    Row,
    WideRow,
    Page,
    Document,
}

/// One object, as it is put together.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) json: Json,
    exactness: Exactness,
    last_seen: usize,
    /// The ages that were printed, each with its exchange.
    ages: Vec<(usize, Age)>,
    /// What its most exact copy does not show; everything is shown by a document.
    pub(super) unshown: &'static [&'static str],
    /// Whether a manifest told what its copies do not show of the specification.
    pub(super) is_specified: bool,
}

/// The objects, and the lists that were whole.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) drafts: BTreeMap<ObjectRef, Draft>,
    /// The latest whole list of a kind in a namespace, with what it held.
    lists: BTreeMap<(Kind, Option<String>), (usize, BTreeSet<String>)>,
}

/// Why a Job fails (staging/src/k8s.io/api/batch/v1/types.go).
const JOB_FAILURES: [&str; 5] = [
    "BackoffLimitExceeded",
    "DeadlineExceeded",
    "FailedIndexes",
    "MaxFailedIndexesExceeded",
    "PodFailurePolicy",
];

impl Pool {
    /// Takes a copy of an object that was printed in an exchange.
    pub(super) fn take(
        &mut self,
        at: usize,
        object: ObjectRef,
        json: Json,
        exactness: Exactness,
        unshown: &'static [&'static str],
        age: Option<Age>,
    ) {
        let draft = self.drafts.entry(object).or_insert_with(|| Draft {
            json: Json::Null,
            exactness,
            last_seen: at,
            ages: Vec::new(),
            unshown,
            is_specified: false,
        });
        draft.last_seen = at;
        draft.ages.extend(age.map(|age| (at, age)));
        if draft.json.is_null() {
            draft.json = json;
        } else if exactness >= draft.exactness {
            // What an earlier row told of a pod's state is over.
            if draft.exactness <= Exactness::WideRow
                && let Some(status) = draft.json.get_mut("status").and_then(Json::as_object_mut)
            {
                status.retain(|field, _| !matches!(&**field, "phase" | "reason"));
            }
            overlay(&mut draft.json, json);
        } else {
            let mut below = json;
            overlay(&mut below, std::mem::take(&mut draft.json));
            draft.json = below;
        }
        if exactness > draft.exactness {
            draft.exactness = exactness;
            draft.unshown = unshown;
        }
    }

    /// Notes a list that was whole.
    pub(super) fn whole(
        &mut self,
        at: usize,
        kind: Kind,
        namespace: Option<&str>,
        names: BTreeSet<String>,
    ) {
        self.lists.insert((kind, namespace.map(str::to_owned)), (at, names));
    }

    /// Whether the list of a kind in a namespace was whole.
    pub(super) fn is_whole(&self, kind: Kind, namespace: Option<&str>) -> bool {
        self.lists.contains_key(&(kind, namespace.map(str::to_owned)))
            || self.lists.contains_key(&(kind, None))
    }

    /// Gives a Job the condition with which it failed. No page prints it, and its controller writes
    /// the reason and the message of that condition into an event (pkg/controller/job).
    pub(super) fn end_job(&mut self, event: &Json) {
        let word = |pointer: &str| evidence::at(event, pointer).and_then(Json::as_str);
        let reason = word("/reason").filter(|reason| JOB_FAILURES.contains(reason));
        let of_job = word("/involvedObject/kind") == Some(Kind::Job.name());
        let (Some(reason), Some(name), true) = (reason, word("/involvedObject/name"), of_job)
        else {
            return;
        };
        let job = ObjectRef::new(Kind::Job, word("/involvedObject/namespace"), name);
        let Some(draft) = self.drafts.get_mut(&job).filter(|job| !job.has_whole_spec()) else {
            return;
        };
        let mut condition = json!({ "type": "Failed", "status": "True", "reason": reason });
        for (field, at) in [("message", "/message"), ("lastTransitionTime", "/lastTimestamp")] {
            put_some(&mut condition, field, word(at));
        }
        put(&mut draft.json, "status/conditions", json!([condition]));
    }

    /// Gives pods of which only a row is shown the one container that it tells of. `named` tells the
    /// container of a pod whose log was asked for.
    pub(super) fn give_containers<'e>(
        &mut self,
        events: &'e Events,
        named: impl Fn(&ObjectRef) -> Option<&'e str>,
        clock: impl Fn(usize) -> Time,
    ) {
        for (object, draft) in &mut self.drafts {
            if object.kind == Kind::Pod && draft.exactness <= Exactness::WideRow {
                let seen = clock(draft.last_seen);
                let told = events.of_containers(object);
                only_container::give(&mut draft.json, told, named(object), seen);
            }
        }
    }

    /// The field path of the container of a pod that is known to have but one.
    pub(super) fn only_container(&self, pod: &About) -> Option<String> {
        let namespace = pod.namespace.as_deref();
        let draft = self.drafts.get(&ObjectRef::new(Kind::Pod, namespace, &pod.name))?;
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let lists = lists.map(|list| draft.json["spec"][list].as_array());
        let mut names = lists.into_iter().flatten().flatten().map(|one| one["name"].as_str());
        let name = names.next()??;
        names.next().is_none().then(|| format!("spec.containers{{{name}}}"))
    }

    /// Takes out what a later whole list does not have; how many these are.
    pub(super) fn drop_gone(&mut self) -> usize {
        let before = self.drafts.len();
        let lists = &self.lists;
        self.drafts.retain(|object, draft| {
            let list = lists.get(&(object.kind, object.namespace.clone()));
            list.is_none_or(|(at, names)| draft.last_seen >= *at || names.contains(&object.name))
        });
        before - self.drafts.len()
    }

    /// What ages date: of what was created at a known time, and how old it was in an exchange.
    /// Where nothing tells its creation, a pod's start stands for it, which most often follows at
    /// once; the pods that waited longest before it are the fewest, so the earliest counts.
    pub(super) fn anchors(&self) -> Vec<Anchor> {
        let created: Vec<Anchor> =
            self.drafts.values().flat_map(|draft| draft.anchors(draft.created())).collect();
        if !created.is_empty() {
            return created;
        }
        let mut started: BTreeMap<usize, Anchor> = BTreeMap::new();
        for anchor in self.drafts.values().flat_map(|draft| draft.anchors(draft.started())) {
            let earliest = started.entry(anchor.at).or_insert(anchor);
            if (anchor.unit, anchor.seconds) < (earliest.unit, earliest.seconds) {
                *earliest = anchor;
            }
        }
        started.into_values().collect()
    }

    /// Sets the times that follow from ages.
    pub(super) fn resolve(&mut self, clock: impl Fn(usize) -> Time) {
        for draft in self.drafts.values_mut() {
            draft.set_created(&clock);
            draft.set_deleted(&clock);
            let is_row = draft.exactness <= Exactness::WideRow;
            let unshown: &[&str] = match draft.exactness {
                Exactness::Row | Exactness::WideRow => &rows::UNSHOWN,
                Exactness::Page => draft.unshown,
                Exactness::Document => &[],
            };
            let told = |place: &&&str| draft.is_specified && place.starts_with("/spec");
            let since = draft.is_deleted_since_unknown().then_some("/metadata/deletionTimestamp!");
            let unshown = unshown.iter().filter(|place| !told(place)).copied();
            let unshown: Vec<&str> = unshown.chain(since).collect();
            settle_own(&mut draft.json, &unshown, is_row);
        }
    }
}

impl Draft {
    /// Whether what is not in its specification is not set.
    pub(super) fn has_whole_spec(&self) -> bool {
        self.is_specified || self.exactness == Exactness::Document
    }

    fn created(&self) -> Option<i64> {
        let text = evidence::at(&self.json, "/metadata/creationTimestamp")?.as_str()?;
        Some(text.parse::<Time>().ok()?.as_second())
    }

    fn started(&self) -> Option<i64> {
        let text = evidence::at(&self.json, "/status/startTime")?.as_str()?;
        Some(text.parse::<Time>().ok()?.as_second())
    }

    fn anchors(&self, from: Option<i64>) -> impl Iterator<Item = Anchor> {
        let anchor = move |&(at, age): &(usize, Age)| {
            Some(Anchor { at, seconds: from? + age.seconds, unit: age.unit })
        };
        self.ages.iter().filter_map(anchor)
    }

    /// When it was created, from its age; a pod's start is its latest bound.
    fn set_created(&mut self, clock: &impl Fn(usize) -> Time) {
        if self.created().is_some() {
            return;
        }
        let finest = self.ages.iter().min_by_key(|(_, age)| age.unit);
        let Some((at, age)) = finest else { return };
        let latest = clock(*at).as_second() - age.seconds;
        let start = self.started();
        // Ages are rounded: nothing is created after it started.
        let created = match start {
            Some(start) if start <= latest => start,
            _ => latest,
        };
        if let Ok(time) = Time::from_second(created) {
            put(&mut self.json, "metadata/creationTimestamp", time.to_string());
        }
    }

    /// Whether a row shows that it is being deleted, and nothing shows since when.
    fn is_deleted_since_unknown(&self) -> bool {
        let told = |at: &str| evidence::at(&self.json, at).and_then(Json::as_str);
        told("/tsg.dev/deleted").is_none() && told("/tsg.dev/row/status") == Some("Terminating")
    }

    /// `Terminating (lasts 5m)`: how long ago its time to stop was over. Of a row, the latest that
    /// it can be.
    fn set_deleted(&mut self, clock: &impl Fn(usize) -> Time) {
        let lasts = evidence::at(&self.json, "/tsg.dev/deleted").and_then(Json::as_str);
        let age = match lasts {
            Some(lasts) => Age::parse(lasts).map_or(0, |age| age.seconds),
            None if self.is_deleted_since_unknown() => 0,
            None => return,
        };
        let time = Time::from_second(clock(self.last_seen).as_second() - age);
        if let Ok(time) = time {
            put(&mut self.json, "metadata/deletionTimestamp", time.to_string());
        }
    }
}

/// Says what is not shown, and takes out what only this reader needed.
fn settle_own(json: &mut Json, unshown: &[&str], is_row: bool) {
    let Some(fields) = json.as_object_mut() else { return };
    if !unshown.is_empty() {
        fields.insert(Object::UNSHOWN.to_owned(), unshown.join(" ").into());
    }
    let Some(Json::Object(mut own)) = fields.remove("tsg.dev") else { return };
    if let Some(allocated) = own.remove("allocated") {
        fields.insert("tsg.dev/allocated".to_owned(), allocated);
    }
    // Of a page and of a document, the fields themselves say more.
    if let Some(row) = own.remove("row").filter(|_| is_row) {
        fields.insert(Object::ROW.to_owned(), row);
    }
}
