//! Shows a report, one file per format, written to a given writer.
//!
//! Every format shows the same [`Report`]; none decides anything. The text forms leave out
//! what the JSON holds in full, never the other way round.

mod column;
mod json;
mod markdown;
mod moment;
mod page;
mod phrase;
mod text;
mod trace;
mod triage;

use std::fmt;

use diagnose::report::Report;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// The published document.
    Json,
    /// For a ticket or a chat.
    Markdown,
    /// The published document, as YAML.
    Yaml,
}

/// Writes a triage for a terminal: a few lines a cause. Other formats are those of [`write()`].
///
/// # Errors
/// Only those of the writer.
pub fn write_triage(report: &Report, style: Style, out: &mut dyn fmt::Write) -> fmt::Result {
    triage::write(report, style, out)
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// How many columns there are; at least 40 are used.
    pub width: usize,
    /// Whether colour is used. It never says what a word does not say too.
    pub color: bool,
    /// Whether only ASCII symbols are used.
    pub ascii: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style { width: 80, color: false, ascii: false }
    }
}

/// Writes a report.
///
/// # Errors
/// Only those of the writer.
pub fn write(
    report: &Report,
    format: Format,
    style: Style,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Yaml => json::write_yaml(report, out),
    }
}
