//! One object that a tool asks for: seen, absent, or unseen for a reason.

use std::sync::Arc;

use evidence::{
    Cited, Inquiry, Kind, Known, Listing, Object, ObjectRef, Pending, Question, Reply, Source,
    Time, Unseen, UnseenKind,
};
use serde_json::Value as Json;

/// What is known of one object.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// It is there.
    Seen(Arc<Object>),
    /// It is not there, said by a source that would know.
    Absent(ObjectRef),
    /// Nothing is known.
    Unseen(Unseen),
}

impl Sight {
    /// Asks for an object.
    pub(crate) fn of(
        inquiry: &Inquiry,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Sight, Pending> {
        let question = Question::get(kind, Some(namespace), name);
        Ok(Sight::read(inquiry.ask(&question)?, &question))
    }

    /// Reads the reply to a question for one object.
    pub(crate) fn read(reply: Reply, question: &Question) -> Sight {
        match (reply, question) {
            (Reply::Object(object), _) => Sight::Seen(object),
            (Reply::Absent, Question::Get { object }) => Sight::Absent(object.clone()),
            (Reply::Unseen(unseen), _) => Sight::Unseen(unseen),
            (_, question) => Sight::Unseen(misfit(question)),
        }
    }

    /// The object, where it was seen.
    pub(crate) fn object(&self) -> Option<&Arc<Object>> {
        match self {
            Sight::Seen(object) => Some(object),
            _ => None,
        }
    }

    /// The object's JSON; null for an absent one, of which every field then reads as nothing.
    pub(crate) fn json(&self) -> &Json {
        self.object().map_or(&Json::Null, |object| object.json())
    }

    /// A fact that is read at a JSON pointer, with its place; unknown where the source does not show
    /// that place.
    pub(crate) fn told<T>(
        &self,
        pointer: &str,
        read: impl FnOnce(&Json, &str) -> T,
    ) -> Known<Cited<T>> {
        if let Some(object) = self.object().filter(|object| !object.is_shown(pointer)) {
            return Known::Unknown(object.unshown(pointer));
        }
        let value = read(self.json(), pointer);
        Known::Seen(Cited { value, source: self.source(&evidence::field_path(pointer)) })
    }

    /// For how many seconds the object has had longer to go than it was given.
    pub(crate) fn overdue_seconds(&self, now: Time) -> Known<Cited<Option<i64>>> {
        let overdue = self.object().map_or(Known::Seen(None), |own| own.overdue_seconds(now));
        let due = self.object().and_then(|own| own.time(Object::DUE));
        let source = self.source(&evidence::field_path(Object::DUE));
        overdue.map(|value| Cited { value, source: source.map(|source| source.at(due)) })
    }

    /// The place that a fact about the object was read from.
    pub(crate) fn source(&self, path: &str) -> Option<Source> {
        match self {
            Sight::Seen(object) => Some(Source::field(object, path)),
            Sight::Absent(reference) => Some(Source::absence(reference.clone())),
            Sight::Unseen(_) => None,
        }
    }
}

/// The objects of a list, and why there may be more.
pub(crate) fn listing(reply: Reply, question: &Question) -> (Arc<Listing>, Option<Unseen>) {
    match reply {
        Reply::Objects(listing) => {
            let missing = listing.missing.clone();
            (listing, missing)
        }
        Reply::Absent => (Arc::default(), None),
        Reply::Unseen(unseen) => (Arc::default(), Some(unseen)),
        _ => (Arc::default(), Some(misfit(question))),
    }
}

/// A reply that is of another sort than the question: nothing is known.
pub(crate) fn misfit(question: &Question) -> Unseen {
    Unseen::new(UnseenKind::Unreachable, question, "the reply does not fit the question")
}
