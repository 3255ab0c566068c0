//! How a prose guide is related to its outcomes, link by link, with the reason of each.
//!
//! A prose guide says "`pull access denied`" in a step and "Missing or invalid
//! `imagePullSecrets`" in its stop condition; that the one leads to the other stands in the
//! lexicon. Nothing here decides: links say what evidence *would* speak for which outcome.
//!
//! The words of each stop condition relate it to concepts, with a score. A concept leads to
//! the outcome that is related to it with the highest score; where none is, to that of the
//! next coarser concept. Outcomes with equal scores are rivals, and both are named.

use std::ops::Range;

use lexicon::{Lexicon, Relation};
use serde::Serialize;

use crate::{BulletKind, Guide};

/// What a link starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkSort {
    /// The words of a stop condition.
    Outcome,
    /// A literal of a bullet.
    Literal,
    /// The words of a bullet.
    Words,
    /// A question.
    Question,
    /// What a tool's facts can show.
    Fact,
}

/// Where a link starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkPlace {
    /// The place in the file, in bytes.
    pub span: Range<usize>,
    /// Its line.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// The number of the step that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
}

/// A link from a part of a guide over a concept to an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it starts from.
    pub sort: LinkSort,
    /// Where that stands.
    pub place: LinkPlace,
    /// The id of the signature of a literal, or of the rule of a fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The id of the concept.
    pub concept: String,
    /// The id of the outcome that the concept leads to; none of the guide's may.
    pub outcome: Option<String>,
    /// Outcomes that are as near.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<String>,
    /// Whether it speaks against the outcome.
    pub against: bool,
    /// How near the outcome's words are to the concept.
    pub score: u32,
    /// The reason, in words.
    pub why: String,
    /// Always true: the guide does not say it.
    pub inferred: bool,
}

/// The outcome that a concept leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NearestOutcome {
    /// The id of the outcome.
    pub outcome: String,
    /// Outcomes that are as near.
    pub rivals: Vec<String>,
    /// The concept by which they are related: the one asked for, or a coarser one.
    pub through: String,
    /// How near the outcome's words are to it.
    pub score: u32,
    /// The words of the outcome that say so.
    pub words: Vec<String>,
}

/// All links of a guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    links: Vec<Link>,
    /// What each outcome is related to, in the order of the guide: outcome, concept, score, words.
    outcomes: Vec<(String, String, u32, Vec<String>)>,
}

impl Links {
    /// Relates a guide.
    pub fn of(guide: &Guide, lexicon: &Lexicon) -> Links {
        let mut links = Links::default();
        for outcome in &guide.outcomes {
            let place = LinkPlace {
                span: outcome.span.clone(),
                line: outcome.line,
                text: outcome.text.clone(),
                step: None,
            };
            // A name in bold speaks as well: `dns: the registry is not found`.
            let phrase = format!("{} {}", outcome.id.replace('-', " "), outcome.plain);
            let phrase = if outcome.named { &phrase } else { &outcome.plain };
            for relation in lexicon.relate(phrase) {
                links.outcome_words(&outcome.id, &place, &relation);
            }
        }
        for step in &guide.steps {
            let place = |span: &Range<usize>, text: &str| LinkPlace {
                span: span.clone(),
                line: guide.line_of(span.start),
                text: text.to_owned(),
                step: Some(step.number),
            };
            for call in &step.calls {
                links.facts(lexicon, &call.tool, &place(&call.span, &call.tool));
            }
            for bullet in &step.bullets {
                let BulletKind::Prose(prose) = &bullet.kind else { continue };
                for literal in &prose.literals {
                    links.literal(lexicon, &literal.text, &place(&literal.span, &literal.text));
                }
                let place = place(&bullet.span, &bullet.text);
                if prose.question {
                    links.words(lexicon, LinkSort::Question, &bullet.text, &place);
                } else {
                    links.words(lexicon, LinkSort::Words, &prose.words, &place);
                }
            }
        }
        links
    }

    /// The links, in the order of the guide, those of the stop conditions first.
    pub fn all(&self) -> &[Link] {
        &self.links
    }

    /// Whether the lexicon knows words of an outcome.
    pub fn is_known(&self, outcome: &str) -> bool {
        self.outcomes.iter().any(|(known, ..)| known == outcome)
    }

