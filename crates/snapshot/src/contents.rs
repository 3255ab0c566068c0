//! What a document is, to this crate: a list, an object, a refusal, a version.

use evidence::Kind;
use serde_json::Value as Json;

use crate::documents::{Document, Form};
use crate::refusal::Refusal;

/// What a document holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Contents {
    /// A list of objects.
    List(ListContents),
    /// One object.
    Object(Json),
    /// The beginning of an object, and its kind where it says so.
    Half(Option<Kind>),
    /// What the server said instead.
    Refusal(Refusal),
    /// The version of a server.
    Version(String),
    /// None of these, in words.
    Other(String),
}

/// A list of objects.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ListContents {
    /// The kind of its items, where the list has one.
    pub(crate) kind: Option<Kind>,
    /// The items.
    pub(crate) items: Vec<Json>,
    /// Why there were more items than these.
    pub(crate) cut: Option<&'static str>,
    /// Whether its text was cut off. Its last item may be half of an object and is not in `items`.
    pub(crate) torn: bool,
    /// The kind of the item that was left out, where it says so.
    pub(crate) half: Option<Kind>,
}

impl ListContents {
    /// Marks a list as cut off. What the last item lacks is not known, so that it is no item.
    fn tear(&mut self, why: &'static str) {
        self.cut = Some(why);
        self.torn = true;
        self.half = self.items.pop().and_then(|item| kind_of(&item));
    }
}

/// Why a text that stops within a line is not believed to be whole.
pub(crate) const TORN: &str = "its text stops without a line end: it may be cut off";

impl Contents {
    pub(crate) fn of(document: Document) -> Contents {
        let Document { json, form } = document;
        match json {
            Json::Array(items) => {
                let mut list = ListContents { items, ..ListContents::default() };
                if matches!(form, Form::Yaml { torn: true, .. }) {
                    list.tear(TORN);
                }
                Contents::List(list)
            }
            Json::Object(_) => Contents::of_object(json, form),
            _ => Contents::Other("neither an object nor a list".to_owned()),
        }
    }

    fn of_object(mut json: Json, form: Form) -> Contents {
        if let Some(refusal) = Refusal::of_status(&json) {
            return Contents::Refusal(refusal);
        }
        let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (kind, api_version) = (word("kind"), word("apiVersion"));
        if kind.is_empty() {
            let version = ["/serverVersion/gitVersion", "/gitVersion", "/info/gitVersion"];
            if let Some(version) = version.iter().find_map(|at| json.pointer(at)?.as_str()) {
                return Contents::Version(version.to_owned());
            }
        }
        let of = kind.strip_suffix("List").filter(|_| json.get("items").is_some());
        let item_kind = match (kind.as_str(), of) {
            ("", _) | (_, Some("")) => None,
            (_, Some(of)) => match Kind::of(&api_version, of) {
                Some(kind) => Some(kind),
                None => return Contents::Other(format!("a {kind}, which no tool reads")),
            },
            // `kind: Lis`, in the place of `List`.
            _ if torn(&json, form).is_some() && json.get("items").is_some() => None,
            _ if matches!(form, Form::Yaml { torn: true, .. }) => {
                return Contents::Half(kind_of(&json));
            }
            _ => return Contents::Object(json),
        };
        let torn = torn(&json, form);
        let cut = is_page(&json).then_some("it is one page of a longer list");
        let items = match json.get_mut("items").map(Json::take) {
            Some(Json::Array(items)) => items,
            // What Go writes for a list that was never filled.
            Some(Json::Null) => Vec::new(),
            _ => return Contents::Other("an object without `kind`".to_owned()),
        };
        let mut list = ListContents { kind: item_kind, items, cut, ..ListContents::default() };
        if let Some(why) = torn {
            list.tear(why);
        }
        Contents::List(list)
    }
}

fn kind_of(json: &Json) -> Option<Kind> {
    let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default();
    Kind::of(word("apiVersion"), word("kind"))
}

/// Whether a list says itself that it goes on.
fn is_page(json: &Json) -> bool {
    let metadata = |key: &str| json.get("metadata").and_then(|metadata| metadata.get(key));
    metadata("continue").and_then(Json::as_str).is_some_and(|token| !token.is_empty())
        || metadata("remainingItemCount").and_then(Json::as_i64).is_some_and(|count| count > 0)
}

/// Why the text of a list is taken to be cut off within its items.
fn torn(json: &Json, form: Form) -> Option<&'static str> {
    let Form::Yaml { torn, items_last } = form else { return None };
    let is_list =
        json.get("kind").and_then(Json::as_str).is_some_and(|kind| kind.ends_with("List"));
    match json.get("kind") {
        // kubectl writes the keys in order, `kind` after `items`: without it the text was cut off.
        None | Some(Json::Null) => Some("it ends before its `kind`"),
        _ if torn && items_last => Some(TORN),
        _ if torn && !is_list => Some("it ends within its `kind`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::parse;

    fn contents(text: &str) -> Contents {
        Contents::of(parse(text).sound.remove(0))
    }

    #[test]
    fn a_list_knows_its_kind_only_when_it_says_so() {
        let list = |text| match contents(text) {
            Contents::List(list) => (list.kind, list.items.len()),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            list(r#"{"kind":"PodList","apiVersion":"v1","items":[]}"#),
            (Some(Kind::Pod), 0)
        );
        assert_eq!(list(r#"{"kind":"List","apiVersion":"v1","items":[{}]}"#), (None, 1));
        assert_eq!(
            list(r#"{"kind":"PodList","apiVersion":"v1","items":null}"#),
            (Some(Kind::Pod), 0)
        );
        assert_eq!(list("[{},{}]"), (None, 2));
        let foreign = contents(
            r#"{"kind":"RoleList","apiVersion":"rbac.authorization.k8s.io/v1","items":[]}"#,
        );
        assert!(matches!(foreign, Contents::Other(_)), "{foreign:?}");
    }

    #[test]
    fn a_page_or_a_cut_list_says_that_it_is_not_all() {
        for text in [
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"abc"},"items":[]}"#,
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"remainingItemCount":3},"items":[]}"#,
            "apiVersion: v1\nitems:\n- metadata:\n    name: a\n",
        ] {
            let Contents::List(list) = contents(text) else { panic!("{text}") };
            assert!(list.cut.is_some(), "{text}");
        }
    }

    #[test]
    fn a_version_is_found_in_all_its_forms() {
        for text in [
            r#"{"clientVersion":{"gitVersion":"v1.30.0"},"serverVersion":{"gitVersion":"v1.34.4"}}"#,
            r#"{"gitVersion":"v1.34.4"}"#,
            r#"{"info":{"gitVersion":"v1.34.4"},"string":"v1.34.4"}"#,
        ] {
            assert_eq!(contents(text), Contents::Version("v1.34.4".into()));
        }
    }
}
