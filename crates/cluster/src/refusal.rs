//! What an answer other than 200 means.
//!
//! The one rule that matters: only the API server may say that something is not there, and
//! only of what it was asked. A 404 comes as well from a load balancer with no backend, from
//! a proxy, from an API server that does not serve the resource, and from a kubelet.

use evidence::{Kind, ObjectRef, Question};
use http::StatusCode;
use serde::Deserialize;

use crate::failure::{Failure, brief};
use crate::telemetry::Site;
use crate::transport::Answer;

/// The API server's own words for a failure: `Status` of `v1`.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    kind: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    group: String,
}

impl Status {
    /// The status in an answer; `None` where the answer is not an API server's failure.
    pub(crate) fn of(answer: &Answer) -> Option<Status> {
        let status: Status = answer.object()?;
        let sound = status.kind == "Status"
            && status.api_version == "v1"
            && status.status == "Failure"
            && status.reason.len() <= 40
            && status.reason.bytes().all(|byte| byte.is_ascii_alphabetic());
        sound.then_some(status)
    }

    /// The user that a refusal names: `… is forbidden: User "jane" cannot list …`.
    fn user(&self) -> Option<String> {
        let (_, rest) = self.message.split_once("User \"")?;
        let (user, _) = rest.split_once('"')?;
        (!user.is_empty()).then(|| brief(user))
    }
}

/// Whether an answer is the API server's word that this very object is not there.
pub(crate) fn is_absence(object: &ObjectRef, answer: &Answer) -> bool {
    if answer.status != StatusCode::NOT_FOUND {
        return false;
    }
    let Some(Status { reason, details: Some(details), .. }) = Status::of(answer) else {
        return false;
    };
    reason == "NotFound"
        && details.name == object.name
        && details.kind == object.kind.plural()
        && details.group == object.kind.group()
}

/// Why a question was not answered, by an answer that is neither 200 nor an absence.
pub(crate) fn of(question: &Question, answer: &Answer) -> Failure {
    // A group that nobody registered is answered by no Status, but by a bare 404.
    if answer.status == StatusCode::NOT_FOUND
        && Status::of(answer).is_none()
        && let Some(kind) = kind_of(question)
        && let Some(add_on) = kind.add_on()
    {
        let version = kind.api_version();
        // Whether the API of a custom kind is served, the list of groups says.
        return Failure::unreachable(match kind.is_custom() {
            true => format!(
                "the server has no {} in {version}, or the answer is not its own",
                kind.plural()
            ),
            false => format!("the server does not serve {version}: {add_on} is not installed"),
        });
    }
    of_answer(answer, |status| forbidden(question, status), |status| not_served(question, status))
}

/// Why the server did not say what the user may do.
pub(crate) fn of_review(answer: &Answer) -> Failure {
    let may_not_ask = |status: &Status| {
        own_fault(status).unwrap_or_else(|| {
            let user = status.user().unwrap_or_else(|| "this user".to_owned());
            Failure::denied(format!("{user} may not ask what it may do"))
        })
    };
    let not_served = |_: &Status| Failure::unreachable("the server does not serve access reviews");
    of_answer(answer, may_not_ask, not_served)
}

/// Why a system beside the API server did not answer, whether that server or its own said so.
pub(crate) fn of_telemetry(answer: &Answer, name: &str, site: &Site) -> Failure {
    let code = answer.status.as_u16();
    let (Some(_), Site::Service { namespace, name: service, port, tls }) =
        (Status::of(answer), site)
    else {
        let hint = match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ": it wants credentials of its own",
            StatusCode::NOT_FOUND => ": is it behind a path of its own?",
            _ => "",
        };
        return Failure::unreachable(format!("{name} ({site}) answers HTTP {code}{hint}"));
    };
    let forbidden = |status: &Status| {
        // A role's `resourceNames` would have to hold it in exactly this form.
        let scheme = if *tls { "https:" } else { "" };
        let what = format!("\"get services/proxy\" of {scheme}{service}:{port} in {namespace}");
        not_granted(&what, status)
    };
    let absent = |_: &Status| {
        Failure::unreachable(format!(
            "there is no service {service} in {namespace}, or no such port of it"
        ))
    };
    // `ResolveLocation` of a service in the API server: "no endpoints available for service".
    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
        return Failure::unreachable(format!(
            "service {service} in {namespace} has no ready pod, or none that answers at {port}"
        ));
    }
    of_answer(answer, forbidden, absent)
}

