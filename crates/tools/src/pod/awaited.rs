//! The hosts that a container waits for, by its command and by the end of its log.

use serde_json::Value as Json;

use crate::application::addresses::is_host;
use crate::field;

/// A host that a container waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The host as it is written.
    pub host: String,
    /// The port, where one is given.
    pub port: Option<u16>,
    /// Whether the log names it; else the command does.
    pub logged: bool,
    /// Whether the log says that the name cannot be resolved.
    pub unresolved: bool,
    /// The line of the log that names it.
    pub line: Option<String>,
}

/// The words before a host in what clients print, in lower case: nslookup, nc and wget of busybox;
/// curl; netcat of OpenBSD; Go's resolver; MySQL's client; scripts that wait.
const ANCHORS: [&str; 14] = [
    "can't resolve ",
    "can't find ",
    "bad address ",
    "could not resolve host: ",
    "lookup ",
    "getaddrinfo for host ",
    "unknown mysql server host ",
    "mysql server on ",
    "failed to connect to ",
    "connect to ",
    "waiting for service ",
    "waiting for host ",
    "waiting for: ",
    "waiting for ",
];

/// What is said of a name that does not exist. A resolver that fails for the moment says otherwise.
const UNRESOLVED: [&str; 8] = [
    "can't resolve",
    "can't find",
    "bad address",
    "could not resolve host",
    "no such host",
    "name or service not known",
    "unknown mysql server host",
    "nxdomain",
];

/// How many lines of a log's end are read.
const LINES: usize = 30;

/// The hosts that the end of a log names, the one that was named last first. A name that stands
/// alone counts where it is one of the services.
pub(crate) fn in_log(lines: &[String], services: &[&str]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for line in lines.iter().rev().take(LINES) {
        let lower = line.to_ascii_lowercase();
        let unresolved = UNRESOLVED.iter().any(|words| lower.contains(words));
        let anchored = ANCHORS.iter().filter_map(|anchor| {
            let (_, rest) = lower.split_once(anchor)?;
            // Words of prose follow `waiting for` more often than a host does.
            let firm = !anchor.starts_with("waiting for");
            let (host, port) = address(rest.split_whitespace().next()?)?;
            let port = port.or_else(|| port_after(rest));
            (firm || port.is_some() || host.contains('.') || services.contains(&host.as_str()))
                .then_some((host, port))
        });
        let waits =
            ["wait", "unavailable", "not ready", "no response", "sleep", "retry", "refused"]
                .iter()
                .any(|word| lower.contains(word));
        let alone = lower.split_whitespace().filter(|_| waits).filter_map(address);
        let alone = alone.filter(|(host, _)| services.contains(&host.as_str()));
        let all: Vec<_> = anchored.chain(alone).collect();
        for (host, port) in all {
            let line = Some(line.clone());
            add(&mut found, Named { host, port, logged: true, unresolved, line });
        }
    }
    found
}

fn add(found: &mut Vec<Named>, new: Named) {
    match found.iter_mut().find(|one| one.host == new.host) {
        Some(known) => {
            known.port = known.port.or(new.port);
            if new.unresolved && !known.unresolved {
                known.line = new.line.or(known.line.take());
                known.unresolved = true;
            }
        }
        None => found.push(new),
    }
}

/// Both, those of the log first.
pub(crate) fn together(logged: Vec<Named>, commanded: Vec<Named>) -> Vec<Named> {
    let mut all = logged;
    for one in commanded {
        add(&mut all, one);
    }
    all
}

/// `… port 5432 …` after a host, or the number after it.
fn port_after(rest: &str) -> Option<u16> {
    let mut words = rest.split_whitespace().skip(1);
    let next = words.next()?;
    let word = if next == "port" { words.next()? } else { next };
    word.trim_matches([':', ',', '.']).parse().ok().filter(|_| next == "port")
}

