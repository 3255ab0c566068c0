//! `tsg tools`: what guides can ask, and what a tool sees of a real object.

use ::tools::{ALL, Argument, Arguments, ParameterKind, Tool};
use evidence::{Inquiry, Pending};

use crate::cli::{SourceArgs, ToolsCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::terminal;

/// Runs the command.
pub fn run(command: &ToolsCommand) -> Result<Exit, Failure> {
    match command {
        ToolsCommand::List => {
            for tool in ALL {
                terminal::print(&format!("{}\n    {}\n", tool.signature(), tool.summary()));
            }
            Ok(Exit::Nothing)
        }
        ToolsCommand::Show { name } => {
            terminal::print(&format!("{}\n", find(name)?.manual().trim_end()));
            Ok(Exit::Nothing)
        }
        ToolsCommand::Run { name, arguments, probe, source } => {
            let open = || Source::open(source)?.probing(probe);
            run_tool(find(name)?, arguments, source, open)
        }
    }
}

fn find(name: &str) -> Result<&'static Tool, Failure> {
    ::tools::find(name).ok_or_else(|| {
        let hint = match expression::nearest(name, ALL.iter().map(|tool| tool.name)) {
            Some(near) => format!("did you mean {near}?"),
            None => "`tsg tools list` shows those there are".to_owned(),
        };
        Failure::bad_usage(format!("there is no tool `{name}`; {hint}"))
    })
}

fn run_tool(
    tool: &'static Tool,
    words: &[String],
    args: &SourceArgs,
    open: impl FnOnce() -> Result<Source, Failure>,
) -> Result<Exit, Failure> {
    let source = open()?;
    let namespace = args.namespace.clone().unwrap_or_else(|| source.default_namespace.clone());
    let arguments = bind(tool, words, &namespace)
        .map_err(|mistakes| Failure::bad_usage(mistakes.join("\n       ")))?;
    let (facts, _) = source.run(|replies| {
        let inquiry = Inquiry::new(replies);
        (tool.run)(&arguments, &inquiry).map_err(|Pending| inquiry.into_open())
    });
    let text = serde_json::to_string_pretty(&facts.to_json())
        .map_err(|error| Failure::could_not_look(error.to_string()))?;
    terminal::print(&format!("{text}\n"));
    Ok(match facts {
        evidence::Value::Unknown(_) => Exit::CouldNotLook,
        _ => Exit::Nothing,
    })
}

/// Reads arguments as typed. The namespace may be left to `-n`.
fn bind(tool: &Tool, words: &[String], namespace: &str) -> Result<Arguments, Vec<String>> {
    let mut positional = Vec::new();
    let mut keywords = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if tool.parameters.iter().any(|one| one.name == name) => {
                keywords.push((name.to_owned(), value));
            }
            _ => positional.push(word.as_str()),
        }
    }
    let given = |name: &str| {
        let index = tool.parameters.iter().position(|parameter| parameter.name == name);
        index.is_some_and(|index| index < positional.len())
            || keywords.iter().any(|(keyword, _)| keyword == name)
    };
    if tool.parameters.iter().any(|one| one.name == "namespace") && !given("namespace") {
        keywords.push(("namespace".to_owned(), namespace));
    }
    let kind = |name: &str| {
        tool.parameters
            .iter()
            .find(|one| one.name == name)
            .map_or(ParameterKind::Text, |one| one.kind)
    };
    let positional: Vec<Argument> = positional
        .iter()
        .zip(
            tool.parameters
                .iter()
                .map(|one| one.kind)
                .chain(std::iter::repeat(ParameterKind::Text)),
        )
        .map(|(word, kind)| argument(word, kind))
        .collect();
    let keywords: Vec<(String, Argument)> = keywords
        .into_iter()
        .map(|(name, value)| {
            let value = argument(value, kind(&name));
            (name, value)
        })
        .collect();
    Arguments::bind(tool, &positional, &keywords)
}

/// A word as the type that the tool wants, where it can be read so.
fn argument(word: &str, kind: ParameterKind) -> Argument {
    match (kind, word) {
        (ParameterKind::Bool, "True" | "true") => Argument::Bool(true),
        (ParameterKind::Bool, "False" | "false") => Argument::Bool(false),
        (ParameterKind::Int, word) => {
            word.parse().map_or_else(|_| Argument::from(word), Argument::Int)
        }
        _ => Argument::from(word),
    }
}
