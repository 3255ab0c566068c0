//! The probes of a pod's containers as somebody wrote them, and how they fail.
//!
//! Reads the pod, its events and the template of its workload. A service mesh rewrites probes in
//! the pod so that its proxy answers in the container's place; where the pod's probe leads there,
//! the template's is given, and `rewritten` is true.
//!
//! ## Absence
//!
//! A pod that does not exist has no probes. The whole result is unknown when it was not seen.
//! Failures stand in events, which expire: where none was seen the list is incomplete for a pod
//! that is older than an hour.
//!
//! ## Example
//!
//! ```text
//! probes = get_probe_details("<pod>", "<namespace>")
//! - When `probes.probes.exists(p, p.kind == "readiness" && p.fails && !p.port_declared)` → **readiness-probe-wrong-port**
//! ```
//!
//! ```json
//! { "probes": [ { "container": "server", "kind": "liveness", "handler": "grpc", "port": 8081,
//!     "port_declared": false, "declared_ports": [8080], "fails": true, "failure": "unconnected",
//!     "kills": true, "twin_port": 8080, "twin_handler": "grpc" } ] }
//! ```

use evidence::{
    Event, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Value,
};
use serde_json::Value as Json;

use crate::image::get_image_pull_events;
use crate::pod::container::{self, PodContainer};
use crate::pod::container_facts::{self, Probe};
use crate::pod::event_list::PodEvents;
use crate::tool::{CONTAINER, NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// The probes of a pod.
    pub struct ProbeDetails {
        /// Each probe of each container, or of the one asked for.
        pub probes: Partial<ProbeOfContainer>,
    }

    /// A probe with its failures.
    pub struct ProbeOfContainer {
        /// The container.
        pub container: String,
        /// `startup`, `readiness` or `liveness`.
        pub kind: &'static str,
        /// How it asks: `http`, `tcp`, `grpc` or `exec`.
        pub handler: &'static str,
        /// The port that it asks; null where it has none, or names one that is not declared.
        pub port: Option<i64>,
        /// The name by which it gives its port.
        pub port_name: Option<String>,
        /// The path that it asks for over HTTP.
        pub path: Option<String>,
        /// `HTTP` or `HTTPS`.
        pub scheme: Option<String>,
        /// How long it waits before it first asks, in seconds.
        pub initial_delay_seconds: i64,
        /// How often it asks, in seconds.
        pub period_seconds: i64,
        /// How long it waits for an answer, in seconds.
        pub timeout_seconds: i64,
        /// How many failures in a row count.
        pub failure_threshold: i64,
        /// After how many seconds of failures from its start the container is acted upon.
        pub patience_seconds: i64,
        /// Whether the pod's probe leads to a proxy, and this is the template's.
        pub rewritten: bool,
        /// Whether a container of the pod declares that port; true where it has no port.
        pub port_declared: bool,
        /// The ports that its own container declares.
        pub declared_ports: Vec<i64>,
        /// The port of the container's first other probe that has one.
        pub twin_port: Option<i64>,
        /// How the container's first other probe asks.
        pub twin_handler: Option<String>,
        /// Whether that other probe fails as well.
        pub twin_fails: bool,
        /// How long that other probe waits before it first asks, in seconds.
        pub twin_initial_delay_seconds: Option<i64>,
        /// Whether an event of the last hour says that it fails.
        pub fails: bool,
        /// How: `refused`, `unconnected`, `timeout`, `not-http`, `not-grpc`, `wrong-scheme`, `http-status`,
        /// `grpc-unhealthy`, `not-implemented`, `closed`, `command-missing` (the runtime finds no such
        /// command), `command-unknown` (a shell finds none), `port-name-unknown` (no container declares
        /// the port that it names) or `other`; null where it does not.
        pub failure: Option<&'static str>,
        /// The status of the answer, where there was one.
        pub http_status: Option<i64>,
        /// The newest sentence about it.
        pub message: Option<String>,
        /// How many times it failed.
        pub count: i64,
        /// When it last failed.
        pub last_seen: Option<Time>,
        /// Whether the kubelet ended the container for it.
        pub kills: bool,
        /// Whether the container is ready now.
        pub ready: bool,
        /// How many times the container was restarted.
        pub restarts: i64,
        /// How long its last run lasted, in seconds.
        pub last_run_seconds: Option<i64>,
        /// Whether the container runs and its startup probe, where it has one, has succeeded.
        pub started: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_probe_details",
    parameters: &[POD, NAMESPACE, CONTAINER],
    facts: ProbeDetails::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "events", "failures are not known"),
        access("get", "apps", "deployments", "probes that a mesh has rewritten are not known"),
    ],
    page: include_str!("get_probe_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (sight, events) = get_image_pull_events::look(arguments, inquiry)?;
    let pod = match &sight {
        crate::sight::Sight::Seen(pod) => pod,
        crate::sight::Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        crate::sight::Sight::Absent(_) => {
            let none = Partial { items: Vec::new(), missing: None };
            return Ok(ProbeDetails { probes: none, source: None }.into_value());
        }
    };
    let template = match container::of(pod).iter().any(is_rewritten) {
        true => template(pod, inquiry)?,
        false => None,
    };
    let asked = arguments.text("container");
    let wanted = |one: &PodContainer| asked.is_none_or(|name| name == one.name);
    let containers = container::of(pod);
    let ports = declared(&containers);
    let (mut items, mut missing) = (Vec::new(), events.missing.clone());
    for one in containers.iter().filter(|one| wanted(one)) {
        let own = match written(one, pod, template.as_deref()) {
            Known::Seen(own) => own,
            Known::Unknown(unseen) => {
                missing = missing.or(Some(unseen));
                continue;
            }
        };
        let rewritten = is_rewritten(one);
        let described =
            own.iter().map(|probe| describe(probe, one, rewritten, &ports, pod, &events));
        let mut described: Vec<ProbeOfContainer> = described.collect();
        set_twins(&mut described);
        items.extend(described);
    }
    Ok(ProbeDetails { probes: Partial { items, missing }, source: sight.source("spec") }
        .into_value())
}

