//! A tree to a value, with what it rests on and what would have decided it.
//!
//! Every step gives a known value, or stops at an error, or stops at what is not known.
//! Operations that need all their operands stop when one does; an error wins then, because
//! no answer could repair it. `&&`, `||`, `exists` and `all` go on and may be decided by
//! another part; where they are not, what is not known wins, because it could decide.
//!
//! Null is what was seen to have no value: a field of null is null, what is computed from
//! null is null, and no order or text test holds of it.

mod call;
mod comprehension;
mod held;
mod junction;
mod lists;
mod operation;
mod texts;

pub(crate) use call::converts;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use evidence::{List, Unseen, Value};

use crate::syntax::{Node, NodeKind};
use crate::{Budget, Environment, EvalError, EvalErrorKind, Verdict};
use held::{Held, Origin, Term, Trail};

/// Why there is no value at hand.
#[derive(Debug)]
enum Stop {
    /// What is not known has been added to the evaluator's list.
    Unknown,
    Error(Box<EvalError>),
}

type Outcome<'t> = Result<Held<'t>, Stop>;

/// The name that goes through a list, and the item at hand as the list holds it.
struct Local<'t> {
    name: &'t str,
    raw: Value,
    origin: Option<Origin>,
    field: Option<&'t str>,
}

struct Evaluator<'t, 'e> {
    environment: &'e Environment<'e>,
    budget: &'e mut Budget,
    locals: Vec<Local<'t>>,
    trail: Trail<'t>,
    unknowns: Vec<Unseen>,
}

/// A position in the trail and in the list of what is not known.
#[derive(Clone, Copy)]
struct Mark {
    traces: usize,
    unknowns: usize,
}

/// Evaluates a tree.
pub(crate) fn evaluate(node: &Node, environment: &Environment, budget: &mut Budget) -> Verdict {
    let mut evaluator = Evaluator {
        environment,
        budget,
        locals: Vec::new(),
        trail: Trail::default(),
        unknowns: Vec::new(),
    };
    let outcome = evaluator.eval(node);
    if evaluator.budget.is_spent() {
        let error = out_of_budget(node.span());
        return Verdict { value: Err(error), because: Vec::new(), unknowns: Vec::new() };
    }
    match outcome {
        Ok(held) => {
            evaluator.trail.note(&held);
            let because = evaluator.trail.into_cites();
            Verdict { value: Ok(held.into_value()), because, unknowns: Vec::new() }
        }
        Err(Stop::Error(error)) => {
            Verdict { value: Err(*error), because: Vec::new(), unknowns: Vec::new() }
        }
        Err(Stop::Unknown) => evaluator.unknown_verdict(),
    }
}

fn error(kind: EvalErrorKind, message: impl Into<Cow<'static, str>>, span: Range<usize>) -> Stop {
    Stop::Error(Box::new(EvalError { kind, message: message.into(), span }))
}

fn out_of_budget(span: Range<usize>) -> EvalError {
    let message = "the evaluation took too many steps".into();
    EvalError { kind: EvalErrorKind::Budget, message, span }
}

fn spent(span: Range<usize>) -> Stop {
    Stop::Error(Box::new(out_of_budget(span)))
}

fn too_large(span: Range<usize>) -> Stop {
    error(EvalErrorKind::TooLarge, "a text or list would become too long", span)
}

impl<'t, 'e> Evaluator<'t, 'e> {
    fn unknown_verdict(self) -> Verdict {
        let mut unknowns: Vec<Unseen> = Vec::new();
        for unseen in self.unknowns {
            if !unknowns.contains(&unseen) {
                unknowns.push(unseen);
            }
        }
        let first = unknowns.first().cloned();
        // A stop for what is not known always comes with what that is.
        let first = first.unwrap_or_else(|| {
            Unseen::new(evidence::UnseenKind::NotCaptured, "a part of the condition", "not seen")
        });
        Verdict { value: Ok(Value::Unknown(first)), because: Vec::new(), unknowns }
    }

    fn mark(&self) -> Mark {
        Mark { traces: self.trail.traces.len(), unknowns: self.unknowns.len() }
    }

    /// Forgets what was noted since, for a part that decides nothing.
    fn reset(&mut self, mark: Mark) {
        self.trail.traces.truncate(mark.traces);
        self.unknowns.truncate(mark.unknowns);
    }

    fn unknown(&mut self, unseen: &Unseen) -> Stop {
        self.unknowns.push(unseen.clone());
        Stop::Unknown
    }

    /// Leaves each of the unknowns since a mark once, so that a long list does not pile them up.
    fn thin_unknowns(&mut self, since: Mark, before: Mark) {
        let mut at = before.unknowns;
        while at < self.unknowns.len() {
            if self.unknowns[since.unknowns..at].contains(&self.unknowns[at]) {
                self.unknowns.swap_remove(at);
            } else {
                at += 1;
            }
        }
    }

