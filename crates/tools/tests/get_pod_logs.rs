//! `get_pod_logs`: the end of a log, and why there may be none.

mod world;

use std::sync::Arc;

use evidence::{Log, Question, Reply, UnseenKind};
use serde_json::json;
use tools::Argument;
use world::*;

fn log_of(previous: bool) -> Question {
    Question::Log { pod: the_pod(), container: "server".into(), previous }
}

fn log(text: &str) -> Reply {
    Reply::Log(Arc::new(Log::admit(text)))
}

#[test]
fn the_log_of_the_container_in_trouble_is_read_and_its_errors_found() {
    let world =
        World::of([crashed()]).replying(log_of(false), log("starting\npanic: no DATABASE_URL\n"));
    let facts = world.on_pod("get_pod_logs");
    assert_eq!((&facts["exists"], &facts["container"]), (&json!(true), &json!("server")));
    assert_eq!(facts["lines"], json!(["starting", "panic: no DATABASE_URL"]));
    assert_eq!(facts["errors"][0]["number"], 2);
    assert_eq!(facts["errors"][0]["class"], "unclassified");
}

#[test]
fn a_cut_log_does_not_prove_that_an_error_is_not_there() {
    let mut call = on_pod();
    call.extend([
        ("container", "server".into()),
        ("previous", Argument::Bool(true)),
        ("tail", Argument::Int(1)),
    ]);
    let world = World::of([]).replying(log_of(true), log("error: early\nall well"));
    let (value, asked) = world.asked("get_pod_logs", &call);
    let facts = value.to_json();
    assert_eq!(asked.len(), 2, "whether the present run has ended is the pod's to tell");
    assert_eq!((&facts["cut"], &facts["previous"]), (&json!(true), &json!(true)));
    assert_eq!(facts["lines"]["seen"], json!(["all well"]));
    assert_eq!(unseen(&facts["errors"]), "truncated");
}

#[test]
fn a_log_is_absent_denied_or_of_no_pod() {
    let absent = World::of([crashed()]).on_pod("get_pod_logs");
    assert_eq!((&absent["exists"], &absent["container"]), (&json!(false), &json!("server")));
    let denied = World::of([crashed()]).unseen(log_of(false), UnseenKind::Denied);
    assert_eq!(unseen(&denied.on_pod("get_pod_logs")), "denied");
    assert_eq!(World::of([]).on_pod("get_pod_logs")["exists"], false);
    let unread = World::of([]).unseen(get_pod(), UnseenKind::NotCaptured);
    assert_eq!(unseen(&unread.on_pod("get_pod_logs")), "not-captured");
}

#[test]
fn what_files_do_not_hold_of_a_run_that_never_was_is_absent_and_not_unknown() {
    let read = |status: serde_json::Value, previous: bool, why: UnseenKind| {
        let mut pod = crashed();
        pod["status"]["containerStatuses"][0]["restartCount"] = status["restartCount"].clone();
        pod["status"]["containerStatuses"][0]["state"] = status["state"].clone();
        pod["status"]["containerStatuses"][0]["lastState"] = status["lastState"].clone();
        let mut call = on_pod();
        call.extend([("container", "server".into()), ("previous", Argument::Bool(previous))]);
        let world = World::of([pod]).unseen(log_of(false), why).unseen(log_of(true), why);
        let facts = world.run("get_pod_logs", &call);
        match facts["exists"] == json!(false) {
            true => "absent".to_owned(),
            false => unseen(&facts).to_owned(),
        }
    };
    let waits = json!({ "restartCount": 0, "lastState": {},
        "state": { "waiting": { "reason": "ImagePullBackOff" } } });
    let runs = json!({ "restartCount": 0, "lastState": {}, "state": { "running": {} } });
    let again = json!({ "restartCount": 1, "lastState": { "terminated": { "exitCode": 1 } },
        "state": { "waiting": { "reason": "CrashLoopBackOff" } } });
    let partly = json!({ "restartCount": 0, "state": { "waiting": {} } });
    let not_captured = UnseenKind::NotCaptured;
    assert_eq!(read(waits.clone(), false, not_captured), "absent");
    assert_eq!(read(waits.clone(), true, not_captured), "absent");
    assert_eq!(read(runs.clone(), true, not_captured), "absent");
    assert_eq!(read(runs, false, not_captured), "not-captured");
    assert_eq!(read(again.clone(), false, not_captured), "not-captured");
    assert_eq!(read(again, true, not_captured), "not-captured");
    assert_eq!(read(partly, true, not_captured), "not-captured", "no word of an earlier run");
    assert_eq!(read(waits, false, UnseenKind::Denied), "denied");
}

#[test]
fn the_last_words_are_the_last_five_lines_or_begin_with_the_panic() {
    let words = |text: &str| {
        let world = World::of([crashed()]).replying(log_of(false), log(text));
        world.on_pod("get_pod_logs")["last_words"].clone()
    };
    assert_eq!(words("a\nb\nc\n\nd\ne\nf\n"), json!(["b", "c", "d", "e", "f"]));
    let trace = "start\npanic: no key\n\ngoroutine 1:\nf()\n\tf.go:1\ng()\n\tg.go:2\n";
    assert_eq!(words(trace)[0], "panic: no key");
}

#[test]
fn the_reason_is_the_last_word_that_tells_of_an_error_whichever_stream_came_first() {
    let reason = |text: &str| {
        let world = World::of([crashed()]).replying(log_of(false), log(text));
        world.on_pod("get_pod_logs")["reason"].clone()
    };
    assert_eq!(
        reason("fatal: line 1207 is no price\nreading the price list\n"),
        "fatal: line 1207 is no price"
    );
    assert_eq!(reason("error: retrying\nfatal: gave up\nbye\n"), "fatal: gave up");
    assert_eq!(reason("reading\nno price list\n"), "no price list");
    assert_eq!(reason("error: long ago\n1\n2\n3\n4\n5\n"), "5", "an error before the last words");
    assert_eq!(reason("panic: no key\n\ngoroutine 1:\nf()\n\terror.go:1\n"), "panic: no key");
    assert_eq!(reason("\n"), serde_json::Value::Null);
}
