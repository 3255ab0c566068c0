//! The page of a triage: how many causes explain how many symptoms, each cause in a few lines,
//! and what nothing explains. The evidence stands on the page of one cause (`--show`).

use std::fmt::{self, Write};

use diagnose::report::{Confidence, Diagnosis, Report, Symptom};
use evidence::ObjectRef;

use crate::column::BOUND;
use crate::page::{BAD, DIM, DOUBT, Page};
use crate::text::in_style;
use crate::{Style, phrase};

/// How many symptoms of a cause are named.
const MOST_SYMPTOMS: usize = 4;
/// How many sorts of symptoms that nothing explains are named.
const MOST_UNEXPLAINED: usize = 12;
/// How many causes that explain nothing of their own are named.
const MOST_OTHERS: usize = 4;

/// Writes the page.
pub(crate) fn write(report: &Report, style: Style, out: &mut dyn Write) -> fmt::Result {
    in_style(style, out, |out| {
        let mut page = Page { style, out };
        page.triage(report)
    })
}

impl Page<'_> {
    fn triage(&mut self, report: &Report) -> fmt::Result {
        let (causes, others) = split(report);
        if causes.is_empty() && report.unexplained.is_empty() {
            self.nothing_found(report)?;
            return self.remainder(report);
        }
        self.item(0, "", 0, &headline(report, causes.len()))?;
        writeln!(self.out)?;
        for (number, cause) in causes.iter().enumerate() {
            self.cause(number + 1, cause)?;
        }
        self.others(&others)?;
        self.unexplained(report)?;
        self.remainder(report)?;
        if !causes.is_empty() {
            let hint = "tsg triage --show 1 for the evidence of the first, and so on";
            let hint = self.paint(DIM, hint);
            writeln!(self.out, "{hint}")?;
        }
        Ok(())
    }

    fn cause(&mut self, number: usize, cause: &Diagnosis) -> fmt::Result {
        let (paint, symbol) = match cause.confidence {
            Confidence::Confirmed => (BAD, self.symbol("✗", "x")),
            Confidence::Likely | Confidence::Possible => (DOUBT, self.symbol("~", "~")),
        };
        let symbol = format!("{number} {symbol}");
        self.verdict(paint, &symbol, &cause.summary, cause.confidence.word())?;
        self.item(4, "", 0, &format!("cause {} · {}", cause.cause, cause.guide.id))?;
        self.item(4, "explains", 9, &explained(&cause.explains))?;
        if let Some(step) = cause.next.first() {
            self.item(4, "next", 9, &step.title)?;
            if let Some(command) = gist(&step.commands) {
                writeln!(self.out, "             {command}")?;
            }
        }
        writeln!(self.out)
    }

    fn others(&mut self, others: &[&Diagnosis]) -> fmt::Result {
        if others.is_empty() {
            return Ok(());
        }
        let names: Vec<String> =
            others.iter().map(|one| format!("{} of {}", one.cause, one.object)).collect();
        let said = format!("the evidence also allows: {}", phrase::listed(&names, MOST_OTHERS));
        self.item(2, "", 0, &said)
    }

    /// The same doubt about many objects stands once.
    fn unexplained(&mut self, report: &Report) -> fmt::Result {
        let mut groups: Vec<(String, Option<String>, Vec<&ObjectRef>)> = Vec::new();
        for one in &report.unexplained {
            let doubt =
                report.inconclusive.iter().find(|doubt| doubt.affected.contains(&one.object));
            let unseen = doubt.and_then(|doubt| doubt.unseen.first()).map(ToString::to_string);
            match groups.iter_mut().find(|(state, of, _)| *state == one.state && *of == unseen) {
                Some((_, _, objects)) => objects.push(&one.object),
                None => groups.push((one.state.clone(), unseen, vec![&one.object])),
            }
        }
        for (state, unseen, objects) in groups.iter().take(MOST_UNEXPLAINED) {
            let sentence = format!("{}: {state}", phrase::listed(objects, MOST_SYMPTOMS));
            self.verdict(DOUBT, self.symbol("?", "?"), &sentence, "unexplained")?;
            if let Some(unseen) = unseen {
                self.item(4, "not seen", 9, unseen)?;
            }
        }
        let more: usize =
            groups.iter().skip(MOST_UNEXPLAINED).map(|(_, _, objects)| objects.len()).sum();
        match more {
            0 => Ok(()),
            more => self.item(2, "", 0, &format!("and {more} more in -o json")),
        }
    }
}

