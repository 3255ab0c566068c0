//! Each layout: recognised, and complete exactly where it proves that it is.

mod sources;

use evidence::{Kind, Question, Reply, UnseenKind};
use serde_json::json;
use snapshot::{Layout, NoteKind, Options, SaidBy, Snapshot};
use sources::*;

const NOT_CAPTURED: Option<UnseenKind> = Some(UnseenKind::NotCaptured);

#[test]
fn a_list_in_a_plain_folder_is_complete_and_a_missing_file_proves_nothing() {
    let folder = Folder::new(&[
        ("shop/pods.json", &list(&[pod("shop", "web-0")])),
        ("shop/secrets.json", &list(&[])),
        ("cluster/nodes.yaml", "apiVersion: v1\nitems: []\nkind: List\n"),
    ]);
    let snapshot = folder.open();
    assert_eq!(snapshot.layout(), Layout::PlainFolder);
    assert!(matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)));
    assert!(is_absent(&get(&snapshot, Kind::Pod, Some("shop"), "web-1")));
    assert!(is_absent(&get(&snapshot, Kind::Secret, Some("shop"), "regcred")));
    assert!(is_absent(&get(&snapshot, Kind::Node, None, "n1")));
    assert_eq!(unseen(&get(&snapshot, Kind::ConfigMap, Some("shop"), "x")), NOT_CAPTURED);
    assert_eq!(unseen(&get(&snapshot, Kind::Pod, Some("cart"), "web-1")), NOT_CAPTURED);
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
    assert_eq!(listed(&snapshot, Kind::Pod, None), (vec!["shop/web-0".into()], NOT_CAPTURED));
    let namesakes = Question::Namesakes { kind: Kind::Pod, name: "web-0".into() };
    assert_eq!(unseen(&snapshot.answer(&namesakes)), NOT_CAPTURED);
}

