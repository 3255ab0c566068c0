//! Objects as they are admitted: what is taken out of them, and what stays.

use evidence::redact::MARK;
use evidence::{Kind, Log, Object};
use serde_json::{Value as Json, json};

fn admitted(json: Json) -> Json {
    Object::admit(json).expect("an object").json().clone()
}

fn pod(spec: Json) -> Json {
    admitted(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-0", "namespace": "shop" },
        "spec": spec,
    }))
}

#[test]
fn a_value_of_env_goes_by_its_name_and_the_rest_stay() {
    let env = json!([
        { "name": "DB_PASSWORD", "value": "hunter2 with, spaces" },
        { "name": "API_TOKEN", "value": "abc" },
        { "name": "DATABASE_URL", "value": "postgres://app:hunter2@db.shop.svc:5432/shop" },
        { "name": "REDIS_HOST", "value": "redis.shop.svc.cluster.local" },
        { "name": "REDIS_PORT", "value": "6379" },
        { "name": "CART_URL", "value": "http://cart.shop:8080/api" },
        { "name": "PASSWORD_FILE", "value": "/run/secrets/pw" },
        { "name": "ALLOW_EMPTY_PASSWORD", "value": "yes" },
        { "name": "JDBC_PASSWORD", "value": "$(DB_PASSWORD)" },
        { "name": "PWD", "value": "/app" },
        { "name": "TOKEN_FROM", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
    ]);
    let pod = pod(json!({ "initContainers": [{ "name": "a", "env": env.clone() }],
                          "containers": [{ "name": "b", "env": env }] }));
    for place in ["/spec/initContainers/0/env", "/spec/containers/0/env"] {
        let env = pod.pointer(place).and_then(Json::as_array).expect("env");
        let values: Vec<&str> = env.iter().filter_map(|item| item["value"].as_str()).collect();
        assert_eq!(
            values,
            [
                MARK,
                MARK,
                "postgres://app:‹redacted›@db.shop.svc:5432/shop",
                "redis.shop.svc.cluster.local",
                "6379",
                "http://cart.shop:8080/api",
                "/run/secrets/pw",
                "yes",
                "$(DB_PASSWORD)",
                "/app",
            ]
        );
        assert_eq!(env[10]["valueFrom"]["secretKeyRef"]["key"], "password");
    }
}

#[test]
fn arguments_are_read_in_their_context() {
    let pod = pod(json!({ "containers": [{
        "name": "a",
        "command": ["run", "--password", "hunter2", "--user", "app", "--db-password=hun ter2; x"],
        "args": ["--token", "--verbose", "-c", "curl -H 'Authorization: Bearer abc' http://x"],
        "livenessProbe": {
            "exec": { "command": ["redis-cli", "--pass", "hunter2", "ping"] },
            "httpGet": { "path": "/healthz?token=abc", "httpHeaders": [
                { "name": "Authorization", "value": "Basic YTpi" },
                { "name": "X-Api-Key", "value": "abc" },
                { "name": "Host", "value": "shop.example.com" },
            ]},
        },
    }] }));
    let container = &pod["spec"]["containers"][0];
    assert_eq!(
        container["command"],
        json!(["run", "--password", MARK, "--user", "app", format!("--db-password={MARK}")])
    );
    assert_eq!(
        container["args"],
        json!([
            "--token",
            "--verbose",
            "-c",
            format!("curl -H 'Authorization: Bearer {MARK}' http://x")
        ])
    );
    let probe = &container["livenessProbe"];
    assert_eq!(probe["exec"]["command"], json!(["redis-cli", "--pass", MARK, "ping"]));
    assert_eq!(probe["httpGet"]["path"], format!("/healthz?token={MARK}"));
    let headers = probe["httpGet"]["httpHeaders"].as_array().expect("headers");
    let values: Vec<&Json> = headers.iter().map(|header| &header["value"]).collect();
    assert_eq!(values, [MARK, MARK, "shop.example.com"]);
}

#[test]
fn names_of_objects_and_messages_stay() {
    let before = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "token-server-0", "namespace": "secret-team", "uid": "550e8400-e29b-41d4-a716-446655440000",
            "labels": { "app": "vault-secret", "token": "enabled", "pod-template-hash": "7d9f8c6b5" },
            "annotations": { "nginx.ingress.kubernetes.io/auth-secret": "basic-auth", "checksum/secret": "9f86d081884c7d65" },
        },
        "spec": {
            "imagePullSecrets": [{ "name": "regcred" }],
            "volumes": [
                { "name": "token", "secret": { "secretName": "db-password" } },
                { "name": "p", "projected": { "sources": [
                    { "serviceAccountToken": { "path": "token", "expirationSeconds": 3607 } },
                    { "secret": { "name": "regcred" } } ] } },
            ],
            "containers": [{ "name": "a", "image": "registry.example.com/shop/password-reset@sha256:9b2a4f0e3c8d7a6b",
                             "envFrom": [{ "secretRef": { "name": "db-credentials" } }] }],
        },
        "status": { "containerStatuses": [{ "state": { "waiting": {
            "reason": "CreateContainerConfigError", "message": "couldn't find key password in Secret shop/db" } } }] },
    });
    let mut after = admitted(before.clone());
    assert_eq!(
        after["metadata"]["annotations"]["checksum/secret"], MARK,
        "it looks like a credential"
    );
    after["metadata"]["annotations"]["checksum/secret"] =
        before["metadata"]["annotations"]["checksum/secret"].clone();
    assert_eq!(after, before);
}

