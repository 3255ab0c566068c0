//! The tree of a guide, as the engine runs it and reports show it.
//!
//! Every part knows where it stands in the file. A part that could not be read is kept as
//! such ([`BulletKind::Broken`]), so that the rest of the guide can still be shown.

use std::ops::Range;
use std::sync::Arc;

use evidence::RecordShape;
use expression::{Expression, Template};

use crate::section::Section;
use crate::slice::Slice;
use crate::{Check, Definition, Fix, Lines, Signal, VersionRange};

/// A troubleshooting guide.
#[derive(Clone, Debug)]
pub struct Guide {
    /// The name of the file that it was read from.
    pub source_name: String,
    /// The whole file.
    pub text: Arc<str>,
    /// The first 12 hexadecimal digits of the SHA-256 of the file.
    pub version: String,
    /// Its id; the name of the file while the front matter does not give one.
    pub id: String,
    /// Its front matter.
    pub meta: Meta,
    /// Whether it decides with arrows or in prose.
    pub form: Form,
    /// `## Summary`.
    pub summary: String,
    /// The bullets of `## Symptoms`.
    pub symptoms: Vec<Text>,
    /// The bullets of `## Probable Causes`.
    pub probable_causes: Vec<Text>,
    /// The calls before the first step.
    pub preamble: Vec<Call>,
    /// The definitions before the first step.
    pub definitions: Vec<Definition>,
    /// The steps of the decision tree, in the order of the file.
    pub steps: Vec<Step>,
    /// The stop conditions.
    pub outcomes: Vec<Outcome>,
    /// The bullets of `## Escalation`; its text where it has no bullets.
    pub escalation: Vec<Text>,
    /// The fixes of a solution.
    pub fixes: Vec<Fix>,
    /// The calls of `## Validation`.
    pub validation_calls: Vec<Call>,
    /// What is watched for after a fix.
    pub validation: Vec<Check>,
    pub(crate) lines: Lines,
    /// The sections that it has, with their headings.
    pub(crate) sections: Vec<(Section, Range<usize>)>,
}

/// The two ways of deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bullets are literals, words and questions, related to the outcomes by the lexicon.
    Prose,
    /// At least one bullet decides with an arrow; only those decide.
    Explicit,
}

/// The front matter. What is missing or wrong in the file has its default here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// `title`; the id where it is missing.
    pub title: String,
    /// `issue_type`.
    pub issue_type: String,
    /// `component`.
    pub component: String,
    /// `phase`.
    pub phase: Phase,
    /// `severity`; `medium` where it is missing.
    pub severity: Gravity,
    /// `k8s_version`; any where it is missing.
    pub k8s_version: VersionRange,
    /// `signals`.
    pub signals: Vec<Signal>,
    /// `related_tsgs`.
    pub related: Vec<Text>,
    /// `keywords`.
    pub keywords: Vec<String>,
    /// `owner`: who is escalated to.
    pub owner: Option<String>,
    /// Where the front matter stands, with its lines of `---`.
    pub span: Range<usize>,
    /// Where the id stands.
    pub id_span: Range<usize>,
    /// Whether it could be read at all.
    pub(crate) is_read: bool,
    /// Whether it says what the guide is for.
    pub(crate) has_phase: bool,
}

/// What a guide is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding the cause.
    Diagnosis,
    /// Removing it.
    Solution,
}

/// How bad the problem of a guide is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// `critical`
    Critical,
    /// `high`
    High,
    /// `medium`
    Medium,
    /// `low`
    Low,
}

impl Gravity {
    /// The word that guides use.
    pub const fn word(self) -> &'static str {
        match self {
            Gravity::Critical => "critical",
            Gravity::High => "high",
            Gravity::Medium => "medium",
            Gravity::Low => "low",
        }
    }
}

impl Phase {
    /// The word that guides use.
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Diagnosis => "diagnosis",
            Phase::Solution => "solution",
        }
    }
}

/// A piece of text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text as the guide writes it, on one line.
    pub text: String,
    /// Where it stands.
    pub span: Range<usize>,
}

/// An expression or a template with the place of its text.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The expression or template.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
    pub(crate) slice: Slice,
}

impl<T> Located<T> {
    /// Its text, on one line.
    pub fn text(&self) -> &str {
        &self.slice.text
    }

    /// Where a part of its text stands in the file.
    pub fn source(&self, part: Range<usize>) -> Range<usize> {
        self.slice.source(part)
    }
}

/// A step of the decision tree.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// The line of its heading.
    pub line: usize,
    /// Where its heading stands.
    pub span: Range<usize>,
    /// Its calls.
    pub calls: Vec<Call>,
    /// Its definitions.
    pub definitions: Vec<Definition>,
    /// Its bullets.
    pub bullets: Vec<Bullet>,
    /// Its paragraphs.
    pub prose: Vec<Text>,
}

/// A tool call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name that conditions use: the one it is bound to, or the tool's.
    pub name: String,
    /// Where the guide binds it, if it does.
    pub bound: Option<Range<usize>>,
    /// The tool.
    pub tool: String,
    /// What the tool returns; `None` for a tool that is not known.
    pub facts: Option<&'static RecordShape>,
    /// What it is called with.
    pub arguments: Vec<Argument>,
    /// The comment above it, for people.
    pub comment: Option<String>,
    /// Where it stands.
    pub span: Range<usize>,
    /// Its line.
    pub line: usize,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter; `None` where the tool, or a parameter for it, is not known.
    pub parameter: Option<String>,
    /// The value.
    pub value: ArgumentValue,
    /// Where it stands.
    pub span: Range<usize>,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentValue {
    /// A string, with placeholders in it.
    Text(Vec<Piece>),
    /// An integer.
    Int(i64),
    /// A boolean.
    Bool(bool),
}

