//! Solutions: what each fix must say.

use expression::nearest;

use crate::section::Section;
use crate::{Code, Diagnostic, Fix, Guide, Vocabulary};

pub(super) fn check(guide: &Guide, vocabulary: &Vocabulary, diagnostics: &mut Vec<Diagnostic>) {
    let options =
        guide.sections.iter().find(|(section, _)| *section == Section::RemediationOptions);
    if let (Some((_, span)), true) = (options, guide.fixes.is_empty()) {
        let message = "the solution has no fixes";
        diagnostics.push(
            Diagnostic::new(Code::NoFixes, span.clone(), message)
                .help("a fix begins with a heading `### Fix 1: title`"),
        );
    }
    for (index, fix) in guide.fixes.iter().enumerate() {
        if let Some(first) = guide.fixes[..index].iter().find(|other| other.number == fix.number) {
            let message = format!("there are two fixes {}", fix.number);
            diagnostics.push(
                Diagnostic::new(Code::DuplicateFix, fix.span.clone(), message)
                    .related(first.span.clone(), "first here"),
            );
        }
        parts(guide, fix, diagnostics);
        treats(fix, vocabulary, diagnostics);
    }
}

fn parts(guide: &Guide, fix: &Fix, diagnostics: &mut Vec<Diagnostic>) {
    // What is there and cannot be read is reported by the parser.
    let text = fix_text(guide, fix).to_ascii_lowercase();
    let span = fix.span.clone();
    if fix.risk.is_none() && !text.contains("risk:") {
        let message = format!("fix {} does not say how risky it is", fix.number);
        diagnostics.push(
            Diagnostic::new(Code::MissingRisk, span.clone(), message)
                .help("add a line such as: Risk: low, nothing is restarted"),
        );
    }
    if fix.treats.is_empty() && !text.contains("treats:") {
        let message = format!("fix {} does not say which outcomes it treats", fix.number);
        diagnostics.push(
            Diagnostic::new(Code::MissingTreats, span.clone(), message)
                .help("add a line such as: Treats: **pull-secret-missing**"),
        );
    }
    if fix.commands.is_empty() {
        let message = format!("fix {} has no commands", fix.number);
        diagnostics.push(
            Diagnostic::new(Code::NoCommands, span, message)
                .help("put what to type in a fenced block of `sh`"),
        );
    }
}

/// The text of a fix, from its heading to the next.
fn fix_text<'g>(guide: &'g Guide, fix: &Fix) -> &'g str {
    let next = guide.fixes.iter().map(|other| other.span.start);
    let sections = guide.sections.iter().map(|(_, span)| span.start);
    let end = next.chain(sections).filter(|start| *start > fix.span.start).min();
    guide.text.get(fix.span.start..end.unwrap_or(guide.text.len())).unwrap_or("")
}

fn treats(fix: &Fix, vocabulary: &Vocabulary, diagnostics: &mut Vec<Diagnostic>) {
    if vocabulary.guides.is_empty() {
        return;
    }
    let known = || vocabulary.guides.iter().flat_map(|guide| &guide.outcomes).map(String::as_str);
    for outcome in &fix.treats {
        if !known().any(|id| id == outcome.text) {
            let near = nearest(&outcome.text, known());
            let message = format!("no guide has an outcome `{}`", outcome.text);
            let span = outcome.span.clone();
            diagnostics.push(
                Diagnostic::new(Code::UnknownTreats, span.clone(), message).nearest(span, near),
            );
        }
    }
}
