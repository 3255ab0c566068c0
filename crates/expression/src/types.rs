//! The types of expressions, as far as they are known before evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{RecordShape, Shape};

use crate::functions::{
    ANY, BOOL, DOUBLE, DURATION, INT, Kinds, LIST, MAP, QUANTITY, RECORD, REF, TEXT, TIME,
};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub(crate) base: Base,
    /// Whether it may also be null.
    pub(crate) nullable: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// Not known before evaluation; nothing is checked of it.
    Any,
    Null,
    Bool,
    Int,
    Double,
    Text,
    Time,
    Duration,
    Quantity,
    Ref,
    List(Arc<Type>),
    /// From texts to that type.
    Map(Arc<Type>),
    Record(&'static RecordShape),
}

impl Type {
    /// Nothing is known of it, and nothing checked.
    pub const ANY: Type = Type { base: Base::Any, nullable: false };

    pub(crate) const fn of(base: Base) -> Type {
        Type { base, nullable: false }
    }

    /// A list of that.
    pub fn list_of(item: Type) -> Type {
        Type::of(Base::List(Arc::new(item)))
    }

    /// The same, or null.
    pub fn or_null(mut self, nullable: bool) -> Type {
        self.nullable |= nullable && self.base != Base::Any;
        self
    }

    /// Whether values of it can be a condition's: bool, null, or anything at all.
    pub fn is_condition(&self) -> bool {
        matches!(self.base, Base::Bool | Base::Any | Base::Null)
    }

    /// Whether values of it can be object references, or lists of them.
    pub fn is_reference(&self) -> bool {
        match &self.base {
            Base::Ref | Base::Any | Base::Null => true,
            Base::List(item) => matches!(item.base, Base::Ref | Base::Any | Base::Null),
            _ => false,
        }
    }

    /// The type of the items, where this is a list.
    pub fn item(&self) -> Option<&Type> {
        match &self.base {
            Base::List(item) => Some(item),
            _ => None,
        }
    }

    /// The type as a set; everything for what is not known, nothing for null.
    pub(crate) fn kinds(&self) -> Kinds {
        match self.base {
            Base::Any => ANY,
            Base::Null => 0,
            Base::Bool => BOOL,
            Base::Int => INT,
            Base::Double => DOUBLE,
            Base::Text => TEXT,
            Base::Time => TIME,
            Base::Duration => DURATION,
            Base::Quantity => QUANTITY,
            Base::Ref => REF,
            Base::List(_) => LIST,
            Base::Map(_) => MAP,
            Base::Record(_) => RECORD,
        }
    }

    /// The type that holds the values of both.
    pub(crate) fn either(self, other: Type) -> Type {
        let nullable = self.nullable || other.nullable;
        match (self.base, other.base) {
            (Base::Null, base) | (base, Base::Null) => Type::of(base).or_null(true),
            (one, other) if one == other => Type { base: one, nullable },
            _ => Type::ANY,
        }
    }

    /// Whether values of the two can be equal.
    pub(crate) fn comparable(&self, other: &Type) -> bool {
        const NUMBER: Kinds = INT | DOUBLE;
        match (&self.base, &other.base) {
            (Base::Any | Base::Null, _) | (_, Base::Any | Base::Null) => true,
            (Base::List(one), Base::List(other)) | (Base::Map(one), Base::Map(other)) => {
                one.comparable(other)
            }
            (Base::Record(one), Base::Record(other)) => one == other,
            _ => {
                let (one, other) = (self.kinds(), other.kinds());
                one == other || (one | other) & !NUMBER == 0
            }
        }
    }

    /// Whether values of the two have an order.
    pub(crate) fn ordered(&self, other: &Type) -> bool {
        const ORDERED: Kinds = BOOL | INT | DOUBLE | TEXT | TIME | DURATION;
        let orderly = |own: &Type| matches!(own.base, Base::Any) || own.kinds() & !ORDERED == 0;
        orderly(self) && orderly(other) && self.comparable(other)
    }
}

impl From<Shape> for Type {
    fn from(shape: Shape) -> Type {
        Type::of(match shape {
            Shape::Bool => Base::Bool,
            Shape::Int => Base::Int,
            Shape::Double => Base::Double,
            Shape::Text => Base::Text,
            Shape::Time => Base::Time,
            Shape::Ref => Base::Ref,
            Shape::List(item) => Base::List(Arc::new(item().into())),
            Shape::Map(value) => Base::Map(Arc::new(value().into())),
            Shape::Record(record) => Base::Record(record),
            Shape::Nullable(inner) => return Type::from(inner()).or_null(true),
        })
    }
}

/// The type in words, as [`Shape`] has it.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.base {
            Base::Any => f.write_str("any value")?,
            Base::Null => return f.write_str("null"),
            Base::Bool => f.write_str("bool")?,
            Base::Int => f.write_str("int")?,
            Base::Double => f.write_str("double")?,
            Base::Text => f.write_str("text")?,
            Base::Time => f.write_str("time")?,
            Base::Duration => f.write_str("duration")?,
            Base::Quantity => f.write_str("quantity")?,
            Base::Ref => f.write_str("object reference")?,
            Base::List(item) => write!(f, "list of {item}")?,
            Base::Map(value) => write!(f, "map of {value}")?,
            Base::Record(record) => f.write_str(record.name)?,
        }
        if self.nullable { f.write_str(" or null") } else { Ok(()) }
    }
}

/// The names that an expression may use, and their types.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: BTreeMap<String, Type>,
}

impl Scope {
    /// No names.
    pub fn new() -> Scope {
        Scope::default()
    }

    /// Binds a name to a type; a [`Shape`] will do, and [`Type::ANY`] for what is not known.
    pub fn bind(&mut self, name: impl Into<String>, of: impl Into<Type>) {
        self.names.insert(name.into(), of.into());
    }

    /// The same with one more name bound.
    pub fn with(mut self, name: impl Into<String>, of: impl Into<Type>) -> Scope {
        self.bind(name, of);
        self
    }

    /// The type of a name.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.names.get(name)
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }
}
