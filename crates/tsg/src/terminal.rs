//! What the terminal can show, and writing to it.

use std::io::{IsTerminal, Write};

use report::Style;

use crate::cli::Color;

/// How text is to look on standard output.
pub fn style(color: Color) -> Style {
    let terminal = std::io::stdout().is_terminal();
    Style {
        width: width(terminal),
        color: wants_color(color, terminal),
        ascii: terminal && is_ascii(),
    }
}

/// The columns of the terminal, or of `COLUMNS`; 80 where neither says. Wider than 120 columns
/// a line is hard to read.
fn width(terminal: bool) -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || {
        let size = terminal.then(terminal_size::terminal_size).flatten();
        size.map(|(terminal_size::Width(columns), _)| usize::from(columns))
    };
    told.or_else(seen).unwrap_or(80).clamp(40, 120)
}

/// `NO_COLOR` (no-color.org) counts when it is set and not empty.
pub fn wants_color(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            terminal && !refused && !dumb
        }
    }
}

/// Whether the locale names no character set beyond ASCII.
fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    matches!(locale.as_deref(), Some("C" | "POSIX"))
}

/// Writes to standard output. A reader that went away (`| head`) is no error.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
