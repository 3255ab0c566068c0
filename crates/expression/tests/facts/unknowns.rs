//! Unknown is absorbed as CEL has it, and never read as absent.

use evidence::Value;
use expression::Truth;

use crate::{tell, told, verdict};

/// The five things that a part of a junction can be, as text, with their rank when
/// nothing settles it.
const PARTS: [(&str, &str); 5] =
    [("t", "true"), ("f", "false"), ("n", "null"), ("u", "unknown"), ("1 / 0 == 1", "error")];

/// What two parts make, from the rule: the settling value wins, then unknown, error, null.
fn expected(settling: &str, neutral: &str, left: &str, right: &str) -> &'static str {
    let either = |word: &str| left == word || right == word;
    for word in [settling, "unknown", "error", "null", neutral] {
        if either(word) {
            return PARTS.iter().map(|(_, own)| *own).find(|own| *own == word).unwrap();
        }
    }
    unreachable!()
}

fn first_word(text: &str) -> String {
    told(text).split(' ').next().unwrap().to_owned()
}

#[test]
fn and_is_settled_by_false_in_either_order() {
    for (left, one) in PARTS {
        for (right, other) in PARTS {
            let text = format!("{left} && {right}");
            assert_eq!(first_word(&text), expected("false", "true", one, other), "{text}");
        }
    }
}

#[test]
fn or_is_settled_by_true_in_either_order() {
    for (left, one) in PARTS {
        for (right, other) in PARTS {
            let text = format!("{left} || {right}");
            assert_eq!(first_word(&text), expected("true", "false", one, other), "{text}");
        }
    }
}

#[test]
fn exists_and_all_are_junctions_of_their_items() {
    let conditions = PARTS.map(|(part, word)| (part, word));
    for (left, one) in conditions {
        for (right, other) in conditions {
            let text = format!("[1, 2].exists(i, i == 1 ? ({left}) : ({right}))");
            assert_eq!(first_word(&text), expected("true", "false", one, other), "{text}");
            let text = format!("[1, 2].all(i, i == 1 ? ({left}) : ({right}))");
            assert_eq!(first_word(&text), expected("false", "true", one, other), "{text}");
        }
    }
}

#[test]
fn three_terms_are_settled_by_any_of_them() {
    tell(&[
        ("u || 1 / 0 == 1 || t", "true"),
        ("f || u || f", "unknown u"),
        ("u && v && f", "false"),
        ("t && u && v", "unknown u v"),
    ]);
}

#[test]
fn not_and_choice_pass_the_unknown_on() {
    tell(&[
        ("!u", "unknown u"),
        ("!t", "false"),
        ("!f", "true"),
        ("u ? t : t", "unknown u"),
        ("t ? 1 : u", "1"),
        ("f ? u : 2", "2"),
        ("t ? u : 2", "unknown u"),
        ("1 / 0 == 1 ? t : f", "error DivisionByZero"),
    ]);
}

#[test]
fn what_needs_all_its_operands_is_unknown_when_one_is() {
    tell(&[
        ("u == 1", "unknown u"),
        ("1 != u", "unknown u"),
        ("u < v", "unknown u v"),
        ("u.name", "unknown u"),
        ("has(u.name)", "unknown u"),
        ("u[0]", "unknown u"),
        ("[1, 2][u]", "unknown u"),
        ("size(u)", "unknown u"),
        ("word.contains(u)", "unknown u"),
        ("u + 1", "unknown u"),
        ("[1, u, v]", "unknown u v"),
        ("u in [1]", "unknown u"),
        ("1 in u", "unknown u"),
        ("u.exists(i, true)", "unknown u"),
        ("has(incomplete.containers[1].reason)", "unknown reason"),
        ("incomplete.containers[1].reason == 'Error'", "unknown reason"),
    ]);
}

#[test]
fn an_error_that_no_answer_could_repair_is_an_error() {
    tell(&[
        ("u + 1 / 0", "error DivisionByZero"),
        ("1 / 0 + u", "error DivisionByZero"),
        ("[u, 1 / 0]", "error DivisionByZero"),
        ("word.substring(u, 1 / 0)", "error DivisionByZero"),
    ]);
}

#[test]
fn what_would_have_decided_is_named_once_each() {
    tell(&[
        ("u && v", "unknown u v"),
        ("u && u", "unknown u"),
        ("(u && f) || v", "unknown v"),
        ("hole.exists(i, i == 2)", "unknown hole"),
        ("[1, 2, 3].exists(i, i == 2 ? v : u)", "unknown u v"),
        ("some.exists(i, u)", "unknown u rest"),
    ]);
}