#[test]
fn config_maps_lose_what_their_keys_and_texts_call_secret() {
    let map = admitted(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "app" },
        "data": {
            "password": "correct horse battery staple",
            "app.yaml": "db:\n  host: db.shop\n  password: hunter2\n",
            "app.properties": "spring.datasource.password=hunter2\nspring.datasource.url=jdbc:postgresql://db/shop\n",
            "LOG_LEVEL": "debug",
        },
        "binaryData": { "keystore.jks": "AAAA" },
    }));
    assert_eq!(
        map["data"],
        json!({
            "password": MARK,
            "app.yaml": format!("db:\n  host: db.shop\n  password: {MARK}\n"),
            "app.properties": format!("spring.datasource.password={MARK}\nspring.datasource.url=jdbc:postgresql://db/shop\n"),
            "LOG_LEVEL": "debug",
        })
    );
    assert_eq!(map["binaryData"], json!({ "keystore.jks": MARK }));
}

#[test]
fn the_newest_change_stays_when_managed_fields_go() {
    let object = admitted(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "app",
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b" },
            "managedFields": [
                { "manager": "kubectl", "time": "2026-11-01T10:00:00Z" },
                { "manager": "kubectl-edit", "time": "2026-11-02T10:00:00Z" },
                { "manager": "controller", "time": "2026-11-03T10:00:00Z", "subresource": "status" },
                { "manager": "odd", "time": 7 },
            ],
        },
    }));
    assert_eq!(object["metadata"]["tsg.dev/modified"], "2026-11-02T10:00:00Z");
    assert_eq!(object["metadata"]["annotations"], json!({ "a": "b" }));
    assert!(object["metadata"].get("managedFields").is_none());
    assert_eq!(admitted(object.clone()), object);
}

#[test]
fn a_forged_time_of_change_is_dropped() {
    let object = admitted(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "app", "tsg.dev/modified": "hunter2" },
    }));
    assert!(object["metadata"].get("tsg.dev/modified").is_none());
}

