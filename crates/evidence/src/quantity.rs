//! Kubernetes quantities (`100Mi`, `250m`, `1e3`), exactly.
//!
//! The notation is that of `k8s.io/apimachinery/pkg/api/resource`: a signed decimal number,
//! then a binary suffix (`Ki` … `Ei`), a decimal one (`n` … `E`) or an exponent. Values are
//! held in billionths as whole numbers, the finest that Kubernetes keeps; what is finer is
//! rounded up, away from zero, as there.

use std::fmt;

/// A quantity in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;
/// Digits read before and after the point; more can only be a mistake.
const DIGITS: usize = 30;

impl Quantity {
    /// Reads a quantity; `None` for a text that is none, or beyond what 128 bits hold.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let split = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(split);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = whole.len() + fraction.len();
        if digits == 0 || digits > DIGITS || fraction.contains('.') {
            return None;
        }
        let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        let (factor, exponent) = suffix_of(suffix)?;
        let shift = exponent.checked_sub(fraction.len() as i32)?.checked_add(9)?;
        let scaled = mantissa.checked_mul(factor)?;
        let value = if mantissa == 0 {
            0
        } else if shift >= 0 {
            scaled.checked_mul(10i128.checked_pow(shift as u32)?)?
        } else {
            match 10i128.checked_pow(shift.unsigned_abs()) {
                Some(divisor) => scaled / divisor + i128::from(scaled % divisor != 0),
                None => 1,
            }
        };
        Some(Quantity(if negative { -value } else { value }))
    }

    /// Nothing.
    pub const ZERO: Quantity = Quantity(0);

    /// A whole number.
    pub fn from_int(value: i64) -> Quantity {
        Quantity(i128::from(value) * BILLION)
    }

    /// The sum, where 128 bits hold it.
    pub fn checked_add(self, other: Quantity) -> Option<Quantity> {
        self.0.checked_add(other.0).map(Quantity)
    }

    /// The difference, where 128 bits hold it.
    pub fn checked_sub(self, other: Quantity) -> Option<Quantity> {
        self.0.checked_sub(other.0).map(Quantity)
    }

    /// -1, 0 or 1.
    pub fn sign(self) -> i64 {
        self.0.signum() as i64
    }

    /// The value as a whole number, where it is one of 64 bits.
    pub fn as_integer(self) -> Option<i64> {
        (self.0 % BILLION == 0).then(|| (self.0 / BILLION).try_into().ok()).flatten()
    }

    /// The value as a number, rounded.
    pub fn as_approximate_float(self) -> f64 {
        self.0 as f64 / BILLION as f64
    }
}

/// The factor of a suffix, as a whole number and a power of ten.
fn suffix_of(suffix: &str) -> Option<(i128, i32)> {
    let binary = |power: u32| Some((1i128 << (10 * power), 0));
    match suffix {
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        "n" => Some((1, -9)),
        "u" => Some((1, -6)),
        "m" => Some((1, -3)),
        "" => Some((1, 0)),
        "k" => Some((1, 3)),
        "M" => Some((1, 6)),
        "G" => Some((1, 9)),
        "T" => Some((1, 12)),
        "P" => Some((1, 15)),
        "E" => Some((1, 18)),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| exponent.parse().ok()).flatten().map(|exponent| (1, exponent))
        }
    }
}

/// The value as a plain decimal number: `104857600`, `0.25`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        let (whole, rest) = (value / BILLION as u128, value % BILLION as u128);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Quantity::parse(text).map(|quantity| quantity.to_string())
    }

    #[test]
    fn every_suffix_is_read_exactly() {
        for (text, value) in [
            ("0", "0"),
            ("250m", "0.25"),
            ("-1.5", "-1.5"),
            (".5Gi", "536870912"),
            ("5.", "5"),
            ("100Mi", "104857600"),
            ("1Ei", "1152921504606846976"),
            ("9223372036854775807", "9223372036854775807"),
            ("1k", "1000"),
            ("1E", "1000000000000000000"),
            ("1e3", "1000"),
            ("1E-3", "0.001"),
            ("+12e+2", "1200"),
            ("1n", "0.000000001"),
            ("1u", "0.000001"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_billionth_is_rounded_up() {
        assert_eq!(shown("0.1n").as_deref(), Some("0.000000001"));
        assert_eq!(shown("-0.1n").as_deref(), Some("-0.000000001"));
        assert_eq!(shown("1e-60").as_deref(), Some("0.000000001"));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "-", "Mi", "1mi", "1 Gi", "1.2.3", "1ki", "1e", "1e+", "0x1", "1e99", "1K"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn equal_amounts_in_different_notations_are_equal() {
        assert_eq!(Quantity::parse("1Gi"), Quantity::parse("1024Mi"));
        assert_eq!(Quantity::parse("0.5"), Quantity::parse("500m"));
        assert!(Quantity::parse("1G") < Quantity::parse("1Gi"));
    }
}
