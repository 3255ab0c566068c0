//! Addresses that a workload's settings name: `host:port` as a whole value, in a URL, in a list,
//! or as a pair of variables `…_HOST` and `…_PORT`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{Kind, Object, ObjectRef, is_host_name};
use serde_json::Value as Json;

use crate::field;
use crate::service::service_pods;

/// An address that a variable of a container names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The container.
    pub container: String,
    /// The variable.
    pub variable: String,
    /// The host as it is written.
    pub host: String,
    /// The port, where one is given.
    pub port: Option<u16>,
    /// The object that the value stands in, where it is not the workload.
    pub from: Option<ObjectRef>,
}

/// How an address fits the services of its namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not one of the namespace's services by its form, or cannot be judged.
    Elsewhere,
    /// A service has it.
    Served(ObjectRef),
    /// The service exists and has no such port.
    NoPort(ObjectRef),
    /// There is no such service.
    NoService {
        /// The service that is nearest by name, where one is near enough to be meant.
        meant: Option<ObjectRef>,
        /// The workload of just that name.
        workload: Option<ObjectRef>,
    },
}

/// The addresses in the variables of a workload's or pod's containers, in order. `configs` are the
/// ConfigMaps and Secrets that its variables may come from.
pub fn of(object: &Object, configs: &[Arc<Object>]) -> Vec<Address> {
    let spec = if object.reference().kind == Kind::Pod { "/spec" } else { "/spec/template/spec" };
    let lists = ["initContainers", "containers"];
    let containers = lists.into_iter().flat_map(|list| object.items(&format!("{spec}/{list}")));
    let mut found: Vec<Address> = containers
        .flat_map(|container| {
            let name = field::text(container, "/name").unwrap_or_default();
            let namespace = object.reference().namespace.as_deref();
            in_variables(&name, &variables(container, namespace, configs))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Whether a workload's own variables name an address in its namespace, or come from a ConfigMap
/// that may: where neither is so, no other object has to be read.
pub fn may_name_services(workload: &Object) -> bool {
    let namespace = workload.reference().namespace.as_deref().unwrap_or_default();
    let near = |one: &Address| service_name(&one.host, namespace).is_some();
    let containers = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| workload.items(&format!("/spec/template/spec/{list}")));
    let mut sources = containers.flat_map(|one| {
        let env = field::items(one, "/env").iter().filter_map(|env| env.get("valueFrom"));
        field::items(one, "/envFrom").iter().chain(env)
    });
    of(workload, &[]).iter().any(near)
        || sources.any(|one| one.get("configMapRef").or(one.get("configMapKeyRef")).is_some())
}

/// A variable's value, and the object that it stands in where it is another.
type Variable = (String, Option<ObjectRef>);

/// The Secrets that a workload's variables are taken from.
pub(crate) fn secrets_of(workload: &Object) -> Vec<ObjectRef> {
    let lists = ["initContainers", "containers"];
    let containers =
        lists.into_iter().flat_map(|list| workload.items(&format!("/spec/template/spec/{list}")));
    let names = containers.flat_map(|one| {
        let all = field::items(one, "/envFrom").iter().map(|from| (from, "/secretRef/name"));
        let single = field::items(one, "/env").iter();
        all.chain(single.map(|env| (env, "/valueFrom/secretKeyRef/name")))
    });
    let names: BTreeSet<&str> = names.filter_map(|(json, at)| field::word(json, at)).collect();
    let namespace = workload.reference().namespace.as_deref();
    names.into_iter().map(|name| ObjectRef::new(Kind::Secret, namespace, name)).collect()
}

/// The values of a ConfigMap, or the addresses that the seal of a Secret keeps.
fn values(object: &Object) -> Vec<(String, String)> {
    if let Some(seal) = object.seal() {
        return seal.keys.into_iter().filter_map(|key| Some((key.name, key.address?))).collect();
    }
    let data = object.json().get("data").and_then(Json::as_object);
    let text = |(key, value): (&String, &Json)| Some((key.clone(), value.as_str()?.to_owned()));
    data.into_iter().flatten().filter_map(text).collect()
}

fn variables(
    container: &Json,
    namespace: Option<&str>,
    configs: &[Arc<Object>],
) -> BTreeMap<String, Variable> {
    let named = |json: &Json, map: &str, secret: &str| {
        let of = |at: &str, kind| Some(ObjectRef::new(kind, namespace, field::word(json, at)?));
        let named = of(map, Kind::ConfigMap).or_else(|| of(secret, Kind::Secret))?;
        configs.iter().find(|one| *one.reference() == named)
    };
    let mut all = BTreeMap::new();
    for source in field::items(container, "/envFrom") {
        let prefix = field::word(source, "/prefix").unwrap_or_default();
        let Some(config) = named(source, "/configMapRef/name", "/secretRef/name") else {
            // Of two sources the later wins: one that was not read may give any variable anew.
            if source.get("secretRef").is_some() {
                all.clear();
            }
            continue;
        };
        for key in config.seal().into_iter().flat_map(|seal| seal.keys) {
            all.remove(&format!("{prefix}{}", key.name));
        }
        for (key, value) in values(config) {
            all.insert(format!("{prefix}{key}"), (value, Some(config.reference().clone())));
        }
    }
    for entry in field::items(container, "/env") {
        let Some(name) = field::text(entry, "/name") else { continue };
        if let Some(value) = field::text(entry, "/value") {
            all.insert(name, (value, None));
            continue;
        }
        let key = field::word(entry, "/valueFrom/configMapKeyRef/key")
            .or_else(|| field::word(entry, "/valueFrom/secretKeyRef/key"));
        let config =
            named(entry, "/valueFrom/configMapKeyRef/name", "/valueFrom/secretKeyRef/name");
        let of_key = |config: &Object| values(config).into_iter().find(|(own, _)| key == Some(own));
        match config.and_then(|config| Some((config, of_key(config)?))) {
            Some((config, (_, value))) => {
                all.insert(name, (value, Some(config.reference().clone())));
            }
            None => {
                all.remove(&name);
            }
        }
    }
    all
}

fn in_variables(container: &str, variables: &BTreeMap<String, Variable>) -> Vec<Address> {
    let mut found = Vec::new();
    for (name, (value, from)) in variables {
        let address = |host: &str, port| Address {
            container: container.to_owned(),
            variable: name.clone(),
            host: host.to_owned(),
            port,
            from: from.clone(),
        };
        if let Some(stem) = host_of(name).filter(|_| is_host(value)) {
            let pair = format!("{stem}PORT");
            let mut pairs = variables.iter().filter(|(other, _)| other.eq_ignore_ascii_case(&pair));
            let port = pairs.find_map(|(_, (value, _))| value.parse::<u16>().ok());
            found.push(address(value, port));
            continue;
        }
        found.extend(endpoints(value).into_iter().map(|(host, port)| address(&host, Some(port))));
    }
    found
}

/// What stands before `HOST` at the end of a variable's name, in capitals or not.
fn host_of(name: &str) -> Option<&str> {
    let (stem, end) = name.split_at_checked(name.len().checked_sub("HOST".len())?)?;
    end.eq_ignore_ascii_case("HOST").then_some(stem)
}

/// The `host:port` pairs that a text consists of: alone, in a list with commas, or in URLs.
pub fn endpoints(text: &str) -> Vec<(String, u16)> {
    if text.len() > 4096 || text.contains("$(") {
        return Vec::new();
    }
    text.split([',', ' ', '\n']).filter_map(|part| endpoint(part.trim())).collect()
}

fn endpoint(text: &str) -> Option<(String, u16)> {
    let rest = match text.rsplit_once("://") {
        Some((_, rest)) => rest,
        None => text,
    };
    let rest = rest.split(['/', '?', ';']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (host, port) = rest.rsplit_once(':')?;
    let port = port.parse().ok()?;
    is_host(host).then(|| (host.to_owned(), port))
}

/// Whether a text names another machine by a DNS name.
pub(crate) fn is_host(text: &str) -> bool {
    is_host_name(text) && text != "localhost"
}

/// The service of the namespace that a host names by its form: `web`, `web.shop`,
/// `web.shop.svc`, `web.shop.svc.cluster.local`, or a pod of it, `web-0.web.shop.svc`.
pub fn service_name<'a>(host: &'a str, namespace: &str) -> Option<&'a str> {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    match labels.as_slice() {
        [name] => Some(name),
        [name, own] if *own == namespace => Some(name),
        [name, own, "svc", ..] if *own == namespace => Some(name),
        [_, name, own] if *own == namespace => Some(name),
        [_, name, own, "svc", ..] if *own == namespace => Some(name),
        _ => None,
    }
}

