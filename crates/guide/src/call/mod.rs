//! Tool calls: the fenced `python` blocks of a guide.
//!
//! One call a line, optionally bound to a name:
//!
//! ```python
//! report = get_pod_diagnostics("<pod>", "<namespace>")
//! # If you know the secret name
//! get_secret_exists("<secret>", namespace="<namespace>")
//! ```
//!
//! Arguments are strings, integers, booleans or keywords. A comment belongs to the call
//! under it. A call may go on over lines inside of its parentheses. Nothing else of
//! Python is accepted, and the message says what is.

mod lexer;
mod parser;
pub(crate) mod placeholder;
pub(crate) mod resolve;

use crate::slice::Slice;
use crate::{Call, Diagnostic, Lines, Vocabulary};

/// Reads the calls of a block.
pub(crate) fn read(
    body: &Slice,
    lines: &Lines,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Call> {
    let (parsed, mistakes) = parser::parse(&body.text);
    let from = diagnostics.len();
    diagnostics.extend(mistakes);
    let calls = parsed.into_iter();
    let mut calls: Vec<Call> =
        calls.map(|call| resolve::resolve(call, vocabulary, diagnostics)).collect();
    // Up to here places are those of the block; now they become those of the file.
    for diagnostic in &mut diagnostics[from..] {
        diagnostic.span = body.source(diagnostic.span.clone());
        for (span, _) in &mut diagnostic.related {
            *span = body.source(span.clone());
        }
        if let Some(fix) = &mut diagnostic.fix {
            fix.span = body.source(fix.span.clone());
        }
    }
    for call in &mut calls {
        call.span = body.source(call.span.clone());
        call.bound = call.bound.take().map(|span| body.source(span));
        call.line = lines.line(call.span.start);
        for argument in &mut call.arguments {
            argument.span = body.source(argument.span.clone());
        }
    }
    calls
}

#[cfg(test)]
mod tests;
