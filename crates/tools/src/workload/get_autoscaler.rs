//! A HorizontalPodAutoscaler: what it scales, by what, and what keeps it from doing so.
//!
//! Reads the autoscaler, the workload that it scales, the services of the namespace, and the
//! Deployment of the metrics server in `kube-system`. Its conditions say whether it can scale
//! (`able`), whether it knows what to scale to (`active`), and whether a bound holds it (`limited`).
//!
//! ## Absence
//!
//! An autoscaler that does not exist has `exists` false. `target_exists` is unknown where the
//! workload was not seen, or is of a kind that is not asked for. Without the Deployments of
//! `kube-system`, `metrics_server` is unknown; it is null when none there looks like one.
//!
//! ## Example
//!
//! ```text
//! scaler = get_autoscaler("<hpa>", "<namespace>")
//! - When `scaler.active.status == "False" && scaler.active.message.contains("missing request for")` → **resource-request-missing** at `scaler.target`
//! ```
//!
//! ```json
//! { "exists": true, "target": "Deployment shop/web", "target_exists": true, "min": 2, "max": 6,
//!   "current": 2, "desired": 2, "active": { "status": "False", "reason": "FailedGetResourceMetric" },
//!   "unrequested": ["server: cpu"] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Value,
};
use serde_json::Value as Json;

use crate::service::network;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// An autoscaler and what it scales.
    pub struct Autoscaler {
        /// Whether it exists.
        pub exists: bool,
        /// The autoscaler.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// What it scales, as kind/name.
        pub target_name: Cited<String>,
        /// The same, as an object that a decision can name; null for a kind that is not asked for.
        pub target: Option<ObjectRef>,
        /// Whether that exists.
        pub target_exists: Known<bool>,
        /// How many pods that wants.
        pub target_replicas: Known<Option<Cited<i64>>>,
        /// The services that lead to its pods, by name.
        pub services: Partial<String>,
        /// The fewest pods that it may scale to.
        pub min: i64,
        /// The most pods that it may scale to.
        pub max: Cited<i64>,
        /// How many pods it saw.
        pub current: i64,
        /// How many pods it wants.
        pub desired: i64,
        /// Its condition `AbleToScale`.
        pub able: Option<ScalerCondition>,
        /// Its condition `ScalingActive`.
        pub active: Option<ScalerCondition>,
        /// Its condition `ScalingLimited`.
        pub limited: Option<ScalerCondition>,
        /// Containers of the target without a request for a resource that a share is computed of,
        /// as `container: resource`.
        pub unrequested: Known<Vec<String>>,
        /// The metrics of which it sees more than it aims at, in words.
        pub exceeded: Vec<String>,
        /// The Deployment that serves the resource metrics.
        pub metrics_server: Known<Option<MetricsServer>>,
    }

    /// A condition of an autoscaler.
    pub struct ScalerCondition {
        /// `True`, `False` or `Unknown`.
        pub status: String,
        /// Why, as a word.
        pub reason: Option<String>,
        /// Why, as a sentence; empty for none.
        pub message: Cited<String>,
        /// When it last changed.
        pub since: Option<Time>,
    }

    /// The Deployment that serves the resource metrics.
    pub struct MetricsServer {
        /// The Deployment.
        pub r#ref: ObjectRef,
        /// How many pods it wants.
        pub wanted: i64,
        /// How many of them are ready.
        pub ready: Cited<i64>,
    }
}

const HPA: Parameter = Parameter {
    name: "hpa",
    kind: ParameterKind::Text,
    required: true,
    doc: "the name of the HorizontalPodAutoscaler",
};

