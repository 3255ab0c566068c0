//! A text taken out of a guide that remembers where each byte of it stood.
//!
//! What Markdown says is not always one piece of the source: a bullet goes on over lines
//! that are indented, a fenced block in a list has its indentation removed. The text here
//! is what Markdown says; `source` leads back.

use std::ops::Range;

/// A text with its places in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// The text.
    pub text: String,
    /// Where pieces start, in the text and in the source, ascending.
    pieces: Vec<(usize, usize)>,
}

impl Slice {
    /// Adds a piece of the source as it stands.
    pub fn push(&mut self, source: &str, range: Range<usize>) {
        let Some(piece) = source.get(range.clone()) else { return };
        if !piece.is_empty() {
            self.pieces.push((self.text.len(), range.start));
            self.text.push_str(piece);
        }
    }

    /// A range of the source, with each line break and the indentation (and quotation
    /// marks) around it folded into one space.
    pub fn fold(source: &str, range: Range<usize>) -> Slice {
        let mut slice = Slice::default();
        let Some(whole) = source.get(range.clone()) else { return slice };
        let mut offset = range.start;
        for line in whole.split_inclusive('\n') {
            let first = offset == range.start;
            let indent = if first { 0 } else { line.len() - strip_margin(line).len() };
            let body = &line[indent..];
            let body = if body.ends_with('\n') { body.trim_end() } else { body };
            if !body.is_empty() {
                if !slice.text.is_empty() {
                    slice.pieces.push((slice.text.len(), offset.saturating_sub(1)));
                    slice.text.push(' ');
                }
                slice.push(source, offset + indent..offset + indent + body.len());
            }
            offset += line.len();
        }
        slice
    }

    /// Where a byte of the text stands in the source.
    pub fn at(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|(text, _)| *text <= offset);
        match index.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((text, source)) => source + (offset - text),
            None => self.pieces.first().map_or(0, |(_, source)| *source),
        }
    }

    /// Where a range of the text stands in the source.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() {
            // The end of the text is the end of its last piece, not the start of another.
            let at = match range.start.checked_sub(1) {
                Some(before) if range.start == self.text.len() => self.at(before) + 1,
                _ => self.at(range.start),
            };
            return at..at;
        }
        self.at(range.start)..self.at(range.end - 1) + 1
    }

    /// Where a byte of the source stands in the text: of a folded slice only, whose pieces
    /// are in the order of the source.
    pub fn locate(&self, source: usize) -> usize {
        let index = self.pieces.partition_point(|(_, start)| *start <= source);
        let Some(index) = index.checked_sub(1) else { return 0 };
        let Some((text, start)) = self.pieces.get(index) else { return 0 };
        let end = self.pieces.get(index + 1).map_or(self.text.len(), |(next, _)| *next);
        (text + (source - start)).min(end)
    }

    /// A part of the text, trimmed.
    pub fn part(&self, range: Range<usize>) -> Slice {
        let Some(raw) = self.text.get(range.clone()) else { return Slice::default() };
        let start = range.start + (raw.len() - raw.trim_start().len());
        let text = raw.trim();
        let mut part = Slice { text: text.to_owned(), pieces: vec![(0, self.at(start))] };
        for (at, source) in &self.pieces {
            if *at > start && *at < start + text.len() {
                part.pieces.push((at - start, *source));
            }
        }
        part
    }

    /// Where the whole text stands in the source.
    pub fn span(&self) -> Range<usize> {
        self.source(0..self.text.len())
    }
}

fn strip_margin(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '>'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_folded_text_leads_back_to_its_place() {
        let source = "- one `two\n  three` four\r\n    five\n";
        let slice = Slice::fold(source, 2..source.len());
        assert_eq!(slice.text, "one `two three` four five");
        for word in ["one", "two", "three", "four", "five"] {
            let at = slice.text.find(word).expect("the word is kept");
            assert_eq!(&source[slice.source(at..at + word.len())], word);
        }
    }

    #[test]
    fn a_part_is_trimmed_and_leads_back() {
        let source = "a\n  b c\n  d";
        let part = Slice::fold(source, 0..source.len()).part(1..6);
        assert_eq!(part.text, "b c");
        assert_eq!(&source[part.span()], "b c");
    }

    #[test]
    fn the_place_of_nothing_is_where_it_would_stand() {
        let source = "xx abc";
        let slice = Slice::fold(source, 3..6);
        assert_eq!(slice.source(3..3), 6..6);
        assert_eq!(slice.source(0..0), 3..3);
    }
}
