//! The scenarios as they stand below `scenarios/`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use diagnose::{Book, Investigation, Target};
use evidence::Time;
use serde::Deserialize;
use snapshot::{Options, Snapshot};

/// A recorded incident.
pub struct Incident {
    /// `family/name`.
    pub name: String,
    /// The target as typed.
    pub target: String,
    /// The target's namespace.
    pub namespace: String,
    /// The clock of the recording.
    pub now: Time,
    /// What must come out.
    pub runs: Vec<Run>,
    /// Its files, read.
    pub files: Snapshot,
    folder: PathBuf,
}

#[derive(Deserialize)]
struct File {
    target: String,
    namespace: String,
    now: Time,
    run: Vec<Run>,
}

/// One diagnosis of an incident.
#[derive(Deserialize)]
pub struct Run {
    /// The guide of `--guide`.
    pub guide: Option<String>,
    /// How it ends.
    pub status: String,
    /// The causes, best first.
    #[serde(default)]
    pub cause: Vec<Cause>,
}

/// A cause that must be named.
#[derive(Deserialize)]
pub struct Cause {
    /// The outcome's id.
    pub cause: String,
    /// The culprit, as `Kind namespace/name`.
    pub object: String,
    /// How sure it is.
    pub confidence: String,
}

impl Incident {
    /// The investigation of one of its runs, with every decision in the report.
    pub fn investigation(&self, run: &Run) -> Investigation<'static> {
        let target = Target::parse(&self.target, &self.namespace).unwrap();
        let guide = run.guide.clone();
        Investigation { guide, explain: true, ..Investigation::new(book(), target) }
    }

    /// Its files, read by nobody who knows when they were made.
    pub fn files_without_clock(&self) -> Snapshot {
        Snapshot::open(&self.folder, &Options::default()).unwrap()
    }

    /// The same as an API server is asked.
    pub fn limited(&self, run: &Run) -> Investigation<'static> {
        Investigation { limited: true, ..self.investigation(run) }
    }
}

/// Every scenario, in order of name, read once.
pub fn all() -> &'static [Incident] {
    static ALL: OnceLock<Vec<Incident>> = OnceLock::new();
    ALL.get_or_init(read)
}

fn read() -> Vec<Incident> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut found = Vec::new();
    for family in folders(&root) {
        for folder in folders(&family) {
            let path = folder.join("scenario.toml");
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let file: File =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = folder.strip_prefix(&root).unwrap().display().to_string();
            let options = Options { now: Some(file.now), ..Options::default() };
            let files =
                Snapshot::open(&folder, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.push(Incident {
                name,
                files,
                folder,
                target: file.target,
                namespace: file.namespace,
                now: file.now,
                runs: file.run,
            });
        }
    }
    assert!(!found.is_empty(), "no scenarios below {}", root.display());
    found
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(below).unwrap_or_else(|error| panic!("{}: {error}", below.display()));
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The shipped guides, read once.
pub fn book() -> &'static Book {
    static BOOK: OnceLock<Book> = OnceLock::new();
    BOOK.get_or_init(|| {
        let files = guidebook::GUIDES.iter().map(|file| (file.path, file.text.as_bytes()));
        let (book, flaws) = Book::read(files);
        assert!(flaws.iter().all(|one| !one.is_error()), "{flaws:#?}");
        book
    })
}
