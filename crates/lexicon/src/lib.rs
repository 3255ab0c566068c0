//! Failure signatures: what a component's message means, and the words guides use for it.
//!
//! Guides are written in people's words ("missing or invalid pull secret"), clusters speak in
//! messages ("pull access denied, repository does not exist or may require authorization: …"), and
//! the messages change with every version of every component. The lexicon relates the two, as data
//! that SREs can read, change and test without Rust (`data/*.toml`; `README.md` says how):
//!
//! - a **signature** is one kind of failure: patterns of real messages, what it means, which
//!   component and version prints it, the words people use for it, and the **concepts** that it
//!   speaks for or against;
//! - a **concept** is a kind of cause that guides speak about, with the words for it; a finer one
//!   belongs under a coarser one (`dns` under `registry-connectivity`);
//! - a **fact rule** says what a tool's facts mean for the concepts where a guide gives only words;
//! - a **question rule** says which tool answers a question that a guide puts to a person.
//!
//! # Patterns
//!
//! A pattern is the stable core of a message, never its prefix, which components change. It is
//! matched without regard to case and white space, as fragments in order: `...` stands for anything,
//! `<name>` for one name. Names (images, hosts, URLs, anything in quotes without white space) are
//! blanked in the message before matching, so an image called `unauthorized/app` is no access
//! problem; pass the image reference as well where it is known.
//!
//! # One message, one signature
//!
//! Wrappers hold causes (`failed to pull and unpack image …: failed to resolve reference …: dial tcp
//! …: connection refused`), and the cause decides. In this order: a signature does not match if one
//! of its own or its family's `unless` occurs; one gives way to those it `yields_to`; a `wrapper`
//! gives way to any signature that is none; one that is not `informative` gives way to all others.
//! The corpus test holds that exactly one is left for every known message. Should an unknown message
//! leave several, [`Lexicon::classify`] takes the one that stands first in the data.
//!
//! The crate is pure: no input or output, no clock, no environment; data in, values out.

mod check;
mod error;
mod model;
mod pattern;
mod read;
mod relate;
mod shipped;
mod text;

use std::cmp::Reverse;
use std::collections::BTreeMap;

pub use error::{LexiconError, LexiconErrorKind};
pub use model::{
    Answer, Concept, FactRule, Family, HINT_POINTS, PrintedBy, QuestionRule, RuledOut,
    STRONG_POINTS, Signature, Strength, Support, WORD_POINTS,
};
pub use relate::Relation;

use pattern::{Hits, Matcher, PatternIndex, Patterns};
use read::{Entries, Placed};
use relate::ConceptWords;
use text::KeptWords;

/// Signatures, concepts and fact rules of some data files, ready to be asked.
#[derive(Debug, Clone)]
pub struct Lexicon {
    families: Vec<Family>,
    signatures: Vec<Signature>,
    concepts: Vec<Concept>,
    facts: Vec<FactRule>,
    questions: Vec<QuestionRule>,
    by_signature: BTreeMap<String, usize>,
    by_concept: BTreeMap<String, usize>,
    tests: Vec<Test>,
    matcher: Matcher,
    kept: KeptWords,
    concept_words: Vec<ConceptWords>,
}

/// A signature's patterns as indices into the matcher, and its `yields_to` as positions.
#[derive(Debug, Clone)]
struct Test {
    any: Vec<PatternIndex>,
    none: Vec<PatternIndex>,
    yields_to: Vec<usize>,
}

