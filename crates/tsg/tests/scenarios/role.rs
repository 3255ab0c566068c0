//! The role that `tsg rbac` prints is enough, and no more than is declared: with exactly it, every
//! scenario gives the report that it gives without limits.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use apiserver::Rule;
use diagnose::{Book, Investigation, Target};
use evidence::{Kind, Permission, Question, Replies};
use serde_json::Value as Json;

use crate::incident::{Incident, all};
use crate::live::{ask_live, runtime, server};

fn tsg_rbac(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_tsg")).arg("rbac").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A verb on a resource of a group.
type Grant = (String, String, String);

/// What a printed role grants, in the whole cluster and in the one namespace.
#[derive(Default)]
struct Role {
    cluster: BTreeSet<Grant>,
    own: BTreeSet<Grant>,
}

impl Role {
    fn printed(guide: Option<&str>, namespace: Option<&str>) -> Role {
        let mut arguments = vec!["-o", "json"];
        arguments.extend(guide.iter().flat_map(|guide| ["--guide", guide]));
        arguments.extend(namespace.iter().flat_map(|namespace| ["-n", namespace]));
        let document: Json = serde_json::from_str(&tsg_rbac(&arguments)).unwrap();
        let mut role = Role::default();
        for object in document["items"].as_array().unwrap_or(&vec![document.clone()]) {
            let grants = match object["kind"].as_str() {
                Some("ClusterRole") => &mut role.cluster,
                Some("Role") => &mut role.own,
                other => panic!("{other:?}"),
            };
            let words = |rule: &Json, key: &str| -> Vec<String> {
                let list = rule[key].as_array().unwrap().clone();
                list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
            };
            for rule in object["rules"].as_array().unwrap() {
                for verb in words(rule, "verbs") {
                    assert!(["get", "list"].contains(&verb.as_str()), "{rule}");
                    let group = words(rule, "apiGroups").remove(0);
                    grants.insert((verb, group, words(rule, "resources").remove(0)));
                }
            }
        }
        role
    }

    fn covers(&self, question: &Question, namespace: &str) -> bool {
        let Some(Permission { verb, group, resource, namespace: within }) = question.permission()
        else {
            return true;
        };
        let grant = (verb.to_owned(), group.to_owned(), resource.to_owned());
        // A Role can grant `get` of the namespace that it is in.
        let itself = *question == Question::get(Kind::Namespace, None, namespace);
        let own = itself || within.as_deref() == Some(namespace);
        self.cluster.contains(&grant) || (own && self.own.contains(&grant))
    }
}

fn assert_covers(role: &Role, asked: &Replies, incident: &Incident, of: &str) {
    for (question, _) in asked.iter() {
        let covered = role.covers(question, &incident.namespace);
        assert!(covered, "{} · {of}: {question} is not covered", incident.name);
    }
}

#[test]
fn every_question_of_every_scenario_is_covered_by_the_role_for_its_guides() {
    let runtime = runtime();
    let mut roles: BTreeMap<(Option<String>, Option<String>), Role> = BTreeMap::new();
    for incident in all() {
        let server = server(incident);
        for run in &incident.runs {
            let (_, asked) =
                runtime.block_on(ask_live(incident, &incident.investigation(run), &server));
            assert!(!asked.is_empty());
            for namespace in [None, Some(incident.namespace.clone())] {
                let key = (run.guide.clone(), namespace.clone());
                let role = roles
                    .entry(key)
                    .or_insert_with(|| Role::printed(run.guide.as_deref(), namespace.as_deref()));
                assert_covers(role, &asked, incident, run.guide.as_deref().unwrap_or("all guides"));
            }
        }
    }
}

#[test]
fn with_exactly_the_role_every_report_is_the_one_without_limits() {
    let runtime = runtime();
    let mut roles: BTreeMap<Option<String>, Role> = BTreeMap::new();
    for incident in all() {
        for run in &incident.runs {
            let role = roles
                .entry(run.guide.clone())
                .or_insert_with(|| Role::printed(run.guide.as_deref(), None));
            let mut limited = server(incident);
            let logs = std::iter::once(("", "pods/log"));
            // A rule of the server here names no group, and metrics share the plural of pods.
            let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::PodMetrics);
            for (group, resource) in kinds.map(|kind| (kind.group(), kind.plural())).chain(logs) {
                for verb in ["get", "list"] {
                    let grant = (verb.to_owned(), group.to_owned(), resource.to_owned());
                    if !role.cluster.contains(&grant) {
                        limited = limited.with_rule(Rule::on(verb, resource));
                    }
                }
            }
            let investigation = incident.investigation(run);
            let (expected, _) =
                runtime.block_on(ask_live(incident, &investigation, &server(incident)));
            let (report, _) = runtime.block_on(ask_live(incident, &investigation, &limited));
            assert_eq!(report, expected, "{}", incident.name);
        }
    }
}

