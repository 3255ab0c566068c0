//! The program as a person runs it: arguments in, text and exit code out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn tsg(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsg"))
        .args(arguments)
        .current_dir(root())
        .env("KUBECONFIG", "/nonexistent/kubeconfig")
        .env_remove("COLUMNS")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn every_demo_runs_without_a_cluster() {
    for demo in guidebook::DEMOS {
        let output = tsg(&["demo", demo.name]);
        assert!([0, 1, 2].contains(&code(&output)), "{}: {}", demo.name, stderr(&output));
        assert!(stdout(&output).contains(demo.title), "{}", demo.name);
    }
    assert!(guidebook::DEMOS.len() >= 5);
}

#[test]
fn a_report_fits_eighty_columns_except_for_commands() {
    for demo in guidebook::DEMOS {
        for explain in [&[][..], &["--explain"]] {
            let output = tsg(&[&["demo", demo.name], explain].concat());
            for line in stdout(&output).lines().skip(2) {
                let is_command = line.starts_with("      ");
                assert!(is_command || line.chars().count() <= 80, "{}: {line}", demo.name);
            }
        }
    }
}

#[test]
fn piped_there_is_no_colour_and_the_same_text_twice() {
    let (a, b) = (tsg(&["demo", "wrong-tag"]), tsg(&["demo", "wrong-tag"]));
    assert_eq!(a.stdout, b.stdout);
    assert!(!stdout(&a).contains('\u{1b}'));
    assert!(stdout(&tsg(&["demo", "wrong-tag", "--color", "always"])).contains('\u{1b}'));
}

