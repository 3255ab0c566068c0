//! Credentials of HTTP requests: `Authorization: Bearer x`, `Basic x`, cookies.

use super::credential::{begins_word, run_end};
use super::value::{bare_end, is_harmless, line_end, looks_like_credential, quote_at, quoted_end};
use super::{MARK, pair};

/// Schemes that may stand without their header.
pub(super) const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// Headers that hold credentials.
pub(super) const HEADERS: [&str; 2] = ["authorization", "cookie"];

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
    let (from, to, enclosed) = match (quote_at(text, at), bytes.get(at)) {
        (Some(quote), _) => {
            let from = at + quote.len();
            (from, quoted_end(text, from, quote), true)
        }
        (None, Some(b'[')) => {
            let line = line_end(text, at);
            (at + 1, text[at..line].find(']').map_or(line, |n| at + n), true)
        }
        (None, _) => {
            let line = line_end(text, at);
            (at, text[at..line].find(['"', '\'', '`']).map_or(line, |n| at + n), false)
        }
    };
    let value = text[from..to].trim_end();
    let to = from + value.len();
    if is_harmless(value) {
        return None;
    }
    if bytes[start].eq_ignore_ascii_case(&b'c') {
        return (value.contains('=') || enclosed).then_some((from, to));
    }
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    let lower = scheme.to_ascii_lowercase();
    let after = to - rest.trim_start().len();
    if FIELDS.contains(&lower.as_str()) {
        return (after < to && &text[after..to] != MARK).then_some((after, to));
    }
    if ONE_TEXT.contains(&lower.as_str()) {
        let end = bare_end(text, after).min(to);
        return (after < end && !is_harmless(&text[after..end])).then_some((after, end));
    }
    if enclosed {
        return Some((from, to));
    }
    let end = bare_end(text, from).min(to);
    looks_like_credential(&text[from..end]).then_some((from, end))
}
