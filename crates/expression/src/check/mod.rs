//! What can be told to be wrong before anything was seen.
//!
//! Every mistake is reported once and at its own place: where a part is wrong, nothing is
//! assumed of its type, so that what stands around it is not called wrong as well.

mod call;
mod operation;

use std::ops::Range;

use evidence::Value;

use crate::syntax::{Comprehension, Node, NodeKind, Sort};
use crate::types::{Base, Scope, Type};
use crate::{Expression, functions, nearest, pattern};

/// A mistake in what a condition says of the names it uses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TypeError {
    /// The sort of mistake, for diagnostics and for silencing it: `unknown-name`,
    /// `unknown-field`, `no-such-function`, `wrong-arguments`, `wrong-type`, `bad-value`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes from the start of the text.
    pub span: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
    /// What there is to choose from.
    pub note: Option<String>,
}

impl Expression {
    /// Every mistake that the types of the names tell.
    pub fn check(&self, scope: &Scope) -> Vec<TypeError> {
        self.infer(scope).1
    }

    /// The same for a condition, whose value must be a bool.
    pub fn check_condition(&self, scope: &Scope) -> Vec<TypeError> {
        let (found, mut errors) = self.infer(scope);
        if !found.is_condition() {
            errors.push(TypeError {
                code: "wrong-type",
                message: format!("a condition is true or false; this is {found}"),
                span: self.root.span(),
                help: match &found.base {
                    Base::List(_) => {
                        Some(format!("ask it something: size({}) > 0", self.text().trim()))
                    }
                    _ => Some(
                        "compare it with a value, or ask with has() whether it is there".into(),
                    ),
                },
                note: None,
            });
        }
        errors
    }

    /// The type of the expression, and every mistake that the types of the names tell.
    pub fn infer(&self, scope: &Scope) -> (Type, Vec<TypeError>) {
        let mut checker =
            Checker { text: self.text(), scope, locals: Vec::new(), errors: Vec::new() };
        let found = checker.infer(&self.root);
        let mut errors = checker.errors;
        pattern::each_unwritten(&self.meant, &mut |argument| {
            errors.push(TypeError {
                code: "bad-value",
                message: "the pattern of `matches` has to be written out, here or in a definition"
                    .into(),
                span: argument.span(),
                help: Some("write matches(\"...\"), or use `contains`".into()),
                note: None,
            });
        });
        errors.sort_by_key(|error| (error.span.start, error.span.end));
        (found, errors)
    }
}

struct Checker<'t, 's> {
    text: &'t str,
    scope: &'s Scope,
    locals: Vec<(&'t str, Type)>,
    errors: Vec<TypeError>,
}

impl<'t> Checker<'t, '_> {
    fn report(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Type {
        self.errors.push(TypeError { code, message, span, help, note: None });
        Type::ANY
    }

    /// Adds what there is to choose from to the mistake just reported.
    fn note<'n>(&mut self, what: &str, names: impl IntoIterator<Item = &'n str>) -> Type {
        let names: Vec<&str> = names.into_iter().collect();
        if let Some(error) = self.errors.last_mut().filter(|_| !names.is_empty()) {
            error.note = Some(format!("{what}: {}", names.join(", ")));
        }
        Type::ANY
    }