/// Where the metrics server runs.
const SYSTEM: &str = "kube-system";

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_autoscaler",
    parameters: &[HPA, NAMESPACE],
    facts: Autoscaler::SHAPE,
    permissions: &[
        access("get", "autoscaling", "horizontalpodautoscalers", "nothing is known"),
        access("get", "apps", "deployments", "it is not known whether what it scales exists"),
        access("get", "apps", "statefulsets", "it is not known whether what it scales exists"),
        access("list", "", "services", "it is not known who needs the pods"),
        crate::cluster_access(
            "list",
            "apps",
            "deployments",
            "nothing is known of the metrics server",
        ),
    ],
    page: include_str!("get_autoscaler.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("hpa"), arguments.required("namespace"));
    let services = Question::list(Kind::Service, Some(namespace));
    let system = Question::list(Kind::Deployment, Some(SYSTEM));
    let around = [inquiry.ask(&services), inquiry.ask(&system)];
    let sight = Sight::of(inquiry, Kind::HorizontalPodAutoscaler, namespace, name)?;
    if let Sight::Unseen(unseen) = sight {
        let [first, second] = around;
        first.and(second)?;
        return Ok(Value::Unknown(unseen));
    }
    let target = target_of(sight.json(), namespace);
    let scaled = target.as_ref().map(|target| {
        let get = Question::Get { object: target.clone() };
        Ok(Sight::read(inquiry.ask(&get)?, &get))
    });
    let [first, second] = around;
    let (services, no_services) = sight::listing(first?, &services);
    let (system, no_system) = sight::listing(second?, &system);
    let scaled: Option<Sight> = scaled.transpose()?;
    let found = system.items.iter().find(|one| is_metrics_server(one)).map(|one| served(one));
    let metrics_server = match (found, no_system) {
        (None, Some(unseen)) => Known::Unknown(unseen),
        (found, _) => Known::Seen(found),
    };
    let own = scaled.as_ref().and_then(Sight::object);
    let leads = |service: &&Arc<Object>| {
        let wanted = network::selector(service);
        !wanted.is_empty()
            && own
                .is_some_and(|own| network::matches(&wanted, own, "/spec/template/metadata/labels"))
    };
    let names = services.items.iter().filter(leads).map(|one| one.reference().name.clone());
    let services = Partial { items: names.collect(), missing: no_services };
    Ok(describe(&sight, target, scaled.as_ref(), services, metrics_server).into_value())
}

fn target_of(scaler: &Json, namespace: &str) -> Option<ObjectRef> {
    let word = |key: &str| field::word(scaler, &format!("/spec/scaleTargetRef/{key}"));
    let kind = Kind::of(word("apiVersion").unwrap_or("apps/v1"), word("kind")?)?;
    Some(ObjectRef::new(kind, Some(namespace), word("name")?))
}

fn is_metrics_server(deployment: &Object) -> bool {
    let labels = ["k8s-app", "app.kubernetes.io/name"];
    deployment.reference().name.starts_with("metrics-server")
        || labels.into_iter().any(|label| deployment.label(label) == Some("metrics-server"))
}

fn served(deployment: &Object) -> MetricsServer {
    let ready = deployment.int("/status/readyReplicas").unwrap_or(0);
    let wanted = deployment.int("/spec/replicas").unwrap_or(1);
    let source = Source::field(deployment, "status.readyReplicas");
    MetricsServer {
        r#ref: deployment.reference().clone(),
        wanted,
        ready: Cited::new(ready, source.quoting(format!("{ready} of {wanted} pods are ready"))),
        source: Some(Source::field(deployment, "status")),
    }
}

