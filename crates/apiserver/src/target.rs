//! What a path asks for.

use evidence::Kind;
use http::Uri;

/// A request's query, decoded.
pub(crate) type Query = Vec<(String, String)>;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Version,
    /// The list of API groups.
    Groups,
    Get {
        kind: Kind,
        namespace: Option<String>,
        name: String,
    },
    List {
        kind: Kind,
        namespace: Option<String>,
        query: Query,
    },
    Log {
        namespace: String,
        pod: String,
        query: Query,
    },
    /// What the user itself may do.
    Review,
    Unknown,
}

impl Target {
    pub(crate) fn of(uri: &Uri) -> Target {
        let path: Vec<String> = uri.path().trim_start_matches('/').split('/').map(decode).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let (group, version, rest) = match path.as_slice() {
            ["version"] => return Target::Version,
            ["apis"] => return Target::Groups,
            ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] => {
                return Target::Review;
            }
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return Target::Unknown,
        };
        let kind = |plural: &str| {
            let wanted = (group, version, plural);
            let mut kinds = Kind::ALL.iter().copied();
            kinds.find(|kind| (kind.group(), kind.version(), kind.plural()) == wanted)
        };
        let in_namespace = |plural: &str| kind(plural).filter(|kind| kind.namespaced());
        let found = match rest {
            ["namespaces", namespace, "pods", pod, "log"] => Some(Target::Log {
                namespace: (*namespace).to_owned(),
                pod: (*pod).to_owned(),
                query: query(uri),
            }),
            ["namespaces", namespace, plural, name] => in_namespace(plural).map(|kind| {
                Target::Get { kind, namespace: Some((*namespace).into()), name: (*name).into() }
            }),
            ["namespaces", namespace, plural] => in_namespace(plural).map(|kind| Target::List {
                kind,
                namespace: Some((*namespace).to_owned()),
                query: query(uri),
            }),
            [plural, name] => kind(plural)
                .filter(|kind| !kind.namespaced())
                .map(|kind| Target::Get { kind, namespace: None, name: (*name).to_owned() }),
            [plural] => {
                kind(plural).map(|kind| Target::List { kind, namespace: None, query: query(uri) })
            }
            _ => None,
        };
        found.unwrap_or(Target::Unknown)
    }

    /// The verb of RBAC.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Target::List { .. } => "list",
            Target::Review => "create",
            _ => "get",
        }
    }

    /// The group of RBAC.
    pub(crate) fn group(&self) -> &'static str {
        match self {
            Target::Get { kind, .. } | Target::List { kind, .. } => kind.group(),
            Target::Review => "authorization.k8s.io",
            _ => "",
        }
    }

    /// The resource of RBAC, with its subresource.
    pub(crate) fn resource(&self) -> &'static str {
        match self {
            Target::Version => "version",
            Target::Groups => "apis",
            Target::Get { kind, .. } | Target::List { kind, .. } => kind.plural(),
            Target::Log { .. } => "pods/log",
            Target::Review => "selfsubjectaccessreviews",
            Target::Unknown => "",
        }
    }

    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Target::Get { namespace, .. } | Target::List { namespace, .. } => namespace.as_deref(),
            Target::Log { namespace, .. } => Some(namespace),
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Target::Get { name, .. } | Target::Log { pod: name, .. } => name,
            _ => "",
        }
    }
}

/// The value of a key of a query.
pub(crate) fn value<'a>(query: &'a Query, key: &str) -> Option<&'a str> {
    query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

fn query(uri: &Uri) -> Query {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = (first == b'%')
            .then(|| std::str::from_utf8(tail.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(hex.unwrap_or(first));
        rest = if hex.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
