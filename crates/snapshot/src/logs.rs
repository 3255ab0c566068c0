//! Logs, found when a source is opened and read when they are asked for.

use evidence::{Log, ObjectRef, Question, Reply, Unseen, UnseenKind};
use serde_json::Value as Json;

use crate::literal;
use crate::refusal::Refusal;
use crate::text;
use crate::tree::Tree;

/// Which log; without a container, the logs of all containers of the pod, in sections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogKey {
    pub(crate) pod: ObjectRef,
    pub(crate) container: Option<String>,
    pub(crate) previous: bool,
}

/// Where a log is and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogPlace {
    /// The path from the root of the tree.
    pub(crate) path: String,
    pub(crate) form: LogForm,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogForm {
    /// As the container wrote it.
    Plain,
    /// Each line after the time at which it was written.
    Stamped,
    /// In a file with the logs of other containers, between marks (`kubectl cluster-info dump`).
    Section,
    /// The file says why there is no log.
    Failure,
    /// JSON with the patterns that were mined from a log's errors, each with a sample.
    Patterns,
}

impl LogPlace {
    /// The reply to a question about this log.
    pub(crate) fn read(&self, tree: &Tree, question: &Question) -> Reply {
        let Question::Log { pod, container, .. } = question else {
            return Reply::Unseen(Unseen::new(UnseenKind::NotCaptured, question, "not a log"));
        };
        let unreadable = |why: String| {
            let why = format!("{}: {why}", self.path);
            Reply::Unseen(Unseen::new(UnseenKind::Unreachable, question, why))
        };
        if self.form == LogForm::Section {
            let bytes = match tree.read(&self.path) {
                Ok(bytes) => bytes,
                Err(why) => return unreadable(why),
            };
            let decoded = text::decode(&bytes);
            let log = sections(&decoded.text)
                .find(|section| section.container == *container && section.pod == pod.path());
            return match log {
                Some(section) => section.reply(question),
                None => {
                    let why = format!("{} has no section for it", self.path);
                    Reply::Unseen(Unseen::new(UnseenKind::NotCaptured, question, why))
                }
            };
        }
        let tail = match tree.tail(&self.path) {
            Ok(tail) => tail,
            Err(why) => return unreadable(why),
        };
        let decoded = text::decode(&tail.bytes);
        match self.form {
            LogForm::Failure => Refusal::of_message(&decoded.text).reply(question),
            LogForm::Patterns => patterns(&decoded.text, question),
            LogForm::Stamped => reply(&without_stamps(&decoded.text), tail.cut, question),
            LogForm::Plain | LogForm::Section => reply(&decoded.text, tail.cut, question),
        }
    }
}

/// The reply that a log's text makes. `cut`: the text begins in the middle of the log.
fn reply(text: &str, cut: bool, question: &Question) -> Reply {
    if !cut && let Some(refusal) = Refusal::of_text(text) {
        return refusal.reply(question);
    }
    let whole_lines = if cut { text.split_once('\n').map_or("", |(_, rest)| rest) } else { text };
    let mut log = Log::admit(whole_lines);
    log.cut |= cut;
    Reply::Log(log.into())
}

/// The samples of the patterns of a log's errors, in the place of the log: the commonest last, as
/// the end of a log is what is read. Or the lines in which errors stood, by the run of the
/// container that they are of: `{"app": ["…"], "previous": ["…"]}`.
fn patterns(text: &str, question: &Question) -> Reply {
    let previous = matches!(question, Question::Log { previous: true, .. });
    match mined(text, previous) {
        Some(log) => Reply::Log(log.into()),
        None => {
            let why = "only its errors were looked for, and none were found";
            Reply::Unseen(Unseen::new(UnseenKind::NotCaptured, question, why))
        }
    }
}

/// The errors that were mined from the log of a run; `None` where there are none.
pub(crate) fn mined(text: &str, previous: bool) -> Option<Log> {
    let json = serde_json::from_str(text).ok().or_else(|| literal::read(text));
    let json: Json = json.unwrap_or_default();
    let mut found: Vec<(i64, &str)> = Vec::new();
    for pattern in json.get("patterns").and_then(Json::as_array).into_iter().flatten() {
        let count = pattern.get("count").and_then(Json::as_i64).unwrap_or(1);
        let sample =
            ["sample", "pattern", "message"].iter().find_map(|key| pattern.get(key)?.as_str());
        found.extend(sample.map(|sample| (count, sample)));
    }
    let run = if previous { "previous" } else { "app" };
    let lines = json.get(run).and_then(Json::as_array).into_iter().flatten();
    found.extend(lines.filter_map(|lines| Some((1, lines.as_str()?))));
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|(count, _)| *count);
    let samples: Vec<&str> = found.into_iter().map(|(_, sample)| sample.trim_end()).collect();
    let mut log = Log::admit(&without_stamps(&samples.join("\n")));
    log.cut = true;
    Some(log)
}

