//! Which services a workload calls, as far as its manifest tells.
//!
//! An address in an environment variable, in a command line or in a ConfigMap that is read as a
//! whole is taken for a call. What a workload finds out while it runs, such as from a service
//! registry, stands in no manifest.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Object, ObjectRef};
use serde_json::Value as Json;

/// The workloads of a namespace that each of them calls.
pub(super) fn callees(
    pods: &[(ObjectRef, &Object)],
    services: &[&Object],
    maps: &[&Object],
) -> BTreeMap<ObjectRef, BTreeSet<ObjectRef>> {
    let behind: BTreeMap<&str, BTreeSet<&ObjectRef>> = services
        .iter()
        .map(|service| (service.reference().name.as_str(), selected(service, pods)))
        .collect();
    let mut graph: BTreeMap<ObjectRef, BTreeSet<ObjectRef>> = BTreeMap::new();
    for (workload, pod) in pods {
        let own = graph.entry(workload.clone()).or_default();
        for text in texts(pod, maps) {
            let hosts = hosts(text).filter_map(|host| behind.get(host)).flatten();
            own.extend(hosts.filter(|callee| **callee != workload).map(|callee| (*callee).clone()));
        }
    }
    graph
}

fn selected<'a>(service: &Object, pods: &'a [(ObjectRef, &Object)]) -> BTreeSet<&'a ObjectRef> {
    let selector = service.at("/spec/selector").and_then(Json::as_object);
    let Some(selector) = selector.filter(|selector| !selector.is_empty()) else {
        return BTreeSet::new();
    };
    let fits =
        |pod: &Object| selector.iter().all(|(name, value)| pod.label(name) == value.as_str());
    pods.iter().filter(|(_, pod)| fits(pod)).map(|(workload, _)| workload).collect()
}

/// The texts of a pod in which addresses stand.
fn texts<'a>(pod: &'a Object, maps: &[&'a Object]) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for container in pod.items("/spec/containers") {
        let list = |key: &str| container.get(key).and_then(Json::as_array).into_iter().flatten();
        found.extend(list("env").filter_map(|entry| entry.get("value")?.as_str()));
        found.extend(list("command").chain(list("args")).filter_map(Json::as_str));
        for from in list("envFrom") {
            let name = from.pointer("/configMapRef/name").and_then(Json::as_str);
            let map = maps.iter().find(|map| Some(map.reference().name.as_str()) == name);
            found.extend(map.into_iter().flat_map(values));
        }
    }
    for volume in pod.items("/spec/volumes") {
        let name = volume.pointer("/configMap/name").and_then(Json::as_str);
        let map = maps.iter().find(|map| Some(map.reference().name.as_str()) == name);
        found.extend(map.into_iter().flat_map(values));
    }
    found
}

fn values<'a>(map: &&'a Object) -> impl Iterator<Item = &'a str> {
    let data = map.json().get("data").and_then(Json::as_object);
    data.into_iter().flat_map(|data| data.values()).filter_map(Json::as_str)
}

/// The words of a text that may be the name of a service: `web`, `web.shop.svc:80`, `http://web/`.
fn hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.')
        .filter_map(|word| word.split('.').next())
        .filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, container: Json) -> Object {
        Object::admit(json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": name, "namespace": "shop", "labels": { "app": name } },
            "spec": { "containers": [container] } }))
        .unwrap()
    }

    #[test]
    fn an_address_in_an_environment_leads_to_what_the_service_selects() {
        let web = pod(
            "web",
            json!({ "name": "a", "env": [
            { "name": "BACKEND", "value": "http://stock.shop.svc:80/v1" } ] }),
        );
        let stock = pod("warehouse", json!({ "name": "a" }));
        let service = Object::admit(json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "stock", "namespace": "shop" },
            "spec": { "selector": { "app": "warehouse" } } }))
        .unwrap();
        let pods = [(web.workload(), &web), (stock.workload(), &stock)];
        let graph = callees(&pods, &[&service], &[]);
        assert_eq!(graph[&web.workload()], BTreeSet::from([stock.workload()]));
        assert!(graph[&stock.workload()].is_empty());
    }
}