    /// The outcome that a concept leads to.
    pub fn nearest(&self, lexicon: &Lexicon, concept: &str) -> Option<NearestOutcome> {
        lexicon.lineage(concept).iter().find_map(|concept| {
            let related = || self.outcomes.iter().filter(|(_, known, ..)| *known == concept.id);
            let best = related().map(|(_, _, score, _)| *score).max()?;
            let mut nearest = related().filter(|(_, _, score, _)| *score == best);
            let (outcome, through, score, words) = nearest.next()?.clone();
            let rivals = nearest.map(|(outcome, ..)| outcome.clone()).collect();
            Some(NearestOutcome { outcome, rivals, through, score, words })
        })
    }

    fn outcome_words(&mut self, outcome: &str, place: &LinkPlace, relation: &Relation<'_>) {
        let concept = &relation.concept.id;
        self.outcomes.push((
            outcome.to_owned(),
            concept.clone(),
            relation.score,
            relation.words.clone(),
        ));
        self.links.push(Link {
            sort: LinkSort::Outcome,
            place: place.clone(),
            by: None,
            concept: concept.clone(),
            outcome: Some(outcome.to_owned()),
            rivals: Vec::new(),
            against: false,
            score: relation.score,
            why: format!("its words {} mean {concept}", quoted(&relation.words)),
            inferred: true,
        });
    }

    fn literal(&mut self, lexicon: &Lexicon, literal: &str, place: &LinkPlace) {
        for signature in lexicon.literal(literal) {
            let why = format!("it is of {}: {}", signature.id, signature.meaning);
            for support in &signature.supports {
                let why = format!("{why}; {} for {}", support.strength, support.concept);
                self.push(lexicon, LinkSort::Literal, place, &support.concept, why, false);
                self.name_last(&signature.id);
            }
            for ruled_out in &signature.rules_out {
                let why = format!("{why}; against {}: {}", ruled_out.concept, ruled_out.because);
                self.push(lexicon, LinkSort::Literal, place, &ruled_out.concept, why, true);
                self.name_last(&signature.id);
            }
        }
    }

    fn words(&mut self, lexicon: &Lexicon, sort: LinkSort, words: &str, place: &LinkPlace) {
        for relation in lexicon.relate(words) {
            let concept = &relation.concept.id;
            let why = format!("its words {} mean {concept}", quoted(&relation.words));
            self.push(lexicon, sort, place, concept, why, false);
        }
    }

    fn facts(&mut self, lexicon: &Lexicon, tool: &str, place: &LinkPlace) {
        for rule in lexicon.facts_of(tool) {
            for support in &rule.supports {
                let why =
                    format!("when {}: {} for {}", rule.when, support.strength, support.concept);
                self.push(lexicon, LinkSort::Fact, place, &support.concept, why, false);
                self.name_last(&rule.id);
            }
            for ruled_out in &rule.rules_out {
                let why = format!("when {}: {}", rule.when, ruled_out.because);
                self.push(lexicon, LinkSort::Fact, place, &ruled_out.concept, why, true);
                self.name_last(&rule.id);
            }
        }
    }

    fn name_last(&mut self, by: &str) {
        if let Some(link) = self.links.last_mut() {
            link.by = Some(by.to_owned());
        }
    }

    fn push(
        &mut self,
        lexicon: &Lexicon,
        sort: LinkSort,
        place: &LinkPlace,
        concept: &str,
        why: String,
        against: bool,
    ) {
        let nearest = self.nearest(lexicon, concept);
        let (outcome, rivals, score, why) = match nearest {
            Some(near) => {
                let broader = match near.through == concept {
                    true => String::new(),
                    false => format!(", a case of {}", near.through),
                };
                let words = quoted(&near.words);
                let why = format!("{why}{broader}; the outcome says {words}");
                (Some(near.outcome), near.rivals, near.score, why)
            }
            None => (None, Vec::new(), 0, why),
        };
        self.links.push(Link {
            sort,
            place: place.clone(),
            by: None,
            concept: concept.to_owned(),
            outcome,
            rivals,
            against,
            score,
            why,
            inferred: true,
        });
    }
}

fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}
