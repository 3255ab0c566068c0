//! A secret's value never leaves: distinctive values are planted wherever an incident can hold
//! one, the program is run in every way, and all that comes out is searched for every value,
//! for each half of it, and for what encodings make of them.

#[path = "secrets/incident.rs"]
mod incident;
#[path = "secrets/search.rs"]
mod search;
#[path = "secrets/session.rs"]
mod session;

use std::io::Read;
use std::path::Path;

use apiserver::{Fault, Rule};
use incident::{CRASHING, Incident, NAMESPACE, PULLING};
use serde_json::{Value as Json, json};
use session::{GUIDE, Session, pod, tsg, unpacked};

/// What stands beside a value and is printed, with the mark in the value's place: without these
/// the runs would prove nothing, since they would not have come near the values.
const BESIDE: &[&str] = &[
    "https://robot:‹redacted›@auth.example.com/token?access_token=‹redacted›&service",
    "postgres://app:‹redacted›@db.example.com",
    "Authorization: Bearer ‹redacted›",
    "--api-token=‹redacted›",
    "-Ddb.password=‹redacted›",
    "DB_PASSWORD",
    "https://one.example.com/v2/",
    "three.example.com",
];
/// The same of logs.
const BESIDE_IN_LOGS: &[&str] = &[
    "export DB_PASSWORD=‹redacted›",
    "-----BEGIN RSA PRIVATE KEY-----",
    "FATAL: password=‹redacted› rejected",
];

/// The same recording with every object and log as the cluster has it: what a recording would
/// be if nothing redacted it.
fn unredacted(incident: &Incident, packed: &[u8]) -> Vec<u8> {
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed).unwrap());
    let mut copy = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (path, mut text) = (entry.path().unwrap().into_owned(), String::new());
        entry.read_to_string(&mut text).unwrap();
        if path == Path::new("replies.jsonl") {
            let lines = text.lines().map(|line| {
                let mut line: Json = serde_json::from_str(line).unwrap();
                let log = match line.to_string().contains("\"previous\":true") {
                    true => &incident.previous,
                    false => &incident.log,
                };
                put_back(&mut line, incident, log);
                format!("{line}\n")
            });
            text = lines.collect();
        }
        let mut header = entry.header().clone();
        header.set_size(text.len() as u64);
        copy.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    copy.into_inner().unwrap().finish().unwrap()
}

fn put_back(json: &mut Json, incident: &Incident, log: &str) {
    let is_it = |raw: &&Json| {
        raw["kind"] == json["kind"] && raw["metadata"]["name"] == json["metadata"]["name"]
    };
    if json.get("metadata").is_some()
        && let Some(raw) = incident.objects.iter().find(is_it)
    {
        *json = raw.clone();
        return;
    }
    match json {
        Json::Object(fields) => {
            if let Some(lines) = fields.get_mut("lines") {
                *lines = log.lines().collect();
            }
            fields.values_mut().for_each(|value| put_back(value, incident, log));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| put_back(item, incident, log)),
        _ => {}
    }
}

/// A snapshot of the incident, as tsg writes it.
fn snapshot(session: &Session) -> Vec<u8> {
    let folder = session.plain_folder("for-snapshot");
    let file = session.path("for-snapshot.tar.zst");
    let arguments = ["snapshot", "-n", NAMESPACE, "--from", &folder, "-o"];
    tsg(&[&arguments[..], &[file.to_str().unwrap()]].concat(), None, b"");
    std::fs::read(file).unwrap()
}

#[test]
fn the_search_finds_every_value_in_the_raw_input_and_in_an_unredacted_copy() {
    let session = Session::new();
    let Incident { plants, search, log, previous, kubeconfig_token, .. } = &session.incident;
    let printed = session.kubectl_output();
    let raw = [&printed, log, previous, kubeconfig_token].map(String::as_bytes);
    let found = search.classes(&raw.concat());
    for (class, _) in &plants.0 {
        assert!(found.contains(class.as_str()), "{class} is nowhere in the raw input");
    }
    let redacted = snapshot(&session);
    let copy = unpacked(&unredacted(&session.incident, &redacted));
    let found = search.classes(&copy);
    // Neither kubeconfigs nor kinds that no tool reads are in recordings.
    let elsewhere = |class: &str| class == "token of the kubeconfig" || class.contains("ConfigMap");
    for (class, _) in plants.0.iter().filter(|(class, _)| !elsewhere(class)) {
        assert!(found.contains(class.as_str()), "{class} is not found in the unredacted copy");
    }
    assert!(search.classes(&unpacked(&redacted)).is_empty());
}

