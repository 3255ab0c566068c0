//! Stop conditions: the outcomes that a guide can end in.
//!
//! `- **pull-credentials**: Missing or invalid imagePullSecrets` has a name in bold. Without
//! one, the name is made of the words before a parenthesis.

use std::ops::Range;

use crate::markdown::{Block, InlineKind, plain};
use crate::{Code, Diagnostic, Outcome};

/// What may stand between an outcome's name and its words.
const SEPARATORS: [char; 4] = [':', '-', '–', '—'];

/// Reads a bullet of `## Stop Condition`.
pub(crate) fn read(block: &Block, source: &str, line: usize) -> Outcome {
    let slice = block.slice(source);
    let bold = block
        .inlines
        .iter()
        .find(|inline| inline.kind == InlineKind::Strong && inline.span.start == block.span.start);
    let name = bold.map(|inline| {
        let end = slice.locate(inline.span.end.saturating_sub(1)) + 1;
        let bold = plain(&slice.part(0..end).text);
        let rest = slice.part(end..slice.text.len()).text;
        let words = rest.trim_start_matches(SEPARATORS).trim_start();
        // Bold that is a part of the sentence names the outcome, and stays in its words.
        let apart = words.len() < rest.len() || bold.ends_with(':');
        let from = if apart && !words.is_empty() { slice.text.len() - words.len() } else { 0 };
        (slug(&bold), slice.part(from..slice.text.len()))
    });
    let (id, words) = match name {
        Some((id, words)) => (Some(id), words),
        None => (None, slice),
    };
    let id = id.filter(|id| !id.is_empty());
    let text = plain(&words.text);
    let named = id.is_some();
    let before_parenthesis = text.split('(').next().unwrap_or("");
    let id = id.unwrap_or_else(|| slug(before_parenthesis));
    Outcome { id, text: words.text, plain: text, line, span: block.span.clone(), named }
}

/// Makes the names that are made of words unique, and reports names that are given twice or,
/// where each must have one, not at all.
pub(crate) fn name(
    outcomes: &mut [Outcome],
    must_be_named: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut taken: Vec<(String, Range<usize>)> = Vec::new();
    for outcome in outcomes {
        let first = taken.iter().find(|(id, _)| *id == outcome.id);
        match first {
            Some((id, span)) if outcome.named => {
                let message = format!("two stop conditions are named `{id}`");
                diagnostics.push(
                    Diagnostic::new(Code::DuplicateOutcome, outcome.span.clone(), message)
                        .related(span.clone(), "first here"),
                );
            }
            _ if outcome.named => {}
            _ => {
                let base =
                    if outcome.id.is_empty() { "outcome".into() } else { outcome.id.clone() };
                let numbered = (2..).map(|number| format!("{base}-{number}"));
                let mut ids = std::iter::once(base.clone()).chain(numbered);
                let free = ids.find(|id| !taken.iter().any(|(known, _)| known == id));
                outcome.id = free.unwrap_or(base);
            }
        }
        if !outcome.named && must_be_named {
            let message = "this stop condition has no name in bold";
            diagnostics.push(
                Diagnostic::new(Code::UnnamedOutcome, outcome.span.clone(), message)
                    .help(format!("begin it with **{}**:", outcome.id)),
            );
        }
        taken.push((outcome.id.clone(), outcome.span.clone()));
    }
}

/// A name made of words: `Incorrect image reference` → `incorrect-image-reference`.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
