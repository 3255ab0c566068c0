//! Names and the values that follow them: `password=x`, `"token": "x"`, `--password x`,
//! `<password>x</password>`, a line `password: x`, and prose with a colon.

use super::MARK;
use super::name::Name;
use super::value::{
    bare_end, is_harmless, is_name, line_end, looks_like_credential, quote_at, quoted_end,
};

/// No name is longer.
const NAME_LIMIT: usize = 96;

/// A value is judged by no more than this, so that one without an end is not read for each
/// name in it.
const VALUE_LIMIT: usize = 1024;

/// Words that follow a flag where prose speaks of it: `--token or --cert`.
const PROSE_AFTER_FLAG: &[&str] = &[
    "and",
    "are",
    "argument",
    "as",
    "can",
    "cannot",
    "does",
    "file",
    "flag",
    "flags",
    "for",
    "from",
    "given",
    "has",
    "if",
    "in",
    "instead",
    "may",
    "must",
    "of",
    "option",
    "options",
    "or",
    "parameter",
    "requires",
    "should",
    "specified",
    "stringarray",
    "strings",
    "that",
    "the",
    "to",
    "when",
    "which",
    "will",
    "with",
];

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Equals,
    Colon,
    Flag,
    Tag,
}

/// A name in a text, with what can be said of it from what stands around it.
struct Site<'a> {
    text: &'a str,
    /// Where the name begins and ends, without dashes in front.
    start: usize,
    end: usize,
    name: Name,
    link: Link,
    /// Whether the name stands in quotes as a key of JSON does, not as a word in prose.
    is_json_key: bool,
    /// Where the value begins, with its quote.
    value: usize,
    /// Whether a space stands between the link and the value.
    spaced: bool,
}

