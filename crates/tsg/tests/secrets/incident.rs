//! An incident with a secret in every place that can hold one, as the cluster has it.

use serde_json::{Value as Json, json};

use crate::search::{Plants, Search, encoded};

pub const NAMESPACE: &str = "shop";
/// A pod whose pull is refused with 401.
pub const PULLING: &str = "web-7d9f-abcde";
/// A pod that crashes and has logs.
pub const CRASHING: &str = "worker-5c8b-fghij";
pub const IMAGE: &str = "registry.example.com/shop/web:1.4.3";

fn meta(name: &str) -> Json {
    json!({ "name": name, "namespace": NAMESPACE, "uid": format!("uid-of-{name}"),
            "creationTimestamp": "2026-11-20T12:20:00Z", "annotations": {} })
}

fn secret(name: &str, kind: &str, data: Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": meta(name), "data": data })
}

fn docker_secret(name: &str, config: impl AsRef<[u8]>) -> Json {
    let data = json!({ ".dockerconfigjson": encoded(config) });
    secret(name, "kubernetes.io/dockerconfigjson", data)
}

fn with_copy(mut object: Json, key: &str) -> Json {
    let copy = object.to_string();
    object["metadata"]["annotations"][key] = copy.into();
    object
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Registry credentials, right and malformed in every way, and secrets of other types.
fn secrets(p: &mut Plants) -> Vec<Json> {
    let user = p.word("registry user name");
    let password = p.awkward("registry password");
    let pair = format!("{user}:{password}");
    let key = |user: &str, host: &str| format!("https://{user}@{host}.example.com/v2/");
    let config = json!({ "auths": {
        "registry.example.com": { "username": user, "password": password, "auth": encoded(&pair),
            "email": p.word("registry e-mail"), "identitytoken": p.word("identity token") },
        key(&format!("robot:{}", p.token("password in a registry key")), "one"): { "auth": encoded("a:b") },
        key(&format!("robot:{}", p.awkward("awkward password in a registry key")), "two"): {},
        format!("robot:{}@three.example.com", p.word("password in a key without scheme")): { "auth": "a:b" },
    }})
    .to_string();
    p.whole("user:password", &pair);
    p.whole("base64 of user:password", &encoded(&pair));
    p.whole("base64 of the docker config", &encoded(&config));
    let auth =
        |auth: &str| json!({ "auths": { "registry.example.com": { "auth": auth } } }).to_string();
    let cut = |password: &str| {
        format!("{{\"auths\": {{\"registry.example.com\": {{\"password\": \"{password}\"")
    };
    let list = json!({ "auths": { "registry.example.com": { "password": [p.word("password in a list")] } } });
    let doubled = encoded(auth(&encoded(format!("u:{}", p.word("config encoded twice")))));
    let mut all = vec![
        with_copy(
            with_copy(docker_secret("regcred", &config), LAST_APPLIED),
            "replicator.example.com/copy",
        ),
        docker_secret("regcred-plain-auth", auth(&format!("u:{}", p.word("auth in plain text")))),
        docker_secret("regcred-no-colon", auth(&encoded(p.word("auth without a colon")))),
        docker_secret("regcred-bad-auth", auth(&p.awkward("auth that is no base64"))),
        docker_secret("regcred-cut", cut(&p.word("config cut short"))),
        docker_secret("regcred-text", p.word("password in place of a config")),
        docker_secret("regcred-twice", doubled),
        docker_secret("regcred-list", list.to_string()),
        docker_secret(
            "regcred-bom",
            format!("\u{feff}{}", auth(&p.word("config with a byte order mark"))),
        ),
        secret(
            "regcred-opaque",
            "Opaque",
            json!({ ".dockerconfigjson": encoded(auth(&p.word("config of type Opaque"))) }),
        ),
        secret(
            "regcred-old",
            "kubernetes.io/dockercfg",
            json!({ ".dockercfg": encoded(json!({ "r.example.com": { "auth": p.word("old form") } }).to_string()) }),
        ),
        secret(
            "regcred-unencoded",
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": auth(&p.word("config without base64")) }),
        ),
        secret(
            "unencoded",
            "Opaque",
            json!({ "password": p.awkward("Opaque value without base64") }),
        ),
        secret(
            "numbers",
            "Opaque",
            json!({ "list": [p.word("value in a list")], "map": { "deep": p.word("value in a map") } }),
        ),
        secret("flat", "Opaque", json!(p.word("data that is a text"))),
        secret("tls", "kubernetes.io/tls", json!({ "tls.key": encoded(pem(&p.token("tls.key"))) })),
        secret(
            "token",
            "kubernetes.io/service-account-token",
            json!({ "token": encoded(p.token("service account token")) }),
        ),
        with_copy(
            secret(
                "app",
                "Opaque",
                json!({
                    "password": encoded(p.word("Opaque value that is a word")),
                    "dsn": encoded(p.awkward("Opaque value with awkward letters")),
                    "settings.yaml": encoded(format!("a: b\nc: {}\n", p.word("Opaque value of many lines"))),
                }),
            ),
            "example.com/backup",
        ),
    ];
    all[1]["stringData"] = json!({ "password": p.word("stringData") });
    all[1]["extra"] = json!({ "password": p.word("unknown field of a secret") });
    all[1]["metadata"]["managedFields"] =
        json!([{ "fieldsV1": { "f:data": p.word("managedFields") } }]);
    all
}

fn pem(body: &str) -> String {
    let line = encoded(format!("{body}{body}{body}"));
    format!("-----BEGIN RSA PRIVATE KEY-----\n{line}\n{line}\n-----END RSA PRIVATE KEY-----\n")
}

fn url(scheme: &str, password: &str) -> String {
    format!("{scheme}://app:{password}@db.example.com:5432/shop")
}

/// A container's spec with credentials in every field that can hold one.
fn container(p: &mut Plants, of: &str) -> Json {
    let mut token = |class: &str| p.token(&format!("{class} of {of}"));
    let mut container = json!({
        "name": "app", "image": IMAGE, "imagePullPolicy": "Always",
        "command": ["sh", "-c", format!("exec app --password {} --user app", token("password in a shell command"))],
        "args": ["--listen=:8080", "--password", token("argument after --password"),
                 format!("--api-token={}", token("argument --api-token="))],
        "env": [
            { "name": "AWS_SECRET_ACCESS_KEY", "value": token("env AWS_SECRET_ACCESS_KEY") },
            { "name": "DATABASE_URL", "value": url("postgres", &token("env with a URL")) },
            { "name": "GO_DSN", "value": format!("app:{}@tcp(db:3306)/shop", token("env with a driver's address")) },
            { "name": "SECRET_KEY_BASE", "value": token("env SECRET_KEY_BASE") },
            { "name": "REDIS_AUTH", "value": token("env REDIS_AUTH") },
            { "name": "JAVA_TOOL_OPTIONS", "value": format!("-Xmx1g -Ddb.password={}", token("env with an option")) },
        ],
        "livenessProbe": { "httpGet": { "port": 8080, "httpHeaders": [
            { "name": "Authorization", "value": format!("Bearer {}", token("header of a probe")) } ] } },
        "readinessProbe": { "exec": { "command": ["curl", "-H",
            format!("Authorization: Basic {}", encoded(format!("app:{}", token("header in a probe's command"))))] } },
    });
    let password =
        json!({ "name": "DB_PASSWORD", "value": p.awkward(&format!("env DB_PASSWORD of {of}")) });
    let words = json!({ "name": "ADMIN_PASSPHRASE", "value": p.word(&format!("env ADMIN_PASSPHRASE of {of}")) });
    container["env"].as_array_mut().unwrap().extend([password, words]);
    container
}

/// A Deployment, its ReplicaSet and a pod of it.
fn workload(p: &mut Plants, name: &str, pod: &str, status: Json) -> Vec<Json> {
    let mut template = json!({ "metadata": meta(pod), "spec": {
        "containers": [container(p, name)], "nodeName": "worker-1", "serviceAccountName": "default",
        "imagePullSecrets": [{ "name": "regcred" }, { "name": "regcred-cut" }] } });
    template["metadata"]["labels"] = json!({ "app": name });
    template["metadata"]["annotations"] = json!({
        "example.com/db-password": p.token(&format!("annotation with a name of {name}")),
        "example.com/dsn": url("amqp", &p.token(&format!("annotation with a URL of {name}"))) });
    let owned = |mut object: Json, kind: &str, owner: &str| {
        object["metadata"]["ownerReferences"] = json!([{ "apiVersion": "apps/v1", "kind": kind,
            "name": owner, "uid": format!("uid-of-{owner}"), "controller": true }]);
        object
    };
    let spec = json!({ "replicas": 1, "template": template, "selector": { "matchLabels": { "app": name } } });
    let set = format!("{name}-1");
    let mut deployment = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name), "spec": spec, "status": {} });
    deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "1".into();
    let mut replicas = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta(&set), "spec": spec, "status": { "replicas": 1 } });
    replicas["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "1".into();
    let mut running = template;
    running["apiVersion"] = "v1".into();
    running["kind"] = "Pod".into();
    running["status"] = status;
    let last = |object| with_copy(object, LAST_APPLIED);
    vec![
        last(deployment),
        last(owned(replicas, "Deployment", name)),
        last(owned(running, "ReplicaSet", &set)),
    ]
}

