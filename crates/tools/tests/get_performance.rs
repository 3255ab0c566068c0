//! What time series show: where slowness begins, and what only waits.

mod world;

use std::sync::Arc;

use evidence::{Kind, Question, Reply, Series, Time, UnseenKind};
use serde_json::{Value as Json, json};
use world::*;

/// Points in time, five seconds apart: eleven are the time before, the rest the incident.
const POINTS: usize = 50;
const BEGINS: usize = 15;

fn series(subject: &str, metric: &str, before: f64, after: Option<f64>) -> Series {
    let start: Time = "2026-11-20T14:00:00Z".parse().unwrap();
    let value = |at: usize| if at < BEGINS { Some(before) } else { after };
    let time = |at: usize| start + jiff::SignedDuration::from_secs(5 * at as i64);
    let points = (0..POINTS).filter_map(|at| Some((time(at), value(at)?))).collect();
    Series { subject: subject.to_owned(), metric: metric.to_owned(), points }
}

/// A workload as it usually is, and its latency and requests since.
fn workload(name: &str, latency: (f64, f64), requests: Option<f64>) -> Vec<Series> {
    vec![
        series(name, "cpu", 0.05, Some(0.05)),
        series(name, "cpu_cfs", 0.0, Some(0.0)),
        series(name, "rps", 20.0, requests),
        series(name, "network_receive", 50.0, Some(40.0)),
        series(name, "network_transmit", 50.0, Some(40.0)),
        series(name, "p50latency", latency.0, Some(latency.1)),
        series(name, "p99latency", 3.0 * latency.0, Some(3.0 * latency.1)),
    ]
}

fn pod(name: &str, node: &str, calls: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("{name}-7c9f-x2x"), "namespace": "shop",
            "labels": { "app": name, "pod-template-hash": "7c9f" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "name": format!("{name}-7c9f"), "controller": true }] },
        "spec": { "nodeName": node, "containers": [{ "name": "a",
            "resources": { "limits": { "cpu": "200m" } },
            "env": [{ "name": "NEXT", "value": calls }] }] } })
}

fn service(name: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "shop" },
        "spec": { "selector": { "app": name } } })
}

/// `web` calls `orders`, which calls `stock`.
fn shop() -> Vec<Json> {
    vec![
        pod("web", "worker-1", "http://orders:8080"),
        pod("orders", "worker-1", "stock.shop.svc:9000"),
        pod("stock", "worker-2", ""),
        service("orders"),
        service("stock"),
    ]
}

fn told(series: Vec<Series>) -> Json {
    let question = Question::Series { namespace: "shop".into() };
    let world = World::of(shop()).replying(question, Reply::Series(Arc::new(series)));
    world.run("get_performance", &[("namespace", "shop".into()), ("workload", "orders".into())])
}

fn names(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect()
}

#[test]
fn the_greatest_factor_is_where_slowness_begins_and_not_the_longest_wait() {
    let facts = told(
        [
            workload("web", (80.0, 4000.0), Some(10.0)),
            workload("orders", (40.0, 3000.0), Some(10.0)),
            workload("stock", (5.0, 1400.0), Some(10.0)),
        ]
        .concat(),
    );
    assert_eq!(names(&facts["slow"]), ["stock", "orders", "web"]);
    assert_eq!(facts["slow"][0]["latency_factor"], 280.0);
    assert_eq!(facts["slow"][0]["workload_ref"]["kind"], "Deployment");
    assert_eq!((&facts["own_is_steepest"], &facts["own"]["slow"]), (&json!(false), &json!(true)));
    assert_eq!(facts["own"]["slow_callees"][0]["name"], "stock");
    assert_eq!(facts["slow"][0]["since"], "2026-11-20T14:01:15Z");
    assert_eq!((&facts["overloaded"], &facts["blind_nodes"]), (&json!([]), &json!([])));
}

#[test]
fn a_steady_namespace_shows_nothing() {
    let calm = |name: &str| workload(name, (10.0, 12.0), Some(20.0));
    let facts = told([calm("web"), calm("orders"), calm("stock")].concat());
    for list in ["slow", "overloaded", "blind_nodes"] {
        assert_eq!(facts[list], json!([]), "{list}");
    }
    assert_eq!(facts["resending_node"], Json::Null);
}

#[test]
fn growth_that_is_nothing_beside_the_greatest_does_not_count() {
    let facts = told(
        [workload("stock", (5.0, 1400.0), Some(10.0)), workload("web", (0.2, 0.9), Some(10.0))]
            .concat(),
    );
    assert_eq!(names(&facts["slow"]), ["stock"]);
    assert_eq!(names(&facts["anomalous"]), ["stock"]);
}

