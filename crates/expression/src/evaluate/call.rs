//! Calls: arguments, null, conversions; the rest is in `texts` and `lists`.

use std::sync::Arc;

use evidence::{Quantity, Time, Value};
use jiff::SignedDuration;

use super::held::{Held, Term};
use super::operation::overflow;
use super::{Evaluator, Outcome, Stop, error};
use crate::functions::{ANY, Function, Gives, kinds_in_words};
use crate::syntax::{Call, Node};
use crate::{EvalErrorKind, duration};

impl<'t> Evaluator<'t, '_> {
    #[inline(never)]
    pub(super) fn call(&mut self, call: &'t Call, node: &'t Node) -> Outcome<'t> {
        let arguments = self.arguments(&call.arguments)?;
        self.call_with(call, &arguments, node)
    }

    /// The same with arguments that are evaluated already.
    pub(super) fn call_with(
        &mut self,
        call: &'t Call,
        arguments: &[Held<'t>],
        node: &'t Node,
    ) -> Outcome<'t> {
        let signature = call.function.map(Function::signature);
        let signature = signature.filter(|own| own.admits(call.method, arguments.len()));
        let Some(signature) = signature else {
            let message = format!("there is no function `{}` of this form", call.name);
            return Err(error(EvalErrorKind::NoSuchFunction, message, call.name_span.clone()));
        };
        for held in arguments {
            self.trail.note(held);
        }
        for (held, kinds) in arguments.iter().zip(signature.parameters) {
            if *kinds != ANY && !held.is_null() && held.kind() & kinds == 0 {
                let (found, wanted) = (held.type_name(), kinds_in_words(*kinds));
                let message = format!("`{}` wants {wanted}, not {found}", call.name);
                return Err(error(EvalErrorKind::WrongType, message, node.span()));
            }
        }
        let mut typed = arguments.iter().zip(signature.parameters);
        if typed.any(|(held, kinds)| *kinds != ANY && held.is_null()) {
            return Ok(Held::made(of_null(signature.function, signature.gives)));
        }
        self.apply(signature.function, arguments, call, node)
    }

    /// All arguments; an error of any wins over what is not known of others.
    fn arguments(&mut self, nodes: &'t [Node]) -> Result<Vec<Held<'t>>, Stop> {
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.eval(node) {
                Ok(held) => arguments.push(held),
                Err(Stop::Unknown) => {}
                Err(stop) => return Err(stop),
            }
        }
        if arguments.len() < nodes.len() { Err(Stop::Unknown) } else { Ok(arguments) }
    }

    fn apply(
        &mut self,
        function: Function,
        arguments: &[Held<'t>],
        call: &Call,
        node: &'t Node,
    ) -> Outcome<'t> {
        let Some(Held { term: first, .. }) = arguments.first() else { return Err(bad(call, node)) };
        let quantities = match (first, arguments.get(1).map(|held| &held.term)) {
            (Term::Quantity(one), Some(Term::Quantity(other))) => Some((*one, *other)),
            (Term::Quantity(one), Some(Term::Value(Value::Int(other)))) => {
                Some((*one, Quantity::from_int(*other)))
            }
            (Term::Quantity(one), _) => Some((*one, *one)),
            _ => None,
        };
        if let Some((one, other)) = quantities {
            return of_quantities(function, one, other, call, node);
        }
        let Term::Value(first) = first else { return Err(bad(call, node)) };
        match first {
            Value::List(list) => self.of_list(function, list, &arguments[1..], call, node),
            Value::Text(text) => match from_text(function, text) {
                Some(made) => made.ok_or_else(|| bad(call, node)),
                None => self.of_text(function, text, &arguments[1..], call, node),
            },
            other => from_other(function, other).ok_or_else(|| bad(call, node)),
        }
    }
}

/// What a function makes of null: no test holds, nothing has a size of 0, and all else is null.
fn of_null(function: Function, gives: Gives) -> Value {
    match (function, gives) {
        (Function::Size, _) => Value::Int(0),
        (Function::Bool, _) => Value::Null,
        (_, Gives::Bool) => Value::Bool(false),
        _ => Value::Null,
    }
}

/// A value that the function does not take.
pub(super) fn bad(call: &Call, node: &Node) -> Stop {
    let message = format!("`{}` cannot be computed of this value", call.name);
    error(EvalErrorKind::BadValue, message, node.span())
}