/// The command that says most of what a step does: the first that changes something, since those
/// before it look and those after it make sure. What is deleted to be made anew comes after all else.
fn gist(commands: &[String]) -> Option<&String> {
    let changing = || commands.iter().filter(|command| change(command).is_some());
    let lasting = changing().find(|command| change(command) != Some("delete"));
    lasting.or_else(|| changing().next()).or(commands.last())
}

/// The verb of a command of kubectl that changes something.
fn change(command: &str) -> Option<&str> {
    const LOOKS: [&str; 8] =
        ["get", "describe", "logs", "top", "auth", "events", "rollout status", "rollout history"];
    let (_, rest) = command.split_once("kubectl ")?;
    let mut words = rest.split_whitespace();
    let mut verb = words.next();
    while let Some(flag) = verb.filter(|word| word.starts_with('-')) {
        if !flag.contains('=') {
            words.next();
        }
        verb = words.next();
    }
    let (verb, next) = (verb?, words.next().unwrap_or_default());
    let looks = LOOKS.contains(&verb) || LOOKS.contains(&format!("{verb} {next}").as_str());
    (!looks).then_some(verb)
}

/// The causes that explain symptoms of their own, and the others.
fn split(report: &Report) -> (Vec<&Diagnosis>, Vec<&Diagnosis>) {
    report.diagnoses.iter().partition(|one| !one.explains.is_empty())
}

fn headline(report: &Report, causes: usize) -> String {
    let explained: std::collections::BTreeSet<_> =
        report.diagnoses.iter().flat_map(|one| &one.explains).map(|one| &one.object).collect();
    let all = explained.len() + report.unexplained.len();
    let symptoms = if all == 1 { "symptom" } else { "symptoms" };
    let looked = phrase::looked_at(report).replace(' ', &BOUND.to_string());
    let target = &report.target;
    let causes = match causes {
        0 => return format!("no cause found for {all} {symptoms} in {target} · {looked}"),
        1 => "1 cause explains".to_owned(),
        count => format!("{count} causes explain"),
    };
    format!("{causes} {} of {all} {symptoms} in {target} · {looked}", explained.len())
}

/// `Pod a/b (not ready), 3 more Pods, Service a/c`.
fn explained(symptoms: &[Symptom]) -> String {
    let named: Vec<&ObjectRef> = symptoms.iter().map(|one| &one.object).collect();
    phrase::listed(&named, MOST_SYMPTOMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_looks_is_told_from_one_that_changes() {
        for (command, verb) in [
            ("kubectl -n shop edit service web", Some("edit")),
            ("kubectl -n logs delete pod web-0", Some("delete")),
            ("kubectl -n shop get pods", None),
            ("kubectl --context=a -n shop rollout status deploy/web", None),
            ("kubectl -n shop rollout undo deploy/web", Some("rollout")),
            ("ssh worker-1 systemctl status kubelet", None),
        ] {
            assert_eq!(change(command), verb, "{command}");
        }
    }

    #[test]
    fn the_gist_of_a_step_is_what_lasts_of_its_changes() {
        let gist_of = |commands: &[&str]| {
            let commands: Vec<String> = commands.iter().map(|one| one.to_string()).collect();
            gist(&commands).cloned()
        };
        let anew = ["kubectl get pvc", "kubectl delete pvc data", "kubectl apply -f claim.yaml"];
        assert_eq!(gist_of(&anew).as_deref(), Some("kubectl apply -f claim.yaml"));
        let gone = ["kubectl get pods", "kubectl delete pod web-0", "kubectl get pods"];
        assert_eq!(gist_of(&gone).as_deref(), Some("kubectl delete pod web-0"));
        assert_eq!(
            gist_of(&["crane ls a", "crane manifest b"]).as_deref(),
            Some("crane manifest b")
        );
    }
}
