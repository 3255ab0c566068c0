//! Services against their pods, addresses against services, routes against their names.

mod world;

use evidence::{Kind, Question, Reach, Reply, UnseenKind};
use serde_json::{Value as Json, json};
use world::*;

fn meta(name: &str, labels: Json) -> Json {
    json!({ "name": name, "namespace": "shop", "labels": labels })
}

fn service(name: &str, selector: Json, port: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": meta(name, json!({})),
        "spec": { "selector": selector, "ports": [port], "clusterIP": "10.96.0.7" } })
}

fn workload(name: &str, env: Json) -> Json {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, json!({})),
        "spec": { "template": { "metadata": { "labels": { "app": name } },
            "spec": { "containers": [{ "name": "server", "image": "example.com/x:1", "env": env }] } } } })
}

fn ready_pod(app: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta(&format!("{app}-0"), json!({ "app": app })),
        "spec": { "containers": [{ "name": "server", "image": "example.com/x:1",
            "ports": [{ "containerPort": 7070, "name": "grpc" }] }] },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } })
}

fn of_service(world: &World, name: &str) -> Json {
    let arguments = [("service", name.into()), ("namespace", "shop".into())];
    world.asked("get_service_details", &arguments).0.to_json()
}

fn of_workload(world: &World, name: &str) -> Json {
    let arguments = [("workload", name.into()), ("namespace", "shop".into())];
    world.asked("get_workload_addresses", &arguments).0.to_json()
}

#[test]
fn a_selector_that_matches_nothing_is_told_with_what_is_near() {
    let port = json!({ "port": 7070 });
    let world = World::of([
        service("ledger", json!({ "app": "ledgr" }), port.clone()),
        workload("ledger", json!([])),
        ready_pod("ledger"),
    ]);
    let facts = of_service(&world, "ledger");
    assert_eq!((&facts["matched"], &facts["template_matches"]), (&json!(false), &json!(false)));
    assert_eq!(facts["near"]["selector"], "app=ledgr");
    assert_eq!(facts["near"]["labels"], "app=ledger");
    assert_eq!(facts["workload"]["name"], "ledger");

    // Scaled to zero: there is no pod, and the selector is right.
    let world = World::of([
        service("ledger", json!({ "app": "ledger" }), port),
        workload("ledger", json!([])),
    ]);
    let facts = of_service(&world, "ledger");
    assert_eq!((&facts["matched"], &facts["template_matches"]), (&json!(false), &json!(true)));
}

#[test]
fn pods_that_could_not_be_seen_leave_it_unknown_whether_any_matches() {
    let pods = Question::list(Kind::Pod, Some("shop"));
    let world = World::of([service("ledger", json!({ "app": "ledger" }), json!({ "port": 7070 }))])
        .unseen(pods, UnseenKind::Denied);
    let facts = of_service(&world, "ledger");
    assert_eq!(facts["matched"]["unseen"]["kind"], "denied", "{facts}");
}

#[test]
fn a_port_is_compared_with_the_pods_and_with_what_was_tried() {
    let reach = |open| Reply::Reach(vec![Reach { host: "ledger".into(), port: 80, open }].into());
    let question = || Question::Reach { namespace: "shop".into() };
    for (port, fit) in [
        (json!({ "port": 80, "targetPort": "grpc" }), "declared"),
        (json!({ "port": 80, "targetPort": 7071 }), "undeclared"),
        (json!({ "port": 80, "targetPort": "http" }), "name-missing"),
        (json!({ "port": 80, "targetPort": 7070, "protocol": "UDP" }), "other-protocol"),
    ] {
        let objects = [service("ledger", json!({ "app": "ledger" }), port), ready_pod("ledger")];
        let facts = of_service(&World::of(objects).replying(question(), reach(false)), "ledger");
        assert_eq!(facts["ports"][0]["fit"], fit);
        assert_eq!((&facts["ports"][0]["open"], &facts["refused"]), (&json!(false), &json!(true)));
        assert_eq!(facts["tried_elsewhere"], json!([]));
    }
    let other =
        service("ledger", json!({ "app": "ledger" }), json!({ "port": 81, "targetPort": "grpc" }));
    let world = World::of([other, ready_pod("ledger")]).replying(question(), reach(false));
    assert_eq!(of_service(&world, "ledger")["tried_elsewhere"], json!([80]));
}

#[test]
fn an_address_is_looked_for_among_the_services() {
    let env = json!([
        { "name": "LEDGER_ADDR", "value": "ledgr:7070" },
        { "name": "CART_HOST", "value": "cart" }, { "name": "CART_PORT", "value": "81" },
        { "name": "TILL_URL", "value": "http://till:80/x" },
        { "name": "ADVICE_ADDR", "value": "advicebot:80" },
        { "name": "API", "value": "https://api.example.com:443" },
    ]);
    let port = json!({ "port": 80 });
    let objects = [
        workload("front", env),
        workload("till", json!([])),
        service("ledger", json!({ "app": "ledger" }), json!({ "port": 7070 })),
        service("cart", json!({ "app": "cart" }), port),
    ];
    let world = World::of(objects.clone());
    let facts = of_workload(&world, "deployment/front");
    let named = |variable: &str| {
        let all = facts["addresses"].as_array().unwrap().iter();
        all.clone().find(|one| one["variable"] == variable).unwrap().clone()
    };
    let ledger = named("LEDGER_ADDR");
    assert_eq!(
        (&ledger["standing"], &ledger["meant"]["name"]),
        (&json!("no-service"), &json!("ledger"))
    );
    assert_eq!(named("CART_HOST")["standing"], "no-port");
    assert_eq!(named("CART_HOST")["service_ports"], json!([80]));
    assert_eq!(named("TILL_URL")["workload"]["name"], "till");
    let advice = named("ADVICE_ADDR");
    assert_eq!((&advice["meant"], &advice["workload"]), (&json!(null), &json!(null)));
    assert_eq!(named("API")["standing"], "elsewhere");

    let services = Question::list(Kind::Service, Some("shop"));
    let facts =
        of_workload(&World::of(objects).unseen(services, UnseenKind::Denied), "deployment/front");
    assert_eq!(facts["addresses"][0]["standing"]["unseen"]["kind"], "denied", "{facts}");
}

#[test]
fn a_client_of_a_sealed_address_is_ascribed_to_the_only_database_that_others_do_not_name() {
    let database = |name: &str| {
        let mut json = workload(name, json!([]));
        json["spec"]["template"]["spec"]["containers"][0]["image"] = "docker.io/x/mysql:8".into();
        json
    };
    let port = json!({ "port": 3306 });
    let mut objects = vec![
        workload("front", json!([])),
        database("main-db"),
        service("main-db", json!({ "app": "main-db" }), port.clone()),
        database("side-db"),
        service("side-db", json!({ "app": "side-db" }), port),
    ];
    let likely = |objects: Vec<Json>| {
        let arguments = [("workload", "deployment/front".into()), ("namespace", "shop".into())];
        World::of(objects).asked("get_databases", &arguments).0.to_json()["likely"]["ref"]["name"]
            .clone()
    };
    assert_eq!(likely(objects.clone()), json!(null), "either may be meant");
    objects.push(workload("side", json!([{ "name": "DB", "value": "side-db:3306" }])));
    assert_eq!(likely(objects), "main-db");
}
