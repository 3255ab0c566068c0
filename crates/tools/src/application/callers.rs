//! The addresses that workloads are given in their environment: who calls whom, as far as a
//! manifest tells it.

use std::sync::Arc;

use evidence::{Inquiry, Kind, Object, ObjectRef, Pending, Question, Source, Unseen};
use serde_json::Value as Json;

use crate::{field, sight};

/// A host that a workload is given, by a variable of a container.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    /// The workload.
    pub workload: ObjectRef,
    /// The variable.
    pub variable: String,
    /// The name of the service in the workload's own namespace that the host can mean.
    pub service: String,
    /// The port, where one is given.
    pub port: Option<i64>,
    /// Where it stands.
    pub source: Source,
}

/// The addresses of a namespace, and why there may be more.
pub(crate) struct Addresses {
    /// Those seen, by workload and variable.
    pub items: Vec<Address>,
    /// The workloads of the namespace.
    pub workloads: Vec<Arc<Object>>,
    /// Why there may be more.
    pub missing: Option<Unseen>,
}

/// The kinds whose templates are read.
const CALLERS: [Kind; 3] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];

/// Reads the workloads of a namespace.
pub(crate) fn of_namespace(namespace: &str, inquiry: &Inquiry) -> Result<Addresses, Pending> {
    let questions = CALLERS.map(|kind| Question::list(kind, Some(namespace)));
    let replies = inquiry.ask_all(&questions)?;
    let mut found = Addresses { items: Vec::new(), workloads: Vec::new(), missing: None };
    for (reply, question) in replies.into_iter().zip(&questions) {
        let (listing, missing) = sight::listing(reply, question);
        found.missing = found.missing.or(missing);
        found.workloads.extend(listing.items.iter().cloned());
    }
    let workloads = found.workloads.iter();
    found.items = workloads.flat_map(|workload| addresses(workload, namespace)).collect();
    Ok(found)
}

fn addresses(workload: &Object, namespace: &str) -> Vec<Address> {
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        let path = format!("spec.template.spec.{list}");
        let containers = workload.items(&format!("/spec/template/spec/{list}"));
        for (index, container) in containers.iter().enumerate() {
            for entry in field::items(container, "/env") {
                let Some((variable, value)) = pair(entry) else { continue };
                let at = format!("{path}[{index}].env[{variable}]");
                let source = Source::field(workload, at).quoting(format!("{variable}={value}"));
                found.extend(hosts(value, namespace).into_iter().map(|(service, port)| Address {
                    workload: workload.reference().clone(),
                    variable: variable.to_owned(),
                    service,
                    port,
                    source: source.clone(),
                }));
            }
        }
    }
    found
}

fn pair(entry: &Json) -> Option<(&str, &str)> {
    Some((field::word(entry, "/name")?, field::word(entry, "/value")?))
}

/// The services of the namespace that a value names, with their ports: `db:5432`,
/// `http://db.shop.svc:80/x`, several with commas or blanks between them. A name without a port
/// counts only with a scheme before it: a bare word may be anything.
pub(crate) fn hosts(value: &str, namespace: &str) -> Vec<(String, Option<i64>)> {
    let parts = value.split([',', ' ', ';', '|']);
    parts.filter_map(|part| host(part.trim(), namespace)).collect()
}

fn host(part: &str, namespace: &str) -> Option<(String, Option<i64>)> {
    let (scheme, rest) = match part.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, part),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().ok()?)),
        None => (authority, None),
    };
    if (port.is_none() && !scheme) || (port.is_some() && !scheme && rest != authority) {
        return None;
    }
    let mut labels = name.split('.');
    let service = labels.next()?;
    let within = match (labels.next(), labels.next()) {
        (None, _) => true,
        (Some(own), None | Some("svc")) => own == namespace,
        _ => false,
    };
    let is_name = service.starts_with(|first: char| first.is_ascii_lowercase())
        && service
            .chars()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-');
    let own = within && is_name && service != "localhost";
    own.then(|| (service.to_owned(), port.map(i64::from)))
}

#[cfg(test)]
mod tests {
    use super::hosts;

    #[test]
    fn a_host_of_the_same_namespace_is_told_from_other_values() {
        let named = |value: &str| -> Vec<String> {
            hosts(value, "shop").into_iter().map(|(service, _)| service).collect()
        };
        assert_eq!(named("orders-db:5432"), ["orders-db"]);
        assert_eq!(named("postgres://u:p@orders-db.shop.svc.cluster.local:5432/x"), ["orders-db"]);
        assert_eq!(named("http://rates/api"), ["rates"]);
        assert_eq!(named("a-1:80,b-2:81"), ["a-1", "b-2"]);
        for other in [
            "true",
            "rates",
            "10.0.0.1:80",
            "db.other:80",
            "api.example.com:443",
            "12:30",
            "/tmp/a:b",
            "localhost:8080",
            "repo/web:80",
        ] {
            assert!(named(other).is_empty(), "{other}");
        }
    }
}
