//! What the scheduler says of a pod that it found no node for, reason by reason, and what the pod
//! demands of a node.
//!
//! Reads the pod, its events, and, where the pod mounts claims, the claims of its namespace. The
//! newest `FailedScheduling` counts; without one the condition `PodScheduled` has the same words.
//! Where only a part of the pod was captured, the template of its workload tells the affinity.
//!
//! A node is counted under the first reason that refuses it: cordoned, taint, affinity or
//! selector, host port, resources, volumes, spread, affinity to pods. `4 Insufficient cpu` are
//! nodes that passed everything before. Sorts of reasons: `cordoned`, `taint`, `node-affinity`
//! (the selector as well: the words are the same), `node-name`, `host-port`, `cpu`, `memory`,
//! `ephemeral-storage`, `pods`, `resource`, `anti-affinity`, `existing-anti-affinity`,
//! `pod-affinity`, `spread`, `claims-unbound`, `claim-missing`, `claim-deleted`,
//! `volume-missing`, `volume-affinity`, `volume-limit`, `volume-in-use`, `no-volume`,
//! `storage-full`, `volume-binding-failed`, `device`, `node-state`, `no-nodes`, `other`.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false. `told` is null, and `silent` true, when the
//! scheduler has said nothing of a pod whose events are all known; where events may have
//! expired or were not seen, both are unknown. Claims that were not seen are unknown.
//!
//! ## Example
//!
//! ```text
//! scheduling = get_pod_scheduling_events("<pod>", "<namespace>")
//! - When `scheduling.reasons.exists(r, r.sort == "host-port")` → **host-port-taken**: {scheduling.told}
//! ```
//!
//! ```json
//! { "exists": true, "scheduled": false, "scheduler": "default-scheduler", "nodes": 5,
//!   "told": "0/5 nodes are available: 1 node(s) were unschedulable, 4 Insufficient cpu.",
//!   "reasons": [ { "sort": "cordoned", "nodes": 1 },
//!     { "sort": "cpu", "nodes": 4, "detail": "cpu", "text": "Insufficient cpu" } ],
//!   "requests": { "cpu": "6" }, "node_selector": { "disk": "ssd" }, "unbound_claims": [] }
//! ```

use std::collections::BTreeMap;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question,
    Source, Time, Unseen, Value,
};
use serde_json::Value as Json;

use crate::namespace::limit_ranger;
use crate::pod::event_list::PodEvents;
use crate::scheduling::demands;
use crate::scheduling::scheduling_words::{self, Words};
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, field, selector};

