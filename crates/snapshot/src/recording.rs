//! Recordings and snapshots: the replies of a run, as a file.
//!
//! A `.tar.zst` with two entries: `meta.json` ([`Meta`]) and `replies.jsonl`, one
//! `{"question": …, "reply": …}` a line in the order of the questions. Everything in it was
//! admitted, so it is redacted. The same replies give the same bytes: entries have no owner and
//! no time.

use std::io::{self, Write};

use evidence::{Question, Replies, Reply, Time};
use serde::{Deserialize, Serialize};

/// The format that is written, and the newest that is read.
pub(crate) const FORMAT: u64 = 1;
pub(crate) const META: &str = "meta.json";
pub(crate) const REPLIES: &str = "replies.jsonl";
/// Recordings are small; a level beyond this one gains a few per cent and costs much.
const LEVEL: i32 = 12;

/// What a recording says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The version of this format.
    pub format: u64,
    /// The version of tsg that wrote it.
    pub tsg: String,
    /// What it is.
    pub kind: RecordingKind,
    /// The clock of the run.
    pub now: Time,
    /// Whether that is only the earliest time that it can have been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earliest: bool,
    /// What was asked, such as `context prod` or the path of a dump.
    pub source: String,
    /// What was diagnosed: `pod/web-0`, or the namespace of a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The arguments of the run that change its report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// What the reader of the run was told of its source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a file of replies is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingKind {
    /// What one run asked and was answered.
    Recording,
    /// Everything that guides could ask of a namespace.
    Snapshot,
}

impl Meta {
    /// The description of a file that is about to be written by this version of tsg.
    pub fn new(kind: RecordingKind, now: Time, source: impl Into<String>) -> Meta {
        Meta {
            format: FORMAT,
            tsg: env!("CARGO_PKG_VERSION").to_owned(),
            kind,
            now,
            earliest: false,
            source: source.into(),
            target: None,
            arguments: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Writes recordings.
#[derive(Clone, Copy, Debug)]
pub struct Recording;

#[derive(Serialize)]
struct Line<'a> {
    question: &'a Question,
    reply: &'a Reply,
}

impl Recording {
    /// Writes replies as a `.tar.zst`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(replies: &Replies, meta: &Meta, out: impl Write) -> io::Result<()> {
        let mut described = serde_json::to_vec_pretty(meta)?;
        described.push(b'\n');
        let mut lines = Vec::new();
        for (question, reply) in replies.iter() {
            serde_json::to_writer(&mut lines, &Line { question, reply })?;
            lines.push(b'\n');
        }
        let packed = zstd::stream::write::Encoder::new(out, LEVEL)?;
        let mut archive = tar::Builder::new(packed);
        append(&mut archive, META, &described)?;
        append(&mut archive, REPLIES, &lines)?;
        archive.into_inner()?.finish()?.flush()
    }
}

fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    archive.append_data(&mut header, name, bytes)
}
