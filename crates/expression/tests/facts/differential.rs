//! Where nothing is unknown or null, the language is CEL: the crate `cel` gives the same value,
//! or both give an error.

use cel::{Context, Program, Value as Cel};
use evidence::Value;
use expression::{Budget, Environment, Expression};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// A value in one notation for both.
fn ours(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => format!("int {value}"),
        Value::Double(value) => format!("double {value:?}"),
        Value::Text(value) => format!("{value:?}"),
        Value::Duration(value) => format!("nanoseconds {}", value.as_nanos()),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(ours).collect();
            format!("[{}]", items.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn theirs(value: &Cel) -> String {
    match value {
        Cel::Bool(value) => value.to_string(),
        Cel::Int(value) => format!("int {value}"),
        Cel::Float(value) => format!("double {value:?}"),
        Cel::String(value) => format!("{value:?}"),
        Cel::Duration(value) => format!("nanoseconds {}", value.num_nanoseconds().unwrap_or(0)),
        Cel::List(list) => {
            let items: Vec<String> = list.iter().map(theirs).collect();
            format!("[{}]", items.join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// What both make of a text: a value, or `None` for an error.
fn both(text: &str) -> (Option<String>, Option<String>) {
    let x = Value::Int(5);
    let (i, d, b) = (Value::Int(7), Value::Double(2.5), Value::Bool(true));
    let s = Value::text("Back-off");
    let l = Value::list([3, 1, 2].map(Value::Int).to_vec());
    let m = Value::Map(std::sync::Arc::new([("a".to_owned(), Value::Int(1))].into()));
    let environment = Environment::new()
        .with("x", &x)
        .with("i", &i)
        .with("d", &d)
        .with("b", &b)
        .with("s", &s)
        .with("l", &l)
        .with("m", &m);
    let expression = Expression::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let mut budget = Budget::default();
    let ours = expression.evaluate(&environment, &mut budget).value.ok().as_ref().map(ours);
    assert!(!budget.is_spent(), "{text}");

    let mut context = Context::default();
    context.add_variable_from_value("x", 5i64);
    context.add_variable_from_value("i", 7i64);
    context.add_variable_from_value("d", 2.5f64);
    context.add_variable_from_value("b", true);
    context.add_variable_from_value("s", "Back-off");
    context.add_variable_from_value("l", vec![3i64, 1, 2]);
    context.add_variable_from_value("m", std::collections::HashMap::from([("a", 1i64)]));
    let program = Program::compile(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let theirs = program.execute(&context).ok().as_ref().map(theirs);
    (ours, theirs)
}

type Text = BoxedStrategy<String>;

fn of<const N: usize>(texts: [&'static str; N]) -> Text {
    prop::sample::select(texts.to_vec()).prop_map(str::to_owned).boxed()
}

fn int(depth: u32) -> Text {
    let leaf = of(["0", "1", "2", "-3", "i", "x", "9223372036854775807", "-9223372036854775808"]);
    if depth == 0 {
        return leaf;
    }
    let operator = of(["+", "-", "*", "/", "%"]);
    prop_oneof![
        2 => leaf,
        3 => (int(depth - 1), operator, int(depth - 1)).prop_map(|(l, o, r)| format!("({l} {o} {r})")),
        1 => int(depth - 1).prop_map(|inner| format!("-({inner})")),
        1 => (bool(depth - 1), int(depth - 1), int(depth - 1))
            .prop_map(|(c, l, r)| format!("({c} ? {l} : {r})")),
        1 => text(depth - 1).prop_map(|inner| format!("size({inner})")),
        1 => list(depth - 1).prop_map(|inner| format!("{inner}.size()")),
        1 => (list(depth - 1), int(0)).prop_map(|(l, at)| format!("{l}[{at}]")),
        1 => of(["m.a", "m['a']", "m.b", "int('12')", "int('x')", "int(d)"]),
    ]
    .boxed()
}

fn double(depth: u32) -> Text {
    let leaf = of(["0.0", "1.5", "d", "-2.0", "1e10", "double(7)", "double('0.5')"]);
    if depth == 0 {
        return leaf;
    }
    let operator = of(["+", "-", "*", "/"]);
    prop_oneof![
        1 => leaf,
        1 => (double(depth - 1), operator, double(depth - 1))
            .prop_map(|(l, o, r)| format!("({l} {o} {r})")),
    ]
    .boxed()
}

fn text(depth: u32) -> Text {
    let leaf =
        of(["''", "'a'", "s", "'\\u00e9\\n'", "r'\\d'", "\"it's\"", "string(i)", "string(b)"]);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        2 => leaf,
        1 => (text(depth - 1), text(depth - 1)).prop_map(|(l, r)| format!("({l} + {r})")),
        1 => (bool(depth - 1), text(depth - 1), text(depth - 1))
            .prop_map(|(c, l, r)| format!("({c} ? {l} : {r})")),
    ]
    .boxed()
}

fn list(depth: u32) -> Text {
    let leaf = of(["l", "[]", "[1, 7]", "[i, 2, 2]"]);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        2 => leaf,
        1 => (list(depth - 1), bool(depth - 1)).prop_map(|(l, p)| format!("{l}.filter(x, {p})")),
        1 => (list(depth - 1), int(depth - 1)).prop_map(|(l, f)| format!("{l}.map(x, {f})")),
        1 => (list(depth - 1), bool(0), int(depth - 1))
            .prop_map(|(l, p, f)| format!("{l}.map(x, {p}, {f})")),
        1 => (list(depth - 1), list(depth - 1)).prop_map(|(l, r)| format!("({l} + {r})")),
    ]
    .boxed()
}

fn bool(depth: u32) -> Text {
    let leaf =
        of(["true", "false", "b", "x == 1", "x > 1", "has(m.a)", "has(m.b)", "1 / (x - 1) == 1"]);
    if depth == 0 {
        return leaf;
    }
    let relation = || of(["==", "!=", "<", "<=", ">", ">="]);
    prop_oneof![
        2 => leaf,
        3 => (bool(depth - 1), of(["&&", "||"]), bool(depth - 1))
            .prop_map(|(l, o, r)| format!("({l} {o} {r})")),
        1 => (bool(depth - 1), of(["&&", "||"]), bool(depth - 1), bool(depth - 1))
            .prop_map(|(l, o, m, r)| format!("({l} {o} {m} {o} {r})")),
        1 => bool(depth - 1).prop_map(|inner| format!("!({inner})")),
        2 => (int(depth - 1), relation(), int(depth - 1)).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        1 => (double(depth - 1), relation(), int(depth - 1))
            .prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        1 => (double(depth - 1), relation(), double(depth - 1))
            .prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        1 => (text(depth - 1), relation(), text(depth - 1))
            .prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        1 => (list(depth - 1), list(depth - 1)).prop_map(|(l, r)| format!("{l} == {r}")),
        1 => (int(depth - 1), list(depth - 1)).prop_map(|(l, r)| format!("{l} in {r}")),
        2 => (list(depth - 1), of(["exists", "all", "exists_one"]), bool(depth - 1))
            .prop_map(|(l, f, p)| format!("{l}.{f}(x, {p})")),
        1 => (text(depth - 1), of(["contains", "startsWith", "endsWith"]), text(0))
            .prop_map(|(l, f, r)| format!("{l}.{f}({r})")),
        1 => text(depth - 1).prop_map(|inner| format!("{inner}.matches('^[A-Z]a|\\\\d+$')")),
        1 => of([
            "duration('1h30m') > duration('89m')",
            "duration('1.5s') + duration('-500ms') == duration('1s')",
            "timestamp('2026-11-23T00:00:00Z') < timestamp('2026-11-23T01:00:00+00:30')",
            "timestamp('2026-11-23T01:00:00Z') - timestamp('2026-11-23T00:00:00Z') == duration('1h')",
        ]),
    ]
    .boxed()
}

/// Runs on a thread with room for the other parser, which recurses deeply.
fn compare(name: &'static str, texts: impl Fn() -> Text + Send + 'static) {
    let run = move || {
        // The same texts each time; PROPTEST_CASES asks for more of them.
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        let cases = config.cases;
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let values = std::cell::Cell::new(0);
        let outcome = runner.run(&texts(), |text| {
            if Expression::parse(&text).is_err() {
                return Err(TestCaseError::reject("deeper than the limits allow"));
            }
            let (ours, theirs) = both(&text);
            values.set(values.get() + u32::from(ours.is_some()));
            prop_assert_eq!(ours, theirs, "{}", text);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(values.get() > cases / 2, "{name}: most texts end in an error");
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

#[test]
fn truth_values_are_those_of_cel() {
    compare("bool", || bool(3));
}

#[test]
fn numbers_are_those_of_cel() {
    compare("int", || int(3));
    compare("double", || double(3));
}

#[test]
fn texts_and_lists_are_those_of_cel() {
    compare("text", || text(3));
    compare("list", || list(2));
}
