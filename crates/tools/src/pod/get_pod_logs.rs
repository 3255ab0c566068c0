//! The end of a container's log, and the lines of it that tell of errors.
//!
//! Reads the log of the container's present run, or with `previous=True` of the one before, at
//! most 200 lines and 64 KiB. Without `container` it reads the pod first and takes the first
//! container in trouble, else the first main one.
//!
//! ## Absence
//!
//! `exists` is false when the pod, the container or the run asked for does not exist; a container
//! that was never restarted has no previous run, and one that has not run has no log. The whole result
//! is unknown when the log was not seen. With `cut` true earlier lines may exist: the lists are then incomplete, and
//! `logs.errors.exists(…)` that finds nothing is unknown.
//!
//! ## Example
//!
//! ```text
//! logs = get_pod_logs("<pod>", "<namespace>", container="<container>", previous=True, tail=50)
//! - When `logs.errors.exists(e, e.line.contains("connection refused"))` → **dependency-down**
//! ```
//!
//! ```json
//! { "exists": true, "container": "server", "previous": true, "cut": false,
//!   "lines": ["starting", "panic: no DATABASE_URL"],
//!   "errors": [ { "line": "panic: no DATABASE_URL", "number": 2, "class": "unclassified",
//!     "concept": null } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Log, Object, ObjectRef, Partial, Pending, Question, Reply, Source,
    Time, Unseen, UnseenKind, Value,
};
use lexicon::Lexicon;
use serde_json::Value as Json;

use crate::pod::container::{self, PodContainer, Sort};
use crate::sight::{self, Sight};
use crate::tool::{CONTAINER, NAMESPACE, POD, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, classify, field};

/// Words by which a program's own line says that something went wrong.
const WORDS: [&str; 8] =
    ["error", "fatal", "panic", "exception", "traceback", "failed", "failure", "segfault"];

/// How many lines count as the last words.
const LAST_WORDS: usize = 5;

