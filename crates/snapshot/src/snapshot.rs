//! An opened source.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use evidence::{Kind, Question, Replies, Reply, Time};

use crate::archive::{self, Unpacked};
use crate::intake::Intake;
use crate::limits::Limits;
use crate::logs::{LogKey, LogPlace};
use crate::note::{NoteKind, Notes};
use crate::tree::{Content, Tree};
use crate::{Clock, Holding, Layout, Meta, Note, SnapshotError, folder, holdings, layout};

/// How a source is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The clock, in the place of the source's own.
    pub now: Option<Time>,
    /// The namespace of objects that do not say theirs.
    pub namespace: Option<String>,
}

/// A source of files, read and ready to answer.
#[derive(Debug)]
pub struct Snapshot {
    tree: Tree,
    replies: Replies,
    logs: BTreeMap<LogKey, LogPlace>,
    clock: Clock,
    notes: Vec<Note>,
    layout: Layout,
    meta: Option<Meta>,
    holder: String,
}

impl Snapshot {
    /// Opens a folder, an archive or a file; `-` is standard input.
    ///
    /// # Errors
    /// [`SnapshotError`] where nothing of it can be used.
    pub fn open(path: &Path, options: &Options) -> Result<Snapshot, SnapshotError> {
        if path == Path::new("-") {
            return Snapshot::read(std::io::stdin().lock(), options)
                .map_err(|error| error.at("standard input"));
        }
        let name = path.display().to_string();
        let unreadable = |reason| SnapshotError::Unreadable { place: name.clone(), reason };
        let is_folder = fs::metadata(path).map_err(unreadable)?.is_dir();
        let mut notes = Notes::default();
        let opened = if is_folder {
            folder::walk(path, Limits::DEFAULT, &mut notes)
                .and_then(|tree| Snapshot::of_tree(tree, notes, options))
        } else {
            Snapshot::read(File::open(path).map_err(unreadable)?, options)
        };
        opened.map_err(|error| error.at(&name))
    }

    /// Reads an archive or a text.
    ///
    /// # Errors
    /// [`SnapshotError`] where nothing of it can be used.
    pub fn read(stream: impl Read, options: &Options) -> Result<Snapshot, SnapshotError> {
        let limits = Limits::DEFAULT;
        let mut notes = Notes::default();
        let tree = match archive::unpack(stream, limits, &mut notes)? {
            Unpacked::Tree(tree) => tree,
            Unpacked::Text { bytes, cut } => {
                if let Some(cut) = &cut {
                    notes.take(NoteKind::Cut, "", cut);
                }
                let mut tree = Tree::new(limits);
                tree.put("-".to_owned(), Content::Held { bytes, headless: false });
                tree.cut = cut;
                tree
            }
        };
        Snapshot::of_tree(tree, notes, options)
    }

    /// Reads files given as path and content, as if they stood in a folder.
    ///
    /// # Errors
    /// [`SnapshotError`] where nothing of them can be used.
    pub fn of_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        options: &Options,
    ) -> Result<Snapshot, SnapshotError> {
        let mut tree = Tree::new(Limits::DEFAULT);
        for (path, bytes) in files {
            tree.put(path.to_owned(), Content::Held { bytes: bytes.to_vec(), headless: false });
        }
        Snapshot::of_tree(tree, Notes::default(), options)
    }

    fn of_tree(tree: Tree, notes: Notes, options: &Options) -> Result<Snapshot, SnapshotError> {
        if tree.is_empty() {
            let reason = tree.cut.unwrap_or_else(|| "it has no files that could be".to_owned());
            return Err(SnapshotError::Unrecognised { place: String::new(), reason });
        }
        let mut intake = Intake::new(options.namespace.clone(), notes);
        intake.told_now = options.now;
        let layout = layout::load(&tree, &mut intake)?;
        let cut = if tree.cut.is_some() { ", which is cut short," } else { "" };
        let holder = format!("{}{cut}", layout.holder());
        if layout != Layout::Recording && !intake.tells_of(Kind::Pod) {
            let text = format!("{holder} holds no pods, and no proof that there are none");
            intake.notes.take(NoteKind::Remark, "", text);
        }
        let meta = intake.meta.take();
        let settled = intake.settle(options.now, &holder);
        Ok(Snapshot {
            tree,
            replies: settled.replies,
            logs: settled.logs,
            clock: settled.clock,
            notes: settled.notes.sorted(),
            layout,
            meta,
            holder,
        })
    }

    /// The reply to a question. There is always one: what the source does not hold, it did
    /// not capture.
    pub fn answer(&self, question: &Question) -> Reply {
        let reply = self.replies.get(question).or_else(|| self.log(question));
        reply.unwrap_or_else(|| self.replies.settle(question, &self.holder))
    }

    fn log(&self, question: &Question) -> Option<Reply> {
        let Question::Log { pod, container, previous } = question else { return None };
        let key = |container: Option<&str>| LogKey {
            pod: pod.clone(),
            container: container.map(str::to_owned),
            previous: *previous,
        };
        let place = self.logs.get(&key(Some(container))).or_else(|| self.logs.get(&key(None)))?;
        Some(place.read(&self.tree, question))
    }

    /// Every reply but the logs, which [`Snapshot::answer`] reads when they are asked for.
    pub fn replies(&self) -> &Replies {
        &self.replies
    }

    /// The clock of the source, and who says so.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What was refused, cut short, broken or skipped, the gravest first.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How it is laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// What a recording says of itself; `None` for other layouts.
    pub fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }

    /// What it holds by kind and namespace, and of what it holds all.
    pub fn holdings(&self) -> Vec<Holding> {
        holdings::of(&self.replies)
    }
}
