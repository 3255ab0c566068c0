//! Rows of services, endpoints, ingresses, routes, network policies and registrations of APIs.

use serde_json::{Value as Json, json};

use crate::layouts::transcript::fields::{int, pairs, put, put_some, selector};
use crate::layouts::transcript::table::Row;

/// Reads a row of a service: `80:30080/TCP,443/TCP`.
pub(super) fn service(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/type", row.told("TYPE"));
    put_some(json, "spec/clusterIP", row.told("CLUSTER-IP"));
    put_some(json, "spec/selector", row.told("SELECTOR").and_then(|text| pairs(text.split(','))));
    let Some(ports) = row.told("PORT(S)") else { return };
    let port = |text: &str| {
        let (numbers, protocol) = text.split_once('/')?;
        let (port, node) = numbers.split_once(':').map_or((numbers, None), |(p, n)| (p, Some(n)));
        let mut json = json!({ "port": int(port)?, "protocol": protocol });
        put_some(&mut json, "nodePort", node.and_then(int));
        Some(json)
    };
    put(json, "spec/ports", ports.split(',').filter_map(port).collect::<Vec<_>>());
}

/// Reads a row of an APIService: `kube-system/metrics-server   False (MissingEndpoints)`, or `Local`
/// where the API server serves the group itself.
pub(super) fn api_service(row: &Row<'_, '_>, json: &mut Json) {
    if let Some((namespace, name)) = row.told("SERVICE").and_then(|text| text.split_once('/')) {
        put(json, "spec/service", json!({ "namespace": namespace, "name": name }));
    }
    let Some(available) = row.told("AVAILABLE") else { return };
    let (status, reason) = available.split_once(' ').unwrap_or((available, ""));
    let mut condition = json!({ "type": "Available", "status": status });
    let reason = reason.trim_matches(['(', ')']);
    put_some(&mut condition, "reason", Some(reason).filter(|reason| !reason.is_empty()));
    put(json, "status/conditions", vec![condition]);
}

/// Reads a row of endpoints: `10.0.0.1:80,10.0.0.2:80 + 2 more...`. Only ready addresses are
/// shown, and not all of them; what is shown proves that there are some.
pub(super) fn endpoints(row: &Row<'_, '_>, json: &mut Json) {
    let Some(text) = row.get("ENDPOINTS") else { return };
    let Some(text) = row.told("ENDPOINTS").filter(|_| !text.starts_with('<')) else { return };
    let (list, more) = text.split_once(" + ").map_or((text, false), |(list, _)| (list, true));
    if more {
        return;
    }
    let mut subsets: Vec<(Option<i64>, Vec<Json>)> = Vec::new();
    for address in list.split(',') {
        let (ip, port) = address.rsplit_once(':').unwrap_or((address, ""));
        let found = json!({ "ip": ip.trim_matches(['[', ']']) });
        match subsets.iter_mut().find(|(of, _)| *of == int(port)) {
            Some((_, addresses)) => addresses.push(found),
            None => subsets.push((int(port), vec![found])),
        }
    }
    let subset = |(port, addresses): (Option<i64>, Vec<Json>)| {
        let ports: Vec<Json> = port.map(|port| json!({ "port": port })).into_iter().collect();
        json!({ "addresses": addresses, "ports": ports })
    };
    put(json, "subsets", subsets.into_iter().map(subset).collect::<Vec<_>>());
}

/// Reads a row of an ingress.
pub(super) fn ingress(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/ingressClassName", row.told("CLASS"));
}

/// Reads a row of an HTTPRoute: its hosts. Where it leads is not shown.
pub(super) fn http_route(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/hostnames", texts(row, "HOSTNAMES"));
}

/// Reads a row of an Istio VirtualService: its gateways and hosts. Where it leads is not shown.
pub(super) fn virtual_service(row: &Row<'_, '_>, json: &mut Json) {
    put_some(json, "spec/gateways", texts(row, "GATEWAYS"));
    put_some(json, "spec/hosts", texts(row, "HOSTS"));
}

/// A list as the columns of custom kinds show it: `["a","b"]`.
fn texts(row: &Row<'_, '_>, column: &str) -> Option<Vec<String>> {
    serde_json::from_str(row.told(column)?).ok()
}

/// Reads a row of a network policy.
pub(super) fn network_policy(row: &Row<'_, '_>, json: &mut Json) {
    let pods = row.get("POD-SELECTOR").map(|text| selector(text).unwrap_or_else(|| json!({})));
    put_some(json, "spec/podSelector", pods);
}
