//! Events, in either form that the API serves.

use serde_json::Value as Json;

use crate::{Kind, Object, ObjectRef, Time};

/// An event of `v1` or `events.k8s.io/v1`, in one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event object's own name.
    pub name: String,
    /// The object that the event is about.
    pub regarding: ObjectRef,
    /// The uid of that object, where the event carries it: a StatefulSet's pod
    /// keeps its name over several lives, and old events tell of old lives.
    pub regarding_uid: Option<String>,
    /// Another object that has to do with it: the pod for which a scheduler ended this one.
    pub related: Option<ObjectRef>,
    /// The part of the object, such as `spec.containers{server}`.
    pub field_path: Option<String>,
    /// `Normal` or `Warning`.
    pub kind: String,
    /// A word such as `Failed`.
    pub reason: String,
    /// The sentence; the API server refuses more than 1,024 bytes (`NoteLengthLimit`,
    /// pkg/apis/core/validation/events.go), so longer ones arrive cut or not at all.
    pub message: String,
    /// When it was first seen.
    pub first_seen: Option<Time>,
    /// When it was last seen.
    pub last_seen: Option<Time>,
    /// How often it was seen; at least 1.
    pub count: i64,
    /// Who says so, such as `kubelet`.
    pub component: Option<String>,
    /// The node of the component, where it is given.
    pub host: Option<String>,
}

impl Event {
    /// The API server's limit for an event's message, in bytes.
    pub const MESSAGE_LIMIT: usize = 1024;

    /// Whether the event may be about this very object and not about an earlier one of its name: a
    /// uid that either of them lacks proves nothing.
    pub fn may_be_of(&self, object: &Object) -> bool {
        let uid = self.regarding_uid.as_deref();
        self.regarding == *object.reference()
            && uid.is_none_or(|uid| object.uid().is_none_or(|own| own == uid))
    }

    /// Reads an event object.
    pub(crate) fn read(object: &Object) -> Option<Event> {
        let json = object.json();
        let regarding = json.get("involvedObject").or_else(|| json.get("regarding"))?;
        let word = |from: &Json, key: &str| from.get(key).and_then(Json::as_str).map(str::to_owned);
        let source = json.get("source").or_else(|| json.get("deprecatedSource"));
        let series = json.get("series");
        let number = |pointer: &str| crate::at(json, pointer).and_then(Json::as_i64);
        let time = |pointer: &str| object.time(pointer);
        Some(Event {
            name: object.reference().name.clone(),
            regarding: referred(regarding)?,
            related: json.get("related").and_then(referred),
            regarding_uid: word(regarding, "uid").filter(|uid| !uid.is_empty()),
            field_path: word(regarding, "fieldPath"),
            kind: word(json, "type").unwrap_or_default(),
            reason: word(json, "reason").unwrap_or_default(),
            message: word(json, "message").or_else(|| word(json, "note")).unwrap_or_default(),
            first_seen: time("/firstTimestamp")
                .or_else(|| time("/deprecatedFirstTimestamp"))
                .or_else(|| time("/eventTime"))
                .or_else(|| object.created()),
            last_seen: series
                .and_then(|_| time("/series/lastObservedTime"))
                .or_else(|| time("/lastTimestamp"))
                .or_else(|| time("/deprecatedLastTimestamp"))
                .or_else(|| time("/eventTime"))
                .or_else(|| object.created()),
            count: number("/series/count")
                .or_else(|| number("/count"))
                .or_else(|| number("/deprecatedCount"))
                .unwrap_or(1)
                .max(1),
            component: source
                .and_then(|source| word(source, "component"))
                .or_else(|| word(json, "reportingComponent"))
                .or_else(|| word(json, "reportingController")),
            host: source.and_then(|source| word(source, "host")),
        })
    }

    /// The image that its message names in quotes.
    pub fn image(&self) -> Option<&str> {
        Event::image_named(&self.message)
    }

    /// The image that a message of the kubelet names in quotes: `Pulling image "web:1.2"`.
    pub fn image_named(message: &str) -> Option<&str> {
        let (_, rest) = message.split_once("mage \"")?;
        let (image, _) = rest.split_once('"')?;
        (!image.is_empty()).then_some(image)
    }

    /// The container that the event is about, by its field path
    /// (`spec.initContainers{fetch}`, pkg/kubelet/container/ref.go).
    pub fn container(&self) -> Option<&str> {
        let path = self.field_path.as_deref()?;
        let (_, rest) = path.split_once('{')?;
        rest.strip_suffix('}')
    }
}

/// The object that a reference of an event names.
fn referred(reference: &Json) -> Option<ObjectRef> {
    let word = |key: &str| reference.get(key).and_then(Json::as_str);
    let kind = match word("apiVersion").filter(|version| !version.is_empty()) {
        Some(version) => Kind::of(version, word("kind")?)?,
        None => Kind::parse(word("kind")?)?,
    };
    Some(ObjectRef::new(kind, word("namespace"), word("name")?))
}
