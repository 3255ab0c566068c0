//! Nothing that a guide holds can make reading or evaluation hang, grow or overflow.

use evidence::Value;
use expression::{Budget, Environment, EvalErrorKind, Expression, Template};

use crate::told;

fn nested(depth: usize) -> String {
    format!("{}1{}", "(".repeat(depth), ")".repeat(depth))
}

#[test]
fn a_text_has_at_most_4_kib() {
    let text = |length: usize| format!("'{}'", "a".repeat(length - 2));
    assert!(Expression::parse(&text(4096)).is_ok());
    let errors = Expression::parse(&text(4097)).unwrap_err();
    assert_eq!(errors[0].span, 0..4097);
    assert!(Template::parse(&format!("{{{}}}", text(4097))).is_err());
    assert!(Template::parse(&"a".repeat(Template::LIMIT + 1)).is_err());
}

#[test]
fn brackets_and_signs_nest_at_most_32_deep() {
    assert!(Expression::parse(&nested(32)).is_ok());
    for text in [
        nested(33),
        format!("{}1{}", "[".repeat(33), "]".repeat(33)),
        format!("{}true", "!".repeat(33)),
        format!("{}x", "-".repeat(33)),
        format!("{}1{}", "f(".repeat(33), ")".repeat(33)),
        format!("{}1{}", "x[".repeat(33), "]".repeat(33)),
        format!("{}1", "t ? 1 : ".repeat(33)),
        "(".repeat(4000),
        "[".repeat(4000),
        "!".repeat(4000),
        "{1:".repeat(1300),
    ] {
        let errors = Expression::parse(&text).unwrap_err();
        assert!(errors[0].message.contains("nested too deeply"), "{text}: {errors:?}");
    }
}

#[test]
fn chains_have_at_most_64_links() {
    assert!(Expression::parse(&format!("x{}", ".f".repeat(63))).is_ok());
    assert!(Expression::parse(&format!("x{}", ".f".repeat(64))).is_err());
    assert!(Expression::parse(&format!("x{}", ".f".repeat(2000))).is_err());
    assert!(Expression::parse(&format!("1{}", " + 1".repeat(63))).is_ok());
    assert!(Expression::parse(&format!("1{}", " + 1".repeat(64))).is_err());
}

#[test]
fn any_number_of_terms_may_be_joined() {
    let text = format!("f{}", " || f".repeat(800));
    assert_eq!(told(&text), "false");
    let text = format!("t{}", " && t".repeat(800));
    assert_eq!(told(&text), "true");
}

#[test]
fn lists_are_gone_through_at_most_two_deep() {
    assert!(Expression::parse("a.all(x, b.all(y, x == y))").is_ok());
    assert!(Expression::parse("a.filter(x, x).map(x, x).exists(x, b.all(y, y))").is_ok());
    let text = "a.all(x, b.all(y, c.all(z, d)))";
    let errors = Expression::parse(text).unwrap_err();
    assert_eq!(&text[errors[0].span.clone()], "c.all(z, d)");
}

#[test]
fn a_budget_that_is_spent_ends_everything() {
    let list = Value::list((0..1000).map(Value::Int).collect());
    let environment = Environment::new().with("list", &list);
    let mut budget = Budget::default();
    for text in [
        "list.all(x, list.all(y, x + y >= 0))",
        "true || list.all(x, list.all(y, x + y >= 0))",
        "list.exists(x, list.exists(y, x + y < 0)) || true",
        "list.map(x, list.map(y, [x, y]))",
    ] {
        let mut budget = Budget::default();
        let verdict = Expression::parse(text).unwrap().evaluate(&environment, &mut budget);
        if text.starts_with("true ||") {
            assert_eq!(verdict.value, Ok(Value::Bool(true)));
            continue;
        }
        assert_eq!(verdict.value.unwrap_err().kind, EvalErrorKind::Budget, "{text}");
        assert!(budget.is_spent());
    }
    let one = Expression::parse("list.all(x, x >= 0)").unwrap();
    let mut count = 0;
    while one.evaluate(&environment, &mut budget).value.is_ok() {
        count += 1;
    }
    assert_eq!(count, Budget::STEPS / 3002, "three steps an item, and two");
    let after = Expression::parse("true").unwrap().evaluate(&environment, &mut budget);
    assert_eq!(after.value.unwrap_err().kind, EvalErrorKind::Budget);
}

