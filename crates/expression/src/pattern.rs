//! The pattern of `matches`: checked where it is written, compiled when it is first needed.

use std::sync::OnceLock;

use evidence::Value;
use regex::{Regex, RegexBuilder};

use crate::SyntaxError;
use crate::functions::Function;
use crate::syntax::{Node, NodeKind};

/// The most that one compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;
/// How deep groups and repetitions may nest.
const NEST_LIMIT: u32 = 32;

/// A regular expression of a condition. Most conditions of most guides are never weighed, so that
/// compiling is put off.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Checks a pattern; the error says what is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Pattern, String> {
        let mut parser = regex_syntax::ParserBuilder::new().nest_limit(NEST_LIMIT).build();
        parser.parse(text).map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        })?;
        let pattern = Pattern { text: text.to_owned(), compiled: OnceLock::new() };
        // Only a counted repetition can be larger compiled than it is written.
        if text.contains('{') && pattern.compiled().is_none() {
            return Err("it is too large".to_owned());
        }
        Ok(pattern)
    }

    fn compiled(&self) -> Option<&Regex> {
        let build = || {
            let mut builder = RegexBuilder::new(&self.text);
            builder.size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build().ok()
        };
        self.compiled.get_or_init(build).as_ref()
    }

    /// Whether the pattern is found in a text, in time linear in it; `None` where the compiled
    /// pattern would be too large.
    pub(crate) fn is_match(&self, text: &str) -> Option<bool> {
        Some(self.compiled()?.is_match(text))
    }
}

/// The pattern that an argument of `matches` is; `None` where it is not written out.
pub(crate) fn of(argument: &Node) -> Option<Result<Pattern, SyntaxError>> {
    let NodeKind::Literal(Value::Text(text)) = &argument.kind else { return None };
    Some(Pattern::new(text).map_err(|error| SyntaxError {
        message: format!("this is no regular expression: {error}"),
        span: argument.span(),
        help: None,
    }))
}

/// Hands over each argument of `matches` that is not written out.
pub(crate) fn each_unwritten<'n>(node: &'n Node, see: &mut dyn FnMut(&'n Node)) {
    if let NodeKind::Call(call) = &node.kind
        && call.function == Some(Function::Matches)
        && let [_, argument] = &call.arguments[..]
        && call.pattern.is_none()
    {
        see(argument);
    }
    node.each_child(&mut |child| each_unwritten(child, see));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_refused_where_it_is_written_and_not_where_it_is_needed() {
        assert_eq!(Pattern::new("a(b").unwrap_err(), "unclosed group");
        assert_eq!(Pattern::new("((a{1000}){1000}){1000}").unwrap_err(), "it is too large");
        let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
        assert!(Pattern::new(&deep).is_err());
        let pattern = Pattern::new("^no such host$|refused").unwrap();
        assert_eq!(pattern.is_match("connection refused"), Some(true));
        assert_eq!(pattern.is_match("no such hosts"), Some(false));
    }
}
