//! What holds for every tool: its manual, its arguments, its economy, its robustness.

mod world;

use std::collections::BTreeSet;

use evidence::{Kind, Object, Question, RecordShape, Replies, Shape, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tools::{ALL, Argument, Arguments, Tool};
use world::*;

/// Every record that a tool can return.
fn records(shape: &'static RecordShape, into: &mut Vec<&'static RecordShape>) {
    if into.contains(&shape) {
        return;
    }
    into.push(shape);
    for field in shape.fields {
        let mut shape = (field.shape)();
        while let Shape::List(inner) | Shape::Map(inner) | Shape::Nullable(inner) = shape {
            shape = inner();
        }
        if let Shape::Record(inner) = shape {
            records(inner, into);
        }
    }
}

#[test]
fn no_fact_is_undocumented() {
    for tool in ALL {
        let mut all = Vec::new();
        records(tool.facts, &mut all);
        for record in all {
            assert!(!record.doc.concat().trim().is_empty(), "{}", record.name);
            for field in record.fields {
                let doc = field.doc.concat();
                assert!(doc.trim().len() > 5, "{}.{}", record.name, field.name);
                assert!(!field.name.contains('#'), "{}.{}", record.name, field.name);
                if field.name.ends_with("_seconds") {
                    assert!(doc.contains("seconds"), "{}.{} has no unit", record.name, field.name);
                }
            }
        }
    }
}

#[test]
fn records_of_one_name_have_one_shape() {
    // Shapes are compared by name, so two of one name would be taken for each other.
    let mut all: Vec<&RecordShape> = Vec::new();
    for tool in ALL {
        let mut own = Vec::new();
        records(tool.facts, &mut own);
        for record in own {
            let names =
                |one: &RecordShape| -> Vec<&str> { one.fields.iter().map(|f| f.name).collect() };
            let same = all.iter().find(|other| other.name == record.name);
            assert!(same.is_none_or(|other| names(other) == names(record)), "{}", record.name);
            all.push(record);
        }
    }
}

#[test]
fn a_manual_tells_every_argument_permission_and_fact() {
    for tool in ALL {
        let manual = tool.manual();
        assert!(manual.starts_with(&format!("# {}\n", tool.name)));
        for part in ["## Absence", "## Example", "```text", "```json", "## Arguments", "## Facts"] {
            assert!(manual.contains(part), "{}: {part}", tool.name);
        }
        assert!(manual.contains(&format!(" = {}(", tool.name)), "{}: an example call", tool.name);
        for parameter in tool.parameters {
            assert!(manual.contains(&format!("| `{}` |", parameter.name)));
        }
        for access in tool.permissions {
            assert!(manual.contains(&format!("| {} | {}", access.verb, access.resource)));
            assert!(["get", "list"].contains(&access.verb), "tools only read");
        }
        let mut all = Vec::new();
        records(tool.facts, &mut all);
        for field in all.iter().flat_map(|record| record.fields) {
            assert!(manual.contains(&format!("| `{}` |", field.name)), "{}", field.name);
        }
        assert!(!tool.summary().is_empty() && !manual.contains("//!"));
    }
}

/// The example of facts on a page names only facts that there are.
#[test]
fn the_examples_of_facts_are_of_the_declared_facts() {
    fn check(tool: &str, json: &Json, record: &'static RecordShape) {
        for (name, value) in json.as_object().expect("an object") {
            let field = record.field(name).unwrap_or_else(|| panic!("{tool}: no fact `{name}`"));
            let mut shape = (field.shape)();
            while let Shape::List(inner) | Shape::Nullable(inner) = shape {
                shape = inner();
            }
            if let Shape::Record(inner) = shape {
                let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                items
                    .iter()
                    .filter(|item| item.is_object())
                    .for_each(|item| check(tool, item, inner));
            }
        }
    }
    for tool in ALL {
        let page = tool.description();
        let (_, rest) = page.split_once("```json\n").expect("an example of facts");
        let (example, _) = rest.split_once("```").expect("its end");
        let json: Json =
            serde_json::from_str(example).unwrap_or_else(|e| panic!("{}: {e}", tool.name));
        check(tool.name, &json, tool.facts);
    }
}

#[test]
fn tools_are_listed_in_order_and_found_by_name() {
    let names: Vec<&str> = ALL.iter().map(|tool| tool.name).collect();
    assert!(names.is_sorted());
    for name in names {
        assert_eq!(tools::find(name).map(|tool| tool.name), Some(name));
    }
    assert!(tools::find("get_everything").is_none());
}

/// Whatever a tool asks, its declaration names the permission.
#[test]
fn a_tool_asks_nothing_that_it_does_not_declare() {
    let mut pod = pod();
    pod["spec"]["nodeName"] = json!("worker-3");
    let world = World::of([pod]);
    for tool in ALL {
        let (_, asked) = world.asked(tool.name, &call(tool));
        for permission in asked.iter().filter_map(Question::permission) {
            assert!(
                tool.permissions.iter().any(|access| access.verb == permission.verb
                    && access.resource == permission.resource
                    && access.group == permission.group),
                "{} asks for {permission}",
                tool.name
            );
        }
    }
}

/// A call with every argument.
fn call(tool: &Tool) -> Vec<(&'static str, Argument)> {
    tool.parameters
        .iter()
        .filter_map(|parameter| {
            let value = match parameter.name {
                "pod" => "checkout-7c9f-x2x".into(),
                "namespace" => "shop".into(),
                "service_account" => "checkout".into(),
                "claim" => "data".into(),
                "hpa" | "budget" | "httproute" | "ingress" => "checkout".into(),
                "node" => "worker-3".into(),
                "secret" => "regcred".into(),
                "service" => "checkout".into(),
                "workload" => "deployment/checkout".into(),
                "image" => IMAGE.into(),
                "platform" | "previous" | "control_plane" => Argument::Bool(true),
                "tail" => Argument::Int(5),
                _ => return None,
            };
            Some((parameter.name, value))
        })
        .collect()
}

#[test]
fn a_diagnosis_of_a_pod_asks_at_most_seven_questions_beside_the_version() {
    let world = World::of([pod()].into_iter().chain(failing(NOT_FOUND)));
    let mut replies = Replies::new(now());
    let mut asked: BTreeSet<Question> = BTreeSet::new();
    for name in [
        "get_pod_diagnostics",
        "get_pod_events",
        "get_image_pull_events",
        "get_service_account_details",
        "get_secret_exists",
        "get_image_reference",
    ] {
        let tool = tools::find(name).expect("a tool");
        let arguments: Vec<_> =
            call(tool).into_iter().filter(|(name, _)| *name != "platform").collect();
        asked.extend(world.ask_into(&mut replies, name, &arguments).1);
    }
    let expected = BTreeSet::from([
        get_pod(),
        events_of_pod(),
        Question::get(Kind::ServiceAccount, Some("shop"), "checkout"),
        Question::get(Kind::Secret, Some("shop"), "regcred"),
        Question::Namesakes { kind: Kind::Secret, name: "regcred".into() },
        Question::list(Kind::Pod, Some("shop")),
        Question::list(Kind::ReplicaSet, Some("shop")),
    ]);
    assert_eq!(asked, expected);
}

#[test]
fn what_a_list_gives_is_not_asked_again() {
    let world = World::of([pod()]);
    let mut replies = Replies::new(now());
    replies.insert(Question::list(Kind::Pod, Some("shop")), list(vec![object(pod())]));
    replies.insert(Question::list(Kind::Event, Some("shop")), list(Vec::new()));
    let (value, asked) = world.ask_into(&mut replies, "get_image_pull_events", &on_pod());
    assert_eq!(asked, BTreeSet::new());
    assert_eq!(value.to_json()["exists"], true);
}

#[test]
fn every_mistake_of_a_call_is_told_at_once() {
    let tool = tools::find("get_pod_logs").expect("a tool");
    let keywords: Vec<(String, Argument)> = [
        ("pod", Argument::Int(5)),
        ("prevoius", Argument::Bool(true)),
        ("zzzzzzzz", Argument::Bool(true)),
        ("tail", "ten".into()),
        ("container", "a".into()),
        ("container", "b".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mistakes = Arguments::bind(tool, &[], &keywords).expect_err("mistakes").join("\n");
    for part in [
        "`pod` of get_pod_logs is a text, not the number 5",
        "no argument `prevoius`: did you mean `previous`?",
        "no argument `zzzzzzzz`: it takes pod, namespace, container, previous, tail",
        "`tail` of get_pod_logs is a number, not the text \"ten\"",
        "`container` of get_pod_logs is given twice",
        "needs `namespace`",
    ] {
        assert!(mistakes.contains(part), "{part}\n-- in --\n{mistakes}");
    }
    let too_many = vec![Argument::from("x"); 6];
    assert!(Arguments::bind(tool, &too_many, &[]).is_err());
    assert!(Arguments::bind(tool, &["".into(), "shop".into()], &[]).is_err());
    let right = Arguments::bind(tool, &["web".into(), "shop".into()], &[]).expect("a right call");
    assert_eq!((right.text("pod"), right.text("container")), (Some("web"), None));
}

/// A JSON value of a wrong type.
fn other() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,40}".prop_map(Json::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, 1, "x", {}, []])),
        Just(json!({ "name": 7 })),
    ]
}