/// A word as a host with a port: `db:5432`, `tcp://db:5432`, `'db'`, `http://db/health`.
fn address(word: &str) -> Option<(String, Option<u16>)> {
    let word = word.trim_matches(['\'', '"', '`', ',', ';', '(', ')', '.', '[', ']', ':']);
    let (scheme, rest) = word.split_once("://").map_or((None, word), |(s, rest)| (Some(s), rest));
    let rest = rest.split(['/', '?']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.trim_matches(['\'', '"']).parse().ok()?)),
        None => (rest, None),
    };
    let host = host.trim_matches(['\'', '"', '.']);
    let port = port.or(match scheme {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    });
    is_host(host).then(|| (host.to_owned(), port))
}

/// Programs that are asked whether a host answers, with the flags that take a value.
const PROGRAMS: [(&str, &[&str]); 14] = [
    ("nslookup", &["-type", "-port", "-timeout"]),
    ("host", &["-t", "-w", "-W"]),
    ("dig", &["-t", "-p"]),
    ("nc", &["-w", "-i", "-s", "-p"]),
    ("ncat", &["-w", "-i"]),
    ("netcat", &["-w", "-i"]),
    ("wget", &["-O", "-T", "-t", "-o", "--timeout", "--tries"]),
    ("curl", &["-o", "-m", "-H", "-X", "-d", "-w", "--max-time", "--connect-timeout", "--retry"]),
    ("ping", &["-c", "-w", "-W", "-i"]),
    ("wait-for-it", &["-t"]),
    ("wait-for-it.sh", &["-t"]),
    ("wait-for", &["-t"]),
    ("dockerize", &["-timeout", "-wait-retry-interval"]),
    ("telnet", &[]),
];

/// Programs that are given their host by `-h` or `--host`.
const CLIENTS: [&str; 7] =
    ["pg_isready", "psql", "mysqladmin", "mysql", "redis-cli", "mongosh", "mongo"];

/// The hosts that a container's command asks for. Variables are filled in where the container
/// itself gives them a value.
pub(crate) fn in_command(spec: &Json, namespace: &str) -> Vec<Named> {
    let mut text = field::texts(spec, "/command").join(" ");
    text.push(' ');
    text.push_str(&field::texts(spec, "/args").join(" "));
    let text = filled(&text, spec, namespace);
    let mut found = Vec::new();
    for part in text.split([';', '|', '&', '\n', '`', '(', ')', '"']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            let name = word.rsplit('/').next().unwrap_or(word);
            let rest = &words[index + 1..];
            let host = match PROGRAMS.iter().find(|(program, _)| *program == name) {
                Some((_, valued)) => positional(rest, valued),
                None if CLIENTS.contains(&name) => by_flag(rest),
                None => None,
            };
            if let Some((host, port)) = host {
                add(&mut found, Named { host, port, logged: false, unresolved: false, line: None });
            }
        }
    }
    found
}

fn positional(words: &[&str], valued: &[&str]) -> Option<(String, Option<u16>)> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if valued.contains(word) {
            rest.next();
        } else if let Some(url) = word.strip_prefix("-wait=").or(word.strip_prefix("--wait=")) {
            return address(url);
        } else if !word.starts_with('-') {
            let (host, port) = address(word)?;
            let next = rest.next().and_then(|word| word.parse().ok());
            return Some((host, port.or(next)));
        }
    }
    None
}

fn by_flag(words: &[&str]) -> Option<(String, Option<u16>)> {
    let value = |long: &str, short: &str| {
        words.iter().enumerate().find_map(|(index, word)| {
            let joined = word.strip_prefix(&format!("{long}="));
            let glued = word.strip_prefix(short).filter(|rest| !rest.is_empty());
            let next = (*word == long || *word == short).then(|| words.get(index + 1).copied());
            joined.or(next.flatten()).or(glued.filter(|_| !word.starts_with("--")))
        })
    };
    let (host, own) = address(value("--host", "-h")?)?;
    let port = value("--port", "-p").and_then(|port| port.parse().ok());
    Some((host, own.or(port)))
}

