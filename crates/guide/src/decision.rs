//! Bullets: decisions with an arrow, and prose.
//!
//! ```text
//! - literals, `in code` → consequence
//! - The question as a person would put it? When `expression` → consequence
//! - Otherwise → consequence
//! ```
//!
//! What stands after the arrow is read by [`crate::consequence`].

use std::ops::Range;

use expression::{Expression, SyntaxError, Template};

use crate::consequence;
use crate::markdown::{Block, InlineKind, code_text, plain};
use crate::slice::Slice;
use crate::{BulletKind, Code, Condition, Decision, Diagnostic, Located, Prose, Text};

/// A bullet that was read.
pub(crate) struct Read {
    pub kind: BulletKind,
    /// What is wrong with it.
    pub mistakes: Vec<Diagnostic>,
    /// Whether it is meant as a decision, well-formed or not.
    pub decides: bool,
}

/// Reads a bullet.
pub(crate) fn read(block: &Block, source: &str) -> Read {
    let bullet = BulletText::of(block, source);
    let Some((arrow, after)) = bullet.arrow() else {
        let kind = BulletKind::Prose(bullet.prose());
        return Read { kind, mistakes: Vec::new(), decides: false };
    };
    let mut mistakes = Vec::new();
    let condition = bullet.condition(0..arrow, &mut mistakes);
    let certain = matches!(&condition, Some((Condition::When(_) | Condition::Otherwise, _)))
        || mistakes.iter().any(|mistake| mistake.code == Code::Expression);
    let from = mistakes.len();
    let consequence = consequence::read(&bullet, arrow..after, &mut mistakes);
    let decides = certain
        || consequence.is_some()
        || mistakes[from..].iter().any(|mistake| mistake.code == Code::Expression);
    let kind = match (condition, consequence) {
        (Some((condition, question)), Some(consequence)) if mistakes.is_empty() => {
            let span = bullet.slice.part(after..bullet.slice.text.len()).span();
            BulletKind::Decision(Box::new(Decision {
                condition,
                question,
                consequence,
                consequence_span: span,
            }))
        }
        _ => BulletKind::Broken,
    };
    Read { kind, mistakes, decides }
}

/// A bullet as if it had no arrow.
pub(crate) fn read_prose(block: &Block, source: &str) -> Prose {
    BulletText::of(block, source).prose()
}