#[test]
fn absurd_nesting_is_cut_and_can_be_recorded() {
    let mut deep = json!("x");
    for _ in 0..5_000 {
        deep = Json::Array(vec![deep]);
    }
    let mut json = json!({ "metadata": { "name": "web-0" }, "spec": null });
    json["spec"] = deep;
    let object = Object::admit_as(Kind::Pod, json).expect("an object");
    let text = serde_json::to_string(&object).expect("text");
    let wrapped = format!("[[[[[[[[[[[[[[[[{text}]]]]]]]]]]]]]]]]");
    assert!(serde_json::from_str::<Json>(&wrapped).is_ok());
}

#[test]
fn confused_types_are_no_reason_to_fail() {
    for odd in [json!(null), json!([]), json!("x"), json!(7), json!({ "a": [{}] })] {
        for place in [
            "labels",
            "annotations",
            "managedFields",
            "ownerReferences",
            "creationTimestamp",
            "uid",
        ] {
            let object = Object::admit_as(
                Kind::Secret,
                json!({ "metadata": { "name": "a", place: odd }, "data": odd, "stringData": odd, "type": odd, "spec": odd }),
            )
            .expect("an object");
            let _ =
                (object.label("a"), object.annotation("a"), object.created(), object.workload());
            assert!(object.seal().is_some());
        }
    }
}

#[test]
fn an_object_without_metadata_is_refused() {
    for odd in [json!(null), json!([]), json!("x"), json!({}), json!({ "metadata": [] })] {
        assert!(Object::admit_as(Kind::Pod, odd.clone()).is_err());
        assert!(Object::admit(odd).is_err());
    }
}

#[test]
fn an_item_of_another_group_is_not_let_in_under_a_borrowed_name() {
    let named = |version: &str, kind: &str| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "web" } });
    assert!(Object::admit_as(Kind::Service, named("serving.knative.dev/v1", "Service")).is_err());
    assert!(Object::admit_as(Kind::Service, named("v1", "Pod")).is_err());
    assert!(Object::admit_as(Kind::Service, named("v1", "Service")).is_ok());
    assert!(Object::admit_as(Kind::Deployment, named("", "Deployment")).is_ok());
    assert!(Object::admit_as(Kind::Event, named("events.k8s.io/v1", "Event")).is_ok());
}

#[test]
fn an_event_about_a_custom_resource_is_not_about_its_namesake() {
    let about = |version: &str| {
        let json = json!({
            "metadata": { "name": "a", "namespace": "shop" },
            "involvedObject": { "kind": "Service", "apiVersion": version, "name": "web", "namespace": "shop" },
        });
        Object::admit_as(Kind::Event, json).expect("an event").event().cloned()
    };
    assert!(about("serving.knative.dev/v1").is_none());
    assert!(about("v1").is_some());
    assert!(about("").is_some());
}

#[test]
fn a_log_in_a_recording_is_redacted_too() {
    let log: Log =
        serde_json::from_value(json!({ "lines": ["password=hunter2", ""], "cut": true }))
            .expect("a log");
    assert_eq!(log.lines, [format!("password={MARK}"), String::new()]);
}

#[test]
fn a_private_key_does_not_survive_in_a_log_line_by_line() {
    let body = "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789";
    let log = Log::admit(&format!(
        "start\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n{body}\n-----END RSA PRIVATE KEY-----\nend\n"
    ));
    assert!(!log.lines.join("\n").contains("MIIE"), "{:?}", log.lines);
    assert_eq!(log.lines.first().map(String::as_str), Some("start"));
    assert_eq!(log.lines.last().map(String::as_str), Some("end"));
}

#[test]
fn a_log_keeps_its_last_lines_and_says_when_it_was_cut() {
    let lines = |n: usize| (0..n).map(|i| format!("line {i}\n")).collect::<String>();
    let all = Log::admit(&lines(200));
    assert_eq!((all.lines.len(), all.cut), (200, false));
    let cut = Log::admit(&lines(201));
    assert_eq!((cut.lines.len(), cut.cut), (200, true));
    assert_eq!(cut.lines[0], "line 1");
    assert_eq!(Log::admit("").lines.len(), 0);
}
