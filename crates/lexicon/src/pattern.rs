//! Patterns, and the one automaton that looks for the fragments of all of them.
//!
//! A pattern is a list of fragments in order, `...` between them standing for anything. A fragment
//! that begins (ends) with a letter or digit begins (ends) at a word's edge, so that `401` is not
//! found in `1401ms`. There are no regular expressions: the file is for people, and one pass of an
//! Aho-Corasick automaton over the message finds every fragment of every pattern.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::text::{self, KeptWords, NAME};

/// What a pattern writes for one blanked name.
const NAME_IN_PATTERN: &str = "<name>";
/// What a pattern writes for anything.
const ANYTHING: &str = "...";

/// The fragments of a pattern as they occur in plain text; empty if it holds nothing to look for.
pub(crate) fn fragments(pattern: &str) -> Vec<String> {
    let mut folded = text::fold(pattern);
    // Most patterns hold neither; looking for one character is much cheaper than for a text.
    if folded.contains('<') {
        folded = folded.replace(NAME_IN_PATTERN, &NAME.to_string());
    }
    if folded.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
        return Vec::new();
    }
    if !folded.contains('.') {
        return vec![folded];
    }
    // White space beside `...` means nothing: word edges are looked at anyway.
    let parts = folded.split(ANYTHING).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// All patterns of some entries with their fragments, cut once: who checks and who builds needs them.
#[derive(Debug, Default)]
pub(crate) struct Cuts(BTreeMap<String, Vec<String>>);

impl Cuts {
    /// Cuts one more pattern.
    pub(crate) fn add(&mut self, pattern: &str) {
        if !self.0.contains_key(pattern) {
            self.0.insert(pattern.to_owned(), fragments(pattern));
        }
    }

    /// The fragments of a pattern that was added.
    pub(crate) fn of(&self, pattern: &str) -> &[String] {
        self.0.get(pattern).map_or(&[], Vec::as_slice)
    }

    /// The words of all patterns that must not be blanked in messages.
    pub(crate) fn kept_words(&self) -> KeptWords {
        let mut kept = KeptWords::default();
        for fragment in self.0.values().flatten() {
            kept.add_from(fragment);
        }
        kept
    }
}

/// A pattern's index in the [`Matcher`] it was added to.
pub(crate) type PatternIndex = usize;

/// All patterns, ready to be looked for at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matcher {
    automaton: Option<AhoCorasick>,
    fragments: Vec<String>,
    patterns: Vec<Vec<usize>>,
}

/// Collects patterns for a [`Matcher`].
#[derive(Debug, Default)]
pub(crate) struct MatcherBuilder {
    fragments: Vec<String>,
    patterns: Vec<Vec<usize>>,
}

impl MatcherBuilder {
    /// Adds one pattern given as its fragments. The automaton reports a fragment of several patterns
    /// for each of them, so nothing needs to be compared here.
    pub(crate) fn add(&mut self, fragments: &[String]) -> PatternIndex {
        let first = self.fragments.len();
        self.fragments.extend_from_slice(fragments);
        self.patterns.push((first..self.fragments.len()).collect());
        self.patterns.len() - 1
    }

    /// The automaton over all fragments, or why it could not be made.
    pub(crate) fn build(self) -> Result<Matcher, String> {
        let automaton = if self.fragments.is_empty() {
            None
        } else {
            // Built once and asked rarely: the smallest automaton to build wins over the fastest to run.
            let built = AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .match_kind(MatchKind::Standard)
                .build(&self.fragments)
                .map_err(|e| e.to_string())?;
            Some(built)
        };
        Ok(Matcher { automaton, fragments: self.fragments, patterns: self.patterns })
    }
}

/// Where fragments begin in one text.
pub(crate) struct Hits<'m> {
    matcher: &'m Matcher,
    /// Fragment and start, in order, so that a fragment's next start is found by halving.
    starts: Vec<(usize, usize)>,
}

impl Matcher {
    /// Looks for every fragment in a plain text.
    pub(crate) fn look(&self, plain: &str) -> Hits<'_> {
        let mut starts = Vec::new();
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(plain) {
                if at_word_edges(plain, hit.start(), hit.end()) {
                    starts.push((hit.pattern().as_usize(), hit.start()));
                }
            }
        }
        starts.sort_unstable();
        Hits { matcher: self, starts }
    }
}

impl Hits<'_> {
    /// Whether the pattern's fragments occur in their order, none overlapping the next.
    pub(crate) fn has(&self, pattern: PatternIndex) -> bool {
        let mut from = 0;
        for fragment in &self.matcher.patterns[pattern] {
            let next = self.starts.partition_point(|hit| *hit < (*fragment, from));
            match self.starts.get(next) {
                Some((found, start)) if found == fragment => {
                    from = start + self.matcher.fragments[*fragment].len();
                }
                _ => return false,
            }
        }
        true
    }
}

fn at_word_edges(text: &str, start: usize, end: usize) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (first, last) = (text[start..end].chars().next(), text[start..end].chars().next_back());
    let cuts_front = inside(first) && inside(text[..start].chars().next_back());
    let cuts_back = inside(last) && inside(text[end..].chars().next());
    !cuts_front && !cuts_back
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        let mut builder = MatcherBuilder::default();
        let index = builder.add(&fragments(pattern));
        builder.build().is_ok_and(|matcher| matcher.look(text).has(index))
    }

    #[test]
    fn fragments_must_come_in_order() {
        assert!(found("Lookup ...: no such host", "lookup * on *: no such host"));
        assert!(!found("no such host ... lookup", "lookup * on *: no such host"));
    }

    #[test]
    fn fragments_begin_and_end_at_word_edges() {
        assert!(found("401", "status 401 (unauthorized)"));
        assert!(!found("401", "took 1401ms"));
        assert!(!found("connection refuse", "connection refused"));
    }

    #[test]
    fn fragments_do_not_overlap() {
        assert!(!found("not found ... not found", "not found"));
        assert!(found("not found ... not found", "not found, not found"));
    }

    #[test]
    fn a_name_is_written_in_angle_brackets() {
        assert!(found(r#"head "<name>": forbidden"#, r#"request: head "*": forbidden"#));
    }

    #[test]
    fn wildcards_alone_hold_nothing() {
        assert!(fragments("... ...").is_empty());
        assert!(fragments(": ,").is_empty());
    }
}
