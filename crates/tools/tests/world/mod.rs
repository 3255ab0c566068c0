//! A small cluster for the tests: the objects that an API server would serve, and what it refuses.

#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{
    Inquiry, Kind, Listing, Object, ObjectRef, Question, Replies, Reply, Time, Unseen, UnseenKind,
    Value,
};
use serde_json::{Value as Json, json};
use tools::{Argument, Arguments};

/// The clock of every test.
pub const NOW: &str = "2026-11-20T14:08:00Z";

pub fn now() -> Time {
    NOW.parse().expect("a time")
}

pub fn object(json: Json) -> Arc<Object> {
    Arc::new(Object::admit(json).expect("an object"))
}

/// Objects that can be asked for one by one and by list, and the questions that are refused.
#[derive(Default)]
pub struct World {
    objects: Vec<Arc<Object>>,
    given: BTreeMap<Question, Reply>,
}

impl World {
    pub fn of(objects: impl IntoIterator<Item = Json>) -> World {
        World { objects: objects.into_iter().map(object).collect(), given: BTreeMap::new() }
    }

    pub fn replying(mut self, question: Question, reply: Reply) -> World {
        self.given.insert(question, reply);
        self
    }

    pub fn unseen(self, question: Question, kind: UnseenKind) -> World {
        let unseen = Unseen::new(kind, &question, "as the test has it");
        self.replying(question, Reply::Unseen(unseen))
    }

    fn answer(&self, question: &Question) -> Reply {
        if let Some(reply) = self.given.get(question) {
            return reply.clone();
        }
        match question {
            Question::Get { object } => {
                let found = self.objects.iter().find(|one| one.reference() == object);
                found.map_or(Reply::Absent, |found| Reply::Object(Arc::clone(found)))
            }
            Question::List { kind, namespace } => list(self.all(|one| {
                one.kind == *kind && (namespace.is_none() || one.namespace == *namespace)
            })),
            Question::EventsOf { object } => list(
                self.all(|one| one.kind == Kind::Event)
                    .into_iter()
                    .filter(|event| event.event().is_some_and(|event| event.regarding == *object))
                    .collect(),
            ),
            Question::Namesakes { kind, name } => Reply::Namesakes(Arc::new(
                self.all(|one| one.kind == *kind && one.name == *name)
                    .iter()
                    .map(|one| one.reference().clone())
                    .collect(),
            )),
            _ => Reply::Absent,
        }
    }

    fn all(&self, is: impl Fn(&ObjectRef) -> bool) -> Vec<Arc<Object>> {
        self.objects.iter().filter(|one| is(one.reference())).cloned().collect()
    }

    /// Runs a tool as a driver does, and says what was asked.
    pub fn asked(&self, tool: &str, arguments: &[(&str, Argument)]) -> (Value, BTreeSet<Question>) {
        let mut replies = Replies::new(now());
        let asked = self.ask_into(&mut replies, tool, arguments);
        (asked.0, asked.1)
    }

    /// The same over the replies of calls before it.
    pub fn ask_into(
        &self,
        replies: &mut Replies,
        tool: &str,
        arguments: &[(&str, Argument)],
    ) -> (Value, BTreeSet<Question>) {
        let tool = tools::find(tool).expect("a tool");
        let named: Vec<(String, Argument)> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let arguments = Arguments::bind(tool, &[], &named).expect("a right call");
        let mut asked = BTreeSet::new();
        for _ in 0..10 {
            let inquiry = Inquiry::new(replies);
            let result = (tool.run)(&arguments, &inquiry);
            let open = inquiry.into_open();
            match result {
                Ok(value) => {
                    assert!(open.is_empty(), "a finished tool left questions open: {open:?}");
                    return (value, asked);
                }
                Err(_) => assert!(!open.is_empty(), "a tool that waits for nothing"),
            }
            for question in open {
                let reply = self.answer(&question);
                replies.insert(question.clone(), reply);
                asked.insert(question);
            }
        }
        panic!("{} asks without end", tool.name);
    }

    /// The facts as JSON.
    pub fn run(&self, tool: &str, arguments: &[(&str, Argument)]) -> Json {
        self.asked(tool, arguments).0.to_json()
    }

