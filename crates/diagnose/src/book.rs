//! The guides of a run, and the names that they may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::Kind;
use guide::{Code, Diagnostic, Guide, GuideName, ParameterSort, Parsed, Phase, Vocabulary};
use lexicon::Lexicon;
use tools::ParameterKind;

use crate::{placeholder, signals};

/// The guides that a run can choose from, by id.
#[derive(Clone, Debug, Default)]
pub struct Book {
    guides: BTreeMap<String, Arc<Guide>>,
}

/// What was wrong with one file of a book.
#[derive(Clone, Debug)]
pub struct Flaws {
    /// The name of the file.
    pub source_name: String,
    /// Its text, for the frames of the diagnostics.
    pub text: Arc<str>,
    /// The mistakes, errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Flaws {
    /// Whether the guide cannot be run.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// The names that a guide may use: the tools, the signals, the placeholders.
pub fn vocabulary() -> Vocabulary {
    let tools = tools::ALL.iter().map(|tool| guide::ToolName {
        name: tool.name.to_owned(),
        parameters: tool.parameters.iter().map(parameter).collect(),
        facts: tool.facts,
    });
    let signals = signals::catalogue().iter().map(|signal| guide::SignalName {
        name: signal.name.to_owned(),
        labels: signal.labels.iter().map(|label| (*label).to_owned()).collect(),
    });
    Vocabulary {
        tools: tools.collect(),
        signals: signals.collect(),
        placeholders: placeholder::ALL.iter().map(|one| one.name.to_owned()).collect(),
        guides: Vec::new(),
    }
}

fn parameter(parameter: &tools::Parameter) -> guide::Parameter {
    guide::Parameter {
        name: parameter.name.to_owned(),
        sort: match parameter.kind {
            ParameterKind::Text => ParameterSort::Text,
            ParameterKind::Int => ParameterSort::Int,
            ParameterKind::Bool => ParameterSort::Bool,
        },
        required: parameter.required,
    }
}

impl Book {
    /// Reads guides. A guide with errors is left out; a later one with the id of an earlier one
    /// takes its place, so that an own guide overrides a shipped one.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> (Book, Vec<Flaws>) {
        let vocabulary = vocabulary();
        let mut book = Book::default();
        let mut flaws = Vec::new();
        for (name, bytes) in files {
            let parsed = Guide::parse_bytes(name, bytes, &vocabulary);
            let own = Flaws {
                source_name: name.to_owned(),
                text: Arc::clone(&parsed.guide.text),
                diagnostics: parsed.diagnostics,
            };
            if !own.is_error() {
                book.insert(parsed.guide);
            }
            if !own.diagnostics.is_empty() {
                flaws.push(own);
            }
        }
        (book, flaws)
    }

    /// Adds a guide, in place of one with the same id.
    pub fn insert(&mut self, guide: Guide) {
        self.guides.insert(guide.id.clone(), Arc::new(guide));
    }

    /// The guide of an id.
    pub fn get(&self, id: &str) -> Option<&Arc<Guide>> {
        self.guides.get(id)
    }

    /// Every guide, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.guides.values()
    }

    /// The guides that find causes, in order of id.
    pub fn diagnoses(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.iter().filter(|guide| guide.meta.phase == Phase::Diagnosis)
    }

    /// The kinds of object that signals of its guides are about.
    pub fn subject_kinds(&self) -> BTreeSet<Kind> {
        let signals = self.diagnoses().flat_map(|guide| &guide.meta.signals);
        let known = signals.filter_map(|signal| signals::find(&signal.name));
        known.flat_map(|signal| signal.kinds).copied().collect()
    }

    /// The guides that remove causes, in order of id.
    pub fn solutions(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.iter().filter(|guide| guide.meta.phase == Phase::Solution)
    }
}

/// Checks files of guides against each other and the shipped ones, with the ids and outcomes of
/// all of them known. Gives the mistakes of the files only, for each that has any.
pub fn lint<'a>(
    files: &[(&str, &[u8])],
    shipped: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<Flaws> {
    if files.is_empty() {
        return Vec::new();
    }
    let mut vocabulary = vocabulary();
    let shipped = shipped.into_iter().map(|(name, text)| (name, text.as_bytes()));
    let own = files.iter().copied();
    let names: Vec<GuideName> = shipped
        .chain(own)
        .map(|(name, bytes)| Guide::parse_bytes(name, bytes, &vocabulary).guide)
        .map(|guide| GuideName {
            id: guide.id,
            outcomes: guide.outcomes.into_iter().map(|outcome| outcome.id).collect(),
        })
        .collect();
    vocabulary.guides = names;
    let flaws = files.iter().map(|(name, bytes)| {
        let Parsed { guide, mut diagnostics } = Guide::parse_bytes(name, bytes, &vocabulary);
        // Of a file that is no guide at all, one word is enough.
        if !diagnostics.iter().any(|one| one.code == Code::TooLong) {
            diagnostics.extend(guide::lint(&guide, &vocabulary, Lexicon::shipped()));
            diagnostics.sort_by_key(|one| (one.span.start, one.span.end));
        }
        Flaws { source_name: (*name).to_owned(), text: guide.text, diagnostics }
    });
    flaws.filter(|flaws| !flaws.diagnostics.is_empty()).collect()
}
