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
fn a_cluster_info_dump_is_complete_for_its_namespaces() {
    let folder = Folder::new(&[
        ("nodes.json", &typed_list(Kind::Node, &[object(Kind::Node, None, "n1")])),
        ("shop/events.json", &typed_list(Kind::Event, &[])),
        ("shop/replication-controllers.json", &typed_list(Kind::ReplicationController, &[])),
        ("shop/pods.json", &typed_list(Kind::Pod, &[pod("shop", "web-0")])),
        (
            "shop/web-0/logs.txt",
            "==== START logs for container init of pod shop/web-0 ====\n==== END logs for container init of pod shop/web-0 ====\n\
            ==== START logs for container server of pod shop/web-0 ====\nhello==== END logs for container server of pod shop/web-0 ====\n\
            ==== START logs for container side of pod shop/web-0 ====\nRequest log error: container \"side\" in pod \"web-0\" is waiting to start: ImagePullBackOff\n==== END logs for container side of pod shop/web-0 ====\n",
        ),
    ]);
    let snapshot = folder.open();
    assert_eq!(snapshot.layout(), Layout::ClusterInfoDump);
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
    assert!(is_absent(&get(&snapshot, Kind::ReplicationController, Some("shop"), "x")));
    assert!(is_absent(&get(&snapshot, Kind::Node, None, "n2")));
    assert_eq!(listed(&snapshot, Kind::Pod, None).1, NOT_CAPTURED);
    assert_eq!(unseen(&get(&snapshot, Kind::Secret, Some("shop"), "x")), NOT_CAPTURED);
    assert_eq!(log(&snapshot, "web-0", "init", false), Ok(vec![]));
    assert_eq!(log(&snapshot, "web-0", "server", false), Ok(vec!["hello".into()]));
    assert_eq!(log(&snapshot, "web-0", "side", false), Err(None), "it waits, and has no log");
    assert_eq!(
        log(&snapshot, "web-0", "server", true).unwrap_err().unwrap().kind,
        UnseenKind::NotCaptured
    );
}

#[test]
fn the_stream_of_a_cluster_info_dump_says_by_its_neighbours_of_which_namespace_a_list_is() {
    let mut text = typed_list(Kind::Node, &[]);
    for (namespace, name) in [("kube-system", "dns-0"), ("shop", "web-0")] {
        for kind in [Kind::Event, Kind::ReplicationController, Kind::Service] {
            text += &typed_list(kind, &[]);
        }
        text += &typed_list(Kind::Pod, &[pod(namespace, name)]);
        text += &format!(
            "\n==== START logs for container c of pod {namespace}/{name} ====\n{{\"kind\":\"PodList\"}}\n==== END logs for container c of pod {namespace}/{name} ====\n"
        );
    }
    // A third namespace that holds nothing cannot be told.
    text += &typed_list(Kind::Event, &[]);
    text += &typed_list(Kind::Pod, &[]);
    let snapshot = read(text.as_bytes());
    assert_eq!(snapshot.layout(), Layout::ClusterInfoDump);
    for (namespace, name) in [("kube-system", "kube-system/dns-0"), ("shop", "shop/web-0")] {
        assert_eq!(listed(&snapshot, Kind::Pod, Some(namespace)), (vec![name.to_owned()], None));
        assert_eq!(listed(&snapshot, Kind::Event, Some(namespace)), (vec![], None));
    }
    assert_eq!(listed(&snapshot, Kind::Event, Some("cart")).1, NOT_CAPTURED);
    assert_eq!(log(&snapshot, "web-0", "c", false), Ok(vec!["{\"kind\":\"PodList\"}".into()]));
    // Cut anywhere, it never proves more than the whole did.
    for end in (0..text.len()).step_by(97).filter(|end| *end > 400) {
        let Ok(snapshot) = Snapshot::read(&text.as_bytes()[..end], &Options::default()) else {
            continue;
        };
        let (pods, missing) = listed(&snapshot, Kind::Pod, Some("shop"));
        assert!(missing.is_some() || pods == ["shop/web-0"], "cut at {end}");
    }
}

#[test]
fn a_must_gather_is_complete_where_it_holds_a_list() {
    let list = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-0\n    namespace: shop\nkind: PodList\nmetadata:\n  resourceVersion: \"9\"\n";
    let image = "must-gather.local.1/quay-io-openshift-sha256-1";
    let path = |path: &str| format!("{image}/{path}");
    let folder = Folder::new(&[
        (&path("namespaces/shop/core/pods.yaml"), list),
        (&path("namespaces/shop/core/events.yaml"), "apiVersion: v1\nitems: []\nkind: EventList\n"),
        (
            &path("namespaces/shop/shop.yaml"),
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
        ),
        (
            &path("namespaces/shop/pods/web-0/server/server/logs/current.log"),
            "2024-05-01T12:00:00.5Z hello\n",
        ),
        (&path("namespaces/shop/pods/web-0/server/server/logs/previous.log"), ""),
        (
            &path("cluster-scoped-resources/core/nodes/n1.yaml"),
            "apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n",
        ),
        (&path("event-filter.html"), "<html>"),
        (
            "must-gather.local.1/timestamp",
            "2024-05-01 14:00:00.5 +0200 CEST m=+0.1\n2024-05-01 14:03:00 +0200 CEST m=+180\n",
        ),
    ]);
    let snapshot = folder.open();
    assert_eq!(snapshot.layout(), Layout::MustGather);
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
    assert!(is_absent(&get(&snapshot, Kind::Pod, Some("shop"), "web-1")));
    assert_eq!(listed(&snapshot, Kind::Event, Some("shop")), (vec![], None));
    assert!(matches!(get(&snapshot, Kind::Node, None, "n1"), Reply::Object(_)));
    assert_eq!(unseen(&get(&snapshot, Kind::Node, None, "n2")), NOT_CAPTURED);
    assert_eq!(unseen(&get(&snapshot, Kind::Namespace, None, "cart")), NOT_CAPTURED);
    assert_eq!(unseen(&get(&snapshot, Kind::Secret, Some("shop"), "regcred")), NOT_CAPTURED);
    assert_eq!(log(&snapshot, "web-0", "server", false), Ok(vec!["hello".into()]));
    assert_eq!(snapshot.clock().now, "2024-05-01T12:03:00Z".parse().unwrap());
}

