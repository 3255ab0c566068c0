//! Text to tokens, one at a time.
//!
//! Tokens are read on demand, so that a template's reader can stop at the brace that ends
//! an insertion without knowing beforehand where it is. Mistakes inside a token, such as an
//! unknown escape, are noted and reading goes on; only a text without an end is fatal.

use std::ops::Range;
use std::sync::Arc;

use crate::SyntaxError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'t> {
    /// A whole number without its sign, so that the least `int` can be written.
    Int(u64),
    /// A number with a fraction or an exponent.
    Double(f64),
    /// A quoted text, its escapes replaced.
    Text(Arc<str>),
    /// A name or a keyword.
    Word(&'t str),
    /// Punctuation.
    Symbol(&'static str),
    /// A character that CEL does not use.
    Stray(char),
    /// The end of the text.
    End,
}

/// Punctuation, longest first.
const SYMBOLS: [&str; 26] = [
    "&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "?", "!", "<",
    ">", "+", "-", "*", "/", "%", "=", "&",
];

pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    pub(crate) errors: Vec<SyntaxError>,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Lexer<'t> {
        Lexer { text, at, errors: Vec::new() }
    }

    /// The next token and its place. Fails only where no later token can be told.
    pub(crate) fn next(&mut self) -> Result<(Token<'t>, Range<usize>), SyntaxError> {
        self.skip_blank();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok((Token::End, start..start));
        };
        let token = match first {
            '0'..='9' => self.number(),
            '.' if self.byte(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            '"' | '\'' => self.quoted(false)?,
            'r' | 'R' if matches!(self.byte(1), Some(b'"' | b'\'')) => {
                self.at += 1;
                self.quoted(true)?
            }
            'b' | 'B' if matches!(self.byte(1), Some(b'"' | b'\'')) => {
                self.note(start..start + 1, "bytes are not part of this language", "drop the `b`");
                self.at += 1;
                self.quoted(false)?
            }
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            other => match SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)) {
                Some(symbol) => {
                    self.at += symbol.len();
                    Token::Symbol(symbol)
                }
                None => {
                    self.at += other.len_utf8();
                    Token::Stray(other)
                }
            },
        };
        Ok((token, start..self.at))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn note(&mut self, span: Range<usize>, message: impl Into<String>, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.errors.push(SyntaxError { message: message.into(), span, help });
    }

    /// Skips white space and `//` comments.
    fn skip_blank(&mut self) {
        loop {
            let trimmed = self.rest().trim_start();
            self.at = self.text.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn word(&mut self) -> Token<'t> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        Token::Word(&rest[..end])
    }

    fn digits(&mut self) {
        while self.byte(0).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Token<'t> {
        let start = self.at;
        if self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X')) {
            self.at += 2;
            while self.byte(0).is_some_and(|b| b.is_ascii_hexdigit()) {
                self.at += 1;
            }
            let value = u64::from_str_radix(&self.text[start + 2..self.at], 16);
            return self.whole(start, value.ok());
        }
        self.digits();
        let mut double = false;
        if self.byte(0) == Some(b'.') && self.byte(1).is_some_and(|b| b.is_ascii_digit()) {
            double = true;
            self.at += 1;
            self.digits();
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if self.byte(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
                double = true;
                self.at += 1 + sign;
                self.digits();
            }
        }
        let digits = &self.text[start..self.at];
        if !double {
            let value = digits.parse().ok();
            return self.whole(start, value);
        }
        let value = digits.parse().unwrap_or(f64::INFINITY);
        self.end_of_number(start);
        if value.is_infinite() {
            self.note(start..self.at, "this number is too large", "");
        }
        Token::Double(value)
    }

    fn whole(&mut self, start: usize, value: Option<u64>) -> Token<'t> {
        if matches!(self.byte(0), Some(b'u' | b'U')) {
            self.at += 1;
        }
        self.end_of_number(start);
        if value.is_none() {
            self.note(start..self.at, "this is no whole number of 64 bits", "");
        }
        Token::Int(value.unwrap_or(0))
    }

    /// A number that runs into letters is one mistake, not two tokens.
    fn end_of_number(&mut self, start: usize) {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end == 0 {
            return;
        }
        let letters = &rest[..end];
        self.at += end;
        let help = match letters {
            "s" | "m" | "h" | "ms" => {
                format!("a span of time is written duration(\"{}\")", &self.text[start..self.at])
            }
            "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "k" | "M" | "G" => {
                format!("a quantity is written quantity(\"{}\")", &self.text[start..self.at])
            }
            _ => String::new(),
        };
        let message = format!("`{letters}` cannot follow a number");
        self.note(start..self.at, message, &help);
    }

    fn quoted(&mut self, raw: bool) -> Result<Token<'t>, SyntaxError> {
        let start = self.at;
        let quote = &self.rest()[..1];
        let triple = self.rest().starts_with(&quote.repeat(3));
        let close = if triple { quote.repeat(3) } else { quote.to_owned() };
        self.at += close.len();
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&close) {
                self.at += close.len();
                return Ok(Token::Text(text.into()));
            }
            match self.rest().chars().next() {
                Some('\\') if !raw => self.escape(&mut text),
                Some(c) if triple || (c != '\n' && c != '\r') => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
                _ => {
                    return Err(SyntaxError {
                        message: "this text has no end".to_owned(),
                        span: start..self.at,
                        help: Some(format!("close it with {close}")),
                    });
                }
            }
        }
    }

    /// Reads one escape into the text; an escape that CEL does not have is noted.
    fn escape(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.rest().chars().next() else { return };
        self.at += letter.len_utf8();
        let (digits, radix) = match letter {
            'x' | 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='3' => (3, 8),
            _ => {
                match simple_escape(letter) {
                    Some(c) => text.push(c),
                    None => self.note(
                        start..self.at,
                        format!("`\\{letter}` is no escape"),
                        "write `\\\\` for a backslash, or r\"...\" for a text without escapes",
                    ),
                }
                return;
            }
        };
        let from = if radix == 8 { self.at - 1 } else { self.at };
        let code = self.text.get(from..from + digits);
        let code = code.filter(|code| code.bytes().all(|b| char::from(b).is_digit(radix)));
        let value = code.and_then(|code| u32::from_str_radix(code, radix).ok());
        match value.and_then(char::from_u32) {
            Some(c) => {
                text.push(c);
                self.at = from + digits;
            }
            None => self.note(start..self.at, format!("`\\{letter}` wants {digits} digits"), ""),
        }
    }
}

fn simple_escape(letter: char) -> Option<char> {
    Some(match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '?' | '"' | '\'' | '`' => letter,
        _ => return None,
    })
}
