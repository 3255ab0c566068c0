//! The alerts that are firing about a namespace, in their own words, with the numbers in them.
//!
//! Reads what the source holds of an alerting system: Alertmanager, or whatever wrote the alerts
//! of a dump. Sentences are quoted as they are. Where one of them tells of a change, with an arrow
//! between two numbers (`Normal=24.2pps -> Current=8.5pps`), the numbers are facts of their own.
//!
//! ## Absence
//!
//! No API server holds alerts. Without a source of them the whole result is unknown. An empty list
//! says that none was firing, not that all is well: what no rule watches raises no alert.
//!
//! ## Example
//!
//! ```text
//! told = get_alerts("<namespace>")
//! - When `told.alerts.exists(a, a.changes.exists(c, c.factor >= 10.0))` → possibly **something-jumped**
//! ```
//!
//! ```json
//! { "alerts": [ { "name": "LatencyHigh", "subject": "checkout", "since": "2026-11-20T14:02:11Z",
//!     "labels": { "severity": "warning" }, "sentences": [ "p99: Normal=20ms -> Current=400ms (+1900%)" ],
//!     "changes": [ { "sentence": "p99: Normal=20ms -> Current=400ms (+1900%)", "before": 20.0,
//!       "after": 400.0, "factor": 20.0 } ] } ] }
//! ```

use std::collections::BTreeMap;

use evidence::{Alert, Fact, Inquiry, Pending, Question, Reply, Time, Value};

use crate::tool::NAMESPACE;
use crate::{Arguments, Tool, sight};

evidence::facts! {
    /// The alerts about a namespace.
    pub struct AlertList {
        /// Those that were firing, in the order of the source.
        pub alerts: Vec<FiringAlert>,
    }

    /// An alert that was firing.
    pub struct FiringAlert {
        /// Its name: the label `alertname`, or the kind of anomaly.
        pub name: String,
        /// What it is about, where it says so: a service, workload, pod or node.
        pub subject: Option<String>,
        /// Since when.
        pub since: Option<Time>,
        /// Its labels.
        pub labels: BTreeMap<String, String>,
        /// Its sentences.
        pub sentences: Vec<String>,
        /// The changes from one number to another that its sentences tell of.
        pub changes: Vec<ToldChange>,
    }

    /// A change that a sentence tells of.
    pub struct ToldChange {
        /// The part of the sentence.
        pub sentence: String,
        /// The number before.
        pub before: f64,
        /// The number since, in the same unit.
        pub after: f64,
        /// How many times as much that is; null where it was nothing before.
        pub factor: Option<f64>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_alerts",
    parameters: &[NAMESPACE],
    facts: AlertList::SHAPE,
    permissions: &[],
    page: include_str!("get_alerts.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace").to_owned();
    let question = Question::Alerts { namespace };
    Ok(match inquiry.ask(&question)? {
        Reply::Alerts(alerts) => {
            let alerts = alerts.iter().map(describe).collect();
            AlertList { alerts, source: None }.into_value()
        }
        Reply::Unseen(unseen) => Value::Unknown(unseen),
        _ => Value::Unknown(sight::misfit(&question)),
    })
}

fn describe(alert: &Alert) -> FiringAlert {
    FiringAlert {
        name: alert.name.clone(),
        subject: alert.subject.clone(),
        since: alert.since,
        labels: alert.labels.clone(),
        sentences: alert.evidence.clone(),
        changes: alert.evidence.iter().flat_map(|sentence| changes(sentence)).collect(),
        source: None,
    }
}

/// The changes that a sentence tells of; its parts are divided by `|`.
fn changes(sentence: &str) -> Vec<ToldChange> {
    sentence.split('|').filter_map(change).collect()
}

fn change(part: &str) -> Option<ToldChange> {
    let (left, right) = part.split_once("->").or_else(|| part.split_once('→'))?;
    // Names hold digits as well (`p99: 20ms`): the last number before the arrow is the value.
    let (before, after) = (numbers(left).last()?, numbers(right).next()?);
    let factor = (before != 0.0).then(|| after / before);
    Some(ToldChange { sentence: part.trim().to_owned(), before, after, factor, source: None })
}

/// The numbers of a text that do not belong to a word.
fn numbers(text: &str) -> impl Iterator<Item = f64> {
    let mut last = ' ';
    text.char_indices().filter_map(move |(at, letter)| {
        let begins = letter.is_ascii_digit() && !(last.is_alphanumeric() || last == '.');
        last = letter;
        let rest = text[at..].split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        begins.then(|| rest.trim_end_matches('.').parse().ok()).flatten()
    })
}
