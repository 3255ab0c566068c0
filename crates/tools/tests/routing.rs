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

#[test]
fn labels_that_a_row_does_not_show_are_not_taken_for_none() {
    let mut row = ready_pod("ledger");
    row["metadata"].as_object_mut().unwrap().remove("labels");
    row["tsg.dev/unshown"] = json!("/metadata /spec /status");
    let service = service("ledger", json!({ "app": "ledger" }), json!({ "port": 7070 }));
    let facts = of_service(&World::of([service, row]), "ledger");
    for fact in ["matched", "ready_pods"] {
        assert!(facts[fact].to_string().contains("not-shown"), "{fact}: {}", facts[fact]);
    }
}

/// A client of `ledger` with its settings in a ConfigMap and, after that, in a Secret.
fn client(secret: Option<Json>) -> World {
    let sources =
        json!([{ "configMapRef": { "name": "set" } }, { "secretRef": { "name": "sec" } }]);
    let mut front = workload("front", json!([]));
    front["spec"]["template"]["spec"]["containers"][0]["envFrom"] = sources;
    let mut database = workload("ledger", json!([]));
    database["spec"]["template"]["spec"]["containers"][0]["image"] = "mysql:8".into();
    let config = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("set", json!({})),
        "data": { "DB_HOST": "ledger", "DB_PORT": "3307" } });
    let port = json!({ "port": 3306 });
    let objects = [front, database, config, service("ledger", json!({ "app": "ledger" }), port)];
    World::of(objects.into_iter().chain(secret))
}

fn addresses(world: &World, tool: &str) -> Json {
    let arguments = [("workload", "deployment/front".into()), ("namespace", "shop".into())];
    world.asked(tool, &arguments).0.to_json()["addresses"].clone()
}

#[test]
fn a_secret_wins_over_the_settings_before_it_whether_it_can_be_read_or_not() {
    let secret = |data: Json| {
        json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": meta("sec", json!({})), "stringData": data })
    };
    let other = client(Some(secret(json!({ "DB_HOST": "10.0.0.5", "DB_PASSWORD": "hunter2" }))));
    assert_eq!(addresses(&other, "get_databases"), json!([]), "its host is no name");
    let own = client(Some(secret(json!({ "DB_HOST": "ledger", "DB_PORT": "3308" }))));
    let told = addresses(&own, "get_databases");
    assert_eq!((&told[0]["port"], &told[0]["standing"]), (&json!(3308), &json!("no-port")));
    assert_eq!(told[0]["assured"], true);
    // The other tool reads no secret, and so cannot say what stands in the variable.
    assert_eq!(addresses(&own, "get_workload_addresses"), json!([]));
}

#[test]
fn what_a_secret_calls_a_host_is_told_only_where_it_is_nearly_a_service() {
    let host = |host: &str| {
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": meta("sec", json!({})), "stringData": { "LEDGER_HOST": host } });
        let mut world = workload("front", json!([]));
        world["spec"]["template"]["spec"]["containers"][0]["envFrom"] =
            json!([{ "secretRef": { "name": "sec" } }]);
        let mut database = workload("ledger", json!([]));
        database["spec"]["template"]["spec"]["containers"][0]["image"] = "mysql:8".into();
        let service = service("ledger", json!({ "app": "ledger" }), json!({ "port": 3306 }));
        addresses(&World::of([world, database, service, secret]), "get_databases")
    };
    assert_eq!(host("ledgr")[0]["host"], "ledgr");
    assert_eq!(host("hunter2-the-password"), json!([]));
}

#[test]
fn an_alias_to_an_address_of_the_service_itself_is_none() {
    let aliases = |ip: &str| {
        let mut front = workload("front", json!([]));
        front["spec"]["template"]["spec"]["hostAliases"] =
            json!([{ "ip": ip, "hostnames": ["ledger"] }]);
        let mut ledger = service("ledger", json!({ "app": "ledger" }), json!({ "port": 7070 }));
        ledger["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.7" }] } });
        let facts = of_workload(&World::of([front, ledger]), "deployment/front");
        facts["aliases"].as_array().unwrap().len()
    };
    assert_eq!((aliases("192.0.2.10"), aliases("192.0.2.7"), aliases("10.96.0.7")), (1, 0, 0));
}
