//! Why a source could not be opened at all.

use crate::Layout;

/// Why a source could not be opened. What is only partly readable is no error:
/// it is opened, and [`Snapshot::notes`](crate::Snapshot::notes) says what is missing.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file system refused.
    #[error("cannot read {place}: {reason}")]
    Unreadable {
        /// The path.
        place: String,
        /// The reason that the system gave.
        reason: std::io::Error,
    },
    /// It is empty.
    #[error("{place} is empty: it holds neither objects nor a proof that there are none")]
    Empty {
        /// The path.
        place: String,
    },
    /// It is packed in a way that is not read.
    #[error("{place} is a {format}: unpack it first, or repack it as .tar.gz or .tar.zst")]
    Packed {
        /// The path.
        place: String,
        /// The name of the packing.
        format: &'static str,
    },
    /// It is beyond a limit.
    #[error("{place} was refused: {reason}")]
    Refused {
        /// The path.
        place: String,
        /// The limit and what went beyond it.
        reason: String,
    },
    /// A recording of a later version.
    #[error(
        "{place} is a recording of format {found}, written by tsg {tsg}; this tsg reads up to \
         format {known}: use tsg {tsg} or later"
    )]
    Newer {
        /// The path.
        place: String,
        /// The format of the recording.
        found: u64,
        /// The newest format that is known here.
        known: u64,
        /// The version of tsg that wrote it.
        tsg: String,
    },
    /// A recording whose parts do not fit.
    #[error("{place} is not a sound recording: {reason}")]
    Recording {
        /// The path.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A refusal, or another message of kubectl, in the place of objects.
    #[error("{place} holds no objects but a message: {message}")]
    Message {
        /// The path.
        place: String,
        /// The message.
        message: String,
    },
    /// Nothing that any layout knows.
    #[error("{place} holds nothing that tsg can read{}; it reads:{}", reason_in_words(.reason), known_layouts())]
    Unrecognised {
        /// The path.
        place: String,
        /// What was met, where something was.
        reason: String,
    },
}

fn reason_in_words(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

fn known_layouts() -> String {
    Layout::ALL.iter().map(|layout| format!("\n  {}", layout.description())).collect()
}

impl SnapshotError {
    /// The error with the path that the user gave, where it was read from memory.
    pub(crate) fn at(self, name: &str) -> SnapshotError {
        let mut error = self;
        let (SnapshotError::Unreadable { place, .. }
        | SnapshotError::Empty { place }
        | SnapshotError::Packed { place, .. }
        | SnapshotError::Refused { place, .. }
        | SnapshotError::Newer { place, .. }
        | SnapshotError::Recording { place, .. }
        | SnapshotError::Message { place, .. }
        | SnapshotError::Unrecognised { place, .. }) = &mut error;
        if place.is_empty() {
            *place = name.to_owned();
        }
        error
    }
}
