//! What the controller of namespaces says of one that is being deleted: the messages of its
//! conditions, taken apart (pkg/controller/namespace/deletion/status_condition_utils.go).

use crate::workload::refusal::{self, Sort};

/// The conditions that the controller writes, and what each speaks of. It writes all five whenever
/// it has gone through the content, with the status `False` where nothing is the matter.
pub(crate) const CONDITIONS: [(&str, &str); 5] = [
    ("NamespaceDeletionDiscoveryFailure", "discovery"),
    ("NamespaceDeletionGroupVersionParsingFailure", "parsing"),
    ("NamespaceDeletionContentFailure", "content"),
    ("NamespaceContentRemaining", "remaining"),
    ("NamespaceFinalizersRemaining", "finalizers"),
];

/// Those of them that say what the controller could not do.
pub(crate) const FAILURES: [&str; 3] = ["discovery", "parsing", "content"];

/// The groups of `Discovery failed for some groups, 1 failing: unable to retrieve the complete list
/// of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request`
/// (`ErrGroupDiscoveryFailed` of client-go), each with its error.
pub(crate) fn groups(message: &str) -> Vec<(String, String)> {
    let Some((_, list)) = message.split_once("complete list of server APIs: ") else {
        return Vec::new();
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for part in list.split(", ") {
        match part.split_once(": ").filter(|(name, _)| is_group_version(name)) {
            Some((name, error)) => found.push((name.to_owned(), error.to_owned())),
            // The error of a group may have commas of its own.
            None => {
                if let Some((_, error)) = found.last_mut() {
                    error.push_str(", ");
                    error.push_str(part);
                }
            }
        }
    }
    found
}

fn is_group_version(text: &str) -> bool {
    let letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    text.split_once('/').is_some_and(|(group, version)| {
        group.contains('.') && group.bytes().all(letter) && version.starts_with('v')
    })
}

/// The counts of `Some resources are remaining: secrets. has 1 resource instances,
/// ingresses.networking.k8s.io has 2 resource instances`: the resource, without the dot that stands
/// before an empty group.
pub(crate) fn remaining(message: &str) -> Vec<(String, i64)> {
    counts(message, "Some resources are remaining: ", " has ")
        .into_iter()
        .map(|(resource, count)| (resource.trim_end_matches('.').to_owned(), count))
        .collect()
}

/// The counts of `Some content in the namespace has finalizers remaining: example.com/hold in 2
/// resource instances`.
pub(crate) fn finalizers(message: &str) -> Vec<(String, i64)> {
    counts(message, "has finalizers remaining: ", " in ")
}

fn counts(message: &str, before: &str, between: &str) -> Vec<(String, i64)> {
    let list = message.split_once(before).map_or("", |(_, list)| list);
    let one = |part: &str| {
        let (name, rest) = part.split_once(between)?;
        let count = rest.strip_suffix(" resource instances")?;
        Some((name.to_owned(), count.trim().parse().ok()?))
    };
    list.split(", ").filter_map(one).collect()
}

/// Who kept the controller from deleting: an admission webhook that is down or says no, or a policy.
pub(crate) fn refused_by(message: &str) -> Option<(&'static str, Option<String>)> {
    let told = refusal::read(message);
    match told.sort {
        Sort::WebhookDown | Sort::WebhookDenied => Some((told.sort.word(), told.webhook)),
        Sort::PolicyDenied => Some((told.sort.word(), told.policy)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_that_do_not_answer_are_named() {
        let told = groups(
            "Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request, tap.linkerd.io/v1alpha1: stale GroupVersion discovery: tap.linkerd.io/v1alpha1",
        );
        let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["metrics.k8s.io/v1beta1", "tap.linkerd.io/v1alpha1"]);
        assert_eq!(told[0].1, "the server is currently unable to handle the request");
        assert!(groups("dial tcp 10.0.0.1:443: connect: connection refused").is_empty());
    }

    #[test]
    fn what_remains_is_counted() {
        let told = remaining(
            "Some resources are remaining: engines.longhorn.io has 2 resource instances, secrets. has 1 resource instances",
        );
        assert_eq!(told, [("engines.longhorn.io".to_owned(), 2), ("secrets".to_owned(), 1)]);
        let told = finalizers(
            "Some content in the namespace has finalizers remaining: ceph.rook.io/disaster-protection in 1 resource instances",
        );
        assert_eq!(told, [("ceph.rook.io/disaster-protection".to_owned(), 1)]);
    }

    #[test]
    fn a_webhook_that_is_asked_before_anything_is_deleted_is_named() {
        let told = refused_by(
            "Failed to delete all resource types, 1 remaining: Internal error occurred: failed calling webhook \"validator.longhorn.io\": failed to call webhook: Post \"https://longhorn-admission-webhook.longhorn-system.svc:9502/v1/webhook/validation?timeout=10s\": service \"longhorn-admission-webhook\" not found",
        );
        assert_eq!(told, Some(("webhook-down", Some("validator.longhorn.io".to_owned()))));
        let told = refused_by(
            "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: shop for gvr: /v1, Resource=pods",
        );
        assert_eq!(told, None);
    }
}
