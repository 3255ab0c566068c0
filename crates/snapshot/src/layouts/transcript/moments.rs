//! Points in time and ages, as kubectl prints them for people.
//!
//! Absolute times are Go's `time.RFC1123Z` (`Sat, 29 Nov 2025 20:49:26 +0800`), ages are
//! `duration.HumanDuration` (k8s.io/apimachinery/pkg/util/duration): the larger the age, the
//! coarser the unit that it is rounded down to.

use evidence::Time;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// An age: at least `seconds`, and less than `seconds + unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Age {
    pub(super) seconds: i64,
    pub(super) unit: i64,
}

impl Age {
    /// Reads `94s`, `2m1s`, `47m`, `3h5m`, `17h`, `3d4h`, `110d`, `2y10d`; `None` for
    /// `<unknown>` and for what is no age.
    pub(super) fn parse(text: &str) -> Option<Age> {
        if text == "<invalid>" {
            return Some(Age { seconds: 0, unit: 1 });
        }
        let (mut seconds, mut number, mut digits, mut parts) = (0_i64, 0_i64, 0, 0);
        for byte in text.bytes() {
            let unit = match byte {
                b'0'..=b'9' if digits < 9 => {
                    number = number * 10 + i64::from(byte - b'0');
                    digits += 1;
                    continue;
                }
                b's' => 1,
                b'm' => MINUTE,
                b'h' => HOUR,
                b'd' => DAY,
                b'y' => YEAR,
                _ => return None,
            };
            if digits == 0 {
                return None;
            }
            seconds += number * unit;
            (number, digits) = (0, 0);
            parts += 1;
        }
        (parts > 0 && digits == 0).then(|| Age { seconds, unit: unit_of(seconds) })
    }
}

/// The unit that an age of this length is rounded down to.
fn unit_of(seconds: i64) -> i64 {
    match seconds {
        ..=599 => 1,
        600..=28_799 => MINUTE,
        28_800..=691_199 => HOUR,
        _ => DAY,
    }
}

/// A point in time with the zone that it was printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) time: Time,
    /// Seconds east of Greenwich.
    pub(super) offset: i64,
}

/// Reads `Sat, 29 Nov 2025 20:49:26 +0800`.
pub(super) fn rfc1123z(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    if bytes.len() < 31 || bytes[3] != b',' {
        return None;
    }
    let month = month(text.get(8..11)?)?;
    let sign = match bytes[26] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let offset = sign * (number(bytes, 27, 2)? * HOUR + number(bytes, 29, 2)? * MINUTE);
    let day = Day { year: number(bytes, 12, 4)?, month, day: number(bytes, 5, 2)? };
    let clock =
        number(bytes, 17, 2)? * HOUR + number(bytes, 20, 2)? * MINUTE + number(bytes, 23, 2)?;
    let time = Time::from_second(day.seconds()? + clock - offset).ok()?;
    Some(Stamp { time, offset })
}

/// The time of `Sat, 29 Nov 2025 20:49:26 +0800` as objects have it.
pub(super) fn rfc3339(text: &str) -> Option<String> {
    // Go's zero time: nothing was recorded.
    let stamp = rfc1123z(text).filter(|stamp| stamp.time.as_second() > -62_135_596_800)?;
    Some(stamp.time.to_string())
}

/// Reads `2025-11-29 20:51:29`, with a zone that is told apart from it.
pub(super) fn civil(text: &str, offset: i64) -> Option<Time> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || !matches!(bytes[10], b' ' | b'T') || bytes[4] != b'-' {
        return None;
    }
    let day =
        Day { year: number(bytes, 0, 4)?, month: number(bytes, 5, 2)?, day: number(bytes, 8, 2)? };
    let clock =
        number(bytes, 11, 2)? * HOUR + number(bytes, 14, 2)? * MINUTE + number(bytes, 17, 2)?;
    Time::from_second(day.seconds()? + clock - offset).ok()
}

