//! Finding guides by words.
//!
//! BM25 with weighted fields (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
//! 2009, section 3.6): a word in a guide's error literals says more than one in its prose.

use std::sync::Arc;

use guide::{BulletKind, Condition, Guide};

use crate::Book;

/// How many fields a guide has.
const FIELDS: usize = 5;
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

/// The literals that a guide looks for in messages and logs.
pub(crate) fn literals(guide: &Guide) -> Vec<&str> {
    let mut literals: Vec<&str> = Vec::new();
    for bullet in guide.steps.iter().flat_map(|step| &step.bullets) {
        match &bullet.kind {
            BulletKind::Prose(prose) => {
                literals.extend(prose.literals.iter().map(|one| one.text.as_str()))
            }
            BulletKind::Decision(decision) => {
                if let Condition::Literals(found) = &decision.condition {
                    literals.extend(found.iter().map(|one| one.text.as_str()));
                }
            }
            BulletKind::Broken => {}
        }
    }
    literals
}

/// The fields of a guide and what a word in each is worth.
fn fields(guide: &Guide) -> [(f64, String); FIELDS] {
    let literals = literals(guide);
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

/// A guide with the words of its fields.
struct Indexed {
    guide: Arc<Guide>,
    fields: Vec<(f64, Vec<String>)>,
}

impl Indexed {
    fn holds(&self, word: &String) -> bool {
        self.fields.iter().any(|(_, words)| words.contains(word))
    }

    /// The weight of a word over all fields, each field's length held against it.
    fn weight(&self, word: &String, average: &[f64]) -> f64 {
        let fields = self.fields.iter().zip(average);
        let one = |((weight, words), average): (&(f64, Vec<String>), &f64)| {
            let often = words.iter().filter(|own| *own == word).count() as f64;
            weight * often / (1.0 - B + B * words.len() as f64 / average.max(1.0))
        };
        fields.map(one).sum()
    }
}

/// The guides that hold any of the words, best first; of equals, in order of id.
pub fn search(book: &Book, query: &str) -> Vec<Hit> {
    let mut wanted = words(query);
    wanted.sort();
    wanted.dedup();
    let indexed: Vec<Indexed> = book
        .iter()
        .map(|guide| {
            let own = fields(guide).into_iter().map(|(weight, text)| (weight, words(&text)));
            Indexed { guide: Arc::clone(guide), fields: own.collect() }
        })
        .collect();
    let count = indexed.len().max(1) as f64;
    let length = |field: usize| -> f64 {
        indexed.iter().map(|one| one.fields[field].1.len() as f64).sum::<f64>() / count
    };
    let average: Vec<f64> = (0..FIELDS).map(length).collect();
    let rarity = |word: &String| {
        let with = indexed.iter().filter(|one| one.holds(word)).count() as f64;
        ((count - with + 0.5) / (with + 0.5)).ln_1p()
    };
    let rarities: Vec<f64> = wanted.iter().map(rarity).collect();
    let mut hits: Vec<Hit> = Vec::new();
    for one in &indexed {
        let mut hit = Hit { guide: Arc::clone(&one.guide), score: 0.0, words: Vec::new() };
        for (word, rarity) in wanted.iter().zip(&rarities) {
            let weight = one.weight(word, &average);
            if weight > 0.0 {
                hit.score += rarity * weight / (K1 + weight);
                hit.words.push(word.clone());
            }
        }
        if hit.score > 0.0 {
            hits.push(hit);
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.guide.id.cmp(&b.guide.id)));
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_parts() {
        assert_eq!(
            words("ImagePullBackOff, x509"),
            ["imagepullbackoff", "image", "pull", "back", "off", "x509"]
        );
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
