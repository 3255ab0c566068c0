//! Routes of gateways: which path is sent to which service, from Ingresses and from the route
//! tables that ConfigMaps hold.

use evidence::{Kind, Object};
use serde_json::Value as Json;

use crate::field;

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
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
    /// Where it stands in its object.
    pub place: String,
}

/// The routes that an object holds, in its order.
pub fn of(object: &Object) -> Vec<Route> {
    match object.reference().kind {
        Kind::Ingress => of_ingress(object),
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
        let named = parts.filter(|part| !part.contains(['*', '{', '$', '^', '(']));
        named.map(|part| self.core(part)).filter(|core| core.len() >= 3).collect()
    }

    /// Whether a route's own name or path is that of the service that it sends to.
    pub fn agrees(&self, route: &Route) -> bool {
        let backend = self.core(&route.host);
        self.words(route).contains(&backend)
    }

    fn words(&self, route: &Route) -> Vec<String> {
        let id = route.id.as_deref().map(|id| self.core(id));
        let path = route.path.as_deref().map(|path| self.segments(path)).unwrap_or_default();
        id.into_iter().chain(path).collect()
    }

    /// The one other service that a route is called after. Where its name and its path both are
    /// that service's, the backend's own name does not matter; else it must have nothing of them.
    pub fn called_after<'a>(
        &self,
        route: &Route,
        services: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let words = self.words(route);
        let backend = self.core(&route.host);
        if words.contains(&backend) {
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
        let meant = |route| names.called_after(route, services.into_iter());
        assert_eq!(meant(&routes[0]), Some("pay-ledger-service"));
        assert_eq!(meant(&routes[1]), None);
        assert!(names.agrees(&routes[1]) && !names.agrees(&routes[0]));
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
