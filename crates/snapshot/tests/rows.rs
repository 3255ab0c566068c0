//! Rows of pods, which is what a ticket most often holds: what they tell, and what they leave open.

mod sources;

use evidence::{Kind, Object, Question, Reply};
use serde_json::json;
use sources::{at, json_of, transcript};

/// A list of pods as it is pasted most often, and what goes with it.
const ROWS: &str = "\
$ kubectl get pods -n shop
NAME    READY   STATUS             RESTARTS       AGE
web     0/1     ImagePullBackOff   0              10m
pay     0/1     CrashLoopBackOff   6 (2m1s ago)   10m
two     1/2     CrashLoopBackOff   6 (2m1s ago)   10m
new     0/1     Pending            0              10m
gone    0/1     Evicted            0              10m
$ kubectl describe pod web -n shop | tail
Events:
  Type     Reason     Age   From      Message
  ----     ------     ----  ----      -------
  Normal   Pulled     9m    kubelet   Successfully pulled image \"setup:1\"
  Warning  Failed     83s   kubelet   Failed to pull image \"web:1.5.3\": not found
$ kubectl logs pay -n shop --previous
panic: no database
$
";

#[test]
fn a_row_of_one_container_in_trouble_tells_of_that_container_and_no_more() {
    let snapshot = transcript(ROWS);
    let web = json_of(&snapshot, Kind::Pod, "web");
    let container = json!({ "name": Object::UNNAMED, "image": "web:1.5.3" });
    assert_eq!(at(&web, "/spec/containers"), &json!([container]));
    let waiting = at(&web, "/status/containerStatuses/0/state/waiting");
    assert_eq!(waiting, &json!({ "reason": "ImagePullBackOff" }));
    let pay = json_of(&snapshot, Kind::Pod, "pay");
    let status = at(&pay, "/status/containerStatuses/0");
    assert_eq!((&status["restartCount"], &status["ready"]), (&json!(6), &json!(false)));
    assert_eq!(
        status
            .pointer("/lastState/terminated")
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["finishedAt"]
    );
    let pay = snapshot.answer(&Question::get(Kind::Pod, Some("shop"), "pay"));
    let Reply::Object(pay) = pay else { panic!("{pay:?}") };
    for hidden in ["/spec/containers/0/image", "/spec/containers/0/resources", "/spec/volumes"] {
        assert!(!pay.is_shown(hidden), "{hidden}");
    }
    assert!(!pay.is_shown("/status/containerStatuses/0/lastState/terminated/exitCode"));
    for other in ["two", "new", "gone"] {
        let pod = json_of(&snapshot, Kind::Pod, other);
        assert_eq!(pod.pointer("/spec/containers"), None, "{other}");
    }
    let log = Question::Log {
        pod: evidence::ObjectRef::new(Kind::Pod, Some("shop"), "pay"),
        container: Object::UNNAMED.into(),
        previous: true,
    };
    let Reply::Log(log) = snapshot.answer(&log) else { panic!() };
    assert_eq!(log.lines, ["panic: no database"]);
}

#[test]
fn a_later_row_leaves_nothing_of_what_an_earlier_one_told() {
    let rows = "$ kubectl get pods -n shop\nNAME   READY   STATUS    RESTARTS   AGE\ndb-0   0/1     Evicted   0          10m\n$ kubectl get pods -n shop\nNAME   READY   STATUS    RESTARTS   AGE\ndb-0   1/1     Running   0          1m\n$ exit\n";
    let pod = json_of(&transcript(rows), Kind::Pod, "db-0");
    assert_eq!(pod.get("status"), Some(&json!({ "phase": "Running" })));
}

#[test]
fn logs_of_two_containers_name_none() {
    let two = ROWS.replace(
        "$ kubectl logs pay",
        "$ kubectl logs pay -n shop -c app\nx\n$ kubectl logs pay -c side",
    );
    let pod = json_of(&transcript(&two), Kind::Pod, "pay");
    assert_eq!(at(&pod, "/spec/containers/0/name"), Object::UNNAMED);
}

#[test]
fn a_container_is_named_by_the_command_that_asks_for_its_log() {
    let named =
        json_of(&transcript(&ROWS.replace("logs pay", "logs pay -c app")), Kind::Pod, "pay");
    assert_eq!(at(&named, "/spec/containers/0/name"), "app");
}

