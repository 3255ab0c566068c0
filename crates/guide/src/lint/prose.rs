//! Prose: what the lexicon cannot relate, or relates to two outcomes alike.

use lexicon::Lexicon;

use crate::link::Links;
use crate::{BulletKind, Code, Condition, Diagnostic, Guide, Text};

/// Literals that no message holds.
pub(super) fn literals(guide: &Guide, lexicon: &Lexicon, diagnostics: &mut Vec<Diagnostic>) {
    for bullet in guide.steps.iter().flat_map(|step| &step.bullets) {
        let literals: &[Text] = match &bullet.kind {
            BulletKind::Prose(prose) => &prose.literals,
            BulletKind::Decision(decision) => match &decision.condition {
                Condition::Literals(literals) => literals,
                _ => continue,
            },
            BulletKind::Broken => continue,
        };
        for literal in literals {
            if is_message(&literal.text) && lexicon.literal(&literal.text).is_empty() {
                let message = format!("no message that is known holds `{}`", literal.text);
                diagnostics.push(
                    Diagnostic::new(Code::DeadLiteral, literal.span.clone(), message)
                        .note("it is still looked for as it stands")
                        .help("quote the stable core of a real message, without names or prefixes"),
                );
            }
        }
    }
}

/// Whether a literal can be a part of a message: it has several words. One word alone is
/// a reason, a field or a state (`OOMKilled`), which the lexicon does not list.
fn is_message(literal: &str) -> bool {
    let words = literal.split_whitespace().count();
    words > 1 && !literal.starts_with("kubectl ") && !literal.contains(['<', '='])
}

/// Questions that nothing the guide looks at can answer.
pub(super) fn questions(guide: &Guide, lexicon: &Lexicon, diagnostics: &mut Vec<Diagnostic>) {
    for (index, step) in guide.steps.iter().enumerate() {
        for bullet in &step.bullets {
            let BulletKind::Prose(prose) = &bullet.kind else { continue };
            if !prose.question || answerable(guide, index, &bullet.text, lexicon) {
                continue;
            }
            let message = "nothing that the guide looks at answers this question";
            diagnostics.push(
                Diagnostic::new(Code::UnansweredQuestion, bullet.span.clone(), message)
                    .note("a report lists it under what is left for a person")
                    .help("let it decide: the question, then When `expression` → consequence"),
            );
        }
    }
}

/// Whether a fact of a tool that was called by then speaks of what the question asks.
fn answerable(guide: &Guide, step: usize, question: &str, lexicon: &Lexicon) -> bool {
    let asked = lexicon.relate(question);
    let related = |concept: &str| {
        asked.iter().any(|relation| {
            lexicon.is_case_of(concept, &relation.concept.id)
                || lexicon.is_case_of(&relation.concept.id, concept)
        })
    };
    guide.calls_until(step).any(|call| {
        lexicon.facts_of(&call.tool).any(|rule| {
            rule.supports.iter().any(|support| related(&support.concept))
                || rule.rules_out.iter().any(|ruled_out| related(&ruled_out.concept))
        })
    })
}

/// Outcomes that nothing leads to, and evidence that leads to two.
pub(super) fn outcomes(guide: &Guide, lexicon: &Lexicon, diagnostics: &mut Vec<Diagnostic>) {
    let links = Links::of(guide, lexicon);
    for outcome in &guide.outcomes {
        if !links.is_known(&outcome.id) {
            let message = format!("the lexicon knows no word of `{}`", outcome.plain);
            diagnostics.push(
                Diagnostic::new(Code::UnlinkedOutcome, outcome.span.clone(), message)
                    .note("no evidence can lead to it")
                    .help("say it in other words, or decide with arrows"),
            );
        }
    }
    let mut said: Vec<Vec<&str>> = Vec::new();
    for link in links.all().iter().filter(|link| !link.rivals.is_empty()) {
        let mut tied: Vec<&str> = link.rivals.iter().map(String::as_str).collect();
        tied.extend(link.outcome.as_deref());
        tied.sort_unstable();
        if said.contains(&tied) {
            continue;
        }
        let names = tied.join("` and `");
        let message = format!("`{}` is equally near to `{names}`", link.concept);
        diagnostics.push(
            Diagnostic::new(Code::AmbiguousOutcome, link.place.span.clone(), message)
                .label(link.why.clone())
                .help("say in the stop conditions what tells them apart, or decide with arrows"),
        );
        said.push(tied);
    }
}