#[test]
fn texts_and_lists_do_not_grow_without_bound() {
    let text = Value::text("a".repeat(40_000));
    let list = Value::list(vec![Value::Int(1); 6_000]);
    let environment = Environment::new().with("text", &text).with("list", &list);
    for made in [
        "text + text",
        "[text, text].join()",
        "text.replace('a', 'bb')",
        "text.replace('', 'bb')",
        "list + list",
        "text.split('')",
    ] {
        let expression = Expression::parse(made).unwrap();
        let verdict = expression.evaluate(&environment, &mut Budget::default());
        assert_eq!(verdict.value.unwrap_err().kind, EvalErrorKind::TooLarge, "{made}");
    }
}

#[test]
fn a_pattern_cannot_take_more_than_the_budget() {
    let text = Value::text("a".repeat(60_000));
    let environment = Environment::new().with("text", &text);
    let condition = format!("[{}].all(i, text.matches('(a|a|a)*b'))", "1, ".repeat(100));
    let expression = Expression::parse(&condition).unwrap();
    let verdict = expression.evaluate(&environment, &mut Budget::default());
    // One look at the text is within the budget, and settles it.
    assert_eq!(verdict.value, Ok(Value::Bool(false)));
    let condition = condition.replace(".all", ".exists");
    let expression = Expression::parse(&condition).unwrap();
    let verdict = expression.evaluate(&environment, &mut Budget::default());
    assert_eq!(verdict.value.unwrap_err().kind, EvalErrorKind::Budget);
}

/// The deepest texts that are accepted, read, checked, evaluated and dropped.
fn deepest() {
    let wide = "t || t && t == (1 + 2 * -";
    let texts = [
        nested(32),
        format!("{}1{}", "[".repeat(32), "]".repeat(32)),
        format!("{}true", "!".repeat(32)),
        format!("{}t{}", "t && (f || (".repeat(16), "))".repeat(16)),
        format!("{}t{}", "t && !(f || !(".repeat(8), "))".repeat(8)),
        format!("{}t{}", "{'a': ".repeat(32), "}".repeat(32)),
        format!("{}t{}", "1 == (t && (f || ".repeat(16), "))".repeat(16)),
        format!("{}1", "t ? t : ".repeat(32)),
        format!("{}1{}", "string(".repeat(32), ")".repeat(32)),
        format!("1{}", " + 1".repeat(63)),
        format!("x{}", ".trim()".repeat(63)),
        format!(
            "{}[1].exists(i, [1].exists(j, {}i == j{})){}",
            "[0][".repeat(12),
            "(".repeat(16),
            ")".repeat(16),
            "]".repeat(12)
        ),
        format!("{}1{}", wide.repeat(12), ")".repeat(12)),
        format!("{}1{}", "f || t && t == (1 + 2 * size([".repeat(9), "]))".repeat(9)),
    ];
    for text in texts {
        let expression = Expression::parse(&text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let (t, f, x) = (Value::Bool(true), Value::Bool(false), Value::text(" a "));
        let environment = Environment::new().with("t", &t).with("f", &f).with("x", &x);
        let _ = expression.evaluate(&environment, &mut Budget::default());
        let _ = expression.check(&expression::Scope::new());
        let _ = expression.names();
        drop(expression);
    }
    // Refused, but read up to the limit first.
    for text in [
        "t || t && t == 1 + 2 * (",
        "t || t && t == 1 + 2 * f(",
        "t || t && t == 1 + 2 * x[",
        "t || t && t == 1 + 2 * {'a': ",
        "t || t && t == 1 + 2 * x.all(i, ",
        "t || t && t == (1 + 2 * -(",
        "l.all(x, t ? (",
        "x[-[!(",
        "a?",
    ] {
        assert!(Expression::parse(&text.repeat(4096 / text.len())).is_err());
        assert!(Template::parse(&format!("{{{}", text.repeat(4096 / text.len()))).is_err());
    }
}

#[test]
fn a_stack_of_1_mb_is_enough() {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deepest).unwrap();
    thread.join().unwrap();
}
