//! Binary operators: comparison, membership, arithmetic.

use std::cmp::Ordering;
use std::sync::Arc;

use evidence::{List, Value};

use super::held::{Held, Term};
use super::{Evaluator, Outcome, Stop, error, spent, too_large};
use crate::compare::{self, Equality};
use crate::functions::{DOUBLE, Function, INT};
use crate::syntax::{Call, Node, NodeKind, Operator};
use crate::{Budget, EvalErrorKind};

/// The `size()` on the left of a comparison, and whose it is.
fn sized(operator: Operator, left: &Node) -> Option<(&Call, &Node)> {
    let compares = matches!(
        operator,
        Operator::Equal
            | Operator::Unequal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
    );
    match &left.kind {
        NodeKind::Call(call) if compares && call.function == Some(Function::Size) => {
            match call.arguments.as_slice() {
                [list] => Some((call, list)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl<'t> Evaluator<'t, '_> {
    /// Two operands that are both needed. An error of either wins over what is not known.
    pub(super) fn pair(
        &mut self,
        left: &'t Node,
        right: &'t Node,
    ) -> Result<(Held<'t>, Held<'t>), Stop> {
        match self.eval(left) {
            Ok(left) => Ok((left, self.eval(right)?)),
            Err(Stop::Unknown) => match self.eval(right) {
                Err(stop @ Stop::Error(_)) => Err(stop),
                _ => Err(Stop::Unknown),
            },
            Err(stop) => Err(stop),
        }
    }

    #[inline(never)]
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &'t Node,
        right: &'t Node,
        node: &'t Node,
    ) -> Outcome<'t> {
        if let (Operator::In, NodeKind::List(items)) = (operator, &right.kind) {
            return self.member_of_written(left, items, node);
        }
        let (left, right) = match sized(operator, left) {
            Some((call, list)) => {
                let (list, right) = self.pair(list, right)?;
                if let Some(settled) = self.settled(operator, &list, &right) {
                    return settled;
                }
                (self.call_with(call, &[list], left)?, right)
            }
            None => self.pair(left, right)?,
        };
        match operator {
            Operator::Equal | Operator::Unequal => {
                let same = self.same(&left, &right, node)?;
                Ok(Held::made(Value::Bool(same == (operator == Operator::Equal))))
            }
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => self.ordered(operator, &left, &right, node),
            Operator::In => self.member_of(&left, &right, node),
            _ => self.arithmetic(operator, &left, &right, node),
        }
    }

    /// How the size of a list that may be incomplete compares with a number: it is at least what was
    /// seen. `None` for a complete list, and for what is none.
    fn settled(
        &mut self,
        operator: Operator,
        list: &Held<'t>,
        number: &Held<'t>,
    ) -> Option<Outcome<'t>> {
        let (Term::Value(Value::List(seen)), Term::Value(Value::Int(number_of))) =
            (&list.term, &number.term)
        else {
            return None;
        };
        let missing = seen.missing.clone()?;
        self.trail.note(list);
        self.trail.note(number);
        let least = i64::try_from(seen.items.len()).unwrap_or(i64::MAX);
        let truth = match operator {
            Operator::Greater | Operator::Unequal => (least > *number_of).then_some(true),
            Operator::GreaterOrEqual => (least >= *number_of).then_some(true),
            Operator::Equal | Operator::LessOrEqual => (least > *number_of).then_some(false),
            _ => (least >= *number_of).then_some(false),
        };
        Some(match truth {
            Some(truth) => Ok(Held::made(Value::Bool(truth))),
            None => Err(self.unknown(&missing)),
        })
    }

    pub(super) fn negate(&mut self, operand: &'t Node, node: &Node) -> Outcome<'t> {
        let held = self.eval(operand)?;
        self.trail.note(&held);
        let negative = match &held.term {
            Term::Value(Value::Null) => Some(Value::Null),
            Term::Value(Value::Int(value)) => value.checked_neg().map(Value::Int),
            Term::Value(Value::Double(value)) => Some(Value::Double(-value)),
            _ => {
                let message = format!("no negative of {}", held.type_name());
                return Err(error(EvalErrorKind::WrongType, message, node.span()));
            }
        };
        negative.map(Held::made).ok_or_else(|| overflow(node))
    }

    /// Whether two values are equal, both noted.
    pub(super) fn same(
        &mut self,
        left: &Held<'t>,
        right: &Held<'t>,
        node: &Node,
    ) -> Result<bool, Stop> {
        self.trail.note(left);
        self.trail.note(right);
        match (&left.term, &right.term) {
            (Term::Value(left), Term::Value(right)) => match self.equality(left, right, node)? {
                Equality::Same => Ok(true),
                Equality::Different => Ok(false),
                Equality::Unknown(unseen) => Err(self.unknown(&unseen)),
            },
            (Term::Quantity(left), Term::Quantity(right)) => Ok(left == right),
            _ => Ok(false),
        }
    }

    pub(super) fn equality(
        &mut self,
        left: &Value,
        right: &Value,
        node: &Node,
    ) -> Result<Equality, Stop> {
        let equality = compare::equal(left, right, &mut |steps| {
            self.budget.take(steps);
        });
        if self.budget.is_spent() { Err(spent(node.span())) } else { Ok(equality) }
    }

    fn ordered(
        &mut self,
        operator: Operator,
        left: &Held<'t>,
        right: &Held<'t>,
        node: &Node,
    ) -> Outcome<'t> {
        self.trail.note(left);
        self.trail.note(right);
        if left.is_null() || right.is_null() {
            return Ok(Held::made(Value::Bool(false)));
        }
        let order = match (&left.term, &right.term) {
            (Term::Value(one), Term::Value(other)) => compare::order(one, other),
            _ => None,
        };
        let Some(order) = order else {
            if (left.kind() | right.kind()) & !(INT | DOUBLE) == 0 {
                let message = "a number that is none (NaN) has no order";
                return Err(error(EvalErrorKind::BadValue, message, node.span()));
            }
            return Err(mismatch(operator, left, right, node));
        };
        Ok(Held::made(Value::Bool(match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })))
    }

    /// `in` a list that is written out: each item is compared under the name that it was read by,
    /// so that the verdict says which fact it was. An item that is unknown leaves open only what
    /// no other item settles.
    #[inline(never)]
    fn member_of_written(&mut self, item: &'t Node, items: &'t [Node], node: &Node) -> Outcome<'t> {
        let start = self.mark();
        let mut open = false;
        let mut known = |evaluator: &mut Self, node: &'t Node| match evaluator.eval(node) {
            Ok(held) => Ok(Some(held)),
            Err(Stop::Unknown) => {
                open = true;
                Ok(None)
            }
            Err(stop) => Err(stop),
        };
        let item = known(self, item)?;
        let mut written = Vec::with_capacity(items.len());
        for node in items {
            let before = self.trail.traces.len();
            let held = known(self, node)?;
            written.push((held, self.trail.traces.split_off(before)));
        }
        let Some(item) = item else { return Err(Stop::Unknown) };
        let before = self.trail.traces.len();
        for (held, traces) in written {
            let Some(held) = held else { continue };
            let own = self.trail.traces.len();
            self.trail.traces.extend(traces);
            match self.same(&item, &held, node) {
                Ok(true) => {
                    self.trail.cut(before, own);
                    self.unknowns.truncate(start.unknowns);
                    return Ok(Held::made(Value::Bool(true)));
                }
                Ok(false) => {}
                Err(Stop::Unknown) => open = true,
                Err(stop) => return Err(stop),
            }
        }
        if open { Err(Stop::Unknown) } else { Ok(Held::made(Value::Bool(false))) }
    }

    /// `in`: an item of a list, or a key of a map. Rests on the item found, or on the whole
    /// list when there is none.
    fn member_of(&mut self, item: &Held<'t>, whole: &Held<'t>, node: &Node) -> Outcome<'t> {
        self.trail.note(item);
        match (&item.term, &whole.term) {
            (_, Term::Value(Value::Null)) => {
                self.trail.note(whole);
                Ok(Held::made(Value::Bool(false)))
            }
            (Term::Value(Value::Text(key)), Term::Value(Value::Map(map))) => {
                self.trail.note(whole);
                Ok(Held::made(Value::Bool(map.contains_key(&**key))))
            }
            (Term::Value(wanted), Term::Value(Value::List(list))) => {
                let list = list.clone();
                self.item_of(wanted, &list, whole, node)
            }
            _ => Err(mismatch(Operator::In, item, whole, node)),
        }
    }

    fn item_of(
        &mut self,
        wanted: &Value,
        list: &Arc<List>,
        whole: &Held<'t>,
        node: &Node,
    ) -> Outcome<'t> {
        let start = self.mark();
        for own in &list.items {
            match self.equality(own, wanted, node)? {
                Equality::Same => {
                    self.unknowns.truncate(start.unknowns);
                    let found = self.admit(own, whole.origin.clone(), whole.field)?;
                    self.trail.note(&found);
                    return Ok(Held::made(Value::Bool(true)));
                }
                Equality::Different => {}
                Equality::Unknown(unseen) => self.unknowns.push(unseen),
            }
        }
        self.unknowns.extend(list.missing.clone());
        if self.unknowns.len() > start.unknowns {
            return Err(Stop::Unknown);
        }
        self.trail.note(whole);
        Ok(Held::made(Value::Bool(false)))
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Held<'t>,
        right: &Held<'t>,
        node: &Node,
    ) -> Outcome<'t> {
        self.trail.note(left);
        self.trail.note(right);
        let (Term::Value(one), Term::Value(other)) = (&left.term, &right.term) else {
            return Err(mismatch(operator, left, right, node));
        };
        let value = match (one, other) {
            (Value::Null, _) | (_, Value::Null) => Some(Value::Null),
            (Value::Int(one), Value::Int(other)) => {
                return whole_numbers(operator, *one, *other, node).map(Held::made);
            }
            (Value::Double(one), Value::Double(other)) => doubles(operator, *one, *other),
            (Value::Text(one), Value::Text(other)) if operator == Operator::Add => {
                if one.len() + other.len() > Budget::TEXT {
                    return Err(too_large(node.span()));
                }
                self.charge((one.len() + other.len()) / 64, node)?;
                Some(Value::text([&**one, &**other].concat()))
            }
            (Value::List(one), Value::List(other)) if operator == Operator::Add => {
                if one.items.len() + other.items.len() > Budget::LIST {
                    return Err(too_large(node.span()));
                }
                self.charge(one.items.len() + other.items.len(), node)?;
                let items = one.items.iter().chain(&other.items).cloned().collect();
                let missing = one.missing.clone().or_else(|| other.missing.clone());
                Some(Value::List(Arc::new(List { items, missing })))
            }
            (one, other) => {
                return times(operator, one, other)
                    .ok_or_else(|| mismatch(operator, left, right, node))?
                    .map(Held::made)
                    .ok_or_else(|| overflow(node));
            }
        };
        value.map(Held::made).ok_or_else(|| mismatch(operator, left, right, node))
    }
}

