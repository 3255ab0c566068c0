//! Signals of what bounds a namespace.

use evidence::{Object, Quantity};
use serde_json::Value as Json;

use super::{Sample, Samples::Own, signals};

signals! {
    "kube_resourcequota" [ResourceQuota] ["resource" "type"]
        Own(|quota, _| bounded(quota)),
        "A resource that the quota bounds. Reads `status.hard` and `status.used`, or `spec.hard`.";
    "resourcequota_used_up" [ResourceQuota] ["resource"]
        Own(|quota, _| used_up(quota)),
        "A resource of which the quota has nothing left. Reads `status.hard` and `status.used`.";
}

fn amounts<'a>(quota: &'a Object, of: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    quota.at(of).and_then(Json::as_object).into_iter().flatten()
}

fn bounded(quota: &Object) -> Vec<Sample> {
    let of = |at: &'static str, kind: &'static str| {
        amounts(quota, at).map(move |(name, _)| vec![name.clone(), kind.to_owned()])
    };
    let declared = of("/spec/hard", "hard").chain(of("/status/hard", "hard"));
    declared.chain(of("/status/used", "used")).collect()
}

fn used_up(quota: &Object) -> Vec<Sample> {
    let amount = |json: &Json| match json {
        Json::String(text) => Quantity::parse(text),
        other => other.as_i64().map(Quantity::from_int),
    };
    let used = |resource: &str| {
        let used = quota.at("/status/used")?.get(resource)?;
        amount(used)
    };
    amounts(quota, "/status/hard")
        .filter(|(resource, hard)| {
            amount(hard).zip(used(resource)).is_some_and(|(hard, used)| used >= hard)
        })
        .map(|(resource, _)| vec![resource.clone()])
        .collect()
}
