//! Whether a guide has the parts that a guide has.

use std::ops::Range;

use crate::section::Section;
use crate::{Code, Diagnostic, Guide, Phase};

pub(super) fn check(guide: &Guide, diagnostics: &mut Vec<Diagnostic>) {
    let (needed, wanted): (&[Section], &[Section]) = match guide.meta.phase {
        Phase::Diagnosis => (
            &[Section::DecisionTree, Section::StopCondition],
            &[Section::Summary, Section::Symptoms, Section::Escalation],
        ),
        Phase::Solution => {
            (&[Section::RemediationOptions], &[Section::Summary, Section::Validation])
        }
    };
    let heading = |section: Section| guide.sections.iter().find(|(known, _)| *known == section);
    for section in needed.iter().filter(|section| heading(**section).is_none()) {
        diagnostics.push(missing(guide, *section, Code::MissingSection));
    }
    for section in wanted {
        match heading(*section) {
            None => diagnostics.push(missing(guide, *section, Code::MissingText)),
            Some((_, span)) if is_empty(guide, *section) => {
                let message = format!("the section `{}` says nothing", section.title());
                diagnostics.push(Diagnostic::new(Code::MissingText, span.clone(), message));
            }
            Some(_) => {}
        }
    }
    if guide.meta.phase == Phase::Diagnosis {
        diagnosis(
            guide,
            heading(Section::DecisionTree),
            heading(Section::StopCondition),
            diagnostics,
        );
    }
}

fn missing(guide: &Guide, section: Section, code: Code) -> Diagnostic {
    let phase = guide.meta.phase.word();
    let message = format!("the section `{}` is missing", section.title());
    Diagnostic::new(code, guide.meta.id_span.clone(), message)
        .label(format!("a guide of phase `{phase}`"))
        .help(format!("add the heading `## {}`", section.title()))
}

fn is_empty(guide: &Guide, section: Section) -> bool {
    match section {
        Section::Summary => guide.summary.is_empty(),
        Section::Symptoms => guide.symptoms.is_empty(),
        Section::Escalation => guide.escalation.is_empty(),
        Section::Validation => guide.validation.is_empty(),
        _ => false,
    }
}

type Heading<'a> = Option<&'a (Section, Range<usize>)>;

fn diagnosis(
    guide: &Guide,
    tree: Heading<'_>,
    stop: Heading<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if guide.meta.signals.is_empty() && guide.meta.is_read {
        let message = "without signals this guide never applies by itself";
        let help = "list under `signals:` what is seen when it should run";
        diagnostics
            .push(Diagnostic::new(Code::NoSignals, guide.meta.id_span.clone(), message).help(help));
    }
    if let (Some((_, span)), true) = (tree, guide.steps.is_empty()) {
        let message = "the decision tree has no steps";
        diagnostics.push(
            Diagnostic::new(Code::NoSteps, span.clone(), message)
                .help("a step begins with a heading `### Step 1: title`"),
        );
    }
    if let (Some((_, span)), true) = (stop, guide.outcomes.is_empty()) {
        let message = "the stop condition lists no outcomes";
        diagnostics.push(
            Diagnostic::new(Code::NoOutcomes, span.clone(), message)
                .help("list each outcome as a bullet: - **name**: what it is"),
        );
    }
    for (index, step) in guide.steps.iter().enumerate() {
        let earlier = &guide.steps[..index];
        if let Some(first) = earlier.iter().find(|other| other.number == step.number) {
            let message = format!("there are two steps {}", step.number);
            diagnostics.push(
                Diagnostic::new(Code::DuplicateStep, step.span.clone(), message)
                    .related(first.span.clone(), "first here"),
            );
        } else if earlier.last().map_or(1, |last| last.number.saturating_add(1)) != step.number {
            let message = match earlier.last() {
                Some(last) => format!("step {} follows step {}", step.number, last.number),
                None => format!("the first step is step {}", step.number),
            };
            diagnostics.push(
                Diagnostic::new(Code::StepOrder, step.span.clone(), message)
                    .note("steps run in the order of the file, whatever their numbers"),
            );
        }
    }
}
