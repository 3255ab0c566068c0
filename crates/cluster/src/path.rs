//! The path that a question is asked at, and which paths may be asked at all.

use evidence::{Kind, ObjectRef, Question};

/// How many objects a page of a list holds, as `kubectl` asks.
pub(crate) const PAGE: usize = 500;

/// The most bytes of a log that are let travel. See [`crate::log`].
pub(crate) const LOG_TRANSPORT: usize = 4 * 1024 * 1024;

/// The path of the API server's version.
pub(crate) const VERSION: &str = "/version";

/// The path of the list of API groups.
pub(crate) const GROUPS: &str = "/apis";

/// The path of one object.
pub(crate) fn object(object: &ObjectRef) -> Option<String> {
    let name = segment(&object.name)?;
    Some(format!("{}/{name}", collection(object.kind, object.namespace.as_deref())?))
}

/// The path of the first page of all objects of a kind.
pub(crate) fn list(kind: Kind, namespace: Option<&str>) -> Option<String> {
    Some(format!("{}?limit={PAGE}", collection(kind, namespace)?))
}

/// The path of the first page of the events about an object. The events of a cluster-wide
/// object may be in any namespace.
pub(crate) fn events_of(object: &ObjectRef) -> Option<String> {
    let selector =
        format!("involvedObject.name={},involvedObject.kind={}", object.name, object.kind);
    segment(&object.name)?;
    let events = collection(Kind::Event, object.namespace.as_deref())?;
    Some(format!("{events}?fieldSelector={}&limit={PAGE}", encode(&selector)))
}

/// The path of the first page of all objects of a kind and name.
pub(crate) fn namesakes(kind: Kind, name: &str) -> Option<String> {
    segment(name)?;
    let selector = encode(&format!("metadata.name={name}"));
    Some(format!("{}?fieldSelector={selector}&limit={PAGE}", collection(kind, None)?))
}

/// The path of the end of a container's log.
pub(crate) fn log(pod: &ObjectRef, container: &str, previous: bool) -> Option<String> {
    Some(format!(
        "{}/log?container={}&previous={previous}&tailLines={}&limitBytes={LOG_TRANSPORT}",
        object(pod)?,
        encode(container),
        Question::LOG_LINES
    ))
}

/// The path of the API server's proxy to a service, to which a path of the service's own is added.
pub(crate) fn service_proxy(namespace: &str, name: &str, port: &str, tls: bool) -> Option<String> {
    let scheme = if tls { "https:" } else { "" };
    let (namespace, name) = (segment(namespace)?, segment(name)?);
    segment(port)?;
    Some(format!("/api/v1/namespaces/{namespace}/services/{scheme}{name}:{port}/proxy"))
}

/// The same list from where the last page ended.
pub(crate) fn next_page(first: &str, token: &str) -> String {
    format!("{first}&continue={}", encode(token))
}

fn collection(kind: Kind, namespace: Option<&str>) -> Option<String> {
    let root = match kind.group() {
        "" => format!("/api/{}", kind.version()),
        group => format!("/apis/{group}/{}", kind.version()),
    };
    match namespace.filter(|_| kind.namespaced()) {
        Some(namespace) => {
            Some(format!("{root}/namespaces/{}/{}", segment(namespace)?, kind.plural()))
        }
        None => Some(format!("{root}/{}", kind.plural())),
    }
}

/// A name as one segment of a path; `None` for what the API server would never admit as a
/// name (`IsValidPathSegmentName`), and for the empty name, whose path would be a list's.
fn segment(name: &str) -> Option<String> {
    let sound = !matches!(name, "" | "." | "..")
        && !name.contains(['/', '%'])
        && !name.contains(char::is_control);
    sound.then(|| encode(name))
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Whether a GET of this path and query reads one of the things that a question can ask for:
/// an object, a list, a log's end, the version, the API groups, alerts or time series. Nothing else
/// is let through, so that neither a watch nor a subresource (`exec`, `attach`, `portforward`, ...) can be reached.
pub(crate) fn is_question(path: &str, query: &str) -> bool {
    let keys = |allowed: &[&str]| {
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .all(|pair| allowed.contains(&pair.split('=').next().unwrap_or_default()))
    };
    if let Some(allowed) = telemetry_keys(path) {
        return keys(allowed);
    }
    if path == VERSION || path == GROUPS {
        return keys(&[]);
    }
    let Some(path) = path.strip_prefix('/') else { return false };
    let segments: Vec<&str> = path.split('/').collect();
    let (group, version, rest) = match segments.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return false,
    };
    let kind = |plural: &str| {
        let wanted = (group, version, plural);
        Kind::ALL.iter().find(|kind| (kind.group(), kind.version(), kind.plural()) == wanted)
    };
    let namespaced = |plural: &str| kind(plural).is_some_and(|kind| kind.namespaced());
    let cluster_wide = |plural: &str| kind(plural).is_some_and(|kind| !kind.namespaced());
    const LIST: &[&str] = &["limit", "continue", "fieldSelector"];
    const LOG: &[&str] = &["container", "previous", "tailLines", "limitBytes"];
    match rest {
        ["namespaces", namespace, "pods", name, "log"] => {
            namespaced("pods") && is_name(namespace) && is_name(name) && keys(LOG)
        }
        ["namespaces", namespace, plural, name] => {
            namespaced(plural) && is_name(namespace) && is_name(name) && keys(&[])
        }
        ["namespaces", namespace, plural] => namespaced(plural) && is_name(namespace) && keys(LIST),
        [plural, name] => cluster_wide(plural) && is_name(name) && keys(&[]),
        [plural] => kind(plural).is_some() && keys(LIST),
        _ => false,
    }
}

