//! What the time series of a namespace show: which workloads became slow or short of CPU,
//! and on which nodes.
//!
//! Reads the time series that the source holds of the namespace, its pods (who is behind a name,
//! and on which node), and its services and ConfigMaps (who calls whom). Metrics are known by words
//! of their names: latency with its quantile, requests, CPU, throttling, network, segments sent
//! again. A fifth of the window is the time before; a median over a tenth of it is a level that
//! lasted; single peaks count for nothing. A latency has risen when it is three times as high and
//! beyond six median deviations of the time before, and by at least a fiftieth of the greatest
//! growth in the namespace.
//!
//! `slow` is in order of steepness. The latency of a caller is its own work and the latencies of
//! its callees, so its factor is a mean of theirs and cannot exceed the greatest of them: the
//! greatest factor belongs to where slowness begins. A workload whose own figures are missing while
//! its node sees its traffic is steeper than its factor says.
//!
//! ## Absence
//!
//! No API server holds time series. Without them the whole result is unknown. Of fewer than ten
//! points nothing is said. `callees` are those that manifests name; what a workload learns from a
//! service registry while it runs is not among them.
//!
//! ## Example
//!
//! ```text
//! view = get_performance("<namespace>", workload="<workload>")
//! - When `view.own.slow && view.slow[0].workload_ref == target.ref` → likely **slow-by-itself**
//! ```
//!
//! ```json
//! { "own": { "name": "checkout", "slow": true, "latency_factor": 212.0, "silent_share": 0.2 },
//!   "slow": [ { "name": "checkout", "latency_factor": 212.0 }, { "name": "web", "latency_factor": 31.0 } ],
//!   "overloaded": [], "nodes": [ { "name": "worker-1", "workloads": 6, "blind": 0, "slow": 1 } ],
//!   "blind_nodes": [] }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Fact, Inquiry, Kind, ObjectRef, Origin, Partial, Pending, Source, Time, Value};

use crate::telemetry::performance::{Measure, Performance, Subject};
use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Parameter, ParameterKind, Tool};

evidence::facts! {
    /// What the time series of a namespace show.
    pub struct NamespacePerformance {
        /// The workload in question; null when none was named or it is not measured.
        pub own: Option<WorkloadPerformance>,
        /// Whether the workload in question is the steepest of those that became slow.
        pub own_is_steepest: bool,
        /// The workloads that became slow, the steepest first.
        pub slow: Vec<WorkloadPerformance>,
        /// The workloads that take more CPU for each request than before and are held back by
        /// their limit.
        pub overloaded: Vec<WorkloadPerformance>,
        /// The workloads of which any of this is shown: slow, overloaded, or unheard on a blind node.
        pub anomalous: Vec<ObjectRef>,
        /// The nodes that workloads of the namespace run on, in order of name.
        pub nodes: Vec<NodePerformance>,
        /// Those of which no agent was heard for a while: of two or more workloads, and at least
        /// half of all on it, the traffic is missing, and of less than a quarter elsewhere.
        pub blind_nodes: Vec<NodePerformance>,
        /// The node that sends most segments again: one a second or more, ten times as many as
        /// before, and three times as many as any other node of the namespace. Null for none.
        pub resending_node: Option<NodePerformance>,
        /// The most segments a second that any other node than the blind or resending one sent
        /// again, control plane included; null where it is not measured.
        pub resent_elsewhere: Option<f64>,
    }

    /// A workload as its time series show it.
    pub struct WorkloadPerformance {
        /// Its name in the series.
        pub name: String,
        /// The workload; null where the name is of none that runs.
        pub workload_ref: Option<ObjectRef>,
        /// The node of all its pods; null where they are on several.
        pub node: Option<String>,
        /// Whether a quantile of its latency rose to three times or more.
        pub slow: bool,
        /// The geometric mean of the factors by which the quantiles rose; 1 where none did.
        pub latency_factor: f64,
        /// The middle latency before, in the unit of the series.
        pub latency_before: Option<f64>,
        /// The middle latency since.
        pub latency_after: Option<f64>,
        /// The latency of the slowest requests before.
        pub tail_before: Option<f64>,
        /// The latency of the slowest requests since.
        pub tail_after: Option<f64>,
        /// When it was half way up.
        pub since: Option<Time>,
        /// The share of the window in which its own figures of requests are missing though its
        /// node saw its traffic.
        pub silent_share: f64,
        /// Whether for three points or more not even its node's agent was heard of its traffic.
        pub blind: bool,
        /// Whether it takes more CPU for each request and is throttled or at its limit.
        pub overloaded: bool,
        /// CPU before.
        pub cpu_before: Option<f64>,
        /// CPU since.
        pub cpu_after: Option<f64>,
        /// The smallest CPU limit of its containers, in cores.
        pub cpu_limit: Option<f64>,
        /// By which factor the CPU for each request rose.
        pub cpu_per_request_factor: Option<f64>,
        /// Throttling before.
        pub throttled_before: Option<f64>,
        /// Throttling since.
        pub throttled_after: Option<f64>,
        /// Requests a second before.
        pub requests_before: Option<f64>,
        /// The lowest level of requests since.
        pub requests_after: Option<f64>,
        /// The workloads that its manifest names as called.
        pub callees: Partial<ObjectRef>,
        /// Those of them that became slow as well.
        pub slow_callees: Partial<ObjectRef>,
    }

    /// A node as the series of its workloads and of itself show it.
    pub struct NodePerformance {
        /// Its name.
        pub name: String,
        /// The node.
        pub r#ref: ObjectRef,
        /// How many measured workloads have all their pods on it.
        pub workloads: i64,
        /// Of how many of them not even the node's agent was heard for a while.
        pub blind: i64,
        /// How many of them became slow.
        pub slow: i64,
        /// Segments a second that it sent again before.
        pub resent_before: Option<f64>,
        /// Segments a second that it sent again since.
        pub resent_after: Option<f64>,
    }
}