evidence::facts! {
    /// The end of a container's log.
    pub struct PodLogs {
        /// Whether there is such a log.
        pub exists: bool,
        /// The container's name; null when the pod has none.
        pub container: Option<String>,
        /// Whether it is the log of the run before the present one.
        pub previous: bool,
        /// Its lines, oldest first.
        pub lines: Partial<String>,
        /// The last line that is not blank: often the reason, in the application's own words.
        /// Null when there is none.
        pub last: Option<Cited<String>>,
        /// The last five lines that are neither blank nor frames of a stack trace; where the program
        /// ended with a Go panic, the five from the panic's line on, because its stack trace comes
        /// after its reason.
        pub last_words: Vec<Cited<String>>,
        /// The line that most likely says why the program ended: the last of its last words that tells
        /// of an error, or the line of the Go panic; where none does, the last line. What a program
        /// writes to its two streams is collected apart, so its last line need not be what it wrote
        /// last. Null when there is none.
        pub reason: Option<Cited<String>>,
        /// Whether earlier lines exist or may exist that are not here.
        pub cut: bool,
        /// The lines that tell of an error, oldest first.
        pub errors: Partial<LogError>,
    }

    /// A line of a log that tells of an error: the lexicon knows it, or it says so itself
    /// (`error`, `fatal`, `panic`, `exception`, `traceback`, `failed`, `failure`, `segfault`).
    pub struct LogError {
        /// The line.
        pub line: String,
        /// Its number among the lines here, from 1.
        pub number: i64,
        /// The id of its signature in the lexicon, or `unclassified`.
        pub class: String,
        /// The concept that the signature speaks for most firmly.
        pub concept: Option<String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_logs",
    parameters: &[
        POD,
        NAMESPACE,
        CONTAINER,
        Parameter {
            name: "previous",
            kind: ParameterKind::Bool,
            required: false,
            doc: "whether to read the log of the last run that ended: the one before the present one, or the present one where it has ended",
        },
        Parameter {
            name: "tail",
            kind: ParameterKind::Int,
            required: false,
            doc: "how many lines to keep at most, from 1; 200 where it is not given",
        },
    ],
    facts: PodLogs::SHAPE,
    permissions: &[
        access("get", "", "pods/log", "nothing is known"),
        access("get", "", "pods", "nothing is known unless the call names the container"),
    ],
    page: include_str!("get_pod_logs.rs"),
    run,
};

/// A log as it was asked for.
struct Wanted {
    pod: ObjectRef,
    container: String,
    previous: bool,
    tail: usize,
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let previous = arguments.bool("previous").unwrap_or(false);
    let pod = ObjectRef::new(Kind::Pod, Some(namespace), name);
    let container = match arguments.text("container") {
        Some(container) => container.to_owned(),
        None => match Sight::of(inquiry, Kind::Pod, namespace, name)? {
            Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen)),
            Sight::Absent(pod) => return Ok(absent(Source::absence(pod), None, previous)),
            Sight::Seen(seen) => match to_read(&seen) {
                Some(container) => container,
                None => return Ok(absent(Source::field(&seen, "spec.containers"), None, previous)),
            },
        },
    };
    // Between two attempts the present run is the one that ended, and the log of "previous" is of
    // the one before it, or not kept at all.
    let mut previous = previous && !is(inquiry, &pod, &container, has_ended)?;
    let log = |previous| Question::Log { pod: pod.clone(), container: container.clone(), previous };
    let mut reply = inquiry.ask(&log(previous))?;
    // While a container waits for its next attempt both are the log of the run that ended
    // (`validateContainerLogStatus`, pkg/kubelet/kubelet_pods.go); a dump may hold either.
    let is_lost = previous && !matches!(reply, Reply::Log(_));
    if is_lost && is(inquiry, &pod, &container, waits_after_a_run)? {
        let present = inquiry.ask(&log(false))?;
        if let Reply::Log(_) = present {
            (previous, reply) = (false, present);
        }
    }
    // What the files do not hold and never was is not missing from them.
    let has_none = if previous { never_restarted } else { never_ran };
    if matches!(&reply, Reply::Unseen(unseen) if unseen.kind == UnseenKind::NotCaptured)
        && is(inquiry, &pod, &container, has_none)?
    {
        reply = Reply::Absent;
    }
    let question = log(previous);
    let limit = i64::from(Question::LOG_LINES);
    let tail = arguments.int("tail").unwrap_or(limit).clamp(1, limit);
    let wanted =
        Wanted { pod, container, previous, tail: usize::try_from(tail).unwrap_or(usize::MAX) };
    Ok(match reply {
        Reply::Log(log) => wanted.describe(&log).into_value(),
        Reply::Absent => {
            let quote = format!("there is no {question}");
            let source = Source::absence(wanted.pod.clone()).quoting(quote);
            absent(source, Some(wanted.container), previous)
        }
        Reply::Unseen(unseen) => Value::Unknown(unseen),
        _ => Value::Unknown(sight::misfit(&question)),
    })
}

/// Whether a container was seen, and is so.
fn is(
    inquiry: &Inquiry,
    pod: &ObjectRef,
    container: &str,
    so: fn(&PodContainer<'_>) -> bool,
) -> Result<bool, Pending> {
    let namespace = pod.namespace.as_deref().unwrap_or_default();
    Ok(match Sight::of(inquiry, Kind::Pod, namespace, &pod.name)? {
        Sight::Seen(seen) => {
            container::of(&seen).iter().any(|one| one.name == container && so(one))
        }
        _ => false,
    })
}

/// Whether it has ended and was not started again.
fn has_ended(container: &PodContainer<'_>) -> bool {
    container.state() == "terminated"
}

/// Whether its status says that no run of it came before the present one.
fn never_restarted(container: &PodContainer<'_>) -> bool {
    let last = container.status.get("lastState").and_then(Json::as_object);
    field::int(container.status, "/restartCount") == Some(0)
        && last.is_some_and(|last| !last.contains_key("terminated"))
}

/// Whether its status says that it has not run.
fn never_ran(container: &PodContainer<'_>) -> bool {
    never_restarted(container) && container.state() == "waiting"
}

/// Whether it waits to be started again.
fn waits_after_a_run(container: &PodContainer<'_>) -> bool {
    container.state() == "waiting" && container.status.pointer("/lastState/terminated").is_some()
}

/// The container whose log a person would read first.
fn to_read(pod: &Object) -> Option<String> {
    let troubled = container::in_trouble(pod);
    let all = container::of(pod);
    let first = troubled.first().or_else(|| all.iter().find(|one| one.sort == Sort::Main));
    first.or_else(|| all.first()).map(|one| one.name.to_owned())
}

fn absent(source: Source, container: Option<String>, previous: bool) -> Value {
    let none = PodLogs {
        exists: false,
        container,
        previous,
        lines: Partial { items: Vec::new(), missing: None },
        last: None,
        last_words: Vec::new(),
        reason: None,
        cut: false,
        errors: Partial { items: Vec::new(), missing: None },
        source: Some(source),
    };
    none.into_value()
}

/// Whether a line is a frame of a stack trace, as the JVM and Node.js print them (`\tat a.b.C(D.java:1)`,
/// `... 44 common frames omitted`), with or without the time that `kubectl logs --timestamps`
/// puts before it.
fn is_frame(line: &str) -> bool {
    let (first, rest) = line.split_once(' ').unwrap_or(("", line));
    let said = if first.parse::<Time>().is_ok() { rest } else { line };
    let frame = said.trim_start();
    let indented = frame.len() < said.len();
    let omitted = frame.strip_prefix("... ").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && (rest.ends_with(" more") || rest.ends_with("frames omitted"))
    });
    indented && (frame.starts_with("at ") || omitted)
}

