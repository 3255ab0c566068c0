//! A call as written against the tools that exist: parameters, types, placeholders.

use std::ops::Range;

use expression::nearest;

use super::parser::{RawArgument, RawCall, RawValue};
use super::placeholder;
use crate::{
    Argument, ArgumentValue, Call, Code, Diagnostic, Parameter, ParameterSort, ToolName, Vocabulary,
};

/// Makes a call of what was written. Places stay those of the block; so does the line.
pub(super) fn resolve(
    raw: RawCall,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) -> Call {
    let tool = vocabulary.tool(&raw.tool.0);
    if tool.is_none() {
        diagnostics.push(unknown_tool(&raw.tool, vocabulary));
    }
    check_arguments(&raw, tool, diagnostics);
    let parameters = tool.map_or(&[][..], |tool| &tool.parameters);
    let mut arguments = Vec::new();
    for (index, argument) in raw.arguments.into_iter().enumerate() {
        let parameter = match &argument.keyword {
            Some((name, _)) => Some(name.clone()),
            None => parameters.get(index).map(|parameter| parameter.name.clone()),
        };
        let Some(value) = argument.value else { continue };
        let value = match value {
            RawValue::Int(number) => ArgumentValue::Int(number),
            RawValue::Bool(truth) => ArgumentValue::Bool(truth),
            RawValue::Text(text) => {
                check_placeholders(&text, &argument.span, vocabulary, diagnostics);
                ArgumentValue::Text(placeholder::pieces(&text))
            }
        };
        arguments.push(Argument { parameter, value, span: argument.span });
    }
    let name = raw.bound.as_ref().map_or_else(|| raw.tool.0.clone(), |(name, _)| name.clone());
    Call {
        name,
        bound: raw.bound.map(|(_, span)| span),
        tool: raw.tool.0,
        facts: tool.map(|tool| tool.facts),
        arguments,
        comment: raw.comment,
        span: raw.span,
        line: 0,
    }
}

fn unknown_tool((name, span): &(String, Range<usize>), vocabulary: &Vocabulary) -> Diagnostic {
    let near = nearest(name, vocabulary.tools.iter().map(|tool| tool.name.as_str()));
    Diagnostic::new(Code::UnknownTool, span.clone(), format!("there is no tool `{name}`"))
        .help("`tsg tools list` prints the tools")
        .nearest(span.clone(), near)
}

fn check_arguments(raw: &RawCall, tool: Option<&ToolName>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(tool) = tool else { return };
    let mut given: Vec<(&str, Range<usize>)> = Vec::new();
    let mut excess = 0;
    for (index, argument) in raw.arguments.iter().enumerate() {
        let (parameter, place) = match &argument.keyword {
            Some((name, span)) => (parameter_of(tool, name, span, diagnostics), span.clone()),
            None => {
                let parameter = tool.parameters.get(index);
                excess += usize::from(parameter.is_none());
                (parameter, argument.span.clone())
            }
        };
        let Some(parameter) = parameter else { continue };
        if let Some((_, first)) = given.iter().find(|(name, _)| *name == parameter.name) {
            let message = format!("`{}` is given twice", parameter.name);
            diagnostics.push(
                Diagnostic::new(Code::DuplicateArgument, place.clone(), message)
                    .related(first.clone(), "first given here"),
            );
        }
        given.push((&parameter.name, place));
        check_type(argument, parameter, diagnostics);
    }
    if excess > 0 {
        let count = tool.parameters.len();
        let message = format!("`{}` takes {count} arguments, not {}", tool.name, count + excess);
        diagnostics.push(
            Diagnostic::new(Code::TooManyArguments, raw.span.clone(), message).help(usage(tool)),
        );
    }
    let missing: Vec<String> = tool
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .filter(|parameter| !given.iter().any(|(name, _)| *name == parameter.name))
        .map(|parameter| format!("`{}`", parameter.name))
        .collect();
    if !missing.is_empty() {
        let message = format!("`{}` needs {}", tool.name, missing.join(" and "));
        diagnostics.push(
            Diagnostic::new(Code::MissingArgument, raw.span.clone(), message).help(usage(tool)),
        );
    }
}

fn parameter_of<'t>(
    tool: &'t ToolName,
    name: &str,
    span: &Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'t Parameter> {
    let known = tool.parameters.iter().find(|parameter| parameter.name == name);
    if known.is_none() {
        let near = nearest(name, tool.parameters.iter().map(|parameter| parameter.name.as_str()));
        let message = format!("`{}` has no parameter `{name}`", tool.name);
        diagnostics.push(
            Diagnostic::new(Code::UnknownParameter, span.clone(), message)
                .help(usage(tool))
                .nearest(span.clone(), near),
        );
    }
    known
}

/// How a tool is called.
fn usage(tool: &ToolName) -> String {
    let parameters: Vec<String> = tool
        .parameters
        .iter()
        .map(|parameter| match parameter.required {
            true => parameter.name.clone(),
            false => format!("{}=…", parameter.name),
        })
        .collect();
    format!("{}({})", tool.name, parameters.join(", "))
}

fn check_type(argument: &RawArgument, parameter: &Parameter, diagnostics: &mut Vec<Diagnostic>) {
    let sort = match &argument.value {
        None => return,
        Some(RawValue::Text(_)) => ParameterSort::Text,
        Some(RawValue::Int(_)) => ParameterSort::Int,
        Some(RawValue::Bool(_)) => ParameterSort::Bool,
    };
    if sort != parameter.sort {
        let message =
            format!("`{}` is {}, not {}", parameter.name, parameter.sort.word(), sort.word());
        diagnostics.push(Diagnostic::new(Code::ArgumentType, argument.span.clone(), message));
    }
}

fn check_placeholders(
    text: &str,
    span: &Range<usize>,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (_, name) in placeholder::found(text) {
        if let Some(diagnostic) = unknown_placeholder(name, span, vocabulary) {
            diagnostics.push(diagnostic);
        }
    }
}

/// The mistake of naming a placeholder that does not exist.
pub(crate) fn unknown_placeholder(
    name: &str,
    span: &Range<usize>,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    if vocabulary.placeholders.iter().any(|known| known == name) {
        return None;
    }
    let message = format!("there is no placeholder `<{name}>`");
    let diagnostic = Diagnostic::new(Code::UnknownPlaceholder, span.clone(), message);
    let near = nearest(name, vocabulary.placeholders.iter().map(String::as_str));
    Some(match near {
        Some(near) => diagnostic.help(format!("did you mean `<{near}>`?")),
        None => diagnostic.help(format!("placeholders: {}", vocabulary.placeholders.join(", "))),
    })
}
