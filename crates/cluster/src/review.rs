//! What the user itself may do: the one question that is posted.
//!
//! A `SelfSubjectAccessReview` changes nothing and is kept nowhere; the API takes it as a POST
//! because it has a body. The body is made here and nowhere else, from a [`Permission`]: what
//! [`crate::ReadOnly`] sends is this, whatever body the request came with.

use std::sync::Arc;

use evidence::Permission;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::failure::Failure;
use crate::refusal;
use crate::transport::Transport;

/// Where reviews are posted.
pub(crate) const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const API_VERSION: &str = "authorization.k8s.io/v1";
const KIND: &str = "SelfSubjectAccessReview";

/// The most bytes of an answer.
const MOST: usize = 64 * 1024;

/// Whether the user may do something, in the API server's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It may.
    Allowed,
    /// It may not.
    Denied,
    /// The server did not say, for this reason. Never to be read as either.
    Unknown(String),
}

/// The body of a review. There is no other way to make one than [`SelfReview::of`].
#[derive(Clone, Debug)]
pub(crate) struct SelfReview(Arc<[u8]>);

impl SelfReview {
    /// Asks for one permission.
    pub(crate) fn of(permission: &Permission) -> SelfReview {
        let (resource, subresource) =
            permission.resource.split_once('/').unwrap_or((permission.resource, ""));
        let mut wanted = json!({
            "verb": permission.verb, "group": permission.group, "resource": resource,
        });
        if !subresource.is_empty() {
            wanted["subresource"] = json!(subresource);
        }
        if let Some(namespace) = &permission.namespace {
            wanted["namespace"] = json!(namespace);
            // A namespace lies in itself: a Role in it can grant `get` of it, and of no other.
            if permission.resource == "namespaces" {
                wanted["name"] = json!(namespace);
            }
        }
        let review = json!({
            "apiVersion": API_VERSION, "kind": KIND, "spec": { "resourceAttributes": wanted },
        });
        SelfReview(review.to_string().into_bytes().into())
    }

    /// What is sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

#[derive(Deserialize)]
struct Reviewed {
    kind: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    allowed: bool,
}

/// Asks whether the user has a permission.
pub(crate) async fn ask(transport: &Transport, permission: &Permission) -> Grant {
    match allowed(transport, permission).await {
        Ok(true) => Grant::Allowed,
        Ok(false) => Grant::Denied,
        Err(failure) => Grant::Unknown(failure.why),
    }
}

async fn allowed(transport: &Transport, permission: &Permission) -> Result<bool, Failure> {
    let answer = transport.review(&SelfReview::of(permission), MOST).await?;
    if !matches!(answer.status, StatusCode::CREATED | StatusCode::OK) {
        return Err(refusal::of_review(&answer));
    }
    let reviewed: Option<Reviewed> = answer.object();
    let own = |one: &Reviewed| one.kind == KIND && one.api_version == API_VERSION;
    let reviewed = reviewed
        .filter(own)
        .ok_or_else(|| Failure::unreachable("the answer is not a SelfSubjectAccessReview"))?;
    Ok(reviewed.status.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    fn body(resource: &'static str, namespace: Option<&str>) -> Json {
        let namespace = namespace.map(str::to_owned);
        let permission = Permission { verb: "get", group: "", resource, namespace };
        serde_json::from_slice(&SelfReview::of(&permission).bytes()).expect("JSON")
    }

    #[test]
    fn a_review_asks_for_exactly_one_permission() {
        let expected = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": "get", "group": "", "resource": "pods", "subresource": "log", "namespace": "shop",
            }},
        });
        assert_eq!(body("pods/log", Some("shop")), expected);
    }

    #[test]
    fn without_a_namespace_the_whole_cluster_is_asked_for() {
        assert_eq!(body("nodes", None).pointer("/spec/resourceAttributes/namespace"), None);
    }

    #[test]
    fn a_namespace_is_asked_for_by_its_name() {
        let review = body("namespaces", Some("shop"));
        assert_eq!(review.pointer("/spec/resourceAttributes/name"), Some(&json!("shop")));
    }
}
