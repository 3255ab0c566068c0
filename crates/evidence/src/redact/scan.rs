//! The search: one pass of an automaton over a text, and a closer look at each of its hits.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{MARK, address, block, command, credential, header, name, pair};

/// What a hit of the search calls for.
#[derive(Clone, Copy)]
enum Trigger {
    Address,
    DriverAddress,
    Userinfo,
    Command,
    Block,
    BlockEnd,
    EncodedBlock,
    EncodedJson,
    Form(&'static credential::Form),
    Scheme,
    Header,
    Stem,
}

struct Search {
    automaton: AhoCorasick,
    triggers: Vec<Trigger>,
}

static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let mut words = vec![
        ("://", Trigger::Address),
        ("@", Trigger::Userinfo),
        (block::BEGIN, Trigger::Block),
        (block::END, Trigger::BlockEnd),
        (credential::ENCODED_BLOCK, Trigger::EncodedBlock),
        (credential::ENCODED_JSON, Trigger::EncodedJson),
    ];
    words.extend(credential::FORMS.iter().map(|form| (form.prefix, Trigger::Form(form))));
    words.extend(address::NETWORKS.iter().map(|word| (*word, Trigger::DriverAddress)));
    words.extend(command::FLAGS.iter().map(|flag| (*flag, Trigger::Command)));
    words.extend(header::SCHEMES.iter().map(|scheme| (*scheme, Trigger::Scheme)));
    words.extend(header::HEADERS.iter().map(|header| (*header, Trigger::Header)));
    words.extend(name::STEMS.iter().map(|stem| (*stem, Trigger::Stem)));
    Search {
        automaton: automaton(words.iter().map(|(word, _)| *word)),
        triggers: words.into_iter().map(|(_, trigger)| trigger).collect(),
    }
});

static STEMS: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(name::STEMS.iter().copied()));

fn automaton<'a>(words: impl Iterator<Item = &'a str>) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .expect("a few dozen short words fit in an automaton")
}

/// Whether a name holds a stem of the names of credentials.
pub(super) fn has_stem(name: &str) -> bool {
    STEMS.is_match(name)
}

/// A text with its credentials taken out; `None` when there are none.
pub(super) fn pass(text: &str) -> Option<String> {
    // Most texts have no hit at all, which is cheaper to find out than which hits there are.
    if !SEARCH.automaton.is_match(text) {
        return None;
    }
    let mut findings = Findings { text, spans: Vec::new(), done: 0, named: 0, last_end: None };
    let search = &*SEARCH;
    for hit in search.automaton.find_overlapping_iter(text) {
        // What was taken out already is not looked at again, which keeps the time linear.
        if hit.start() < findings.done {
            continue;
        }
        let found =
            findings.look(search.triggers[hit.pattern().as_usize()], hit.start(), hit.end());
        findings.take(found);
    }
    findings.applied()
}

/// What was found so far, from left to right.
struct Findings<'a> {
    text: &'a str,
    spans: Vec<(usize, usize)>,
    /// Where the last span ends.
    done: usize,
    /// Where the last name that was looked at ends.
    named: usize,
    /// The next `-----END ` from a place on, as last searched for: the place and the find.
    last_end: Option<(usize, Option<usize>)>,
}

impl Findings<'_> {
    fn look(&mut self, trigger: Trigger, start: usize, end: usize) -> Option<(usize, usize)> {
        let text = self.text;
        let from_start = |end: usize| (start, end);
        match trigger {
            Trigger::Address => address::password(text, end),
            Trigger::DriverAddress => address::driver_password(text, start, self.done),
            Trigger::Userinfo => address::bare_password(text, start, self.done),
            Trigger::Command => command::password(text, start, end, self.done),
            Trigger::Block => block::body(text, end, |from| self.next_block_end(from)),
            Trigger::BlockEnd => block::body_before(text, start, self.done),
            Trigger::EncodedBlock => credential::encoded_block_end(text, start).map(from_start),
            Trigger::EncodedJson => credential::encoded_json_end(text, start).map(from_start),
            Trigger::Form(form) => form.end(text, start).map(from_start),
            Trigger::Scheme => header::scheme_value(text, start, end),
            Trigger::Header => header::header_value(text, start, end),
            Trigger::Stem => {
                if start < self.named {
                    return None;
                }
                let (named, found) = pair::value_of(text, start, end, self.done.max(self.named));
                self.named = named;
                found
            }
        }
    }

    /// The next `-----END ` from a place on. A search that found nothing is not repeated.
    fn next_block_end(&mut self, from: usize) -> Option<usize> {
        let known = self
            .last_end
            .filter(|(at, found)| *at <= from && found.is_none_or(|found| found >= from));
        let found = match known {
            Some((_, found)) => found,
            None => self.text[from..].find(block::END).map(|at| from + at),
        };
        self.last_end = Some((from, found));
        found
    }

    fn take(&mut self, found: Option<(usize, usize)>) {
        let Some((start, end)) = found else { return };
        let start = start.max(self.done);
        if start < end && &self.text[start..end] != MARK {
            self.spans.push((start, end));
            self.done = end;
        }
    }

    fn applied(self) -> Option<String> {
        if self.spans.is_empty() {
            return None;
        }
        let mut clean = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end) in self.spans {
            clean.push_str(&self.text[at..start]);
            clean.push_str(MARK);
            at = end;
        }
        clean.push_str(&self.text[at..]);
        Some(clean)
    }
}
