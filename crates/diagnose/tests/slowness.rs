//! What TSG-PERFORMANCE-SLOWNESS-001 makes of time series: every outcome, and what only looks like
//! one. Scenarios hold objects; series have no place in them, so these incidents are made here.

use std::sync::Arc;

use diagnose::report::{Confidence, Report};
use diagnose::{Book, Investigation, Progress, Target};
use evidence::{
    Listing, Object, Question, Replies, Reply, Series, ServerVersion, Time, Unseen, UnseenKind,
};
use serde_json::{Value as Json, json};

const GUIDES: [(&str, &str); 2] = [
    ("diagnosis.md", include_str!("../../../guides/performance/slowness/diagnosis.md")),
    ("solution.md", include_str!("../../../guides/performance/slowness/solution.md")),
];

/// The workloads of these tests with their nodes: `web` calls `orders`, which calls `stock`.
const WORKLOADS: [(&str, &str); 4] =
    [("web", "worker-1"), ("orders", "worker-1"), ("stock", "worker-2"), ("mail", "worker-2")];

/// One metric before and since; a level since of `None` is not measured.
fn series(subject: &str, metric: &str, before: f64, after: Option<f64>) -> Series {
    let time = |at: usize| Time::from_second(1_795_000_000 + 5 * at as i64).unwrap();
    let value = |at: usize| if at < 15 { Some(before) } else { after };
    let points = (0..50).filter_map(|at| Some((time(at), value(at)?))).collect();
    Series { subject: subject.to_owned(), metric: metric.to_owned(), points }
}

/// What is measured of a workload since; before it all workloads are alike but for latency.
#[derive(Clone, Copy)]
struct Since {
    latency: (f64, f64),
    requests: Option<f64>,
    traffic: Option<f64>,
    cpu: f64,
    throttled: f64,
}

const CALM: Since = Since {
    latency: (20.0, 22.0),
    requests: Some(20.0),
    traffic: Some(50.0),
    cpu: 0.05,
    throttled: 0.0,
};

fn slow(before: f64, after: f64) -> Since {
    Since { latency: (before, after), requests: Some(9.0), traffic: Some(30.0), ..CALM }
}

fn measured(since: [Since; 4]) -> Vec<Series> {
    let of = |((name, _), since): (&(&str, &str), Since)| {
        let latency = |factor: f64| (since.latency.0 * factor, Some(since.latency.1 * factor));
        let ((middle, middle_since), (tail, tail_since)) = (latency(1.0), latency(2.0));
        [
            series(name, "cpu", 0.05, Some(since.cpu)),
            series(name, "cpu_cfs_throttled", 0.0, Some(since.throttled)),
            series(name, "rps", 20.0, since.requests),
            series(name, "network_receive", 50.0, since.traffic),
            series(name, "network_transmit", 50.0, since.traffic),
            series(name, "latency_p50", middle, middle_since),
            series(name, "latency_p95", tail, tail_since),
        ]
    };
    WORKLOADS.iter().zip(since).flat_map(of).collect()
}

fn resent(mut all: Vec<Series>, nodes: [(&str, f64); 3]) -> Vec<Series> {
    all.extend(nodes.map(|(node, since)| series(node, "tcp_retrans", 0.0, Some(since))));
    all
}

fn object(json: Json) -> Arc<Object> {
    Arc::new(Object::admit(json).unwrap())
}

fn objects() -> Vec<Arc<Object>> {
    let of = |(name, node): &(&str, &str)| {
        let labels = json!({ "app": name, "pod-template-hash": "7c9f" });
        let owner = json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "name": format!("{name}-7c9f"), "controller": true }]);
        [
            object(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": name, "namespace": "shop" },
                "spec": { "replicas": 1 }, "status": { "replicas": 1, "readyReplicas": 1 } })),
            object(json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": format!("{name}-7c9f-x2x"), "namespace": "shop",
                    "labels": labels, "ownerReferences": owner },
                "spec": { "nodeName": node, "containers": [{ "name": "a" }] },
                "status": { "phase": "Running",
                    "conditions": [{ "type": "Ready", "status": "True" }] } })),
        ]
    };
    WORKLOADS.iter().flat_map(of).collect()
}

fn answer(
    question: &Question,
    objects: &[Arc<Object>],
    series: &Option<Arc<Vec<Series>>>,
) -> Reply {
    match (question, series) {
        (Question::Version, _) => Reply::Version(ServerVersion { git_version: "v1.34.4".into() }),
        (Question::Series { .. }, Some(series)) => Reply::Series(Arc::clone(series)),
        (Question::List { kind, .. }, _) => {
            let of_kind = objects.iter().filter(|one| one.reference().kind == *kind);
            Reply::Objects(Arc::new(Listing { items: of_kind.cloned().collect(), missing: None }))
        }
        (Question::Get { object }, _) => {
            let found = objects.iter().find(|one| one.reference() == object);
            found.map_or(Reply::Absent, |one| Reply::Object(Arc::clone(one)))
        }
        (other, _) => Reply::Unseen(Unseen::new(UnseenKind::NotAsked, other, "not given")),
    }
}

