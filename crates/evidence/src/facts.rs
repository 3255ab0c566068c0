//! Typed facts: how a tool declares what it returns.
//!
//! A tool declares its facts with [`facts!`](crate::facts!): a struct whose doc comments are
//! the manual, whose fields are what a guide's condition may name, and whose values carry
//! the place that they were read from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{List, ObjectRef, Source, Time, Unseen, Value};

/// A Rust type that a fact can have.
pub trait Fact: Sized {
    /// The type as a guide's author sees it.
    fn shape() -> Shape;
    /// The value as a guide's condition sees it.
    fn into_value(self) -> Value;
}

/// The type of a fact.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// A text.
    Text,
    /// A point in time.
    Time,
    /// The name of an object.
    Ref,
    /// A list of that type.
    List(fn() -> Shape),
    /// A map from texts to that type.
    Map(fn() -> Shape),
    /// Facts under declared names.
    Record(&'static RecordShape),
    /// That type, or null where there is none.
    Nullable(fn() -> Shape),
}

/// The names of a record's fields, and what they mean.
#[derive(Debug)]
pub struct RecordShape {
    /// The name of the record's type.
    pub name: &'static str,
    /// What the record is, line by line.
    pub doc: &'static [&'static str],
    /// Its fields, in the order of the declaration.
    pub fields: &'static [FieldShape],
}

/// One field of a record.
#[derive(Debug)]
pub struct FieldShape {
    /// The name that a condition uses.
    pub name: &'static str,
    /// What it means, with units, line by line.
    pub doc: &'static [&'static str],
    /// Its type.
    pub shape: fn() -> Shape,
}

impl FieldShape {
    /// A field's name as a condition writes it: `r#type` is `type`.
    pub const fn plain(name: &'static str) -> &'static str {
        match name.as_bytes() {
            [b'r', b'#', ..] => name.split_at(2).1,
            _ => name,
        }
    }
}

impl RecordShape {
    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&FieldShape> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl PartialEq for RecordShape {
    fn eq(&self, other: &RecordShape) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

/// The type in words: `list of text`, `number or null`, a record by its name.
impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Bool => f.write_str("bool"),
            Shape::Int => f.write_str("int"),
            Shape::Double => f.write_str("double"),
            Shape::Text => f.write_str("text"),
            Shape::Time => f.write_str("time"),
            Shape::Ref => f.write_str("object reference"),
            Shape::List(item) => write!(f, "list of {}", item()),
            Shape::Map(item) => write!(f, "map of {}", item()),
            Shape::Record(record) => f.write_str(record.name),
            Shape::Nullable(inner) => write!(f, "{} or null", inner()),
        }
    }
}

/// A fact that may not be known.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<T> {
    /// It is known.
    Seen(T),
    /// It is not known, and why.
    Unknown(Unseen),
}

impl<T> Known<T> {
    /// The value, where it is known.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Known::Seen(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The same, with a known value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Seen(value) => Known::Seen(change(value)),
            Known::Unknown(unseen) => Known::Unknown(unseen),
        }
    }
}

/// A list that may be incomplete.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial<T> {
    /// What was seen.
    pub items: Vec<T>,
    /// Why there may be more; `None` when these are all.
    pub missing: Option<Unseen>,
}

impl<T> Default for Partial<T> {
    /// A complete list of nothing.
    fn default() -> Partial<T> {
        Partial { items: Vec::new(), missing: None }
    }
}

/// A fact read from a place of its own, not from where the rest of its record was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cited<T> {
    /// The fact.
    pub value: T,
    /// Where it was read; `None` when it is of the record's own place.
    pub source: Option<Source>,
}

impl<T> Cited<T> {
    /// A fact with its place.
    pub fn new(value: T, source: Source) -> Cited<T> {
        Cited { value, source: Some(source) }
    }
}

macro_rules! plain {
    ($($type:ty, $shape:ident, $value:expr;)*) => {$(
        impl Fact for $type {
            fn shape() -> Shape {
                Shape::$shape
            }
            fn into_value(self) -> Value {
                #[allow(clippy::redundant_closure_call)]
                ($value)(self)
            }
        }
    )*};
}

