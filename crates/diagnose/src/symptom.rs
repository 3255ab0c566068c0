//! Which guides speak of an alert, or of an error message that somebody pasted.
//!
//! No object is looked at: this finds the page to read, or to run, from words alone. An alert's
//! labels are held against the signals of guides, which bear the names and labels of
//! kube-state-metrics. A message is held against the literals and keywords of guides and against
//! the lexicon, whose signatures guides name. What is left is decided by [`search`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use guide::{Guide, Signal};
use lexicon::Lexicon;
use serde_json::Value as Json;

use crate::Book;
use crate::search::{literals, search};

/// A guide that speaks of a symptom.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// The guide.
    pub guide: Arc<Guide>,
    /// How well it fits; comparable within one ranking only.
    pub score: f64,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
}

/// What an alert says: its labels, and its sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertWords {
    /// Its labels, `alertname` among them.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub sentences: Vec<String>,
}

/// Labels with their values.
type Labels = &'static [(&'static str, &'static str)];

/// Alerts of the kubernetes-mixin, which kube-prometheus ships, with the signals that their
/// expressions are made of.
const ALERTS: &[(&str, &str, Labels)] = &[
    ("CPUThrottlingHigh", "workload_performance_anomalous", &[]),
    ("KubeContainerWaiting", "kube_pod_container_status_waiting_reason", &[]),
    (
        "KubePodCrashLooping",
        "kube_pod_container_status_waiting_reason",
        &[("reason", "CrashLoopBackOff")],
    ),
    ("KubePodNotReady", "kube_pod_status_phase", &[("phase", "Pending")]),
    ("KubePodNotReady", "pod_not_ready", &[]),
];

/// What a label that a signal asks for is worth, and what the signal's name is.
const SIGNAL: f64 = 20.0;
/// What a signature of the lexicon that a guide names is worth.
const SIGNATURE: f64 = 30.0;
/// What each letter of a literal that stands in the message is worth: long ones are rarer.
const LETTER: f64 = 0.5;
/// The shortest literal that counts.
const SHORTEST: usize = 4;

impl AlertWords {
    /// Reads labels, `alertname=KubePodNotReady,reason=Evicted`, or the JSON of Alertmanager: what
    /// a webhook is sent, what `/api/v2/alerts` answers, one alert, or its labels alone.
    ///
    /// # Errors
    /// A sentence that says what is neither.
    pub fn read(text: &str) -> Result<Vec<AlertWords>, String> {
        let text = text.trim();
        if text.starts_with(['{', '[']) {
            let json: Json =
                serde_json::from_str(text).map_err(|error| format!("the JSON ends: {error}"))?;
            return Ok(alerts(&json)).and_then(|alerts| match alerts.is_empty() {
                true => Err("the JSON holds no alert with labels".to_owned()),
                false => Ok(alerts),
            });
        }
        let mut labels = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(format!("`{part}` is no label; write name=value"));
            };
            labels.insert(name.trim().to_owned(), value.trim().trim_matches('"').to_owned());
        }
        match labels.is_empty() {
            true => Err("no label is given; write alertname=NAME".to_owned()),
            false => Ok(vec![AlertWords { labels, sentences: Vec::new() }]),
        }
    }

    /// The words that the search is given.
    fn words(&self) -> String {
        let told = ["alertname", "reason", "phase", "condition", "resource"];
        let labels = told.iter().filter_map(|name| self.labels.get(*name));
        let all: Vec<&str> = labels.chain(&self.sentences).map(String::as_str).collect();
        all.join(" ")
    }
}

fn alerts(json: &Json) -> Vec<AlertWords> {
    if let Some(list) = json.as_array().or_else(|| json.get("alerts")?.as_array()) {
        return list.iter().flat_map(alerts).collect();
    }
    let texts = |json: &Json| -> BTreeMap<String, String> {
        let entries = json.as_object().into_iter().flatten();
        entries
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    };
    let labels = texts(json.get("labels").unwrap_or(json));
    let sentences = json.get("annotations").map(texts).unwrap_or_default();
    let sentences = sentences.into_iter().filter(|(name, _)| !name.ends_with("_url"));
    match labels.is_empty() {
        true => Vec::new(),
        false => {
            let sentences = sentences.map(|(_, sentence)| sentence).collect();
            vec![AlertWords { labels, sentences }]
        }
    }
}

