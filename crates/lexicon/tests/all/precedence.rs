//! How one signature is left where several match.

use lexicon::{Lexicon, LexiconError};

const CONCEPT: &str = "[[concept]]\nid = \"c\"\ntitle = \"C\"\nstrong = [\"c\"]\n[[family]]\nid = \"f\"\ntitle = \"F\"\nunless = [\"probe failed\"]\n";

fn signature(id: &str, pattern: &str, more: &str) -> String {
    format!(
        "[[signature]]\nid = \"{id}\"\nfamily = \"f\"\nmeaning = \"m\"\nprinted_by = []\npatterns = [\"{pattern}\"]\n{more}\n"
    )
}

const SUPPORTS: &str = "supports = [{ concept = \"c\", strength = \"likely\" }]";

fn lexicon(signatures: &[String]) -> Result<Lexicon, Vec<LexiconError>> {
    Lexicon::parse(&[("concepts", CONCEPT), ("signatures", &signatures.concat())])
}

fn left(signatures: &[String], message: &str) -> Vec<String> {
    let lexicon = lexicon(signatures).unwrap_or_else(|errors| panic!("{errors:?}"));
    lexicon.matches(message, None).into_iter().map(|s| s.id.clone()).collect()
}

#[test]
fn a_cause_wins_over_its_wrapper_and_a_wrapper_over_empty_words() {
    let all = [
        signature("says-nothing", "pull failed", "informative = false"),
        signature("outer", "token failed", &format!("wrapper = true\n{SUPPORTS}")),
        signature("cause", "connection refused", SUPPORTS),
    ];
    assert_eq!(left(&all, "pull failed: token failed: connection refused"), ["cause"]);
    assert_eq!(left(&all, "pull failed: token failed"), ["outer"]);
    assert_eq!(left(&all, "pull failed"), ["says-nothing"]);
    assert!(left(&all, "all is well").is_empty());
}

#[test]
fn a_signature_yields_to_those_it_names() {
    let all = [
        signature("refused", "unauthorized", &format!("yields_to = [\"missing\"]\n{SUPPORTS}")),
        signature("missing", "not found", SUPPORTS),
    ];
    assert_eq!(left(&all, "[unauthorized, not found]"), ["missing"]);
    assert_eq!(left(&all, "unauthorized"), ["refused"]);
}

#[test]
fn unless_of_signature_and_family_keep_it_out() {
    let all =
        [signature("a", "timeout", &format!("unless = [\"lookup ... timeout\"]\n{SUPPORTS}"))];
    assert_eq!(left(&all, "dial timeout"), ["a"]);
    assert!(left(&all, "lookup host: timeout").is_empty());
    assert!(left(&all, "Probe failed: timeout").is_empty());
}

#[test]
fn where_several_are_left_the_first_in_the_data_is_the_class() {
    let all = [signature("b", "two", SUPPORTS), signature("a", "one", SUPPORTS)];
    let lexicon = lexicon(&all).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(lexicon.classify("one two", None).map(|s| s.id.as_str()), Some("b"));
}

#[test]
fn case_and_white_space_do_not_matter() {
    let all = [signature("a", "Connection   Refused", SUPPORTS)];
    assert_eq!(left(&all, "CONNECTION\n\trefused"), ["a"]);
}
