//! What an investigation yields: one document, the same for one target and for many.
//!
//! These types are the published form: `-o json` prints them as they are, the JSON Schema
//! is made from them, and every reporter shows a part of them.

use evidence::{ObjectRef, RegistryWord, Source, Time, Unseen};
use schemars::JsonSchema;
use serde::Serialize;

/// The answer to one `tsg diagnose`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this form. It changes when a field changes its meaning or goes away.
    pub version: u32,
    /// What was asked about.
    pub target: String,
    /// The causes found, best first.
    pub diagnoses: Vec<Diagnosis>,
    /// The objects in trouble whose cause could not be told.
    pub inconclusive: Vec<Inconclusive>,
    /// Objects that are visibly in trouble and to which no guide applies.
    pub uncovered: Vec<Uncovered>,
    /// The symptoms that no cause explains.
    pub unexplained: Vec<Symptom>,
    /// What should have been looked at to find objects in trouble, and could not be.
    pub not_looked: Vec<Unseen>,
    /// Whether everything that the guides asked for was seen. With `false`, a report
    /// without causes is no all-clear.
    pub complete: bool,
    /// How many objects were looked at for signs of trouble.
    pub looked_at: usize,
    /// How many of them a guide applied to.
    pub in_trouble: usize,
    /// The clock that ages are told by.
    pub now: Time,
    /// What the reader should know of the source: parts cut short, refused or skipped.
    pub notes: Vec<String>,
    /// Names close to the one asked for, when it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_such_target: Option<NoSuchTarget>,
    /// Every decision in the order that it was weighed; only where asked for.
    pub trace: Vec<Trace>,
}

impl Report {
    /// Whether it says that nothing is wrong, and saw all that it takes to say so.
    pub fn is_clean(&self) -> bool {
        self.diagnoses.is_empty()
            && self.inconclusive.is_empty()
            && self.uncovered.is_empty()
            && self.not_looked.is_empty()
            && self.no_such_target.is_none()
            && self.complete
    }
}

/// An object that shows a symptom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Symptom {
    /// The object.
    pub object: ObjectRef,
    /// The symptom, in Kubernetes' own words, or the signal of a guide that holds.
    pub state: String,
}

/// An object that is visibly in trouble and to which no guide applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Uncovered {
    /// The object.
    pub object: ObjectRef,
    /// Its trouble, in Kubernetes' own words: `container server waits: ContainerCreating`.
    pub state: String,
}

/// The target does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoSuchTarget {
    /// The object asked for.
    pub object: ObjectRef,
    /// Objects with names like it, nearest first.
    pub nearest: Vec<ObjectRef>,
}

/// How much a diagnosis can be relied on. Greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The evidence does not speak against it.
    Possible,
    /// The evidence speaks for it more than for anything else.
    Likely,
    /// The evidence shows it.
    Confirmed,
}

impl Confidence {
    /// The word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Confirmed => "confirmed",
        }
    }
}

/// A cause, and the object that has it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// The id of the outcome, stable: `image-tag-missing`.
    pub cause: String,
    /// The guide's words for it.
    pub outcome: String,
    /// The culprit: the object that has to be changed.
    pub object: ObjectRef,
    /// The name of the Deployment, StatefulSet or DaemonSet concerned.
    pub workload: Option<String>,
    /// How much it can be relied on.
    pub confidence: Confidence,
    /// The guide, and the place in it, that decided.
    pub guide: GuidePlace,
    /// One sentence that stands alone.
    pub summary: String,
    /// What the diagnosis rests on.
    pub evidence: Vec<Evidence>,
    /// The other outcomes of the guide, and why they are not it.
    pub ruled_out: Vec<RuledOut>,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
    /// What registries answered the machine that ran this, apart from what the node saw.
    pub from_here: Vec<RegistryWord>,
    /// Questions of the guide that a registry's word answers.
    pub answered: Vec<Answered>,
    /// What to do.
    pub next: Vec<NextStep>,
    /// The objects that show the symptom, in order of name.
    pub affected: Vec<ObjectRef>,
    /// The symptoms that it accounts for; one that a firmer cause explains is not repeated.
    pub explains: Vec<Symptom>,
    /// Why words of a guide without decisions were taken to mean this; absent where the guide decides itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inferred: Option<String>,
    /// Other guides whose signals hold too.
    pub other_guides: Vec<String>,
}

