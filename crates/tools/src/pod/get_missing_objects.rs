//! Services and claims of a namespace that something names and that do not exist.
//!
//! Reads the services, claims and workloads of the namespace: the addresses in the environments of
//! the workloads, the claims that their templates mount, and, where a source tells it, the names
//! that somebody tried to connect to.
//!
//! ## Absence
//!
//! Where the services or claims were not seen, nothing is known to be missing, and the list is
//! incomplete. A name that nothing mentions is not found.
//!
//! ## Example
//!
//! ```text
//! absent = get_missing_objects("<namespace>")
//! - When `absent.services.exists(s, s.workload != null)` → **service-not-made**
//! ```
//!
//! ```json
//! { "services": [ { "name": "rates", "tried": true, "callers": ["Deployment shop/cart"],
//!     "workload": "Deployment shop/rates" } ], "claims": [] }
//! ```

use std::collections::BTreeMap;

use evidence::{Fact, Inquiry, Kind, ObjectRef, Partial, Pending, Question, Reply, Source, Value};

use crate::application::callers;
use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, field, sight};

evidence::facts! {
    /// What a namespace lacks.
    pub struct MissingObjects {
        /// The services that are named and do not exist, by name.
        pub services: Partial<MissingService>,
        /// The claims that are mounted and do not exist, by name.
        pub claims: Partial<MissingClaim>,
    }

    /// A service that is named and does not exist.
    pub struct MissingService {
        /// Its name.
        pub name: String,
        /// Whether somebody tried to connect to it, in vain.
        pub tried: bool,
        /// The workloads that are given its address.
        pub callers: Vec<ObjectRef>,
        /// The workload of the same name, whose pods it would lead to.
        pub workload: Option<ObjectRef>,
    }

    /// A claim that is mounted and does not exist.
    pub struct MissingClaim {
        /// Its name.
        pub name: String,
        /// The workloads that mount it.
        pub workloads: Vec<ObjectRef>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_missing_objects",
    parameters: &[NAMESPACE],
    facts: MissingObjects::SHAPE,
    permissions: &[
        access("list", "", "services", "missing services are not known"),
        access("list", "", "persistentvolumeclaims", "missing claims are not known"),
        access("list", "apps", "deployments", "it is not known what is named"),
        access("list", "apps", "statefulsets", "it is not known what is named"),
        access("list", "apps", "daemonsets", "it is not known what is named"),
    ],
    page: include_str!("get_missing_objects.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let list = |kind: Kind| Question::list(kind, Some(namespace));
    let questions = [
        list(Kind::Service),
        list(Kind::PersistentVolumeClaim),
        Question::Reach { namespace: namespace.to_owned() },
    ];
    let replies = inquiry.ask_all(&questions);
    let named = callers::of_namespace(namespace, inquiry)?;
    let [services, claims, tried]: [Reply; 3] =
        replies?.try_into().unwrap_or([Reply::Absent, Reply::Absent, Reply::Absent]);
    let (services, no_services) = sight::listing(services, &questions[0]);
    let (claims, no_claims) = sight::listing(claims, &questions[1]);
    let has = |listing: &evidence::Listing, name: &str| {
        listing.items.iter().any(|one| one.reference().name == name)
    };
    let mut lacking: BTreeMap<String, MissingService> = BTreeMap::new();
    if no_services.is_none() {
        let closed = match &tried {
            Reply::Reach(tried) => tried.iter().filter(|one| !one.open).collect(),
            _ => Vec::new(),
        };
        let closed = closed.into_iter().filter(|one| !one.host.contains('.'));
        for host in closed.map(|one| one.host.clone()).filter(|host| !has(&services, host)) {
            entry(&mut lacking, &host, &named).tried = true;
        }
        for call in named.items.iter().filter(|call| !has(&services, &call.service)) {
            let service = entry(&mut lacking, &call.service, &named);
            service.source = service.source.take().or_else(|| Some(call.source.clone()));
            if !service.callers.contains(&call.workload) {
                service.callers.push(call.workload.clone());
            }
        }
    }
    let unclaimed = match &no_claims {
        None => mounted(&named, |name| !has(&claims, name)),
        Some(_) => Vec::new(),
    };
    let facts = MissingObjects {
        services: Partial {
            items: lacking.into_values().collect(),
            missing: no_services.or(named.missing.clone()),
        },
        claims: Partial { items: unclaimed, missing: no_claims.or(named.missing) },
        source: None,
    };
    Ok(facts.into_value())
}

fn entry<'a>(
    lacking: &'a mut BTreeMap<String, MissingService>,
    name: &str,
    named: &callers::Addresses,
) -> &'a mut MissingService {
    lacking.entry(name.to_owned()).or_insert_with(|| {
        let workload = named.workloads.iter().find(|one| one.reference().name == name);
        MissingService {
            name: name.to_owned(),
            tried: false,
            callers: Vec::new(),
            workload: workload.map(|one| one.reference().clone()),
            source: workload.map(|one| {
                let quote = format!("{} is there, and no service of its name", one.reference());
                Source::field(one, "metadata.name").quoting(quote)
            }),
        }
    })
}

fn mounted(named: &callers::Addresses, lacks: impl Fn(&str) -> bool) -> Vec<MissingClaim> {
    let mut found: BTreeMap<String, MissingClaim> = BTreeMap::new();
    for workload in &named.workloads {
        for (index, volume) in workload.items("/spec/template/spec/volumes").iter().enumerate() {
            let Some(name) = field::word(volume, "/persistentVolumeClaim/claimName") else {
                continue;
            };
            if !lacks(name) {
                continue;
            }
            let claim = found.entry(name.to_owned()).or_insert_with(|| MissingClaim {
                name: name.to_owned(),
                workloads: Vec::new(),
                source: Some(Source::field(
                    workload,
                    format!("spec.template.spec.volumes[{index}]"),
                )),
            });
            claim.workloads.push(workload.reference().clone());
        }
    }
    found.into_values().collect()
}
