//! What can be asked of a cluster.

use serde::{Deserialize, Serialize};

use crate::{Kind, Object, ObjectRef, Permission, Platform};

/// One question to a cluster, as a value.
///
/// Two tools that ask the same thing ask one question: questions are compared,
/// ordered and used as keys. Nothing that can be written as a question changes a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub enum Question {
    /// The version of the API server.
    Version,
    /// One object.
    Get {
        /// The object asked for.
        object: ObjectRef,
    },
    /// Every object of a kind, in one namespace or (with `None`) in the whole cluster.
    List {
        /// The kind to list.
        kind: Kind,
        /// The namespace, or `None` for all of them and for kinds that have none.
        namespace: Option<String>,
    },
    /// The events about one object, of this and earlier objects of that name.
    EventsOf {
        /// The object that the events regard.
        object: ObjectRef,
    },
    /// Which namespaces hold an object of this kind and name. Only metadata is read,
    /// so that asking where a secret is does not fetch its content.
    Namesakes {
        /// The kind of the objects.
        kind: Kind,
        /// The name that they share.
        name: String,
    },
    /// The end of a container's log.
    Log {
        /// The pod.
        pod: ObjectRef,
        /// The container's name.
        container: String,
        /// The log of the container's previous run instead of the present one.
        previous: bool,
    },
    /// What an image's registry says of it, asked from this machine and not from the node. The
    /// API server is asked only for the pull secrets.
    Registry {
        /// The image, as the pod has it.
        image: String,
        /// The pull secrets to log in with, all of the pod's namespace, in the kubelet's order.
        secrets: Vec<ObjectRef>,
        /// The platform to look for; `None` where the pod does not tell.
        platform: Option<Platform>,
    },
    /// The services of a node's service manager. No API server tells them; a dump may.
    NodeServices {
        /// The node's name.
        node: String,
    },
    /// Which services of a namespace accept connections, as the source's author tried it.
    Reach {
        /// The namespace.
        namespace: String,
    },
    /// The alerts about a namespace that are firing.
    Alerts {
        /// The namespace.
        namespace: String,
    },
    /// The errors that a store of logs found in those of a namespace.
    LoggedErrors {
        /// The namespace.
        namespace: String,
    },
    /// The time series of a namespace's workloads.
    Series {
        /// The namespace.
        namespace: String,
    },
}

impl Question {
    /// The most lines of a log that are asked for.
    pub const LOG_LINES: u32 = 200;
    /// The most bytes of a log that are asked for.
    pub const LOG_BYTES: u32 = 64 * 1024;

    /// Asks for one object.
    pub fn get(kind: Kind, namespace: Option<&str>, name: &str) -> Question {
        Question::Get { object: ObjectRef::new(kind, namespace, name) }
    }

    /// Asks for all objects of a kind in a namespace, or in the cluster.
    pub fn list(kind: Kind, namespace: Option<&str>) -> Question {
        Question::List { kind, namespace: namespace.map(str::to_owned) }
    }

    /// What an API server is asked so that this is answered: the question itself, or, where
    /// another is asked, the pull secrets that it takes.
    pub fn requests(&self) -> Vec<Question> {
        match self {
            Question::Registry { secrets, .. } => {
                let get = |object: &ObjectRef| Question::Get { object: object.clone() };
                secrets.iter().map(get).collect()
            }
            own if own.is_told_elsewhere() => Vec::new(),
            own => vec![own.clone()],
        }
    }

    /// Whether others than an API server tell it.
    pub fn is_told_elsewhere(&self) -> bool {
        matches!(
            self,
            Question::NodeServices { .. }
                | Question::Reach { .. }
                | Question::Alerts { .. }
                | Question::LoggedErrors { .. }
                | Question::Series { .. }
        )
    }

    /// What a user must be allowed to do so that an API server answers;
    /// `None` where every authenticated user may ask.
    pub fn permission(&self) -> Option<Permission> {
        let (verb, resource, group, namespace) = match self {
            Question::Version
            | Question::NodeServices { .. }
            | Question::Reach { .. }
            | Question::Alerts { .. }
            | Question::LoggedErrors { .. }
            | Question::Series { .. } => return None,
            Question::Get { object } => {
                ("get", object.kind.plural(), object.kind.group(), object.namespace.clone())
            }
            Question::List { kind, namespace } => {
                ("list", kind.plural(), kind.group(), namespace.clone())
            }
            Question::EventsOf { object } => {
                ("list", Kind::Event.plural(), "", object.namespace.clone())
            }
            Question::Namesakes { kind, .. } => ("list", kind.plural(), kind.group(), None),
            Question::Log { pod, .. } => ("get", "pods/log", "", pod.namespace.clone()),
            Question::Registry { secrets, .. } => {
                ("get", Kind::Secret.plural(), "", secrets.first()?.namespace.clone())
            }
        };
        Some(Permission { verb, group, resource, namespace })
    }
}

/// What is asked for, as a noun that fits "could not see …": `events of Pod shop/web-0`.
impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Question::Version => write!(f, "the server's version"),
            Question::Get { object } => write!(f, "{object}"),
            Question::List { kind, namespace: Some(namespace) } => {
                write!(f, "{} in {namespace}", kind.plural())
            }
            Question::List { kind, namespace: None } => {
                write!(f, "{} of the cluster", kind.plural())
            }
            Question::EventsOf { object } => write!(f, "events of {object}"),
            Question::Namesakes { kind, name } => {
                write!(f, "{} named {name} in other namespaces", kind.plural())
            }
            Question::Log { pod, container, previous } => {
                let which = if *previous { "previous log" } else { "log" };
                match container.as_str() {
                    Object::UNNAMED => write!(f, "{which} of {pod}"),
                    container => write!(f, "{which} of container {container} in {pod}"),
                }
            }
            Question::Registry { image, .. } => write!(f, "the registry's word on {image}"),
            Question::NodeServices { node } => write!(f, "services of node {node}"),
            Question::Reach { namespace } => write!(f, "connections to services of {namespace}"),
            Question::Alerts { namespace } => write!(f, "alerts about {namespace}"),
            Question::LoggedErrors { namespace } => write!(f, "errors in the logs of {namespace}"),
            Question::Series { namespace } => write!(f, "time series of {namespace}"),
        }
    }
}
