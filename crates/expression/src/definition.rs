//! Names that stand for expressions.
//!
//! A name is replaced by the tree of what it stands for, so that it means the same wherever it is
//! used: what is not known, what an answer rests on and what an evaluation costs are as if the
//! expression were written out. An item of `exists` and the like hides a name, as it hides all
//! others.

use std::ops::Range;
use std::sync::Arc;

use evidence::Value;

use crate::functions::Function;
use crate::mistake;
use crate::parser::{HEIGHT_LIMIT, too_nested};
use crate::pattern::{self, Pattern};
use crate::syntax::{Call, Comprehension, Node, NodeKind, Operator};
use crate::{Expression, SyntaxError};

impl Expression {
    /// The same expression with some names standing for others, whose own names are replaced
    /// already. [`Expression::check`] sees the names as they are written.
    ///
    /// # Errors
    /// Every use by which the expression would become too deep, or mean something else than the
    /// definition does; the places are those of the uses.
    pub fn with_definitions(
        &self,
        definitions: &[(&str, &Expression)],
    ) -> Result<Expression, Vec<SyntaxError>> {
        let written = self.written_names();
        if !written.iter().any(|used| definitions.iter().any(|(name, _)| name == used)) {
            return Ok(self.clone());
        }
        let mut writer = Writer { definitions, items: Vec::new(), errors: Vec::new() };
        let meant = writer.write(&self.root, None);
        let mut errors = writer.errors;
        if errors.is_empty() && meant.height > HEIGHT_LIMIT {
            errors.push(mistake::too_deep(self.root.span()));
        }
        if errors.is_empty() {
            too_nested(&meant, 0, &mut errors);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Expression { meant: Arc::new(meant), ..self.clone() })
    }
}

struct Writer<'d> {
    definitions: &'d [(&'d str, &'d Expression)],
    /// The names of items at hand.
    items: Vec<Box<str>>,
    errors: Vec<SyntaxError>,
}

impl Writer<'_> {
    /// Writes a tree out. What stands in the place of a name has that name's place.
    fn write(&mut self, node: &Node, place: Option<&Range<usize>>) -> Node {
        let span = place.cloned().unwrap_or_else(|| node.span());
        if let NodeKind::Name(name) = &node.kind
            && place.is_none()
            && !self.items.contains(name)
            && let Some((_, meant)) = self.definitions.iter().find(|(own, _)| **own == **name)
        {
            self.hidden(name, meant, &span);
            return self.write(&meant.meant, Some(&span));
        }
        let mut write = |node: &Node| self.write(node, place);
        let kind = match &node.kind {
            NodeKind::Literal(value) => NodeKind::Literal(value.clone()),
            NodeKind::Name(name) => NodeKind::Name(name.clone()),
            NodeKind::Select(base, field) => NodeKind::Select(Box::new(write(base)), field.clone()),
            NodeKind::Has(base, field, at) => {
                let at = place.cloned().unwrap_or_else(|| at.clone());
                NodeKind::Has(Box::new(write(base)), field.clone(), at)
            }
            NodeKind::Index(list, index) => {
                NodeKind::Index(Box::new(write(list)), Box::new(write(index)))
            }
            NodeKind::List(items) => NodeKind::List(items.iter().map(write).collect()),
            NodeKind::Map(entries) => NodeKind::Map(
                entries.iter().map(|(key, value)| (write(key), write(value))).collect(),
            ),
            NodeKind::Not(operand) => NodeKind::Not(Box::new(write(operand))),
            NodeKind::Negate(operand) => NodeKind::Negate(Box::new(write(operand))),
            NodeKind::Junction(junction, terms) => {
                NodeKind::Junction(*junction, terms.iter().map(write).collect())
            }
            NodeKind::Binary(operator, left, right) => sum(*operator, write(left), write(right)),
            NodeKind::Choice(parts) => {
                let [condition, then, otherwise] = &**parts;
                NodeKind::Choice(Box::new([write(condition), write(then), write(otherwise)]))
            }
            NodeKind::Call(call) => {
                let arguments: Vec<Node> = call.arguments.iter().map(write).collect();
                NodeKind::Call(Box::new(Call {
                    pattern: self.pattern(call, &arguments),
                    arguments,
                    name: call.name.clone(),
                    name_span: place.cloned().unwrap_or_else(|| call.name_span.clone()),
                    function: call.function,
                    method: call.method,
                }))
            }
            NodeKind::Comprehension(over) => {
                let range = write(&over.range);
                self.items.push(over.variable.clone());
                let mut body =
                    |body: &Option<Node>| body.as_ref().map(|node| self.write(node, place));
                let (predicate, transform) = (body(&over.predicate), body(&over.transform));
                self.items.pop();
                NodeKind::Comprehension(Box::new(Comprehension {
                    range,
                    predicate,
                    transform,
                    variable: over.variable.clone(),
                    sort: over.sort,
                }))
            }
        };
        Node::new(kind, span)
    }

    /// The pattern of a call of `matches`, which a definition may have written out.
    fn pattern(&mut self, call: &Call, arguments: &[Node]) -> Option<Pattern> {
        if call.pattern.is_some() || call.function != Some(Function::Matches) {
            return call.pattern.clone();
        }
        match pattern::of(arguments.get(1)?)? {
            Ok(pattern) => Some(pattern),
            Err(mistake) => {
                self.errors.push(mistake);
                None
            }
        }
    }

    /// Notes where an item at hand has a name that the definition uses for something else.
    fn hidden(&mut self, name: &str, meant: &Expression, span: &Range<usize>) {
        let names = meant.names();
        let hidden = names.iter().find(|(used, _)| self.items.iter().any(|item| **item == **used));
        if let Some((hidden, _)) = hidden {
            self.errors.push(SyntaxError {
                message: format!("`{name}` uses `{hidden}`, which is the name of an item here"),
                span: span.clone(),
                help: Some("give the item another name".to_owned()),
            });
        }
    }
}