impl Lexicon {
    /// The lexicon of the data files shipped with this crate, made once.
    ///
    /// # Panics
    ///
    /// If the shipped files hold a mistake, which this crate's tests rule out.
    pub fn shipped() -> &'static Lexicon {
        shipped::lexicon()
    }

    /// Makes a lexicon of files given as name and text; the names are used in mistakes only.
    ///
    /// # Errors
    ///
    /// All the mistakes of all the files, in the order of the files and lines.
    pub fn parse(files: &[(&str, &str)]) -> Result<Lexicon, Vec<LexiconError>> {
        let mut entries = Entries::default();
        let mut errors = Vec::new();
        for (index, (name, text)) in files.iter().enumerate() {
            read::read_file((index, name, text), &mut entries, &mut errors);
        }
        let patterns = patterns_of(&entries);
        let kept = patterns.kept_words();
        check::check(&entries, &kept, &patterns, files, &mut errors);
        if errors.is_empty() {
            return Lexicon::build(entries, kept, patterns).map_err(|error| vec![error]);
        }
        let order = |name: &str| files.iter().position(|(file, _)| *file == name);
        errors.sort_by_key(|error| (order(&error.file), error.line));
        Err(errors)
    }

    fn build(
        entries: Entries,
        kept: KeptWords,
        patterns: Patterns,
    ) -> Result<Lexicon, LexiconError> {
        let families = values(entries.families);
        let signatures = values(entries.signatures);
        let concepts = values(entries.concepts);
        let by_signature = positions(&signatures, |s: &Signature| &s.id);
        let by_concept = positions(&concepts, |c: &Concept| &c.id);
        let tests = signatures
            .iter()
            .map(|signature| test_of(signature, &families, &by_signature, &patterns))
            .collect();
        let matcher = patterns.matcher().map_err(|message| LexiconError {
            file: String::new(),
            line: None,
            kind: LexiconErrorKind::TooLarge { message },
        })?;
        let concept_words = concepts.iter().map(ConceptWords::new).collect();
        Ok(Lexicon {
            families,
            signatures,
            concepts,
            facts: values(entries.facts),
            questions: values(entries.questions),
            by_signature,
            by_concept,
            tests,
            matcher,
            kept,
            concept_words,
        })
    }

    /// The one signature of a message, if any is known for it.
    ///
    /// `image` is the image reference that the message is about, where the caller knows it; it keeps
    /// the reference's words out of the match. The first 64 KiB of a message are read.
    pub fn classify(&self, message: &str, image: Option<&str>) -> Option<&Signature> {
        self.matches(message, image).into_iter().next()
    }

    /// The signatures left for a message after precedence (see the crate's documentation), in the
    /// order of the data. More than one means that the data does not know this message well enough.
    pub fn matches(&self, message: &str, image: Option<&str>) -> Vec<&Signature> {
        let plain = text::plain(message, image, &self.kept);
        let hits = self.matcher.look(&plain);
        if hits.is_empty() {
            return Vec::new();
        }
        let all: Vec<usize> =
            (0..self.tests.len()).filter(|index| self.tests[*index].holds(&hits)).collect();
        let rank = |index: &usize| {
            let signature = &self.signatures[*index];
            match (signature.informative, signature.wrapper) {
                (true, false) => 0,
                (true, true) => 1,
                (false, _) => 2,
            }
        };
        let best = all.iter().map(rank).min();
        all.iter()
            .filter(|index| Some(rank(index)) == best)
            .filter(|index| !self.tests[**index].yields_to.iter().any(|other| all.contains(other)))
            .map(|index| &self.signatures[*index])
            .collect()
    }

    /// The signature with this id.
    pub fn signature(&self, id: &str) -> Option<&Signature> {
        self.by_signature.get(id).and_then(|index| self.signatures.get(*index))
    }

    /// All signatures, in the order of the data.
    pub fn signatures(&self) -> impl Iterator<Item = &Signature> {
        self.signatures.iter()
    }

    /// All families, in the order of the data.
    pub fn families(&self) -> impl Iterator<Item = &Family> {
        self.families.iter()
    }

    /// The concept with this id.
    pub fn concept(&self, id: &str) -> Option<&Concept> {
        self.by_concept.get(id).and_then(|index| self.concepts.get(*index))
    }

    /// All concepts, in the order of the data.
    pub fn concepts(&self) -> impl Iterator<Item = &Concept> {
        self.concepts.iter()
    }

    /// The concept and the coarser ones above it, finest first; empty if there is none of this id.
    pub fn lineage(&self, id: &str) -> Vec<&Concept> {
        let mut out = Vec::new();
        let mut next = self.concept(id);
        while let Some(concept) = next {
            out.push(concept);
            next = concept.broader.as_deref().and_then(|broader| self.concept(broader));
        }
        out
    }

    /// Whether the concept `fine` is `coarse` or a case of it.
    pub fn is_case_of(&self, fine: &str, coarse: &str) -> bool {
        self.lineage(fine).iter().any(|concept| concept.id == coarse)
    }

    /// All fact rules, in the order of the data.
    pub fn facts(&self) -> impl Iterator<Item = &FactRule> {
        self.facts.iter()
    }

    /// The fact rules about one tool, in the order of the data.
    pub fn facts_of(&self, tool: &str) -> impl Iterator<Item = &FactRule> {
        let tool = tool.to_owned();
        self.facts.iter().filter(move |rule| rule.tool == tool)
    }

    /// All question rules, in the order of the data.
    pub fn questions(&self) -> impl Iterator<Item = &QuestionRule> {
        self.questions.iter()
    }

    /// The rules for a question as a guide puts it, in the order of the data: those one of whose
    /// phrases stands in it as whole words.
    pub fn questions_like(&self, question: &str) -> impl Iterator<Item = &QuestionRule> {
        let asked = text::fold(text::cut(question, text::MAX_PHRASE_BYTES));
        let stands = move |rule: &&QuestionRule| {
            rule.words.iter().any(|phrase| has_words(&asked, &text::fold(phrase)))
        };
        self.questions.iter().filter(stands)
    }

    /// The signatures that a guide's inline-code literal stands for, in the order of the data.
    ///
    /// Those that list it among their `words`, and those whose patterns match it as if it were a
    /// message. If there are none: those in whose words or patterns it occurs as whole words.
    pub fn literal(&self, literal: &str) -> Vec<&Signature> {
        let literal = text::cut(literal, text::MAX_PHRASE_BYTES);
        let folded = text::fold(literal);
        if folded.is_empty() {
            return Vec::new();
        }
        let matching: Vec<&str> =
            self.matches(literal, None).into_iter().map(|s| s.id.as_str()).collect();
        let named = |s: &Signature| s.words.iter().any(|word| text::fold(word) == folded);
        let direct: Vec<&Signature> = self
            .signatures
            .iter()
            .filter(|s| named(s) || matching.contains(&s.id.as_str()))
            .collect();
        if !direct.is_empty() {
            return direct;
        }
        let within = |s: &Signature| {
            let mut texts = s.words.iter().chain(&s.patterns);
            texts.any(|text| has_words(&text::fold(text), &folded))
        };
        self.signatures.iter().filter(|s| within(s)).collect()
    }

    /// The concepts that a guide's phrase speaks of, best first, each with the words that say so.
    ///
    /// The words are split at everything that is no letter or digit, without case and plural
    /// endings. Each of a concept's phrases found in a row earns [`STRONG_POINTS`], [`WORD_POINTS`]
    /// or [`HINT_POINTS`] once, the longest first, a word counting for one phrase only; the sum is
    /// the score, ties go to the finer concept and then keep the order of the data, and hints alone
    /// relate nothing. The first 4 KiB of a phrase are read.
    pub fn relate(&self, phrase: &str) -> Vec<Relation<'_>> {
        let phrase = text::cut(phrase, text::MAX_PHRASE_BYTES);
        let mut relations = relate::relate(phrase, &self.concepts, &self.concept_words);
        relations.sort_by_key(|r| Reverse((r.score, self.lineage(&r.concept.id).len())));
        relations
    }
}

