//! Mistakes in data files: all at once, with file and line.

use lexicon::{Lexicon, LexiconError, LexiconErrorKind};

const GOOD: &str = r#"
[[family]]
id = "f"
title = "F"

[[concept]]
id = "c"
title = "C"
strong = ["c"]

[[signature]]
id = "s"
family = "f"
meaning = "m"
printed_by = [{ component = "x", versions = "all", source = "https://example.com" }]
patterns = ["some words"]
supports = [{ concept = "c", strength = "likely" }]
"#;

fn errors(text: &str) -> Vec<LexiconError> {
    Lexicon::parse(&[("good.toml", GOOD), ("bad.toml", text)]).err().unwrap_or_default()
}

/// The one mistake in a signature with these lines, after `id` and `family`.
fn signature(lines: &str) -> Vec<String> {
    let text = format!("[[signature]]\nid = \"t\"\nfamily = \"f\"\n{lines}\n");
    errors(&text).iter().map(ToString::to_string).collect()
}

const REST: &str = "meaning = \"m\"\nprinted_by = []\npatterns = [\"other words\"]\nsupports = [{ concept = \"c\", strength = \"likely\" }]";

#[test]
fn a_file_without_mistakes_is_taken() {
    assert!(errors("").is_empty());
    assert!(signature(REST).is_empty());
}

#[test]
fn each_mistake_is_named_with_its_place() {
    let table = [
        ("colour = \"red\"", "bad.toml:4: signature `t` has no key `colour`; keys: id, family"),
        ("informative = \"no\"", "bad.toml:4: `informative` must be true or false, found string"),
        ("words = \"one\"", "bad.toml:4: `words` must be a list of texts, found string"),
        ("words = [\"\"]", "bad.toml:4: `words` is empty"),
        ("yields_to = [\"ss\"]", "bad.toml:2: no signature `ss`; similar: s"),
        ("unless = [\"... ...\"]", "bad.toml:2: pattern `... ...` holds nothing to look for"),
        (
            "unless = [\"status https://example.com/v2\"]",
            "bad.toml:2: pattern `status https://example.com/v2` can never match",
        ),
        (
            "unless = ['image \"web\" lost']",
            "bad.toml:2: pattern `image \"web\" lost` can never match",
        ),
        (
            "rules_out = [{ concept = \"d\", because = \"x\" }]",
            "bad.toml:2: no concept `d`; similar: c",
        ),
        ("rules_out = [{ concept = \"c\" }]", "bad.toml:4: rules_out lacks the key `because`"),
    ];
    for (line, want) in table {
        let found = signature(&format!("{line}\n{REST}"));
        assert!(found.len() == 1 && found[0].starts_with(want), "{line}: {found:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let found = signature("");
    for key in ["meaning", "printed_by", "patterns"] {
        let want = format!("bad.toml:2: signature `t` lacks the key `{key}`");
        assert!(found.contains(&want), "{key}: {found:?}");
    }
}

#[test]
fn strengths_are_three_words() {
    let rest = REST.replace("likely", "certain");
    let found = signature(&rest);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("speaks for no concept"), "{found:?}");
    assert!(found[1].contains("`certain` is not a strength"), "{found:?}");
}

#[test]
fn an_uninformative_signature_claims_nothing() {
    let found = signature(&format!("informative = false\n{REST}"));
    assert_eq!(found, ["bad.toml:2: t is not informative, so it cannot support or rule out"]);
}

#[test]
fn ids_are_unique_over_all_files() {
    let found = errors("[[concept]]\nid = \"c\"\ntitle = \"again\"\nstrong = [\"x\"]\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "bad.toml:2: concept `c` was already defined in good.toml:7");
}

#[test]
fn ids_are_lower_case_words_with_hyphens() {
    for id in ["Upper", "under_score", "-a", "a--b", "a b"] {
        let text = format!("[[concept]]\nid = \"{id}\"\ntitle = \"t\"\nstrong = [\"x\"]\n");
        let kinds: Vec<LexiconErrorKind> = errors(&text).into_iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [LexiconErrorKind::BadId { id: id.to_owned() }], "{id}");
    }
}

#[test]
fn circles_are_found_once() {
    let concept = |id: &str, broader: &str| {
        format!(
            "[[concept]]\nid = \"{id}\"\ntitle = \"t\"\nbroader = \"{broader}\"\nstrong = [\"x\"]\n"
        )
    };
    let text = [concept("k", "l"), concept("l", "m"), concept("m", "k")].concat();
    let found = errors(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].to_string(), "bad.toml:2: `broader` goes round in a circle: k → l → m → k");
}

#[test]
fn a_signature_cannot_yield_to_itself() {
    let found = signature(&format!("yields_to = [\"t\"]\n{REST}"));
    assert_eq!(found, ["bad.toml:2: `yields_to` goes round in a circle: t → t"]);
}

#[test]
fn all_mistakes_of_all_files_come_at_once_in_order() {
    let one = "[[signature]]\nid = \"a\"\nfamily = \"g\"\nmeaning = \"\"\nprinted_by = []\npatterns = []\nspeed = 1\n";
    let two = "[[thing]]\nid = 1\n[[fact]]\nid = \"f\"\n";
    let found = Lexicon::parse(&[("one", one), ("two", two)]).err().unwrap_or_default();
    let places: Vec<(&str, Option<usize>)> =
        found.iter().map(|e| (e.file.as_str(), e.line)).collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(places, sorted);
    assert!(found.len() >= 9, "{found:#?}");
}

#[test]
fn what_is_not_toml_is_said_with_its_line() {
    let found = errors("[[concept]]\nid = \n");
    assert!(found.iter().all(|e| matches!(e.kind, LexiconErrorKind::Toml { .. })), "{found:?}");
    assert_eq!(found.first().and_then(|e| e.line), Some(2));
}

#[test]
fn wrong_shapes_are_no_panic() {
    for text in
        ["concept = 1", "concept = [1]", "[concept]\nid = \"x\"", "[[signature]]", "a.b.c = 1"]
    {
        assert!(!errors(text).is_empty(), "{text}");
    }
}
