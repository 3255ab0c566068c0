//! From a run to what is said of it: the causes, or the doubt.

use std::collections::BTreeMap;

use evidence::{Kind, Object, ObjectRef, Replies};
use expression::Cite;
use guide::Form;
use lexicon::Lexicon;

use crate::report::{
    Confidence, Diagnosis, Escalation, Evidence, GuidePlace, Inconclusive, OutcomeState, RuledOut,
    Trace, Verdict,
};
use crate::state::{End, Finding, GuideRun, Weighed, line};
use crate::{Book, registry, remedy, trouble};

/// The most lines of evidence that a report carries for one cause.
const MOST_EVIDENCE: usize = 24;

/// What a run is concluded with.
pub(crate) struct Context<'a> {
    pub(crate) book: &'a Book,
    pub(crate) lexicon: &'static Lexicon,
    pub(crate) replies: &'a Replies,
    /// Other guides whose signals hold for the same object.
    pub(crate) other_guides: Vec<String>,
    /// What fails for somebody though the object shows no trouble of its own, in words.
    pub(crate) symptom: &'a dyn Fn() -> Option<String>,
}

/// What a run says.
#[derive(Default)]
pub(crate) struct Conclusion {
    pub(crate) diagnoses: Vec<Diagnosis>,
    pub(crate) inconclusive: Option<Inconclusive>,
    pub(crate) trace: Vec<Trace>,
}

