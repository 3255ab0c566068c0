//! A namespace that is being deleted: since when, what its controller could not do, what is left in
//! it, and who holds that.
//!
//! Reads the namespace. Its controller writes conditions on what it could not do: APIs that do not
//! answer when it asks what there is to delete, and objects that it may not delete. It counts what is
//! left, by resource, and the finalizers on that. Only where something is left that this tool knows of
//! (pods, claims, services, ConfigMaps, Ingresses, Jobs and workloads) are those objects read
//! as well; and only where an API does not answer, its APIService.
//!
//! `deleting_seconds` counts from `deletionTimestamp`; where the source does not show that, from
//! the first change of a condition, which came after it.
//!
//! ## Absence
//!
//! A namespace that does not exist has `exists` false. `spoken` is false where no condition of
//! its controller is there, which has then not gone through the content yet. What a row of kubectl
//! leaves out is unknown. Resources that this tool does not know, such as custom ones, are in
//! `unlisted`; `held` says nothing of them. An APIService that was not seen has `available` unknown.
//!
//! ## Example
//!
//! ```text
//! ending = get_namespace_deletion("<namespace>")
//! - When `ending.deleting && ending.deleting_seconds >= 60 && ending.groups.size() > 0` → likely **api-group-unavailable** at `ending.groups.map(g, g.ref)`
//! ```
//!
//! ```json
//! { "exists": true, "deleting": true, "deleting_seconds": 5400, "spoken": true, "failures": [],
//!   "remaining": [ { "resource": "configmaps", "count": 1 } ],
//!   "remaining_finalizers": [ { "finalizer": "example.com/hold", "count": 1 } ],
//!   "held": [ { "kind": "ConfigMap", "name": "ledger", "deleting": true,
//!     "finalizers": ["example.com/hold"] } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Unseen, Value,
};
use serde_json::Value as Json;

use crate::namespace::deletion_words;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, access, cluster_access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A namespace that is being deleted.
    pub struct NamespaceDeletion {
        /// Whether the namespace exists.
        pub exists: bool,
        /// The namespace.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// For how many seconds at least; 0 where it is not being deleted.
        pub deleting_seconds: Cited<Known<i64>>,
        /// Whether its controller has written what it found.
        pub spoken: Known<Cited<bool>>,
        /// What the controller could not do.
        pub failures: Partial<NamespaceFailure>,
        /// The APIs that did not answer it.
        pub groups: Partial<SilentApi>,
        /// What is left, by resource.
        pub remaining: Partial<RemainingResource>,
        /// The finalizers that are left on that.
        pub remaining_finalizers: Partial<RemainingFinalizer>,
        /// What is left of the kinds that are asked for.
        pub held: Partial<HeldObject>,
        /// The resources of which something is left and that are not asked for.
        pub unlisted: Vec<String>,
        /// The finalizers on the namespace itself, that of its controller left out.
        pub finalizers: Known<Cited<Vec<String>>>,
    }

    /// What the controller of a namespace could not do.
    pub struct NamespaceFailure {
        /// `discovery` (an API does not answer), `parsing` (one answers what cannot be read) or
        /// `content` (something cannot be deleted).
        pub sort: &'static str,
        /// The sentence.
        pub message: String,
        /// Since when.
        pub since: Option<Time>,
        /// Who refused: `webhook-down`, `webhook-denied` or `policy-denied`.
        pub refused: Option<&'static str>,
        /// The webhook or policy that refused.
        pub refused_by: Option<String>,
    }

    /// An API that does not answer.
    pub struct SilentApi {
        /// Its group and version, as `metrics.k8s.io/v1beta1`.
        pub group_version: String,
        /// The APIService of that name.
        pub r#ref: ObjectRef,
        /// What the controller was told.
        pub error: String,
        /// The status of the APIService's condition `Available`; null where there is no such one.
        pub available: Known<Option<String>>,
        /// Why, as a sentence.
        pub message: Known<Option<String>>,
        /// The service that should answer, as namespace/name; null where the API server itself should.
        pub service: Known<Option<String>>,
    }

    /// A resource of which something is left.
    pub struct RemainingResource {
        /// The resource with its group: `secrets`, `engines.longhorn.io`.
        pub resource: String,
        /// How many there are.
        pub count: i64,
    }

    /// A finalizer that is left on something.
    pub struct RemainingFinalizer {
        /// Its name.
        pub finalizer: String,
        /// On how many objects.
        pub count: i64,
    }

    /// An object that is still in the namespace.
    pub struct HeldObject {
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// The object.
        pub r#ref: ObjectRef,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// Of one that is being deleted: for how many seconds it has had longer than it was given.
        pub overdue_seconds: Known<Option<i64>>,
        /// Its finalizers.
        pub finalizers: Cited<Vec<String>>,
    }
}

