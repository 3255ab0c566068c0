//! What `kubectl cluster-info dump` writes (kubectl, pkg/cmd/clusterinfo/clusterinfo_dump.go),
//! to a folder or, as one stream, to standard output.
//!
//! - `nodes.json`: the complete list of nodes.
//! - `<ns>/{events,replication-controllers,services,daemonsets,deployments,replicasets,pods}.json`:
//!   complete lists, asked without a selector.
//! - `<ns>/<pod>/logs.txt`: the logs of all containers, between marks.
//!
//! With `-o yaml` the ending is `.yaml`. Only `kube-system` and one namespace are dumped unless
//! more are asked for, and the dump does not say which exist. It stops at the first error.
//!
//! In the stream the lists come one namespace after the other, and an empty list names no
//! namespace: it belongs to that of its neighbours. Where they are all empty, nothing is known.

use evidence::{Kind, ObjectRef, Question, Unseen, UnseenKind};

use crate::SnapshotError;
use crate::contents::{Contents, ListContents};
use crate::documents::{self, Documents};
use crate::intake::{Claim, Intake};
use crate::layout::{Entry, is_label, stem};
use crate::layouts::kubectl_output;
use crate::layouts::plain_folder;
use crate::logs::{self, LogForm, LogKey, LogPlace, Section};
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

pub(crate) const ENTRY: Entry = Entry {
    name: "kubectl cluster-info dump",
    description: "what `kubectl cluster-info dump` writes: a folder, or its output as one file",
    holder: "this cluster-info dump",
    recognises,
    load,
};

fn recognises(branch: &Branch<'_>) -> bool {
    if is_stream(branch) {
        return true;
    }
    let nodes = ["nodes.json", "nodes.yaml"].iter().any(|path| branch.has(path));
    branch.files().any(|path| match path.split('/').collect::<Vec<_>>().as_slice() {
        [namespace, file] if is_label(namespace) => match stem(file) {
            Some("replication-controllers") => true,
            Some("events" | "pods") => nodes,
            _ => false,
        },
        [namespace, _, "logs.txt"] => nodes && is_label(namespace),
        _ => false,
    })
}

/// One file with the mark of a log at the start of a line; no JSON has such a line.
fn is_stream(branch: &Branch<'_>) -> bool {
    let mut files = branch.files();
    let (Some(file), None) = (files.next(), files.next()) else { return false };
    branch.read(file).is_ok_and(|bytes| logs::sections(&text::decode(&bytes).text).next().is_some())
}

/// The kind that a file's name stands for.
fn kind(stem: &str) -> Option<Kind> {
    match stem {
        "replication-controllers" => Some(Kind::ReplicationController),
        other => plain_folder::resource(other),
    }
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    if is_stream(branch) {
        stream(branch, intake);
        return Ok(());
    }
    for path in branch.files() {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [file] if stem(file) == Some("nodes") => {
                intake.complete_list(branch, path, Kind::Node, None);
            }
            [namespace, file] if is_label(namespace) => {
                match stem(file).and_then(kind).filter(|kind| kind.namespaced()) {
                    Some(kind) => intake.complete_list(branch, path, kind, Some(namespace)),
                    None => intake.notes.take(NoteKind::Skipped, path, "not a file of a dump"),
                }
            }
            [namespace, pod, "logs.txt"] => {
                let pod = ObjectRef::new(Kind::Pod, Some(namespace), pod);
                let key = LogKey { pod, container: None, previous: false };
                let place = LogPlace { path: branch.full(path), form: LogForm::Section };
                intake.logs.insert(key, place);
            }
            _ => intake.notes.take(NoteKind::Skipped, path, "not a file of a dump"),
        }
    }
    Ok(())
}

fn stream(branch: &Branch<'_>, intake: &mut Intake) {
    let Some(file) = branch.files().next() else { return };
    let Ok(bytes) = branch.read(file) else { return };
    let decoded = text::decode(&bytes);
    let text = &*decoded.text;
    let mut groups = Groups { intake, place: file.to_owned(), lists: Vec::new(), namespace: None };
    let mut at = 0;
    for section in logs::sections(text) {
        groups.documents(documents::parse(&text[at..section.span.0]));
        at = section.span.1;
        groups.log(&section);
    }
    groups.documents(documents::parse(&text[at..]));
    groups.close();
    if let Some(cut) = &branch.tree.cut {
        intake.notes.take(NoteKind::Cut, file, cut);
    }
}

/// The lists of one namespace, as they come in a stream.
struct Groups<'a> {
    intake: &'a mut Intake,
    place: String,
    lists: Vec<(Kind, ListContents)>,
    /// The namespace of the group, where a log has told it.
    namespace: Option<String>,
}

impl Groups<'_> {
    fn documents(&mut self, documents: Documents) {
        for document in documents.sound {
            match Contents::of(document) {
                Contents::List(list @ ListContents { kind: Some(kind), .. }) => {
                    // A namespace has one list of each kind, and its logs come last.
                    if self.namespace.is_some() || self.lists.iter().any(|(of, _)| *of == kind) {
                        self.close();
                    }
                    if kind.namespaced() {
                        self.lists.push((kind, list))
                    } else {
                        self.whole(kind, list)
                    }
                }
                Contents::Other(what) => self.intake.notes.take(NoteKind::Skipped, "", what),
                _ => self.intake.notes.take(NoteKind::Skipped, "", "not a list of a dump"),
            }
        }
        for flaw in documents.flaws {
            self.intake.notes.take(NoteKind::Broken, &self.place, flaw);
        }
    }

    fn log(&mut self, section: &Section<'_>) {
        let Some((namespace, pod)) = section.pod.split_once('/') else { return };
        if self.namespace.as_deref().is_some_and(|of| of != namespace) {
            self.close();
        }
        self.namespace = Some(namespace.to_owned());
        let pod = ObjectRef::new(Kind::Pod, Some(namespace), pod);
        let container = section.container.to_owned();
        let question = Question::Log { pod, container, previous: false };
        let reply = section.reply(&question);
        self.intake.answer(question, reply);
    }

    fn whole(&mut self, kind: Kind, list: ListContents) {
        for json in list.items {
            self.intake.object(&self.place, Some(kind), None, json);
        }
        self.intake.claim(kind, None, Claim::All);
    }

    /// Claims the lists of a group for the namespace that it is of.
    fn close(&mut self) {
        let lists = std::mem::take(&mut self.lists);
        let told = self.namespace.take();
        if lists.is_empty() {
            return;
        }
        let of_items = lists.iter().flat_map(|(_, list)| &list.items);
        let seen = of_items.filter_map(|json| json.pointer("/metadata/namespace")?.as_str());
        let mut namespaces: Vec<String> = seen.map(str::to_owned).chain(told).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        for (kind, list) in lists {
            for json in list.items {
                self.intake.object(&self.place, Some(kind), None, json);
            }
            match namespaces.as_slice() {
                [namespace] => self.intake.claim(kind, Some(namespace), Claim::All),
                _ => {
                    let question = Question::list(kind, None);
                    let why = kubectl_output::WHY_PARTIAL;
                    let unseen = Unseen::new(UnseenKind::NotCaptured, question, why);
                    self.intake.claim(kind, None, Claim::Part(unseen));
                }
            }
        }
        if namespaces.is_empty() {
            let text = "the lists of a namespace that holds nothing and is not named";
            self.intake.notes.take(NoteKind::Skipped, "", text);
        }
    }
}
