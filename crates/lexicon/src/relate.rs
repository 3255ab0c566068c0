//! Which concepts the words of a guide speak of.
//!
//! The phrase is split at everything that is not a letter or digit, lower-cased, and plural endings
//! are taken off; the concepts' phrases are treated alike. Each concept phrase whose words stand in
//! the guide's phrase in a row earns its points once ([`STRONG_POINTS`], [`WORD_POINTS`],
//! [`HINT_POINTS`]); a word counts for one phrase of a concept only, the longest and then the
//! strongest first. A concept's score is the sum. A concept that earned hints alone is left out.
//! Ties go to the finer concept, then keep the order of the data files. Nothing else enters: no
//! frequencies, no lengths, no order of words beyond a phrase's own, so the words listed explain the
//! score completely.

use std::cmp::Reverse;

use crate::model::{Concept, HINT_POINTS, STRONG_POINTS, WORD_POINTS};

/// A concept that a phrase speaks of, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation<'l> {
    /// The concept.
    pub concept: &'l Concept,
    /// Sum of the points of `words`; comparable between concepts of one phrase only.
    pub score: u32,
    /// The concept's phrases that were found, as the data file writes them, strongest first.
    pub words: Vec<String>,
}

/// A concept's phrases, ready to be looked for.
#[derive(Debug, Clone)]
pub(crate) struct ConceptWords {
    phrases: Vec<Phrase>,
}

#[derive(Debug, Clone)]
struct Phrase {
    text: String,
    stems: Vec<String>,
    points: u32,
}

impl ConceptWords {
    pub(crate) fn new(concept: &Concept) -> ConceptWords {
        let groups = [
            (&concept.strong, STRONG_POINTS),
            (&concept.words, WORD_POINTS),
            (&concept.hints, HINT_POINTS),
        ];
        let mut phrases: Vec<Phrase> = Vec::new();
        for (texts, points) in groups {
            for text in texts {
                phrases.push(Phrase { text: text.clone(), stems: stems(text), points });
            }
        }
        phrases.retain(|phrase| !phrase.stems.is_empty());
        phrases.sort_by_key(|phrase| Reverse((phrase.stems.len(), phrase.points)));
        ConceptWords { phrases }
    }

    /// Score and phrases found; nothing if only hints were.
    fn score(&self, guide: &[String]) -> Option<(u32, Vec<String>)> {
        let mut taken = vec![false; guide.len()];
        let mut found: Vec<&Phrase> = Vec::new();
        for phrase in &self.phrases {
            let len = phrase.stems.len();
            let place = guide.windows(len).enumerate().find(|(at, window)| {
                *window == phrase.stems.as_slice() && !taken[*at..at + len].contains(&true)
            });
            if let Some((at, _)) = place {
                taken[at..at + len].fill(true);
                found.push(phrase);
            }
        }
        if found.iter().all(|phrase| phrase.points <= HINT_POINTS) {
            return None;
        }
        found.sort_by_key(|phrase| Reverse(phrase.points));
        let score = found.iter().map(|phrase| phrase.points).sum();
        Some((score, found.into_iter().map(|phrase| phrase.text.clone()).collect()))
    }
}

/// The concepts that the phrase speaks of, in the order of the data.
pub(crate) fn relate<'l>(
    phrase: &str,
    concepts: &'l [Concept],
    words: &[ConceptWords],
) -> Vec<Relation<'l>> {
    let guide = stems(phrase);
    let mut out: Vec<Relation<'l>> = Vec::new();
    for (concept, words) in concepts.iter().zip(words) {
        if let Some((score, words)) = words.score(&guide) {
            out.push(Relation { concept, score, words });
        }
    }
    out
}

fn stems(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| stem(word.to_lowercase()))
        .collect()
}

/// The word without a plural ending. Short words (`dns`, `tls`) and `access`, `status`, `basis` have none.
fn stem(mut word: String) -> String {
    if word.len() <= 3 {
        return word;
    }
    if word.ends_with("ies") {
        word.truncate(word.len() - "ies".len());
        word.push('y');
    } else if word.strip_suffix('s').is_some_and(|root| !root.ends_with(['s', 'u', 'i'])) {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concept(strong: &[&str], words: &[&str], hints: &[&str]) -> Concept {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        Concept {
            id: "x".to_owned(),
            title: "x".to_owned(),
            broader: None,
            strong: own(strong),
            words: own(words),
            hints: own(hints),
        }
    }

    fn score(concept: &Concept, phrase: &str) -> Option<(u32, Vec<String>)> {
        ConceptWords::new(concept).score(&stems(phrase))
    }

    #[test]
    fn a_word_counts_once_for_the_longest_phrase() {
        let c = concept(&["image reference"], &["reference"], &[]);
        let (points, words) = score(&c, "Wrong image reference").unwrap_or_default();
        assert_eq!((points, words), (STRONG_POINTS, vec!["image reference".to_owned()]));
    }

    #[test]
    fn plurals_and_case_do_not_matter() {
        let c = concept(&["pull secret"], &[], &[]);
        assert!(score(&c, "Missing Pull-Secrets").is_some());
    }

    #[test]
    fn hints_alone_relate_nothing() {
        let c = concept(&["dns"], &[], &["registry"]);
        assert_eq!(score(&c, "registry"), None);
        assert_eq!(score(&c, "registry DNS").map(|s| s.0), Some(STRONG_POINTS + HINT_POINTS));
    }
}
