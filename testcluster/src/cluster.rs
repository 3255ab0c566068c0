//! A cluster, from outside: start it, end it, run something in it.
//!
//! All processes of a cluster are in one process-id namespace, whose first process is the child of
//! an `unshare` that is told to take it along when it ends. So one signal ends everything, mounts
//! and links go with the last process, and a runner that was killed leaves nothing but that one
//! process id to end, which stands in a file before anything else is started.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::binaries::Binaries;
use crate::mark::{self, Stage};
use crate::{Version, cgroups, place};

/// The longest that a cluster may take to come up, once it is built.
const START: Duration = Duration::from_secs(180);

/// A cluster that runs.
#[derive(Debug)]
pub struct Cluster {
    version: &'static Version,
    binaries: Binaries,
    /// The first process in the namespaces, by its id outside of them.
    init: u32,
}

/// The state of a cluster, as `status` says it.
#[derive(Debug)]
pub enum Status {
    /// It is not there.
    Down,
    /// It comes up; what it does at the moment.
    Starting(String),
    /// It is up; the process id of its `unshare`.
    Up(u32),
    /// It is not there, and something of it is.
    Left(Vec<String>),
}

/// Starts a cluster and waits until it is ready. `supervisor` is the command line that runs
/// [`crate::supervise()`] for the version.
///
/// # Errors
/// What is missing or failed, with what to do.
pub fn up(
    version: &'static Version,
    supervisor: &[String],
    progress: &dyn Fn(&str),
) -> Result<Cluster, String> {
    if let Status::Up(_) = status(version) {
        return find(version);
    }
    possible()?;
    down(version)?;
    Binaries::provide(version, progress)?;
    let records = place::records(version);
    let failed = |error: std::io::Error| format!("{}: {error}", records.display());
    match fs::remove_dir_all(&records) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => fs::create_dir_all(records.join("logs")).map_err(failed)?,
    }
    let log = fs::File::create(records.join("logs/supervisor.log")).map_err(failed)?;
    // The id stands in its file before the process becomes the one that holds the cluster. Bash
    // is the first process inside, since it takes care of processes that lost their parent.
    let hold = "echo $$ > \"$0\"; exec unshare --net --mount --pid --uts --ipc --fork --kill-child=KILL --mount-proc -- \
                bash -c '\"$@\" & wait $!' testcluster \"$@\"";
    let mut child = Command::new("bash")
        .args(["-c", hold])
        .arg(pid_file(version))
        .args(supervisor)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let started = Instant::now();
    let mut shown = String::new();
    loop {
        match mark::stage(version) {
            Stage::Ready => break,
            Stage::Failed(message) => {
                down(version)?;
                return Err(format!("the cluster did not come up: {message}\n{}", logs(version)));
            }
            Stage::Starting(step) if step != shown => {
                progress(&format!("starting: {step}"));
                shown = step;
            }
            Stage::Starting(_) => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            let log = fs::read_to_string(records.join("logs/supervisor.log")).unwrap_or_default();
            down(version)?;
            return Err(format!(
                "the cluster did not come up ({status}): {}\n{}",
                log.trim(),
                logs(version)
            ));
        }
        if started.elapsed() > START {
            down(version)?;
            return Err(format!(
                "the cluster was not up within {} s\n{}",
                START.as_secs(),
                logs(version)
            ));
        }
        thread::sleep(Duration::from_millis(100));
    }
    find(version)
}

/// The cluster that runs.
///
/// # Errors
/// When there is none.
pub fn find(version: &'static Version) -> Result<Cluster, String> {
    let missing = || {
        format!(
            "no cluster of Kubernetes {} is up: run `cargo xtask cluster up --kubernetes {}`",
            version.name, version.name
        )
    };
    let holder = holder(version).ok_or_else(missing)?;
    let init = child_of(holder).ok_or_else(missing)?;
    Ok(Cluster { version, binaries: Binaries::built(version)?, init })
}

/// The state of a cluster.
pub fn status(version: &Version) -> Status {
    match (holder(version), mark::stage(version)) {
        (Some(holder), Stage::Ready) => Status::Up(holder),
        (Some(_), Stage::Starting(step)) => Status::Starting(step),
        (Some(_), Stage::Failed(message)) => Status::Starting(message),
        (None, _) => {
            let left = cgroups::left(version);
            match left.is_empty() {
                true => Status::Down,
                false => Status::Left(left.iter().map(|path| path.display().to_string()).collect()),
            }
        }
    }
}