/// Looks at the name around a stem: where the name ends, and the value to be taken out.
/// Nothing before `floor` is looked at.
pub(super) fn value_of(
    text: &str,
    stem: usize,
    stem_end: usize,
    floor: usize,
) -> (usize, Option<(usize, usize)>) {
    let (start, end) = name_around(text, stem, stem_end, floor);
    let found = Site::read(text, start, end).and_then(|site| site.found());
    (end.max(stem_end), found)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn name_around(text: &str, stem: usize, stem_end: usize, floor: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let lowest = floor.max(stem.saturating_sub(NAME_LIMIT));
    let mut start = stem;
    while start > lowest && is_name_byte(bytes[start - 1]) {
        start -= 1;
    }
    // The first letters may be the end of an escape: `\npassword`, `\u0026sig`.
    if start > 0 && bytes[start - 1] == b'\\' && start < stem {
        if text[start..stem].starts_with("u0026") {
            start += 5;
        } else if matches!(bytes[start], b'n' | b'r' | b't') {
            start += 1;
        }
    }
    let rest = bytes[stem_end..].iter().take(NAME_LIMIT);
    let mut end = stem_end + rest.take_while(|byte| is_name_byte(**byte)).count();
    while end > stem_end && matches!(bytes[end - 1], b'.' | b'-') {
        end -= 1;
    }
    (start, end)
}

/// Where spaces and tabs from a place on end.
pub(super) fn skip_spaces(text: &str, from: usize) -> usize {
    from + text.as_bytes()[from..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

impl<'a> Site<'a> {
    fn read(text: &'a str, start: usize, end: usize) -> Option<Site<'a>> {
        let bytes = text.as_bytes();
        let dashes = bytes[start..end].iter().take_while(|b| matches!(b, b'-' | b'.')).count();
        let is_flag = bytes[start] == b'-' && begins_argument(bytes, start);
        let key_quote = quote_at(text, end).filter(|quote| text[..start].ends_with(quote));
        let after_quote = end + key_quote.map_or(0, str::len);
        let subscript = bytes.get(after_quote) == Some(&b']');
        let after = skip_spaces(text, after_quote + usize::from(subscript));
        let (link, after_link) = link_at(text, start, after).or_else(|| {
            let value = after_flag(text, key_quote, after_quote, after)?;
            is_flag.then_some((Link::Flag, value))
        })?;
        let value = skip_spaces(text, after_link);
        let name = Name::of(text.get(start + dashes..end)?);
        (name != Name::Plain && value < text.len()).then(|| Site {
            text,
            start: start + dashes,
            end,
            name,
            link,
            is_json_key: key_quote.is_some_and(|quote| !is_quoted_word(text, start - quote.len())),
            value,
            spaced: value > after_link,
        })
    }

    fn found(&self) -> Option<(usize, usize)> {
        let text = self.text;
        if self.link == Link::Tag {
            let rest = &text.as_bytes()[self.value..];
            let end = rest.iter().position(|byte| *byte == b'<').map(|n| self.value + n)?;
            let is_element = text[end..].starts_with("</");
            return self.unless_harmless(self.value, end).filter(|_| is_element);
        }
        if let Some(quote) = quote_at(text, self.value) {
            let from = self.value + quote.len();
            let to = quoted_end(text, from, quote);
            return if self.quoted_is_certain(from, to) {
                self.unless_harmless(from, to)
            } else {
                looks_like_credential(&text[from..to]).then_some((from, to))
            };
        }
        if let Some(inner) = self.braced() {
            return self.unless_harmless(inner.0, inner.1);
        }
        if self.link == Link::Colon && matches!(text.as_bytes()[self.value], b'|' | b'>') {
            return self.block_scalar();
        }
        let from = self.value;
        let to = bare_end(text, from, VALUE_LIMIT);
        let value = &text[from..to];
        if self.opens_structure(value) {
            return None;
        }
        // Prose has spaces: what has none for so long is a value, whatever it is.
        if value.len() > VALUE_LIMIT / 2 || self.bare_is_certain(value, to) {
            return self.unless_harmless(from, bare_end(text, from, usize::MAX));
        }
        looks_like_credential(value).then_some((from, to))
    }

    /// `Pwd={x;y}`, as ODBC quotes a value; `}}` in it stands for `}`.
    fn braced(&self) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let opens = bytes[self.value] == b'{' && bytes.get(self.value + 1) != Some(&b'{');
        if !opens || self.name != Name::Strong || self.link != Link::Equals || self.spaced {
            return None;
        }
        let from = self.value + 1;
        let mut at = from;
        while at < from + VALUE_LIMIT {
            match (*bytes.get(at)?, bytes.get(at + 1)) {
                (b'\n' | b'"', _) => return None,
                (b'}', Some(b'}')) => at += 2,
                (b'}', _) => return Some((from, at)),
                _ => at += 1,
            }
        }
        None
    }

    fn unless_harmless(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let value = &self.text[from..to];
        let is_path = self.text[self.start..self.end].ends_with("PWD") && value.starts_with('/');
        let is_object = self.name == Name::Weak && value.contains('/') && is_name(value);
        (!is_harmless(value) && !is_path && !is_object).then_some((from, to))
    }

    fn quoted_is_certain(&self, from: usize, to: usize) -> bool {
        let value = &self.text[from..to];
        match (self.name, self.link) {
            (Name::Plain, _) => false,
            (Name::Faint, Link::Equals) if self.is_in_query() => true,
            (Name::Faint, _) => self.is_json_key && is_encoded(value),
            (_, Link::Equals | Link::Flag | Link::Tag) => true,
            (Name::Strong, Link::Colon) => self.is_json_key || !self.follows_quoted_word(),
            (Name::Weak, Link::Colon) => self.is_json_key || self.is_line(to + 1, value),
        }
    }

    fn bare_is_certain(&self, value: &str, end: usize) -> bool {
        match (self.name, self.link) {
            (Name::Plain, _) => false,
            (Name::Faint, link) => {
                link == Link::Equals
                    && (self.is_in_query() || (value.len() >= 16 && is_encoded(value)))
            }
            (_, Link::Equals | Link::Tag) => true,
            (_, Link::Flag) => {
                !value.starts_with('-')
                    && !PROSE_AFTER_FLAG.contains(&value.to_ascii_lowercase().as_str())
            }
            (Name::Strong, Link::Colon) if !self.spaced => !self.is_image(value),
            (Name::Strong, Link::Colon) if self.is_json_key && is_number(value) => true,
            (_, Link::Colon) => !self.follows_quoted_word() && self.is_line(end, value),
        }
    }

    /// `?sig=`, `&sig=`, and `\u0026sig=` as Go writes it in JSON.
    fn is_in_query(&self) -> bool {
        let before = &self.text[..self.start];
        before.ends_with(['?', '&']) || before.ends_with("\\u0026") || before.ends_with("amp;")
    }

    /// `volume "token": …` is prose, although the name stands in quotes.
    fn follows_quoted_word(&self) -> bool {
        !self.is_json_key && self.text[..self.start].ends_with(['"', '\'', '`'])
    }

    /// `shop/password:1.4.3` is an image.
    fn is_image(&self, value: &str) -> bool {
        let version = value.trim_start_matches('v');
        self.text[..self.start].ends_with(['/', '@'])
            || (version.starts_with(|c: char| c.is_ascii_digit())
                && version.contains('.')
                && version.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    }

    /// Whether name and value are all of their line, as in YAML.
    fn is_line(&self, end: usize, value: &str) -> bool {
        let before = self.text[..self.start].trim_end_matches([' ', '\t', '-', '"', '\'']);
        let begins = before.is_empty() || before.ends_with('\n') || before.ends_with("\\n");
        let rest = self.text.get(skip_spaces(self.text, end.min(self.text.len()))..);
        let rest = rest.unwrap_or_default();
        let ends = rest.is_empty()
            || rest.starts_with(['\n', '\r', '#'])
            || rest.starts_with("\\n")
            || rest.starts_with("\\r");
        let is_object = self.text[self.start..self.end].eq_ignore_ascii_case("secret")
            && (is_name(value) || value.bytes().all(|b| b.is_ascii_lowercase()));
        begins && ends && !is_object
    }

    /// `{"a": 1}`, `[a, b]`, `f("a")`: what follows is no text. A place holder or a mark in
    /// brackets is harmless, and `{SSHA}x` is a value.
    fn opens_structure(&self, value: &str) -> bool {
        value.is_empty()
            || value.ends_with('(')
            || (value.starts_with(['{', '['])
                && (value.len() < 3 || value.contains([':', '=', '"'])))
    }

    /// The lines of a YAML block under the name.
    fn block_scalar(&self) -> Option<(usize, usize)> {
        let text = self.text;
        let is_head = |b: &&u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ' | b'\r');
        let head = text.as_bytes()[self.value + 1..].iter().take(8).take_while(is_head).count();
        let line = self.value + 1 + head;
        if text.as_bytes().get(line) != Some(&b'\n') || self.name < Name::Weak {
            return None;
        }
        let key_line = text[..self.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = skip_spaces(text, key_line) - key_line;
        let from = skip_spaces(text, line + 1);
        let mut to = line;
        while to < text.len() {
            let next = line_end(text, to + 1, usize::MAX);
            let depth = skip_spaces(text, to + 1) - (to + 1);
            let blank = text[to + 1..next].trim().is_empty();
            if !blank && depth <= indent {
                break;
            }
            to = next;
        }
        let body = text.get(from..to)?.trim_end();
        (!body.is_empty() && body != MARK).then_some((from, from + body.len()))
    }
}

/// The link at a place, and where it ends.
fn link_at(text: &str, start: usize, at: usize) -> Option<(Link, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(at)? {
        b'=' => {
            let end = at + bytes[at..].iter().take_while(|byte| **byte == b'=').count();
            Some((Link::Equals, end + usize::from(bytes.get(end) == Some(&b'>'))))
        }
        b':' if bytes.get(at + 1) == Some(&b'=') => Some((Link::Equals, at + 2)),
        b':' if bytes.get(at + 1) != Some(&b':') => Some((Link::Colon, at + 1)),
        b'>' if text[..start].ends_with('<') => Some((Link::Tag, at + 1)),
        _ => None,
    }
}

/// Where the argument after a flag begins: `--password x`, `"--password", "x"`.
fn after_flag(text: &str, quote: Option<&str>, end: usize, after: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if quote.is_none() {
        return (after > end).then_some(after);
    }
    let next = match bytes.get(after)? {
        b',' => after + 1,
        _ if after > end => after,
        _ => return None,
    };
    let space = bytes[next..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    quote_at(text, next + space).map(|_| next + space)
}

fn begins_argument(bytes: &[u8], start: usize) -> bool {
    start == 0
        || matches!(bytes[start - 1], b'"' | b'\'' | b'`' | b'[' | b'(' | b',' | b'{')
        || bytes[start - 1].is_ascii_whitespace()
}

/// Whether the quote at a place follows a word and a space: then the quoted name is a word of
/// a sentence, not a key.
fn is_quoted_word(text: &str, quote: usize) -> bool {
    let before = &text[..quote];
    let word = before.trim_end_matches([' ', '\t']);
    word.len() < before.len() && word.ends_with(|c: char| c.is_alphanumeric())
}

/// Whether a text has the look of base64 or a hash, not of a word such as `basic`.
fn is_encoded(value: &str) -> bool {
    value.len() >= 8 && value.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}
