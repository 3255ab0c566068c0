//! Whether a workload has the pods that it wants, and what keeps them from being made: its counts
//! and conditions, its newest ReplicaSet, what the API server refused, who scales it, and which
//! services need it.
//!
//! Reads the workload, its ReplicaSets, the events of the namespace, its autoscalers and services.
//! A pod that is refused is never seen as an object: only the controller's event `FailedCreate`
//! tells of it. For a workload that is scaled to zero, the environments of the other workloads are
//! read as well, and, where a source tells it, whether its services accept connections.
//!
//! ## Absence
//!
//! A workload that does not exist has `exists` false. The whole result is unknown when it was not
//! seen. Events expire after an hour: without a refusal `latest_refusal` is unknown, not null, when
//! pods are missing and the workload is older than that. A refusal before the last pod that was made
//! has `outlived` true: it explains nothing of now.
//!
//! ## Example
//!
//! ```text
//! rollout = get_rollout("<workload>", "<namespace>")
//! - When `rollout.missing > 0 && rollout.latest_refusal.sort == "quota"` → **namespace-quota-exceeded** at `rollout.latest_refusal.quota_ref`
//! ```
//!
//! ```json
//! { "exists": true, "desired": 2, "current": 0, "missing": 2, "latest_refusal": {
//!     "sort": "quota", "quota": "team", "resources": ["requests.cpu"], "outlived": false } }
//! ```

use std::collections::BTreeMap;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending,
    Question, Reply, Source, Time, Unseen, UnseenKind, Value,
};
use serde_json::Value as Json;

