//! What expressions over known values give.

use crate::tell;

#[test]
fn literals_stand_for_themselves() {
    tell(&[
        ("42", "42"),
        ("0x1F", "31"),
        ("7u", "7"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.5", "1.5"),
        (".5e1", "5.0"),
        ("-2e-2", "-0.02"),
        ("true", "true"),
        ("null", "null"),
        (r#""a\tb""#, r#""a\tb""#),
        (r"'it\'s'", r#""it's""#),
        (r#""\x41\u00e9\U0001F600\101""#, r#""Aé😀A""#),
        (r#"r"\d""#, r#""\\d""#),
        ("'''a\n'b'''", r#""a\n'b""#),
        ("[1, 'a', null,]", r#"[1,"a",null]"#),
        ("{'a': 1, 'b': [2]}", r#"{"a":1,"b":[2]}"#),
        ("1 // the rest is a comment", "1"),
    ]);
}

#[test]
fn operators_bind_as_in_cel() {
    tell(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 3 - 2", "5"),
        ("2 * 7 % 4", "2"),
        ("-x + 1", "-6"),
        ("--x", "7"),
        ("!true || true", "true"),
        ("!(true || true)", "false"),
        ("true || false && false", "true"),
        ("1 < 2 == true", "true"),
        ("1 + 1 in [2]", "true"),
        ("false ? 1 : true ? 2 : 3", "2"),
        ("true || false ? 1 : 2", "1"),
        ("-[1, 2][0]", "-1"),
    ]);
}

#[test]
fn arithmetic_never_wraps_and_never_panics() {
    tell(&[
        ("9223372036854775807 + 1", "error Overflow"),
        ("-9223372036854775808 - 1", "error Overflow"),
        ("-9223372036854775808 * -1", "error Overflow"),
        ("-9223372036854775808 / -1", "error Overflow"),
        ("-9223372036854775808 % -1", "error Overflow"),
        ("-(-9223372036854775808)", "error Overflow"),
        ("1 / 0", "error DivisionByZero"),
        ("1 % 0", "error DivisionByZero"),
        ("-7 / 2", "-3"),
        ("-7 % 2", "-1"),
        ("1.0 / 0.0 > 1e300", "true"),
        ("1 + 1.0", "error WrongType"),
        ("'a' + 1", "error WrongType"),
        ("'a' + 'b'", r#""ab""#),
        ("[1] + [2, 3]", "[1,2,3]"),
    ]);
}

#[test]
fn equality_is_by_value_and_never_an_error() {
    tell(&[
        ("1 == 1.0", "true"),
        ("1 == 'a'", "false"),
        ("1 != 'a'", "true"),
        ("null == null", "true"),
        ("n == 0", "false"),
        ("[1, 2.0] == [1.0, 2]", "true"),
        ("[1] == [1, 2]", "false"),
        ("{'a': 1} == {'a': 1.0}", "true"),
        ("{'a': 1} == {'b': 1}", "false"),
        ("9007199254740993 == 9007199254740992.0", "false"),
        ("0.0 / 0.0 == 0.0 / 0.0", "false"),
        ("pod.workload == pod.workload", "true"),
        ("pod == pod", "true"),
    ]);
}

#[test]
fn order_is_of_like_with_like() {
    tell(&[
        ("1 < 1.5", "true"),
        ("2 <= 2.0", "true"),
        ("'a' < 'b'", "true"),
        ("false < true", "true"),
        ("duration('1h') > duration('59m')", "true"),
        ("1 < 'a'", "error WrongType"),
        ("[1] < [2]", "error WrongType"),
        ("0.0 / 0.0 < 1.0", "error BadValue"),
        ("0.0 / 0.0 >= 1", "error BadValue"),
    ]);
}

#[test]
fn nothing_is_computed_of_null_and_no_order_holds_of_it() {
    tell(&[
        ("pod.container.exit_code", "null"),
        ("pod.container.limits['memory']", "null"),
        ("pod.container.exit_code == 137", "false"),
        ("pod.container.exit_code != 137", "true"),
        ("n < 1", "false"),
        ("n >= 1", "false"),
        ("1 > n", "false"),
        ("now - n > duration('1h')", "false"),
        ("n + 1", "null"),
        ("-n", "null"),
        ("n.startsWith('a')", "false"),
        ("'a'.contains(n)", "false"),
        ("n.lowerAscii()", "null"),
        ("size(n)", "0"),
        ("n.exists(x, true)", "false"),
        ("n.all(x, false)", "true"),
        ("n.filter(x, true)", "[]"),
        ("1 in n", "false"),
        ("n in [null]", "true"),
        ("int(n)", "null"),
        ("n ? 1 : 2", "null"),
    ]);
}

#[test]
fn null_is_neither_true_nor_false() {
    tell(&[
        ("!n", "null"),
        ("n && true", "null"),
        ("true && n", "null"),
        ("n && false", "false"),
        ("n || true", "true"),
        ("false || n", "null"),
        ("[n, false].exists(x, x)", "null"),
        ("[n, true].exists(x, x)", "true"),
        ("[n, true].filter(x, x)", "[true]"),
    ]);
}

#[test]
fn fields_items_and_keys_are_reached() {
    tell(&[
        ("pod.name", r#""web-0""#),
        ("pod.workload.kind", r#""Deployment""#),
        ("pod.workload.namespace + '/' + pod.workload.name", r#""shop/web""#),
        ("pod.containers[1].exit_code", "137"),
        ("pod.containers[2]", "error OutOfRange"),
        ("[1][-1]", "error OutOfRange"),
        ("[1][0.0]", "error WrongType"),
        ("labels['app.io/name']", r#""web""#),
        ("labels.missing", "error UnknownField"),
        ("pod.missing", "error UnknownField"),
        ("missing", "error UnknownName"),
        ("x.name", "error UnknownField"),
        ("'app.io/name' in labels", "true"),
        ("labels.exists(key, key.startsWith('app'))", "true"),
    ]);
}

#[test]
fn has_asks_whether_a_value_was_seen() {
    tell(&[
        ("has(pod.name)", "true"),
        ("has(pod.node)", "false"),
        ("has(pod.container.name)", "false"),
        ("has(labels.missing)", "false"),
        ("has({'a': null}.a)", "true"),
        ("has(pod.workload.namespace)", "true"),
        ("has(pod.missing)", "error UnknownField"),
        ("has(pod.containers[0].limits.memory)", "true"),
    ]);
}

#[test]
fn macros_go_through_lists() {
    tell(&[
        ("[1, 2].exists(i, i == 2)", "true"),
        ("[1, 2].exists(i, i == 3)", "false"),
        ("[].exists(i, true)", "false"),
        ("[].all(i, false)", "true"),
        ("[1, 2].all(i, i > 0)", "true"),
        ("[1, 2].exists_one(i, i > 1)", "true"),
        ("[1, 2].exists_one(i, i > 0)", "false"),
        ("[1, 2, 3].filter(i, i % 2 == 1)", "[1,3]"),
        ("[1, 2].map(i, i * 2)", "[2,4]"),
        ("[1, 2, 3].map(i, i > 1, i * 2)", "[4,6]"),
        ("[[1], [2, 3]].exists(l, l.exists(i, i == 3))", "true"),
        ("[1].map(x, x) == [1] && x == 7", "true"),
        ("x.exists(i, true)", "error WrongType"),
    ]);
}

#[test]
fn texts_are_taken_apart() {
    tell(&[
        ("size('naïve')", "5"),
        ("'naïve'.size()", "5"),
        ("word.contains('pulling')", "true"),
        ("word.startsWith('Back')", "true"),
        ("word.endsWith('image')", "true"),
        ("word.matches('^Back-?off .*image$')", "true"),
        ("matches(word, '(?i)BACK')", "true"),
        ("'aB'.lowerAscii() + 'aB'.upperAscii()", r#""abAB""#),
        ("'  a '.trim()", r#""a""#),
        ("'a,b,c'.split(',')", r#"["a","b","c"]"#),
        ("'a,b,c'.split(',', 2)", r#"["a","b,c"]"#),
        ("'a,b'.split(',', 0)", "[]"),
        ("'a,b'.split(',', -1)", r#"["a","b"]"#),
        ("'abc'.split('')", r#"["a","b","c"]"#),
        ("'abc'.split('', 2)", r#"["a","bc"]"#),
        ("['a', 'b'].join()", r#""ab""#),
        ("['a', 'b'].join(', ')", r#""a, b""#),
        ("'a-a-a'.replace('a', 'b')", r#""b-b-b""#),
        ("'a-a-a'.replace('a', 'b', 2)", r#""b-b-a""#),
        ("'héllo'.substring(1, 3)", r#""él""#),
        ("'héllo'.substring(4)", r#""o""#),
        ("'abc'.substring(2, 1)", "error OutOfRange"),
        ("'abc'.substring(-1)", "error OutOfRange"),
        ("'abc'.charAt(1)", r#""b""#),
        ("'abc'.charAt(3)", r#""""#),
        ("'abc'.charAt(4)", "error OutOfRange"),
        ("'héllo'.indexOf('l')", "2"),
        ("'hello'.lastIndexOf('l')", "3"),
        ("'hello'.indexOf('z')", "-1"),
    ]);
}

#[test]
fn lists_are_summed_up() {
    tell(&[
        ("size([1, 2])", "2"),
        ("[3, 1, 2].min()", "1"),
        ("[3, 1.5, 2].max()", "3"),
        ("['b', 'a'].min()", r#""a""#),
        ("[].min()", "error BadValue"),
        ("[1, 2].sum()", "3"),
        ("[].sum()", "0"),
        ("[1.5, 2.0].sum()", "3.5"),
        ("[duration('1h'), duration('1m')].sum() == duration('61m')", "true"),
        ("[9223372036854775807, 1].sum()", "error Overflow"),
        ("['a'].sum()", "error BadValue"),
        ("[1, 2, 2].isSorted()", "true"),
        ("[2, 1].isSorted()", "false"),
        ("[1, 2, 1].indexOf(1)", "0"),
        ("[1, 2, 1].lastIndexOf(1)", "2"),
        ("[1].indexOf('a')", "-1"),
    ]);
}

#[test]
fn conversions_take_what_they_can() {
    tell(&[
        ("int('12')", "12"),
        ("int('1.5')", "error BadValue"),
        ("int(1.9)", "1"),
        ("int(1e300)", "error BadValue"),
        ("int(0.0 / 0.0)", "error BadValue"),
        ("int(timestamp('1970-01-01T00:01:00Z'))", "60"),
        ("double(1)", "1.0"),
        ("double('1.5')", "1.5"),
        ("string(1)", r#""1""#),
        ("string(true)", r#""true""#),
        ("string(duration('90m'))", r#""5400s""#),
        ("string(pod.workload)", r#""Deployment shop/web""#),
        ("string(timestamp(0))", r#""1970-01-01T00:00:00Z""#),
        ("bool('true')", "true"),
        ("bool('yes')", "error BadValue"),
        ("duration('1x')", "error BadValue"),
        ("timestamp('yesterday')", "error BadValue"),
        ("int([1])", "error WrongType"),
        ("nothing(1)", "error NoSuchFunction"),
        ("size(1, 2)", "error NoSuchFunction"),
    ]);
}

#[test]
fn time_is_reckoned_with() {
    tell(&[
        ("now - pod.created > duration('1h')", "true"),
        ("now - pod.created == duration('1h30m')", "true"),
        ("pod.created + duration('90m') == now", "true"),
        ("now - duration('90m') == pod.created", "true"),
        ("pod.created < now", "true"),
        ("pod.created < timestamp('2026-11-23T18:00:01Z')", "true"),
        ("(now - pod.created).getHours()", "1"),
        ("(now - pod.created).getMinutes()", "90"),
        ("duration('1.5s').getMilliseconds()", "1500"),
        ("duration('90s').getSeconds()", "90"),
        ("duration('1h') + duration('1m') == duration('61m')", "true"),
        ("now + now", "error WrongType"),
        ("timestamp('9999-12-30T00:00:00Z') + duration('1000000h')", "error Overflow"),
    ]);
}

#[test]
fn quantities_compare_exactly() {
    tell(&[
        ("quantity('100Mi').isLessThan(quantity('1Gi'))", "true"),
        ("quantity('1Gi').isGreaterThan(quantity('1G'))", "true"),
        ("quantity('1Gi').compareTo(quantity('1024Mi'))", "0"),
        ("quantity('1').compareTo(quantity('1001m'))", "-1"),
        ("quantity('1Gi') == quantity('1024Mi')", "true"),
        ("quantity('1') == 1", "false"),
        ("quantity('1').add(quantity('500m')).sub(1)", r#""0.5""#),
        ("quantity('-1').sign()", "-1"),
        ("quantity('2k').asInteger()", "2000"),
        ("quantity('1m').asInteger()", "error BadValue"),
        ("quantity('1500m').asApproximateFloat()", "1.5"),
        ("isQuantity('1.5Gi') && !isQuantity('much')", "true"),
        ("quantity('much')", "error BadValue"),
        ("quantity('1') < quantity('2')", "error WrongType"),
        ("quantity(pod.containers[1].limits.memory).isLessThan(quantity('128Mi'))", "true"),
        ("[quantity('1')]", "error WrongType"),
    ]);
}

#[test]
fn errors_are_absorbed_as_unknowns_are() {
    tell(&[
        ("true || 1 / 0 == 1", "true"),
        ("1 / 0 == 1 || true", "true"),
        ("false && 1 / 0 == 1", "false"),
        ("1 / 0 == 1 && false", "false"),
        ("1 / 0 == 1 || false", "error DivisionByZero"),
        ("[0, 1].exists(i, 1 / i == 1)", "true"),
        ("[0, 1].all(i, 1 / i == 2)", "false"),
        ("[0, 1].exists(i, 1 / i == 2)", "error DivisionByZero"),
        ("[1, 0].filter(i, 1 / i == 1)", "error DivisionByZero"),
        ("[1, 0].exists_one(i, 1 / i == 1)", "error DivisionByZero"),
        ("true || 'a'", "true"),
        ("1 && true", "error WrongType"),
        ("true ? 1 : 1 / 0", "1"),
    ]);
}
