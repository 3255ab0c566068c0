//! Every form of the language, in an explicit guide and in a solution.

mod vocabulary;

use guide::{
    Bullet, BulletKind, Condition, Consequence, Decision, Form, Guide, Phase, Piece, RiskLevel,
    Treatment, Verdict, render,
};
use lexicon::Lexicon;
use vocabulary::vocabulary;

const EXPLICIT: &str = include_str!("data/explicit.md");
const SOLUTION: &str = include_str!("data/solution.md");

fn read(text: &str) -> Guide {
    let parsed = Guide::check("guide.md", text, &vocabulary(), Lexicon::shipped());
    let errors: Vec<_> =
        parsed.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    assert_eq!(render(&errors, "guide.md", text, false), "");
    parsed.guide
}

fn bullet(step: usize, index: usize) -> Bullet {
    read(EXPLICIT).steps[step].bullets[index].clone()
}

fn decision(step: usize, index: usize) -> Decision {
    match bullet(step, index).kind {
        BulletKind::Decision(decision) => *decision,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_arrow_makes_a_guide_explicit() {
    let guide = read(EXPLICIT);
    assert_eq!(guide.form, Form::Explicit);
    assert_eq!(guide.decisions().count(), 11);
    assert_eq!(guide.meta.owner.as_deref(), Some("platform team"));
    assert_eq!(guide.meta.signals[0].labels.len(), 2);
    assert_eq!(guide.meta.signals[1].name, "pod_restart_count_high");
    assert_eq!(guide.probable_causes[0].text, "The tag");
    assert_eq!(guide.escalation[0].text, "Ask the platform team.");
}

#[test]
fn literals_with_commas_mean_any_of_them() {
    let decision = decision(0, 0);
    let Condition::Literals(literals) = decision.condition else { panic!("literals") };
    let texts: Vec<&str> = literals.iter().map(|literal| literal.text.as_str()).collect();
    assert_eq!(texts, ["pull access denied", "insufficient_scope"]);
    let Consequence::Outcome { verdict, outcome, at, sentence } = decision.consequence else {
        panic!("an outcome")
    };
    assert_eq!((verdict, outcome.text.as_str()), (Verdict::Likely, "pull-credentials"));
    assert!(at.is_none() && sentence.is_none());
}

#[test]
fn a_sentence_follows_the_colon_and_keeps_its_expressions() {
    let decision = decision(0, 1);
    let Condition::When(when) = decision.condition else { panic!("an expression") };
    assert_eq!(when.text(), r#"events.failures.exists(e, e.class == "dns")"#);
    assert_eq!(&EXPLICIT[when.span.clone()], when.text());
    let Consequence::Outcome { verdict, sentence: Some(sentence), .. } = decision.consequence
    else {
        panic!("an outcome with a sentence")
    };
    assert_eq!(verdict, Verdict::Confirmed);
    assert_eq!(sentence.value.insertions().count(), 1);
}

#[test]
fn a_consequence_can_be_another_guide_on_another_object() {
    let Consequence::Guide { guide, on: None } = decision(0, 2).consequence else {
        panic!("a guide")
    };
    assert_eq!(guide.text, "TSG-POD-OOM-001");
    let Consequence::Guide { guide, on: Some(on) } = decision(0, 3).consequence else {
        panic!("a guide on an object")
    };
    assert_eq!((guide.text.as_str(), on.text()), ("TSG-POD-CRASHLOOP-001", "report.node"));
    let Consequence::Guide { guide, on: None } = decision(1, 3).consequence else {
        panic!("a linked guide")
    };
    assert_eq!(guide.text, "TSG-POD-OOM-001");
}

#[test]
fn a_consequence_can_be_a_person_or_a_step() {
    let Consequence::Escalate { sentence: Some(sentence) } = decision(0, 4).consequence else {
        panic!("a person")
    };
    assert_eq!(sentence.value.insertions().count(), 2);
    let otherwise = decision(0, 5);
    assert!(matches!(otherwise.condition, Condition::Otherwise));
    assert!(matches!(otherwise.consequence, Consequence::Step { number: 2, .. }));
    assert!(matches!(decision(1, 6).consequence, Consequence::Escalate { sentence: None }));
}

#[test]
fn a_question_stands_before_when_and_a_culprit_after_at() {
    let decision = decision(1, 0);
    assert_eq!(decision.question.as_deref(), Some("Does the tag exist?"));
    let Consequence::Outcome { at: Some(at), sentence: Some(sentence), .. } = decision.consequence
    else {
        panic!("an outcome with a culprit and a sentence")
    };
    assert_eq!(at.text(), "report.workload");
    // The bullet goes on over a line break, which is folded; places still lead back.
    assert_eq!(sentence.text(), "did you mean {image.nearest_tag}?");
    let (_, place) = sentence.value.insertions().next().expect("an expression");
    assert_eq!(&EXPLICIT[sentence.source(place)], "image.nearest_tag");
}

#[test]
fn an_outcome_can_be_ruled_out_or_possible() {
    let verdict = |index| match decision(1, index).consequence {
        Consequence::Outcome { verdict, .. } => verdict,
        other => panic!("{other:?}"),
    };
    assert_eq!(verdict(1), Verdict::Not);
    assert_eq!(verdict(2), Verdict::Possible);
}

#[test]
fn a_bullet_without_an_arrow_stays_prose() {
    let BulletKind::Prose(prose) = bullet(1, 4).kind else { panic!("prose") };
    assert_eq!(prose.literals[0].text, "registry");
    let BulletKind::Prose(prose) = bullet(1, 5).kind else { panic!("prose") };
    assert!(prose.question);
}

#[test]
fn names_in_bold_are_ids_and_the_rest_is_words() {
    let guide = read(EXPLICIT);
    let outcomes: Vec<(&str, &str)> =
        guide.outcomes.iter().map(|one| (one.id.as_str(), one.plain.as_str())).collect();
    assert_eq!(
        outcomes,
        [
            ("pull-credentials", "Missing or invalid imagePullSecrets"),
            ("registry-connectivity", "The registry is not reached"),
            ("image-reference", "the image is wrong"),
        ]
    );
}

#[test]
fn a_step_sees_the_calls_before_it_their_plurals_and_the_target() {
    let guide = read(EXPLICIT);
    let first = guide.scope(0);
    let names: Vec<&str> = first.names().collect();
    assert_eq!(names, ["events", "eventss", "now", "report", "reports", "target"]);
    assert!(guide.scope(1).get("secrets").is_some_and(|found| found.item().is_some()));
}

#[test]
fn a_fix_has_what_it_treats_its_risk_and_its_commands() {
    let guide = read(SOLUTION);
    assert_eq!(guide.meta.phase, Phase::Solution);
    let fix = &guide.fixes[0];
    let treats: Vec<&str> = fix.treats.iter().map(|outcome| outcome.text.as_str()).collect();
    assert_eq!(treats, ["pull-credentials", "image-reference"]);
    let risk = fix.risk.as_ref().expect("a risk");
    assert_eq!((risk.level, risk.text.as_str()), (RiskLevel::Low, "nothing is restarted"));
    assert_eq!(fix.prose.len(), 1);
    assert_eq!(fix.prose[0].text, "The password is asked for.");
    let second = &guide.fixes[1];
    assert_eq!(second.treats[0].text, "incorrect-image-reference");
    assert_eq!(second.risk.as_ref().map(|risk| risk.level), Some(RiskLevel::High));
    assert!(second.prose.is_empty());
}

#[test]
fn a_command_goes_on_after_backslashes_in_quotes_and_here_documents() {
    let guide = read(SOLUTION);
    let commands = &guide.fixes[0].commands;
    let texts: Vec<&str> = commands.iter().map(|command| &SOLUTION[command.span.clone()]).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts[0].ends_with("--docker-username=<user>"));
    assert!(texts[1].ends_with("}'"));
    assert!(texts[2].ends_with("EOF"));
    assert_eq!(texts[3], "echo done");
    assert_eq!(commands[0].comment.as_deref(), Some("In the pod's namespace"));
    assert_eq!(commands[1].comment, None);
    assert!(!commands[0].pieces.contains(&Piece::Placeholder("service-account".into())));
    assert!(commands[1].pieces.contains(&Piece::Placeholder("service-account".into())));
}

#[test]
fn a_validation_is_words_and_where_it_can_a_condition() {
    let guide = read(SOLUTION);
    assert_eq!(guide.validation.len(), 2);
    let when = guide.validation[0].when.as_ref().expect("a condition");
    assert_eq!(when.text(), r#"report.phase == "Running""#);
    assert!(guide.validation[1].when.is_none());
    assert!(guide.validation_scope().get("report").is_some());
}

#[test]
fn a_fix_is_found_by_name_or_else_by_the_words_of_the_outcome() {
    let lexicon = Lexicon::shipped();
    let solution = read(SOLUTION);
    let explicit = read(EXPLICIT);
    let seed = read(include_str!("data/seed.md"));
    let treatment =
        |fix: usize, outcome: &guide::Outcome| solution.fixes[fix].treatment(outcome, lexicon);
    let [credentials, connectivity, reference] = [0, 1, 2].map(|index| &explicit.outcomes[index]);
    assert_eq!(treatment(0, credentials), Some(Treatment::Named));
    assert_eq!(treatment(0, reference), Some(Treatment::Named));
    assert_eq!(treatment(0, connectivity), None);
    assert_eq!(treatment(1, credentials), None);
    assert_eq!(treatment(1, &seed.outcomes[0]), Some(Treatment::Named));
    assert!(matches!(treatment(0, &seed.outcomes[1]), Some(Treatment::Inferred(_))));
    assert_eq!(treatment(0, &seed.outcomes[2]), None);
}

#[test]
fn bold_within_a_sentence_names_an_outcome_and_stays_in_its_words() {
    let seed = include_str!("data/seed.md");
    let text = seed.replace("- Incorrect image reference (", "- **Incorrect image reference** (");
    let outcome = &read(&text).outcomes[0];
    assert_eq!(outcome.id, "incorrect-image-reference");
    assert_eq!(outcome.plain, "Incorrect image reference (registry/repo/tag/digest)");
    let text = seed.replace("- Incorrect image reference (", "- **wrong-image:** Incorrect (");
    let outcome = &read(&text).outcomes[0];
    assert_eq!(
        (outcome.id.as_str(), outcome.plain.as_str()),
        ("wrong-image", "Incorrect (registry/repo/tag/digest)")
    );
}
