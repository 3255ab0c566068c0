//! From tokens to calls, with a precise word on everything that is not one.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::lexer::{Token, TokenKind, tokens};
use crate::{Code, Diagnostic};

/// A call as written.
#[derive(Debug)]
pub(super) struct RawCall {
    pub bound: Option<(String, Range<usize>)>,
    pub tool: (String, Range<usize>),
    pub arguments: Vec<RawArgument>,
    pub comment: Option<String>,
    pub span: Range<usize>,
}

/// An argument as written.
#[derive(Debug)]
pub(super) struct RawArgument {
    pub keyword: Option<(String, Range<usize>)>,
    /// `None` where the value could not be read; it is said already.
    pub value: Option<RawValue>,
    pub span: Range<usize>,
}

/// A value as written.
#[derive(Debug)]
pub(super) enum RawValue {
    Text(String),
    Int(i64),
    Bool(bool),
}

const FORM: &str = "a line is a call, optionally bound to a name:\n\
                    name = tool(\"<pod>\", \"<namespace>\", keyword=\"value\")";

/// Reads a block. Places are those of the block.
pub(super) fn parse(text: &str) -> (Vec<RawCall>, Vec<Diagnostic>) {
    let mut calls = Vec::new();
    let mut mistakes = Vec::new();
    let mut comment: Vec<String> = Vec::new();
    for line in lines(tokens(text), &mut mistakes) {
        let mut rest = Vec::new();
        let mut trailing = Vec::new();
        for token in line {
            match token.kind {
                TokenKind::Comment(text) => trailing.push(text),
                TokenKind::Newline => {}
                _ => rest.push(token),
            }
        }
        comment.append(&mut trailing);
        if rest.is_empty() {
            continue;
        }
        let span = rest[0].span.start..rest[rest.len() - 1].span.end;
        let words = std::mem::take(&mut comment);
        match call(rest, &span, &mut mistakes) {
            Ok(mut call) => {
                call.comment = Some(words.join(" ")).filter(|comment| !comment.is_empty());
                calls.push(call);
            }
            Err(mistake) => mistakes.push(*mistake),
        }
    }
    (calls, mistakes)
}

/// Groups tokens to lines; a line goes on while a parenthesis is open. Where one is never
/// closed, that is said and the next line starts at the next line break.
fn lines(tokens: Vec<Token>, mistakes: &mut Vec<Diagnostic>) -> Vec<Vec<Token>> {
    let mut lines: Vec<Vec<Token>> = Vec::new();
    let mut line: Vec<Token> = Vec::new();
    let mut open: Vec<Range<usize>> = Vec::new();
    let mut rest = tokens.into_iter();
    while let Some(token) = rest.next() {
        match token.kind {
            TokenKind::Open => open.push(token.span.clone()),
            TokenKind::Close => {
                open.pop();
            }
            TokenKind::Newline => {
                let broken = !open.is_empty() && !closes(rest.as_slice());
                if broken {
                    let message = "this parenthesis is not closed";
                    let span = open.drain(..).next_back().unwrap_or(token.span.clone());
                    mistakes.push(Diagnostic::new(Code::OpenParenthesis, span, message).help(FORM));
                    // What is inside cannot be told from what is after: drop this line.
                    line.clear();
                } else if open.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
            }
            _ => {}
        }
        line.push(token);
    }
    if let Some(span) = open.pop() {
        let message = "this parenthesis is not closed";
        mistakes.push(Diagnostic::new(Code::OpenParenthesis, span, message).help(FORM));
    } else {
        lines.push(line);
    }
    lines
}

/// The most tokens that a call goes on for over line breaks.
const LONGEST_CALL: usize = 200;

/// Whether an open call is closed by these tokens before another line starts a call.
fn closes(tokens: &[Token]) -> bool {
    let mut first: Option<&TokenKind> = None;
    let mut depth = 0_usize;
    for token in tokens.iter().take(LONGEST_CALL) {
        match (&token.kind, first) {
            (TokenKind::Newline, _) => {
                first = None;
                continue;
            }
            (TokenKind::Comment(_), _) => continue,
            (TokenKind::Close, _) => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            // `tool(` at the start of a line is another call, not an argument.
            (TokenKind::Open, Some(TokenKind::Name(_))) => return false,
            (TokenKind::Open, _) => depth += 1,
            _ => {}
        }
        first = Some(match first {
            None => &token.kind,
            // Past the first token of the line: anything but a name will do.
            Some(_) => &TokenKind::Comma,
        });
    }
    false
}

type Mistake = Box<Diagnostic>;

fn not_a_call(span: Range<usize>, message: impl Into<String>) -> Mistake {
    Box::new(Diagnostic::new(Code::NotACall, span, message).help(FORM))
}