    /// The facts of a tool about the pod of these tests.
    pub fn on_pod(&self, tool: &str) -> Json {
        self.run(tool, &on_pod())
    }
}

pub fn on_pod() -> Vec<(&'static str, Argument)> {
    vec![("pod", "checkout-7c9f-x2x".into()), ("namespace", "shop".into())]
}

pub fn list(items: Vec<Arc<Object>>) -> Reply {
    Reply::Objects(Arc::new(Listing { items, missing: None }))
}

pub fn partial(items: Vec<Json>, kind: UnseenKind, what: &str) -> Reply {
    let items = items.into_iter().map(object).collect();
    let missing = Some(Unseen::new(kind, what, "as the test has it"));
    Reply::Objects(Arc::new(Listing { items, missing }))
}

pub fn the_pod() -> ObjectRef {
    ObjectRef::new(Kind::Pod, Some("shop"), "checkout-7c9f-x2x")
}

pub fn get_pod() -> Question {
    Question::Get { object: the_pod() }
}

pub fn events_of_pod() -> Question {
    Question::EventsOf { object: the_pod() }
}

/// The sort of an unknown fact.
pub fn unseen(json: &Json) -> &str {
    json.pointer("/unseen/kind").and_then(Json::as_str).unwrap_or_else(|| panic!("known: {json}"))
}

pub const IMAGE: &str = "registry.example.com/shop/checkout:1.4.3";
pub const NOT_FOUND: &str = "Failed to pull image \"registry.example.com/shop/checkout:1.4.3\": rpc error: code = NotFound desc = failed to pull and unpack image \"registry.example.com/shop/checkout:1.4.3\": failed to resolve reference \"registry.example.com/shop/checkout:1.4.3\": registry.example.com/shop/checkout:1.4.3: not found";
pub const NO_HOST: &str = "Failed to pull image \"registry.nowhere.example/app/web:1\": failed to pull and unpack image \"registry.nowhere.example/app/web:1\": failed to resolve reference \"registry.nowhere.example/app/web:1\": failed to do request: Head \"https://registry.nowhere.example/v2/app/web/manifests/1\": dial tcp: lookup registry.nowhere.example on 10.255.255.53:53: no such host";

/// A pod that cannot pull its image, as a kubelet 1.34 reports it.
pub fn pod() -> Json {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "checkout-7c9f-x2x", "generateName": "checkout-7c9f-", "namespace": "shop",
            "uid": "b7d1", "resourceVersion": "4711",
            "creationTimestamp": "2026-11-20T14:02:00Z",
            "labels": { "app": "checkout", "pod-template-hash": "7c9f" },
            "ownerReferences": [ { "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "name": "checkout-7c9f", "uid": "a1", "controller": true,
                "blockOwnerDeletion": true } ],
        },
        "spec": {
            "containers": [ {
                "name": "server", "image": IMAGE, "imagePullPolicy": "IfNotPresent",
                "ports": [ { "name": "http", "containerPort": 8080, "protocol": "TCP" } ],
                "readinessProbe": { "httpGet": { "path": "/ready", "port": "http", "scheme": "HTTP" },
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1,
                    "failureThreshold": 3 },
                "resources": { "requests": { "cpu": "100m", "memory": "128Mi" },
                    "limits": { "memory": "128Mi" } },
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            } ],
            "imagePullSecrets": [ { "name": "regcred" } ],
            "restartPolicy": "Always", "nodeName": "worker-3",
            "serviceAccountName": "checkout", "serviceAccount": "checkout",
            "enableServiceLinks": true, "priority": 0, "preemptionPolicy": "PreemptLowerPriority",
        },
        "status": {
            "phase": "Pending", "qosClass": "Burstable", "hostIP": "10.0.0.3",
            "startTime": "2026-11-20T14:02:00Z",
            "conditions": [
                { "type": "PodReadyToStartContainers", "status": "True", "lastProbeTime": null,
                    "lastTransitionTime": "2026-11-20T14:02:02Z" },
                { "type": "Initialized", "status": "True", "lastProbeTime": null,
                    "lastTransitionTime": "2026-11-20T14:02:00Z" },
                { "type": "Ready", "status": "False", "lastProbeTime": null,
                    "lastTransitionTime": "2026-11-20T14:02:00Z", "reason": "ContainersNotReady",
                    "message": "containers with unready status: [server]" },
                { "type": "PodScheduled", "status": "True", "lastProbeTime": null,
                    "lastTransitionTime": "2026-11-20T14:02:00Z" },
            ],
            "containerStatuses": [ waiting("server", IMAGE, "ImagePullBackOff",
                &format!("Back-off pulling image \"{IMAGE}\": ErrImagePull: {}",
                    NOT_FOUND.split_once(": ").expect("a cause").1)) ],
        },
    })
}

