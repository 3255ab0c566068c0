//! A verdict cites what decided it, and nothing else.

use std::sync::Arc;

use evidence::{Fact, Value};
use expression::{Budget, Environment, Expression, Verdict};

use crate::{container, place, verdict};

/// The citations of a text as `path: field=value`, in order.
fn cited(text: &str) -> Vec<String> {
    let verdict = verdict(text);
    assert!(verdict.value.is_ok(), "{text}: {verdict:?}");
    lines(&verdict)
}

fn lines(verdict: &Verdict) -> Vec<String> {
    let line = |cite: &expression::Cite| match &cite.fact {
        Some((name, value)) => format!("{}: {name}={value}", cite.source.path),
        None => cite.source.path.clone(),
    };
    verdict.because.iter().map(line).collect()
}

#[test]
fn a_comparison_rests_on_both_sides() {
    assert_eq!(
        cited("pod.containers[0].exit_code < pod.containers[1].exit_code"),
        ["init: exit_code=0", "server: exit_code=137"]
    );
    assert_eq!(cited("1 == 1"), [""; 0]);
}

#[test]
fn a_field_with_a_place_of_its_own_is_cited_there() {
    assert_eq!(cited("pod.phase == 'Pending'"), ["status.phase: phase=Pending"]);
    assert_eq!(cited("pod.name == 'web-0'"), ["pod: name=web-0"]);
}

#[test]
fn membership_of_a_written_list_rests_on_the_item_that_is_equal() {
    assert_eq!(cited("'Pending' in [pod.name, pod.phase]"), ["status.phase: phase=Pending"]);
    assert_eq!(
        cited("'Lost' in [pod.name, pod.phase]"),
        ["pod: name=web-0", "status.phase: phase=Pending"]
    );
}

#[test]
fn what_is_in_a_field_inherits_its_place() {
    assert_eq!(cited("pod.workload.kind == 'Deployment'"), ["pod: kind=Deployment"]);
    assert_eq!(cited("pod.containers[1].args[1] == 'serve'"), ["server: args=serve"]);
    assert_eq!(cited("pod.containers[1].limits.memory == '64Mi'"), ["server: memory=64Mi"]);
    assert_eq!(cited("pod.containers[1].limits['memory'] == '64Mi'"), ["server: memory=64Mi"]);
}

#[test]
fn a_field_of_null_rests_on_the_null() {
    assert_eq!(cited("pod.container.exit_code == 1"), ["pod: container=none"]);
}

#[test]
fn true_of_and_rests_on_all_terms_and_false_on_the_one_that_is() {
    let (yes, no) = ("pod.name == 'web-0'", "pod.containers[0].exit_code == 9");
    assert_eq!(
        cited(&format!("{yes} && pod.phase == 'Pending'")),
        ["pod: name=web-0", "status.phase: phase=Pending"]
    );
    assert_eq!(cited(&format!("{yes} && {no}")), ["init: exit_code=0"]);
    assert_eq!(cited(&format!("{no} && {yes}")), ["init: exit_code=0"]);
    assert_eq!(cited(&format!("{yes} && u && {no}")), ["init: exit_code=0"]);
}

#[test]
fn true_of_or_rests_on_the_one_that_is_and_false_on_all_terms() {
    let (yes, no) = ("pod.name == 'web-0'", "pod.containers[0].exit_code == 9");
    assert_eq!(cited(&format!("{no} || {yes}")), ["pod: name=web-0"]);
    assert_eq!(cited(&format!("u || {yes}")), ["pod: name=web-0"]);
    assert_eq!(cited(&format!("1 / 0 == 1 || {yes}")), ["pod: name=web-0"]);
    assert_eq!(
        cited(&format!("{no} || pod.phase == 'Running'")),
        ["init: exit_code=0", "status.phase: phase=Pending"]
    );
}

#[test]
fn a_bare_truth_value_is_cited_too() {
    assert_eq!(cited("!pod.containers[1].ready"), ["server: ready=false"]);
    assert_eq!(cited("pod.containers[1].ready || t"), [""; 0]);
    assert_eq!(cited("pod.containers[1].ready"), ["server: ready=false"]);
}

#[test]
fn exists_rests_on_the_item_that_matches_and_all_on_the_one_that_does_not() {
    assert_eq!(cited("pod.containers.exists(c, c.exit_code == 137)"), ["server: exit_code=137"]);
    assert_eq!(cited("pod.containers.all(c, c.exit_code == 0)"), ["server: exit_code=137"]);
    assert_eq!(cited("pod.containers.exists(c, t)"), ["init"]);
}

