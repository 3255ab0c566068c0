//! Passwords in URLs.

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