fn probes_of(container: &PodContainer, pod: &Object) -> Known<Vec<Probe>> {
    match container_facts::describe(Some(pod), container).probes {
        Known::Seen(probes) => Known::Seen(probes.value),
        Known::Unknown(unseen) => Known::Unknown(unseen),
    }
}

/// Whether a mesh's proxy answers for the container (Istio: `/app-health/NAME/livez` on its port).
fn is_rewritten(container: &PodContainer) -> bool {
    ["livenessProbe", "readinessProbe", "startupProbe"].iter().any(|probe| {
        let path = format!("/{probe}/httpGet/path");
        field::word(container.spec, &path).is_some_and(|path| path.starts_with("/app-health/"))
    })
}

/// The pod template of the workload, as an object that reads as a pod.
fn template(pod: &Object, inquiry: &Inquiry) -> Result<Option<Box<Object>>, Pending> {
    let workload: ObjectRef = inquiry.workload_of(pod)?;
    if workload.kind == Kind::Pod {
        return Ok(None);
    }
    let evidence::Reply::Object(workload) = inquiry.ask(&Question::Get { object: workload })?
    else {
        return Ok(None);
    };
    let spec = workload.at("/spec/template/spec").cloned();
    let named = serde_json::json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": workload.reference().name, "namespace": workload.reference().namespace },
        "spec": spec.unwrap_or(Json::Null) });
    Ok(Object::admit(named).ok().map(Box::new))
}

/// The probes as they were written: those of the template where a mesh has rewritten the pod's.
fn written(container: &PodContainer, pod: &Object, template: Option<&Object>) -> Known<Vec<Probe>> {
    let original = template.filter(|_| is_rewritten(container)).and_then(|template| {
        let of_template = container::of(template);
        let own = of_template.iter().find(|one| one.name == container.name)?;
        Some(probes_of(own, template))
    });
    original.unwrap_or_else(|| probes_of(container, pod))
}

fn declared(containers: &[PodContainer]) -> Vec<(String, i64)> {
    let of = |one: &PodContainer| -> Vec<(String, i64)> {
        let ports = field::items(one.spec, "/ports").iter();
        ports
            .filter_map(|port| Some((one.name.to_owned(), field::int(port, "/containerPort")?)))
            .collect()
    };
    containers.iter().flat_map(of).collect()
}