#[test]
fn the_opposite_rests_on_every_item() {
    let both = ["init: exit_code=0", "server: exit_code=137"];
    assert_eq!(cited("pod.containers.exists(c, c.exit_code == 9)"), both);
    assert_eq!(cited("pod.containers.all(c, c.exit_code < 200)"), both);
    assert_eq!(cited("!pod.containers.exists(c, c.exit_code == 9)"), both);
    assert_eq!(cited("pod.containers.exists_one(c, c.exit_code == 9)"), both);
}

#[test]
fn exists_one_rests_on_the_items_that_match() {
    assert_eq!(cited("pod.containers.exists_one(c, c.exit_code > 1)"), ["server: exit_code=137"]);
    assert_eq!(
        cited("pod.containers.exists_one(c, c.exit_code >= 0)"),
        ["init: exit_code=0", "server: exit_code=137"]
    );
}

#[test]
fn filter_rests_on_the_items_it_takes() {
    assert_eq!(cited("pod.containers.filter(c, c.exit_code > 0)"), ["server"]);
    assert_eq!(cited("pod.containers.filter(c, c.exit_code > 0)[0].name"), ["server: name=server"]);
    assert_eq!(cited("size(pod.containers.filter(c, c.exit_code > 0)) == 1"), ["server"]);
}

#[test]
fn a_filter_that_takes_nothing_rests_on_what_it_left_out() {
    assert_eq!(
        cited("size(pod.containers.filter(c, c.exit_code > 200)) == 0"),
        ["init: exit_code=0", "server: exit_code=137"]
    );
}

#[test]
fn map_keeps_the_place_of_each_value() {
    assert_eq!(cited("pod.containers.map(c, c.name)[1] == 'server'"), ["server: name=server"]);
    assert_eq!(
        cited("pod.containers.map(c, c.name).join(',')"),
        ["init: name=init", "server: name=server"]
    );
}

#[test]
fn in_rests_on_the_item_found_or_on_the_whole_list() {
    assert_eq!(cited("'serve' in pod.containers[1].args"), ["server: args=serve"]);
    assert_eq!(cited("'stop' in pod.containers[1].args"), ["server: args=-v, serve"]);
}

#[test]
fn has_rests_on_the_field() {
    assert_eq!(cited("has(pod.node)"), ["pod: node=none"]);
    assert_eq!(cited("has(pod.phase)"), ["status.phase: phase=Pending"]);
}

#[test]
fn a_choice_rests_on_its_condition_and_on_the_branch_taken() {
    assert_eq!(
        cited("pod.name == 'web-0' ? pod.phase : pod.containers[0].name"),
        ["pod: name=web-0", "status.phase: phase=Pending"]
    );
}

#[test]
fn each_place_and_fact_is_cited_once() {
    assert_eq!(cited("pod.name == 'web-0' && pod.name != 'x'"), ["pod: name=web-0"]);
}

#[test]
fn an_empty_list_is_cited_where_it_was_read() {
    let mut pod = crate::pod();
    pod.containers.items.clear();
    let value = pod.into_value();
    let environment = Environment::new().with("pod", &value);
    for text in [
        "size(pod.containers) == 0",
        "!pod.containers.exists(c, c.ready)",
        "pod.containers.all(c, c.ready)",
        "size(pod.containers.filter(c, c.ready)) == 0",
    ] {
        let expression = Expression::parse(text).unwrap();
        let verdict = expression.evaluate(&environment, &mut Budget::default());
        assert_eq!(verdict.value, Ok(Value::Bool(true)), "{text}");
        assert_eq!(lines(&verdict), ["pod: containers=none"], "{text}");
    }
}

#[test]
fn citations_are_bounded_and_the_match_at_the_end_is_among_them() {
    let many: Vec<Value> =
        (0..1000).map(|code| container(&format!("c{code}"), Some(code)).into_value()).collect();
    let list = Value::list(many);
    let environment = Environment::new().with("list", &list);
    let evaluated = |text: &str| {
        let expression = Expression::parse(text).unwrap();
        expression.evaluate(&environment, &mut Budget::default())
    };
    let verdict = evaluated("list.exists(c, c.exit_code == 999)");
    assert_eq!(lines(&verdict), ["c999: exit_code=999"]);
    let verdict = evaluated("list.exists(c, c.exit_code == 1000)");
    assert_eq!(verdict.because.len(), Verdict::CITES);
}

#[test]
fn a_cited_value_is_cited_whether_it_is_bound_or_kept_in_a_list() {
    let code = Value::Cited(Arc::new((Value::Int(1), place("code"))));
    let list = Value::list(vec![code.clone()]);
    let environment = Environment::new().with("code", &code).with("codes", &list);
    for (text, cite) in [("code == 1", "code: code=1"), ("codes[0] == 1", "code: codes=1")] {
        let expression = Expression::parse(text).unwrap();
        let verdict = expression.evaluate(&environment, &mut Budget::default());
        assert_eq!(lines(&verdict), [cite]);
    }
}
