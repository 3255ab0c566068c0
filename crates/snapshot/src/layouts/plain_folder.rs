//! The plain folder, the layout that a person or a script writes by hand.
//!
//! - `<namespace>/<resource>.json|yaml`: the complete list of that resource in that namespace.
//!   An empty list proves absence; a missing file proves nothing.
//! - `cluster/<resource>.json|yaml`: the complete list of that resource in the cluster.
//! - `<namespace>/<resource>/<name>.json|yaml`, `cluster/<resource>/<name>.json|yaml`: one object.
//! - `<namespace>/logs/<pod>/<container>[.previous].log`: a log.
//! - `cluster/version.json|yaml`: what `kubectl version -o json` prints.
//! - `timestamp`: when the folder was made, RFC 3339.
//!
//! `<resource>` is a plural, with or without its group: `pods`, `deployments`, `deployments.apps`.
//! A file may hold, in the place of a list or an object, the `Status` with which the API server
//! refused, or the line that kubectl printed: then the list was denied, or could not be read.

use evidence::{Kind, ObjectRef, Question, Reply, ServerVersion};

use crate::SnapshotError;
use crate::clock;
use crate::contents::Contents;
use crate::intake::Intake;
use crate::layout::{Entry, is_label, stem};
use crate::logs::{LogForm, LogKey, LogPlace};
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

pub(crate) const ENTRY: Entry = Entry {
    name: "plain folder",
    description: "a plain folder: <namespace>/<resource>.json|yaml, cluster/<resource>.json|yaml, \
                  <namespace>/logs/<pod>/<container>[.previous].log",
    holder: "this folder",
    recognises,
    load,
};

/// The folder of what has no namespace.
const CLUSTER: &str = "cluster";

fn recognises(branch: &Branch<'_>) -> bool {
    branch
        .files()
        .any(|path| matches!(place(path), Place::List(..) | Place::Log(_) | Place::Version))
}

/// What a path means.
#[derive(Debug, PartialEq)]
enum Place<'a> {
    List(Kind, Option<&'a str>),
    Object(ObjectRef),
    Log(LogKey),
    Version,
    Timestamp,
    Nothing,
}

fn place(path: &str) -> Place<'_> {
    let parts: Vec<&str> = path.split('/').collect();
    let known = match parts.as_slice() {
        ["timestamp"] => Some(Place::Timestamp),
        [CLUSTER, file] if stem(file) == Some("version") => Some(Place::Version),
        [folder, file] => list(folder, file),
        [folder, "logs", pod, file] => log(folder, pod, file),
        [folder, resource, file] => object(folder, resource, file),
        _ => None,
    };
    known.unwrap_or(Place::Nothing)
}

/// The kind of a plural, with or without the group that it has.
pub(crate) fn resource(name: &str) -> Option<Kind> {
    let (plural, group) =
        name.split_once('.').map_or((name, None), |(plural, group)| (plural, Some(group)));
    let kind = Kind::ALL.iter().copied().find(|kind| kind.plural() == plural)?;
    group
        .is_none_or(|group| {
            group == kind.group() || (kind == Kind::Event && group == "events.k8s.io")
        })
        .then_some(kind)
}

fn list<'a>(folder: &'a str, file: &str) -> Option<Place<'a>> {
    let kind = resource(stem(file)?)?;
    if folder == CLUSTER {
        return Some(Place::List(kind, None));
    }
    (is_label(folder) && kind.namespaced()).then_some(Place::List(kind, Some(folder)))
}

fn object<'a>(folder: &str, plural: &str, file: &str) -> Option<Place<'a>> {
    let (kind, name) = (resource(plural)?, stem(file)?);
    let namespace = (folder != CLUSTER).then_some(folder);
    (namespace.is_some() == kind.namespaced())
        .then(|| Place::Object(ObjectRef::new(kind, namespace, name)))
}

fn log<'a>(folder: &str, pod: &str, file: &str) -> Option<Place<'a>> {
    let name = file.strip_suffix(".log")?;
    let (container, previous) = match name.strip_suffix(".previous") {
        Some(container) => (container, true),
        None => (name, false),
    };
    let pod = ObjectRef::new(Kind::Pod, Some(folder), pod);
    (is_label(folder) && is_label(container))
        .then(|| Place::Log(LogKey { pod, container: Some(container.to_owned()), previous }))
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    for path in branch.files() {
        match place(path) {
            Place::List(kind, namespace) => intake.complete_list(branch, path, kind, namespace),
            Place::Object(object) => intake.single(branch, path, Some(&object)),
            Place::Log(key) => {
                let place = LogPlace { path: branch.full(path), form: LogForm::Plain };
                intake.logs.insert(key, place);
            }
            Place::Version => version(branch, path, intake),
            Place::Timestamp => timestamp(branch, path, intake),
            Place::Nothing => {
                let text = "its place is not one of a plain folder's";
                intake.notes.take(NoteKind::Skipped, path, text);
            }
        }
    }
    Ok(())
}

/// Reads a file that says the server's version.
pub(crate) fn version(branch: &Branch<'_>, path: &str, intake: &mut Intake) {
    let Ok(documents) = intake.documents(branch, path) else { return };
    for document in documents.sound {
        if let Contents::Version(git_version) = Contents::of(document) {
            intake.answer(Question::Version, Reply::Version(ServerVersion { git_version }));
        }
    }
}

/// Reads a file that says when the source was made.
pub(crate) fn timestamp(branch: &Branch<'_>, path: &str, intake: &mut Intake) {
    let time =
        branch.read(path).ok().and_then(|bytes| clock::timestamp(&text::decode(&bytes).text));
    match time {
        Some(time) => intake.timestamp = intake.timestamp.max(Some(time)),
        None => intake.notes.take(NoteKind::Broken, path, "no time could be read from it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_what_the_layout_says() {
        let pod = ObjectRef::new(Kind::Pod, Some("shop"), "web-0");
        let log = |previous| {
            Place::Log(LogKey { pod: pod.clone(), container: Some("server".into()), previous })
        };
        for (path, expected) in [
            ("shop/pods.json", Place::List(Kind::Pod, Some("shop"))),
            ("shop/deployments.apps.yaml", Place::List(Kind::Deployment, Some("shop"))),
            ("cluster/nodes.yml", Place::List(Kind::Node, None)),
            ("cluster/pods.json", Place::List(Kind::Pod, None)),
            ("shop/nodes.json", Place::Nothing),
            ("shop/pods/web-0.json", Place::Object(pod.clone())),
            ("shop/logs/web-0/server.log", log(false)),
            ("shop/logs/web-0/server.previous.log", log(true)),
            ("cluster/version.json", Place::Version),
            ("timestamp", Place::Timestamp),
            ("shop/services.serving.knative.dev.json", Place::Nothing),
            ("README.md", Place::Nothing),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }
}
