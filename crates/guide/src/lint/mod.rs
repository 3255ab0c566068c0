//! What is wrong with a guide beyond its syntax: mistakes of the guide as a whole.

mod decisions;
mod expressions;
mod prose;
mod shape;
mod solution;

use lexicon::Lexicon;

use crate::diagnostic::sort;
use crate::{Diagnostic, Form, Guide, Phase, Vocabulary};

/// Everything that is wrong with a guide as a whole, in the order of the file.
///
/// The mistakes of its syntax are those of [`Guide::parse`]; they are not repeated.
pub fn lint(guide: &Guide, vocabulary: &Vocabulary, lexicon: &Lexicon) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    shape::check(guide, &mut diagnostics);
    expressions::check(guide, &mut diagnostics);
    match guide.meta.phase {
        Phase::Diagnosis => {
            decisions::check(guide, vocabulary, &mut diagnostics);
            prose::literals(guide, lexicon, &mut diagnostics);
            prose::questions(guide, lexicon, &mut diagnostics);
            if guide.form == Form::Prose {
                prose::outcomes(guide, lexicon, &mut diagnostics);
            }
        }
        Phase::Solution => solution::check(guide, vocabulary, &mut diagnostics),
    }
    sort(&mut diagnostics);
    diagnostics
}
