//! Equality and order of values.

use std::cmp::Ordering;

use evidence::{List, Unseen, Value};

/// The answer of a comparison that may rest on what is not known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Equality {
    Same,
    Different,
    /// What was not seen could make it either.
    Unknown(Unseen),
}

impl Equality {
    fn of(same: bool) -> Equality {
        if same { Equality::Same } else { Equality::Different }
    }
}

/// Whether two values are equal. Values of different types differ; numbers compare by value.
/// One difference that was seen settles it, whatever was not seen.
pub(crate) fn equal(left: &Value, right: &Value, steps: &mut dyn FnMut(usize)) -> Equality {
    steps(1);
    match (left.bare(), right.bare()) {
        (Value::Unknown(unseen), _) | (_, Value::Unknown(unseen)) => {
            Equality::Unknown(unseen.clone())
        }
        (Value::List(left), Value::List(right)) => equal_lists(left, right, steps),
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() || left.keys().ne(right.keys()) {
                return Equality::Different;
            }
            equal_pairs(left.values().zip(right.values()), steps)
        }
        (Value::Record(left), Value::Record(right)) => {
            if left.shape != right.shape {
                return Equality::Different;
            }
            equal_pairs(left.values.iter().zip(&right.values), steps)
        }
        (Value::Text(left), Value::Text(right)) => {
            steps(left.len().min(right.len()) / 64);
            Equality::of(left == right)
        }
        (left, right) => Equality::of(match (left, right) {
            (Value::Int(int), Value::Double(double)) | (Value::Double(double), Value::Int(int)) => {
                order_int_double(*int, *double) == Some(Ordering::Equal)
            }
            (left, right) => left == right,
        }),
    }
}

fn equal_lists(left: &List, right: &List, steps: &mut dyn FnMut(usize)) -> Equality {
    match left.missing.as_ref().or(right.missing.as_ref()) {
        None if left.items.len() != right.items.len() => Equality::Different,
        None => equal_pairs(left.items.iter().zip(&right.items), steps),
        // A list that was seen to be longer than the whole other one is another list.
        Some(_) if right.missing.is_none() && left.items.len() > right.items.len() => {
            Equality::Different
        }
        Some(_) if left.missing.is_none() && right.items.len() > left.items.len() => {
            Equality::Different
        }
        Some(unseen) => Equality::Unknown(unseen.clone()),
    }
}

fn equal_pairs<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    steps: &mut dyn FnMut(usize),
) -> Equality {
    let mut outcome = Equality::Same;
    for (left, right) in pairs {
        match equal(left, right, steps) {
            Equality::Same => {}
            Equality::Different => return Equality::Different,
            unknown => {
                if outcome == Equality::Same {
                    outcome = unknown;
                }
            }
        }
    }
    outcome
}

/// The order of two values; `None` where their types have no common order, and with NaN.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Double(right)) => order_int_double(*left, *right),
        (Value::Double(left), Value::Int(right)) => {
            order_int_double(*right, *left).map(Ordering::reverse)
        }
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// The exact order of a whole number and a double, which may lie between whole numbers
/// or beyond all of them.
fn order_int_double(int: i64, double: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BEYOND {
        return Some(Ordering::Less);
    }
    if double < -BEYOND {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    Some(int.cmp(&(whole as i64)).then_with(|| {
        if double > whole {
            Ordering::Less
        } else if double < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_and_a_double_compare_exactly() {
        assert_eq!(order_int_double(1, 1.0), Some(Ordering::Equal));
        assert_eq!(order_int_double(1, 1.5), Some(Ordering::Less));
        assert_eq!(order_int_double(-1, -1.5), Some(Ordering::Greater));
        // 2^53 + 1 has no double of its own.
        assert_eq!(order_int_double((1 << 53) + 1, (1i64 << 53) as f64), Some(Ordering::Greater));
        assert_eq!(order_int_double(i64::MAX, i64::MAX as f64), Some(Ordering::Less));
        assert_eq!(order_int_double(i64::MIN, i64::MIN as f64), Some(Ordering::Equal));
        assert_eq!(order_int_double(0, f64::NAN), None);
        assert_eq!(order_int_double(0, f64::NEG_INFINITY), Some(Ordering::Greater));
    }
}