fn call(
    line: Vec<Token>,
    span: &Range<usize>,
    mistakes: &mut Vec<Diagnostic>,
) -> Result<RawCall, Mistake> {
    let end = span.end;
    let mut rest = line.into_iter().peekable();
    let mut tool = name(&mut rest, span)?;
    let mut bound = None;
    if rest.next_if(|token| token.kind == TokenKind::Equals).is_some() {
        let after = rest.peek().map_or(end..end, |token| token.span.clone());
        bound = Some(tool);
        tool = match rest.next() {
            Some(Token { kind: TokenKind::Name(name), span }) if !is_keyword(&name) => (name, span),
            Some(token) => {
                let message = format!("{} after `=` is not a tool call", describe(&token.kind));
                return Err(not_a_call(token.span, message));
            }
            None => return Err(not_a_call(after, "nothing is called after `=`")),
        };
    }
    match rest.next() {
        Some(Token { kind: TokenKind::Open, .. }) => {}
        Some(token) => return Err(after_name(&tool, &token)),
        None if bound.is_some() => {
            let message = format!("`{}` is not called; it lacks its parentheses", tool.0);
            return Err(not_a_call(tool.1, message));
        }
        None => {
            let message = format!("`{}` is a name, not a call", tool.0);
            return Err(not_a_call(tool.1, message));
        }
    }
    let arguments = arguments(&mut rest, mistakes);
    if let Some(token) = rest.next() {
        return Err(after_call(&token));
    }
    Ok(RawCall { bound, tool, arguments, comment: None, span: span.clone() })
}

/// The name that a line starts with.
fn name(
    rest: &mut Peekable<IntoIter<Token>>,
    line: &Range<usize>,
) -> Result<(String, Range<usize>), Mistake> {
    match rest.next() {
        Some(Token { kind: TokenKind::Name(name), span }) => match statement(&name) {
            Some(what) => Err(not_a_call(line.clone(), format!("a guide has no {what}"))),
            None => Ok((name, span)),
        },
        Some(token) => {
            let message = format!("a line cannot start with {}", describe(&token.kind));
            Err(not_a_call(token.span, message))
        }
        None => Err(not_a_call(line.clone(), "this line holds no call")),
    }
}

/// What a word of Python would begin.
fn statement(word: &str) -> Option<&'static str> {
    Some(match word {
        "for" | "while" | "break" | "continue" => "loops",
        "if" | "elif" | "else" | "match" | "case" => {
            "conditions in a block; a bullet decides: - When `condition` → consequence"
        }
        "def" | "class" | "lambda" | "return" | "yield" => "functions or classes",
        "import" | "from" => "imports; all tools are at hand",
        "with" | "try" | "except" | "finally" | "raise" | "assert" => "such statements",
        "async" | "await" => "`await`; calls that do not depend on each other run together",
        "del" | "global" | "nonlocal" | "pass" => "such statements",
        "print" => "`print`; a report quotes what was decided on",
        _ => return None,
    })
}

fn is_keyword(word: &str) -> bool {
    statement(word).is_some() || matches!(word, "not" | "and" | "or" | "in" | "is" | "None")
}

fn after_name(tool: &(String, Range<usize>), token: &Token) -> Mistake {
    let name = &tool.0;
    let span = tool.1.start..token.span.end;
    match &token.kind {
        TokenKind::Other(text) if text == "[" => {
            not_a_call(span, "a block has no subscripts; a condition selects from the facts")
        }
        TokenKind::Other(text) if text == "." => {
            not_a_call(span, "a block has no fields; a condition selects from the facts")
        }
        TokenKind::Comma => not_a_call(span, "a call is bound to one name only"),
        kind => not_a_call(
            token.span.clone(),
            format!("`{name}` is followed by {} instead of its parentheses", describe(kind)),
        ),
    }
}

fn after_call(token: &Token) -> Mistake {
    let message = match &token.kind {
        TokenKind::Other(text) if text == "[" => {
            "a block has no subscripts; bind the call to a name and select in a condition"
        }
        TokenKind::Other(text) if text == "." => {
            "a block has no fields; bind the call to a name and select in a condition"
        }
        TokenKind::Other(text) if text == ";" => "each call stands on its own line",
        TokenKind::Close => "this parenthesis closes nothing",
        _ => "nothing may follow a call on its line",
    };
    not_a_call(token.span.clone(), message)
}

