//! Front matter: what a guide is about and when it applies.
//!
//! All the mistakes are reported, whatever types the values have; only YAML that cannot be
//! read at all is one mistake for the whole, and the body is read nevertheless.

use std::ops::Range;

use expression::nearest;

use crate::version::BadRange;
use crate::yaml::{self, Node, NodeValue};
use crate::{Code, Diagnostic, Gravity, Meta, Phase, Signal, Text, VersionRange, Vocabulary};

const KEYS: [&str; 11] = [
    "id",
    "title",
    "issue_type",
    "component",
    "phase",
    "severity",
    "k8s_version",
    "signals",
    "related_tsgs",
    "keywords",
    "owner",
];

/// The keys that every guide has.
const REQUIRED: [&str; 7] =
    ["id", "title", "issue_type", "component", "phase", "severity", "k8s_version"];

/// What the front matter says, and where the body starts.
pub(crate) struct FrontMatter {
    /// The id, where there is a good one.
    pub id: Option<String>,
    pub meta: Meta,
    /// Where the body starts.
    pub body: usize,
}

/// Reads the front matter of a guide.
pub(crate) fn read(
    text: &str,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) -> FrontMatter {
    let place = find(text, diagnostics);
    let yaml = text.get(place.yaml.clone()).unwrap_or("");
    let mut reader = Reader { text, vocabulary, diagnostics, entries: Vec::new() };
    let mut is_read = false;
    if place.found {
        match yaml::read(yaml) {
            Ok(entries) => {
                reader.admit(entries, place.yaml.start, &place.whole);
                is_read = true;
            }
            Err(broken) => reader.broken(&broken, place.yaml.start, yaml),
        }
    }
    let id = reader.id();
    let title = reader.text("title");
    let phase = reader.one_of("phase", &PHASES);
    let meta = Meta {
        title: title.or_else(|| id.clone()).unwrap_or_default(),
        issue_type: reader.text("issue_type").unwrap_or_default(),
        component: reader.text("component").unwrap_or_default(),
        phase: phase.unwrap_or(Phase::Diagnosis),
        severity: reader.one_of("severity", &GRAVITIES).unwrap_or(Gravity::Medium),
        k8s_version: reader.range().unwrap_or_else(VersionRange::any),
        signals: reader.signals(),
        related: reader.related(),
        keywords: reader.list("keywords").into_iter().map(|text| text.text).collect(),
        owner: reader.text("owner"),
        id_span: reader.span_of("id").unwrap_or_else(|| first_line(text, &place.whole)),
        span: place.whole,
        is_read,
        has_phase: phase.is_some(),
    };
    FrontMatter { id, meta, body: place.body }
}

struct Place {
    found: bool,
    yaml: Range<usize>,
    whole: Range<usize>,
    body: usize,
}

const SHAPE: &str = "a guide starts with front matter:\n\
                     ---\nid: TSG-COMPONENT-PROBLEM-001\ntitle: …\n---";

/// Finds the front matter: between a first line of `---` and the next.
fn find(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Place {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = text[start..].split_inclusive('\n');
    let opening = lines.next().unwrap_or("");
    if opening.trim_end() != "---" {
        let end = start + opening.trim_end().len();
        diagnostics.push(
            Diagnostic::new(Code::MissingFrontMatter, start..end, "the front matter is missing")
                .help(SHAPE),
        );
        return Place { found: false, yaml: start..start, whole: start..start, body: start };
    }
    let first = start + opening.len();
    let mut at = first;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            let body = at + line.len();
            return Place { found: true, yaml: first..at, whole: start..body, body };
        }
        // Where it is not closed, the first heading of a section ends it.
        if line.starts_with("## ") {
            break;
        }
        at += line.len();
    }
    let message = "the front matter is not closed";
    diagnostics.push(
        Diagnostic::new(Code::OpenFrontMatter, start..start + 3, message)
            .label("opened here")
            .help("a line of `---` closes it"),
    );
    Place { found: true, yaml: first..at, whole: start..at, body: at }
}

fn first_line(text: &str, whole: &Range<usize>) -> Range<usize> {
    let line = text.get(whole.clone()).unwrap_or("").lines().next().unwrap_or("");
    whole.start..whole.start + line.len()
}

const PHASES: [(&str, Phase); 2] = [("diagnosis", Phase::Diagnosis), ("solution", Phase::Solution)];

const GRAVITIES: [(&str, Gravity); 4] = [
    ("critical", Gravity::Critical),
    ("high", Gravity::High),
    ("medium", Gravity::Medium),
    ("low", Gravity::Low),
];

struct Reader<'a> {
    text: &'a str,
    vocabulary: &'a Vocabulary,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// The known keys, each once, with values placed in the file.
    entries: Vec<(&'static str, Node)>,
}

