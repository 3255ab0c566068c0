//! The facts of one container: what was asked for, its present state and its last end.

use std::collections::BTreeMap;

use evidence::{Cited, Known, Object, Source, Time};
use serde_json::Value as Json;

use crate::namespace::limit_ranger;
use crate::pod::container::PodContainer;
use crate::{classify, field};

evidence::facts! {
    /// A container of a pod.
    pub struct Container {
        /// Its name.
        pub name: String,
        /// Its sort: `main`, `init`, `sidecar` (an init container that keeps running) or `ephemeral`.
        pub sort: Cited<&'static str>,
        /// The image as the pod asks for it.
        pub image: Known<Cited<String>>,
        /// The image that runs, by digest; null before one was there.
        pub image_id: Known<Option<String>>,
        /// Whether the kubelet finds it ready.
        pub ready: bool,
        /// Whether it has started and passed its startup probe.
        pub started: Known<bool>,
        /// `waiting`, `running`, `terminated`, or `none` before the kubelet reports.
        pub state: &'static str,
        /// Why it waits or ended, as a word: `CrashLoopBackOff`, `Error`.
        pub reason: Known<Cited<Option<String>>>,
        /// The same as a sentence.
        pub message: Known<Cited<Option<String>>>,
        /// The exit code, when it is terminated now.
        pub exit_code: Known<Cited<Option<i64>>>,
        /// The signal that ended it now: as the runtime tells, else the exit code less 128.
        pub signal: Known<Option<i64>>,
        /// Since when it runs, or when it ended; a waiting container does not tell.
        pub since: Known<Option<Time>>,
        /// The exit code of its last run that ended before the present state.
        pub last_exit_code: Known<Cited<Option<i64>>>,
        /// The signal that ended that run.
        pub last_signal: Known<Option<i64>>,
        /// Why that run ended, as a word: `OOMKilled`, `Error`, `Completed`.
        pub last_reason: Known<Cited<Option<String>>>,
        /// What that run left as its message.
        pub last_message: Known<Cited<Option<String>>>,
        /// When that run started.
        pub last_started: Known<Option<Time>>,
        /// When that run ended.
        pub last_finished: Known<Option<Time>>,
        /// What kept it from being created or started, as the id of a signature of the lexicon:
        /// the class of the message that came with `CreateContainerConfigError`,
        /// `CreateContainerError`, `RunContainerError`, `StartError` or `ContainerCannotRun`, now
        /// or at its last end. `unclassified` when the words match nothing, null when it was not
        /// refused, or runs.
        pub start_refusal: Known<Option<Cited<String>>>,
        /// Whether the source shows how it ended, now or last; `kubectl get` does not.
        pub end_shown: bool,
        /// How many times it was restarted.
        pub restarts: i64,
        /// The command in place of the image's own.
        pub command: Known<Cited<Vec<String>>>,
        /// The arguments in place of the image's own.
        pub args: Known<Cited<Vec<String>>>,
        /// The ports that it declares.
        pub ports: Known<Cited<Vec<Port>>>,
        /// Its probes.
        pub probes: Known<Cited<Vec<Probe>>>,
        /// What it asks for, by resource, as written: `{"memory": "128Mi"}`.
        pub requests: Known<Cited<BTreeMap<String, String>>>,
        /// What it may not exceed, by resource, as written.
        pub limits: Known<Cited<BTreeMap<String, String>>>,
        /// The resources of which a LimitRange gave it its limit, because its template has none; one
        /// that is not here may still have been given so where a page of kubectl cuts what it says.
        pub defaulted_limits: Cited<Vec<String>>,
        /// The paths at which volumes are mounted into it, the token of its service account apart.
        pub mount_paths: Known<Cited<Vec<String>>>,
        /// `Always`, `IfNotPresent` or `Never`.
        pub pull_policy: Known<Option<String>>,
    }

    /// A port that a container declares.
    pub struct Port {
        /// Its name, where it has one.
        pub name: Option<String>,
        /// Its number.
        pub number: Option<i64>,
        /// `TCP`, `UDP` or `SCTP`.
        pub protocol: String,
    }

    /// A probe of a container.
    pub struct Probe {
        /// `startup`, `readiness` or `liveness`.
        pub kind: &'static str,
        /// How it asks: `http`, `tcp`, `grpc` or `exec`.
        pub handler: &'static str,
        /// The port that it asks; null where it has none, or names one that is not declared.
        pub port: Option<i64>,
        /// The name by which it gives its port, where it gives one.
        pub port_name: Option<String>,
        /// The path that it asks for over HTTP.
        pub path: Option<String>,
        /// `HTTP` or `HTTPS`.
        pub scheme: Option<String>,
        /// The command that it runs.
        pub command: Vec<String>,
        /// How long it waits before it first asks, in seconds.
        pub initial_delay_seconds: i64,
        /// How often it asks, in seconds.
        pub period_seconds: i64,
        /// How long it waits for an answer, in seconds.
        pub timeout_seconds: i64,
        /// How many failures in a row count.
        pub failure_threshold: i64,
    }
}

