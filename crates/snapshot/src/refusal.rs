//! A refusal where an answer should stand: what an API server or kubectl says instead.

use evidence::{Log, Question, Reply, Unseen, UnseenKind};
use serde_json::Value as Json;

/// Why a source has no answer, in the words of whoever refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The object asked for is not there.
    Absent,
    /// RBAC or authentication.
    Denied(String),
    /// Anything else.
    Failed(String),
}

/// How kubectl begins to say, for people, that a list is empty.
const NOTHING_FOUND: &str = "No resources found";

impl Refusal {
    /// A `Status` object, as the API server answers and `kubectl get --raw` prints.
    pub(crate) fn of_status(json: &Json) -> Option<Refusal> {
        let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default();
        if word("kind") != "Status" || word("status") == "Success" {
            return None;
        }
        let message = word("message").to_owned();
        Some(match (word("reason"), json.get("code").and_then(Json::as_i64)) {
            ("Forbidden" | "Unauthorized", _) | (_, Some(401 | 403)) => Refusal::Denied(message),
            // "The server could not find the requested resource" is about the kind, not an object.
            ("NotFound", _) if json.pointer("/details/name").is_some() => Refusal::Absent,
            _ => Refusal::Failed(message),
        })
    }

    /// What kubectl prints on standard error, where that went into the file too.
    pub(crate) fn of_text(text: &str) -> Option<Refusal> {
        let text = text.trim();
        if text.lines().count() > 3 || text.len() > 4_096 {
            return None;
        }
        let known = [
            NOTHING_FOUND,
            "Error from server",
            "error: You must be logged in",
            "Unable to connect to the server",
            "The connection to the server",
            "Request log error: ",
            "Create log request error: ",
        ];
        let is_known = known.iter().any(|start| text.starts_with(start))
            || text.lines().next().is_some_and(Log::is_lost);
        is_known.then(|| Refusal::of_message(text))
    }

    /// An error's message.
    pub(crate) fn of_message(text: &str) -> Refusal {
        let text = text.trim();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if text.starts_with(NOTHING_FOUND) {
            // kubectl says so on standard error, and of which namespace, but not of which kind
            // or selector it was asked.
            Refusal::Failed(format!(
                "kubectl said `{}`, which does not say what it looked for: use `-o json`",
                text.lines().next().unwrap_or_default()
            ))
        } else if is_no_log(text) {
            Refusal::Absent
        } else if has(&["forbidden", "Forbidden", "Unauthorized", "You must be logged in"]) {
            Refusal::Denied(text.to_owned())
        } else {
            Refusal::Failed(text.to_owned())
        }
    }

    /// What kubectl said for people in the place of an empty list.
    pub(crate) fn said_nothing(&self) -> Option<&str> {
        match self {
            Refusal::Failed(why) if why.contains(NOTHING_FOUND) => Some(why),
            _ => None,
        }
    }

    /// The reason for not knowing `what`; `None` where the refusal is that it is not there.
    pub(crate) fn unseen(&self, what: impl ToString) -> Option<Unseen> {
        let (kind, why) = match self {
            Refusal::Absent => return None,
            Refusal::Denied(why) => (UnseenKind::Denied, why),
            Refusal::Failed(why) => (UnseenKind::Unreachable, why),
        };
        let why = if why.is_empty() { "no reason was given" } else { why };
        Some(Unseen::new(kind, what, evidence::redact::text(why)))
    }

    /// The reply to a question about one thing.
    pub(crate) fn reply(&self, question: &Question) -> Reply {
        self.unseen(question).map_or(Reply::Absent, Reply::Unseen)
    }
}

/// Whether an error says that a container has no such log: it has not started, it had no earlier
/// run (`validateContainerLogStatus`, pkg/kubelet/kubelet_pods.go), or it has no node yet
/// (pkg/registry/core/pod/strategy.go).
fn is_no_log(text: &str) -> bool {
    let of_container = text.contains("container \"") && !text.contains('\n');
    of_container && (text.contains("\" is waiting to start") || text.ends_with("\" is terminated"))
        || text.contains("previous terminated container") && text.ends_with("not found")
        || text.contains("pod ") && text.ends_with(" does not have a host assigned")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_forbidden_list_is_denied_in_every_form() {
        let message = "pods is forbidden: User \"jo\" cannot list resource \"pods\"";
        let status = json!({ "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": message });
        assert_eq!(Refusal::of_status(&status), Some(Refusal::Denied(message.into())));
        let printed = format!("Error from server (Forbidden): {message}\n");
        assert!(matches!(Refusal::of_text(&printed), Some(Refusal::Denied(_))));
        assert_eq!(Refusal::of_message(message), Refusal::Denied(message.into()));
    }

    #[test]
    fn only_a_named_object_can_be_said_to_be_absent() {
        let named = json!({ "kind": "Status", "reason": "NotFound", "code": 404, "details": { "name": "web-0", "kind": "pods" } });
        assert_eq!(Refusal::of_status(&named), Some(Refusal::Absent));
        let kind = json!({ "kind": "Status", "reason": "NotFound", "code": 404, "message": "the server could not find the requested resource" });
        assert!(matches!(Refusal::of_status(&kind), Some(Refusal::Failed(_))));
    }

    #[test]
    fn a_log_that_speaks_of_errors_is_a_log() {
        let log = "Error from server upstream\nretrying\nretrying\nretrying\n";
        assert_eq!(Refusal::of_text(log), None);
        assert_eq!(Refusal::of_text("listening on :8080\n"), None);
        assert_eq!(
            Refusal::of_text(
                "Error from server (BadRequest): previous terminated container \"web\" in pod \"web-0\" not found"
            ),
            Some(Refusal::Absent)
        );
    }
}
