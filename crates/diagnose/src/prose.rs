//! Weighs a step of a prose guide: a guide that gives words, not decisions.
//!
//! Messages that tools have classified, facts that a rule of the lexicon speaks about, and the
//! guide's own literals found in the evidence are *observations*. Each speaks for or against
//! concepts; a stop condition whose words mean the concept is supported or ruled out by it.
//! Every such link is inferred, and the report says so with its reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use expression::{Budget, Cite, Environment, Expression, Template, Truth};
use guide::{BulletKind, Guide, Links, Outcome, Step};
use lexicon::{FactRule, Lexicon, Signature, Strength, Support};

use crate::bindings::Instance;
use crate::registry;
use crate::report::{Confidence, Verdict};
use crate::state::{Finding, Observation, State, Weighed, line};
use crate::step_evidence::StepEvidence;

/// Weighs a step: adds its observations and works out anew what they say together.
pub(crate) fn weigh(state: &mut State, step: &Step) {
    let evidence = StepEvidence::of(state, step);
    from_signatures(state, step, &evidence);
    from_facts(state, step);
    from_literals(state, step, &evidence);
    conclude(state);
    leave_questions(state, step);
}

fn from_signatures(state: &mut State, step: &Step, evidence: &StepEvidence) {
    for one in &evidence.classified {
        let Ok(class) = &one.class else { continue };
        let signature = state.lexicon.signature(class);
        let Some(signature) = signature.filter(|signature| signature.informative) else { continue };
        let because = one.source.iter().map(|source| Cite { source: source.clone(), fact: None });
        state.observations.push(Observation {
            supports: signature.supports.clone(),
            rules_out: signature.rules_out.clone(),
            says: signature.meaning.clone(),
            because: because.collect(),
            container: one.container.clone(),
            what: format!("the message is of the kind {}", signature.id),
            step: step.number,
        });
    }
}

fn from_facts(state: &mut State, step: &Step) {
    let lexicon = state.lexicon;
    let mut found = Vec::new();
    let unwritten = registry::tools_of(&state.run.guide, step, lexicon);
    let names = step.calls.iter().map(|call| &call.name).chain(&unwritten);
    for name in names {
        let Some(binding) = state.bindings.get(name) else { continue };
        for rule in lexicon.facts_of(&binding.tool) {
            let needed: Vec<Option<&Observation>> =
                rule.needs.iter().map(|need| supporting(state, need)).collect();
            let Some(needed) = needed.into_iter().collect::<Option<Vec<_>>>() else { continue };
            for instance in &binding.instances {
                found.extend(apply(rule, &needed, instance, step));
            }
        }
    }
    state.observations.extend(found);
}

/// A message seen so far that speaks for a concept, or a finer one, at least likely.
fn supporting<'s>(state: &'s State, concept: &str) -> Option<&'s Observation> {
    let lexicon = state.lexicon;
    let speaks = |support: &Support| {
        support.strength >= Strength::Likely
            && lexicon.lineage(&support.concept).iter().any(|above| above.id == concept)
    };
    state.observations.iter().find(|observation| observation.supports.iter().any(speaks))
}

/// Applies a rule to a tool's facts. What the rule needs of messages is evidence too, and the
/// container that they are about is the container concerned.
fn apply(
    rule: &FactRule,
    needed: &[&Observation],
    instance: &Instance,
    step: &Step,
) -> Option<Observation> {
    let condition = Expression::parse(&rule.when).ok()?;
    let environment = Environment::new().with("facts", &instance.value);
    let mut budget = Budget::default();
    let verdict = condition.evaluate(&environment, &mut budget);
    if verdict.truth() != Truth::Holds {
        return None;
    }
    let mut because: Vec<Cite> = Vec::new();
    needed.iter().for_each(|observation| extend(&mut because, &observation.because));
    extend(&mut because, &verdict.because);
    let container = instance.assignment.get("container").cloned();
    let says = Template::parse(&rule.says)
        .map_or_else(|_| rule.says.clone(), |text| text.render(&environment, &mut budget).0);
    Some(Observation {
        supports: rule.supports.clone(),
        rules_out: rule.rules_out.clone(),
        what: format!("the fact rule {} holds", rule.id),
        says,
        because,
        container: container.or_else(|| needed.first()?.container.clone()),
        step: step.number,
    })
}

/// Literals of the guide that stand in the evidence where no class was found. What the lexicon
/// knows of them counts, but never as more than likely: a literal is not a whole message.
fn from_literals(state: &mut State, step: &Step, evidence: &StepEvidence) {
    let lexicon = state.lexicon;
    for bullet in &step.bullets {
        let BulletKind::Prose(prose) = &bullet.kind else { continue };
        let mut seen_in = Vec::new();
        for literal in &prose.literals {
            let hits = evidence.find(&literal.text, lexicon);
            seen_in.extend(hits.iter().map(|hit| hit.because.clone()));
            for hit in hits {
                let known = state
                    .observations
                    .iter()
                    .any(|observation| observation.because.contains(&hit.because));
                if !known {
                    let what = format!("`{}` of line {} was found", literal.text, bullet.line);
                    state.observations.push(Observation {
                        supports: meaning_of(lexicon, &literal.text),
                        rules_out: Vec::new(),
                        says: what.clone(),
                        because: vec![hit.because],
                        container: hit.container,
                        what,
                        step: step.number,
                    });
                }
            }
        }
        let verdict = if seen_in.is_empty() { Verdict::DidNotHold } else { Verdict::Held };
        if !prose.literals.is_empty() {
            let because = seen_in.iter().filter_map(|cite| cite.source.quote.as_ref());
            state.run.weighed.push(Weighed {
                step: step.number,
                line: line(bullet.line),
                text: bullet.text.clone(),
                verdict,
                because: because.map(|quote| format!("“{quote}”")).take(3).collect(),
                outcome: None,
            });
        }
    }
}

