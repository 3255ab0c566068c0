//! Names that a guide gives to expressions.

mod vocabulary;

use guide::{Code, Condition, Guide, Parsed};
use lexicon::Lexicon;
use vocabulary::vocabulary;

const EXPLICIT: &str = include_str!("data/explicit.md");

/// The explicit guide with a block of definitions and a decision in its first step.
fn with(definitions: &str, decision: &str) -> Parsed {
    let (before, rest) = EXPLICIT.split_once("\n- `pull access").unwrap();
    let text =
        format!("{before}\n\n```cel\n{definitions}\n```\n\n- {decision}\n- `pull access{rest}");
    Guide::check("guide.md", &text, &vocabulary(), Lexicon::shipped())
}

/// The mistakes that the additions bring, as code and words in place.
fn mistakes(definitions: &str, decision: &str) -> Vec<(Code, String)> {
    let clean: Vec<Code> = Guide::check("guide.md", EXPLICIT, &vocabulary(), Lexicon::shipped())
        .diagnostics
        .iter()
        .map(|found| found.code)
        .collect();
    let parsed = with(definitions, decision);
    let text = parsed.guide.text.clone();
    let all = parsed.diagnostics.into_iter();
    let mut found: Vec<(Code, String)> =
        all.map(|found| (found.code, text[found.span.clone()].to_owned())).collect();
    for code in clean {
        let at = found.iter().position(|(own, _)| *own == code).expect("as without the addition");
        found.remove(at);
    }
    found
}

const DECISION: &str = "Is it down? When `down && !busy` → **image-reference**: {names}";
const DEFINITIONS: &str = "names = events.failures.map(c, c.class)\n\
                           # not the pod itself\n\
                           down = events.failures\n  .exists(c, c.class == 'dns')\n\
                           busy = down && size(names) > 9";

#[test]
fn a_decision_uses_what_is_defined_and_the_calls_that_it_stands_on() {
    assert_eq!(mistakes(DEFINITIONS, DECISION), []);
    let parsed = with(DEFINITIONS, DECISION);
    assert_eq!(parsed.guide.steps[0].definitions.len(), 3);
    let (_, _, decision) = parsed.guide.decisions().next().unwrap();
    let Condition::When(when) = &decision.condition else { panic!("a condition") };
    assert_eq!(when.text(), "down && !busy");
    let names = when.value.names();
    assert!(names.len() == 3 && names.iter().all(|(name, _)| *name == "events"), "{names:?}");
}

#[test]
fn what_is_wrong_with_a_definition_is_told_in_its_place() {
    let told = |definitions: &str| mistakes(definitions, DECISION);
    let all = format!("{DEFINITIONS}\nidle = down");
    assert_eq!(told(&all), [(Code::UnusedBinding, "idle".to_owned())]);
    let all = DEFINITIONS.replace("c.class ==", "c.clas ==");
    assert_eq!(told(&all), [(Code::UnknownField, "c.clas".to_owned())]);
    let all = DEFINITIONS.replace("events.failures.map", "events.failures.map(");
    assert!(told(&all).iter().any(|(code, _)| *code == Code::Expression), "{:?}", told(&all));
    let all = format!("{DEFINITIONS}\nget_pod(1)");
    assert_eq!(told(&all), [(Code::NotADefinition, "get_pod(1)".to_owned())]);
    let all = format!("{DEFINITIONS}\ndown = busy");
    assert_eq!(told(&all), [(Code::DuplicateBinding, "down".to_owned())]);
    let all = format!("{DEFINITIONS}\nreport = down");
    assert!(told(&all).contains(&(Code::DuplicateBinding, "report".to_owned())));
    let all = format!("{DEFINITIONS}\nnow = down");
    assert!(told(&all).contains(&(Code::ReservedName, "now".to_owned())));
}

#[test]
fn a_definition_knows_only_what_is_before_it() {
    let all = "busy = down && size(names) > 9\n\
               names = events.failures.map(c, c.class)\n\
               down = events.failures.exists(c, c.class == 'dns')";
    let found = mistakes(all, DECISION);
    let before = |name: &str| (Code::UsedBeforeBound, name.to_owned());
    assert_eq!(found, [before("down"), before("names")]);
}
