//! Definitions: the fenced `cel` blocks of a guide.
//!
//! A name for an expression, for conditions, culprits and sentences that would repeat it:
//!
//! ```cel
//! # what the container said last of being refused
//! refused = log.last_words.filter(l, l.matches("permission denied|access denied"))
//! on_a_volume = refused.exists(l,
//!   pod.container.mount_paths.exists(m, l.contains(m)))
//! ```
//!
//! A definition starts at the start of a line with its name and `=`; lines that are indented go
//! on with it. It may use what is bound and defined before it, and is known from there on. It
//! means its expression, nothing more: nothing is evaluated until a decision asks for it.

use std::ops::Range;

use expression::{Expression, Template};

use crate::slice::Slice;
use crate::{
    BulletKind, Code, Condition, Consequence, Decision, Diagnostic, Guide, Lines, Located, decision,
};

/// A name for an expression.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub span: Range<usize>,
    /// What it stands for.
    pub expression: Located<Expression>,
    /// Its line.
    pub line: usize,
}

/// Reads the definitions of a block.
pub(crate) fn read(
    body: &Slice,
    lines: &Lines,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Definition> {
    let mut definitions = Vec::new();
    for range in statements(&body.text) {
        let statement = &body.text[range.clone()];
        let Some((name, at)) = head(statement) else {
            let message = "this line defines nothing";
            let span = body.part(range).span();
            diagnostics.push(Diagnostic::new(Code::NotADefinition, span, message).help(
                "a definition is a name, `=` and an expression; lines that go on are indented",
            ));
            continue;
        };
        let span = body.source(range.start..range.start + name.len());
        let rest = body.part(range.start + at..range.end);
        let line = lines.line(span.start);
        if let Some(expression) = decision::expression(rest, diagnostics) {
            definitions.push(Definition { name: name.to_owned(), span, expression, line });
        }
    }
    definitions
}

/// The ranges of a text that are one definition each, without comments between them.
fn statements(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// The name that a definition starts with, and where its expression starts.
fn head(statement: &str) -> Option<(&str, usize)> {
    let end = statement.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let name = &statement[..end];
    let after = statement[end..].trim_start();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_bound = after.starts_with('=') && !after.starts_with("==");
    (is_name && is_bound).then(|| (name, statement.len() - after.len() + 1))
}

/// Lets the expressions of a guide mean what the names in them stand for.
pub(crate) fn write_out(guide: &mut Guide, diagnostics: &mut Vec<Diagnostic>) {
    let mut known: Vec<(String, Expression)> = Vec::new();
    define(&mut guide.definitions, &mut known, diagnostics);
    for step in &mut guide.steps {
        define(&mut step.definitions, &mut known, diagnostics);
        let names: Vec<(&str, &Expression)> =
            known.iter().map(|(name, meant)| (name.as_str(), meant)).collect();
        let mut writer = Writer { names: &names, diagnostics };
        for bullet in &mut step.bullets {
            if let BulletKind::Decision(decision) = &mut bullet.kind {
                writer.decision(decision);
            }
        }
    }
}

/// Adds definitions to those known. Of two of one name the first counts; lint reports the other.
fn define(
    definitions: &mut [Definition],
    known: &mut Vec<(String, Expression)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for definition in definitions {
        let names: Vec<(&str, &Expression)> =
            known.iter().map(|(name, meant)| (name.as_str(), meant)).collect();
        Writer { names: &names, diagnostics }.expression(&mut definition.expression);
        known.push((definition.name.clone(), definition.expression.value.clone()));
    }
}

struct Writer<'a> {
    names: &'a [(&'a str, &'a Expression)],
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Writer<'_> {
    fn decision(&mut self, decision: &mut Decision) {
        if let Condition::When(when) = &mut decision.condition {
            self.expression(when);
        }
        match &mut decision.consequence {
            Consequence::Outcome { at, sentence, .. } => {
                at.iter_mut().for_each(|at| self.expression(at));
                sentence.iter_mut().for_each(|sentence| self.sentence(sentence));
            }
            Consequence::Guide { on, .. } => on.iter_mut().for_each(|on| self.expression(on)),
            Consequence::Escalate { sentence } => {
                sentence.iter_mut().for_each(|sentence| self.sentence(sentence));
            }
            Consequence::Step { .. } => {}
        }
    }

    fn expression(&mut self, located: &mut Located<Expression>) {
        match located.value.with_definitions(self.names) {
            Ok(value) => located.value = value,
            Err(errors) => self.diagnostics.extend(decision::syntax(errors, &located.slice)),
        }
    }

    fn sentence(&mut self, located: &mut Located<Template>) {
        match located.value.with_definitions(self.names) {
            Ok(value) => located.value = value,
            Err(errors) => self.diagnostics.extend(decision::syntax(errors, &located.slice)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_goes_on_over_lines_that_are_indented() {
        let text = "# why\na = 1 +\n  2\n\nb=a\n  # not its\n";
        let found: Vec<&str> = statements(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["a = 1 +\n  2", "b=a\n  # not its"]);
        assert_eq!(head(found[0]), Some(("a", 3)));
    }

    #[test]
    fn what_compares_or_has_no_name_defines_nothing() {
        for text in ["a == 1", "= 1", "a", "1a = 1", "a.b = 1", "get(\"x\")"] {
            assert_eq!(head(text), None, "{text}");
        }
    }
}
