//! The registry's own word in a run: asked for a prose guide's questions, and shown apart from
//! what the node saw.
//!
//! A prose guide asks a person ("Does the digest exist?"). Where the lexicon knows a tool that
//! answers such a question, the tool is called for the guide. An explicit guide calls it itself;
//! there, what is kept is which decisions would have needed a word that nobody asked for.

use std::collections::BTreeSet;

use evidence::{Object, Question, RegistryWord, Replies, Reply, Unseen, UnseenKind, Value};
use expression::{Budget, Environment, Expression, Template, Truth};
use guide::{Argument, ArgumentValue, BulletKind, Call, Form, Guide, Piece, Step};
use lexicon::Lexicon;

use crate::bindings::Instance;
use crate::report::{Answered, LeftForAPerson};
use crate::state::{GuideRun, State, line};

/// The tool that asks a registry.
pub(crate) const TOOL: &str = "get_registry_answer";

/// The calls that a prose guide's questions take and that the guide does not make itself.
pub(crate) fn calls(guide: &Guide, lexicon: &Lexicon) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let made = |tool: &str| {
        let steps = guide.steps.iter().flat_map(|step| &step.calls);
        guide.preamble.iter().chain(steps).any(|call| call.tool == tool)
    };
    for (line, question) in guide.steps.iter().flat_map(|step| questions(guide, step)) {
        for rule in lexicon.questions_like(question) {
            let known = calls.iter().any(|call| call.tool == rule.tool) || made(&rule.tool);
            calls.extend(tools::find(&rule.tool).filter(|_| !known).map(|tool| call(tool, line)));
        }
    }
    calls
}

/// The tools that answer questions of a step, though it does not call them.
pub(crate) fn tools_of(guide: &Guide, step: &Step, lexicon: &Lexicon) -> BTreeSet<String> {
    let rules = questions(guide, step).flat_map(|(_, text)| lexicon.questions_like(text));
    let own = |tool: &String| step.calls.iter().any(|call| call.tool == *tool);
    rules.map(|rule| rule.tool.clone()).filter(|tool| !own(tool)).collect()
}

fn questions<'g>(guide: &'g Guide, step: &'g Step) -> impl Iterator<Item = (usize, &'g str)> {
    let prose = guide.form == Form::Prose;
    step.bullets.iter().filter_map(move |bullet| match &bullet.kind {
        BulletKind::Prose(words) if prose && words.question => {
            Some((bullet.line, bullet.text.as_str()))
        }
        _ => None,
    })
}

/// A call with every parameter that a placeholder of the same name fills.
fn call(tool: &'static tools::Tool, line: usize) -> Call {
    let filled = crate::placeholder::ALL.iter().map(|one| one.name);
    let arguments = filled.filter(|name| tool.parameters.iter().any(|one| one.name == *name));
    let argument = |name: &str| Argument {
        parameter: Some(name.to_owned()),
        value: ArgumentValue::Text(vec![Piece::Placeholder(name.to_owned())]),
        span: 0..0,
    };
    Call {
        name: tool.name.to_owned(),
        bound: None,
        tool: tool.name.to_owned(),
        facts: Some(tool.facts),
        arguments: arguments.map(argument).collect(),
        comment: None,
        span: 0..0,
        line,
    }
}

/// The answer to a question, where a tool of this run gives one.
fn answer(state: &State, question: &str) -> Option<String> {
    for rule in state.lexicon.questions_like(question) {
        for instance in instances(state, &rule.tool) {
            let environment = Environment::new().with("facts", &instance.value);
            let mut budget = Budget::default();
            let holds = |when: &str, budget: &mut Budget| {
                Expression::parse(when)
                    .is_ok_and(|when| when.evaluate(&environment, budget).truth() == Truth::Holds)
            };
            let given = rule.answers.iter().find(|one| holds(&one.when, &mut budget));
            let said = given.and_then(|given| Template::parse(&given.says).ok());
            if let Some(said) = said {
                return Some(said.render(&environment, &mut budget).0);
            }
        }
    }
    None
}

fn instances<'s>(state: &'s State, tool: &str) -> impl Iterator<Item = &'s Instance> {
    let called = state.bindings.iter().filter(move |(_, binding)| binding.tool == tool);
    called.flat_map(|(_, binding)| &binding.instances)
}

/// Whether a question is answered by a tool, so that no person has to.
pub(crate) fn answers(state: &State, question: &str) -> bool {
    answer(state, question).is_some()
}

/// How a person could have a question answered, where a tool could and was not let.
pub(crate) fn hint(state: &State, question: &str) -> Option<String> {
    let mut rules = state.lexicon.questions_like(question);
    let unasked = unasked(state).into_iter().next()?;
    rules.any(|rule| rule.tool == TOOL).then(|| unasked.why.to_string())
}

/// What the registries of this run would have said, had they been asked.
fn unasked(state: &State) -> BTreeSet<Unseen> {
    let mut found = BTreeSet::new();
    for instance in instances(state, TOOL) {
        let Value::Record(record) = &instance.value else { continue };
        if let (Some(Value::Bool(false)), Some(Value::Unknown(unseen))) =
            (record.get("asked").map(Value::bare), record.get("reached").map(Value::bare))
        {
            found.extend(Some(unseen.clone()).filter(|one| one.kind == UnseenKind::NotAsked));
        }
    }
    found
}

impl State<'_> {
    /// What the run keeps of the registry's word when it ends: the questions that it answers, of
    /// all the guide's steps, and what decisions lacked because nobody asked.
    pub(crate) fn keep_registry(&mut self) {
        let guide = std::sync::Arc::clone(&self.run.guide);
        for (at, question) in guide.steps.iter().flat_map(|step| questions(&guide, step)) {
            if let Some(answer) = answer(self, question) {
                let question = question.to_owned();
                self.run.answered.push(Answered { line: line(at), question, answer });
            }
        }
        let unasked = unasked(self);
        let wanted = |one: &Unseen| one.kind == UnseenKind::NotShown || unasked.contains(one);
        self.run.wanting.retain(wanted);
        let asked = instances(self, TOOL).filter_map(|instance| {
            let Value::Record(record) = &instance.value else { return None };
            match (record.get("asked")?.bare(), record.get("image")?.bare()) {
                (Value::Bool(true), Value::Text(image)) => Some(image.to_string()),
                _ => None,
            }
        });
        self.run.probed = asked.collect();
    }
}

/// The words of the registries that a run asked about its object.
pub(crate) fn words(run: &GuideRun, replies: &Replies) -> Vec<RegistryWord> {
    let names = pull_secrets(&run.subject);
    let mut words = Vec::new();
    for (question, reply) in replies.iter() {
        let (Question::Registry { image, secrets, .. }, Reply::Registry(word)) = (question, reply)
        else {
            continue;
        };
        let own = secrets.iter().all(|secret| names.contains(secret.name.as_str()))
            && secrets.len() == names.len();
        if own && run.probed.contains(image) && !words.contains(&**word) {
            words.push((**word).clone());
        }
    }
    words
}

fn pull_secrets(pod: &Object) -> BTreeSet<&str> {
    let named = pod.items("/spec/imagePullSecrets").iter();
    named.filter_map(|one| one.get("name")?.as_str()).filter(|name| !name.is_empty()).collect()
}

/// A question that is left to a person, with the hint how a tool could answer it.
pub(crate) fn left(state: &State, at: usize, question: &str) -> LeftForAPerson {
    LeftForAPerson { line: line(at), question: question.to_owned(), hint: hint(state, question) }
}
