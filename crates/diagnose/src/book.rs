//! The guides of a run, and the names that they may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, OnceLock};

use evidence::Kind;
use guide::{Code, Diagnostic, Guide, GuideName, Head, ParameterSort, Parsed, Phase, Vocabulary};
use lexicon::Lexicon;
use tools::ParameterKind;

use crate::{placeholder, signals};

/// The guides that a run can choose from, by id.
#[derive(Clone, Debug, Default)]
pub struct Book {
    guides: BTreeMap<String, Entry>,
}

/// A guide of a book: its head, and the whole once it was needed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What says whether it applies.
    pub head: Head,
    guide: OnceLock<Arc<Guide>>,
    /// The name and text of its file, where it was not read whole at once.
    file: (&'static str, &'static str),
}

impl Entry {
    fn whole(guide: Guide) -> Entry {
        let head = Head {
            id: guide.id.clone(),
            phase: guide.meta.phase,
            signals: guide.meta.signals.clone(),
            k8s_version: guide.meta.k8s_version.clone(),
        };
        Entry { head, guide: OnceLock::from(Arc::new(guide)), file: ("", "") }
    }

    /// The guide, which is read now where it was not yet.
    pub fn guide(&self) -> &Arc<Guide> {
        let (name, text) = self.file;
        self.guide.get_or_init(|| Arc::new(Guide::parse(name, text, words()).guide))
    }
}

/// The names that a guide may use, made once.
fn words() -> &'static Vocabulary {
    static WORDS: LazyLock<Vocabulary> = LazyLock::new(vocabulary);
    &WORDS
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
        let mut book = Book::default();
        let flaws = book.add(files);
        (book, flaws)
    }

    /// A book of shipped guides. Only their heads are read now: that they have no mistakes is
    /// what the tests of the project show.
    pub fn shipped(files: impl IntoIterator<Item = (&'static str, &'static str)>) -> Book {
        let mut book = Book::default();
        for (name, text) in files {
            let entry = match Head::read(text, words()) {
                Some(head) => Entry { head, guide: OnceLock::new(), file: (name, text) },
                None => Entry::whole(Guide::parse(name, text, words()).guide),
            };
            book.guides.insert(entry.head.id.clone(), entry);
        }
        book
    }

    /// Adds guides, as [`Book::read`] reads them.
    pub fn add<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<Flaws> {
        let mut flaws = Vec::new();
        for (name, bytes) in files {
            let parsed = Guide::parse_bytes(name, bytes, words());
            let own = Flaws {
                source_name: name.to_owned(),
                text: Arc::clone(&parsed.guide.text),
                diagnostics: parsed.diagnostics,
            };
            if !own.is_error() {
                self.insert(parsed.guide);
            }
            if !own.diagnostics.is_empty() {
                flaws.push(own);
            }
        }
        flaws
    }

    /// Adds a guide, in place of one with the same id.
    pub fn insert(&mut self, guide: Guide) {
        self.guides.insert(guide.id.clone(), Entry::whole(guide));
    }

    /// The guide of an id.
    pub fn get(&self, id: &str) -> Option<&Arc<Guide>> {
        self.guides.get(id).map(Entry::guide)
    }

    /// The guide of an id, where it is one that removes causes.
    pub fn solution(&self, id: &str) -> Option<&Arc<Guide>> {
        let entry = self.guides.get(id)?;
        (entry.head.phase == Phase::Solution).then(|| entry.guide())
    }

    /// Every guide, in order of id. All of them are read for it.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.guides.values().map(Entry::guide)
    }

    /// The guides that find causes, in order of id, as far as their heads.
    pub fn diagnoses(&self) -> impl Iterator<Item = &Entry> {
        self.guides.values().filter(|entry| entry.head.phase == Phase::Diagnosis)
    }

    /// The kinds of object that signals of its guides are about.
    pub fn subject_kinds(&self) -> BTreeSet<Kind> {
        signals::kinds(self.diagnoses().flat_map(|entry| &entry.head.signals))
    }

    /// The guides that remove causes, in order of id.
    pub fn solutions(&self) -> impl Iterator<Item = &Arc<Guide>> {
        let entries = self.guides.values();
        entries.filter(|entry| entry.head.phase == Phase::Solution).map(Entry::guide)
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