#[test]
fn a_partial_list_never_proves_absence() {
    tell(&[
        ("some.exists(i, i == 2)", "true"),
        ("some.exists(i, i == 3)", "unknown rest"),
        ("!some.exists(i, i == 3)", "unknown rest"),
        ("none_seen.exists(i, true)", "unknown rest"),
        ("some.all(i, i > 1)", "false"),
        ("some.all(i, i > 0)", "unknown rest"),
        ("some.exists_one(i, i == 1)", "unknown rest"),
        ("some.exists_one(i, i > 0)", "false"),
        ("1 in some", "true"),
        ("3 in some", "unknown rest"),
        ("size(some)", "unknown rest"),
        ("size(none_seen) == 0", "unknown rest"),
        ("some == [1, 2]", "unknown rest"),
        ("some == [1]", "false"),
        ("[1] == some", "false"),
        ("some == some", "unknown rest"),
        ("some.sum()", "unknown rest"),
        ("some.max()", "unknown rest"),
        ("some.indexOf(1)", "unknown rest"),
        ("some.isSorted()", "unknown rest"),
        ("[some.map(i, string(i)).join(',')]", "unknown rest"),
        ("some.filter(i, i == 3).exists(i, true)", "unknown rest"),
        ("size(some.filter(i, i == 1)) > 0", "true"),
        ("size(some.filter(i, i == 3)) > 0", "unknown rest"),
        ("some.map(i, i + 1).exists(i, i == 3)", "true"),
        ("some.map(i, i + 1).exists(i, i == 9)", "unknown rest"),
        ("([7] + some).exists(i, i == 7)", "true"),
        ("([7] + some).exists(i, i == 8)", "unknown rest"),
    ]);
}

#[test]
fn the_items_that_were_seen_can_be_reached() {
    tell(&[
        ("some[0]", "1"),
        ("some[1]", "2"),
        ("some[2]", "unknown rest"),
        ("some[-1]", "error OutOfRange"),
        ("some.filter(i, i == 2)[0]", "2"),
        ("none_seen[0]", "unknown rest"),
    ]);
}

#[test]
fn an_unknown_item_is_unknown_only_where_it_matters() {
    tell(&[
        ("hole[0]", "1"),
        ("hole[1]", "unknown hole"),
        ("size(hole)", "3"),
        ("3 in hole", "true"),
        ("2 in hole", "unknown hole"),
        ("hole == [1, 2, 4]", "false"),
        ("hole == [1, 2, 3]", "unknown hole"),
        ("hole.exists(i, i == 3)", "true"),
        ("hole.all(i, i < 3)", "false"),
        ("hole.map(i, i + 1)[2]", "4"),
        ("hole.map(i, i + 1)[1]", "unknown hole"),
        ("hole.filter(i, i > 1)[0]", "3"),
        ("size(hole.filter(i, i > 1))", "unknown hole"),
        ("hole.sum()", "unknown hole"),
        ("hole.indexOf(1)", "0"),
    ]);
}

#[test]
fn the_answer_to_a_condition_tells_the_four_cases_apart() {
    for (text, truth) in [
        ("t", Truth::Holds),
        ("f", Truth::Fails),
        ("n", Truth::Fails),
        ("!n", Truth::Fails),
        ("u", Truth::Unknown),
        ("1 / 0 == 1", Truth::Error),
        ("x", Truth::Error),
    ] {
        assert_eq!(verdict(text).truth(), truth, "{text}");
    }
}

#[test]
fn an_unknown_verdict_rests_on_nothing() {
    let verdict = verdict("pod.name == 'web-0' && u");
    assert!(matches!(verdict.value, Ok(Value::Unknown(_))));
    assert!(verdict.because.is_empty());
}

#[test]
fn a_size_is_at_least_what_was_seen() {
    for (text, wanted) in [
        ("some.size() > 0", "true"),
        ("some.size() > 1", "true"),
        ("some.size() > 2", "unknown"),
        ("some.size() >= 2", "true"),
        ("some.size() >= 3", "unknown"),
        ("some.size() == 0", "false"),
        ("some.size() == 2", "unknown"),
        ("some.size() != 1", "true"),
        ("some.size() != 2", "unknown"),
        ("some.size() < 2", "false"),
        ("some.size() < 3", "unknown"),
        ("some.size() <= 1", "false"),
        ("some.size() <= 2", "unknown"),
        ("size(some) > 1", "true"),
        ("none_seen.size() > 0", "unknown"),
        ("none_seen.size() == 0", "unknown"),
        ("some.filter(i, i > 1).size() > 0", "true"),
        ("some.filter(i, i > 5).size() > 0", "unknown"),
        ("some.filter(i, i > 5).size() == 0", "unknown"),
        ("[1].size() > 0", "true"),
        ("n.size() > 0", "false"),
        ("u.size() > 0", "unknown"),
        ("some.size() > x", "unknown"),
        ("some.size() + 1 > 0", "unknown"),
    ] {
        assert_eq!(first_word(text), wanted, "{text}");
    }
}
