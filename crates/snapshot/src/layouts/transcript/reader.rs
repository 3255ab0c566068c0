//! Reads the exchanges of a transcript into objects, events and claims.

use std::collections::BTreeSet;

use evidence::{Kind, ObjectRef, Question, Reply, ServerVersion, Time, Unseen, UnseenKind};
use serde_json::Value as Json;

use super::beside::{TypedLog, typed_service};
use super::command::{Command, Output, Verb};
use super::events::{About, EventRow, Events};
use super::moments::rfc1123z;
use super::pages;
use super::pool::{Exactness, Pool};
use super::rows;
use super::session::{Exchange, exchanges};
use super::table::Columns;
use crate::clock;
use crate::contents::Contents;
use crate::documents;
use crate::intake::{Claim, Intake};
use crate::note::NoteKind;
use crate::refusal::Refusal;

/// A transcript while it is read.
pub(super) struct Reader<'a> {
    pub(super) place: &'a str,
    pub(super) pool: Pool,
    pub(super) events: Events,
    /// The namespace that the user named.
    told: Option<String>,
    /// The namespace that a command chose for those after it.
    chosen: Option<String>,
    /// The namespaces that commands named.
    named: BTreeSet<String>,
    claims: Vec<(Kind, Option<String>, Claim)>,
    /// Lists that printed nothing at all.
    silent: Vec<(usize, Kind, Option<String>)>,
    described: BTreeSet<ObjectRef>,
    logs: Vec<TypedLog>,
    absent: BTreeSet<ObjectRef>,
    /// The latest time that each exchange is known to have come after.
    floors: Vec<Option<i64>>,
    /// The seconds east of Greenwich that times were printed with.
    pub(super) offset: Option<i64>,
    /// Whether errors of kubectl are shown, so that no word means no error.
    shows_errors: bool,
    at: usize,
    base: i64,
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
    lines.iter().any(|line| is_table(line))
        || pages::split(&lines).into_iter().any(|page| pages::read(None, page, false).is_some())
}

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
            floors: Vec::new(),
            offset: None,
            shows_errors: false,
            at: 0,
            base: 0,
        }
    }

    pub(super) fn read(&mut self, text: &str, intake: &mut Intake) {
        for exchange in exchanges(text) {
            self.floors.push(None);
            self.exchange(&exchange, intake);
            self.at += 1;
        }
        let gone = self.pool.drop_gone();
        if gone > 0 {
            let text =
                format!("{gone} objects are not in the latest list of their kind: they are gone");
            intake.notes.take(NoteKind::Remark, self.place, text);
        }
    }

    fn exchange(&mut self, exchange: &Exchange<'_>, intake: &mut Intake) {
        let Some(command) = &exchange.command else {
            return self.blocks(None, &exchange.lines, exchange.ended, intake);
        };
        self.named.extend(command.namespace.clone());
        match command.verb {
            Verb::Use => self.chosen = command.namespace.clone().or_else(|| self.chosen.take()),
            Verb::Date => {
                let line = exchange.lines.first().copied().unwrap_or_default();
                if let Some(time) = super::moments::date(line, self.offset) {
                    self.floor(time.as_second());
                    intake.timestamp = intake.timestamp.max(Some(time));
                }
            }
            Verb::Version => self.version(&exchange.lines, intake),
            Verb::Systemctl => typed_service(&exchange.lines, self, intake),
            Verb::Logs => {
                let scope = self.scope(command).or_else(|| self.told.clone());
                self.logs.extend(TypedLog::of(command, scope.as_deref(), &exchange.lines));
            }
            Verb::Get | Verb::Describe | Verb::Events => self.output(command, exchange, intake),
            Verb::Top | Verb::Other => {}
        }
    }

    /// The namespace of what a command asked for.
    fn scope(&self, command: &Command) -> Option<String> {
        let named = command.namespace.clone().or_else(|| self.chosen.clone());
        named.filter(|_| !command.everywhere)
    }

    fn output(&mut self, command: &Command, exchange: &Exchange<'_>, intake: &mut Intake) {
        let said: Vec<&str> =
            exchange.lines.iter().copied().filter(|line| !is_warning(line)).collect();
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
            Some(_) => self.blocks(Some(command), &said, exchange.ended, intake),
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
            let told = line
                .strip_prefix("No resources found in ")
                .and_then(|r| r.strip_suffix(" namespace."));
            let listed =
                self.listed(command).or_else(|| Some((command.kind()?, Some(told?.to_owned()))));
            if let Some((kind, namespace)) =
                listed.filter(|_| command.asks_for_all() && (ended || line.ends_with('.')))
            {
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

    /// Output in blocks: tables and pages.
    fn blocks(
        &mut self,
        command: Option<&Command>,
        lines: &[&str],
        ended: bool,
        intake: &mut Intake,
    ) {
        let is_page = command.is_none_or(|command| command.verb == Verb::Describe);
        if is_page {
            for page in pages::split(lines) {
                self.page(command, page, ended, intake);
            }
        }
        if command.is_none_or(|command| command.verb != Verb::Describe) {
            self.tables(command, lines, ended);
        }
    }

    fn page(
        &mut self,
        command: Option<&Command>,
        lines: &[&str],
        ended: bool,
        intake: &mut Intake,
    ) {
        let kind = command.and_then(Command::kind);
        if command.is_some() && kind.is_none() {
            return;
        }
        let Some(mut page) = pages::read(kind, lines, ended) else {
            let text = "a page of kubectl describe could not be read";
            return intake.notes.take(NoteKind::Skipped, self.place, text);
        };
        self.times_of(lines);
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
            let Some(comma) = line.find(", ").filter(|at| *at >= 3) else { continue };
            let mut from = comma - 3;
            while let Some(stamp) = line.get(from..from + 31).and_then(rfc1123z) {
                self.offset.get_or_insert(stamp.offset);
                self.floor(stamp.time.as_second());
                match line[from + 31..].find(", ") {
                    Some(next) => from += 31 + next - 3,
                    None => break,
                }
            }
        }
    }

    pub(super) fn floor(&mut self, seconds: i64) {
        if let Some(floor) = self.floors.last_mut() {
            *floor = (*floor).max(Some(seconds));
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
        let is_events = command.is_some_and(|command| command.kind() == Some(Kind::Event));
        if !headed && is_events {
            let scope = command.and_then(|command| self.scope(command));
            for line in lines {
                if let Some((about, event)) = EventRow::of_line(line, scope.as_deref()) {
                    self.events.take(self.at, about, event);
                }
            }
        }
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
        let (mut whole, mut names) = (true, BTreeSet::new());
        for line in lines.iter().copied() {
            let Some(row) = columns.row(line) else {
                whole = false;
                continue;
            };
            if kind == Kind::Event {
                match EventRow::of_list(&row, scope.as_deref()) {
                    Some((about, event)) => self.events.take(self.at, about, event),
                    None => whole = false,
                }
                continue;
            }
            match rows::read(kind, &row, scope.as_deref()) {
                Some(shown) => {
                    names.insert(shown.name.clone());
                    let object = ObjectRef::new(kind, shown.namespace.as_deref(), &shown.name);
                    let exactness = if columns.has("LABELS")
                        || command.is_some_and(|c| c.output == Output::Wide)
                    {
                        Exactness::WideRow
                    } else {
                        Exactness::Row
                    };
                    self.pool.take(
                        self.at,
                        object,
                        shown.json,
                        exactness,
                        &rows::UNSHOWN,
                        shown.age,
                    );
                }
                None => whole = false,
            }
        }
        let Some(command) = command else { return };
        let Some((kind, namespace)) = self.listed(command).filter(|(of, _)| *of == kind) else {
            return;
        };
        let claim = self.claim_of(command, kind, namespace.as_deref(), whole, ended);
        if claim == Claim::All && namespace.is_some() != command.everywhere && kind != Kind::Event {
            self.pool.whole(self.at, kind, namespace.as_deref(), names);
        }
        self.claims.push((kind, namespace, claim));
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

    fn documents(&mut self, command: &Command, lines: &[&str], intake: &mut Intake) {
        let text = format!("{}\n", lines.join("\n"));
        let scope = self.scope(command);
        let parsed = documents::parse(&text);
        for flaw in &parsed.flaws {
            intake.notes.take(NoteKind::Broken, self.place, flaw);
        }
        for document in parsed.sound {
            let (kind, items) = match Contents::of(document) {
                Contents::List(list) => (list.kind, list.items),
                Contents::Object(json) => (None, vec![json]),
                _ => continue,
            };
            for json in items {
                let word = |at: &str| json.pointer(at).and_then(Json::as_str);
                let of = Kind::of(
                    word("/apiVersion").unwrap_or_default(),
                    word("/kind").unwrap_or_default(),
                );
                let Some(kind) = kind.or(of) else { continue };
                let Some(name) = word("/metadata/name") else { continue };
                let namespace = word("/metadata/namespace").or(scope.as_deref());
                let object = ObjectRef::new(kind, namespace, name);
                if let Some(newest) = clock::newest(&json) {
                    self.floor(newest.as_second());
                }
                self.pool.take(self.at, object, json, Exactness::Document, &[], None);
            }
        }
    }

    fn version(&mut self, lines: &[&str], intake: &mut Intake) {
        let line = lines.iter().find_map(|line| line.strip_prefix("Server Version: "));
        let Some(line) = line else { return };
        let told = line.split_once("GitVersion:\"").and_then(|(_, rest)| rest.split_once('"'));
        let git_version = told.map_or(line.trim(), |(version, _)| version).to_owned();
        intake.answer(Question::Version, Reply::Version(ServerVersion { git_version }));
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

    /// Works out when each exchange was printed, from what was created when and how old it was.
    pub(super) fn settle_clock(&mut self, told_now: Option<Time>) {
        let anchors: Vec<(usize, i64)> = self.pool.anchors().collect();
        for (at, seconds) in anchors {
            if let Some(floor) = self.floors.get_mut(at) {
                *floor = (*floor).max(Some(seconds));
            }
        }
        let told = told_now.map_or(0, Time::as_second);
        self.base = self.floors.iter().flatten().next().copied().unwrap_or(told);
        let mut last = self.base;
        for floor in &mut self.floors {
            last = last.max(floor.unwrap_or(last));
            *floor = Some(last);
        }
    }

    /// The time of an exchange.
    pub(super) fn time_of(&self, at: usize) -> Time {
        let seconds = self.floors.get(at).copied().flatten().unwrap_or(self.base);
        Time::from_second(seconds).unwrap_or(Time::UNIX_EPOCH)
    }

    /// Lets everything in.
    pub(super) fn finish(mut self, intake: &mut Intake) -> Finished {
        self.judge_silence(intake);
        let times: Vec<Time> = (0..self.floors.len()).map(|at| self.time_of(at)).collect();
        let clock = |at: usize| times.get(at).copied().unwrap_or(Time::UNIX_EPOCH);
        self.pool.resolve(clock);
        let events = std::mem::take(&mut self.events).objects(clock);
        if let Some(last) = times.last().filter(|last| **last != Time::UNIX_EPOCH) {
            intake.ages = intake.ages.max(Some(*last));
        }
        let fallback = self.namespace();
        for (object, draft) in std::mem::take(&mut self.pool.drafts) {
            let namespace = object.namespace.as_deref().or(fallback.as_deref());
            intake.object(self.place, Some(object.kind), namespace, draft.json);
        }
        for event in events {
            intake.object(self.place, Some(Kind::Event), fallback.as_deref(), event);
        }
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

/// What kubectl's libraries say beside the output: `Warning: …`, `E1128 10:00:00.000000 …`.
fn is_warning(line: &str) -> bool {
    let bytes = line.as_bytes();
    line.starts_with("Warning: ")
        || matches!(bytes, [b'E' | b'W' | b'I', rest @ ..] if rest.len() > 10 && rest[..4].iter().all(u8::is_ascii_digit) && rest[4] == b' ')
}

fn is_refusal(line: &str) -> bool {
    [
        "No resources found",
        "Error from server",
        "error: ",
        "Unable to connect to the server",
        "The connection to the server",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// `Error from server (NotFound): services "web" not found`.
fn not_found(line: &str) -> Option<(&str, &str)> {
    let (_, said) = line.split_once("): ")?;
    let (resource, rest) = said.split_once(" \"")?;
    let (name, rest) = rest.split_once('"')?;
    (rest.trim() == "not found").then_some((resource, name))
}

/// The kind whose rows alone have these headings.
fn kind_of(columns: &Columns<'_>) -> Option<Kind> {
    let signs: [(Kind, &[&str]); 14] = [
        (Kind::Pod, &["READY", "STATUS", "RESTARTS"]),
        (Kind::Service, &["CLUSTER-IP", "PORT(S)"]),
        (Kind::Deployment, &["READY", "UP-TO-DATE", "AVAILABLE"]),
        (Kind::Endpoints, &["ENDPOINTS", "AGE"]),
        (Kind::Node, &["STATUS", "ROLES", "VERSION"]),
        (Kind::PersistentVolume, &["RECLAIM POLICY", "CLAIM"]),
        (Kind::PersistentVolumeClaim, &["VOLUME", "ACCESS MODES", "STORAGECLASS"]),
        (Kind::StorageClass, &["PROVISIONER", "VOLUMEBINDINGMODE"]),
        (Kind::CronJob, &["SCHEDULE", "SUSPEND"]),
        (Kind::Job, &["COMPLETIONS", "DURATION"]),
        (Kind::HorizontalPodAutoscaler, &["REFERENCE", "MINPODS"]),
        (Kind::PodDisruptionBudget, &["MIN AVAILABLE", "ALLOWED DISRUPTIONS"]),
        (Kind::NetworkPolicy, &["POD-SELECTOR"]),
        (Kind::ResourceQuota, &["REQUEST", "LIMIT", "AGE"]),
    ];
    // A daemon set is told from a replica set by more than it has in common with it.
    let known = signs.into_iter().find(|(kind, names)| {
        names.iter().all(|name| columns.has(name))
            && !(*kind == Kind::Deployment && columns.has("DESIRED"))
    });
    match known {
        Some((kind, _)) => Some(kind),
        None if columns.has("DESIRED") && columns.has("UP-TO-DATE") => Some(Kind::DaemonSet),
        None if columns.has("DESIRED") && columns.has("CURRENT") => Some(Kind::ReplicaSet),
        None => None,
    }
}
