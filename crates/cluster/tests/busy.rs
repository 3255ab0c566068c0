//! A busy server is asked again when it says so, and not for ever. Time is paused here: it
//! passes only while everybody waits.

mod shop;

use apiserver::{Fault, Rule};
use evidence::{Question, Reply};
use shop::{ask, cluster, server, unreachable, web};
use tokio::time::{Duration, Instant};

fn get() -> Question {
    Question::Get { object: web() }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_after_as_long_as_it_says() {
    for code in [429, 503, 500] {
        let rule = Rule::on("get", "pods").times(2).then(Fault::Busy(code, Some(3)));
        let server = server().with_rule(rule);
        let cluster = cluster(&server);
        let start = Instant::now();
        assert!(matches!(ask(&cluster, get()).await, Reply::Object(_)));
        assert_eq!(start.elapsed().as_secs(), 6);
        assert_eq!((cluster.requests(), server.audit().len()), (3, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_busy_is_left_after_five_times() {
    let rule = Rule::on("get", "pods").then(Fault::Busy(429, Some(1)));
    let cluster = cluster(&server().with_rule(rule));
    let start = Instant::now();
    let why = unreachable(ask(&cluster, get()).await);
    assert_eq!(why, "the server is too busy (HTTP 429, 5 times)");
    assert_eq!((cluster.requests(), start.elapsed().as_secs()), (5, 4));
}

#[tokio::test(start_paused = true)]
async fn no_time_is_given_to_an_immediate_retry_without_end() {
    let rule = Rule::on("get", "pods").then(Fault::Busy(429, Some(0)));
    let cluster = cluster(&server().with_rule(rule));
    unreachable(ask(&cluster, get()).await);
    assert_eq!(cluster.requests(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_time_limit_is_not_begun() {
    for seconds in [10, 3600, u64::MAX] {
        let rule = Rule::on("get", "pods").then(Fault::Busy(429, Some(seconds)));
        let cluster = cluster(&server().with_rule(rule));
        let start = Instant::now();
        let why = unreachable(ask(&cluster, get()).await);
        assert!(why.contains("the time limit is 10 s"), "{why}");
        assert_eq!((cluster.requests(), start.elapsed()), (1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn waits_add_up_to_no_more_than_the_time_limit() {
    let rule = Rule::on("get", "pods").then(Fault::Busy(429, Some(4)));
    let cluster = cluster(&server().with_rule(rule));
    let start = Instant::now();
    unreachable(ask(&cluster, get()).await);
    assert!(start.elapsed() <= shop::TIMEOUT);
    assert_eq!(cluster.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_that_does_not_say_when_is_not_asked_again() {
    let rule = Rule::on("get", "pods").then(Fault::Busy(503, None));
    let cluster = cluster(&server().with_rule(rule));
    unreachable(ask(&cluster, get()).await);
    assert_eq!(cluster.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_busy_page_of_a_list_does_not_lose_the_list() {
    let rule = Rule::on("list", "pods").times(1).then(Fault::Busy(429, Some(1)));
    let cluster = cluster(&server().with_rule(rule));
    let reply = ask(&cluster, Question::list(evidence::Kind::Pod, Some("shop"))).await;
    assert_eq!(shop::listed(reply).1, None);
}