pub fn event(pod: &str, name: &str, reason: &str, message: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Event", "metadata": meta(&format!("{pod}.{name}")), "type": "Warning",
        "reason": reason, "message": message, "count": 5, "firstTimestamp": "2026-11-20T12:27:35Z",
        "lastTimestamp": "2026-11-20T12:33:13Z", "source": { "component": "kubelet", "host": "worker-1" },
        "involvedObject": { "apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": NAMESPACE,
            "uid": format!("uid-of-{pod}"), "fieldPath": "spec.containers{app}" } })
}

fn pods(p: &mut Plants) -> Vec<Json> {
    let state = |state: Json, last: Json, restarts: u32| {
        json!({
        "phase": "Pending", "startTime": "2026-11-20T12:20:00Z",
        "containerStatuses": [{ "name": "app", "image": IMAGE, "imageID": "", "ready": false, "started": false,
            "restartCount": restarts, "state": state, "lastState": last }] })
    };
    let refused = |at: String, token: String| {
        format!(
            "failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": failed to authorize: \
         failed to fetch oauth token: unexpected status from GET request to \
         https://robot:{at}@auth.example.com/token?access_token={token}&service=registry: 401 Unauthorized"
        )
    };
    let failed =
        refused(p.token("event with URL userinfo"), p.token("event with a token in a query"));
    let told =
        refused(p.token("status with URL userinfo"), p.token("status with a token in a query"));
    let ended = format!(
        "FATAL: cannot log in with password={} at {}",
        p.token("termination message with a password"),
        url("mysql", &p.token("termination message with a URL"))
    );
    let waiting = |reason: &str, message: &str| json!({ "waiting": { "reason": reason, "message": message } });
    let pulling = state(
        waiting(
            "ImagePullBackOff",
            &format!("Back-off pulling image \"{IMAGE}\": ErrImagePull: {told}"),
        ),
        json!({}),
        0,
    );
    let last = json!({ "terminated": { "exitCode": 1, "reason": "Error", "message": ended,
        "startedAt": "2026-11-20T12:31:00Z", "finishedAt": "2026-11-20T12:31:04Z" } });
    let crashing = state(
        waiting("CrashLoopBackOff", "back-off 2m40s restarting failed container=app"),
        last,
        6,
    );
    let header = p.token("event with a header");
    let mut all = workload(p, "web", PULLING, pulling);
    all.extend(workload(p, "worker", CRASHING, crashing));
    all.extend([
        event(PULLING, "1", "Failed", &format!("Failed to pull image \"{IMAGE}\": {failed}")),
        event(PULLING, "2", "Failed", "Error: ErrImagePull"),
        event(CRASHING, "1", "BackOff", "Back-off restarting failed container app in pod"),
        event(
            CRASHING,
            "2",
            "Unhealthy",
            &format!("Readiness probe failed: curl -H 'Authorization: Bearer {header}': 401"),
        ),
    ]);
    all
}