fn describe(
    sight: &Sight,
    target: Option<ObjectRef>,
    scaled: Option<&Sight>,
    services: Partial<String>,
    metrics_server: Known<Option<MetricsServer>>,
) -> Autoscaler {
    let json = sight.json();
    let number = |pointer: &str| field::int(json, pointer);
    let word = |key: &str| field::word(json, &format!("/spec/scaleTargetRef/{key}"));
    let (kind, name) = (word("kind").unwrap_or_default(), word("name").unwrap_or_default());
    let reference = match sight {
        Sight::Seen(object) => object.reference().clone(),
        Sight::Absent(reference) => reference.clone(),
        Sight::Unseen(_) => ObjectRef::new(Kind::HorizontalPodAutoscaler, None, ""),
    };
    let foreign = || {
        let why = "a workload of that kind is not asked for";
        let what = format!("{kind}/{name}");
        evidence::Unseen::new(evidence::UnseenKind::NotCaptured, what, why)
    };
    let of_target = |sight: Option<&Sight>| match sight {
        Some(Sight::Unseen(unseen)) => Err(unseen.clone()),
        Some(seen) => Ok(seen.clone()),
        None => Err(foreign()),
    };
    let scaled = of_target(scaled);
    let known = |read: &dyn Fn(&Sight) -> Vec<String>| match &scaled {
        Ok(seen) => Known::Seen(read(seen)),
        Err(unseen) => Known::Unknown(unseen.clone()),
    };
    Autoscaler {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        target_name: Cited {
            value: format!("{}/{name}", kind.to_ascii_lowercase()),
            source: sight.source("spec.scaleTargetRef"),
        },
        target,
        target_exists: match &scaled {
            Ok(seen) => Known::Seen(seen.object().is_some()),
            Err(unseen) => Known::Unknown(unseen.clone()),
        },
        target_replicas: match &scaled {
            Ok(seen) => Known::Seen(seen.object().map(|one| Cited {
                value: one.int("/spec/replicas").unwrap_or(1),
                source: seen.source("spec.replicas"),
            })),
            Err(unseen) => Known::Unknown(unseen.clone()),
        },
        services,
        min: number("/spec/minReplicas").unwrap_or(1),
        max: Cited {
            value: number("/spec/maxReplicas").unwrap_or(0),
            source: sight.source("spec.maxReplicas"),
        },
        current: number("/status/currentReplicas").unwrap_or(0),
        desired: number("/status/desiredReplicas").unwrap_or(0),
        able: said(sight, "AbleToScale"),
        active: said(sight, "ScalingActive"),
        limited: said(sight, "ScalingLimited"),
        unrequested: known(&|seen| unrequested(json, seen.json())),
        exceeded: exceeded(json),
        metrics_server,
        source: sight.source("status"),
    }
}

fn said(sight: &Sight, kind: &str) -> Option<ScalerCondition> {
    let all = field::items(sight.json(), "/status/conditions");
    let at = all.iter().position(|one| field::word(one, "/type") == Some(kind))?;
    let message = field::text(&all[at], "/message").unwrap_or_default();
    let source = sight.source(&format!("status.conditions[{at}]"));
    Some(ScalerCondition {
        status: field::text(&all[at], "/status")?,
        reason: field::text(&all[at], "/reason"),
        since: field::time(&all[at], "/lastTransitionTime"),
        message: Cited {
            source: source.clone().map(|source| source.quoting(message.as_str())),
            value: message,
        },
        source,
    })
}

/// Containers without a request for a resource of which a metric takes a share: the controller
/// computes none then, for any pod (pkg/controller/podautoscaler, `calculatePodRequests`).
fn unrequested(scaler: &Json, target: &Json) -> Vec<String> {
    let mut found = Vec::new();
    for metric in field::items(scaler, "/spec/metrics") {
        let source =
            ["/resource", "/containerResource"].into_iter().find_map(|at| metric.pointer(at));
        let Some(source) = source else { continue };
        let Some(resource) = field::word(source, "/name") else { continue };
        if field::word(source, "/target/type") != Some("Utilization") {
            continue;
        }
        let only = field::word(source, "/container");
        for container in field::items(target, "/spec/template/spec/containers") {
            let name = field::word(container, "/name").unwrap_or_default();
            let amount = |of: &str| container.pointer(&format!("/resources/{of}/{resource}"));
            let asked = only.is_none_or(|only| only == name);
            // A limit without a request is taken for the request too.
            if asked && amount("requests").or_else(|| amount("limits")).is_none() {
                found.push(format!("{name}: {resource}"));
            }
        }
    }
    found
}

/// Resource metrics of which a greater share is used than aimed at.
fn exceeded(scaler: &Json) -> Vec<String> {
    let share = |list: &str, name: &str, at: &str| {
        let one = field::items(scaler, list).iter().find(|one| {
            let kinds = ["/resource/name", "/containerResource/name"];
            kinds.into_iter().any(|kind| field::word(one, kind) == Some(name))
        })?;
        let kinds = ["/resource", "/containerResource"];
        kinds.into_iter().find_map(|kind| field::int(one, &format!("{kind}{at}")))
    };
    ["cpu", "memory"]
        .into_iter()
        .filter_map(|name| {
            let used = share("/status/currentMetrics", name, "/current/averageUtilization")?;
            let aim = share("/spec/metrics", name, "/target/averageUtilization")?;
            (used > aim).then(|| format!("{name} {used}% of {aim}%"))
        })
        .collect()
}
