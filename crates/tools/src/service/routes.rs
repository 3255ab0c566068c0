//! Routes of gateways: which path is sent to which service, from Ingresses, HTTPRoutes and
//! VirtualServices, and from the route tables that ConfigMaps hold.

use std::collections::BTreeSet;

use evidence::{Kind, Object};
use serde_json::Value as Json;

use crate::application::addresses;
use crate::field;

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Its own name, where it has one.
    pub id: Option<String>,
    /// The path that it is for.
    pub path: Option<String>,
    /// Further paths that it is for.
    pub also: Vec<String>,
    /// The other hosts that get a share of the same requests.
    pub beside: Vec<String>,
    /// The host that it sends to.
    pub host: String,
    /// The port, by number or name, where one is given.
    pub port: Option<String>,
    /// Whether a registry of services, and not the cluster's DNS, finds the host.
    pub by_registry: bool,
    /// Where it stands in its object.
    pub place: String,
}

/// The routes that an object holds, in its order.
pub fn of(object: &Object) -> Vec<Route> {
    match object.reference().kind {
        Kind::Ingress => of_ingress(object),
        Kind::HTTPRoute => of_http_route(object),
        Kind::VirtualService => of_virtual_service(object),
        Kind::ConfigMap => {
            let data = object.json().get("data").and_then(Json::as_object);
            let texts = data.into_iter().flatten();
            texts
                .filter_map(|(key, text)| Some((key, text.as_str()?)))
                .flat_map(|(key, text)| {
                    let mut routes = of_spring(text);
                    routes.extend(of_nginx(text));
                    routes.iter_mut().for_each(|route| route.place = format!("data[{key}]"));
                    routes
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Where the routes of an object stand, where a source may not show it.
pub fn place(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::HTTPRoute => Some("/spec/rules"),
        Kind::VirtualService => Some("/spec/http"),
        _ => None,
    }
}

/// The routes of an HTTPRoute of the Gateway API: one for each backend that gets requests. A backend
/// of another kind than a service has no host, and a rule that redirects has no backend.
fn of_http_route(route: &Object) -> Vec<Route> {
    let namespace = route.reference().namespace.as_deref();
    let mut routes = Vec::new();
    for (rule, json) in route.items("/spec/rules").iter().enumerate() {
        let matches = field::items(json, "/matches").iter();
        let paths: Vec<String> =
            matches.filter_map(|one| field::text(one, "/path/value")).collect();
        let backends = field::items(json, "/backendRefs").iter().enumerate();
        let used = backends.filter(|(_, one)| field::int(one, "/weight") != Some(0));
        let destination = |(index, one): (usize, &Json)| {
            let is_service = field::word(one, "/kind").is_none_or(|kind| kind == "Service")
                && field::word(one, "/group").is_none_or(str::is_empty);
            let name = field::text(one, "/name").filter(|_| is_service)?;
            let elsewhere = field::word(one, "/namespace").filter(|own| Some(*own) != namespace);
            Some(Route {
                host: elsewhere.map_or(name.clone(), |own| format!("{name}.{own}.svc")),
                port: field::int(one, "/port").map(|port| port.to_string()),
                place: format!("spec.rules[{rule}].backendRefs[{index}]"),
                ..Route::default()
            })
        };
        share(&paths, used.filter_map(destination).collect(), &mut routes);
    }
    routes
}

/// The routes of an Istio VirtualService: one for each destination that gets requests. A rule that
/// redirects, answers itself or delegates has none. One that is for all requests to a service of the
/// namespace is called after it.
fn of_virtual_service(service: &Object) -> Vec<Route> {
    let namespace = service.reference().namespace.as_deref().unwrap_or_default();
    let hosts = field::texts(service.json(), "/spec/hosts");
    let host = match hosts.as_slice() {
        [host] if addresses::is_host(host) => addresses::service_name(host, namespace),
        _ => None,
    };
    let mut routes = Vec::new();
    for (rule, json) in service.items("/spec/http").iter().enumerate() {
        let matches = field::items(json, "/match");
        let forms = ["/uri/prefix", "/uri/exact", "/uri/regex"];
        let path = |one: &Json| forms.iter().find_map(|form| field::text(one, form));
        let paths: Vec<String> = matches.iter().filter_map(path).collect();
        let destinations = field::items(json, "/route");
        // The only destination gets all requests, whatever its weight.
        let gets = |one: &Json| destinations.len() == 1 || field::int(one, "/weight") != Some(0);
        let used = destinations.iter().enumerate().filter(|(_, one)| gets(one));
        let destination = |(index, one): (usize, &Json)| {
            Some(Route {
                id: host.filter(|_| matches.is_empty()).map(str::to_owned),
                host: field::text(one, "/destination/host")?,
                port: field::int(one, "/destination/port/number").map(|port| port.to_string()),
                place: format!("spec.http[{rule}].route[{index}].destination"),
                ..Route::default()
            })
        };
        share(&paths, used.filter_map(destination).collect(), &mut routes);
    }
    routes
}

/// Adds the routes of a rule that is for these paths, or for every path.
fn share(paths: &[String], of_rule: Vec<Route>, routes: &mut Vec<Route>) {
    let hosts: Vec<String> = of_rule.iter().map(|one| one.host.clone()).collect();
    let (path, also) = paths.split_first().map_or(("/", &[][..]), |(first, more)| (first, more));
    routes.extend(of_rule.into_iter().map(|one| Route {
        path: Some(path.to_owned()),
        also: also.to_vec(),
        beside: hosts.iter().filter(|host| **host != one.host).cloned().collect(),
        ..one
    }));
}

fn of_ingress(ingress: &Object) -> Vec<Route> {
    let mut routes = Vec::new();
    for (rule, json) in ingress.items("/spec/rules").iter().enumerate() {
        for (index, path) in field::items(json, "/http/paths").iter().enumerate() {
            let Some(host) = field::text(path, "/backend/service/name") else { continue };
            let number = field::int(path, "/backend/service/port/number");
            routes.push(Route {
                path: field::text(path, "/path"),
                host,
                port: number
                    .map(|number| number.to_string())
                    .or_else(|| field::text(path, "/backend/service/port/name")),
                place: format!("spec.rules[{rule}].http.paths[{index}]"),
                ..Route::default()
            });
        }
    }
    routes
}

/// The routes of Spring Cloud Gateway in YAML: `- id:`, `uri:` and `Path=` in the order of its
/// documentation, in which they are also written.
fn of_spring(text: &str) -> Vec<Route> {
    if !text.contains("uri:") || !text.contains("Path=") {
        return Vec::new();
    }
    let mut routes: Vec<Route> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let (item, bare) = match line.strip_prefix("- ") {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let value = |key: &str| {
            let value = bare.strip_prefix(key)?.trim();
            Some(value.trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
        };
        if let Some(id) = value("id:").filter(|_| item) {
            routes.push(Route { id: Some(id), ..Route::default() });
        } else if let Some((host, port, by_registry)) = value("uri:").and_then(|uri| target(&uri)) {
            if item && routes.last().is_none_or(|route| !route.host.is_empty()) {
                routes.push(Route::default());
            }
            if let Some(route) = routes.last_mut().filter(|route| route.host.is_empty()) {
                (route.host, route.port, route.by_registry) = (host, port, by_registry);
            }
        } else if let Some(path) = value("Path=")
            && let Some(route) = routes.last_mut().filter(|route| route.path.is_none())
        {
            route.path = path.split(',').next().map(str::to_owned);
        }
    }
    routes.retain(|route| !route.host.is_empty() && route.path.is_some());
    routes
}

/// The locations of nginx that pass a request on.
fn of_nginx(text: &str) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut path = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("location ") {
            let words = rest.trim_end_matches('{').split_whitespace();
            path = words.last().map(str::to_owned);
        }
        let Some((_, rest)) = line.split_once("proxy_pass ") else { continue };
        let uri = rest.trim().trim_end_matches([';', '}', ' ']);
        if let Some((host, port, _)) = target(uri).filter(|(host, ..)| !host.contains('$')) {
            routes.push(Route { path: path.clone(), host, port, ..Route::default() });
        }
    }
    routes
}

/// Host and port of a URI whose host may be a placeholder with a default, `${NAME:default}`, and
/// whether its scheme asks a registry.
fn target(uri: &str) -> Option<(String, Option<String>, bool)> {
    let (scheme, rest) = uri.split_once("://")?;
    let (host, rest) = match rest.strip_prefix("${") {
        Some(inner) => {
            let (inner, rest) = inner.split_once('}')?;
            (inner.split_once(':')?.1, rest)
        }
        None => rest.split_at(rest.find([':', '/']).unwrap_or(rest.len())),
    };
    let port = rest.strip_prefix(':').map(|rest| rest.split('/').next().unwrap_or(rest).to_owned());
    let whole = !host.is_empty() && !host.contains(char::is_whitespace);
    whole.then(|| (host.to_owned(), port, scheme == "lb"))
}

/// Names without what names of one application have in common, to be compared.
#[derive(Debug)]
pub struct Names {
    prefix: Option<String>,
}

impl Names {
    /// Of the services of a namespace: a first word that most of them share is left out.
    pub fn of<'a>(services: impl Iterator<Item = &'a str> + Clone) -> Names {
        let total = services.clone().count();
        let words = services.clone().filter_map(|name| Some(name.split_once('-')?.0));
        let mut counted: Vec<(usize, &str)> = words
            .map(|word| {
                let same = services.clone().filter(|name| {
                    name.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'))
                });
                (same.count(), word)
            })
            .collect();
        counted.sort();
        let most = counted.last().filter(|(count, _)| total > 2 && count * 2 > total);
        Names { prefix: most.map(|(_, word)| format!("{word}-")) }
    }

    /// What a name is about: without the shared word, without `service`, letters and digits only.
    pub fn core(&self, name: &str) -> String {
        let name = self.prefix.as_deref().and_then(|word| name.strip_prefix(word)).unwrap_or(name);
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        let bare = ["service", "svc"].iter().find_map(|ending| plain.strip_suffix(ending));
        bare.filter(|bare| !bare.is_empty()).unwrap_or(&plain).to_owned()
    }

    /// The parts of a path that may name a service.
    fn segments(&self, path: &str) -> Vec<String> {
        let version = |part: &str| {
            part.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        };
        let parts = path.split('/').filter(|part| !version(part) && *part != "api");
        const PATTERN: [char; 11] = ['*', '{', '$', '^', '(', ')', '[', '?', '|', '+', '\\'];
        let named = parts.filter(|part| !part.contains(PATTERN));
        named.map(|part| self.core(part)).filter(|core| core.len() >= 3).collect()
    }

    /// Whether a route's own name or path is that of the service that it sends to.
    pub fn agrees(&self, route: &Route, backend: &str) -> bool {
        self.words(route).contains(&self.core(backend))
    }

    /// What a route's own name and its paths are about: each of both once.
    fn words(&self, route: &Route) -> Vec<String> {
        let id = route.id.as_deref().map(|id| self.core(id));
        let paths = route.path.iter().chain(&route.also);
        let named: BTreeSet<String> = paths.flat_map(|path| self.segments(path)).collect();
        id.into_iter().chain(named).collect()
    }

    /// The one other service that a route is called after. Where its name and its path both are
    /// that service's, the backend's own name does not matter; else it must have nothing of them. Where
    /// requests are shared out among several services, one that is meant is enough.
    pub fn called_after<'a>(
        &self,
        route: &Route,
        backend: &str,
        services: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let words = self.words(route);
        let backend = self.core(backend);
        let beside = route.beside.iter().map(|host| host.split('.').next().unwrap_or(host));
        if words.contains(&backend)
            || beside.map(|host| self.core(host)).any(|core| words.contains(&core))
        {
            return None;
        }
        let overlaps = |word: &String| {
            backend.len() >= 3
                && word.len() >= 3
                && (word.contains(&backend) || backend.contains(word.as_str()))
        };
        let akin = words.iter().any(overlaps);
        let mut meant = services.filter(|service| {
            let core = self.core(service);
            let named = words.iter().filter(|word| **word == core).count();
            core != backend && named >= if akin { 2 } else { 1 }
        });
        let first = meant.next()?;
        meant.next().is_none().then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
    routes:
      - id: ledger
        uri: lb://${LEDGER_HOST:pay-basket-service}
        predicates:
          - Path=/api/v1/ledgerservice/**
      - id: basket
        uri: http://pay-basket-service:8080
        predicates:
          - Path=/api/v1/basketservice/**
";

    #[test]
    fn a_route_that_is_called_after_another_service_is_told() {
        let routes = of_spring(TABLE);
        assert_eq!(routes.len(), 2);
        assert_eq!((routes[0].host.as_str(), routes[0].by_registry), ("pay-basket-service", true));
        assert_eq!(routes[1].port.as_deref(), Some("8080"));
        let services = ["pay-basket-service", "pay-ledger-service", "pay-till-service"];
        let names = Names::of(services.into_iter());
        let meant = |route: &Route| names.called_after(route, &route.host, services.into_iter());
        assert_eq!(meant(&routes[0]), Some("pay-ledger-service"));
        assert_eq!(meant(&routes[1]), None);
        assert!(
            names.agrees(&routes[1], &routes[1].host) && !names.agrees(&routes[0], &routes[0].host)
        );
    }

    #[test]
    fn nginx_locations_are_routes() {
        let text = "location /ledger/ {\n  proxy_pass http://ledger:8080/;\n}\nlocation = /x { proxy_pass http://$up; }";
        let routes = of_nginx(text);
        assert_eq!(routes.len(), 1, "{routes:?}");
        assert_eq!(routes[0].path.as_deref(), Some("/ledger/"));
        assert_eq!((routes[0].host.as_str(), routes[0].port.as_deref()), ("ledger", Some("8080")));
    }
}
