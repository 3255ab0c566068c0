//! Objects, and the names by which they are asked for.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::{Event, Kind, Known, Seal, Time, Unseen, UnseenKind, redact, seal};

/// The place of a JSON pointer as field paths are written.
///
/// ```
/// assert_eq!(evidence::field_path("/status/conditions/1/message"), "status.conditions[1].message");
/// ```
pub fn field_path(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(_) => path.push_str(&format!("[{step}]")),
            Err(_) if path.is_empty() => path.push_str(step),
            Err(_) => path.push_str(&format!(".{step}")),
        }
    }
    path
}

/// The JSON pointer of a place that is written as a field path: the reverse of [`field_path`].
///
/// ```
/// assert_eq!(evidence::pointer("spec.containers[0].image"), "/spec/containers/0/image");
/// ```
pub fn pointer(field_path: &str) -> String {
    format!("/{}", field_path.replace(['.', '['], "/").replace(']', ""))
}

/// The name of an object: kind, namespace where it has one, and name.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct ObjectRef {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for cluster-wide kinds.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// Names an object. The namespace of a cluster-wide kind is dropped.
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> ObjectRef {
        let namespace = namespace.filter(|namespace| kind.namespaced() && !namespace.is_empty());
        ObjectRef { kind, namespace: namespace.map(str::to_owned), name: name.to_owned() }
    }

    /// `shop/web-0`, or `worker-3` for a cluster-wide kind.
    pub fn path(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// `Pod shop/web-0`.
impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.path())
    }
}

/// A Kubernetes object, redacted, with the values of a secret sealed away.
#[derive(Clone, Debug)]
pub struct Object {
    reference: ObjectRef,
    json: Json,
    event: OnceLock<Option<Box<Event>>>,
    controller: OnceLock<Option<Box<ObjectRef>>>,
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.reference == other.reference && self.json == other.json
    }
}

/// Why a JSON value is not an object that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inadmissible {
    /// It is not a JSON object with `kind` and `metadata.name`.
    #[error("not a Kubernetes object: it has no {0}")]
    Shapeless(&'static str),
    /// It is an object of a kind that no tool reads.
    #[error("an object of kind {kind} ({api_version}), which no tool reads")]
    OtherKind {
        /// Its `kind`.
        kind: String,
        /// Its `apiVersion`.
        api_version: String,
    },
}

impl Object {
    /// The field that names what the source of an object does not show: JSON pointers with a
    /// space between them, in which `*` stands for any name or index. A place with `!` behind it
    /// holds a bound in the stead of the value: a row says that a pod is being deleted, and not
    /// since when.
    pub const UNSHOWN: &str = "tsg.dev/unshown";

    /// The name of a container of which a source shows everything but its name. No container can be
    /// called so (RFC 1123), and where a command wants it, it is for a person to fill in.
    pub const UNNAMED: &str = "<container>";

    /// Lets an object in: checks its shape, drops what nobody reads (`managedFields`,
    /// the copy of itself in `last-applied-configuration`), redacts its texts and seals
    /// a secret's values. There is no other way to make one.
    pub fn admit(json: Json) -> Result<Object, Inadmissible> {
        let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (kind, api_version) = (word("kind"), word("apiVersion"));
        if kind.is_empty() {
            return Err(Inadmissible::Shapeless("kind"));
        }
        let Some(known) = Kind::of(&api_version, &kind) else {
            return Err(Inadmissible::OtherKind { kind, api_version });
        };
        Object::admit_as(known, json)
    }

