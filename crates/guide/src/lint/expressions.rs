//! Expressions against the facts that tools return, and the names that calls bind.

use expression::{Expression, Scope, TypeError};

use crate::scope::{NOW, TARGET};
use crate::{Call, Code, Condition, Consequence, Decision, Diagnostic, Guide, Located};

pub(super) fn check(guide: &Guide, diagnostics: &mut Vec<Diagnostic>) {
    for index in 0..guide.steps.len() {
        let mut checker = Checker { guide, scope: guide.scope(index), diagnostics };
        for (_, _, decision) in guide.decisions().filter(|(step, _, _)| *step == index) {
            checker.decision(decision);
        }
    }
    let mut checker = Checker { guide, scope: guide.validation_scope(), diagnostics };
    for when in guide.validation.iter().filter_map(|check| check.when.as_ref()) {
        checker.condition(when);
    }
    let all: Vec<&Call> = guide.calls_until(guide.steps.len()).collect();
    bindings(guide, &all, diagnostics);
    bindings(guide, &guide.validation_calls.iter().collect::<Vec<_>>(), diagnostics);
}

struct Checker<'a> {
    guide: &'a Guide,
    scope: Scope,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn decision(&mut self, decision: &Decision) {
        if let Condition::When(when) = &decision.condition {
            self.condition(when);
        }
        match &decision.consequence {
            Consequence::Outcome { at, sentence, .. } => {
                at.iter().for_each(|at| self.object(at, "the culprit after `at`"));
                self.sentence(sentence.as_ref());
            }
            Consequence::Guide { on, .. } => {
                on.iter().for_each(|on| self.object(on, "what a guide runs on"));
            }
            Consequence::Escalate { sentence } => self.sentence(sentence.as_ref()),
            Consequence::Step { .. } => {}
        }
    }

    fn condition(&mut self, when: &Located<Expression>) {
        for error in when.value.check_condition(&self.scope) {
            self.report(error, when);
        }
    }

    fn object(&mut self, object: &Located<Expression>, what: &str) {
        let (found, errors) = object.value.infer(&self.scope);
        if errors.is_empty() && !found.is_reference() {
            let message = format!("{what} is an object reference or a list of them, not {found}");
            self.diagnostics.push(
                Diagnostic::new(Code::ExpressionType, object.span.clone(), message)
                    .help("facts name objects by a field `ref`; `target` is the target itself"),
            );
        }
        for error in errors {
            self.report(error, object);
        }
    }

    fn sentence(&mut self, sentence: Option<&Located<expression::Template>>) {
        let Some(sentence) = sentence else { return };
        for error in sentence.value.check(&self.scope) {
            self.report(error, sentence);
        }
    }

    fn report<T>(&mut self, error: TypeError, place: &Located<T>) {
        let span = place.source(error.span.clone());
        let code = match error.code {
            "unknown-name" => Code::UnknownName,
            "unknown-field" => Code::UnknownField,
            _ => Code::ExpressionType,
        };
        let name = place.text().get(error.span).unwrap_or("");
        if code == Code::UnknownName
            && let Some(call) = self.later(name)
        {
            let message = format!("`{name}` is used before it is bound");
            self.diagnostics.push(
                Diagnostic::new(Code::UsedBeforeBound, span, message)
                    .related(call.span.clone(), "bound here, in a later step"),
            );
            return;
        }
        let diagnostic = Diagnostic::new(code, span, error.message);
        let diagnostic = error.note.into_iter().fold(diagnostic, Diagnostic::note);
        self.diagnostics.push(error.help.into_iter().fold(diagnostic, Diagnostic::help));
    }

    /// The call of any step that a name means.
    fn later(&self, name: &str) -> Option<&Call> {
        let mut calls = self.guide.calls_until(self.guide.steps.len());
        calls.find(|call| call.name == name || call.plural() == name)
    }
}

/// Names that mean something else in an expression.
const RESERVED: [&str; 6] = [TARGET, NOW, "true", "false", "null", "in"];

fn bindings(guide: &Guide, calls: &[&Call], diagnostics: &mut Vec<Diagnostic>) {
    let used = used_names(guide);
    for (index, call) in calls.iter().enumerate() {
        let Some(span) = &call.bound else { continue };
        let name = &call.name;
        if RESERVED.contains(&name.as_str()) {
            let message = format!("`{name}` has a meaning of its own and cannot be bound");
            diagnostics.push(Diagnostic::new(Code::ReservedName, span.clone(), message));
        }
        let twin = calls[..index].iter().find(|other| other.name == *name);
        if let Some(first) = twin {
            let message = format!("`{name}` is bound twice");
            diagnostics.push(
                Diagnostic::new(Code::DuplicateBinding, span.clone(), message)
                    .related(first.span.clone(), "first here"),
            );
        }
        let plural = call.plural();
        let used = used.iter().any(|used| *used == name || *used == plural);
        if !used && !feeds_literals(guide, call) && !guide.has_broken_bullets() {
            let message = format!("`{name}` is bound and never used");
            diagnostics.push(
                Diagnostic::new(Code::UnusedBinding, span.clone(), message)
                    .help("remove the name, or the call if nothing needs what it sees"),
            );
        }
    }
}

/// Whether the call belongs to a step whose bullets look for literals in its evidence.
fn feeds_literals(guide: &Guide, call: &Call) -> bool {
    let own = |calls: &[Call]| calls.iter().any(|other| other.span == call.span);
    let literal = |decision: &Decision| matches!(decision.condition, Condition::Literals(_));
    let preamble = own(&guide.preamble);
    guide
        .decisions()
        .any(|(step, _, decision)| literal(decision) && (preamble || own(&guide.steps[step].calls)))
}

fn used_names(guide: &Guide) -> Vec<&str> {
    let mut names = Vec::new();
    for (_, _, decision) in guide.decisions() {
        if let Condition::When(when) = &decision.condition {
            names.extend(when.value.names());
        }
        match &decision.consequence {
            Consequence::Outcome { at, sentence, .. } => {
                names.extend(at.iter().flat_map(|at| at.value.names()));
                names.extend(sentence.iter().flat_map(|sentence| sentence.value.names()));
            }
            Consequence::Guide { on, .. } => {
                names.extend(on.iter().flat_map(|on| on.value.names()));
            }
            Consequence::Escalate { sentence } => {
                names.extend(sentence.iter().flat_map(|sentence| sentence.value.names()));
            }
            Consequence::Step { .. } => {}
        }
    }
    let checks = guide.validation.iter().filter_map(|check| check.when.as_ref());
    names.extend(checks.flat_map(|when| when.value.names()));
    names.into_iter().map(|(name, _)| name).collect()
}
