//! A service against what is behind it: the pods that it selects, its ports against the ports
//! that they declare, and whether a connection to it was seen to come about.
//!
//! Reads the service, and the pods, Deployments, StatefulSets and DaemonSets of its namespace as
//! whole lists, and its endpoints. Where the source tried connections, as a dump may have, their outcome is there.
//!
//! ## Absence
//!
//! A service that does not exist has `exists` false, and every other fact is null, false or
//! empty. The whole result is unknown when the service was not seen. Pods that could not all be
//! seen make `pods` incomplete and `matched` unknown. That a container does not declare a port
//! does not prove that nothing listens there. Without a source that tried connections `open` is
//! unknown.
//!
//! ## Example
//!
//! ```text
//! service = get_service_details("<service>", "<namespace>")
//! - When `service.matched == false && service.near != null` → **selector-matches-nothing** at `service.ref`
//! ```
//!
//! ```json
//! { "exists": true, "name": "ledger", "selects": true, "matched": false, "template_matches": false,
//!   "near": { "selector": "app=ledgr", "labels": "app=ledger" },
//!   "ports": [ { "name": "grpc", "number": 7070, "target": "7071", "protocol": "TCP",
//!     "fit": "undeclared", "declared": ["7070/TCP"], "open": false } ] }
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Origin, Partial, Pending,
    Question, Reach, Reply, Source, Unseen, UnseenKind, Value,
};
use serde_json::Value as Json;

use crate::service::service_pods::{self, Declared, Fit};
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A service.
    pub struct ServiceDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The service.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
        pub r#type: Option<String>,
        /// The name that it is an alias of, for `ExternalName`.
        pub external_name: Cited<Option<String>>,
        /// Whether it finds its pods by labels.
        pub selects: bool,
        /// The labels that it asks for, as `key=value`.
        pub selector: Cited<Vec<String>>,
        /// The pods that its selector asks for, those that have ended left out; an alias sends to none.
        pub pods: Partial<ServicePod>,
        /// Whether it selects any pod.
        pub matched: Known<bool>,
        /// How many of the pods that it selects are ready.
        pub ready_pods: Known<i64>,
        /// Whether the pod template of a workload has the labels, so that pods would be selected
        /// if there were any.
        pub template_matches: Known<bool>,
        /// The workload that is most likely meant where the selector matches no pod; null where
        /// none is near.
        pub near: Option<NearWorkload>,
        /// The workload behind it: that of its pods, or the one that is near.
        pub workload: Option<ObjectRef>,
        /// Its ports.
        pub ports: Vec<ServicePort>,
        /// Ports that a connection to it was tried at and that it does not have.
        pub tried_elsewhere: Known<Vec<i64>>,
        /// Whether a connection to it was seen to fail while none came about.
        pub refused: Known<Cited<bool>>,
    }

    /// A pod that a service selects.
    pub struct ServicePod {
        /// The pod.
        pub r#ref: ObjectRef,
        /// Whether it is ready.
        pub ready: bool,
        /// What it belongs to.
        pub workload: ObjectRef,
    }

    /// A workload whose pods a service all but selects.
    pub struct NearWorkload {
        /// The workload.
        pub r#ref: ObjectRef,
        /// What the selector asks for and the pods do not have.
        pub selector: String,
        /// What the pods have in its place.
        pub labels: String,
    }

    /// A port of a service.
    pub struct ServicePort {
        /// Its name, where it has one.
        pub name: Option<String>,
        /// Its number.
        pub number: i64,
        /// `TCP`, `UDP` or `SCTP`.
        pub protocol: String,
        /// The number or name of the pods' port that it sends to.
        pub target: String,
        /// Whether the target is a name.
        pub target_named: bool,
        /// How the target fits every pod selected: `declared`, `undeclared`, `name-missing`,
        /// `other-protocol`, `nothing-declared`, `mixed` where the pods differ; null without pods.
        pub fit: Known<Option<String>>,
        /// Whether the pods declare the service's own number, though it sends to another.
        pub number_declared: bool,
        /// The ports that the pods declare, as `number/protocol`.
        pub declared: Vec<String>,
        /// Whether a connection came about, where it was tried; null where this port was not.
        pub open: Known<Option<bool>>,
        /// Whether a connection came about; false where it did not, or nobody tried.
        pub answered: bool,
    }
}

