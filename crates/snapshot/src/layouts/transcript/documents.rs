//! What a command printed for programs: whole objects; and the server's version.

use evidence::{Kind, ObjectRef, Question, Reply, ServerVersion};
use serde_json::Value as Json;

use super::command::Command;
use super::pool::Exactness;
use super::reader::Reader;
use crate::clock;
use crate::contents::Contents;
use crate::documents;
use crate::intake::Intake;
use crate::note::NoteKind;

impl Reader<'_> {
    /// Objects that a command printed whole.
    pub(super) fn documents(&mut self, command: &Command, lines: &[&str], intake: &mut Intake) {
        let text = format!("{}\n", lines.join("\n"));
        let scope = self.scope(command);
        let parsed = documents::parse(&text);
        for flaw in &parsed.flaws {
            intake.notes.take(NoteKind::Broken, self.place, flaw);
        }
        for document in parsed.sound {
            let (kind, items) = match Contents::of(document) {
                Contents::List(list) => (list.kind, list.items),
                Contents::Object(json) => (None, vec![json]),
                _ => continue,
            };
            for json in items {
                let word = |at: &str| json.pointer(at).and_then(Json::as_str);
                let of = Kind::of(
                    word("/apiVersion").unwrap_or_default(),
                    word("/kind").unwrap_or_default(),
                );
                let Some(kind) = kind.or(of) else { continue };
                let Some(name) = word("/metadata/name") else { continue };
                let namespace = word("/metadata/namespace").or(scope.as_deref());
                let object = ObjectRef::new(kind, namespace, name);
                if let Some(newest) = clock::newest(&json) {
                    self.timeline.floor(newest.as_second());
                }
                self.pool.take(self.at, object, json, Exactness::Document, &[], None);
            }
        }
    }

    /// The server's version, as `kubectl version` prints it, in short and of older releases at length.
    pub(super) fn version(&mut self, lines: &[&str], intake: &mut Intake) {
        let line = lines.iter().find_map(|line| line.strip_prefix("Server Version: "));
        let Some(line) = line else { return };
        let told = line.split_once("GitVersion:\"").and_then(|(_, rest)| rest.split_once('"'));
        let git_version = told.map_or(line.trim(), |(version, _)| version).to_owned();
        intake.answer(Question::Version, Reply::Version(ServerVersion { git_version }));
    }
}
