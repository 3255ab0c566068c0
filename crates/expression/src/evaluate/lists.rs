//! Functions of lists. What they say of a list, they say of all of it: a list that may be
//! incomplete, or an item that is not known, makes the result unknown.

use std::cmp::Ordering;
use std::sync::Arc;

use evidence::{List, Value};

use super::call::bad;
use super::held::{Held, Term};
use super::operation::overflow;
use super::{Evaluator, Outcome, Stop, error, too_large};
use crate::compare::{self, Equality};
use crate::functions::Function;
use crate::syntax::{Call, Node};
use crate::{Budget, EvalErrorKind};

impl<'t> Evaluator<'t, '_> {
    pub(super) fn of_list(
        &mut self,
        function: Function,
        list: &Arc<List>,
        arguments: &[Held<'t>],
        call: &Call,
        node: &Node,
    ) -> Outcome<'t> {
        self.charge(list.items.len(), node)?;
        let start = self.mark();
        let each = !matches!(function, Function::Size | Function::IndexOf | Function::LastIndexOf);
        if each {
            let unknown = |item: &Value| match item.bare() {
                Value::Unknown(unseen) => Some(unseen.clone()),
                _ => None,
            };
            self.unknowns.extend(list.items.iter().filter_map(unknown));
        }
        self.unknowns.extend(list.missing.clone());
        if self.unknowns.len() > start.unknowns {
            return Err(Stop::Unknown);
        }
        let items = &list.items;
        let value = match function {
            Function::Size => Value::Int(items.len() as i64),
            Function::IndexOf => self.find(items.iter().enumerate(), arguments, call, node)?,
            Function::LastIndexOf => {
                self.find(items.iter().enumerate().rev(), arguments, call, node)?
            }
            Function::IsSorted => Value::Bool(is_sorted(items).ok_or_else(|| bad(call, node))?),
            Function::Sum => sum(items, call, node)?,
            Function::Min => extreme(items, Ordering::Less, call, node)?,
            Function::Max => extreme(items, Ordering::Greater, call, node)?,
            Function::Join => self.join(items, arguments, call, node)?,
            _ => return Err(bad(call, node)),
        };
        Ok(Held::made(value))
    }

    fn find<'v>(
        &mut self,
        items: impl Iterator<Item = (usize, &'v Value)>,
        arguments: &[Held<'t>],
        call: &Call,
        node: &Node,
    ) -> Result<Value, Stop> {
        let Some(Held { term: Term::Value(wanted), .. }) = arguments.first() else {
            return Err(bad(call, node));
        };
        for (at, item) in items {
            match self.equality(item, wanted, node)? {
                Equality::Same => return Ok(Value::Int(at as i64)),
                Equality::Different => {}
                Equality::Unknown(unseen) => return Err(self.unknown(&unseen)),
            }
        }
        Ok(Value::Int(-1))
    }

    fn join(
        &mut self,
        items: &[Value],
        arguments: &[Held<'t>],
        call: &Call,
        node: &Node,
    ) -> Result<Value, Stop> {
        let separator = match arguments.first().map(|held| &held.term) {
            Some(Term::Value(Value::Text(separator))) => separator,
            _ => "",
        };
        let mut joined = String::new();
        for (at, item) in items.iter().enumerate() {
            let Value::Text(text) = item.bare() else { return Err(bad(call, node)) };
            let separator = if at > 0 { separator } else { "" };
            if joined.len() + separator.len() + text.len() > Budget::TEXT {
                return Err(too_large(node.span()));
            }
            joined.push_str(separator);
            joined.push_str(text);
        }
        self.charge(joined.len() / 64, node)?;
        Ok(Value::text(joined))
    }
}

/// Whether each item is at least the one before; `None` where two have no order.
fn is_sorted(items: &[Value]) -> Option<bool> {
    let mut sorted = true;
    for pair in items.windows(2) {
        let order = compare::order(pair[0].bare(), pair[1].bare())?;
        sorted &= order != Ordering::Greater;
    }
    Some(sorted)
}

fn sum(items: &[Value], call: &Call, node: &Node) -> Result<Value, Stop> {
    let Some((first, rest)) = items.split_first() else { return Ok(Value::Int(0)) };
    let mut total = first.bare().clone();
    if !matches!(total, Value::Int(_) | Value::Double(_) | Value::Duration(_)) {
        return Err(bad(call, node));
    }
    for item in rest {
        total = match (&total, item.bare()) {
            (Value::Int(one), Value::Int(other)) => {
                Value::Int(one.checked_add(*other).ok_or_else(|| overflow(node))?)
            }
            (Value::Double(one), Value::Double(other)) => Value::Double(one + other),
            (Value::Duration(one), Value::Duration(other)) => {
                Value::Duration(one.checked_add(*other).ok_or_else(|| overflow(node))?)
            }
            _ => return Err(bad(call, node)),
        };
    }
    Ok(total)
}

fn extreme(items: &[Value], wanted: Ordering, call: &Call, node: &Node) -> Result<Value, Stop> {
    let Some((first, rest)) = items.split_first() else {
        let message = format!("`{}` of an empty list", call.name);
        return Err(error(EvalErrorKind::BadValue, message, node.span()));
    };
    let mut best = first.bare();
    compare::order(best, best).ok_or_else(|| bad(call, node))?;
    for item in rest {
        let order = compare::order(item.bare(), best).ok_or_else(|| bad(call, node))?;
        if order == wanted {
            best = item.bare();
        }
    }
    Ok(best.clone())
}
