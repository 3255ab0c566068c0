//! Placeholders in texts: `<pod>`, `<service-account>`.

use std::ops::Range;

use super::lexer::is_placeholder;
use crate::Piece;

/// Cuts a text at its placeholders. What stands in angle brackets and cannot be a
/// placeholder's name is text.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = 0;
    for (range, name) in found(text) {
        if rest < range.start {
            pieces.push(Piece::Text(text[rest..range.start].to_owned()));
        }
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = range.end;
    }
    if rest < text.len() || pieces.is_empty() {
        pieces.push(Piece::Text(text[rest..].to_owned()));
    }
    pieces
}

/// The placeholders of a text with their places, angle brackets included.
pub(crate) fn found(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        at = open + 1;
        let Some(close) = text[at..].find(['>', '<', '\n']).map(|close| at + close) else { break };
        let name = &text[at..close];
        if text[close..].starts_with('>') && is_placeholder(name) {
            found.push((open..close + 1, name));
            at = close + 1;
        }
    }
    found
}
