//! The words that every text form shares: what an evidence line, an outcome and a report say.

use diagnose::report::{Evidence, OutcomeState, Report, RuledOut};
use evidence::{Origin, RegistryWord, Stage, Time, Unseen};

use crate::column::BOUND;
use crate::moment::moment;

/// The label of an evidence line: what sort of place it was read from.
pub(crate) fn label(evidence: &Evidence) -> &'static str {
    match evidence.source.origin {
        Origin::Field => "field",
        Origin::Event => "event",
        Origin::Log => "log",
        Origin::Absence => "absent",
        Origin::Registry => "here",
        Origin::Telemetry => "telemetry",
    }
}

/// The place of an evidence line, exact enough to be looked up:
/// `Pod shop/web-0 · Failed · 14:07:31, 9 s ago · ×5`.
pub(crate) fn place(evidence: &Evidence, now: Time) -> String {
    let source = &evidence.source;
    let mut parts = vec![source.object.to_string()];
    if !source.path.is_empty() {
        parts.push(source.path.clone());
    }
    if source.origin == Origin::Log && source.revision.is_some() {
        parts.push("previous".to_owned());
    }
    if let Some(time) = source.time {
        parts.push(moment(time, now).replace(' ', &BOUND.to_string()));
    }
    if let Some(count) = source.count.filter(|count| *count > 1) {
        parts.push(format!("×{count}"));
    }
    parts.join(&format!("{BOUND}· "))
}

/// What stands at that place: the quoted words, or the fact's name and value.
pub(crate) fn says(evidence: &Evidence) -> String {
    match (&evidence.source.quote, &evidence.fact, &evidence.value) {
        (Some(quote), _, _) if evidence.source.origin == Origin::Absence => quote.to_string(),
        (Some(quote), _, _) => format!("“{}”", shortened(quote)),
        (None, Some(fact), Some(value)) => format!("{fact} is {}", shown(value)),
        (None, Some(fact), None) => fact.clone(),
        (None, None, _) => String::new(),
    }
}

/// A message in which an image reference that stands there several times is written out once;
/// container runtimes repeat it in each layer of an error.
fn shortened(message: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut short = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let in_reference =
            |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | ',' | '(' | ')');
        let length = rest.find(|c| !in_reference(c)).unwrap_or(rest.len());
        if length == 0 {
            short.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, behind) = rest.split_at(length);
        let name = word.trim_end_matches(':');
        match name.rsplit_once('/') {
            Some((_, last)) if name.len() > LONG_NAME && seen.contains(&name) => {
                short.push('…');
                short.push_str(last);
                short.push_str(&word[name.len()..]);
            }
            _ => {
                seen.push(name);
                short.push_str(word);
            }
        }
        rest = behind;
    }
    short
}

/// The length from which a repeated name is shortened.
const LONG_NAME: usize = 16;

/// How many items of a list an evidence line tells; JSON has all of them.
const TOLD: usize = 8;

/// A fact's value in a sentence.
fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("“{text}”"),
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::Array(items) if items.is_empty() => "none".to_owned(),
        serde_json::Value::Array(items) => {
            let told = items.iter().take(TOLD).map(shown).collect::<Vec<_>>().join(", ");
            match items.len().saturating_sub(TOLD) {
                0 => told,
                more => format!("{told} and {more} more"),
            }
        }
        serde_json::Value::Object(map) if map.contains_key("kind") && map.contains_key("name") => {
            let word = |key: &str| map.get(key).and_then(|v| v.as_str()).unwrap_or_default();
            match word("namespace") {
                "" => format!("{} {}", word("kind"), word("name")),
                namespace => format!("{} {namespace}/{}", word("kind"), word("name")),
            }
        }
        other => other.to_string(),
    }
}

/// The heading above what registries answered the machine that ran this.
pub(crate) const FROM_HERE: &str =
    "from here: asked of the registry by this machine, not by the node";

/// What a registry answered, as labels with their texts: each check, the credentials, the tags.
pub(crate) fn heard(word: &RegistryWord) -> Vec<(&'static str, String)> {
    let mut lines = vec![("image", word.image.clone())];
    for check in &word.checks {
        lines.push((check.stage.word(), format!("{}: {}", check.outcome.word(), check.words)));
    }
    if let Some(secret) = &word.accepted {
        lines.push(("accepted", format!("the credentials of {secret}")));
    }
    if !word.refused.is_empty() {
        lines
            .push(("refused", format!("the credentials of {}", listed(&word.refused, MOST_NAMED))));
    }
    if !word.platforms.is_empty() && word.check(Stage::Platform).is_none() {
        lines.push(("built for", listed(&word.platforms, MOST_NAMED)));
    }
    if !word.nearest_tags.is_empty() {
        let of = if word.all_tags_seen { "" } else { " (of the tags on the first pages)" };
        lines.push(("tags near", format!("{}{of}", listed(&word.nearest_tags, MOST_NAMED))));
    }
    lines
}

/// How many names stand in a line.
const MOST_NAMED: usize = 6;

/// The heading of a group of outcomes that are not the cause.
pub(crate) fn state(state: OutcomeState) -> &'static str {
    match state {
        OutcomeState::RuledOut => "ruled out",
        OutcomeState::LessLikely => "less likely",
        OutcomeState::NotHeld => "nothing speaks for",
        OutcomeState::NotReached => "not weighed any more",
        OutcomeState::Unknown => "cannot be told",
    }
}