/// Whether the hosts file of a workload's pods has an address for a name.
fn is_in_hosts_file(host: &str, workload: &Object) -> bool {
    let mut entries = workload.items("/spec/template/spec/hostAliases").iter();
    entries.any(|entry| field::texts(entry, "/hostnames").iter().any(|name| name == host))
}

/// Judges an address of a workload by all services and workloads of its namespace.
pub fn judge(
    address: &Address,
    own: &Object,
    services: &[Arc<Object>],
    workloads: &[Arc<Object>],
) -> Standing {
    let namespace = own.reference().namespace.as_deref().unwrap_or_default();
    let Some(name) = service_name(&address.host, namespace) else { return Standing::Elsewhere };
    if is_in_hosts_file(&address.host, own) {
        return Standing::Elsewhere;
    }
    let labels = "/spec/template/metadata/labels";
    let is_own = |service: &Object| {
        service_pods::matches(&service_pods::selector(service), own, labels)
            || service.reference().name == own.reference().name
    };
    if let Some(service) = services.iter().find(|one| one.reference().name == name) {
        let named = service.reference().clone();
        // A headless service passes on every port, and one of another name is somewhere else.
        let passes = service.text("/spec/clusterIP") == Some("None")
            || service.text("/spec/type") == Some("ExternalName")
            || service.items("/spec/ports").is_empty()
            || is_own(service);
        let serves = |port: u16| {
            let numbers = service.items("/spec/ports").iter();
            numbers.filter_map(|one| field::int(one, "/port")).any(|one| one == i64::from(port))
        };
        return match address.port {
            Some(port) if !passes && !serves(port) => Standing::NoPort(named),
            _ => Standing::Served(named),
        };
    }
    let others = services.iter().filter(|one| !is_own(one));
    let slips: Vec<&Arc<Object>> =
        others.filter(|one| is_meant(name, &address.variable, &one.reference().name)).collect();
    let meant = match slips.as_slice() {
        [only] => Some(only.reference().clone()),
        several => {
            let names = several.iter().map(|one| one.reference().name.as_str());
            crate::nearest::nearest(name, names)
                .map(|near| ObjectRef::new(Kind::Service, Some(namespace), near))
        }
    };
    let workload = workloads.iter().find(|one| {
        one.reference().name == name && service_pods::BACKENDS.contains(&one.reference().kind)
    });
    let workload = workload.map(|one| one.reference().clone());
    Standing::NoService { meant, workload }
}

