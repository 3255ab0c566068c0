//! An HTTPRoute of the Gateway API as the controllers of its Gateways see it: which of them do not
//! take it, or cannot send where it says, and why.
//!
//! Reads the HTTPRoute and the services of its namespace. A controller writes two conditions for each
//! parent: `Accepted`, whether the Gateway takes the route, and `ResolvedRefs`, whether every backend
//! was found and may be used. A condition about an earlier generation of the route says nothing of
//! this one, and is left out.
//!
//! ## Absence
//!
//! An HTTPRoute that does not exist has `exists` false. Where the source shows no status, `refusals`
//! is unknown; without the services so is `backends_found`, unless every backend was seen. A route
//! that no controller has looked at has no refusals.
//!
//! ## Example
//!
//! ```text
//! route = get_httproute_details("<httproute>", "<namespace>")
//! - When `route.refusals.exists(r, r.reason == "RefNotPermitted")` → **gateway-reference-refused** at `route.ref`
//! ```
//!
//! ```json
//! { "exists": true, "name": "shop", "hosts": ["shop.example.com"], "backends_found": true,
//!   "refusals": [ { "parent": "Gateway infra/public", "listener": "https", "condition": "Accepted",
//!     "reason": "NoMatchingListenerHostname", "controller": "example.com/gateway-controller" } ] }
//! ```

use evidence::{Fact, Inquiry, Kind, Known, Object, ObjectRef, Pending, Question, Source, Value};
use serde_json::Value as Json;

use crate::service::{get_routes, routes};
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// An HTTPRoute.
    pub struct HttpRouteDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The HTTPRoute.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// The hosts that it is for; none for all.
        pub hosts: Vec<String>,
        /// What controllers refuse of it, as it is now.
        pub refusals: Known<Vec<RouteRefusal>>,
        /// Whether every backend that gets requests is a service of the namespace that exists. One of
        /// another namespace or kind is not looked for, and counts as not found.
        pub backends_found: Known<bool>,
    }

    /// A refusal of an HTTPRoute.
    pub struct RouteRefusal {
        /// For which parent: its kind and name, such as `Gateway infra/public`.
        pub parent: String,
        /// The listener that the route names, where it names one.
        pub listener: Option<String>,
        /// The controller that says so.
        pub controller: String,
        /// The condition that is false: `Accepted` or `ResolvedRefs`.
        pub condition: String,
        /// Its reason.
        pub reason: String,
        /// Its message.
        pub message: String,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_httproute_details",
    parameters: &[
        Parameter {
            name: "httproute",
            kind: ParameterKind::Text,
            required: true,
            doc: "the HTTPRoute's name",
        },
        NAMESPACE,
    ],
    facts: HttpRouteDetails::SHAPE,
    permissions: &[
        access("get", "gateway.networking.k8s.io", "httproutes", "nothing is known"),
        access("list", "", "services", "whether its backends exist is unknown"),
    ],
    page: include_str!("get_httproute_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("httproute"), arguments.required("namespace"));
    Ok(match Sight::of(inquiry, Kind::HTTPRoute, namespace, name)? {
        Sight::Unseen(unseen) => Value::Unknown(unseen),
        Sight::Seen(route) => http_route(&route, inquiry)?.into_value(),
        Sight::Absent(reference) => HttpRouteDetails {
            exists: false,
            name: reference.name.clone(),
            hosts: Vec::new(),
            refusals: Known::Seen(Vec::new()),
            backends_found: Known::Seen(true),
            source: Some(Source::absence(reference.clone())),
            r#ref: reference,
        }
        .into_value(),
    })
}

/// What is known of an HTTPRoute.
///
/// # Errors
/// [`Pending`] while the services have not been asked for.
pub fn http_route(route: &Object, inquiry: &Inquiry) -> Result<HttpRouteDetails, Pending> {
    const STATUS: &str = "/status/parents";
    let refusals = match route.is_shown(STATUS) {
        true => Known::Seen(refusals(route)),
        false => Known::Unknown(route.unshown(STATUS)),
    };
    Ok(HttpRouteDetails {
        exists: true,
        r#ref: route.reference().clone(),
        name: route.reference().name.clone(),
        hosts: field::texts(route.json(), "/spec/hostnames"),
        refusals,
        backends_found: backends_found(route, inquiry)?,
        source: Some(Source::field(route, "spec")),
    })
}

fn refusals(route: &Object) -> Vec<RouteRefusal> {
    let generation = field::int(route.json(), "/metadata/generation");
    let is_current = |condition: &Json| {
        let observed = field::int(condition, "/observedGeneration");
        observed.is_none() || generation.is_none() || observed == generation
    };
    let mut found = Vec::new();
    for (parent, json) in route.items("/status/parents").iter().enumerate() {
        for (index, one) in field::items(json, "/conditions").iter().enumerate() {
            let condition = field::text(one, "/type").unwrap_or_default();
            let refuses = matches!(&*condition, "Accepted" | "ResolvedRefs")
                && field::word(one, "/status") == Some("False")
                && is_current(one);
            if !refuses {
                continue;
            }
            let reason = field::text(one, "/reason").unwrap_or_default();
            let message = field::text(one, "/message").unwrap_or_default();
            let place = format!("status.parents[{parent}].conditions[{index}]");
            let quote = format!("{condition}=False {reason}: {message}");
            found.push(RouteRefusal {
                parent: parent_of(json, route),
                listener: field::text(json, "/parentRef/sectionName"),
                controller: field::text(json, "/controllerName").unwrap_or_default(),
                source: Some(Source::field(route, place).quoting(quote)),
                condition,
                reason,
                message,
            });
        }
    }
    found
}

/// The kind and name of a parent. Without a kind it is a Gateway, without a namespace one of the
/// route's own.
fn parent_of(parent: &Json, route: &Object) -> String {
    let word = |pointer: &str| field::word(parent, pointer);
    let kind = word("/parentRef/kind").unwrap_or("Gateway");
    let own = route.reference().namespace.as_deref().unwrap_or_default();
    let namespace = word("/parentRef/namespace").unwrap_or(own);
    format!("{kind} {namespace}/{}", word("/parentRef/name").unwrap_or_default())
}

fn backends_found(route: &Object, inquiry: &Inquiry) -> Result<Known<bool>, Pending> {
    let question = Question::list(Kind::Service, route.reference().namespace.as_deref());
    let (services, missing) = sight::listing(inquiry.ask(&question)?, &question);
    if let Some(place) = routes::place(Kind::HTTPRoute).filter(|place| !route.is_shown(place)) {
        return Ok(Known::Unknown(route.unshown(place)));
    }
    let rules = route.items("/spec/rules").iter();
    let backends = rules.flat_map(|rule| field::items(rule, "/backendRefs"));
    let used = backends.filter(|one| field::int(one, "/weight") != Some(0)).count();
    let routes = get_routes::of_table(route, 0, &services.items);
    let exists = |one: &get_routes::GatewayRoute| one.backend.is_some();
    let elsewhere =
        routes.len() < used || routes.iter().any(|one| one.backend_exists.seen() == Some(&None));
    Ok(match missing.filter(|_| !elsewhere && !routes.iter().all(exists)) {
        Some(unseen) => Known::Unknown(unseen),
        None => Known::Seen(!elsewhere && routes.iter().all(exists)),
    })
}