#[test]
fn a_row_that_says_terminating_does_not_say_since_when() {
    const DUE: &str = "/metadata/deletionTimestamp";
    let shown = |text: &str| {
        let reply = transcript(text).answer(&Question::get(Kind::Pod, Some("shop"), "web"));
        let Reply::Object(pod) = reply else { panic!("{reply:?}") };
        (pod.time(DUE).is_some(), pod.is_shown(DUE))
    };
    let row = |status: &str| {
        format!(
            "$ kubectl get pods -n shop\nNAME   READY   STATUS   RESTARTS   AGE\nweb    1/1     {status}   0          3d\n"
        )
    };
    assert_eq!(shown(&row("Terminating")), (true, false));
    let page = "$ kubectl describe pod web -n shop\nName:  web\nNamespace:  shop\nStatus:  Terminating (lasts 5m)\n";
    assert_eq!(shown(&format!("{}{page}$\n", row("Terminating"))), (true, true));
    assert!(!shown(&row("Running")).0);
}

#[test]
fn a_row_of_a_route_tells_its_hosts_and_not_where_it_leads() {
    let told = transcript(
        "$ kubectl get httproute,virtualservice -n shop\n\
         NAME                                        HOSTNAMES                AGE\n\
         httproute.gateway.networking.k8s.io/shop    [\"shop.example.com\"]     5d\n\
         httproute.gateway.networking.k8s.io/other                            5d\n\
         \n\
         NAME                                      GATEWAYS             HOSTS        AGE\n\
         virtualservice.networking.istio.io/shop   [\"infra/public\"]     [\"ledger\"]   5d\n$\n",
    );
    let object = |kind, name| match told.answer(&Question::get(kind, Some("shop"), name)) {
        Reply::Object(object) => object,
        other => panic!("{other:?}"),
    };
    let route = object(Kind::HTTPRoute, "shop");
    assert_eq!(route.json()["spec"]["hostnames"], json!(["shop.example.com"]));
    assert!(!route.is_shown("/spec/rules") && !route.is_shown("/status/parents"));
    assert!(!object(Kind::HTTPRoute, "other").is_shown("/spec/hostnames"), "an empty cell");
    let service = object(Kind::VirtualService, "shop");
    assert_eq!(service.json()["spec"]["gateways"], json!(["infra/public"]));
    assert_eq!(service.json()["spec"]["hosts"], json!(["ledger"]));
    assert!(!service.is_shown("/spec/http"));
}

#[test]
fn a_transcript_without_routes_of_an_add_on_does_not_say_that_there_are_none() {
    let told = transcript(ROWS);
    let list = Question::list(Kind::HTTPRoute, Some("shop"));
    let reply = told.answer(&list);
    assert!(matches!(reply, Reply::Unseen(_)), "{reply:?}");
    assert_eq!(reply.gap(&list), None, "and is no less complete for it");
    let pods = Question::list(Kind::Ingress, Some("shop"));
    assert!(told.answer(&pods).gap(&pods).is_some());
}

#[test]
fn a_row_of_a_registration_tells_whether_its_api_answers() {
    let told = transcript(
        "$ kubectl get apiservice\n\
         NAME                     SERVICE                      AVAILABLE                  AGE\n\
         v1.                      Local                        True                       9d\n\
         v1beta1.metrics.k8s.io   kube-system/metrics-server   False (MissingEndpoints)   9d\n$\n",
    );
    let object = |name| match told.answer(&Question::get(Kind::APIService, None, name)) {
        Reply::Object(object) => object,
        other => panic!("{other:?}"),
    };
    let metrics = object("v1beta1.metrics.k8s.io");
    let condition = json!({ "type": "Available", "status": "False", "reason": "MissingEndpoints" });
    assert_eq!(metrics.json()["status"]["conditions"], json!([condition]));
    assert_eq!(metrics.json()["spec"]["service"]["name"], "metrics-server");
    let own = object("v1.");
    assert_eq!(own.json()["status"]["conditions"][0]["status"], "True");
    assert_eq!(own.at("/spec/service"), None);
}
