//! What stands in a tool's facts: words with the place where they stand, and gaps.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{Origin, Record, Source, Unseen, UnseenKind, Value};
use expression::Cite;

/// Words from a tool's facts.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// The words, without the name of the image that they are about: an image may be called
    /// `unauthorized-gateway` and must not speak for what it is called.
    pub(crate) text: String,
    /// Where they stand.
    pub(crate) source: Source,
    /// The container that they are about.
    pub(crate) container: Option<String>,
}

/// A record that a tool has classified by the lexicon, in its field `class`.
#[derive(Clone, Debug)]
pub(crate) struct Classified {
    /// The signature's id, or why it is not known.
    pub(crate) class: Result<Arc<str>, Unseen>,
    /// Where the message stands.
    pub(crate) source: Option<Source>,
    /// The container that it is about.
    pub(crate) container: Option<String>,
}

/// Collects every gap in a value, the reasons of partial lists included. What the guide did not
/// have asked, and what the source never shows, is no gap; a decision that needs it says so itself.
pub(crate) fn unseen(value: &Value, into: &mut BTreeSet<Unseen>) {
    match value {
        Value::Unknown(gap) if matches!(gap.kind, UnseenKind::NotAsked | UnseenKind::NotShown) => {}
        Value::Unknown(gap) => {
            into.insert(gap.clone());
        }
        Value::List(list) => {
            into.extend(list.missing.clone());
            list.items.iter().for_each(|item| unseen(item, into));
        }
        Value::Record(record) => record.values.iter().for_each(|value| unseen(value, into)),
        Value::Map(map) => map.values().for_each(|value| unseen(value, into)),
        Value::Cited(cited) => unseen(&cited.0, into),
        _ => {}
    }
}

/// The fields that hold a component's own words. Names of images, hosts or objects are no evidence.
const WORDS: &[&str] = &["message", "reason", "line"];

/// Collects the words of a value that are evidence now. A record whose field `current` is
/// false is history and is left out with all that is in it. What a registry answers this machine
/// is left out too: a literal is looked for in what the node saw.
pub(crate) fn passages(value: &Value, into: &mut Vec<Passage>) {
    walk(value, &mut |record| {
        let Some(source) = record.source.as_ref().filter(of_node) else { return };
        let image = text_of(record, "image").filter(|image| !image.is_empty());
        let quote = source.quote.iter().map(|quote| quote.to_string());
        let fields = WORDS.iter().filter_map(|field| text_of(record, field).map(str::to_owned));
        let mut texts: BTreeSet<String> = BTreeSet::new();
        for text in quote.chain(fields) {
            if let Some(text) = blanked(&text, image) {
                texts.insert(text);
            }
        }
        let container = text_of(record, "container").map(str::to_owned);
        for text in texts {
            into.push(Passage { text, source: source.clone(), container: container.clone() });
        }
    });
}

fn of_node(source: &&Source) -> bool {
    source.origin != Origin::Registry
}

fn blanked(text: &str, image: Option<&str>) -> Option<String> {
    match image {
        Some(image) if text == image => None,
        Some(image) => Some(text.replace(image, "…")),
        None => Some(text.to_owned()),
    }
}

/// Collects the records that a tool has classified and that are evidence now.
pub(crate) fn classified(value: &Value, into: &mut Vec<Classified>) {
    walk(value, &mut |record| {
        let class = match record.get("class").map(Value::bare) {
            Some(Value::Text(class)) => Ok(Arc::clone(class)),
            Some(Value::Unknown(unseen)) => Err(unseen.clone()),
            _ => return,
        };
        into.push(Classified {
            class,
            source: record.source.clone(),
            container: text_of(record, "container").map(str::to_owned),
        });
    });
}

/// Collects what a value quotes, for a reader who has to judge himself.
pub(crate) fn quotes(value: &Value, into: &mut Vec<Cite>) {
    walk(value, &mut |record| {
        let quoted = record.source.as_ref().filter(|source| source.quote.is_some());
        if let Some(source) = quoted.filter(of_node) {
            let cite = Cite { source: source.clone(), fact: None };
            if !into.contains(&cite) {
                into.push(cite);
            }
        }
    });
}

fn text_of<'v>(record: &'v Record, name: &str) -> Option<&'v str> {
    match record.get(name)?.bare() {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn walk<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Record)) {
    match value {
        Value::Record(record) => {
            if record.get("current").map(Value::bare) == Some(&Value::Bool(false)) {
                return;
            }
            visit(record);
            record.values.iter().for_each(|value| walk(value, visit));
        }
        Value::List(list) => list.items.iter().for_each(|item| walk(item, visit)),
        Value::Map(map) => map.values().for_each(|value| walk(value, visit)),
        Value::Cited(cited) => walk(&cited.0, visit),
        _ => {}
    }
}
