//! The LimitRanges of a namespace: what a container, pod or claim may ask for at least and at most,
//! and what it gets where it asks for nothing.
//!
//! Reads the LimitRanges of the namespace.
//!
//! ## Absence
//!
//! A namespace without one has an empty list. Where the list was not seen it is incomplete.
//!
//! ## Example
//!
//! ```text
//! ranges = get_namespace_limit_ranges("<namespace>")
//! - When `ranges.limits.exists(l, l.type == "Container" && has(l.max.memory))` → possibly **limit-range-violated**
//! ```
//!
//! ```json
//! { "limits": [ { "ref": "LimitRange shop/bounds", "type": "Container", "min": {},
//!     "max": {"memory": "1Gi"}, "default_request": {}, "default_limit": {"memory": "512Mi"},
//!     "max_ratio": {} } ] }
//! ```

use std::collections::BTreeMap;

use evidence::{Fact, Inquiry, Kind, ObjectRef, Partial, Pending, Question, Source, Value};
use serde_json::Value as Json;

use crate::tool::{NAMESPACE, access};
use crate::{Arguments, Tool, field, sight};

evidence::facts! {
    /// The LimitRanges of a namespace.
    pub struct LimitRanges {
        /// Every bound of every LimitRange.
        pub limits: Partial<Limit>,
    }

    /// What one sort of thing may ask for.
    pub struct Limit {
        /// The LimitRange.
        pub r#ref: ObjectRef,
        /// The sort: `Container`, `Pod` or `PersistentVolumeClaim`.
        pub r#type: String,
        /// The least, by resource.
        pub min: BTreeMap<String, String>,
        /// The most, by resource.
        pub max: BTreeMap<String, String>,
        /// What is requested for one that requests nothing.
        pub default_request: BTreeMap<String, String>,
        /// The limit of one that has none.
        pub default_limit: BTreeMap<String, String>,
        /// How many times the request a limit may be.
        pub max_ratio: BTreeMap<String, String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_namespace_limit_ranges",
    parameters: &[NAMESPACE],
    facts: LimitRanges::SHAPE,
    permissions: &[access("list", "", "limitranges", "nothing is known")],
    page: include_str!("get_namespace_limit_ranges.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let question = Question::list(Kind::LimitRange, Some(arguments.required("namespace")));
    let (listing, missing) = sight::listing(inquiry.ask(&question)?, &question);
    let limits = listing.items.iter().flat_map(|range| {
        let listed = range.items("/spec/limits").iter().enumerate();
        listed.map(move |(index, limit)| Limit {
            r#ref: range.reference().clone(),
            r#type: field::text(limit, "/type").unwrap_or_default(),
            min: amounts(limit, "min"),
            max: amounts(limit, "max"),
            default_request: amounts(limit, "defaultRequest"),
            default_limit: amounts(limit, "default"),
            max_ratio: amounts(limit, "maxLimitRequestRatio"),
            source: Some(Source::field(range, format!("spec.limits[{index}]"))),
        })
    });
    let items = limits.collect();
    Ok(LimitRanges { limits: Partial { items, missing }, source: None }.into_value())
}

fn amounts(limit: &Json, key: &str) -> BTreeMap<String, String> {
    let listed = limit.get(key).and_then(Json::as_object).into_iter().flatten();
    let amount =
        |json: &Json| json.as_str().map(str::to_owned).or_else(|| Some(json.as_i64()?.to_string()));
    listed.filter_map(|(name, json)| Some((name.clone(), amount(json)?))).collect()
}