    /// Lets in an item of a list, which the API serves without `kind` and `apiVersion`.
    /// An item that names another kind than the list's is refused.
    pub fn admit_as(kind: Kind, mut json: Json) -> Result<Object, Inadmissible> {
        let said = json.get("kind").and_then(Json::as_str).unwrap_or_default();
        let version = json.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
        let is_other = (!said.is_empty() && said != kind.name())
            || (!version.is_empty() && Kind::of(version, kind.name()) != Some(kind));
        if is_other {
            return Err(Inadmissible::OtherKind {
                kind: said.to_owned(),
                api_version: version.to_owned(),
            });
        }
        let name = at(&json, "/metadata/name").and_then(Json::as_str);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(Inadmissible::Shapeless("metadata.name"));
        };
        let namespace = at(&json, "/metadata/namespace").and_then(Json::as_str);
        let namespace = match namespace {
            None if kind.namespaced() => Some("default"),
            other => other,
        };
        let reference = ObjectRef::new(kind, namespace, name);
        if kind == Kind::Secret {
            seal::seal(&mut json);
        }
        redact::object(kind, &mut json);
        if let Some(object) = json.as_object_mut() {
            object.insert("kind".into(), kind.name().into());
            object.entry("apiVersion").or_insert_with(|| kind.api_version().into());
        }
        Ok(Object { reference, json, event: OnceLock::new(), controller: OnceLock::new() })
    }

    /// The object's name.
    pub fn reference(&self) -> &ObjectRef {
        &self.reference
    }

    /// The object as the API serves it, redacted.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// What stands at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Json> {
        at(&self.json, pointer)
    }

    /// Whether the source would show what stands at a JSON pointer. The page of `kubectl describe`
    /// does not print affinity, so that a pod without one, read from there, is not known to have
    /// none. What is there is shown.
    ///
    /// ```
    /// use evidence::Object;
    /// use serde_json::json;
    /// let pod = Object::admit(json!({
    ///     "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web-0" },
    ///     "tsg.dev/unshown": "/spec/affinity /spec/containers/*/lifecycle",
    /// }))?;
    /// assert!(!pod.is_shown("/spec/affinity/podAntiAffinity"));
    /// assert!(!pod.is_shown("/spec/containers/0/lifecycle"));
    /// assert!(pod.is_shown("/spec/nodeSelector"));
    /// # Ok::<(), evidence::Inadmissible>(())
    /// ```
    pub fn is_shown(&self, pointer: &str) -> bool {
        let Some(unshown) = self.json.get(Object::UNSHOWN).and_then(Json::as_str) else {
            return true;
        };
        let told = self.at(pointer).is_some();
        if told && !unshown.contains('!') {
            return true;
        }
        let pointer = pointer.as_bytes();
        let mut places = unshown.as_bytes().split(|byte| *byte == b' ');
        !places.any(|place| match place.strip_suffix(b"!") {
            Some(bound) => bound == pointer,
            None => !told && is_under(pointer, place),
        })
    }

    /// The place of the time at which it should be gone, the grace period included.
    pub const DUE: &str = "/metadata/deletionTimestamp";

    /// For how many seconds it has had longer to go than it was given: negative while it has time,
    /// none where it is not being deleted, unknown where its source does not show since when it is.
    pub fn overdue_seconds(&self, now: Time) -> Known<Option<i64>> {
        match self.is_shown(Object::DUE) {
            true => {
                Known::Seen(self.time(Object::DUE).map(|due| now.duration_since(due).as_secs()))
            }
            false => Known::Unknown(self.unshown(Object::DUE)),
        }
    }

    /// Why nothing is known of a place that [`Object::is_shown`] denies.
    pub fn unshown(&self, pointer: &str) -> Unseen {
        let what = format!("{} of {}", field_path(pointer), self.reference);
        let why = "only a row or a page of kubectl was captured; `kubectl get -o yaml` shows it";
        Unseen::new(UnseenKind::NotShown, what, why)
    }

    /// The object read as an event, once; `None` when it regards nothing that has a known kind
    /// and a name.
    pub fn event(&self) -> Option<&Event> {
        self.event.get_or_init(|| Event::read(self).map(Box::new)).as_deref()
    }

    /// What may be known of a secret's content; `None` for other kinds.
    pub fn seal(&self) -> Option<Seal> {
        seal::read(&self.json)
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer).and_then(Json::as_str)
    }

    /// The number at a JSON pointer.
    pub fn int(&self, pointer: &str) -> Option<i64> {
        self.at(pointer).and_then(Json::as_i64)
    }

    /// The truth value at a JSON pointer.
    pub fn bool(&self, pointer: &str) -> Option<bool> {
        self.at(pointer).and_then(Json::as_bool)
    }

    /// The time at a JSON pointer; `None` also for a text that is no RFC 3339 time.
    pub fn time(&self, pointer: &str) -> Option<Time> {
        self.text(pointer)?.parse().ok()
    }

    /// The items of the list at a JSON pointer; none where there is no list.
    pub fn items(&self, pointer: &str) -> &[Json] {
        self.at(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> Option<&str> {
        self.text("/metadata/uid")
    }

    /// `metadata.resourceVersion`.
    pub fn resource_version(&self) -> Option<&str> {
        self.text("/metadata/resourceVersion")
    }

    /// `metadata.creationTimestamp`.
    pub fn created(&self) -> Option<Time> {
        self.time("/metadata/creationTimestamp")
    }

    /// A label's value.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.json.get("metadata")?.get("labels")?.get(name)?.as_str()
    }

    /// An annotation's value.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.json.get("metadata")?.get("annotations")?.get(name)?.as_str()
    }

    /// The owner that controls this object, by `metadata.ownerReferences`, as a known kind.
    pub fn controller(&self) -> Option<ObjectRef> {
        let read = || {
            let owner = self
                .items("/metadata/ownerReferences")
                .iter()
                .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true))?;
            let word = |key: &str| owner.get(key).and_then(Json::as_str);
            let kind = Kind::of(word("apiVersion")?, word("kind")?)?;
            let namespace = self.reference.namespace.as_deref();
            Some(Box::new(ObjectRef::new(kind, namespace, word("name")?)))
        };
        self.controller.get_or_init(read).as_deref().cloned()
    }

    /// The workload that a person would name: the controller, except that a ReplicaSet made by
    /// a Deployment stands for the Deployment, and an object that nobody controls for itself.
    ///
    /// The Deployment controller names a ReplicaSet after itself and the value of the label
    /// `pod-template-hash` (pkg/controller/deployment/sync.go), so its name is read off the pod
    /// without a further question.
    pub fn workload(&self) -> ObjectRef {
        let Some(owner) = self.controller() else {
            return self.reference.clone();
        };
        let deployment = (owner.kind == Kind::ReplicaSet)
            .then(|| self.label("pod-template-hash"))
            .flatten()
            .and_then(|hash| owner.name.strip_suffix(hash)?.strip_suffix('-'));
        match deployment {
            Some(name) if !name.is_empty() => {
                ObjectRef::new(Kind::Deployment, owner.namespace.as_deref(), name)
            }
            _ => owner,
        }
    }
}