/// A service's name to which the pods of a workload give an address of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name, as it is written.
    pub host: String,
    /// The address that it is given.
    pub ip: String,
    /// The service.
    pub service: ObjectRef,
    /// The service's own address.
    pub cluster_ip: String,
    /// The place of the entry among `hostAliases`.
    pub index: usize,
}

/// The `hostAliases` of a workload that give a service of its namespace another address than its
/// own: the hosts file of a pod is read before the DNS is asked.
pub fn aliases(workload: &Object, services: &[Arc<Object>]) -> Vec<Alias> {
    let namespace = workload.reference().namespace.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for (index, entry) in workload.items("/spec/template/spec/hostAliases").iter().enumerate() {
        let ip = field::word(entry, "/ip").unwrap_or_default();
        for host in field::texts(entry, "/hostnames") {
            let name = service_name(&host, namespace);
            let service = services.iter().find(|one| Some(one.reference().name.as_str()) == name);
            let own = service.and_then(|one| one.text("/spec/clusterIP"));
            let (Some(service), Some(own)) = (service, own) else { continue };
            let listed = |at: &str| field::texts(service.json(), at).iter().any(|one| one == ip);
            let balanced = service.items("/status/loadBalancer/ingress").iter();
            let its_own = own == ip
                || listed("/spec/clusterIPs")
                || listed("/spec/externalIPs")
                || balanced.filter_map(|one| field::word(one, "/ip")).any(|one| one == ip);
            if !matches!(own, "" | "None") && !its_own {
                found.push(Alias {
                    ip: ip.to_owned(),
                    service: service.reference().clone(),
                    cluster_ip: own.to_owned(),
                    index,
                    host,
                });
            }
        }
    }
    found
}

/// Whether a service is meant by a host that has none: the names are near, or the variable is
/// called after the service.
fn is_meant(host: &str, variable: &str, service: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let variable = plain(variable);
    let stem = ["addr", "address", "host", "url", "uri", "endpoint"]
        .iter()
        .find_map(|ending| variable.strip_suffix(ending))
        .unwrap_or(&variable);
    service_pods::is_slip(host, service) || (stem.len() >= 4 && stem == plain(service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_from_urls_lists_and_bare_values() {
        let found = |text: &str| {
            let all = endpoints(text);
            all.into_iter().map(|(host, port)| format!("{host}:{port}")).collect::<Vec<_>>()
        };
        assert_eq!(found("ledger:5432"), ["ledger:5432"]);
        assert_eq!(found("jdbc:mysql://app@ledger:3306/x?a=b"), ["ledger:3306"]);
        assert_eq!(found("k-0.k:9092,k-1.k:9092"), ["k-0.k:9092", "k-1.k:9092"]);
        for nothing in ["10.0.0.1:80", "sha256:ab", "12:30", "$(A):80", "localhost:80", "a/b:1"] {
            assert!(found(nothing).is_empty(), "{nothing}: {:?}", found(nothing));
        }
    }

    #[test]
    fn a_host_names_a_service_of_its_own_namespace_only() {
        for host in ["web", "web.shop", "web.shop.svc.cluster.local", "web-0.web.shop.svc"] {
            assert_eq!(service_name(host, "shop"), Some("web"), "{host}");
        }
        for host in ["web.bank", "example.com", "web.bank.svc"] {
            assert_eq!(service_name(host, "shop"), None, "{host}");
        }
    }
}
