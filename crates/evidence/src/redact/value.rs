//! Values: where one ends, and whether it looks like a credential.

use super::MARK;

/// No value in prose is longer than this, in bytes; a longer one is not judged further.
const PROSE_LIMIT: usize = 512;

/// Words that stand where a value would, and say that there is none or what became of it.
const WORDS: &[&str] = &[
    "",
    "0",
    "1",
    "changed",
    "denied",
    "disabled",
    "empty",
    "enabled",
    "expired",
    "failed",
    "false",
    "forbidden",
    "hidden",
    "incorrect",
    "invalid",
    "is",
    "masked",
    "mismatch",
    "missing",
    "n/a",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "off",
    "omitted",
    "on",
    "optional",
    "redacted",
    "rejected",
    "required",
    "string",
    "true",
    "unauthorized",
    "undefined",
    "unknown",
    "unset",
    "value",
    "was",
    "wrong",
    "yes",
];

/// Whether a value gives nothing away: a mark, a truth value, a reference to a variable, a
/// place holder.
pub(super) fn is_harmless(value: &str) -> bool {
    if value == MARK {
        return true;
    }
    if value.len() <= 12 && WORDS.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return true;
    }
    is_placeholder(value)
}

fn is_placeholder(value: &str) -> bool {
    let name = |inner: &str, also: &str| {
        inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.as_bytes().contains(&byte))
    };
    let between = |open: &str, close: &str| value.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = between("$(", ")").or_else(|| between("${", "}")) {
        return name(inner, "_.-");
    }
    if let Some(inner) = between("{{", "}}") {
        return name(inner, "_.- ");
    }
    if let Some(inner) = between("<", ">").or_else(|| between("[", "]")) {
        return inner.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_- ".contains(&byte));
    }
    if let [b'%', verb] = value.as_bytes() {
        return verb.is_ascii_alphabetic();
    }
    let mut letters = value.chars();
    let first = letters.next();
    let filler = first.is_some_and(|first| match first {
        'x' | 'X' => value.len() > 2,
        other => "*•.-_#?".contains(other),
    });
    filler && letters.all(|letter| Some(letter) == first)
}

/// Whether a value in prose looks like a credential: eight or more letters and digits mixed,
/// that are no name, path, digest, id, version, time or error code.
pub(super) fn looks_like_credential(value: &str) -> bool {
    let bytes = value.as_bytes();
    if bytes.len() < 8 || bytes.len() > PROSE_LIMIT || value.contains(MARK) {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let shape = digits > 0
        && letters > 1
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~!@#$%^&*".contains(b));
    shape
        && !bytes.starts_with(b"/")
        && !value.starts_with("sha256")
        && !value.contains("@sha256")
        && !is_uid(bytes)
        && !is_name(value)
        && !is_time(bytes)
        && !is_code(value)
}

/// An id such as `550e8400-e29b-41d4-a716-446655440000`.
fn is_uid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A name of an object, host, image or path: small letters, digits and `-`, `.`, `/`, `_`,
/// in which at least one part is a word of letters, or which has a part of digits only.
pub(super) fn is_name(value: &str) -> bool {
    let shape = value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-./_:".contains(&b));
    let mut parts = value.split(['-', '.', '/', '_', ':']).filter(|part| !part.is_empty());
    shape
        && value.contains(['-', '.', '/', '_', ':'])
        && parts.any(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase()))
}