/// The kinds whose objects are asked for where the controller counts some.
const ASKED_FOR: [Kind; 10] = [
    Kind::Pod,
    Kind::PersistentVolumeClaim,
    Kind::Service,
    Kind::ConfigMap,
    Kind::Ingress,
    Kind::Job,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
];

const LEFT: &str = "which of them are left is not known";

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_namespace_deletion",
    parameters: &[NAMESPACE],
    facts: NamespaceDeletion::SHAPE,
    permissions: &[
        access("get", "", "namespaces", "nothing is known"),
        access("list", "", "pods", LEFT),
        access("list", "", "persistentvolumeclaims", LEFT),
        access("list", "", "services", LEFT),
        access("list", "", "configmaps", LEFT),
        access("list", "networking.k8s.io", "ingresses", LEFT),
        access("list", "batch", "jobs", LEFT),
        access("list", "apps", "deployments", LEFT),
        access("list", "apps", "replicasets", LEFT),
        access("list", "apps", "statefulsets", LEFT),
        access("list", "apps", "daemonsets", LEFT),
        cluster_access(
            "get",
            "apiregistration.k8s.io",
            "apiservices",
            "why an API does not answer is not known",
        ),
    ],
    page: include_str!("get_namespace_deletion.rs"),
    run,
};

/// Since when a namespace is being deleted, as far as it tells: since the time of its deletion, or at
/// the latest since the first change of a condition that speaks of it. None of one that is not.
pub fn deleted_since(namespace: &Object) -> Option<Time> {
    let first = || {
        let own = conditions(namespace.json()).filter_map(|(_, one)| time_of(one));
        own.min().filter(|_| namespace.text("/status/phase") == Some("Terminating"))
    };
    namespace.time("/metadata/deletionTimestamp").or_else(first)
}

/// Whether the controller of a namespace says what it cannot do for its deletion.
pub fn deletion_fails(namespace: &Object) -> bool {
    conditions(namespace.json())
        .any(|(sort, one)| deletion_words::FAILURES.contains(&sort) && holds(one))
}

/// The conditions of a namespace that speak of its deletion, with what each speaks of.
fn conditions(namespace: &Json) -> impl Iterator<Item = (&'static str, &Json)> {
    field::items(namespace, "/status/conditions").iter().filter_map(|one| {
        let kind = field::word(one, "/type")?;
        let (_, sort) = deletion_words::CONDITIONS.into_iter().find(|(name, _)| *name == kind)?;
        Some((sort, one))
    })
}

fn holds(condition: &Json) -> bool {
    field::word(condition, "/status") == Some("True")
}

fn time_of(condition: &Json) -> Option<Time> {
    field::time(condition, "/lastTransitionTime")
}

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let name = arguments.required("namespace");
    let question = Question::get(Kind::Namespace, None, name);
    let sight = Sight::read(inquiry.ask(&question)?, &question);
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let told = Told { sight: &sight };
    let remaining = told.counted("remaining", deletion_words::remaining);
    let (held, groups) = (held(name, &remaining, inquiry), told.groups(inquiry));
    Ok(told.describe(name, remaining, held?, groups?, inquiry.now()).into_value())
}

/// What was read of the namespace itself.
struct Told<'a> {
    sight: &'a Sight,
}

