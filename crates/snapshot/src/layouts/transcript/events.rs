//! Events: rows of `kubectl get events`, and those at the end of pages.
//!
//! The same event is often printed several times, by lists and by pages, with ages that count
//! from the time of each. What agrees in object, type, reason and message is one event.

use std::collections::BTreeMap;

use evidence::{Kind, ObjectRef, Time};
use serde_json::{Value as Json, json};

use super::fields::{int, put_some, told};
use super::moments::Age;
use super::only_container::Told;
use super::outline::Entry;
use super::table::{Columns, Row, gaps};

/// One printed event, without the object that it is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct EventRow {
    pub(super) sort: String,
    pub(super) reason: String,
    pub(super) message: String,
    /// How long ago it was last seen, and first.
    pub(super) last: Option<Age>,
    pub(super) first: Option<Age>,
    pub(super) count: Option<i64>,
    pub(super) component: Option<String>,
    pub(super) host: Option<String>,
    pub(super) name: Option<String>,
    pub(super) field_path: Option<String>,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct About {
    /// The kind in the words of objects, or as it was printed where it is not known.
    pub(super) kind: String,
    pub(super) name: String,
    /// The namespace that the event stands in.
    pub(super) namespace: Option<String>,
}

impl About {
    /// `pod/web-0`.
    pub(super) fn printed(object: &str, namespace: Option<&str>) -> Option<About> {
        let (kind, name) = object.split_once('/')?;
        let kind =
            Kind::parse(kind).map_or_else(|| kind.to_owned(), |known| known.name().to_owned());
        Some(About { kind, name: name.to_owned(), namespace: namespace.map(str::to_owned) })
    }
}

/// The events of a page; whether they are all.
pub(super) fn of_page(heading: &Entry<'_, '_>, ended: bool) -> (Vec<EventRow>, bool) {
    let mut rows = Vec::new();
    let Some((first, rest)) = heading.below.split_first() else { return (rows, false) };
    let columns = Columns::at_gaps(first.text);
    let mut whole = columns.has("Reason") && columns.has("Message");
    for line in rest.iter().filter(|line| !line.text.is_empty() && !line.text.starts_with("----")) {
        match page_row(line.text) {
            Some(row) => rows.push(row),
            None => whole = false,
        }
    }
    (rows, whole && ended)
}

/// `Warning  BackOff  21s (x6 over 100s)  kubelet  Back-off restarting …`.
fn page_row(line: &str) -> Option<EventRow> {
    let cells = gaps(line, 2);
    let cell = |at: usize| cells.get(at).map(|(_, cell)| *cell);
    let sort = cell(0).filter(|sort| matches!(*sort, "Normal" | "Warning"))?;
    let mut row =
        EventRow { sort: sort.to_owned(), reason: cell(1)?.to_owned(), ..EventRow::default() };
    row.ages(cell(2)?);
    // Whoever reports the event may have no name; then the message follows the age.
    match cells.as_slice() {
        [_, _, _, (_, from), (at, _), ..] => {
            row.from(from);
            let (part, message) = of_part(line[*at..].trim_end());
            row.field_path = part.map(str::to_owned);
            row.message = message.to_owned();
        }
        [_, _, _, (_, from)] => row.from(from),
        _ => return None,
    }
    Some(row)
}

/// The part of the object that newer pages put before the message: `spec.containers{web}: Error: …`.
fn of_part(text: &str) -> (Option<&str>, &str) {
    let parts = ["spec.containers{", "spec.initContainers{", "spec.ephemeralContainers{"];
    match text.split_once("}: ") {
        Some((part, message)) if parts.iter().any(|begins| part.starts_with(begins)) => {
            (text.get(..=part.len()), message)
        }
        _ => (None, text),
    }
}

/// The container that a message of the kubelet names, by its own words
/// (pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/kuberuntime/kuberuntime_manager.go).
fn container_named(message: &str) -> Option<&str> {
    let begins = [
        "Back-off restarting failed container ",
        "Created container: ",
        "Created container ",
        "Started container ",
        "Stopping container ",
    ];
    let ends = ["failed liveness probe", "failed startup probe", "definition changed"];
    if let Some(rest) = begins.iter().find_map(|begins| message.strip_prefix(begins)) {
        return rest.split(' ').next().filter(|name| !name.is_empty());
    }
    let (name, after) = message.strip_prefix("Container ")?.split_once(' ')?;
    ends.iter().any(|end| after.starts_with(end)).then_some(name)
}

