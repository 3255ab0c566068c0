//! The signals that guides name, computed from the objects themselves.
//!
//! The names and labels are those of kube-state-metrics (docs/metrics/workload/pod-metrics.md and
//! its neighbours), so that the same line of a guide matches a Prometheus sample or an alert's
//! labels. Bare names are predicates of this catalogue.
//!
//! Each file holds the signals of one sort of object. Most read the object alone; a signal that
//! needs others (a service's pods, a pod's claims) asks for whole lists, which a run asks for once
//! and shares. What could not be seen never makes a signal hold.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use evidence::{Inquiry, Kind, List, Object, Pending, Time, Value};
use serde_json::Value as Json;
use tools::Arguments;

use crate::bindings::answer;

mod batch;
mod claim;
mod namespace;
mod node;
mod pod;
mod pod_events;
mod pod_setup;
mod pod_waits;
mod rollout;
mod scheduling;
mod service;
mod telemetry;
mod workload;

pub use pod::HIGH_RESTARTS;

/// One signal of the catalogue.
#[derive(Debug)]
pub struct Signal {
    /// Its name.
    pub name: &'static str,
    /// The kinds of object that it is about.
    pub kinds: &'static [Kind],
    /// Its labels, the one that `name=value` means first; none for a bare predicate.
    pub labels: &'static [&'static str],
    /// What it reads and when it holds.
    pub doc: &'static str,
    samples: Samples,
}

/// One series that a signal has for an object: values of its labels, in the signal's order.
type Sample = Vec<String>;

/// How a signal's series are computed.
#[derive(Debug)]
enum Samples {
    /// From the object and the clock.
    Own(fn(&Object, Time) -> Vec<Sample>),
    /// From other objects as well.
    Asking(fn(&Object, &Inquiry) -> Result<Vec<Sample>, Pending>),
    /// The same, of what fails for somebody though the object shows no trouble of its own.
    Failing(fn(&Object, &Inquiry) -> Result<Vec<Sample>, Pending>),
}

/// Declares the signals of one file:
/// `"name" [Kind…] ["label"…] Own(|object, now| …), "what it reads and when it holds";`
macro_rules! signals {
    ($($name:literal [$($kind:ident)+] [$($label:literal)*] $samples:expr, $doc:literal;)*) => {
        /// The signals of this file, in order of name.
        pub(super) const SIGNALS: &[super::Signal] = &[$(super::Signal {
            name: $name,
            kinds: &[$(evidence::Kind::$kind),+],
            labels: &[$($label),*],
            doc: $doc,
            samples: $samples,
        }),*];
    };
}
use signals;

static CATALOGUE: LazyLock<Vec<&'static Signal>> = LazyLock::new(|| {
    let mut all: Vec<&'static Signal> = [
        batch::SIGNALS,
        claim::SIGNALS,
        namespace::SIGNALS,
        node::SIGNALS,
        pod::SIGNALS,
        pod_events::SIGNALS,
        pod_setup::SIGNALS,
        pod_waits::SIGNALS,
        rollout::SIGNALS,
        scheduling::SIGNALS,
        service::SIGNALS,
        telemetry::SIGNALS,
        workload::SIGNALS,
    ]
    .into_iter()
    .flatten()
    .collect();
    all.sort_unstable_by_key(|signal| signal.name);
    all
});

/// Every signal, in order of name.
pub fn catalogue() -> &'static [&'static Signal] {
    &CATALOGUE
}

/// The signal of a name.
pub fn find(name: &str) -> Option<&'static Signal> {
    let index = CATALOGUE.binary_search_by_key(&name, |signal| signal.name).ok()?;
    Some(CATALOGUE[index])
}

/// The kinds of object that these signals are about.
pub fn kinds<'a>(signals: impl IntoIterator<Item = &'a guide::Signal>) -> BTreeSet<Kind> {
    let known = signals.into_iter().filter_map(|signal| find(&signal.name));
    known.flat_map(|signal| signal.kinds).copied().collect()
}

impl Signal {
    /// What a bare predicate says of the object on which it holds, as a person would: the beginning
    /// of its manual page. None of a metric, whose name and value say it.
    pub fn says(&self) -> Option<String> {
        let sentence = self.doc.split(". ").next().unwrap_or(self.doc);
        // A colon within code ends no clause.
        let mut ends = sentence.match_indices(": ").map(|(at, _)| &sentence[..at]);
        let clause = ends.find(|clause| clause.matches('`').count() % 2 == 0);
        let clause = clause.unwrap_or(sentence).trim_end_matches('.');
        let mut letters = clause.chars();
        let first = letters.next().filter(|_| !self.name.starts_with("kube_"))?;
        Some(first.to_lowercase().chain(letters).collect())
    }