/// The diagnosis guides that speak of any of these alerts, best first.
pub fn of_alerts(book: &Book, alerts: &[AlertWords]) -> Vec<Spoken> {
    let words: Vec<String> = alerts.iter().map(AlertWords::words).collect();
    ranked(book, &words.join(" "), |guide| {
        let mut found = Vec::new();
        for alert in alerts {
            let held = guide.meta.signals.iter().filter_map(|signal| against(signal, alert));
            found.extend(held);
        }
        found
    })
}

/// How well an alert's labels fit a signal, and the reason in words.
fn against(signal: &Signal, alert: &AlertWords) -> Option<(f64, String)> {
    let label = |name: &str| alert.labels.get(name).map(String::as_str);
    let mut known: BTreeMap<&str, &str> =
        alert.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let made_of = ALERTS.iter().find(|(name, metric, labels)| {
        label("alertname") == Some(*name)
            && *metric == signal.name
            && labels.iter().all(|(name, value)| label(name).is_none_or(|own| own == *value))
    });
    if let Some((_, _, labels)) = made_of {
        known.extend(labels.iter().copied());
    }
    let named = made_of.is_some() || label("__name__") == Some(signal.name.as_str());
    let asked = signal.labels.iter();
    let same =
        asked.clone().filter(|(name, value)| known.get(name.as_str()) == Some(&value.as_str()));
    let other = asked.clone().any(|(name, value)| {
        known.get(name.as_str()).is_some_and(|known| *known != value.as_str())
    });
    let same = same.count();
    if other || (!named && same == 0) {
        return None;
    }
    let why = match named {
        true => format!("its signal {} is what the alert is made of", signal.text),
        false => format!("its signal {} has the alert's labels", signal.text),
    };
    let unsaid = signal.labels.len() - same;
    let worth = SIGNAL * (usize::from(named) + same) as f64 / (1 + unsaid) as f64;
    Some((worth, why))
}

/// The diagnosis guides that speak of an error message, best first.
pub fn of_error(book: &Book, message: &str) -> Vec<Spoken> {
    let lower = message.to_lowercase();
    let signatures = Lexicon::shipped().matches(message, None);
    ranked(book, message, |guide| {
        let named = quoted(&guide.text);
        let mut found: Vec<(f64, String)> = signatures
            .iter()
            .filter(|signature| named.contains(signature.id.as_str()))
            .map(|one| (SIGNATURE, format!("it decides by `{}`: {}", one.id, one.meaning)))
            .collect();
        let words: BTreeSet<&str> = literals(guide)
            .into_iter()
            .chain(guide.meta.keywords.iter().map(String::as_str))
            .collect();
        let stands = words
            .into_iter()
            .filter(|word| word.len() >= SHORTEST && lower.contains(&word.to_lowercase()));
        found.extend(
            stands.map(|word| (LETTER * word.len() as f64, format!("`{word}` stands in it"))),
        );
        found
    })
}

