//! Text for a terminal, in the order in which a tired person needs it: the verdict, the culprit,
//! why, why not, what nobody could see, what to type.

use std::fmt::{self, Write};

use diagnose::report::{
    Answered, Confidence, Diagnosis, Evidence, GuidePlace, Inconclusive, NextStep, OutcomeState,
    Report, RuledOut,
};
use evidence::{RegistryWord, Time, Unseen};

use crate::column::{BOUND, wrap};
use crate::page::{BAD, DIM, DOUBT, GOOD, Page};
use crate::{Style, phrase, trace};

/// How many lines of evidence are shown; the JSON holds all of them.
const MOST_EVIDENCE: usize = 6;
/// How many affected objects are named.
const MOST_AFFECTED: usize = 4;
/// How many outcomes are named that nothing speaks for; a guide may know of dozens.
const MOST_NAMES: usize = 5;
/// How many objects that no guide applies to are named.
const MOST_UNCOVERED: usize = 10;

/// Writes a report as text.
pub(crate) fn write(report: &Report, style: Style, out: &mut dyn Write) -> fmt::Result {
    in_style(style, out, |out| write_page(report, style, out))
}

/// Writes a page in the letters that the terminal shows.
pub(crate) fn in_style(
    style: Style,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> fmt::Result,
) -> fmt::Result {
    if style.ascii {
        let mut text = String::new();
        write(&mut text)?;
        return out.write_str(&in_ascii(&text));
    }
    write(out)
}

/// The same text for a terminal that shows only ASCII: marks by their likes, letters as they are.
fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '“' | '”' => ascii.push('"'),
            '‘' | '’' => ascii.push('\''),
            '·' => ascii.push('-'),
            '×' => ascii.push('x'),
            '…' => ascii.push_str("..."),
            '‹' => ascii.push('<'),
            '›' => ascii.push('>'),
            '→' => ascii.push_str("->"),
            other => ascii.push(other),
        }
    }
    ascii
}

fn write_page(report: &Report, style: Style, out: &mut dyn Write) -> fmt::Result {
    let mut page = Page { style, out };
    for diagnosis in &report.diagnoses {
        page.diagnosis(diagnosis, report.now)?;
    }
    for doubt in &report.inconclusive {
        page.inconclusive(doubt, report.now)?;
    }
    if report.diagnoses.is_empty() && report.inconclusive.is_empty() {
        page.nothing_found(report)?;
    }
    page.remainder(report)?;
    if !report.trace.is_empty() {
        trace::write(&report.trace, style, page.out)?;
    }
    Ok(())
}