fn meaning_of(lexicon: &Lexicon, literal: &str) -> Vec<Support> {
    let signatures = lexicon.literal(literal);
    if signatures.is_empty() {
        let related = lexicon.relate(literal);
        let best = related.first().map_or(0, |relation| relation.score);
        let equally = related.iter().take_while(|relation| relation.score == best);
        return equally
            .map(|one| Support { concept: one.concept.id.clone(), strength: Strength::Possible })
            .collect();
    }
    let weaker = |support: &Support| Support {
        concept: support.concept.clone(),
        strength: support.strength.min(Strength::Likely),
    };
    signatures
        .iter()
        .filter(|signature: &&&Signature| signature.informative)
        .flat_map(|signature| signature.supports.iter().map(weaker))
        .collect()
}

/// A stop condition that a concept means, and why.
struct Meant<'g> {
    outcome: &'g Outcome,
    why: String,
    /// Whether other stop conditions are as near.
    tied: bool,
}

/// The stop conditions that a concept means: one, or several that are equally near.
fn meant<'g>(guide: &'g Guide, links: &Links, lexicon: &Lexicon, concept: &str) -> Vec<Meant<'g>> {
    let Some(nearest) = links.nearest(lexicon, concept) else { return Vec::new() };
    let words = nearest.words.join("”, “");
    let ids = std::iter::once(&nearest.outcome).chain(&nearest.rivals);
    ids.filter_map(|id| guide.outcome(id))
        .map(|outcome| Meant {
            outcome,
            why: format!("“{words}” in line {} means {}", outcome.line, nearest.through),
            tied: !nearest.rivals.is_empty(),
        })
        .collect()
}

fn conclude(state: &mut State) {
    let guide = Arc::clone(&state.run.guide);
    let lexicon = state.lexicon;
    let links = state.links.get_or_init(|| Links::of(&guide, lexicon));
    let mut best: BTreeMap<(String, Option<String>), Finding> = BTreeMap::new();
    let mut against: BTreeMap<String, Finding> = BTreeMap::new();
    for observation in &state.observations {
        for support in &observation.supports {
            for link in meant(&guide, links, lexicon, &support.concept) {
                let strength = if link.tied { Strength::Possible } else { support.strength };
                let mut finding = finding(observation, &link, Some(confidence(strength)), None);
                finding.concept = Some(support.concept.clone());
                let key = (link.outcome.id.clone(), observation.container.clone());
                match best.get_mut(&key) {
                    Some(known) if known.confidence >= finding.confidence => {
                        extend(&mut known.because, &finding.because);
                    }
                    Some(known) => {
                        let earlier = std::mem::replace(known, finding);
                        extend(&mut known.because, &earlier.because);
                    }
                    None => drop(best.insert(key, finding)),
                }
            }
        }
        for ruled in &observation.rules_out {
            for link in meant(&guide, links, lexicon, &ruled.concept) {
                let finding = finding(observation, &link, None, Some(&ruled.because));
                against.entry(link.outcome.id.clone()).or_insert(finding);
            }
        }
    }
    let supported = |outcome: &String| best.keys().any(|(id, _)| id == outcome);
    against.retain(|outcome, _| !supported(outcome));
    state.run.findings = best.into_values().chain(against.into_values()).collect();
}

fn extend(cites: &mut Vec<Cite>, more: &[Cite]) {
    for cite in more {
        if !cites.contains(cite) {
            cites.push(cite.clone());
        }
    }
}

fn finding(
    observation: &Observation,
    link: &Meant,
    confidence: Option<Confidence>,
    because: Option<&str>,
) -> Finding {
    Finding {
        outcome: link.outcome.id.clone(),
        confidence,
        culprits: Vec::new(),
        sentence: Some(because.unwrap_or(&observation.says).to_owned()),
        because: observation.because.clone(),
        step: observation.step,
        line: line(link.outcome.line),
        inferred: Some(format!("{}; {}", observation.what, link.why)),
        concept: None,
        container: observation.container.clone(),
    }
}

fn confidence(strength: Strength) -> Confidence {
    match strength {
        Strength::Conclusive => Confidence::Confirmed,
        Strength::Likely => Confidence::Likely,
        Strength::Possible => Confidence::Possible,
    }
}

/// Leaves to a person the questions whose subject no observation speaks about.
fn leave_questions(state: &mut State, step: &Step) {
    let lexicon = state.lexicon;
    for bullet in &step.bullets {
        let BulletKind::Prose(prose) = &bullet.kind else { continue };
        if !prose.question {
            continue;
        }
        let asked = lexicon.relate(&bullet.text);
        let answered = state.observations.iter().any(|observation| {
            let supports = observation.supports.iter().map(|support| &support.concept);
            let against = observation.rules_out.iter().map(|ruled| &ruled.concept);
            supports.chain(against).any(|concept| {
                let lineage = lexicon.lineage(concept);
                asked.iter().any(|one| lineage.iter().any(|above| above.id == one.concept.id))
            })
        });
        let answered = answered || registry::answers(state, &bullet.text);
        let question = registry::left(state, bullet.line, &bullet.text);
        if !answered && !state.run.left.contains(&question) {
            state.run.left.push(question);
        }
    }
}
