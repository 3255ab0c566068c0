//! Where a layout puts what it finds, before it becomes replies.
//!
//! Objects go into one pool, the newest copy of each; what a file proves goes into *claims*
//! on a kind in a namespace. A list is complete only where a claim says so, whatever objects
//! were found, and a kind's list of the whole cluster only where that was claimed, or where
//! the namespaces are all known and each of them has a complete list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{Inadmissible, Kind, Listing, Object, ObjectRef, Question, Replies, Reply};
use evidence::{Time, Unseen, UnseenKind};
use serde_json::Value as Json;

use crate::Meta;
use crate::clock::{self, Clock, SaidBy};
use crate::logs::{LogKey, LogPlace};
use crate::note::{NoteKind, Notes};
use crate::threads;

/// What is claimed of a kind in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// The pool holds all of them.
    All,
    /// There may be more, for this reason.
    Part(Unseen),
    /// The source had nothing to tell, for this reason.
    Nothing(Unseen),
}

impl Claim {
    fn missing(&self) -> Option<&Unseen> {
        match self {
            Claim::All => None,
            Claim::Part(unseen) | Claim::Nothing(unseen) => Some(unseen),
        }
    }
}

#[derive(Debug)]
struct Pooled {
    object: Arc<Object>,
    version: Option<u64>,
    newest: Option<Time>,
}

/// What a source holds, as it is found.
pub(crate) struct Intake {
    pool: BTreeMap<ObjectRef, Pooled>,
    claims: BTreeMap<(Kind, Option<String>), Claim>,
    answers: BTreeMap<Question, Reply>,
    pub(crate) logs: BTreeMap<LogKey, LogPlace>,
    pub(crate) notes: Notes,
    other_kinds: BTreeMap<String, usize>,
    /// Lists were met that hold nothing and do not say of what.
    empty_lists: bool,
    pub(crate) newest: Option<Time>,
    /// The time that the source itself says it was made at.
    pub(crate) timestamp: Option<Time>,
    /// The time that ages in the source lead to.
    pub(crate) ages: Option<Time>,
    /// The time that the user gave.
    pub(crate) told_now: Option<Time>,
    /// Objects whose events are all known.
    pub(crate) described: BTreeSet<ObjectRef>,
    /// The clock of a recording.
    pub(crate) recorded: Option<Time>,
    /// What a recording says of itself.
    pub(crate) meta: Option<Meta>,
    /// The namespace of objects that do not say theirs.
    pub(crate) namespace: Option<String>,
    /// What a layout does to an object before it is let in.
    pub(crate) mend: fn(Kind, &mut Json),
}

/// What became of it.
pub(crate) struct Settled {
    pub(crate) replies: Replies,
    pub(crate) logs: BTreeMap<LogKey, LogPlace>,
    pub(crate) notes: Notes,
    pub(crate) clock: Clock,
}

impl Intake {
    pub(crate) fn new(namespace: Option<String>, notes: Notes) -> Intake {
        Intake {
            pool: BTreeMap::new(),
            claims: BTreeMap::new(),
            answers: BTreeMap::new(),
            logs: BTreeMap::new(),
            notes,
            other_kinds: BTreeMap::new(),
            empty_lists: false,
            newest: None,
            timestamp: None,
            ages: None,
            told_now: None,
            described: BTreeSet::new(),
            recorded: None,
            meta: None,
            namespace,
            mend: |_, _| {},
        }
    }

    /// Lets an object in; its name, or `None` with a note where it cannot be used.
    /// `kind` is that of the list it stands in, `namespace` that of its folder.
    pub(crate) fn object(
        &mut self,
        place: &str,
        kind: Option<Kind>,
        namespace: Option<&str>,
        json: Json,
    ) -> Option<ObjectRef> {
        let read = self.door().read(Incoming { kind, namespace, json });
        self.take(place, read)
    }

    /// Lets many objects in. Large numbers are read on several processors; they come in in their
    /// order all the same.
    pub(crate) fn objects_of(&mut self, place: &str, incoming: Vec<Incoming<'_>>) {
        let door = self.door();
        let all = threads::map(incoming, FEW, |one| door.read(one));
        for read in all {
            self.take(place, read);
        }
    }

