//! The routes of a namespace's gateways, each against the services: which path is sent where, and
//! whether that is the service that the route is called after.
//!
//! Reads the Ingresses, HTTPRoutes, VirtualServices, ConfigMaps and services of the namespace as whole
//! lists. In ConfigMaps the route tables of Spring Cloud Gateway (YAML) and the locations of nginx are
//! found. Of a rule that shares requests out, each service that gets some is a route; a weight of 0
//! gets none. Redirects, delegates, and backends that are no services are no routes. Each HTTPRoute
//! and VirtualService is often of one route only, so all of a kind count as one table.
//!
//! ## Absence
//!
//! Without routes the list is empty. A cluster without the Gateway API or Istio has none of theirs,
//! and a dump that says nothing of them is taken to be of such a cluster. Where one of the lists could
//! not be seen, `routes` is incomplete; without the list of services `backend_exists` is unknown.
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
    Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Reply, Source, Value,
};

use crate::application::addresses;
use crate::service::routes::{self, Names, Route};
use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, field, sight};

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
        /// How many routes of the same table, or of all HTTPRoutes or VirtualServices, are called after
        /// the service that they send to.
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
        access(
            "list",
            "gateway.networking.k8s.io",
            "httproutes",
            "routes of the Gateway API are not found",
        ),
        access("list", "networking.istio.io", "virtualservices", "routes of Istio are not found"),
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
    let kinds =
        [Kind::Ingress, Kind::ConfigMap, Kind::HTTPRoute, Kind::VirtualService, Kind::Service];
    let questions = kinds.map(|kind| Question::list(kind, Some(namespace)));
    let replies = inquiry.ask_all(&questions)?;
    let listed = |(reply, question): (Reply, &Question)| {
        let gap = reply.gap(question).cloned();
        (sight::listing(reply, question).0, gap)
    };
    let mut lists: Vec<_> = replies.into_iter().zip(&questions).map(listed).collect();
    let Some((services, services_missing)) = lists.pop() else {
        return Ok(NamespaceRoutes::nothing());
    };
    let mut items = Vec::new();
    let mut missing = None;
    for ((list, gap), kind) in lists.into_iter().zip(kinds) {
        missing = missing.or(gap);
        let together = kind
            .is_custom()
            .then(|| agreeing(list.items.iter().map(|one| &**one), &services.items));
        for table in &list.items {
            let unshown = routes::place(kind).filter(|place| !table.is_shown(place));
            missing = missing.or(unshown.map(|place| table.unshown(place)));
            let alone = || agreeing([&**table], &services.items);
            items.extend(of_table(table, together.unwrap_or_else(alone), &services.items));
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

/// How many routes of these tables of a namespace are called after the service that they send to.
pub fn agreeing<'a>(
    tables: impl IntoIterator<Item = &'a Object>,
    services: &'a [Arc<Object>],
) -> i64 {
    let mut tables = tables.into_iter().peekable();
    let Some(namespace) = tables.peek().map(|table| namespace_of(table)) else { return 0 };
    let names = Names::of(own(services, namespace).map(|one| one.reference().name.as_str()));
    let agrees = |route: &Route| {
        let backend = addresses::service_name(&route.host, namespace);
        backend.is_some_and(|backend| names.agrees(route, backend))
    };
    let routes = tables.flat_map(routes::of);
    routes.filter(agrees).count() as i64
}

fn namespace_of(object: &Object) -> &str {
    object.reference().namespace.as_deref().unwrap_or_default()
}

fn own<'a>(
    services: &'a [Arc<Object>],
    namespace: &'a str,
) -> impl Iterator<Item = &'a Arc<Object>> + Clone {
    services.iter().filter(move |one| namespace_of(one) == namespace)
}

/// The routes of one table against the services of its namespace, beside which so many are called
/// after theirs.
pub fn of_table(table: &Object, agreeing: i64, services: &[Arc<Object>]) -> Vec<GatewayRoute> {
    let routes = routes::of(table);
    if routes.is_empty() {
        return Vec::new();
    }
    let namespace = namespace_of(table);
    let own = || own(services, namespace);
    let names = Names::of(own().map(|one| one.reference().name.as_str()));
    let describe = |route: Route| {
        let name = addresses::service_name(&route.host, namespace);
        let backend = own().find(|one| Some(one.reference().name.as_str()) == name);
        let candidates = own().map(|one| one.reference().name.as_str());
        let after = name.and_then(|name| names.called_after(&route, name, candidates));
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