#[test]
fn the_whole_cluster_is_known_when_every_namespace_that_there_is_was_listed() {
    let namespaces =
        list(&[object(Kind::Namespace, None, "shop"), object(Kind::Namespace, None, "cart")]);
    let mut files = vec![
        ("cluster/namespaces.json", namespaces.as_str()),
        ("shop/pods.json", r#"{"kind":"List","apiVersion":"v1","items":[]}"#),
    ];
    let snapshot = Folder::new(&files).open();
    assert_eq!(listed(&snapshot, Kind::Pod, None).1, NOT_CAPTURED);
    files.push(("cart/pods.json", r#"{"kind":"List","apiVersion":"v1","items":[]}"#));
    let snapshot = Folder::new(&files).open();
    assert_eq!(listed(&snapshot, Kind::Pod, None), (vec![], None));
    assert!(is_absent(&get(&snapshot, Kind::Pod, Some("shop"), "web-0")));
}

#[test]
fn a_list_of_namespaces_that_lacks_one_with_objects_is_not_believed() {
    let shop = list(&[pod("shop", "web-0")]);
    for namespaces in [list(&[]), list(&[object(Kind::Namespace, None, "cart")])] {
        let folder = Folder::new(&[
            ("cluster/namespaces.json", &namespaces),
            ("cart/pods.json", &list(&[])),
            ("shop/pods.json", &shop),
        ]);
        assert_eq!(listed(&folder.open(), Kind::Pod, None).1, NOT_CAPTURED);
    }
}

#[test]
fn a_broken_file_of_a_plain_folder_is_unseen_and_noted() {
    let whole = list(&[pod("shop", "web-0"), pod("shop", "web-1")]);
    let folder = Folder::new(&[
        ("shop/pods.json", &whole[..whole.len() / 2]),
        ("shop/events.json", ""),
        (
            "shop/services.yaml",
            "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: web\n",
        ),
        ("shop/secrets.json", &list(&[json!({ "kind": "Secret", "apiVersion": "v1" })])),
        ("shop/configmaps.json", &typed_list(Kind::Pod, &[])),
    ]);
    let snapshot = folder.open();
    for kind in [Kind::Pod, Kind::Event, Kind::Service, Kind::Secret, Kind::ConfigMap] {
        let (_, missing) = listed(&snapshot, kind, Some("shop"));
        assert_eq!(missing, Some(UnseenKind::Truncated), "{kind}");
        assert!(!is_absent(&get(&snapshot, kind, Some("shop"), "other")), "{kind}");
    }
    // The last item of a list that is cut off may be half of an object.
    let last = get(&snapshot, Kind::Service, Some("shop"), "web");
    assert_eq!(unseen(&last), Some(UnseenKind::Truncated));
    let broken: Vec<_> = snapshot
        .notes()
        .iter()
        .filter(|note| note.kind == NoteKind::Broken)
        .map(|note| &*note.place)
        .collect();
    for file in ["shop/pods.json", "shop/events.json", "shop/secrets.json", "shop/configmaps.json"]
    {
        assert!(broken.contains(&file), "{file} {broken:?}");
    }
}

#[test]
fn a_refusal_in_the_place_of_a_list_is_denied_or_unreachable() {
    let folder = Folder::new(&[
        ("shop/pods.json", &list(&[pod("shop", "web-0")])),
        (
            "shop/events.json",
            r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"events is forbidden"}"#,
        ),
        (
            "shop/secrets.json",
            "Error from server (Forbidden): secrets is forbidden: User \"jo\" cannot list resource\n",
        ),
        (
            "shop/services.json",
            "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n",
        ),
        (
            "shop/configmaps/gone.json",
            r#"{"kind":"Status","reason":"NotFound","code":404,"details":{"name":"gone"}}"#,
        ),
        (
            "shop/logs/web-0/server.previous.log",
            "Error from server (BadRequest): previous terminated container \"server\" in pod \"web-0\" not found\n",
        ),
        (
            "shop/logs/web-0/side.log",
            "Error from server (Forbidden): pods \"web-0\" is forbidden\n",
        ),
    ]);
    let snapshot = folder.open();
    let events_of =
        Question::EventsOf { object: evidence::ObjectRef::new(Kind::Pod, Some("shop"), "web-0") };
    assert_eq!(unseen(&snapshot.answer(&events_of)), Some(UnseenKind::Denied));
    assert_eq!(unseen(&get(&snapshot, Kind::Secret, Some("shop"), "x")), Some(UnseenKind::Denied));
    assert_eq!(
        unseen(&get(&snapshot, Kind::Service, Some("shop"), "x")),
        Some(UnseenKind::Unreachable)
    );
    assert!(is_absent(&get(&snapshot, Kind::ConfigMap, Some("shop"), "gone")));
    assert_eq!(log(&snapshot, "web-0", "server", true), Err(None));
    assert_eq!(
        log(&snapshot, "web-0", "side", false).unwrap_err().unwrap().kind,
        UnseenKind::Denied
    );
}

#[test]
fn a_plain_folder_has_logs_a_version_and_a_timestamp() {
    let long: String = (0..300).map(|n| format!("line {n}\n")).collect();
    let folder = Folder::new(&[
        ("shop/logs/web-0/server.log", &long),
        ("shop/logs/web-0/server.previous.log", "panic: no\n"),
        ("cluster/version.json", r#"{"serverVersion":{"gitVersion":"v1.34.4"}}"#),
        ("timestamp", "2024-05-01T12:00:00Z\n"),
    ]);
    let snapshot = folder.open();
    let lines = log(&snapshot, "web-0", "server", false).unwrap();
    assert_eq!((lines.len(), lines[0].as_str()), (200, "line 100"));
    assert_eq!(log(&snapshot, "web-0", "server", true).unwrap(), ["panic: no"]);
    assert_eq!(
        log(&snapshot, "web-0", "side", false).unwrap_err().unwrap().kind,
        UnseenKind::NotCaptured
    );
    assert!(
        matches!(snapshot.answer(&Question::Version), Reply::Version(version) if version.git_version == "v1.34.4")
    );
    assert_eq!(snapshot.clock().now, "2024-05-01T12:00:00Z".parse().unwrap());
    assert_eq!(snapshot.clock().said_by, SaidBy::Timestamp);
}

#[test]
fn objects_of_another_namespace_prove_nothing_of_the_folder_that_they_lie_in() {
    let snapshot = Folder::new(&[("out/pods.json", &list(&[pod("shop", "web-0")]))]).open();
    assert!(listed(&snapshot, Kind::Pod, Some("out")).1.is_some());
    assert!(matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)));
    assert_eq!(unseen(&get(&snapshot, Kind::Pod, Some("shop"), "web-1")), NOT_CAPTURED);
}

#[test]
fn what_kubectl_prints_never_proves_absence() {
    let node = object(Kind::Node, None, "n1");
    let texts = [
        list(&[pod("shop", "web-0"), node.clone()]),
        typed_list(Kind::Pod, &[pod("shop", "web-0")]),
        format!("{}\n{}", pod("shop", "web-0"), node),
        format!("---\n{}\n---\n{}", pod("shop", "web-0"), node),
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-0\n  namespace: shop\n---\napiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n".to_owned(),
    ];
    for text in &texts {
        let snapshot = read(text.as_bytes());
        assert_eq!(snapshot.layout(), Layout::KubectlOutput);
        assert!(
            matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)),
            "{text}"
        );
        assert_eq!(
            unseen(&get(&snapshot, Kind::Pod, Some("shop"), "web-1")),
            NOT_CAPTURED,
            "{text}"
        );
        assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")).1, NOT_CAPTURED);
        assert_eq!(listed(&snapshot, Kind::Event, Some("shop")), (vec![], NOT_CAPTURED));
    }
}