/// The texts in quotes of a guide's decisions: names of signatures are among them.
fn quoted(text: &str) -> BTreeSet<&str> {
    let decisions = text.lines().filter(|line| line.trim_start().starts_with("- "));
    decisions.flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// Adds what the search says to the reasons, and puts the best first.
fn ranked(book: &Book, words: &str, reasons: impl Fn(&Guide) -> Vec<(f64, String)>) -> Vec<Spoken> {
    let hits = search(book, words);
    let mut found = Vec::new();
    for entry in book.diagnoses() {
        let guide = entry.guide();
        let mut own = reasons(guide);
        own.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        own.dedup_by(|a, b| a.1 == b.1);
        if let Some(hit) = hits.iter().find(|hit| hit.guide.id == guide.id) {
            own.push((hit.score, format!("words: {}", hit.words.join(", "))));
        }
        if !own.is_empty() {
            let score = own.iter().map(|(worth, _)| worth).sum();
            let reasons = own.into_iter().map(|(_, reason)| reason).collect();
            found.push(Spoken { guide: Arc::clone(guide), score, reasons });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.guide.id.cmp(&b.guide.id)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_of_the_table_is_made_of_signals_that_there_are() {
        for (alert, signal, _) in ALERTS {
            assert!(crate::signals::find(signal).is_some(), "{alert}: {signal}");
        }
    }

    #[test]
    fn labels_are_read_as_text_and_as_what_alertmanager_sends() {
        let one = AlertWords::read("alertname=KubePodNotReady, reason=\"Evicted\"").unwrap();
        assert_eq!(one[0].labels["reason"], "Evicted");
        let webhook = r#"{"version":"4","alerts":[{"labels":{"alertname":"A"},
            "annotations":{"summary":"It is slow","runbook_url":"https://example.com"}}]}"#;
        let sent = AlertWords::read(webhook).unwrap();
        assert_eq!((sent.len(), sent[0].sentences.as_slice()), (1, &["It is slow".to_owned()][..]));
        assert_eq!(AlertWords::read("[]"), Err("the JSON holds no alert with labels".to_owned()));
        assert!(AlertWords::read("KubePodNotReady").unwrap_err().contains("name=value"));
        assert!(AlertWords::read("{\"alerts\":").is_err());
    }

    fn guide(id: &str, signal: &str, literal: &str) -> String {
        format!(
            "---\nid: {id}\ntitle: T\nissue_type: T\ncomponent: pod\nphase: diagnosis\n\
             severity: low\nk8s_version: \">=1.24\"\nsignals: [{signal}]\nrelated_tsgs: []\n\
             keywords: []\n---\n\n## Summary\nA test\n\n## Diagnostic Decision Tree\n\n\
             ### Step 1: Look\n- `{literal}`\n\n## Stop Condition\n- Broken\n"
        )
    }

    fn book() -> Book {
        let metric = "kube_pod_container_status_waiting_reason";
        let files = [
            guide("TSG-POD-A-001", &format!("{metric}=CrashLoopBackOff"), "exec format error"),
            guide("TSG-POD-B-001", &format!("{metric}=ImagePullBackOff"), "no such host"),
            guide("TSG-POD-C-001", "pod_not_ready", "probe failed"),
        ];
        let named = files.iter().map(|text| ("t.md", text.as_bytes()));
        let (book, flaws) = Book::read(named);
        assert!(flaws.iter().all(|flaws| !flaws.is_error()), "{flaws:?}");
        book
    }

    fn first(found: &[Spoken]) -> &str {
        found.first().map_or("none", |one| one.guide.id.as_str())
    }

    #[test]
    fn an_alert_leads_to_the_guide_with_its_signal_and_not_to_one_with_another_label() {
        for (labels, wanted) in [
            ("alertname=KubePodCrashLooping", "TSG-POD-A-001"),
            ("alertname=Anything,reason=ImagePullBackOff", "TSG-POD-B-001"),
            ("alertname=KubeContainerWaiting,reason=ImagePullBackOff", "TSG-POD-B-001"),
            ("alertname=KubePodNotReady", "TSG-POD-C-001"),
            ("alertname=Zebra", "none"),
        ] {
            let found = of_alerts(&book(), &AlertWords::read(labels).unwrap());
            assert_eq!(first(&found), wanted, "{labels}");
        }
    }

    #[test]
    fn a_message_leads_to_the_guide_whose_literal_stands_in_it() {
        let found = of_error(&book(), "dial tcp: lookup registry.example.com: No such host");
        assert_eq!(first(&found), "TSG-POD-B-001");
        assert!(found[0].reasons[0].contains("no such host"), "{:?}", found[0].reasons);
        assert!(of_error(&book(), "zebra").is_empty());
    }
}
