//! The addresses that a workload's settings name, each looked for among the services of its
//! namespace.
//!
//! Reads the workload, and the services, ConfigMaps, Deployments, StatefulSets and DaemonSets of
//! its namespace as whole lists. An address is `host:port` as a variable's whole value, in a URL,
//! in a list with commas, or a pair `…_HOST` and `…_PORT`; from a ConfigMap too. Secrets are not
//! read: `get_databases` tells what they name.
//!
//! ## Absence
//!
//! A workload that does not exist has `exists` false and no addresses. The whole result is
//! unknown when it was not seen. Without the whole list of services `standing` is unknown.
//!
//! ## Example
//!
//! ```text
//! named = get_workload_addresses("<workload>", "<namespace>")
//! - When `named.addresses.exists(a, a.standing == "no-port")` → **client-names-wrong-port**
//! ```
//!
//! ```json
//! { "exists": true, "addresses": [ { "container": "server", "variable": "LEDGER_ADDR",
//!     "host": "ledgr", "port": 7070, "standing": "no-service",
//!     "meant": { "kind": "Service", "namespace": "shop", "name": "ledger" }, "clients": 1 } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Pending, Question, Source, Unseen, Value,
};
use serde_json::Value as Json;

use crate::application::addresses::{self, Address, Standing};
use crate::service::service_pods;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, WORKLOAD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// What a workload's settings name.
    pub struct WorkloadAddresses {
        /// Whether the workload exists.
        pub exists: bool,
        /// The workload.
        pub r#ref: ObjectRef,
        /// How its pods look up names: `ClusterFirst` where nothing else is said.
        pub dns_policy: Known<Cited<String>>,
        /// Whether its pods look names up elsewhere than in the cluster's DNS: by policy `Default`,
        /// by `None`, or on the node's network without `ClusterFirstWithHostNet`.
        pub dns_elsewhere: Known<Cited<bool>>,
        /// Whether every workload of the namespace was seen, so that `clients` counts them all.
        pub complete: bool,
        /// The addresses, in order of container and variable.
        pub addresses: Vec<NamedAddress>,
        /// The names of services to which its `hostAliases` give another address than the service
        /// has: the pods do not ask the DNS for them.
        pub aliases: Known<Vec<AliasedName>>,
    }

    /// A service's name with an address of its own in the pods' hosts file.
    pub struct AliasedName {
        /// The name, as it is written.
        pub host: String,
        /// The address that it is given.
        pub ip: String,
        /// The service.
        pub service: ObjectRef,
        /// The service's own address.
        pub cluster_ip: String,
    }

    /// An address that a variable names.
    pub struct NamedAddress {
        /// The container.
        pub container: String,
        /// The variable.
        pub variable: String,
        /// The host as it is written.
        pub host: String,
        /// The port, where one is given.
        pub port: Option<i64>,
        /// `served`; `no-port` where the service has other ports; `no-service` where no service
        /// of the namespace has the name; `elsewhere` where that cannot be judged.
        pub standing: Known<String>,
        /// The service, where it exists.
        pub service: Option<ObjectRef>,
        /// The ports that it has.
        pub service_ports: Vec<i64>,
        /// Where there is no such service: the one that is most likely meant.
        pub meant: Option<ObjectRef>,
        /// Where there is no such service: the workload of just that name.
        pub workload: Option<ObjectRef>,
        /// Whether it was read where it stands: false of a Secret whose values are withheld and told by
        /// a manifest alone.
        pub assured: bool,
        /// How many workloads of the namespace name this host and port, this one included.
        pub clients: i64,
        /// How many name this host with another port.
        pub clients_elsewhere: i64,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_workload_addresses",
    parameters: &[WORKLOAD, NAMESPACE],
    facts: WorkloadAddresses::SHAPE,
    permissions: &[
        access("get", "apps", "deployments", "nothing is known of a Deployment"),
        access("get", "apps", "statefulsets", "nothing is known of a StatefulSet"),
        access("get", "apps", "daemonsets", "nothing is known of a DaemonSet"),
        access("list", "", "services", "whether an address is served is unknown"),
        access("list", "", "configmaps", "addresses in ConfigMaps are not found"),
        access("list", "apps", "deployments", "who else names an address is unknown"),
        access("list", "apps", "statefulsets", "who else names an address is unknown"),
        access("list", "apps", "daemonsets", "who else names an address is unknown"),
    ],
    page: include_str!("get_workload_addresses.rs"),
    run,
};

