//! The tree that a condition is read into.

use std::ops::Range;

use evidence::Value;

use crate::functions::Function;
use crate::pattern::Pattern;

/// A node and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    start: u32,
    end: u32,
    /// The length of the longest way down from here, which bounds the evaluator's recursion.
    pub(crate) height: u16,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Null, bool, int, double or text.
    Literal(Value),
    Name(Box<str>),
    Select(Box<Node>, Box<str>),
    /// `has(base.field)`, with the place of `base.field`.
    Has(Box<Node>, Box<str>, Range<usize>),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Junction(Junction, Vec<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// `condition ? then : otherwise`.
    Choice(Box<[Node; 3]>),
    Call(Box<Call>),
    Comprehension(Box<Comprehension>),
}

/// Terms joined by `&&` or `||`. Any number of them is one node, so a long chain is not deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Junction {
    And,
    Or,
}

impl Junction {
    /// The value of one term that settles the whole.
    pub(crate) fn decisive(self) -> bool {
        self == Junction::Or
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: Box<str>,
    pub(crate) name_span: Range<usize>,
    /// `None` for a name that the language does not have; the checker says so.
    pub(crate) function: Option<Function>,
    /// Whether it is written `receiver.name(…)`; the receiver is the first argument then.
    pub(crate) method: bool,
    pub(crate) arguments: Vec<Node>,
    /// The pattern of `matches`.
    pub(crate) pattern: Option<Pattern>,
}

/// The macros over lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Exists,
    All,
    ExistsOne,
    Filter,
    Map,
}

impl Sort {
    pub(crate) const NAMES: [(&'static str, Sort); 5] = [
        ("exists", Sort::Exists),
        ("all", Sort::All),
        ("exists_one", Sort::ExistsOne),
        ("filter", Sort::Filter),
        ("map", Sort::Map),
    ];

    pub(crate) fn named(name: &str) -> Option<Sort> {
        Sort::NAMES.iter().find(|(own, _)| *own == name).map(|(_, sort)| *sort)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub(crate) sort: Sort,
    pub(crate) range: Node,
    pub(crate) variable: Box<str>,
    /// Absent only for `map(x, f)`.
    pub(crate) predicate: Option<Node>,
    /// Present only for `map`.
    pub(crate) transform: Option<Node>,
}

impl Node {
    pub(crate) fn new(kind: NodeKind, span: Range<usize>) -> Node {
        let mut node = Node { kind, start: span.start as u32, end: span.end as u32, height: 0 };
        let mut height = 0;
        node.each_child(&mut |child| height = height.max(child.height));
        node.height = height + 1;
        node
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The same node over a wider place, for parentheses.
    pub(crate) fn spanning(mut self, span: Range<usize>) -> Node {
        self.start = span.start as u32;
        self.end = span.end as u32;
        self
    }

    /// Hands over the nodes directly under this one, in the order of the text.
    pub(crate) fn each_child<'n>(&'n self, see: &mut dyn FnMut(&'n Node)) {
        match &self.kind {
            NodeKind::Literal(_) | NodeKind::Name(_) => {}
            NodeKind::Select(base, _)
            | NodeKind::Has(base, ..)
            | NodeKind::Not(base)
            | NodeKind::Negate(base) => see(base),
            NodeKind::Index(left, right) | NodeKind::Binary(_, left, right) => {
                see(left);
                see(right);
            }
            NodeKind::List(nodes) | NodeKind::Junction(_, nodes) => nodes.iter().for_each(see),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    see(key);
                    see(value);
                }
            }
            NodeKind::Choice(parts) => parts.iter().for_each(see),
            NodeKind::Call(call) => call.arguments.iter().for_each(see),
            NodeKind::Comprehension(over) => {
                see(&over.range);
                over.predicate.iter().for_each(&mut *see);
                over.transform.iter().for_each(see);
            }
        }
    }
}
