//! One run of one guide on one object.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{Inquiry, Object, ObjectRef, Pending, Question, Reply};
use expression::Cite;
use guide::{Form, Guide, Step};
use lexicon::Lexicon;

use crate::Book;
use crate::report::{Confidence, Verdict};
use crate::state::{End, Finding, GuideRun, Jump, State, Weighed, line};
use crate::{passage, prose, registry, weigh};

/// How deep guides may send to other guides.
const MOST_DEPTH: usize = 6;
/// How many objects one decision may send another guide to.
const MOST_OBJECTS: usize = 32;

/// What a run is made with.
pub(crate) struct Engine<'a> {
    pub(crate) book: &'a Book,
    pub(crate) inquiry: &'a Inquiry<'a>,
    pub(crate) lexicon: &'static Lexicon,
}

impl<'a> Engine<'a> {
    /// Runs a guide on an object.
    ///
    /// # Errors
    /// [`Pending`] while questions are open.
    pub(crate) fn run(
        &self,
        guide: &Arc<Guide>,
        subject: &Arc<Object>,
    ) -> Result<GuideRun, Pending> {
        self.run_from(guide, subject, &mut Vec::new())
    }

    fn run_from(
        &self,
        guide: &Arc<Guide>,
        subject: &Arc<Object>,
        path: &mut Vec<(String, ObjectRef)>,
    ) -> Result<GuideRun, Pending> {
        path.push((guide.id.clone(), subject.reference().clone()));
        let result = self.run_steps(guide, subject, path);
        path.pop();
        result
    }

    fn run_steps(
        &self,
        guide: &Arc<Guide>,
        subject: &Arc<Object>,
        path: &mut Vec<(String, ObjectRef)>,
    ) -> Result<GuideRun, Pending> {
        let workload = self.inquiry.workload_of(subject)?;
        let mut state = State::new(self.inquiry, self.lexicon, guide, subject, workload);
        let mut next = (!guide.steps.is_empty()).then_some(0);
        // The calls before the first step are asked for together with those of that step.
        let before = state.make_calls(0, &guide.preamble);
        let before = state.make_unwritten(&registry::calls(guide, self.lexicon)).and(before);
        if next.is_none() {
            before?;
            return Ok(state.run);
        }
        let mut before = Some(before);
        while let Some(index) = next {
            let step = &guide.steps[index];
            if !state.run.steps.insert(step.number) {
                let limit = format!("step {} was to be gone through again", step.number);
                state.run.end = End::Limit(limit);
                break;
            }
            let earlier = state.make_skipped(index);
            let calls = state.make_calls(step.number, &step.calls).and(earlier);
            if let Some(before) = before.take() {
                before?;
            }
            calls?;
            match state.decide(step) {
                Some(Jump::Step(number)) => {
                    next = guide.steps.iter().position(|step| step.number == number);
                }
                Some(Jump::Escalate(sentence)) => {
                    state.run.end = End::Escalated(sentence);
                    break;
                }
                Some(Jump::Guide { id, on }) => {
                    self.send_on(&mut state, &id, on, path)?;
                    break;
                }
                None if state.run.end == End::Confirmed => break,
                None => next = Some(index + 1).filter(|next| *next < guide.steps.len()),
            }
        }
        state.finish();
        Ok(state.run)
    }

