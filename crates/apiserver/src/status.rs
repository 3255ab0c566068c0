//! The API server's form of a failure.

use http::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::target::Target;
use crate::{Body, text};

/// A `Status` of `v1`.
pub(crate) fn of(code: u16, reason: &str, message: &str, details: Json) -> Response<Body> {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code,
    });
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    text(status, "application/json", body.to_string())
}

/// The `Status` of an object that is not there.
pub(crate) fn not_found(group: &str, plural: &str, name: &str) -> Response<Body> {
    let dot = if group.is_empty() { "" } else { "." };
    let message = format!("{plural}{dot}{group} \"{name}\" not found");
    let mut details = json!({ "name": name, "kind": plural });
    if !group.is_empty() {
        details["group"] = json!(group);
    }
    of(404, "NotFound", &message, details)
}

/// The `Status` of RBAC's refusal.
pub(crate) fn forbidden(target: &Target, user: &str) -> Response<Body> {
    let (verb, group, resource) = (target.verb(), target.group(), target.resource());
    let plural = resource.split('/').next().unwrap_or(resource);
    let name = match target.name() {
        "" => String::new(),
        name => format!(" \"{name}\""),
    };
    let at = match target.namespace() {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let message = format!(
        "{plural}{name} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" \
         in API group \"{group}\" {at}"
    );
    of(403, "Forbidden", &message, json!({ "name": target.name(), "kind": plural }))
}
