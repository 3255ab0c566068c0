//! A text as JSON values: one JSON document, several after each other, or YAML documents.

use serde_json::Value as Json;

/// One document of a text.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) json: Json,
    pub(crate) form: Form,
}

/// How a document was written. YAML that is cut off may still be YAML; JSON never is JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Yaml {
        /// Whether the text stops within its last line, as no program writes it.
        torn: bool,
        /// Whether `items`, or a list without a name, is the last thing in it.
        items_last: bool,
    },
}

/// The documents of a text, and what is wrong with the rest of it.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) sound: Vec<Document>,
    pub(crate) flaws: Vec<String>,
}

/// The longest text that is tried as YAML in flow style when it is no JSON.
const FLOW: usize = 1 << 20;

/// Reads every document that can be read.
pub(crate) fn parse(text: &str) -> Documents {
    let mut documents = Documents::default();
    let mut rest = skip_marks(text);
    while rest.starts_with(['{', '[']) {
        match first_json(rest) {
            Ok((json, length)) => {
                documents.sound.push(Document { json, form: Form::Json });
                rest = skip_marks(&rest[length..]);
            }
            Err(error) => {
                let before = text[..text.len() - rest.len()].lines().count();
                // Flow style YAML looks like JSON at first, and is not what programs write.
                let may_be_flow = documents.sound.is_empty() && !error.is_eof();
                if may_be_flow && rest.len() <= FLOW && parse_yaml(rest, &mut documents) {
                    return documents;
                }
                documents.flaws = vec![json_flaw(&error, before)];
                return documents;
            }
        }
    }
    parse_yaml(rest, &mut documents);
    documents
}

/// The JSON value that a text begins with, and its length.
pub(crate) fn first_json(text: &str) -> Result<(Json, usize), serde_json::Error> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    match stream.next() {
        Some(Ok(json)) => Ok((json, stream.byte_offset())),
        Some(Err(error)) => Err(error),
        None => Ok((Json::Null, text.len())),
    }
}

