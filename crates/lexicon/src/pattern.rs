//! Patterns, and the one automaton that looks for the fragments of all of them.
//!
//! A pattern is a list of fragments in order, `...` between them standing for anything. A fragment
//! that begins (ends) with a letter or digit begins (ends) at a word's edge, so that `401` is not
//! found in `1401ms`. There are no regular expressions: the file is for people, and one pass of an
//! Aho-Corasick automaton over the message finds where any fragment of any pattern may begin.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::text::{self, KeptWords, NAME};

/// What a pattern writes for one blanked name.
const NAME_IN_PATTERN: &str = "<name>";
/// What a pattern writes for anything.
const ANYTHING: &str = "...";

/// So many bytes of a fragment are in the automaton; enough to tell most fragments apart.
const HEAD_BYTES: usize = 8;

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

/// A pattern's index in [`Patterns`] and the [`Matcher`] made of them.
pub(crate) type PatternIndex = usize;

/// All patterns of some entries, each once, cut into fragments.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    indices: BTreeMap<String, PatternIndex>,
    fragments: Vec<Vec<String>>,
}

impl Patterns {
    /// Cuts one more pattern, if it is new.
    pub(crate) fn add(&mut self, pattern: &str) {
        if !self.indices.contains_key(pattern) {
            self.indices.insert(pattern.to_owned(), self.fragments.len());
            self.fragments.push(fragments(pattern));
        }
    }

    /// The index of a pattern that was added.
    pub(crate) fn index(&self, pattern: &str) -> Option<PatternIndex> {
        self.indices.get(pattern).copied()
    }

    /// The fragments of a pattern that was added.
    pub(crate) fn fragments(&self, pattern: &str) -> &[String] {
        self.index(pattern).map_or(&[], |index| &self.fragments[index])
    }

    /// The words of all patterns that must not be blanked in messages.
    pub(crate) fn kept_words(&self) -> KeptWords {
        let mut kept = KeptWords::default();
        for fragment in self.fragments.iter().flatten() {
            kept.add_from(fragment);
        }
        kept
    }

    /// The automaton over all fragments, or why it could not be made.
    ///
    /// Patterns that share a fragment each have their own: the automaton reports both.
    pub(crate) fn matcher(self) -> Result<Matcher, String> {
        let mut patterns = Vec::with_capacity(self.fragments.len());
        let mut all = Vec::new();
        for fragments in self.fragments {
            let first = all.len();
            all.extend(fragments);
            patterns.push(first..all.len());
        }
        // Built at every start and asked a few times: what is built fastest wins over what runs fastest,
        // so the automaton knows the fragments' beginnings only and the rest is compared at each hit.
        let heads = all.iter().map(|fragment| text::cut(fragment, HEAD_BYTES));
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(heads)
            .map_err(|e| e.to_string())?;
        Ok(Matcher { automaton, fragments: all, patterns })
    }
}

/// All patterns, ready to be looked for at once.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    automaton: AhoCorasick,
    fragments: Vec<String>,
    /// Which fragments are a pattern's.
    patterns: Vec<Range<usize>>,
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
        for hit in self.automaton.find_overlapping_iter(plain) {
            let (fragment, start) = (hit.pattern().as_usize(), hit.start());
            let text = &self.fragments[fragment];
            if plain[start..].starts_with(text) && at_word_edges(plain, start, start + text.len()) {
                starts.push((fragment, start));
            }
        }
        starts.sort_unstable();
        Hits { matcher: self, starts }
    }
}

impl Hits<'_> {
    /// Whether no fragment of any pattern occurs, as in most lines of a log.
    pub(crate) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether the pattern's fragments occur in their order, none overlapping the next.
    pub(crate) fn has(&self, pattern: PatternIndex) -> bool {
        let mut from = 0;
        for fragment in self.matcher.patterns[pattern].clone() {
            let next = self.starts.partition_point(|hit| *hit < (fragment, from));
            match self.starts.get(next) {
                Some((found, start)) if *found == fragment => {
                    from = start + self.matcher.fragments[fragment].len();
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
        let mut patterns = Patterns::default();
        patterns.add(pattern);
        patterns.matcher().is_ok_and(|matcher| matcher.look(text).has(0))
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
