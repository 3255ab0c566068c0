//! Reads the exchanges of a transcript into objects, events and claims.

use std::collections::BTreeSet;

use evidence::{Kind, ObjectRef, Question, Time, Unseen, UnseenKind};
use serde_json::Value as Json;

use super::beside::{TypedLog, typed_service};
use super::command::{Command, Output, Verb};
use super::described::{self, Pages, said};
use super::events::{EventRow, Events};
use super::pages;
use super::pool::{Exactness, Pool};
use super::rows;
use super::session::{Exchange, exchanges};
use super::signs::{empty_namespace, is_refusal, kind_of, not_found};
use super::table::Columns;
use super::timeline::Timeline;
use super::usage;
use crate::intake::{Claim, Incoming, Intake};
use crate::note::NoteKind;
use crate::refusal::Refusal;
use crate::threads;

/// A transcript while it is read.
pub(super) struct Reader<'a> {
    pub(super) place: &'a str,
    pub(super) pool: Pool,
    pub(super) events: Events,
    /// The namespace that the user named.
    pub(super) told: Option<String>,
    /// The namespace that a command chose for those after it.
    chosen: Option<String>,
    /// The namespaces that commands named.
    named: BTreeSet<String>,
    pub(super) claims: Vec<(Kind, Option<String>, Claim)>,
    /// Lists that printed nothing at all.
    silent: Vec<(usize, Kind, Option<String>)>,
    pub(super) described: BTreeSet<ObjectRef>,
    logs: Vec<TypedLog>,
    absent: BTreeSet<ObjectRef>,
    pub(super) timeline: Timeline,
    /// The seconds east of Greenwich that times were printed with.
    pub(super) offset: Option<i64>,
    /// Whether errors of kubectl are shown, so that no word means no error.
    shows_errors: bool,
    pub(super) at: usize,
}

/// What is left when a transcript was read.
pub(super) struct Finished {
    pub(super) offset: i64,
}

/// Whether a text has output that is unmistakable without its command.
pub(super) fn has_output(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let is_table = |line: &&str| {
        Columns::of_heading(line).is_some_and(|columns| {
            columns.has("AGE") || columns.has("MESSAGE") && columns.has("OBJECT")
        })
    };
    lines.iter().any(is_table)
        || pages::split(&lines).into_iter().any(|page| pages::read(None, page, false).is_some())
}

/// How many commands are not worth a thread.
const FEW: usize = 20;