/// Ends a cluster, if there is one, and what is left of one that died.
///
/// # Errors
/// What could not be ended or removed.
pub fn down(version: &Version) -> Result<(), String> {
    if let Some(holder) = holder(version) {
        let namespace = child_of(holder).and_then(pid_namespace);
        let _ = Command::new("kill").args(["-KILL", &holder.to_string()]).status();
        let deadline = Instant::now() + Duration::from_secs(20);
        // The kernel ends the processes of the namespace after their first one.
        while is_running(holder) || namespace.as_ref().is_some_and(is_inhabited) {
            if Instant::now() > deadline {
                return Err(format!("process {holder}, or one that it holds, does not end"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match cgroups::remove(version) {
            Ok(()) => break,
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
    for name in ["pid", "ready", "failed", "progress"] {
        let _ = fs::remove_file(place::records(version).join(name));
    }
    Ok(())
}

impl Cluster {
    /// Its version.
    pub fn version(&self) -> &'static Version {
        self.version
    }

    /// A command that runs in the cluster's namespaces, in the folder of the caller, as the
    /// cluster's administrator for `kubectl`.
    pub fn command(&self, program: &Path) -> Command {
        let here = std::env::current_dir().unwrap_or_else(|_| "/".into());
        let mut command = Command::new("nsenter");
        command
            // Entering the mount namespace leads to the root folder else.
            .arg(format!("--wdns={}", here.display()))
            .args([
                "--target",
                &self.init.to_string(),
                "--net",
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
                "--",
            ])
            .arg(program)
            .env("PATH", self.binaries.search_path())
            .env("KUBECONFIG", self.admin_kubeconfig())
            .env("CONTAINERD_ADDRESS", format!("{}/containerd.sock", place::INSIDE));
        command
    }

    /// The program of this name that belongs to the cluster.
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.path(name)
    }

    /// Runs a command in the cluster, on this terminal.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn exec(&self, command: &[String]) -> Result<ExitStatus, String> {
        let program = command.first().ok_or(
            "no command to run; example: `cargo xtask cluster exec -- kubectl get pods -A`",
        )?;
        self.command(Path::new(program))
            .args(&command[1..])
            .status()
            .map_err(|error| format!("{program}: {error}"))
    }

    /// The kubeconfig of the administrator. It serves inside of the cluster's namespaces.
    pub fn admin_kubeconfig(&self) -> PathBuf {
        place::records(self.version).join("admin.kubeconfig")
    }

    /// The kubeconfig of the user that has the permissions of the published role and no others.
    pub fn user_kubeconfig(&self) -> PathBuf {
        place::records(self.version).join("tsg.kubeconfig")
    }

    /// The certificate of the authority that the registries' certificates are of.
    pub fn authority(&self) -> PathBuf {
        place::records(self.version).join("authority.crt")
    }

    /// The API server's account of the requests of that user, one JSON object a line.
    pub fn audit_log(&self) -> PathBuf {
        place::records(self.version).join("audit.jsonl")
    }
}

/// Why no cluster can run here; nothing when one can.
///
/// # Errors
/// A sentence that says what is missing.
pub fn possible() -> Result<(), String> {
    let is = |command: &str, arguments: &[&str]| {
        let run = Command::new(command).args(arguments).stdin(Stdio::null()).output();
        run.is_ok_and(|output| output.status.success())
    };
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    let mut missing = Vec::new();
    if !root {
        missing.push("it must be run as root");
    }
    if !is("unshare", &["--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]) {
        missing.push("this machine lets nobody make namespaces (`unshare` fails)");
    }
    if !is("go", &["version"]) {
        missing.push("there is no Go (1.26 or newer) to build the cluster's programs with");
    }
    if !Path::new("/sys/fs/cgroup").is_dir() {
        missing.push("there are no control groups at /sys/fs/cgroup");
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no cluster can run here: {}", missing.join("; "))),
    }
}

fn pid_file(version: &Version) -> PathBuf {
    place::records(version).join("pid")
}

/// The process that holds the cluster, if it is there and is that one.
fn holder(version: &Version) -> Option<u32> {
    let file = pid_file(version);
    let pid: u32 = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line);
    // Just started, it is still the shell that becomes the holder.
    let is_it = line.contains("--kill-child=KILL") && line.contains("testcluster");
    (is_it && is_running(pid)).then_some(pid)
}

fn is_running(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands after the name, which is in brackets and may hold anything.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn pid_namespace(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}

fn is_inhabited(namespace: &PathBuf) -> bool {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let namespaces = entries.map(|entry| fs::read_link(entry.path().join("ns/pid")));
    namespaces.flatten().any(|own| own == *namespace)
}

fn child_of(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

fn logs(version: &Version) -> String {
    format!("the logs stand in {}", place::records(version).join("logs").display())
}