/// What stands at a JSON pointer, as [`Json::pointer`] finds it, without memory of its own: signals
/// look at thousands of places.
///
/// ```
/// let pod = serde_json::json!({ "metadata": { "labels": { "a/b": "c" } }, "list": [1] });
/// let places = ["", "/", "/list", "/list/0", "/list/1", "/list/00", "/list/"];
/// for pointer in places.into_iter().chain(["list", "/metadata/labels/a~1b"]) {
///     assert_eq!(evidence::at(&pod, pointer), pod.pointer(pointer), "{pointer}");
/// }
/// ```
pub fn at<'j>(json: &'j Json, pointer: &str) -> Option<&'j Json> {
    let (mut json, mut rest) = (json, pointer);
    // Bytes are looked at one by one: tokens are too short for a search to pay.
    while let Some(path) = rest.strip_prefix('/') {
        let end = path.bytes().position(|byte| matches!(byte, b'/' | b'~')).unwrap_or(path.len());
        if path.as_bytes().get(end) == Some(&b'~') {
            return json.pointer(rest);
        }
        let (token, after) = path.split_at(end);
        json = match json {
            Json::Object(fields) => fields.get(token)?,
            Json::Array(items) => {
                let is_index = !token.starts_with('+') && (token == "0" || !token.starts_with('0'));
                items.get(token.parse::<usize>().ok().filter(|_| is_index)?)?
            }
            _ => return None,
        };
        rest = after;
    }
    rest.is_empty().then_some(json)
}

/// Whether a JSON pointer leads to a place or to something within it.
fn is_under(pointer: &[u8], place: &[u8]) -> bool {
    let steps = |path| <[u8]>::split(path, |byte| *byte == b'/');
    let mut own = steps(pointer);
    steps(place).all(|wanted| own.next().is_some_and(|step| wanted == b"*" || wanted == step))
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::admit(Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
