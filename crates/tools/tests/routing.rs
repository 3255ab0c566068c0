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

fn http_route(name: &str, rules: Json) -> Json {
    json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": { "name": name, "namespace": "shop", "generation": 2 },
        "spec": { "hostnames": ["shop.example.com"], "rules": rules } })
}

fn virtual_service(hosts: Json, http: Json) -> Json {
    json!({ "apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService",
        "metadata": meta("shop", json!({})), "spec": { "hosts": hosts, "http": http } })
}

fn rule(path: &str, backends: Json) -> Json {
    json!({ "matches": [{ "path": { "type": "PathPrefix", "value": path } }], "backendRefs": backends })
}

fn services() -> Vec<Json> {
    let names = ["basket", "ledger", "till"];
    names.map(|name| service(name, json!({ "app": name }), json!({ "port": 8080 }))).into()
}

fn routes_in(world: &World) -> Json {
    world.asked("get_routes", &[("namespace", "shop".into())]).0.to_json()["routes"].take()
}

fn routes(tables: impl IntoIterator<Item = Json>) -> Json {
    routes_in(&World::of(services().into_iter().chain(tables)))
}

#[test]
fn every_backend_of_an_http_route_that_gets_requests_is_a_route() {
    let found = routes([http_route(
        "shop",
        json!([
            rule("/ledger", json!([
                { "name": "ledger", "port": 8080, "weight": 9 },
                { "name": "journal", "port": 8080 },
                { "name": "accounts", "port": 8080, "weight": 0 },
            ])),
            rule("/rates", json!([{ "name": "rates", "namespace": "bank", "port": 80 }])),
            rule("/files", json!([{ "group": "example.com", "kind": "Bucket", "name": "files" }])),
            { "filters": [{ "type": "RequestRedirect" }] },
            { "backendRefs": [{ "name": "till", "port": 80, "namespace": "shop" }] },
        ]),
    )]);
    let told: Vec<String> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let word = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let (exists, served) = (&one["backend_exists"], &one["port_served"]);
            format!("{} {} {exists} {served} {}", word("path"), word("host"), one["called_after"])
        })
        .collect();
    assert_eq!(
        told,
        [
            "/ledger ledger true true null",
            "/ledger journal false null null",
            "/rates rates.bank.svc null null null",
            "/ till true false null",
        ]
    );
}

#[test]
fn http_routes_of_a_namespace_are_one_table() {
    let one = |name: &str, path: &str, backend: &str| {
        http_route(name, json!([rule(path, json!([{ "name": backend, "port": 8080 }]))]))
    };
    let found = routes([
        one("a", "/basket", "basket"),
        one("b", "/ledger", "basket"),
        one("c", "/till/v2", "till"),
    ]);
    assert_eq!(found[1]["agreeing"], 2);
    assert_eq!(found[1]["called_after"]["name"], "ledger");
    assert_eq!(
        (&found[0]["called_after"], &found[2]["called_after"]),
        (&json!(null), &json!(null))
    );
}

#[test]
fn destinations_of_a_virtual_service_are_routes() {
    let to = |host: &str, weight: i64| json!({ "weight": weight, "destination": { "host": host, "subset": "v1" } });
    let found = routes([virtual_service(
        json!(["shop.example.com"]),
        json!([
            { "match": [{ "uri": { "exact": "/basket" } }, { "uri": { "prefix": "/cart" } }],
              "route": [{ "destination": { "host": "basket", "port": { "number": 80 } } }] },
            { "match": [{ "uri": { "prefix": "/ledger" } }],
              "route": [to("till.shop.svc.cluster.local", 100)] },
            { "match": [{ "uri": { "regex": "/till(/.*)?" } }],
              "route": [to("till", 90), to("basket", 10), to("gone", 0)] },
            { "route": [to("gone", 0)] },
            { "match": [{ "uri": { "prefix": "/rates" } }], "route": [to("rates.bank", 100)] },
            { "match": [{ "uri": { "prefix": "/old" } }], "redirect": { "uri": "/" } },
            { "delegate": { "name": "other" } },
        ]),
    )]);
    let hosts: Vec<&str> =
        found.as_array().unwrap().iter().map(|one| one["host"].as_str().unwrap()).collect();
    assert_eq!(
        hosts,
        ["basket", "till.shop.svc.cluster.local", "till", "basket", "gone", "rates.bank"]
    );
    assert_eq!(found[0]["port_served"], false);
    assert_eq!(found[1]["called_after"]["name"], "ledger");
    assert_eq!(found[1]["backend"]["name"], "till");
    assert_eq!(
        (&found[4]["backend_exists"], &found[5]["backend_exists"]),
        (&json!(false), &json!(null))
    );
    for one in [0, 2, 3, 4, 5] {
        assert_eq!(found[one]["called_after"], json!(null), "{one}");
    }
}

