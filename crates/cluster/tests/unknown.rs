//! Unknown is not absent: every way of failing, and what becomes of it.

mod shop;

use apiserver::{ApiServer, Fault, Rule};
use evidence::{Kind, Question, Reply, UnseenKind};
use serde_json::json;
use shop::{ask, cluster, denied, every_question, listed, log, pod, server, unreachable, web};

/// Every fault that leaves a question without an answer.
fn faults() -> Vec<(&'static str, Fault)> {
    let answer = Fault::Answer;
    vec![
        ("403", Fault::Forbidden),
        ("401", Fault::Unauthorized),
        ("401 of a proxy", answer(401, "text/html", "<h1>hunter2-c2VjcmV0</h1>")),
        ("403 of a proxy", answer(403, "text/html", "<h1>hunter2-c2VjcmV0</h1>")),
        ("404 of a path", answer(404, "text/plain", "404 page not found\n")),
        ("404 of a proxy", answer(404, "text/html", "<h1>hunter2-c2VjcmV0</h1>")),
        ("404 without a body", answer(404, "", "")),
        (
            "404 of a resource",
            Fault::Status(404, "NotFound", "the server could not find the requested resource"),
        ),
        ("404 as JSON", answer(404, "application/json", r#"{"reason":"NotFound"}"#)),
        (
            "404 of another object",
            answer(
                404,
                "application/json",
                r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","details":{"name":"other","kind":"pods"}}"#,
            ),
        ),
        ("406", Fault::Status(406, "NotAcceptable", "hunter2-c2VjcmV0")),
        ("410", Fault::Status(410, "Expired", "hunter2-c2VjcmV0")),
        ("429", Fault::Busy(429, None)),
        ("500", Fault::Status(500, "InternalError", "hunter2-c2VjcmV0")),
        ("502 of a proxy", answer(502, "text/html", "<h1>hunter2-c2VjcmV0</h1>")),
        ("503", Fault::Busy(503, None)),
        ("504", Fault::Status(504, "Timeout", "hunter2-c2VjcmV0")),
        ("302", answer(302, "text/html", "hunter2-c2VjcmV0")),
        ("204", answer(204, "", "")),
        ("a cut body", Fault::Cut),
        ("a hanging server", Fault::Hang),
        ("a refused connection", Fault::Refused),
    ]
}

/// Those that only a log may answer with, as it is any text.
fn faults_of_json() -> Vec<(&'static str, Fault)> {
    vec![
        ("a login page", Fault::Answer(200, "text/html", "<h1>hunter2-c2VjcmV0</h1>")),
        ("an empty body", Fault::Answer(200, "application/json", "")),
        ("half of JSON", Fault::Answer(200, "application/json", r#"{"kind":"hunter2-c2VjcmV0"#)),
        ("another kind", Fault::changed(|it| it["kind"] = json!("hunter2-c2VjcmV0"))),
        (
            "a version of another group",
            Fault::changed(|it| it["apiVersion"] = json!("example.com/v1")),
        ),
        (
            "a list of what is no list",
            Fault::Answer(200, "application/json", "[\"hunter2-c2VjcmV0\"]"),
        ),
        ("a Status with 200", Fault::Status(200, "NotFound", "hunter2-c2VjcmV0")),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_fault_is_ever_read_as_absence() {
    for (name, fault) in faults().into_iter().chain(faults_of_json()) {
        let any_text = faults_of_json().iter().any(|(other, _)| *other == name);
        let server = server().with_rule(Rule::on("*", "*").then(fault));
        let cluster = cluster(&server);
        for question in every_question() {
            let version = question == Question::Version && name.starts_with("a version of");
            let other_kind = question == Question::Version && name == "another kind";
            if (any_text && matches!(question, Question::Log { .. })) || version || other_kind {
                continue;
            }
            let reply = ask(&cluster, question.clone()).await;
            assert!(matches!(reply, Reply::Unseen(_)), "{name}: {question}: {reply:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_reason_repeats_what_a_body_said() {
    for (name, fault) in faults().into_iter().chain(faults_of_json()) {
        let server = server().with_rule(Rule::on("*", "*").then(fault));
        for question in every_question() {
            if matches!(question, Question::Log { .. }) {
                continue;
            }
            let said = format!("{:?}", ask(&cluster(&server), question).await);
            assert!(!said.contains(shop::SECRET), "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_missing_permission_and_the_user() {
    let server = server().with_rule(Rule::on("*", "*").then(Fault::Forbidden));
    let cluster = cluster(&server);
    for (question, why) in [
        (
            Question::EventsOf { object: web() },
            "\"list events\" in namespace shop is not granted to jane",
        ),
        (
            Question::get(Kind::Secret, Some("shop"), "regcred"),
            "\"get secrets\" in namespace shop is not granted to jane",
        ),
        (
            Question::list(Kind::Deployment, None),
            "\"list deployments.apps\" in the cluster is not granted to jane",
        ),
        (log("server", false), "\"get pods/log\" in namespace shop is not granted to jane"),
        (Question::Version, "\"get /version\" is not granted to jane"),
    ] {
        assert_eq!(denied(ask(&cluster, question).await), why);
    }
}

#[tokio::test]
async fn a_refusal_to_act_as_another_names_that_and_no_permission() {
    let message = "users \"boss\" is forbidden: User \"jane\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope";
    let server =
        server().with_rule(Rule::on("*", "*").then(Fault::Status(403, "Forbidden", message)));
    let why = denied(ask(&cluster(&server), Question::Get { object: web() }).await);
    assert_eq!(why, "jane may not act as the user or group asked for");
}

#[tokio::test]
async fn nobody_is_told_to_log_in_rather_than_to_ask_for_a_permission() {
    let message = "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\"";
    let server =
        server().with_rule(Rule::on("*", "*").then(Fault::Status(403, "Forbidden", message)));
    let why = denied(ask(&cluster(&server), Question::Get { object: web() }).await);
    assert!(why.contains("log in"), "{why}");
    let server = shop::server().with_rule(Rule::on("*", "*").then(Fault::Unauthorized));
    let why = denied(ask(&cluster(&server), Question::Get { object: web() }).await);
    assert_eq!(why, "the server does not accept these credentials: log in again");
}

#[tokio::test]
async fn a_proxys_403_is_no_missing_permission() {
    let page = Fault::Answer(403, "text/html", "<h1>Blocked by policy</h1>");
    let server = server().with_rule(Rule::on("*", "*").then(page));
    let why = unreachable(ask(&cluster(&server), Question::Get { object: web() }).await);
    assert!(why.contains("proxy"), "{why}");
}

#[tokio::test]
async fn a_resource_that_is_not_served_is_unknown() {
    let gone = Fault::Answer(404, "text/plain", "404 page not found\n");
    let server = server().with_rule(Rule::on("list", "horizontalpodautoscalers").then(gone));
    let question = Question::list(Kind::HorizontalPodAutoscaler, Some("shop"));
    unreachable(ask(&cluster(&server), question).await);
}

#[tokio::test]
async fn another_object_than_asked_for_is_not_taken() {
    for change in [
        Fault::changed(|it| it["metadata"]["name"] = json!("other")),
        Fault::changed(|it| it["metadata"]["namespace"] = json!("other")),
        Fault::changed(|it| it["metadata"]["namespace"] = json!(null)),
        Fault::changed(|it| it["kind"] = json!("Secret")),
        Fault::changed(|it| it["apiVersion"] = json!("v2")),
        Fault::changed(|it| it["metadata"] = json!(null)),
    ] {
        let server = server().with_rule(Rule::on("get", "pods").then(change));
        let why = unreachable(ask(&cluster(&server), Question::Get { object: web() }).await);
        assert_eq!(why, "the answer is not Pod shop/web-0");
    }
}

#[tokio::test]
async fn what_does_not_belong_in_a_list_is_left_out_and_the_list_proves_nothing() {
    for odd in [
        json!({ "metadata": { "name": "web-9", "namespace": "cart" } }),
        json!({ "metadata": { "name": "", "namespace": "shop" } }),
        json!({ "metadata": { "namespace": "shop" } }),
        json!({ "metadata": { "name": "web-9" } }),
        json!({ "metadata": { "name": "web-0", "namespace": "shop" } }),
        json!({ "kind": "Secret", "metadata": { "name": "web-9", "namespace": "shop" } }),
        json!("web-9"),
        json!(null),
    ] {
        let item = odd.clone();
        let add = Fault::changed(move |list| {
            list["items"].as_array_mut().expect("items").push(item.clone());
        });
        let server = server().with_rule(Rule::on("list", "pods").then(add));
        let reply = ask(&cluster(&server), Question::list(Kind::Pod, Some("shop"))).await;
        let (names, missing) = listed(reply);
        assert_eq!(names, ["shop/web-0", "shop/web-1"], "{odd}");
        let missing = missing.expect("partial");
        assert_eq!(missing.kind, UnseenKind::Unreachable, "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_later_page_failed_keeps_what_came_and_says_why() {
    for (name, fault) in faults() {
        if name == "410" {
            continue;
        }
        let pods = (0..600).map(|n| pod("shop", &format!("web-{n:04}"))).collect();
        let rule = Rule::on("list", "pods").after(1).then(fault);
        let server = ApiServer::new(pods).with_rule(rule);
        let reply = ask(&cluster(&server), Question::list(Kind::Pod, Some("shop"))).await;
        let (names, missing) = listed(reply);
        assert_eq!(names.len(), 500, "{name}");
        let why = missing.expect("partial").why.to_string();
        assert!(why.starts_with("a later page of the list failed: "), "{name}: {why}");
    }
}

#[tokio::test]
async fn a_server_that_gives_the_same_page_for_ever_is_left() {
    let again = Fault::changed(|list| list["metadata"]["continue"] = json!("again"));
    let server = server().with_rule(Rule::on("list", "nodes").then(again));
    let cluster = cluster(&server);
    let (names, missing) = listed(ask(&cluster, Question::list(Kind::Node, None)).await);
    assert_eq!(names, ["worker-3"]);
    assert_eq!(missing.expect("partial").kind, UnseenKind::Unreachable);
    assert_eq!(cluster.requests(), 2);
}

#[tokio::test]
async fn namesakes_of_a_list_that_is_not_whole_are_unknown() {
    let odd = Fault::changed(|list| {
        list["items"].as_array_mut().expect("items").push(json!({}));
    });
    let server = server().with_rule(Rule::on("list", "secrets").then(odd));
    let question = Question::Namesakes { kind: Kind::Secret, name: "regcred".into() };
    unreachable(ask(&cluster(&server), question).await);
}

#[tokio::test]
async fn an_answer_of_absurd_size_is_not_read() {
    let server = server().with_rule(Rule::on("*", "*").then(Fault::Huge(64 * 1024 * 1024)));
    for question in [Question::Version, Question::Get { object: web() }, log("server", false)] {
        let why = unreachable(ask(&cluster(&server), question).await);
        assert!(why.starts_with("the answer is larger than "), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_waited_for_as_long_as_allowed_and_no_longer() {
    let server = server().with_rule(Rule::on("*", "*").then(Fault::Hang));
    let cluster = cluster(&server);
    let start = tokio::time::Instant::now();
    for (question, reply) in cluster.answer_all(every_question()).await {
        let why = unreachable(reply);
        assert_eq!(why, "no answer within 10 s", "{question}");
    }
    let waited = start.elapsed();
    assert!(waited >= shop::TIMEOUT && waited < shop::TIMEOUT * 2, "{waited:?}");
}

fn routes() -> [Question; 2] {
    [Kind::HTTPRoute, Kind::VirtualService].map(|kind| Question::list(kind, Some("shop")))
}

#[tokio::test]
async fn a_server_without_an_add_on_has_none_of_its_objects_and_is_asked_once() {
    let server = server();
    let cluster = cluster(&server);
    for (_, reply) in cluster.answer_all(routes().into()).await {
        assert_eq!(reply, Reply::Objects(std::sync::Arc::default()));
    }
    let one = Question::get(Kind::HTTPRoute, Some("shop"), "web");
    assert_eq!(ask(&cluster, one).await, Reply::Absent);
    let paths: Vec<String> = server.audit().into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["/apis"]);
}

#[tokio::test]
async fn a_server_with_an_add_on_is_asked_for_its_objects() {
    let route = shop::object(Kind::HTTPRoute, Some("shop"), "web");
    let cluster = cluster(&ApiServer::new(vec![route]));
    let [http, istio] = routes();
    assert_eq!(listed(ask(&cluster, http).await).0, ["shop/web"]);
    assert_eq!(ask(&cluster, istio).await, Reply::Objects(std::sync::Arc::default()));
    let one = Question::get(Kind::HTTPRoute, Some("shop"), "web");
    assert!(matches!(ask(&cluster, one).await, Reply::Object(_)));
    assert_eq!(cluster.requests(), 3);
}

/// Only a sound list of groups says that an API is not there; everything else is asked on, and what
/// comes then is taken for what it is.
#[tokio::test(start_paused = true)]
async fn no_fault_of_the_list_of_groups_is_read_as_the_absence_of_an_add_on() {
    let without_most = Fault::changed(|it| it["groups"] = json!([]));
    let faults = faults().into_iter().chain(faults_of_json());
    for (name, fault) in faults.chain([("a list of no groups", without_most)]) {
        let not_found = Fault::Answer(404, "text/plain", "404 page not found\n");
        let server = server()
            .with_rule(Rule::on("get", "apis").then(fault))
            .with_rule(Rule::on("list", "httproutes").then(not_found));
        let [http, _] = routes();
        let why = unreachable(ask(&cluster(&server), http).await);
        assert!(why.contains("httproutes"), "{name}: {why}");
    }
}

#[tokio::test]
async fn another_version_of_an_add_on_is_named_and_no_absence() {
    let older = Fault::changed(|it| {
        let group =
            json!({ "name": "networking.istio.io", "versions": [{ "version": "v1beta1" }] });
        it["groups"].as_array_mut().unwrap().push(group);
    });
    let server = server().with_rule(Rule::on("get", "apis").then(older));
    let [_, istio] = routes();
    let why = unreachable(ask(&cluster(&server), istio).await);
    assert!(why.contains("in v1beta1 only"), "{why}");
}