/// Describes a container of a pod. What its source does not show of it is unknown.
pub(crate) fn describe(pod: Option<&Object>, container: &PodContainer) -> Container {
    let (spec, status) = (container.spec, container.status);
    let place = |path: String| pod.map(|pod| Source::field(pod, path));
    let shown = Shown::of(pod, container);
    let declared = |field: &str| place(format!("{}.{field}", container.spec_path));
    let state = container.state();
    let now = Ending { status, pointer: format!("/state/{state}") };
    let last = Ending { status, pointer: "/lastState/terminated".to_owned() };
    let now_at = || place(format!("{}.state.{state}", container.status_path));
    let last_at = || place(format!("{}.lastState.terminated", container.status_path));
    let last_seen = || last_at().map(|source| source.at(last.time("finishedAt")));
    let of_now = |key: &str| format!("/state/{state}/{key}");
    let of_last = |key: &str| format!("/lastState/terminated/{key}");
    let cited = |value, source| Cited { value, source };
    Container {
        name: container.name.to_owned(),
        sort: Cited { value: container.sort.word(), source: place(container.spec_path.clone()) },
        image: shown.spec(
            "/image",
            Cited { value: container.image().to_owned(), source: declared("image") },
        ),
        image_id: shown.status("/imageID", field::text(status, "/imageID")),
        ready: field::truth(status, "/ready").unwrap_or(false),
        started: shown.status("/started", field::truth(status, "/started").unwrap_or(false)),
        state,
        reason: shown.status(&of_now("reason"), cited(now.text("reason"), now_at())),
        message: shown.status(&of_now("message"), quoted(now.text("message"), now_at())),
        exit_code: shown
            .status(&of_now("exitCode"), Cited { value: now.int("exitCode"), source: now_at() }),
        signal: shown.status(&of_now("exitCode"), now.signal()),
        since: shown
            .status(&of_now("startedAt"), now.time("finishedAt").or_else(|| now.time("startedAt"))),
        last_exit_code: shown.status(
            &of_last("exitCode"),
            Cited { value: last.int("exitCode"), source: last_seen() },
        ),
        last_signal: shown.status(&of_last("exitCode"), last.signal()),
        last_reason: shown.status(&of_last("reason"), cited(last.text("reason"), last_seen())),
        last_message: shown.status(&of_last("message"), quoted(last.text("message"), last_seen())),
        last_started: shown.status(&of_last("startedAt"), last.time("startedAt")),
        last_finished: shown.status(&of_last("finishedAt"), last.time("finishedAt")),
        end_shown: [of_now("exitCode"), of_last("exitCode")]
            .iter()
            .all(|place| shown.status(place, ()).seen().is_some()),
        restarts: field::int(status, "/restartCount").unwrap_or(0),
        start_refusal: start_refusal(&shown, [(&now, now_at()), (&last, last_seen())]),
        command: shown.spec(
            "/command",
            Cited { value: field::texts(spec, "/command"), source: declared("command") },
        ),
        args: shown
            .spec("/args", Cited { value: field::texts(spec, "/args"), source: declared("args") }),
        ports: shown.spec("/ports", Cited { value: ports(spec), source: declared("ports") }),
        probes: shown.spec(
            "/livenessProbe",
            Cited {
                value: probes(spec, |key| declared(key)),
                source: place(container.spec_path.clone()),
            },
        ),
        requests: shown.spec(
            "/resources",
            Cited {
                value: quantities(spec, "/resources/requests"),
                source: declared("resources.requests"),
            },
        ),
        limits: shown.spec(
            "/resources",
            Cited {
                value: quantities(spec, "/resources/limits"),
                source: declared("resources.limits"),
            },
        ),
        defaulted_limits: Cited {
            value: pod
                .map(|pod| limit_ranger::given(pod, container.name, true))
                .unwrap_or_default(),
            source: pod.and_then(limit_ranger::source),
        },
        mount_paths: shown.spec(
            "/volumeMounts",
            Cited { value: mount_paths(spec), source: declared("volumeMounts") },
        ),
        pull_policy: shown.spec("/imagePullPolicy", field::text(spec, "/imagePullPolicy")),
        source: place(container.status_path.clone()),
    }
}

