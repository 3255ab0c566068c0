//! No text makes anything panic, and what is told is told within the text.

use expression::{Budget, Environment, Expression, Scope, Template, Type};
use proptest::prelude::*;

use crate::values;

const SEEDS: [&str; 8] = [
    "events.exists(e, e.class == \"dns\") && !has(pod.node)",
    "pod.containers.filter(c, c.exit_code > 1)[0].limits['memory'].matches(r'^\\d+Mi$')",
    "now - pod.created > duration(\"1h30m\") ? 'old' : \"\\u00e9\\n\"",
    "quantity('100Mi').isLessThan(quantity(\"1Gi\")) || x in [1, 2.5e3, -0x1f, 7u]",
    "{'a': [1], \"b\": null}.a.map(i, i > 0, i * 2 % 3).sum() != -9223372036854775808",
    "incomplete.containers.all(c, c.reason != 'OOMKilled' && c.args.join(',').size() < 5)",
    "'''tri'ple''' + r\"raw\" == word.split(' ', 2)[1].replace('a', 'b').substring(1, 3)",
    "hole.exists_one(h, h == 3) == !(u || v && n) // note",
];

/// Reads, checks and evaluates a text; asserts only what holds of every text.
fn exercise(text: &str) {
    match Expression::parse(text) {
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
            }
        }
        Ok(expression) => {
            let values = values();
            let (mut environment, mut scope) = (Environment::new(), Scope::new());
            for (name, value) in &values {
                environment.bind(name, value);
                scope.bind(*name, Type::ANY);
            }
            scope.bind("pod", <crate::Pod as evidence::Fact>::shape());
            for error in expression.check_condition(&scope) {
                assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
            }
            let verdict = expression.evaluate(&environment, &mut Budget::default());
            let again = expression.evaluate(&environment, &mut Budget::default());
            assert_eq!(format!("{verdict:?}"), format!("{again:?}"));
            if let Err(error) = verdict.value {
                assert!(text.get(error.span).is_some(), "{text:?}");
            }
        }
    }
    if let Ok(template) = Template::parse(text) {
        template.render(&Environment::new(), &mut Budget::default());
    } else if let Err(errors) = Template::parse(text) {
        assert!(errors.iter().all(|error| text.get(error.span.clone()).is_some()), "{errors:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,60}") {
        exercise(&text);
    }

    #[test]
    fn any_tokens_are_read_without_a_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "(", ")", "[", "]", "{", "}", ",", ".", ":", "?", "!", "-", "+", "*", "/", "%",
                "==", "!=", "<", ">=", "in", "&&", "||", "'a'", "\"", "'", "\\", "1", "2.5", "0x",
                "true", "null", "has", "exists", "map", "all", "x", "pod", "name", "u", "some",
                "matches", "size", " ", "r'", "'''", "\u{e9}", "}}", "{{",
            ]),
            0..40,
        )
    ) {
        exercise(&tokens.join(""));
        exercise(&tokens.join(" "));
    }

    #[test]
    fn damaged_expressions_are_read_without_a_panic(
        seed in prop::sample::select(SEEDS.to_vec()),
        at in 0usize..120,
        length in 0usize..6,
        patch in prop::sample::select(vec!["", "(", ")", "\"", "'", "\\", "}", "{", "\u{20ac}", "!", "99", ".", "[", "u"]),
    ) {
        let mut chars: Vec<char> = seed.chars().collect();
        let start = at.min(chars.len());
        let end = (start + length).min(chars.len());
        chars.splice(start..end, patch.chars());
        let text: String = chars.into_iter().collect();
        exercise(&text);
        exercise(&format!("a {{{text}}} b"));
    }
}

#[test]
fn the_seeds_are_sound() {
    for seed in SEEDS {
        assert!(Expression::parse(seed).is_ok(), "{seed}");
        exercise(seed);
    }
}