impl Test {
    fn holds(&self, hits: &Hits<'_>) -> bool {
        self.any.iter().any(|pattern| hits.has(*pattern))
            && !self.none.iter().any(|pattern| hits.has(*pattern))
    }
}

fn test_of(
    signature: &Signature,
    families: &[Family],
    by_signature: &BTreeMap<String, usize>,
    patterns: &Patterns,
) -> Test {
    let family = families.iter().find(|family| family.id == signature.family);
    let index = |pattern: &String| patterns.index(pattern);
    Test {
        any: signature.patterns.iter().filter_map(index).collect(),
        none: family
            .iter()
            .flat_map(|f| &f.unless)
            .chain(&signature.unless)
            .filter_map(index)
            .collect(),
        yields_to: signature
            .yields_to
            .iter()
            .filter_map(|id| by_signature.get(id))
            .copied()
            .collect(),
    }
}

fn patterns_of(entries: &Entries) -> Patterns {
    let families = entries.families.iter().flat_map(|f| &f.value.unless);
    let signatures = entries.signatures.iter().map(|s| &s.value);
    let patterns = signatures.flat_map(|s| s.patterns.iter().chain(&s.unless));
    let mut out = Patterns::default();
    families.chain(patterns).for_each(|pattern| out.add(pattern));
    out
}

fn values<T>(entries: Vec<Placed<T>>) -> Vec<T> {
    entries.into_iter().map(|entry| entry.value).collect()
}

fn positions<T>(entries: &[T], id: impl Fn(&T) -> &String) -> BTreeMap<String, usize> {
    entries.iter().enumerate().map(|(index, entry)| (id(entry).clone(), index)).collect()
}

/// Whether `words` occurs in `text` with no letter or digit at either end.
fn has_words(text: &str, words: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, found)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + found.len()..].chars().next())
    })
}
