//! Tokens to a tree, by precedence.
//!
//! `choice` (`?:`), `junction` (`||`, `&&`), `operation` (the other binary operators, by the
//! strength of their binding), `unary`, `member` and `primary` call each other downwards.
//! Two limits keep every later recursion short: the depth of brackets and signs while
//! reading, and the height of the tree that comes out.

use std::ops::Range;

use evidence::Value;

use crate::SyntaxError;
use crate::functions::Function;
use crate::lexer::{Lexer, Token};
use crate::mistake::{macro_mistake, too_deep, too_long, unexpected};
use crate::pattern::{self, Pattern};
use crate::syntax::{Call, Comprehension, Junction, Node, NodeKind, Operator, Sort};

/// The longest condition, in bytes.
pub(crate) const TEXT_LIMIT: usize = 4096;
/// The deepest nesting of brackets, signs and choices.
pub(crate) const DEPTH_LIMIT: u16 = 32;
/// The tallest tree, which also bounds chains such as `a.b.c.d` and `1 + 2 + 3`.
pub(crate) const HEIGHT_LIMIT: u16 = 64;
/// The deepest nesting of `exists`, `all`, `filter` and `map` in each other's conditions.
pub(crate) const COMPREHENSION_LIMIT: u16 = 2;

/// Words that CEL keeps for languages around it.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

type Parsed<T> = Result<T, SyntaxError>;

/// Reads one expression from the start of a text. On success gives the tree and the first
/// token after it; otherwise every mistake found.
pub(crate) fn parse(text: &str) -> Result<(Node, Token<'_>, Range<usize>), Vec<SyntaxError>> {
    let mut parser = Parser {
        lexer: Lexer::new(text, 0),
        token: Token::End,
        span: 0..0,
        previous_end: 0,
        depth: 0,
        above: 0,
    };
    let outcome = parser.advance().and_then(|()| parser.choice());
    let mut errors = parser.lexer.errors;
    match outcome {
        Ok(node) => {
            if node.span().end > TEXT_LIMIT {
                errors.push(too_long(node.span().end));
            }
            too_nested(&node, 0, &mut errors);
            if errors.is_empty() {
                return Ok((node, parser.token, parser.span));
            }
        }
        Err(error) => errors.push(error),
    }
    errors.sort_by_key(|error| error.span.start);
    Err(errors)
}

