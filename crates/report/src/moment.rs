//! Points in time as a person reads them: the cluster's clock, and how long ago.

use evidence::Time;

/// `14:07:31, 9 s ago`; with the date when it is not the day of `now`.
pub(crate) fn moment(time: Time, now: Time) -> String {
    let stamp = time.to_string();
    let (day, clock) = stamp.split_once('T').unwrap_or(("", &stamp));
    let clock: String = clock.chars().take(8).collect();
    let today = now.to_string().starts_with(day);
    let date = if today { String::new() } else { format!("{day} ") };
    format!("{date}{clock}, {}", ago(time, now))
}

/// `6 min ago`, `in 2 h` for a clock that runs ahead, `just now` below a second.
pub(crate) fn ago(time: Time, now: Time) -> String {
    let seconds = now.as_second().saturating_sub(time.as_second());
    match seconds {
        0 => "just now".to_owned(),
        1.. => format!("{} ago", span(seconds)),
        _ => format!("in {}", span(seconds.saturating_neg())),
    }
}

/// A span in its one or two leading units: `9 s`, `6 min`, `2 h 5 min`, `3 d`.
pub(crate) fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_shows_the_date_only_on_another_day() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let now = at("2026-11-20T14:07:40Z");
        assert_eq!(moment(at("2026-11-20T14:07:31Z"), now), "14:07:31, 9 s ago");
        assert_eq!(moment(at("2026-11-19T12:00:00Z"), now), "2026-11-19 12:00:00, 1 d 2 h ago");
        assert_eq!(moment(at("2026-11-20T14:08:40Z"), now), "14:08:40, in 1 min");
        assert_eq!(moment(now, now), "14:07:40, just now");
    }
}
