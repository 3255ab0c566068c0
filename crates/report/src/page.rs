//! A page of text: items that wrap under their column, verdicts, headings.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style as Paint};

use crate::Style;
use crate::column::{width, wrap};

pub(crate) const GOOD: Paint = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Paint = AnsiColor::Red.on_default().bold();
pub(crate) const DOUBT: Paint = AnsiColor::Yellow.on_default().bold();
pub(crate) const DIM: Paint = Paint::new().dimmed();
pub(crate) const BOLD: Paint = Paint::new().bold();

/// Text on its way to the reader.
pub(crate) struct Page<'a> {
    pub(crate) style: Style,
    pub(crate) out: &'a mut dyn Write,
}

impl Page<'_> {
    /// The columns to use.
    pub(crate) fn width(&self) -> usize {
        self.style.width.max(40)
    }

    /// Text in colour, where there is colour.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        match self.style.color && !text.is_empty() {
            true => format!("{paint}{text}{paint:#}"),
            false => text.to_owned(),
        }
    }

    /// Text that wraps under its own beginning, behind a label.
    pub(crate) fn item(
        &mut self,
        indent: usize,
        label: &str,
        column: usize,
        text: &str,
    ) -> fmt::Result {
        let fits = label.is_empty() || width(label) < column;
        let at = indent + column;
        let lines = wrap(text, self.width().saturating_sub(at));
        let pad = if fits { column.saturating_sub(width(label)) } else { 0 };
        write!(self.out, "{:indent$}{}", "", label)?;
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 if fits => writeln!(self.out, "{:pad$}{line}", "")?,
                0 => writeln!(self.out, "\n{:at$}{line}", "")?,
                _ => writeln!(self.out, "{:at$}{line}", "")?,
            }
        }
        Ok(())
    }

    /// The verdict: a symbol, the sentence, and one word at the right edge of its last line,
    /// or on a line of its own where there is no room.
    pub(crate) fn verdict(
        &mut self,
        paint: Paint,
        symbol: &str,
        sentence: &str,
        word: &str,
    ) -> fmt::Result {
        let indent = width(symbol) + 1;
        let lines = wrap(sentence, self.width() - indent);
        let last = lines.len() - 1;
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 => write!(self.out, "{} ", self.paint(paint, symbol))?,
                _ => write!(self.out, "{:indent$}", "")?,
            }
            write!(self.out, "{}", self.paint(BOLD, line))?;
            let used = indent + width(line) + width(word);
            if index == last && !word.is_empty() {
                let word = self.paint(paint, word);
                match self.width().checked_sub(used) {
                    Some(gap) if gap > 1 => write!(self.out, "{:gap$}{word}", "")?,
                    _ => write!(self.out, "\n{:indent$}{word}", "")?,
                }
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// The name of a part.
    pub(crate) fn heading(&mut self, name: &str) -> fmt::Result {
        let name = self.paint(DIM, name);
        writeln!(self.out, "  {name}")
    }

    /// A symbol, or its like in ASCII.
    pub(crate) fn symbol(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.style.ascii { ascii } else { unicode }
    }
}
