//! Spans of time as CEL writes them (`1h30m`, `-2.5s`, `100ms`): Go's notation.

use jiff::SignedDuration;

/// Units and their length in nanoseconds, so ordered that no unit hides a longer one.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a span; `None` for a text that is none, or longer than can be held.
pub(crate) fn parse(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mut total: i128 = 0;
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    loop {
        let split = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at(split);
        let (name, length) = UNITS.iter().find(|(name, _)| unit.starts_with(name))?;
        total = total.checked_add(part(number, *length)?)?;
        rest = &unit[name.len()..];
        if rest.is_empty() {
            break;
        }
    }
    SignedDuration::try_from_nanos_i128(if negative { -total } else { total })
}

/// A decimal number of units, in nanoseconds; what is finer is cut.
fn part(number: &str, length: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.len() > 20 || (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let value = |digits: &str| if digits.is_empty() { Some(0i128) } else { digits.parse().ok() };
    let scale = 10i128.pow(fraction.len() as u32);
    value(whole)?.checked_mul(length)?.checked_add(value(fraction)? * length / scale)
}

/// The span as `string()` gives it: seconds, with a fraction where there is one.
pub(crate) fn in_seconds(span: SignedDuration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let span = span.unsigned_abs();
    let fraction = format!("{:09}", span.subsec_nanos());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}s", span.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_every_unit() {
        for (text, seconds) in [
            ("1h", "3600s"),
            ("1h30m5s", "5405s"),
            ("-1.5h", "-5400s"),
            ("100ms", "0.1s"),
            ("1us", "0.000001s"),
            ("1ns", "0.000000001s"),
            ("0", "0s"),
            ("+.5s", "0.5s"),
        ] {
            assert_eq!(parse(text).map(in_seconds).as_deref(), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "1", "h", "-", "1d", "1h ", "1.2.3s", "s1", "99999999999999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
