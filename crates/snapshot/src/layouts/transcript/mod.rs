//! Transcripts: commands and what they printed for people, as they are pasted into tickets.
//!
//! - A file or standard input with commands of kubectl and their output, or with output alone
//!   where its heading is unmistakable.
//! - A folder with such a `kubectl.txt`, and beside it `manifests.yaml`,
//!   `systemctl/<node>/<unit>.txt`, `connectivity.txt`, `alerts.json`, `metrics.csv`,
//!   `logs/<workload>[.<container>][.previous].log` and `error-logs/<workload>.json`.
//!
//! A list is complete where a command asked for all of a kind in a namespace, every row was
//! understood, and something was typed after it. What a page or a row does not show is unknown:
//! objects say so by [`evidence::Object::is_shown`].

mod beside;
mod command;
mod described;
mod documents;
mod events;
mod fields;
mod manifests;
mod moments;
mod only_container;
mod outline;
mod pages;
mod pool;
mod reader;
mod rows;
mod session;
mod signs;
mod table;
mod timeline;
mod usage;

use std::panic::resume_unwind;
use std::thread;

use crate::SnapshotError;
use crate::intake::Intake;
use crate::layout::Entry;
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

use reader::Reader;

pub(crate) const ENTRY: Entry = Entry {
    name: "transcript",
    description: "a transcript: commands of kubectl with what they printed, as a file, standard input, or \
                  a folder with kubectl.txt",
    holder: "this transcript",
    recognises,
    load,
};

/// The transcript of a folder.
const TRANSCRIPT: &str = "kubectl.txt";

/// How far a text is searched for what makes it a transcript.
const SEARCHED: usize = 1 << 20;

fn recognises(branch: &Branch<'_>) -> bool {
    if branch.has(TRANSCRIPT) {
        return true;
    }
    let mut files = branch.files();
    let (Some(only), None) = (files.next(), files.next()) else { return false };
    let Ok(bytes) = branch.read(only) else { return false };
    let searched = text::decode(&bytes[..bytes.len().min(SEARCHED)]);
    let text = searched.text.trim_start();
    !text.starts_with(['{', '[']) && (session::has_command(text) || reader::has_output(text))
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    let whole = branch.has(TRANSCRIPT);
    let path = if whole { TRANSCRIPT } else { branch.files().next().unwrap_or_default() };
    let unreadable = |reason: String| SnapshotError::Unrecognised { place: String::new(), reason };
    let bytes = branch.read(path).map_err(unreadable)?;
    let decoded = text::decode(&bytes);
    let place = if whole { path } else { "" };
    if decoded.mended {
        intake.notes.take(NoteKind::Broken, place, "bytes that are no text were replaced");
    }
    let mut reader = Reader::new(place, intake.namespace.clone());
    let manifests = thread::scope(|scope| {
        let manifests = whole.then(|| scope.spawn(|| manifests::read(branch)));
        reader.read(&decoded.text, intake);
        manifests.and_then(|read| read.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    reader.settle_clock(intake.told_now);
    if whole {
        beside::services_of_nodes(branch, &reader, intake);
    }
    if let Some(manifests) = manifests {
        manifests::fill(manifests, &mut reader, intake);
    }
    let namespace = reader.namespace();
    let settled = reader.finish(intake);
    if let (true, Some(namespace)) = (whole, namespace) {
        beside::telemetry(branch, &namespace, settled.offset, intake);
        beside::logs(branch, &namespace, intake);
    }
    if intake.is_empty() {
        let reason = "no output of kubectl was found in it".to_owned();
        return Err(SnapshotError::Unrecognised { place: String::new(), reason });
    }
    Ok(())
}
