//! Credentials of HTTP requests: `Authorization: Bearer x`, `Basic x`, cookies.

use super::credential::{begins_word, run_end};
use super::pair;
use super::value::{bare_end, is_harmless, line_end, looks_like_credential, quote_at, quoted_end};

/// Schemes that may stand without their header.
pub(super) const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// Headers that hold credentials.
pub(super) const HEADERS: [&str; 2] = ["authorization", "cookie"];

/// No header is longer, in bytes.
const LIMIT: usize = 8192;

/// Schemes whose word stays, with one text after it.
const ONE_TEXT: &[&str] = &["basic", "bearer", "token", "negotiate", "ntlm", "apikey", "bot"];
/// Schemes whose word stays, with fields to the end after it.
const FIELDS: &[&str] = &["digest", "hawk", "oauth", "aws4-hmac-sha256", "aws4-ecdsa-p256-sha256"];

/// What follows `Bearer ` or `Basic ` in prose, if it looks like a credential. A challenge,
/// `Bearer realm="…"`, is none.
pub(super) fn scheme_value(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    if !begins_word(text, start) {
        return None;
    }
    let from = end + text.as_bytes()[end..].iter().take_while(|byte| **byte == b' ').count();
    let to = run_end(text, from, b"._~+/=-");
    let value = text[from..to].trim_end_matches('.');
    let to = from + value.len();
    let inside = value.trim_end_matches('=');
    let names_field = inside.contains('=') || (inside != value && quote_at(text, to).is_some());
    if names_field || value.len() < 8 {
        return None;
    }
    let is_basic = text.as_bytes()[start].eq_ignore_ascii_case(&b'b')
        && text.as_bytes()[start + 1].eq_ignore_ascii_case(&b'a')
        && is_user_and_password(value);
    let is_opaque = value.len() >= 20 && !super::value::is_name(value) && has_both_cases(value);
    (is_basic || is_opaque || looks_like_credential(value)).then_some((from, to))
}

/// Whether a text is base64 of something with a colon in it.
fn is_user_and_password(value: &str) -> bool {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    engine.decode(value.trim_end_matches('=')).is_ok_and(|bytes| bytes.contains(&b':'))
}

fn has_both_cases(value: &str) -> bool {
    value.bytes().any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase())
}

/// The value of a header: `Authorization: Bearer x`, `"authorization": "x"`, `Cookie: a=b`,
/// `Authorization:[Basic x]`.
pub(super) fn header_value(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = end;
    let key_quote = quote_at(text, at);
    at += key_quote.map_or(0, str::len);
    at = pair::skip_spaces(text, at);
    if !matches!(bytes.get(at), Some(b':' | b'=')) {
        return None;
    }
    at = pair::skip_spaces(text, at + 1);
    let is_cookie = bytes[start].eq_ignore_ascii_case(&b'c');
    let Some((from, to)) = enclosed(text, at) else {
        let around = quote_around(text, start);
        return if is_cookie {
            bare_cookie(text, at, around)
        } else {
            bare_value(text, at, around)
        };
    };
    let value = &text[from..to];
    if is_harmless(value) {
        return None;
    }
    let scheme = if is_cookie { None } else { after_scheme(text, from) };
    match scheme {
        Some((after, _)) if after >= to => None,
        Some((after, _)) => (!is_harmless(&text[after..to])).then_some((after, to)),
        None => Some((from, to)),
    }
}

/// The inside of quotes or brackets that open at a place.
fn enclosed(text: &str, at: usize) -> Option<(usize, usize)> {
    if let Some(quote) = quote_at(text, at) {
        let from = at + quote.len();
        return Some((from, quoted_end(text, from, quote)));
    }
    (text.as_bytes().get(at) == Some(&b'[')).then(|| {
        let line = line_end(text, at, LIMIT);
        (at + 1, text[at..line].find(']').map_or(line, |n| at + n))
    })
}

/// Where the credentials after a known scheme begin, and whether they are fields to the end.
fn after_scheme(text: &str, from: usize) -> Option<(usize, bool)> {
    let to = run_end(&text[..text.floor_char_boundary(from + 32)], from, b"-");
    let scheme = text[from..to].to_ascii_lowercase();
    let has_fields = FIELDS.contains(&scheme.as_str());
    let after = pair::skip_spaces(text, to);
    (after > to && (has_fields || ONE_TEXT.contains(&scheme.as_str())))
        .then_some((after, has_fields))
}

/// `Bearer x`, `Digest a=b, c=d`, or a credential without a scheme.
fn bare_value(text: &str, from: usize, around: Option<char>) -> Option<(usize, usize)> {
    let (from, to) = match after_scheme(text, from) {
        Some((after, true)) => (after, fields_end(text, after, around)),
        Some((after, false)) => (after, bare_end(text, after, usize::MAX)),
        None => {
            let to = bare_end(text, from, 1024);
            return looks_like_credential(&text[from..to]).then_some((from, to));
        }
    };
    (from < to && !is_harmless(&text[from..to])).then_some((from, to))
}

/// `a=b; c=d`.
fn bare_cookie(text: &str, from: usize, around: Option<char>) -> Option<(usize, usize)> {
    let first = bare_end(text, from, 1024);
    text[from..first].contains('=').then(|| (from, fields_end(text, from, around)))
}

/// The quote that opens right before the header's name, as in `-H 'Authorization: …'`.
fn quote_around(text: &str, start: usize) -> Option<char> {
    let name = text.as_bytes()[..start].iter().rev().take(32);
    let length = name.take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
    text[..start - length].chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'))
}

/// Where the fields of a header end: with the line, or with the quotes around the header.
fn fields_end(text: &str, from: usize, around: Option<char>) -> usize {
    let line = line_end(text, from, LIMIT);
    let quote = around.and_then(|quote| text[from..line].find(quote));
    let to = quote.map_or(line, |at| from + at);
    from + text[from..to].trim_end().len()
}
