//! What a user may do, as a `SelfSubjectAccessReview` is answered: whatever no rule forbids.

use http::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::objects::word;
use crate::{Body, Rule, status, text};

/// Answers a review, with the rules of the server.
pub(crate) fn answer(body: &[u8], rules: &[Rule]) -> Response<Body> {
    let review: Json = serde_json::from_slice(body).unwrap_or_default();
    let is_review = word(&review, "/kind") == "SelfSubjectAccessReview"
        && word(&review, "/apiVersion") == "authorization.k8s.io/v1";
    let Some(wanted) = review.pointer("/spec/resourceAttributes").filter(|_| is_review) else {
        return status::of(400, "BadRequest", "the body is no SelfSubjectAccessReview", json!({}));
    };
    let plural = word(wanted, "/resource");
    let resource = match word(wanted, "/subresource") {
        "" => plural.to_owned(),
        subresource => format!("{plural}/{subresource}"),
    };
    let namespace = Some(word(wanted, "/namespace")).filter(|namespace| !namespace.is_empty());
    let forbidden =
        rules.iter().any(|rule| rule.forbids(word(wanted, "/verb"), &resource, namespace));
    let mut answer = json!({
        "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "metadata": {}, "spec": review["spec"], "status": { "allowed": !forbidden },
    });
    if !forbidden {
        answer["status"]["reason"] = json!("RBAC: allowed by ClusterRoleBinding \"tsg\"");
    }
    text(StatusCode::CREATED, "application/json", answer.to_string())
}
