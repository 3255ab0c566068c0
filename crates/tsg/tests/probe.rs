//! `--probe` from the outside: what is asked of the API server for it, what the report and the
//! recording say, and what is refused.
#![cfg(feature = "probe")]

use std::path::Path;
use std::process::{Command, Output};

use apiserver::ApiServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

/// No name below `.invalid` resolves, wherever the tests run (RFC 6761).
const IMAGE: &str = "registry.invalid/shop/web:1.4.3";
const PASSWORD: &str = "correct-horse-7Qx";

fn objects() -> Vec<Json> {
    let config = json!({ "auths": { "registry.invalid": {
        "username": "puller", "password": PASSWORD } } });
    let said = format!(
        "Back-off pulling image \"{IMAGE}\": ErrImagePull: failed to resolve reference \"{IMAGE}\": \
         {IMAGE}: not found"
    );
    vec![
        json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web-0", "namespace": "shop", "uid": "p1", "resourceVersion": "7",
                "creationTimestamp": "2026-11-20T14:00:00Z" },
            "spec": { "nodeName": "worker-1", "serviceAccountName": "default",
                "imagePullSecrets": [ { "name": "regcred" } ],
                "containers": [ { "name": "server", "image": IMAGE } ] },
            "status": { "phase": "Pending", "containerStatuses": [ { "name": "server",
                "image": IMAGE, "ready": false, "restartCount": 0,
                "state": { "waiting": { "reason": "ImagePullBackOff", "message": said } } } ] } }),
        json!({ "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": { "name": "regcred", "namespace": "shop", "uid": "s1" },
            "data": { ".dockerconfigjson": STANDARD.encode(config.to_string()) } }),
    ]
}

fn tsg(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsg"));
    for name in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const DIAGNOSE: [&str; 7] =
    ["diagnose", "pod/web-0", "-n", "shop", "--now", "2026-11-20T14:08:00Z", "--kubeconfig"];

#[test]
fn a_registry_is_asked_with_the_secret_that_was_read_once_and_the_recording_says_the_same() {
    let server = ApiServer::new(objects());
    let listening = server.listen().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config"), kubeconfig(&listening.url())).unwrap();
    let live = [&DIAGNOSE[..], &["config", "--probe", "--record", "run.tar.zst"]].concat();
    let output = tsg(&live, folder.path());
    let text = stdout(&output);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("from here: asked of the registry by this machine"),
        "{text}{complaints}"
    );
    assert!(text.contains("dns "), "{text}");
    assert!(!text.contains("on the live cluster `--probe` asks it"), "{text}");
    let audit = server.audit();
    let of_secret = audit.iter().filter(|one| one.path.contains("/secrets/regcred")).count();
    assert_eq!(of_secret, 1, "{audit:#?}");
    assert!(audit.len() <= 8 && audit.iter().all(|one| one.method == "GET"), "{audit:#?}");
    let files = ["diagnose", "pod/web-0", "-n", "shop", "--from", "run.tar.zst"];
    assert_eq!(stdout(&tsg(&files, folder.path())), text);
    let recorded = std::fs::read(folder.path().join("run.tar.zst")).unwrap();
    let recorded = zstd::stream::decode_all(recorded.as_slice()).unwrap();
    let recorded = String::from_utf8_lossy(&recorded);
    assert!(recorded.contains("\"ask\":\"registry\""));
    for leaked in [PASSWORD, &STANDARD.encode(format!("puller:{PASSWORD}"))] {
        assert!(
            !text.contains(leaked) && !recorded.contains(leaked) && !complaints.contains(leaked)
        );
    }
}

#[test]
fn without_the_flag_nobody_asks_and_the_report_says_how_to() {
    let server = ApiServer::new(objects());
    let listening = server.listen().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config"), kubeconfig(&listening.url())).unwrap();
    let text = stdout(&tsg(&[&DIAGNOSE[..], &["config"]].concat(), folder.path()));
    assert!(text.contains("on the live cluster `--probe` asks it"), "{text}");
    assert!(!text.contains("from here"), "{text}");
}

#[test]
fn a_secret_that_may_not_be_read_leaves_the_registry_unasked_and_the_report_says_why() {
    use apiserver::{Fault, Rule};
    let server =
        ApiServer::new(objects()).with_rule(Rule::on("get", "secrets").then(Fault::Forbidden));
    let listening = server.listen().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config"), kubeconfig(&listening.url())).unwrap();
    let text = stdout(&tsg(&[&DIAGNOSE[..], &["config", "--probe"]].concat(), folder.path()));
    assert!(text.contains("not asked without Secret shop/regcred"), "{text}");
    assert!(!text.contains("from here"), "{text}");
}

#[test]
fn what_cannot_be_asked_with_is_told_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pem"), "no certificate").unwrap();
    std::fs::write(folder.path().join("config"), kubeconfig("http://127.0.0.1:9")).unwrap();
    for (further, says) in [
        (&["--probe", "--probe-ca", "empty.pem"][..], "holds no certificate in PEM"),
        (&["--probe", "--probe-ca", "absent.pem"], "absent.pem, named by --probe-ca"),
        (&["--probe-ca", "empty.pem"], "--probe"),
        (&["--probe", "--from", "config"], "cannot be used with"),
    ] {
        let arguments = match further.contains(&"--from") {
            true => [&DIAGNOSE[..6], further].concat(),
            false => [&DIAGNOSE[..], &["config"], further].concat(),
        };
        let output = tsg(&arguments, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{further:?}: {said}");
        assert!(said.contains(says), "{further:?}: {said}");
    }
}

fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{ name: test, cluster: {{ server: \"{server}\" }} }}]\n\
         users: [{{ name: test, user: {{ token: t }} }}]\n\
         contexts: [{{ name: test, context: {{ cluster: test, user: test }} }}]\n"
    )
}