impl Told<'_> {
    /// Why there may be conditions that were not read.
    fn unshown(&self) -> Option<Unseen> {
        let place = "/status/conditions";
        self.sight.object().filter(|own| !own.is_shown(place)).map(|own| own.unshown(place))
    }

    fn source(&self, sort: &str) -> Option<Source> {
        let all = field::items(self.sight.json(), "/status/conditions");
        let (kind, _) = deletion_words::CONDITIONS.into_iter().find(|(_, own)| *own == sort)?;
        let at = all.iter().position(|one| field::word(one, "/type") == Some(kind))?;
        let source = self.sight.source(&format!("status.conditions[{at}]"))?.at(time_of(&all[at]));
        Some(match field::text(&all[at], "/message") {
            Some(message) => source.quoting(message),
            None => source,
        })
    }

    /// The message of a condition that holds.
    fn message(&self, sort: &str) -> Option<String> {
        let own = conditions(self.sight.json()).find(|(own, one)| *own == sort && holds(one));
        own.map(|(_, one)| field::text(one, "/message").unwrap_or_default())
    }

    fn counted(&self, sort: &str, read: fn(&str) -> Vec<(String, i64)>) -> Partial<(String, i64)> {
        let items = self.message(sort).map(|message| read(&message)).unwrap_or_default();
        Partial { items, missing: self.unshown() }
    }

    fn failures(&self) -> Vec<NamespaceFailure> {
        let failed = conditions(self.sight.json())
            .filter(|(sort, one)| deletion_words::FAILURES.contains(sort) && holds(one));
        failed
            .map(|(sort, one)| {
                let message = field::text(one, "/message").unwrap_or_default();
                let refused = deletion_words::refused_by(&message);
                NamespaceFailure {
                    sort,
                    since: time_of(one),
                    refused: refused.as_ref().map(|(word, _)| *word),
                    refused_by: refused.and_then(|(_, name)| name),
                    message,
                    source: self.source(sort),
                }
            })
            .collect()
    }

    fn groups(&self, inquiry: &Inquiry) -> Result<Vec<SilentApi>, Pending> {
        let message = self.message("discovery").unwrap_or_default();
        let named = deletion_words::groups(&message);
        let reference = |group_version: &str| {
            let (group, version) = group_version.split_once('/').unwrap_or((group_version, ""));
            ObjectRef::new(Kind::APIService, None, &format!("{version}.{group}"))
        };
        let questions: Vec<Question> =
            named.iter().map(|(name, _)| Question::Get { object: reference(name) }).collect();
        let replies = inquiry.ask_all(&questions)?;
        let seen = replies.into_iter().zip(&questions).map(|(reply, one)| Sight::read(reply, one));
        let described = named.into_iter().zip(seen).map(|((group_version, error), sight)| {
            let facts = Registered::of(&sight);
            SilentApi {
                r#ref: reference(&group_version),
                group_version,
                error,
                available: facts.available,
                message: facts.message,
                service: facts.service,
                source: facts.source.or_else(|| self.source("discovery")),
            }
        });
        Ok(described.collect())
    }

    fn describe(
        &self,
        name: &str,
        remaining: Partial<(String, i64)>,
        held: Partial<HeldObject>,
        groups: Vec<SilentApi>,
        now: Time,
    ) -> NamespaceDeletion {
        let json = self.sight.json();
        let deleting = field::time(json, "/metadata/deletionTimestamp").is_some()
            || field::word(json, "/status/phase") == Some("Terminating");
        let since = self.sight.object().and_then(|own| deleted_since(own));
        let seconds = match (deleting, since, self.sight.object()) {
            (false, _, _) => Known::Seen(0),
            (true, Some(since), _) => Known::Seen(now.duration_since(since).as_secs()),
            (true, None, Some(own)) => Known::Unknown(own.unshown("/metadata/deletionTimestamp")),
            (true, None, None) => Known::Seen(0),
        };
        let counted = remaining.items.iter().map(|(resource, _)| resource);
        let unlisted = counted.filter(|own| kind_of(own).is_none()).cloned().collect();
        let at_remaining = self.source("remaining");
        let resource = |(resource, count): (String, i64)| RemainingResource {
            resource,
            count,
            source: at_remaining.clone(),
        };
        let at_finalizers = self.source("finalizers");
        let finalizer = |(finalizer, count): (String, i64)| RemainingFinalizer {
            finalizer,
            count,
            source: at_finalizers.clone(),
        };
        let finalizers = self.counted("finalizers", deletion_words::finalizers);
        NamespaceDeletion {
            exists: self.sight.object().is_some(),
            name: name.to_owned(),
            r#ref: ObjectRef::new(Kind::Namespace, None, name),
            deleting,
            deleting_seconds: Cited {
                value: seconds,
                source: self.sight.source("metadata.deletionTimestamp").map(|one| one.at(since)),
            },
            spoken: self
                .sight
                .told("/status/conditions", |json, _| conditions(json).next().is_some()),
            failures: Partial { items: self.failures(), missing: self.unshown() },
            groups: Partial { items: groups, missing: self.unshown() },
            remaining: Partial {
                items: remaining.items.into_iter().map(resource).collect(),
                missing: remaining.missing,
            },
            remaining_finalizers: Partial {
                items: finalizers.items.into_iter().map(finalizer).collect(),
                missing: finalizers.missing,
            },
            held,
            unlisted,
            finalizers: self.sight.told("/spec/finalizers", own_finalizers),
            source: self.sight.source("status"),
        }
    }
}

