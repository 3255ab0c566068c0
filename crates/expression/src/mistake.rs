//! Mistakes in a text, and what to write instead.

use std::ops::Range;

use crate::lexer::Token;
use crate::parser::{DEPTH_LIMIT, HEIGHT_LIMIT, TEXT_LIMIT};

/// A mistake in the text of a condition or a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes from the start of the text.
    pub span: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
}

/// The mistake of a condition longer than [`TEXT_LIMIT`].
pub(crate) fn too_long(length: usize) -> SyntaxError {
    SyntaxError {
        message: format!("a condition has at most {TEXT_LIMIT} bytes; this one has {length}"),
        span: 0..length,
        help: Some("split it over several bullets".to_owned()),
    }
}

/// What is wrong with a token that cannot stand where it stands.
pub(crate) fn unexpected(token: &Token<'_>, span: Range<usize>, wanted: &str) -> SyntaxError {
    let (what, help) = match token {
        Token::End => ("the end".to_owned(), None),
        Token::Int(_) | Token::Double(_) => ("a number".to_owned(), None),
        Token::Text(_) => ("a text".to_owned(), None),
        Token::Word(word) => (format!("`{word}`"), word_help(word)),
        Token::Symbol(symbol) => (format!("`{symbol}`"), symbol_help(symbol)),
        Token::Stray(c) => (format!("`{c}`"), stray_help(*c)),
    };
    let help = help.map(str::to_owned);
    SyntaxError { message: format!("expected {wanted}, found {what}"), span, help }
}

fn word_help(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => "write `&&`",
        "or" => "write `||`",
        "is" | "equals" => "write `==`",
        "not" => "write `!`",
        _ => return None,
    })
}

fn symbol_help(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "=" => "write `==` to compare",
        "&" => "write `&&`",
        _ => return None,
    })
}

fn stray_help(c: char) -> Option<&'static str> {
    Some(match c {
        '|' => "write `||`",
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => "write a straight quote, \" or '",
        '`' => "a text stands in \" or '",
        '\u{2260}' => "write `!=`",
        '\u{2264}' => "write `<=`",
        '\u{2265}' => "write `>=`",
        _ => return None,
    })
}

/// The mistake of passing a limit of depth.
pub(crate) fn too_deep(span: Range<usize>) -> SyntaxError {
    SyntaxError {
        message: format!(
            "nested too deeply: at most {DEPTH_LIMIT} brackets or signs, and {HEIGHT_LIMIT} operators in a row"
        ),
        span,
        help: Some("split the condition over several bullets".to_owned()),
    }
}

/// The mistake of a macro without a name for the item.
pub(crate) fn macro_mistake(name: &str, span: Range<usize>) -> SyntaxError {
    let body = if name == "map" { "value" } else { "condition" };
    SyntaxError {
        message: format!("`{name}` wants a name for the item, and a {body}"),
        span,
        help: Some(format!("write list.{name}(item, {body})")),
    }
}