#[test]
fn figures_that_are_missing_make_a_workload_steeper() {
    let facts = told(
        [workload("web", (20.0, 2000.0), Some(10.0)), workload("stock", (20.0, 1800.0), None)]
            .concat(),
    );
    assert_eq!(names(&facts["slow"]), ["stock", "web"]);
    assert_eq!(facts["slow"][0]["silent_share"], 0.7);
}

#[test]
fn more_cpu_for_each_request_under_throttling_is_overload_and_more_requests_are_not() {
    let busy = |requests: f64| {
        let mut busy = workload("stock", (5.0, 60.0), Some(requests));
        busy[0] = series("stock", "cpu", 0.05, Some(0.19));
        busy[1] = series("stock", "cpu_cfs", 0.0, Some(0.9));
        told(busy)
    };
    let overloaded = busy(20.0);
    assert_eq!(names(&overloaded["overloaded"]), ["stock"]);
    assert_eq!(overloaded["overloaded"][0]["cpu_per_request_factor"], 3.8);
    assert_eq!(names(&busy(80.0)["overloaded"]), [""; 0]);
}

/// The same workload, not heard of for ten points.
fn unheard(name: &str) -> Vec<Series> {
    let mut series = workload(name, (5.0, 5.0), Some(10.0));
    for one in &mut series[3..5] {
        one.points.drain(20..30);
    }
    series
}

#[test]
fn a_node_is_blind_when_all_its_workloads_are_missing_and_no_other() {
    let one_node = told(
        [unheard("web"), unheard("orders"), workload("stock", (5.0, 5.0), Some(10.0))].concat(),
    );
    assert_eq!(names(&one_node["blind_nodes"]), ["worker-1"]);
    assert_eq!(one_node["blind_nodes"][0]["blind"], 2);
    // A store that misses everything says nothing of a node.
    let everywhere = told([unheard("web"), unheard("orders"), unheard("stock")].concat());
    assert_eq!(everywhere["blind_nodes"], json!([]));
}

#[test]
fn a_node_resends_when_it_stands_out_among_those_of_the_namespace() {
    let resent = |one: f64, two: f64, control: f64| {
        let mut all = workload("web", (5.0, 500.0), Some(10.0));
        all.extend(workload("stock", (5.0, 400.0), Some(10.0)));
        all.push(series("worker-1", "tcp_retrans", 0.0, Some(one)));
        all.push(series("worker-2", "tcp_retrans", 0.0, Some(two)));
        all.push(series("control-1", "tcp_retrans", 0.0, Some(control)));
        told(all)
    };
    let facts = resent(0.2, 14.0, 3.0);
    assert_eq!(facts["resending_node"]["ref"]["name"], "worker-2");
    assert_eq!(facts["resent_elsewhere"], 3.0);
    assert_eq!(resent(12.0, 14.0, 3.0)["resending_node"], Json::Null);
}

#[test]
fn without_series_nothing_is_known_and_with_few_points_nothing_is_said() {
    let question = Question::Series { namespace: "shop".into() };
    let world = World::of(shop()).unseen(question, UnseenKind::NotAsked);
    let facts = world.run("get_performance", &[("namespace", "shop".into())]);
    assert_eq!(unseen(&facts), "not-asked");
    let mut few = workload("stock", (5.0, 1400.0), Some(10.0));
    few.iter_mut().for_each(|one| one.points.truncate(9));
    assert_eq!(told(few)["slow"], json!([]));
}

#[test]
fn pods_that_were_not_seen_leave_callees_open() {
    let world = World::of(shop())
        .replying(
            Question::Series { namespace: "shop".into() },
            Reply::Series(Arc::new(workload("web", (5.0, 500.0), Some(10.0)))),
        )
        .unseen(Question::list(Kind::Service, Some("shop")), UnseenKind::Denied);
    let facts =
        world.run("get_performance", &[("namespace", "shop".into()), ("workload", "web".into())]);
    assert_eq!(facts["own"]["callees"]["unseen"]["kind"], "denied");
}

#[test]
fn who_has_no_requests_for_a_while_is_not_slow() {
    let facts = told(
        [workload("web", (20.0, 20.0), None), workload("stock", (20.0, 1800.0), Some(10.0))]
            .concat(),
    );
    assert_eq!(names(&facts["slow"]), ["stock"]);
    assert_eq!(names(&facts["anomalous"]), ["stock"]);
}
