//! What `oc adm must-gather` and `oc adm inspect` write (openshift/oc, pkg/cli/admin/inspect).
//!
//! Below `<image>/`, or at the top for `inspect`:
//!
//! - `namespaces/<ns>/<group>/<resource>.yaml`: the complete list, as it was asked without a
//!   selector; the core group is `core`.
//! - `namespaces/<ns>/<group>/<resource>/<name>.yaml`, `cluster-scoped-resources/<group>/<resource>/<name>.yaml`,
//!   `namespaces/<ns>/<ns>.yaml`, `namespaces/<ns>/pods/<pod>/<pod>.yaml`: single objects, which
//!   prove nothing about others. Nodes come so.
//! - `namespaces/<ns>/pods/<pod>/<container>/<container>/logs/{current,previous}[.insecure].log`,
//!   each line after its time.
//! - `timestamp`, beside the images: when it was made.
//!
//! Only some namespaces are gathered. The values of secrets are replaced by their lengths
//! (`elideSecret`, pkg/cli/admin/inspect/secret.go), so nothing can be said of their content.

use base64::Engine;
use evidence::{Kind, ObjectRef};
use serde_json::Value as Json;

use crate::SnapshotError;
use crate::intake::Intake;
use crate::layout::{Entry, stem};
use crate::layouts::plain_folder;
use crate::logs::{LogForm, LogKey, LogPlace};
use crate::tree::Branch;
use crate::withheld;

pub(crate) const ENTRY: Entry = Entry {
    name: "must-gather",
    description: "an OpenShift must-gather or `oc adm inspect` tree: namespaces/<ns>/core/pods.yaml, cluster-scoped-resources/…",
    holder: "this must-gather",
    recognises,
    load,
};

const NAMESPACES: &str = "namespaces/";
const CLUSTER: &str = "cluster-scoped-resources/";
/// How deep the folder of an image may lie.
const IMAGE_DEPTH: usize = 2;

fn recognises(branch: &Branch<'_>) -> bool {
    branch.files().any(|path| !matches!(place(path), Place::Nothing | Place::Timestamp))
}

#[derive(Debug, PartialEq)]
enum Place {
    List(Kind, Option<String>),
    Object(ObjectRef),
    Log(LogKey),
    Timestamp,
    Nothing,
}

fn place(path: &str) -> Place {
    if path.rsplit('/').next() == Some("timestamp") && path.split('/').count() <= IMAGE_DEPTH + 1 {
        return Place::Timestamp;
    }
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    for start in starts.take(IMAGE_DEPTH + 1) {
        let found = match &path[start..] {
            rest if rest.starts_with(NAMESPACES) => namespaced(&rest[NAMESPACES.len()..]),
            rest if rest.starts_with(CLUSTER) => cluster_wide(&rest[CLUSTER.len()..]),
            _ => continue,
        };
        return found.unwrap_or(Place::Nothing);
    }
    Place::Nothing
}

fn namespaced(path: &str) -> Option<Place> {
    let parts: Vec<&str> = path.split('/').collect();
    let pod = |namespace: &&str, name: &&str| ObjectRef::new(Kind::Pod, Some(namespace), name);
    Some(match parts.as_slice() {
        [namespace, file] if stem(file) == Some(namespace) => {
            Place::Object(ObjectRef::new(Kind::Namespace, None, namespace))
        }
        [namespace, "pods", name, file] if stem(file) == Some(name) => {
            Place::Object(pod(namespace, name))
        }
        [namespace, "pods", name, container, _, "logs", file] => {
            let previous = file.starts_with("previous.");
            if !previous && !file.starts_with("current.") {
                return None;
            }
            let container = Some((*container).to_owned());
            Place::Log(LogKey { pod: pod(namespace, name), container, previous })
        }
        [namespace, group, file] => {
            Place::List(kind(group, stem(file)?)?, Some((*namespace).to_owned()))
        }
        [namespace, group, resource, file] => {
            let kind = kind(group, resource)?;
            Place::Object(ObjectRef::new(kind, Some(namespace), stem(file)?))
        }
        _ => return None,
    })
}

fn cluster_wide(path: &str) -> Option<Place> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [group, file] => Some(Place::List(kind(group, stem(file)?)?, None)),
        [group, resource, file] => {
            let kind = kind(group, resource)?;
            Some(Place::Object(ObjectRef::new(kind, None, stem(file)?)))
        }
        _ => None,
    }
}

fn kind(group: &str, resource: &str) -> Option<Kind> {
    match group {
        "core" => plain_folder::resource(resource).filter(|kind| kind.group().is_empty()),
        group => plain_folder::resource(&format!("{resource}.{group}")),
    }
}

fn load(branch: &Branch<'_>, intake: &mut Intake) -> Result<(), SnapshotError> {
    intake.mend = |kind, json| {
        if kind == Kind::Secret {
            elide(json);
        }
    };
    for path in branch.files() {
        match place(path) {
            Place::List(kind, namespace) => {
                intake.complete_list(branch, path, kind, namespace.as_deref());
            }
            Place::Object(object) => intake.single(branch, path, Some(&object)),
            Place::Log(key) => {
                let place = LogPlace { path: branch.full(path), form: LogForm::Stamped };
                // The insecure log is a second attempt; where the first was made, it stands.
                if !path.ends_with(".insecure.log") || !intake.logs.contains_key(&key) {
                    intake.logs.insert(key, place);
                }
            }
            Place::Timestamp => plain_folder::timestamp(branch, path, intake),
            Place::Nothing => {}
        }
    }
    Ok(())
}

/// Takes the replaced values out, so that they are not judged as if they were the secret's own.
fn elide(json: &mut Json) {
    let keys = json.get("data").and_then(Json::as_object).into_iter().flatten();
    let keys = keys.map(|(key, value)| (key.clone(), length(value))).collect();
    withheld::seal(json, keys, "the must-gather holds lengths in the place of its values");
}

/// The length of a value: that which stands in its place (base64 of `12 bytes long`), or, for
/// the certificates that are left as they are, its own.
fn length(value: &Json) -> Option<usize> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str()?).ok()?;
    let said = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix(" bytes long"));
    said.map_or(Some(bytes.len()), |length| length.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_what_inspect_writes_there() {
        let list = |kind, namespace: Option<&str>| Place::List(kind, namespace.map(str::to_owned));
        let object = |kind, namespace, name| Place::Object(ObjectRef::new(kind, namespace, name));
        for (path, expected) in [
            ("quay-io-x/namespaces/shop/core/pods.yaml", list(Kind::Pod, Some("shop"))),
            ("namespaces/shop/apps/replicasets.yaml", list(Kind::ReplicaSet, Some("shop"))),
            ("a/b/namespaces/shop/shop.yaml", object(Kind::Namespace, None, "shop")),
            ("namespaces/shop/pods/web-0/web-0.yaml", object(Kind::Pod, Some("shop"), "web-0")),
            ("cluster-scoped-resources/core/nodes/n1.yaml", object(Kind::Node, None, "n1")),
            (
                "namespaces/shop/apps/deployments/web.yaml",
                object(Kind::Deployment, Some("shop"), "web"),
            ),
            (
                "cluster-scoped-resources/core/persistentvolumes.yaml",
                list(Kind::PersistentVolume, None),
            ),
            ("x/timestamp", Place::Timestamp),
            ("x/event-filter.html", Place::Nothing),
            ("namespaces/shop/route.openshift.io/routes.yaml", Place::Nothing),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }
}
