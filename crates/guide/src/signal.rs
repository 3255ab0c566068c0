//! Signals: when a guide applies.
//!
//! `kube_pod_container_status_waiting_reason=ImagePullBackOff` is the metric of that name
//! with `reason="ImagePullBackOff"`; `metric{reason="X",container="y"}` asks for several
//! labels; a bare name is a predicate of the signal catalogue.

use std::collections::BTreeMap;
use std::ops::Range;

use expression::nearest;

use crate::{Code, Diagnostic, Vocabulary};

/// A signal that a guide waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The metric or predicate.
    pub name: String,
    /// The labels it must have.
    pub labels: BTreeMap<String, String>,
    /// The signal as the guide writes it.
    pub text: String,
    /// Where it stands.
    pub span: Range<usize>,
}

const FORMS: &str = "write a name, `metric=value` or `metric{label=\"value\"}`";

impl Signal {
    /// Reads a signal and checks its names against the catalogue.
    pub(crate) fn parse(
        text: &str,
        span: Range<usize>,
        vocabulary: &Vocabulary,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Signal> {
        let bad = |what: &str| {
            Diagnostic::new(Code::BadSignal, span.clone(), format!("signal `{text}` {what}"))
                .help(FORMS)
        };
        let text = text.trim();
        let name_end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(name_end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            diagnostics.push(bad("does not start with a name"));
            return None;
        }
        let known = vocabulary.signal(name);
        if known.is_none() && !vocabulary.signals.is_empty() {
            diagnostics.push(unknown(name, rest, &span, vocabulary));
        }
        let labels = match rest.trim_start().chars().next() {
            None => Ok(BTreeMap::new()),
            Some('=') => short(name, rest, known.map(|known| known.labels.as_slice())),
            Some('{') => braces(rest.trim_start()),
            Some(_) => Err("has something after its name that is no label"),
        };
        let labels = match labels {
            Ok(labels) => labels,
            Err(what) => {
                diagnostics.push(bad(what));
                return None;
            }
        };
        if let Some(known) = known {
            for label in labels.keys().filter(|label| !known.labels.contains(label)) {
                let message = format!("metric `{name}` has no label `{label}`");
                let diagnostic = Diagnostic::new(Code::UnknownLabel, span.clone(), message);
                diagnostics.push(match known.labels.as_slice() {
                    [] => diagnostic.help(format!("`{name}` is a predicate: write it alone")),
                    labels => diagnostic.help(format!("its labels: {}", labels.join(", "))),
                });
            }
        }
        Some(Signal { name: name.to_owned(), labels, text: text.to_owned(), span })
    }
}

fn unknown(name: &str, rest: &str, span: &Range<usize>, vocabulary: &Vocabulary) -> Diagnostic {
    let message = format!("unknown signal `{name}`");
    let near = nearest(name, vocabulary.signals.iter().map(|signal| signal.name.as_str()));
    let help = match near {
        Some(near) => format!("did you mean `{near}{rest}`?"),
        None => "`tsg signals list` prints the catalogue".to_owned(),
    };
    Diagnostic::new(Code::UnknownSignal, span.clone(), message).help(help)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

type Labels = Result<BTreeMap<String, String>, &'static str>;

/// `=value`: of the label that the metric is named after, else of its first.
fn short(name: &str, rest: &str, labels: Option<&[String]>) -> Labels {
    let value = rest.trim_start().trim_start_matches('=').trim();
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    if value.is_empty() {
        return Err("has no value after `=`");
    }
    if value.contains(['"', '{', '}', ',', '=']) {
        return Err("has a value that is not one word");
    }
    let ending = name.rsplit('_').next().unwrap_or(name);
    let label = match labels {
        Some(labels) => labels
            .iter()
            .find(|label| *label == ending)
            .or(labels.first())
            .map_or(ending, String::as_str),
        None => ending,
    };
    Ok(BTreeMap::from([(label.to_owned(), value.to_owned())]))
}

/// `{label="value",…}`, as Prometheus writes it.
fn braces(text: &str) -> Labels {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let mut rest = inner.ok_or("has braces that are not closed")?.trim();
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (label, after) = rest.split_once('=').ok_or("has a label without a value")?;
        let label = label.trim();
        if label.is_empty() || !label.chars().all(is_name) {
            return Err("has a label whose name is none");
        }
        let after = after.trim_start().strip_prefix('"').ok_or("has a value without quotes")?;
        let (value, after) = after.split_once('"').ok_or("has a value without a closing quote")?;
        if labels.insert(label.to_owned(), value.to_owned()).is_some() {
            return Err("has a label twice");
        }
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err("has labels without a comma between them"),
        };
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignalName;

    fn read(text: &str) -> Option<BTreeMap<String, String>> {
        let signal = SignalName {
            name: "kube_pod_container_status_waiting_reason".into(),
            labels: vec!["container".into(), "reason".into()],
        };
        let vocabulary = Vocabulary { signals: vec![signal], ..Vocabulary::default() };
        let mut diagnostics = Vec::new();
        let read = Signal::parse(text, 0..text.len(), &vocabulary, &mut diagnostics);
        read.filter(|_| diagnostics.is_empty()).map(|signal| signal.labels)
    }

    #[test]
    fn a_short_value_is_of_the_label_that_the_metric_is_named_after() {
        let labels = read("kube_pod_container_status_waiting_reason=ImagePullBackOff");
        let expected = BTreeMap::from([("reason".to_owned(), "ImagePullBackOff".to_owned())]);
        assert_eq!(labels, Some(expected));
    }

    #[test]
    fn both_ways_of_writing_a_label_mean_the_same() {
        let short = read("kube_pod_container_status_waiting_reason=ErrImagePull");
        let long = read("kube_pod_container_status_waiting_reason{reason=\"ErrImagePull\"}");
        assert!(short.is_some());
        assert_eq!(short, long);
    }

    #[test]
    fn several_labels_stand_in_braces() {
        let labels =
            read("kube_pod_container_status_waiting_reason{reason=\"X\", container=\"a,b=c\"}");
        assert_eq!(labels.map(|labels| labels["container"].clone()), Some("a,b=c".into()));
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        let metric = "kube_pod_container_status_waiting_reason";
        for rest in [
            "=",
            "=a,b",
            "{",
            "{reason}",
            "{reason=X}",
            "{reason=\"X\" container=\"y\"}",
            " x",
            "{x=\"1\"}",
        ] {
            assert_eq!(read(&format!("{metric}{rest}")), None, "{rest}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("9lives"), None);
        assert_eq!(read("unknown_metric"), None);
    }
}