impl Reader<'_> {
    fn broken(&mut self, broken: &yaml::Broken, from: usize, yaml: &str) {
        let span = broken.span.start + from..broken.span.end + from;
        let diagnostic = Diagnostic::new(
            Code::BrokenYaml,
            span.clone(),
            format!("the front matter cannot be read: {}", broken.message),
        );
        // `k8s_version: >=1.24` without quotes starts a folded text in YAML.
        let unquoted = yaml.lines().find(|line| {
            line.split_once(':').is_some_and(|(_, value)| value.trim().starts_with(">="))
        });
        self.diagnostics.push(match unquoted {
            Some(line) => diagnostic.help(format!(
                "a range stands in quotes, or YAML reads its `>`: `{}`",
                line.trim()
            )),
            None => diagnostic,
        });
    }

    /// Takes the entries: unknown and repeated keys are reported, missing ones too.
    fn admit(&mut self, entries: Vec<(yaml::Key, Node)>, from: usize, whole: &Range<usize>) {
        let mut seen: Vec<(&'static str, Range<usize>)> = Vec::new();
        for (key, mut node) in entries {
            let span = key.span.start + from..key.span.end + from;
            let Some(known) = KEYS.iter().find(|known| **known == key.name) else {
                let message = format!("the front matter has no key `{}`", key.name);
                let near = nearest(&key.name, KEYS);
                self.diagnostics.push(
                    Diagnostic::new(Code::UnknownKey, span.clone(), message)
                        .help(format!("keys: {}", KEYS.join(", ")))
                        .nearest(span, near),
                );
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(name, _)| name == known) {
                let message = format!("the key `{known}` stands twice");
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateKey, span, message)
                        .related(first.clone(), "first here"),
                );
                continue;
            }
            seen.push((known, span));
            shift(&mut node, from);
            self.entries.push((known, node));
        }
        let place = first_line(self.text, whole);
        for key in REQUIRED.iter().filter(|key| !seen.iter().any(|(name, _)| name == *key)) {
            let message = format!("the key `{key}` is missing");
            let diagnostic = Diagnostic::new(Code::MissingKey, place.clone(), message);
            // A guess at what was meant would be wrong where the key is only misspelt:
            // that is reported beside the misspelt one.
            self.diagnostics.push(diagnostic.help(example(key)));
        }
    }

    fn node(&self, key: &str) -> Option<Node> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, node)| node.clone())
    }

    fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.node(key).map(|node| node.span)
    }

    fn wrong_type(&mut self, key: &str, node: &Node, wanted: &str) {
        let message = format!("`{key}` is {}, not {wanted}", node.value.word());
        let diagnostic = Diagnostic::new(Code::WrongType, node.span.clone(), message);
        let raw = self.text.get(node.span.clone()).unwrap_or("");
        let scalar = matches!(node.value, NodeValue::Number | NodeValue::Bool);
        self.diagnostics.push(match scalar && wanted == "a text" {
            true => diagnostic.help(format!("put it in quotes: `{key}: \"{raw}\"`")),
            false => diagnostic.help(example(key)),
        });
    }

    /// A text that is not empty.
    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.node(key)?;
        match &node.value {
            NodeValue::Text(text) if text.trim().is_empty() => {
                let message = format!("`{key}` is empty");
                self.diagnostics.push(
                    Diagnostic::new(Code::WrongValue, node.span.clone(), message)
                        .help(example(key)),
                );
                None
            }
            NodeValue::Text(text) => Some(text.trim().to_owned()),
            _ => {
                self.wrong_type(key, &node, "a text");
                None
            }
        }
    }

    fn id(&mut self) -> Option<String> {
        let id = self.text("id")?;
        if !is_id(&id) {
            let span = self.span_of("id")?;
            let message = format!("`{id}` is not the id of a guide");
            self.diagnostics.push(
                Diagnostic::new(Code::BadId, span, message).help(
                    "an id is TSG-COMPONENT-PROBLEM-NNN in capitals, such as TSG-POD-OOM-001",
                ),
            );
        }
        Some(id)
    }

    fn one_of<T: Copy>(&mut self, key: &str, values: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = values.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let span = self.span_of(key)?;
            let words: Vec<&str> = values.iter().map(|(word, _)| *word).collect();
            let message = format!("`{text}` is not a value of `{key}`");
            let near = nearest(&text, words.iter().copied());
            self.diagnostics.push(
                Diagnostic::new(Code::WrongValue, span.clone(), message)
                    .label(format!("one of {}", words.join(", ")))
                    .nearest(span, near),
            );
        }
        found
    }

    fn range(&mut self) -> Option<VersionRange> {
        let text = self.text("k8s_version")?;
        let span = self.span_of("k8s_version")?;
        let bad = match VersionRange::parse(&text) {
            Ok(range) => return Some(range),
            Err(bad) => bad,
        };
        self.diagnostics.push(match bad {
            BadRange::Syntax(why) => {
                let message = format!("`{text}` is not a range of versions: {why}");
                Diagnostic::new(Code::BadRange, span, message)
                    .help("write \">=1.24\" or \">=1.24, <1.30\"")
            }
            BadRange::Bare(version) => {
                let message = format!("`{version}` is a version, not a range of versions");
                let version = version.trim_start_matches('v');
                Diagnostic::new(Code::BadRange, span, message).help(format!(
                    "write \">={version}\" for it and all later ones, \"~{version}\" for it alone"
                ))
            }
            BadRange::Empty => {
                let message = format!("no version is in the range `{text}`");
                Diagnostic::new(Code::EmptyRange, span, message)
            }
        });
        None
    }

    /// A list of texts; one text counts as a list of one.
    fn list(&mut self, key: &str) -> Vec<Text> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let items = match node.value {
            NodeValue::List(items) => items,
            NodeValue::Null => Vec::new(),
            NodeValue::Text(_) => {
                self.wrong_type(key, &node, "a list of texts");
                vec![node]
            }
            _ => {
                self.wrong_type(key, &node, "a list of texts");
                Vec::new()
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                NodeValue::Text(text) if !text.trim().is_empty() => {
                    texts.push(Text { text: text.trim().to_owned(), span: item.span.clone() });
                }
                NodeValue::Text(_) => {
                    let message = format!("an item of `{key}` is empty");
                    self.diagnostics.push(Diagnostic::new(Code::WrongValue, item.span, message));
                }
                _ => self.wrong_type(&format!("an item of {key}"), &item, "a text"),
            }
        }
        texts
    }

    fn signals(&mut self) -> Vec<Signal> {
        let mut signals: Vec<Signal> = Vec::new();
        for item in self.list("signals") {
            let parsed = Signal::parse(&item.text, item.span, self.vocabulary, self.diagnostics);
            let Some(signal) = parsed else { continue };
            let twin = |other: &&Signal| other.name == signal.name && other.labels == signal.labels;
            if let Some(first) = signals.iter().find(twin) {
                let message = format!("the signal `{}` stands twice", signal.text);
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateSignal, signal.span.clone(), message)
                        .related(first.span.clone(), "first here"),
                );
                continue;
            }
            signals.push(signal);
        }
        signals
    }

    fn related(&mut self) -> Vec<Text> {
        let related = self.list("related_tsgs");
        for item in &related {
            let span = item.span.clone();
            if !is_id(&item.text) {
                let message = format!("`{}` is not the id of a guide", item.text);
                self.diagnostics.push(Diagnostic::new(Code::BadId, span, message));
            } else if !self.vocabulary.may_have_guide(&item.text) {
                let ids = self.vocabulary.guides.iter().map(|guide| guide.id.as_str());
                let near = nearest(&item.text, ids);
                let message = format!("no guide has the id `{}`", item.text);
                let unknown = Diagnostic::new(Code::UnknownGuide, span, message);
                self.diagnostics.push(match near {
                    Some(near) => unknown.help(format!("did you mean `{near}`?")),
                    None => unknown,
                });
            }
        }
        related
    }
}