    fn door(&self) -> Door<'_> {
        Door { mend: self.mend, namespace: self.namespace.as_deref() }
    }

    fn take(&mut self, place: &str, read: Read) -> Option<ObjectRef> {
        match read.admitted {
            Ok(object) => {
                self.newest = self.newest.max(read.newest);
                Some(self.pool(place, object, read.newest))
            }
            Err(Inadmissible::OtherKind { kind, .. }) => {
                *self.other_kinds.entry(kind).or_default() += 1;
                None
            }
            Err(error) => {
                self.notes.take(NoteKind::Broken, place, error.to_string());
                None
            }
        }
    }

    fn pool(&mut self, place: &str, object: Object, newest: Option<Time>) -> ObjectRef {
        let reference = object.reference().clone();
        let version = object.resource_version().and_then(|version| version.parse().ok());
        let incoming = Pooled { object: Arc::new(object), version, newest };
        match self.pool.get_mut(&reference) {
            None => {
                self.pool.insert(reference.clone(), incoming);
            }
            Some(present) if present.object == incoming.object => {}
            Some(present) => {
                // On equal terms the first stands; files are read in the order of their names.
                if (incoming.version, incoming.newest) > (present.version, present.newest) {
                    *present = incoming;
                }
                let text = format!("{reference} stands twice and differs; the newer was taken");
                self.notes.take(NoteKind::Duplicate, place, text);
            }
        }
        reference
    }

    /// Claims something of a kind in a namespace. What proves more stands.
    pub(crate) fn claim(&mut self, kind: Kind, namespace: Option<&str>, claim: Claim) {
        let key = (kind, namespace.map(str::to_owned).filter(|_| kind.namespaced()));
        let rank = |claim: &Claim| match claim {
            Claim::All => 0,
            Claim::Part(_) => 1,
            Claim::Nothing(_) => 2,
        };
        let present = self.claims.entry(key).or_insert_with(|| claim.clone());
        if rank(&claim) < rank(present) {
            *present = claim;
        }
    }

    /// Answers a question outright. The first answer stands.
    pub(crate) fn answer(&mut self, question: Question, reply: Reply) {
        self.answers.entry(question).or_insert(reply);
    }

    /// Says that an object is not there, unless it was found.
    pub(crate) fn absent(&mut self, object: ObjectRef) {
        if !self.pool.contains_key(&object) {
            self.answer(Question::Get { object }, Reply::Absent);
        }
    }

    /// The objects of a kind that were found so far.
    pub(crate) fn objects(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let objects = self.pool.values().map(|pooled| &*pooled.object);
        objects.filter(move |object| object.reference().kind == kind)
    }

    /// Whether an object of that kind was found, or a complete list that has none.
    pub(crate) fn tells_of(&self, kind: Kind) -> bool {
        let claimed = |((of, _), claim): (&(Kind, _), &Claim)| *of == kind && *claim == Claim::All;
        self.pool.keys().any(|object| object.kind == kind) || self.claims.iter().any(claimed)
    }

    /// Whether nothing at all was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.pool.is_empty()
            && self.claims.is_empty()
            && self.answers.is_empty()
            && self.logs.is_empty()
            && self.other_kinds.is_empty()
            && !self.empty_lists
    }

    /// Notes a list that holds nothing and does not say of what it is.
    pub(crate) fn note_empty_list(&mut self, place: &str) {
        self.empty_lists = true;
        let text = "an empty list that does not say of what it is, nor of which namespace: it proves nothing";
        self.notes.take(NoteKind::Remark, place, text);
    }

    /// Makes replies of it all. `holder` names the source, as in "this folder".
    pub(crate) fn settle(mut self, now: Option<Time>, holder: &str) -> Settled {
        self.note_other_kinds();
        let clock = self.clock(now);
        let mut replies = Replies::new(clock.now);
        for (question, reply) in std::mem::take(&mut self.answers) {
            replies.insert(question, reply);
        }
        self.answer_described(&mut replies);
        let shelves = self.shelves();
        for ((kind, namespace), items) in &shelves {
            let Some(claim) = self.claims.get(&(*kind, namespace.clone())) else { continue };
            let proved = self.claims.get(&(*kind, None)) == Some(&Claim::All);
            if proved && *claim != Claim::All {
                continue;
            }
            replies.insert(question(*kind, namespace), reply(items, claim));
        }
        for kind in shelves.keys().map(|(kind, _)| *kind).collect::<BTreeSet<Kind>>() {
            if self.claims.contains_key(&(kind, None)) {
                continue;
            }
            let missing = self.missing_of_cluster(kind, holder);
            let of_kind = (kind, None)..=(kind, Some("\u{10FFFF}".to_owned()));
            let items = shelves.range(of_kind).flat_map(|(_, items)| items).cloned().collect();
            let listing = Listing { items, missing };
            replies.insert(Question::list(kind, None), Reply::Objects(Arc::new(listing)));
        }
        Settled { replies, logs: self.logs, notes: self.notes, clock }
    }

    /// Answers which events there are of the objects whose events are all known.
    fn answer_described(&self, replies: &mut Replies) {
        if self.described.is_empty() {
            return;
        }
        let mut events: BTreeMap<ObjectRef, Vec<Arc<Object>>> = BTreeMap::new();
        for pooled in
            self.pool.values().filter(|pooled| pooled.object.reference().kind == Kind::Event)
        {
            if let Some(event) = pooled.object.event() {
                events.entry(event.regarding.clone()).or_default().push(Arc::clone(&pooled.object));
            }
        }
        for object in &self.described {
            let items = events.remove(object).unwrap_or_default();
            let listing = Listing { items, missing: None };
            let question = Question::EventsOf { object: object.clone() };
            replies.insert(question, Reply::Objects(Arc::new(listing)));
        }
    }

    fn clock(&self, now: Option<Time>) -> Clock {
        let sources = [
            (now, SaidBy::User),
            (self.recorded, SaidBy::Recording),
            (self.timestamp, SaidBy::Timestamp),
            (self.ages, SaidBy::Ages),
            (self.newest, SaidBy::NewestTime),
        ];
        let said = sources.into_iter().find_map(|(time, by)| Some((time?, by)));
        let (now, said_by) = said.unwrap_or((Time::UNIX_EPOCH, SaidBy::Nobody));
        Clock { now, said_by }
    }

    /// The objects by kind and namespace, with an empty shelf for every claim; the shelf of a
    /// claim on the whole cluster holds the objects of every namespace.
    fn shelves(&self) -> BTreeMap<(Kind, Option<String>), Vec<Arc<Object>>> {
        let mut shelves: BTreeMap<_, Vec<Arc<Object>>> = BTreeMap::new();
        for key in self.claims.keys() {
            shelves.insert(key.clone(), Vec::new());
        }
        for (reference, pooled) in &self.pool {
            let own = (reference.kind, reference.namespace.clone());
            let whole = (reference.kind, None);
            if own != whole && self.claims.contains_key(&whole) {
                shelves.entry(whole).or_default().push(Arc::clone(&pooled.object));
            }
            shelves.entry(own).or_default().push(Arc::clone(&pooled.object));
        }
        shelves
    }

    /// Why a kind's list of the whole cluster, put together of what was found, may lack some.
    fn missing_of_cluster(&self, kind: Kind, holder: &str) -> Option<Unseen> {
        let plural = kind.plural();
        let claims: Vec<(&str, &Claim)> = self
            .claims
            .iter()
            .filter(|((of, _), _)| *of == kind)
            .filter_map(|((_, namespace), claim)| Some((namespace.as_deref()?, claim)))
            .collect();
        if self.lists_every_namespace(kind, &claims) {
            return None;
        }
        let refused = claims.iter().find_map(|(of, claim)| Some((of, claim.missing()?)));
        let (unseen, why) = match refused {
            Some((of, unseen)) => (unseen.kind, format!("in {of}: {}", unseen.why)),
            None if claims.is_empty() => {
                (UnseenKind::NotCaptured, format!("{holder} holds no list of {plural}"))
            }
            None => {
                let namespaces = some_of(claims.iter().map(|(of, _)| *of));
                let why = format!(
                    "{holder} lists the {plural} of {namespaces}; nothing says that there are no \
                     other namespaces"
                );
                (UnseenKind::NotCaptured, why)
            }
        };
        Some(Unseen::new(unseen, Question::list(kind, None), why))
    }

    /// Whether it is known which namespaces there are, each has a complete list of this kind,
    /// and nothing was found in any other. No cluster is without a namespace, so a list that
    /// has none is not believed.
    fn lists_every_namespace(&self, kind: Kind, claims: &[(&str, &Claim)]) -> bool {
        if !kind.namespaced() || self.claims.get(&(Kind::Namespace, None)) != Some(&Claim::All) {
            return false;
        }
        let of = |kind| self.pool.keys().filter(move |object| object.kind == kind);
        let there_are: BTreeSet<&str> = of(Kind::Namespace).map(|object| &*object.name).collect();
        let listed: BTreeSet<&str> =
            claims.iter().filter(|(_, claim)| **claim == Claim::All).map(|(of, _)| *of).collect();
        let found: BTreeSet<&str> =
            of(kind).filter_map(|object| object.namespace.as_deref()).collect();
        !there_are.is_empty() && there_are == listed && found.is_subset(&there_are)
    }

    fn note_other_kinds(&mut self) {
        if self.other_kinds.is_empty() {
            return;
        }
        let total: usize = self.other_kinds.values().sum();
        let kinds = some_of(self.other_kinds.keys().map(String::as_str));
        let text = format!("{total} objects of kinds that no tool reads: {kinds}");
        self.notes.take(NoteKind::Skipped, "", text);
    }
}

