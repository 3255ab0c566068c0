//! What happened while a source was read that its reader should know.

use std::fmt;

/// One thing that was refused, cut short, skipped or mended while a source was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What sort of thing it is.
    pub kind: NoteKind,
    /// The file or entry concerned; empty for the source as a whole.
    pub place: String,
    /// What happened, and what follows from it.
    pub text: String,
}

/// The sorts of [`Note`], the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The source ends before its end: what came after is not known.
    Cut,
    /// Something unsafe or too large was not read.
    Refused,
    /// A file could not be read or understood, in whole or in part.
    Broken,
    /// Something was left out that no layout has a place for.
    Skipped,
    /// The same thing stands twice with different content.
    Duplicate,
    /// Something worth knowing that takes nothing away.
    Remark,
}

impl NoteKind {
    /// Whether something may be missing because of it.
    pub const fn takes_away(self) -> bool {
        matches!(self, NoteKind::Cut | NoteKind::Refused | NoteKind::Broken)
    }

    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            NoteKind::Cut => "cut short",
            NoteKind::Refused => "refused",
            NoteKind::Broken => "broken",
            NoteKind::Skipped => "skipped",
            NoteKind::Duplicate => "duplicate",
            NoteKind::Remark => "remark",
        }
    }
}

/// `shop/pods.json: broken: …`.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}: {}", self.kind.word(), self.text)
    }
}

/// Notes as they are taken. A source with a million faults does not get a million notes.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    taken: Vec<Note>,
    unwritten: usize,
}

impl Notes {
    const MOST: usize = 200;

    pub(crate) fn take(&mut self, kind: NoteKind, place: &str, text: impl Into<String>) {
        if self.taken.len() < Notes::MOST || kind == NoteKind::Cut {
            let text = text.into().replace(char::is_control, " ");
            self.taken.push(Note { kind, place: place.escape_default().to_string(), text });
        } else {
            self.unwritten += 1;
        }
    }

    /// The notes, the gravest first, without repetition.
    pub(crate) fn sorted(mut self) -> Vec<Note> {
        self.taken.sort();
        self.taken.dedup();
        if self.unwritten > 0 {
            let text = format!("{} more notes of these sorts", self.unwritten);
            self.taken.push(Note { kind: NoteKind::Remark, place: String::new(), text });
        }
        self.taken
    }
}
