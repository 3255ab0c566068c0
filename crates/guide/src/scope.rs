//! The names that expressions of a guide may use.
//!
//! A call's facts are known under the call's name, and the list of all its instances under
//! that name with an `s`: a call with a placeholder of several values is made for each.
//! `target` is the object that the guide runs on and `now` the clock of the run.

use evidence::Shape;
use expression::{Scope, Type};

use crate::{Call, Guide};

/// The object that the guide runs on.
pub(crate) const TARGET: &str = "target";
/// The clock of the run.
pub(crate) const NOW: &str = "now";

impl Guide {
    /// The names that the expressions of a step may use: the calls of the preamble, of the
    /// earlier steps in the order of the file, and its own. `step` is an index of
    /// [`Guide::steps`].
    pub fn scope(&self, step: usize) -> Scope {
        scope(&self.calls_until(step).collect::<Vec<_>>())
    }

    /// The names that the conditions of `## Validation` may use.
    pub fn validation_scope(&self) -> Scope {
        scope(&self.validation_calls.iter().collect::<Vec<_>>())
    }
}

fn scope(calls: &[&Call]) -> Scope {
    let mut scope = Scope::new();
    let facts = |call: &Call| match call.facts {
        Some(shape) => Type::from(Shape::Record(shape)),
        None => Type::ANY,
    };
    // A name that is bound itself goes before the plural of another.
    for call in calls {
        scope.bind(call.plural(), Type::list_of(facts(call)));
    }
    for call in calls {
        scope.bind(&call.name, facts(call));
    }
    scope.bind(TARGET, Shape::Ref);
    scope.bind(NOW, Shape::Time);
    scope
}
