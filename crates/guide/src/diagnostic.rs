//! Mistakes in a guide, and how they are shown: rustc's style, all at once.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Code, Lines, Severity};

/// A mistake in a guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What sort of mistake it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where it is wrong, in bytes of the file.
    pub span: Range<usize>,
    /// What is said beside the place.
    pub label: Option<String>,
    /// Other places that have to do with it, and what is said beside them.
    pub related: Vec<(Range<usize>, String)>,
    /// What else is to know.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The change that does it, where there is only one.
    pub fix: Option<Edit>,
}

/// A change to the text of a guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Range<usize>,
    /// By what.
    pub replacement: String,
}

impl Diagnostic {
    /// A mistake with the severity that its code has.
    pub fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            span,
            label: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// The same, with words beside the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// The same, with another place that has to do with it.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Diagnostic {
        self.related.push((span, label.into()));
        self
    }

    /// The same, with something else to know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same, with the change that mends it.
    #[must_use]
    pub fn fix(mut self, span: Range<usize>, replacement: impl Into<String>) -> Diagnostic {
        self.fix = Some(Edit { span, replacement: replacement.into() });
        self
    }

    /// The same, with the name that may have been meant and the change to it.
    #[must_use]
    pub fn nearest(self, span: Range<usize>, nearest: Option<&str>) -> Diagnostic {
        match nearest {
            Some(name) => self.help(format!("did you mean `{name}`?")).fix(span, name),
            None => self,
        }
    }

    /// Whether the guide cannot be run because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Orders mistakes as the file has them, and drops those said twice.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.span.start, a.span.end, a.code, &a.message).cmp(&(
            b.span.start,
            b.span.end,
            b.code,
            &b.message,
        ))
    });
    diagnostics.dedup();
}

/// The most mistakes that are told of a file. More say nothing that these do not.
pub(crate) const MAX: usize = 500;

/// Orders mistakes, and leaves those beyond the limit out, saying how many they are.
pub(crate) fn finish(diagnostics: &mut Vec<Diagnostic>) {
    sort(diagnostics);
    let more = diagnostics.len().saturating_sub(MAX);
    if let (1.., Some(last)) = (more, diagnostics.get(MAX)) {
        let message = format!("{more} more mistakes from here on are not listed");
        let rest = Diagnostic::new(Code::TooMany, last.span.clone(), message);
        diagnostics.truncate(MAX);
        diagnostics.push(rest);
    }
}

/// The width that the frames are made for.
const WIDTH: usize = 80;

/// Mistakes of one file as text: code, place, the lines with the mistake marked, help.
/// `name` is the file's name and `text` its content.
pub fn render(diagnostics: &[Diagnostic], name: &str, text: &str, color: bool) -> String {
    let lines = Lines::of(text);
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&[group(diagnostic, name, text, &lines)]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(diagnostic: &Diagnostic, name: &str, text: &'a str, lines: &Lines) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.name())
        .element(snippet(diagnostic, name, text, lines));
    let notes = diagnostic.notes.iter().map(|note| Level::NOTE.message(wrap(note)));
    let group = title.elements(notes);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(wrap(help))),
        None => group,
    }
}

/// The lines from the first place concerned to the last, with the places marked.
fn snippet<'a>(
    diagnostic: &Diagnostic,
    name: &str,
    text: &'a str,
    lines: &Lines,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let span = clamp(text, &diagnostic.span);
    let related: Vec<_> =
        diagnostic.related.iter().map(|(span, label)| (clamp(text, span), label)).collect();
    let all = || related.iter().map(|(span, _)| span).chain([&span]);
    let first = lines.line(all().map(|span| span.start).min().unwrap_or(0));
    let last = lines.line(all().map(|span| span.end).max().unwrap_or(0));
    let window = lines.range(first).start..lines.range(last).end;
    let shift = |span: &Range<usize>| span.start - window.start..span.end - window.start;
    let primary = AnnotationKind::Primary.span(shift(&span));
    let snippet = Snippet::source(&text[window.clone()])
        .line_start(first)
        .path(printable(name))
        .annotation(primary.label(diagnostic.label.as_deref().map(printable)));
    snippet.annotations(
        related
            .iter()
            .map(|(span, label)| AnnotationKind::Context.span(shift(span)).label(printable(label))),
    )
}

/// The range moved to borders of characters within the text, and to one line where
/// it goes on over several: a frame of a whole section would hide the mistake.
fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let line_end = text[start..end].find('\n').map_or(end, |length| start + length);
    start..line_end
}

/// The text without characters that would steer a terminal.
fn printable(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Breaks a sentence so that it fits beside its frame.
fn wrap(text: &str) -> String {
    let room = WIDTH - 16;
    let mut out = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut width = 0;
        for word in printable(line).split(' ') {
            let length = word.chars().count();
            if width > 0 && width + 1 + length > room {
                out.push('\n');
                width = 0;
            } else if width > 0 || out.ends_with(' ') {
                out.push(' ');
                width += 1;
            }
            out.push_str(word);
            width += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_outside_of_the_text_is_shown_at_its_end() {
        let diagnostic = Diagnostic::new(Code::TooLong, 90..200, "far away");
        let shown = render(&[diagnostic], "x.md", "käse\n", false);
        assert!(shown.starts_with("error[too-long]: far away"), "{shown}");
    }

    #[test]
    fn a_place_inside_of_a_character_is_widened_to_it() {
        let diagnostic = Diagnostic::new(Code::TooLong, 2..2, "within");
        assert!(render(&[diagnostic], "x.md", "käse", false).contains("x.md:1:2"));
    }

    #[test]
    fn nothing_in_a_message_or_a_file_steers_the_terminal() {
        let diagnostic = Diagnostic::new(Code::TooLong, 0..4, "\u{1b}[31mred\u{7}")
            .label("\u{202e}back")
            .note("\u{1b}]0;title");
        let shown = render(&[diagnostic], "x\u{1b}.md", "\u{1b}[2J text\n", false);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    }

    #[test]
    fn a_long_help_is_broken_within_80_columns() {
        let diagnostic = Diagnostic::new(Code::TooLong, 0..1, "m").help("word ".repeat(60));
        let shown = render(&[diagnostic], "x.md", "text", false);
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }
}
