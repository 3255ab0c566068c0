//! A claim that is being deleted: since when, which finalizers hold it, and which pods still have
//! it.
//!
//! Reads the claim and the pods of its namespace. The protection of claims
//! (`kubernetes.io/pvc-protection`) holds a claim while any pod that was given a node mounts it, one
//! that has finished too: only when that pod is deleted does the claim go.
//!
//! ## Absence
//!
//! A claim that does not exist has `exists` false. Without the pods, `users` is incomplete.
//!
//! ## Example
//!
//! ```text
//! ending = get_claim_deletion("<claim>", "<namespace>")
//! - When `ending.deleting && ending.overdue_seconds >= 60 && ending.users.exists(u, !u.deleting)` → **claim-in-use** at `ending.users.filter(u, !u.deleting).map(u, u.workload)`
//! ```
//!
//! ```json
//! { "exists": true, "deleting": true, "overdue_seconds": 540, "protected": true,
//!   "finalizers": ["kubernetes.io/pvc-protection"], "others": [], "users": [ { "name": "import-7x2vd",
//!     "phase": "Succeeded", "finished": true, "deleting": false } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Value,
};

use crate::scheduling::demands;
use crate::sight::{self, Sight};
use crate::tool::{CLAIM, NAMESPACE, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A claim that is being deleted.
    pub struct ClaimDeletion {
        /// Whether the claim exists.
        pub exists: bool,
        /// The claim.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// How long ago it was deleted, in seconds; null where it was not.
        pub overdue_seconds: Known<Cited<Option<i64>>>,
        /// Its finalizers.
        pub finalizers: Cited<Vec<String>>,
        /// Whether the protection of claims in use is among them.
        pub protected: bool,
        /// Those beside it.
        pub others: Cited<Vec<String>>,
        /// The pods that have it, by name.
        pub users: Partial<ClaimUser>,
    }

    /// A pod that has a claim.
    pub struct ClaimUser {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// The workload that it belongs to.
        pub workload: ObjectRef,
        /// Its phase.
        pub phase: Option<String>,
        /// Whether it has finished, well or not.
        pub finished: bool,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// Of one that is being deleted: for how many seconds it has had longer than it was given.
        pub overdue_seconds: Known<Option<i64>>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_claim_deletion",
    parameters: &[CLAIM, NAMESPACE],
    facts: ClaimDeletion::SHAPE,
    permissions: &[
        access("get", "", "persistentvolumeclaims", "nothing is known"),
        access("list", "", "pods", "it is not known which pods have it"),
    ],
    page: include_str!("get_claim_deletion.rs"),
    run,
};

/// By which the controller of claims holds one that a pod has.
const PROTECTION: &str = "kubernetes.io/pvc-protection";

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("claim"), arguments.required("namespace"));
    let reference = ObjectRef::new(Kind::PersistentVolumeClaim, Some(namespace), name);
    let questions =
        [Question::Get { object: reference.clone() }, Question::list(Kind::Pod, Some(namespace))];
    let mut replies = inquiry.ask_all(&questions)?.into_iter();
    let mut next = || replies.next().unwrap_or(evidence::Reply::Absent);
    let claim = Sight::read(next(), &questions[0]);
    let (pods, missing) = sight::listing(next(), &questions[1]);
    if let Sight::Unseen(unseen) = claim {
        return Ok(Value::Unknown(unseen));
    }
    let now = inquiry.now();
    let json = claim.json();
    let due = field::time(json, Object::DUE);
    let finalizers = field::texts(json, "/metadata/finalizers");
    let others = finalizers.iter().filter(|one| *one != PROTECTION).cloned().collect();
    let quoted = || claim.source("metadata.finalizers");
    let mut users: Vec<ClaimUser> =
        pods.items.iter().filter(|pod| has(pod, name)).map(|pod| describe(pod, now)).collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    let facts = ClaimDeletion {
        exists: claim.object().is_some(),
        name: name.to_owned(),
        r#ref: reference,
        deleting: due.is_some(),
        overdue_seconds: claim.overdue_seconds(now),
        protected: finalizers.iter().any(|one| one == PROTECTION),
        others: Cited { value: others, source: quoted() },
        finalizers: Cited { value: finalizers, source: quoted() },
        users: Partial { items: users, missing },
        source: claim.source("metadata.deletionTimestamp"),
    };
    Ok(facts.into_value())
}

fn has(pod: &Object, claim: &str) -> bool {
    pod.text("/spec/nodeName").is_some_and(|node| !node.is_empty())
        && demands::claims(pod).iter().any(|name| name == claim)
}

fn describe(pod: &Arc<Object>, now: Time) -> ClaimUser {
    let due = pod.time(Object::DUE);
    let phase = pod.text("/status/phase").map(str::to_owned);
    ClaimUser {
        name: pod.reference().name.clone(),
        r#ref: pod.reference().clone(),
        workload: pod.workload(),
        finished: matches!(phase.as_deref(), Some("Succeeded" | "Failed")),
        phase,
        deleting: due.is_some(),
        overdue_seconds: pod.overdue_seconds(now),
        source: Some(Source::field(pod, "spec.volumes")),
    }
}