fn whole_numbers(operator: Operator, left: i64, right: i64, node: &Node) -> Result<Value, Stop> {
    let value = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide | Operator::Remainder if right == 0 => {
            let message = "a whole number is divided by zero";
            return Err(error(EvalErrorKind::DivisionByZero, message, node.span()));
        }
        Operator::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    value.map(Value::Int).ok_or_else(|| overflow(node))
}

fn doubles(operator: Operator, left: f64, right: f64) -> Option<Value> {
    Some(Value::Double(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => return None,
    }))
}

/// Sums and differences of times and spans: `None` where there is no such operation,
/// `Some(None)` where the result cannot be held.
fn times(operator: Operator, left: &Value, right: &Value) -> Option<Option<Value>> {
    Some(match (operator, left, right) {
        (Operator::Add, Value::Time(time), Value::Duration(span))
        | (Operator::Add, Value::Duration(span), Value::Time(time)) => {
            time.checked_add(*span).ok().map(Value::Time)
        }
        (Operator::Subtract, Value::Time(time), Value::Duration(span)) => {
            time.checked_sub(*span).ok().map(Value::Time)
        }
        (Operator::Subtract, Value::Time(later), Value::Time(earlier)) => {
            Some(Value::Duration(later.duration_since(*earlier)))
        }
        (Operator::Add, Value::Duration(one), Value::Duration(other)) => {
            one.checked_add(*other).map(Value::Duration)
        }
        (Operator::Subtract, Value::Duration(one), Value::Duration(other)) => {
            one.checked_sub(*other).map(Value::Duration)
        }
        _ => return None,
    })
}

pub(super) fn overflow(node: &Node) -> Stop {
    error(EvalErrorKind::Overflow, "the result is beyond what can be held", node.span())
}

fn mismatch(operator: Operator, left: &Held<'_>, right: &Held<'_>, node: &Node) -> Stop {
    let (left, right) = (left.type_name(), right.type_name());
    let message = format!("`{}` does not go with {left} and {right}", operator.text());
    error(EvalErrorKind::WrongType, message, node.span())
}