/// How many objects are read on one processor.
const FEW: usize = 200;

/// An object on its way in: the kind of the list that it stands in and the namespace of its folder,
/// where there is one.
pub(crate) struct Incoming<'a> {
    pub(crate) kind: Option<Kind>,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) json: Json,
}

/// What an object is read with.
#[derive(Clone, Copy)]
struct Door<'a> {
    mend: fn(Kind, &mut Json),
    namespace: Option<&'a str>,
}

/// An object that was read, and the newest time in it.
struct Read {
    admitted: Result<Object, Inadmissible>,
    newest: Option<Time>,
}

impl Door<'_> {
    fn read(self, incoming: Incoming<'_>) -> Read {
        let Incoming { kind, namespace, mut json } = incoming;
        let newest = clock::newest(&json);
        let known = kind.or_else(|| {
            let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default();
            Kind::of(word("apiVersion"), word("kind"))
        });
        if let Some(known) = known {
            (self.mend)(known, &mut json);
            if known.namespaced() {
                fill_namespace(&mut json, namespace.or(self.namespace));
            }
        }
        let admitted = match kind {
            Some(kind) => Object::admit_as(kind, json),
            None => Object::admit(json),
        };
        Read { admitted, newest }
    }
}

fn fill_namespace(json: &mut Json, namespace: Option<&str>) {
    let metadata = json.get_mut("metadata").and_then(Json::as_object_mut);
    let (Some(metadata), Some(namespace)) = (metadata, namespace) else { return };
    let given = metadata.get("namespace").and_then(Json::as_str);
    if given.is_none_or(str::is_empty) {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
}

fn question(kind: Kind, namespace: &Option<String>) -> Question {
    Question::List { kind, namespace: namespace.clone() }
}

fn reply(items: &[Arc<Object>], claim: &Claim) -> Reply {
    match claim {
        Claim::Nothing(unseen) if items.is_empty() => Reply::Unseen(unseen.clone()),
        claim => {
            let listing = Listing { items: items.to_vec(), missing: claim.missing().cloned() };
            Reply::Objects(Arc::new(listing))
        }
    }
}

/// A few names, and how many more there are.
pub(crate) fn some_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.len().min(5);
    let more = names.len() - shown;
    let mut text = names[..shown].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
