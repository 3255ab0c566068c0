//! `&&`, `||` and `!`.

use evidence::Value;

use super::held::{Held, Term};
use super::{Evaluator, Outcome, Stop, error};
use crate::EvalErrorKind;
use crate::syntax::{Junction, Node};

/// How parts that did not settle a junction come together.
#[derive(Default)]
pub(super) struct Undecided {
    pub(super) null: bool,
    pub(super) unknown: bool,
    pub(super) error: Option<Stop>,
}

impl Undecided {
    /// The value when no part settled it. What is not known wins over an error, and an error
    /// over null: the first could still settle it, and the second hides what could.
    pub(super) fn value<'t>(self, neutral: bool) -> Outcome<'t> {
        if self.unknown {
            return Err(Stop::Unknown);
        }
        match self.error {
            Some(error) => Err(error),
            None if self.null => Ok(Held::made(Value::Null)),
            None => Ok(Held::made(Value::Bool(neutral))),
        }
    }
}

impl<'t> Evaluator<'t, '_> {
    /// A truth value, noted in the trail; `None` for null.
    pub(super) fn truth(&mut self, node: &'t Node) -> Result<Option<bool>, Stop> {
        let held = self.eval(node)?;
        let truth = match &held.term {
            Term::Value(Value::Bool(truth)) => Some(*truth),
            Term::Value(Value::Null) => None,
            _ => {
                let message = format!("this is {}, not bool", held.type_name());
                return Err(error(EvalErrorKind::WrongType, message, node.span()));
            }
        };
        self.trail.note(&held);
        Ok(truth)
    }

    pub(super) fn not(&mut self, operand: &'t Node) -> Outcome<'t> {
        let truth = self.truth(operand)?;
        Ok(Held::made(truth.map_or(Value::Null, |truth| Value::Bool(!truth))))
    }

    #[inline(never)]
    pub(super) fn junction(&mut self, junction: Junction, terms: &'t [Node]) -> Outcome<'t> {
        let start = self.mark();
        let mut undecided = Undecided::default();
        for term in terms {
            if self.decides(junction.decisive(), term, start, &mut undecided) {
                return Ok(Held::made(Value::Bool(junction.decisive())));
            }
        }
        undecided.value(!junction.decisive())
    }

    /// Evaluates one part of a junction that began at `start`. When the part settles it, only
    /// what that part rests on stays in the trail; a part that says nothing leaves nothing there.
    pub(super) fn decides(
        &mut self,
        decisive: bool,
        part: &'t Node,
        start: super::Mark,
        undecided: &mut Undecided,
    ) -> bool {
        let before = self.mark();
        match self.truth(part) {
            Ok(Some(truth)) if truth == decisive => {
                self.trail.cut(start.traces, before.traces);
                self.unknowns.truncate(start.unknowns);
                return true;
            }
            Ok(Some(_)) => {}
            Ok(None) => undecided.null = true,
            Err(Stop::Unknown) => {
                self.trail.traces.truncate(before.traces);
                undecided.unknown = true;
            }
            Err(stop) => {
                self.reset(before);
                undecided.error.get_or_insert(stop);
            }
        }
        false
    }
}
