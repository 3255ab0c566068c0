//! The routes of a namespace's gateways, each against the services: which path is sent where, and
//! whether that is the service that the route is called after.
//!
//! Reads the Ingresses, ConfigMaps and services of the namespace as whole lists. In ConfigMaps
//! the route tables of Spring Cloud Gateway (YAML) and the locations of nginx are found.
//!
//! ## Absence
//!
//! Without routes the list is empty. Where one of the lists could not be seen, `routes` is
//! incomplete; without the list of services `backend_exists` is unknown.
//!
//! ## Example
//!
//! ```text
//! gateway = get_routes("<namespace>")
//! - When `gateway.routes.exists(r, r.called_after != null && r.agreeing >= 2)` → likely **route-to-wrong-service**
//! ```
//!
//! ```json
//! { "routes": [ { "id": "ledger", "path": "/api/ledger/**", "host": "basket",
//!     "backend_exists": true, "port_served": null, "by_registry": false, "agreeing": 7,
//!     "called_after": { "kind": "Service", "namespace": "shop", "name": "ledger" } } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Value,
};

use crate::routes::{self, Names, Route};
use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, addresses, field, sight};

evidence::facts! {
    /// The routes of a namespace.
    pub struct NamespaceRoutes {
        /// The routes, table by table.
        pub routes: Partial<GatewayRoute>,
    }

    /// A route.
    pub struct GatewayRoute {
        /// The object that it stands in.
        pub table: ObjectRef,
        /// Its own name, where it has one.
        pub id: Option<String>,
        /// The path that it is for.
        pub path: Option<String>,
        /// The host that it sends to.
        pub host: String,
        /// The port, by number or name, where one is given.
        pub port: Option<String>,
        /// Whether a registry of services, and not the cluster's DNS, finds the host.
        pub by_registry: bool,
        /// The service of the namespace that the host names, where it exists.
        pub backend: Option<ObjectRef>,
        /// Whether it exists; null where the host is not one of the namespace's by its form.
        pub backend_exists: Known<Option<bool>>,
        /// Whether it has the port; null where that cannot be judged.
        pub port_served: Option<bool>,
        /// The one other service that its name or path is that of, and its backend's is not.
        pub called_after: Option<ObjectRef>,
        /// How many routes of the same table are called after the service that they send to.
        pub agreeing: i64,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_routes",
    parameters: &[NAMESPACE],
    facts: NamespaceRoutes::SHAPE,
    permissions: &[
        access("list", "networking.k8s.io", "ingresses", "routes of Ingresses are not found"),
        access("list", "", "configmaps", "route tables in ConfigMaps are not found"),
        access("list", "", "services", "whether a backend exists is unknown"),
    ],
    page: include_str!("get_routes.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    Ok(look(namespace, inquiry)?.into_value())
}

/// Every route of a namespace.
///
/// # Errors
/// [`Pending`] while a list has not been asked for.
fn look(namespace: &str, inquiry: &Inquiry) -> Result<NamespaceRoutes, Pending> {
    let kinds = [Kind::Ingress, Kind::ConfigMap, Kind::Service];
    let questions = kinds.map(|kind| Question::list(kind, Some(namespace)));
    let replies = inquiry.ask_all(&questions)?;
    let mut lists: Vec<_> = replies
        .into_iter()
        .zip(&questions)
        .map(|(reply, question)| sight::listing(reply, question))
        .collect();
    let Some((services, unseen)) = lists.pop() else { return Ok(NamespaceRoutes::nothing()) };
    let services_missing = unseen.or_else(|| services.missing.clone());
    let mut items = Vec::new();
    let mut missing = None;
    for (list, unseen) in lists {
        missing = missing.or(unseen).or_else(|| list.missing.clone());
        for table in &list.items {
            items.extend(of_table(table, &services.items));
        }
    }
    if let Some(unseen) = services_missing {
        for route in items.iter_mut().filter(|route| route.backend.is_none()) {
            route.backend_exists = Known::Unknown(unseen.clone());
        }
    }
    Ok(NamespaceRoutes { routes: Partial { items, missing }, source: None })
}

impl NamespaceRoutes {
    const fn nothing() -> NamespaceRoutes {
        NamespaceRoutes { routes: Partial { items: Vec::new(), missing: None }, source: None }
    }
}

/// The routes of one table against the services of its namespace.
pub fn of_table(table: &Object, services: &[Arc<Object>]) -> Vec<GatewayRoute> {
    let routes = routes::of(table);
    if routes.is_empty() {
        return Vec::new();
    }
    let namespace = table.reference().namespace.as_deref().unwrap_or_default();
    let own: Vec<&Arc<Object>> = services
        .iter()
        .filter(|one| one.reference().namespace.as_deref() == Some(namespace))
        .collect();
    let names = Names::of(own.iter().map(|one| one.reference().name.as_str()));
    let agreeing = routes.iter().filter(|route| names.agrees(route)).count() as i64;
    let describe = |route: Route| {
        let name = addresses::service_name(&route.host, namespace);
        let backend = own.iter().find(|one| Some(one.reference().name.as_str()) == name);
        let candidates = own.iter().map(|one| one.reference().name.as_str());
        let after = names.called_after(&route, candidates);
        let words = |text: &Option<String>| text.clone().unwrap_or_default();
        let quote = format!("{} {} → {}", words(&route.id), words(&route.path), route.host);
        GatewayRoute {
            table: table.reference().clone(),
            backend_exists: Known::Seen(name.map(|_| backend.is_some())),
            port_served: backend.and_then(|service| served(&route, service)),
            backend: backend.map(|service| service.reference().clone()),
            called_after: after.map(|name| ObjectRef::new(Kind::Service, Some(namespace), name)),
            agreeing,
            source: Some(Source::field(table, route.place).quoting(quote.trim().to_owned())),
            id: route.id,
            path: route.path,
            host: route.host,
            port: route.port,
            by_registry: route.by_registry,
        }
    };
    routes.into_iter().map(describe).collect()
}

fn served(route: &Route, service: &Object) -> Option<bool> {
    let port = route.port.as_deref().filter(|_| !route.by_registry)?;
    let judged = service.text("/spec/clusterIP") != Some("None")
        && service.text("/spec/type") != Some("ExternalName")
        && !service.items("/spec/ports").is_empty();
    let is = |one: &serde_json::Value| match port.parse::<i64>() {
        Ok(number) => field::int(one, "/port") == Some(number),
        Err(_) => field::word(one, "/name") == Some(port),
    };
    judged.then(|| service.items("/spec/ports").iter().any(is))
}
