//! Text with insertions: `{pod.name} cannot pull {image.image}`.

use std::ops::Range;

use evidence::Value;

use crate::check::TypeError;
use crate::types::Scope;
use crate::{Budget, Cite, Environment, Expression, SyntaxError, Verdict};

/// A text with expressions in braces. `{{` stands for `{` and `}}` for `}`; a `}` that closes
/// nothing stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words, with doubled braces made single.
    Text(String),
    /// An expression.
    Insertion {
        /// The expression; its places count from `span.start`.
        expression: Expression,
        /// Where it stands in the template, without the braces.
        span: Range<usize>,
    },
}

impl Template {
    /// The longest template, in bytes.
    pub const LIMIT: usize = 16 * 1024;

    /// Reads a template.
    ///
    /// # Errors
    /// The mistakes of all insertions, with their places in the template.
    pub fn parse(text: &str) -> Result<Template, Vec<SyntaxError>> {
        if text.len() > Template::LIMIT {
            let message = format!("a sentence has at most {} bytes", Template::LIMIT);
            return Err(vec![SyntaxError { message, span: 0..text.len(), help: None }]);
        }
        let (mut pieces, mut errors) = (Vec::new(), Vec::new());
        let (mut words, mut at) = (String::new(), 0);
        while let Some(found) = text[at..].find(['{', '}']) {
            let brace = at + found;
            words.push_str(&text[at..brace]);
            let rest = &text[brace..];
            at = brace + 1;
            if rest.starts_with("{{") || rest.starts_with("}}") {
                words.push_str(&rest[..1]);
                at += 1;
            } else if rest.starts_with('}') {
                words.push('}');
            } else {
                if !words.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut words)));
                }
                match Expression::parse_insertion(&text[at..]) {
                    Ok((expression, length)) => {
                        pieces.push(Piece::Insertion { expression, span: at..at + length });
                        at += length + 1;
                    }
                    Err(found) => {
                        let start = at;
                        // Read on behind the brace that closes, as far as that can be told.
                        let last = found.iter().map(|error| error.span.start).max().unwrap_or(0);
                        let close = text[start + last..].find('}');
                        at = close.map_or(text.len(), |close| start + last + close + 1);
                        errors.extend(found.into_iter().map(|error| shifted(error, start)));
                    }
                }
            }
        }
        words.push_str(&text[at..]);
        if !words.is_empty() {
            pieces.push(Piece::Text(words));
        }
        if errors.is_empty() { Ok(Template { pieces }) } else { Err(errors) }
    }

    /// The same text with some names standing for expressions: see
    /// [`Expression::with_definitions`].
    ///
    /// # Errors
    /// The mistakes of all insertions, with their places in the template.
    pub fn with_definitions(
        &self,
        definitions: &[(&str, &Expression)],
    ) -> Result<Template, Vec<SyntaxError>> {
        let (mut pieces, mut errors) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            match piece {
                Piece::Text(words) => pieces.push(Piece::Text(words.clone())),
                Piece::Insertion { expression, span } => {
                    match expression.with_definitions(definitions) {
                        Ok(expression) => {
                            pieces.push(Piece::Insertion { expression, span: span.clone() });
                        }
                        Err(found) => {
                            errors
                                .extend(found.into_iter().map(|error| shifted(error, span.start)));
                        }
                    }
                }
            }
        }
        if errors.is_empty() { Ok(Template { pieces }) } else { Err(errors) }
    }

    /// The names as they are written, each use, in the order of the text.
    pub fn written_names(&self) -> Vec<&str> {
        self.insertions().flat_map(|(expression, _)| expression.written_names()).collect()
    }

    /// The parts, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The expressions and where they stand.
    pub fn insertions(&self) -> impl Iterator<Item = (&Expression, Range<usize>)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Insertion { expression, span } => Some((expression, span.clone())),
        })
    }

    /// Every mistake that the types of the names tell, with its place in the template.
    pub fn check(&self, scope: &Scope) -> Vec<TypeError> {
        let mut errors = Vec::new();
        for (expression, span) in self.insertions() {
            errors.extend(expression.check(scope).into_iter().map(|error| TypeError {
                span: span.start + error.span.start..span.start + error.span.end,
                ..error
            }));
        }
        errors
    }

    /// The names that an environment must bind, each use with its place in the template.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        for (expression, span) in self.insertions() {
            let own = expression.names().into_iter();
            names.extend(own.map(|(name, at)| (name, span.start + at.start..span.start + at.end)));
        }
        names
    }

    /// The text with the values put in, and what they rest on. In the place of what is not known
    /// stands the sort of reason, such as `[not shown]`, and what could not be computed is said to
    /// be so.
    pub fn render(
        &self,
        environment: &Environment<'_>,
        budget: &mut Budget,
    ) -> (String, Vec<Cite>) {
        let mut text = String::new();
        let mut cites: Vec<Cite> = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(words) => text.push_str(words),
                Piece::Insertion { expression, .. } => {
                    let verdict = expression.evaluate(environment, budget);
                    match verdict.value {
                        Ok(Value::Unknown(unseen)) => {
                            text.push_str(&format!("[{}]", unseen.kind.word()));
                        }
                        Ok(value) => push_bounded(&mut text, &value.to_string()),
                        Err(error) => text.push_str(&format!("(not computed: {error})")),
                    }
                    for cite in verdict.because {
                        if cites.len() < Verdict::CITES && !cites.contains(&cite) {
                            cites.push(cite);
                        }
                    }
                }
            }
        }
        (text, cites)
    }
}

