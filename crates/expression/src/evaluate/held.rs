//! A value at hand, and the trail of places that values were read from.

use std::sync::Arc;

use evidence::{Quantity, Record, Source, Value};

use crate::functions::{
    BOOL, DOUBLE, DURATION, INT, KIND_NAMES, Kinds, LIST, MAP, QUANTITY, RECORD, REF, TEXT, TIME,
};
use crate::{Cite, Verdict};

/// A known value: never [`Value::Unknown`] nor [`Value::Cited`] at its top.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Value(Value),
    Quantity(Quantity),
}

/// A place, by what carries it; copying it copies a pointer.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Record(Arc<Record>),
    Cited(Arc<(Value, Source)>),
}

impl Origin {
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Origin::Record(record) => record.source.as_ref(),
            Origin::Cited(cited) => Some(&cited.1),
        }
    }
}

/// A known value with the place and the name under which it was read. The place is noted in
/// the trail only when an operation looks at the value.
#[derive(Clone, Debug)]
pub(super) struct Held<'t> {
    pub(super) term: Term,
    pub(super) origin: Option<Origin>,
    pub(super) field: Option<&'t str>,
}

impl<'t> Held<'t> {
    /// A value that was made, not read.
    pub(super) fn made(value: Value) -> Held<'t> {
        Held { term: Term::Value(value), origin: None, field: None }
    }

    pub(super) fn quantity(quantity: Quantity) -> Held<'t> {
        Held { term: Term::Quantity(quantity), origin: None, field: None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.term, Term::Value(Value::Null))
    }

    /// The value; a quantity as the text of its number.
    pub(super) fn into_value(self) -> Value {
        match self.term {
            Term::Value(value) => value,
            Term::Quantity(quantity) => Value::text(quantity.to_string()),
        }
    }

    /// The type's name in messages.
    pub(super) fn type_name(&self) -> &'static str {
        let kind = self.kind();
        if kind == 0 { "null" } else { KIND_NAMES[kind.trailing_zeros() as usize] }
    }

    /// The type as a set of one; null has none.
    pub(super) fn kind(&self) -> Kinds {
        match &self.term {
            Term::Quantity(_) => QUANTITY,
            Term::Value(value) => match value.bare() {
                Value::Bool(_) => BOOL,
                Value::Int(_) => INT,
                Value::Double(_) => DOUBLE,
                Value::Text(_) => TEXT,
                Value::Time(_) => TIME,
                Value::Duration(_) => DURATION,
                Value::Ref(_) => REF,
                Value::List(_) => LIST,
                Value::Map(_) => MAP,
                Value::Record(_) => RECORD,
                Value::Null | Value::Cited(_) | Value::Unknown(_) => 0,
            },
        }
    }
}

/// A place looked at, and what was read there.
#[derive(Clone, Debug)]
pub(super) struct Trace<'t> {
    pub(super) origin: Origin,
    /// `None` for a record as a whole.
    pub(super) fact: Option<(&'t str, Value)>,
}

/// The places looked at, in order. Whatever decides over parts of an expression cuts out
/// the places that its value does not rest on.
#[derive(Debug, Default)]
pub(super) struct Trail<'t> {
    pub(super) traces: Vec<Trace<'t>>,
}

impl<'t> Trail<'t> {
    /// Notes what a value rests on. A list rests on the places of its items, or on its own
    /// where they have none.
    pub(super) fn note(&mut self, held: &Held<'t>) {
        let Term::Value(value) = &held.term else { return };
        if let Value::List(list) = value {
            let before = self.traces.len();
            for item in list.items.iter().take(Verdict::CITES) {
                self.note_own(item, held.field);
            }
            if self.traces.len() > before {
                return;
            }
        }
        if let Some(origin) = &held.origin {
            self.push(origin.clone(), held.field, value);
        }
    }

    /// Notes the place that a value itself carries.
    fn note_own(&mut self, value: &Value, field: Option<&'t str>) {
        match value {
            Value::Cited(cited) => self.push(Origin::Cited(cited.clone()), field, cited.0.bare()),
            Value::Record(record) if record.source.is_some() => {
                self.push(Origin::Record(record.clone()), field, value);
            }
            _ => {}
        }
    }

    pub(super) fn push(&mut self, origin: Origin, field: Option<&'t str>, value: &Value) {
        let fact = match value {
            Value::Record(_) => None,
            value => field.map(|field| (field, value.clone())),
        };
        self.traces.push(Trace { origin, fact });
    }

    /// Removes the traces from `start` to `end`, which decided nothing.
    pub(super) fn cut(&mut self, start: usize, end: usize) {
        self.traces.drain(start..end);
    }

    /// The trail as citations, each once, at most [`Verdict::CITES`].
    pub(super) fn into_cites(self) -> Vec<Cite> {
        let mut cites: Vec<Cite> = Vec::new();
        for trace in self.traces {
            if cites.len() == Verdict::CITES {
                break;
            }
            let Some(source) = trace.origin.source() else { continue };
            let known = cites.iter().any(|cite| {
                let fact = cite.fact.as_ref().map(|(name, value)| (name.as_str(), value));
                fact == trace.fact.as_ref().map(|(name, value)| (*name, value))
                    && cite.source == *source
            });
            if !known {
                let fact = trace.fact.map(|(name, value)| (name.to_owned(), value));
                cites.push(Cite { source: source.clone(), fact });
            }
        }
        cites
    }
}
