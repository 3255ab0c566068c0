//! YAML as a tree with places, under tight limits.

use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    DuplicateKeyPolicy, Location, MergeKeyPolicy, Options, Spanned, alias_limits, budget, options,
};

/// A node with its place in the text that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub value: NodeValue,
    pub span: Range<usize>,
}

/// The sorts of node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeValue {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub name: String,
    pub span: Range<usize>,
}

/// Why YAML could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub message: String,
    pub span: Range<usize>,
}

impl NodeValue {
    /// The sort of node in words.
    pub fn word(&self) -> &'static str {
        match self {
            NodeValue::Null => "nothing",
            NodeValue::Bool => "a boolean",
            NodeValue::Number => "a number",
            NodeValue::Text(_) => "a text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
        }
    }
}

/// More than this is not front matter.
const MAX_BYTES: usize = 64 * 1024;

/// Reads a mapping; an empty text is an empty one.
pub(crate) fn read(text: &str) -> Result<Vec<(Key, Node)>, Broken> {
    if text.len() > MAX_BYTES {
        let message = format!("the front matter is longer than {} KiB", MAX_BYTES / 1024);
        return Err(Broken { message, span: 0..0 });
    }
    let parsed: Result<Spanned<Raw>, _> = serde_saphyr::from_str_with_options(text, limits());
    match parsed {
        Ok(Spanned { value: Raw::Map(entries), .. }) => Ok(keyed(entries, text)),
        Ok(Spanned { value: Raw::Null, .. }) => Ok(Vec::new()),
        Ok(other) => {
            let message =
                format!("the front matter is {}, not keys with values", other.value.word());
            Err(Broken { message, span: place(&other.referenced, text) })
        }
        Err(error) => {
            let error = error.without_snippet();
            let location = error.location().unwrap_or(Location::UNKNOWN);
            let message = error.to_string();
            // The place is shown in a frame; the words need not repeat it.
            let message = message.lines().next().unwrap_or("").to_owned();
            let message = match message.rfind(" at line ") {
                Some(end) => message[..end].to_owned(),
                None => message,
            };
            let message = message.trim_start_matches("error: ").to_owned();
            Err(Broken { message, span: place(&location, text) })
        }
    }
}

fn limits() -> Options {
    options! {
        budget: budget! {
            max_events: 4_000,
            max_nodes: 2_000,
            max_depth: 8,
            flow_nesting_limit: 8,
            max_documents: 1,
            max_aliases: 16,
            max_anchors: 16,
            max_recorded_anchor_events: 500,
            max_recorded_anchor_bytes: 64 * 1024,
            max_total_scalar_bytes: MAX_BYTES,
        },
        alias_limits: alias_limits! { max_total_replayed_events: 500, max_replay_stack_depth: 4 },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    }
}

/// What a location says, in bytes. A collection's location may be empty, and is widened to
/// the rest of its line.
fn place(location: &Location, text: &str) -> Range<usize> {
    let span = location.span();
    let (start, length) = match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(length)) => (start as usize, length as usize),
        _ => (by_line(location, text), 0),
    };
    let start = text.floor_char_boundary(start.min(text.len()));
    let end = text.ceil_char_boundary(start.saturating_add(length).min(text.len()));
    let found = text[start..end].trim_end();
    let line = text[start..].split('\n').next().unwrap_or("").trim_end();
    let length = if found.is_empty() { line.len() } else { found.len().min(line.len().max(1)) };
    start..start + length
}

fn by_line(location: &Location, text: &str) -> usize {
    let line = usize::try_from(location.line()).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(location.column()).unwrap_or(0).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or("").split('\n').next().unwrap_or("");
    before + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
}

fn keyed(entries: Vec<(Spanned<String>, Spanned<Raw>)>, text: &str) -> Vec<(Key, Node)> {
    let entries = entries.into_iter();
    entries
        .map(|(key, node)| {
            let span = place(&key.referenced, text);
            (Key { name: key.value, span }, placed(node, text))
        })
        .collect()
}

/// Bounded by `max_depth`.
fn placed(node: Spanned<Raw>, text: &str) -> Node {
    let span = place(&node.referenced, text);
    let value = match node.value {
        Raw::Null => NodeValue::Null,
        Raw::Bool => NodeValue::Bool,
        Raw::Number => NodeValue::Number,
        Raw::Text(text) => NodeValue::Text(text),
        Raw::List(items) => {
            NodeValue::List(items.into_iter().map(|item| placed(item, text)).collect())
        }
        Raw::Map(entries) => NodeValue::Map(keyed(entries, text)),
    };
    Node { value, span }
}

/// A node with the places that the deserialiser gives.
enum Raw {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl Raw {
    fn word(&self) -> &'static str {
        match self {
            Raw::List(_) => "a list",
            _ => "a single value",
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Bool)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Raw, E> {
        Err(E::custom("binary values are not accepted"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            map.push((key, entries.next_value()?));
        }
        Ok(Raw::Map(map))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Raw, D::Error> {
        IgnoredAny::deserialize(inner)?;
        Err(D::Error::custom("this sort of value is not accepted"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_value_has_its_exact_place() {
        let text = "id: \"a b\"\nlist:\n  - käse\n  - [x, 1]\n";
        let entries = read(text).expect("YAML");
        let shown = |span: &Range<usize>| text[span.clone()].to_owned();
        assert_eq!(shown(&entries[0].0.span), "id");
        assert_eq!(shown(&entries[0].1.span), "\"a b\"");
        let NodeValue::List(items) = &entries[1].1.value else { panic!("a list") };
        assert_eq!(shown(&items[0].span), "käse");
        let NodeValue::List(inner) = &items[1].value else { panic!("a list") };
        assert_eq!(shown(&inner[1].span), "1");
        assert_eq!(inner[1].value, NodeValue::Number);
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_twice() {
        assert_eq!(read("a: 1\na: 2\n").map(|entries| entries.len()), Ok(2));
    }

    #[test]
    fn broken_yaml_says_where() {
        let broken = read("id: x\ntitle: [a\nb: c\n").expect_err("not YAML");
        assert!(broken.span.start > 5, "{broken:?}");
        assert!(!broken.message.contains("line"), "{broken:?}");
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..10 {
            let below = level - 1;
            let items = vec![format!("*a{below}"); 9].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(read(&bomb).is_err());
        assert!(read(&"[".repeat(60_000)).is_err());
        assert!(read(&"a:\n ".repeat(10_000)).is_err());
        assert!(read(&"- ".repeat(30_000)).is_err());
    }
}
