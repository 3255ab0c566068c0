//! The registry's word in reports: apart from what the node saw, and with a hint where nobody asked.

use diagnose::report::Report;
use evidence::{Origin, UnseenKind};
use report::{Format, Style};

use crate::incident::{Incident, all};
use crate::{in_order, investigate};

fn incident(name: &str) -> &'static Incident {
    all().iter().find(|one| one.name == format!("imagepull/{name}")).expect(name)
}

fn reported(name: &str, guide: &str) -> Report {
    let incident = incident(name);
    let run = incident.runs.iter().find(|run| run.guide.as_deref() == Some(guide)).expect(guide);
    investigate(incident, run, &incident.files, in_order).0
}

fn shown(report: &Report, format: Format) -> String {
    let mut text = String::new();
    report::write(report, format, Style::default(), &mut text).unwrap();
    text
}

const PROSE: &str = "TSG-POD-IMAGEPULL-001";
const EXPLICIT: &str = "TSG-POD-IMAGEPULL-010";

#[test]
fn a_wrong_tag_names_the_nearest_that_exists_when_the_registry_was_asked() {
    let report = reported("wrong-tag-probed", EXPLICIT);
    let diagnosis = &report.diagnoses[0];
    assert!(diagnosis.summary.ends_with("the nearest that exist are 1.4.2, 1.4.1, 1.4.0"));
    assert!(diagnosis.evidence.iter().any(|line| line.source.origin == Origin::Registry));
    assert_eq!(diagnosis.from_here[0].nearest_tags[0], "1.4.2");
    assert!(diagnosis.unseen.is_empty() && report.complete);
}

#[test]
fn a_registry_that_nobody_asked_is_a_hint_only_where_its_word_would_have_decided() {
    for (name, wanted) in [
        ("wrong-tag", true),
        ("wrong-password", true),
        ("dns-no-such-host", false),
        ("node-disk-full", false),
    ] {
        let report = reported(name, EXPLICIT);
        let hints = report.diagnoses[0].unseen.iter().filter(|one| one.why.contains("--probe"));
        let kinds: Vec<UnseenKind> = hints.map(|one| one.kind).collect();
        assert_eq!(kinds, vec![UnseenKind::NotAsked; usize::from(wanted)], "{name}");
        assert!(report.diagnoses[0].from_here.is_empty(), "{name}");
    }
}

#[test]
fn the_first_guides_questions_are_answered_by_the_registry_and_else_left_with_a_hint() {
    let report = reported("wrong-tag-probed", PROSE);
    let answers: Vec<(u32, &str)> =
        report.diagnoses[0].answered.iter().map(|one| (one.line, one.answer.as_str())).collect();
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(answers[0].1.contains("has no tag 1.4.3") && answers[0].1.contains("1.4.2"));
    let mut hinted = 0;
    for incident in all() {
        for run in incident.runs.iter().filter(|run| run.guide.as_deref() == Some(PROSE)) {
            let (report, _) = investigate(incident, run, &incident.files, in_order);
            for one in report.inconclusive.iter().flat_map(|doubt| &doubt.left_for_a_person) {
                assert_eq!(one.hint.is_some(), [40, 41, 42].contains(&one.line), "{one:?}");
                hinted += usize::from(one.hint.is_some());
            }
        }
    }
    assert!(hinted > 0, "no scenario leaves a question to a person");
}

#[test]
fn what_the_network_does_from_here_changes_nothing_that_is_said_of_the_node() {
    for guide in [PROSE, EXPLICIT] {
        let (probed, plain) =
            (reported("node-dns-probed", guide), reported("dns-no-such-host", guide));
        let (one, other) = (&probed.diagnoses[0], &plain.diagnoses[0]);
        assert_eq!((&one.summary, &one.confidence), (&other.summary, &other.confidence));
        assert_eq!(one.evidence, other.evidence);
        assert!(one.evidence.iter().all(|line| line.source.origin != Origin::Registry));
        assert!(!one.from_here.is_empty() && other.from_here.is_empty());
    }
}

#[test]
fn every_format_shows_it_under_a_heading_of_its_own() {
    let report = reported("wrong-password-probed", EXPLICIT);
    let text = shown(&report, Format::Text);
    let (_, below) = text.split_once("  from here: asked of the registry by this machine").unwrap();
    assert!(below.contains("login     failed:") && below.contains("travel-pull"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("      ")));
    let markdown = shown(&report, Format::Markdown);
    assert!(markdown.contains("**From here: asked of the registry by this machine"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&shown(&report, Format::Json)).unwrap();
    let refused = &json["diagnoses"][0]["from_here"][0]["refused"][0]["name"];
    assert_eq!(refused, "travel-pull");
}