impl Context<'_> {
    /// Concludes a run, and the runs that it was sent on to: what those find is the cause, and
    /// the object of this run shows the symptom.
    pub(crate) fn conclude(&self, run: &GuideRun) -> Conclusion {
        let mut trace = self.trace(run);
        let mut diagnoses = self.diagnoses(run);
        for further in &run.further {
            let mut there = self.conclude(further);
            for diagnosis in &mut there.diagnoses {
                diagnosis.affected = vec![run.subject.reference().clone()];
                diagnosis.workload = diagnosis.workload.take().or_else(|| workload_name(run));
            }
            diagnoses.extend(there.diagnoses);
            trace.extend(there.trace);
        }
        let inconclusive = diagnoses.is_empty().then(|| self.inconclusive(run));
        Conclusion { diagnoses, inconclusive, trace }
    }

    fn diagnoses(&self, run: &GuideRun) -> Vec<Diagnosis> {
        let mut diagnoses = Vec::new();
        for finding in strongest(&run.findings) {
            let culprits = match finding.culprits.is_empty() {
                true => vec![run.workload.clone()],
                false => finding.culprits.clone(),
            };
            for culprit in culprits {
                diagnoses.push(self.diagnosis(run, &finding, culprit));
            }
        }
        diagnoses
    }

    fn diagnosis(&self, run: &GuideRun, finding: &Finding, culprit: ObjectRef) -> Diagnosis {
        let words = run.guide.outcome(&finding.outcome);
        let outcome = words.map_or(finding.outcome.clone(), |outcome| outcome.plain.clone());
        let sentence = match (&finding.sentence, run.guide.form) {
            (Some(sentence), Form::Explicit) => sentence.clone(),
            (Some(sentence), Form::Prose) => format!("{outcome}: {sentence}"),
            (None, _) => outcome.clone(),
        };
        let mut evidence = lines(&finding.because);
        if evidence.is_empty() {
            evidence = lines(&run.seen);
        }
        let fixes = remedy::fixes(self.book, &run.guide, finding, self.lexicon);
        let container = finding.container.as_deref();
        Diagnosis {
            cause: finding.outcome.clone(),
            outcome,
            // A service at fault is not the workload on which it was noticed.
            workload: workload_of(&culprit)
                .or_else(|| workload_name(run).filter(|_| culprit.kind != Kind::Service)),
            confidence: finding.confidence.unwrap_or(Confidence::Possible),
            guide: place(run, Some(finding)),
            summary: format!("{culprit}: {}", naming_no_container(&sentence)),
            evidence,
            ruled_out: self.outcomes(run, |id| {
                run.findings.iter().any(|one| one.outcome == id && is_reported(one, &run.findings))
            }),
            unseen: run.unseen.union(&run.wanting).cloned().collect(),
            from_here: registry::words(run, self.replies),
            answered: run.answered.clone(),
            next: remedy::steps(&fixes, &run.subject, &culprit, container, self.replies),
            affected: vec![run.subject.reference().clone()],
            explains: Vec::new(),
            inferred: finding.inferred.clone(),
            other_guides: self.other_guides.clone(),
            object: culprit,
        }
    }

    fn inconclusive(&self, run: &GuideRun) -> Inconclusive {
        let object = run.workload.clone();
        let trouble = trouble::of(&run.subject, self.replies.now());
        let trouble = trouble
            .or_else(|| (self.symptom)())
            .unwrap_or_else(|| "it shows no trouble of its own".to_owned());
        let why = match &run.end {
            End::Escalated(Some(sentence)) => sentence.clone(),
            End::Limit(limit) => format!("the guide came to no end: {limit}"),
            _ => "what could be seen does not tell why".to_owned(),
        };
        let mut unseen = run.unseen.clone();
        unseen.extend(run.wanting.iter().cloned());
        unseen.extend(run.further.iter().flat_map(|further| further.unseen.iter().cloned()));
        let values = remedy::placeholders(&run.subject, self.replies);
        let steps = run.guide.escalation.iter().map(|step| {
            let fill = |text: String, (name, value): (&String, &String)| {
                text.replace(&format!("<{name}>"), value)
            };
            remedy::to_the_only_container(values.iter().fold(step.text.clone(), fill), &values)
        });
        Inconclusive {
            workload: workload_of(&object).or_else(|| workload_name(run)),
            summary: format!("{object}: {trouble}; {why}"),
            object,
            guide: place(run, None),
            seen: lines(&run.seen),
            unseen: unseen.into_iter().collect(),
            from_here: registry::words(run, self.replies),
            answered: run.answered.clone(),
            outcomes: self.outcomes(run, |_| false),
            left_for_a_person: run.left.clone(),
            escalation: Escalation { owner: run.guide.meta.owner.clone(), steps: steps.collect() },
            affected: vec![run.subject.reference().clone()],
            other_guides: self.other_guides.clone(),
        }
    }

    /// What became of the outcomes of a guide that are not diagnosed.
    fn outcomes(&self, run: &GuideRun, diagnosed: impl Fn(&str) -> bool) -> Vec<RuledOut> {
        let others = run.guide.outcomes.iter().filter(|outcome| !diagnosed(&outcome.id));
        others
            .map(|outcome| {
                let (state, because) = self.fate(run, &outcome.id);
                RuledOut { cause: outcome.id.clone(), state, because }
            })
            .collect()
    }

    fn fate(&self, run: &GuideRun, outcome: &str) -> (OutcomeState, String) {
        let of_it = run.findings.iter().filter(|finding| finding.outcome == outcome);
        if let Some(finding) = of_it.clone().find(|finding| finding.confidence.is_none()) {
            return (OutcomeState::RuledOut, said(finding));
        }
        if let Some(finding) = of_it.max_by_key(|finding| finding.confidence) {
            return (OutcomeState::LessLikely, said(finding));
        }
        let decisions = || run.weighed.iter().filter(|one| one.outcome.as_deref() == Some(outcome));
        let because = |verdict: Verdict| {
            let reasons = decisions().filter(|one| one.verdict == verdict);
            reasons.flat_map(|one| one.because.first().cloned()).next()
        };
        if let Some(why) = because(Verdict::Unknown).or_else(|| because(Verdict::Failed)) {
            return (OutcomeState::Unknown, why);
        }
        let gone_through_all = run.steps.len() == run.guide.steps.len();
        match (run.guide.form, decisions().next().is_some()) {
            (Form::Explicit, true) => {
                let why = because(Verdict::DidNotHold).or_else(|| because(Verdict::Skipped));
                (OutcomeState::NotHeld, why.unwrap_or_else(|| "its condition did not hold".into()))
            }
            (Form::Prose, _) if gone_through_all || run.end != End::Confirmed => {
                match run.unseen.first() {
                    Some(unseen) => (OutcomeState::Unknown, unseen.to_string()),
                    None => (OutcomeState::NotHeld, "nothing that was seen speaks for it".into()),
                }
            }
            _ => (OutcomeState::NotReached, "the run ended before it was weighed".into()),
        }
    }

    fn trace(&self, run: &GuideRun) -> Vec<Trace> {
        let one = |weighed: &Weighed| Trace {
            object: run.subject.reference().clone(),
            guide: run.guide.id.clone(),
            step: weighed.step,
            line: weighed.line,
            text: weighed.text.clone(),
            verdict: weighed.verdict,
            because: weighed.because.clone(),
        };
        run.weighed.iter().map(one).collect()
    }
}

