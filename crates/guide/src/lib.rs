//! The guide language: Markdown to a [`Guide`] with exact places, and every mistake at once.
//!
//! Parsing cannot fail. [`Guide::parse`] returns a tree in which what could not be read is
//! kept as such, with all the mistakes of the file; [`lint`] finds those beyond syntax, in
//! the guide as a whole; [`Guide::check`] does both. [`render`] shows mistakes as rustc does.
//!
//! What a guide may name (tools, signals, placeholders, other guides) is told by the caller
//! in a [`Vocabulary`]. How a prose guide is related to what it looks at is told by
//! [`Links`], with a reason for each link.

mod call;
mod code;
mod consequence;
mod decision;
mod definition;
mod diagnostic;
mod front_matter;
mod guide;
mod head;
mod lines;
mod link;
mod lint;
mod markdown;
mod outcome;
mod parse;
mod scope;
mod section;
mod signal;
mod slice;
mod solution;
mod version;
mod vocabulary;
mod yaml;

pub use code::{Code, Severity};
pub use definition::Definition;
pub use diagnostic::{Diagnostic, Edit, render};
pub use guide::{
    Argument, ArgumentValue, Bullet, BulletKind, Call, Condition, Consequence, Decision, Form,
    Gravity, Guide, Located, Meta, Outcome, Phase, Piece, Prose, Step, Text, Verdict,
};
pub use head::Head;
pub use lines::Lines;
pub use link::{Link, LinkPlace, LinkSort, Links, NearestOutcome};
pub use lint::lint;
pub use parse::Parsed;
pub use signal::Signal;
pub use solution::{Check, Command, Fix, Risk, RiskLevel, Treatment};
pub use version::{BadRange, VersionRange};
pub use vocabulary::{GuideName, Parameter, ParameterSort, SignalName, ToolName, Vocabulary};