/// Moves a node's places from the YAML's text to the file. Bounded by the YAML's depth.
fn shift(node: &mut Node, by: usize) {
    node.span = node.span.start + by..node.span.end + by;
    match &mut node.value {
        NodeValue::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        NodeValue::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            key.span = key.span.start + by..key.span.end + by;
            shift(value, by);
        }),
        _ => {}
    }
}

fn example(key: &str) -> &'static str {
    match key {
        "id" => "for example `id: TSG-POD-IMAGEPULL-001`",
        "title" => "for example `title: Pod ImagePullBackOff Diagnosis`",
        "issue_type" => "for example `issue_type: ImagePullBackOff`",
        "component" => "for example `component: pod`",
        "phase" => "write `phase: diagnosis` or `phase: solution`",
        "severity" => "write `severity: critical`, `high`, `medium` or `low`",
        "k8s_version" => "for example `k8s_version: \">=1.24\"`",
        "owner" => "for example `owner: platform team`",
        _ => "write one item a line, each after `- `",
    }
}

/// Whether a text is of the form TSG-COMPONENT-PROBLEM-NNN.
pub(crate) fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, middle @ .., number] = parts.as_slice() else { return false };
    let word = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    *first == "TSG"
        && middle.len() >= 2
        && middle.iter().all(word)
        && number.len() == 3
        && number.chars().all(|c| c.is_ascii_digit())
}
