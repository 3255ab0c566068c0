//! Where a fact was read.

use std::sync::Arc;

use serde::Serialize;

use crate::{Object, ObjectRef, Time};

/// The place that a fact was read from, exact enough to be checked with one `kubectl` command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Source {
    /// What sort of place it is.
    pub origin: Origin,
    /// The object read; for an event, the object that it regards; for a registry, the pod.
    pub object: ObjectRef,
    /// The field path in the object, the reason of an event, the container of a log, or the
    /// registry and what was tried of it.
    pub path: String,
    /// When what is quoted happened or was last seen, by the cluster's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// `resourceVersion` of the object, or the name of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How often it was seen, where the source counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The words of the source. Without them the fact's own name and value are quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Arc<str>>,
}

/// The sorts of place that facts are read from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A field of an object.
    Field,
    /// An event.
    Event,
    /// A line of a log.
    Log,
    /// The answer that something is not there.
    Absence,
    /// The answer of an image's registry, to the machine that asks and not to the node.
    Registry,
    /// What others than the API server tell: a service manager, an alert, a time series.
    Telemetry,
}

impl Source {
    /// A field, or a part, of an object.
    pub fn field(object: &Object, path: impl Into<String>) -> Source {
        Source {
            origin: Origin::Field,
            object: object.reference().clone(),
            path: path.into(),
            time: None,
            revision: object.resource_version().map(str::to_owned),
            count: None,
            quote: None,
        }
    }

    /// The answer that an object is not there.
    pub fn absence(object: ObjectRef) -> Source {
        let quote = Some(format!("{object} does not exist").into());
        Source {
            origin: Origin::Absence,
            object,
            path: String::new(),
            time: None,
            revision: None,
            count: None,
            quote,
        }
    }

    /// An event.
    pub fn event(event: &crate::Event) -> Source {
        Source {
            origin: Origin::Event,
            object: event.regarding.clone(),
            path: event.reason.clone(),
            time: event.last_seen,
            revision: Some(event.name.clone()),
            count: Some(event.count),
            quote: Some(event.message.as_str().into()),
        }
    }

    /// A container's log, of its present run or of the one before. The only container of a pod of
    /// which nothing shows the name needs none.
    pub fn log(pod: ObjectRef, container: impl Into<String>, previous: bool) -> Source {
        let path = Some(container.into()).filter(|name| name != Object::UNNAMED);
        Source {
            origin: Origin::Log,
            object: pod,
            path: path.unwrap_or_default(),
            time: None,
            revision: previous.then(|| "previous".to_owned()),
            count: None,
            quote: None,
        }
    }

    /// What a registry answered this machine about an image of an object.
    pub fn registry(object: ObjectRef, path: impl Into<String>, words: &str) -> Source {
        let quote = Some(words.into());
        let origin = Origin::Registry;
        let path = path.into();
        Source { origin, object, path, time: None, revision: None, count: None, quote }
    }

    /// The same place, with the words that stand there.
    pub fn quoting(mut self, quote: impl Into<Arc<str>>) -> Source {
        self.quote = Some(quote.into());
        self
    }

    /// The same place, with the time that is told there.
    pub fn at(mut self, time: Option<Time>) -> Source {
        self.time = time;
        self
    }
}