#[test]
fn the_search_finds_half_a_value_in_every_encoding() {
    let incident = Incident::new();
    for (class, halves) in &incident.plants.0 {
        for (form, text) in halves.iter().flat_map(|half| search::forms(half)) {
            let found = incident.search.find(format!("before {text} after").as_bytes()).len();
            assert!(found > 0, "{class} is not found {form}");
        }
        for before in ["", "a", "ab", "abc"] {
            let once = search::encoded(format!("{before}{}after", halves[0]));
            let twice = search::encoded(format!("{before}{once}"));
            for text in [once, twice] {
                let found = incident.search.classes(text.as_bytes());
                assert!(found.contains(class.as_str()), "{class} is not found in {text}");
            }
        }
    }
}

#[test]
fn no_value_leaves_a_live_cluster() {
    let mut session = Session::new();
    let server = session.server();
    let listening = server.listen().unwrap();
    let kubeconfig = session.kubeconfig(&listening);
    let source = ["--kubeconfig", &kubeconfig];
    let target = pod(PULLING);
    let diagnose = ["diagnose", &target, "-n", NAMESPACE, "--guide", GUIDE];
    let output = session.run(&[&diagnose[..], &source].concat());
    session.run_everything(&source);
    session.assert_sealed();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
    let asked = |path: &str| server.audit().iter().any(|one| one.path.starts_with(path));
    let base = format!("/api/v1/namespaces/{NAMESPACE}");
    assert!(asked(&format!("{base}/secrets/regcred")), "the secret was not read");
    assert!(asked(&format!("{base}/pods/{CRASHING}/log")), "no log was read");
    let token = Some(format!("Bearer {}", session.incident.kubeconfig_token));
    assert!(server.audit().iter().all(|one| one.authorization == token));
}

#[test]
fn no_value_leaves_a_plain_folder() {
    let mut session = Session::new();
    let folder = session.plain_folder("dump");
    session.run_everything(&["--from", &folder]);
    session.assert_sealed();
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
}

#[test]
fn no_value_leaves_the_output_of_kubectl() {
    let mut session = Session::new();
    let json = session.kubectl_output();
    let yaml: String =
        session.incident.objects.iter().map(|one| format!("---\n{}", as_yaml(one))).collect();
    session.run_with(&["diagnose", "-n", NAMESPACE, "-o", "json", "--from", "-"], json.as_bytes());
    let file = session.write("all.yaml", yaml);
    session.run_everything(&["--from", &file]);
    session.assert_sealed();
    session.assert_printed(BESIDE);
}

fn as_yaml(json: &Json) -> String {
    serde_saphyr::to_string(json).unwrap()
}

#[test]
fn no_value_leaves_a_recording_that_somebody_else_did_not_redact() {
    let mut session = Session::new();
    let packed = unredacted(&session.incident, &snapshot(&session));
    let file = session.write("foreign.tar.zst", packed);
    session.run_everything(&["--from", &file]);
    session.assert_sealed();
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
}

/// The rules by which a server or what stands before it fails, with what it holds in the answer.
fn faults(session: &Session) -> Vec<(&'static str, Rule)> {
    let config = session.of_kind("Secret")[0].clone();
    let quoted = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    let cut = config.to_string();
    let cut = quoted(&cut[..cut.len() - 9]);
    let event = session.of_kind("Event");
    let message = quoted(event[0]["message"].as_str().unwrap());
    let header = quoted(event[3]["message"].as_str().unwrap());
    let log = quoted(&session.incident.log);
    let secrets = |fault: Fault| Rule::on("*", "secrets").then(fault);
    let any = |fault: Fault| Rule::on("*", "*").then(fault);
    vec![
        ("a Secret that says it is a Pod", secrets(Fault::changed(|it| it["kind"] = "Pod".into()))),
        ("a Secret without a kind", secrets(Fault::changed(|it| it["kind"] = Json::Null))),
        (
            "a Secret without a name",
            secrets(Fault::changed(|it| it["metadata"]["name"] = Json::Null)),
        ),
        (
            "a Secret of another name",
            secrets(Fault::changed(|it| it["metadata"]["name"] = "other".into())),
        ),
        ("a Secret's data alone", secrets(Fault::changed(|it| *it = it["data"].clone()))),
        ("a Secret in a list", secrets(Fault::changed(|it| *it = json!([it.clone()])))),
        ("half a Secret", secrets(Fault::Cut)),
        (
            "a Secret in text that ends too early",
            secrets(Fault::Answer(200, "application/json", cut)),
        ),
        ("a Secret in place of every answer", any(Fault::changed(move |it| *it = config.clone()))),
        ("a log in place of every answer", any(Fault::Answer(200, "application/json", log))),
        ("an error with a URL", any(Fault::Status(500, "InternalError", message))),
        ("a refusal with a header", any(Fault::Status(403, "Forbidden", header))),
        ("a proxy's page with a log", any(Fault::Answer(502, "text/html", log))),
    ]
}