#[test]
fn the_exit_code_says_what_happened() {
    let cases: &[(&[&str], i32)] = &[
        (&["demo", "wrong-tag"], 1),
        (&["diagnose", "-n", "shop", "--from", "/nonexistent"], 3),
        (&["diagnose", "pod/x", "-n", "shop"], 3),
        (&["diagnose", "pod/x", "--guide", "TSG-NO-SUCH-001", "--from", "scenarios"], 4),
        (&["diagnose", "checkout"], 64),
        (&["diagnose", "--no-such-flag"], 64),
        (&["nonsense"], 64),
        (&["demo", "nonsense"], 64),
        (&["--version"], 0),
        (&["guides", "list"], 0),
        (&["guides", "show", "TSG-NO-SUCH-001"], 4),
        (&["tools", "show", "get_pod_event"], 64),
    ];
    for (arguments, wanted) in cases {
        let output = tsg(arguments);
        assert_eq!(code(&output), *wanted, "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn an_error_says_what_to_type_instead() {
    for (arguments, says) in [
        (&["demo", "nonsense"][..], "wrong-tag"),
        (&["diagnose", "checkout"], "pod/checkout"),
        (&["tools", "show", "get_pod_event"], "get_pod_events"),
        (&["signals", "show", "pod_restart_count_hihg"], "pod_restart_count_high"),
        (&["guides", "show", "TSG-POD-IMAGEPUL-001"], "TSG-POD-IMAGEPULL-001"),
    ] {
        let output = tsg(arguments);
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn where_an_alerting_system_is_said_to_be_is_never_repeated() {
    for typed in ["http://me:hunter2-c2VjcmV0@example.com", "hunter2-c2VjcmV0"] {
        let output = tsg(&["triage", "-n", "shop", "--alertmanager", typed]);
        assert_eq!(code(&output), 64);
        let said = stderr(&output) + &stdout(&output);
        assert!(said.contains("--alertmanager: this is ") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_kind_and_a_name_may_stand_apart_as_kubectl_has_them() {
    let path = "scenarios/imagepull/wrong-tag";
    let joined = tsg(&["diagnose", "deploy/checkout", "-n", "shop", "--from", path]);
    let apart = tsg(&["diagnose", "deploy", "checkout", "-n", "shop", "--from", path]);
    assert_eq!(code(&joined), 1);
    assert_eq!(stdout(&apart), stdout(&joined));
}

#[test]
fn every_command_has_help() {
    for command in [
        &["demo"][..],
        &["diagnose"],
        &["snapshot"],
        &["guides"],
        &["guides", "lint"],
        &["tools", "run"],
        &["signals", "show"],
        &["completion"],
        &["man"],
        &["schema"],
    ] {
        let output = tsg(&[command, &["--help"]].concat());
        assert_eq!(code(&output), 0, "{command:?}");
        assert!(stdout(&output).contains("Usage:"), "{command:?}");
    }
}

#[test]
fn the_json_is_of_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(&tsg(&["schema"]))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for demo in guidebook::DEMOS {
        let output = tsg(&["demo", demo.name, "-o", "json", "--explain"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", demo.name);
        for key in ["diagnoses", "inconclusive", "complete"] {
            assert!(document.get(key).is_some(), "{}: no {key}", demo.name);
        }
    }
}

#[test]
fn yaml_and_json_hold_the_same_document() {
    let json: serde_json::Value =
        serde_json::from_slice(&tsg(&["demo", "wrong-tag", "-o", "json"]).stdout).unwrap();
    let yaml = stdout(&tsg(&["demo", "wrong-tag", "-o", "yaml"]));
    let yaml: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(json, yaml);
}

#[test]
fn a_guide_with_ten_mistakes_shows_ten_of_them_at_once() {
    let path = std::env::temp_dir().join(format!("tsg-ten-mistakes-{}.md", std::process::id()));
    std::fs::write(&path, include_str!("data/ten-mistakes.md")).unwrap();
    let output = tsg(&["guides", "lint", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 4, "{text}");
    let count = text
        .lines()
        .filter(|line| line.starts_with("error[") || line.starts_with("warning["))
        .count();
    assert!(count >= 10, "{count} in\n{text}");
}

#[test]
fn a_guide_that_is_noise_is_refused_at_once() {
    let folder = std::env::temp_dir().join(format!("tsg-noise-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let noise: Vec<u8> =
        (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut bomb = String::from("---\na: &a [x,x,x,x,x,x,x,x,x]\n");
    for (last, next) in "abcdefghij".chars().zip("bcdefghijk".chars()) {
        bomb += &format!(
            "{next}: &{next} [*{last},*{last},*{last},*{last},*{last},*{last},*{last},*{last},*{last}]\n"
        );
    }
    bomb += "---\n# x\n";
    let deep = format!("---\nid: {}\n---\n", "[".repeat(100_000));
    let cut = &include_str!("data/ten-mistakes.md").as_bytes()[..150];
    for (name, bytes) in [
        ("noise.md", &noise[..]),
        ("bomb.md", bomb.as_bytes()),
        ("deep.md", deep.as_bytes()),
        ("cut.md", cut),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = tsg(&["guides", "lint", path.to_str().unwrap()]);
        assert_eq!(code(&output), 4, "{name}: {}", stderr(&output));
        assert!(stdout(&output).contains("error["), "{name}: {}", stdout(&output));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn against_a_socket_and_from_its_recording_the_bytes_are_the_same() {
    let objects = demo_objects("wrong-tag");
    let server = apiserver::ApiServer::new(objects);
    let listening = server.listen().unwrap();
    let folder = std::env::temp_dir().join(format!("tsg-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (kubeconfig, recording) = (folder.join("kubeconfig"), folder.join("incident.tar.zst"));
    std::fs::write(&kubeconfig, listening.kubeconfig()).unwrap();
    let demo = guidebook::demo("wrong-tag").unwrap();
    let common = ["diagnose", demo.target, "-n", demo.namespace];
    let live = tsg(&[
        &common[..],
        &["--kubeconfig", kubeconfig.to_str().unwrap(), "--now", demo.now],
        &["--record", recording.to_str().unwrap()],
    ]
    .concat());
    assert_eq!(code(&live), 1, "{}", stderr(&live));
    let replayed = tsg(&[&common[..], &["--from", recording.to_str().unwrap()]].concat());
    assert_eq!(stdout(&replayed), stdout(&live));
    assert!(server.audit().len() <= 8);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_snapshot_of_a_namespace_gives_the_diagnosis_that_the_cluster_gives() {
    let server = apiserver::ApiServer::new(demo_objects("wrong-tag"));
    let listening = server.listen().unwrap();
    let folder = std::env::temp_dir().join(format!("tsg-snapshot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (kubeconfig, file) = (folder.join("kubeconfig"), folder.join("shop.tar.zst"));
    std::fs::write(&kubeconfig, listening.kubeconfig()).unwrap();
    let demo = guidebook::demo("wrong-tag").unwrap();
    let live = ["--kubeconfig", kubeconfig.to_str().unwrap(), "--now", demo.now];
    let taken =
        tsg(&[&["snapshot", "-n", demo.namespace, "-o", file.to_str().unwrap()], &live[..]]
            .concat());
    assert_eq!(code(&taken), 0, "{}{}", stdout(&taken), stderr(&taken));
    assert!(server.audit().iter().all(|one| one.method == "GET"));
    let causes = |output: &Output| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let diagnoses = document["diagnoses"].as_array().unwrap().clone();
        diagnoses
            .iter()
            .map(|one| format!("{} {} {}", one["cause"], one["object"], one["confidence"]))
            .collect()
    };
    let question = ["diagnose", demo.target, "-n", demo.namespace, "-o", "json"];
    let from_cluster = tsg(&[&question[..], &live[..]].concat());
    let from_file = tsg(&[&question[..], &["--from", file.to_str().unwrap()]].concat());
    assert_eq!(code(&from_file), 1, "{}", stderr(&from_file));
    assert_eq!(causes(&from_file), causes(&from_cluster));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The objects of a shipped incident, as an API server holds them.
fn demo_objects(name: &str) -> Vec<serde_json::Value> {
    let demo = guidebook::demo(name).unwrap();
    let mut objects = Vec::new();
    for file in demo.files.iter().filter(|file| file.path.ends_with(".yaml")) {
        let document: serde_json::Value = serde_saphyr::from_str(file.text).unwrap();
        let items = document.get("items").and_then(|items| items.as_array()).cloned();
        objects.extend(items.unwrap_or_default());
    }
    objects
}

#[test]
fn an_alert_or_an_error_message_leads_to_the_guides_that_speak_of_it() {
    let first = |arguments: &[&str]| {
        let output = tsg(&[&["guides", "match"], arguments].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).lines().next().unwrap_or_default().to_owned()
    };
    let crash = first(&["--alert", "alertname=KubePodCrashLooping,namespace=shop"]);
    assert!(crash.starts_with("TSG-POD-CRASHLOOP-"), "{crash}");
    let pull = "failed to do request: dial tcp: lookup registry.example.com: no such host";
    assert!(first(&["--error", pull]).starts_with("TSG-POD-IMAGEPULL-"));
    assert_eq!(first(&["--error", "zebra"]), "no guide speaks of the message");
    for wrong in [&["--alert", "no label"][..], &["--alert", "{\"alerts\":[]}"], &[]] {
        assert_ne!(code(&tsg(&[&["guides", "match"], wrong].concat())), 0, "{wrong:?}");
    }
}
