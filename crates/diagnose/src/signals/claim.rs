//! Signals of claims.

use evidence::{Inquiry, Kind, Object, Pending, Question, Reply};

use super::{Sample, Samples, holds, signals};

signals! {
    "claim_not_bound" [PersistentVolumeClaim] []
        Samples::Asking(not_bound),
        "The claim waits for a volume, and not by the will of its class: its phase is Pending for half a minute or more, and its class does not wait for a pod, or a node was chosen for that pod. Reads the claim and the storage classes.";
    "kube_persistentvolumeclaim_status_phase" [PersistentVolumeClaim] ["phase"]
        Samples::Own(|claim, _| claim.text("/status/phase").map(|phase| vec![vec![phase.to_owned()]]).unwrap_or_default()),
        "The claim's phase. Reads `status.phase`.";
}

/// How long binding may take until it is a symptom, in seconds.
const BINDING: i64 = 30;

fn not_bound(claim: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let now = inquiry.now().as_second();
    let old = claim.created().is_none_or(|made| now - made.as_second() >= BINDING);
    if claim.text("/status/phase") != Some("Pending") || !old {
        return Ok(Vec::new());
    }
    let classes = inquiry.ask(&Question::list(Kind::StorageClass, None))?;
    let name = claim.text("/spec/storageClassName");
    let waits = objects(&classes).any(|class| {
        let mark = "storageclass.kubernetes.io/is-default-class";
        let own = match name {
            Some(name) => class.reference().name == name,
            None => class.annotation(mark) == Some("true"),
        };
        own && class.text("/volumeBindingMode") == Some("WaitForFirstConsumer")
    });
    // The scheduler notes the node for which a volume is wanted; then the wait is over.
    let chosen = claim.annotation("volume.kubernetes.io/selected-node").is_some();
    Ok(holds(chosen || !waits))
}

fn objects(reply: &Reply) -> impl Iterator<Item = &Object> {
    let listing = match reply {
        Reply::Objects(listing) => Some(listing),
        _ => None,
    };
    listing.into_iter().flat_map(|listing| listing.items.iter().map(|object| &**object))
}