#[test]
fn a_folder_of_kubectl_files_may_have_any_names() {
    let folder = Folder::new(&[
        ("a.json", &list(&[pod("shop", "web-0")])),
        ("deep/er/what is this", &pod("shop", "web-1").to_string()),
        ("events.yaml", "apiVersion: v1\nitems: []\nkind: EventList\n"),
        ("notes.txt", "nothing to see"),
        ("broken.json", "{"),
    ]);
    let snapshot = folder.open();
    assert_eq!(snapshot.layout(), Layout::KubectlOutput);
    assert_eq!(listed(&snapshot, Kind::Pod, None).0, ["shop/web-0", "shop/web-1"]);
    assert_eq!(listed(&snapshot, Kind::Event, Some("shop")), (vec![], NOT_CAPTURED));
    assert!(
        snapshot
            .notes()
            .iter()
            .any(|note| note.place == "broken.json" && note.kind == NoteKind::Broken)
    );
}

#[test]
fn an_empty_list_of_kubectl_is_recognised_and_proves_nothing() {
    let snapshot =
        read(br#"{"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}}"#);
    assert_eq!(unseen(&get(&snapshot, Kind::Pod, Some("shop"), "web-0")), NOT_CAPTURED);
    assert!(
        snapshot.notes().iter().any(|note| note.text.contains("no pods")),
        "{:?}",
        snapshot.notes()
    );
}

#[test]
fn an_object_that_does_not_say_its_namespace_is_of_the_one_that_was_given() {
    let options = Options { namespace: Some("shop".into()), ..Options::default() };
    let text = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"}}"#;
    let snapshot = Snapshot::read(text.as_bytes(), &options).unwrap();
    assert!(matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)));
}

#[test]
fn the_newer_of_two_copies_stands_whatever_the_order() {
    let copy = |version: &str, node: &str| {
        let mut pod = pod("shop", "web-0");
        pod["metadata"]["resourceVersion"] = version.into();
        pod["spec"] = json!({ "nodeName": node });
        pod
    };
    for items in [[copy("99", "old"), copy("100", "new")], [copy("100", "new"), copy("99", "old")]]
    {
        let snapshot = read(list(&items).as_bytes());
        let Reply::Object(found) = get(&snapshot, Kind::Pod, Some("shop"), "web-0") else {
            panic!()
        };
        assert_eq!(found.text("/spec/nodeName"), Some("new"));
        assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Duplicate));
    }
}

#[test]
fn json_and_yaml_give_the_same_replies() {
    let json = list(&[pod("shop", "web-0"), object(Kind::Deployment, Some("shop"), "web")]);
    let yaml = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-0\n    resourceVersion: \"7\"\n    \
                creationTimestamp: \"2024-05-01T10:00:00Z\"\n    namespace: shop\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    \
                creationTimestamp: \"2024-05-01T10:00:00Z\"\n    name: web\n    namespace: shop\n    resourceVersion: \"7\"\nkind: List\n";
    let replies = |text: &str| {
        let snapshot = read(text.as_bytes());
        snapshot.replies().iter().map(|(q, r)| (q.clone(), r.clone())).collect::<Vec<_>>()
    };
    assert_eq!(replies(&json), replies(yaml));
}