/// Reasons of the kubelet's events that are always about a container (pkg/kubelet/events/event.go).
const OF_CONTAINERS: [&str; 10] = [
    "BackOff",
    "Created",
    "ErrImageNeverPull",
    "Failed",
    "InspectFailed",
    "Killing",
    "Pulled",
    "Pulling",
    "Started",
    "Unhealthy",
];

impl EventRow {
    /// `21s (x6 over 100s)`; `<unknown>` of events that have no time.
    fn ages(&mut self, text: &str) {
        let (last, rest) = text.split_once(" (x").unwrap_or((text, ""));
        self.last = Age::parse(last.trim());
        if let Some((count, first)) = rest.trim_end_matches(')').split_once(" over ") {
            self.count = int(count);
            self.first = Age::parse(first.trim());
        }
    }

    /// `kubelet`, and of older kubectl `kubelet, worker-1`.
    fn from(&mut self, text: &str) {
        let (component, host) = text.split_once(", ").map_or((text, None), |(c, h)| (c, Some(h)));
        self.component = told(component).map(str::to_owned);
        self.host = host.map(str::to_owned);
    }

    /// A row of a list, with what it is about.
    pub(super) fn of_list(row: &Row<'_, '_>, namespace: Option<&str>) -> Option<(About, EventRow)> {
        let about = About::printed(row.get("OBJECT")?, row.get("NAMESPACE").or(namespace))?;
        let text = |name: &str| row.get(name).unwrap_or_default().to_owned();
        let mut event = EventRow {
            sort: text("TYPE"),
            reason: text("REASON"),
            message: text("MESSAGE"),
            name: row.told("NAME").map(str::to_owned),
            field_path: row.told("SUBOBJECT").map(str::to_owned),
            ..EventRow::default()
        };
        event.ages(row.get("LAST SEEN")?);
        if let Some(source) = row.told("SOURCE") {
            event.from(source);
        }
        event.first = row.get("FIRST SEEN").and_then(Age::parse).or(event.first);
        event.count = row.get("COUNT").and_then(int).or(event.count);
        matches!(&*event.sort, "Normal" | "Warning").then_some((about, event))
    }

    /// A line of a list whose heading was cut off.
    pub(super) fn of_line(line: &str, namespace: Option<&str>) -> Option<(About, EventRow)> {
        let cells = gaps(line, 2);
        let at =
            cells.iter().take(3).position(|(_, cell)| matches!(*cell, "Normal" | "Warning"))?;
        let cell = |index: usize| cells.get(index).map(|(_, cell)| *cell);
        let namespace = if at == 2 { cell(0) } else { namespace };
        let about = About::printed(cell(at + 2)?, namespace)?;
        let mut event = EventRow {
            sort: cell(at)?.to_owned(),
            reason: cell(at + 1)?.to_owned(),
            message: cells.get(at + 3).map(|(from, _)| line[*from..].trim_end().to_owned())?,
            ..EventRow::default()
        };
        event.ages(cell(at.checked_sub(1)?)?);
        Some((about, event))
    }
}

/// The events of a transcript, each once.
#[derive(Debug, Default)]
pub(super) struct Events {
    found: BTreeMap<(About, String, String, String), Sighted>,
}

#[derive(Clone, Debug, Default)]
struct Sighted {
    /// Each with the exchange that it was printed in.
    sightings: Vec<(usize, EventRow)>,
}

impl Events {
    /// Takes an event that was printed in an exchange.
    pub(super) fn take(&mut self, at: usize, about: About, mut row: EventRow) {
        let (sort, reason) = (std::mem::take(&mut row.sort), std::mem::take(&mut row.reason));
        let message = std::mem::take(&mut row.message);
        let sighted = self.found.entry((about, sort, reason, message)).or_default();
        sighted.sightings.push((at, row));
    }

