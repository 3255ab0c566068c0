//! Reading fields of JSON that may be of any shape: a wrong type reads as nothing.

use evidence::Time;
use serde_json::Value as Json;

/// The text of a field; an empty one says nothing.
pub(crate) fn text(json: &Json, pointer: &str) -> Option<String> {
    word(json, pointer).map(str::to_owned)
}

/// The text of a field, borrowed; an empty one says nothing.
pub(crate) fn word<'a>(json: &'a Json, pointer: &str) -> Option<&'a str> {
    evidence::at(json, pointer)?.as_str().filter(|text| !text.is_empty())
}

/// The number of a field.
pub(crate) fn int(json: &Json, pointer: &str) -> Option<i64> {
    evidence::at(json, pointer)?.as_i64()
}

/// The truth value of a field.
pub(crate) fn truth(json: &Json, pointer: &str) -> Option<bool> {
    evidence::at(json, pointer)?.as_bool()
}

/// Whether a field is true; one that is not there is not.
pub(crate) fn is_true(json: &Json, pointer: &str) -> bool {
    truth(json, pointer) == Some(true)
}

/// The time of a field.
pub(crate) fn time(json: &Json, pointer: &str) -> Option<Time> {
    word(json, pointer)?.parse().ok()
}

/// The items of a list.
pub(crate) fn items<'a>(json: &'a Json, pointer: &str) -> &'a [Json] {
    evidence::at(json, pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(crate) fn texts(json: &Json, pointer: &str) -> Vec<String> {
    items(json, pointer).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The `name` of each item of a list.
pub(crate) fn names(json: &Json, pointer: &str) -> Vec<String> {
    items(json, pointer).iter().filter_map(|item| text(item, "/name")).collect()
}
