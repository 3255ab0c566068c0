//! What can only be seen with all entries at hand: ids, references, circles, patterns that never match.

use std::collections::BTreeMap;

use crate::error::{LexiconError, LexiconErrorKind};
use crate::model::{RuledOut, Support};
use crate::pattern::Patterns;
use crate::read::{Entries, Placed};
use crate::text::{self, KeptWords};

/// Compares all entries with each other; mistakes go to `errors`.
pub(crate) fn check(
    entries: &Entries,
    kept: &KeptWords,
    patterns: &Patterns,
    files: &[(&str, &str)],
    errors: &mut Vec<LexiconError>,
) {
    let ids = Ids {
        families: ids(&entries.families, |f| &f.id),
        signatures: ids(&entries.signatures, |s| &s.id),
        concepts: ids(&entries.concepts, |c| &c.id),
    };
    let mut check = Check { files, errors, ids: &ids, kept, patterns };
    check.unique("family", &entries.families, |f| &f.id);
    check.unique("signature", &entries.signatures, |s| &s.id);
    check.unique("concept", &entries.concepts, |c| &c.id);
    check.unique("fact", &entries.facts, |f| &f.id);
    check.unique("question", &entries.questions, |q| &q.id);
    check.signatures(entries);
    check.concepts(entries);
    check.facts(entries);
}

fn ids<T>(entries: &[Placed<T>], id: impl Fn(&T) -> &String) -> Vec<&str> {
    entries.iter().map(|entry| id(&entry.value).as_str()).collect()
}

/// What there is to refer to.
struct Ids<'a> {
    families: Vec<&'a str>,
    signatures: Vec<&'a str>,
    concepts: Vec<&'a str>,
}

struct Check<'a> {
    files: &'a [(&'a str, &'a str)],
    errors: &'a mut Vec<LexiconError>,
    ids: &'a Ids<'a>,
    kept: &'a KeptWords,
    patterns: &'a Patterns,
}