fn of_quantities<'t>(
    function: Function,
    one: Quantity,
    other: Quantity,
    call: &Call,
    node: &Node,
) -> Outcome<'t> {
    let sum = |sum: Option<Quantity>| sum.map(Held::quantity).ok_or_else(|| overflow(node));
    let value = match function {
        Function::CompareTo => Value::Int(one.cmp(&other) as i64),
        Function::IsLessThan => Value::Bool(one < other),
        Function::IsGreaterThan => Value::Bool(one > other),
        Function::Sign => Value::Int(one.sign()),
        Function::AsInteger => Value::Int(one.as_integer().ok_or_else(|| bad(call, node))?),
        Function::AsApproximateFloat => Value::Double(one.as_approximate_float()),
        Function::String => Value::text(one.to_string()),
        Function::Add => return sum(one.checked_add(other)),
        Function::Sub => return sum(one.checked_sub(other)),
        Function::Quantity => return Ok(Held::quantity(one)),
        _ => return Err(bad(call, node)),
    };
    Ok(Held::made(value))
}

/// Whether a function that converts texts takes this one; `None` for other functions.
pub(crate) fn converts(function: Function, text: &Arc<str>) -> Option<bool> {
    from_text(function, text).map(|made| made.is_some())
}

/// Conversions of a text; `None` for another function, `Some(None)` for a text that is not of
/// the type wanted.
fn from_text<'t>(function: Function, text: &Arc<str>) -> Option<Option<Held<'t>>> {
    Some(match function {
        Function::Int => text.parse().ok().map(|value| Held::made(Value::Int(value))),
        Function::Double => text.parse().ok().map(|value| Held::made(Value::Double(value))),
        Function::String => Some(Held::made(Value::Text(text.clone()))),
        Function::Bool => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(Held::made(Value::Bool(true))),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(Held::made(Value::Bool(false))),
            _ => None,
        },
        Function::Duration => duration::parse(text).map(|span| Held::made(Value::Duration(span))),
        Function::Timestamp => text.parse().ok().map(|time| Held::made(Value::Time(time))),
        Function::Quantity => Quantity::parse(text).map(Held::quantity),
        Function::IsQuantity => Some(Held::made(Value::Bool(Quantity::parse(text).is_some()))),
        _ => return None,
    })
}

/// Functions of the values that are neither text, list nor quantity.
fn from_other<'t>(function: Function, value: &Value) -> Option<Held<'t>> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let whole = |value: i128| i64::try_from(value).ok().map(Value::Int);
    let made = match (function, value) {
        (Function::Size, Value::Map(map)) => i64::try_from(map.len()).ok().map(Value::Int),
        (Function::Int, Value::Int(value)) => Some(Value::Int(*value)),
        (Function::Int, Value::Double(value)) => {
            (*value > -BEYOND && *value < BEYOND).then_some(Value::Int(*value as i64))
        }
        (Function::Int, Value::Time(time)) => Some(Value::Int(time.as_second())),
        (Function::Double, Value::Int(value)) => Some(Value::Double(*value as f64)),
        (Function::Double, Value::Double(value)) => Some(Value::Double(*value)),
        (Function::String, Value::Duration(span)) => Some(Value::text(duration::in_seconds(*span))),
        (Function::String, value) => Some(Value::text(value.to_string())),
        (Function::Bool, Value::Bool(value)) => Some(Value::Bool(*value)),
        (Function::Duration, Value::Duration(span)) => Some(Value::Duration(*span)),
        (Function::Timestamp, Value::Time(time)) => Some(Value::Time(*time)),
        (Function::Timestamp, Value::Int(second)) => {
            Time::from_second(*second).ok().map(Value::Time)
        }
        (_, Value::Duration(span)) => parts(function, *span).and_then(whole),
        _ => None,
    };
    made.map(Held::made)
}

/// A span in whole units.
fn parts(function: Function, span: SignedDuration) -> Option<i128> {
    Some(match function {
        Function::GetHours => i128::from(span.as_hours()),
        Function::GetMinutes => i128::from(span.as_mins()),
        Function::GetSeconds => i128::from(span.as_secs()),
        Function::GetMilliseconds => span.as_millis(),
        _ => return None,
    })
}
