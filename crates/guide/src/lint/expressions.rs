//! Expressions against the facts that tools return, and the names that calls bind.

use std::ops::Range;

use expression::{Expression, Scope, Template, TypeError};

use crate::scope::{NOW, TARGET};
use crate::{Call, Code, Condition, Consequence, Decision, Definition, Diagnostic, Guide, Located};

pub(super) fn check(guide: &Guide, diagnostics: &mut Vec<Diagnostic>) {
    for (definition, scope) in guide.definition_scopes() {
        let errors = definition.expression.value.check(&scope);
        let mut checker = Checker { guide, scope, diagnostics };
        for error in errors {
            checker.report(error, &definition.expression);
        }
    }
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
    definitions(guide, &all, diagnostics);
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

    fn sentence(&mut self, sentence: Option<&Located<Template>>) {
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
            && let Some(later) = self.later(name)
        {
            let message = format!("`{name}` is used before it is bound");
            self.diagnostics.push(
                Diagnostic::new(Code::UsedBeforeBound, span, message)
                    .related(later, "bound here, further down"),
            );
            return;
        }
        let diagnostic = Diagnostic::new(code, span, error.message);
        let diagnostic = error.note.into_iter().fold(diagnostic, Diagnostic::note);
        self.diagnostics.push(error.help.into_iter().fold(diagnostic, Diagnostic::help));
    }

    /// Where any step binds a name.
    fn later(&self, name: &str) -> Option<Range<usize>> {
        let steps = self.guide.steps.len();
        let call =
            self.guide.calls_until(steps).find(|call| call.name == name || call.plural() == name);
        let mut definitions = self.guide.definitions_until(steps);
        call.map(|call| call.span.clone())
            .or_else(|| definitions.find(|one| one.name == name).map(|one| one.span.clone()))
    }
}

/// Names that mean something else in an expression.
const RESERVED: [&str; 6] = [TARGET, NOW, "true", "false", "null", "in"];

/// That each definition has a name of its own, and is used.
fn definitions(guide: &Guide, calls: &[&Call], diagnostics: &mut Vec<Diagnostic>) {
    let all: Vec<&Definition> = guide.definitions_until(guide.steps.len()).collect();
    let mut written = written_names(guide);
    written.extend(all.iter().flat_map(|one| one.expression.value.written_names()));
    for (index, definition) in all.iter().enumerate() {
        let name = &definition.name;
        reserved(name, &definition.span, diagnostics);
        let call = calls.iter().find(|call| call.name == *name || call.plural() == *name);
        let first = all[..index].iter().find(|other| other.name == *name);
        let twin = call.map(|call| &call.span).or(first.map(|first| &first.span));
        if let Some(twin) = twin {
            let message = format!("`{name}` is bound twice");
            diagnostics.push(
                Diagnostic::new(Code::DuplicateBinding, definition.span.clone(), message)
                    .related(twin.clone(), "first here"),
            );
        }
        if !written.contains(&name.as_str()) && !guide.has_broken_bullets() {
            let message = format!("`{name}` is defined and never used");
            diagnostics.push(Diagnostic::new(
                Code::UnusedBinding,
                definition.span.clone(),
                message,
            ));
        }
    }
}

fn reserved(name: &str, span: &Range<usize>, diagnostics: &mut Vec<Diagnostic>) {
    if RESERVED.contains(&name) {
        let message = format!("`{name}` has a meaning of its own and cannot be bound");
        diagnostics.push(Diagnostic::new(Code::ReservedName, span.clone(), message));
    }
}

fn bindings(guide: &Guide, calls: &[&Call], diagnostics: &mut Vec<Diagnostic>) {
    let used = used_names(guide);
    for (index, call) in calls.iter().enumerate() {
        let Some(span) = &call.bound else { continue };
        let name = &call.name;
        reserved(name, span, diagnostics);
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

/// The names whose values the guide uses.
fn used_names(guide: &Guide) -> Vec<&str> {
    let (expressions, sentences) = parts(guide);
    let names = expressions.into_iter().flat_map(Expression::names);
    let names = names.chain(sentences.into_iter().flat_map(Template::names));
    names.map(|(name, _)| name).collect()
}

/// The names that the decisions of the guide hold as they are written.
fn written_names(guide: &Guide) -> Vec<&str> {
    let (expressions, sentences) = parts(guide);
    let names = expressions.into_iter().flat_map(Expression::written_names);
    names.chain(sentences.into_iter().flat_map(Template::written_names)).collect()
}

/// All expressions and sentences of the decisions and of the validation.
fn parts(guide: &Guide) -> (Vec<&Expression>, Vec<&Template>) {
    let (mut expressions, mut sentences) = (Vec::new(), Vec::new());
    for (_, _, decision) in guide.decisions() {
        if let Condition::When(when) = &decision.condition {
            expressions.push(&when.value);
        }
        match &decision.consequence {
            Consequence::Outcome { at, sentence, .. } => {
                expressions.extend(at.iter().map(|at| &at.value));
                sentences.extend(sentence.iter().map(|sentence| &sentence.value));
            }
            Consequence::Guide { on, .. } => expressions.extend(on.iter().map(|on| &on.value)),
            Consequence::Escalate { sentence } => {
                sentences.extend(sentence.iter().map(|sentence| &sentence.value));
            }
            Consequence::Step { .. } => {}
        }
    }
    let checks = guide.validation.iter().filter_map(|check| check.when.as_ref());
    expressions.extend(checks.map(|when| &when.value));
    (expressions, sentences)
}