evidence::facts! {
    /// A pod, as the scheduler has it.
    pub struct PodScheduling {
        /// Whether the pod exists.
        pub exists: bool,
        /// Whether it was given a node.
        pub scheduled: bool,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// How long ago it was made, in seconds.
        pub age_seconds: Option<i64>,
        /// The gates that keep it from the scheduler until somebody takes them away.
        pub gates: Known<Cited<Vec<String>>>,
        /// The scheduler that is to place it.
        pub scheduler: Known<Cited<String>>,
        /// The node on which pods of lower priority are ended to make room for it.
        pub nominated_node: Option<String>,
        /// The scheduler's newest words on why there is no node; null when it said nothing.
        pub told: Known<Cited<Option<String>>>,
        /// How often it said so.
        pub attempts: i64,
        /// When it last said so.
        pub last_told: Option<Time>,
        /// Whether no scheduler has said or noted anything of the pod.
        pub silent: Known<bool>,
        /// How many nodes the scheduler looked at.
        pub nodes: Known<Option<i64>>,
        /// The reasons, in the scheduler's order; empty when it said nothing.
        pub reasons: Partial<SchedulingReason>,
        /// Those reasons that are not about where the node stands (cordoned, tainted, other labels)
        /// but about what it has left or what runs there, the one on most nodes first.
        pub rest: Partial<SchedulingReason>,
        /// What it says of pre-emption.
        pub preemption: Option<String>,
        /// The pod's node selector.
        pub node_selector: Cited<BTreeMap<String, String>>,
        /// The same in words: `disk=ssd, zone=a`.
        pub node_selector_words: String,
        /// The terms of the node affinity that the pod requires, one of which a node must match.
        pub node_affinity: Known<Vec<String>>,
        /// The topologies and pods that it must be apart from.
        pub anti_affinity: Known<Vec<String>>,
        /// The topologies and pods that it must be with.
        pub pod_affinity: Known<Vec<String>>,
        /// What the scheduler counts for it, by resource, as plain numbers.
        pub requests: Cited<BTreeMap<String, String>>,
        /// The resources that its containers request only because a LimitRange gave them a request;
        /// one that is not here may be so too where a page of kubectl cuts what it says.
        pub defaulted_requests: Cited<Vec<String>>,
        /// The ports of the node that it wants.
        pub host_ports: Cited<Vec<i64>>,
        /// Its priority class.
        pub priority_class: Option<String>,
        /// The claims that its volumes name.
        pub claims: Vec<String>,
        /// Those of them that are not bound to a volume.
        pub unbound_claims: Partial<ObjectRef>,
        /// Those of them that are bound.
        pub bound_claims: Partial<ObjectRef>,
        /// Those of them that do not exist.
        pub missing_claims: Partial<String>,
    }

    /// What stands in the way on some nodes.
    pub struct SchedulingReason {
        /// Its sort.
        pub sort: String,
        /// On how many nodes; null where it is said of the pod as a whole.
        pub nodes: Option<i64>,
        /// The taint, resource or claim that it names.
        pub detail: Option<String>,
        /// The scheduler's words.
        pub text: String,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_scheduling_events",
    parameters: &[POD, NAMESPACE],
    facts: PodScheduling::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access(
            "list",
            "",
            "events",
            "the scheduler's words are known from the pod's condition only",
        ),
        access("list", "", "persistentvolumeclaims", "it is not known which claims are bound"),
        access(
            "get",
            "batch",
            "jobs",
            "the affinity of a Job's pod that was seen in part is unknown",
        ),
        demands::template("deployments"),
        demands::template("replicasets"),
        demands::template("statefulsets"),
        demands::template("daemonsets"),
    ],
    page: include_str!("get_pod_scheduling_events.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let reference = ObjectRef::new(Kind::Pod, Some(namespace), name);
    let question = Question::EventsOf { object: reference.clone() };
    let (pod, events) = (Sight::of(inquiry, Kind::Pod, namespace, name), inquiry.ask(&question));
    let pod = pod?;
    if let Sight::Unseen(unseen) = pod {
        return Ok(Value::Unknown(unseen));
    }
    let object = pod.object().map(|pod| &**pod);
    let affinity = object.map(|pod| demands::affinity(pod, inquiry));
    let claims = Claims::of(object, namespace, inquiry);
    let events = PodEvents::read(events?, &question, object, inquiry.now());
    let affinity = affinity.transpose()?.unwrap_or(Known::Seen(Json::Null));
    Ok(describe(&pod, &Told::of(&pod, events), &affinity, claims?, inquiry.now()).into_value())
}

/// What the scheduler said, and whether more may have been said.
struct Told {
    message: Option<String>,
    source: Option<Source>,
    attempts: i64,
    last: Option<Time>,
    /// Whether a scheduler has left any trace.
    any: bool,
    missing: Option<Unseen>,
}

impl Told {
    /// The newest refusal, or the condition that has the same words.
    fn of(pod: &Sight, events: PodEvents) -> Told {
        let refusal = |event: &&Event| event.reason == "FailedScheduling";
        let newest = events.events.iter().find(refusal);
        let conditions = field::items(pod.json(), "/status/conditions");
        let at =
            conditions.iter().position(|one| field::word(one, "/type") == Some("PodScheduled"));
        let message = at.and_then(|at| field::text(&conditions[at], "/message"));
        let place = at.and_then(|at| pod.source(&format!("status.conditions[{at}]")));
        let by_scheduler =
            |event: &Event| matches!(event.reason.as_str(), "FailedScheduling" | "Scheduled");
        let any = at.is_some() || events.events.iter().any(by_scheduler);
        match newest {
            Some(event) => Told {
                message: Some(event.message.clone()),
                source: Some(Source::event(event)),
                attempts: event.count,
                last: event.last_seen,
                any,
                missing: None,
            },
            None => Told {
                source: place.zip(message.clone()).map(|(place, words)| place.quoting(words)),
                attempts: i64::from(message.is_some()),
                last: None,
                any,
                missing: events.missing.filter(|_| message.is_none()),
                message,
            },
        }
    }

    fn known<T>(&self, value: T) -> Known<T> {
        match &self.missing {
            Some(unseen) => Known::Unknown(unseen.clone()),
            None => Known::Seen(value),
        }
    }
}

/// The claims of a pod, by what became of them.
struct Claims {
    named: Vec<String>,
    unbound: Partial<ObjectRef>,
    bound: Partial<ObjectRef>,
    missing: Partial<String>,
}

impl Claims {
    fn of(pod: Option<&Object>, namespace: &str, inquiry: &Inquiry) -> Result<Claims, Pending> {
        let named = pod.map(demands::claims).unwrap_or_default();
        let (mut unbound, mut bound, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        let mut missing = None;
        if !named.is_empty() {
            let question = Question::list(Kind::PersistentVolumeClaim, Some(namespace));
            let (listing, unseen) = sight::listing(inquiry.ask(&question)?, &question);
            for name in &named {
                let seen = listing.items.iter().find(|claim| claim.reference().name == *name);
                match seen {
                    Some(claim) if claim.text("/status/phase") == Some("Bound") => {
                        bound.push(claim.reference().clone())
                    }
                    Some(claim) => unbound.push(claim.reference().clone()),
                    None if unseen.is_none() => absent.push(name.clone()),
                    None => missing.clone_from(&unseen),
                }
            }
        }
        Ok(Claims {
            named,
            unbound: Partial { items: unbound, missing: missing.clone() },
            bound: Partial { items: bound, missing: missing.clone() },
            missing: Partial { items: absent, missing },
        })
    }
}

fn describe(
    sight: &Sight,
    told: &Told,
    affinity: &Known<Json>,
    claims: Claims,
    now: Time,
) -> PodScheduling {
    let words = told.message.as_deref().map(scheduling_words::read).unwrap_or_default();
    PodScheduling {
        told: told.known(Cited { value: told.message.clone(), source: told.source.clone() }),
        attempts: told.attempts,
        last_told: told.last,
        silent: match told.any {
            true => Known::Seen(false),
            false => told.known(true),
        },
        nodes: told.known(words.nodes),
        reasons: Partial { items: reasons(&words, told), missing: told.missing.clone() },
        rest: Partial { items: rest(&words, told), missing: told.missing.clone() },
        preemption: words.preemption,
        ..demands(sight, affinity, claims, now)
    }
}

/// What the pod itself tells; the scheduler's words are left empty.
fn demands(sight: &Sight, affinity: &Known<Json>, claims: Claims, now: Time) -> PodScheduling {
    let (json, quoted) = (sight.json(), |path: &str| sight.source(path));
    let created = field::time(json, "/metadata/creationTimestamp");
    let selector = demands::node_selector(json);
    let requests = demands::requests(json).into_iter();
    let requests = requests.map(|(name, own)| (name, own.to_string())).collect();
    let scheduler = |json: &Json, at: &str| {
        field::text(json, at).unwrap_or_else(|| "default-scheduler".to_owned())
    };
    let of_pods = |key: &str| affinity.clone().map(|affinity| pod_terms(&affinity, key));
    PodScheduling {
        exists: sight.object().is_some(),
        scheduled: field::word(json, "/spec/nodeName").is_some(),
        deleting: field::time(json, "/metadata/deletionTimestamp").is_some(),
        age_seconds: created.map(|created| now.duration_since(created).as_secs()),
        gates: sight.told("/spec/schedulingGates", field::names),
        scheduler: sight.told("/spec/schedulerName", scheduler),
        nominated_node: field::text(json, "/status/nominatedNodeName"),
        node_selector_words: in_words(&selector),
        node_selector: Cited { value: selector, source: quoted("spec.nodeSelector") },
        node_affinity: affinity.clone().map(|affinity| node_terms(&affinity)),
        anti_affinity: of_pods("podAntiAffinity"),
        pod_affinity: of_pods("podAffinity"),
        requests: Cited { value: requests, source: quoted("spec.containers") },
        defaulted_requests: Cited {
            value: sight
                .object()
                .map(|pod| limit_ranger::requests_by_default(pod))
                .unwrap_or_default(),
            source: sight.object().and_then(|pod| limit_ranger::source(pod)),
        },
        host_ports: Cited { value: demands::host_ports(json), source: quoted("spec.containers") },
        priority_class: field::text(json, "/spec/priorityClassName"),
        claims: claims.named,
        unbound_claims: claims.unbound,
        bound_claims: claims.bound,
        missing_claims: claims.missing,
        source: quoted("spec"),
        told: Known::Seen(Cited { value: None, source: None }),
        attempts: 0,
        last_told: None,
        silent: Known::Seen(true),
        nodes: Known::Seen(None),
        reasons: Partial { items: Vec::new(), missing: None },
        rest: Partial { items: Vec::new(), missing: None },
        preemption: None,
    }
}

fn reasons(words: &Words, told: &Told) -> Vec<SchedulingReason> {
    let one = |reason: &scheduling_words::Reason| SchedulingReason {
        sort: reason.sort.to_owned(),
        nodes: reason.nodes,
        detail: reason.detail.clone(),
        text: reason.text.clone(),
        source: told.source.clone(),
    };
    words.reasons.iter().map(one).collect()
}

/// The sorts of reasons that tell where a node stands, before what it has left is looked at.
const STANDS: [&str; 5] = ["cordoned", "taint", "node-affinity", "node-name", "node-state"];

fn rest(words: &Words, told: &Told) -> Vec<SchedulingReason> {
    let mut rest = reasons(words, told);
    rest.retain(|reason| !STANDS.contains(&reason.sort.as_str()));
    // One that is said of the pod as a whole bars every node.
    rest.sort_by_key(|reason| std::cmp::Reverse(reason.nodes.unwrap_or(i64::MAX)));
    rest
}

fn in_words(labels: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    words.join(", ")
}

/// The required terms of a node affinity, each in words.
fn node_terms(affinity: &Json) -> Vec<String> {
    let terms = demands::required_terms(affinity).unwrap_or_default().iter();
    let words = |term: &Json| {
        let lists = ["/matchExpressions", "/matchFields"].into_iter();
        let all: Vec<String> =
            lists.flat_map(|list| field::items(term, list)).map(selector::in_words).collect();
        all.join(" and ")
    };
    terms.map(words).collect()
}

/// The required terms of an affinity to pods, each in words.
fn pod_terms(affinity: &Json, key: &str) -> Vec<String> {
    let at = format!("/{key}/requiredDuringSchedulingIgnoredDuringExecution");
    let words = |term: &Json| {
        let labels = term.pointer("/labelSelector/matchLabels").and_then(Json::as_object);
        let equal = labels.into_iter().flatten();
        let equal =
            equal.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
        let more = field::items(term, "/labelSelector/matchExpressions").iter();
        let all: Vec<String> = equal.chain(more.map(selector::in_words)).collect();
        let topology = field::word(term, "/topologyKey").unwrap_or("kubernetes.io/hostname");
        format!("{} per {topology}", all.join(" and "))
    };
    field::items(affinity, &at).iter().map(words).collect()
}
