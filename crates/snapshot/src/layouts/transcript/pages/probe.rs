//! Probes, in the one line that kubectl makes of each.

use serde_json::{Value as Json, json};

use crate::layouts::transcript::fields::{int, int_or_text, put};

/// Reads `http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3`.
pub(super) fn probe(text: &str) -> Option<Json> {
    let (action, numbers) = match text.find("delay=") {
        Some(at) => (text[..at].trim(), &text[at..]),
        None => (text.trim(), ""),
    };
    let mut json = self::action(action)?;
    for part in numbers.split_whitespace() {
        let Some((name, value)) = part.split_once('=') else { continue };
        let field = match name {
            "delay" => "initialDelaySeconds",
            "timeout" => "timeoutSeconds",
            "period" => "periodSeconds",
            "#success" => "successThreshold",
            "#failure" => "failureThreshold",
            _ => continue,
        };
        // What is nought by default is not served.
        match int(value.trim_end_matches('s')) {
            Some(number) if number != 0 || name != "delay" => put(&mut json, field, number),
            _ => {}
        }
    }
    Some(json)
}

fn action(text: &str) -> Option<Json> {
    let (sort, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    match sort {
        "http-get" => http(rest),
        "tcp-socket" => {
            let (host, port) = rest.rsplit_once(':')?;
            let mut socket = json!({ "port": int_or_text(port) });
            if !host.is_empty() {
                put(&mut socket, "host", host);
            }
            Some(json!({ "tcpSocket": socket }))
        }
        "exec" => {
            let words = rest.strip_prefix('[')?.strip_suffix(']')?;
            Some(json!({ "exec": { "command": command(words) } }))
        }
        "grpc" => {
            let (port, service) = rest.split_once(' ').unwrap_or((rest, ""));
            let port = int(port.rsplit_once(':')?.1)?;
            Some(json!({ "grpc": { "port": port, "service": service.trim() } }))
        }
        _ => None,
    }
}

/// A command that was printed without its quotes. After `-c` the rest is one script.
fn command(words: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_once(' ') {
        parts.push(word);
        rest = after;
        if matches!(word, "-c" | "-ec" | "-xc" | "-lc") {
            break;
        }
    }
    parts.push(rest);
    parts
}

/// `http://:8080/healthz`, `https://host:port-name/path`, `http://[::1]:80/`.
fn http(url: &str) -> Option<Json> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (name, port) = host.rsplit_once(':')?;
    let mut get = json!({ "scheme": scheme.to_ascii_uppercase(), "port": int_or_text(port) });
    if !path.is_empty() {
        put(&mut get, "path", unescape(path));
    }
    if !name.is_empty() {
        put(&mut get, "host", name.trim_matches(['[', ']']));
    }
    Some(json!({ "httpGet": get }))
}

/// Takes back what Go's `url.URL` escaped: `%3F`.
fn unescape(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &str = "delay=5s timeout=1s period=10s #success=1 #failure=3";

    #[test]
    fn every_sort_of_probe_is_read_with_its_numbers() {
        let read = |action: &str| probe(&format!("{action} {NUMBERS}")).unwrap();
        let http = read("http-get https://[fd00::1]:web/a%3Fb");
        let expected =
            json!({ "scheme": "HTTPS", "host": "fd00::1", "port": "web", "path": "/a?b" });
        assert_eq!(http["httpGet"], expected);
        assert_eq!(
            (&http["initialDelaySeconds"], &http["failureThreshold"]),
            (&json!(5), &json!(3))
        );
        assert_eq!(read("tcp-socket :6379")["tcpSocket"], json!({ "port": 6379 }));
        let exec = read("exec [sh -c test -f /ready && exit 0]");
        assert_eq!(exec["exec"]["command"], json!(["sh", "-c", "test -f /ready && exit 0"]));
        assert_eq!(read("grpc <pod>:9555 ")["grpc"], json!({ "port": 9555, "service": "" }));
        assert_eq!(probe("unknown delay=0s"), None);
    }
}