#[test]
fn the_clock_is_what_the_most_trusted_source_says() {
    let text = list(&[pod("shop", "web-0")]);
    let snapshot = read(text.as_bytes());
    assert_eq!(snapshot.clock().now, "2024-05-01T10:00:00Z".parse().unwrap());
    assert_eq!(snapshot.clock().said_by.to_string(), "newest time in the dump");
    assert_eq!(snapshot.replies().now(), snapshot.clock().now);
    let now = "2025-01-01T00:00:00Z".parse().ok();
    let snapshot = Snapshot::read(text.as_bytes(), &Options { now, namespace: None }).unwrap();
    assert_eq!((Some(snapshot.clock().now), snapshot.clock().said_by), (now, SaidBy::User));
    let snapshot = read(br#"{"kind":"PodList","apiVersion":"v1","items":[]}"#);
    assert_eq!(snapshot.clock().said_by, SaidBy::Nobody);
}

#[test]
fn a_path_that_holds_nothing_readable_is_an_error_that_lists_the_layouts() {
    let folder = Folder::new(&[("readme.md", "hello")]);
    for error in [
        Snapshot::open(folder.path(), &Options::default()).unwrap_err(),
        Snapshot::read(&b"hello"[..], &Options::default()).unwrap_err(),
    ] {
        let text = error.to_string();
        for layout in Layout::ALL {
            assert!(text.contains(layout.description()), "{text}");
        }
    }
    let missing = Snapshot::open(&folder.path().join("no such"), &Options::default()).unwrap_err();
    assert!(missing.to_string().contains("no such"), "{missing}");
}

#[test]
fn every_layout_stands_in_the_manual() {
    let manual = include_str!("../../../docs/sources.md");
    for layout in Layout::ALL {
        assert!(manual.contains(&format!("## {layout}")), "{layout}");
    }
}

#[test]
fn holdings_say_in_words_what_is_complete() {
    let folder = Folder::new(&[
        ("shop/pods.json", &list(&[pod("shop", "web-0")])),
        ("shop/events.json", "Error from server (Forbidden): events is forbidden"),
    ]);
    let words: Vec<String> = folder.open().holdings().iter().map(ToString::to_string).collect();
    assert!(words.contains(&"pods in shop: 1, complete".to_owned()), "{words:?}");
    assert!(
        words.iter().any(|line| line.starts_with("events in shop: 0, partial: denied")),
        "{words:?}"
    );
    assert!(
        words.iter().any(|line| line.starts_with("pods of the cluster: 1, partial: not captured")),
        "{words:?}"
    );
}

const KEYS: &str = "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    .dockerconfigjson: MTIgYnl0ZXMgbG9uZw==\n  kind: Secret\n  metadata:\n    name: regcred\n    namespace: shop\n  type: kubernetes.io/dockerconfigjson\nkind: SecretList\n";

#[test]
fn what_stands_in_the_place_of_a_secrets_values_is_not_judged() {
    let gathered = Folder::new(&[("namespaces/shop/core/secrets.yaml", KEYS)]).open();
    let Reply::Object(secret) = get(&gathered, Kind::Secret, Some("shop"), "regcred") else {
        panic!()
    };
    let seal = secret.seal().unwrap();
    assert_eq!((seal.keys[0].name.as_str(), seal.keys[0].bytes), (".dockerconfigjson", 12));
    assert_eq!(seal.docker_config, None);
    assert!(secret.json()["tsg.dev/seal"]["withheld"].is_string());
    assert!(is_absent(&get(&gathered, Kind::Secret, Some("shop"), "other")));

    let files = [
        ("cluster-resources/pods/shop.json", "[]"),
        (
            "secrets/shop/regcred/token.json",
            r#"{"namespace":"shop","name":"regcred","key":"token","secretExists":true,"keyExists":true}"#,
        ),
    ];
    let bundle = Folder::new(&files).open();
    let Reply::Object(secret) = get(&bundle, Kind::Secret, Some("shop"), "regcred") else {
        panic!()
    };
    assert_eq!(secret.seal().unwrap().keys[0].name, "token");
    assert!(!format!("{secret:?}").contains("MTIgYnl0ZXMg"));
}
