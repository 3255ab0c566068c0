//! Decisions: where they lead, what leads nowhere, and what contradicts.

use expression::nearest;

use crate::{
    Bullet, Code, Condition, Consequence, Decision, Diagnostic, Form, Guide, Text, Verdict,
    Vocabulary,
};

pub(super) fn check(guide: &Guide, vocabulary: &Vocabulary, diagnostics: &mut Vec<Diagnostic>) {
    for (step, _, decision) in guide.decisions() {
        match &decision.consequence {
            Consequence::Outcome { outcome, .. } if guide.outcome(&outcome.text).is_none() => {
                diagnostics.push(unknown_outcome(guide, outcome));
            }
            Consequence::Step { number, span } => {
                jump(guide, step, *number, span.clone(), diagnostics);
            }
            // On another object the same guide goes on, along a chain of callers for example.
            Consequence::Guide { guide: other, on: Some(_) } if other.text == guide.id => {}
            Consequence::Guide { guide: other, .. } => {
                other_guide(guide, other, vocabulary, diagnostics);
            }
            _ => {}
        }
    }
    if guide.form == Form::Explicit && !guide.has_broken_bullets() {
        unreached(guide, diagnostics);
    }
    for step in 0..guide.steps.len() {
        within_step(guide, step, diagnostics);
    }
}

fn unknown_outcome(guide: &Guide, outcome: &Text) -> Diagnostic {
    let names = guide.outcomes.iter().map(|outcome| outcome.id.as_str());
    let near = nearest(&outcome.text, names.clone());
    let known: Vec<&str> = names.collect();
    let message = format!("the stop conditions have no outcome `{}`", outcome.text);
    let diagnostic = Diagnostic::new(Code::UnknownOutcome, outcome.span.clone(), message);
    let diagnostic = match known.is_empty() {
        true => diagnostic,
        false => diagnostic.note(format!("outcomes: {}", known.join(", "))),
    };
    diagnostic.nearest(outcome.span.clone(), near)
}

fn jump(
    guide: &Guide,
    from: usize,
    number: u32,
    span: std::ops::Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(to) = guide.steps.iter().position(|step| step.number == number) else {
        let numbers: Vec<String> = guide.steps.iter().map(|step| step.number.to_string()).collect();
        let message = format!("there is no step {number}");
        diagnostics.push(
            Diagnostic::new(Code::UnknownStep, span, message)
                .note(format!("steps: {}", numbers.join(", "))),
        );
        return;
    };
    if to <= from {
        let what = if to == from { "this step itself" } else { "an earlier step" };
        let message = format!("step {number} is {what}");
        diagnostics.push(
            Diagnostic::new(Code::JumpBack, span, message)
                .note("the same evidence gives the same decisions, so a run does not go round"),
        );
    }
}

fn other_guide(
    guide: &Guide,
    other: &Text,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let span = other.span.clone();
    if other.text == guide.id {
        let message = "this guide jumps to itself";
        let same = Diagnostic::new(Code::JumpBack, span, message);
        diagnostics.push(same.note("a guide that runs on the same target again is not run twice"));
    } else if !vocabulary.may_have_guide(&other.text) {
        let ids = vocabulary.guides.iter().map(|guide| guide.id.as_str());
        let near = nearest(&other.text, ids);
        let message = format!("no guide has the id `{}`", other.text);
        diagnostics
            .push(Diagnostic::new(Code::UnknownJump, span.clone(), message).nearest(span, near));
    }
}

/// Outcomes and steps that no run of an explicit guide can come to.
fn unreached(guide: &Guide, diagnostics: &mut Vec<Diagnostic>) {
    for outcome in &guide.outcomes {
        let reached = guide.decisions().any(|(_, _, decision)| {
            matches!(&decision.consequence,
                Consequence::Outcome { verdict, outcome: named, .. }
                    if *verdict != Verdict::Not && named.text == outcome.id)
        });
        if !reached {
            let message = format!("no decision leads to `{}`", outcome.id);
            diagnostics.push(
                Diagnostic::new(Code::UnreachedOutcome, outcome.span.clone(), message)
                    .help(format!("add a bullet that ends in → **{}**", outcome.id)),
            );
        }
    }
    let reachable = reachable(guide);
    for (step, _) in guide.steps.iter().zip(reachable).filter(|(_, reachable)| !reachable) {
        let message = format!("no run can come to step {}", step.number);
        diagnostics.push(Diagnostic::new(Code::UnreachableStep, step.span.clone(), message));
    }
}

