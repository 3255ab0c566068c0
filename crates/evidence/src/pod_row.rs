//! A pod of which a source shows only its row in a list that kubectl printed.

use serde_json::Value as Json;

use crate::Object;

/// The row of a pod of which nothing else is shown. Its status is one word that kubectl makes of
/// many fields (pkg/printers/internalversion/printers.go, `printPod`): a phase, or what the last
/// container in trouble waits for or ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodRow<'a> {
    /// The column `STATUS`: `Running`, `ImagePullBackOff`, `Init:Error`, `Completed`.
    pub status: &'a str,
    /// The column `READY`: how many containers are ready, and of how many.
    pub ready: Option<(u32, u32)>,
    /// The column `AGE`, in seconds.
    pub age: Option<i64>,
    /// The column `RESTARTS`: how many times its containers were restarted, all together.
    pub restarts: i64,
    /// How long ago the last restart was, in seconds, where there was one.
    pub restarted: Option<i64>,
}

impl<'a> PodRow<'a> {
    /// What a container waits for.
    pub fn waiting_reason(&self) -> Option<&'a str> {
        let word = self.status.strip_prefix("Init:").unwrap_or(self.status);
        let is_progress = word.starts_with(|c: char| c.is_ascii_digit());
        (!is_progress && !is_phase(word) && self.terminated_reason().is_none()).then_some(word)
    }

    /// What a container ended with.
    pub fn terminated_reason(&self) -> Option<&'a str> {
        let word = self.status.strip_prefix("Init:").unwrap_or(self.status);
        let ended = ["Error", "OOMKilled", "Completed", "ContainerCannotRun", "DeadlineExceeded"];
        (ended.contains(&word) || word.starts_with("ExitCode:") || word.starts_with("Signal:"))
            .then_some(word)
    }

    /// Whether every container is ready; `None` where the row does not say.
    pub fn is_ready(&self) -> Option<bool> {
        self.ready.map(|(ready, all)| ready >= all)
    }
}

fn is_phase(word: &str) -> bool {
    ["Pending", "Running", "Succeeded", "Failed", "Unknown", "Terminating", "NotReady"]
        .contains(&word)
}

impl Object {
    /// The field that keeps the row of a pod of which nothing else is shown.
    pub const ROW: &str = "tsg.dev/row";

    /// The row of a pod of which nothing else is shown.
    pub fn row(&self) -> Option<PodRow<'_>> {
        let row = self.json().get(Object::ROW)?;
        let status = row.get("status").and_then(Json::as_str)?;
        let ready = row.get("ready").and_then(Json::as_str).and_then(|text| {
            let (ready, all) = text.split_once('/')?;
            Some((ready.parse().ok()?, all.parse().ok()?))
        });
        let number = |key: &str| row.get(key).and_then(Json::as_i64);
        let restarts = number("restarts").unwrap_or(0);
        Some(PodRow { status, ready, age: number("age"), restarts, restarted: number("restarted") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_told_apart_into_what_waits_and_what_ended() {
        for (status, waits, ended) in [
            ("ImagePullBackOff", Some("ImagePullBackOff"), None),
            ("Init:CrashLoopBackOff", Some("CrashLoopBackOff"), None),
            ("Init:0/2", None, None),
            ("Init:Error", None, Some("Error")),
            ("Running", None, None),
            ("Completed", None, Some("Completed")),
            ("ExitCode:3", None, Some("ExitCode:3")),
        ] {
            let row = PodRow { status, ready: None, age: None, restarts: 0, restarted: None };
            assert_eq!((row.waiting_reason(), row.terminated_reason()), (waits, ended), "{status}");
        }
    }
}