/// Reads what `date` prints: `Sat Nov 29 20:51:29 CST 2025`, `Sat Nov 29 08:51:29 PM UTC 2025`,
/// or any form of RFC 3339. The zone must be one that names an offset, or `offset` be given.
pub(super) fn date(text: &str, offset: Option<i64>) -> Option<Time> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| word.len() == 8 && word.as_bytes()[2] == b':')?;
    let year = words.last().filter(|word| word.len() == 4).and_then(|word| word.parse().ok())?;
    let month_at = words.iter().position(|word| month(word).is_some())?;
    let beside = [month_at.checked_add(1), month_at.checked_sub(1)];
    let mut days = beside.into_iter().flatten().filter_map(|at| words.get(at)?.parse().ok());
    let day = days.next()?;
    let day = Day { year, month: month(words[month_at])?, day };
    let clock = words[at].as_bytes();
    let mut hour = number(clock, 0, 2)?;
    match *words.get(at + 1)? {
        "PM" if hour < 12 => hour += 12,
        "AM" if hour == 12 => hour = 0,
        _ => {}
    }
    let is_utc = words.iter().any(|word| matches!(*word, "UTC" | "GMT" | "Z"));
    let offset = if is_utc { 0 } else { offset? };
    let seconds = hour * HOUR + number(clock, 3, 2)? * MINUTE + number(clock, 6, 2)?;
    Time::from_second(day.seconds()? + seconds - offset).ok()
}

struct Day {
    year: i64,
    month: i64,
    day: i64,
}

impl Day {
    /// Seconds from the start of 1970 to the start of the day, in UTC.
    fn seconds(&self) -> Option<i64> {
        if !(1..=12).contains(&self.month) || !(1..=31).contains(&self.day) {
            return None;
        }
        // Days of the proleptic Gregorian calendar, counted from the first of March.
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        Some(days * DAY)
    }
}

fn month(name: &str) -> Option<i64> {
    let names =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = names.iter().position(|known| *known == name)?;
    Some(at as i64 + 1)
}

fn number(bytes: &[u8], from: usize, length: usize) -> Option<i64> {
    let digits = bytes.get(from..from + length)?;
    digits
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_read_in_the_zone_that_it_was_printed_in() {
        let stamp = rfc1123z("Sat, 29 Nov 2025 20:49:26 +0800").unwrap();
        assert_eq!((stamp.time, stamp.offset), (time("2025-11-29T12:49:26Z"), 28_800));
        let west = rfc1123z("Thu, 29 Feb 2024 23:59:59 -0330").unwrap();
        assert_eq!(west.time, time("2024-03-01T03:29:59Z"));
        assert_eq!(rfc3339("Mon, 01 Jan 0001 00:00:00 +0000"), None);
        assert_eq!(rfc1123z("Sat, 29 Nov 2025"), None);
    }

    #[test]
    fn an_age_is_as_exact_as_its_unit() {
        let cases = [
            ("94s", 94, 1),
            ("5m", 300, 1),
            ("2m1s", 121, 1),
            ("47m", 2820, 60),
            ("3h5m", 11_100, 60),
            ("17h", 61_200, 3600),
            ("3d4h", 273_600, 3600),
            ("110d", 9_504_000, 86_400),
            ("2y10d", 63_936_000, 86_400),
        ];
        for (text, seconds, unit) in cases {
            assert_eq!(Age::parse(text), Some(Age { seconds, unit }), "{text}");
        }
        for text in ["", "<unknown>", "5", "s", "5m3", "soon", "99999999999999s"] {
            assert_eq!(Age::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_needs_a_zone_that_names_an_offset() {
        let expected = Some(time("2025-11-29T20:51:29Z"));
        for text in [
            "Sat Nov 29 20:51:29 UTC 2025",
            "Sat Nov 29 08:51:29 PM UTC 2025",
            "Sat 29 Nov 20:51:29 UTC 2025",
            "2025-11-29T20:51:29Z",
        ] {
            assert_eq!(date(text, None), expected, "{text}");
        }
        assert_eq!(date("Sat Nov 29 20:51:29 CST 2025", None), None);
        let told = date("Sat Nov 29 20:51:29 CST 2025", Some(28_800));
        assert_eq!(told, Some(time("2025-11-29T12:51:29Z")));
        assert_eq!(civil("2025-11-29 20:51:29 CST", 28_800), told);
    }
}