fn bundle() -> Vec<(&'static str, String)> {
    let namespaces = [object(Kind::Namespace, None, "shop"), object(Kind::Namespace, None, "cart")];
    vec![
        ("version.yaml", "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: v0.120\n".into()),
        ("cluster-info/cluster_version.json", r#"{"info":{"gitVersion":"v1.34.4"},"string":"v1.34.4"}"#.into()),
        ("cluster-resources/namespaces.json", typed_list(Kind::Namespace, &namespaces)),
        ("cluster-resources/nodes.json", json!([object(Kind::Node, None, "n1")]).to_string()),
        ("cluster-resources/pods/shop.json", typed_list(Kind::Pod, &[pod("shop", "web-0")])),
        ("cluster-resources/pods/cart.json", "[]".into()),
        ("cluster-resources/pods-errors.json", "null".into()),
        ("cluster-resources/pvcs/shop.json", "null".into()),
        ("cluster-resources/events-errors.json", r#"{"shop":"events is forbidden: User \"sb\" cannot list resource \"events\""}"#.into()),
        ("cluster-resources/services-errors.json", r#"{"shop":"etcdserver: request timed out"}"#.into()),
        ("cluster-resources/storage-classes.json", "".into()),
        ("cluster-resources/storage-errors.json", r#"["storageclasses is forbidden"]"#.into()),
        ("cluster-resources/pods/logs/shop/web-0/server.log", "one\n".into()),
        ("cluster-resources/pods/logs/shop/web-0/server-previous.log", "zero\n".into()),
        ("cluster-resources/pods/logs/shop/web-0/side-logs-errors.log", "failed to get log stream: container \"side\" is waiting to start".into()),
        ("secrets/shop/gone.json", r#"{"namespace":"shop","name":"gone","key":"","secretExists":false,"keyExists":false}"#.into()),
    ]
}

#[test]
fn a_support_bundle_is_complete_where_no_error_stands() {
    let files = bundle();
    let packed: Vec<(String, &str)> = files
        .iter()
        .map(|(path, text)| (format!("support-bundle-2024-05-01T12_00_00/{path}"), text.as_str()))
        .collect();
    let packed: Vec<(&str, &str)> =
        packed.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let unpacked: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    for snapshot in [Folder::new(&unpacked).open(), read(&gzip(&tar(&packed)))] {
        assert_eq!(snapshot.layout(), Layout::SupportBundle);
        assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
        assert_eq!(listed(&snapshot, Kind::Pod, None), (vec!["shop/web-0".into()], None));
        assert_eq!(listed(&snapshot, Kind::PersistentVolumeClaim, Some("shop")), (vec![], None));
        assert_eq!(listed(&snapshot, Kind::Node, None), (vec!["n1".into()], None));
        assert_eq!(
            listed(&snapshot, Kind::Event, Some("shop")),
            (vec![], Some(UnseenKind::Denied))
        );
        assert_eq!(
            listed(&snapshot, Kind::Service, Some("shop")),
            (vec![], Some(UnseenKind::Unreachable))
        );
        assert_eq!(listed(&snapshot, Kind::StorageClass, None), (vec![], Some(UnseenKind::Denied)));
        assert_eq!(listed(&snapshot, Kind::PersistentVolumeClaim, None).1, NOT_CAPTURED);
        assert_eq!(log(&snapshot, "web-0", "server", false), Ok(vec!["one".into()]));
        assert_eq!(log(&snapshot, "web-0", "server", true), Ok(vec!["zero".into()]));
        assert_eq!(log(&snapshot, "web-0", "side", false), Err(None), "it waits, and has no log");
        assert!(is_absent(&get(&snapshot, Kind::Secret, Some("shop"), "gone")));
        assert_eq!(unseen(&get(&snapshot, Kind::Secret, Some("shop"), "other")), NOT_CAPTURED);
        assert!(
            matches!(snapshot.answer(&Question::Version), Reply::Version(version) if version.git_version == "v1.34.4")
        );
    }
}

#[test]
fn namespaces_that_were_asked_for_are_not_all_namespaces() {
    let mut files = bundle();
    files.retain(|(path, _)| *path != "cluster-resources/namespaces.json");
    files.push((
        "cluster-resources/namespaces.json",
        json!([object(Kind::Namespace, None, "shop"), object(Kind::Namespace, None, "cart")])
            .to_string(),
    ));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let snapshot = Folder::new(&files).open();
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")).1, None);
    assert_eq!(listed(&snapshot, Kind::Pod, None).1, NOT_CAPTURED);
    assert_eq!(unseen(&get(&snapshot, Kind::Namespace, None, "other")), NOT_CAPTURED);
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