plain! {
    bool, Bool, Value::Bool;
    i64, Int, Value::Int;
    f64, Double, Value::Double;
    String, Text, |text: String| Value::Text(text.into());
    Arc<str>, Text, Value::Text;
    &'static str, Text, |text: &str| Value::Text(text.into());
    Time, Time, Value::Time;
    ObjectRef, Ref, |object| Value::Ref(Arc::new(object));
}

impl<T: Fact + 'static> Fact for Option<T> {
    fn shape() -> Shape {
        Shape::Nullable(T::shape)
    }
    fn into_value(self) -> Value {
        self.map_or(Value::Null, Fact::into_value)
    }
}

impl<T: Fact + 'static> Fact for Vec<T> {
    fn shape() -> Shape {
        Shape::List(T::shape)
    }
    fn into_value(self) -> Value {
        Value::list(self.into_iter().map(Fact::into_value).collect())
    }
}

impl<T: Fact + 'static> Fact for Partial<T> {
    fn shape() -> Shape {
        Shape::List(T::shape)
    }
    fn into_value(self) -> Value {
        let items = self.items.into_iter().map(Fact::into_value).collect();
        Value::List(Arc::new(List { items, missing: self.missing }))
    }
}

impl<T: Fact + 'static> Fact for BTreeMap<String, T> {
    fn shape() -> Shape {
        Shape::Map(T::shape)
    }
    fn into_value(self) -> Value {
        let entries = self.into_iter().map(|(key, value)| (key, value.into_value()));
        Value::Map(Arc::new(entries.collect()))
    }
}

impl<T: Fact> Fact for Known<T> {
    fn shape() -> Shape {
        T::shape()
    }
    fn into_value(self) -> Value {
        match self {
            Known::Seen(value) => value.into_value(),
            Known::Unknown(unseen) => Value::Unknown(unseen),
        }
    }
}

impl<T: Fact> Fact for Cited<T> {
    fn shape() -> Shape {
        T::shape()
    }
    fn into_value(self) -> Value {
        match self.source {
            Some(source) => Value::Cited(Arc::new((self.value.into_value(), source))),
            None => self.value.into_value(),
        }
    }
}

/// Declares a record of facts.
///
/// The doc comments of the struct and its fields become the tool's manual. Each record gets
/// one more field, `source: Option<Source>`, the place that its facts were read from; it is
/// for citations and cannot be named in a condition.
///
/// ```
/// evidence::facts! {
///     /// A container.
///     pub struct Container {
///         /// Its name.
///         pub name: String,
///         /// The exit code of its last run, where it ended.
///         pub exit_code: Option<i64>,
///     }
/// }
/// use evidence::Fact;
/// let value = Container { name: "server".into(), exit_code: Some(137), source: None }.into_value();
/// assert_eq!(value.to_json(), serde_json::json!({ "name": "server", "exit_code": 137 }));
/// ```
#[macro_export]
macro_rules! facts {
    ($($(#[doc = $doc:expr])* pub struct $name:ident {
        $($(#[doc = $field_doc:expr])* pub $field:ident: $type:ty,)*
    })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $field_doc])* pub $field: $type,)*
            /// The place that these facts were read from.
            pub source: Option<$crate::Source>,
        }

        impl $name {
            /// The names of the facts and what they mean.
            pub const SHAPE: &'static $crate::RecordShape = &$crate::RecordShape {
                name: stringify!($name),
                doc: &[$($doc),*],
                fields: &[$($crate::FieldShape {
                    name: $crate::FieldShape::plain(stringify!($field)),
                    doc: &[$($field_doc),*],
                    shape: <$type as $crate::Fact>::shape,
                }),*],
            };
        }

        impl $crate::Fact for $name {
            fn shape() -> $crate::Shape {
                $crate::Shape::Record($name::SHAPE)
            }
            fn into_value(self) -> $crate::Value {
                $crate::Value::Record(::std::sync::Arc::new($crate::Record {
                    shape: $name::SHAPE,
                    values: vec![$($crate::Fact::into_value(self.$field)),*],
                    source: self.source,
                }))
            }
        }
    )*};
}