    fn charge(&mut self, steps: usize, node: &Node) -> Result<(), Stop> {
        if self.budget.take(steps) { Ok(()) } else { Err(spent(node.span())) }
    }

    fn eval(&mut self, node: &'t Node) -> Outcome<'t> {
        if !self.budget.take(1) {
            return Err(spent(node.span()));
        }
        match &node.kind {
            NodeKind::Literal(value) => Ok(Held::made(value.clone())),
            NodeKind::Name(name) => self.name(name, node),
            NodeKind::Select(base, field) => self.select(base, field, node),
            NodeKind::Has(base, field, span) => self.has(base, field, span),
            NodeKind::Index(base, index) => self.index(base, index, node),
            NodeKind::List(items) => self.list(items),
            NodeKind::Map(entries) => self.map(entries),
            NodeKind::Not(operand) => self.not(operand),
            NodeKind::Negate(operand) => self.negate(operand, node),
            NodeKind::Junction(junction, terms) => self.junction(*junction, terms),
            NodeKind::Binary(operator, left, right) => self.binary(*operator, left, right, node),
            NodeKind::Choice(parts) => self.choice(parts),
            NodeKind::Call(call) => self.call(call, node),
            NodeKind::Comprehension(over) => self.comprehension(over, node),
        }
    }

    /// Takes a value as facts hold it: known or not, with or without its own place.
    fn admit(
        &mut self,
        raw: &Value,
        mut origin: Option<Origin>,
        field: Option<&'t str>,
    ) -> Outcome<'t> {
        let mut value = raw;
        while let Value::Cited(cited) = value {
            origin = Some(Origin::Cited(cited.clone()));
            value = &cited.0;
        }
        match value {
            Value::Unknown(unseen) => return Err(self.unknown(unseen)),
            Value::Record(record) if record.source.is_some() => {
                origin = Some(Origin::Record(record.clone()));
            }
            _ => {}
        }
        Ok(Held { term: Term::Value(value.clone()), origin, field })
    }

    #[inline(never)]
    fn name(&mut self, name: &'t str, node: &Node) -> Outcome<'t> {
        if let Some(at) = self.locals.iter().rposition(|local| local.name == name) {
            let local = &self.locals[at];
            let (raw, origin, field) = (local.raw.clone(), local.origin.clone(), local.field);
            return self.admit(&raw, origin, field);
        }
        match self.environment.get(name) {
            Some(value) => self.admit(value, None, Some(name)),
            None => {
                let message = format!("`{name}` names nothing here");
                Err(error(EvalErrorKind::UnknownName, message, node.span()))
            }
        }
    }

    #[inline(never)]
    fn select(&mut self, base: &'t Node, field: &'t str, node: &Node) -> Outcome<'t> {
        let held = self.eval(base)?;
        let Term::Value(value) = &held.term else {
            return Err(no_fields(&held, field, node.span()));
        };
        let found = match value {
            Value::Null => return Ok(held),
            Value::Record(record) => record.get(field),
            Value::Map(map) => map.get(field),
            Value::Ref(object) => {
                let part = match field {
                    "kind" => Value::text(object.kind.name()),
                    "name" => Value::text(object.name.as_str()),
                    "namespace" => object.namespace.as_deref().map_or(Value::Null, Value::text),
                    _ => return Err(no_fields(&held, field, node.span())),
                };
                return Ok(Held { term: Term::Value(part), field: Some(field), ..held });
            }
            _ => return Err(no_fields(&held, field, node.span())),
        };
        match found {
            Some(raw) => self.admit(raw, held.origin.clone(), Some(field)),
            None => Err(no_fields(&held, field, node.span())),
        }
    }

