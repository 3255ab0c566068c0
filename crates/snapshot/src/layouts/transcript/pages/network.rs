//! The pages of services, endpoints, endpoint slices, ingresses and network policies.

use evidence::Kind;
use serde_json::{Map, Value as Json, json};

use super::metadata;
use crate::layouts::transcript::fields::{
    int, int_or_text, pairs, put, put_some, selector, told, truth,
};
use crate::layouts::transcript::outline::{Entry, find, value};
use crate::layouts::transcript::table::gaps;

/// Reads the page of a service.
pub(super) fn service(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Service, entries)?;
    let list = |text: &str| text.split(',').map(|s| Json::from(s.trim())).collect::<Vec<_>>();
    put_some(
        &mut json,
        "spec/selector",
        value(entries, "Selector").and_then(|s| pairs(s.split(','))),
    );
    for (key, field) in [
        ("Type", "type"),
        ("IP Family Policy", "ipFamilyPolicy"),
        ("External Name", "externalName"),
        ("Desired LoadBalancer IP", "loadBalancerIP"),
        ("Session Affinity", "sessionAffinity"),
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("Traffic Distribution", "trafficDistribution"),
    ] {
        put_some(&mut json, &format!("spec/{field}"), value(entries, key));
    }
    // `None` is the word of a headless service, and stays.
    put_some(&mut json, "spec/clusterIP", value(entries, "IP"));
    put_some(&mut json, "spec/ipFamilies", value(entries, "IP Families").map(list));
    put_some(&mut json, "spec/clusterIPs", value(entries, "IPs").map(list));
    put_some(&mut json, "spec/externalIPs", value(entries, "External IPs").map(list));
    let outside = value(entries, "LoadBalancer Ingress").map(|text| {
        let one = |part: &str| {
            let address = part.trim().split(' ').next().unwrap_or_default();
            let is_ip = address.parse::<std::net::IpAddr>().is_ok();
            json!({ if is_ip { "ip" } else { "hostname" }: address })
        };
        text.split(',').map(one).collect::<Vec<_>>()
    });
    put_some(&mut json, "status/loadBalancer/ingress", outside);
    let ports = service_ports(entries);
    if !ports.is_empty() {
        put(&mut json, "spec/ports", ports);
    }
    Some(json)
}

/// `Port`, `TargetPort` and `NodePort` follow each other for each port.
fn service_ports(entries: &[Entry<'_, '_>]) -> Vec<Json> {
    let mut ports: Vec<Json> = Vec::new();
    for entry in entries {
        let (name, rest) = match gaps(entry.value, 1).as_slice() {
            [(_, name), (_, rest)] => (told(name), *rest),
            _ => (None, entry.value),
        };
        let (port, protocol) = rest.split_once('/').unwrap_or((rest, "TCP"));
        match entry.key {
            "Port" => {
                let Some(number) = int(port) else { continue };
                let mut json = json!({ "port": number, "protocol": protocol });
                put_some(&mut json, "name", name);
                ports.push(json);
            }
            "TargetPort" => {
                if let Some(last) = ports.last_mut() {
                    put(last, "targetPort", int_or_text(port));
                }
            }
            "NodePort" => {
                if let Some(last) = ports.last_mut() {
                    put_some(last, "nodePort", int(port));
                }
            }
            _ => {}
        }
    }
    ports
}

/// Reads the page of endpoints.
pub(super) fn endpoints(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Endpoints, entries)?;
    let Some(heading) = find(entries, "Subsets") else { return Some(json) };
    let mut subsets: Vec<Json> = Vec::new();
    for entry in heading.entries() {
        let addresses = || {
            let one = |ip: &str| told(ip.trim()).map(|ip| json!({ "ip": ip }));
            entry.value.split(',').filter_map(one).collect::<Vec<_>>()
        };
        match entry.key {
            "Addresses" => {
                subsets.push(json!({}));
                set_list(subsets.last_mut(), "addresses", addresses());
            }
            "NotReadyAddresses" => set_list(subsets.last_mut(), "notReadyAddresses", addresses()),
            "Ports" => set_list(subsets.last_mut(), "ports", endpoint_ports(&entry)),
            _ => {}
        }
    }
    put(&mut json, "subsets", subsets);
    Some(json)
}

