//! Transcripts: what pages and tables of kubectl become, and what they prove.

mod sources;

use evidence::{Kind, Question, Reply, UnseenKind};
use serde_json::{Value as Json, json};
use snapshot::{Layout, Meta, Options, Recording, RecordingKind, SaidBy, Snapshot};
use sources::{Folder, at, json_of, transcript};

const INCIDENT: &str = include_str!("transcript_pages/incident.txt");

const POD: &str = "web-6c9f8b7d5-x2x4q";

#[test]
fn a_page_of_a_pod_becomes_the_pod_that_the_api_would_give() {
    let pod = json_of(&transcript(INCIDENT), Kind::Pod, POD);
    let server = at(&pod, "/spec/containers/0");
    for (pointer, expected) in [
        (
            "/ports",
            json!([{ "containerPort": 8080, "protocol": "TCP" }, { "containerPort": 9090, "protocol": "UDP", "hostPort": 9090 }]),
        ),
        ("/args", json!(["--port", "8080"])),
        ("/resources/requests", json!({ "cpu": "100m", "memory": "64Mi" })),
        ("/livenessProbe/httpGet", json!({ "scheme": "HTTP", "port": 8080, "path": "/healthz" })),
        ("/readinessProbe/tcpSocket/port", json!("http")),
        (
            "/envFrom/1",
            json!({ "secretRef": { "name": "keys", "optional": true }, "prefix": "K_" }),
        ),
        ("/env/1/valueFrom/secretKeyRef", json!({ "name": "db", "key": "pw" })),
        (
            "/env/2/valueFrom/configMapKeyRef",
            json!({ "name": "settings", "key": "mode", "optional": true }),
        ),
        ("/env/3/valueFrom/fieldRef/fieldPath", json!("status.podIP")),
        ("/env/4/valueFrom/resourceFieldRef/resource", json!("limits.cpu")),
        ("/volumeMounts/0", json!({ "mountPath": "/data", "name": "data", "subPath": "sub" })),
    ] {
        assert_eq!(at(server, pointer), &expected, "{pointer}");
    }
    for (pointer, expected) in [
        ("/spec/initContainers/0/command", json!(["sh", "-c", "echo one\n  echo two"])),
        ("/spec/nodeName", json!("worker-1")),
        ("/spec/nodeSelector", json!({ "disk": "ssd" })),
        (
            "/spec/tolerations/0",
            json!({ "key": "dedicated", "value": "web", "effect": "NoSchedule", "operator": "Equal" }),
        ),
        ("/spec/volumes/0/persistentVolumeClaim", json!({ "claimName": "data" })),
        ("/metadata/annotations/story", json!("one\ntwo")),
        ("/metadata/ownerReferences/0/kind", json!("ReplicaSet")),
        ("/status/containerStatuses/0/restartCount", json!(5)),
        ("/status/containerStatuses/0/state/waiting/reason", json!("CrashLoopBackOff")),
        ("/status/containerStatuses/0/lastState/terminated/exitCode", json!(2)),
        (
            "/status/containerStatuses/0/lastState/terminated/message",
            json!("panic: no database\ngoroutine 1 [running]:\nmain.main()"),
        ),
        ("/status/startTime", json!("2024-05-10T12:00:00Z")),
    ] {
        assert_eq!(at(&pod, pointer), &expected, "{pointer}");
    }
}

#[test]
fn what_a_page_cannot_show_is_unknown_and_what_it_shows_as_none_is_not() {
    let snapshot = transcript(INCIDENT);
    let question = Question::get(Kind::Pod, Some("shop"), POD);
    let Reply::Object(pod) = snapshot.answer(&question) else { panic!() };
    for hidden in ["/spec/affinity", "/spec/imagePullSecrets", "/spec/containers/0/securityContext"]
    {
        assert!(!pod.is_shown(hidden), "{hidden}");
    }
    for shown in
        ["/spec/topologySpreadConstraints", "/spec/containers/0/startupProbe", "/spec/nodeName"]
    {
        assert!(pod.is_shown(shown), "{shown}");
    }
    let Reply::Object(row) = snapshot.answer(&Question::get(Kind::Pod, Some("shop"), "data-0"))
    else {
        panic!()
    };
    assert!(!row.is_shown("/spec/containers") && row.is_shown("/status/phase"));
}