    /// Whether a field was seen to have a value.
    #[inline(never)]
    fn has(&mut self, base: &'t Node, field: &'t str, span: &Range<usize>) -> Outcome<'t> {
        let held = self.eval(base)?;
        let found = match &held.term {
            Term::Value(Value::Null) => {
                self.trail.note(&held);
                return Ok(Held::made(Value::Bool(false)));
            }
            Term::Value(Value::Record(record)) => match record.get(field) {
                Some(raw) => raw,
                None => return Err(no_fields(&held, field, span.clone())),
            },
            // A key that is there is there, whatever it is of; only what is declared may be null.
            Term::Value(Value::Map(map)) => match map.get(field) {
                Some(Value::Null) => &Value::Bool(true),
                found => found.unwrap_or(&Value::Null),
            },
            Term::Value(Value::Ref(object)) => match field {
                "namespace" if object.namespace.is_none() => &Value::Null,
                "kind" | "name" | "namespace" => &Value::Bool(true),
                _ => return Err(no_fields(&held, field, span.clone())),
            },
            Term::Value(_) | Term::Quantity(_) => {
                return Err(no_fields(&held, field, span.clone()));
            }
        };
        let found = self.admit(found, held.origin.clone(), Some(field))?;
        self.trail.note(&found);
        Ok(Held::made(Value::Bool(!found.is_null())))
    }

    #[inline(never)]
    fn index(&mut self, base: &'t Node, index: &'t Node, node: &Node) -> Outcome<'t> {
        let (held, at) = self.pair(base, index)?;
        if held.is_null() {
            return Ok(held);
        }
        self.trail.note(&at);
        match (&held.term, &at.term) {
            (Term::Value(Value::List(list)), Term::Value(Value::Int(position))) => {
                let item = usize::try_from(*position).ok().and_then(|at| list.items.get(at));
                match (item, &list.missing) {
                    (Some(raw), _) => self.admit(raw, held.origin.clone(), held.field),
                    (None, Some(unseen)) if *position >= 0 => Err(self.unknown(unseen)),
                    (None, _) => {
                        let count = list.items.len();
                        let message = format!("no item {position} in a list of {count}");
                        Err(error(EvalErrorKind::OutOfRange, message, node.span()))
                    }
                }
            }
            (Term::Value(Value::Map(map)), Term::Value(Value::Text(key))) => {
                // A key that is written out names what was read.
                let field = match &index.kind {
                    NodeKind::Literal(Value::Text(key)) => Some(&**key),
                    _ => held.field,
                };
                match map.get(&**key) {
                    Some(raw) => self.admit(raw, held.origin.clone(), field),
                    None => Err(no_fields(&held, key, node.span())),
                }
            }
            _ => {
                let (base, index) = (held.type_name(), at.type_name());
                let message = format!("{base} cannot be indexed by {index}");
                Err(error(EvalErrorKind::WrongType, message, node.span()))
            }
        }
    }

    #[inline(never)]
    fn list(&mut self, nodes: &'t [Node]) -> Outcome<'t> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            let item = self.kept(node)?;
            items.extend(item);
        }
        if items.len() < nodes.len() {
            return Err(Stop::Unknown);
        }
        Ok(Held::made(Value::List(Arc::new(List { items, missing: None }))))
    }

    #[inline(never)]
    fn map(&mut self, entries: &'t [(Node, Node)]) -> Outcome<'t> {
        let mut map = BTreeMap::new();
        let mut unknown = false;
        for (key_node, value) in entries {
            let key = self.kept(key_node)?;
            let value = self.kept(value)?;
            let (Some(key), Some(value)) = (key, value) else {
                unknown = true;
                continue;
            };
            let Value::Text(name) = key.bare() else {
                let message = "the keys of a map are texts";
                return Err(error(EvalErrorKind::WrongType, message, key_node.span()));
            };
            if map.insert(name.to_string(), value).is_some() {
                let message = format!("the key `{name}` stands twice");
                return Err(error(EvalErrorKind::BadValue, message, key_node.span()));
            }
        }
        if unknown {
            return Err(Stop::Unknown);
        }
        Ok(Held::made(Value::Map(Arc::new(map))))
    }

    /// A value to be kept in a list or map, which does not lose its place there.
    /// `None` when it is not known, so that the caller can look at the others for errors.
    fn kept(&mut self, node: &'t Node) -> Result<Option<Value>, Stop> {
        match self.eval(node) {
            Ok(held) => keep(held, node).map(Some),
            Err(Stop::Unknown) => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    fn choice(&mut self, parts: &'t [Node; 3]) -> Outcome<'t> {
        match self.truth(&parts[0])? {
            None => Ok(Held::made(Value::Null)),
            Some(true) => self.eval(&parts[1]),
            Some(false) => self.eval(&parts[2]),
        }
    }
}

/// A value with the place that it was read from, for where it will be looked at later.
fn keep(held: Held<'_>, node: &Node) -> Result<Value, Stop> {
    let Term::Value(value) = held.term else {
        let message = "a quantity cannot be kept in a list or map";
        return Err(error(EvalErrorKind::WrongType, message, node.span()));
    };
    let own = matches!(&value, Value::Record(record) if record.source.is_some());
    let origin = held.origin.filter(|_| !own);
    Ok(match origin {
        Some(Origin::Cited(cited)) if cited.0 == value => Value::Cited(cited),
        Some(origin) => match origin.source() {
            Some(source) => Value::Cited(Arc::new((value, source.clone()))),
            None => value,
        },
        None => value,
    })
}

fn no_fields(held: &Held<'_>, field: &str, span: Range<usize>) -> Stop {
    let message = match &held.term {
        Term::Value(Value::Record(record)) => {
            format!("{} has no field `{field}`", record.shape.name)
        }
        Term::Value(Value::Map(_)) => format!("the map has no key `{field}`"),
        _ => format!("{} has no field `{field}`", held.type_name()),
    };
    error(EvalErrorKind::UnknownField, message, span)
}
