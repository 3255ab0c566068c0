//! Signals of namespaces, and of what bounds them.

use evidence::{Object, Quantity, Time};
use serde_json::Value as Json;

use super::{Sample, Samples::Own, holds, signals};

signals! {
    "kube_namespace_status_phase" [Namespace] ["phase"]
        Own(|namespace, _| namespace.text("/status/phase").map(|phase| vec![vec![phase.to_owned()]]).unwrap_or_default()),
        "The namespace's phase: `Active` or `Terminating`. Reads `status.phase`.";
    "kube_resourcequota" [ResourceQuota] ["resource" "type"]
        Own(|quota, _| bounded(quota)),
        "A resource that the quota bounds. Reads `status.hard` and `status.used`, or `spec.hard`.";
    "namespace_deletion_overdue" [Namespace] []
        Own(deletion_overdue),
        "The namespace is being deleted and does not go: for a minute or more while its controller says what it cannot do, or for five minutes or more. Reads `metadata.deletionTimestamp`, or the times of its conditions where that is not shown, and the conditions.";
    "resourcequota_used_up" [ResourceQuota] ["resource"]
        Own(|quota, _| used_up(quota)),
        "A resource of which the quota has nothing left. Reads `status.hard` and `status.used`.";
}

/// How long a deletion that fails may go on until it is a symptom, in seconds: an API that is being
/// rolled out does not answer for a while.
const FAILING: i64 = 60;

/// The same of one of which no failure is told, in seconds: pods are given time to end.
const DELETING: i64 = 300;

fn deletion_overdue(namespace: &Object, now: Time) -> Vec<Sample> {
    let patience = if tools::namespace_deletion_fails(namespace) { FAILING } else { DELETING };
    let since = tools::namespace_deleted_since(namespace);
    holds(since.is_some_and(|since| now.as_second() - since.as_second() >= patience))
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