/// The argument that names the service.
const SERVICE: Parameter = Parameter {
    name: "service",
    kind: ParameterKind::Text,
    required: true,
    doc: "the service's name",
};

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_service_details",
    parameters: &[SERVICE, NAMESPACE],
    facts: ServiceDetails::SHAPE,
    permissions: &[
        access("get", "", "services", "nothing is known"),
        access("list", "", "pods", "what it selects is unknown"),
        access(
            "list",
            "",
            "endpoints",
            "whether a target's name was found is told by the pods alone",
        ),
        access("list", "apps", "deployments", "what it is meant for is unknown"),
        access("list", "apps", "statefulsets", "what it is meant for is unknown"),
        access("list", "apps", "daemonsets", "what it is meant for is unknown"),
    ],
    page: include_str!("get_service_details.rs"),
    run,
};

/// What stands around the service in its namespace.
struct Around {
    pods: Arc<Listing>,
    workloads: Vec<Arc<Object>>,
    workloads_missing: Option<Unseen>,
    endpoints: Vec<Arc<Object>>,
    reach: Result<Vec<Reach>, Unseen>,
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("service"), arguments.required("namespace"));
    let around = look_around(namespace, inquiry);
    let sight = Sight::of(inquiry, Kind::Service, namespace, name)?;
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let reference = ObjectRef::new(Kind::Service, Some(namespace), name);
    Ok(describe(&sight, reference, &around?).into_value())
}

fn look_around(namespace: &str, inquiry: &Inquiry) -> Result<Around, Pending> {
    let mut questions = vec![Question::list(Kind::Pod, Some(namespace))];
    questions.extend(service_pods::BACKENDS.map(|kind| Question::list(kind, Some(namespace))));
    questions.push(Question::list(Kind::Endpoints, Some(namespace)));
    questions.push(Question::Reach { namespace: namespace.to_owned() });
    let mut replies = inquiry.ask_all(&questions)?;
    let reach = match replies.pop() {
        Some(Reply::Reach(reach)) => Ok(reach.to_vec()),
        // Few sources try connections; that one does not is no gap.
        Some(Reply::Unseen(unseen)) => Err(Unseen::new(
            UnseenKind::NotAsked,
            &unseen.what,
            "the source did not try connections",
        )),
        _ => Ok(Vec::new()),
    };
    let endpoints = match replies.pop() {
        Some(Reply::Objects(listing)) => listing.items.clone(),
        _ => Vec::new(),
    };
    let mut lists = replies.into_iter().zip(&questions);
    let listing = |(reply, question): (Reply, &Question)| {
        let (listing, unseen) = sight::listing(reply, question);
        let missing = unseen.or_else(|| listing.missing.clone());
        (listing, missing)
    };
    let (pods, pods_missing) = lists.next().map(listing).unwrap_or_default();
    let pods_missing =
        pods_missing.or_else(|| service_pods::labels_unshown(&pods.items, "/metadata/labels"));
    let pods = Arc::new(Listing { items: pods.items.clone(), missing: pods_missing });
    let mut workloads = Vec::new();
    let mut workloads_missing = None;
    for (list, missing) in lists.map(listing) {
        workloads.extend(list.items.iter().cloned());
        workloads_missing = workloads_missing.or(missing);
    }
    let workloads_missing = workloads_missing
        .or_else(|| service_pods::labels_unshown(&workloads, "/spec/template/metadata/labels"));
    Ok(Around { pods, workloads, workloads_missing, endpoints, reach })
}

