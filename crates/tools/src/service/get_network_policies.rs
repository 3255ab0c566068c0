//! Who is kept from whom by NetworkPolicies, of the workloads of a namespace that are given each
//! other's addresses, and which of them cannot ask the DNS.
//!
//! Reads the policies, services, ConfigMaps and workloads of the namespace as whole lists, and,
//! where a source tells it, whether services accept connections. A call is kept out when a policy
//! isolates the pods of the callee (or of the caller, for egress) and no rule of any policy admits
//! it. An address block, and the labels of other namespaces, are taken to admit it.
//!
//! ## Absence
//!
//! The whole result is unknown where the policies were not all seen: one more may admit the call.
//! Calls that no variable of a workload names are not found. A policy without a network that
//! enforces it is of no effect, and nothing here tells whether one does.
//!
//! ## Example
//!
//! ```text
//! nets = get_network_policies("<namespace>")
//! - When `nets.kept.exists(k, k.direction == "ingress" && k.caller_ready == false)` → likely **policy-keeps-caller-out** at `nets.kept[0].policy`
//! ```
//!
//! ```json
//! { "kept": [ { "direction": "ingress", "policy": "NetworkPolicy shop/ledger",
//!     "caller": "Deployment shop/web", "callee": "Deployment shop/ledger", "service": "ledger",
//!     "port": 8080, "caller_ready": false, "open": false, "others_pass": false } ] }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{
    Fact, Inquiry, Kind, Object, ObjectRef, Partial, Pending, Question, Reply, Source, Unseen,
    Value,
};
use serde_json::Value as Json;

use crate::application::addresses::{self, Standing};
use crate::application::get_workload_addresses::Neighbours;
use crate::service::policy::{self, Direction, Pods, Port};
use crate::service::service_pods;
use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, field, sight};

evidence::facts! {
    /// What policies keep from each other.
    pub struct NetworkPolicies {
        /// The calls that are kept out, by callee and caller.
        pub kept: Partial<KeptOut>,
    }

    /// A call that a policy keeps out.
    pub struct KeptOut {
        /// `ingress` where the callee's policy does, `egress` where the caller's does, `dns` where
        /// the caller cannot ask the cluster's DNS.
        pub direction: &'static str,
        /// The policy to be changed.
        pub policy: ObjectRef,
        /// The workload that calls.
        pub caller: ObjectRef,
        /// The workload that is called; null for the DNS.
        pub callee: Option<ObjectRef>,
        /// The service by which it is called; the first one that is named, for the DNS.
        pub service: String,
        /// The port of the callee's pods; 53 for the DNS.
        pub port: i64,
        /// Whether all pods of the caller are ready.
        pub caller_ready: bool,
        /// Whether the service accepted a connection; null where nobody tried.
        pub open: Option<bool>,
        /// Whether the policies let another workload pass that is given the same address.
        pub others_pass: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_network_policies",
    parameters: &[NAMESPACE],
    facts: NetworkPolicies::SHAPE,
    permissions: &[
        access("list", "networking.k8s.io", "networkpolicies", "nothing is known"),
        access("list", "", "services", "who is called is unknown"),
        access("list", "", "configmaps", "addresses in ConfigMaps are not found"),
        access("list", "apps", "deployments", "who calls is unknown"),
        access("list", "apps", "statefulsets", "who calls is unknown"),
        access("list", "apps", "daemonsets", "who calls is unknown"),
    ],
    page: include_str!("get_network_policies.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    Ok(match kept_out(arguments.required("namespace"), inquiry)? {
        Err(unseen) => Value::Unknown(unseen),
        Ok(kept) => NetworkPolicies { kept, source: None }.into_value(),
    })
}

/// What the policies of a namespace keep out, or why they are not known.
fn kept_out(
    namespace: &str,
    inquiry: &Inquiry,
) -> Result<Result<Partial<KeptOut>, Unseen>, Pending> {
    let question = Question::list(Kind::NetworkPolicy, Some(namespace));
    let (policies, unseen) = sight::listing(inquiry.ask(&question)?, &question);
    if let Some(unseen) = unseen {
        return Ok(Err(unseen));
    }
    if policies.items.is_empty() {
        return Ok(Ok(Partial { items: Vec::new(), missing: None }));
    }
    let tried = inquiry.ask(&Question::Reach { namespace: namespace.to_owned() });
    let around = Neighbours::of(Some(namespace), inquiry)?;
    let around = Around { namespace, policies: &policies.items, around, tried: tried? };
    let missing = around.around.missing.clone().or_else(|| around.around.workloads_missing.clone());
    Ok(Ok(Partial { items: around.kept(), missing }))
}

