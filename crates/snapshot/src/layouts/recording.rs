//! What `tsg diagnose --record` and `tsg snapshot` write: a `.tar.zst` of `meta.json` and
//! `replies.jsonl`. It proves what the replies in it say, and nothing else.

use evidence::{Question, Reply};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::SnapshotError;
use crate::intake::Intake;
use crate::layout::Entry;
use crate::note::NoteKind;
use crate::recording::{FORMAT, META, Meta, REPLIES};
use crate::text;
use crate::tree::Branch;

pub(crate) const ENTRY: Entry = Entry {
    name: "recording",
    description: "a recording or snapshot written by tsg: meta.json and replies.jsonl in a .tar.zst",
    holder: "this recording",
    recognises,
    load,
};

fn recognises(branch: &Branch<'_>) -> bool {
    branch.has(META) && (branch.has(REPLIES) || branch.files().count() == 1)
}

#[derive(Deserialize)]
struct Line {
    question: Question,
    reply: Reply,
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    let meta = meta(branch)?;
    match meta.earliest {
        true => intake.newest = intake.newest.max(Some(meta.now)),
        false => intake.recorded = Some(meta.now),
    }
    intake.meta = Some(meta);
    let unsound = |reason: String| SnapshotError::Recording { place: String::new(), reason };
    let bytes = branch.read(REPLIES).map_err(|why| unsound(format!("{REPLIES}: {why}")))?;
    let decoded = text::decode(&bytes);
    let ends_whole = decoded.text.is_empty() || decoded.text.ends_with('\n');
    let count = decoded.text.lines().count();
    for (index, line) in decoded.text.lines().enumerate() {
        match serde_json::from_str::<Line>(line) {
            Ok(Line { question, reply }) => intake.answer(question, reply),
            Err(_) if index + 1 == count && !ends_whole => {
                intake.notes.take(NoteKind::Cut, REPLIES, "its last line is not whole");
            }
            Err(error) => {
                let text = format!("line {} was not understood: {error}", index + 1);
                intake.notes.take(NoteKind::Broken, REPLIES, text);
            }
        }
    }
    Ok(())
}

fn meta(branch: &Branch<'_>) -> Result<Meta, SnapshotError> {
    let place = String::new();
    let unsound = |reason: String| SnapshotError::Recording {
        place: String::new(),
        reason: format!("{META}: {reason}"),
    };
    let bytes = branch.read(META).map_err(unsound)?;
    let json: Json = serde_json::from_slice(&bytes).map_err(|error| unsound(error.to_string()))?;
    let tsg = json.get("tsg").and_then(Json::as_str).unwrap_or("of a later version").to_owned();
    match json.get("format").and_then(Json::as_u64) {
        None => Err(unsound("it does not say of which format it is".to_owned())),
        Some(found) if found > FORMAT => {
            Err(SnapshotError::Newer { place, found, known: FORMAT, tsg })
        }
        Some(_) => Meta::deserialize(json).map_err(|error| unsound(error.to_string())),
    }
}