use crate::application::callers;
use crate::pod::event_list;
use crate::service::service_pods;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, WORKLOAD, access};
use crate::workload::get_workload_yaml::named;
use crate::workload::refusal;
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A workload and what it lacks.
    pub struct Rollout {
        /// Whether the workload exists.
        pub exists: bool,
        /// The workload.
        pub r#ref: ObjectRef,
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// How many pods it wants.
        pub desired: Cited<i64>,
        /// How many there are, ready or not.
        pub current: i64,
        /// How many there are of the present template.
        pub updated: Option<i64>,
        /// How many are ready.
        pub ready: i64,
        /// How many pods of the present template are wanted and were not made.
        pub missing: Cited<i64>,
        /// Whether its rollout is paused.
        pub paused: Known<Cited<bool>>,
        /// When the workload was made.
        pub created: Option<Time>,
        /// Its conditions.
        pub conditions: Vec<WorkloadCondition>,
        /// The newest ReplicaSet of a Deployment.
        pub newest: Option<ObjectRef>,
        /// What was refused, newest first.
        pub refusals: Partial<PodRefusal>,
        /// The newest of them.
        pub latest_refusal: Known<Option<PodRefusal>>,
        /// Whether a refusal was seen after which no pod was made; false says nothing where the
        /// events have expired or were not seen.
        pub refused_now: bool,
        /// The event by which it was last scaled to zero, where it was seen.
        pub scaled_to_zero: Option<Scaling>,
        /// Its annotations.
        pub annotations: Cited<BTreeMap<String, String>>,
        /// Its labels.
        pub labels: BTreeMap<String, String>,
        /// What owns it, as kind/name: an operator's object.
        pub owners: Vec<String>,
        /// The autoscalers that set its number of pods.
        pub autoscalers: Partial<ObjectRef>,
        /// Whether one was seen; false says nothing where autoscalers were not seen.
        pub autoscaler_seen: bool,
        /// The services that select its pods.
        pub services: Partial<ServiceOfWorkload>,
        /// What it gives its containers, by container.
        pub containers: Vec<TemplateContainer>,
    }

    /// A condition of a workload.
    pub struct WorkloadCondition {
        /// Its type, such as `Progressing`.
        pub r#type: String,
        /// `True`, `False` or `Unknown`.
        pub status: String,
        /// Why, as a word.
        pub reason: Option<String>,
        /// Why, as a sentence.
        pub message: Option<String>,
    }

    /// What the API server said when a pod, or a claim for it, was to be made.
    pub struct PodRefusal {
        /// `quota`, `quota-unset`, `service-account`, `limit-range`, `pod-security`,
        /// `webhook-down`, `webhook-denied`, `policy-denied`, `priority-class`,
        /// `namespace-terminating`, `invalid`, `forbidden` or `other`.
        pub sort: &'static str,
        /// The sentence.
        pub message: String,
        /// The quota that refuses.
        pub quota: Option<String>,
        /// The same, as an object that a decision can name.
        pub quota_ref: Option<ObjectRef>,
        /// The resources of which the quota has too little.
        pub resources: Vec<String>,
        /// The service account that is missing.
        pub service_account: Option<String>,
        /// The webhook.
        pub webhook: Option<String>,
        /// The admission policy that says no.
        pub policy: Option<String>,
        /// The priority class that does not exist.
        pub priority_class: Option<String>,
        /// The namespace, as an object that a decision can name, where that is what refuses.
        pub namespace_ref: Option<ObjectRef>,
        /// How many times it was said.
        pub count: i64,
        /// When it was last said.
        pub last_seen: Option<Time>,
        /// Whether a pod was made after it.
        pub outlived: bool,
    }

    /// A change of the number of pods.
    pub struct Scaling {
        /// The sentence.
        pub message: String,
        /// When that was last seen.
        pub at: Option<Time>,
    }

    /// A service that selects the workload's pods.
    pub struct ServiceOfWorkload {
        /// The service.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Whether it accepted a connection; null where nobody tried.
        pub open: Option<bool>,
        /// The workloads that are given its address, for a workload without pods only.
        pub callers: Partial<ObjectRef>,
    }

    /// A container of the template.
    pub struct TemplateContainer {
        /// Its name.
        pub name: String,
        /// What it asks for, by resource.
        pub requests: BTreeMap<String, String>,
        /// What it may not exceed, by resource.
        pub limits: BTreeMap<String, String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_rollout",
    parameters: &[WORKLOAD, NAMESPACE],
    facts: Rollout::SHAPE,
    permissions: &[
        access("get", "apps", "deployments", "nothing is known"),
        access("list", "apps", "replicasets", "what a Deployment's pods are refused is not known"),
        access("list", "", "events", "what was refused is not known"),
        access("list", "", "services", "it is not known who needs the pods"),
        access("list", "autoscaling", "horizontalpodautoscalers", "it is not known who scales it"),
        access("list", "apps", "deployments", "it is not known who calls a workload without pods"),
        access("list", "apps", "statefulsets", "it is not known who calls a workload without pods"),
        access("list", "apps", "daemonsets", "it is not known who calls a workload without pods"),
    ],
    page: include_str!("get_rollout.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let reference = match named(arguments.required("workload"), None, namespace) {
        Ok(reference) => reference,
        Err(unseen) => return Ok(Value::Unknown(unseen)),
    };
    let get = Question::Get { object: reference.clone() };
    let list = |kind: Kind| Question::list(kind, Some(namespace));
    let kinds = [Kind::ReplicaSet, Kind::Event, Kind::HorizontalPodAutoscaler, Kind::Service];
    let questions: Vec<Question> = std::iter::once(get.clone()).chain(kinds.map(list)).collect();
    let mut replies = inquiry.ask_all(&questions)?.into_iter();
    let sight = Sight::read(replies.next().unwrap_or(Reply::Absent), &get);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let mut next = |at: usize| match replies.next() {
        Some(reply) => sight::listing(reply, &questions[at]),
        None => Default::default(),
    };
    let [sets, events, scalers, services] = [next(1), next(2), next(3), next(4)];
    let own: Vec<&Object> = owned(&reference, &sets.0);
    let newest = own.iter().max_by_key(|set| revision(set)).copied();
    let told = Told { reference: &reference, sight: &sight, newest, own: &own };
    let used = told.services(services, inquiry)?;
    Ok(told.describe(events, scalers, used, inquiry.now()).into_value())
}

