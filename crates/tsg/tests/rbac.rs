//! `tsg rbac` as a person runs it, and what `tsg diagnose` says to one who may see less.

use std::path::PathBuf;
use std::process::{Command, Output};

use apiserver::{ApiServer, Fault, Listening, Rule};
use serde_json::Value as Json;

fn tsg(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsg"))
        .args(arguments)
        .env("KUBECONFIG", "/nonexistent/kubeconfig")
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A server that holds the objects of a shipped incident, and a kubeconfig for it.
struct Site {
    server: ApiServer,
    _listening: Listening,
    folder: tempfile::TempDir,
}

impl Site {
    fn new(rules: Vec<Rule>) -> Site {
        let demo = guidebook::demo("wrong-tag").unwrap();
        let mut objects: Vec<Json> = Vec::new();
        for file in demo.files.iter().filter(|file| file.path.ends_with(".yaml")) {
            let document: Json = serde_saphyr::from_str(file.text).unwrap();
            objects.extend(document["items"].as_array().cloned().unwrap_or_default());
        }
        let server = rules.into_iter().fold(ApiServer::new(objects), ApiServer::with_rule);
        let listening = server.listen().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kubeconfig"), listening.kubeconfig()).unwrap();
        Site { server, _listening: listening, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let kubeconfig = self.path("kubeconfig");
        tsg(&[arguments, &["--kubeconfig", kubeconfig.to_str().unwrap()]].concat())
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn the_check_says_of_each_rule_what_the_server_says() {
    let site = Site::new(vec![Rule::on("list", "events"), Rule::on("list", "secrets")]);
    let output = site.run(&["rbac", "--check", "-n", "shop"]);
    let table = stdout(&output);
    assert_eq!(code(&output), 1, "{table}");
    let state = |rule: &str| {
        let row = table.lines().find(|line| line.split("  ").any(|cell| cell.trim() == rule));
        row.unwrap_or_else(|| panic!("no {rule} in\n{table}")).split(' ').next().unwrap()
    };
    assert_eq!(state("list events"), "denied");
    assert_eq!(state("list secrets"), "denied");
    for rule in ["get secrets", "get pods/log", "list replicasets.apps", "list namespaces"] {
        assert_eq!(state(rule), "allowed", "{rule}");
    }
    let lost = "without it, get_secret_exists: where else a secret of that name is, is unknown";
    assert!(table.contains(lost), "{table}");
    assert!(table.contains("tsg rbac -n shop --bind user:NAME | kubectl apply -f -"), "{table}");
    assert!(site.server.audit().iter().all(|one| one.method == "POST"));
}

#[test]
fn the_exit_code_of_the_check_tells_denied_from_not_known() {
    let reviews = || Rule::on("create", "selfsubjectaccessreviews");
    let mute =
        |times: usize| reviews().then(Fault::Status(500, "InternalError", "oops")).times(times);
    for (rules, wanted) in [
        (vec![], 0),
        (vec![Rule::on("get", "nodes")], 1),
        (vec![mute(1), Rule::on("*", "secrets"), Rule::on("*", "pods")], 1),
        (vec![mute(1)], 2),
        (vec![mute(usize::MAX)], 3),
        (vec![reviews()], 3),
    ] {
        let said = format!("{rules:?}");
        let output = Site::new(rules).run(&["rbac", "--check", "-n", "shop"]);
        assert_eq!(code(&output), wanted, "{said}: {}", stdout(&output));
        assert_eq!(wanted == 0, !stdout(&output).contains("without it"), "{said}");
    }
    assert_eq!(code(&tsg(&["rbac", "--check", "--from", "/nonexistent"])), 64);
}

#[test]
fn a_server_that_refuses_the_question_itself_leaves_all_rules_unknown() {
    let site = Site::new(vec![Rule::on("create", "selfsubjectaccessreviews")]);
    let table = stdout(&site.run(&["rbac", "--check", "-A"]));
    assert!(table.contains("0 allowed, 0 denied"), "{table}");
    assert!(table.contains("jane may not ask what it may do"), "{table}");
    assert!(!table.contains("in namespace"), "{table}");
}

#[test]
fn a_diagnosis_names_each_missing_rule_once_and_what_to_type() {
    let site = Site::new(vec![Rule::on("list", "events"), Rule::on("get", "serviceaccounts")]);
    let recording = site.path("incident.tar.zst");
    let recording = recording.to_str().unwrap();
    let demo = guidebook::demo("wrong-tag").unwrap();
    let question = ["diagnose", "-n", demo.namespace];
    let live = site.run(&[&question[..], &["--now", demo.now, "--record", recording]].concat());
    // The lines of a note are joined, wherever they were broken.
    let words: Vec<String> = stdout(&live).split_whitespace().map(str::to_owned).collect();
    let text = words.join(" ");
    let count = |part: &str| text.matches(part).count();
    let namespace = demo.namespace;
    assert_eq!(
        count(&format!("note: \"list events\" in namespace {namespace} is not granted")),
        1,
        "{text}"
    );
    assert_eq!(count(&format!("tsg rbac --check -n {namespace}")), 1, "{text}");
    let grant = format!("tsg rbac -n {namespace} --bind user:jane | kubectl apply -f -");
    assert_eq!(count(&grant), 1, "{text}");
    let replayed = tsg(&[&question[..], &["--from", recording]].concat());
    assert_eq!(stdout(&replayed), stdout(&live));
}

#[test]
fn the_checked_in_role_is_the_one_that_is_printed() {
    let page = include_str!("../../../docs/reference/rbac.yaml");
    assert_eq!(page, stdout(&tsg(&["rbac"])), "cargo xtask generate");
}

#[test]
fn yaml_and_json_hold_the_same_role() {
    let common =
        ["rbac", "--bind", "user:no", "--bind", "serviceaccount:ops/tsg", "--name", "on-call"];
    for place in [&[][..], &["-n", "1e3"]] {
        let json = tsg(&[&common[..], place, &["-o", "json"]].concat());
        let json: Json = serde_json::from_slice(&json.stdout).unwrap();
        let yaml = stdout(&tsg(&[&common[..], place].concat()));
        let yaml: Vec<Json> =
            yaml.split("---\n").map(|document| serde_saphyr::from_str(document).unwrap()).collect();
        assert_eq!(json["items"].as_array().unwrap(), &yaml);
        assert_eq!(yaml.len(), if place.is_empty() { 2 } else { 4 });
    }
}

#[test]
fn a_name_that_no_object_can_have_is_refused() {
    for bad in [
        ["rbac", "--name", "a/b"],
        ["rbac", "-n", "Shop"],
        ["rbac", "--bind", "jane"],
        ["rbac", "--bind", "serviceaccount:tsg"],
    ] {
        assert_eq!(code(&tsg(&bad)), 64, "{bad:?}");
    }
    assert_eq!(code(&tsg(&["rbac", "--guide", "TSG-NO-SUCH-001"])), 4);
}
