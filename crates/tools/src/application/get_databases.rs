//! The databases of a namespace, and the one that a workload most likely is a client of.
//!
//! Reads the workloads, services, ConfigMaps and pods of the namespace as whole lists, and the
//! Secrets that the client's variables are taken from. A workload is a database by the name of an
//! image: MySQL, MariaDB, Percona, PostgreSQL, MongoDB, Redis and their like. Of a Secret only the
//! host and the port under keys such as `DB_HOST` and `DB_PORT` are known, and the Secrets of
//! others are not read; so that database is told which the client's own settings name, or else the
//! only one that no other workload's settings name.
//!
//! ## Absence
//!
//! Without a database the list is empty and `likely` is null; `likely` is also null where several
//! remain. Where workloads or services could not be seen, `likely` is unknown, and `databases` is
//! incomplete. Pods that could not be seen leave `ready_pods` unknown. A Secret of the client that
//! could not be seen leaves `addresses` incomplete.
//!
//! ## Example
//!
//! ```text
//! db = get_databases("<workload>", "<namespace>")
//! - When `db.likely != null && db.likely.ready_pods > 0` → likely **database-address-wrong**
//! ```
//!
//! ```json
//! { "databases": [ { "ref": { "kind": "StatefulSet", "namespace": "shop", "name": "ledger-db" },
//!     "engine": "mysql", "ready_pods": 3, "named_by_client": true, "named_by_others": false } ],
//!   "addresses": [ { "container": "server", "variable": "DB_HOST", "host": "ledger-db",
//!     "port": 3307, "standing": "no-port", "service_ports": [3306], "clients": 1 } ] }
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{
    Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Unseen,
    UnseenKind, Value,
};

use crate::application::addresses;
use crate::application::addresses::Address;
use crate::application::get_workload_addresses::{self, NamedAddress, Neighbours};
use crate::service::service_pods;
use crate::sight::Sight;
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, field, sight};