/// Which steps a run can come to.
fn reachable(guide: &Guide) -> Vec<bool> {
    let mut reachable = vec![false; guide.steps.len()];
    let mut next = vec![0];
    while let Some(step) = next.pop() {
        match reachable.get_mut(step) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let decisions: Vec<&Decision> =
            decisions_of(guide, step).into_iter().map(|(_, decision)| decision).collect();
        for decision in &decisions {
            if let Consequence::Step { number, .. } = decision.consequence {
                next.extend(guide.steps.iter().position(|step| step.number == number));
            }
        }
        if goes_on(&decisions) {
            next.push(step + 1);
        }
    }
    reachable
}

/// Whether a run can go on from a step to the one under it: not when an `Otherwise` jumps
/// and everything else jumps or confirms.
fn goes_on(decisions: &[&Decision]) -> bool {
    let jumps = |decision: &&Decision| !matches!(decision.consequence, Consequence::Outcome { .. });
    let leaves = |decision: &&Decision| {
        jumps(decision)
            || matches!(
                decision.consequence,
                Consequence::Outcome { verdict: Verdict::Confirmed, .. }
            )
    };
    let otherwise = decisions
        .iter()
        .any(|decision| matches!(decision.condition, Condition::Otherwise) && jumps(decision));
    !(otherwise && decisions.iter().all(leaves))
}

fn decisions_of(guide: &Guide, step: usize) -> Vec<(&Bullet, &Decision)> {
    let own = guide.decisions().filter(|(index, _, _)| *index == step);
    own.map(|(_, bullet, decision)| (bullet, decision)).collect()
}

fn within_step(guide: &Guide, step: usize, diagnostics: &mut Vec<Diagnostic>) {
    let decisions = decisions_of(guide, step);
    let mut otherwise: Option<&Bullet> = None;
    for (index, (bullet, decision)) in decisions.iter().enumerate() {
        if let Some(first) = otherwise {
            let message = "this decision stands after `Otherwise`";
            diagnostics.push(
                Diagnostic::new(Code::OtherwiseNotLast, bullet.span.clone(), message)
                    .related(first.span.clone(), "`Otherwise` is here")
                    .help("`Otherwise` sees only the decisions before it; put it last"),
            );
        }
        if matches!(decision.condition, Condition::Otherwise) {
            if index == 0 {
                let message = "`Otherwise` stands first in its step, so it always holds";
                diagnostics.push(Diagnostic::new(
                    Code::OtherwiseAlone,
                    bullet.span.clone(),
                    message,
                ));
            }
            otherwise = otherwise.or(Some(bullet));
        }
        for (earlier, other) in &decisions[..index] {
            if same_condition(&decision.condition, &other.condition) {
                diagnostics.extend(clash(bullet, decision, earlier, other));
            }
        }
    }
}

fn same_condition(one: &Condition, other: &Condition) -> bool {
    match (one, other) {
        (Condition::When(one), Condition::When(other)) => {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            bare(one.text()) == bare(other.text())
        }
        (Condition::Literals(one), Condition::Literals(other)) => {
            let fold = |literals: &[Text]| {
                let mut all: Vec<String> =
                    literals.iter().map(|literal| literal.text.to_lowercase()).collect();
                all.sort();
                all
            };
            fold(one) == fold(other)
        }
        (Condition::Otherwise, Condition::Otherwise) => true,
        _ => false,
    }
}

/// What two decisions with the same condition make of it, if it is a mistake.
fn clash(
    bullet: &Bullet,
    decision: &Decision,
    earlier: &Bullet,
    other: &Decision,
) -> Option<Diagnostic> {
    let (code, message) = match (&decision.consequence, &other.consequence) {
        (
            Consequence::Outcome { verdict: one, outcome: this, .. },
            Consequence::Outcome { verdict: two, outcome: that, .. },
        ) if this.text == that.text => match (*one == Verdict::Not, *two == Verdict::Not) {
            (true, false) | (false, true) => {
                let message = format!("the same condition speaks for and against `{}`", this.text);
                (Code::Contradiction, message)
            }
            _ => (Code::DuplicateDecision, format!("`{}` is decided twice alike", this.text)),
        },
        (Consequence::Step { number: one, .. }, Consequence::Step { number: two, .. }) => {
            if one == two {
                (Code::DuplicateDecision, "the same decision stands twice".to_owned())
            } else {
                (Code::Contradiction, "the same condition jumps to two steps".to_owned())
            }
        }
        _ => return None,
    };
    Some(
        Diagnostic::new(code, bullet.span.clone(), message)
            .related(earlier.span.clone(), "the other decision"),
    )
}
