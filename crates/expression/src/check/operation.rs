//! The types of binary operators.

use super::Checker;
use crate::functions::{DOUBLE, DURATION, INT, LIST, QUANTITY, TEXT, TIME};
use crate::syntax::{Node, Operator};
use crate::types::{Base, Type};

impl<'t> Checker<'t, '_> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left_node: &'t Node,
        right_node: &'t Node,
        node: &Node,
    ) -> Type {
        let (left, right) = (self.infer(left_node), self.infer(right_node));
        let boolean = Type::of(Base::Bool);
        let found = match operator {
            Operator::Equal | Operator::Unequal => left.comparable(&right).then_some(boolean),
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => left.ordered(&right).then_some(boolean),
            Operator::In => is_in(&left, &right).then_some(boolean),
            _ => arithmetic(operator, &left, &right),
        };
        if let Some(found) = found {
            return found;
        }
        let (one, other) = (self.source(left_node), self.source(right_node));
        let help = help(operator, (&left, one), (&right, other));
        let message = match operator {
            Operator::Equal | Operator::Unequal => {
                format!("`{one}` is {left} and `{other}` is {right}; they are never equal")
            }
            Operator::In => format!("`{other}` is {right}, which cannot hold {left}"),
            _ => format!("`{}` does not go with {left} and {right}", operator.text()),
        };
        self.report("wrong-type", node.span(), message, help)
    }

    pub(super) fn negate(&mut self, operand: &'t Node) -> Type {
        let found = self.infer(operand);
        match found.base {
            Base::Int | Base::Double | Base::Any | Base::Null => found,
            _ => {
                let message =
                    format!("`{}` is {found}, which has no negative", self.source(operand));
                self.report("wrong-type", operand.span(), message, None)
            }
        }
    }
}

fn is_in(item: &Type, whole: &Type) -> bool {
    match &whole.base {
        Base::Any | Base::Null => true,
        Base::List(own) => own.comparable(item),
        Base::Map(_) => matches!(item.base, Base::Text | Base::Any),
        _ => false,
    }
}

fn arithmetic(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    let nullable = left.nullable || right.nullable;
    let base = match (operator, &left.base, &right.base) {
        (_, Base::Any, _) | (_, _, Base::Any) => Base::Any,
        (_, Base::Null, _) | (_, _, Base::Null) => Base::Null,
        (_, Base::Int, Base::Int) => Base::Int,
        (Operator::Remainder, ..) => return None,
        (_, Base::Double, Base::Double) => Base::Double,
        (Operator::Add, Base::Text, Base::Text) => Base::Text,
        (Operator::Add, Base::List(one), Base::List(other)) => {
            return Some(
                Type::list_of(Type::clone(one).either(Type::clone(other))).or_null(nullable),
            );
        }
        (Operator::Add, Base::Time, Base::Duration)
        | (Operator::Add, Base::Duration, Base::Time)
        | (Operator::Subtract, Base::Time, Base::Duration) => Base::Time,
        (Operator::Subtract, Base::Time, Base::Time)
        | (Operator::Add | Operator::Subtract, Base::Duration, Base::Duration) => Base::Duration,
        _ => return None,
    };
    Some(Type::of(base).or_null(nullable))
}

/// What to write instead, for the mixtures that people write.
fn help(operator: Operator, left: (&Type, &str), right: (&Type, &str)) -> Option<String> {
    const NUMBER: u16 = INT | DOUBLE;
    let kinds = left.0.kinds() | right.0.kinds();
    // The operand that is to be wrapped: the one that is not of the kind named.
    let other_than = |kind: u16| if left.0.kinds() == kind { right } else { left };
    let wrap =
        |function: &str, kind: u16| Some(format!("write {function}({})", other_than(kind).1));
    if kinds == TIME | TEXT {
        return wrap("timestamp", TIME);
    }
    if kinds == DURATION | TEXT {
        return wrap("duration", DURATION);
    }
    if kinds == QUANTITY | TEXT {
        return wrap("quantity", QUANTITY);
    }
    if kinds & DURATION != 0 && kinds & NUMBER != 0 {
        return Some("a span of time is written duration(\"1h30m\")".to_owned());
    }
    if kinds == TIME | DURATION {
        return Some("the time since then is now - time".to_owned());
    }
    if kinds == QUANTITY {
        let function = match operator {
            Operator::Less => "isLessThan",
            Operator::Greater => "isGreaterThan",
            _ => "compareTo",
        };
        return Some(format!("write {}.{function}({})", left.1, right.1));
    }
    if kinds == INT | DOUBLE {
        return Some(format!("write double({})", other_than(DOUBLE).1));
    }
    if kinds & TEXT != 0 && kinds & NUMBER != 0 {
        let number = other_than(TEXT);
        return Some(match operator {
            Operator::Add => format!("write string({})", number.1),
            _ => format!("write int({})", if number == left { right.1 } else { left.1 }),
        });
    }
    if kinds & LIST != 0 && operator == Operator::Equal && kinds != LIST {
        let (list, item) = if left.0.kinds() == LIST { (left, right) } else { (right, left) };
        return Some(format!("to ask whether it is one of them, write {} in {}", item.1, list.1));
    }
    None
}
