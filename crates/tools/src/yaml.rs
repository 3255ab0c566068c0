//! YAML as `kubectl get -o yaml` writes it: keys in order, block style, two spaces.

use serde_json::Value as Json;

/// Writes JSON as YAML.
pub(crate) fn write(json: &Json) -> String {
    let mut text = String::new();
    match json {
        Json::Object(map) if !map.is_empty() => entries(json, 0, &mut text),
        Json::Array(list) if !list.is_empty() => entries(json, 0, &mut text),
        scalar => text = format!("{}\n", flow(scalar)),
    }
    text
}

/// The entries of a list or map that is not empty, each on lines of its own.
fn entries(json: &Json, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    if let Json::Object(map) = json {
        // The order of a map depends on how serde_json was built; the text must not.
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort_unstable();
        for key in keys {
            text.push_str(&format!("{pad}{}:", string(key)));
            // A list in a map stands under its key without further indentation.
            value(&map[key], indent, indent + 2, text);
        }
    } else if let Json::Array(list) = json {
        for item in list {
            text.push_str(&format!("{pad}-"));
            match item {
                Json::Object(_) | Json::Array(_) if !is_empty(item) => {
                    let mut inner = String::new();
                    entries(item, indent + 2, &mut inner);
                    text.push(' ');
                    text.push_str(inner.trim_start_matches(' '));
                }
                scalar => text.push_str(&format!(" {}\n", flow(scalar))),
            }
        }
    }
}

fn value(json: &Json, list: usize, map: usize, text: &mut String) {
    match json {
        Json::Array(_) if !is_empty(json) => {
            text.push('\n');
            entries(json, list, text);
        }
        Json::Object(_) if !is_empty(json) => {
            text.push('\n');
            entries(json, map, text);
        }
        scalar => text.push_str(&format!(" {}\n", flow(scalar))),
    }
}

fn is_empty(json: &Json) -> bool {
    json.as_object().is_some_and(|map| map.is_empty())
        || json.as_array().is_some_and(|list| list.is_empty())
}

/// JSON on one line, in YAML's flow style: `{cpu: 100m, memory: 128Mi}`.
pub(crate) fn flow(json: &Json) -> String {
    match json {
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let pairs: Vec<String> =
                keys.iter().map(|key| format!("{}: {}", string(key), flow(&map[*key]))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Json::Array(list) => {
            let items: Vec<String> = list.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::String(text) => string(text),
        scalar => scalar.to_string(),
    }
}

/// A text, plain where no reader can take it for anything else, otherwise as a JSON string,
/// which is a YAML string too.
fn string(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+= ".contains(c);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let lower = text.to_ascii_lowercase();
    let colons = text
        .split(':')
        .skip(1)
        .all(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/'));
    let is_plain = first
        && !text.ends_with(' ')
        && !text.contains(" #")
        && colons
        && text.chars().all(|c| plain(c) || c == ':')
        && !words.contains(&lower.as_str());
    if is_plain { text.to_owned() } else { Json::from(text).to_string() }
}

/// The beginning of a text of at most so many bytes, cut after a whole line and marked as cut.
pub(crate) fn bounded(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let mark = "# cut here\n";
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end + line.len() + mark.len() > limit {
            break;
        }
        end += line.len();
    }
    format!("{}{mark}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_is_written_as_kubectl_writes_it() {
        let json = json!({
            "kind": "Deployment",
            "spec": {
                "replicas": 2,
                "paused": true,
                "containers": [
                    { "name": "server", "args": ["--port=8080", "yes"], "env": [] },
                    { "name": "proxy", "image": "localhost:5000/proxy:1.4" },
                ],
                "selector": {},
            },
        });
        let expected = "\
kind: Deployment
spec:
  containers:
  - args:
    - \"--port=8080\"
    - \"yes\"
    env: []
    name: server
  - image: localhost:5000/proxy:1.4
    name: proxy
  paused: true
  replicas: 2
  selector: {}
";
        assert_eq!(write(&json), expected);
    }

    #[test]
    fn a_text_that_could_be_read_as_something_else_is_quoted() {
        for text in
            ["true", "1", "0x1", "~", "a: b", "a #b", "- a", "", " a", "a ", "*a", "a:", "1.4"]
        {
            assert_eq!(string(text), format!("{text:?}"), "{text}");
        }
        for text in ["nginx:1.27", "/bin/sh", "a b", "a=b", "x.y/z"] {
            assert_eq!(string(text), text);
        }
    }

    #[test]
    fn a_bounded_text_ends_with_a_whole_line_and_says_that_it_was_cut() {
        let text = "one: 1\ntwo: 2\nthree: 3\n".to_owned();
        assert_eq!(bounded(text.clone(), 100), text);
        assert_eq!(bounded(text, 20), "one: 1\n# cut here\n");
    }
}
