//! The schedule of a CronJob, and when it should have made a Job.
//!
//! Five fields or a name, as the CronJob controller reads them (robfig/cron v3, `ParseStandard`).
//! A pure crate knows no time zones: in another one than UTC a time counts as missed only when it
//! is missed in every zone.

use evidence::{Object, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

/// How late the controller may be, in seconds.
const LATE: i64 = 120;
/// How far the clock of any zone is from that of UTC, with an hour of summer time.
const ZONES: SignedDuration = SignedDuration::from_hours(15);
/// How many days are looked through: a leap day may be eight years away.
const MOST_DAYS: usize = 3000;

/// The times of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days of the month and of the week both have to suit: one of them begins with `*`.
    both: bool,
}

impl Schedule {
    /// Reads five fields, or a name such as `@daily`; `None` for what is neither, intervals
    /// (`@every`) and schedules that name their own zone included.
    pub fn parse(text: &str) -> Option<Schedule> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            own => own,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else { return None };
        let star = |field: &str| field.starts_with(['*', '?']);
        Some(Schedule {
            minutes: bits(minutes, 0, 59, &[])?,
            hours: bits(hours, 0, 23, &[])?,
            days: bits(days, 1, 31, &[])?,
            months: bits(months, 1, 12, &MONTHS)?,
            weekdays: bits(weekdays, 0, 6, &WEEKDAYS)?,
            both: star(days) || star(weekdays),
        })
    }

    /// The first time after another, in UTC.
    pub fn after(&self, time: Time) -> Option<Time> {
        let from = time.checked_add(SignedDuration::from_secs(60)).ok()?;
        let from = from.to_zoned(TimeZone::UTC).datetime();
        let mut date = from.date();
        let mut first = (i64::from(from.hour()), i64::from(from.minute()));
        for _ in 0..MOST_DAYS {
            if self.suits(date) {
                for hour in (first.0..24).filter(|hour| has(self.hours, *hour)) {
                    let least = if hour == first.0 { first.1 } else { 0 };
                    if let Some(minute) = (least..60).find(|minute| has(self.minutes, *minute)) {
                        let (hour, minute) = (i8::try_from(hour), i8::try_from(minute));
                        let found = date.at(hour.ok()?, minute.ok()?, 0, 0);
                        return Some(found.to_zoned(TimeZone::UTC).ok()?.timestamp());
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
            first = (0, 0);
        }
        None
    }

    fn suits(&self, date: jiff::civil::Date) -> bool {
        let day = has(self.days, i64::from(date.day()));
        let weekday = has(self.weekdays, i64::from(date.weekday().to_sunday_zero_offset()));
        let of_both = if self.both { day && weekday } else { day || weekday };
        has(self.months, i64::from(date.month())) && of_both
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn has(bits: u64, number: i64) -> bool {
    u32::try_from(number).is_ok_and(|number| bits.checked_shr(number).unwrap_or(0) & 1 == 1)
}

/// The numbers that a field stands for, as bits.
fn bits(field: &str, least: u32, most: u32, names: &[&str]) -> Option<u64> {
    let mut all = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let number = |text: &str| {
            let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
            let named = named.and_then(|index| u32::try_from(index).ok()).map(|own| own + least);
            named.or_else(|| text.parse().ok()).filter(|own| (least..=most).contains(own))
        };
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if first > last {
            return None;
        }
        for own in (first..=last).step_by(usize::try_from(step).ok()?) {
            all |= 1_u64 << own;
        }
    }
    Some(all)
}

/// Since when a CronJob should have made a Job and has not; `None` where nothing is due, or its
/// schedule cannot be read.
pub fn overdue(cronjob: &Object, now: Time) -> Option<Time> {
    let text = cronjob.text("/spec/schedule")?;
    let schedule = Schedule::parse(text)?;
    let last = cronjob.time("/status/lastScheduleTime");
    let since = [last, cronjob.created()].into_iter().flatten().max()?;
    // Without a zone it is that of the controller manager, of which only the last time tells. What
    // is to run at the same minutes of every hour does so in every zone.
    let after = |time: Time, by: SignedDuration| schedule.after(time.checked_add(by).ok()?);
    let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
    let is_time = |last: Time| after(last, -minute) == Some(last);
    let each_hour = || {
        let next = after(since, hour).and_then(|next| next.checked_sub(hour).ok());
        next.is_some() && next == after(since, SignedDuration::ZERO)
    };
    let utc = match cronjob.text("/spec/timeZone") {
        Some(zone) => matches!(zone, "UTC" | "Etc/UTC"),
        None => last.is_some_and(is_time) || each_hour(),
    };
    let shift = if utc { SignedDuration::ZERO } else { ZONES };
    let since = since.checked_add(shift).ok()?;
    let due = schedule.after(since)?;
    let late = now.as_second() - due.as_second();
    (late > LATE && late > shift.as_secs()).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_next_time_is_found_as_the_controller_finds_it() {
        let after = |schedule: &str, time: &str| {
            let schedule = Schedule::parse(schedule)?;
            schedule.after(time.parse().unwrap()).map(|time| time.to_string())
        };
        for (schedule, next) in [
            ("*/15 * * * *", "2026-11-20T14:15:00Z"),
            ("30 2 * * *", "2026-11-21T02:30:00Z"),
            ("0 0 1 jan *", "2027-01-01T00:00:00Z"),
            ("0 9 * * mon-fri", "2026-11-23T09:00:00Z"),
            // Neither begins with a star: the day of the month or that of the week.
            ("0 0 13 * 6", "2026-11-21T00:00:00Z"),
            ("5/20 14 * * *", "2026-11-20T14:05:00Z"),
            ("@hourly", "2026-11-20T15:00:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ] {
            let found = after(schedule, "2026-11-20T14:00:00Z");
            assert_eq!(found.as_deref(), Some(next), "{schedule}");
        }
        for wrong in ["", "* * * *", "61 * * * *", "a * * * *", "@every 1h", "*/0 * * * *"] {
            assert_eq!(Schedule::parse(wrong), None, "{wrong}");
        }
        assert_eq!(after("0 0 31 2 *", "2026-11-20T14:00:00Z"), None);
    }

    #[test]
    fn in_another_zone_a_time_is_missed_when_it_is_missed_everywhere() {
        let is_overdue = |zone: &str, now: &str| {
            let cronjob = Object::admit(json!({ "apiVersion": "batch/v1", "kind": "CronJob",
                "metadata": { "name": "report", "namespace": "shop" },
                "spec": { "schedule": "0 2 * * *", "timeZone": zone },
                "status": { "lastScheduleTime": "2026-11-19T17:00:00Z" } }));
            overdue(&cronjob.unwrap(), now.parse().unwrap()).is_some()
        };
        assert!(is_overdue("Etc/UTC", "2026-11-20T02:03:00Z"));
        assert!(!is_overdue("Etc/UTC", "2026-11-20T02:01:00Z"));
        assert!(!is_overdue("Asia/Tokyo", "2026-11-20T17:01:00Z"));
        assert!(is_overdue("Asia/Tokyo", "2026-11-22T17:01:00Z"));
    }
}
