//! Private key blocks in PEM, whole or cut.

use super::MARK;
use super::value::line_end;

/// How a block begins and ends.
pub(super) const BEGIN: &str = "-----BEGIN ";
pub(super) const END: &str = "-----END ";
const DASHES: &str = "-----";

/// No label is longer, so that a lone `-----BEGIN` is given up soon.
const LABEL_LIMIT: usize = 64;

/// Where the label that begins at `from` ends, with its dashes, when it is of a private key.
fn private_label_end(text: &str, from: usize) -> Option<usize> {
    let label = text.as_bytes()[from..].iter().take(LABEL_LIMIT);
    let length = label.take_while(|b| b.is_ascii_alphanumeric() || **b == b' ').count();
    let end = from + length;
    let private = text[from..end].contains("PRIVATE KEY") && text[end..].starts_with(DASHES);
    private.then_some(end + DASHES.len())
}

/// The body of the block whose `-----BEGIN ` ends at `from`. `next_end` gives the place of
/// the next `-----END ` from a place on.
pub(super) fn body(
    text: &str,
    from: usize,
    next_end: impl FnOnce(usize) -> Option<usize>,
) -> Option<(usize, usize)> {
    let start = private_label_end(text, from)?;
    let end = next_end(start).unwrap_or_else(|| cut_body_end(text, start));
    let body = text[start..end].trim_matches(['\n', '\r', ' ']);
    (!body.is_empty() && body != MARK).then_some((start, end))
}

/// Where the body of a block without an end stops: after the lines that can be of it.
fn cut_body_end(text: &str, start: usize) -> usize {
    let mut end = line_end(text, start, usize::MAX);
    while end < text.len() {
        let next = line_end(text, end + 1, usize::MAX);
        if !is_body_line(&text[end + 1..next]) {
            break;
        }
        end = next;
    }
    end
}

/// The body that stands before the `-----END ` at `at`, when its beginning was cut off.
pub(super) fn body_before(text: &str, at: usize, floor: usize) -> Option<(usize, usize)> {
    private_label_end(text, at + END.len())?;
    let mut start = at;
    while start > floor && text[..start].ends_with('\n') {
        let line = text[floor..start - 1].rfind('\n').map_or(floor, |n| floor + n + 1);
        let text = text[line..start - 1].trim();
        // The last line of a body may be short; a shorter line before it is a word.
        if !is_body_line(text) || (start < at && (1..16).contains(&text.len())) {
            break;
        }
        start = line;
    }
    if start == at {
        // On one line, with the line ends escaped.
        let run = text.as_bytes()[floor..at].iter().rev();
        let length = run.take_while(|b| is_base64(**b) || **b == b'\\').count();
        start = at - if length >= 16 { length } else { 0 };
    }
    let body = text[start..at].trim_matches(['\n', '\r', ' ']);
    (!body.is_empty() && body != MARK).then_some((start, at))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// A line of base64, a header of an encrypted key, or an empty line.
fn is_body_line(line: &str) -> bool {
    let line = line.trim();
    let header = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"];
    line == MARK || header.iter().any(|name| line.starts_with(name)) || line.bytes().all(is_base64)
}
