//! The processes of a cluster: each with its log, all watched.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The processes that were started, in order.
pub(crate) struct Processes {
    logs: PathBuf,
    search_path: String,
    running: Vec<(String, Child)>,
}

impl Processes {
    /// None yet; their logs will stand in this folder.
    pub fn new(logs: &Path, search_path: String) -> Processes {
        Processes { logs: logs.to_owned(), search_path, running: Vec::new() }
    }

    /// Starts a program. `HOME` and the folder of registry credentials are its own: the kubelet
    /// would pull with the credentials of a person who works on this machine.
    pub fn start(
        &mut self,
        name: &str,
        program: &Path,
        arguments: &[String],
    ) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{name} does not start: {error}");
        let log = File::create(self.logs.join(format!("{name}.log"))).map_err(failed)?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", &self.search_path)
            .env("HOME", crate::place::INSIDE)
            .env("DOCKER_CONFIG", crate::place::INSIDE)
            .current_dir(crate::place::INSIDE)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        self.running.push((name.to_owned(), child));
        Ok(())
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// When a process ended meanwhile, or it did not become so in time: the names, and the end of
    /// the log that tells most.
    pub fn wait_until(
        &mut self,
        what: &str,
        within: Duration,
        mut is_so: impl FnMut() -> bool,
    ) -> Result<(), String> {
        let deadline = Instant::now() + within;
        while !is_so() {
            if let Some((name, status)) = self.ended() {
                return Err(format!("{name} ended with {status}:\n{}", self.last_lines(&name)));
            }
            if Instant::now() > deadline {
                let last =
                    self.running.last().map(|(name, _)| self.last_lines(name)).unwrap_or_default();
                return Err(format!(
                    "{what}: not within {} s; the last log ends:\n{last}",
                    within.as_secs()
                ));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// A process that has ended, with how.
    pub fn ended(&mut self) -> Option<(String, String)> {
        self.running.iter_mut().find_map(|(name, child)| match child.try_wait() {
            Ok(Some(status)) => Some((name.clone(), status.to_string())),
            _ => None,
        })
    }

    /// The end of a process's log.
    pub fn last_lines(&self, name: &str) -> String {
        let text = std::fs::read(self.logs.join(format!("{name}.log"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}
