//! Functions of texts. Positions count characters, as in Kubernetes' string library.

use std::sync::Arc;

use evidence::Value;

use super::call::bad;
use super::held::{Held, Term};
use super::{Evaluator, Outcome, Stop, error, too_large};
use crate::functions::Function;
use crate::syntax::{Call, Node};
use crate::{Budget, EvalErrorKind};

/// The text among the arguments at a position.
fn text_at<'h>(arguments: &'h [Held<'_>], at: usize) -> Option<&'h str> {
    match arguments.get(at).map(|held| &held.term) {
        Some(Term::Value(Value::Text(text))) => Some(text),
        _ => None,
    }
}

/// The whole number among the arguments at a position.
fn int_at(arguments: &[Held<'_>], at: usize) -> Option<i64> {
    match arguments.get(at).map(|held| &held.term) {
        Some(Term::Value(Value::Int(value))) => Some(*value),
        _ => None,
    }
}

/// How many at most: a negative number, or none, means all.
fn limit_at(arguments: &[Held<'_>], at: usize) -> usize {
    int_at(arguments, at).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

impl<'t> Evaluator<'t, '_> {
    pub(super) fn of_text(
        &mut self,
        function: Function,
        text: &Arc<str>,
        arguments: &[Held<'t>],
        call: &Call,
        node: &Node,
    ) -> Outcome<'t> {
        self.charge(text.len() / 64, node)?;
        let other = text_at(arguments, 0);
        let value = match (function, other) {
            (Function::Size, _) => Value::Int(text.chars().count() as i64),
            (Function::Contains, Some(part)) => Value::Bool(text.contains(part)),
            (Function::StartsWith, Some(part)) => Value::Bool(text.starts_with(part)),
            (Function::EndsWith, Some(part)) => Value::Bool(text.ends_with(part)),
            (Function::Matches, Some(part)) => {
                // In the worst case the matcher goes through the text once for each state of the pattern.
                self.charge(text.len() / 16 * (1 + part.len() / 32), node)?;
                let pattern = call.pattern.as_ref().ok_or_else(|| bad(call, node))?;
                Value::Bool(pattern.is_match(text).ok_or_else(|| bad(call, node))?)
            }
            (Function::IndexOf, Some(part)) => position(text, text.find(part)),
            (Function::LastIndexOf, Some(part)) => position(text, text.rfind(part)),
            (Function::Split, Some(separator)) => {
                self.split(text, separator, limit_at(arguments, 1), node)?
            }
            (Function::Trim, _) => self.made_text(text.trim(), node)?,
            (Function::LowerAscii, _) => self.made_text(&text.to_ascii_lowercase(), node)?,
            (Function::UpperAscii, _) => self.made_text(&text.to_ascii_uppercase(), node)?,
            (Function::Replace, Some(from)) => {
                let to = text_at(arguments, 1).ok_or_else(|| bad(call, node))?;
                self.replace(text, from, to, limit_at(arguments, 2), node)?
            }
            (Function::Substring | Function::CharAt, _) => {
                let part = self.part(function, text, arguments, node)?;
                Value::text(part)
            }
            _ => return Err(bad(call, node)),
        };
        Ok(Held::made(value))
    }

    fn made_text(&mut self, text: &str, node: &Node) -> Result<Value, Stop> {
        if text.len() > Budget::TEXT {
            return Err(too_large(node.span()));
        }
        Ok(Value::text(text))
    }

    fn split(
        &mut self,
        text: &str,
        separator: &str,
        limit: usize,
        node: &Node,
    ) -> Result<Value, Stop> {
        let mut items: Vec<Value> = Vec::new();
        let most = limit.min(Budget::LIST + 1);
        if separator.is_empty() {
            // Between all characters, not also around them.
            let mut rest = text;
            while let Some(c) = rest.chars().next().filter(|_| items.len() + 1 < most) {
                items.push(Value::text(&rest[..c.len_utf8()]));
                rest = &rest[c.len_utf8()..];
            }
            if !rest.is_empty() && most > 0 {
                items.push(Value::text(rest));
            }
        } else {
            items.extend(text.splitn(most, separator).map(Value::text));
        }
        if items.len() > Budget::LIST {
            return Err(too_large(node.span()));
        }
        self.charge(items.len(), node)?;
        Ok(Value::list(items))
    }

    fn replace(
        &mut self,
        text: &str,
        from: &str,
        to: &str,
        limit: usize,
        node: &Node,
    ) -> Result<Value, Stop> {
        let count = text.matches(from).take(limit).count();
        let length = text.len() - count * from.len() + count.saturating_mul(to.len());
        if length > Budget::TEXT {
            return Err(too_large(node.span()));
        }
        self.charge(length / 64, node)?;
        Ok(Value::text(text.replacen(from, to, limit)))
    }

    /// `substring` and `charAt`.
    fn part(
        &mut self,
        function: Function,
        text: &str,
        arguments: &[Held<'t>],
        node: &Node,
    ) -> Result<String, Stop> {
        let length = text.chars().count();
        let at = |index: usize| int_at(arguments, index).map(usize::try_from);
        let (start, end) = match (function, at(0), at(1)) {
            (Function::CharAt, Some(Ok(at)), _) if at == length => (at, at),
            (Function::CharAt, Some(Ok(at)), _) => (at, at.saturating_add(1)),
            (_, Some(Ok(start)), None) => (start, length),
            (_, Some(Ok(start)), Some(Ok(end))) => (start, end),
            _ => (1, 0),
        };
        if start > end || end > length {
            let message = format!("beyond the {length} characters of the text");
            return Err(error(EvalErrorKind::OutOfRange, message, node.span()));
        }
        if text.len() > Budget::TEXT {
            return Err(too_large(node.span()));
        }
        Ok(text.chars().skip(start).take(end - start).collect())
    }
}

/// A byte position as a number of characters; -1 for none.
fn position(text: &str, found: Option<usize>) -> Value {
    Value::Int(found.map_or(-1, |at| text[..at].chars().count() as i64))
}
