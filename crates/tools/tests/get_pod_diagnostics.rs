//! `get_pod_diagnostics`: a pod as it stands, and its containers in trouble.

mod world;

use evidence::UnseenKind;
use serde_json::{Value as Json, json};
use world::*;

#[test]
fn a_crashed_container_is_described_with_its_last_end() {
    let facts = World::of([crashed()]).on_pod("get_pod_diagnostics");
    let server = &facts["container"];
    assert_eq!(
        (&server["state"], &server["reason"]),
        (&json!("waiting"), &json!("CrashLoopBackOff"))
    );
    assert_eq!((&server["last_exit_code"], &server["last_signal"]), (&json!(137), &json!(9)));
    assert_eq!(server["last_reason"], "OOMKilled");
    assert_eq!(server["last_finished"], "2026-11-20T14:06:30Z");
    assert_eq!((&server["exit_code"], &server["since"]), (&Json::Null, &Json::Null));
    assert_eq!(server["limits"], json!({ "memory": "128Mi" }));
    assert_eq!(server["probes"][0]["port"], 8080, "a named port is looked up");
    assert_eq!(server["probes"][0]["port_name"], "http");
    assert_eq!(server["probes"][0]["timeout_seconds"], 1);
    assert_eq!((&facts["restarts"], &facts["age_seconds"]), (&json!(4), &json!(360)));
    assert_eq!(
        facts["workload"],
        json!({ "kind": "Deployment", "namespace": "shop", "name": "checkout" })
    );
    assert_eq!(facts["owners"][0]["kind"], "ReplicaSet");
    assert_eq!(
        (&facts["node"], &facts["service_account"]),
        (&json!("worker-3"), &json!("checkout"))
    );
    assert_eq!(facts["pull_secrets"], json!(["regcred"]));
    assert_eq!((&facts["ready"], &facts["scheduled"]), (&json!(false), &json!(true)));
    assert_eq!(facts["conditions"][2]["type"], "Ready");
}

#[test]
fn the_exit_code_is_cited_at_the_last_state() {
    let (value, _) = World::of([crashed()]).asked("get_pod_diagnostics", &on_pod());
    let evidence::Value::Record(pod) = &value else { panic!("a record") };
    let Some(evidence::Value::Record(container)) = pod.get("container") else { panic!("one") };
    let Some(evidence::Value::Cited(cited)) = container.get("last_exit_code") else {
        panic!("cited")
    };
    assert_eq!(cited.1.path, "status.containerStatuses[0].lastState.terminated");
    assert_eq!(cited.1.time, "2026-11-20T14:06:30Z".parse().ok());
}

#[test]
fn an_absent_pod_has_no_facts_and_an_unseen_one_is_unknown() {
    let facts = World::of([]).on_pod("get_pod_diagnostics");
    assert_eq!((&facts["exists"], &facts["phase"]), (&json!(false), &Json::Null));
    assert_eq!((&facts["containers"], &facts["workload"]), (&json!([]), &Json::Null));
    for kind in [UnseenKind::Denied, UnseenKind::Unreachable, UnseenKind::NotCaptured] {
        let facts = World::of([]).unseen(get_pod(), kind).on_pod("get_pod_diagnostics");
        assert_eq!(unseen(&facts), kind.word().replace(' ', "-"));
    }
}

#[test]
fn the_containers_in_trouble_are_named_and_all_of_them_when_none_is() {
    let named = |pod: Json| tools::containers_in_trouble(&object(pod));
    let mut two = crashed();
    add(&mut two["spec"]["containers"], json!({ "name": "proxy", "image": "proxy:1" }));
    add(&mut two["status"]["containerStatuses"], running("proxy", "proxy:1", NOW));
    assert_eq!(named(two.clone()), ["server"]);
    two["status"]["containerStatuses"][0] = running("server", IMAGE, NOW);
    assert_eq!(named(two.clone()), ["server", "proxy"]);
    // Between two crashes it runs and is ready; its last end still tells.
    two["status"]["containerStatuses"][0]["lastState"] = json!({ "terminated": { "exitCode": 1 } });
    assert_eq!(named(two.clone()), ["server"]);
    two["status"]["containerStatuses"][1]["ready"] = json!(false);
    assert_eq!(named(two), ["proxy"]);
    let mut init = pod();
    init["spec"]["initContainers"] = json!([ { "name": "fetch", "image": "fetch:1" } ]);
    init["status"]["initContainerStatuses"] =
        json!([waiting("fetch", "fetch:1", "ErrImagePull", "not found")]);
    init["status"]["containerStatuses"][0] = waiting("server", IMAGE, "PodInitializing", "");
    assert_eq!(named(init), ["fetch"]);
}