/// The services, settings and workloads of a namespace.
#[derive(Debug)]
pub struct Neighbours {
    /// The services.
    pub services: Vec<Arc<Object>>,
    /// Why there may be more services.
    pub missing: Option<Unseen>,
    /// The ConfigMaps.
    pub configs: Vec<Arc<Object>>,
    /// The Deployments, StatefulSets and DaemonSets.
    pub workloads: Vec<Arc<Object>>,
    /// Why there may be more workloads.
    pub workloads_missing: Option<Unseen>,
}

impl Neighbours {
    /// Lists them, each kind once.
    ///
    /// # Errors
    /// [`Pending`] while a list has not been asked for.
    pub fn of(namespace: Option<&str>, inquiry: &Inquiry) -> Result<Neighbours, Pending> {
        let own = [Kind::Service, Kind::ConfigMap];
        let kinds = own.into_iter().chain(service_pods::BACKENDS);
        let questions: Vec<Question> = kinds.map(|kind| Question::list(kind, namespace)).collect();
        let replies = inquiry.ask_all(&questions)?;
        let mut lists = replies.into_iter().zip(&questions).map(|(reply, question)| {
            let (listing, unseen) = sight::listing(reply, question);
            (listing.items.clone(), unseen.or_else(|| listing.missing.clone()))
        });
        let (services, missing) = lists.next().unwrap_or_default();
        let (configs, _) = lists.next().unwrap_or_default();
        let (mut workloads, mut workloads_missing) = (Vec::new(), None);
        for (items, missing) in lists {
            workloads.extend(items);
            workloads_missing = workloads_missing.or(missing);
        }
        Ok(Neighbours { services, missing, configs, workloads, workloads_missing })
    }

    /// The addresses that the settings of each workload name.
    pub(crate) fn named(&self) -> Vec<(&ObjectRef, Vec<Address>)> {
        let of = |workload: &'_ Arc<Object>| addresses::of(workload, &self.configs);
        self.workloads.iter().map(|one| (one.reference(), of(one))).collect()
    }
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (workload, namespace) = (arguments.required("workload"), arguments.required("namespace"));
    let (kind, name) = workload.split_once('/').unwrap_or(("deployment", workload));
    let kind = Kind::parse(kind).filter(|kind| service_pods::BACKENDS.contains(kind));
    let neighbours = Neighbours::of(Some(namespace), inquiry);
    let reference = ObjectRef::new(kind.unwrap_or(Kind::Deployment), Some(namespace), name);
    let sight = match kind {
        Some(kind) => Sight::of(inquiry, kind, namespace, name)?,
        // Jobs and bare pods come and go; their addresses are not looked at.
        None => Sight::Absent(reference.clone()),
    };
    let neighbours = neighbours?;
    let object = match &sight {
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        sight => sight.object(),
    };
    let addresses = object.map_or_else(Vec::new, |object| {
        let all = addresses::of(object, &neighbours.configs);
        let named = if all.is_empty() { Vec::new() } else { neighbours.named() };
        all.into_iter().map(|one| describe(one, object, &neighbours, &named)).collect()
    });
    let source = sight.source("spec.template.spec.containers");
    let policy =
        |json: &Json, at: &str| field::text(json, at).unwrap_or_else(|| "ClusterFirst".to_owned());
    let elsewhere = object.is_some_and(|object| looks_elsewhere(object));
    let facts = WorkloadAddresses {
        exists: object.is_some(),
        r#ref: reference,
        dns_policy: sight.told(DNS_POLICY, policy),
        complete: neighbours.workloads_missing.is_none(),
        dns_elsewhere: sight.told(DNS_POLICY, |_, _| elsewhere),
        addresses,
        aliases: match (object, &neighbours.missing) {
            (Some(own), _) if !own.is_shown(HOST_ALIASES) => {
                Known::Unknown(own.unshown(HOST_ALIASES))
            }
            (Some(own), Some(unseen)) if !own.items(HOST_ALIASES).is_empty() => {
                Known::Unknown(unseen.clone())
            }
            (own, _) => Known::Seen(own.map_or_else(Vec::new, |own| aliases(own, &neighbours))),
        },
        source,
    };
    Ok(facts.into_value())
}

