//! The tokens of a tool-call block: the little of Python that guides need.

use std::ops::Range;

/// A token with its place in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Range<usize>,
}

/// The sorts of token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Name(String),
    /// A string with its escapes resolved.
    Text(String),
    /// A string that is not closed on its line.
    OpenText,
    /// A string of another sort: its prefix (`f`, `r`, …) or its three quotes.
    OddText(String),
    Int(i64),
    /// A number that is no 64-bit integer.
    OddNumber,
    /// `<name>` outside of quotes.
    Placeholder(String),
    /// A comment without its `#`.
    Comment(String),
    Newline,
    Open,
    Close,
    Comma,
    Equals,
    /// Any other character or operator.
    Other(String),
}

/// Splits a block into tokens. Every character is in some token or is a blank.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(first) = lexer.peek() {
        let start = lexer.at;
        let Some(kind) = lexer.token(first) else { continue };
        tokens.push(Token { kind, span: start..lexer.at });
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn token(&mut self, first: char) -> Option<TokenKind> {
        Some(match first {
            '\n' => self.single(first, TokenKind::Newline),
            c if c.is_whitespace() => {
                self.skip(c);
                return None;
            }
            '\\' if self.rest()[1..].trim_start_matches('\r').starts_with('\n') => {
                // A line that goes on after a backslash.
                self.skip('\\');
                self.take_while(|c| c == '\r');
                self.skip('\n');
                return None;
            }
            '#' => TokenKind::Comment(self.take_while(|c| c != '\n')[1..].trim().to_owned()),
            '(' => self.single(first, TokenKind::Open),
            ')' => self.single(first, TokenKind::Close),
            ',' => self.single(first, TokenKind::Comma),
            '=' if !self.rest().starts_with("==") => self.single(first, TokenKind::Equals),
            '"' | '\'' => self.string(first),
            '<' => self.placeholder(),
            '-' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.skip('-');
                self.number(true)
            }
            c if c.is_ascii_digit() => self.number(false),
            c if is_name_start(c) => self.name(),
            _ => TokenKind::Other(self.operator(first).to_owned()),
        })
    }

    fn single(&mut self, c: char, kind: TokenKind) -> TokenKind {
        self.skip(c);
        kind
    }

    fn operator(&mut self, first: char) -> &'a str {
        let pairs = ["==", "!=", "<=", ">=", "//", "**", ":=", "->", "+=", "-=", "&&", "||"];
        let rest = self.rest();
        let pair = pairs.iter().find(|pair| rest.starts_with(**pair));
        let length = pair.map_or(first.len_utf8(), |pair| pair.len());
        self.at += length;
        &rest[..length]
    }

    fn name(&mut self) -> TokenKind {
        let name = self.take_while(|c| is_name_start(c) || c.is_numeric());
        let prefix = name.len() <= 2 && name.chars().all(|c| "rbfuRBFU".contains(c));
        match self.peek() {
            Some(quote @ ('"' | '\'')) if prefix => {
                self.string(quote);
                TokenKind::OddText(name.to_ascii_lowercase())
            }
            _ => TokenKind::Name(name.to_owned()),
        }
    }

    fn number(&mut self, negative: bool) -> TokenKind {
        let digits = self.take_while(|c| c.is_alphanumeric() || c == '.' || c == '_');
        let number = digits.parse::<i64>();
        match number {
            Ok(number) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                TokenKind::Int(if negative { -number } else { number })
            }
            _ => TokenKind::OddNumber,
        }
    }

    fn placeholder(&mut self) -> TokenKind {
        let rest = self.rest();
        let end = rest[1..].find(|c: char| !is_placeholder_part(c)).unwrap_or(rest.len() - 1);
        let name = &rest[1..1 + end];
        if is_placeholder(name) && rest[1 + name.len()..].starts_with('>') {
            self.at += name.len() + 2;
            return TokenKind::Placeholder(name.to_owned());
        }
        TokenKind::Other(self.operator('<').to_owned())
    }

    fn string(&mut self, quote: char) -> TokenKind {
        let triple: String = [quote; 3].iter().collect();
        if self.rest().starts_with(&triple) {
            self.at += 3;
            let rest = self.rest();
            self.at += rest.find(&triple).map_or(rest.len(), |end| end + 3);
            return TokenKind::OddText(triple);
        }
        self.skip(quote);
        let mut value = String::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' => return TokenKind::OpenText,
                '\\' => {
                    self.skip(c);
                    let Some(escaped) = self.peek().filter(|c| *c != '\n') else { continue };
                    self.skip(escaped);
                    match escaped {
                        'n' => value.push('\n'),
                        't' => value.push('\t'),
                        '\\' | '"' | '\'' => value.push(escaped),
                        other => value.extend(['\\', other]),
                    }
                }
                _ => {
                    self.skip(c);
                    if c == quote {
                        return TokenKind::Text(value);
                    }
                    value.push(c);
                }
            }
        }
        TokenKind::OpenText
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether a word can be a placeholder's name: `pod`, `service-account`.
pub(crate) fn is_placeholder(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(is_placeholder_part)
}

fn is_placeholder_part(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_')
}