type Listed = (std::sync::Arc<Listing>, Option<Unseen>);

fn owned<'a>(reference: &ObjectRef, sets: &'a Listing) -> Vec<&'a Object> {
    let own = |set: &&std::sync::Arc<Object>| set.controller().as_ref() == Some(reference);
    sets.items.iter().filter(own).map(|set| &**set).collect()
}

fn revision(set: &Object) -> (i64, Option<Time>) {
    let number = set.annotation("deployment.kubernetes.io/revision");
    (number.and_then(|number| number.parse().ok()).unwrap_or(0), set.created())
}

/// What was read of the workload itself.
struct Told<'a> {
    reference: &'a ObjectRef,
    sight: &'a Sight,
    newest: Option<&'a Object>,
    own: &'a [&'a Object],
}

impl Told<'_> {
    fn json(&self) -> &Json {
        self.sight.json()
    }

    fn number(&self, pointer: &str) -> Option<i64> {
        field::int(self.json(), pointer)
    }

    fn desired(&self) -> i64 {
        match self.reference.kind {
            Kind::DaemonSet => self.number("/status/desiredNumberScheduled").unwrap_or(0),
            Kind::Job => self.number("/spec/parallelism").unwrap_or(1),
            _ => self.number("/spec/replicas").unwrap_or(1),
        }
    }

    fn current(&self) -> i64 {
        let at = match self.reference.kind {
            Kind::DaemonSet => "/status/currentNumberScheduled",
            Kind::Job => "/status/active",
            _ => "/status/replicas",
        };
        self.number(at).unwrap_or(0)
    }

    /// The pods that were not made, of the newest ReplicaSet where there is one.
    fn missing(&self) -> Cited<i64> {
        let (wanted, made, source) = match self.newest {
            Some(set) => (
                set.int("/spec/replicas").unwrap_or(0),
                set.int("/status/replicas").unwrap_or(0),
                Some(Source::field(set, "status.replicas")),
            ),
            None if self.reference.kind == Kind::Job => {
                let count = |pointer: &str| self.number(pointer).unwrap_or(0);
                let ended = count("/status/succeeded").saturating_add(count("/status/failed"));
                (
                    self.desired(),
                    self.current().saturating_add(ended),
                    self.sight.source("status.active"),
                )
            }
            None => (self.desired(), self.current(), self.sight.source("status.replicas")),
        };
        let quote = format!("{made} of {wanted} pods were made");
        let source = source.map(|source| source.quoting(quote));
        Cited { value: wanted.saturating_sub(made).max(0), source }
    }

    fn is_own(&self, event: &Event) -> bool {
        event.regarding == *self.reference
            || self.own.iter().any(|set| *set.reference() == event.regarding)
    }

    fn describe(
        &self,
        events: Listed,
        scalers: Listed,
        services: Partial<ServiceOfWorkload>,
        now: Time,
    ) -> Rollout {
        let json = self.json();
        let created = field::time(json, "/metadata/creationTimestamp");
        let missing = self.missing();
        let mut own: Vec<Event> =
            events.0.items.iter().filter_map(|one| one.event()).cloned().collect();
        own.retain(|event| self.is_own(event));
        own.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.name.cmp(&b.name)));
        let refusals = self.refusals(&own);
        let autoscalers = self.autoscalers(scalers);
        let gone = events.1.or_else(|| expired(created, now, self.reference));
        let latest = match (refusals.first(), &gone) {
            (None, Some(unseen)) if missing.value > 0 => Known::Unknown(unseen.clone()),
            (first, _) => Known::Seen(first.cloned()),
        };
        Rollout {
            exists: self.sight.object().is_some(),
            r#ref: self.reference.clone(),
            kind: self.reference.kind.name().to_owned(),
            name: self.reference.name.clone(),
            desired: Cited { value: self.desired(), source: self.sight.source("spec.replicas") },
            current: self.current(),
            updated: self.number("/status/updatedReplicas"),
            ready: self
                .number("/status/readyReplicas")
                .or_else(|| self.number("/status/numberReady"))
                .unwrap_or(0),
            missing,
            paused: self.sight.told("/spec/paused", field::is_true),
            created,
            conditions: self.conditions(),
            newest: self.newest.map(|set| set.reference().clone()),
            refused_now: refusals.iter().any(|one| !one.outlived),
            refusals: Partial { items: refusals, missing: gone },
            latest_refusal: latest,
            scaled_to_zero: own.iter().find_map(scaled_to_zero),
            annotations: Cited {
                value: texts(json, "/metadata/annotations"),
                source: self.sight.source("metadata.annotations"),
            },
            labels: texts(json, "/metadata/labels"),
            owners: owners(json),
            autoscaler_seen: !autoscalers.items.is_empty(),
            autoscalers,
            services,
            containers: containers(json),
            source: self.sight.source("status"),
        }
    }

    fn conditions(&self) -> Vec<WorkloadCondition> {
        let listed = field::items(self.json(), "/status/conditions").iter().enumerate();
        let one = |(index, one): (usize, &Json)| {
            Some(WorkloadCondition {
                r#type: field::text(one, "/type")?,
                status: field::text(one, "/status")?,
                reason: field::text(one, "/reason"),
                message: field::text(one, "/message"),
                source: self.sight.source(&format!("status.conditions[{index}]")),
            })
        };
        listed.filter_map(one).collect()
    }

    fn refusals(&self, own: &[Event]) -> Vec<PodRefusal> {
        let made = |event: &&Event| {
            event.reason == "SuccessfulCreate"
                && self.newest.is_none_or(|newest| *newest.reference() == event.regarding)
        };
        let last_made = own.iter().filter(made).filter_map(|event| event.last_seen).max();
        let refused = own.iter().filter(|event| event.reason == "FailedCreate");
        refused
            .map(|event| {
                let told = refusal::read(&event.message);
                let namespace = self.reference.namespace.as_deref();
                let quota = told.quota.as_deref();
                PodRefusal {
                    sort: told.sort.word(),
                    message: event.message.clone(),
                    quota_ref: quota
                        .map(|name| ObjectRef::new(Kind::ResourceQuota, namespace, name)),
                    quota: told.quota,
                    resources: told.resources,
                    service_account: told.service_account,
                    webhook: told.webhook,
                    policy: told.policy,
                    priority_class: told.priority_class,
                    namespace_ref: namespace
                        .filter(|_| told.sort == refusal::Sort::NamespaceTerminating)
                        .map(|name| ObjectRef::new(Kind::Namespace, None, name)),
                    count: event.count,
                    last_seen: event.last_seen,
                    outlived: last_made > event.last_seen,
                    source: Some(Source::event(event)),
                }
            })
            .collect()
    }

    fn autoscalers(&self, (listing, missing): Listed) -> Partial<ObjectRef> {
        let scales = |scaler: &&std::sync::Arc<Object>| {
            scaler.text("/spec/scaleTargetRef/kind") == Some(self.reference.kind.name())
                && scaler.text("/spec/scaleTargetRef/name") == Some(self.reference.name.as_str())
        };
        let found = listing.items.iter().filter(scales);
        Partial { items: found.map(|scaler| scaler.reference().clone()).collect(), missing }
    }

    fn services(
        &self,
        (listing, missing): Listed,
        inquiry: &Inquiry,
    ) -> Result<Partial<ServiceOfWorkload>, Pending> {
        let leads_to = |service: &Object, workload: &Object| {
            let wanted = service_pods::selector(service);
            service_pods::matches(&wanted, workload, "/spec/template/metadata/labels")
        };
        let selects = |service: &&std::sync::Arc<Object>| {
            self.sight.object().is_some_and(|own| leads_to(service, own))
        };
        let found: Vec<_> = listing.items.iter().filter(selects).collect();
        let namespace = self.reference.namespace.as_deref().unwrap_or_default();
        let asked = self.desired() == 0 && !found.is_empty();
        let (calls, tried) = match asked {
            true => {
                let question = Question::Reach { namespace: namespace.to_owned() };
                let tried = inquiry.ask(&question);
                (Some(callers::of_namespace(namespace, inquiry)?), Some(tried?))
            }
            false => (None, None),
        };
        // What another workload serves as well does not rest on this one.
        let is_shared = |service: &Object| {
            calls.iter().flat_map(|calls| &calls.workloads).any(|other| {
                *other.reference() != *self.reference
                    && other.int("/spec/replicas").unwrap_or(1) > 0
                    && leads_to(service, other)
            })
        };
        let describe = |service: &std::sync::Arc<Object>| {
            let name = service.reference().name.clone();
            let open = match &tried {
                Some(Reply::Reach(tried)) => {
                    tried.iter().find(|one| one.host == name).map(|one| one.open)
                }
                _ => None,
            };
            let callers = calls.as_ref().map(|calls| {
                let own = calls.items.iter().filter(|call| call.service == name);
                let mut items: Vec<_> = own.map(|call| call.workload.clone()).collect();
                items.dedup();
                Partial { items, missing: calls.missing.clone() }
            });
            ServiceOfWorkload {
                r#ref: service.reference().clone(),
                name,
                open,
                callers: callers.unwrap_or(Partial { items: Vec::new(), missing: None }),
                source: Some(Source::field(service, "spec.selector")),
            }
        };
        Ok(Partial {
            items: found.into_iter().filter(|one| !is_shared(one)).map(describe).collect(),
            missing,
        })
    }
}