/// The same as an older kubelet reports it, whose back-off message holds no cause.
pub fn old_pod() -> Json {
    let mut pod = pod();
    let message = format!("Back-off pulling image \"{IMAGE}\"");
    pod["status"]["containerStatuses"][0] = waiting("server", IMAGE, "ImagePullBackOff", &message);
    pod
}

pub fn waiting(name: &str, image: &str, reason: &str, message: &str) -> Json {
    json!({ "name": name, "image": image, "imageID": "", "ready": false, "restartCount": 0,
        "started": false, "lastState": {},
        "state": { "waiting": { "reason": reason, "message": message } } })
}

pub fn running(name: &str, image: &str, since: &str) -> Json {
    json!({ "name": name, "image": image, "imageID": format!("{image}@sha256:{}", "0".repeat(64)),
        "containerID": "containerd://c0ffee", "ready": true, "restartCount": 0, "started": true,
        "lastState": {}, "state": { "running": { "startedAt": since } } })
}

/// An event of the kubelet about the pod of these tests.
pub fn event(name: &str, reason: &str, message: &str, last: &str, count: i64) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": { "name": name, "namespace": "shop", "creationTimestamp": "2026-11-20T14:02:05Z" },
        "involvedObject": { "kind": "Pod", "namespace": "shop", "name": "checkout-7c9f-x2x",
            "uid": "b7d1", "apiVersion": "v1", "fieldPath": "spec.containers{server}" },
        "type": if reason == "Pulled" || reason == "Pulling" { "Normal" } else { "Warning" },
        "reason": reason, "message": message,
        "source": { "component": "kubelet", "host": "worker-3" },
        "firstTimestamp": "2026-11-20T14:02:05Z", "lastTimestamp": last, "count": count,
        "reportingComponent": "kubelet", "reportingInstance": "worker-3",
    })
}

/// The events of a pull that fails: the cause, and what only says that it failed.
pub fn failing(message: &str) -> Vec<Json> {
    vec![
        event("e1", "Failed", message, "2026-11-20T14:05:31Z", 5),
        event("e2", "Failed", "Error: ErrImagePull", "2026-11-20T14:05:31Z", 5),
        event(
            "e3",
            "BackOff",
            &format!("Back-off pulling image \"{IMAGE}\""),
            "2026-11-20T14:07:58Z",
            14,
        ),
        event("e4", "Failed", "Error: ImagePullBackOff", "2026-11-20T14:07:58Z", 14),
        event("e0", "Pulling", &format!("Pulling image \"{IMAGE}\""), "2026-11-20T14:05:30Z", 5),
    ]
}

/// Adds an item to a list of JSON.
pub fn add(list: &mut Json, item: Json) {
    list.as_array_mut().expect("a list").push(item);
}

/// A pod whose container was killed for its memory and waits to start again.
pub fn crashed() -> Json {
    let mut pod = pod();
    pod["status"]["phase"] = json!("Running");
    pod["status"]["containerStatuses"][0] = json!({
        "name": "server", "image": IMAGE, "imageID": "registry.example.com/shop/checkout@sha256:1",
        "ready": false, "started": false, "restartCount": 4,
        "state": { "waiting": { "reason": "CrashLoopBackOff",
            "message": "back-off 1m20s restarting failed container=server pod=checkout-7c9f-x2x_shop(b7d1)" } },
        "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled",
            "startedAt": "2026-11-20T14:06:00Z", "finishedAt": "2026-11-20T14:06:30Z" } },
    });
    pod
}