fn of_answer(
    answer: &Answer,
    forbidden: impl FnOnce(&Status) -> Failure,
    not_served: impl FnOnce(&Status) -> Failure,
) -> Failure {
    let code = answer.status.as_u16();
    let Some(status) = Status::of(answer) else {
        return match answer.status {
            StatusCode::UNAUTHORIZED => not_logged_in(),
            _ => Failure::unreachable(format!(
                "the answer (HTTP {code}) is not the API server's own: check the server's \
                 address, and what is between: a proxy, a load balancer"
            )),
        };
    };
    match answer.status {
        StatusCode::UNAUTHORIZED => not_logged_in(),
        StatusCode::FORBIDDEN => forbidden(&status),
        StatusCode::NOT_FOUND => not_served(&status),
        StatusCode::TOO_MANY_REQUESTS => {
            Failure::unreachable("the server is too busy (HTTP 429): ask again later")
        }
        _ if status.reason.is_empty() => {
            Failure::unreachable(format!("the server failed (HTTP {code})"))
        }
        _ => Failure::unreachable(format!("the server failed: {} (HTTP {code})", status.reason)),
    }
}

fn not_logged_in() -> Failure {
    Failure::denied("the server does not accept these credentials: log in again")
}

/// A refusal that no rule for the resource would lift: of who asks, not of what is asked.
fn own_fault(status: &Status) -> Option<Failure> {
    let user = status.user();
    if user.as_deref() == Some("system:anonymous") {
        return Some(Failure::denied("no credentials were sent that the server knows: log in"));
    }
    status.message.contains(" cannot impersonate ").then(|| {
        let who = user.unwrap_or_else(|| "this user".to_owned());
        Failure::denied(format!("{who} may not act as the user or group asked for"))
    })
}

fn forbidden(question: &Question, status: &Status) -> Failure {
    let what = question.permission().map(|permission| permission.to_string());
    not_granted(what.as_deref().unwrap_or("\"get /version\""), status)
}

fn not_granted(what: &str, status: &Status) -> Failure {
    own_fault(status).unwrap_or_else(|| {
        let to = status.user().map(|user| format!(" to {user}")).unwrap_or_default();
        Failure::denied(format!("{what} is not granted{to}"))
    })
}

/// The kind of the objects that a question is about.
fn kind_of(question: &Question) -> Option<Kind> {
    match question {
        Question::Get { object } => Some(object.kind),
        Question::List { kind, .. } | Question::Namesakes { kind, .. } => Some(*kind),
        Question::EventsOf { .. } => Some(Kind::Event),
        _ => None,
    }
}

fn not_served(question: &Question, status: &Status) -> Failure {
    let Some(kind) = kind_of(question) else {
        return match question {
            Question::Log { .. } => log_not_found(status),
            Question::Version => Failure::unreachable("the server does not tell its version"),
            _ => Failure::unreachable("no API server tells it"),
        };
    };
    let version = kind.api_version();
    Failure::unreachable(format!(
        "the server could not find the resource {} of {version}: it may not serve it",
        kind.plural()
    ))
}

fn log_not_found(status: &Status) -> Failure {
    let of = status.details.as_ref().map(|details| details.kind.as_str()).unwrap_or_default();
    match of {
        // The kubelet's 404, passed on under the subresource's name.
        "pods/log" => Failure::unreachable("the node's kubelet does not know the pod or container"),
        "nodes" => Failure::unreachable("the pod's node does not exist any more"),
        _ => Failure::unreachable("the server could not find the log"),
    }
}
