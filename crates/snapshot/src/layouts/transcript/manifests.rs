//! `manifests.yaml`: what somebody wished, which fills what the transcript cannot show.
//!
//! A manifest adds to an object that is there, and only fields that the object's page cannot show
//! (`kubectl describe` does not print affinity). What the cluster shows is never overwritten. An
//! object that stands in manifests alone is none of the cluster's where its kind was listed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use evidence::{Kind, Object, ObjectRef, Question, SealedKey, Unseen, UnseenKind};
use serde_json::{Map, Value as Json};

use super::fields::put_some;
use super::pool::{Exactness, Pool};
use super::reader::Reader;
use crate::documents::{self, Documents};
use crate::intake::{Claim, Intake};
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

const MANIFESTS: &str = "manifests.yaml";

/// The manifests beside a transcript, where there are any, or why they cannot be read.
pub(super) fn read(branch: &Branch<'_>) -> Option<Result<Documents, String>> {
    let parse = |bytes: Cow<'_, [u8]>| documents::parse(&text::decode(&bytes).text);
    branch.has(MANIFESTS).then(|| branch.read(MANIFESTS).map(parse))
}

/// Fills a transcript's objects with the manifests beside it.
pub(super) fn fill(
    manifests: Result<Documents, String>,
    reader: &mut Reader<'_>,
    intake: &mut Intake,
) {
    let parsed = match manifests {
        Ok(parsed) => parsed,
        Err(why) => return intake.notes.take(NoteKind::Broken, MANIFESTS, why),
    };
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
    if kind == Kind::Secret {
        if let Some(draft) = reader.pool.drafts.get_mut(&object) {
            fill_secret(&mut draft.json, manifest);
        }
        return;
    }
    if let Some(draft) = reader.pool.drafts.get_mut(&object) {
        fill_unshown(&mut draft.json, &manifest, draft.unshown, "");
        draft.is_specified = true;
    } else if !reader.pool.is_whole(kind, object.namespace.as_deref())
        && kind != Kind::Pod
        && !reader.was_listed(kind)
    {
        if let Some(fields) = manifest.as_object_mut() {
            fields.remove("status");
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

/// Adds the hosts and ports of a secret whose values its page withholds. Nobody can tell whether it
/// has the values of a manifest; where a key or a length differs, it has not.
fn fill_secret(live: &mut Json, wished: Json) {
    let Ok(wished) = Object::admit_as(Kind::Secret, wished) else { return };
    let Some(wished) = wished.seal().filter(|seal| seal.withheld.is_none()) else { return };
    let keys = live.pointer_mut("/tsg.dev~1seal/keys").and_then(Json::as_array_mut);
    let Some(keys) = keys.filter(|keys| keys.len() == wished.keys.len()) else { return };
    let namesake = |key: &Json| {
        let same = |own: &&SealedKey| key["name"] == *own.name && key["bytes"] == own.bytes;
        wished.keys.iter().find(same)
    };
    if keys.iter().any(|key| namesake(key).is_none()) {
        return;
    }
    for key in keys {
        let address = namesake(key).and_then(|own| own.address.clone());
        put_some(key, "address", address);
    }
}

/// Adds the fields that the live object's source cannot show.
fn fill_unshown(live: &mut Json, wished: &Json, unshown: &[&str], within: &str) {
    for place in unshown {
        let Some(rest) = place.strip_prefix(within).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let steps: Vec<&str> = rest.split('/').collect();
        fill_at(live, wished, &steps);
    }
}

/// Adds what is wished at a place; `*` stands for the items of a list, found by their names.
fn fill_at(live: &mut Json, wished: &Json, steps: &[&str]) {
    let Some((step, rest)) = steps.split_first() else { return add_missing(live, wished) };
    if *step == "*" {
        let (Some(live), Some(wished)) = (live.as_array_mut(), wished.as_array()) else { return };
        for item in live {
            let name = item.get("name");
            let namesake = wished.iter().find(|one| name.is_some() && one.get("name") == name);
            if let Some(namesake) = namesake {
                fill_at(item, namesake, rest);
            }
        }
        return;
    }
    let (Some(live), Some(wished)) = (live.as_object_mut(), wished.get(*step)) else { return };
    match live.get_mut(*step) {
        Some(present) => fill_at(present, wished, rest),
        None if rest.is_empty() => {
            live.insert((*step).to_owned(), wished.clone());
        }
        None if !rest.contains(&"*") => {
            let mut part = Json::Object(Map::new());
            fill_at(&mut part, wished, rest);
            if part.as_object().is_some_and(|part| !part.is_empty()) {
                live.insert((*step).to_owned(), part);
            }
        }
        None => {}
    }
}

/// Adds the fields that an object lacks. What it has stays.
fn add_missing(live: &mut Json, wished: &Json) {
    let (Some(live), Some(wished)) = (live.as_object_mut(), wished.as_object()) else { return };
    for (name, value) in wished {
        match live.get_mut(name) {
            Some(present) => add_missing(present, value),
            None => {
                live.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Where the specification of pods stands in a workload.
const TEMPLATE: &str = "/spec/template/spec";

/// Gives what a workload's template has to the pods that were made of it, and to its replica set.
fn pass_on(pool: &mut Pool) {
    let mut templates: BTreeMap<ObjectRef, (Json, bool)> = BTreeMap::new();
    for (object, draft) in &pool.drafts {
        let Some(template) = draft.json.pointer(TEMPLATE) else { continue };
        let maker = match object.kind {
            Kind::ReplicaSet => None,
            Kind::Deployment => {
                let newest = draft.json.pointer("/tsg.dev/newReplicaSet").and_then(Json::as_str);
                newest
                    .map(|name| ObjectRef::new(Kind::ReplicaSet, object.namespace.as_deref(), name))
            }
            _ => Some(object.clone()),
        };
        let told = (template.clone(), draft.has_whole_spec());
        templates.extend(maker.map(|maker| (maker, told)));
    }
    for (object, draft) in &mut pool.drafts {
        let (maker, at) = match object.kind {
            Kind::ReplicaSet => (Some(object.clone()), TEMPLATE),
            Kind::Pod => (maker_of(object, &draft.json), "/spec"),
            _ => continue,
        };
        let template = maker.and_then(|maker| templates.get(&maker));
        if let (Some((template, whole)), Some(live)) = (template, draft.json.pointer_mut(at)) {
            fill_unshown(live, template, draft.unshown, at);
            draft.is_specified |= whole;
        }
    }
}

/// What made a pod.
fn maker_of(pod: &ObjectRef, json: &Json) -> Option<ObjectRef> {
    let owner = json.pointer("/metadata/ownerReferences/0")?;
    let kind = Kind::parse(owner.get("kind")?.as_str()?)?;
    Some(ObjectRef::new(kind, pod.namespace.as_deref(), owner.get("name")?.as_str()?))
}
