//! What the types of the names tell before anything was seen.

use evidence::{Fact, Shape};
use expression::{Expression, Scope, Type, TypeError};

use crate::{Container, Pod};

fn scope() -> Scope {
    Scope::new()
        .with("pod", Pod::shape())
        .with("secrets", Type::list_of(Container::shape().into()))
        .with("now", Shape::Time)
        .with("x", Shape::Int)
        .with("word", Shape::Text)
        .with("anything", Type::ANY)
}

fn check(text: &str) -> Vec<TypeError> {
    Expression::parse(text).unwrap().check_condition(&scope())
}

/// Asserts that there is one mistake: its code, its place, and a part of all that it says.
fn mistake(text: &str, code: &str, place: &str, words: &str) {
    let errors = check(text);
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    let error = &errors[0];
    let said = format!("{error} | {:?} | {:?}", error.help, error.note);
    assert_eq!((error.code, &text[error.span.clone()]), (code, place), "{text}: {said}");
    assert!(said.contains(words), "{text}: {said}");
}

#[test]
fn sound_conditions_have_no_mistakes() {
    for text in [
        "pod.name == 'a' && pod.containers.exists(c, c.exit_code == 137 && !c.ready)",
        "has(pod.node) && pod.node.startsWith('n')",
        "pod.scheduled",
        "!pod.scheduled",
        "now - pod.created > duration('1h')",
        "size(pod.containers.filter(c, c.ready)) > 0",
        "pod.containers.map(c, c.exit_code).max() > 1",
        "pod.containers[0].limits['memory'] == '1Gi'",
        "quantity(pod.containers[0].limits.memory).isLessThan(quantity('1Gi'))",
        "pod.container == null || pod.container.exit_code >= 1.5",
        "anything.whatever[0].f(1 == 1 ? 'a' : 'b') || true",
        "secrets.all(s, s.name in ['a', 'b'])",
        "pod.workload.kind in ['Deployment', 'Job'] && pod.workload.namespace != null",
        "'app' in pod.container.limits",
        "pod.containers[0].args.indexOf('a') >= 0",
        "(x > 1 ? 'a' : null) == 'a'",
    ] {
        let errors: Vec<_> = check(text)
            .into_iter()
            .filter(|e| !(text.contains(".f(") && e.code == "no-such-function"))
            .collect();
        assert_eq!(errors, [], "{text}");
    }
}

#[test]
fn an_unknown_field_is_told_with_the_nearest_and_with_all() {
    mistake("pod.nmae == 'a'", "unknown-field", "pod.nmae", "did you mean `pod.name`?");
    mistake("pod.nmae == 'a'", "unknown-field", "pod.nmae", "fields: name, node, created,");
    mistake(
        "pod.container.exitCode == 1",
        "unknown-field",
        "pod.container.exitCode",
        "pod.container.exit_code",
    );
    mistake("has(pod.nodes)", "unknown-field", "pod.nodes", "did you mean `pod.node`?");
    mistake(
        "pod.workload.kid == 'a'",
        "unknown-field",
        "pod.workload.kid",
        "fields: kind, namespace, name",
    );
    mistake("secrets.exists(s, s.nam == 'a')", "unknown-field", "s.nam", "did you mean `s.name`?");
}

#[test]
fn a_field_of_what_has_none_says_what_to_do() {
    mistake(
        "secrets.name == 'a'",
        "unknown-field",
        "secrets.name",
        "secrets.exists(item, item.name == ...)",
    );
    mistake("pod.name.size > 1", "unknown-field", "pod.name.size", "write pod.name.size()");
    mistake("secrets.exists", "unknown-field", "secrets.exists", "write secrets.exists(item, ...)");
    mistake("x.y == 1", "unknown-field", "x.y", "`x` is int");
}

#[test]
fn an_unknown_name_is_told_with_the_nearest() {
    mistake("pods.name == 'a'", "unknown-name", "pods", "did you mean `pod`?");
    mistake("quux", "unknown-name", "quux", "names: anything, now, pod, secrets, word, x");
    mistake("size > 1", "unknown-name", "size", "is a function");
    mistake("secrets.exists(item, itm.ready)", "unknown-name", "itm", "did you mean `item`?");
}

#[test]
fn an_unknown_function_is_told_with_the_nearest() {
    mistake("word.startWith('a')", "no-such-function", "startWith", "did you mean `startsWith`?");
    mistake("len(word) > 1", "no-such-function", "len", "functions: size,");
    mistake(
        "exists(secrets, s, s.ready)",
        "no-such-function",
        "exists",
        "write list.exists(item, ...)",
    );
}

#[test]
fn a_call_of_another_form_says_how_it_is_written() {
    mistake(
        "contains(word, 'a')",
        "wrong-arguments",
        "contains(word, 'a')",
        "written text.contains(text)",
    );
    mistake("word.duration() == null", "wrong-arguments", "word.duration()", "is not a method");
    mistake("word.split() == []", "wrong-arguments", "word.split()", "does not take 0 arguments");
    mistake("size(word, 1) == 1", "wrong-arguments", "size(word, 1)", "does not take 2 arguments");
}