/// The outcomes of one state, in the guide's order.
pub(crate) fn in_state(
    outcomes: &[RuledOut],
    state: OutcomeState,
) -> impl Iterator<Item = &RuledOut> {
    outcomes.iter().filter(move |outcome| outcome.state == state)
}

/// How many objects were looked at.
pub(crate) fn looked_at(report: &Report) -> String {
    match report.looked_at {
        1 => "1 object looked at".to_owned(),
        count => format!("{count} objects looked at"),
    }
}

/// The one sentence of a report in which no cause and no doubt stands.
pub(crate) fn nothing_found(report: &Report) -> String {
    if let Some(missing) = &report.no_such_target {
        return format!("{} does not exist", missing.object);
    }
    let looked = looked_at(report);
    if !report.uncovered.is_empty() {
        return format!("{}: in trouble, and no guide applies ({looked})", report.target);
    }
    if !report.not_looked.is_empty() && report.looked_at == 0 {
        return format!("{}: could not look; nothing is known of it", report.target);
    }
    match report.complete {
        true => format!("{}: nothing wrong that a guide knows of ({looked})", report.target),
        false => {
            format!("{}: nothing found, but not everything could be seen ({looked})", report.target)
        }
    }
}

/// `, deploy/a, pod/b` of the objects affected, at most `most`, and how many more.
pub(crate) fn listed<T: ToString>(items: &[T], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(ToString::to_string).collect();
    match items.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What was not seen, and why: `(pods, services in shop, denied: forbidden)`. Told together is what
/// is missing for the same reason: lists of one place, one field of several objects, and several
/// fields of one object.
pub(crate) fn unseen(unseen: &[Unseen]) -> Vec<(String, String)> {
    let mut told: Vec<(Missing<'_>, String)> = Vec::new();
    for one in unseen {
        let why = format!("{}: {}", one.kind.word(), one.why);
        let missing = Missing::read(&one.what);
        let joined = told.iter_mut().any(|(told, reason)| *reason == why && told.join(&missing));
        if !joined {
            told.push((missing, why));
        }
    }
    told.into_iter().map(|(missing, why)| (missing.to_string(), why)).collect()
}

/// What is missing, as far as it can be told together with other such.
enum Missing<'a> {
    /// Lists of kinds in a place.
    Lists(Vec<&'a str>, &'a str),
    /// Fields of objects: several of one, or one of several.
    Fields(Vec<&'a str>, Vec<&'a str>),
    Other(&'a str),
}

impl<'a> Missing<'a> {
    fn read(what: &'a str) -> Missing<'a> {
        match (what.split_once(' '), what.split_once(" of ")) {
            (_, Some((field, object))) if !field.contains(' ') && field.contains('.') => {
                Missing::Fields(vec![field], vec![object])
            }
            (Some((kind, place)), _) if kind.ends_with('s') => Missing::Lists(vec![kind], place),
            _ => Missing::Other(what),
        }
    }

    fn join(&mut self, other: &Missing<'a>) -> bool {
        match (self, other) {
            (Missing::Lists(kinds, place), Missing::Lists(more, there)) if place == there => {
                kinds.extend(more);
                true
            }
            (Missing::Fields(own, objects), Missing::Fields(fields, more)) if own == fields => {
                objects.extend(more);
                true
            }
            (Missing::Fields(own, objects), Missing::Fields(fields, more)) if objects == more => {
                own.extend(fields);
                true
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Missing::Lists(kinds, place) => write!(f, "{} {place}", kinds.join(", ")),
            Missing::Fields(fields, objects) => {
                write!(f, "{} of {}", fields.join(", "), listed(objects, MOST_NAMED))
            }
            Missing::Other(what) => f.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::UnseenKind;

    #[test]
    fn an_image_that_is_named_again_is_shortened_and_nothing_else_changes() {
        let message = "failed to resolve reference \"registry.example.com/shop/web:1\": \
                       registry.example.com/shop/web:1: not found";
        let short =
            "failed to resolve reference \"registry.example.com/shop/web:1\": …web:1: not found";
        assert_eq!(shortened(message), short);
        for plain in ["dial tcp 10.0.0.1:443: connect: connection refused", "", "a/b a/b", "é\"é"]
        {
            assert_eq!(shortened(plain), plain);
        }
    }
    #[test]
    fn lists_that_are_missing_for_one_reason_are_told_together() {
        let missing = |what: &str, why: &str| Unseen::new(UnseenKind::Denied, what, why);
        let told = unseen(&[
            missing("pods in shop", "forbidden"),
            missing("nodes of the cluster", "forbidden"),
            missing("services in shop", "forbidden"),
            missing("jobs in shop", "no such verb"),
            missing("Pod shop/a", "forbidden"),
            missing("spec.paused of Deployment shop/a", "a page"),
            missing("spec.paused of Deployment shop/b", "a page"),
            missing("spec.restartPolicy of Pod shop/a", "a row"),
            missing("status.reason of Pod shop/a", "a row"),
        ]);
        let told: Vec<(&str, &str)> =
            told.iter().map(|(what, why)| (what.as_str(), why.as_str())).collect();
        let expected = [
            ("pods, services in shop", "denied: forbidden"),
            ("nodes of the cluster", "denied: forbidden"),
            ("jobs in shop", "denied: no such verb"),
            ("Pod shop/a", "denied: forbidden"),
            ("spec.paused of Deployment shop/a, Deployment shop/b", "denied: a page"),
            ("spec.restartPolicy, status.reason of Pod shop/a", "denied: a row"),
        ];
        assert_eq!(told, expected);
    }
}
