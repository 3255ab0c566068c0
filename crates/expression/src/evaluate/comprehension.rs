//! `exists`, `all`, `exists_one`, `filter` and `map`.
//!
//! A list that may be incomplete never proves that something is not there: what was not
//! seen takes part as one more item of which nothing is known.

use std::sync::Arc;

use evidence::{List, Unseen, Value};

use super::held::{Held, Origin, Term, Trace};
use super::junction::Undecided;
use super::{Evaluator, Local, Mark, Outcome, Stop, error, keep, too_large};
use crate::syntax::{Comprehension, Node, Sort};
use crate::{Budget, EvalErrorKind, Verdict};

/// The list that is gone through, and where it was read.
struct Span<'t> {
    list: Arc<List>,
    held: Held<'t>,
}

/// What a condition says of one item.
enum Choice {
    Taken,
    Left,
    Unknown(Unseen),
}

impl<'t> Evaluator<'t, '_> {
    #[inline(never)]
    pub(super) fn comprehension(&mut self, over: &'t Comprehension, node: &'t Node) -> Outcome<'t> {
        let held = self.eval(&over.range)?;
        let list = match &held.term {
            Term::Value(Value::List(list)) => list.clone(),
            Term::Value(Value::Null) => Arc::default(),
            Term::Value(Value::Map(map)) => {
                let items = map.keys().map(|key| Value::text(key.as_str())).collect();
                Arc::new(List { items, missing: None })
            }
            _ => {
                let message = format!("{} is no list", held.type_name());
                return Err(error(EvalErrorKind::WrongType, message, over.range.span()));
            }
        };
        let span = Span { list, held };
        match over.sort {
            Sort::Exists => self.quantified(true, over, &span),
            Sort::All => self.quantified(false, over, &span),
            Sort::ExistsOne => self.exists_one(over, &span),
            Sort::Filter => self.filter(over, &span),
            Sort::Map => self.map_list(over, &span, node),
        }
    }

    fn enter(&mut self, over: &'t Comprehension, span: &Span<'t>, item: &Value) {
        let (origin, field) = (span.held.origin.clone(), span.held.field);
        self.locals.push(Local { name: &over.variable, raw: item.clone(), origin, field });
    }

    /// `exists` (settled by true) and `all` (settled by false).
    fn quantified(
        &mut self,
        decisive: bool,
        over: &'t Comprehension,
        span: &Span<'t>,
    ) -> Outcome<'t> {
        let start = self.mark();
        let mut undecided = Undecided::default();
        let Some(predicate) = &over.predicate else { return Err(Stop::Unknown) };
        for item in &span.list.items {
            let before = self.mark();
            self.enter(over, span, item);
            let decided = self.decides(decisive, predicate, start, &mut undecided);
            if decided && self.trail.traces.len() == start.traces {
                self.note_item();
            }
            self.locals.pop();
            if decided {
                return Ok(Held::made(Value::Bool(decisive)));
            }
            self.trail.traces.truncate(start.traces + Verdict::CITES);
            self.thin_unknowns(start, before);
            if self.budget.is_spent() {
                break;
            }
        }
        if let Some(unseen) = &span.list.missing {
            self.unknowns.push(unseen.clone());
            undecided.unknown = true;
        }
        if span.list.items.is_empty() {
            self.trail.note(&span.held);
        }
        undecided.value(!decisive)
    }

    /// Notes the item at hand, for a condition that looked at nothing else.
    fn note_item(&mut self) {
        let Some(local) = self.locals.last() else { return };
        let (raw, origin, field) = (local.raw.clone(), local.origin.clone(), local.field);
        if let Ok(held) = self.admit(&raw, origin, field) {
            self.trail.note(&held);
        }
    }

    /// Asks the condition of the item at hand. What the answer rests on is taken out of the
    /// trail and handed over.
    fn choose(
        &mut self,
        predicate: &'t Node,
        rests_on: &mut Vec<Trace<'t>>,
    ) -> Result<Choice, Stop> {
        let before = self.mark();
        let truth = self.truth(predicate);
        let found = self.trail.traces.drain(before.traces..);
        match truth {
            Ok(truth) => {
                rests_on.extend(found);
                Ok(if truth == Some(true) { Choice::Taken } else { Choice::Left })
            }
            Err(Stop::Unknown) => {
                drop(found);
                let unseen = self.unknowns.get(before.unknowns).cloned();
                self.unknowns.truncate(before.unknowns);
                unseen.map(Choice::Unknown).ok_or(Stop::Unknown)
            }
            Err(stop) => Err(stop),
        }
    }

    fn exists_one(&mut self, over: &'t Comprehension, span: &Span<'t>) -> Outcome<'t> {
        let Some(predicate) = &over.predicate else { return Err(Stop::Unknown) };
        let (mut matches, mut others) = (Vec::new(), Vec::new());
        let mut count = 0;
        let start = self.mark();
        for item in &span.list.items {
            self.enter(over, span, item);
            let mut rests_on = Vec::new();
            let choice = self.choose(predicate, &mut rests_on);
            self.locals.pop();
            match choice? {
                Choice::Taken => {
                    count += 1;
                    matches.append(&mut rests_on);
                }
                Choice::Left => others.append(&mut rests_on),
                Choice::Unknown(unseen) => self.unknowns.push(unseen),
            }
            matches.truncate(Verdict::CITES);
            others.truncate(Verdict::CITES);
        }
        self.unknowns.extend(span.list.missing.clone());
        if count < 2 && self.unknowns.len() > start.unknowns {
            return Err(Stop::Unknown);
        }
        self.reset(start);
        self.trail.traces.append(if count == 0 { &mut others } else { &mut matches });
        if span.list.items.is_empty() {
            self.trail.note(&span.held);
        }
        Ok(Held::made(Value::Bool(count == 1)))
    }

    /// The items for which the condition holds. An item of which that is not known makes the
    /// result incomplete; what was left out is what an empty result rests on.
    fn filter(&mut self, over: &'t Comprehension, span: &Span<'t>) -> Outcome<'t> {
        let Some(predicate) = &over.predicate else { return Err(Stop::Unknown) };
        let mut items = Vec::new();
        let mut missing = span.list.missing.clone();
        let mut rests_on = Vec::new();
        for item in &span.list.items {
            self.enter(over, span, item);
            let choice = self.choose(predicate, &mut rests_on);
            self.locals.pop();
            rests_on.truncate(Verdict::CITES);
            match choice? {
                Choice::Taken => items.push(item.clone()),
                Choice::Left => {}
                Choice::Unknown(unseen) => {
                    missing.get_or_insert(unseen);
                }
            }
        }
        let emptied = items.is_empty() && !rests_on.is_empty();
        if emptied {
            self.trail.traces.append(&mut rests_on);
        }
        let origin: Option<Origin> = span.held.origin.clone().filter(|_| !emptied);
        let list = Value::List(Arc::new(List { items, missing }));
        Ok(Held { term: Term::Value(list), origin, field: span.held.field })
    }

    /// The values made of the items; one that is not known is an unknown item of the result.
    fn map_list(
        &mut self,
        over: &'t Comprehension,
        span: &Span<'t>,
        node: &'t Node,
    ) -> Outcome<'t> {
        let Some(transform) = &over.transform else { return Err(Stop::Unknown) };
        if span.list.items.len() > Budget::LIST {
            return Err(too_large(node.span()));
        }
        let mut items = Vec::with_capacity(span.list.items.len());
        let mut missing = span.list.missing.clone();
        let mut field = None;
        let start = self.mark();
        for item in &span.list.items {
            self.enter(over, span, item);
            let mapped = self.map_item(over, transform, &mut missing, &mut field);
            self.locals.pop();
            items.extend(mapped?);
            self.trail.traces.truncate(start.traces + Verdict::CITES);
        }
        let list = Value::List(Arc::new(List { items, missing }));
        let origin = span.held.origin.clone().filter(|_| span.list.items.is_empty());
        Ok(Held { term: Term::Value(list), origin, field: field.or(span.held.field) })
    }

    /// What becomes of the item at hand; `None` when the condition leaves it out.
    fn map_item(
        &mut self,
        over: &'t Comprehension,
        transform: &'t Node,
        missing: &mut Option<Unseen>,
        field: &mut Option<&'t str>,
    ) -> Result<Option<Value>, Stop> {
        if let Some(predicate) = &over.predicate {
            match self.choose(predicate, &mut Vec::new())? {
                Choice::Taken => {}
                Choice::Left => return Ok(None),
                Choice::Unknown(unseen) => {
                    missing.get_or_insert(unseen);
                    return Ok(None);
                }
            }
        }
        let before: Mark = self.mark();
        match self.eval(transform) {
            Ok(held) => {
                *field = held.field;
                keep(held, transform).map(Some)
            }
            Err(Stop::Unknown) => {
                let unseen = self.unknowns.get(before.unknowns).cloned();
                self.reset(before);
                unseen.map(|unseen| Some(Value::Unknown(unseen))).ok_or(Stop::Unknown)
            }
            Err(stop) => Err(stop),
        }
    }
}
