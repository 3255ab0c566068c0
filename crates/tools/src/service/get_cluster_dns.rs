//! Whether the cluster's DNS has a pod that can answer.
//!
//! Reads the Service `kube-dns` of `kube-system`, the name that kubeadm and most distributions give
//! it whatever program answers, and the pods of that namespace.
//!
//! ## Absence
//!
//! A cluster that has no service of that name has `exists` false, and nothing more is known: its DNS
//! may be called otherwise. `ready_pods` is unknown where not all pods of `kube-system` were seen and
//! none of those seen is ready. The whole result is unknown where the service was not seen.
//!
//! ## Example
//!
//! ```text
//! dns = get_cluster_dns()
//! - When `dns.exists && dns.ready_pods == 0` → TSG-SERVICE-DNS-001 on `dns.ref`
//! ```
//!
//! ```json
//! { "exists": true, "ref": { "kind": "Service", "namespace": "kube-system", "name": "kube-dns" },
//!   "ready_pods": 2 }
//! ```

use evidence::{Fact, Inquiry, Kind, Known, ObjectRef, Pending, Question, Value};

use crate::service::service_pods;
use crate::sight::{self, Sight};
use crate::tool::cluster_access;
use crate::{Arguments, Tool};

evidence::facts! {
    /// The cluster's DNS.
    pub struct ClusterDns {
        /// Whether there is a service of the usual name.
        pub exists: bool,
        /// The service.
        pub r#ref: ObjectRef,
        /// How many of the pods that it selects are ready.
        pub ready_pods: Known<i64>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_cluster_dns",
    parameters: &[],
    facts: ClusterDns::SHAPE,
    permissions: &[
        cluster_access("get", "", "services", "nothing is known"),
        cluster_access("list", "", "pods", "whether a pod of it is ready is unknown"),
    ],
    page: include_str!("get_cluster_dns.rs"),
    run,
};

const NAMESPACE: &str = "kube-system";
const NAME: &str = "kube-dns";

fn run(_: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let question = Question::list(Kind::Pod, Some(NAMESPACE));
    let (pods, sight) =
        (inquiry.ask(&question), Sight::of(inquiry, Kind::Service, NAMESPACE, NAME));
    let sight = sight?;
    let service = match &sight {
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        sight => sight.object(),
    };
    let (pods, unseen) = sight::listing(pods?, &question);
    let own = pods
        .items
        .iter()
        .filter(|pod| service.is_some_and(|service| service_pods::selects(service, pod)));
    let ready = own.filter(|pod| service_pods::is_ready(pod)).count() as i64;
    let facts = ClusterDns {
        exists: service.is_some(),
        r#ref: ObjectRef::new(Kind::Service, Some(NAMESPACE), NAME),
        ready_pods: match unseen
            .or_else(|| pods.missing.clone())
            .or_else(|| service_pods::labels_unshown(&pods.items, "/metadata/labels"))
        {
            Some(unseen) if ready == 0 => Known::Unknown(unseen),
            _ => Known::Seen(ready),
        },
        source: sight.source("spec.selector"),
    };
    Ok(facts.into_value())
}
