//! Alerts in their own words, and the numbers in them.

mod world;

use std::sync::Arc;

use evidence::{Alert, Question, Reply, UnseenKind};
use serde_json::json;
use world::*;

fn question() -> Question {
    Question::Alerts { namespace: "shop".into() }
}

fn told(sentences: &[&str]) -> serde_json::Value {
    let alert = Alert {
        name: "LatencyHigh".into(),
        subject: Some("checkout".into()),
        labels: [("severity".to_owned(), "warning".to_owned())].into(),
        evidence: sentences.iter().map(|one| (*one).to_owned()).collect(),
        since: Some("2026-11-20T14:02:11Z".parse().unwrap()),
    };
    let world = World::default().replying(question(), Reply::Alerts(Arc::new(vec![alert])));
    world.run("get_alerts", &[("namespace", "shop".into())])
}

#[test]
fn numbers_on_both_sides_of_an_arrow_are_a_change_whatever_stands_around_them() {
    let sentences = [
        "Slow | p99: Normal=20.0ms -> Current=400ms (+1900%) | p50: 2 → 3",
        "Throttled for 0.4s",
        "http2 errors went from 0 -> 7",
    ];
    let facts = told(&sentences);
    let alert = &facts["alerts"][0];
    assert_eq!(alert["sentences"], json!(sentences));
    let changes: Vec<_> = alert["changes"].as_array().unwrap().iter().collect();
    let pairs: Vec<_> = changes.iter().map(|one| (&one["before"], &one["after"])).collect();
    let wanted = [(20.0, 400.0), (2.0, 3.0), (0.0, 7.0)].map(|(a, b)| (json!(a), json!(b)));
    assert_eq!(pairs, wanted.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!((&changes[0]["factor"], &changes[2]["factor"]), (&json!(20.0), &json!(null)));
    assert_eq!(alert["subject"], "checkout");
}

#[test]
fn a_name_with_digits_and_no_number_is_no_change() {
    assert_eq!(told(&["p99 -> p50", "worker-a → worker-b"])["alerts"][0]["changes"], json!([]));
}

#[test]
fn without_an_alerting_system_nothing_is_known() {
    let world = World::default().unseen(question(), UnseenKind::NotAsked);
    assert_eq!(unseen(&world.run("get_alerts", &[("namespace", "shop".into())])), "not-asked");
}