fn config_map(p: &mut Plants) -> Json {
    let yaml = format!(
        "spring:\n  datasource:\n    password: {}\n    url: jdbc:{}\n",
        p.token("YAML in a ConfigMap"),
        url("postgresql", &p.token("URL in a ConfigMap"))
    );
    let settings = json!({ "clientSecret": p.awkward("JSON in a ConfigMap"),
        "auth": encoded(format!("app:{}", p.token("auth in a ConfigMap"))) });
    let config = json!({ "auths": { "r.example.com": { "password": p.token("docker config in a ConfigMap") } } });
    let manifest =
        format!("kind: Secret\ndata:\n  .dockerconfigjson: {}\n", encoded(config.to_string()));
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("settings"),
        "binaryData": { "keystore": encoded(p.word("binaryData of a ConfigMap")) },
        "data": { "DB_PASSWORD": p.awkward("DB_PASSWORD of a ConfigMap"), "application.yaml": yaml,
            "settings.json": settings.to_string(), "secret.yaml": manifest, "key.pem": pem(&p.token("key in a ConfigMap")),
            ".env": format!("export API_TOKEN={}\nDEBUG=1\n", p.token("line of shell in a ConfigMap")) } });
    with_copy(map, LAST_APPLIED)
}

/// What a program writes that should not.
fn log(p: &mut Plants, of: &str) -> String {
    let mut token = |class: &str| p.token(&format!("{class} in the {of} log"));
    let lines = [
        format!("GET /v1/orders Authorization: Bearer {}", token("header")),
        format!(
            "curl -H 'Authorization: Basic {}' https://x",
            encoded(format!("app:{}", token("basic auth")))
        ),
        format!("sent Bearer {} to the gateway", token("bearer token")),
        format!("Set-Cookie: session={}; HttpOnly", token("cookie")),
        format!("export DB_PASSWORD={}", token("shell")),
        format!("starting with --db-password {} --user app", token("flag")),
        format!("connecting to {}", url("postgres", &token("URL"))),
        format!("dial app:{}@tcp(db:3306)/shop: refused", token("driver's address")),
        format!("GET https://files.example.com/x?sig={}&se=1", token("signature in a query")),
        format!("error: login failed: invalid token: {}", token("prose")),
        pem(&token("private key")),
    ];
    let mut text = lines.join("\n");
    let json = json!({ "level": "error", "msg": "login failed", "password": p.awkward(&format!("JSON in the {of} log")) });
    text.push_str(&format!("{json}\n"));
    let inner = json!({ "level": "fatal", "body": json!({ "api_key": p.awkward(&format!("JSON in JSON in the {of} log")) }).to_string() });
    text.push_str(&format!(
        "{inner}\nFATAL: password={} rejected\n",
        p.token(&format!("last line of the {of} log"))
    ));
    text
}

/// An incident with a secret in every place, as the cluster has it.
pub struct Incident {
    pub objects: Vec<Json>,
    pub log: String,
    pub previous: String,
    pub kubeconfig_token: String,
    pub plants: Plants,
    pub search: Search,
}

impl Incident {
    pub fn new() -> Incident {
        let mut p = Plants::default();
        let mut objects = secrets(&mut p);
        objects.extend(pods(&mut p));
        objects.push(config_map(&mut p));
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("default"),
            "imagePullSecrets": [{ "name": "regcred-plain-auth" }] });
        objects.push(account);
        let (log, previous) = (log(&mut p, "present"), log(&mut p, "previous"));
        let kubeconfig_token = p.token("token of the kubeconfig");
        Incident { objects, log, previous, kubeconfig_token, search: Search::of(&p), plants: p }
    }
}