fn triage(series: Option<Vec<Series>>) -> Report {
    let (book, flaws) = Book::read(GUIDES.map(|(name, text)| (name, text.as_bytes())));
    assert!(flaws.iter().all(|flaws| !flaws.is_error()), "{flaws:#?}");
    let target = Target::Namespace("shop".to_owned());
    let investigation = Investigation::new(&book, target);
    let (objects, series) = (objects(), series.map(Arc::new));
    let mut replies = Replies::new(Time::from_second(1_795_000_300).unwrap());
    for _ in 0..20 {
        match investigation.advance(&replies) {
            Progress::Done(report) => return *report,
            Progress::Ask(open) => {
                for question in open {
                    let reply = answer(&question, &objects, &series);
                    replies.insert(question, reply);
                }
            }
        }
    }
    panic!("no end in sight");
}

/// The causes, best first: cause, culprit, confidence.
fn causes(series: Vec<Series>) -> Vec<(String, String, Confidence)> {
    let of = |one: &diagnose::report::Diagnosis| {
        (one.cause.clone(), one.object.to_string(), one.confidence)
    };
    triage(Some(series)).diagnoses.iter().map(of).collect()
}

fn cause(cause: &str, object: &str, confidence: Confidence) -> Vec<(String, String, Confidence)> {
    vec![(cause.to_owned(), object.to_owned(), confidence)]
}

#[test]
fn three_that_are_slow_are_one_cause_at_the_steepest_and_two_symptoms() {
    let report =
        triage(Some(measured([slow(80.0, 4000.0), slow(40.0, 3000.0), slow(5.0, 1400.0), CALM])));
    let [only] = report.diagnoses.as_slice() else { panic!("{:#?}", report.diagnoses) };
    assert_eq!(only.cause, "network-delay");
    assert_eq!(only.object.to_string(), "Deployment shop/stock");
    assert_eq!(only.confidence, Confidence::Likely);
    let affected: Vec<&str> = only.affected.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(affected, ["orders", "stock", "web"]);
}

#[test]
fn a_latency_that_grew_little_is_only_possibly_a_delay() {
    let found = causes(measured([CALM, CALM, slow(20.0, 90.0), CALM]));
    assert_eq!(found, cause("network-delay", "Deployment shop/stock", Confidence::Possible));
}

#[test]
fn throttling_without_more_requests_is_overload_and_explains_its_callers() {
    let busy = Since { latency: (5.0, 90.0), cpu: 0.19, throttled: 0.9, ..CALM };
    let found = causes(measured([slow(80.0, 300.0), slow(40.0, 260.0), busy, CALM]));
    assert_eq!(found, cause("cpu-overload", "Deployment shop/stock", Confidence::Likely));
}

#[test]
fn overload_that_slows_nothing_is_said_after_what_is_firmer() {
    let busy = Since { cpu: 0.19, throttled: 0.9, ..CALM };
    let found = causes(measured([CALM, CALM, slow(20.0, 90.0), busy]));
    let mut wanted = cause("cpu-overload", "Deployment shop/mail", Confidence::Possible);
    wanted.extend(cause("network-delay", "Deployment shop/stock", Confidence::Possible));
    assert_eq!(found, wanted);
    let found = causes(measured([CALM, CALM, slow(5.0, 1400.0), busy]));
    let mut wanted = cause("network-delay", "Deployment shop/stock", Confidence::Likely);
    wanted.extend(cause("cpu-overload", "Deployment shop/mail", Confidence::Possible));
    assert_eq!(found, wanted);
    let found = causes(measured([CALM, CALM, CALM, busy]));
    assert_eq!(found, cause("cpu-overload", "Deployment shop/mail", Confidence::Likely));
}

#[test]
fn a_node_that_is_not_heard_is_the_cause_and_no_workload_of_it() {
    let unheard = |before, after| Since { traffic: None, ..slow(before, after) };
    let all = measured([unheard(80.0, 4000.0), unheard(40.0, 3000.0), slow(5.0, 900.0), CALM]);
    let others = resent(all.clone(), [("worker-1", 0.5), ("worker-2", 1.5), ("control-1", 20.0)]);
    assert_eq!(causes(others), cause("node-network-delay", "Node worker-1", Confidence::Likely));
    let itself = resent(all, [("worker-1", 25.0), ("worker-2", 1.5), ("control-1", 3.0)]);
    assert_eq!(causes(itself), cause("node-network-loss", "Node worker-1", Confidence::Likely));
}

#[test]
fn a_node_that_resends_far_more_than_the_rest_drops_packets() {
    let all = measured([slow(80.0, 900.0), slow(40.0, 700.0), CALM, CALM]);
    let all = resent(all, [("worker-1", 12.0), ("worker-2", 0.3), ("control-1", 2.0)]);
    assert_eq!(causes(all), cause("node-network-loss", "Node worker-1", Confidence::Likely));
}

#[test]
fn more_load_and_a_restarted_store_of_series_are_no_cause() {
    // Twice the requests take twice the CPU, and a little longer.
    let loaded = Since {
        latency: (20.0, 35.0),
        requests: Some(60.0),
        traffic: Some(150.0),
        cpu: 0.15,
        throttled: 0.3,
    };
    assert_eq!(causes(measured([loaded; 4])), []);
    let unmeasured = Since { traffic: None, requests: None, ..CALM };
    assert_eq!(causes(measured([unmeasured; 4])), []);
    assert_eq!(causes(measured([CALM; 4])), []);
}

#[test]
fn without_series_nothing_is_said_and_nothing_is_doubted() {
    let report = triage(None);
    assert!(report.diagnoses.is_empty() && report.inconclusive.is_empty(), "{report:#?}");
    assert!(report.complete, "series are optional: {:?}", report.not_looked);
}