#[test]
fn only_a_whole_list_that_has_ended_proves_absence() {
    let snapshot = transcript(INCIDENT);
    let get = |kind, name| snapshot.answer(&Question::get(kind, Some("shop"), name));
    let unseen = |reply| match reply {
        Reply::Unseen(unseen) => unseen.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(get(Kind::Pod, "other"), Reply::Absent);
    assert_eq!(get(Kind::ConfigMap, "settings"), Reply::Absent);
    assert_eq!(get(Kind::PersistentVolumeClaim, "data"), Reply::Absent);
    assert_eq!(unseen(get(Kind::PersistentVolumeClaim, "other")), UnseenKind::NotCaptured);
    assert_eq!(unseen(get(Kind::Service, "web")), UnseenKind::Denied);
    // Errors are shown, so that no word is no error.
    assert_eq!(get(Kind::Secret, "db"), Reply::Absent);
    let silent = transcript(
        "$ kubectl get pods -n shop\nNAME   READY   STATUS    RESTARTS   AGE\na      1/1     Running   0          5d\n$ kubectl get secrets -n shop\n\n$ exit\n",
    );
    let secret = silent.answer(&Question::get(Kind::Secret, Some("shop"), "db"));
    assert_eq!(unseen(secret), UnseenKind::NotCaptured);
    for command in
        ["kubectl get pods -n shop -l a=b", "kubectl get pods -n shop | head", "kubectl get pods"]
    {
        let text = format!(
            "$ {command}\nNAME   READY   STATUS    RESTARTS   AGE\na      1/1     Running   0          5d\n$ exit\n"
        );
        let options = Options { namespace: Some("shop".into()), ..Options::default() };
        let part = Snapshot::read(text.as_bytes(), &options).unwrap();
        let other = part.answer(&Question::get(Kind::Pod, Some("shop"), "b"));
        assert_eq!(unseen(other), UnseenKind::NotCaptured, "{command}");
    }
}

#[test]
fn ages_count_from_the_time_that_the_finest_of_them_tells() {
    let snapshot = transcript(INCIDENT);
    assert_eq!(snapshot.clock().now, "2024-05-10T12:05:06Z".parse().unwrap());
    assert_eq!(snapshot.clock().said_by, SaidBy::Ages);
    let pod = json_of(&snapshot, Kind::Pod, POD);
    assert_eq!(at(&pod, "/metadata/creationTimestamp"), "2024-05-10T12:00:00Z");
    let Reply::Objects(events) = snapshot.answer(&Question::EventsOf {
        object: evidence::ObjectRef::new(Kind::Pod, Some("shop"), POD),
    }) else {
        panic!()
    };
    // The list and the page tell of the same back-off.
    assert_eq!((events.items.len(), &events.missing), (2, &None));
    let times: Vec<&Json> =
        events.items.iter().map(|event| at(event.json(), "/lastTimestamp")).collect();
    assert!(times.contains(&&json!("2024-05-10T12:04:45Z")), "{times:?}");
}

/// The questions that a snapshot proves the absence of something by.
fn proofs(snapshot: &Snapshot) -> Vec<Question> {
    let proves = |reply: &Reply| match reply {
        Reply::Absent => true,
        Reply::Objects(list) => list.missing.is_none(),
        _ => false,
    };
    snapshot.replies().iter().filter(|(_, reply)| proves(reply)).map(|(q, _)| q.clone()).collect()
}

#[test]
fn no_beginning_of_a_transcript_proves_what_the_whole_does_not() {
    let whole = proofs(&transcript(INCIDENT));
    for end in (0..INCIDENT.len()).filter(|end| end % 7 == 0 || INCIDENT[*end..].starts_with('\n'))
    {
        let Ok(part) = Snapshot::read(&INCIDENT.as_bytes()[..end], &Options::default()) else {
            continue;
        };
        for proof in proofs(&part) {
            assert!(whole.contains(&proof), "{proof} at {end}");
        }
        let names = |snapshot: &Snapshot, kind| match snapshot
            .answer(&Question::list(kind, Some("shop")))
        {
            Reply::Objects(list) if list.missing.is_none() => Some(list.items.len()),
            _ => None,
        };
        if let Some(found) = names(&part, Kind::Pod) {
            assert_eq!(found, 2, "at {end}");
        }
    }
}

#[test]
fn a_transcript_is_read_with_any_line_ends_and_prompts_and_among_prose() {
    let expected = json_of(&transcript(INCIDENT), Kind::Pod, POD);
    let with_prompt = INCIDENT.replace("$ ", "jo@host:~$ ");
    let fenced = format!("Hi, this is what I see:\n```\n{INCIDENT}```\nAny idea?\n");
    for text in [INCIDENT.replace('\n', "\r\n"), with_prompt, fenced] {
        let snapshot = transcript(&text);
        assert_eq!(snapshot.layout(), Layout::Transcript);
        assert_eq!(json_of(&snapshot, Kind::Pod, POD), expected);
    }
}

#[test]
fn layouts_of_old_and_new_kubectl_are_read_alike() {
    for (ports, target) in
        [("<unset>  80/TCP", "8080/TCP"), ("http  80/TCP", "web/TCP"), ("http 80/TCP", "web/TCP")]
    {
        let text = format!(
            "$ kubectl describe svc web -n shop\nName:  web\nNamespace:  shop\nLabels:  <none>\nAnnotations:  <none>\nSelector:  app=web,tier=a\nType:  ClusterIP\nIP:  10.0.0.9\nPort:  {ports}\nTargetPort:  {target}\nEndpoints:  10.1.0.1:8080,10.1.0.2:8080,10.1.0.3:8080 + 2 more...\nSession Affinity:  None\nInternal Traffic Policy:  Cluster\nTraffic Distribution:  PreferClose\nEvents:  <none>\n$ exit\n"
        );
        let service = json_of(&transcript(&text), Kind::Service, "web");
        assert_eq!(at(&service, "/spec/ports/0/port"), &json!(80));
        assert_eq!(at(&service, "/spec/selector"), &json!({ "app": "web", "tier": "a" }));
        assert_eq!(at(&service, "/spec/trafficDistribution"), &json!("PreferClose"));
    }
    for node in ["Ready,SchedulingDisabled   <none>", "Ready,SchedulingDisabled   worker"] {
        let text = format!(
            "NAME   STATUS                     ROLES    AGE    VERSION\nn1     {node}   110d   v1.31.2\n"
        );
        let node = json_of(&transcript(&text), Kind::Node, "n1");
        assert_eq!(at(&node, "/spec/unschedulable"), &json!(true));
    }
}

const MANIFESTS: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 3\n  template:\n    spec:\n      imagePullSecrets:\n      - name: regcred\n      containers:\n      - name: server\n        image: web:2.0\n        securityContext:\n          runAsNonRoot: true\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: shop\ndata:\n  mode: x\n";

fn folder() -> Folder {
    Folder::new(&[
        ("kubectl.txt", INCIDENT),
        ("manifests.yaml", MANIFESTS),
        ("connectivity.txt", "web:80 failed\ndata:5432 open\n"),
        (
            "systemctl/worker-1/kubelet.txt",
            "Service: kubelet\nNode: worker-1\nStatus: ● kubelet.service - Kubelet\n     Active: inactive (dead) since Fri 2024-05-10 13:00:00 CST; 1h ago\n\nMay 10 13:00:00 worker-1 kubelet[1]: --token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk\n",
        ),
        (
            "alerts.json",
            r#"{"status":"firing","alerts":[{"type":"Service","name":"web","status":"ABNORMAL","evidence":["slow"]}]}"#,
        ),
        ("metrics.csv", "time,web-api-cpu\n2024-05-10 14:00:00,0.5\n"),
        ("logs/web.previous.log", "panic: no database\n"),
        ("error-logs/web.json", r#"{"patterns":[{"count":2,"sample":"no database"}]}"#),
    ])
}

#[test]
fn manifests_fill_what_pages_cannot_show_and_overwrite_nothing() {
    let snapshot = folder().open();
    let web = json_of(&snapshot, Kind::Deployment, "web");
    assert_eq!(at(&web, "/spec/replicas"), &json!(1));
    assert_eq!(at(&web, "/spec/template/spec/containers/0/image"), &json!("web:1.2"));
    assert_eq!(at(&web, "/spec/template/spec/imagePullSecrets"), &json!([{ "name": "regcred" }]));
    assert_eq!(
        at(&web, "/spec/template/spec/containers/0/securityContext/runAsNonRoot"),
        &json!(true)
    );
    let pod = json_of(&snapshot, Kind::Pod, POD);
    assert_eq!(at(&pod, "/spec/imagePullSecrets"), &json!([{ "name": "regcred" }]));
    let settings = snapshot.answer(&Question::get(Kind::ConfigMap, Some("shop"), "settings"));
    assert_eq!(settings, Reply::Absent, "it was listed, and is not there");
}

#[test]
fn a_manifest_tells_the_hosts_of_a_secret_only_where_its_page_has_the_same_lengths() {
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\nstringData:\n  DB_HOST: ledger-db\n  DB_PORT: '3307'\n  DB_PASSWORD: hunter2\n";
    let kept = |password: usize| {
        let page = format!(
            "$ kubectl describe secret db -n shop\nName:  db\nNamespace:  shop\nType:  Opaque\nData\n====\nDB_HOST:  9 bytes\nDB_PASSWORD:  {password} bytes\nDB_PORT:  4 bytes\n$ exit\n"
        );
        let folder = Folder::new(&[("kubectl.txt", &page), ("manifests.yaml", manifest)]);
        let secret = folder.open().answer(&Question::get(Kind::Secret, Some("shop"), "db"));
        let Reply::Object(secret) = secret else { panic!("{secret:?}") };
        assert!(!secret.json().to_string().contains("hunter2"));
        let keys = secret.seal().unwrap().keys.into_iter();
        keys.filter_map(|key| key.address).collect::<Vec<_>>()
    };
    assert_eq!(kept(7), ["ledger-db", "3307"]);
    assert_eq!(kept(8), [""; 0], "another password was set since");
}

#[test]
fn what_stands_beside_a_transcript_answers_questions_of_its_own() {
    let folder = folder();
    let snapshot = folder.open();
    let shop = || "shop".to_owned();
    let Reply::Reach(reach) = snapshot.answer(&Question::Reach { namespace: shop() }) else {
        panic!()
    };
    assert_eq!(reach.iter().filter(|reach| reach.open).count(), 1);
    let node = Question::NodeServices { node: "worker-1".into() };
    let Reply::NodeServices(services) = snapshot.answer(&node) else { panic!() };
    assert_eq!((&*services[0].name, &*services[0].state), ("kubelet", "inactive"));
    assert_eq!(services[0].since, "2024-05-10T11:00:00Z".parse().ok());
    assert!(!format!("{services:?}").contains("eyJ"), "{services:?}");
    let Reply::Alerts(alerts) = snapshot.answer(&Question::Alerts { namespace: shop() }) else {
        panic!()
    };
    assert_eq!((alerts[0].subject.as_deref(), &*alerts[0].evidence[0]), (Some("web"), "slow"));
    let Reply::Series(series) = snapshot.answer(&Question::Series { namespace: shop() }) else {
        panic!()
    };
    assert_eq!(
        (&*series[0].subject, series[0].points[0].0),
        ("web-api", "2024-05-10T12:00:00Z".parse().unwrap())
    );
    let logged = Question::LoggedErrors { namespace: shop() };
    let Reply::LoggedErrors(logged) = snapshot.answer(&logged) else { panic!() };
    assert_eq!((&*logged[0].subject, &*logged[0].lines), ("web", &["no database".to_owned()][..]));
    let pod = evidence::ObjectRef::new(Kind::Pod, Some("shop"), POD);
    let log = |previous| match snapshot.answer(&Question::Log {
        pod: pod.clone(),
        container: "server".into(),
        previous,
    }) {
        Reply::Log(log) => (log.lines.join("\n"), log.cut),
        other => panic!("{other:?}"),
    };
    assert_eq!(log(true), ("panic: no database".to_owned(), false));
    assert_eq!(log(false), ("no database".to_owned(), true));
}

#[test]
fn a_recording_of_a_transcript_reads_back_the_same() {
    let snapshot = folder().open();
    let meta = Meta::new(RecordingKind::Snapshot, snapshot.clock().now, "incident");
    let mut bytes = Vec::new();
    Recording::write(snapshot.replies(), &meta, &mut bytes).unwrap();
    let back = Snapshot::read(&bytes[..], &Options::default()).unwrap();
    for (question, reply) in snapshot.replies().iter() {
        assert_eq!(&back.answer(question), reply, "{question}");
    }
}

/// A job and a pod of two containers, as lists and pages of kubectl 1.37 show them.
const OF_CONTAINERS: &str = "\
$ kubectl -n shop get events
LAST SEEN   TYPE      REASON      OBJECT       MESSAGE
9s          Normal    Killing     pod/web-0    Container web failed liveness probe, will be restarted
5s          Warning   Unhealthy   pod/web-0    Liveness probe failed: connection refused
4s          Normal    Scheduled   pod/one-0    Successfully assigned shop/one-0 to node-1
3s          Warning   BackOff     pod/one-0    Back-off pulling image
2s          Warning   BackoffLimitExceeded   job/import   Job has reached the specified backoff limit
$ kubectl -n shop get jobs
NAME     STATUS   COMPLETIONS   DURATION   AGE
import   Failed   0/1           4m45s      4m45s
done     Complete   1/1           5s      4m45s
$ kubectl -n shop describe pod one-0
Name:             one-0
Namespace:        shop
Containers:
  app:
    Image:         a
Events:
  Type     Reason   Age   From     Message
  ----     ------   ----  ----     -------
  Warning  Failed   12s   kubelet  spec.containers{app}: Error: no command specified
$ kubectl -n shop logs one-0 -c app --tail=3
one
two
$ kubectl -n shop logs web-0 -c web --tail=2
one
two
$
";

#[test]
fn an_event_tells_its_container_by_its_page_its_words_or_the_only_one_of_its_pod() {
    let Reply::Objects(events) =
        transcript(OF_CONTAINERS).answer(&Question::list(Kind::Event, Some("shop")))
    else {
        panic!()
    };
    let mut told: Vec<(&str, &str)> = events
        .items
        .iter()
        .filter_map(|event| event.event())
        .map(|event| (&*event.message, event.container().unwrap_or("none")))
        .map(|(message, container)| (message.split(' ').next().unwrap_or_default(), container))
        .collect();
    told.sort_unstable();
    let expected = [
        ("Back-off", "app"),
        ("Container", "web"),
        ("Error:", "app"),
        ("Job", "none"),
        ("Liveness", "none"),
        ("Successfully", "none"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_job_has_failed_by_its_row_and_for_the_reason_of_its_event() {
    let snapshot = transcript(OF_CONTAINERS);
    let condition =
        |job: &str| at(&json_of(&snapshot, Kind::Job, job), "/status/conditions/0").clone();
    let failed = condition("import");
    assert_eq!(
        (&failed["type"], &failed["reason"]),
        (&json!("Failed"), &json!("BackoffLimitExceeded"))
    );
    assert_eq!(condition("done"), json!({ "type": "Complete", "status": "True" }));
}

#[test]
fn a_log_is_cut_only_where_it_has_as_many_lines_as_were_asked_for() {
    let snapshot = transcript(OF_CONTAINERS);
    let cut = |pod: &str, container: &str| {
        let pod = evidence::ObjectRef::new(Kind::Pod, Some("shop"), pod);
        let question = Question::Log { pod, container: container.to_owned(), previous: false };
        match snapshot.answer(&question) {
            Reply::Log(log) => log.cut,
            other => panic!("{other:?}"),
        }
    };
    assert!(!cut("one-0", "app") && cut("web-0", "web"));
}

#[test]
fn a_container_that_waits_to_start_has_no_log() {
    let text = "$ kubectl -n shop logs one-0 -c app\nError from server (BadRequest): container \"app\" in pod \
                \"one-0\" is waiting to start: ContainerCreating\n$\n";
    let snapshot = transcript(
        &format!("{OF_CONTAINERS}{text}")
            .replace("logs one-0 -c app --tail=3\none\ntwo", "version"),
    );
    let pod = evidence::ObjectRef::new(Kind::Pod, Some("shop"), "one-0");
    let question = Question::Log { pod, container: "app".to_owned(), previous: false };
    assert_eq!(snapshot.answer(&question), Reply::Absent);
}

#[test]
fn the_events_of_a_page_without_its_head_are_of_the_object_that_was_described() {
    let text = "$ kubectl -n shop describe pod web-0 | tail -4\n\
        Events:\n  Type     Reason  Age  From     Message\n  ----     ------  ---- ----     -------\n  \
        Warning  Failed  12s  kubelet  Error: ErrImagePull\n$\n";
    let snapshot = transcript(text);
    let Reply::Objects(events) = snapshot.answer(&Question::list(Kind::Event, Some("shop"))) else {
        panic!()
    };
    assert_eq!(events.missing.as_ref().map(|one| one.kind), Some(UnseenKind::Truncated));
    let event = events.items[0].event().unwrap();
    assert_eq!((&*event.regarding.name, &*event.message), ("web-0", "Error: ErrImagePull"));
}

#[test]
fn rows_without_their_heading_are_read_of_whom_the_command_names() {
    let row = "web-7d5f8c7b9d-k2x8p   0/1     ImagePullBackOff   0             12m";
    for (command, whole) in [
        ("kubectl get pods -n shop | grep web", false),
        ("kubectl get pods -n shop --no-headers", true),
        ("sudo k3s kubectl get pods -n shop --no-headers", true),
        ("minikube kubectl -- get pods -n shop --no-headers", true),
    ] {
        let snapshot = transcript(&format!("$ {command}\n{row}\n$ ls\n"));
        let Reply::Objects(pods) = snapshot.answer(&Question::list(Kind::Pod, Some("shop"))) else {
            panic!("{command}")
        };
        assert_eq!(pods.items[0].row().unwrap().waiting_reason(), Some("ImagePullBackOff"));
        assert_eq!(pods.missing.is_none(), whole, "{command}: {:?}", pods.missing);
    }
}
