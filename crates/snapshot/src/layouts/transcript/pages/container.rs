//! Containers, on the page of a pod and in the template of a workload.

use serde_json::{Map, Value as Json, json};

use super::probe::probe;
use crate::layouts::transcript::fields::{int, put, put_some, told, truth};
use crate::layouts::transcript::moments::rfc3339;
use crate::layouts::transcript::outline::{Entry, Line, find, value};

/// A container's specification, and its status where the page shows one.
pub(super) struct Container {
    pub(super) spec: Json,
    pub(super) status: Option<Json>,
}

/// Reads the containers below a heading such as `Init Containers`.
pub(super) fn containers(heading: &Entry<'_, '_>) -> Vec<Container> {
    heading.entries().iter().map(container).collect()
}

fn container(entry: &Entry<'_, '_>) -> Container {
    let entries = entry.entries();
    let mut spec = json!({ "name": entry.key });
    put_some(&mut spec, "image", value(&entries, "Image"));
    let ports = ports(&entries);
    if !ports.is_empty() {
        put(&mut spec, "ports", ports);
    }
    for (key, field) in [("Command", "command"), ("Args", "args")] {
        if let Some(words) = find(&entries, key) {
            let follows = find(&entries, "Command").filter(|_| key == "Args");
            let is_script = follows.is_some_and(|command| ends_with_script_flag(command.below));
            put(&mut spec, field, self::words(words.below, is_script));
        }
    }
    for (key, field) in [("Limits", "resources/limits"), ("Requests", "resources/requests")] {
        if let Some(amounts) = find(&entries, key) {
            put(&mut spec, field, amounts_of(amounts));
        }
    }
    if spec.get("resources").is_none() {
        put(&mut spec, "resources", Map::new());
    }
    for (key, field) in [
        ("Liveness", "livenessProbe"),
        ("Readiness", "readinessProbe"),
        ("Startup", "startupProbe"),
    ] {
        put_some(&mut spec, field, value(&entries, key).and_then(probe));
    }
    if let Some(from) = find(&entries, "Environment Variables from") {
        put(&mut spec, "envFrom", from.below.iter().filter_map(env_from).collect::<Vec<_>>());
    }
    let env = find(&entries, "Environment").map(|env| env.entries()).unwrap_or_default();
    if !env.is_empty() {
        put(&mut spec, "env", env.iter().map(variable).collect::<Vec<_>>());
    }
    let mounts = find(&entries, "Mounts").map(|mounts| mounts.below).unwrap_or_default();
    let mounts: Vec<Json> = mounts.iter().filter_map(|line| mount(line.text)).collect();
    if !mounts.is_empty() {
        put(&mut spec, "volumeMounts", mounts);
    }
    if let Some(profile) = value(&entries, "SeccompProfile") {
        put(&mut spec, "securityContext/seccompProfile/type", profile);
    }
    Container { spec, status: status(entry.key, &entries) }
}

/// Amounts by resource: `cpu:  500m`.
pub(super) fn amounts_of(entry: &Entry<'_, '_>) -> Map<String, Json> {
    let told = |(key, value): (&str, &str)| told(value).map(|v| (key.to_owned(), v.into()));
    entry.entries().iter().filter_map(|amount| told((amount.key, amount.value))).collect()
}

/// `8080/TCP, 9090/UDP`, with the host's ports in the same order; later kubectl names them:
/// `8080/TCP (http)`.
fn ports(entries: &[Entry<'_, '_>]) -> Vec<Json> {
    let either = |one: &str, many: &str| value(entries, one).or_else(|| value(entries, many));
    let number = |text: &str| int(text.trim().split('/').next().unwrap_or_default());
    let hosts: Vec<i64> = either("Host Port", "Host Ports")
        .map(|hosts| hosts.split(',').filter_map(number).collect())
        .unwrap_or_default();
    let Some(ports) = either("Port", "Ports") else { return Vec::new() };
    let port = |(index, text): (usize, &str)| {
        let (text, name) = match text.trim().split_once(" (") {
            Some((text, name)) => (text, Some(name.trim_end_matches(')'))),
            None => (text.trim(), None),
        };
        let (number, protocol) = text.split_once('/')?;
        let mut port = json!({ "containerPort": int(number)?, "protocol": protocol });
        put_some(&mut port, "name", name);
        put_some(&mut port, "hostPort", hosts.get(index).copied().filter(|host| *host != 0));
        Some(port)
    };
    ports.split(',').enumerate().filter_map(port).collect()
}

