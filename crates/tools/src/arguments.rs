//! The arguments of a call, checked against what the tool takes.

use std::collections::BTreeMap;

use crate::{Parameter, ParameterKind, Tool, nearest};

/// One argument as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Argument {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

impl Argument {
    /// Its type.
    pub const fn kind(&self) -> ParameterKind {
        match self {
            Argument::Text(_) => ParameterKind::Text,
            Argument::Int(_) => ParameterKind::Int,
            Argument::Bool(_) => ParameterKind::Bool,
        }
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        Argument::Text(text.to_owned())
    }
}

/// As a guide writes it.
impl std::fmt::Display for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Argument::Text(text) => write!(f, "{text:?}"),
            Argument::Int(number) => number.fmt(f),
            Argument::Bool(true) => f.write_str("True"),
            Argument::Bool(false) => f.write_str("False"),
        }
    }
}

/// The arguments of a call, by the names of the tool's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arguments {
    values: BTreeMap<&'static str, Argument>,
}

impl Arguments {
    /// Binds a call's arguments to the tool's parameters.
    ///
    /// # Errors
    /// Every mistake of the call, each as a sentence with what would be right.
    pub fn bind(
        tool: &Tool,
        positional: &[Argument],
        keywords: &[(String, Argument)],
    ) -> Result<Arguments, Vec<String>> {
        let mut bound = Arguments::default();
        let mut mistakes = Vec::new();
        if positional.len() > tool.parameters.len() {
            mistakes.push(format!(
                "{} takes at most {} arguments and was given {}: {}",
                tool.name,
                tool.parameters.len(),
                positional.len(),
                tool.signature(),
            ));
        }
        for (parameter, argument) in tool.parameters.iter().zip(positional) {
            bound.values.insert(parameter.name, argument.clone());
        }
        for (name, argument) in keywords {
            match tool.parameters.iter().find(|parameter| parameter.name == name) {
                None => mistakes.push(unknown_keyword(tool, name)),
                Some(parameter) => {
                    if bound.values.insert(parameter.name, argument.clone()).is_some() {
                        mistakes.push(format!("`{name}` of {} is given twice", tool.name));
                    }
                }
            }
        }
        let wrong =
            |parameter: &Parameter| misfit(tool, parameter, bound.values.get(parameter.name));
        mistakes.extend(tool.parameters.iter().filter_map(wrong));
        if mistakes.is_empty() { Ok(bound) } else { Err(mistakes) }
    }

    /// The text of a parameter; `None` where the call does not give it.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name)? {
            Argument::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The number of a parameter; `None` where the call does not give it.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.values.get(name)? {
            Argument::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value of a parameter; `None` where the call does not give it.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            Argument::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Every argument, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Argument)> {
        self.values.iter().map(|(name, argument)| (*name, argument))
    }

    /// A required text; binding has seen to it that it is there.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }
}

/// What is wrong with the argument given for a parameter.
fn misfit(tool: &Tool, parameter: &Parameter, given: Option<&Argument>) -> Option<String> {
    let name = parameter.name;
    match given {
        None if parameter.required => {
            let (doc, call) = (parameter.doc, tool.signature());
            Some(format!("{} needs `{name}`, {doc}: {call}", tool.name))
        }
        None => None,
        Some(given) if given.kind() != parameter.kind => Some(format!(
            "`{name}` of {} is a {}, not the {} {given}",
            tool.name,
            parameter.kind.word(),
            given.kind().word(),
        )),
        Some(Argument::Text(text)) if parameter.required && text.trim().is_empty() => {
            Some(format!("`{name}` of {} may not be empty", tool.name))
        }
        Some(_) => None,
    }
}

fn unknown_keyword(tool: &Tool, name: &str) -> String {
    let names: Vec<&str> = tool.parameters.iter().map(|parameter| parameter.name).collect();
    let hint = match nearest::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes {}", names.join(", ")),
    };
    format!("{} has no argument `{name}`: {hint}", tool.name)
}
