//! Facts as a guide's conditions see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{ObjectRef, RecordShape, Source, Time, Unseen};

/// A fact, or a tree of facts, in the types of CEL, with two additions:
/// it may be unknown, and it may know where it was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Seen to have no value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// A point in time.
    Time(Time),
    /// A span of time.
    Duration(jiff::SignedDuration),
    /// The name of an object, with the fields `kind`, `namespace` and `name`.
    Ref(Arc<ObjectRef>),
    /// A list, which may be incomplete.
    List(Arc<List>),
    /// Facts under names that the cluster chooses, such as labels.
    Map(Arc<BTreeMap<String, Value>>),
    /// Facts under the names that a tool declares.
    Record(Arc<Record>),
    /// A value with the place that it was read from.
    Cited(Arc<(Value, Source)>),
    /// Not known, and why.
    Unknown(Unseen),
}

/// A list of facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The items that were seen.
    pub items: Vec<Value>,
    /// Why there may be more. With a reason here, "none of them" is unknown.
    pub missing: Option<Unseen>,
}

/// Facts under declared names.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The names and their meaning.
    pub shape: &'static RecordShape,
    /// One value for each field of the shape.
    pub values: Vec<Value>,
    /// The place that all the fields were read from, unless a field cites its own.
    pub source: Option<Source>,
}

impl Record {
    /// The value of a field; `None` for a name that the shape does not have.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let index = self.shape.fields.iter().position(|field| field.name == name)?;
        self.values.get(index)
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// A complete list.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(List { items, missing: None }))
    }

    /// The value without its citation.
    pub fn bare(&self) -> &Value {
        match self {
            Value::Cited(cited) => cited.0.bare(),
            other => other,
        }
    }

    /// The value as JSON, for `tsg tools run` and the reports. What is unknown becomes an
    /// object with the one key `unseen`, which no fact has.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match self {
            Value::Null => Json::Null,
            Value::Bool(truth) => json!(truth),
            Value::Int(number) => json!(number),
            Value::Double(number) => json!(number),
            Value::Text(text) => json!(&**text),
            Value::Time(time) => json!(time.to_string()),
            Value::Duration(span) => json!(span.to_string()),
            Value::Ref(object) => json!(&**object),
            Value::List(list) => {
                let items: Vec<Json> = list.items.iter().map(Value::to_json).collect();
                match &list.missing {
                    None => Json::Array(items),
                    Some(unseen) => json!({ "seen": items, "unseen": unseen }),
                }
            }
            Value::Map(map) => Json::Object(
                map.iter().map(|(key, value)| (key.clone(), value.to_json())).collect(),
            ),
            Value::Record(record) => {
                let fields = record.shape.fields.iter().zip(&record.values);
                Json::Object(
                    fields.map(|(field, value)| (field.name.to_owned(), value.to_json())).collect(),
                )
            }
            Value::Cited(cited) => cited.0.to_json(),
            Value::Unknown(unseen) => json!({ "unseen": unseen }),
        }
    }
}

/// A value as a sentence shows it: text without quotes, a list with commas.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => f.write_str("none"),
            Value::Bool(truth) => truth.fmt(f),
            Value::Int(number) => number.fmt(f),
            Value::Double(number) => number.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Time(time) => time.fmt(f),
            Value::Duration(span) => write!(f, "{span:#}"),
            Value::Ref(object) => object.fmt(f),
            Value::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                match (&list.missing, list.items.is_empty()) {
                    (Some(unseen), _) => write!(f, " (and what could not be seen: {unseen})"),
                    (None, true) => f.write_str("none"),
                    (None, false) => Ok(()),
                }
            }
            Value::Map(map) => {
                for (index, (key, value)) in map.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{key}={value}")?;
                }
                Ok(())
            }
            Value::Record(record) => {
                for (index, (field, value)) in
                    record.shape.fields.iter().zip(&record.values).enumerate()
                {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{}={value}", field.name)?;
                }
                Ok(())
            }
            Value::Cited(cited) => cited.0.fmt(f),
            Value::Unknown(unseen) => write!(f, "unknown ({unseen})"),
        }
    }
}