    /// What was told of a pod's containers.
    pub(super) fn of_containers<'e>(
        &'e self,
        pod: &'e ObjectRef,
    ) -> impl Iterator<Item = Told<'e>> {
        let is_own = move |about: &About| {
            about.kind == Kind::Pod.name()
                && about.name == pod.name
                && about.namespace == pod.namespace
        };
        self.found.iter().filter(move |((about, ..), _)| is_own(about)).map(
            |((_, _, reason, message), sighted)| {
                let part = sighted.sightings.iter().find_map(|(_, row)| row.field_path.as_deref());
                let by_part =
                    part.and_then(|part| part.strip_prefix("spec.containers{")?.strip_suffix('}'));
                // Init containers are created and started too: only what ended again and again
                // is sure to be the one that the row is about.
                let again = matches!(&**reason, "BackOff" | "Killing");
                let container = by_part.or_else(|| container_named(message).filter(|_| again));
                Told {
                    reason,
                    message,
                    container: container.filter(|_| part.is_none() || by_part.is_some()),
                }
            },
        )
    }

    /// The events as objects. `clock` tells the time of an exchange, `only` the field path of the
    /// container of a pod that has but one: lists of older releases do not print of which it is.
    pub(super) fn objects(
        self,
        clock: impl Fn(usize) -> Time,
        only: impl Fn(&About) -> Option<String>,
    ) -> Vec<Json> {
        let mut objects = Vec::with_capacity(self.found.len());
        for (index, ((about, sort, reason, message), sighted)) in self.found.into_iter().enumerate()
        {
            let mut object = about.object(&sighted, index);
            let part = sighted.sightings.iter().find_map(|(_, row)| row.field_path.clone());
            let named =
                || container_named(&message).map(|name| format!("spec.containers{{{name}}}"));
            let is_of_one = about.kind == Kind::Pod.name() && OF_CONTAINERS.contains(&&*reason);
            let part = part.or_else(|| named().or_else(|| only(&about)).filter(|_| is_of_one));
            put_some(&mut object, "involvedObject/fieldPath", part);
            for (field, text) in [("type", sort), ("reason", reason), ("message", message)] {
                object[field] = text.into();
            }
            sighted.times(&mut object, &clock);
            objects.push(object);
        }
        objects
    }
}

impl About {
    fn object(&self, sighted: &Sighted, index: usize) -> Json {
        let known = Kind::parse(&self.kind).filter(|kind| kind.name() == self.kind);
        let namespaced = known.is_none_or(Kind::namespaced);
        let name = sighted.sightings.iter().find_map(|(_, row)| row.name.clone());
        // The name that the API server gave it was not printed.
        let name = name.unwrap_or_else(|| format!("{}.{index:08}", self.name));
        let namespace = self.namespace.as_deref();
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "name": name },
            "involvedObject": { "kind": self.kind, "name": self.name },
        });
        put_some(&mut object, "metadata/namespace", namespace);
        put_some(&mut object, "involvedObject/namespace", namespace.filter(|_| namespaced));
        put_some(&mut object, "involvedObject/apiVersion", known.map(Kind::api_version));
        object
    }
}

impl Sighted {
    fn times(&self, object: &mut Json, clock: &impl Fn(usize) -> Time) {
        let told = |age: Option<Age>, at: usize| {
            let seconds = clock(at).as_second() - age?.seconds;
            Some((age?.unit, Time::from_second(seconds).ok()?))
        };
        // Of the finest ages, the latest: the ages of one event differ only by their rounding,
        // unless it was seen again in between.
        let last = self
            .sightings
            .iter()
            .filter_map(|(at, row)| told(row.last, *at))
            .max_by_key(|(unit, time)| (std::cmp::Reverse(*unit), *time));
        let newest = self.sightings.iter().filter_map(|(at, row)| told(row.last, *at));
        let newest = newest.filter(|(unit, time)| {
            last.is_none_or(|(_, exact)| time.as_second() > exact.as_second() + unit)
        });
        let last = newest.max_by_key(|(_, time)| *time).or(last).map(|(_, time)| time);
        let first = self
            .sightings
            .iter()
            .filter_map(|(at, row)| told(row.first, *at))
            .min_by_key(|(unit, time)| (*unit, *time));
        let first = first.map(|(_, time)| time).or(last);
        put_some(object, "lastTimestamp", last.map(|time| time.to_string()));
        put_some(object, "firstTimestamp", first.min(last).map(|time| time.to_string()));
        let count = self.sightings.iter().filter_map(|(_, row)| row.count).max();
        put_some(object, "count", count.or(Some(1)));
        for (field, of) in [
            ("source/component", |row: &EventRow| row.component.clone()),
            ("source/host", |row: &EventRow| row.host.clone()),
        ] as [(&str, fn(&EventRow) -> Option<String>); 2]
        {
            put_some(object, field, self.sightings.iter().find_map(|(_, row)| of(row)));
        }
    }
}
