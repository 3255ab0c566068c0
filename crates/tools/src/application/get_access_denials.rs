//! What the API server refused a pod's service account, by the words of its container's log.
//!
//! Reads the pod, and the end of the log of one container: of its present run when it runs, else of
//! the run that ended. The API server says who asked for what in one fixed sentence
//! (`… is forbidden: User "system:serviceaccount:NS:NAME" cannot VERB resource "R" in API group "G"
//! in the namespace "N"`), and clients pass it on in their logs, often with quotes escaped.
//!
//! ## Absence
//!
//! The whole result is unknown when the pod or the log was not seen. `exists` is false when there is
//! no such log. Only the end of a log is read: with earlier lines left out, a list without denials is
//! incomplete.
//!
//! ## Example
//!
//! ```text
//! access = get_access_denials("<pod>", "<namespace>", container="<container>")
//! - When `access.latest != null && access.latest.own` → likely **rbac-denied** at `access.latest.account_ref`
//! ```
//!
//! ```json
//! { "exists": true, "container": "server", "denials": [ { "account": "shop/ledger", "own": true,
//!     "verb": "list", "resource": "pods", "group": "", "in_namespace": "shop", "count": 12,
//!     "closing": true } ] }
//! ```

use evidence::{
    Fact, Inquiry, Kind, Known, Log, Object, ObjectRef, Partial, Pending, Question, Reply, Source,
    Unseen, Value,
};

use crate::pod::container::{self, PodContainer};
use crate::pod::get_pod_logs::before_its_end;
use crate::sight::{self, Sight};
use crate::tool::{CONTAINER, NAMESPACE, POD, access};
use crate::{Arguments, Tool};

evidence::facts! {
    /// What the log of a container tells of refused access to the API server.
    pub struct AccessDenials {
        /// Whether there is such a log.
        pub exists: bool,
        /// The container.
        pub container: Option<String>,
        /// Each refusal, the one that was said last first.
        pub denials: Partial<AccessDenial>,
        /// The one that was said last; null when there was none, unknown when none was seen in a
        /// log of which only the end was read.
        pub latest: Known<Option<AccessDenial>>,
        /// The line in which the container misses the token of its service account.
        pub token_missing: Known<Option<String>>,
        /// The line in which the API server did not accept its token.
        pub token_refused: Known<Option<String>>,
    }

    /// One thing that a service account may not do.
    pub struct AccessDenial {
        /// The service account, as namespace/name.
        pub account: String,
        /// The same, as an object that a decision can name.
        pub account_ref: ObjectRef,
        /// Whether the pod itself runs as that account.
        pub own: bool,
        /// What it may not do: `get`, `list`, `create` and the like.
        pub verb: String,
        /// To what: a resource, with its subresource.
        pub resource: String,
        /// The API group of the resource; empty for the core group.
        pub group: String,
        /// The namespace in which it may not; null for the whole cluster.
        pub in_namespace: Option<String>,
        /// The same in words: `in the namespace "shop"` or `at the cluster scope`.
        pub place: String,
        /// How many lines say so.
        pub count: i64,
        /// Whether one of the last ten lines says so.
        pub closing: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_access_denials",
    parameters: &[POD, NAMESPACE, CONTAINER],
    facts: AccessDenials::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("get", "", "pods/log", "nothing is known"),
    ],
    page: include_str!("get_access_denials.rs"),
    run,
};

/// How many lines count as the end of a log.
const CLOSING: usize = 10;

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let pod = match Sight::of(inquiry, Kind::Pod, namespace, name)? {
        Sight::Seen(pod) => pod,
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen)),
        Sight::Absent(pod) => return Ok(none(None, Source::absence(pod)).into_value()),
    };
    let all = container::of(&pod);
    let troubled = container::in_trouble(&pod);
    let asked = arguments.text("container");
    let own = match asked {
        Some(asked) => all.iter().find(|one| one.name == asked),
        None => troubled.first().or_else(|| all.first()),
    };
    let Some(own) = own else {
        return Ok(none(None, Source::field(&pod, "spec.containers")).into_value());
    };
    let question = Question::Log {
        pod: pod.reference().clone(),
        container: own.name.to_owned(),
        previous: is_between(own),
    };
    Ok(match inquiry.ask(&question)? {
        Reply::Log(log) => describe(&pod, own, &log).into_value(),
        Reply::Absent => {
            let quote = format!("there is no {question}");
            let source = Source::absence(pod.reference().clone()).quoting(quote);
            none(Some(own.name.to_owned()), source).into_value()
        }
        Reply::Unseen(unseen) => Value::Unknown(unseen),
        _ => Value::Unknown(sight::misfit(&question)),
    })
}

/// Whether the run that said something is the one before: the container waits to be started again.
fn is_between(container: &PodContainer) -> bool {
    container.state() == "waiting" && container.has_run()
}

fn none(container: Option<String>, source: Source) -> AccessDenials {
    AccessDenials {
        exists: false,
        container,
        denials: Partial { items: Vec::new(), missing: None },
        latest: Known::Seen(None),
        token_missing: Known::Seen(None),
        token_refused: Known::Seen(None),
        source: Some(source),
    }
}