#[test]
fn arguments_have_types() {
    mistake("x.contains('a')", "wrong-type", "x", "`contains` wants text; `x` is int");
    mistake("word.contains(1)", "wrong-type", "1", "`contains` wants text");
    mistake("secrets.sum() == 1", "wrong-type", "secrets", "a list of numbers or durations");
    mistake("[1].join() == ''", "wrong-type", "[1]", "a list of text");
    mistake("[1].indexOf('a') == 0", "wrong-type", "'a'", "list of int cannot hold text");
    mistake("quantity('1').isLessThan('2')", "wrong-type", "'2'", "write quantity('2')");
}

#[test]
fn what_can_never_be_equal_is_a_mistake() {
    mistake("pod.name == 1", "wrong-type", "pod.name == 1", "`pod.name` is text and `1` is int");
    mistake("x == '7'", "wrong-type", "x == '7'", "write int('7')");
    mistake(
        "pod.created == '2026-11-23T00:00:00Z'",
        "wrong-type",
        "pod.created == '2026-11-23T00:00:00Z'",
        "write timestamp('2026",
    );
    mistake(
        "now - pod.created > 3600",
        "wrong-type",
        "now - pod.created > 3600",
        "a span of time is written duration(",
    );
    mistake("now > duration('1h')", "wrong-type", "now > duration('1h')", "now - time");
    mistake(
        "pod.containers[0].args == '-v'",
        "wrong-type",
        "pod.containers[0].args == '-v'",
        "write '-v' in pod.containers[0].args",
    );
    mistake(
        "1 in pod.containers[0].args",
        "wrong-type",
        "1 in pod.containers[0].args",
        "cannot hold int",
    );
    mistake(
        "quantity('1') < quantity('2')",
        "wrong-type",
        "quantity('1') < quantity('2')",
        "quantity('1').isLessThan(quantity('2'))",
    );
    mistake("'a' + x == 'a7'", "wrong-type", "'a' + x", "write string(x)");
    mistake("1.5 + x > 2.0", "wrong-type", "1.5 + x", "write double(x)");
}

#[test]
fn a_condition_is_a_truth_value() {
    mistake("pod.name", "wrong-type", "pod.name", "a condition is true or false; this is text");
    mistake("pod.containers", "wrong-type", "pod.containers", "size(pod.containers) > 0");
    mistake("word && true", "wrong-type", "word", "`word` is text, not bool");
    mistake("!secrets", "wrong-type", "secrets", "write size(secrets) > 0");
    mistake("secrets.exists(s, s.name)", "wrong-type", "s.name", "not bool");
    mistake("x ? true : false", "wrong-type", "x", "not bool");
    mistake("x.exists(i, true)", "wrong-type", "x", "not a list");
}

#[test]
fn texts_written_out_are_read_when_checked() {
    mistake("now - now > duration('1 hour')", "bad-value", "'1 hour'", "1h30m");
    mistake("now > timestamp('today')", "bad-value", "'today'", "2026-11-23");
    mistake("quantity('lots') == quantity('1')", "bad-value", "'lots'", "100Mi");
    mistake("pod.name.matches(pod.name)", "bad-value", "pod.name", "written out");
}

#[test]
fn every_mistake_is_told_once_and_at_its_own_place() {
    let text =
        "pod.nmae == 1 && word.foo() && secrets.exists(s, s.nam == 'a' || s.exit_code == 'b')";
    let errors = check(text);
    let found: Vec<_> =
        errors.iter().map(|error| (error.code, &text[error.span.clone()])).collect();
    assert_eq!(
        found,
        [
            ("unknown-field", "pod.nmae"),
            ("no-such-function", "foo"),
            ("unknown-field", "s.nam"),
            ("wrong-type", "s.exit_code == 'b'"),
        ]
    );
}

#[test]
fn the_type_of_an_expression_is_told() {
    for (text, shown) in [
        ("pod.workload", "object reference"),
        ("pod.containers.map(c, c.exit_code)", "list of int or null"),
        ("pod.container.name", "text or null"),
        ("pod.containers.filter(c, c.ready)", "list of Container"),
        ("now - pod.created", "duration or null"),
        ("{'a': 1}", "map of int"),
        ("x > 1 ? 1 : 'a'", "any value"),
        ("quantity('1')", "quantity"),
        ("null", "null"),
    ] {
        let (found, errors) = Expression::parse(text).unwrap().infer(&scope());
        assert_eq!((found.to_string().as_str(), errors.len()), (shown, 0), "{text}");
    }
    let of = |text: &str| Expression::parse(text).unwrap().infer(&scope()).0;
    assert!(of("pod.workload").is_reference());
    assert!(of("[pod.workload]").is_reference());
    assert!(!of("pod.name").is_reference());
}