/// Adds a value, cut where it is too long for a sentence.
fn push_bounded(text: &mut String, value: &str) {
    if value.len() <= Template::LIMIT {
        text.push_str(value);
        return;
    }
    let end = (0..=Template::LIMIT).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
    text.push_str(&value[..end]);
    text.push_str(" (cut)");
}

fn shifted(error: SyntaxError, by: usize) -> SyntaxError {
    SyntaxError { span: error.span.start + by..error.span.end + by, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        let name = Value::text("web-0");
        let environment = Environment::new().with("name", &name);
        let template = Template::parse(text).unwrap();
        template.render(&environment, &mut Budget::default()).0
    }

    #[test]
    fn values_stand_where_the_braces_stood() {
        assert_eq!(rendered("{name}: {1 + 1} of {size(name)}"), "web-0: 2 of 5");
        assert_eq!(rendered(""), "");
        assert_eq!(rendered("plain"), "plain");
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(rendered("{{name}} {name}}} }"), "{name} web-0} }");
    }

    #[test]
    fn braces_inside_an_expression_belong_to_it() {
        assert_eq!(rendered(r#"{ "}" + '{' }{ {"a": "b}"}.a }."#), "}{b}.");
    }

    #[test]
    fn every_insertion_with_a_mistake_is_reported_at_its_place() {
        let text = "a {name +} b {name = 1} c {name";
        let errors = Template::parse(text).unwrap_err();
        let places: Vec<&str> = errors.iter().map(|error| &text[error.span.clone()]).collect();
        assert_eq!(places, ["}", "=", ""]);
    }

    #[test]
    fn a_text_without_an_end_does_not_hide_later_mistakes() {
        let errors = Template::parse("{\"a} and {b c}").unwrap_err();
        assert_eq!(errors.len(), 2, "{errors:?}");
    }

    #[test]
    fn type_errors_have_their_place_in_the_template() {
        let template = Template::parse("see {nane}").unwrap();
        let errors = template.check(&Scope::new().with("name", evidence::Shape::Text));
        assert_eq!(errors[0].span, 5..9);
        assert_eq!(errors[0].help.as_deref(), Some("did you mean `name`?"));
    }
}
