//! Weighs the decisions of a step of an explicit guide.
//!
//! All bullets of a step are weighed and their outcomes add up; the first jump that holds is
//! where the run goes on. `Otherwise` holds when no earlier bullet of the step did; it may lead
//! to an outcome only when all of them were seen to be false, while looking on is no conclusion
//! and may follow from what is unknown.

use std::collections::BTreeSet;

use evidence::{Unseen, UnseenKind, Value};
use expression::{Cite, Expression, Template, Truth};
use guide::{Bullet, BulletKind, Condition, Consequence, Decision, Located, Step};

use crate::bindings::Assignment;
use crate::registry;
use crate::report::{Confidence, Verdict};
use crate::state::{Finding, Jump, State, Weighed, line, references};
use crate::step_evidence::StepEvidence;

/// What became of a condition under one assignment.
struct Weight {
    verdict: Verdict,
    because: Vec<Cite>,
    reasons: Vec<String>,
    /// What would have decided it.
    unknowns: Vec<Unseen>,
    container: Option<String>,
    /// Set where a literal was found by what it stands for, not by its letters.
    inferred: Option<String>,
}

impl Weight {
    fn plain(verdict: Verdict, reasons: Vec<String>) -> Weight {
        Weight {
            verdict,
            because: Vec::new(),
            reasons,
            unknowns: Vec::new(),
            container: None,
            inferred: None,
        }
    }
}

/// How the earlier bullets of the step came out.
#[derive(Default)]
struct Earlier {
    held: bool,
    unknown: bool,
}

/// Weighs a step. Findings and the trace go into the state.
pub(crate) fn weigh(state: &mut State, step: &Step) -> Option<Jump> {
    let mut earlier = Earlier::default();
    let mut jump = None;
    for bullet in &step.bullets {
        match &bullet.kind {
            BulletKind::Decision(decision) => {
                let taken = decide(state, step, bullet, decision, &mut earlier);
                jump = jump.or(taken);
            }
            BulletKind::Prose(prose) if prose.question => {
                let left = registry::left(state, bullet.line, &bullet.text);
                state.run.left.push(left);
            }
            BulletKind::Prose(_) | BulletKind::Broken => {}
        }
    }
    jump
}

fn decide(
    state: &mut State,
    step: &Step,
    bullet: &Bullet,
    decision: &Decision,
    earlier: &mut Earlier,
) -> Option<Jump> {
    let assignments = match state.bindings.assignments(&names(decision)) {
        Ok(assignments) => assignments,
        Err(skipped) => {
            note(state, step, bullet, decision, Verdict::Skipped, vec![skipped]);
            return None;
        }
    };
    let otherwise = matches!(decision.condition, Condition::Otherwise);
    let before = (earlier.held, earlier.unknown);
    let mut jump = None;
    for assignment in &assignments {
        for weight in condition(state, step, decision, assignment, before) {
            if !otherwise {
                earlier.held |= weight.verdict == Verdict::Held;
                earlier.unknown |= matches!(weight.verdict, Verdict::Unknown | Verdict::Failed);
            }
            note(state, step, bullet, decision, weight.verdict, reasons(&weight));
            let wanted =
                |one: &&Unseen| matches!(one.kind, UnseenKind::NotAsked | UnseenKind::NotShown);
            state.run.wanting.extend(weight.unknowns.iter().filter(wanted).cloned());
            if weight.verdict == Verdict::Held {
                let taken = follow(state, step, bullet, decision, assignment, weight);
                jump = jump.or(taken);
            }
        }
    }
    jump
}

/// The names in the decisions of a step.
pub(crate) fn names_of_step(step: &Step) -> BTreeSet<&str> {
    let decisions = step.bullets.iter().filter_map(|bullet| match &bullet.kind {
        BulletKind::Decision(decision) => Some(names(decision)),
        _ => None,
    });
    decisions.flatten().collect()
}

/// The names in a decision's condition, culprit and sentence.
fn names(decision: &Decision) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    if let Condition::When(when) = &decision.condition {
        names.extend(when.value.names().into_iter().map(|(name, _)| name));
    }
    let (at, sentence) = match &decision.consequence {
        Consequence::Outcome { at, sentence, .. } => (at, sentence),
        Consequence::Guide { on, .. } => (on, &None),
        Consequence::Escalate { sentence } => (&None, sentence),
        Consequence::Step { .. } => (&None, &None),
    };
    names.extend(at.iter().flat_map(|at| at.value.names()).map(|(name, _)| name));
    names.extend(sentence.iter().flat_map(|text| text.value.names()).map(|(name, _)| name));
    names
}

fn condition(
    state: &State,
    step: &Step,
    decision: &Decision,
    assignment: &Assignment,
    (held, unknown): (bool, bool),
) -> Vec<Weight> {
    match &decision.condition {
        Condition::When(when) => vec![expression(state, &when.value, assignment)],
        Condition::Literals(literals) => {
            let literals: Vec<&str> = literals.iter().map(|text| text.text.as_str()).collect();
            find_literals(state, step, &literals)
        }
        Condition::Otherwise if held => {
            vec![Weight::plain(
                Verdict::DidNotHold,
                vec!["an earlier decision of the step held".into()],
            )]
        }
        Condition::Otherwise if unknown && concludes(decision) => vec![Weight::plain(
            Verdict::Unknown,
            vec![
                "an earlier decision of the step is unknown, so that no conclusion can rest on it"
                    .into(),
            ],
        )],
        Condition::Otherwise => vec![Weight::plain(Verdict::Held, Vec::new())],
    }
}

fn concludes(decision: &Decision) -> bool {
    matches!(decision.consequence, Consequence::Outcome { .. })
}

