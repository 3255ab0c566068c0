//! How much CPU and memory a pod uses at present, beside its limits: what `kubectl top pod` shows.
//!
//! Reads the pod's metrics from the metrics API, which metrics-server or another add-on serves,
//! and the pod for its limits. Of a transcript `kubectl top pod` is read; without `--containers` it
//! tells only the sum.
//!
//! ## Absence
//!
//! A cluster without the metrics API, a pod that was not measured yet and one that does not exist
//! are all unknown: what is not measured is not zero. `containers` is partial where only the sum
//! was told of a pod of several containers. A container without a limit has no share of it. The
//! figures are means over `window_seconds`, so that a short peak is not in them.
//!
//! ## Example
//!
//! ```text
//! usage = get_pod_top_metrics("<pod>", "<namespace>")
//! - When `usage.containers.exists(c, c.memory_share >= 0.9)` → possibly **memory-nearly-used-up**
//! ```
//!
//! ```json
//! { "name": "checkout-7c9f", "cpu_millicores": 250, "memory_bytes": 522190848,
//!   "measured": "2026-11-20T14:02:00Z", "window_seconds": 15,
//!   "containers": [ { "name": "server", "cpu_millicores": 250, "memory_bytes": 522190848,
//!     "cpu_limit_millicores": 500, "memory_limit_bytes": 536870912, "cpu_share": 0.5,
//!     "memory_share": 0.97 } ] }
//! ```

use evidence::{
    Fact, Inquiry, Kind, Object, ObjectRef, Partial, Pending, Quantity, Source, Time, Unseen,
    UnseenKind, Value,
};
use serde_json::Value as Json;

use crate::pod::container;
use crate::sight::Sight;
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// What a pod uses at present.
    pub struct PodTopMetrics {
        /// The pod.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// The CPU of all its containers, in thousandths of a core.
        pub cpu_millicores: Option<i64>,
        /// The memory of all its containers, in bytes: what the kubelet counts before it evicts.
        pub memory_bytes: Option<i64>,
        /// The same of each container.
        pub containers: Partial<ContainerUsage>,
        /// When it was measured.
        pub measured: Option<Time>,
        /// Over how many seconds.
        pub window_seconds: Option<i64>,
    }

    /// What a container uses at present.
    pub struct ContainerUsage {
        /// Its name.
        pub name: String,
        /// Its CPU, in thousandths of a core.
        pub cpu_millicores: Option<i64>,
        /// Its memory, in bytes.
        pub memory_bytes: Option<i64>,
        /// Its limit of CPU.
        pub cpu_limit_millicores: Option<i64>,
        /// Its limit of memory.
        pub memory_limit_bytes: Option<i64>,
        /// Its CPU as a part of its limit, from 0.
        pub cpu_share: Option<f64>,
        /// Its memory as a part of its limit, from 0.
        pub memory_share: Option<f64>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_top_metrics",
    parameters: &[POD, NAMESPACE],
    facts: PodTopMetrics::SHAPE,
    permissions: &[
        access("get", "metrics.k8s.io", "pods", "nothing is known"),
        access("get", "", "pods", "limits are unknown"),
    ],
    page: include_str!("get_pod_top_metrics.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let metrics = Sight::of(inquiry, Kind::PodMetrics, namespace, name);
    let pod = Sight::of(inquiry, Kind::Pod, namespace, name)?;
    let metrics = match metrics? {
        Sight::Seen(metrics) => metrics,
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen)),
        Sight::Absent(object) => {
            let why = "it was not measured, or not yet";
            return Ok(Value::Unknown(Unseen::new(UnseenKind::NotCaptured, object, why)));
        }
    };
    let usage = Usage { metrics: &metrics, pod: pod.object().map(|pod| &**pod) };
    Ok(usage.facts(ObjectRef::new(Kind::Pod, Some(namespace), name)).into_value())
}

struct Usage<'a> {
    metrics: &'a Object,
    pod: Option<&'a Object>,
}

impl Usage<'_> {
    fn facts(&self, pod: ObjectRef) -> PodTopMetrics {
        let json = self.metrics.json();
        let containers = self.containers();
        let sum = |resource: &str, of: fn(&ContainerUsage) -> Option<i64>| {
            let told = amount(json, &format!("/tsg.dev~1sum/{resource}"), resource);
            let whole = containers.missing.is_none();
            told.or_else(|| whole.then(|| containers.items.iter().map(of).sum::<Option<i64>>())?)
        };
        PodTopMetrics {
            cpu_millicores: sum("cpu", |one| one.cpu_millicores),
            memory_bytes: sum("memory", |one| one.memory_bytes),
            measured: field::time(json, "/timestamp"),
            window_seconds: field::word(json, "/window").and_then(seconds),
            containers,
            name: pod.name.clone(),
            r#ref: pod,
            source: Some(Source::field(self.metrics, "containers")),
        }
    }

    fn containers(&self) -> Partial<ContainerUsage> {
        let measured = field::items(self.metrics.json(), "/containers");
        if !measured.is_empty() {
            let items = measured.iter().map(|one| {
                self.container(field::text(one, "/name").unwrap_or_default(), one, "/usage")
            });
            return Partial { items: items.collect(), missing: None };
        }
        // A sum is that of its container, where there is one only.
        let main = self.pod.map(|pod| field::names(pod.json(), "/spec/containers"));
        match main.as_deref() {
            Some([name]) => {
                let only = self.container(name.clone(), self.metrics.json(), "/tsg.dev~1sum");
                Partial { items: vec![only], missing: None }
            }
            _ => {
                let what = format!("what each container of {} uses", self.metrics.reference());
                let why = "only the sum of the pod was told";
                let missing = Unseen::new(UnseenKind::NotCaptured, what, why);
                Partial { items: Vec::new(), missing: Some(missing) }
            }
        }
    }

    fn container(&self, name: String, measured: &Json, at: &str) -> ContainerUsage {
        let limit = |resource: &str| {
            let all = container::of(self.pod?);
            let own = all.iter().find(|one| one.name == name)?;
            amount(own.spec, &format!("/resources/limits/{resource}"), resource)
        };
        let used = |resource: &str| amount(measured, &format!("{at}/{resource}"), resource);
        let (cpu, memory) = (used("cpu"), used("memory"));
        let (cpu_limit, memory_limit) = (limit("cpu"), limit("memory"));
        ContainerUsage {
            cpu_share: share(cpu, cpu_limit),
            memory_share: share(memory, memory_limit),
            cpu_millicores: cpu,
            memory_bytes: memory,
            cpu_limit_millicores: cpu_limit,
            memory_limit_bytes: memory_limit,
            source: Some(Source::field(self.metrics, format!("containers[{name}].usage"))),
            name,
        }
    }
}

/// A quantity in bytes, or for CPU in thousandths.
fn amount(json: &Json, pointer: &str, resource: &str) -> Option<i64> {
    let value = Quantity::parse(field::word(json, pointer)?)?.as_approximate_float();
    let value = if resource == "cpu" { value * 1000.0 } else { value };
    Some(value.round() as i64)
}

fn share(used: Option<i64>, limit: Option<i64>) -> Option<f64> {
    let limit = limit.filter(|limit| *limit > 0)?;
    Some((used? as f64 / limit as f64 * 100.0).round() / 100.0)
}

/// A span as Go prints one: `15s`, `1m0s`, `15.021s`.
fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::SignedDuration>().ok().map(|span| span.as_secs())
}
