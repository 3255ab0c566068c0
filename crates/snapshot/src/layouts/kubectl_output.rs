//! What `kubectl get … -o json|yaml` prints, in one file or several, in any mixture: a `List`,
//! typed lists, single objects, documents one after the other.
//!
//! Nothing is proved absent: a list says neither which namespace nor which selector it was
//! asked with, so it may always lack objects.

use evidence::{Kind, Question, Reply, ServerVersion, Unseen, UnseenKind};

use crate::SnapshotError;
use crate::contents::{Contents, ListContents, TORN};
use crate::documents;
use crate::intake::{Claim, Intake};
use crate::layout::{Entry, stem};
use crate::note::NoteKind;
use crate::refusal::Refusal;
use crate::text;
use crate::tree::Branch;

pub(crate) const ENTRY: Entry = Entry {
    name: "kubectl output",
    description: "what `kubectl get … -o json|yaml` prints: a file, a folder of files, or standard input",
    holder: "this output of kubectl",
    recognises,
    load,
};

/// Why no list is complete here.
pub(crate) const WHY_PARTIAL: &str = "the file does not say that it holds all";

/// How a fault begins that is a message in the place of objects.
const REFUSAL: &str = "it holds a refusal: ";

fn recognises(branch: &Branch<'_>) -> bool {
    branch.files().next().is_some()
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    let mut first_fault = String::new();
    let alone = branch.files().nth(1).is_none();
    for path in branch.files() {
        if let Err(fault) = file(branch, path, alone, intake)
            && first_fault.is_empty()
        {
            first_fault = if alone { fault } else { format!("{path}: {fault}") };
        }
    }
    if intake.is_empty() {
        let place = String::new();
        return Err(match first_fault.split_once(REFUSAL) {
            Some((_, message)) => SnapshotError::Message { place, message: message.to_owned() },
            None => SnapshotError::Unrecognised { place, reason: first_fault },
        });
    }
    Ok(())
}

fn file(branch: &Branch<'_>, path: &str, alone: bool, intake: &mut Intake) -> Result<(), String> {
    let named = stem(path).is_some();
    let bytes = match branch.read(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            intake.notes.take(NoteKind::Broken, path, &*why);
            return Err(why);
        }
    };
    let decoded = text::decode(&bytes);
    if let Some(refusal) = Refusal::of_text(&decoded.text).and_then(|refusal| refusal.unseen("it"))
    {
        let why = format!("{REFUSAL}{}", refusal.why);
        intake.notes.take(NoteKind::Remark, path, &*why);
        return Err(why);
    }
    if !named && !looks_like_objects(&decoded.text) {
        intake.notes.take(NoteKind::Skipped, path, "neither JSON nor YAML of Kubernetes");
        return Err("neither JSON nor YAML of Kubernetes objects".to_owned());
    }
    let parsed = documents::parse(&decoded.text);
    if decoded.mended {
        intake.notes.take(NoteKind::Broken, path, "bytes that are no text were replaced");
    }
    for flaw in &parsed.flaws {
        intake.notes.take(NoteKind::Broken, path, flaw);
    }
    let mut fault = parsed.flaws.first().cloned();
    for document in parsed.sound {
        if let Err(why) = contents(path, document, intake) {
            intake.notes.take(NoteKind::Skipped, if alone { "" } else { path }, &*why);
            fault = fault.or(Some(why));
        }
    }
    fault.map_or(Ok(()), Err)
}

/// A text without an ending that tells is only read when it begins as objects do.
fn looks_like_objects(text: &str) -> bool {
    let start = text.trim_start();
    let start = start.strip_prefix("---").unwrap_or(start).trim_start();
    ["{", "[", "apiVersion:", "kind:", "items:"].iter().any(|sign| start.starts_with(sign))
}

/// Takes in one document; why not, where it is of no use.
pub(crate) fn contents(
    path: &str,
    document: documents::Document,
    intake: &mut Intake,
) -> Result<(), String> {
    match Contents::of(document) {
        Contents::List(list) => take_list(path, list, intake),
        Contents::Object(json) => {
            intake.object(path, None, None, json);
            Ok(())
        }
        Contents::Half(kind) => {
            intake.notes.take(NoteKind::Cut, path, TORN);
            if let Some(kind) = kind {
                claim_part(kind, Some(TORN), intake);
            }
            Ok(())
        }
        Contents::Version(git_version) => {
            intake.answer(Question::Version, Reply::Version(ServerVersion { git_version }));
            Ok(())
        }
        Contents::Refusal(refusal) => Err(match refusal.unseen("it") {
            Some(unseen) => format!("{REFUSAL}{}", unseen.why),
            None => format!("{REFUSAL}not found"),
        }),
        Contents::Other(what) => Err(what),
    }
}

fn take_list(path: &str, list: ListContents, intake: &mut Intake) -> Result<(), String> {
    let is_empty = list.items.is_empty() && !list.torn;
    let mut kinds: Vec<Kind> = list.kind.into_iter().chain(list.half).collect();
    let mut other = None;
    for json in list.items {
        if list.kind.is_none() && !json.is_object() {
            other = Some("a list of what are no objects".to_owned());
            continue;
        }
        if let Some(object) = intake.object(path, list.kind, None, json) {
            kinds.push(object.kind);
        }
    }
    if let Some(cut) = list.cut {
        intake.notes.take(NoteKind::Cut, path, cut);
    }
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        claim_part(kind, list.cut, intake);
    }
    if is_empty && list.kind.is_none() {
        intake.note_empty_list(path);
    }
    other.map_or(Ok(()), Err)
}

/// Claims that there may be more of a kind, and why.
fn claim_part(kind: Kind, cut: Option<&str>, intake: &mut Intake) {
    let question = Question::list(kind, None);
    let unseen = match cut {
        Some(cut) => Unseen::new(UnseenKind::Truncated, question, cut),
        None => Unseen::new(UnseenKind::NotCaptured, question, WHY_PARTIAL),
    };
    intake.claim(kind, None, Claim::Part(unseen));
}