/// An operation; of two texts that are written out, `+` is one text, so that patterns can be put
/// together.
fn sum(operator: Operator, left: Node, right: Node) -> NodeKind {
    match (operator, &left.kind, &right.kind) {
        (
            Operator::Add,
            NodeKind::Literal(Value::Text(first)),
            NodeKind::Literal(Value::Text(second)),
        ) => NodeKind::Literal(Value::text(format!("{first}{second}"))),
        _ => NodeKind::Binary(operator, Box::new(left), Box::new(right)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Environment, Scope};

    fn parsed(text: &str) -> Expression {
        Expression::parse(text).unwrap()
    }

    fn value(expression: &Expression, environment: &Environment<'_>) -> Value {
        expression.evaluate(environment, &mut Budget::default()).value.unwrap()
    }

    #[test]
    fn a_name_means_what_it_stands_for_and_no_more_than_that() {
        let many = parsed("count > 3 || busy");
        let written = parsed("!many && many == (count > 3)");
        let meant = written.with_definitions(&[("many", &many)]).unwrap();
        let (count, busy) = (Value::Int(2), Value::Bool(false));
        let environment = Environment::new().with("count", &count).with("busy", &busy);
        assert_eq!(value(&meant, &environment), Value::Bool(true), "`!` is of the whole");
        let names: Vec<&str> = meant.names().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["count", "busy", "count", "busy", "count"]);
        assert_eq!(meant.written_names(), ["many", "many", "count"]);
        assert_eq!(meant.text(), written.text());
    }

    #[test]
    fn definitions_stand_on_earlier_ones() {
        let first = parsed("[1, 2, 3].filter(i, i > least)");
        let second = parsed("first.size()").with_definitions(&[("first", &first)]).unwrap();
        let used = parsed("second == 2").with_definitions(&[("second", &second)]).unwrap();
        let least = Value::Int(1);
        assert_eq!(value(&used, &Environment::new().with("least", &least)), Value::Bool(true));
    }

    #[test]
    fn an_item_hides_a_definition_and_may_not_hide_what_one_uses() {
        let definition = parsed("limit + 1");
        let own = parsed("[7].exists(more, more == 7)");
        let same = own.with_definitions(&[("more", &definition)]).unwrap();
        assert_eq!(value(&same, &Environment::new()), Value::Bool(true));
        let hides = parsed("[7].exists(limit, limit == more)");
        let errors = hides.with_definitions(&[("more", &definition)]).unwrap_err();
        assert_eq!(&hides.text()[errors[0].span.clone()], "more");
        assert!(errors[0].message.contains("`limit`"), "{}", errors[0].message);
    }

    #[test]
    fn patterns_may_have_names_and_be_put_together() {
        let (full, shut) = (parsed("'too many'"), parsed("'refused|reset'"));
        let definitions = [("full", &full), ("shut", &shut)];
        let written = parsed("'connection reset'.matches(full + '|' + shut)");
        assert_eq!(
            written
                .check(
                    &Scope::new()
                        .with("full", evidence::Shape::Text)
                        .with("shut", evidence::Shape::Text)
                )
                .len(),
            1
        );
        let meant = written.with_definitions(&definitions).unwrap();
        assert_eq!(value(&meant, &Environment::new()), Value::Bool(true));
        let scope = Scope::new();
        assert!(
            meant
                .check(
                    &scope.with("full", evidence::Shape::Text).with("shut", evidence::Shape::Text)
                )
                .is_empty()
        );
        let broken = parsed("'('");
        let errors =
            parsed("'a'.matches(full)").with_definitions(&[("full", &broken)]).unwrap_err();
        assert!(errors[0].message.contains("no regular expression"), "{}", errors[0].message);
    }

    #[test]
    fn limits_hold_of_what_is_meant() {
        let inner = parsed("[1].exists(a, [1].exists(b, a == b))");
        let outer = parsed("[1].exists(c, inner)");
        let errors = outer.with_definitions(&[("inner", &inner)]).unwrap_err();
        assert_eq!(&outer.text()[errors[0].span.clone()], "inner");
        let mut deep = parsed("x");
        let step = parsed("1 + (deep)");
        let refused = (0..100).find_map(|_| match step.with_definitions(&[("deep", &deep)]) {
            Ok(next) => {
                deep = next;
                None
            }
            Err(errors) => Some(errors),
        });
        assert!(refused.is_some(), "a chain of definitions is as deep as what it means");
    }

    #[test]
    fn mistakes_of_types_are_told_of_what_is_written() {
        let scope = Scope::new().with("count", evidence::Shape::Int);
        let many = parsed("count > 3");
        let scope = scope.clone().with("many", many.infer(&scope).0);
        let used = parsed("many + 1").with_definitions(&[("many", &many)]).unwrap();
        assert_eq!(used.check(&scope).len(), 1);
    }
}