fn ends_with_script_flag(lines: &[Line<'_>]) -> bool {
    lines.last().is_some_and(|line| is_script_flag(line.text))
}

fn is_script_flag(word: &str) -> bool {
    matches!(word, "-c" | "-ec" | "-xc" | "-lc" | "-exc" | "-euc")
}

/// The words of a command, one a line. A word of several lines is printed as several lines, which
/// is not to be told from several words but for a script: it is what follows a shell's `-c`.
fn words(lines: &[Line<'_>], is_script: bool) -> Vec<String> {
    let edge = lines.iter().filter(|l| !l.text.is_empty()).map(|l| l.indent).min().unwrap_or(0);
    let mut words: Vec<String> = Vec::new();
    let mut script: Option<String> = is_script.then(String::new);
    for line in lines {
        let margin = if line.text.is_empty() { 0 } else { line.indent - edge };
        match &mut script {
            Some(script) => {
                if !script.is_empty() {
                    script.push('\n');
                }
                // A quoted line has no margin of its own.
                script.extend(std::iter::repeat_n(' ', if margin < 4096 { margin } else { 0 }));
                script.push_str(line.text);
            }
            None if line.text.is_empty() => {}
            None => {
                words.push(line.text.to_owned());
                script = is_script_flag(line.text).then(String::new);
            }
        }
    }
    words.extend(script.map(|script| script.trim_end().to_owned()).filter(|s| !s.is_empty()));
    words
}

/// `settings  ConfigMap with prefix 'APP_'  Optional: false`.
fn env_from(line: &Line<'_>) -> Option<Json> {
    let (name, rest) = line.text.split_once([' ', '\t'])?;
    let rest = rest.trim_start();
    let (field, rest) = match rest.strip_prefix("ConfigMap") {
        Some(rest) => ("configMapRef", rest),
        None => ("secretRef", rest.strip_prefix("Secret")?),
    };
    let mut source = json!({ "name": name });
    if rest.contains("Optional: true") {
        put(&mut source, "optional", true);
    }
    let mut from = json!({ field: source });
    let prefix = rest.split_once("with prefix '").and_then(|(_, rest)| rest.split_once('\''));
    put_some(&mut from, "prefix", prefix.map(|(prefix, _)| prefix));
    Some(from)
}

fn variable(entry: &Entry<'_, '_>) -> Json {
    let mut json = json!({ "name": entry.key });
    match reference(entry.value) {
        Some(reference) => put(&mut json, "valueFrom", reference),
        None => {
            let value = entry.text();
            if !value.is_empty() {
                put(&mut json, "value", value);
            }
        }
    }
    json
}

/// Where a variable's value is taken from, in the three forms that kubectl prints.
fn reference(value: &str) -> Option<Json> {
    if let Some(rest) = value.strip_prefix("<set to the key '") {
        let (key, rest) = rest.split_once('\'')?;
        let (field, rest) = match rest.strip_prefix(" in secret '") {
            Some(rest) => ("secretKeyRef", rest),
            None => ("configMapKeyRef", rest.strip_prefix(" of config map '")?),
        };
        let (name, rest) = rest.split_once('\'')?;
        let mut of = json!({ "name": name, "key": key });
        if rest.contains("Optional: true") {
            put(&mut of, "optional", true);
        }
        return Some(json!({ field: of }));
    }
    let (_, of) = value.strip_suffix(')')?.rsplit_once('(')?;
    if let Some(path) = of.strip_prefix("v1:") {
        return Some(json!({ "fieldRef": { "apiVersion": "v1", "fieldPath": path } }));
    }
    let is_resource = of.starts_with("limits.") || of.starts_with("requests.");
    is_resource.then(|| json!({ "resourceFieldRef": { "resource": of } }))
}

/// `/data from store (ro,path="a/b")`.
fn mount(line: &str) -> Option<Json> {
    let (path, rest) = line.rsplit_once(" from ")?;
    let (name, flags) = rest.split_once(" (")?;
    let mut mount = json!({ "mountPath": path, "name": name });
    let flags = flags.trim_end_matches(')');
    if flags.split(',').next() == Some("ro") {
        put(&mut mount, "readOnly", true);
    }
    let sub = flags.split_once("path=\"").map(|(_, sub)| sub.trim_end_matches('"'));
    put_some(&mut mount, "subPath", sub);
    Some(mount)
}

/// The status of a container; `None` on a template's page, and where the kubelet has not said.
fn status(name: &str, entries: &[Entry<'_, '_>]) -> Option<Json> {
    let current = find(entries, "State")?;
    let mut status = json!({ "name": name });
    put_some(&mut status, "image", value(entries, "Image"));
    put(&mut status, "imageID", value(entries, "Image ID").unwrap_or_default());
    put_some(&mut status, "containerID", value(entries, "Container ID"));
    put(&mut status, "state", state(current));
    put(&mut status, "lastState", find(entries, "Last State").map_or(json!({}), state));
    put_some(&mut status, "ready", value(entries, "Ready").and_then(truth));
    put_some(&mut status, "restartCount", value(entries, "Restart Count").and_then(int));
    Some(status)
}

fn state(entry: &Entry<'_, '_>) -> Json {
    let entries = entry.entries();
    let mut state = Json::Object(Map::new());
    let time = |key: &str| value(&entries, key).and_then(rfc3339);
    match entry.value {
        "Running" => put_some(&mut state, "startedAt", time("Started")),
        "Terminated" => {
            put_some(&mut state, "reason", value(&entries, "Reason"));
            put_some(&mut state, "message", find(&entries, "Message").map(Entry::text));
            put_some(&mut state, "exitCode", value(&entries, "Exit Code").and_then(int));
            put_some(&mut state, "signal", value(&entries, "Signal").and_then(int));
            put_some(&mut state, "startedAt", time("Started"));
            put_some(&mut state, "finishedAt", time("Finished"));
        }
        _ => put_some(&mut state, "reason", value(&entries, "Reason")),
    }
    let sort = match entry.value {
        "Running" => "running",
        "Terminated" => "terminated",
        _ => "waiting",
    };
    json!({ sort: state })
}
