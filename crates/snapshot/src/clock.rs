//! What time it was when a source was made.

use evidence::Time;
use serde_json::Value as Json;

/// The clock of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The point in time that ages are counted to.
    pub now: Time,
    /// Who says so.
    pub said_by: SaidBy,
}

impl Clock {
    /// Whether it is only the earliest time that it can have been.
    pub const fn is_earliest(&self) -> bool {
        matches!(self.said_by, SaidBy::NewestTime | SaidBy::Nobody)
    }
}

/// Who says what time it is, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaidBy {
    /// The user, with `--now`.
    User,
    /// The recording.
    Recording,
    /// A file of the dump that says when it was made.
    Timestamp,
    /// The ages in a transcript of what was created at a time that it tells.
    Ages,
    /// The newest time in the dump's objects, so the dump is at least as old.
    NewestTime,
    /// Nobody: the clock stands at the start of 1970, and no age means anything.
    Nobody,
}

impl SaidBy {
    /// As a report says it.
    pub const fn words(self) -> &'static str {
        match self {
            SaidBy::User => "--now",
            SaidBy::Recording => "recorded",
            SaidBy::Timestamp => "the dump's timestamp",
            SaidBy::Ages => "worked out from ages in the transcript",
            SaidBy::NewestTime => "newest time in the dump",
            SaidBy::Nobody => "no time in the dump",
        }
    }
}

impl std::fmt::Display for SaidBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.words())
    }
}

/// The newest time in the places of an object where its cluster writes the present time.
/// `deletionTimestamp` lies in the future while a pod is given time to stop; what is before that
/// time is when the deletion was asked for.
pub(crate) fn newest(json: &Json) -> Option<Time> {
    let mut newest = Newest(None);
    newest.keys(json, &["firstTimestamp", "lastTimestamp", "eventTime"]);
    newest.keys(json, &["deprecatedFirstTimestamp", "deprecatedLastTimestamp"]);
    if let Some(series) = json.get("series") {
        newest.keys(series, &["lastObservedTime"]);
    }
    if let Some(metadata) = json.get("metadata") {
        newest.keys(metadata, &["creationTimestamp"]);
        let due = metadata.get("deletionTimestamp").and_then(Json::as_str);
        let given = metadata.get("deletionGracePeriodSeconds").and_then(Json::as_i64);
        if let Some(due) = due.and_then(|due| due.parse::<Time>().ok()) {
            let asked = due.as_second().saturating_sub(given.unwrap_or(0).max(0));
            newest.0 = newest.0.max(Time::from_second(asked).ok());
        }
        for manager in items(metadata, "managedFields") {
            newest.keys(manager, &["time"]);
        }
    }
    if let Some(status) = json.get("status") {
        newest.keys(
            status,
            &["startTime", "completionTime", "lastScheduleTime", "lastSuccessfulTime"],
        );
        for condition in items(status, "conditions") {
            newest.keys(
                condition,
                &["lastTransitionTime", "lastUpdateTime", "lastHeartbeatTime", "lastProbeTime"],
            );
        }
        for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
            for container in items(status, list) {
                for state in ["state", "lastState"].iter().filter_map(|key| container.get(key)) {
                    for run in ["running", "terminated"].iter().filter_map(|key| state.get(key)) {
                        newest.keys(run, &["startedAt", "finishedAt"]);
                    }
                }
            }
        }
    }
    newest.0
}

fn items<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

struct Newest(Option<Time>);

impl Newest {
    fn keys(&mut self, json: &Json, keys: &[&str]) {
        for text in keys.iter().filter_map(|key| json.get(key)?.as_str()) {
            self.0 = self.0.max(text.parse().ok());
        }
    }
}

/// The last time in a `timestamp` file: RFC 3339, or as Go prints a time, which is what
/// `oc adm must-gather` writes (`2024-05-01 12:00:00.5 +0200 CEST m=+0.1`).
pub(crate) fn timestamp(text: &str) -> Option<Time> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    if let Ok(time) = line.parse() {
        return Some(time);
    }
    let mut words = line.split_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let (hours, minutes) = zone.split_at_checked(3)?;
    format!("{date}T{time}{hours}:{minutes}").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn time(text: &str) -> Option<Time> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_newest_time_is_found_wherever_the_cluster_writes_one() {
        let late = "2024-05-01T12:00:00Z";
        for object in [
            json!({ "lastTimestamp": late, "firstTimestamp": "2024-05-01T11:00:00Z" }),
            json!({ "eventTime": "2024-05-01T12:00:00.000000Z" }),
            json!({ "series": { "lastObservedTime": late } }),
            json!({ "metadata": { "creationTimestamp": late } }),
            json!({ "metadata": { "managedFields": [{ "time": late }] } }),
            json!({ "status": { "conditions": [{ "lastTransitionTime": late }] } }),
            json!({ "status": { "initContainerStatuses": [{ "lastState": { "terminated": { "finishedAt": late } } }] } }),
        ] {
            assert_eq!(newest(&object), time(late), "{object}");
        }
    }

    #[test]
    fn a_deletion_was_asked_for_before_the_time_that_was_given() {
        let due = "2024-05-01T12:00:30Z";
        let object =
            json!({ "metadata": { "deletionTimestamp": due, "deletionGracePeriodSeconds": 30 } });
        assert_eq!(newest(&object), time("2024-05-01T12:00:00Z"));
        assert_eq!(newest(&json!({ "metadata": { "deletionTimestamp": due } })), time(due));
        let odd = json!({ "metadata": { "deletionTimestamp": due, "deletionGracePeriodSeconds": i64::MIN } });
        assert_eq!(newest(&odd), time(due));
    }

    #[test]
    fn a_timestamp_file_is_read_in_both_its_forms() {
        assert_eq!(timestamp("2024-05-01T12:00:00Z\n"), time("2024-05-01T12:00:00Z"));
        let go = "2024-05-01 14:00:00.25 +0200 CEST m=+0.055\n2024-05-01 14:03:00.5 +0200 CEST m=+180.3\n\n";
        assert_eq!(timestamp(go), time("2024-05-01T12:03:00.5Z"));
        assert_eq!(timestamp("yesterday"), None);
    }
}