/// The condition of a bullet that only waits for something: `… When `expression``.
pub(crate) fn when(
    block: &Block,
    source: &str,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Located<Expression>> {
    let bullet = BulletText::of(block, source);
    let all = 0..bullet.slice.text.len();
    if !bullet.has_when(&all) {
        return None;
    }
    match bullet.condition(all, mistakes) {
        Some((Condition::When(expression), _)) => Some(expression),
        _ => None,
    }
}

/// An expression in inline code, with its mistakes placed in the file.
pub(crate) fn expression(
    slice: Slice,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Located<Expression>> {
    match Expression::parse(&slice.text) {
        Ok(value) => Some(Located { value, span: slice.span(), slice }),
        Err(errors) => {
            mistakes.extend(syntax(errors, &slice));
            None
        }
    }
}

pub(crate) fn template(slice: Slice, mistakes: &mut Vec<Diagnostic>) -> Option<Located<Template>> {
    match Template::parse(&slice.text) {
        Ok(value) => Some(Located { value, span: slice.span(), slice }),
        Err(errors) => {
            mistakes.extend(syntax(errors, &slice));
            None
        }
    }
}

/// The mistakes of an expression, placed in the file.
pub(crate) fn syntax(errors: Vec<SyntaxError>, slice: &Slice) -> impl Iterator<Item = Diagnostic> {
    errors.into_iter().map(|error| {
        let span = slice.source(error.span);
        let diagnostic = Diagnostic::new(Code::Expression, span, error.message);
        error.help.into_iter().fold(diagnostic, Diagnostic::help)
    })
}

/// The words of a bullet and the code and bold in it; ranges are those of the text.
pub(crate) struct BulletText {
    pub slice: Slice,
    code: Vec<(Range<usize>, Slice)>,
    pub strong: Vec<Range<usize>>,
    pub links: Vec<Range<usize>>,
}

impl BulletText {
    fn of(block: &Block, source: &str) -> BulletText {
        let slice = block.slice(source);
        let mut bullet =
            BulletText { code: Vec::new(), strong: Vec::new(), links: Vec::new(), slice };
        for inline in &block.inlines {
            let start = bullet.slice.locate(inline.span.start);
            let end = bullet.slice.locate(inline.span.end.saturating_sub(1)) + 1;
            let range = start..end.min(bullet.slice.text.len());
            match inline.kind {
                InlineKind::Code => {
                    bullet.code.push((range, code_text(source, inline.span.clone())));
                }
                InlineKind::Strong => bullet.strong.push(range),
                InlineKind::Link => bullet.links.push(range),
            }
        }
        bullet
    }

    pub fn text(&self, range: Range<usize>) -> &str {
        self.slice.text.get(range).unwrap_or("")
    }

    pub fn place(&self, range: Range<usize>) -> Range<usize> {
        let end = self.slice.text.ceil_char_boundary(range.end.min(self.slice.text.len()));
        let range = self.slice.text.floor_char_boundary(range.start.min(end))..end;
        let part = self.slice.part(range.clone());
        if part.text.is_empty() { self.slice.source(range) } else { part.span() }
    }

    pub fn code_at(&self, at: usize) -> Option<&(Range<usize>, Slice)> {
        self.code.iter().find(|(range, _)| range.start == at)
    }

    fn in_code(&self, at: usize) -> bool {
        self.code.iter().any(|(range, _)| range.contains(&at))
    }

    /// Where the first arrow outside of code starts and ends.
    fn arrow(&self) -> Option<(usize, usize)> {
        let text = &self.slice.text;
        let found = text.match_indices('→').chain(text.match_indices("->"));
        let outside = found.filter(|(at, _)| !self.in_code(*at));
        outside.map(|(at, arrow)| (at, at + arrow.len())).min()
    }

    fn literals(&self, range: &Range<usize>) -> Vec<Text> {
        let inside = |code: &Range<usize>| range.start <= code.start && code.end <= range.end;
        let code = self.code.iter().filter(|(code, slice)| inside(code) && !slice.text.is_empty());
        code.map(|(_, slice)| Text { text: slice.text.clone(), span: slice.span() }).collect()
    }

    /// The text with inline code blanked out, so that words in it are not taken for the guide's.
    fn outside_code(&self, range: Range<usize>) -> String {
        let mut out = String::new();
        let mut at = range.start;
        for (code, _) in &self.code {
            if code.start >= at && code.end <= range.end {
                out.push_str(self.text(at..code.start));
                out.push(' ');
                at = code.end;
            }
        }
        out.push_str(self.text(at.min(range.end)..range.end));
        out
    }

    fn prose(&self) -> Prose {
        let all = 0..self.slice.text.len();
        let question = self.slice.text.trim_end().ends_with('?');
        let literals = if question { Vec::new() } else { self.literals(&all) };
        Prose { literals, question, words: plain(&self.outside_code(all)) }
    }

    /// The condition before the arrow, and the question before `When`.
    fn condition(
        &self,
        range: Range<usize>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<(Condition, Option<String>)> {
        let text = self.text(range.clone());
        let words = text.trim().trim_end_matches([',', ':']);
        if words.eq_ignore_ascii_case("otherwise") {
            return Some((Condition::Otherwise, None));
        }
        for (code, slice) in self.code.iter().filter(|(code, _)| code.end <= range.end) {
            let Some(before) = ends_with_when(self.text(range.start..code.start)) else { continue };
            let question = self.text(range.start..range.start + before).trim();
            let rest = self.text(code.end..range.end).trim().trim_end_matches([',', ':', '.']);
            if !rest.is_empty() {
                let message = "a condition is one expression in backticks";
                let help = "join expressions with && or || inside of the backticks";
                let span = self.place(code.end..range.end);
                mistakes.push(Diagnostic::new(Code::BadCondition, span, message).help(help));
            }
            let expression = expression(slice.clone(), mistakes)?;
            let question = Some(question.to_owned()).filter(|question| !question.is_empty());
            return Some((Condition::When(expression), question));
        }
        if has_lone_when(&self.outside_code(range.clone())) {
            let span = self.place(range.clone());
            let message = "the expression after `When` does not stand in backticks";
            let help = "write: When `expression` → consequence";
            mistakes.push(Diagnostic::new(Code::BadCondition, span, message).help(help));
            return None;
        }
        self.literal_condition(range, mistakes)
    }

    /// Whether a `When` stands in a range, with or without its expression.
    fn has_when(&self, range: &Range<usize>) -> bool {
        let code = self.code.iter().filter(|(code, _)| code.end <= range.end);
        let mut before = code.map(|(code, _)| self.text(range.start..code.start));
        before.any(|text| ends_with_when(text).is_some())
            || has_lone_when(&self.outside_code(range.clone()))
    }

    fn literal_condition(
        &self,
        range: Range<usize>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<(Condition, Option<String>)> {
        let literals = self.literals(&range);
        if literals.is_empty() {
            let message = "this decision does not say when it holds";
            let help =
                "before the arrow stand literals in backticks, When `expression`, or Otherwise";
            // Where nothing stands before the arrow, the arrow is marked.
            let empty = self.text(range.clone()).trim().is_empty();
            let span = self.place(range.start..range.end + usize::from(empty));
            mistakes.push(Diagnostic::new(Code::NoCondition, span, message).help(help));
            return None;
        }
        for pair in self.code.windows(2) {
            let between = pair[0].0.end..pair[1].0.start;
            if between.end <= range.end && self.text(between.clone()).trim() == "and" {
                let message = "`and` between literals: any one of them is enough";
                let help = "put a comma or `or` between literals; for both at once write When";
                let span = self.place(between);
                mistakes.push(Diagnostic::new(Code::BadCondition, span, message).help(help));
            }
        }
        Some((Condition::Literals(literals), None))
    }
}

/// Where the word `When` starts that a text ends with.
fn ends_with_when(text: &str) -> Option<usize> {
    let text = text.trim_end();
    let start = text.len().checked_sub(4)?;
    let word = text.get(start..)?;
    let apart = !text[..start].ends_with(|c: char| c.is_alphanumeric());
    (word.eq_ignore_ascii_case("when") && apart).then_some(start)
}

/// Whether a `When` begins a condition: at the start, or after a question.
fn has_lone_when(text: &str) -> bool {
    let starts = text.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("when "));
    starts || text.contains("? When ")
}