fn describe(pod: &Object, container: &PodContainer, log: &Log) -> AccessDenials {
    let place = Source::log(pod.reference().clone(), container.name, is_between(container));
    let source = |line: &str| place.clone().quoting(line);
    let own = account_of(pod);
    let closing = log.lines.len().saturating_sub(CLOSING);
    let mut denials: Vec<AccessDenial> = Vec::new();
    for (index, line) in log.lines.iter().enumerate().rev() {
        let Some(told) = Denied::read(line) else { continue };
        let known = denials.iter_mut().find(|one| told.is(one));
        match known {
            Some(known) => known.count = known.count.saturating_add(1),
            None => denials.push(told.into_fact(&own, index >= closing, source(line))),
        }
    }
    let missing = log.cut.then(|| before_its_end(pod.reference(), container.name));
    let first = |is: fn(&str) -> bool| {
        let line = log.lines.iter().rev().find(|line| is(line)).cloned();
        known(line, missing.as_ref())
    };
    AccessDenials {
        exists: true,
        container: Some(container.name.to_owned()),
        latest: known(denials.first().cloned(), missing.as_ref()),
        token_missing: first(misses_token),
        token_refused: first(is_refused),
        denials: Partial { items: denials, missing },
        source: Some(source("the end of the log")),
    }
}

fn known<T>(value: Option<T>, missing: Option<&Unseen>) -> Known<Option<T>> {
    match (value, missing) {
        (None, Some(unseen)) => Known::Unknown(unseen.clone()),
        (value, _) => Known::Seen(value),
    }
}

fn account_of(pod: &Object) -> (String, String) {
    let name = pod.text("/spec/serviceAccountName").filter(|name| !name.is_empty());
    let namespace = pod.reference().namespace.clone().unwrap_or_default();
    (namespace, name.unwrap_or("default").to_owned())
}

/// A client that does not find its token (k8s.io/client-go/rest, `InClusterConfig`).
fn misses_token(line: &str) -> bool {
    line.contains("/var/run/secrets/kubernetes.io/serviceaccount/token")
        && line.to_ascii_lowercase().contains("no such file or directory")
}

/// A client whose token the API server does not accept: the list or watch of a reflector, and kubectl.
fn is_refused(line: &str) -> bool {
    line.contains("You must be logged in to the server")
        || (line.contains("failed to list ")
            && line.trim_end().trim_end_matches('"').ends_with(": Unauthorized"))
}

/// The API server's sentence, taken apart
/// (k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go, `forbiddenMessage`).
#[derive(Debug, PartialEq, Eq)]
struct Denied {
    namespace: String,
    name: String,
    verb: String,
    resource: String,
    group: String,
    within: Option<String>,
}

impl Denied {
    fn read(line: &str) -> Option<Denied> {
        let plain = line.replace("\\\"", "\"");
        let (_, rest) = plain.split_once("User \"system:serviceaccount:")?;
        let (account, rest) = rest.split_once("\" cannot ")?;
        let (namespace, name) = account.split_once(':')?;
        let (verb, rest) = rest.split_once(" resource \"")?;
        let (resource, rest) = rest.split_once("\" in API group \"")?;
        let (group, rest) = rest.split_once('"')?;
        let within = rest
            .strip_prefix(" in the namespace \"")
            .and_then(|rest| rest.split_once('"'))
            .map(|(within, _)| within.to_owned());
        let is_word = |text: &str| !text.is_empty() && !text.contains([' ', '"']);
        [namespace, name, verb, resource].into_iter().all(is_word).then(|| Denied {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            group: group.to_owned(),
            within,
        })
    }

    fn is(&self, known: &AccessDenial) -> bool {
        known.account == format!("{}/{}", self.namespace, self.name)
            && (known.verb == self.verb && known.resource == self.resource)
            && (known.group == self.group && known.in_namespace == self.within)
    }

    fn into_fact(self, own: &(String, String), closing: bool, source: Source) -> AccessDenial {
        AccessDenial {
            account: format!("{}/{}", self.namespace, self.name),
            account_ref: ObjectRef::new(Kind::ServiceAccount, Some(&self.namespace), &self.name),
            own: *own == (self.namespace, self.name),
            verb: self.verb,
            resource: self.resource,
            group: self.group,
            place: match &self.within {
                Some(within) => format!("in the namespace \"{within}\""),
                None => "at the cluster scope".to_owned(),
            },
            in_namespace: self.within,
            count: 1,
            closing,
            source: Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_of_the_api_server_is_taken_apart_wherever_it_stands() {
        let plain = r#"E1120 14:00:00.1 1 reflector.go:200] "Failed to watch" err="failed to list *v1.Pod: pods is forbidden: User \"system:serviceaccount:shop:ledger\" cannot list resource \"pods\" in API group \"\" in the namespace \"shop\"" "#;
        let told = Denied::read(plain).unwrap();
        assert_eq!((told.verb.as_str(), told.resource.as_str()), ("list", "pods"));
        assert_eq!(told.within.as_deref(), Some("shop"));
        let wide = r#"leases.coordination.k8s.io "x" is forbidden: User "system:serviceaccount:shop:ledger" cannot update resource "leases/status" in API group "coordination.k8s.io" at the cluster scope"#;
        let told = Denied::read(wide).unwrap();
        assert_eq!((told.resource.as_str(), told.within), ("leases/status", None));
        for other in [
            r#"User "alice" cannot list resource "pods" in API group "" in the namespace "shop""#,
            r#"User "system:serviceaccount:shop:ledger" cannot get path "/metrics""#,
            "permission denied",
        ] {
            assert_eq!(Denied::read(other), None, "{other}");
        }
    }
}