fn set_list(json: Option<&mut Json>, field: &str, items: Vec<Json>) {
    if let Some(json) = json.filter(|_| !items.is_empty()) {
        put(json, field, items);
    }
}

/// `Name  Port  Protocol` in rows.
fn endpoint_ports(heading: &Entry<'_, '_>) -> Vec<Json> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, port, protocol) = (words.next()?, int(words.next()?)?, words.next()?);
        let mut json = json!({ "port": port, "protocol": protocol });
        put_some(&mut json, "name", told(name));
        Some(json)
    };
    heading.below.iter().filter_map(|line| row(line.text)).collect()
}

/// Reads the page of an endpoint slice.
pub(super) fn endpoint_slice(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::EndpointSlice, entries)?;
    put_some(&mut json, "addressType", value(entries, "AddressType"));
    put(&mut json, "ports", find(entries, "Ports").map(endpoint_ports).unwrap_or_default());
    let mut found: Vec<Json> = Vec::new();
    for line in find(entries, "Endpoints").map(|heading| heading.below).unwrap_or_default() {
        let (key, text) = line.text.split_once(':').unwrap_or((line.text, ""));
        let text = told(text.trim());
        if key == "- Addresses" {
            let addresses: Vec<&str> = text
                .into_iter()
                .flat_map(|t| t.split([',', ' ']))
                .filter(|a| !a.is_empty())
                .collect();
            found.push(json!({ "addresses": addresses, "conditions": {} }));
        }
        let Some(endpoint) = found.last_mut() else { continue };
        match key {
            "Ready" => put_some(endpoint, "conditions/ready", text.and_then(truth)),
            "Hostname" => put_some(endpoint, "hostname", text),
            "NodeName" => put_some(endpoint, "nodeName", text),
            "Zone" => put_some(endpoint, "zone", text),
            "TargetRef" => {
                let target = text.and_then(|text| text.split_once('/'));
                let target = target.map(|(kind, name)| json!({ "kind": kind, "name": name }));
                put_some(endpoint, "targetRef", target);
            }
            _ => {}
        }
    }
    put(&mut json, "endpoints", found);
    Some(json)
}

/// Reads the page of an ingress.
pub(super) fn ingress(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::Ingress, entries)?;
    put_some(&mut json, "spec/ingressClassName", value(entries, "Ingress Class"));
    let default = value(entries, "Default backend").and_then(backend);
    put_some(&mut json, "spec/defaultBackend", default);
    let tls = find(entries, "TLS").map(|heading| {
        let one = |line: &str| {
            let (name, hosts) =
                line.split_once(" terminates ").or_else(|| line.split_once(" routes "))?;
            let hosts: Vec<&str> = hosts.split(',').filter(|host| !host.is_empty()).collect();
            let mut tls = json!({ "hosts": hosts });
            put_some(&mut tls, "secretName", Some(name).filter(|name| *name != "SNI"));
            Some(tls)
        };
        heading.below.iter().filter_map(|line| one(line.text)).collect::<Vec<_>>()
    });
    put_some(&mut json, "spec/tls", tls);
    let mut rules: Vec<Json> = Vec::new();
    for line in find(entries, "Rules").map(|heading| heading.below).unwrap_or_default() {
        match gaps(line.text, 2).as_slice() {
            [(_, "Host"), ..] | [(_, "----"), ..] | [(_, "*"), _, (_, "<default>")] => {}
            [(_, host)] if !host.starts_with('/') => {
                let mut rule = json!({ "http": { "paths": [] } });
                put_some(&mut rule, "host", Some(*host).filter(|host| *host != "*"));
                rules.push(rule);
            }
            [(_, path), (_, to)] | [_, (_, path), (_, to)] => {
                let (Some(to), Some(rule)) = (backend(to), rules.last_mut()) else { continue };
                let paths = rule.pointer_mut("/http/paths").and_then(Json::as_array_mut);
                paths
                    .into_iter()
                    .for_each(|paths| paths.push(json!({ "path": path, "backend": to })));
            }
            _ => {}
        }
    }
    if !rules.is_empty() {
        put(&mut json, "spec/rules", rules);
    }
    Some(json)
}