fn scaled_to_zero(event: &Event) -> Option<Scaling> {
    let told = event.message.contains("Scaled down") && event.message.contains(" to 0");
    (event.reason == "ScalingReplicaSet" && told).then(|| Scaling {
        message: event.message.clone(),
        at: event.last_seen,
        source: Some(Source::event(event)),
    })
}

/// Why refusals may be gone from the events.
fn expired(created: Option<Time>, now: Time, workload: &ObjectRef) -> Option<Unseen> {
    let young =
        created.is_some_and(|created| now.duration_since(created) <= event_list::EVENT_LIFETIME);
    let why = "the workload is older than the hour for which the API server keeps events";
    (!young).then(|| Unseen::new(UnseenKind::Expired, format!("earlier events of {workload}"), why))
}

fn texts(json: &Json, pointer: &str) -> BTreeMap<String, String> {
    let map = json.pointer(pointer).and_then(Json::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn owners(json: &Json) -> Vec<String> {
    let owner =
        |one: &Json| Some(format!("{}/{}", field::word(one, "/kind")?, field::word(one, "/name")?));
    field::items(json, "/metadata/ownerReferences").iter().filter_map(owner).collect()
}

fn containers(json: &Json) -> Vec<TemplateContainer> {
    let amounts = |container: &Json, of: &str| {
        let map = container.pointer(of).and_then(Json::as_object).into_iter().flatten();
        let amount = |value: &Json| {
            value.as_str().map(str::to_owned).or_else(|| Some(value.as_i64()?.to_string()))
        };
        map.filter_map(|(name, value)| Some((name.clone(), amount(value)?))).collect()
    };
    let of = |container: &Json| {
        Some(TemplateContainer {
            name: field::text(container, "/name")?,
            requests: amounts(container, "/resources/requests"),
            limits: amounts(container, "/resources/limits"),
            source: None,
        })
    };
    field::items(json, "/spec/template/spec/containers").iter().filter_map(of).collect()
}