/// The arguments up to the closing parenthesis, which `lines` has made sure of.
fn arguments(
    rest: &mut Peekable<IntoIter<Token>>,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<RawArgument> {
    let mut arguments: Vec<RawArgument> = Vec::new();
    loop {
        let mut parts: Vec<Token> = Vec::new();
        let mut depth = 0_usize;
        let closed = loop {
            let Some(token) = rest.next() else { break true };
            match token.kind {
                TokenKind::Close if depth == 0 => break true,
                TokenKind::Comma if depth == 0 => break false,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            parts.push(token);
        };
        if !parts.is_empty() {
            let argument = argument(parts, mistakes);
            let keyword_before = arguments.iter().any(|argument| argument.keyword.is_some());
            if keyword_before && argument.keyword.is_none() {
                let message = "an argument without a keyword stands after one with a keyword";
                let span = argument.span.clone();
                mistakes.push(Diagnostic::new(Code::BadArgument, span, message));
            }
            arguments.push(argument);
        }
        if closed {
            return arguments;
        }
    }
}

fn argument(parts: Vec<Token>, mistakes: &mut Vec<Diagnostic>) -> RawArgument {
    let span = parts[0].span.start..parts[parts.len() - 1].span.end;
    let mut parts = parts.into_iter().peekable();
    let mut first = parts.next();
    let mut keyword = None;
    if parts.next_if(|token| token.kind == TokenKind::Equals).is_some()
        && let Some(Token { kind: TokenKind::Name(name), span }) = &first
    {
        keyword = Some((name.clone(), span.clone()));
        first = parts.next();
    }
    let value = match (first, parts.next()) {
        (Some(token), None) => value(token),
        (Some(token), Some(next)) => Err(compound(&token, &next, &span)),
        (None, _) => Err(bad(span.clone(), "this keyword has no value".to_owned())),
    };
    let value = value.map_err(|mistake| mistakes.push(*mistake)).ok();
    RawArgument { keyword, value, span }
}

const ARGUMENTS: &str = "an argument is a string, an integer, True or False";

fn bad(span: Range<usize>, message: String) -> Mistake {
    Box::new(Diagnostic::new(Code::BadArgument, span, message).help(ARGUMENTS))
}

fn value(token: Token) -> Result<RawValue, Mistake> {
    let span = token.span;
    Ok(match token.kind {
        TokenKind::Text(text) => RawValue::Text(text),
        TokenKind::Int(number) => RawValue::Int(number),
        TokenKind::Name(name) => match name.as_str() {
            "True" | "true" => RawValue::Bool(true),
            "False" | "false" => RawValue::Bool(false),
            _ => return Err(bad(span, format!("`{name}` is a name, not a value"))),
        },
        TokenKind::Placeholder(name) => {
            let message = format!("the placeholder `<{name}>` stands outside of quotes");
            let quoted = format!("\"<{name}>\"");
            return Err(Box::new(
                Diagnostic::new(Code::BarePlaceholder, span.clone(), message)
                    .help(format!("write `{quoted}`"))
                    .fix(span, quoted),
            ));
        }
        TokenKind::OpenText => {
            let message = "this string is not closed on its line";
            return Err(Box::new(Diagnostic::new(Code::OpenString, span, message)));
        }
        TokenKind::OddText(prefix) if prefix.starts_with(['"', '\'']) => {
            return Err(bad(span, "a string stands in one quote on each side".to_owned()));
        }
        TokenKind::OddText(prefix) => {
            return Err(bad(span, format!("a string has no prefix such as `{prefix}`")));
        }
        kind => return Err(bad(span, format!("{} is not a value", describe(&kind)))),
    })
}

/// What is wrong with an argument of several tokens.
fn compound(first: &Token, next: &Token, span: &Range<usize>) -> Mistake {
    let message = match (&first.kind, &next.kind) {
        (TokenKind::Name(name), TokenKind::Open) => {
            format!("the call of `{name}` stands inside of another; calls do not nest")
        }
        (TokenKind::Name(_), TokenKind::Other(text)) if text == "." || text == "[" => {
            "an argument cannot select from facts; a placeholder is filled from the target"
                .to_owned()
        }
        (TokenKind::Other(text), _) if text == "[" || text == "{" => {
            "lists and maps are not accepted".to_owned()
        }
        (TokenKind::OpenText, _) | (_, TokenKind::OpenText) => {
            let message = "this string is not closed on its line";
            return Box::new(Diagnostic::new(Code::OpenString, span.clone(), message));
        }
        (_, kind) => format!("{} after a value: expressions are not accepted", describe(kind)),
    };
    bad(span.clone(), message)
}

/// A token in words.
fn describe(kind: &TokenKind) -> String {
    match kind {
        TokenKind::Name(name) => format!("`{name}`"),
        TokenKind::Text(_) | TokenKind::OpenText | TokenKind::OddText(_) => "a string".into(),
        TokenKind::Int(_) | TokenKind::OddNumber => "a number".into(),
        TokenKind::Placeholder(name) => format!("the placeholder `<{name}>`"),
        TokenKind::Comment(_) => "a comment".into(),
        TokenKind::Newline => "the end of the line".into(),
        TokenKind::Open => "`(`".into(),
        TokenKind::Close => "`)`".into(),
        TokenKind::Comma => "`,`".into(),
        TokenKind::Equals => "`=`".into(),
        TokenKind::Other(text) => format!("`{text}`"),
    }
}