impl Check<'_> {
    fn fail<T>(&mut self, entry: &Placed<T>, kind: LexiconErrorKind) {
        let file = self.files.get(entry.file).map(|(name, _)| (*name).to_owned());
        let file = file.unwrap_or_default();
        self.errors.push(LexiconError { file, line: Some(entry.line), kind });
    }

    fn unique<T>(&mut self, table: &str, entries: &[Placed<T>], id: impl Fn(&T) -> &String) {
        let mut first: BTreeMap<&String, &Placed<T>> = BTreeMap::new();
        for entry in entries {
            let key = id(&entry.value);
            if key.is_empty() {
                continue;
            }
            if let Some(earlier) = first.get(key) {
                let file = self.files.get(earlier.file).map_or("", |(name, _)| name);
                let kind = LexiconErrorKind::DuplicateId {
                    table: table.to_owned(),
                    id: key.clone(),
                    first: format!("{file}:{}", earlier.line),
                };
                self.fail(entry, kind);
            } else {
                first.insert(key, entry);
            }
        }
    }

    fn known<T>(&mut self, entry: &Placed<T>, table: &str, id: &str, all: &[&str]) {
        if id.is_empty() || all.contains(&id) {
            return;
        }
        let similar = nearest(id, all);
        let (table, id) = (table.to_owned(), id.to_owned());
        self.fail(entry, LexiconErrorKind::UnknownId { table, id, similar });
    }

    fn signatures(&mut self, entries: &Entries) {
        let ids = self.ids;
        for entry in &entries.signatures {
            let signature = &entry.value;
            self.known(entry, "family", &signature.family, &ids.families);
            for id in &signature.yields_to {
                self.known(entry, "signature", id, &ids.signatures);
            }
            self.claims(entry, &signature.supports, &signature.rules_out);
            let speaks = !signature.supports.is_empty();
            let claims = speaks || !signature.rules_out.is_empty();
            if (signature.informative && !speaks) || (!signature.informative && claims) {
                let (id, informative) = (signature.id.clone(), signature.informative);
                self.fail(entry, LexiconErrorKind::SupportsMismatch { id, informative });
            }
            for pattern in signature.patterns.iter().chain(&signature.unless) {
                self.pattern(entry, pattern);
            }
        }
        for entry in &entries.families {
            for pattern in &entry.value.unless {
                self.pattern(entry, pattern);
            }
        }
        self.circles(&entries.signatures, "yields_to", |s| (&s.id, s.yields_to.clone()));
    }

    fn pattern<T>(&mut self, entry: &Placed<T>, pattern: &str) {
        if pattern.is_empty() {
            return;
        }
        let fragments = self.patterns.fragments(pattern);
        let pattern = pattern.to_owned();
        if fragments.is_empty() {
            self.fail(entry, LexiconErrorKind::EmptyPattern { pattern });
        } else if !fragments.iter().all(|f| text::survives_blanking(f, self.kept)) {
            self.fail(entry, LexiconErrorKind::PatternHoldsName { pattern });
        }
    }

    fn claims<T>(&mut self, entry: &Placed<T>, supports: &[Support], rules_out: &[RuledOut]) {
        let all = &self.ids.concepts;
        let named = supports.iter().map(|s| &s.concept).chain(rules_out.iter().map(|r| &r.concept));
        for concept in named {
            self.known(entry, "concept", concept, all);
        }
    }

    fn concepts(&mut self, entries: &Entries) {
        let all = &self.ids.concepts;
        for entry in &entries.concepts {
            if let Some(broader) = &entry.value.broader {
                self.known(entry, "concept", broader, all);
            }
        }
        self.circles(&entries.concepts, "broader", |c| {
            (&c.id, c.broader.clone().into_iter().collect())
        });
    }

    fn facts(&mut self, entries: &Entries) {
        let all = &self.ids.concepts;
        for entry in &entries.facts {
            self.claims(entry, &entry.value.supports, &entry.value.rules_out);
            for need in &entry.value.needs {
                self.known(entry, "concept", need, all);
            }
            if entry.value.supports.is_empty() && entry.value.rules_out.is_empty() {
                let (id, informative) = (entry.value.id.clone(), true);
                self.fail(entry, LexiconErrorKind::SupportsMismatch { id, informative });
            }
        }
    }

    /// Every circle once, reported at its first entry.
    fn circles<T>(
        &mut self,
        entries: &[Placed<T>],
        key: &str,
        edges: impl Fn(&T) -> (&String, Vec<String>),
    ) {
        let graph: BTreeMap<String, Vec<String>> = entries
            .iter()
            .map(|entry| edges(&entry.value))
            .map(|(id, next)| (id.clone(), next))
            .collect();
        let mut reported: Vec<String> = Vec::new();
        for entry in entries {
            let start = edges(&entry.value).0;
            if reported.contains(start) {
                continue;
            }
            if let Some(ids) = circle_from(start, &graph) {
                reported.extend(ids.iter().cloned());
                self.fail(entry, LexiconErrorKind::Cycle { key: key.to_owned(), ids });
            }
        }
    }
}

/// A way along the edges from `start` back to it, if there is one.
fn circle_from(start: &String, graph: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&String, &String> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        for next in graph.get(id).into_iter().flatten() {
            if next == start {
                let mut way = vec![start.clone()];
                let mut step = id;
                while step != start {
                    way.push(step.clone());
                    step = came_from.get(step)?;
                }
                way.push(start.clone());
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, id);
                open.push(next);
            }
        }
    }
    None
}

/// The known id that needs the fewest letters changed, if it is near enough to be meant.
fn nearest(id: &str, all: &[&str]) -> Option<String> {
    let limit = (id.len() / 3).max(2);
    let near = all.iter().map(|known| (distance(id, known), known));
    near.filter(|(d, _)| *d <= limit).min().map(|(_, known)| (*known).to_owned())
}

/// Letters to change, add or leave out to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
