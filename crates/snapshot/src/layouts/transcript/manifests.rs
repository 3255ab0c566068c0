//! `manifests.yaml`: what somebody wished, which fills what the transcript cannot show.
//!
//! A manifest adds to an object that is there, and only fields that the object's page cannot show
//! (`kubectl describe` does not print affinity). What the cluster shows is never overwritten. An
//! object that stands in manifests alone is none of the cluster's where its kind was listed.

use std::collections::BTreeMap;

use evidence::{Kind, Object, ObjectRef, Question, Unseen, UnseenKind};
use serde_json::{Value as Json, json};

use super::pool::{Exactness, Pool};
use super::reader::Reader;
use crate::documents;
use crate::intake::{Claim, Intake};
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

const MANIFESTS: &str = "manifests.yaml";

/// Reads the manifests beside a transcript, and fills its objects with them.
pub(super) fn fill(branch: &Branch<'_>, reader: &mut Reader<'_>, intake: &mut Intake) {
    if !branch.has(MANIFESTS) {
        return;
    }
    let bytes = match branch.read(MANIFESTS) {
        Ok(bytes) => bytes,
        Err(why) => return intake.notes.take(NoteKind::Broken, MANIFESTS, why),
    };
    let parsed = documents::parse(&text::decode(&bytes).text);
    for flaw in &parsed.flaws {
        intake.notes.take(NoteKind::Broken, MANIFESTS, flaw);
    }
    let namespace = reader.namespace();
    for document in parsed.sound {
        let items = match document.json {
            Json::Object(mut list) if list.get("kind").and_then(Json::as_str) == Some("List") => {
                list.get_mut("items")
                    .and_then(Json::as_array_mut)
                    .map(std::mem::take)
                    .unwrap_or_default()
            }
            one => vec![one],
        };
        for manifest in items {
            one(manifest, namespace.as_deref(), reader, intake);
        }
    }
    pass_on(&mut reader.pool);
}

fn one(mut manifest: Json, fallback: Option<&str>, reader: &mut Reader<'_>, intake: &mut Intake) {
    let word = |at: &str| manifest.pointer(at).and_then(Json::as_str).map(str::trim);
    let kind = Kind::of(word("/apiVersion").unwrap_or_default(), word("/kind").unwrap_or_default());
    let (Some(kind), Some(name)) = (kind, word("/metadata/name")) else { return };
    let namespace = word("/metadata/namespace").or(fallback).map(str::to_owned);
    let object = ObjectRef::new(kind, namespace.as_deref(), name);
    // Whether a secret has the values of a manifest nobody can tell.
    if kind == Kind::Secret {
        return;
    }
    if let Some(draft) = reader.pool.drafts.get_mut(&object) {
        let unshown = draft.unshown;
        merge(&mut draft.json, manifest, "", unshown);
    } else if !reader.pool.is_whole(kind, object.namespace.as_deref())
        && kind != Kind::Pod
        && !reader.was_listed(kind)
    {
        if let Some(fields) = manifest.as_object_mut() {
            fields.remove("status");
        }
        let at = "/metadata/annotations";
        if manifest.pointer(at).is_none() {
            super::fields::put(&mut manifest, "metadata/annotations", json!({}));
        }
        let why = "it stands in the manifests; nothing shows whether the cluster has it";
        let question = Question::list(kind, object.namespace.as_deref());
        let unseen = Unseen::new(UnseenKind::NotCaptured, question, why);
        intake.claim(kind, object.namespace.as_deref(), Claim::Part(unseen));
        reader.pool.take(
            0,
            object,
            manifest,
            Exactness::Page,
            &["/status", "/metadata/uid", "/metadata/creationTimestamp"],
            None,
        );
    }
}

/// Adds the fields that the live object's page cannot show.
fn merge(live: &mut Json, wished: Json, at: &str, unshown: &[&str]) {
    match (live, wished) {
        (Json::Object(live), Json::Object(wished)) => {
            for (name, value) in wished {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                match live.get_mut(&name) {
                    Some(present) => merge(present, value, &at, unshown),
                    None if Object::is_under(&at, unshown) => {
                        live.insert(name, value);
                    }
                    None if unshown.iter().any(|field| may_hold(&at, field)) => {
                        let mut part = Json::Null;
                        merge_new(&mut part, value, &at, unshown);
                        if !part.is_null() {
                            live.insert(name, part);
                        }
                    }
                    None => {}
                }
            }
        }
        (Json::Array(live), Json::Array(wished)) => {
            let name = |json: &Json| json.get("name").and_then(Json::as_str).map(str::to_owned);
            let mut by_name: BTreeMap<String, Json> =
                wished.into_iter().filter_map(|item| Some((name(&item)?, item))).collect();
            for (index, item) in live.iter_mut().enumerate() {
                if let Some(wished) = name(item).and_then(|name| by_name.remove(&name)) {
                    merge(item, wished, &format!("{at}/{index}"), unshown);
                }
            }
        }
        _ => {}
    }
}

/// The part of a wished field that the page cannot show.
fn merge_new(part: &mut Json, wished: Json, at: &str, unshown: &[&str]) {
    let Json::Object(wished) = wished else { return };
    for (name, value) in wished {
        let at = format!("{at}/{name}");
        if Object::is_under(&at, unshown) {
            super::fields::put(part, &name, value);
        }
    }
}

/// Whether a field that is not shown stands somewhere below a place.
fn may_hold(at: &str, field: &str) -> bool {
    field.strip_prefix(at).is_some_and(|rest| rest.starts_with('/'))
}

/// Gives what a workload's template has to the pods that were made of it, and to its replica set.
fn pass_on(pool: &mut Pool) {
    let mut templates: BTreeMap<ObjectRef, Json> = BTreeMap::new();
    for (object, draft) in &pool.drafts {
        let Some(template) = draft.json.pointer("/spec/template/spec") else { continue };
        if object.kind == Kind::Deployment {
            let newest = draft.json.pointer("/tsg.dev/newReplicaSet").and_then(Json::as_str);
            let set = newest
                .map(|name| ObjectRef::new(Kind::ReplicaSet, object.namespace.as_deref(), name));
            templates.extend(set.map(|set| (set, template.clone())));
        } else if object.kind != Kind::ReplicaSet {
            templates.insert(object.clone(), template.clone());
        }
    }
    for (object, draft) in &mut pool.drafts {
        let unshown = draft.unshown;
        if object.kind == Kind::ReplicaSet
            && let Some(template) = templates.get(object)
            && let Some(live) = draft.json.pointer_mut("/spec/template/spec")
        {
            merge(live, template.clone(), "/spec/template/spec", unshown);
        }
        if object.kind != Kind::Pod {
            continue;
        }
        let owner = draft.json.pointer("/metadata/ownerReferences/0");
        let word = |key: &str| owner.and_then(|owner| owner.get(key)).and_then(Json::as_str);
        let Some((kind, name)) = word("kind").and_then(Kind::parse).zip(word("name")) else {
            continue;
        };
        let owner = ObjectRef::new(kind, object.namespace.as_deref(), name);
        if let (Some(template), Some(live)) = (templates.get(&owner), draft.json.get_mut("spec")) {
            merge(live, template.clone(), "/spec", unshown);
        }
    }
}