/// A call, as a workload's settings name it.
struct Call<'a> {
    caller: &'a Arc<Object>,
    callee: &'a Arc<Object>,
    service: String,
    port: Port,
    source: Source,
}

struct Around<'a> {
    namespace: &'a str,
    policies: &'a [Arc<Object>],
    around: Neighbours,
    tried: Reply,
}

impl Around<'_> {
    fn kept(&self) -> Vec<KeptOut> {
        let calls = self.calls();
        let mut found = Vec::new();
        for direction in [Direction::Ingress, Direction::Egress] {
            let kept: Vec<Option<ObjectRef>> =
                calls.iter().map(|call| self.policy_against(call, direction)).collect();
            for (call, policy) in calls.iter().zip(&kept) {
                let Some(policy) = policy else { continue };
                let mut same = calls.iter().zip(&kept).filter(|(other, _)| {
                    other.service == call.service
                        && other.caller.reference() != call.caller.reference()
                });
                let others_pass = same.any(|(_, policy)| policy.is_none());
                let word = if direction == Direction::Ingress { "ingress" } else { "egress" };
                found.push(self.describe(call, word, policy.clone(), others_pass));
            }
        }
        let mut deaf: Vec<&ObjectRef> = Vec::new();
        for call in &calls {
            if deaf.contains(&call.caller.reference()) {
                continue;
            }
            if let Some(policy) = self.policy_against_dns(call.caller) {
                deaf.push(call.caller.reference());
                let mut kept = self.describe(call, "dns", policy, false);
                // A connection to the service says nothing of the DNS.
                (kept.callee, kept.port, kept.open) = (None, 53, None);
                found.push(kept);
            }
        }
        found
    }

    fn describe(
        &self,
        call: &Call,
        direction: &'static str,
        policy: ObjectRef,
        others_pass: bool,
    ) -> KeptOut {
        KeptOut {
            direction,
            policy,
            caller: call.caller.reference().clone(),
            callee: Some(call.callee.reference().clone()),
            service: call.service.clone(),
            port: call.port.number,
            caller_ready: is_whole(call.caller),
            open: self.open(&call.service),
            others_pass,
            source: Some(call.source.clone()),
        }
    }

    fn open(&self, service: &str) -> Option<bool> {
        let Reply::Reach(tried) = &self.tried else { return None };
        let own = |host: &str| addresses::service_name(host, self.namespace) == Some(service);
        let mut own = tried.iter().filter(|one| own(&one.host)).peekable();
        own.peek().is_some().then(|| own.any(|one| one.open))
    }

    /// The calls between workloads of the namespace that go through a service.
    fn calls(&self) -> Vec<Call<'_>> {
        let mut calls: Vec<Call> = Vec::new();
        for caller in self.around.workloads.iter().filter(|one| is_kept(one)) {
            for address in addresses::of(caller, &self.around.configs) {
                let standing = addresses::judge(
                    &address,
                    caller,
                    &self.around.services,
                    &self.around.workloads,
                );
                let Standing::Served(service) = standing else { continue };
                let seen = self.around.services.iter().find(|one| *one.reference() == service);
                let Some(service) = seen else { continue };
                let path = format!("env {} of container {}", address.variable, address.container);
                let quote = format!("{} names {}", address.variable, address.host);
                for callee in
                    self.callees(service).filter(|one| one.reference() != caller.reference())
                {
                    let Some(port) = target(service, callee, address.port.map(i64::from)) else {
                        continue;
                    };
                    let again = calls.iter().any(|call| {
                        call.caller.reference() == caller.reference()
                            && call.callee.reference() == callee.reference()
                            && call.port == port
                    });
                    if !again {
                        calls.push(Call {
                            caller,
                            callee,
                            service: service.reference().name.clone(),
                            port,
                            source: Source::field(caller, path.clone()).quoting(quote.clone()),
                        });
                    }
                }
            }
        }
        calls
    }

    fn callees<'a>(&'a self, service: &'a Object) -> impl Iterator<Item = &'a Arc<Object>> {
        let wanted = service_pods::selector(service);
        self.around.workloads.iter().filter(move |workload| {
            service_pods::matches(&wanted, workload, "/spec/template/metadata/labels")
                && is_kept(workload)
        })
    }

    /// The policy that keeps a call out in a direction; none where it is admitted.
    fn policy_against(&self, call: &Call, direction: Direction) -> Option<ObjectRef> {
        let (caller, callee) = (template_labels(call.caller), template_labels(call.callee));
        let pods = |labels| Pods { namespace: self.namespace, labels };
        let (own, other) = match direction {
            Direction::Ingress => (pods(&callee), pods(&caller)),
            Direction::Egress => (pods(&caller), pods(&callee)),
        };
        self.against(&own, direction, |policy| {
            policy::admits(policy, direction, Some(&other), &call.port)
        })
    }

    fn policy_against_dns(&self, caller: &Object) -> Option<ObjectRef> {
        let labels = template_labels(caller);
        let own = Pods { namespace: self.namespace, labels: &labels };
        // Policies name the port of the DNS by number or as `dns`.
        let port = |protocol| Port { number: 53, name: Some("dns".to_owned()), protocol };
        self.against(&own, Direction::Egress, |policy| {
            ["UDP", "TCP"]
                .iter()
                .any(|one| policy::admits(policy, Direction::Egress, None, &port(one)))
        })
    }

    fn against(
        &self,
        own: &Pods,
        direction: Direction,
        admits: impl Fn(&Object) -> bool,
    ) -> Option<ObjectRef> {
        let all = self.policies.iter().map(|policy| &**policy);
        let keeping: Vec<&Object> =
            all.filter(|policy| policy::isolates(policy, own, direction)).collect();
        let admitted = keeping.iter().any(|policy| admits(policy));
        if admitted { None } else { policy::foremost(&keeping, direction) }
    }
}