fn expression(state: &State, expression: &Expression, assignment: &Assignment) -> Weight {
    let environment = state.bindings.environment(assignment);
    let verdict = expression.evaluate(&environment, &mut state.budget.borrow_mut());
    let container = assignment.get("container").cloned();
    let (outcome, reasons) = match verdict.truth() {
        Truth::Holds => (Verdict::Held, Vec::new()),
        Truth::Fails => (Verdict::DidNotHold, Vec::new()),
        Truth::Unknown => {
            (Verdict::Unknown, verdict.unknowns.iter().map(ToString::to_string).collect())
        }
        Truth::Error => (
            Verdict::Failed,
            match &verdict.value {
                Err(error) => vec![error.to_string()],
                Ok(value) => vec![format!("{value} is neither true nor false")],
            },
        ),
    };
    Weight {
        verdict: outcome,
        because: verdict.because,
        reasons,
        unknowns: verdict.unknowns,
        container,
        inferred: None,
    }
}

/// Looks for literals in the words of the step's calls, once for each container.
fn find_literals(state: &State, step: &Step, literals: &[&str]) -> Vec<Weight> {
    let evidence = StepEvidence::of(state, step);
    let mut found: Vec<Weight> = Vec::new();
    for hit in literals.iter().flat_map(|literal| evidence.find(literal, state.lexicon)) {
        if !found.iter().any(|weight| weight.container == hit.container) {
            found.push(Weight {
                verdict: Verdict::Held,
                because: vec![hit.because],
                reasons: Vec::new(),
                unknowns: Vec::new(),
                container: hit.container,
                inferred: hit.inferred,
            });
        }
    }
    match (found.is_empty(), evidence.gaps.is_empty()) {
        (false, _) => found,
        (true, true) => {
            vec![Weight::plain(Verdict::DidNotHold, vec!["not in the evidence of the step".into()])]
        }
        (true, false) => {
            vec![Weight::plain(Verdict::Unknown, evidence.gaps.into_iter().collect())]
        }
    }
}

/// How many items of a list a reason tells; a log has hundreds of lines.
const TOLD: usize = 3;

fn briefly(value: &Value) -> String {
    let Value::List(list) = value else { return value.to_string() };
    let told: Vec<String> = list.items.iter().take(TOLD).map(Value::to_string).collect();
    match list.items.len().saturating_sub(TOLD) {
        0 => value.to_string(),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

fn reasons(weight: &Weight) -> Vec<String> {
    let cited = weight.because.iter().filter_map(|cite| match &cite.fact {
        Some((name, value)) => Some(format!("{name} is {}", briefly(value))),
        None => cite.source.quote.as_ref().map(|quote| format!("“{quote}”")),
    });
    let mut reasons: Vec<String> = weight.reasons.iter().cloned().chain(cited).collect();
    reasons.dedup();
    reasons.truncate(6);
    reasons
}

fn note(
    state: &mut State,
    step: &Step,
    bullet: &Bullet,
    decision: &Decision,
    verdict: Verdict,
    because: Vec<String>,
) {
    let outcome = match &decision.consequence {
        Consequence::Outcome { outcome, verdict: said, .. } if *said != guide::Verdict::Not => {
            Some(outcome.text.clone())
        }
        _ => None,
    };
    state.run.weighed.push(Weighed {
        step: step.number,
        line: line(bullet.line),
        text: bullet.text.clone(),
        verdict,
        because,
        outcome,
    });
}

fn follow(
    state: &mut State,
    step: &Step,
    bullet: &Bullet,
    decision: &Decision,
    assignment: &Assignment,
    weight: Weight,
) -> Option<Jump> {
    match &decision.consequence {
        Consequence::Step { number, .. } => Some(Jump::Step(*number)),
        Consequence::Guide { guide, on } => {
            let on = on.as_ref().map(|on| references(&value(state, on, assignment)));
            Some(Jump::Guide { id: guide.text.clone(), on })
        }
        Consequence::Escalate { sentence } => {
            let sentence = sentence.as_ref().map(|text| render(state, text, assignment).0);
            Some(Jump::Escalate(sentence))
        }
        Consequence::Outcome { verdict, outcome, at, sentence } => {
            let culprits = at.as_ref().map(|at| references(&value(state, at, assignment)));
            let said = sentence.as_ref().map(|text| render(state, text, assignment));
            let mut because = weight.because;
            let (sentence, cites) =
                said.map_or((None, Vec::new()), |(text, cites)| (Some(text), cites));
            because.extend(cites.into_iter().filter(|cite| cite.source.quote.is_some()));
            state.run.findings.push(Finding {
                outcome: outcome.text.clone(),
                confidence: confidence(*verdict),
                culprits: culprits.unwrap_or_default(),
                sentence,
                because,
                step: step.number,
                line: line(bullet.line),
                inferred: weight.inferred,
                concept: None,
                container: weight.container,
            });
            None
        }
    }
}

fn confidence(verdict: guide::Verdict) -> Option<Confidence> {
    match verdict {
        guide::Verdict::Confirmed => Some(Confidence::Confirmed),
        guide::Verdict::Likely => Some(Confidence::Likely),
        guide::Verdict::Possible => Some(Confidence::Possible),
        guide::Verdict::Not => None,
    }
}

fn value(state: &State, at: &Located<Expression>, assignment: &Assignment) -> Value {
    let environment = state.bindings.environment(assignment);
    let verdict = at.value.evaluate(&environment, &mut state.budget.borrow_mut());
    verdict.value.unwrap_or(Value::Null)
}

fn render(state: &State, text: &Located<Template>, assignment: &Assignment) -> (String, Vec<Cite>) {
    let environment = state.bindings.environment(assignment);
    text.value.render(&environment, &mut state.budget.borrow_mut())
}