    fn source(&self, node: &Node) -> &'t str {
        self.text.get(node.span()).unwrap_or_default()
    }

    fn infer(&mut self, node: &'t Node) -> Type {
        match &node.kind {
            NodeKind::Literal(value) => of_literal(value),
            NodeKind::Name(name) => self.name(name, node),
            NodeKind::Select(base, field) => self.select(base, field, node.span()),
            NodeKind::Has(base, field, span) => {
                self.select(base, field, span.clone());
                Type::of(Base::Bool)
            }
            NodeKind::Index(base, index) => self.index(base, index),
            NodeKind::List(items) => {
                let types: Vec<Type> = items.iter().map(|item| self.kept(item)).collect();
                Type::list_of(types.into_iter().reduce(Type::either).unwrap_or(Type::ANY))
            }
            NodeKind::Map(entries) => self.map(entries),
            NodeKind::Not(operand) => self.truth(operand),
            NodeKind::Negate(operand) => self.negate(operand),
            NodeKind::Junction(_, terms) => {
                let types: Vec<Type> = terms.iter().map(|term| self.truth(term)).collect();
                types.into_iter().reduce(Type::either).unwrap_or(Type::ANY)
            }
            NodeKind::Binary(operator, left, right) => self.binary(*operator, left, right, node),
            NodeKind::Choice(parts) => {
                let condition = self.truth(&parts[0]);
                let (then, otherwise) = (self.infer(&parts[1]), self.infer(&parts[2]));
                then.either(otherwise).or_null(condition.nullable)
            }
            NodeKind::Call(call) => self.call(call, node),
            NodeKind::Comprehension(over) => self.comprehension(over),
        }
    }

    /// The type of what must be a bool.
    fn truth(&mut self, node: &'t Node) -> Type {
        let found = self.infer(node);
        if found.is_condition() {
            return Type::of(Base::Bool).or_null(found.nullable || found.base == Base::Null);
        }
        let help = match &found.base {
            Base::List(_) => format!("write size({}) > 0", self.source(node)),
            _ => "compare it with a value, or ask with has() whether it is there".to_owned(),
        };
        let message = format!("`{}` is {found}, not bool", self.source(node));
        self.report("wrong-type", node.span(), message, Some(help))
    }

    /// The type of what is put in a list or map.
    fn kept(&mut self, node: &'t Node) -> Type {
        let found = self.infer(node);
        if found.base != Base::Quantity {
            return found;
        }
        let message = "a quantity cannot be kept in a list or map".to_owned();
        self.report("wrong-type", node.span(), message, None)
    }

    fn map(&mut self, entries: &'t [(Node, Node)]) -> Type {
        let mut values: Option<Type> = None;
        for (key, value) in entries {
            let found = self.infer(key);
            if !matches!(found.base, Base::Text | Base::Any) {
                let message = format!("the keys of a map are texts; this is {found}");
                self.report("wrong-type", key.span(), message, None);
            }
            let value = self.kept(value);
            values = Some(match values {
                Some(before) => before.either(value),
                None => value,
            });
        }
        Type::of(Base::Map(values.unwrap_or(Type::ANY).into()))
    }

    fn name(&mut self, name: &str, node: &Node) -> Type {
        if let Some((_, found)) = self.locals.iter().rev().find(|(own, _)| *own == name) {
            return found.clone();
        }
        if let Some(found) = self.scope.get(name) {
            return found.clone();
        }
        let known: Vec<&str> =
            self.scope.names().chain(self.locals.iter().map(|(name, _)| *name)).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if functions::Function::named(name).is_some() => {
                Some(format!("`{name}` is a function; a call has parentheses"))
            }
            None => None,
        };
        let message = format!("nothing is named `{name}` here");
        self.report("unknown-name", node.span(), message, help);
        self.note("names", known)
    }

    fn select(&mut self, base: &'t Node, field: &str, span: Range<usize>) -> Type {
        let found = self.infer(base);
        match &found.base {
            Base::Any => Type::ANY,
            Base::Null => found,
            Base::Map(value) => Type::clone(value).or_null(found.nullable),
            Base::Record(record) => match record.field(field) {
                Some(own) => Type::from((own.shape)()).or_null(found.nullable),
                None => {
                    let names = record.fields.iter().map(|field| field.name);
                    self.unknown_field(base, field, span, names)
                }
            },
            Base::Ref => match field {
                "kind" | "name" => Type::of(Base::Text).or_null(found.nullable),
                "namespace" => Type::of(Base::Text).or_null(true),
                _ => self.unknown_field(base, field, span, ["kind", "namespace", "name"]),
            },
            _ => self.no_fields(base, field, &found, span),
        }
    }

    fn unknown_field<'n>(
        &mut self,
        base: &Node,
        field: &str,
        span: Range<usize>,
        fields: impl IntoIterator<Item = &'n str> + Clone,
    ) -> Type {
        let base = self.source(base);
        let help =
            nearest(field, fields.clone()).map(|near| format!("did you mean `{base}.{near}`?"));
        let message = format!("`{base}` has no field `{field}`");
        self.report("unknown-field", span, message, help);
        self.note("fields", fields)
    }

    /// A field of what has none.
    fn no_fields(&mut self, base: &Node, field: &str, found: &Type, span: Range<usize>) -> Type {
        let text = self.source(base);
        let help = if Sort::named(field).is_some() {
            Some(format!("write {text}.{field}(item, ...)"))
        } else if functions::Function::named(field).is_some() {
            Some(format!("write {text}.{field}()"))
        } else {
            match found.item().map(|item| &item.base) {
                Some(Base::Record(record)) if record.field(field).is_some() => Some(format!(
                    "one of them: {text}.exists(item, item.{field} == ...); the first: {text}[0].{field}"
                )),
                _ => None,
            }
        };
        let message = format!("`{text}` is {found}, which has no field `{field}`");
        self.report("unknown-field", span, message, help)
    }

    fn index(&mut self, base: &'t Node, index: &'t Node) -> Type {
        let (found, by) = (self.infer(base), self.infer(index));
        let (item, wanted) = match &found.base {
            Base::Any => return Type::ANY,
            Base::Null => return found,
            Base::List(item) => (Type::clone(item), Base::Int),
            Base::Map(value) => (Type::clone(value), Base::Text),
            _ => {
                let message = format!("`{}` is {found}, which has no items", self.source(base));
                return self.report("wrong-type", base.span(), message, None);
            }
        };
        if by.base != wanted && by.base != Base::Any {
            let message = format!("{found} is indexed by {}, not by {by}", Type::of(wanted));
            return self.report("wrong-type", index.span(), message, None);
        }
        item.or_null(found.nullable)
    }

    fn comprehension(&mut self, over: &'t Comprehension) -> Type {
        let range = self.infer(&over.range);
        let item = match &range.base {
            Base::List(item) => Type::clone(item),
            Base::Map(_) => Type::of(Base::Text),
            Base::Any | Base::Null => Type::ANY,
            _ => {
                let message = format!("`{}` is {range}, not a list", self.source(&over.range));
                self.report("wrong-type", over.range.span(), message, None)
            }
        };
        self.locals.push((&over.variable, item.clone()));
        let condition = over.predicate.as_ref().map(|predicate| self.truth(predicate));
        let made = over.transform.as_ref().map(|transform| self.kept(transform));
        self.locals.pop();
        match over.sort {
            Sort::Exists | Sort::All => {
                Type::of(Base::Bool).or_null(condition.is_some_and(|found| found.nullable))
            }
            Sort::ExistsOne => Type::of(Base::Bool),
            Sort::Filter => Type::list_of(item),
            Sort::Map => Type::list_of(made.unwrap_or(Type::ANY)),
        }
    }
}

fn of_literal(value: &Value) -> Type {
    Type::of(match value {
        Value::Null => Base::Null,
        Value::Bool(_) => Base::Bool,
        Value::Int(_) => Base::Int,
        Value::Double(_) => Base::Double,
        Value::Text(_) => Base::Text,
        _ => Base::Any,
    })
}