fn describe(
    probe: &Probe,
    container: &PodContainer,
    rewritten: bool,
    ports: &[(String, i64)],
    pod: &Object,
    events: &PodEvents,
) -> ProbeOfContainer {
    let opening = match probe.kind {
        "liveness" => "Liveness probe",
        "readiness" => "Readiness probe",
        _ => "Startup probe",
    };
    let of_this = |event: &&Event| event.container().is_none_or(|name| name == container.name);
    let failures: Vec<&Event> = events
        .events
        .iter()
        .filter(of_this)
        .filter(|event| event.reason == "Unhealthy" && event.message.starts_with(opening))
        .collect();
    let newest = failures.first();
    let killing = format!("failed {} probe", probe.kind);
    let kills = |event: &Event| event.reason == "Killing" && event.message.contains(&killing);
    let own: Vec<i64> =
        ports.iter().filter(|(name, _)| name == container.name).map(|(_, port)| *port).collect();
    let status = container.status;
    let last = |key: &str| field::time(status, &format!("/lastState/terminated/{key}"));
    let further = probe.failure_threshold.saturating_sub(1).max(0);
    let patience =
        probe.initial_delay_seconds.saturating_add(probe.period_seconds.saturating_mul(further));
    ProbeOfContainer {
        container: container.name.to_owned(),
        kind: probe.kind,
        handler: probe.handler,
        port: probe.port,
        port_name: probe.port_name.clone(),
        path: probe.path.clone(),
        scheme: probe.scheme.clone(),
        initial_delay_seconds: probe.initial_delay_seconds,
        period_seconds: probe.period_seconds,
        timeout_seconds: probe.timeout_seconds,
        failure_threshold: probe.failure_threshold,
        patience_seconds: patience,
        rewritten,
        port_declared: probe.port.is_none_or(|port| ports.iter().any(|(_, one)| *one == port)),
        declared_ports: own,
        twin_port: None,
        twin_handler: None,
        twin_fails: false,
        twin_initial_delay_seconds: None,
        fails: newest.is_some(),
        failure: newest.map(|event| failure(&event.message)),
        http_status: newest.and_then(|event| http_status(&event.message)),
        message: newest.map(|event| event.message.clone()),
        count: failures.iter().fold(0i64, |sum, event| sum.saturating_add(event.count)),
        last_seen: newest.and_then(|event| event.last_seen),
        kills: events.events.iter().filter(of_this).any(kills),
        ready: field::truth(status, "/ready").unwrap_or(false),
        restarts: field::int(status, "/restartCount").unwrap_or(0),
        last_run_seconds: last("startedAt")
            .zip(last("finishedAt"))
            .map(|(from, to)| to.duration_since(from).as_secs()),
        // The kubelet writes it of every container that runs; a page of kubectl never prints it.
        started: field::truth(status, "/started").unwrap_or_else(|| {
            let runs = status.pointer("/state/running").is_some();
            runs && container.spec.get("startupProbe").is_none()
        }),
        source: match newest {
            Some(event) => Some(Source::event(event)),
            None => Some(Source::field(pod, container.spec_path.clone())),
        },
    }
}

fn set_twins(probes: &mut [ProbeOfContainer]) {
    for at in 0..probes.len() {
        let kind = probes[at].kind;
        let twin = probes.iter().find(|one| one.kind != kind && one.handler != "exec");
        let Some(twin) = twin else { continue };
        let (port, handler, fails) = (twin.port, twin.handler.to_owned(), twin.fails);
        let delay = twin.initial_delay_seconds;
        let probe = &mut probes[at];
        (probe.twin_port, probe.twin_handler, probe.twin_fails) = (port, Some(handler), fails);
        probe.twin_initial_delay_seconds = Some(delay);
    }
}