/// Whether policies are of effect on a workload's pods: not on the network of the node.
fn is_kept(workload: &Object) -> bool {
    workload.bool("/spec/template/spec/hostNetwork") != Some(true)
}

/// Whether a workload has all the pods that it wants, ready.
fn is_whole(workload: &Object) -> bool {
    let number = |pointer: &str| workload.int(pointer).unwrap_or(0);
    match workload.reference().kind {
        Kind::DaemonSet => {
            number("/status/numberReady") >= number("/status/desiredNumberScheduled")
        }
        _ => number("/status/readyReplicas") >= workload.int("/spec/replicas").unwrap_or(1),
    }
}

fn template_labels(workload: &Object) -> BTreeMap<String, String> {
    let labels = workload.at("/spec/template/metadata/labels").and_then(Json::as_object);
    let text = |(key, value): (&String, &Json)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(text).collect()
}

/// The port of the callee's pods that a port of a service leads to; none where that cannot be told.
fn target(service: &Object, callee: &Object, port: Option<i64>) -> Option<Port> {
    let ports = service.items("/spec/ports");
    let wanted = |one: &&Json| field::int(one, "/port") == port;
    let own = match port {
        Some(_) => ports.iter().find(wanted)?,
        None if ports.len() == 1 => &ports[0],
        None => return None,
    };
    if field::word(own, "/protocol").is_some_and(|protocol| protocol != "TCP") {
        return None;
    }
    let target = service_pods::target(own)?;
    let declared = service_pods::declared(callee, "/spec/template/spec");
    let number: Option<i64> = target.parse().ok();
    let is = |one: &&service_pods::Declared| match number {
        Some(number) => one.number == number,
        None => one.name.as_deref() == Some(target.as_str()),
    };
    let declared = declared.iter().find(is);
    let number = number.or_else(|| declared.map(|one| one.number))?;
    let name = declared.and_then(|one| one.name.clone());
    Some(Port { number, name, protocol: "TCP" })
}
