//! Finding guides by words.
//!
//! BM25 with weighted fields (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
//! 2009, section 3.6): a word in a guide's error literals says more than one in its prose.

use std::collections::BTreeMap;
use std::sync::Arc;

use guide::{BulletKind, Condition, Guide};

use crate::Book;

/// How quickly repeated words stop counting.
const K1: f64 = 1.2;
/// How much longer fields are held against a guide.
const B: f64 = 0.6;

/// A guide that a search found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The guide.
    pub guide: Arc<Guide>,
    /// How well it fits; comparable within one search only.
    pub score: f64,
    /// The words that were found in it.
    pub words: Vec<String>,
}

/// The fields of a guide and what a word in each is worth.
fn fields(guide: &Guide) -> [(f64, String); 5] {
    let mut literals: Vec<&str> = Vec::new();
    for bullet in guide.steps.iter().flat_map(|step| &step.bullets) {
        match &bullet.kind {
            BulletKind::Prose(prose) => literals.extend(prose.literals.iter().map(|one| one.text.as_str())),
            BulletKind::Decision(decision) => {
                if let Condition::Literals(found) = &decision.condition {
                    literals.extend(found.iter().map(|one| one.text.as_str()));
                }
            }
            BulletKind::Broken => {}
        }
    }
    let keywords = guide.meta.keywords.join("\n");
    let signals: Vec<&str> = guide.meta.signals.iter().map(|signal| signal.text.as_str()).collect();
    let outcomes: Vec<&str> = guide.outcomes.iter().map(|outcome| outcome.text.as_str()).collect();
    let fixes: Vec<&str> = guide.fixes.iter().map(|fix| fix.title.as_str()).collect();
    [
        (6.0, format!("{}\n{keywords}", literals.join("\n"))),
        (4.0, format!("{} {} {}", guide.id, guide.meta.title, guide.meta.issue_type)),
        (3.0, signals.join("\n")),
        (2.0, format!("{}\n{}", outcomes.join("\n"), fixes.join("\n"))),
        (1.0, guide.text.to_string()),
    ]
}

/// Words in lower case. Names like `ImagePullBackOff` are also found by their parts.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        found.push(word.to_lowercase());
        let mut part = String::new();
        let mut parts = Vec::new();
        for letter in word.chars() {
            if letter.is_uppercase() && part.chars().last().is_some_and(char::is_lowercase) {
                parts.push(std::mem::take(&mut part));
            }
            part.push(letter);
        }
        if !parts.is_empty() {
            parts.push(part);
            found.extend(parts.into_iter().map(|part| part.to_lowercase()));
        }
    }
    found
}

/// The guides that hold any of the words, best first; of equals, in order of id.
pub fn search(book: &Book, query: &str) -> Vec<Hit> {
    let mut wanted = words(query);
    wanted.sort();
    wanted.dedup();
    let indexed: Vec<(Arc<Guide>, Vec<(f64, Vec<String>)>)> = book
        .iter()
        .map(|guide| {
            let own = fields(guide).into_iter().map(|(weight, text)| (weight, words(&text)));
            (Arc::clone(guide), own.collect())
        })
        .collect();
    let count = indexed.len().max(1) as f64;
    let mut average = [0.0_f64; 5];
    for (_, own) in &indexed {
        for (sum, (_, words)) in average.iter_mut().zip(own) {
            *sum += words.len() as f64 / count;
        }
    }
    let mut holders: BTreeMap<&str, f64> = BTreeMap::new();
    for word in &wanted {
        let holds = |own: &&(Arc<Guide>, Vec<(f64, Vec<String>)>)| {
            own.1.iter().any(|(_, words)| words.contains(word))
        };
        holders.insert(word, indexed.iter().filter(holds).count() as f64);
    }
    let mut hits: Vec<Hit> = indexed
        .into_iter()
        .filter_map(|(guide, own)| {
            let mut hit = Hit { guide, score: 0.0, words: Vec::new() };
            for word in &wanted {
                let weight: f64 = own
                    .iter()
                    .zip(&average)
                    .map(|((weight, words), average)| {
                        let often = words.iter().filter(|own| *own == word).count() as f64;
                        weight * often / (1.0 - B + B * words.len() as f64 / average.max(1.0))
                    })
                    .sum();
                if weight > 0.0 {
                    let with = holders[word.as_str()];
                    let rarity = ((count - with + 0.5) / (with + 0.5)).ln_1p();
                    hit.score += rarity * weight / (K1 + weight);
                    hit.words.push(word.clone());
                }
            }
            (hit.score > 0.0).then_some(hit)
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.guide.id.cmp(&b.guide.id)));
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_parts() {
        assert_eq!(words("ImagePullBackOff, x509"), ["imagepullbackoff", "image", "pull", "back", "off", "x509"]);
    }

    #[test]
    fn a_word_in_a_literal_outweighs_the_same_word_in_prose() {
        let guide = |id: &str, literal: &str, prose: &str| {
            format!(
                "---\nid: {id}\ntitle: T\nissue_type: T\ncomponent: pod\nphase: diagnosis\n\
                 severity: low\nk8s_version: \">=1.24\"\nsignals: [pod_not_ready]\nrelated_tsgs: []\n\
                 keywords: []\n---\n\n## Summary\n{prose}\n\n## Diagnostic Decision Tree\n\n\
                 ### Step 1: Look\n- `{literal}`\n\n## Stop Condition\n- Broken\n"
            )
        };
        let (a, b) = (
            guide("TSG-POD-A-001", "certificate expired", "plain words"),
            guide("TSG-POD-B-001", "something else", "an expired certificate"),
        );
        let (book, flaws) = Book::read([("a.md", a.as_bytes()), ("b.md", b.as_bytes())]);
        assert!(flaws.iter().all(|flaws| !flaws.is_error()), "{flaws:?}");
        let hits = search(&book, "expired");
        let ids: Vec<&str> = hits.iter().map(|hit| hit.guide.id.as_str()).collect();
        assert_eq!(ids, ["TSG-POD-A-001", "TSG-POD-B-001"]);
        assert!(search(&book, "zebra").is_empty());
    }
}
