//! What tools collect of a cluster: dumps of cluster-info, must-gathers, support bundles.

mod sources;

use evidence::{Kind, Question, Reply, UnseenKind};
use serde_json::json;
use snapshot::{Layout, Options, Snapshot};
use sources::*;

const NOT_CAPTURED: Option<UnseenKind> = Some(UnseenKind::NotCaptured);

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