fn describe(sight: &Sight, reference: ObjectRef, around: &Around) -> ServiceDetails {
    let json = sight.json();
    let service = sight.object().map(|service| &**service);
    let pods: Vec<&Arc<Object>> = service.map_or_else(Vec::new, |service| {
        around.pods.items.iter().filter(|pod| service_pods::names(service, pod)).collect()
    });
    let wanted = service.map(service_pods::selector).unwrap_or_default();
    let missing = around.pods.missing.as_ref();
    let template_matches = around
        .workloads
        .iter()
        .any(|workload| service_pods::matches(&wanted, workload, "/spec/template/metadata/labels"));
    let near = service
        .filter(|one| service_pods::finds_pods(one) && pods.is_empty())
        .and_then(|service| near(service, &around.workloads));
    let behind = pods.first().map(|pod| pod.workload());
    let ports = ports(service, &reference, &pods, around);
    ServiceDetails {
        exists: service.is_some(),
        name: reference.name.clone(),
        r#type: field::text(json, "/spec/type"),
        external_name: Cited {
            value: field::text(json, "/spec/externalName"),
            source: sight.source("spec.externalName"),
        },
        selects: service.is_some_and(service_pods::finds_pods),
        selector: Cited {
            value: wanted.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            source: sight.source("spec.selector"),
        },
        matched: known(!pods.is_empty(), !pods.is_empty(), missing),
        ready_pods: known(
            pods.iter().filter(|pod| service_pods::is_ready(pod)).count() as i64,
            false,
            missing,
        ),
        template_matches: known(
            template_matches,
            template_matches,
            around.workloads_missing.as_ref(),
        ),
        workload: behind.or_else(|| near.as_ref().map(|near| near.r#ref.clone())),
        near,
        tried_elsewhere: tried_elsewhere(service, &reference, around),
        refused: refused(&reference, around),
        ports,
        pods: Partial {
            items: pods.iter().map(|pod| service_pod(pod)).collect(),
            missing: missing.cloned(),
        },
        r#ref: reference,
        source: sight.source("spec"),
    }
}

/// A fact that an incomplete list leaves unknown, unless what was seen proves it.
fn known<T>(value: T, proven: bool, missing: Option<&Unseen>) -> Known<T> {
    match missing {
        Some(unseen) if !proven => Known::Unknown(unseen.clone()),
        _ => Known::Seen(value),
    }
}

fn service_pod(pod: &Object) -> ServicePod {
    ServicePod {
        r#ref: pod.reference().clone(),
        ready: service_pods::is_ready(pod),
        workload: pod.workload(),
        source: Some(Source::field(pod, "metadata.labels")),
    }
}

fn near(service: &Object, workloads: &[Arc<Object>]) -> Option<NearWorkload> {
    let near = service_pods::near(service, workloads)?;
    let all = |texts: Vec<&String>| -> String {
        texts.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let workload = workloads.iter().find(|one| *one.reference() == near.workload)?;
    let labels = all(near.differing.iter().map(|(_, has)| has).collect());
    Some(NearWorkload {
        source: Some(
            Source::field(workload, "spec.template.metadata.labels").quoting(labels.as_str()),
        ),
        selector: all(near.differing.iter().map(|(asked, _)| asked).collect()),
        labels,
        r#ref: near.workload,
    })
}

fn ports(
    service: Option<&Object>,
    reference: &ObjectRef,
    pods: &[&Arc<Object>],
    around: &Around,
) -> Vec<ServicePort> {
    let Some(service) = service else { return Vec::new() };
    let declared: Vec<BTreeSet<Declared>> =
        pods.iter().map(|pod| service_pods::declared(pod, "/spec")).collect();
    let listed = service.items("/spec/ports").iter().enumerate();
    listed
        .filter_map(|(index, port)| {
            let source = Source::field(service, format!("spec.ports[{index}]"));
            let endpoints = around.endpoints.iter().find(|one| {
                let one = one.reference();
                one.name == reference.name && one.namespace == reference.namespace
            });
            let ready = pods.iter().any(|pod| service_pods::is_ready(pod));
            let resolved = service_pods::resolved(port, endpoints.map(|one| &**one), ready);
            let fits = declared.iter().map(|own| service_pods::fit(port, own, resolved));
            service_port(port, source, reference, (&declared, fits.collect()), around)
        })
        .collect()
}

fn service_port(
    port: &Json,
    source: Source,
    service: &ObjectRef,
    (declared, mut fits): (&[BTreeSet<Declared>], Vec<Fit>),
    around: &Around,
) -> Option<ServicePort> {
    let number = field::int(port, "/port")?;
    let target = service_pods::target(port)?;
    let protocol = field::text(port, "/protocol").unwrap_or_else(|| "TCP".to_owned());
    fits.dedup();
    let fit = match fits.as_slice() {
        [] => None,
        [fit] => Some(word(*fit).to_owned()),
        _ => Some("mixed".to_owned()),
    };
    let all: BTreeSet<&Declared> = declared.iter().flatten().collect();
    let target_named = target.parse::<i64>().is_err();
    let quote = format!("{number}/{protocol} → {target}");
    let open = match &around.reach {
        Err(unseen) => Known::Unknown(unseen.clone()),
        Ok(reach) => Known::Seen(
            reach
                .iter()
                .find(|one| i64::from(one.port) == number && is_host_of(&one.host, service))
                .map(|one| one.open),
        ),
    };
    Some(ServicePort {
        name: field::text(port, "/name"),
        number,
        number_declared: target != number.to_string()
            && all.iter().any(|one| one.number == number && one.protocol == protocol),
        protocol,
        target_named,
        target,
        fit: match (&fit, &around.pods.missing) {
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            _ => Known::Seen(fit),
        },
        declared: all.iter().map(|one| format!("{}/{}", one.number, one.protocol)).collect(),
        answered: matches!(open, Known::Seen(Some(true))),
        open,
        source: Some(source.quoting(quote)),
    })
}

const fn word(fit: Fit) -> &'static str {
    match fit {
        Fit::Declared => "declared",
        Fit::NameMissing => "name-missing",
        Fit::Undeclared => "undeclared",
        Fit::OtherProtocol => "other-protocol",
        Fit::NothingDeclared => "nothing-declared",
    }
}

/// Whether a host is a name of a service.
pub fn is_host_of(host: &str, service: &ObjectRef) -> bool {
    let namespace = service.namespace.as_deref().unwrap_or_default();
    crate::application::addresses::service_name(host, namespace) == Some(service.name.as_str())
}

fn refused(service: &ObjectRef, around: &Around) -> Known<Cited<bool>> {
    let reach = match &around.reach {
        Ok(reach) => reach,
        Err(unseen) => return Known::Unknown(unseen.clone()),
    };
    let own: Vec<&Reach> = reach.iter().filter(|one| is_host_of(&one.host, service)).collect();
    let value = !own.is_empty() && own.iter().all(|one| !one.open);
    Known::Seen(Cited { value, source: own.first().map(|one| tried(service, one)) })
}

fn tried_elsewhere(
    service: Option<&Object>,
    reference: &ObjectRef,
    around: &Around,
) -> Known<Vec<i64>> {
    let reach = match &around.reach {
        Ok(reach) => reach,
        Err(unseen) => return Known::Unknown(unseen.clone()),
    };
    let ports = service.map_or(&[][..], |service| service.items("/spec/ports"));
    let has = |port: i64| ports.iter().any(|one| field::int(one, "/port") == Some(port));
    let own = reach.iter().filter(|one| is_host_of(&one.host, reference));
    let tried = own.map(|one| i64::from(one.port)).filter(|port| !has(*port));
    Known::Seen(if ports.is_empty() { Vec::new() } else { tried.collect() })
}

/// Where a connection was tried.
fn tried(service: &ObjectRef, reach: &Reach) -> Source {
    let outcome = if reach.open { "open" } else { "failed" };
    let address = format!("{}:{}", reach.host, reach.port);
    Source {
        origin: Origin::Telemetry,
        object: service.clone(),
        quote: Some(format!("a connection to {address}: {outcome}").into()),
        path: address,
        time: None,
        revision: None,
        count: None,
    }
}