/// A container, and what its source shows of it.
struct Shown<'a> {
    pod: Option<&'a Object>,
    container: &'a PodContainer<'a>,
    /// The JSON pointers of its specification and of its status.
    spec: String,
    status: String,
}

impl<'a> Shown<'a> {
    fn of(pod: Option<&'a Object>, container: &'a PodContainer<'a>) -> Shown<'a> {
        let [spec, status] =
            [&container.spec_path, &container.status_path].map(|path| evidence::pointer(path));
        Shown { pod, container, spec, status }
    }

    /// A fact that is read at a place of its specification.
    fn spec<T>(&self, place: &str, value: T) -> Known<T> {
        self.at(&self.spec, place, value)
    }

    /// A fact that is read at a place of its status.
    fn status<T>(&self, place: &str, value: T) -> Known<T> {
        self.at(&self.status, place, value)
    }

    fn at<T>(&self, within: &str, place: &str, value: T) -> Known<T> {
        let pointer = format!("{within}{place}");
        match self.pod.filter(|pod| !pod.is_shown(&pointer)) {
            Some(pod) => Known::Unknown(pod.unshown(&pointer)),
            None => Known::Seen(value),
        }
    }
}

/// Where the token of a service account is mounted by itself.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mount_paths(spec: &Json) -> Vec<String> {
    let paths = field::items(spec, "/volumeMounts").iter();
    let path = |mount: &Json| field::text(mount, "/mountPath");
    paths.filter_map(path).filter(|path| path != TOKEN && path != "/").collect()
}

/// Why a container was neither created nor started (pkg/kubelet/kuberuntime/kuberuntime_container.go;
/// the last two are the runtime's, for a process that could not be started).
const REFUSALS: [&str; 5] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "ContainerCannotRun",
];

/// The class of the newest refusal to create or start a container that does not run.
fn start_refusal(
    shown: &Shown,
    endings: [(&Ending, Option<Source>); 2],
) -> Known<Option<Cited<String>>> {
    let container = shown.container;
    if container.state() == "running" {
        return Known::Seen(None);
    }
    let mut told = None;
    for (ending, source) in endings {
        let reason = ending.text("reason");
        if reason.as_deref().is_some_and(|reason| !REFUSALS.contains(&reason)) {
            continue;
        }
        // Where the source shows no reason, or no message beside it, it may have been refused.
        for key in ["reason", "message"] {
            if let Known::Unknown(unseen) = shown.status(&format!("{}/{key}", ending.pointer), ()) {
                return Known::Unknown(unseen);
            }
        }
        if let Some(message) = reason.and_then(|_| ending.text("message")) {
            told = Some((message, source));
            break;
        }
    }
    let Some((message, source)) = told else { return Known::Seen(None) };
    let what = format!("why container {} was not started", container.name);
    match classify::read(&message, None, &what).class {
        Known::Seen(class) => {
            let source = source.map(|source| source.quoting(message.as_str()));
            Known::Seen(Some(Cited { value: class, source }))
        }
        Known::Unknown(unseen) => Known::Unknown(unseen),
    }
}