const WORKLOAD: Parameter = Parameter {
    name: "workload",
    kind: ParameterKind::Text,
    required: false,
    doc: "the workload in question, as kind/name or name",
};

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_performance",
    parameters: &[NAMESPACE, WORKLOAD],
    facts: NamespacePerformance::SHAPE,
    permissions: &[
        access("list", "", "pods", "names of series are not joined with workloads and nodes"),
        access("list", "", "services", "it is not known who calls whom"),
        access("list", "", "configmaps", "calls by addresses in ConfigMaps are not known"),
    ],
    page: include_str!("get_performance.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let found = match Performance::read(inquiry, namespace)? {
        Ok(found) => found.with_callees(inquiry, namespace)?,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let all: Vec<WorkloadPerformance> =
        found.subjects.iter().map(|subject| describe(subject, &found)).collect();
    let only = |wanted: fn(&WorkloadPerformance) -> bool| -> Vec<WorkloadPerformance> {
        all.iter().filter(|one| wanted(one)).cloned().collect()
    };
    let own = arguments.text("workload").and_then(|wanted| {
        all.iter().find(|one| one.workload_ref.as_ref().is_some_and(|own| is_named(own, wanted)))
    });
    let slow = only(|one| one.workload_ref.is_some() && one.slow);
    let nodes = nodes(&found, namespace);
    let blind_nodes = blind_nodes(&nodes);
    let resending_node = resending_node(&nodes);
    let on_blind = |one: &&WorkloadPerformance| {
        one.blind && blind_nodes.iter().any(|node| one.node.as_ref() == Some(&node.name))
    };
    let odd = all.iter().filter(|one| one.slow || one.overloaded || on_blind(one));
    let anomalous: BTreeSet<ObjectRef> = odd.filter_map(|one| one.workload_ref.clone()).collect();
    let named = blind_nodes.first().or(resending_node.as_ref()).map(|node| node.name.clone());
    let facts = NamespacePerformance {
        own_is_steepest: own.is_some_and(|own| {
            slow.first().is_some_and(|first| first.workload_ref == own.workload_ref)
        }),
        own: own.cloned(),
        overloaded: only(|one| one.workload_ref.is_some() && one.overloaded),
        resent_elsewhere: resent_elsewhere(&found, named.as_deref()),
        anomalous: anomalous.into_iter().collect(),
        slow,
        nodes,
        blind_nodes,
        resending_node,
        source: None,
    };
    Ok(facts.into_value())
}

fn is_named(reference: &ObjectRef, wanted: &str) -> bool {
    match wanted.split_once('/') {
        Some((kind, name)) => Kind::parse(kind) == Some(reference.kind) && name == reference.name,
        None => wanted == reference.name,
    }
}

fn describe(subject: &Subject, found: &Performance) -> WorkloadPerformance {
    let before = |measure| subject.change(measure).map(|change| short(change.before));
    let after = |measure| subject.change(measure).map(|change| short(change.after));
    let own = subject.workload.as_ref().and_then(|workload| found.callees.get(workload));
    let callees: Vec<ObjectRef> = own.into_iter().flatten().cloned().collect();
    let is_slow = |callee: &&ObjectRef| {
        let same = |one: &&Subject| one.workload.as_ref() == Some(*callee);
        found.subjects.iter().find(same).is_some_and(Subject::is_slow)
    };
    let slow_callees: Vec<ObjectRef> = callees.iter().filter(is_slow).cloned().collect();
    let partial = |items| Partial { items, missing: found.missing.clone() };
    let since = subject.since(&found.grid);
    WorkloadPerformance {
        name: subject.name.clone(),
        workload_ref: subject.workload.clone(),
        node: subject.node.clone(),
        slow: subject.is_slow(),
        latency_factor: short(subject.latency_factor()),
        latency_before: before(Measure::Latency),
        latency_after: after(Measure::Latency),
        tail_before: before(Measure::TailLatency),
        tail_after: after(Measure::TailLatency),
        since,
        silent_share: short(subject.silent_share()),
        blind: subject.is_blind(),
        overloaded: subject.is_overloaded(),
        cpu_before: before(Measure::Cpu),
        cpu_after: after(Measure::Cpu),
        cpu_limit: subject.cpu_limit,
        cpu_per_request_factor: subject.cpu_per_request().map(short),
        throttled_before: before(Measure::Throttling),
        throttled_after: after(Measure::Throttling),
        requests_before: subject.requests().map(|(before, _)| short(before)),
        requests_after: subject.requests().map(|(_, after)| short(after)),
        callees: partial(callees),
        slow_callees: partial(slow_callees),
        source: subject.workload.as_ref().map(|workload| cite(workload, subject, since)),
    }
}