/// A sentence about a container of which no name is known, which is then the only one of its pod.
fn naming_no_container(sentence: &str) -> String {
    sentence.replace(&format!("container {}", Object::UNNAMED), "its container")
}

fn said(finding: &Finding) -> String {
    if let Some(sentence) = &finding.sentence {
        return sentence.clone();
    }
    let cite = finding.because.first();
    cite.and_then(fact_or_quote).unwrap_or_else(|| format!("decided in line {}", finding.line))
}

fn fact_or_quote(cite: &Cite) -> Option<String> {
    match (&cite.source.quote, &cite.fact) {
        (Some(quote), _) => Some(format!("“{quote}”")),
        (None, Some((name, value))) => Some(format!("{name} is {value}")),
        (None, None) => None,
    }
}

/// Whether a finding stands in the report: no other speaks more firmly for a cause of the same
/// container, or of the object as a whole.
fn is_reported(finding: &Finding, all: &[Finding]) -> bool {
    let Some(confidence) = finding.confidence else { return false };
    let firmer = |other: &Finding| {
        let about_same = finding.container.is_none()
            || other.container.is_none()
            || other.container == finding.container;
        about_same && other.confidence > Some(confidence)
    };
    !all.iter().any(firmer)
}

/// The findings that stand in the report, those of several containers for the same outcome and
/// culprits as one.
fn strongest(all: &[Finding]) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in all.iter().filter(|finding| is_reported(finding, all)) {
        let same = |known: &&mut Finding| {
            known.outcome == finding.outcome && known.culprits == finding.culprits
        };
        match merged.iter_mut().find(same) {
            Some(known) => {
                known.because.extend(finding.because.iter().cloned());
                if finding.confidence > known.confidence {
                    let because = std::mem::take(&mut known.because);
                    *known = Finding { because, ..finding.clone() };
                }
            }
            None => merged.push(finding.clone()),
        }
    }
    merged.sort_by_key(|finding| std::cmp::Reverse(finding.confidence));
    merged
}

/// Cites as lines of evidence: words once for each place, facts where there are no words.
pub(crate) fn lines(cites: &[Cite]) -> Vec<Evidence> {
    let mut lines: Vec<Evidence> = Vec::new();
    let mut quoted: BTreeMap<&evidence::Source, ()> = BTreeMap::new();
    for cite in cites {
        let line = match (&cite.source.quote, &cite.fact) {
            (Some(_), _) => {
                if quoted.insert(&cite.source, ()).is_some() {
                    continue;
                }
                Evidence { source: cite.source.clone(), fact: None, value: None }
            }
            (None, fact) => Evidence {
                source: cite.source.clone(),
                fact: fact.as_ref().map(|(name, _)| name.clone()),
                value: fact.as_ref().map(|(_, value)| value.to_json()),
            },
        };
        if !lines.contains(&line) && lines.len() < MOST_EVIDENCE {
            lines.push(line);
        }
    }
    lines
}

fn place(run: &GuideRun, finding: Option<&Finding>) -> GuidePlace {
    GuidePlace {
        id: run.guide.id.clone(),
        version: run.guide.version.clone(),
        step: finding.map(|finding| finding.step),
        line: finding.map(|finding| line(finding.line as usize)),
    }
}

fn workload_of(object: &ObjectRef) -> Option<String> {
    matches!(object.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)
        .then(|| object.name.clone())
}

fn workload_name(run: &GuideRun) -> Option<String> {
    workload_of(&run.workload)
}
