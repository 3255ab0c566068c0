//! The state of a run of one guide on one object, and what it has found.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{Inquiry, Object, ObjectRef, Unseen, Value};
use expression::{Budget, Cite};
use guide::{Guide, Links};
use lexicon::{Lexicon, RuledOut, Support};

use crate::bindings::Bindings;
use crate::report::{Answered, Confidence, LeftForAPerson, Verdict};

/// What a run found and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct GuideRun {
    pub(crate) guide: Arc<Guide>,
    pub(crate) subject: Arc<Object>,
    /// What the subject belongs to.
    pub(crate) workload: ObjectRef,
    /// Outcomes that something spoke for, and those ruled out, in the order found.
    pub(crate) findings: Vec<Finding>,
    /// Every decision and call in the order weighed.
    pub(crate) weighed: Vec<Weighed>,
    /// What was asked for and not seen.
    pub(crate) unseen: BTreeSet<Unseen>,
    /// What was seen, for a run that ends without a cause.
    pub(crate) seen: Vec<Cite>,
    /// The questions of the steps that were gone through and that nothing answered.
    pub(crate) left: Vec<LeftForAPerson>,
    /// The questions of the guide that a tool answered.
    pub(crate) answered: Vec<Answered>,
    /// What decisions lacked only because nobody asked for it, or the source does not show it.
    pub(crate) wanting: BTreeSet<Unseen>,
    /// The images that registries were asked about.
    pub(crate) probed: BTreeSet<String>,
    /// The steps gone through, by their numbers.
    pub(crate) steps: BTreeSet<u32>,
    /// How it ended.
    pub(crate) end: End,
    /// The runs of other guides that it sent to.
    pub(crate) further: Vec<GuideRun>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A step confirmed an outcome.
    Confirmed,
    /// The steps were used up.
    StepsUsedUp,
    /// The guide says to escalate, with its sentence.
    Escalated(Option<String>),
    /// Another guide went on.
    SentOn,
    /// A limit, in words.
    Limit(String),
}

/// An outcome that something spoke for or against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) outcome: String,
    /// `None` rules it out.
    pub(crate) confidence: Option<Confidence>,
    /// The objects at fault; none named means the subject's workload.
    pub(crate) culprits: Vec<ObjectRef>,
    /// The guide's sentence, or the lexicon's.
    pub(crate) sentence: Option<String>,
    pub(crate) because: Vec<Cite>,
    pub(crate) step: u32,
    pub(crate) line: u32,
    /// Why words were taken to mean this; `None` where the guide decides itself.
    pub(crate) inferred: Option<String>,
    /// The concept that the evidence speaks for, where the link is inferred.
    pub(crate) concept: Option<String>,
    /// The container concerned, so that one container's cause does not hide another's.
    pub(crate) container: Option<String>,
}

/// One decision or call, as it was weighed.
#[derive(Clone, Debug)]
pub(crate) struct Weighed {
    pub(crate) step: u32,
    pub(crate) line: u32,
    pub(crate) text: String,
    pub(crate) verdict: Verdict,
    pub(crate) because: Vec<String>,
    /// The outcome that the decision speaks for, if it does.
    pub(crate) outcome: Option<String>,
}

/// Where a step leads.
#[derive(Clone, Debug)]
pub(crate) enum Jump {
    Step(u32),
    Guide { id: String, on: Option<Vec<ObjectRef>> },
    Escalate(Option<String>),
}

/// The state of a run between steps.
pub(crate) struct State<'e> {
    pub(crate) inquiry: &'e Inquiry<'e>,
    pub(crate) lexicon: &'static Lexicon,
    pub(crate) bindings: Bindings,
    pub(crate) budget: RefCell<Budget>,
    /// What a prose guide's run has seen so far.
    pub(crate) observations: Vec<Observation>,
    /// What the words of a prose guide are taken to mean.
    pub(crate) links: OnceCell<Links>,
    pub(crate) run: GuideRun,
}

/// Something seen that speaks for or against concepts.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) supports: Vec<Support>,
    pub(crate) rules_out: Vec<RuledOut>,
    /// The sentence for the report.
    pub(crate) says: String,
    pub(crate) because: Vec<Cite>,
    pub(crate) container: Option<String>,
    /// What was seen, for the reason of the link.
    pub(crate) what: String,
    pub(crate) step: u32,
}

impl<'e> State<'e> {
    pub(crate) fn new(
        inquiry: &'e Inquiry<'e>,
        lexicon: &'static Lexicon,
        guide: &Arc<Guide>,
        subject: &Arc<Object>,
        workload: ObjectRef,
    ) -> State<'e> {
        State {
            inquiry,
            lexicon,
            bindings: Bindings::new(subject, inquiry),
            budget: RefCell::default(),
            observations: Vec::new(),
            links: OnceCell::new(),
            run: GuideRun {
                guide: Arc::clone(guide),
                subject: Arc::clone(subject),
                workload,
                findings: Vec::new(),
                weighed: Vec::new(),
                unseen: BTreeSet::new(),
                seen: Vec::new(),
                left: Vec::new(),
                answered: Vec::new(),
                wanting: BTreeSet::new(),
                probed: BTreeSet::new(),
                steps: BTreeSet::new(),
                end: End::StepsUsedUp,
                further: Vec::new(),
            },
        }
    }
}

/// A line number as reports give it.
pub(crate) fn line(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The object references in a value: one, or a list of them.
pub(crate) fn references(value: &Value) -> Vec<ObjectRef> {
    match value.bare() {
        Value::Ref(object) => vec![(**object).clone()],
        Value::List(list) => list.items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
