//! What is waited for, on standard error, where there is somebody to read it.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use evidence::Question;

/// Says what is waited for, once the wait is long enough to be noticed.
pub struct Progress {
    shown: bool,
}

/// How long a wait goes unmentioned.
const UNNOTICED: Duration = Duration::from_millis(400);

impl Progress {
    /// Progress for a person at a terminal, unless it is not wanted.
    pub fn new(wanted: bool) -> Progress {
        Progress { shown: wanted && std::io::stderr().is_terminal() }
    }

    /// No progress.
    pub fn silent() -> Progress {
        Progress { shown: false }
    }

    /// Whether there is somebody to read it.
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// Shows what is waited for, and then never ends.
    pub async fn wait(&self, questions: &[Question]) {
        tokio::time::sleep(UNNOTICED).await;
        if self.shown {
            let first = questions.first().map(ToString::to_string).unwrap_or_default();
            let more = match questions.len() {
                0 | 1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let line: String = format!("waiting for {first}{more}").chars().take(78).collect();
            let _ = write!(std::io::stderr(), "\r{line}\x1b[K");
        }
        std::future::pending().await
    }

    /// Removes what was shown.
    pub fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
