//! The ports that the containers of a pod want for themselves, and those that two of them want.
//!
//! The containers of a pod share one network: a port that one of them listens on is taken for all
//! others. Reads the pod: declared `containerPort`s of containers and sidecars, and the status
//! port of an Istio proxy, which the annotation `proxy.istio.io/config` may move
//! (<https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig>).
//!
//! ## Absence
//!
//! A pod that does not exist has no ports. A container may listen on a port that it does not
//! declare: that `conflicts` is empty proves nothing. That a port is wanted twice does not prove
//! that both listen on it: whether a container fails says that.
//!
//! ## Example
//!
//! ```text
//! ports = get_pod_ports("<pod>", "<namespace>")
//! - When `ports.conflicts.size() > 0` → likely **container-port-conflict**
//! ```
//!
//! ```json
//! { "conflicts": [ { "port": 8080, "protocol": "TCP", "containers": ["server", "istio-proxy"],
//!     "by": "containerPort of server, statusPort of istio-proxy" } ] }
//! ```

use std::collections::BTreeMap;

use evidence::{Fact, Inquiry, Kind, Object, Pending, Source, Value};
use serde_json::Value as Json;

use crate::pod::container::{self, Sort};
use crate::sight::Sight;
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// The ports of a pod.
    pub struct PodPorts {
        /// The ports that more than one container wants, in order of port.
        pub conflicts: Vec<PortConflict>,
    }

    /// A port that more than one container wants.
    pub struct PortConflict {
        /// The port.
        pub port: i64,
        /// `TCP`, `UDP` or `SCTP`.
        pub protocol: String,
        /// The containers that want it, in the pod's order.
        pub containers: Vec<String>,
        /// By which field each of them does.
        pub by: String,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_ports",
    parameters: &[POD, NAMESPACE],
    facts: PodPorts::SHAPE,
    permissions: &[access("get", "", "pods", "nothing is known")],
    page: include_str!("get_pod_ports.rs"),
    run,
};

/// The annotation by which a pod configures its Istio proxy, and the proxy's container.
const PROXY_CONFIG: &str = "proxy.istio.io/config";
const PROXY: &str = "istio-proxy";

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let (namespace, pod) = (text("namespace"), text("pod"));
    let sight = Sight::of(inquiry, Kind::Pod, namespace, pod)?;
    let conflicts = match &sight {
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        Sight::Seen(pod) => port_conflicts(pod),
        Sight::Absent(_) => Vec::new(),
    };
    Ok(PodPorts { conflicts, source: sight.source("spec.containers") }.into_value())
}

/// The ports that more than one container of a pod wants.
pub fn port_conflicts(pod: &Object) -> Vec<PortConflict> {
    let mut wanted: BTreeMap<(i64, String), Vec<(String, &str)>> = BTreeMap::new();
    let mut claim = |port: i64, protocol: &str, container: &str, field: &'static str| {
        let claims = wanted.entry((port, protocol.to_owned())).or_default();
        if !claims.iter().any(|(name, _)| name == container) {
            claims.push((container.to_owned(), field));
        }
    };
    let containers = container::of(pod);
    let lasting = containers.iter().filter(|one| {
        one.sort == Sort::Main || field::word(one.spec, "/restartPolicy") == Some("Always")
    });
    for one in lasting {
        for port in field::items(one.spec, "/ports") {
            let protocol = field::word(port, "/protocol").unwrap_or("TCP");
            if let Some(number) = field::int(port, "/containerPort") {
                claim(number, protocol, one.name, "containerPort");
            }
        }
        if one.name == PROXY
            && let Some(port) = status_port(pod)
        {
            claim(port, "TCP", PROXY, "statusPort");
        }
    }
    let twice = wanted.into_iter().filter(|(_, claims)| claims.len() > 1);
    twice
        .map(|((port, protocol), claims)| {
            let by = claims.iter().map(|(container, field)| format!("{field} of {container}"));
            let by: Vec<String> = by.collect();
            PortConflict {
                port,
                protocol,
                by: by.join(", "),
                containers: claims.into_iter().map(|(container, _)| container).collect(),
                source: Some(Source::field(pod, "spec.containers").quoting(by.join(", "))),
            }
        })
        .collect()
}

/// The status port that the pod's own configuration gives its proxy; YAML, of which JSON is a part.
fn status_port(pod: &Object) -> Option<i64> {
    let config = pod.annotation(PROXY_CONFIG)?;
    if let Ok(json) = serde_json::from_str::<Json>(config) {
        return field::int(&json, "/statusPort");
    }
    let line = config.lines().find_map(|line| line.trim().strip_prefix("statusPort:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn conflicts(annotation: &str, ports: [Json; 2]) -> Vec<(i64, String)> {
        let [own, other] = ports;
        let pod = Object::admit(json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web-0", "namespace": "shop", "annotations": { PROXY_CONFIG: annotation } },
            "spec": { "containers": [
                { "name": "server", "ports": own }, { "name": PROXY, "ports": other } ] } }))
        .unwrap();
        port_conflicts(&pod).into_iter().map(|one| (one.port, one.by)).collect()
    }

    #[test]
    fn a_port_that_two_containers_declare_is_a_conflict_unless_the_protocols_differ() {
        let port = |protocol: &str| json!([{ "containerPort": 8080, "protocol": protocol }]);
        let found = conflicts("", [port("TCP"), port("TCP")]);
        let by = "containerPort of server, containerPort of istio-proxy";
        assert_eq!(found, [(8080, by.to_owned())]);
        assert_eq!(conflicts("", [port("TCP"), port("UDP")]), []);
    }

    #[test]
    fn a_proxy_that_is_moved_to_a_containers_port_is_a_conflict() {
        let own = || json!([{ "containerPort": 8080 }]);
        for annotation in ["{ \"statusPort\": 8080 }", "concurrency: 2\nstatusPort: 8080\n"] {
            let found = conflicts(annotation, [own(), json!([])]);
            assert_eq!(found.len(), 1, "{annotation}");
        }
        assert_eq!(conflicts("{ \"statusPort\": 15020 }", [own(), json!([])]), []);
        assert_eq!(conflicts("no: yaml: at all", [own(), json!([])]), []);
    }
}