evidence::facts! {
    /// The databases of a namespace, as seen by a workload.
    pub struct Databases {
        /// The databases.
        pub databases: Partial<Database>,
        /// The one that the workload most likely is a client of.
        pub likely: Known<Option<Database>>,
        /// Whether the workload is a database itself.
        pub is_database: Known<bool>,
        /// The addresses of databases that the workload's own settings name, those in its Secrets
        /// too: each one whose service is a database's, or is most likely meant to be.
        pub addresses: Partial<NamedAddress>,
    }

    /// A database.
    pub struct Database {
        /// Its workload.
        pub r#ref: ObjectRef,
        /// `mysql`, `postgres`, `mongo` or `redis`.
        pub engine: String,
        /// How many of its pods are ready.
        pub ready_pods: Known<i64>,
        /// Whether the client's own settings name a service of it, or it bears the client's name, as
        /// `orders-db` does that of `orders`.
        pub named_by_client: bool,
        /// The same of another workload.
        pub named_by_others: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_databases",
    parameters: &[
        Parameter {
            name: "workload",
            kind: ParameterKind::Text,
            required: true,
            doc: "the client, as kind/name",
        },
        NAMESPACE,
    ],
    facts: Databases::SHAPE,
    permissions: &[
        access("list", "apps", "deployments", "databases of Deployments are not found"),
        access("list", "apps", "statefulsets", "databases of StatefulSets are not found"),
        access("list", "apps", "daemonsets", "who names a database is unknown"),
        access("list", "", "services", "who names a database is unknown"),
        access("list", "", "configmaps", "who names a database is unknown"),
        access("list", "", "pods", "whether a database is ready is unknown"),
        access("get", "", "secrets", "addresses in the client's Secrets are not found"),
    ],
    page: include_str!("get_databases.rs"),
    run,
};

/// Words of image names, with the engine that each stands for.
const ENGINES: [(&str, &str); 9] = [
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("percona", "mysql"),
    ("postgres", "postgres"),
    ("timescaledb", "postgres"),
    ("mongo", "mongo"),
    ("redis", "redis"),
    ("valkey", "redis"),
    ("keydb", "redis"),
];

/// The engine of a database, by the images of a workload or pod; `None` for what is none.
pub fn engine(object: &Object) -> Option<&'static str> {
    let own = object.reference().kind == Kind::Pod;
    let list = if own { "/spec/containers" } else { "/spec/template/spec/containers" };
    let images = object.items(list).iter();
    let mut names = images.filter_map(|container| {
        let image = field::word(container, "/image")?;
        let path = image.split('@').next().unwrap_or(image);
        let last = path.rsplit('/').next().unwrap_or(path);
        Some(last.split(':').next().unwrap_or(last))
    });
    names.find_map(|name| {
        let exporter = ["exporter", "commander", "admin", "backup", "operator"];
        let is = |(word, _): &&(&str, &str)| {
            name.contains(word) && !exporter.iter().any(|other| name.contains(other))
        };
        ENGINES.iter().find(is).map(|(_, engine)| *engine)
    })
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (client, namespace) = (arguments.required("workload"), arguments.required("namespace"));
    let (kind, name) = client.split_once('/').unwrap_or(("deployment", client));
    let kind = Kind::parse(kind).unwrap_or(Kind::Deployment);
    let client = ObjectRef::new(kind, Some(namespace), name);
    let question = Question::list(Kind::Pod, Some(namespace));
    let pods = inquiry.ask(&question);
    let mut around = Neighbours::of(Some(namespace), inquiry)?;
    let (pods, unseen) = sight::listing(pods?, &question);
    let missing = unseen.or_else(|| pods.missing.clone());
    let own = around.workloads.iter().find(|one| *one.reference() == client).cloned();
    let (secrets, sealed) = secrets_of(own.as_deref(), inquiry)?;
    around.configs.extend(secrets);
    let found: Vec<(&Arc<Object>, &str, BTreeSet<ObjectRef>)> = around
        .workloads
        .iter()
        .filter_map(|one| Some((one, engine(one)?, services(one, &pods.items, &around))))
        .collect();
    let settings = around.named();
    let named = named_services(namespace, &settings);
    let addresses = own.map_or_else(Vec::new, |own| {
        let all = addresses::of(&own, &around.configs).into_iter();
        let described =
            all.map(|one| get_workload_addresses::describe(one, &own, &around, &settings));
        let of_database = |one: &NamedAddress| {
            // What a Secret calls a host is shown only where it is nearly the name of a service.
            let slip = |meant: &&ObjectRef| service_pods::is_slip(&one.host, &meant.name);
            let service = one.service.as_ref().or(one.meant.as_ref().filter(slip));
            service.is_some_and(|service| found.iter().any(|(_, _, all)| all.contains(service)))
        };
        described.filter(of_database).collect()
    });
    let items: Vec<Database> = found
        .iter()
        .map(|(workload, engine, services)| {
            let own = pods.items.iter().filter(|pod| pod.workload() == *workload.reference());
            let ready = own.filter(|pod| service_pods::is_ready(pod)).count() as i64;
            let (by_client, by_others) = named_by(workload, services, &client, &named, &around);
            Database {
                r#ref: workload.reference().clone(),
                engine: (*engine).to_owned(),
                ready_pods: missing.clone().map_or(Known::Seen(ready), Known::Unknown),
                named_by_client: by_client,
                named_by_others: by_others,
                source: Some(Source::field(workload, "spec.template.spec.containers")),
            }
        })
        .collect();
    // One that was not seen may be the client's own, whatever the others are.
    let unlisted = around.workloads_missing.or(around.missing);
    let own = items.iter().any(|one| one.r#ref == client);
    let facts = Databases {
        likely: match unlisted.clone() {
            Some(unseen) => Known::Unknown(unseen),
            None => Known::Seen(likely(&items).cloned()),
        },
        is_database: match unlisted.clone().filter(|_| !own) {
            Some(unseen) => Known::Unknown(unseen),
            None => Known::Seen(own),
        },
        databases: Partial { items, missing: unlisted.clone() },
        addresses: Partial { items: addresses, missing: sealed.or(unlisted) },
        source: None,
    };
    Ok(facts.into_value())
}

fn likely(all: &[Database]) -> Option<&Database> {
    let only = |wanted: fn(&Database) -> bool| {
        let mut found = all.iter().filter(|one| wanted(one));
        found.next().filter(|_| found.next().is_none())
    };
    only(|one| one.named_by_client)
        .or_else(|| only(|_| true))
        .or_else(|| only(|one| !one.named_by_others))
}

/// The Secrets that a workload's variables are taken from, and why there may be more.
fn secrets_of(
    workload: Option<&Object>,
    inquiry: &Inquiry,
) -> Result<(Vec<Arc<Object>>, Option<Unseen>), Pending> {
    let named = workload.map(addresses::secrets_of).unwrap_or_default();
    let questions: Vec<Question> =
        named.into_iter().map(|object| Question::Get { object }).collect();
    let (mut secrets, mut missing) = (Vec::new(), None);
    for (reply, question) in inquiry.ask_all(&questions)?.into_iter().zip(&questions) {
        match Sight::read(reply, question) {
            Sight::Seen(secret) => {
                missing = missing.or_else(|| withheld(&secret, question));
                secrets.push(secret);
            }
            Sight::Absent(_) => {}
            Sight::Unseen(unseen) => missing = missing.or(Some(unseen)),
        }
    }
    Ok((secrets, missing))
}

/// Why a Secret may name addresses that its seal does not tell.
fn withheld(secret: &Object, question: &Question) -> Option<Unseen> {
    let seal = secret.seal().unwrap_or_default();
    let told = seal.keys.iter().any(|key| key.address.is_some());
    let why = seal.withheld.filter(|_| !told)?;
    Some(Unseen::new(UnseenKind::NotCaptured, question, why))
}

/// The services that lead to a database, by its template's labels or by those of its pods, which an
/// operator may have given more, such as the role of a leader.
fn services(database: &Object, pods: &[Arc<Object>], around: &Neighbours) -> BTreeSet<ObjectRef> {
    let own = pods.iter().filter(|pod| pod.workload() == *database.reference());
    let own: Vec<&Arc<Object>> = own.collect();
    let leads = |service: &&Arc<Object>| {
        let wanted = service_pods::selector(service);
        service_pods::matches(&wanted, database, "/spec/template/metadata/labels")
            || own.iter().any(|pod| service_pods::matches(&wanted, pod, "/metadata/labels"))
    };
    around.services.iter().filter(leads).map(|one| one.reference().clone()).collect()
}

/// Whether the client's and whether another workload's settings name a service of a database.
fn named_by(
    database: &Object,
    services: &BTreeSet<ObjectRef>,
    client: &ObjectRef,
    named: &[(&ObjectRef, BTreeSet<String>)],
    around: &Neighbours,
) -> (bool, bool) {
    let (mut by_client, mut by_others) = (false, false);
    for (workload, named) in named.iter().filter(|(one, _)| *one != database.reference()) {
        let named = services.iter().any(|service| named.contains(&service.name));
        match *workload == client {
            true => by_client |= named,
            false => by_others |= named,
        }
    }
    for workload in &around.workloads {
        let after = named_after(database, workload.reference()) && engine(workload).is_none();
        match workload.reference() == client {
            true => by_client |= after,
            false => by_others |= after,
        }
    }
    (by_client, by_others)
}

/// Whether a database bears the name of a workload, as `orders-db` does that of `orders`: by the
/// custom of charts and operators it is that workload's own.
fn named_after(database: &Object, workload: &ObjectRef) -> bool {
    let rest = database.reference().name.strip_prefix(workload.name.as_str());
    rest.is_some_and(|rest| {
        let word = rest.trim_start_matches('-');
        let engine = ENGINES.iter().any(|(engine, _)| word.starts_with(engine));
        word.len() < rest.len()
            || engine
            || ["db", "sql", "data"].iter().any(|own| word.starts_with(own))
    })
}

/// The services that each workload's settings name.
fn named_services<'a>(
    namespace: &str,
    settings: &[(&'a ObjectRef, Vec<Address>)],
) -> Vec<(&'a ObjectRef, BTreeSet<String>)> {
    let of = |(workload, addresses): &(&'a ObjectRef, Vec<Address>)| {
        let names = addresses.iter().filter_map(|address| {
            addresses::service_name(&address.host, namespace).map(str::to_owned)
        });
        (*workload, names.collect())
    };
    settings.iter().map(of).collect()
}
