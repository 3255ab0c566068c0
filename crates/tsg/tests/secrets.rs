//! A secret's value never leaves: distinctive values are planted wherever an incident can hold
//! one, the program is run in every way, and all that comes out is searched for every value,
//! for each half of it, and for what encodings make of them.

#[path = "secrets/incident.rs"]
mod incident;
#[path = "secrets/search.rs"]
mod search;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use apiserver::{ApiServer, Fault, Listening, Rule};
use evidence::Kind;
use incident::{CRASHING, IMAGE, Incident, NAMESPACE, PULLING};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const NOW: &str = "2026-11-20T12:33:21Z";
const FORMATS: [&str; 4] = ["text", "json", "yaml", "markdown"];
const GUIDE: &str = "TSG-POD-IMAGEPULL-001";

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

/// Runs of the program about one incident, and what they gave away.
struct Session {
    incident: Incident,
    folder: TempDir,
    printed: Vec<u8>,
    leaks: Vec<String>,
    runs: usize,
}

impl Session {
    fn new() -> Session {
        let folder = tempfile::tempdir().unwrap();
        Session {
            incident: Incident::new(),
            folder,
            printed: Vec::new(),
            leaks: Vec::new(),
            runs: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn search(&mut self, command: &str, place: &str, bytes: &[u8]) {
        for (class, form) in self.incident.search.find(bytes) {
            self.leaks.push(format!("`tsg {command}` leaked {class} ({form}) in {place}"));
        }
    }

    /// Runs a command with and without tracing, and searches what it prints.
    fn run(&mut self, arguments: &[&str]) -> Output {
        self.run_with(arguments, b"")
    }

    fn run_with(&mut self, arguments: &[&str], input: &[u8]) -> Output {
        let command = arguments.join(" ");
        let [output, _] = [None, Some("trace")].map(|level| {
            let output = tsg(arguments, level, input);
            let told = level.map_or(String::new(), |level| format!(" with RUST_LOG={level}"));
            self.search(&command, &format!("stdout{told}"), &output.stdout);
            self.search(&command, &format!("stderr{told}"), &output.stderr);
            let code = output.status.code().unwrap_or(-1);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!((0..=3).contains(&code), "`tsg {command}` ended with {code}: {errors}");
            self.printed.extend_from_slice(&output.stdout);
            self.runs += 1;
            output
        });
        output
    }

    /// Runs a command that writes a file, and searches that too.
    fn run_to_file(&mut self, arguments: &[&str], path: &str) -> Vec<u8> {
        self.run(arguments);
        let contents = unpacked(&std::fs::read(path).unwrap());
        self.search(&arguments.join(" "), "the file that it wrote", &contents);
        contents
    }

    /// Every command that looks at the incident, with its answers from `source`.
    fn run_everything(&mut self, source: &[&str]) {
        let common = [&["-n", NAMESPACE, "--now", NOW][..], source].concat();
        for target in [&pod(PULLING), &pod(CRASHING), "deploy/web", ""] {
            let target: &[&str] = if target.is_empty() { &[] } else { &[target] };
            for format in FORMATS {
                let explain: &[&str] = if format == "text" { &[] } else { &["--explain"] };
                self.run(&[&["diagnose"], target, &common, &["-o", format], explain].concat());
            }
            self.run(&[&["diagnose"], target, &common, &["--explain"]].concat());
        }
        for format in FORMATS {
            let guided = ["diagnose", &pod(PULLING), "--guide", GUIDE, "--explain", "-o", format];
            self.run(&[&guided, &common[..]].concat());
        }
        for target in [pod(PULLING), pod(CRASHING), "deploy/worker".to_owned()] {
            self.run(&[&["guides", "match", &target], &common[..]].concat());
        }
        self.run_tools(&common);
        self.record(&common);
    }

    /// Every tool, with everything in the incident that it can be called with.
    fn run_tools(&mut self, common: &[&str]) {
        let secrets: Vec<String> = self.names("Secret").map(str::to_owned).collect();
        for tool in tools::ALL {
            let mut calls = vec![Vec::new()];
            for parameter in tool.parameters {
                let values: Vec<String> = match parameter.name {
                    "pod" => vec![PULLING.to_owned(), CRASHING.to_owned()],
                    "secret" => secrets.clone(),
                    "workload" => vec!["deployment/web".into(), "deployment/worker".into()],
                    "previous" => vec!["True".into(), "False".into()],
                    "service_account" => vec!["default".into()],
                    "image" => vec![IMAGE.into()],
                    "container" => vec!["app".into()],
                    "namespace" => vec![NAMESPACE.into()],
                    other if parameter.required => {
                        panic!("what is `{other}` of {} in this incident? say it here", tool.name)
                    }
                    _ => continue,
                };
                let with = |call: &Vec<String>| {
                    let named = values.iter().map(|value| format!("{}={value}", parameter.name));
                    named.map(|last| [&call[..], &[last]].concat()).collect::<Vec<_>>()
                };
                calls = calls.iter().flat_map(with).collect();
            }
            for call in calls {
                let words: Vec<&str> = call.iter().map(String::as_str).collect();
                self.run(&[&["tools", "run", tool.name], &words[..], common].concat());
            }
        }
    }

    /// Recordings and a snapshot, and what is read back from them.
    fn record(&mut self, common: &[&str]) {
        let (recording, snapshot) = (self.path("run.tar.zst"), self.path("all.tar.zst"));
        let (recording, snapshot) = (recording.to_str().unwrap(), snapshot.to_str().unwrap());
        for target in [&pod(PULLING), &pod(CRASHING), "deploy/web"] {
            let arguments = [&["diagnose", target, "--record", recording], common].concat();
            self.run_to_file(&arguments, recording);
            let replay = ["diagnose", target, "-n", NAMESPACE, "-o", "json", "--explain"];
            self.run(&[&replay[..], &["--from", recording]].concat());
        }
        let contents =
            self.run_to_file(&[&["snapshot", "-o", snapshot], common].concat(), snapshot);
        let text = String::from_utf8(contents).unwrap();
        assert!(text.contains("‹redacted›") && text.contains("tsg.dev/seal"), "{text}");
        self.run(&["diagnose", "-n", NAMESPACE, "-o", "json", "--explain", "--from", snapshot]);
    }

    fn names(&self, kind: &str) -> impl Iterator<Item = &str> {
        let of_kind = self.incident.objects.iter().filter(move |object| object["kind"] == kind);
        of_kind.map(|object| object["metadata"]["name"].as_str().unwrap())
    }

    fn server(&self) -> ApiServer {
        let log = |server: ApiServer, previous, text: &str| {
            server.with_log(NAMESPACE, CRASHING, "app", previous, text)
        };
        let server = ApiServer::new(self.incident.objects.clone());
        log(log(server, false, &self.incident.log), true, &self.incident.previous)
    }

    /// A kubeconfig with credentials of its own.
    fn kubeconfig(&self, listening: &Listening) -> String {
        let user = format!("user: {{ token: {} }}", self.incident.kubeconfig_token);
        self.write("kubeconfig", listening.kubeconfig().replace("user: {}", &user))
    }

    /// The plain folder's files.
    fn plain_folder(&self, folder: &str) -> String {
        for kind in Kind::ALL {
            let items: Vec<&Json> = self.of_kind(kind.name());
            if !items.is_empty() {
                let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
                let name = format!("{folder}/{NAMESPACE}/{}.json", kind.plural());
                self.write(&name, list.to_string());
            }
        }
        let logs = format!("{folder}/{NAMESPACE}/logs/{CRASHING}");
        self.write(&format!("{logs}/app.log"), &self.incident.log);
        self.write(&format!("{logs}/app.previous.log"), &self.incident.previous);
        self.path(folder).display().to_string()
    }

    fn of_kind(&self, kind: &str) -> Vec<&Json> {
        self.incident.objects.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// What `kubectl get … -o json` prints.
    fn kubectl_output(&self) -> String {
        let items = &self.incident.objects;
        json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
    }

    fn assert_printed(&self, texts: &[&str]) {
        let printed = String::from_utf8_lossy(&self.printed);
        let missing: Vec<&&str> = texts.iter().filter(|text| !printed.contains(**text)).collect();
        assert!(missing.is_empty(), "nothing came near {missing:?}");
    }

    fn assert_sealed(self) {
        let Session { leaks, runs, .. } = self;
        assert!(runs > 0, "nothing was run");
        assert!(leaks.is_empty(), "{} leaks in {runs} runs:\n{}", leaks.len(), leaks.join("\n"));
    }
}

fn tsg(arguments: &[&str], level: Option<&str>, input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsg"));
    command.args(arguments).env("KUBECONFIG", "/nonexistent/kubeconfig").env_remove("RUST_LOG");
    command.envs(level.map(|level| ("RUST_LOG", level)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A command that reads nothing closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn pod(name: &str) -> String {
    format!("pod/{name}")
}

/// The names and contents of the files in a recording.
fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed).unwrap());
    let mut contents = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        contents.extend_from_slice(&entry.path_bytes());
        contents.push(b'\n');
        entry.read_to_end(&mut contents).unwrap();
    }
    contents
}

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
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    session.run_everything(&source);
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
    let asked = |path: &str| server.audit().iter().any(|one| one.path.starts_with(path));
    let base = format!("/api/v1/namespaces/{NAMESPACE}");
    assert!(asked(&format!("{base}/secrets/regcred")), "the secret was not read");
    assert!(asked(&format!("{base}/pods/{CRASHING}/log")), "no log was read");
    let token = Some(format!("Bearer {}", session.incident.kubeconfig_token));
    assert!(server.audit().iter().all(|one| one.authorization == token));
    session.assert_sealed();
}

#[test]
fn no_value_leaves_a_plain_folder() {
    let mut session = Session::new();
    let folder = session.plain_folder("dump");
    session.run_everything(&["--from", &folder]);
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
    session.assert_sealed();
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
    session.assert_printed(BESIDE);
    session.assert_sealed();
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
    session.assert_printed(&[BESIDE, BESIDE_IN_LOGS].concat());
    session.assert_sealed();
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