impl Page<'_> {
    fn diagnosis(&mut self, diagnosis: &Diagnosis, now: Time) -> fmt::Result {
        let (paint, symbol) = match diagnosis.confidence {
            Confidence::Confirmed => (BAD, self.symbol("✗", "x")),
            Confidence::Likely | Confidence::Possible => (DOUBT, self.symbol("~", "~")),
        };
        self.verdict(paint, symbol, &diagnosis.summary, diagnosis.confidence.word())?;
        self.item(2, "", 0, &self.culprit(diagnosis))?;
        writeln!(self.out)?;
        self.evidence("because", &diagnosis.evidence, now)?;
        if let Some(link) = &diagnosis.inferred {
            self.item(4, "inferred", 9, link)?;
        }
        self.outcomes("not", &diagnosis.ruled_out)?;
        self.seen_from_here(&diagnosis.from_here, &diagnosis.answered)?;
        self.unseen(&diagnosis.unseen)?;
        self.next(&diagnosis.next)?;
        self.footer(&diagnosis.guide, &diagnosis.other_guides)
    }

    /// `cause image-tag-missing · change Deployment shop/checkout · seen on Pod shop/x and 2 more`.
    fn culprit(&self, diagnosis: &Diagnosis) -> String {
        let mut line = format!("cause {} · culprit {}", diagnosis.cause, diagnosis.object);
        let others: Vec<_> =
            diagnosis.affected.iter().filter(|object| **object != diagnosis.object).collect();
        if !others.is_empty() {
            line += &format!(" · seen on {}", phrase::listed(&others, MOST_AFFECTED));
        }
        line
    }

    fn evidence(&mut self, heading: &str, lines: &[Evidence], now: Time) -> fmt::Result {
        if lines.is_empty() {
            return Ok(());
        }
        self.heading(heading)?;
        let mut last = String::new();
        for line in lines.iter().take(MOST_EVIDENCE) {
            let place = phrase::place(line, now);
            if place != last {
                self.item(4, phrase::label(line), 9, &place)?;
                last = place;
            }
            let says = phrase::says(line);
            if !says.is_empty() {
                self.item(13, "", 0, &says)?;
            }
        }
        match lines.len().saturating_sub(MOST_EVIDENCE) {
            0 => Ok(()),
            more => self.item(13, "", 0, &format!("and {more} more in -o json")),
        }
    }

    fn outcomes(&mut self, heading: &str, outcomes: &[RuledOut]) -> fmt::Result {
        if outcomes.is_empty() {
            return Ok(());
        }
        self.heading(heading)?;
        for state in [OutcomeState::RuledOut, OutcomeState::LessLikely] {
            for outcome in phrase::in_state(outcomes, state) {
                let because = match state {
                    OutcomeState::RuledOut => outcome.because.clone(),
                    _ => format!("{}: {}", phrase::state(state), outcome.because),
                };
                self.item(4, &outcome.cause, 26, &because)?;
            }
        }
        for (because, names) in unknown_by_reason(outcomes) {
            let names = match names.len() {
                1..=MOST_NAMES => names.join(", "),
                count => format!("{count} causes (--explain)"),
            };
            let said = format!("{}: {names}; {because}", phrase::state(OutcomeState::Unknown));
            self.item(4, "", 0, &said)?;
        }
        for state in [OutcomeState::NotHeld, OutcomeState::NotReached] {
            let names: Vec<&str> =
                phrase::in_state(outcomes, state).map(|outcome| outcome.cause.as_str()).collect();
            let said = match names.len() {
                0 => continue,
                1..=MOST_NAMES => format!("{}: {}", phrase::state(state), names.join(", ")),
                count => format!("{}: {count} other causes (--explain)", phrase::state(state)),
            };
            self.item(4, "", 0, &said)?;
        }
        Ok(())
    }

    /// What registries answered this machine, and the guide's questions that it answers.
    fn seen_from_here(&mut self, words: &[RegistryWord], answered: &[Answered]) -> fmt::Result {
        if words.is_empty() && answered.is_empty() {
            return Ok(());
        }
        self.heading(phrase::FROM_HERE)?;
        for word in words {
            for (label, text) in phrase::heard(word) {
                self.item(4, label, 10, &text)?;
            }
        }
        for one in answered {
            self.item(4, &format!("line {}", one.line), 10, &one.question)?;
            self.item(14, "", 0, &one.answer)?;
        }
        Ok(())
    }

    fn unseen(&mut self, unseen: &[Unseen]) -> fmt::Result {
        if unseen.is_empty() {
            return Ok(());
        }
        self.heading("not seen")?;
        for (what, why) in phrase::unseen(unseen) {
            match what.contains(", ") {
                true => {
                    self.item(4, "", 0, &what)?;
                    self.item(30, "", 0, &why)?;
                }
                false => self.item(4, &what, 26, &why)?,
            }
        }
        Ok(())
    }

    /// Commands are never broken: a person copies them.
    fn next(&mut self, steps: &[NextStep]) -> fmt::Result {
        if steps.is_empty() {
            return Ok(());
        }
        self.heading("next")?;
        for step in steps {
            let risk = step.risk.as_ref().map_or(String::new(), |risk| format!(" (risk: {risk})"));
            self.item(
                4,
                "",
                0,
                &format!("{}{risk} · {}, fix{BOUND}{}", step.title, step.guide, step.fix),
            )?;
            for command in &step.commands {
                writeln!(self.out, "      {command}")?;
            }
        }
        Ok(())
    }

    fn footer(&mut self, guide: &GuidePlace, others: &[String]) -> fmt::Result {
        let mut line = format!("{} ({})", guide.id, guide.version);
        if let Some(step) = guide.step {
            line += &format!(" · step {step}");
        }
        if let Some(number) = guide.line {
            line += &format!(" · line {number}");
        }
        line += " · --explain shows every decision";
        if !others.is_empty() {
            line += &format!(" · {} would apply too", others.join(", "));
        }
        writeln!(self.out)?;
        for part in wrap(&line, self.width()) {
            writeln!(self.out, "{}", self.paint(DIM, &part))?;
        }
        writeln!(self.out)
    }

    fn inconclusive(&mut self, doubt: &Inconclusive, now: Time) -> fmt::Result {
        let symbol = self.symbol("?", "?");
        self.verdict(DOUBT, symbol, &doubt.summary, "inconclusive")?;
        let others: Vec<_> =
            doubt.affected.iter().filter(|object| **object != doubt.object).collect();
        if !others.is_empty() {
            self.item(2, "", 0, &format!("seen on {}", phrase::listed(&others, MOST_AFFECTED)))?;
        }
        writeln!(self.out)?;
        self.unseen(&doubt.unseen)?;
        self.evidence("seen", &doubt.seen, now)?;
        self.seen_from_here(&doubt.from_here, &doubt.answered)?;
        self.outcomes("outcomes", &doubt.outcomes)?;
        if !doubt.left_for_a_person.is_empty() {
            self.heading("left for a person")?;
            for one in &doubt.left_for_a_person {
                self.item(4, &format!("line {}", one.line), 9, &one.question)?;
                if let Some(hint) = &one.hint {
                    self.item(13, "", 0, hint)?;
                }
            }
        }
        self.escalation(doubt)?;
        self.footer(&doubt.guide, &doubt.other_guides)
    }

    fn escalation(&mut self, doubt: &Inconclusive) -> fmt::Result {
        if doubt.escalation.steps.is_empty() && doubt.escalation.owner.is_none() {
            return Ok(());
        }
        match &doubt.escalation.owner {
            Some(owner) => self.heading(&format!("escalate to {owner}"))?,
            None => self.heading("escalate")?,
        }
        for step in &doubt.escalation.steps {
            self.item(4, self.symbol("·", "-"), 2, step)?;
        }
        let namespace = doubt.object.namespace.as_deref().unwrap_or("default");
        let file = format!("{}.tar.zst", doubt.object.name);
        self.item(
            4,
            self.symbol("·", "-"),
            2,
            "everything that was asked and answered, redacted:",
        )?;
        let target =
            format!("{}/{}", doubt.object.kind.name().to_ascii_lowercase(), doubt.object.name);
        writeln!(self.out, "      tsg diagnose {target} -n {namespace} --record {file}")
    }

    pub(crate) fn nothing_found(&mut self, report: &Report) -> fmt::Result {
        let sentence = phrase::nothing_found(report);
        match report.is_clean() {
            true => self.verdict(GOOD, self.symbol("✓", "ok"), &sentence, ""),
            false => self.verdict(DOUBT, self.symbol("?", "?"), &sentence, ""),
        }
    }

    /// What is said once for the whole report.
    pub(crate) fn remainder(&mut self, report: &Report) -> fmt::Result {
        if let Some(missing) = &report.no_such_target {
            let nearest = match missing.nearest.is_empty() {
                true => "nothing there has a name like it".to_owned(),
                false => format!("nearest: {}", phrase::listed(&missing.nearest, 5)),
            };
            self.item(2, "", 0, &nearest)?;
        }
        if !report.uncovered.is_empty() {
            self.heading("in trouble, but no guide applies")?;
            for one in report.uncovered.iter().take(MOST_UNCOVERED) {
                self.item(4, &one.object.to_string(), 26, &one.state)?;
            }
            if let Some(more) = report.uncovered.len().checked_sub(MOST_UNCOVERED + 1) {
                self.item(4, "", 0, &format!("and {} more in -o json", more + 1))?;
            }
        }
        let told = |gap: &Unseen| {
            let diagnosed = report.diagnoses.iter().flat_map(|one| &one.unseen);
            let doubted = report.inconclusive.iter().flat_map(|one| &one.unseen);
            diagnosed.chain(doubted).any(|known| known == gap)
        };
        let untold: Vec<Unseen> =
            report.not_looked.iter().filter(|gap| !told(gap)).cloned().collect();
        self.unseen(&untold)?;
        for note in &report.notes {
            self.item(2, "note:", 6, note)?;
        }
        Ok(())
    }
}

/// The outcomes that cannot be told, by what keeps them from being told.
fn unknown_by_reason(outcomes: &[RuledOut]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for outcome in phrase::in_state(outcomes, OutcomeState::Unknown) {
        match groups.iter_mut().find(|(because, _)| *because == outcome.because) {
            Some((_, names)) => names.push(&outcome.cause),
            None => groups.push((&outcome.because, vec![&outcome.cause])),
        }
    }
    groups
}
