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

#[cfg(test)]
mod tests {
    use crate::redact::text;

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