/// A place in a guide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct GuidePlace {
    /// The guide's id.
    pub id: String,
    /// The beginning of the SHA-256 of its text.
    pub version: String,
    /// The step, counted from 1; `None` where the run as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The line of the decision or stop condition, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// One line of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Where it was read.
    #[serde(flatten)]
    pub source: Source,
    /// The name of the fact, where a fact rather than words is quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The fact's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
}

/// An outcome that is not the cause, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuledOut {
    /// The id of the outcome.
    pub cause: String,
    /// Whether it was ruled out, is less likely, was not reached, or is not known.
    pub state: OutcomeState,
    /// Why.
    pub because: String,
}

/// What became of an outcome that is not the diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeState {
    /// Evidence speaks against it.
    RuledOut,
    /// Something speaks for it, but less than for the diagnosis.
    LessLikely,
    /// No decision for it held.
    NotHeld,
    /// The run ended before it was weighed.
    NotReached,
    /// What would decide it could not be seen.
    Unknown,
}

/// Something to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextStep {
    /// What it does.
    pub title: String,
    /// The commands, with placeholders filled as far as they are known.
    pub commands: Vec<String>,
    /// The risk, in the guide's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// The solution guide that says so.
    pub guide: String,
    /// The number of the fix in that guide.
    pub fix: u32,
}

/// An object in trouble whose cause could not be told.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Inconclusive {
    /// The object in trouble.
    pub object: ObjectRef,
    /// The name of the Deployment, StatefulSet or DaemonSet concerned.
    pub workload: Option<String>,
    /// The guide that was run.
    pub guide: GuidePlace,
    /// One sentence that stands alone.
    pub summary: String,
    /// What was seen.
    pub seen: Vec<Evidence>,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
    /// What registries answered the machine that ran this, apart from what the node saw.
    pub from_here: Vec<RegistryWord>,
    /// Questions of the guide that a registry's word answers.
    pub answered: Vec<Answered>,
    /// The outcomes of the guide and why each was not reached.
    pub outcomes: Vec<RuledOut>,
    /// Questions of the guide that no tool answers.
    pub left_for_a_person: Vec<LeftForAPerson>,
    /// What to hand over, and to whom.
    pub escalation: Escalation,
    /// The objects that show the symptom, in order of name.
    pub affected: Vec<ObjectRef>,
    /// Other guides whose signals hold too.
    pub other_guides: Vec<String>,
}

impl Inconclusive {
    /// Whether the guide left something open: an outcome that it did not rule out, or a question
    /// for a person.
    pub(crate) fn leaves_open(&self) -> bool {
        let out = [OutcomeState::RuledOut, OutcomeState::NotHeld];
        !self.left_for_a_person.is_empty()
            || self.outcomes.iter().any(|one| !out.contains(&one.state))
    }
}

/// A question of the guide that no tool answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LeftForAPerson {
    /// The line of the guide, counted from 1.
    pub line: u32,
    /// The question.
    pub question: String,
    /// How `tsg` could have it answered, where it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A question of the guide that a tool answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Answered {
    /// The line of the guide, counted from 1.
    pub line: u32,
    /// The question.
    pub question: String,
    /// The answer, as it was seen from the machine that ran this.
    pub answer: String,
}

/// The escalation package of a guide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Escalation {
    /// Who owns the guide's subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What the guide says to do and to collect.
    pub steps: Vec<String>,
}

/// One decision as it was weighed, for `--explain`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Trace {
    /// The object that the guide was run on.
    pub object: ObjectRef,
    /// The guide.
    pub guide: String,
    /// The step, counted from 1.
    pub step: u32,
    /// The line of the guide, counted from 1.
    pub line: u32,
    /// The decision, or the call, as the guide writes it.
    pub text: String,
    /// What came of it.
    pub verdict: Verdict,
    /// Why: the facts that it rests on, or what was unknown.
    pub because: Vec<String>,
}

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its condition held.
    Held,
    /// Its condition did not hold.
    DidNotHold,
    /// What it asks for could not be seen.
    Unknown,
    /// It was not weighed, because a call that it names was skipped.
    Skipped,
    /// Its condition went wrong on these facts.
    Failed,
}

impl Report {
    /// The version of the published form.
    pub const VERSION: u32 = 1;
}