/// Those of the namespace itself: in its metadata, and in its specification, where its controller
/// has one of its own, `kubernetes`, until the content is gone.
fn own_finalizers(namespace: &Json, pointer: &str) -> Vec<String> {
    let mut all = field::texts(namespace, "/metadata/finalizers");
    all.extend(field::texts(namespace, pointer).into_iter().filter(|one| one != "kubernetes"));
    all
}

/// What the registration of an API says of it.
struct Registered {
    available: Known<Option<String>>,
    message: Known<Option<String>>,
    service: Known<Option<String>>,
    source: Option<Source>,
}

impl Registered {
    fn of(sight: &Sight) -> Registered {
        if let Sight::Unseen(unseen) = sight {
            let unknown = || Known::Unknown(unseen.clone());
            return Registered {
                available: unknown(),
                message: unknown(),
                service: unknown(),
                source: None,
            };
        }
        let all = field::items(sight.json(), "/status/conditions");
        let at = all.iter().position(|one| field::word(one, "/type") == Some("Available"));
        let own = at.map(|at| &all[at]);
        let message = own.and_then(|one| field::text(one, "/message"));
        let place = at.and_then(|at| sight.source(&format!("status.conditions[{at}]")));
        let service = |key: &str| field::word(sight.json(), &format!("/spec/service/{key}"));
        let service = service("namespace").zip(service("name"));
        Registered {
            available: Known::Seen(own.and_then(|one| field::text(one, "/status"))),
            service: Known::Seen(service.map(|(namespace, name)| format!("{namespace}/{name}"))),
            source: match &message {
                Some(message) => place.map(|place| place.quoting(message.as_str())),
                None => place,
            },
            message: Known::Seen(message),
        }
    }
}

/// The kind of a resource as the controller counts it, where it is asked for.
fn kind_of(resource: &str) -> Option<Kind> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    ASKED_FOR.into_iter().find(|kind| kind.plural() == plural && kind.group() == group)
}

fn held(
    namespace: &str,
    remaining: &Partial<(String, i64)>,
    inquiry: &Inquiry,
) -> Result<Partial<HeldObject>, Pending> {
    let kinds = remaining.items.iter().filter_map(|(resource, _)| kind_of(resource));
    let questions: Vec<Question> =
        kinds.map(|kind| Question::list(kind, Some(namespace))).collect();
    let mut held = Partial { items: Vec::new(), missing: remaining.missing.clone() };
    for (reply, question) in inquiry.ask_all(&questions)?.into_iter().zip(&questions) {
        let (listing, missing) = sight::listing(reply, question);
        held.missing = held.missing.or(missing);
        held.items.extend(listing.items.iter().map(|one| describe(one, inquiry.now())));
    }
    held.items.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    Ok(held)
}

fn describe(object: &Arc<Object>, now: Time) -> HeldObject {
    let due = object.time(Object::DUE);
    HeldObject {
        kind: object.reference().kind.name().to_owned(),
        name: object.reference().name.clone(),
        r#ref: object.reference().clone(),
        deleting: due.is_some(),
        overdue_seconds: object.overdue_seconds(now),
        finalizers: Cited {
            value: field::texts(object.json(), "/metadata/finalizers"),
            source: Some(Source::field(object, "metadata.finalizers")),
        },
        source: Some(Source::field(object, "metadata.deletionTimestamp").at(due)),
    }
}
