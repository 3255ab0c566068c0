//! Sources to test with: folders that clean up after themselves, archives, objects.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use evidence::{Kind, ObjectRef, Question, Reply, Unseen, UnseenKind};
use serde_json::{Value, json};
use snapshot::{Options, Snapshot};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that is removed when it goes out of scope.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("snapshot-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        for (path, text) in files {
            folder.write(path, text.as_bytes());
        }
        folder
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn open(&self) -> Snapshot {
        Snapshot::open(&self.0, &Options::default()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A tar archive of files.
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

/// One entry with a path that no builder would write.
pub fn raw_entry(path: &str, kind: tar::EntryType, link: &str, text: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(text.len() as u64);
    if !link.is_empty() {
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    }
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend_from_slice(text.as_bytes());
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).unwrap()
}

pub fn read(bytes: &[u8]) -> Snapshot {
    Snapshot::read(bytes, &Options::default()).unwrap()
}

/// An object with the least that an object has.
pub fn object(kind: Kind, namespace: Option<&str>, name: &str) -> Value {
    let mut metadata = json!({ "name": name, "resourceVersion": "7", "creationTimestamp": "2024-05-01T10:00:00Z" });
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    json!({ "apiVersion": kind.api_version(), "kind": kind.name(), "metadata": metadata })
}

pub fn pod(namespace: &str, name: &str) -> Value {
    object(Kind::Pod, Some(namespace), name)
}

/// What `kubectl get` prints for these items.
pub fn list(items: &[Value]) -> String {
    serde_json::to_string_pretty(&json!({
        "apiVersion": "v1", "items": items, "kind": "List", "metadata": { "resourceVersion": "" },
    }))
    .unwrap()
}

/// What the API server serves: a list of that kind, its items without a kind.
pub fn typed_list(kind: Kind, items: &[Value]) -> String {
    let bare = |item: &Value| {
        let mut item = item.clone();
        let object = item.as_object_mut().unwrap();
        object.remove("kind");
        object.remove("apiVersion");
        item
    };
    let items: Vec<Value> = items.iter().map(bare).collect();
    serde_json::to_string_pretty(&json!({
        "kind": format!("{kind}List"), "apiVersion": kind.api_version(),
        "metadata": { "resourceVersion": "99" }, "items": items,
    }))
    .unwrap()
}

/// The names in a list, and why it may not be all.
pub fn listed(
    snapshot: &Snapshot,
    kind: Kind,
    namespace: Option<&str>,
) -> (Vec<String>, Option<UnseenKind>) {
    match snapshot.answer(&Question::list(kind, namespace)) {
        Reply::Objects(listing) => (
            listing.items.iter().map(|item| item.reference().path()).collect(),
            listing.missing.as_ref().map(|unseen| unseen.kind),
        ),
        Reply::Unseen(unseen) => (Vec::new(), Some(unseen.kind)),
        other => panic!("{other:?}"),
    }
}

pub fn get(snapshot: &Snapshot, kind: Kind, namespace: Option<&str>, name: &str) -> Reply {
    snapshot.answer(&Question::get(kind, namespace, name))
}

pub fn log(
    snapshot: &Snapshot,
    pod: &str,
    container: &str,
    previous: bool,
) -> Result<Vec<String>, Option<Unseen>> {
    let pod = ObjectRef::new(Kind::Pod, Some("shop"), pod);
    match snapshot.answer(&Question::Log { pod, container: container.to_owned(), previous }) {
        Reply::Log(log) => Ok(log.lines.clone()),
        Reply::Unseen(unseen) => Err(Some(unseen)),
        Reply::Absent => Err(None),
        other => panic!("{other:?}"),
    }
}

pub fn is_absent(reply: &Reply) -> bool {
    matches!(reply, Reply::Absent)
}

pub fn unseen(reply: &Reply) -> Option<UnseenKind> {
    match reply {
        Reply::Unseen(unseen) => Some(unseen.kind),
        _ => None,
    }
}

/// A transcript, read.
pub fn transcript(text: &str) -> Snapshot {
    read(text.as_bytes())
}

/// The JSON of an object of the namespace `shop`, or of the cluster.
pub fn json_of(snapshot: &Snapshot, kind: Kind, name: &str) -> Value {
    let namespace = kind.namespaced().then_some("shop");
    match snapshot.answer(&Question::get(kind, namespace, name)) {
        Reply::Object(object) => object.json().clone(),
        other => panic!("{other:?}"),
    }
}

/// What stands at a pointer; null where nothing does.
pub fn at<'a>(json: &'a Value, pointer: &str) -> &'a Value {
    json.pointer(pointer).unwrap_or(&Value::Null)
}
