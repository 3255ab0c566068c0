//! What a guide may name: the tools, signals, placeholders and guides that exist.
//!
//! The guide language does not know the tools; whoever parses a guide says which there are.

use evidence::RecordShape;

/// The names that a guide may use.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The tools.
    pub tools: Vec<ToolName>,
    /// The signal catalogue.
    pub signals: Vec<SignalName>,
    /// The placeholders, without their angle brackets.
    pub placeholders: Vec<String>,
    /// The guides. While this is empty, no guide is reported as unknown.
    pub guides: Vec<GuideName>,
}

/// A tool as a guide names it.
#[derive(Clone, Debug)]
pub struct ToolName {
    /// Its name.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What it returns.
    pub facts: &'static RecordShape,
}

/// A parameter of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub sort: ParameterSort,
    /// Whether a call must give it.
    pub required: bool,
}

/// The types that a parameter can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterSort {
    /// A string.
    Text,
    /// An integer.
    Int,
    /// `True` or `False`.
    Bool,
}

impl ParameterSort {
    /// The type in words.
    pub const fn word(self) -> &'static str {
        match self {
            ParameterSort::Text => "a string",
            ParameterSort::Int => "an integer",
            ParameterSort::Bool => "a boolean",
        }
    }
}

/// A signal of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalName {
    /// The metric or predicate.
    pub name: String,
    /// The labels that a guide may ask for; the first is meant by `metric=value`.
    pub labels: Vec<String>,
}

/// A guide that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideName {
    /// Its id.
    pub id: String,
    /// The ids of its outcomes.
    pub outcomes: Vec<String>,
}

impl Vocabulary {
    /// The tool of a name.
    pub fn tool(&self, name: &str) -> Option<&ToolName> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The signal of a name.
    pub fn signal(&self, name: &str) -> Option<&SignalName> {
        self.signals.iter().find(|signal| signal.name == name)
    }

    /// Whether a guide of that id exists, or no guides are known at all.
    pub fn may_have_guide(&self, id: &str) -> bool {
        self.guides.is_empty() || self.guides.iter().any(|guide| guide.id == id)
    }
}