/// Where a shell reads the pod's own namespace from.
const NAMESPACE: &str = "$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)";

fn filled(text: &str, spec: &Json, namespace: &str) -> String {
    let mut text = text.replace(NAMESPACE, namespace);
    let mut variables: Vec<(&str, &str)> = field::items(spec, "/env")
        .iter()
        .filter_map(|entry| Some((field::word(entry, "/name")?, field::word(entry, "/value")?)))
        .collect();
    // The longer name first: `$DB_HOST` is not `$DB` with something after it.
    variables.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, value) in variables {
        for form in [format!("$({name})"), format!("${{{name}}}"), format!("${name}")] {
            text = text.replace(&form, value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn logged(line: &str) -> Vec<(String, Option<u16>, bool)> {
        let found = in_log(&[line.to_owned()], &["ledger-db"]);
        found.into_iter().map(|one| (one.host, one.port, one.unresolved)).collect()
    }

    #[test]
    fn what_clients_print_names_the_host() {
        for (line, host, port, unresolved) in [
            ("nslookup: can't resolve 'db'", "db", None, true),
            (
                "** server can't find db.shop.svc.cluster.local: NXDOMAIN",
                "db.shop.svc.cluster.local",
                None,
                true,
            ),
            ("nc: bad address 'db'", "db", None, true),
            ("wget: bad address 'db:8080'", "db", Some(8080), true),
            ("curl: (6) Could not resolve host: db", "db", None, true),
            (
                "curl: (7) Failed to connect to db port 8080 after 1 ms: Connection refused",
                "db",
                Some(8080),
                false,
            ),
            (
                "nc: getaddrinfo for host \"db\" port 5432: Name or service not known",
                "db",
                Some(5432),
                true,
            ),
            ("dial tcp: lookup db on 10.96.0.10:53: no such host", "db", None, true),
            ("Waiting for: tcp://db:5432", "db", Some(5432), false),
            ("waiting for ledger-db", "ledger-db", None, false),
            ("ledger-db is unavailable - sleeping", "ledger-db", None, false),
            ("ledger-db:5432 - no response", "ledger-db", Some(5432), false),
        ] {
            assert_eq!(logged(line), [(host.to_owned(), port, unresolved)], "{line}");
        }
        for nothing in ["waiting for the database", "copied 3 of 9 files", "loading, wait a moment"]
        {
            assert!(logged(nothing).is_empty(), "{nothing}: {:?}", logged(nothing));
        }
    }

    #[test]
    fn a_command_names_the_host_that_it_asks() {
        let asked = |script: &str| {
            let spec = json!({ "command": ["sh", "-c", script],
                "env": [{ "name": "DB_HOST", "value": "db" }, { "name": "DB", "value": "x" }] });
            let found = in_command(&spec, "shop");
            found.into_iter().map(|one| (one.host, one.port)).collect::<Vec<_>>()
        };
        let db = |port: Option<u16>| vec![("db".to_owned(), port)];
        assert_eq!(
            asked("until nc -z -w 2 db 5432; do echo waiting; sleep 2; done"),
            db(Some(5432))
        );
        assert_eq!(asked("until nc -z $DB_HOST 5432; do sleep 1; done"), db(Some(5432)));
        assert_eq!(
            asked("until pg_isready -h ${DB_HOST} -p 5432; do sleep 1; done"),
            db(Some(5432))
        );
        assert_eq!(asked("while ! mysqladmin ping -hdb --silent; do sleep 1; done"), db(None));
        assert_eq!(asked("wget -q -O- http://db:8080/ready"), db(Some(8080)));
        let own = "until nslookup db.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do sleep 2; done";
        assert_eq!(asked(own), [("db.shop.svc.cluster.local".to_owned(), None)]);
        for nothing in ["cp -r /from /to", "echo nc; sleep 1", "nc -z 10.0.0.1 80", "ls | wc -l"] {
            assert!(asked(nothing).is_empty(), "{nothing}: {:?}", asked(nothing));
        }
    }
}