fn quoted(text: Option<String>, source: Option<Source>) -> Cited<Option<String>> {
    let source = match &text {
        Some(text) => source.map(|source| source.quoting(text.as_str())),
        None => source,
    };
    Cited { value: text, source }
}

/// A state of a container, present or past.
struct Ending<'a> {
    status: &'a Json,
    pointer: String,
}

impl Ending<'_> {
    fn text(&self, key: &str) -> Option<String> {
        field::text(self.status, &format!("{}/{key}", self.pointer))
    }

    fn int(&self, key: &str) -> Option<i64> {
        field::int(self.status, &format!("{}/{key}", self.pointer))
    }

    fn time(&self, key: &str) -> Option<Time> {
        field::time(self.status, &format!("{}/{key}", self.pointer))
    }

    /// Most runtimes give no signal; a process that one ended exits with 128 and its number.
    fn signal(&self) -> Option<i64> {
        let told = self.int("signal").filter(|signal| *signal > 0);
        told.or_else(|| {
            self.int("exitCode").filter(|code| (129..=192).contains(code)).map(|code| code - 128)
        })
    }
}

fn ports(spec: &Json) -> Vec<Port> {
    let port = |json: &Json| Port {
        name: field::text(json, "/name"),
        number: field::int(json, "/containerPort"),
        protocol: field::text(json, "/protocol").unwrap_or_else(|| "TCP".to_owned()),
        source: None,
    };
    field::items(spec, "/ports").iter().map(port).collect()
}

fn probes(spec: &Json, place: impl Fn(&str) -> Option<Source>) -> Vec<Probe> {
    let kinds = [
        ("startup", "startupProbe"),
        ("readiness", "readinessProbe"),
        ("liveness", "livenessProbe"),
    ];
    let read = |(kind, key): &(&'static str, &str)| {
        let probe = probe(spec, kind, spec.get(key)?)?;
        Some(Probe { source: place(key), ..probe })
    };
    kinds.iter().filter_map(read).collect()
}

/// The API server fills in the defaults of a probe, so they are written here only for dumps of
/// objects that it has not seen (pkg/apis/core/v1/defaults.go).
fn probe(spec: &Json, kind: &'static str, json: &Json) -> Option<Probe> {
    let handlers = [("http", "httpGet"), ("tcp", "tcpSocket"), ("grpc", "grpc"), ("exec", "exec")];
    let (handler, asks) =
        handlers.into_iter().find_map(|(handler, key)| Some((handler, json.get(key)?)))?;
    let port_name = field::text(asks, "/port");
    let declared = |name: &String| {
        let mut ports = field::items(spec, "/ports").iter();
        let port = ports.find(|port| field::word(port, "/name") == Some(name))?;
        field::int(port, "/containerPort")
    };
    let http = handler == "http";
    let or = |pointer: &str, default: i64| field::int(json, pointer).unwrap_or(default);
    Some(Probe {
        kind,
        handler,
        port: field::int(asks, "/port").or_else(|| port_name.as_ref().and_then(declared)),
        port_name,
        path: field::text(asks, "/path").or_else(|| http.then(|| "/".to_owned())),
        scheme: field::text(asks, "/scheme").or_else(|| http.then(|| "HTTP".to_owned())),
        command: field::texts(asks, "/command"),
        initial_delay_seconds: or("/initialDelaySeconds", 0),
        period_seconds: or("/periodSeconds", 10),
        timeout_seconds: or("/timeoutSeconds", 1),
        failure_threshold: or("/failureThreshold", 3),
        source: None,
    })
}

/// The entries of a map of quantities; a number is written as text.
fn quantities(json: &Json, pointer: &str) -> BTreeMap<String, String> {
    let entries = json.pointer(pointer).and_then(Json::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| match value {
            Json::String(text) => Some((key.clone(), text.clone())),
            Json::Number(number) => Some((key.clone(), number.to_string())),
            _ => None,
        })
        .collect()
}
