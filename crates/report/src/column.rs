//! Columns: text that wraps under its own beginning.

use unicode_width::UnicodeWidthStr;

/// The width of a text in terminal columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A space at which no line is broken: within `6 min ago`, before a separator.
pub(crate) const BOUND: char = '\u{a0}';

/// Breaks a text into lines of at most `width` columns, at spaces where there are any, else
/// behind a `/`, `:`, `,` or `-`, else anywhere. Line breaks of the text stay. Control
/// characters, which could drive a terminal, become spaces, and so do [`BOUND`] ones.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let clean: String =
            paragraph.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut line = String::new();
        for word in clean.split(' ').filter(|word| !word.is_empty()) {
            push_word(&mut lines, &mut line, word, width);
        }
        lines.push(line);
    }
    for line in &mut lines {
        *line = line.replace(BOUND, " ");
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn push_word(lines: &mut Vec<String>, line: &mut String, word: &str, limit: usize) {
    let gap = usize::from(!line.is_empty());
    if width(line) + gap + width(word) <= limit {
        if gap == 1 {
            line.push(' ');
        }
        line.push_str(word);
        return;
    }
    if !line.is_empty() {
        lines.push(std::mem::take(line));
    }
    let mut rest = word;
    while width(rest) > limit {
        let at = break_point(rest, limit);
        lines.push(rest[..at].to_owned());
        rest = &rest[at..];
    }
    line.push_str(rest);
}

/// The byte at which a word that is too long is broken: behind the last mark that fits in the
/// later half, else at the limit.
fn break_point(word: &str, limit: usize) -> usize {
    let mut columns = 0;
    let (mut last, mut marked) = (0, 0);
    for (index, letter) in word.char_indices() {
        columns += width(letter.encode_utf8(&mut [0; 4]));
        if columns > limit {
            break;
        }
        last = index + letter.len_utf8();
        if matches!(letter, '/' | ':' | ',' | '-' | '=') && columns * 2 >= limit {
            marked = last;
        }
    }
    let first = word.chars().next().map_or(0, char::len_utf8);
    if marked > 0 { marked } else { last.max(first) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_wrap_at_spaces_and_long_ones_behind_a_mark() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(
            wrap("registry.example.com/shop/checkout", 24),
            ["registry.example.com/", "shop/checkout"]
        );
        assert_eq!(wrap("aaaaaaaaaaaa", 8), ["aaaaaaaa", "aaaa"]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn a_bound_space_keeps_its_words_together() {
        assert_eq!(wrap("seen 6\u{a0}min\u{a0}ago", 10), ["seen", "6 min ago"]);
    }

    #[test]
    fn nothing_that_could_drive_a_terminal_passes() {
        assert_eq!(wrap("a\u{1b}[31mb", 20), ["a [31mb"]);
    }

    proptest! {
        #[test]
        fn every_line_fits_and_no_letter_is_lost(text in "\\PC{0,200}", limit in 8usize..60) {
            let lines = wrap(&text, limit);
            for line in &lines {
                prop_assert!(width(line) <= limit || line.chars().count() <= 1, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
