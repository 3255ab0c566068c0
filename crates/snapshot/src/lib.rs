//! Answers questions from files, and records runs.
//!
//! A [`Snapshot`] is opened from a path or from bytes: what kubectl printed, a dump, a support
//! bundle, a must-gather, a plain folder, a recording, as a folder or packed. Which [`Layout`] it
//! is is told by its content. Each layout's file says what it proves: a list is complete, and
//! proves absence, only where the tool that wrote it asked for all.
//!
//! A source is a stranger's file. It is read under limits, nothing in it is followed out of it,
//! and what is broken, refused or cut short is noted while the rest is used. Only what cannot be
//! used at all is an error.
//!
//! ```
//! use evidence::{Kind, Question, Reply};
//! use snapshot::{Options, Snapshot};
//!
//! let pods = r#"{"kind":"List","apiVersion":"v1","items":[
//!     {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"shop"}}]}"#;
//! let snapshot = Snapshot::read(pods.as_bytes(), &Options::default())?;
//! let web = snapshot.answer(&Question::get(Kind::Pod, Some("shop"), "web-0"));
//! assert!(matches!(web, Reply::Object(_)));
//! // A list of kubectl's does not say that it is all.
//! let other = snapshot.answer(&Question::get(Kind::Pod, Some("shop"), "web-1"));
//! assert!(matches!(other, Reply::Unseen(_)));
//! # Ok::<(), snapshot::SnapshotError>(())
//! ```

mod archive;
mod clock;
mod contents;
mod documents;
mod error;
mod folder;
mod holdings;
mod intake;
mod layout;
mod layouts;
mod limits;
mod lists;
mod literal;
mod logs;
mod meter;
mod note;
mod recording;
mod refusal;
mod snapshot;
mod text;
mod threads;
mod tree;
mod withheld;

pub use clock::{Clock, SaidBy};
pub use error::SnapshotError;
pub use holdings::Holding;
pub use layout::Layout;
pub use note::{Note, NoteKind};
pub use recording::{Meta, Recording, RecordingKind};
pub use snapshot::{Options, Snapshot};
