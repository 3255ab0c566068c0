//! Support bundles of Troubleshoot (replicatedhq/troubleshoot, pkg/collect), as a folder or packed.
//!
//! - `cluster-resources/<resource>/<ns>.json`: the complete list, a typed list or, by older
//!   versions, a bare array; `null` is an array that was never filled.
//! - `cluster-resources/<resource>.json`: the complete list of a cluster-wide resource. The
//!   namespaces are all there only in a `NamespaceList`; an array may be those asked for.
//! - `cluster-resources/<resource>-errors.json`: why a list could not be made, by namespace.
//! - `cluster-resources/pods/logs/<ns>/<pod>/<container>[-previous].log`, of unhealthy pods, the
//!   last 500 lines or so; `<container>-logs-errors.log` where there is none.
//! - `secrets/<ns>/<name>[/<key>].json`: whether a secret, and a key of it, exists.
//! - `cluster-info/cluster_version.json`: the server's version.
//!
//! Redactors of the bundle may have changed any text. Secrets are not listed.

use evidence::{Kind, ObjectRef, Question, Reply, Unseen, UnseenKind};
use serde_json::{Value as Json, json};

use crate::SnapshotError;
use crate::contents::Contents;
use crate::intake::{Claim, Intake};
use crate::layout::{Entry, stem};
use crate::layouts::plain_folder;
use crate::logs::{LogForm, LogKey, LogPlace};
use crate::note::NoteKind;
use crate::refusal::Refusal;
use crate::text;
use crate::tree::Branch;
use crate::withheld;

pub(crate) const ENTRY: Entry = Entry {
    name: "support bundle",
    description: "a Troubleshoot support bundle, unpacked or packed: cluster-resources/pods/<ns>.json",
    holder: "this support bundle",
    recognises,
    load,
};

const RESOURCES: &str = "cluster-resources/";

fn recognises(branch: &Branch<'_>) -> bool {
    branch.files().any(|path| path.starts_with(RESOURCES))
}

/// The kind that a folder or file of the bundle holds, by its name in pkg/constants.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "pod-disruption-budgets" => Kind::PodDisruptionBudget,
        "ingress" => Kind::Ingress,
        "network-policy" => Kind::NetworkPolicy,
        "resource-quota" => Kind::ResourceQuota,
        "storage-classes" | "storage" => Kind::StorageClass,
        "pvs" => Kind::PersistentVolume,
        "pvcs" => Kind::PersistentVolumeClaim,
        "namespace" => Kind::Namespace,
        other => return plain_folder::resource(other),
    })
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    for path in branch.files() {
        if let Some(rest) = path.strip_prefix(RESOURCES) {
            resource(branch, path, rest, intake);
        } else if path == "cluster-info/cluster_version.json" {
            plain_folder::version(branch, path, intake);
        } else if let Some(rest) = path.strip_prefix("secrets/") {
            secret(branch, path, rest, intake);
        }
    }
    // After the lists, so that an error never stands before a list that was made all the same.
    for path in branch.files() {
        if let Some(name) =
            path.strip_prefix(RESOURCES).and_then(|rest| rest.strip_suffix("-errors.json"))
        {
            errors(branch, path, name, intake);
        }
    }
    Ok(())
}

fn resource(branch: &Branch<'_>, path: &str, rest: &str, intake: &mut Intake) {
    match rest.split('/').collect::<Vec<_>>().as_slice() {
        [file] => {
            let name = stem(file).unwrap_or(file);
            if let Some(kind) = kind(name).filter(|_| !name.ends_with("-errors")) {
                cluster_wide(branch, path, kind, intake);
            }
        }
        [folder, file] => {
            let Some((kind, namespace)) = kind(folder).zip(stem(file)) else { return };
            let kept = kind.namespaced() && !namespace.ends_with("-errors");
            if kept && is_null(branch, path) {
                intake.claim(kind, Some(namespace), Claim::All);
            } else if kept {
                intake.complete_list(branch, path, kind, Some(namespace));
            }
        }
        ["pods", "logs", namespace, pod, file] => log(branch, path, (namespace, pod, file), intake),
        _ => {}
    }
}

fn is_null(branch: &Branch<'_>, path: &str) -> bool {
    branch.read(path).is_ok_and(|bytes| bytes.trim_ascii() == b"null")
}

