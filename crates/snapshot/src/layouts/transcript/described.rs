//! What `kubectl describe` printed: pages, and what a [`Reader`] takes from them.

use evidence::{Kind, ObjectRef, Question, Unseen, UnseenKind};
use serde_json::Value as Json;

use super::command::{Command, Verb};
use super::events::About;
use super::moments::rfc1123z;
use super::pages::{self, Page};
use super::pool::Exactness;
use super::reader::Reader;
use super::rows;
use super::session::Exchange;
use super::signs::is_warning;
use crate::intake::{Claim, Intake};
use crate::note::NoteKind;

/// What a command printed, without kubectl's warnings.
pub(super) fn said<'a>(exchange: &Exchange<'a>) -> Vec<&'a str> {
    exchange.lines.iter().copied().filter(|line| !is_warning(line)).collect()
}

/// The pages of what was printed, each with its lines; `None` for one that cannot be read.
pub(super) type Pages<'a> = Vec<(Vec<&'a str>, Option<Page>)>;

/// Reads the pages that a command printed.
pub(super) fn pages_of<'a>(exchange: &Exchange<'a>) -> Pages<'a> {
    let read = |lines: &[&'a str], kind| {
        let pages = pages::split(lines).into_iter();
        pages.map(|page| (page.to_vec(), pages::read(kind, page, exchange.ended))).collect()
    };
    match &exchange.command {
        None => read(&exchange.lines, None),
        Some(command) if command.verb == Verb::Describe => read(&said(exchange), command.kind()),
        Some(_) => Vec::new(),
    }
}

impl Reader<'_> {
    /// The events of a page that has lost its head: its command tells of what object it was.
    pub(super) fn headless_page(&mut self, command: &Command, lines: &[&str]) {
        let [(Some(kind), name)] = command.names.as_slice() else { return };
        let scope = self.scope(command).or_else(|| self.told.clone());
        if kind.namespaced() && scope.is_none() {
            return;
        }
        let rows = pages::events_alone(lines);
        if rows.is_empty() {
            return;
        }
        let namespace = scope.filter(|_| kind.namespaced()).or(Some("default".to_owned()));
        let about = About { kind: kind.name().to_owned(), name: name.clone(), namespace };
        for row in rows {
            self.events.take(self.at, about.clone(), row);
        }
        let question = Question::list(Kind::Event, about.namespace.as_deref());
        let unseen =
            Unseen::new(UnseenKind::Truncated, question, "only a part of a page was pasted");
        self.claims.push((Kind::Event, about.namespace, Claim::Part(unseen)));
    }

    /// A page, with its lines.
    pub(super) fn page(
        &mut self,
        command: Option<&Command>,
        (lines, page): (Vec<&str>, Option<Page>),
        ended: bool,
        intake: &mut Intake,
    ) {
        let kind = command.and_then(Command::kind);
        // Of several kinds, each page tells its own.
        if command.is_some_and(|command| command.kinds.len() < 2) && kind.is_none() {
            return;
        }
        let Some(mut page) = page else {
            let text = "a page of kubectl describe could not be read";
            return intake.notes.take(NoteKind::Skipped, self.place, text);
        };
        self.times_of(&lines);
        if !ended {
            intake.notes.take(
                NoteKind::Cut,
                self.place,
                "nothing shows that its last page ends there",
            );
            page.unshown = &rows::UNSHOWN;
        }
        let word = |at: &str| page.json.pointer(at).and_then(Json::as_str).map(str::to_owned);
        let Some(name) = word("/metadata/name") else { return };
        let namespace = word("/metadata/namespace").or_else(|| command.and_then(|c| self.scope(c)));
        let object = ObjectRef::new(page.kind, namespace.as_deref(), &name);
        let about = About {
            kind: page.kind.name().to_owned(),
            name,
            namespace: if page.kind.namespaced() { namespace } else { Some("default".to_owned()) },
        };
        for row in page.events {
            self.events.take(self.at, about.clone(), row);
        }
        if page.all_events {
            self.described.insert(object.clone());
        }
        self.pool.take(self.at, object, page.json, Exactness::Page, page.unshown, None);
    }

    /// What the absolute times on a page say of when it was printed.
    fn times_of(&mut self, lines: &[&str]) {
        for line in lines {
            // Most lines have no comma, and one character is searched for much faster than two.
            let Some(first) = line.find(',') else { continue };
            let comma = line[first..].find(", ").map(|at| first + at);
            let Some(comma) = comma.filter(|at| *at >= 3) else { continue };
            let mut from = comma - 3;
            while let Some(stamp) = line.get(from..from + 31).and_then(rfc1123z) {
                self.offset.get_or_insert(stamp.offset);
                self.timeline.floor(stamp.time.as_second());
                match line[from + 31..].find(", ") {
                    Some(next) => from += 31 + next - 3,
                    None => break,
                }
            }
        }
    }
}