/// `web:80 (10.0.0.1:8080)`.
fn backend(text: &str) -> Option<Json> {
    let (name, port) = text.split(" (").next()?.trim().split_once(':')?;
    let port = match int(port) {
        Some(number) => json!({ "number": number }),
        None => json!({ "name": port }),
    };
    (!name.contains(' ')).then(|| json!({ "service": { "name": name, "port": port } }))
}

/// Reads the page of a network policy.
pub(super) fn network_policy(entries: &[Entry<'_, '_>]) -> Option<Json> {
    let mut json = metadata::object(Kind::NetworkPolicy, entries)?;
    let spec = find(entries, "Spec").map(Entry::entries).unwrap_or_default();
    let pods = value(&spec, "PodSelector").filter(|text| !text.starts_with('<')).and_then(selector);
    put(&mut json, "spec/podSelector", pods.unwrap_or_else(|| json!({})));
    if let Some(types) = value(&spec, "Policy Types") {
        put(&mut json, "spec/policyTypes", types.split(',').map(str::trim).collect::<Vec<_>>());
    }
    for (key, field, peers) in [
        ("Allowing ingress traffic", "spec/ingress", "from"),
        ("Allowing egress traffic", "spec/egress", "to"),
    ] {
        if let Some(heading) = find(&spec, key) {
            put(&mut json, field, rules(heading, peers));
        }
    }
    Some(json)
}

fn rules(heading: &Entry<'_, '_>, peers: &str) -> Vec<Json> {
    let mut rules: Vec<(Vec<Json>, Vec<Json>)> = vec![Default::default()];
    let mut isolated = false;
    for entry in heading.entries() {
        let Some((ports, hosts)) = rules.last_mut() else { break };
        match entry.key {
            "----------" => rules.push(Default::default()),
            "To Port" if !entry.value.starts_with('<') => {
                let (port, protocol) = entry.value.split_once('/').unwrap_or((entry.value, "TCP"));
                ports.push(json!({ "port": int_or_text(port), "protocol": protocol }));
            }
            "From" | "To" if entry.value.is_empty() => hosts.push(peer(&entry)),
            key => isolated |= key.starts_with("<none>"),
        }
    }
    let rule = |(ports, hosts): (Vec<Json>, Vec<Json>)| {
        let mut rule = Json::Object(Map::new());
        set_list(Some(&mut rule), "ports", ports);
        set_list(Some(&mut rule), peers, hosts);
        rule
    };
    if isolated { Vec::new() } else { rules.into_iter().map(rule).collect() }
}

fn peer(entry: &Entry<'_, '_>) -> Json {
    let entries = entry.entries();
    let mut peer = Json::Object(Map::new());
    for (key, field) in [("PodSelector", "podSelector"), ("NamespaceSelector", "namespaceSelector")]
    {
        if let Some(found) = find(&entries, key) {
            put(&mut peer, field, selector(found.value).unwrap_or_else(|| json!({})));
        }
    }
    if let Some(block) = find(&entries, "IPBlock").map(Entry::entries) {
        put_some(&mut peer, "ipBlock/cidr", value(&block, "CIDR"));
        let except = value(&block, "Except").map(|text| text.split(", ").collect::<Vec<_>>());
        put_some(&mut peer, "ipBlock/except", except);
    }
    peer
}
