//! The names that expressions of a guide may use.
//!
//! A call's facts are known under the call's name, and the list of all its instances under
//! that name with an `s`: a call with a placeholder of several values is made for each.
//! A definition is known under its name. `target` is the object that the guide runs on and `now` the clock of the run.

use evidence::Shape;
use expression::{Scope, Type};

use crate::{Call, Definition, Guide};

/// The object that the guide runs on.
pub(crate) const TARGET: &str = "target";
/// The clock of the run.
pub(crate) const NOW: &str = "now";

impl Guide {
    /// The names that the expressions of a step may use: the calls of the preamble, of the
    /// earlier steps in the order of the file, and its own. `step` is an index of
    /// [`Guide::steps`].
    pub fn scope(&self, step: usize) -> Scope {
        defining(scope(&self.calls_until(step).collect::<Vec<_>>()), self.definitions_until(step))
    }

    /// The names that each definition may use, with the definition: the calls of its step as
    /// [`Guide::scope`] has them, and the definitions before it.
    pub(crate) fn definition_scopes(&self) -> Vec<(&Definition, Scope)> {
        let preamble = (scope(&self.preamble.iter().collect::<Vec<_>>()), &self.definitions);
        let steps = self.steps.iter().enumerate().map(|(index, step)| {
            let calls = scope(&self.calls_until(index).collect::<Vec<_>>());
            let earlier = self.steps.iter().take(index).flat_map(|step| &step.definitions);
            (defining(calls, self.definitions.iter().chain(earlier)), &step.definitions)
        });
        let mut scopes = Vec::new();
        for (mut known, definitions) in std::iter::once(preamble).chain(steps) {
            for definition in definitions {
                let after = defining(known.clone(), std::iter::once(definition));
                scopes.push((definition, std::mem::replace(&mut known, after)));
            }
        }
        scopes
    }

    /// The names that the conditions of `## Validation` may use.
    pub fn validation_scope(&self) -> Scope {
        scope(&self.validation_calls.iter().collect::<Vec<_>>())
    }
}

fn defining<'d>(mut scope: Scope, definitions: impl Iterator<Item = &'d Definition>) -> Scope {
    for definition in definitions {
        // What is bound goes before what is defined; lint reports the twin.
        if scope.get(&definition.name).is_none() {
            let (of, _) = definition.expression.value.infer(&scope);
            scope.bind(&definition.name, of);
        }
    }
    scope
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