    fn send_on(
        &self,
        state: &mut State,
        id: &str,
        on: Option<Vec<ObjectRef>>,
        path: &mut Vec<(String, ObjectRef)>,
    ) -> Result<(), Pending> {
        let Some(guide) = self.book.get(id) else {
            state.run.end = End::Limit(format!("{id} is not among the guides"));
            return Ok(());
        };
        if path.len() >= MOST_DEPTH {
            state.run.end = End::Limit(format!("{id} is more than {MOST_DEPTH} guides away"));
            return Ok(());
        }
        let subjects = self.subjects(state, on)?;
        let runs: Vec<_> = subjects
            .iter()
            .filter(|subject| {
                !path.iter().any(|(seen, object)| seen == id && object == subject.reference())
            })
            .take(MOST_OBJECTS)
            .cloned()
            .collect();
        if runs.is_empty() && !subjects.is_empty() {
            state.run.end = End::Limit(format!("{id} was to be run on the same object again"));
            return Ok(());
        }
        state.run.end = End::SentOn;
        let results: Vec<_> =
            runs.iter().map(|subject| self.run_from(guide, subject, path)).collect();
        state.run.further = results.into_iter().collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The objects that another guide is to be run on; those unseen are noted.
    fn subjects(
        &self,
        state: &mut State,
        on: Option<Vec<ObjectRef>>,
    ) -> Result<Vec<Arc<Object>>, Pending> {
        let Some(objects) = on else {
            return Ok(vec![Arc::clone(&state.run.subject)]);
        };
        let questions: Vec<Question> =
            objects.into_iter().map(|object| Question::Get { object }).collect();
        let replies = self.inquiry.ask_all(&questions)?;
        let mut found = Vec::new();
        for reply in replies {
            match reply {
                Reply::Object(object) => found.push(object),
                Reply::Unseen(unseen) => {
                    state.run.unseen.insert(unseen);
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

impl State<'_> {
    /// Makes all calls of a block before it says that any of them is pending.
    fn make_calls(&mut self, step: u32, calls: &[guide::Call]) -> Result<(), Pending> {
        let subject = Arc::clone(&self.run.subject);
        let mut pending = Ok(());
        for call in calls {
            match self.bindings.call(call, &subject, self.inquiry) {
                Ok(()) => self.note_call(step, call),
                Err(open) => pending = Err(open),
            }
        }
        pending
    }

    /// Makes the calls that the guide's questions take and that stand nowhere in it.
    fn make_unwritten(&mut self, calls: &[guide::Call]) -> Result<(), Pending> {
        let subject = Arc::clone(&self.run.subject);
        let mut pending = Ok(());
        for call in calls {
            pending = self.bindings.call(call, &subject, self.inquiry).and(pending);
        }
        pending
    }

    /// Makes the calls of earlier steps that a jump passed over and that this step's decisions name.
    fn make_skipped(&mut self, index: usize) -> Result<(), Pending> {
        let guide = Arc::clone(&self.run.guide);
        let step = &guide.steps[index];
        let named = weigh::names_of_step(step);
        let mut pending = Ok(());
        for earlier in &guide.steps[..index] {
            let wanted = |call: &&guide::Call| {
                (named.contains(call.name.as_str()) || named.contains(call.plural().as_str()))
                    && self.bindings.get(&call.name).is_none()
                    && !step.calls.iter().any(|own| own.name == call.name)
            };
            let missing: Vec<guide::Call> = earlier.calls.iter().filter(wanted).cloned().collect();
            pending = self.make_calls(earlier.number, &missing).and(pending);
        }
        pending
    }

    fn note_call(&mut self, step: u32, call: &guide::Call) {
        let Some(binding) = self.bindings.get(&call.name) else { return };
        let mut unseen = BTreeSet::new();
        for instance in &binding.instances {
            passage::unseen(&instance.value, &mut unseen);
        }
        let (verdict, because) = match &binding.skipped {
            Some(why) => (Verdict::Skipped, vec![why.clone()]),
            None if unseen.is_empty() => (Verdict::Held, Vec::new()),
            None => (Verdict::Unknown, unseen.iter().map(ToString::to_string).collect()),
        };
        self.run.weighed.push(Weighed {
            step,
            line: line(call.line),
            text: self.run.guide.text[call.span.clone()].to_owned(),
            verdict,
            because,
            outcome: None,
        });
        self.run.unseen.extend(unseen);
    }

    fn decide(&mut self, step: &Step) -> Option<Jump> {
        let jump = match self.run.guide.form {
            Form::Explicit => weigh::weigh(self, step),
            Form::Prose => {
                prose::weigh(self, step);
                None
            }
        };
        let confirmed = |finding: &Finding| finding.confidence == Some(Confidence::Confirmed);
        if self.run.findings.iter().any(confirmed) {
            self.run.end = End::Confirmed;
            return None;
        }
        jump
    }

    /// What a run that found no cause has to show: the words that were seen of its object.
    fn finish(&mut self) {
        let mut seen: Vec<Cite> = Vec::new();
        for (_, binding) in self.bindings.iter() {
            for instance in &binding.instances {
                passage::quotes(&instance.value, &mut seen);
            }
        }
        seen.retain(|cite| cite.source.object == *self.run.subject.reference());
        self.run.seen = seen;
        self.keep_registry();
    }
}