#[test]
fn no_value_leaves_a_server_that_fails() {
    for (index, (name, rule)) in faults(&Session::new()).into_iter().enumerate() {
        let mut session = Session::new();
        let listening = session.server().with_rule(rule).listen().unwrap();
        let kubeconfig = session.kubeconfig(&listening);
        let common = ["-n", NAMESPACE, "--kubeconfig", &kubeconfig, "--timeout", "5s"];
        let file = session.path(&format!("{index}.tar.zst")).display().to_string();
        let secret = ["tools", "run", "get_secret_exists", "regcred"];
        session.run(&[&secret[..], &common].concat());
        let recorded =
            ["diagnose", &pod(PULLING), "--guide", GUIDE, "--explain", "--record", &file];
        session.run_to_file(&[&recorded[..], &common].concat(), &file);
        session.run_to_file(&[&["snapshot", "-o", &file], &common[..]].concat(), &file);
        session.leaks.iter_mut().for_each(|leak| leak.push_str(&format!(", of {name}")));
        session.assert_sealed();
    }
}

#[test]
fn no_value_leaves_files_that_cannot_be_read() {
    let mut session = Session::new();
    let whole = session.kubectl_output();
    let value = session.incident.plants.0.iter().find(|(class, _)| class == "tls.key");
    let value = value.unwrap().1.concat();
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: regcred, namespace: shop}\n";
    let yaml =
        |rest: &str| format!("{head}stringData:\n  password: {}\n", rest.replace("VALUE", &value));
    let secret = session.of_kind("Secret")[0].clone();
    let change = |change: fn(&mut Json)| {
        let mut changed = secret.clone();
        change(&mut changed);
        changed.to_string()
    };
    let pods = json!({ "apiVersion": "v1", "kind": "PodList", "items": [secret.clone()] });
    let describe = format!("Name: regcred\nData\n====\npassword: {value}\n");
    let refusal =
        format!("Error from server (Forbidden): GET https://a:{value}@k8s.example.com/api: no\n");
    let files = [
        ("cut.json", whole[..whole.len() / 3].to_owned()),
        ("middle.json", whole[whole.len() / 3..].to_owned()),
        ("bare.json", format!("{{\"kind\": \"Secret\", \"data\": {{\"a\": {value}}}}}")),
        ("alias.yaml", yaml("*VALUE")),
        ("tag.yaml", yaml("!VALUE x")),
        ("directive.yaml", yaml("%VALUE")),
        ("reserved.yaml", yaml("@VALUE")),
        ("open.yaml", yaml("'VALUE")),
        ("escape.yaml", yaml("\"\\qVALUE\"")),
        ("anchor.yaml", yaml("&VALUE &VALUE x")),
        ("mapping.yaml", yaml("VALUE: VALUE: VALUE")),
        ("twice.yaml", yaml("VALUE\n  password: VALUE")),
        ("tab.yaml", yaml("x\n\tVALUE")),
        ("nameless.json", change(|it| it["metadata"]["name"] = Json::Null)),
        ("kindless.json", change(|it| it["kind"] = Json::Null)),
        ("lower.json", change(|it| it["kind"] = "secret".into())),
        ("other.json", change(|it| it["apiVersion"] = "bitnami.com/v1alpha1".into())),
        ("flat.json", change(|it| it["metadata"] = it["data"].clone())),
        ("list.json", change(|it| *it = json!([it["data"].clone()]))),
        ("pods.json", pods.to_string()),
        ("password.txt", value.clone()),
        ("describe.txt", describe),
        ("refusal.txt", refusal),
        ("broken.tar.zst", whole.clone()),
    ];
    for (name, text) in files {
        // Alone, among others that can be read, and as the list of secrets in a plain folder.
        let alone = session.write(&format!("alone/{name}"), &text);
        session.write(&format!("{name}-mixed/{name}"), &text);
        session.write(&format!("{name}-mixed/all.json"), &whole);
        let mixed = session.path(&format!("{name}-mixed")).display().to_string();
        let plain = session.plain_folder(&format!("{name}-plain"));
        for list in ["secrets", "pods"] {
            session.write(&format!("{name}-plain/{NAMESPACE}/{list}.yaml"), &text);
        }
        for source in [alone, mixed, plain] {
            for format in ["text", "json"] {
                let arguments = ["diagnose", "-n", NAMESPACE, "--explain", "-o", format];
                session.run(&[&arguments[..], &["--from", &source]].concat());
            }
        }
    }
    session.assert_sealed();
}
