//! Passwords in URLs, and in the addresses of Go's MySQL driver: `app:x@tcp(db:3306)/shop`.

use super::value::{is_harmless, looks_like_credential};

/// No URL is searched further than this for an `@`.
const LIMIT: usize = 512;

/// The password, or the user name with it where that looks like a credential too, in the URL
/// whose `://` ends at `from`. A user name alone stays: it is no secret, and often evidence.
pub(super) fn password(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let rest = &bytes[from..];
    let ends_url = |byte: &u8| {
        *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | 0x7f)
    };
    let url = rest.iter().take(LIMIT).position(ends_url).unwrap_or(rest.len().min(LIMIT));
    let rest = &rest[..url];
    let authority = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(url);
    let at = rest[..authority].iter().rposition(|byte| *byte == b'@');
    let colon = rest[..authority].iter().position(|byte| *byte == b':')?;
    let at = match at {
        Some(at) => at,
        // A password with a slash in it, written without escapes; a port is digits.
        None => {
            let port = &rest[colon + 1..authority];
            if port.iter().all(u8::is_ascii_digit) {
                return None;
            }
            rest.iter().rposition(|byte| *byte == b'@')?
        }
    };
    if colon >= at {
        return None;
    }
    let (user, secret) = (&text[from..from + colon], text.get(from + colon + 1..from + at)?);
    if is_harmless(secret) && !looks_like_credential(user) {
        return None;
    }
    let start =
        if user.len() >= 20 && looks_like_credential(user) { from } else { from + colon + 1 };
    (start < from + at).then_some((start, from + at))
}

/// The networks by which an address of Go's MySQL driver is known, after its password.
pub(super) const NETWORKS: [&str; 2] = ["@tcp(", "@unix("];

/// The password in an address of Go's MySQL driver whose `@` is at `at`. It may hold any letter,
/// and begins after the first colon; nothing before `floor` is looked at.
pub(super) fn driver_password(text: &str, at: usize, floor: usize) -> Option<(usize, usize)> {
    let lowest = text.ceil_char_boundary(floor.max(at.saturating_sub(LIMIT)));
    let begins = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let start = at - text[lowest..at].rsplit(begins).next().map_or(0, str::len);
    let from = start + text[start..at].find(':')? + 1;
    (from < at && !is_harmless(&text[from..at])).then_some((from, at))
}

/// No user name and password before an `@` without a URL are longer.
const BARE_LIMIT: usize = 128;

/// The password in `user:x@registry.example.com/web` or `user:x@db:5432`, without a URL, whose
/// `@` is at `at`. A host with neither path nor port may be that of an e-mail address, and
/// `web:1.4@sha256:…` is an image.
pub(super) fn bare_password(text: &str, at: usize, floor: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let rest = bytes[at + 1..].iter().take(BARE_LIMIT * 2);
    let host = at + 1 + rest.take_while(|b| b.is_ascii_alphanumeric() || b"-.".contains(b)).count();
    let name = &text[at + 1..host];
    let port = bytes[host..].iter().skip(1).take_while(|b| b.is_ascii_alphanumeric());
    let is_host = match bytes.get(host)? {
        b'/' => name.trim_matches('.').contains('.'),
        b':' => {
            let digits = port.clone().count();
            (1..=5).contains(&digits) && port.clone().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    if !is_host || name.is_empty() || name.starts_with("sha256") || name.starts_with("sha512") {
        return None;
    }
    let lowest = text.ceil_char_boundary(floor.max(at.saturating_sub(BARE_LIMIT))).min(at);
    let begins = |c: char| c.is_whitespace() || "\"'`/,;()[]{}<>=\\".contains(c);
    let start = at - text[lowest..at].rsplit(begins).next().map_or(0, str::len);
    let from = start + text[start..at].find(':')? + 1;
    (from > start + 1 && from < at && !is_harmless(&text[from..at])).then_some((from, at))
}

#[cfg(test)]
mod tests {
    use crate::redact::text;

    #[test]
    fn a_password_before_a_host_goes_without_a_url_too() {
        for (before, after) in [
            (
                "image u:hunter2@registry.example.com/x:1",
                "image u:‹redacted›@registry.example.com/x:1",
            ),
            ("dial app:hunter2@db:5432 failed", "dial app:‹redacted›@db:5432 failed"),
        ] {
            assert_eq!(text(before), after);
            assert_eq!(text(after), after);
        }
        for kept in [
            "mailto:jane@example.com",
            "contact:jane@example.com: no reply",
            "registry.example.com:5000/web:1.4@sha256:0123456789abcdef",
            "web:1.4@sha256:12345",
            "jane@example.com/x",
            "client-go@v0.30.0/tools/cache/reflector.go:243",
        ] {
            assert_eq!(text(kept), kept);
        }
    }

    #[test]
    fn the_password_in_an_address_of_go_s_mysql_driver_goes() {
        for (before, after) in [
            ("app:hunter2@tcp(db:3306)/shop", "app:‹redacted›@tcp(db:3306)/shop"),
            ("dsn=\"app:h:un@ter2@tcp(db)/\"", "dsn=\"app:‹redacted›@tcp(db)/\""),
            ("DSN=app:hunter2@unix(/run/db)/ x", "DSN=app:‹redacted›@unix(/run/db)/ x"),
            (
                "at\u{a0}é:ü@tcp(a) and b:c@tcp(d)",
                "at\u{a0}é:‹redacted›@tcp(a) and b:‹redacted›@tcp(d)",
            ),
        ] {
            assert_eq!(text(before), after);
            assert_eq!(text(after), after);
        }
        for kept in ["app@tcp(db:3306)/shop", "app:@tcp(db)/", "@tcp(", "dial: @tcp(db)"] {
            assert_eq!(text(kept), kept);
        }
    }
}