fn without_stamps(text: &str) -> String {
    let bare = |line: &str| match line.split_once(' ') {
        Some((stamp, rest)) if stamp.parse::<evidence::Time>().is_ok() => format!("{rest}\n"),
        None if line.parse::<evidence::Time>().is_ok() => "\n".to_owned(),
        _ => format!("{line}\n"),
    };
    text.lines().map(bare).collect()
}

/// One container's log in a file of several.
pub(crate) struct Section<'a> {
    /// `namespace/name` of the pod.
    pub(crate) pod: &'a str,
    pub(crate) container: &'a str,
    pub(crate) text: &'a str,
    /// Whether its end mark was found.
    pub(crate) whole: bool,
    /// Where it begins, with its mark, and where it ends, with its mark.
    pub(crate) span: (usize, usize),
}

pub(crate) const START: &str = "==== START logs for container ";

impl Section<'_> {
    pub(crate) fn reply(&self, question: &Question) -> Reply {
        let mut reply = reply(self.text, false, question);
        if let (Reply::Log(log), false) = (&mut reply, self.whole) {
            // The end of the log, which is what was asked for, is the part that is lost.
            let lines = log.lines.len();
            let why = format!("the dump was cut off within it, after {lines} lines");
            return Reply::Unseen(Unseen::new(UnseenKind::Truncated, question, why));
        }
        reply
    }
}

/// The sections of a text, between `==== START logs for container c of pod ns/p ====` and the
/// same with `END` (kubectl, pkg/cmd/clusterinfo/clusterinfo_dump.go). A log whose last line has
/// no line end runs into its end mark.
pub(crate) fn sections(text: &str) -> impl Iterator<Item = Section<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let from = at + text[at..].find(START)?;
            at = from + START.len();
            if from > 0 && !text[..from].ends_with('\n') {
                continue;
            }
            let line_end = text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
            let mark = text[from + START.len()..line_end].trim_end();
            let Some((container, pod)) =
                mark.strip_suffix(" ====").and_then(|mark| mark.split_once(" of pod "))
            else {
                continue;
            };
            let end_mark = format!("==== END logs for container {container} of pod {pod} ====");
            let found = text[line_end..].find(&end_mark);
            let end = found.map_or(text.len(), |end| line_end + end);
            at = found.map_or(text.len(), |_| end + end_mark.len());
            let body = &text[line_end..end];
            let span = (from, at);
            return Some(Section { pod, container, text: body, whole: found.is_some(), span });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_without_a_last_line_end_runs_into_its_end_mark() {
        let text = "==== START logs for container a of pod n/p ====\none\ntwo==== END logs for container a of pod n/p ====\n\
                    ==== START logs for container b of pod n/p ====\n==== END logs for container b of pod n/p ====\n";
        let found: Vec<_> = sections(text)
            .map(|section| (section.container, section.text, section.whole))
            .collect();
        assert_eq!(found, [("a", "one\ntwo", true), ("b", "", true)]);
    }

    #[test]
    fn a_section_without_an_end_is_not_whole() {
        let text = "==== START logs for container a of pod n/p ====\none\n";
        let section = sections(text).next().unwrap();
        assert!(!section.whole);
        let pod = ObjectRef::new(evidence::Kind::Pod, Some("n"), "p");
        let question = Question::Log { pod, container: "a".into(), previous: false };
        assert!(
            matches!(section.reply(&question), Reply::Unseen(unseen) if unseen.kind == UnseenKind::Truncated)
        );
    }

    #[test]
    fn times_before_lines_are_taken_off_and_other_words_are_not() {
        let text = "2024-05-01T12:00:00.123456789Z hello\nworld of 2024\n2024-05-01T12:00:00Z\n";
        assert_eq!(without_stamps(text), "hello\nworld of 2024\n\n");
    }
}