const DNS_POLICY: &str = "/spec/template/spec/dnsPolicy";
const HOST_ALIASES: &str = "/spec/template/spec/hostAliases";

fn aliases(own: &Object, around: &Neighbours) -> Vec<AliasedName> {
    let all = addresses::aliases(own, &around.services).into_iter();
    all.map(|one| AliasedName {
        source: Some(
            Source::field(own, format!("spec.template.spec.hostAliases[{}]", one.index))
                .quoting(format!("{} {}", one.ip, one.host)),
        ),
        host: one.host,
        ip: one.ip,
        service: one.service,
        cluster_ip: one.cluster_ip,
    })
    .collect()
}

/// Whether a workload's pods look names up elsewhere than in the cluster's DNS.
pub fn looks_elsewhere(workload: &Object) -> bool {
    let on_node = workload.bool("/spec/template/spec/hostNetwork") == Some(true);
    match workload.text(DNS_POLICY) {
        Some("Default" | "None") => true,
        Some("ClusterFirstWithHostNet") => false,
        _ => on_node,
    }
}

/// An address of a workload, judged. `named`: what [`Neighbours::named`] tells.
pub(crate) fn describe(
    address: Address,
    own: &Object,
    around: &Neighbours,
    named: &[(&ObjectRef, Vec<Address>)],
) -> NamedAddress {
    let standing = addresses::judge(&address, own, &around.services, &around.workloads);
    let (word, service, meant, workload) = match standing {
        Standing::Elsewhere => ("elsewhere", None, None, None),
        Standing::Served(service) => ("served", Some(service), None, None),
        Standing::NoPort(service) => ("no-port", Some(service), None, None),
        Standing::NoService { meant, workload } => ("no-service", None, meant, workload),
    };
    let ports = around.services.iter().find(|one| Some(one.reference()) == service.as_ref());
    let ports = ports.map_or(&[][..], |service| service.items("/spec/ports"));
    let count = |same: bool| {
        let names = |one: &Address| one.host == address.host && (one.port == address.port) == same;
        named.iter().filter(|(_, all)| all.iter().any(names)).count() as i64
    };
    let value = match address.port {
        Some(port) => format!("{}={}:{port}", address.variable, address.host),
        None => format!("{}={}", address.variable, address.host),
    };
    let path = format!("env {} of container {}", address.variable, address.container);
    let source = Source {
        object: address.from.clone().unwrap_or_else(|| own.reference().clone()),
        ..Source::field(own, path)
    };
    let secret = address.from.as_ref().filter(|from| from.kind == Kind::Secret);
    let mut configs = around.configs.iter();
    let seal = secret.and_then(|secret| configs.find(|one| one.reference() == secret)?.seal());
    let assured = seal.is_none_or(|seal| seal.withheld.is_none());
    let value = if assured { value } else { format!("{value} (by its manifest)") };
    NamedAddress {
        assured,
        clients: count(true).max(1),
        clients_elsewhere: count(false),
        container: address.container,
        variable: address.variable,
        host: address.host,
        port: address.port.map(i64::from),
        standing: match (&around.missing, word) {
            (Some(unseen), "no-service") => Known::Unknown(unseen.clone()),
            _ => Known::Seen(word.to_owned()),
        },
        service_ports: ports.iter().filter_map(|one| field::int(one, "/port")).collect(),
        service,
        meant,
        workload,
        source: Some(source.quoting(value)),
    }
}