/// Whether a line is the first of a Go panic.
fn is_panic(line: &str) -> bool {
    line.starts_with("panic: ")
}

/// Why lines of a log may be missing of which only the end was read.
pub(crate) fn before_its_end(pod: &ObjectRef, container: &str) -> Unseen {
    let what = format!("the log of container {container} in {pod} before its end");
    Unseen::new(UnseenKind::Truncated, what, "only the end of the log was read")
}

fn reason(last_words: &[Cited<String>], errors: &[LogError]) -> Option<Cited<String>> {
    let tells = |word: &&Cited<String>| errors.iter().any(|error| error.line == word.value);
    let panic = last_words.iter().find(|word| is_panic(&word.value));
    panic.or_else(|| last_words.iter().rfind(tells)).or_else(|| last_words.last()).cloned()
}

impl Wanted {
    fn describe(self, log: &Arc<Log>) -> PodLogs {
        let from = log.lines.len().saturating_sub(self.tail);
        let cut = log.cut || from > 0;
        let kept = &log.lines[from..];
        let missing = cut.then(|| before_its_end(&self.pod, &self.container));
        let errors = kept.iter().enumerate().filter_map(|(index, line)| self.error(index, line));
        let errors: Vec<LogError> = errors.collect();
        let last_words = self.last_words(kept);
        PodLogs {
            exists: true,
            previous: self.previous,
            lines: Partial { items: kept.to_vec(), missing: missing.clone() },
            last: self.last(kept),
            reason: reason(&last_words, &errors),
            last_words,
            cut,
            errors: Partial { items: errors, missing },
            source: Some(self.source()),
            container: Some(self.container),
        }
    }

    fn last(&self, lines: &[String]) -> Option<Cited<String>> {
        let line = lines.iter().rev().find(|line| !line.trim().is_empty())?;
        Some(Cited::new(line.clone(), self.source().quoting(line.as_str())))
    }

    fn last_words(&self, lines: &[String]) -> Vec<Cited<String>> {
        let spoken = lines.iter().filter(|line| !line.trim().is_empty() && !is_frame(line));
        let spoken: Vec<&String> = spoken.collect();
        let panic = spoken.iter().rposition(|line| is_panic(line));
        let from = panic.unwrap_or_else(|| spoken.len().saturating_sub(LAST_WORDS));
        let said = spoken.into_iter().skip(from).take(LAST_WORDS);
        said.map(|line| Cited::new(line.clone(), self.source().quoting(line.as_str()))).collect()
    }

    fn error(&self, index: usize, line: &str) -> Option<LogError> {
        let signature = Lexicon::shipped().classify(line, None).filter(|one| one.informative);
        let lower = line.to_ascii_lowercase();
        if signature.is_none() && !WORDS.iter().any(|word| lower.contains(word)) {
            return None;
        }
        Some(LogError {
            line: line.to_owned(),
            number: i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1),
            class: signature.map_or(classify::UNCLASSIFIED, |one| one.id.as_str()).to_owned(),
            concept: signature.and_then(classify::firmest),
            source: Some(self.source().quoting(line)),
        })
    }

    fn source(&self) -> Source {
        Source::log(self.pod.clone(), &self.container, self.previous)
    }
}