/// What the comments of the manifest say: for each grant, who needs it.
fn reasons() -> BTreeMap<Grant, BTreeSet<String>> {
    let mut reasons: BTreeMap<Grant, BTreeSet<String>> = BTreeMap::new();
    let (mut group, mut resource, mut who) = (String::new(), String::new(), BTreeSet::new());
    let in_brackets = |line: &str| {
        let (_, rest) = line.split_once('[').unwrap();
        rest.trim_end_matches(']').trim_matches('"').to_owned()
    };
    for line in tsg_rbac(&["--probe"]).lines() {
        let line = line.trim_start();
        if line.starts_with("- apiGroups:") {
            group = in_brackets(line);
        } else if line.starts_with("resources:") {
            resource = in_brackets(line);
        } else if let Some((names, _)) = line.strip_prefix("# ").and_then(|it| it.split_once(": "))
        {
            who.extend(names.split(", ").map(str::to_owned));
        } else if line == "verbs:" {
            who.clear();
        } else if let Some(verb) = line.strip_prefix("- ") {
            let grant = (verb.to_owned(), group.clone(), resource.clone());
            reasons.entry(grant).or_default().append(&mut who);
        }
    }
    reasons
}

#[test]
fn each_rule_names_who_needs_it_and_every_tool_named_declares_it() {
    let reasons = reasons();
    let printed: BTreeSet<Grant> = reasons.keys().cloned().collect();
    assert!(printed.len() >= 20, "{printed:?}");
    assert!(Role::printed(None, None).cluster.is_subset(&printed));
    for ((verb, group, resource), who) in &reasons {
        assert!(!who.is_empty(), "{verb} {resource}: nobody needs it");
        for name in who.iter().filter(|name| !["tsg", "--probe"].contains(&name.as_str())) {
            let tool = tools::find(name).unwrap_or_else(|| panic!("{name} is no tool"));
            let declared = tool
                .permissions
                .iter()
                .any(|one| (one.verb, one.group, one.resource) == (verb, group, resource));
            assert!(declared, "{name} does not declare {verb} {resource}");
        }
    }
}

/// What can be typed after `tsg diagnose` about an incident: every object by its name, names that
/// are not there, namespaces, the cluster.
fn targets(incident: &Incident) -> BTreeSet<String> {
    let mut targets = BTreeSet::new();
    for kind in Kind::ALL.iter().filter(|kind| **kind == Kind::Pod || kind.is_workload()) {
        targets.insert(format!("{kind}/no-such-name"));
    }
    for (_, reply) in incident.files.replies().iter() {
        let evidence::Reply::Objects(listing) = reply else { continue };
        for object in &listing.items {
            let object = object.reference();
            if object.kind == Kind::Pod || object.kind.is_workload() {
                targets.insert(format!("{}/{}", object.kind, object.name));
            }
        }
    }
    targets
}

#[test]
fn what_is_asked_without_any_guide_is_covered_by_the_engines_own_rules() {
    let of_engine = |who: &BTreeSet<String>| who.contains("tsg");
    let reasons = reasons().into_iter().filter(|(_, who)| of_engine(who));
    let role = Role { cluster: reasons.map(|(grant, _)| grant).collect(), ..Role::default() };
    let (runtime, empty) = (runtime(), Book::default());
    for incident in all() {
        let server = server(incident);
        let named = targets(incident);
        let typed = named.iter().map(|text| Target::parse(text, &incident.namespace).unwrap());
        let wide = [&incident.namespace, "no-such-namespace"]
            .map(|name| Target::Namespace(name.to_string()));
        for target in typed.chain(wide).chain([Target::Cluster]) {
            let of = target.to_string();
            let investigation = Investigation::new(&empty, target);
            let (_, asked) = runtime.block_on(ask_live(incident, &investigation, &server));
            assert_covers(&role, &asked, incident, &of);
        }
    }
}
