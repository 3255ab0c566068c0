//! A condition, read once and evaluated often.

use std::ops::Range;
use std::sync::Arc;

use crate::lexer::Token;
use crate::parser::{self, TEXT_LIMIT};
use crate::syntax::{Node, NodeKind};
use crate::{Budget, Environment, SyntaxError, Verdict, evaluate, mistake};

/// An expression of the language, read and ready to be checked and evaluated.
///
/// Copying it copies a pointer. Two expressions are equal when their texts are.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(crate) text: Arc<str>,
    /// As it is written.
    pub(crate) root: Arc<Node>,
    /// With definitions in the place of their names.
    pub(crate) meant: Arc<Node>,
}

impl Expression {
    /// Reads a text.
    ///
    /// # Errors
    /// Every mistake that could be told from the text alone, in the order of their places.
    pub fn parse(text: &str) -> Result<Expression, Vec<SyntaxError>> {
        if text.len() > TEXT_LIMIT {
            return Err(vec![mistake::too_long(text.len())]);
        }
        let (root, next, span) = parser::parse(text)?;
        if next != Token::End {
            return Err(vec![mistake::unexpected(&next, span, "an operator or the end")]);
        }
        Ok(Expression::of(text, root))
    }

    /// Reads an expression from the start of a text that goes on with `}`, and says where.
    pub(crate) fn parse_insertion(text: &str) -> Result<(Expression, usize), Vec<SyntaxError>> {
        let (root, next, span) = parser::parse(text)?;
        if next != Token::Symbol("}") {
            return Err(vec![mistake::unexpected(&next, span, "an operator or `}`")]);
        }
        let end = span.start;
        Ok((Expression::of(&text[..end], root), end))
    }

    fn of(text: &str, root: Node) -> Expression {
        let root = Arc::new(root);
        Expression { text: text.into(), meant: root.clone(), root }
    }

    /// The text that it was read from. All places are in bytes from its start.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names that an environment must bind, each use with its place, in the order of the
    /// text. The names that `exists` and the like give to items are not among them, nor are those
    /// that stand for other expressions: the names of these are.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        free_names(&self.meant, &mut Vec::new(), &mut names);
        names
    }

    /// The names as they are written, each use, in the order of the text.
    pub fn written_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        free_names(&self.root, &mut Vec::new(), &mut names);
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// Evaluates the expression. The same expression, environment and budget give the same verdict.
    pub fn evaluate(&self, environment: &Environment<'_>, budget: &mut Budget) -> Verdict {
        evaluate::evaluate(&self.meant, environment, budget)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Expression {
    type Err = Vec<SyntaxError>;

    fn from_str(text: &str) -> Result<Expression, Vec<SyntaxError>> {
        Expression::parse(text)
    }
}

fn free_names<'n>(
    node: &'n Node,
    bound: &mut Vec<&'n str>,
    names: &mut Vec<(&'n str, Range<usize>)>,
) {
    match &node.kind {
        NodeKind::Name(name) if !bound.contains(&&**name) => names.push((name, node.span())),
        NodeKind::Comprehension(over) => {
            free_names(&over.range, bound, names);
            bound.push(&over.variable);
            for body in over.predicate.iter().chain(&over.transform) {
                free_names(body, bound, names);
            }
            bound.pop();
        }
        _ => node.each_child(&mut |child| free_names(child, bound, names)),
    }
}
