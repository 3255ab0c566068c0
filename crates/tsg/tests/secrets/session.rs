//! Runs of the program about the incident, and the search of all that comes out.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use apiserver::{ApiServer, Listening};
use evidence::Kind;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::incident::{CRASHING, IMAGE, Incident, NAMESPACE, PULLING};

pub const GUIDE: &str = "TSG-POD-IMAGEPULL-001";
const NOW: &str = "2026-11-20T12:33:21Z";
const FORMATS: [&str; 4] = ["text", "json", "yaml", "markdown"];

/// Runs of the program about one incident, and what they gave away.
pub struct Session {
    pub incident: Incident,
    folder: TempDir,
    printed: Vec<u8>,
    pub leaks: Vec<String>,
    runs: usize,
}

impl Session {
    pub fn new() -> Session {
        let folder = tempfile::tempdir().unwrap();
        Session {
            incident: Incident::new(),
            folder,
            printed: Vec::new(),
            leaks: Vec::new(),
            runs: 0,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
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
    pub fn run(&mut self, arguments: &[&str]) -> Output {
        self.run_with(arguments, b"")
    }

    pub fn run_with(&mut self, arguments: &[&str], input: &[u8]) -> Output {
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
    pub fn run_to_file(&mut self, arguments: &[&str], path: &str) -> Vec<u8> {
        self.run(arguments);
        let contents = unpacked(&std::fs::read(path).unwrap());
        self.search(&arguments.join(" "), "the file that it wrote", &contents);
        contents
    }

    /// Every command that looks at the incident, with its answers from `source`.
    pub fn run_everything(&mut self, source: &[&str]) {
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
                    "node" => vec!["worker-1".into()],
                    // Named by no object of the incident: what is said of things that are not there.
                    "service" | "claim" | "hpa" | "budget" | "httproute" | "ingress" => {
                        vec!["web".into()]
                    }
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
        let text = String::from_utf8_lossy(&contents);
        if !text.contains("‹redacted›") || !text.contains("tsg.dev/seal") {
            self.leaks.push("`tsg snapshot` wrote a file in which nothing is sealed".to_owned());
        }
        self.run(&["diagnose", "-n", NAMESPACE, "-o", "json", "--explain", "--from", snapshot]);
    }

    fn names(&self, kind: &str) -> impl Iterator<Item = &str> {
        let of_kind = self.incident.objects.iter().filter(move |object| object["kind"] == kind);
        of_kind.map(|object| object["metadata"]["name"].as_str().unwrap())
    }

    pub fn server(&self) -> ApiServer {
        let log = |server: ApiServer, previous, text: &str| {
            server.with_log(NAMESPACE, CRASHING, "app", previous, text)
        };
        let server = ApiServer::new(self.incident.objects.clone());
        log(log(server, false, &self.incident.log), true, &self.incident.previous)
    }

    /// A kubeconfig with credentials of its own.
    pub fn kubeconfig(&self, listening: &Listening) -> String {
        let user = format!("user: {{ token: {} }}", self.incident.kubeconfig_token);
        self.write("kubeconfig", listening.kubeconfig().replace("user: {}", &user))
    }

    /// The plain folder's files.
    pub fn plain_folder(&self, folder: &str) -> String {
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

    pub fn of_kind(&self, kind: &str) -> Vec<&Json> {
        self.incident.objects.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// What `kubectl get … -o json` prints.
    pub fn kubectl_output(&self) -> String {
        let items = &self.incident.objects;
        json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
    }

    pub fn assert_printed(&self, texts: &[&str]) {
        let printed = String::from_utf8_lossy(&self.printed);
        let missing: Vec<&&str> = texts.iter().filter(|text| !printed.contains(**text)).collect();
        assert!(missing.is_empty(), "nothing came near {missing:?}");
    }

    pub fn assert_sealed(&self) {
        let Session { leaks, runs, .. } = self;
        assert!(*runs > 0, "nothing was run");
        assert!(leaks.is_empty(), "{} leaks in {runs} runs:\n{}", leaks.len(), leaks.join("\n"));
    }
}

pub fn tsg(arguments: &[&str], level: Option<&str>, input: &[u8]) -> Output {
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

pub fn pod(name: &str) -> String {
    format!("pod/{name}")
}

/// The names and contents of the files in a recording.
pub fn unpacked(packed: &[u8]) -> Vec<u8> {
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
