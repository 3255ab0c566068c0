//! Markdown for a ticket or a chat: the same order as the text, without columns.

use std::fmt::{self, Write};

use diagnose::report::{
    Answered, Diagnosis, Evidence, GuidePlace, Inconclusive, OutcomeState, Report, RuledOut,
};
use evidence::{RegistryWord, Time, Unseen};

use crate::phrase;

/// Writes a report as Markdown.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> fmt::Result {
    for diagnosis in &report.diagnoses {
        write_diagnosis(diagnosis, report.now, out)?;
    }
    for doubt in &report.inconclusive {
        write_inconclusive(doubt, report.now, out)?;
    }
    if report.diagnoses.is_empty() && report.inconclusive.is_empty() {
        writeln!(out, "## {}\n", inline(&phrase::nothing_found(report)))?;
    }
    if let Some(missing) = &report.no_such_target {
        writeln!(out, "Nearest: {}\n", inline(&phrase::listed(&missing.nearest, 5)))?;
    }
    if !report.uncovered.is_empty() {
        writeln!(out, "**In trouble, but no guide applies**\n")?;
        for one in &report.uncovered {
            writeln!(out, "- {}: {}", one.object, inline(&one.state))?;
        }
        writeln!(out)?;
    }
    write_unseen(&report.not_looked, out)?;
    for note in &report.notes {
        writeln!(out, "> {}\n", inline(note))?;
    }
    Ok(())
}

/// Text that cannot start a link, a tag or a heading, on one line.
fn inline(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '|' | '#' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Text between backticks, whatever backticks it holds itself.
fn code(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}

fn write_diagnosis(diagnosis: &Diagnosis, now: Time, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "## {}\n", inline(&diagnosis.summary))?;
    writeln!(out, "- Cause: {} ({})", code(&diagnosis.cause), diagnosis.confidence.word())?;
    writeln!(out, "- Culprit: {}", diagnosis.object)?;
    writeln!(out, "- Seen on: {}\n", phrase::listed(&diagnosis.affected, 8))?;
    write_evidence("Because", &diagnosis.evidence, now, out)?;
    if let Some(link) = &diagnosis.inferred {
        writeln!(out, "Inferred: {}\n", inline(link))?;
    }
    write_outcomes("Not", &diagnosis.ruled_out, out)?;
    write_from_here(&diagnosis.from_here, &diagnosis.answered, out)?;
    write_unseen(&diagnosis.unseen, out)?;
    if !diagnosis.next.is_empty() {
        writeln!(out, "**Next**\n")?;
        for step in &diagnosis.next {
            let risk = step.risk.as_ref().map_or(String::new(), |risk| format!(" (risk: {risk})"));
            writeln!(
                out,
                "- {}{} ({}, fix {})",
                inline(&step.title),
                inline(&risk),
                step.guide,
                step.fix
            )?;
            if !step.commands.is_empty() {
                writeln!(out, "\n  ```sh")?;
                for command in &step.commands {
                    writeln!(out, "  {command}")?;
                }
                writeln!(out, "  ```\n")?;
            }
        }
        writeln!(out)?;
    }
    write_footer(&diagnosis.guide, out)
}

fn write_evidence(
    heading: &str,
    lines: &[Evidence],
    now: Time,
    out: &mut dyn Write,
) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "**{heading}**\n")?;
    for line in lines {
        writeln!(out, "- {}: {}", phrase::label(line), inline(&phrase::place(line, now)))?;
        let says = phrase::says(line);
        if !says.is_empty() {
            writeln!(out, "  {}", code(&says))?;
        }
    }
    writeln!(out)
}

fn write_outcomes(heading: &str, outcomes: &[RuledOut], out: &mut dyn Write) -> fmt::Result {
    if outcomes.is_empty() {
        return Ok(());
    }
    writeln!(out, "**{heading}**\n")?;
    for outcome in outcomes {
        let state = match outcome.state {
            OutcomeState::RuledOut => String::new(),
            state => format!("{}: ", phrase::state(state)),
        };
        writeln!(out, "- {}: {state}{}", code(&outcome.cause), inline(&outcome.because))?;
    }
    writeln!(out)
}

fn write_unseen(unseen: &[Unseen], out: &mut dyn Write) -> fmt::Result {
    if unseen.is_empty() {
        return Ok(());
    }
    writeln!(out, "**Not seen**\n")?;
    for (what, why) in phrase::unseen(unseen) {
        writeln!(out, "- {}: {}", inline(&what), inline(&why))?;
    }
    writeln!(out)
}

fn write_from_here(
    words: &[RegistryWord],
    answered: &[Answered],
    out: &mut dyn Write,
) -> fmt::Result {
    if words.is_empty() && answered.is_empty() {
        return Ok(());
    }
    writeln!(out, "**{}**\n", capitalised(phrase::FROM_HERE))?;
    for word in words {
        for (label, text) in phrase::heard(word) {
            writeln!(out, "- {label}: {}", inline(&text))?;
        }
    }
    for one in answered {
        let (question, answer) = (inline(&one.question), inline(&one.answer));
        writeln!(out, "- {question} (line {}) {answer}", one.line)?;
    }
    writeln!(out)
}

/// A heading with its first letter as a sentence has it.
fn capitalised(heading: &str) -> String {
    let mut letters = heading.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn write_inconclusive(doubt: &Inconclusive, now: Time, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "## {}\n", inline(&doubt.summary))?;
    writeln!(out, "Inconclusive. Seen on: {}\n", phrase::listed(&doubt.affected, 8))?;
    write_unseen(&doubt.unseen, out)?;
    write_evidence("Seen", &doubt.seen, now, out)?;
    write_from_here(&doubt.from_here, &doubt.answered, out)?;
    write_outcomes("Outcomes", &doubt.outcomes, out)?;
    if !doubt.left_for_a_person.is_empty() {
        writeln!(out, "**Left for a person**\n")?;
        for one in &doubt.left_for_a_person {
            let hint = one.hint.as_ref().map_or(String::new(), |hint| format!(": {hint}"));
            writeln!(out, "- {} (line {}){}", inline(&one.question), one.line, inline(&hint))?;
        }
        writeln!(out)?;
    }
    if !doubt.escalation.steps.is_empty() {
        let owner = doubt.escalation.owner.as_deref().unwrap_or_default();
        writeln!(out, "**Escalate** {}\n", inline(owner))?;
        for step in &doubt.escalation.steps {
            writeln!(out, "- {}", inline(step))?;
        }
        writeln!(out)?;
    }
    write_footer(&doubt.guide, out)
}

fn write_footer(guide: &GuidePlace, out: &mut dyn Write) -> fmt::Result {
    let step = guide.step.map_or(String::new(), |step| format!(", step {step}"));
    let line = guide.line.map_or(String::new(), |line| format!(", line {line}"));
    writeln!(out, "_{} ({}){step}{line}_\n", guide.id, guide.version)
}
