//! The quotas of a namespace: every resource that one bounds, how much of it is used, and whether
//! anything is left.
//!
//! Reads the ResourceQuotas of the namespace. A namespace may have several; a request must fit
//! into each of them.
//!
//! ## Absence
//!
//! A namespace without a quota has an empty list. Where the list was not seen it is incomplete, and
//! "no quota is used up" is unknown. A bound whose usage the quota controller has not reported yet
//! has `used` null.
//!
//! ## Example
//!
//! ```text
//! quotas = get_namespace_resource_quota("<namespace>")
//! - When `quotas.bounds.exists(b, b.family == "pods" && b.used_up)` → likely **namespace-pod-quota-exceeded** at `quotas.bounds.filter(b, b.used_up).map(b, b.ref)`
//! ```
//!
//! ```json
//! { "bounds": [ { "ref": "ResourceQuota shop/team", "quota": "team", "resource": "requests.cpu",
//!     "family": "cpu", "hard": "4", "used": "4", "used_up": true, "left": 0.0 } ] }
//! ```

use evidence::{
    Fact, Inquiry, Kind, Object, ObjectRef, Partial, Pending, Quantity, Question, Source, Value,
};
use serde_json::Value as Json;

use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, sight};

evidence::facts! {
    /// The quotas of a namespace.
    pub struct NamespaceQuotas {
        /// Every resource that a quota bounds, by quota and resource.
        pub bounds: Partial<QuotaBound>,
    }

    /// A resource that a quota bounds.
    pub struct QuotaBound {
        /// The quota.
        pub r#ref: ObjectRef,
        /// Its name.
        pub quota: String,
        /// The resource as the quota names it, such as `requests.cpu` or `services.nodeports`.
        pub resource: String,
        /// What it is of: `cpu`, `memory`, `pods`, `services`, `storage` or `other`.
        pub family: &'static str,
        /// Whether the quota is for the pods of its scopes only.
        pub scoped: bool,
        /// How much there may be.
        pub hard: String,
        /// How much there is; null where nobody has counted yet.
        pub used: Option<String>,
        /// Whether as much is used as there may be, or more.
        pub used_up: bool,
        /// How much is left, as a number in the resource's own unit; null where it is not counted.
        pub left: Option<f64>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_namespace_resource_quota",
    parameters: &[NAMESPACE],
    facts: NamespaceQuotas::SHAPE,
    permissions: &[access("list", "", "resourcequotas", "nothing is known")],
    page: include_str!("get_namespace_resource_quota.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let question = Question::list(Kind::ResourceQuota, Some(arguments.required("namespace")));
    let (listing, missing) = sight::listing(inquiry.ask(&question)?, &question);
    let mut items: Vec<QuotaBound> = listing.items.iter().flat_map(|quota| bounds(quota)).collect();
    items.sort_by(|a, b| (&a.quota, &a.resource).cmp(&(&b.quota, &b.resource)));
    Ok(NamespaceQuotas { bounds: Partial { items, missing }, source: None }.into_value())
}

fn bounds(quota: &Object) -> Vec<QuotaBound> {
    let told = |at: &str| quota.at(at).and_then(Json::as_object);
    let (at, hard) = match told("/status/hard") {
        Some(hard) => ("status", hard),
        None => match told("/spec/hard") {
            Some(hard) => ("spec", hard),
            None => return Vec::new(),
        },
    };
    let used = told("/status/used");
    let bound = |(resource, hard): (&String, &Json)| {
        let hard = amount(hard)?;
        let used = used.and_then(|used| amount(used.get(resource)?));
        let left = used
            .as_deref()
            .and_then(|used| Quantity::parse(&hard)?.checked_sub(Quantity::parse(used)?));
        let quote = match &used {
            Some(used) => format!("{resource}: {used} of {hard} used"),
            None => format!("{resource}: at most {hard}"),
        };
        Some(QuotaBound {
            r#ref: quota.reference().clone(),
            quota: quota.reference().name.clone(),
            family: family(resource),
            resource: resource.clone(),
            scoped: ["/spec/scopes", "/spec/scopeSelector/matchExpressions"]
                .iter()
                .any(|place| !quota.items(place).is_empty()),
            hard,
            used,
            used_up: left.is_some_and(|left| left.sign() <= 0),
            left: left.map(Quantity::as_approximate_float),
            source: Some(Source::field(quota, format!("{at}.hard.{resource}")).quoting(quote)),
        })
    };
    hard.iter().filter_map(bound).collect()
}

fn amount(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned).or_else(|| Some(json.as_i64()?.to_string()))
}

/// What a resource of a quota is of (docs: concepts/policy/resource-quotas).
fn family(resource: &str) -> &'static str {
    match resource {
        "cpu" | "requests.cpu" | "limits.cpu" => "cpu",
        "memory" | "requests.memory" | "limits.memory" => "memory",
        "pods" | "count/pods" => "pods",
        "services" | "count/services" | "services.nodeports" | "services.loadbalancers" => {
            "services"
        }
        "requests.storage" | "persistentvolumeclaims" | "count/persistentvolumeclaims" => "storage",
        own if own.contains(".storageclass.storage.k8s.io/") => "storage",
        "requests.ephemeral-storage" | "limits.ephemeral-storage" | "ephemeral-storage" => {
            "storage"
        }
        _ => "other",
    }
}