/// A piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// The name of a placeholder, without its angle brackets.
    Placeholder(String),
}

impl Call {
    /// The placeholders of its arguments, in order, each once.
    pub fn placeholders(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for argument in &self.arguments {
            let ArgumentValue::Text(pieces) = &argument.value else { continue };
            for piece in pieces {
                match piece {
                    Piece::Placeholder(name) if !names.contains(&name.as_str()) => {
                        names.push(name.as_str());
                    }
                    _ => {}
                }
            }
        }
        names
    }

    /// The argument of a parameter.
    pub fn argument(&self, parameter: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.parameter.as_deref() == Some(parameter))
    }

    /// The name of the list of all instances of this call.
    pub fn plural(&self) -> String {
        format!("{}s", self.name)
    }
}

/// A bullet of a step.
#[derive(Clone, Debug)]
pub struct Bullet {
    /// The bullet as the guide writes it, on one line.
    pub text: String,
    /// Its line.
    pub line: usize,
    /// Where its content stands.
    pub span: Range<usize>,
    /// How deep its list is nested, from 0.
    pub depth: usize,
    /// What it does.
    pub kind: BulletKind,
}

/// What a bullet does.
#[derive(Clone, Debug)]
pub enum BulletKind {
    /// It says what to look for or asks a question.
    Prose(Prose),
    /// It decides.
    Decision(Box<Decision>),
    /// It has an arrow, and what is around it could not be read.
    Broken,
}

/// A bullet of a prose guide, or one without an arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose {
    /// Its inline code: literals to look for. Empty for a question, whose inline code
    /// names what is asked about.
    pub literals: Vec<Text>,
    /// Whether it asks a question.
    pub question: bool,
    /// Its words without inline code and markup.
    pub words: String,
}

/// A decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When it holds.
    pub condition: Condition,
    /// The words before `When`: the question as a person would put it.
    pub question: Option<String>,
    /// What follows.
    pub consequence: Consequence,
    /// Where the words after the arrow stand.
    pub consequence_span: Range<usize>,
}

/// When a decision holds.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Any of these literals is in the evidence of the step.
    Literals(Vec<Text>),
    /// The expression is true.
    When(Located<Expression>),
    /// No earlier decision of the step held.
    Otherwise,
}

/// What follows from a decision.
#[derive(Clone, Debug)]
pub enum Consequence {
    /// An outcome.
    Outcome {
        /// How sure it is.
        verdict: Verdict,
        /// The outcome's id.
        outcome: Text,
        /// The culprit: an object reference or a list of them.
        at: Option<Located<Expression>>,
        /// The sentence for the report.
        sentence: Option<Located<Template>>,
    },
    /// Another step.
    Step {
        /// Its number.
        number: u32,
        /// Where it is named.
        span: Range<usize>,
    },
    /// Another guide.
    Guide {
        /// Its id.
        guide: Text,
        /// The object or objects that it runs on; the same target without it.
        on: Option<Located<Expression>>,
    },
    /// A person.
    Escalate {
        /// The sentence for the report.
        sentence: Option<Located<Template>>,
    },
}

/// How sure an outcome is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is the cause.
    Confirmed,
    /// It is likely the cause.
    Likely,
    /// It is possibly the cause.
    Possible,
    /// It is not the cause.
    Not,
}

/// A stop condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its id: the name in bold, or made from the words.
    pub id: String,
    /// The guide's words for it, as written, on one line.
    pub text: String,
    /// The same without markup.
    pub plain: String,
    /// Its line.
    pub line: usize,
    /// Where it stands.
    pub span: Range<usize>,
    /// Whether the id is a name in bold.
    pub named: bool,
}

impl Guide {
    /// The line that an offset of the file is on, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.line(offset)
    }

    /// Line and column of an offset of the file, both from 1.
    pub fn position_of(&self, offset: usize) -> (usize, usize) {
        self.lines.position(&self.text, offset)
    }

    /// The step of a number.
    pub fn step(&self, number: u32) -> Option<&Step> {
        self.steps.iter().find(|step| step.number == number)
    }

    /// The outcome of an id.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.id == id)
    }

    /// The calls that a step can name: those of the preamble, of earlier steps in the
    /// order of the file, and its own. `step` is an index of [`Guide::steps`].
    pub fn calls_until(&self, step: usize) -> impl Iterator<Item = &Call> {
        let steps = self.steps.iter().take(step.saturating_add(1));
        self.preamble.iter().chain(steps.flat_map(|step| &step.calls))
    }

    /// The definitions that a step can name, as [`Guide::calls_until`].
    pub fn definitions_until(&self, step: usize) -> impl Iterator<Item = &Definition> {
        let steps = self.steps.iter().take(step.saturating_add(1));
        self.definitions.iter().chain(steps.flat_map(|step| &step.definitions))
    }

    /// Whether a bullet could not be read. What its decision uses and leads to is not known
    /// then, so nothing can be called unused or unreached.
    pub fn has_broken_bullets(&self) -> bool {
        let mut bullets = self.steps.iter().flat_map(|step| &step.bullets);
        bullets.any(|bullet| matches!(bullet.kind, BulletKind::Broken))
    }

    /// All decisions with the index of their step and their bullet.
    pub fn decisions(&self) -> impl Iterator<Item = (usize, &Bullet, &Decision)> {
        self.steps.iter().enumerate().flat_map(|(index, step)| {
            step.bullets.iter().filter_map(move |bullet| match &bullet.kind {
                BulletKind::Decision(decision) => Some((index, bullet, &**decision)),
                _ => None,
            })
        })
    }
}