#[test]
fn a_virtual_service_for_all_requests_to_a_service_is_called_after_it() {
    let after = |hosts: Json, http: Json| {
        routes([virtual_service(hosts, json!([http]))])[0]["called_after"].clone()
    };
    let to = |host: &str| json!({ "route": [{ "destination": { "host": host } }] });
    let told = after(json!(["ledger.shop.svc.cluster.local"]), to("till"));
    assert_eq!(told["name"], "ledger");
    assert_eq!(after(json!(["ledger"]), to("ledger")), json!(null));
    assert_eq!(after(json!(["ledger"]), to("ledger-v2")), json!(null), "a version of it");
    assert_eq!(after(json!(["ledger", "till"]), to("till")), json!(null));
    let mut some = to("till");
    some["match"] = json!([{ "headers": { "x-tester": { "exact": "1" } } }]);
    assert_eq!(after(json!(["ledger"]), some), json!(null), "some of its requests");
}

#[test]
fn routes_that_were_not_captured_leave_nothing_out_and_routes_that_were_refused_do() {
    let list = Question::list(Kind::HTTPRoute, Some("shop"));
    let world = |kind| World::of(services()).unseen(list.clone(), kind);
    let told = |kind| world(kind).asked("get_routes", &[("namespace", "shop".into())]).0;
    let missing = |value: evidence::Value| match value {
        evidence::Value::Record(facts) => match facts.get("routes").map(evidence::Value::bare) {
            Some(evidence::Value::List(list)) => list.missing.is_some(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert!(!missing(told(UnseenKind::NotCaptured)));
    for kind in [UnseenKind::Denied, UnseenKind::Unreachable, UnseenKind::Truncated] {
        assert!(missing(told(kind)), "{kind:?}");
    }
}

#[test]
fn a_refusal_is_of_the_route_as_it_is_and_names_the_parent() {
    let condition = |kind: &str, reason: &str, generation: i64| {
        json!({ "type": kind, "status": "False",
        "reason": reason, "message": "as it says", "observedGeneration": generation })
    };
    let mut route = http_route(
        "ledger",
        json!([rule(
            "/ledger",
            json!([
        { "name": "ledger", "port": 8080 }, { "name": "accounts", "port": 8080, "weight": 0 }])
        )]),
    );
    route["status"] = json!({ "parents": [
        { "controllerName": "example.com/gateway", "parentRef": { "name": "public", "namespace": "infra", "sectionName": "https" },
          "conditions": [condition("Accepted", "NoMatchingParent", 2), condition("ResolvedRefs", "InvalidKind", 1),
              { "type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs" }, condition("Programmed", "Invalid", 2)] },
        { "controllerName": "example.com/mesh", "parentRef": { "kind": "Service", "name": "ledger" },
          "conditions": [condition("ResolvedRefs", "BackendNotFound", 2)] },
    ] });
    let facts = |world: World| {
        let arguments = [("httproute", "ledger".into()), ("namespace", "shop".into())];
        world.asked("get_httproute_details", &arguments).0.to_json()
    };
    let told = facts(World::of(services().into_iter().chain([route.clone()])));
    let refusals = told["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    assert_eq!(
        (&refusals[0]["parent"], &refusals[0]["listener"]),
        (&json!("Gateway infra/public"), &json!("https"))
    );
    assert_eq!(
        (&refusals[1]["parent"], &refusals[1]["reason"]),
        (&json!("Service shop/ledger"), &json!("BackendNotFound"))
    );
    assert_eq!(told["backends_found"], true, "what gets no requests is not missed");
    let refused = Question::list(Kind::Service, Some("shop"));
    let told = facts(World::of([route.clone()]).unseen(refused, UnseenKind::Denied));
    assert!(!told["backends_found"].is_boolean(), "{}", told["backends_found"]);
    route["spec"]["rules"][0]["backendRefs"][0]["namespace"] = json!("bank");
    assert_eq!(facts(World::of(services().into_iter().chain([route])))["backends_found"], false);
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