fn cluster_wide(branch: &Branch<'_>, path: &str, kind: Kind, intake: &mut Intake) {
    let bytes = branch.read(path).unwrap_or_default();
    if bytes.trim_ascii().is_empty() {
        // What is written beside `-errors.json` when the list could not be made.
        return;
    }
    if kind != Kind::Namespace {
        return intake.complete_list(branch, path, kind, None);
    }
    let Ok(documents) = intake.documents(branch, path) else { return };
    for document in documents.sound {
        match Contents::of(document) {
            Contents::List(list) => {
                let all = list.kind.is_some() && list.cut.is_none();
                if let Some(cut) = list.cut {
                    intake.notes.take(NoteKind::Cut, path, cut);
                }
                for json in list.items {
                    intake.object(path, Some(kind), None, json);
                }
                if all {
                    intake.claim(kind, None, Claim::All);
                }
            }
            Contents::Object(json) => {
                intake.object(path, Some(kind), None, json);
            }
            _ => {
                intake.notes.take(NoteKind::Broken, path, "neither a namespace nor a list of them")
            }
        }
    }
}

fn log(
    branch: &Branch<'_>,
    path: &str,
    (namespace, pod, file): (&str, &str, &str),
    intake: &mut Intake,
) {
    let Some(name) = file.strip_suffix(".log") else { return };
    let (container, previous, form) = if let Some(name) = name.strip_suffix("-logs-errors") {
        (name, false, LogForm::Failure)
    } else if let Some(name) = name.strip_suffix("-previous") {
        (name, true, LogForm::Plain)
    } else {
        (name, false, LogForm::Plain)
    };
    let pod = ObjectRef::new(Kind::Pod, Some(namespace), pod);
    let key = LogKey { pod, container: Some(container.to_owned()), previous };
    let place = LogPlace { path: branch.full(path), form };
    if form == LogForm::Failure {
        intake.logs.entry(key).or_insert(place);
    } else {
        intake.logs.insert(key, place);
    }
}

/// Takes in what one file says of a secret (`SecretOutput`, pkg/collect/secret.go).
fn secret(branch: &Branch<'_>, path: &str, rest: &str, intake: &mut Intake) {
    let Ok(documents) = intake.documents(branch, path) else { return };
    let Some(document) = documents.sound.into_iter().next() else { return };
    let word = |key: &str| document.json.get(key).and_then(Json::as_str).unwrap_or_default();
    let truth = |key: &str| document.json.get(key).and_then(Json::as_bool);
    let (namespace, name, key) = (word("namespace"), word("name"), word("key"));
    let folder = rest.split('/').next().unwrap_or_default();
    let namespace = if namespace.is_empty() { folder } else { namespace };
    if name.is_empty() {
        return intake.notes.take(NoteKind::Skipped, path, "it does not say of which secret it is");
    }
    match truth("secretExists") {
        Some(false) => {
            intake.answer(Question::get(Kind::Secret, Some(namespace), name), Reply::Absent)
        }
        Some(true) => {
            let mut found = json!({
                "kind": "Secret",
                "apiVersion": "v1",
                "metadata": { "name": name, "namespace": namespace },
            });
            let key = (truth("keyExists") == Some(true)).then(|| (key.to_owned(), None));
            let why = "the bundle says that the secret exists, not what it holds";
            withheld::seal(&mut found, key.into_iter().collect(), why);
            intake.object(path, Some(Kind::Secret), Some(namespace), found);
        }
        None => {
            intake.notes.take(NoteKind::Skipped, path, "it does not say whether the secret exists")
        }
    }
}

/// Takes in why lists could not be made: an array, or an object by namespace, where the empty
/// namespace stands for all.
fn errors(branch: &Branch<'_>, path: &str, name: &str, intake: &mut Intake) {
    let Some(kind) = kind(name) else { return };
    let Ok(bytes) = branch.read(path) else { return };
    let decoded = text::decode(&bytes);
    let Ok(json) = serde_json::from_str::<Json>(&decoded.text) else { return };
    let list = json.as_array().into_iter().flatten().map(|error| (None, error));
    let map = json.as_object().into_iter().flatten();
    let map = map.map(|(namespace, error)| (Some(namespace.as_str()), error));
    let found: Vec<_> = list.chain(map).collect();
    for (namespace, error) in found {
        let Some(message) = error.as_str() else { continue };
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        let question = Question::list(kind, namespace);
        let unseen = Refusal::of_message(message).unseen(&question);
        let unseen =
            unseen.unwrap_or_else(|| Unseen::new(UnseenKind::Unreachable, &question, message));
        intake.claim(kind, namespace, Claim::Nothing(unseen));
    }
}