    /// Whether it says that something fails for somebody: then no guide's "nothing found" is an
    /// all-clear.
    pub fn is_symptom(&self) -> bool {
        matches!(self.samples, Samples::Failing(_))
    }

    /// Whether the signal holds for an object with these label values. A label that the signal
    /// does not have never matches.
    ///
    /// # Errors
    /// [`Pending`] while a list that the signal needs has not been asked for.
    pub fn holds(
        &self,
        object: &Object,
        labels: &[(&str, &str)],
        inquiry: &Inquiry,
    ) -> Result<bool, Pending> {
        Ok(self.samples(object, inquiry)?.iter().any(|sample| {
            labels.iter().all(|(name, value)| {
                let index = self.labels.iter().position(|label| label == name);
                index.and_then(|index| sample.get(index)).is_some_and(|seen| seen == value)
            })
        }))
    }

    /// What [`Signal::says`] of an object, with the values of its labels there.
    ///
    /// # Errors
    /// [`Pending`] while a list that the signal needs has not been asked for.
    pub fn says_of(&self, object: &Object, inquiry: &Inquiry) -> Result<Option<String>, Pending> {
        let Some(said) = self.says() else { return Ok(None) };
        let samples = self.samples(object, inquiry)?;
        let values: BTreeSet<&str> = samples.iter().flatten().map(String::as_str).collect();
        Ok(Some(match values.is_empty() {
            true => said,
            false => format!("{said}: {}", Vec::from_iter(values).join(", ")),
        }))
    }

    fn samples(&self, object: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
        if !self.kinds.contains(&object.reference().kind) {
            return Ok(Vec::new());
        }
        match self.samples {
            Samples::Own(samples) => Ok(samples(object, inquiry.now())),
            Samples::Asking(samples) | Samples::Failing(samples) => samples(object, inquiry),
        }
    }
}

/// The one sample of a bare predicate that holds, or none.
fn holds(truth: bool) -> Vec<Sample> {
    if truth { vec![Vec::new()] } else { Vec::new() }
}

/// A list among the facts of a tool that is called with an object's namespace alone: made once for
/// all objects. None where the whole result is unknown.
fn listed(
    object: &Object,
    tool: &str,
    fact: &str,
    inquiry: &Inquiry,
) -> Result<Option<Arc<List>>, Pending> {
    let namespace = object.reference().namespace.as_deref();
    let (Some(namespace), Some(tool)) = (namespace, tools::find(tool)) else { return Ok(None) };
    let Ok(arguments) = Arguments::bind(tool, &[namespace.into()], &[]) else { return Ok(None) };
    let Value::Record(facts) = answer(tool, &arguments, inquiry)? else { return Ok(None) };
    Ok(match facts.get(fact) {
        Some(Value::List(list)) => Some(Arc::clone(list)),
        _ => None,
    })
}

/// A condition of an object's status.
fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Json> {
    let conditions = object.items("/status/conditions");
    conditions.iter().find(|one| one.get("type").and_then(Json::as_str) == Some(kind))
}

/// Every condition of an object's status: its type, status and reason.
fn conditions(object: &Object) -> Vec<Sample> {
    let word = |one: &Json, key: &str| one.get(key).and_then(Json::as_str).unwrap_or("").to_owned();
    let listed = object.items("/status/conditions").iter();
    listed.map(|one| vec![word(one, "type"), word(one, "status"), word(one, "reason")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_signals_share_a_name() {
        assert!(catalogue().windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(find("pod_not_ready").is_some() && find("no_such_signal").is_none());
    }

    #[test]
    fn every_predicate_says_in_one_clause_what_holds() {
        let said = |name| find(name).unwrap().says();
        assert_eq!(
            said("job_failed").as_deref(),
            Some("the Job has failed, and no later Job of the same CronJob has succeeded")
        );
        assert_eq!(
            said("node_not_ready").as_deref(),
            Some("the node is not ready, or nobody has heard of it")
        );
        assert_eq!(said("kube_pod_status_phase"), None);
        for signal in catalogue() {
            let said = signal.says().unwrap_or_default();
            assert!(said.len() <= 150 && !said.starts_with("reads"), "{}: {said}", signal.name);
        }
    }
}
