//! What an evaluation ends in.

use std::borrow::Cow;
use std::ops::Range;

use evidence::{Source, Unseen, Value};

/// The value of an expression, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The value, without citation at its top; [`Value::Unknown`] when what was not seen
    /// could have changed it.
    pub value: Result<Value, EvalError>,
    /// What the value rests on, in the order of the expression, each place and fact once,
    /// at most [`Verdict::CITES`]. Empty for an unknown value and for an error.
    pub because: Vec<Cite>,
    /// What would have decided it, each once, where the value is unknown.
    pub unknowns: Vec<Unseen>,
}

/// A verdict as the answer to a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The condition holds.
    Holds,
    /// It does not: false, or null because what it asks about was seen to have no value.
    Fails,
    /// What was not seen could have made it either.
    Unknown,
    /// It could not be computed, or is no truth value.
    Error,
}

impl Verdict {
    /// The most citations that a verdict carries.
    pub const CITES: usize = 32;

    /// The verdict as the answer to a condition.
    pub fn truth(&self) -> Truth {
        match &self.value {
            Ok(Value::Bool(true)) => Truth::Holds,
            Ok(Value::Bool(false) | Value::Null) => Truth::Fails,
            Ok(Value::Unknown(_)) => Truth::Unknown,
            Ok(_) | Err(_) => Truth::Error,
        }
    }
}

/// A place that a value rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Cite {
    /// The place.
    pub source: Source,
    /// The name of the field as the expression has it, and its value there;
    /// `None` where the whole of a record is meant.
    pub fact: Option<(String, Value)>,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// The sort of reason.
    pub kind: EvalErrorKind,
    /// What happened.
    pub message: Cow<'static, str>,
    /// Where in the expression's text.
    pub span: Range<usize>,
}

/// The sorts of reason for having no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvalErrorKind {
    /// The [`Budget`](crate::Budget) was spent.
    Budget,
    /// A text or list would have become too long.
    TooLarge,
    /// A name that is not bound.
    UnknownName,
    /// A field or key that is not there.
    UnknownField,
    /// A function that the language does not have.
    NoSuchFunction,
    /// A value of a type that the operation does not take.
    WrongType,
    /// A value that the operation does not take, such as a text that is no number.
    BadValue,
    /// An index beyond the list or text.
    OutOfRange,
    /// A number, time or span beyond what can be held.
    Overflow,
    /// A whole number divided by zero.
    DivisionByZero,
}
