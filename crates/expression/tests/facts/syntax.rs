//! Mistakes in a text are told at their place, with what to write instead.

use expression::{Expression, SyntaxError};

fn errors(text: &str) -> Vec<SyntaxError> {
    Expression::parse(text).expect_err(text)
}

/// Asserts the place, a part of the message and a part of the help of the first mistake.
fn mistake(text: &str, place: &str, message: &str, help: &str) {
    let errors = errors(text);
    let first = &errors[0];
    assert_eq!(&text[first.span.clone()], place, "{text}: {first:?}");
    assert!(first.message.contains(message), "{text}: {first:?}");
    assert!(first.help.as_deref().unwrap_or("").contains(help), "{text}: {first:?}");
}

#[test]
fn what_people_write_from_other_languages_is_understood() {
    mistake("a = 1", "=", "found `=`", "`==`");
    mistake("a and b", "and", "found `and`", "`&&`");
    mistake("a OR b", "OR", "found `OR`", "`||`");
    mistake("a & b", "&", "found `&`", "`&&`");
    mistake("a | b", "|", "found `|`", "`||`");
    mistake("not a", "not", "`not`", "`!`");
    mistake("a is null", "is", "found `is`", "`==`");
    mistake("a == \u{201c}x\u{201d}", "\u{201c}", "a value", "straight quote");
    mistake("now - t > 1h", "1h", "cannot follow a number", "duration(\"1h\")");
    mistake("m < 100Mi", "100Mi", "cannot follow a number", "quantity(\"100Mi\")");
    mistake("b'ab'", "b", "bytes", "drop");
}

#[test]
fn what_is_missing_is_named() {
    mistake("", "", "expected a value, found the end", "");
    mistake("a ==", "", "expected a value, found the end", "");
    mistake("(a", "", "expected `)`, found the end", "");
    mistake("[1 2]", "2", "expected `,` or `]`", "");
    mistake("{'a' 1}", "1", "expected `:`", "");
    mistake("a.", "", "the name of a field", "");
    mistake("a b", "b", "an operator or the end", "");
    mistake("a ? b", "", "expected `:`", "");
    mistake("'abc", "'abc", "no end", "close it with '");
}

#[test]
fn macros_say_how_they_are_written() {
    mistake("l.exists(1, true)", "1", "a name for the item", "list.exists(item, condition)");
    mistake("l.all(i)", "all(i)", "a name for the item", "list.all(item, condition)");
    mistake("l.map()", "map()", "a name for the item", "list.map(item, value)");
    mistake("l.exists(i, a, b)", "exists(i, a, b)", "a name for the item", "");
    mistake("has(a)", "has(a)", "the field of something", "has(pod.node)");
    mistake("has(a.b, a.c)", "has(a.b, a.c)", "the field of something", "");
}

#[test]
fn patterns_are_written_out_and_sound() {
    mistake("a.matches('(')", "'('", "no regular expression", "");
    mistake("a.matches('(x{1000}){1000}')", "'(x{1000}){1000}'", "no regular expression", "");
}

#[test]
fn numbers_and_names_out_of_bounds_are_told() {
    mistake("9223372036854775808", "9223372036854775808", "64 bits", "");
    mistake("-9223372036854775809", "9223372036854775809", "64 bits", "");
    mistake("99999999999999999999", "99999999999999999999", "64 bits", "");
    mistake("0x", "0x", "64 bits", "");
    mistake("1e999", "1e999", "too large", "");
    mistake("namespace == 'a'", "namespace", "reserved", "another name");
    mistake(r"'\d'", r"\d", "no escape", r#"r"...""#);
    mistake(r"'\ud800'", r"\u", "4 digits", "");
}

#[test]
fn several_mistakes_are_told_at_once_in_order() {
    let errors = errors(r"x == '\d' && y.matches('(') && for");
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages[0].contains("no escape"));
    assert!(messages[1].contains("regular expression"));
    assert!(messages[2].contains("reserved"));
}

#[test]
fn places_count_bytes_also_behind_other_scripts() {
    mistake("'é' == )", ")", "a value", "");
}

#[test]
fn free_names_are_told_with_their_places() {
    let text = "a.b == c && (d).exists(e, e.x == f && a)";
    let expression = Expression::parse(text).unwrap();
    let names = expression.names();
    for (name, span) in &names {
        assert_eq!(*name, &text[span.clone()]);
    }
    let names: Vec<&str> = names.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "c", "d", "f", "a"]);
}

#[test]
fn a_field_may_have_a_reserved_name() {
    assert!(Expression::parse("pod.namespace == 'a' && x.exists && x.in_use").is_ok());
    mistake("x.in", "in", "cannot be a name", "");
}
