//! Bytes of unknown origin as text.

use std::borrow::Cow;

/// A text, and whether bytes had to be replaced to make it one.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) mended: bool,
}

/// Reads UTF-8 with or without a byte order mark, and UTF-16 with one, which is what
/// redirection in Windows PowerShell writes. Bytes that are no text are replaced.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        rest => utf8(rest),
    }
}

fn utf8(bytes: &[u8]) -> Decoded<'_> {
    // Nearly all are text, which is found out much faster than where the first bytes are that are none.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    let mended = matches!(text, Cow::Owned(_));
    Decoded { text, mended }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut mended = !bytes.len().is_multiple_of(2);
    let text = char::decode_utf16(units)
        .map(|decoded| {
            decoded.unwrap_or_else(|_| {
                mended = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect::<String>();
    Decoded { text: text.into(), mended }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16le(text: &str) -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xFF, 0xFE].into_iter().chain(units).collect()
    }

    #[test]
    fn byte_order_marks_are_no_part_of_the_text() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}").text, "{}");
        assert_eq!(decode(&utf16le("{\"a\": \"ü😀\"}")).text, "{\"a\": \"ü😀\"}");
        assert_eq!(decode(b"\xFE\xFF\x00{\x00}").text, "{}");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_that_is_said() {
        for bytes in [&b"a\xFFb"[..], b"\xFF\xFE\x00", b"\xFF\xFE\x00\xD8a\x00"] {
            assert!(decode(bytes).mended);
        }
        assert!(!decode("ü".as_bytes()).mended);
    }
}
