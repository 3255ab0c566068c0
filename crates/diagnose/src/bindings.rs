//! The calls of a guide, made for an object, and the names that its conditions see.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Inquiry, List, Object, Pending, Unseen, UnseenKind, Value};
use expression::Environment;
use guide::{ArgumentValue, Call, Piece};
use tools::Arguments;

use crate::placeholder::{self, Filling};

/// The values of those placeholders that may have several.
pub(crate) type Assignment = BTreeMap<String, String>;

/// The most instances of one call, and the most assignments that one decision is weighed for.
pub(crate) const MOST_INSTANCES: usize = 64;

/// What one call returned for one assignment.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) assignment: Assignment,
    pub(crate) value: Value,
}

/// A name of a guide, and what it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The tool that was called.
    pub(crate) tool: String,
    /// What it returned, for each assignment of its placeholders.
    pub(crate) instances: Vec<Instance>,
    /// The plural of the name, which stands for the list of all instances.
    plural: String,
    list: Value,
    /// Why the call was not made, if it was not.
    pub(crate) skipped: Option<String>,
}

/// The names that are bound so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    /// In the order of the calls; a name bound again keeps its place.
    bound: Vec<(String, Binding)>,
    /// The names that belong to every run: `target` and `now`.
    given: BTreeMap<&'static str, Value>,
}

impl Bindings {
    /// The names that every guide has.
    pub(crate) fn new(subject: &Object, inquiry: &Inquiry) -> Bindings {
        let target = Value::Ref(subject.reference().clone().into());
        let given = BTreeMap::from([("target", target), ("now", Value::Time(inquiry.now()))]);
        Bindings { given, ..Bindings::default() }
    }

    /// Makes a call and binds its name.
    ///
    /// # Errors
    /// [`Pending`] while a question of the tool or of a placeholder is open.
    pub(crate) fn call(
        &mut self,
        call: &Call,
        subject: &Object,
        inquiry: &Inquiry,
    ) -> Result<(), Pending> {
        let binding = make(call, subject, inquiry)?;
        match self.bound.iter_mut().find(|(name, _)| *name == call.name) {
            Some((_, known)) => *known = binding,
            None => self.bound.push((call.name.clone(), binding)),
        }
        Ok(())
    }

    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<&Binding> {
        self.bound.iter().find(|(own, _)| own == name).map(|(_, binding)| binding)
    }

    /// Every name with what it stands for, in the order of the calls.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Binding)> {
        self.bound.iter().map(|(name, binding)| (name.as_str(), binding))
    }

    /// The assignments that a decision over these names is weighed for: one for every way to
    /// choose values for the placeholders behind the names. An error names the call that was skipped.
    pub(crate) fn assignments(&self, names: &BTreeSet<&str>) -> Result<Vec<Assignment>, String> {
        let mut combined = vec![Assignment::new()];
        for name in names {
            let Some(binding) = self.get(name) else { continue };
            if let (Some(why), true) = (&binding.skipped, binding.instances.is_empty()) {
                return Err(why.clone());
            }
            let mut next = Vec::new();
            for chosen in &combined {
                for instance in &binding.instances {
                    if let Some(joined) = join(chosen, &instance.assignment)
                        && !next.contains(&joined)
                        && next.len() < MOST_INSTANCES
                    {
                        next.push(joined);
                    }
                }
            }
            combined = next;
        }
        Ok(combined)
    }

    /// The names as a condition sees them under an assignment.
    pub(crate) fn environment(&self, assignment: &Assignment) -> Environment<'_> {
        let mut environment = Environment::new();
        for (name, value) in &self.given {
            environment.bind(name, value);
        }
        for (name, binding) in &self.bound {
            environment.bind(&binding.plural, &binding.list);
            let instance = binding.instances.iter().find(|instance| {
                instance.assignment.iter().all(|(key, value)| assignment.get(key) == Some(value))
            });
            if let Some(instance) = instance {
                environment.bind(name, &instance.value);
            }
        }
        environment
    }
}

/// What a tool says, made once for the same arguments.
///
/// # Errors
/// [`Pending`] while a question of the tool is open.
pub(crate) fn answer(
    tool: &tools::Tool,
    arguments: &Arguments,
    inquiry: &Inquiry,
) -> Result<Value, Pending> {
    let given: Vec<String> =
        arguments.iter().map(|(name, argument)| format!("{name}={argument}")).collect();
    let key = format!("{}({})", tool.name, given.join(", "));
    inquiry.once(key, || (tool.run)(arguments, inquiry))
}