/// The place of a workload's figures, with the telling ones in words.
fn cite(workload: &ObjectRef, subject: &Subject, since: Option<Time>) -> Source {
    let told = |(word, measure): (&str, Measure)| {
        let change = subject.change(measure)?;
        Some(format!("{word} {} → {}", short(change.before), short(change.after)))
    };
    let words = [
        ("latency", Measure::Latency),
        ("slowest requests", Measure::TailLatency),
        ("CPU", Measure::Cpu),
        ("throttling", Measure::Throttling),
    ];
    let words: Vec<String> = words.into_iter().filter_map(told).collect();
    Source {
        origin: Origin::Telemetry,
        object: workload.clone(),
        path: format!("time series of {}", subject.name),
        time: since,
        revision: None,
        count: None,
        quote: Some(words.join(", ").into()),
    }
}

fn nodes(found: &Performance, namespace: &str) -> Vec<NodePerformance> {
    let mut nodes: BTreeMap<&str, NodePerformance> = BTreeMap::new();
    for subject in found.subjects.iter().filter(|one| one.workload.is_some()) {
        let Some(name) = subject.node.as_deref() else { continue };
        let node = nodes.entry(name).or_insert_with(|| node(name, found, namespace));
        node.workloads += 1;
        node.blind += i64::from(subject.is_blind());
        node.slow += i64::from(subject.is_slow());
    }
    nodes.into_values().collect()
}

fn node(name: &str, found: &Performance, namespace: &str) -> NodePerformance {
    let own = found.nodes.iter().find(|one| one.name == name);
    let resent = own.and_then(|own| own.change(Measure::Retransmissions));
    let object = ObjectRef::new(Kind::Node, None, name);
    let quote = resent.map(|one| {
        format!("segments sent again a second {} → {}", short(one.before), short(one.after)).into()
    });
    NodePerformance {
        name: name.to_owned(),
        r#ref: object.clone(),
        workloads: 0,
        blind: 0,
        slow: 0,
        resent_before: resent.map(|change| short(change.before)),
        resent_after: resent.map(|change| short(change.after)),
        source: Some(Source {
            origin: Origin::Telemetry,
            object,
            path: format!("time series of {namespace}"),
            time: None,
            revision: None,
            count: None,
            quote,
        }),
    }
}

fn blind_nodes(nodes: &[NodePerformance]) -> Vec<NodePerformance> {
    let elsewhere = |node: &NodePerformance| {
        let others = nodes.iter().filter(|other| other.name != node.name);
        others.fold((0, 0), |(blind, all), one| (blind + one.blind, all + one.workloads))
    };
    let is_blind = |node: &&NodePerformance| {
        let (blind, all) = elsewhere(node);
        node.blind >= 2 && 2 * node.blind >= node.workloads && 4 * blind < all
    };
    nodes.iter().filter(is_blind).cloned().collect()
}

fn resending_node(nodes: &[NodePerformance]) -> Option<NodePerformance> {
    let resent = |node: &NodePerformance| node.resent_after.unwrap_or(0.0);
    let first = nodes.iter().max_by(|a, b| resent(a).total_cmp(&resent(b)))?;
    let before = first.resent_before?;
    let others = nodes.iter().filter(|other| other.name != first.name).map(resent);
    let most = others.fold(0.0, f64::max);
    let own = resent(first);
    (own >= 1.0 && own >= 10.0 * before && own >= 2.0 * most && nodes.len() > 1)
        .then(|| first.clone())
}

fn resent_elsewhere(found: &Performance, named: Option<&str>) -> Option<f64> {
    let others = found.nodes.iter().filter(|one| Some(one.name.as_str()) != named);
    let resent = others.filter_map(|one| one.change(Measure::Retransmissions));
    resent.map(|change| short(change.after)).max_by(f64::total_cmp)
}

/// A number with three digits that count, as a sentence shows it.
fn short(value: f64) -> f64 {
    match value.is_finite() && value != 0.0 {
        true => {
            let scale = 10f64.powf(2.0 - value.abs().log10().floor());
            (value * scale).round() / scale
        }
        false => value,
    }
}
