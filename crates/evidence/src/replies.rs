//! Everything that was answered so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::index::Index;
use crate::{Kind, Listing, ObjectRef, Question, Reply, Time, Unseen, UnseenKind};

/// The replies of a run, with the clock that it runs by.
///
/// Replies are found by their question, and also derived: a pod from the list of its
/// namespace's pods, a namespace's list from the cluster's, an object's events from the list
/// of events. A complete list proves absence; a partial one never does.
#[derive(Clone, Debug)]
pub struct Replies {
    now: Time,
    given: BTreeMap<Question, Given>,
}

/// A reply, with the ways into it where it is a list.
#[derive(Clone, Debug)]
struct Given {
    reply: Reply,
    index: Index,
}

impl Replies {
    /// No replies yet, at a point in time.
    pub fn new(now: Time) -> Replies {
        Replies { now, given: BTreeMap::new() }
    }

    /// The clock of the run.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Takes in a reply. The first reply to a question stands: a run sees one state of the world.
    pub fn insert(&mut self, question: Question, reply: Reply) {
        self.given.entry(question).or_insert_with(|| Given { reply, index: Index::default() });
    }

    /// Every question with its reply, in the order of questions.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Reply)> {
        self.given.iter().map(|(question, given)| (question, &given.reply))
    }

    /// How many questions were answered, not counting what is derived.
    pub fn len(&self) -> usize {
        self.given.len()
    }

    /// How many of the questions were asked of an API server.
    pub fn requests(&self) -> usize {
        let of_registry = |question: &&Question| {
            matches!(question, Question::Registry { .. }) || question.is_told_elsewhere()
        };
        self.given.len() - self.given.keys().filter(of_registry).count()
    }

    /// Whether nothing was answered yet.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The reply to a question, given or derived; `None` when it has still to be asked.
    pub fn get(&self, question: &Question) -> Option<Reply> {
        if let Question::EventsOf { object } = question {
            return self.find_events(object, question);
        }
        if let Some(given) = self.given.get(question) {
            return Some(given.reply.clone());
        }
        match question {
            Question::Get { object } => self.find_object(object, question),
            Question::List { kind, namespace: Some(namespace) } => {
                let narrowed = self.narrow_list(*kind, namespace)?;
                narrowed.missing.is_none().then_some(Reply::Objects(narrowed))
            }
            Question::Namesakes { kind, name } => self.find_namesakes(*kind, name),
            _ => None,
        }
    }

    fn list(&self, kind: Kind, namespace: Option<&str>) -> Option<&Given> {
        self.given.get(&Question::list(kind, namespace))
    }

    /// The lists that would hold an object of this kind in this namespace.
    fn lists_around(&self, kind: Kind, namespace: Option<&str>) -> impl Iterator<Item = &Given> {
        let near = namespace.and_then(|namespace| self.list(kind, Some(namespace)));
        near.into_iter().chain(self.list(kind, None))
    }

    fn find_object(&self, object: &ObjectRef, question: &Question) -> Option<Reply> {
        let mut is_absent = false;
        let mut missing = None;
        for given in self.lists_around(object.kind, object.namespace.as_deref()) {
            match &given.reply {
                Reply::Objects(listing) => {
                    if let Some(found) = given.index.find(listing, object) {
                        return Some(Reply::Object(Arc::clone(found)));
                    }
                    is_absent |= listing.missing.is_none();
                    missing = missing.or(listing.missing.as_ref());
                }
                Reply::Absent => is_absent = true,
                // Who may not list may still get: the question itself has to be asked.
                _ => {}
            }
        }
        if is_absent {
            return Some(Reply::Absent);
        }
        missing.map(|missing| Reply::Unseen(Unseen::new(missing.kind, question, &missing.why)))
    }

    /// A namespace's list from the cluster's. A partial one is no answer while the namespace's
    /// own list can still be asked for.
    fn narrow_list(&self, kind: Kind, namespace: &str) -> Option<Arc<Listing>> {
        let Given { reply: Reply::Objects(listing), index } = self.list(kind, None)? else {
            return None;
        };
        Some(index.within(listing, namespace))
    }

    /// The object's events: of what was answered the first that is complete, a whole list before
    /// the object's own. So it cannot be told which of them was asked for first.
    fn find_events(&self, object: &ObjectRef, question: &Question) -> Option<Reply> {
        let is_partial = |given: &&Given| !matches!(&given.reply, Reply::Objects(list) if list.missing.is_none());
        let lists = self.lists_around(Kind::Event, object.namespace.as_deref());
        let Given { reply, index } =
            lists.chain(self.given.get(question)).min_by_key(is_partial)?;
        Some(match reply {
            Reply::Objects(listing) => Reply::Objects(Arc::new(Listing {
                items: index.about(listing, object),
                missing: listing.missing.clone(),
            })),
            other => other.clone(),
        })
    }

    /// Whether the events of an object were answered both by themselves and with a list, so that
    /// what was told of them depended on which came first.
    pub fn overlap(&self) -> bool {
        self.given.keys().any(|question| {
            let Question::EventsOf { object } = question else { return false };
            self.lists_around(Kind::Event, object.namespace.as_deref()).next().is_some()
        })
    }

    fn find_namesakes(&self, kind: Kind, name: &str) -> Option<Reply> {
        match &self.list(kind, None)?.reply {
            Reply::Objects(listing) if listing.missing.is_none() => {
                let found = listing.items.iter().map(|item| item.reference());
                Some(Reply::Namesakes(Arc::new(
                    found.filter(|object| object.name == name).cloned().collect(),
                )))
            }
            Reply::Objects(listing) => listing.missing.as_ref().map(|missing| {
                let question = Question::Namesakes { kind, name: name.to_owned() };
                Reply::Unseen(Unseen::new(missing.kind, question, &missing.why))
            }),
            _ => None,
        }
    }

    /// The reply of a source that can be asked nothing more: what no reply holds, it did not capture.
    pub fn settle(&self, question: &Question, holder: &str) -> Reply {
        if let Some(reply) = self.get(question) {
            return reply;
        }
        if let Question::List { kind, namespace: Some(namespace) } = question
            && let Some(partial) = self.narrow_list(*kind, namespace)
        {
            return Reply::Objects(partial);
        }
        // What only others than an API server tell is no gap of a dump without it.
        if question.is_told_elsewhere() {
            return Reply::Unseen(crate::not_told(question));
        }
        let refused = |given: &&Given| matches!(given.reply, Reply::Unseen(_));
        let refused = match question {
            Question::Get { object } => {
                self.lists_around(object.kind, object.namespace.as_deref()).find(refused)
            }
            Question::List { kind, .. } | Question::Namesakes { kind, .. } => {
                self.list(*kind, None).filter(refused)
            }
            _ => None,
        };
        let unseen = match refused.map(|given| &given.reply) {
            Some(Reply::Unseen(unseen)) => Unseen::new(unseen.kind, question, &unseen.why),
            _ => {
                let why = format!("{holder} does not hold it");
                Unseen::new(UnseenKind::NotCaptured, question, why)
            }
        };
        Reply::Unseen(unseen)
    }
}