/// Two assignments as one; `None` when they choose differently for a placeholder.
fn join(a: &Assignment, b: &Assignment) -> Option<Assignment> {
    let agrees = b.iter().all(|(key, value)| a.get(key).is_none_or(|chosen| chosen == value));
    agrees.then(|| a.iter().chain(b).map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn make(call: &Call, subject: &Object, inquiry: &Inquiry) -> Result<Binding, Pending> {
    let mut fixed = Assignment::new();
    let mut choices = vec![Assignment::new()];
    let mut missing = None;
    for name in call.placeholders() {
        let several = placeholder::ALL.iter().any(|one| one.name == name && one.several);
        let values = match placeholder::fill(name, subject, inquiry)? {
            Filling::Values(values) => values,
            Filling::Empty(why) => return Ok(skipped(call, why)),
            Filling::Unknown(values, unseen) if values.is_empty() => {
                return Ok(unknown(call, unseen));
            }
            Filling::Unknown(values, unseen) => {
                missing = Some(unseen);
                values
            }
        };
        match (several, values.into_iter()) {
            (false, mut values) => {
                fixed.extend(values.next().map(|value| (name.to_owned(), value)));
            }
            (true, values) => choices = spread(&choices, name, &values.collect::<Vec<_>>()),
        }
    }
    if choices.len() > MOST_INSTANCES {
        choices.truncate(MOST_INSTANCES);
        let why = format!("only the first {MOST_INSTANCES} were asked for");
        missing = Some(Unseen::new(UnseenKind::Truncated, &call.name, why));
    }
    run(call, inquiry, &fixed, choices, missing)
}

fn spread(choices: &[Assignment], name: &str, values: &[String]) -> Vec<Assignment> {
    let with = |chosen: &Assignment, value: &String| {
        let mut chosen = chosen.clone();
        chosen.insert(name.to_owned(), value.clone());
        chosen
    };
    choices
        .iter()
        .flat_map(|chosen| values.iter().map(move |value| with(chosen, value)))
        .take(MOST_INSTANCES + 1)
        .collect()
}

/// Every instance is asked for before a pending one ends the call, so that all their questions
/// are asked together.
fn run(
    call: &Call,
    inquiry: &Inquiry,
    fixed: &Assignment,
    choices: Vec<Assignment>,
    missing: Option<Unseen>,
) -> Result<Binding, Pending> {
    let Some(tool) = tools::find(&call.tool) else {
        return Ok(skipped(call, format!("there is no tool {}", call.tool)));
    };
    let results: Vec<_> = choices
        .into_iter()
        .map(|assignment| {
            let value = match arguments(tool, call, fixed, &assignment) {
                Ok(arguments) => answer(tool, &arguments, inquiry),
                Err(mistakes) => {
                    let unseen =
                        Unseen::new(UnseenKind::Unreachable, &call.name, mistakes.join("; "));
                    Ok(Value::Unknown(unseen))
                }
            };
            value.map(|value| Instance { assignment, value })
        })
        .collect();
    let instances: Vec<Instance> = results.into_iter().collect::<Result<_, _>>()?;
    let items = instances.iter().map(|instance| instance.value.clone()).collect();
    let list = Value::List(List { items, missing }.into());
    Ok(bound(call, instances, list, None))
}

fn arguments(
    tool: &tools::Tool,
    call: &Call,
    fixed: &Assignment,
    chosen: &Assignment,
) -> Result<Arguments, Vec<String>> {
    let value = |argument: &guide::Argument| match &argument.value {
        ArgumentValue::Int(number) => tools::Argument::Int(*number),
        ArgumentValue::Bool(truth) => tools::Argument::Bool(*truth),
        ArgumentValue::Text(pieces) => tools::Argument::Text(filled(pieces, &[fixed, chosen])),
    };
    let named: Vec<_> = call
        .arguments
        .iter()
        .filter_map(|argument| Some((argument.parameter.clone()?, value(argument))))
        .collect();
    Arguments::bind(tool, &[], &named)
}

/// A text with its placeholders filled; one that has no value stays as it is written.
pub(crate) fn filled(pieces: &[Piece], from: &[&Assignment]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Placeholder(name) => match from.iter().find_map(|values| values.get(name)) {
                Some(value) => text.push_str(value),
                None => text.push_str(&format!("<{name}>")),
            },
        }
    }
    text
}

fn skipped(call: &Call, why: String) -> Binding {
    let list = Value::list(Vec::new());
    bound(call, Vec::new(), list, Some(why))
}

/// The call could not be made because what fills it was unseen: everything of it is unknown.
fn unknown(call: &Call, unseen: Unseen) -> Binding {
    let value = Value::Unknown(unseen.clone());
    let instances = vec![Instance { assignment: Assignment::new(), value }];
    let list = Value::List(List { items: Vec::new(), missing: Some(unseen) }.into());
    bound(call, instances, list, None)
}

fn bound(call: &Call, instances: Vec<Instance>, list: Value, skipped: Option<String>) -> Binding {
    Binding { tool: call.tool.clone(), instances, plural: call.plural(), list, skipped }
}