/// How a probe failed, by the words of the kubelet's prober (pkg/probe/{http,tcp,grpc,exec}) and of
/// Go's net/http. What connects to a port where nothing listens says `connection refused`; the gRPC
/// prober waits for such a port until its time is over, and says that it `failed to connect service`.
fn failure(message: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if has(&["exec failed", "failed to exec in container", "failed to start exec"])
        && has(&["executable file not found", "no such file or directory", "permission denied"])
    {
        "command-missing"
    } else if names_no_port(message) {
        "port-name-unknown"
    } else if has(&["probe failed: "]) && is_unknown_to_the_shell(message) {
        "command-unknown"
    } else if has(&[
        "HTTP response to HTTPS client",
        "HTTP request to an HTTPS server",
        "first record does not look like a TLS handshake",
    ]) {
        "wrong-scheme"
    } else if has(&["malformed HTTP", "HTTP/1.x transport connection broken"]) {
        "not-http"
    } else if has(&[
        "error reading server preface",
        "unexpected HTTP status",
        "unexpected content-type",
    ]) {
        "not-grpc"
    } else if has(&["Unimplemented", "does not implement the grpc health protocol"]) {
        "not-implemented"
    } else if has(&["connection refused"]) {
        "refused"
    } else if has(&["failed to connect service"]) {
        "unconnected"
    } else if has(&["HTTP probe failed with statuscode", "statuscode: "]) {
        "http-status"
    } else if has(&["service unhealthy (responded with", "responded with \"NOT_SERVING\""]) {
        "grpc-unhealthy"
    } else if has(&[
        "context deadline exceeded",
        "i/o timeout",
        "timed out after",
        "Client.Timeout",
        "health rpc did not complete within",
    ]) {
        "timeout"
    } else if has(&[": EOF", "connection reset by peer"]) {
        "closed"
    } else {
        "other"
    }
}

/// Whether the kubelet does not find the port that a probe names (`ResolveContainerPort`,
/// pkg/probe): such an attempt is never made.
fn names_no_port(message: &str) -> bool {
    let (_, said) = message.split_once(" unknown state: ").unwrap_or_default();
    (said.starts_with("port ") && said.trim_end().ends_with(" not found"))
        || said.starts_with("strconv.Atoi: parsing ")
}

/// Whether a shell says that it does not know a command: `sh: curl: not found`,
/// `/bin/sh: 1: curl: not found`, `bash: line 1: curl: command not found`.
fn is_unknown_to_the_shell(message: &str) -> bool {
    let told = |line: &str| {
        let shell = line.split(':').next().unwrap_or_default().trim();
        let shell = shell.rsplit('/').next().unwrap_or_default();
        line.trim_end().ends_with(": not found") && matches!(shell, "sh" | "ash" | "dash" | "bash")
            || line.trim_end().ends_with(": command not found")
    };
    let (_, said) = message.split_once("probe failed: ").unwrap_or_default();
    said.lines().any(told)
}

fn http_status(message: &str) -> Option<i64> {
    let (_, rest) = message.split_once("statuscode: ")?;
    rest.split(|one: char| !one.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_words_tell_how_a_probe_failed() {
        for (message, how) in [
            ("Liveness probe failed: dial tcp 10.0.0.1:81: connect: connection refused", "refused"),
            (
                "Liveness probe failed: timeout: failed to connect service \"10.0.0.1:81\" within 1s: context deadline exceeded",
                "unconnected",
            ),
            (
                "Readiness probe failed: Get \"http://10.0.0.1:81/\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x00\"",
                "not-http",
            ),
            (
                "Readiness probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"5f\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"curl\": executable file not found in $PATH: unknown",
                "command-missing",
            ),
            ("Liveness probe failed: /bin/sh: 1: curl: not found\n", "command-unknown"),
            ("Liveness probe failed: timeout: health rpc did not complete within 1s", "timeout"),
            ("Readiness probe failed: user 7 not found\n", "other"),
            (
                "Readiness probe errored and resulted in unknown state: port \"http\" not found",
                "port-name-unknown",
            ),
            (
                "Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing \"http\": invalid syntax",
                "port-name-unknown",
            ),
            ("Readiness probe failed: HTTP probe failed with statuscode: 404", "http-status"),
            (
                "Liveness probe failed: Get \"https://10.0.0.1/\": http: server gave HTTP response to HTTPS client",
                "wrong-scheme",
            ),
            (
                "Liveness probe failed: Get \"http://10.0.0.1/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                "timeout",
            ),
            ("Liveness probe failed: Get \"http://10.0.0.1/\": EOF", "closed"),
            (
                "Liveness probe failed: error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service",
                "not-implemented",
            ),
        ] {
            assert_eq!(failure(message), how, "{message}");
        }
        assert_eq!(http_status("HTTP probe failed with statuscode: 404"), Some(404));
    }
}