/// The pointers to every place in a value.
fn places(json: &Json, at: &str, into: &mut Vec<String>) {
    let mut step = |key: &str, inner: &Json| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        into.push(place.clone());
        places(inner, &place, into);
    };
    match json {
        Json::Object(map) => map.iter().for_each(|(key, inner)| step(key, inner)),
        Json::Array(list) => {
            list.iter().enumerate().for_each(|(i, inner)| step(&i.to_string(), inner))
        }
        _ => {}
    }
}

/// Changes or drops some places of an object.
fn spoiled(mut json: Json, changes: &[(prop::sample::Index, Option<Json>)]) -> Json {
    for (index, change) in changes {
        let mut all = Vec::new();
        places(&json, "", &mut all);
        if all.is_empty() {
            break;
        }
        let place = &all[index.index(all.len())];
        match change {
            Some(value) => *json.pointer_mut(place).expect("a place") = value.clone(),
            None => {
                let (outer, key) = place.rsplit_once('/').expect("a slash");
                if let Some(Json::Object(map)) = json.pointer_mut(outer) {
                    map.remove(&key.replace("~1", "/").replace("~0", "~"));
                }
            }
        }
    }
    json
}

fn rich_pod() -> Json {
    let mut rich = pod();
    rich["spec"]["initContainers"] =
        json!([ { "name": "fetch", "image": "fetch:1", "restartPolicy": "Always" } ]);
    rich["status"]["initContainerStatuses"] = json!([running("fetch", "fetch:1", NOW)]);
    rich["status"]["containerStatuses"][0]["lastState"] = json!({ "terminated": {
        "exitCode": 137, "reason": "OOMKilled", "startedAt": NOW, "finishedAt": NOW } });
    rich
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_object_of_any_shape_never_makes_a_tool_panic(
        pod_changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(other())), 0..6),
        event_changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(other())), 0..4),
    ) {
        let spoil = |json: Json, changes: &[_]| Object::admit(spoiled(json, changes)).ok().map(|object| object.json().clone());
        let objects = [
            spoil(rich_pod(), &pod_changes),
            spoil(event("e1", "Failed", NOT_FOUND, NOW, 3), &event_changes),
            spoil(event("e2", "Pulled", "Successfully pulled image \"a\" in 1s", NOW, 3), &event_changes),
            spoil(json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": { "name": "checkout-7c9f", "namespace": "shop",
                    "annotations": { "deployment.kubernetes.io/revision": "2" },
                    "ownerReferences": [ { "apiVersion": "apps/v1", "kind": "Deployment",
                        "name": "checkout", "controller": true } ] },
                "spec": { "template": { "spec": { "containers": [ { "name": "server", "image": IMAGE } ] } } } }), &pod_changes),
            spoil(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": "checkout", "namespace": "shop" },
                "spec": { "template": { "spec": { "containers": [ { "name": "server", "image": IMAGE } ] } } } }), &event_changes),
        ];
        let world = World::of(objects.into_iter().flatten());
        for tool in ALL {
            let value = world.asked(tool.name, &call(tool)).0;
            if let Value::Record(record) = &value {
                prop_assert_eq!(record.values.len(), record.shape.fields.len());
            }
            value.to_json();
        }
    }
}