/// `2026-11-23T19:20:00Z` and its like.
fn is_time(bytes: &[u8]) -> bool {
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// An error code, `AADSTS700016`, or a word with a number, `Status403`.
fn is_code(value: &str) -> bool {
    let stem = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = value.len() - stem.len();
    let stem = stem.strip_suffix(['-', '_']).unwrap_or(stem);
    let is_upper = stem.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    (1..=8).contains(&digits) && !stem.is_empty() && is_upper
}

/// Where a bare value that begins at `from` ends. It ends at a space, a quote or a mark that
/// divides fields; a comma divides them when a space or another name follows. No more than
/// `limit` bytes are read.
pub(super) fn bare_end(text: &str, from: usize, limit: usize) -> usize {
    let bytes = text.as_bytes();
    let last = text.floor_char_boundary(from.saturating_add(limit));
    let mut at = from;
    while at < last {
        let byte = bytes[at];
        let ends = match byte {
            b'"' | b'\'' | b'`' | b'&' | b';' | b'<' => true,
            b'\\' => {
                matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't' | b'u' | b'"' | b'\'' | b'\\'))
            }
            b',' => divides_fields(bytes, at + 1),
            byte => byte <= b' ' || byte == 0x7f,
        };
        if ends {
            break;
        }
        at += 1;
    }
    // A value that is a place holder keeps its brackets.
    if is_placeholder(&text[from..at]) {
        return at;
    }
    while at > from && matches!(bytes[at - 1], b',' | b'.' | b')' | b']' | b'}' | b'>' | b':') {
        at -= 1;
    }
    at
}

/// Whether what follows a comma is the next field: nothing, a space, a quote, or `name=`, `name:`.
fn divides_fields(bytes: &[u8], from: usize) -> bool {
    let name = bytes[from..].iter().take(64);
    let length = name.take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
    match bytes.get(from + length) {
        None => length == 0,
        Some(b'=' | b':') => length > 0,
        Some(byte) => length == 0 && (*byte <= b' ' || matches!(byte, b'"' | b'\'' | b'\\')),
    }
}

/// A quote that may be escaped, as it stands in JSON inside of a string: its text.
pub(super) fn quote_at(text: &str, at: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let slashes = bytes.get(at..)?.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let end = at + slashes;
    matches!(bytes.get(end), Some(b'"' | b'\'' | b'`')).then(|| &text[at..end + 1])
}

/// Where a quoted value that begins at `from`, after its opening quote, ends: at the same
/// quote, or where the line does when the text was cut before it.
pub(super) fn quoted_end(text: &str, from: usize, quote: &str) -> usize {
    let bytes = text.as_bytes();
    let escapes = quote.len() - 1;
    let mark = quote.as_bytes()[escapes];
    let mut at = from;
    let mut slashes = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' => slashes += 1,
            // Slashes that escape each other leave a plain quote.
            _ if byte == mark && escapes == 0 && slashes % 2 == 0 => return at,
            // A quote of a deeper level has more slashes, one of an outer level fewer.
            _ if byte == mark && escapes > 0 && slashes <= escapes => return at - slashes,
            _ => slashes = 0,
        }
        at += 1;
    }
    at
}

/// Where the line that `from` is in ends, at most `limit` bytes on.
pub(super) fn line_end(text: &str, from: usize, limit: usize) -> usize {
    let last = text.floor_char_boundary(from.saturating_add(limit));
    text.as_bytes()[from..last].iter().position(|b| *b == b'\n').map_or(last, |n| from + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_told_from_names_ids_times_and_codes() {
        for value in ["abc123def456", "xK9vLm2Q", "s3cr3tp4ss", "AbCd1234EfGh5678", "p4ssw0rd!x"] {
            assert!(looks_like_credential(value), "{value}");
        }
        for value in [
            "regcred",
            "regcred-v2",
            "web-7d9f8c-x2x1z",
            "shop/regcred-2",
            "registry.example.com",
            "550e8400-e29b-41d4-a716-446655440000",
            "2026-11-23T19:20:00Z",
            "v1.34.4",
            "AADSTS700016",
            "10.0.0.1:5000",
            "/run/secrets/token1",
            "hunter2",
            "sha256:0123abcd0123abcd",
            "E1234567",
            "https://auth.docker.io/token2",
            "shop/web:1.4.3",
        ] {
            assert!(!looks_like_credential(value), "{value}");
        }
    }

    #[test]
    fn place_holders_give_nothing_away() {
        for value in [
            "$(DB_PASSWORD)",
            "${PASS}",
            "{{ .Values.pw }}",
            "<password>",
            "****",
            "xxxxx",
            "YES",
            "%s",
        ] {
            assert!(is_harmless(value), "{value}");
        }
        for value in ["$(id; cat x)", "<a1b2>", "hunter2", "$ecret1", "x"] {
            assert!(!is_harmless(value), "{value}");
        }
    }
}