/// The query's keys of a read of alerts or time series, asked of the system itself or through the
/// API server's proxy to it; `None` for every other path.
fn telemetry_keys(path: &str) -> Option<&'static [&'static str]> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let own = match segments.as_slice() {
        ["api", "v1", "namespaces", namespace, "services", name, "proxy", own @ ..] => {
            (is_name(namespace) && is_name(name)).then_some(own)?
        }
        own => own,
    };
    match own {
        ["api", "v2", "alerts"] => Some(&["active", "inhibited"]),
        ["api", "v1", "alerts"] => Some(&[]),
        ["api", "v1", "query_range"] => Some(&["query", "start", "end", "step"]),
        _ => None,
    }
}

/// Whether a segment of a path is a name, not a step in the tree of paths.
fn is_name(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    !matches!(lower.as_str(), "" | "." | "..") && !lower.contains("%2f") && !lower.contains("%2e")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_path() -> Vec<String> {
        let mut paths = vec![VERSION.to_owned(), GROUPS.to_owned()];
        for &kind in Kind::ALL {
            let it = ObjectRef::new(kind, Some("shop"), "web-0");
            paths.extend(object(&it));
            paths.extend(list(kind, Some("shop")));
            paths.extend(list(kind, None));
            paths.extend(events_of(&it));
            paths.extend(namesakes(kind, "web-0"));
            paths.extend(namesakes(kind, "web-0").map(|first| next_page(&first, "a+/=&b")));
        }
        let pod = ObjectRef::new(Kind::Pod, Some("shop"), "web-0");
        paths.extend(log(&pod, "server", false));
        paths.extend(log(&pod, "server", true));
        paths
    }

    fn allowed(path: &str) -> bool {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        is_question(path, query)
    }

    #[test]
    fn every_question_has_a_path_and_every_such_path_is_a_question() {
        let paths = every_path();
        assert_eq!(paths.len(), 2 + Kind::ALL.len() * 6 + 2);
        for path in paths {
            assert!(allowed(&path), "{path}");
        }
    }

    #[test]
    fn a_path_names_group_version_namespace_plural_and_name() {
        let it = ObjectRef::new(Kind::Deployment, Some("shop"), "web");
        assert_eq!(object(&it).as_deref(), Some("/apis/apps/v1/namespaces/shop/deployments/web"));
        let node = ObjectRef::new(Kind::Node, Some("shop"), "worker-3");
        assert_eq!(object(&node).as_deref(), Some("/api/v1/nodes/worker-3"));
    }

    #[test]
    fn a_name_that_would_lead_elsewhere_has_no_path() {
        for name in ["", ".", "..", "a/b", "a%2Fb", "../../secrets", "a\nb"] {
            assert_eq!(object(&ObjectRef::new(Kind::Pod, Some("shop"), name)), None, "{name:?}");
            assert_eq!(namesakes(Kind::Pod, name), None, "{name:?}");
        }
        let namespace = ObjectRef {
            kind: Kind::Pod,
            namespace: Some("../kube-system".into()),
            name: "web".into(),
        };
        assert_eq!(object(&namespace), None);
    }

    #[test]
    fn a_name_cannot_add_to_the_query() {
        let it = ObjectRef::new(Kind::Pod, Some("shop"), "web?watch=1&x");
        assert_eq!(
            object(&it).as_deref(),
            Some("/api/v1/namespaces/shop/pods/web%3Fwatch%3D1%26x")
        );
    }

    #[test]
    fn neither_watches_nor_other_subresources_are_questions() {
        for path in [
            "/api/v1/pods?watch=true",
            "/api/v1/pods?limit=500&watch=1",
            "/api/v1/watch/pods",
            "/api/v1/namespaces/shop/pods/web/exec",
            "/api/v1/namespaces/shop/pods/web/attach",
            "/api/v1/namespaces/shop/pods/web/portforward",
            "/api/v1/namespaces/shop/pods/web/proxy",
            "/api/v1/namespaces/shop/pods/web/log/../exec",
            "/api/v1/namespaces/shop/pods/web/log?follow=true",
            "/api/v1/namespaces/shop/services/web/proxy",
            "/api/v1/namespaces/shop/services/web:80/proxy/",
            "/api/v1/namespaces/shop/services/web:80/proxy/api/v1/admin/tsdb/delete_series",
            "/api/v1/namespaces/shop/services/web:80/proxy/api/v2/alerts?x=1",
            "/api/v1/namespaces/shop/services/web:80/proxy/../api/v2/alerts",
            "/api/v1/namespaces/shop/services/../proxy/api/v2/alerts",
            "/api/v1/namespaces/shop/pods/web:80/proxy/api/v2/alerts",
            "/api/v2/silences",
            "/api/v1/nodes/worker/proxy/exec",
            "/api/v1/namespaces/shop/pods/..",
            "/api/v1/namespaces/shop/pods/%2e%2e",
            "/api/v1/namespaces/shop/widgets/web",
            "/apis/apps/v1/namespaces/shop/pods/web/log",
            "/api/v2/namespaces/shop/pods/web/log",
            "/api/v1/pods/web",
            "/api/v1/nodes/",
            "/healthz",
            "/version/",
            "/apis/",
            "/apis?watch=1",
            "",
        ] {
            assert!(!allowed(path), "{path}");
        }
    }

    #[test]
    fn a_pod_may_be_named_as_a_subresource_is() {
        assert!(allowed("/api/v1/namespaces/proxy/pods/exec"));
    }
}