fn json_flaw(error: &serde_json::Error, lines_before: usize) -> String {
    let line = lines_before.saturating_sub(1) + error.line();
    if error.is_eof() {
        return format!("the JSON ends before it is complete (line {line})");
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    format!("not JSON at line {line}, column {}: {said}", error.column())
}

/// Skips blank space and document marks.
fn skip_marks(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(after) = rest.strip_prefix("---") {
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// Reads YAML documents; whether every one of them could be read.
fn parse_yaml(text: &str, documents: &mut Documents) -> bool {
    let mut line = 1;
    let flaws_before = documents.flaws.len();
    for part in split_yaml(text) {
        let parsed = serde_saphyr::from_str_with_options::<Option<Json>>(part, yaml_options());
        match parsed {
            Ok(None | Some(Json::Null)) => {}
            Ok(Some(json)) => documents.sound.push(Document { json, form: yaml_form(part) }),
            Err(error) => {
                let said = error.to_string();
                let said = said.lines().next().unwrap_or_default();
                documents.flaws.push(format!("not YAML in the document from line {line}: {said}"));
            }
        }
        line += part.lines().count();
    }
    documents.flaws.len() == flaws_before
}

/// What the end of a YAML document says of its wholeness.
fn yaml_form(part: &str) -> Form {
    let is_key = |line: &&str| line.starts_with(|c: char| c.is_alphanumeric() || "\"'".contains(c));
    let last_key = part.lines().rfind(is_key);
    Form::Yaml {
        // An empty list that closes the text is whole: nothing of it can be missing.
        torn: !part.ends_with(['\n', '\r']) && !part.ends_with("\nitems: []"),
        items_last: last_key
            .is_none_or(|line| line.trim_start_matches(['"', '\'']).starts_with("items")),
    }
}

/// The documents of a YAML stream. A mark at the start of a line always ends a document
/// (YAML 1.2.2, 9.1.2), so no parser is needed to find them, and one bad document
/// does not hide the next.
fn split_yaml(text: &str) -> Vec<&str> {
    let is_mark = |line: &str| {
        line.strip_prefix("---")
            .is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\r', '\n']))
    };
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if is_mark(line) && at > start {
            parts.push(&text[start..at]);
            start = at;
        }
        at += line.len();
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Budgets: wide enough for a dump of hundreds of megabytes, which has no anchors and shallow
/// objects; too narrow for anything that grows when it is read.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000_000,
            max_nodes: 50_000_000,
            max_total_scalar_bytes: 512 << 20,
            max_depth: 48,
            flow_nesting_limit: 48,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 10_000,
            max_recorded_anchor_bytes: 1 << 20,
            max_merge_keys: 100,
            max_documents: 1,
            simple_key_max_lookahead: 4_096,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 16,
        },
        // As the API server's own reader has it.
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        emit_comments: false,
        with_snippet: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(text: &str) -> Vec<Json> {
        let documents = parse(text);
        assert_eq!(documents.flaws, Vec::<String>::new(), "{text}");
        documents.sound.into_iter().map(|document| document.json).collect()
    }

    #[test]
    fn json_documents_may_follow_each_other_in_any_way() {
        let expected = vec![json!({ "a": 1 }), json!({ "b": [2] })];
        for text in [
            "{\"a\":1}{\"b\":[2]}",
            "{\"a\":1}\n\n{\"b\":[2]}\n",
            "---\n{\"a\":1}\n---\n{\"b\":[2]}",
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn yaml_documents_are_split_at_marks_and_read_like_json() {
        let text = "# a dump\n---\na: 1\n---\nb:\n- 2\n---\n---\n";
        assert_eq!(values(text), [json!({ "a": 1 }), json!({ "b": [2] })]);
        assert_eq!(values("a: |\n  x\n  ---\n  y\n"), [json!({ "a": "x\n---\ny\n" })]);
        assert_eq!(values("{\"a\": 1}\n---\nb: 2\n"), [json!({ "a": 1 }), json!({ "b": 2 })]);
        assert_eq!(values("{a: 1}"), [json!({ "a": 1 })]);
    }

    #[test]
    fn a_broken_document_does_not_hide_the_others() {
        let documents = parse("a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!(documents.sound.len(), 2);
        assert_eq!(documents.flaws.len(), 1);
        assert!(documents.flaws[0].contains("line 2"), "{}", documents.flaws[0]);
    }

    #[test]
    fn json_that_ends_early_is_said_to_end_early() {
        let documents = parse("{\"a\":1}\n{\"b\":\n");
        assert_eq!(documents.sound.len(), 1);
        assert!(documents.flaws[0].contains("ends before"), "{}", documents.flaws[0]);
    }

    #[test]
    fn aliases_cannot_multiply() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (before, after) in "abcdefghij".chars().zip("bcdefghijk".chars()) {
            let nine = vec![format!("*{before}"); 9].join(",");
            bomb.push_str(&format!("{after}: &{after} [{nine}]\n"));
        }
        let documents = parse(&bomb);
        assert!(documents.sound.is_empty());
        assert_eq!(documents.flaws.len(), 1);
    }

    #[test]
    fn depth_has_an_end_in_both_forms() {
        for text in
            ["[".repeat(200_000), (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect()]
        {
            let documents = parse(&text);
            assert!(documents.sound.is_empty() && !documents.flaws.is_empty());
        }
    }

    #[test]
    fn numbers_beyond_every_type_do_no_harm() {
        assert_eq!(parse("{\"a\":1e999}").sound[0].json, json!({ "a": ".inf" }));
        assert_eq!(values("a: .inf"), [json!({ "a": ".inf" })]);
        let long = "9".repeat(10_000);
        parse(&format!("{{\"a\":{long}}}"));
        parse(&format!("a: {long}"));
    }
}