/// Notes each comprehension that stands too deep in the conditions of others.
pub(crate) fn too_nested(node: &Node, depth: u16, errors: &mut Vec<SyntaxError>) {
    let NodeKind::Comprehension(over) = &node.kind else {
        node.each_child(&mut |child| too_nested(child, depth, errors));
        return;
    };
    if depth == COMPREHENSION_LIMIT {
        errors.push(SyntaxError {
            message: format!(
                "lists are gone through at most {COMPREHENSION_LIMIT} deep; this is one deeper"
            ),
            span: node.span(),
            help: None,
        });
        return;
    }
    too_nested(&over.range, depth, errors);
    for body in over.predicate.iter().chain(&over.transform) {
        too_nested(body, depth + 1, errors);
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    span: Range<usize>,
    previous_end: usize,
    depth: u16,
    /// How many operators stand above what is being read. Each will be a node of the tree, so
    /// that one too tall is refused on the way down, before it has taken the stack.
    above: u16,
}

impl<'t> Parser<'t> {
    fn advance(&mut self) -> Parsed<()> {
        self.previous_end = self.span.end;
        (self.token, self.span) = self.lexer.next()?;
        Ok(())
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(own) if own == symbol)
    }

    fn eat(&mut self, symbol: &str) -> Parsed<bool> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        unexpected(&self.token, self.span.clone(), wanted)
    }

    fn note(&mut self, span: Range<usize>, message: String, help: Option<&str>) {
        self.lexer.errors.push(SyntaxError { message, span, help: help.map(str::to_owned) });
    }

    /// Makes a node from `start` to the last token read.
    fn node(&self, kind: NodeKind, start: usize) -> Parsed<Node> {
        let node = Node::new(kind, start..self.previous_end);
        if node.height > HEIGHT_LIMIT { Err(too_deep(node.span())) } else { Ok(node) }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH_LIMIT {
            return Err(too_deep(self.span.clone()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Reads an operand that stands to the right of an operator.
    fn operand(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        if self.above >= HEIGHT_LIMIT {
            return Err(too_deep(self.span.clone()));
        }
        self.above += 1;
        let parsed = parse(self);
        self.above -= 1;
        parsed
    }

    fn choice(&mut self) -> Parsed<Node> {
        let start = self.span.start;
        let condition = self.junction(Junction::Or)?;
        if !self.eat("?")? {
            return Ok(condition);
        }
        let then = self.deeper(|parser| parser.junction(Junction::Or))?;
        self.expect(":")?;
        let otherwise = self.deeper(Parser::choice)?;
        self.node(NodeKind::Choice(Box::new([condition, then, otherwise])), start)
    }

    fn junction(&mut self, junction: Junction) -> Parsed<Node> {
        let start = self.span.start;
        let symbol = if junction == Junction::Or { "||" } else { "&&" };
        let term = |parser: &mut Self| match junction {
            Junction::Or => parser.junction(Junction::And),
            Junction::And => parser.operation(0),
        };
        let mut terms = vec![term(self)?];
        while self.eat(symbol)? {
            terms.push(self.operand(term)?);
        }
        match terms.pop() {
            Some(only) if terms.is_empty() => Ok(only),
            last => {
                terms.extend(last);
                self.node(NodeKind::Junction(junction, terms), start)
            }
        }
    }

    /// The operator at hand, and how strongly it binds.
    fn operator(&self) -> Option<(Operator, u8)> {
        Some(match self.token {
            Token::Word("in") => (Operator::In, 0),
            Token::Symbol(symbol) => match symbol {
                "==" => (Operator::Equal, 0),
                "!=" => (Operator::Unequal, 0),
                "<" => (Operator::Less, 0),
                "<=" => (Operator::LessOrEqual, 0),
                ">" => (Operator::Greater, 0),
                ">=" => (Operator::GreaterOrEqual, 0),
                "+" => (Operator::Add, 1),
                "-" => (Operator::Subtract, 1),
                "*" => (Operator::Multiply, 2),
                "/" => (Operator::Divide, 2),
                "%" => (Operator::Remainder, 2),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn operation(&mut self, strength: u8) -> Parsed<Node> {
        let start = self.span.start;
        let mut left = self.unary()?;
        while let Some((operator, own)) = self.operator().filter(|(_, own)| *own >= strength) {
            self.advance()?;
            let right = self.operand(|parser| parser.operation(own + 1))?;
            let kind = NodeKind::Binary(operator, Box::new(left), Box::new(right));
            left = self.node(kind, start)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Node> {
        let start = self.span.start;
        if self.eat("!")? {
            let operand = self.deeper(Parser::unary)?;
            return self.node(NodeKind::Not(Box::new(operand)), start);
        }
        if !self.eat("-")? {
            let primary = self.primary()?;
            return self.member(primary, start);
        }
        // The sign belongs to the number: the least `int` has no positive counterpart.
        let literal = match self.token {
            Token::Int(value) => Value::Int(self.whole(value, true)),
            Token::Double(value) => Value::Double(-value),
            _ => {
                let operand = self.deeper(Parser::unary)?;
                return self.node(NodeKind::Negate(Box::new(operand)), start);
            }
        };
        self.advance()?;
        let literal = self.node(NodeKind::Literal(literal), start)?;
        self.member(literal, start)
    }

    fn whole(&mut self, value: u64, negative: bool) -> i64 {
        let signed =
            if negative { 0i64.checked_sub_unsigned(value) } else { value.try_into().ok() };
        signed.unwrap_or_else(|| {
            let message = "this is no whole number of 64 bits with a sign".to_owned();
            self.note(self.span.clone(), message, None);
            0
        })
    }

    /// What follows a primary: fields, methods, indices.
    fn member(&mut self, mut base: Node, start: usize) -> Parsed<Node> {
        loop {
            if self.eat(".")? {
                let Token::Word(name) = self.token else {
                    return Err(self.unexpected("the name of a field"));
                };
                let name_span = self.span.clone();
                self.advance()?;
                let kind = if self.at("(") {
                    self.method(base, name, name_span)?
                } else {
                    self.keyword_as_name(name, &name_span);
                    NodeKind::Select(Box::new(base), name.into())
                };
                base = self.node(kind, start)?;
            } else if self.eat("[")? {
                let index = self.deeper(Parser::choice)?;
                self.expect("]")?;
                base = self.node(NodeKind::Index(Box::new(base), Box::new(index)), start)?;
            } else {
                return Ok(base);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Node> {
        let start = self.span.start;
        let literal = match &self.token {
            Token::Int(value) => {
                let value = *value;
                Value::Int(self.whole(value, false))
            }
            Token::Double(value) => Value::Double(*value),
            Token::Text(text) => Value::Text(text.clone()),
            Token::Word("true") => Value::Bool(true),
            Token::Word("false") => Value::Bool(false),
            Token::Word("null") => Value::Null,
            Token::Word(word) => {
                let word = *word;
                return self.name(word);
            }
            Token::Symbol("(") => {
                self.advance()?;
                let inner = self.deeper(Parser::choice)?;
                self.expect(")")?;
                return Ok(match inner.kind {
                    NodeKind::Name(_) => inner,
                    _ => inner.spanning(start..self.previous_end),
                });
            }
            Token::Symbol("[") => {
                self.advance()?;
                let items = self.sequence("]", Parser::choice)?;
                return self.node(NodeKind::List(items), start);
            }
            Token::Symbol("{") => {
                self.advance()?;
                let entries = self.sequence("}", |parser| {
                    let key = parser.choice()?;
                    parser.expect(":")?;
                    Ok((key, parser.choice()?))
                })?;
                return self.node(NodeKind::Map(entries), start);
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        self.node(NodeKind::Literal(literal), start)
    }

    /// Items with commas between them up to the closing bracket, which is read too.
    fn sequence<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        while !self.eat(close)? {
            items.push(self.deeper(&mut item)?);
            if !self.eat(",")? && !self.at(close) {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
        Ok(items)
    }

    fn name(&mut self, word: &'t str) -> Parsed<Node> {
        let span = self.span.clone();
        self.advance()?;
        if self.at("(") {
            let kind = self.function(word, span.clone())?;
            return self.node(kind, span.start);
        }
        if word == "not" && !matches!(self.token, Token::Symbol(_) | Token::End) {
            return Err(unexpected(&Token::Word(word), span, "a value"));
        }
        self.keyword_as_name(word, &span);
        if RESERVED.contains(&word) {
            let message = format!("`{word}` is a reserved word of CEL and names nothing");
            self.note(span.clone(), message, Some("choose another name where it is bound"));
        }
        self.node(NodeKind::Name(word.into()), span.start)
    }

    fn keyword_as_name(&mut self, word: &str, span: &Range<usize>) {
        if matches!(word, "true" | "false" | "null" | "in") {
            self.note(span.clone(), format!("`{word}` cannot be a name"), None);
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<Node>> {
        self.expect("(")?;
        self.sequence(")", Parser::choice)
    }

    /// A call without a receiver.
    fn function(&mut self, name: &str, name_span: Range<usize>) -> Parsed<NodeKind> {
        let arguments = self.arguments()?;
        if name != "has" {
            return Ok(self.call(name, name_span, false, arguments));
        }
        let count = arguments.len();
        let argument = arguments.into_iter().next().map(|node| (node.span(), node.kind));
        match argument {
            Some((span, NodeKind::Select(base, field))) if count == 1 => {
                Ok(NodeKind::Has(base, field, span))
            }
            _ => Err(SyntaxError {
                message: "`has` wants the field of something".to_owned(),
                span: name_span.start..self.previous_end,
                help: Some("write has(pod.node)".to_owned()),
            }),
        }
    }

    /// A call with a receiver: a macro over a list, or a function.
    fn method(&mut self, base: Node, name: &str, name_span: Range<usize>) -> Parsed<NodeKind> {
        let mut arguments = self.arguments()?;
        let Some(sort) = Sort::named(name) else {
            arguments.insert(0, base);
            return Ok(self.call(name, name_span, true, arguments));
        };
        let span = name_span.start..self.previous_end;
        let mut arguments = arguments.into_iter();
        let parts = (arguments.next(), arguments.next(), arguments.next(), arguments.next());
        let (variable, predicate, transform) = match (sort, parts) {
            (Sort::Map, (Some(name), Some(transform), None, None)) => (name, None, Some(transform)),
            (Sort::Map, (Some(name), predicate, Some(transform), None)) => {
                (name, predicate, Some(transform))
            }
            (Sort::Map, _) | (_, (None, ..) | (_, None, ..) | (_, _, Some(_), _)) => {
                return Err(macro_mistake(name, span));
            }
            (_, (Some(name), predicate, ..)) => (name, predicate, None),
        };
        let NodeKind::Name(variable) = variable.kind else {
            return Err(macro_mistake(name, variable.span()));
        };
        let over = Comprehension { sort, range: base, variable, predicate, transform };
        Ok(NodeKind::Comprehension(Box::new(over)))
    }

    fn call(
        &mut self,
        name: &str,
        name_span: Range<usize>,
        method: bool,
        arguments: Vec<Node>,
    ) -> NodeKind {
        let function = Function::named(name);
        let mut pattern = None;
        if function == Some(Function::Matches) && arguments.len() == 2 {
            pattern = self.pattern(&arguments[1]);
        }
        let name = name.into();
        NodeKind::Call(Box::new(Call { name, name_span, function, method, arguments, pattern }))
    }

    /// A pattern is read here, once, where it is written out; a name of one may be written out
    /// later.
    fn pattern(&mut self, argument: &Node) -> Option<Pattern> {
        match pattern::of(argument)? {
            Ok(pattern) => Some(pattern),
            Err(mistake) => {
                self.note(mistake.span, mistake.message, None);
                None
            }
        }
    }
}