impl<'a> Reader<'a> {
    pub(super) fn new(place: &'a str, told: Option<String>) -> Reader<'a> {
        Reader {
            place,
            pool: Pool::default(),
            events: Events::default(),
            told,
            chosen: None,
            named: BTreeSet::new(),
            claims: Vec::new(),
            silent: Vec::new(),
            described: BTreeSet::new(),
            logs: Vec::new(),
            absent: BTreeSet::new(),
            timeline: Timeline::default(),
            offset: None,
            shows_errors: false,
            at: 0,
        }
    }

    pub(super) fn read(&mut self, text: &str, intake: &mut Intake) {
        let exchanges = exchanges(text);
        let pages = threads::map(exchanges.iter().collect(), FEW, described::pages_of);
        for (exchange, pages) in exchanges.iter().zip(pages) {
            self.timeline.begin();
            self.exchange(exchange, pages, intake);
            self.at += 1;
        }
        let gone = self.pool.drop_gone();
        if gone > 0 {
            let text =
                format!("{gone} objects are not in the latest list of their kind: they are gone");
            intake.notes.take(NoteKind::Remark, self.place, text);
        }
    }

    fn exchange(&mut self, exchange: &Exchange<'_>, pages: Pages<'_>, intake: &mut Intake) {
        let Some(command) = &exchange.command else {
            return self.blocks(None, (&exchange.lines, pages), exchange.ended, intake);
        };
        self.named.extend(command.namespace.clone());
        match command.verb {
            Verb::Use => self.chosen = command.namespace.clone().or_else(|| self.chosen.take()),
            Verb::Date => {
                let line = exchange.lines.first().copied().unwrap_or_default();
                if let Some(time) = super::moments::date(line, self.offset) {
                    self.timeline.floor(time.as_second());
                    intake.timestamp = intake.timestamp.max(Some(time));
                }
            }
            Verb::Version => self.version(&exchange.lines, intake),
            Verb::Systemctl => typed_service(&exchange.lines, self, intake),
            Verb::Logs => {
                let scope = self.scope(command).or_else(|| self.told.clone());
                self.logs.extend(TypedLog::of(command, scope.as_deref(), &exchange.lines));
            }
            Verb::Get | Verb::Describe | Verb::Events => {
                self.output(command, exchange, pages, intake);
            }
            Verb::Top => self.usage(command, &exchange.lines),
            Verb::Other => {}
        }
    }

    /// The rows of `kubectl top pod`; those of nodes are not read.
    fn usage(&mut self, command: &Command, lines: &[&str]) {
        if command.kind() != Some(Kind::Pod) {
            return;
        }
        let scope = self.scope(command).or_else(|| self.told.clone());
        for (object, json) in usage::read(lines, scope.as_deref()) {
            self.pool.take(self.at, object, json, Exactness::Row, &usage::UNSHOWN, None);
        }
    }

    /// The namespace of what a command asked for.
    pub(super) fn scope(&self, command: &Command) -> Option<String> {
        let named = command.namespace.clone().or_else(|| self.chosen.clone());
        named.filter(|_| !command.everywhere)
    }

    fn output(
        &mut self,
        command: &Command,
        exchange: &Exchange<'_>,
        pages: Pages<'_>,
        intake: &mut Intake,
    ) {
        let said = said(exchange);
        if command.output == Output::Document {
            return self.documents(command, &said, intake);
        }
        let first = said.iter().copied().find(|line| !line.trim().is_empty());
        match first {
            None if exchange.ended && command.asks_for_all() && command.verb == Verb::Get => {
                if let Some((kind, namespace)) = self.listed(command) {
                    self.silent.push((self.at, kind, namespace));
                }
            }
            None => {}
            Some(line) if is_refusal(line) => {
                self.shows_errors = true;
                for line in said.iter().filter(|line| is_refusal(line)) {
                    self.refusal(command, line, exchange.ended);
                }
            }
            Some(_) => self.blocks(Some(command), (&said, pages), exchange.ended, intake),
        }
    }

    /// The kind and namespace whose list a command printed.
    fn listed(&self, command: &Command) -> Option<(Kind, Option<String>)> {
        let kind = command.kind()?;
        if !kind.namespaced() || command.everywhere {
            return Some((kind, None));
        }
        Some((kind, Some(self.scope(command)?)))
    }

    fn refusal(&mut self, command: &Command, line: &str, ended: bool) {
        if line.starts_with("No resources found") {
            let told = || Some((command.kind()?, Some(empty_namespace(line)?.to_owned())));
            let listed = self.listed(command).or_else(told);
            let is_whole = command.asks_for_all() && (ended || line.ends_with('.'));
            if let Some((kind, namespace)) = listed.filter(|_| is_whole) {
                self.pool.whole(self.at, kind, namespace.as_deref(), BTreeSet::new());
                self.claims.push((kind, namespace, Claim::All));
            }
            return;
        }
        let refusal = Refusal::of_message(line);
        if line.contains("(NotFound)")
            && let Some((resource, name)) = not_found(line)
        {
            let kind = Kind::parse(resource);
            let namespace = self.scope(command);
            if let Some(kind) = kind.filter(|kind| !kind.namespaced() || namespace.is_some()) {
                self.absent.insert(ObjectRef::new(kind, namespace.as_deref(), name));
            }
            return;
        }
        if command.asks_for_all()
            && let Some((kind, namespace)) = self.listed(command)
        {
            let question = Question::list(kind, namespace.as_deref());
            if let Some(unseen) = refusal.unseen(question) {
                self.claims.push((kind, namespace, Claim::Nothing(unseen)));
            }
        }
    }

    /// Output in blocks, tables and pages, of which the latter were read before.
    fn blocks(
        &mut self,
        command: Option<&Command>,
        (lines, pages): (&[&str], Pages<'_>),
        ended: bool,
        intake: &mut Intake,
    ) {
        let is_page = command.is_none_or(|command| command.verb == Verb::Describe);
        if is_page {
            if let Some(command) = command.filter(|_| pages.is_empty()) {
                self.headless_page(command, lines);
            }
            for page in pages {
                self.page(command, page, ended, intake);
            }
        }
        if command.is_none_or(|command| command.verb != Verb::Describe) {
            self.tables(command, lines, ended);
        }
    }

    fn tables(&mut self, command: Option<&Command>, lines: &[&str], ended: bool) {
        let mut at = 0;
        let mut headed = false;
        while at < lines.len() {
            let Some(columns) = Columns::of_heading(lines[at]) else {
                at += 1;
                continue;
            };
            headed = true;
            let end = lines[at + 1..].iter().position(|line| line.trim().is_empty());
            let end = end.map_or(lines.len(), |end| at + 1 + end);
            let is_last = end == lines.len();
            self.table(command, &columns, &lines[at + 1..end], ended || !is_last);
            at = end;
        }
        let Some((command, kind)) = command.and_then(|asked| Some((asked, asked.kind()?))) else {
            return;
        };
        if !headed && kind == Kind::Event {
            return self.events_without_heading(Some(command), lines);
        }
        let of_row = |line: &&str| Columns::of_row(kind, command.everywhere, line);
        if !headed
            && let Some(at) = lines.iter().position(|line| of_row(line).is_some())
            && let Some(columns) = of_row(&lines[at])
        {
            self.table(Some(command), &columns, &lines[at..], ended);
        }
    }

    /// Rows of events whose heading a pipe took off, so that there are more of them.
    fn events_without_heading(&mut self, command: Option<&Command>, lines: &[&str]) {
        let scope = command.and_then(|command| self.scope(command));
        for line in lines {
            if let Some((about, event)) = EventRow::of_line(line, scope.as_deref()) {
                self.events.take(self.at, about, event);
            }
        }
        let question = Question::list(Kind::Event, scope.as_deref());
        let why = "the command asked for some of them";
        let unseen = Unseen::new(UnseenKind::NotCaptured, question, why);
        self.claims.push((Kind::Event, scope, Claim::Part(unseen)));
    }

    fn table(
        &mut self,
        command: Option<&Command>,
        columns: &Columns<'_>,
        lines: &[&str],
        ended: bool,
    ) {
        let scope = command.and_then(|command| self.scope(command));
        let is_events = columns.has("REASON") && columns.has("OBJECT") && columns.has("MESSAGE");
        let asked = match command {
            Some(command) if command.output == Output::Other => return,
            Some(command) => command.kind(),
            None => None,
        };
        let kind = match (is_events, asked) {
            (true, _) => Some(Kind::Event),
            (_, Some(kind)) => Some(kind),
            _ => kind_of(columns),
        };
        let Some(kind) = kind else { return };
        let is_wide = columns.has("LABELS") || command.is_some_and(|c| c.output == Output::Wide);
        let exactness = if is_wide { Exactness::WideRow } else { Exactness::Row };
        let mut names = BTreeSet::new();
        let mut whole = true;
        for line in lines.iter().copied() {
            match self.row(kind, columns, line, scope.as_deref(), exactness) {
                Some(name) => {
                    whole &= names.insert(name) || columns.has("NAMESPACE") || kind == Kind::Event
                }
                None => whole = false,
            }
        }
        let Some(command) = command else { return };
        let Some((kind, namespace)) = self.listed(command).filter(|(of, _)| *of == kind) else {
            return;
        };
        let claim = self.claim_of(command, kind, namespace.as_deref(), whole, ended);
        let is_one_place = namespace.is_some() || !kind.namespaced();
        if claim == Claim::All && is_one_place && kind != Kind::Event {
            self.pool.whole(self.at, kind, namespace.as_deref(), names);
        }
        self.claims.push((kind, namespace, claim));
    }

    /// Takes a row in; the name in it, or `None` where it is none of the table's.
    fn row(
        &mut self,
        kind: Kind,
        columns: &Columns<'_>,
        line: &str,
        scope: Option<&str>,
        exactness: Exactness,
    ) -> Option<String> {
        let row = columns.row(line)?;
        if kind == Kind::Event {
            let (about, event) = EventRow::of_list(&row, scope)?;
            self.events.take(self.at, about, event);
            return Some(String::new());
        }
        let shown = rows::read(kind, &row, scope)?;
        let object = ObjectRef::new(kind, shown.namespace.as_deref(), &shown.name);
        self.pool.take(self.at, object, shown.json, exactness, &rows::UNSHOWN, shown.age);
        Some(shown.name)
    }

    fn claim_of(
        &self,
        command: &Command,
        kind: Kind,
        namespace: Option<&str>,
        whole: bool,
        ended: bool,
    ) -> Claim {
        let question = Question::list(kind, namespace);
        let part = |sort, why: &str| Claim::Part(Unseen::new(sort, question.clone(), why));
        if !command.asks_for_all() {
            return part(UnseenKind::NotCaptured, "the command asked for some of them");
        }
        match (whole, ended) {
            (true, true) => Claim::All,
            (false, _) => part(UnseenKind::Truncated, "not every row of its list could be read"),
            (true, false) => part(
                UnseenKind::Truncated,
                "nothing shows that its list ends where the transcript does",
            ),
        }
    }

    /// The namespace that the transcript is about.
    pub(super) fn namespace(&self) -> Option<String> {
        let counted = |namespace: &&String| {
            let of = |object: &&ObjectRef| object.namespace.as_ref() == Some(*namespace);
            self.pool.drafts.keys().filter(of).count()
        };
        self.told.clone().or_else(|| self.named.iter().max_by_key(counted).cloned())
    }

    /// Whether a command asked for a list of a kind.
    pub(super) fn was_listed(&self, kind: Kind) -> bool {
        self.claims.iter().any(|(of, ..)| *of == kind)
            || self.silent.iter().any(|(_, of, _)| *of == kind)
    }

    /// Works out when each exchange took place.
    pub(super) fn settle_clock(&mut self, told_now: Option<Time>) {
        self.timeline.settle(&self.pool.anchors(), told_now);
    }

    /// Lets everything in.
    pub(super) fn finish(mut self, intake: &mut Intake) -> Finished {
        self.judge_silence(intake);
        let clock = |at: usize| self.timeline.time(at);
        let named = |pod: &ObjectRef| {
            let mut names = self.logs.iter().filter_map(|log| log.container_of(pod));
            let first = names.next()?;
            // Logs of several containers: which of them the row is about nobody can say.
            names.all(|name| name == first).then_some(first)
        };
        self.pool.give_containers(&self.events, named, clock);
        self.pool.resolve(clock);
        let events = std::mem::take(&mut self.events)
            .objects(clock, |about| self.pool.only_container(about));
        events.iter().for_each(|event| self.pool.end_job(event));
        let clock = match self.timeline.is_dated() {
            true => &mut intake.ages,
            false => &mut intake.newest,
        };
        *clock = (*clock).max(self.timeline.last());
        let fallback = self.namespace();
        let drafts = std::mem::take(&mut self.pool.drafts);
        let (names, jsons): (Vec<ObjectRef>, Vec<Json>) =
            drafts.into_iter().map(|(name, draft)| (name, draft.json)).unzip();
        let fallback = fallback.as_deref();
        let drafts = names.iter().zip(jsons).map(|(name, json)| Incoming {
            kind: Some(name.kind),
            namespace: name.namespace.as_deref().or(fallback),
            json,
        });
        let event = |json| Incoming { kind: Some(Kind::Event), namespace: fallback, json };
        let incoming = drafts.chain(events.into_iter().map(event)).collect();
        intake.objects_of(self.place, incoming);
        for log in self.logs {
            log.admit(intake);
        }
        for (kind, namespace, claim) in self.claims {
            intake.claim(kind, namespace.as_deref(), claim);
        }
        intake.described.append(&mut self.described);
        for object in self.absent {
            intake.absent(object);
        }
        Finished { offset: self.offset.unwrap_or(0) }
    }

    /// Lists that printed nothing: kubectl says on its standard error both that there is none and
    /// that it failed. Where errors are shown, or the user reads what takes rights in the whole
    /// cluster, nothing means none; of secrets, which such users too are often denied, only the former.
    fn judge_silence(&mut self, intake: &mut Intake) {
        let reads_all = self.pool.drafts.keys().any(|object| object.kind == Kind::Node);
        let mut believed = 0;
        for (at, kind, namespace) in std::mem::take(&mut self.silent) {
            if self.shows_errors || reads_all && kind != Kind::Secret {
                believed += 1;
                self.pool.whole(at, kind, namespace.as_deref(), BTreeSet::new());
                self.claims.push((kind, namespace, Claim::All));
                continue;
            }
            let question = Question::list(kind, namespace.as_deref());
            let why =
                "kubectl printed nothing, which it does for an empty list and for an error alike";
            let unseen = Unseen::new(UnseenKind::NotCaptured, question, why);
            self.claims.push((kind, namespace, Claim::Nothing(unseen)));
        }
        if believed > 0 {
            let text = format!("{believed} lists printed nothing and are taken to be empty");
            intake.notes.take(NoteKind::Remark, self.place, text);
        }
        self.pool.drop_gone();
    }
}
