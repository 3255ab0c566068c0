//! `cargo xtask cluster up | down | status | exec | kubeconfig`

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use testcluster::{Status, Version};

use crate::{print, report};

const USAGE: &str = "cargo xtask cluster COMMAND [--kubernetes VERSION]\n\n  \
    up             build what is missing, start the cluster, wait until it is ready\n  \
    down           end it, and remove what is left of one that died\n  \
    status         say whether it is up\n  \
    exec -- CMD    run a command in its network, with kubectl at hand\n  \
    kubeconfig     print the path of the administrator's kubeconfig; it serves within `exec`\n  \
    crash          kill the start half-way, end what it left, and show that nothing is left";

/// Runs one of the commands.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let (version, rest) = version(arguments)?;
    match rest.first().map(String::as_str) {
        Some("up") => {
            up(version)?;
            print(&format!(
                "Kubernetes {} is up. Try: cargo xtask cluster exec -- kubectl get nodes",
                version.kubernetes
            ));
        }
        Some("down") => testcluster::down(version)?,
        Some("crash") => crash(version)?,
        Some("status") => return Ok(status(version)),
        Some("exec") => {
            let command: Vec<String> =
                rest[1..].iter().skip_while(|word| *word == "--").cloned().collect();
            let code = testcluster::find(version)?.exec(&command)?.code().unwrap_or(1);
            return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)));
        }
        Some("kubeconfig") => {
            print(&testcluster::find(version)?.admin_kubeconfig().display().to_string());
        }
        // Not for people: the first process inside of a cluster.
        Some("supervise") => testcluster::supervise(version)?,
        _ => return Err(USAGE.to_owned()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Kills the program that starts a cluster when half of it is up, and then the process that holds
/// the cluster, and compares what there is on the machine with what there was before.
fn crash(version: &'static Version) -> Result<(), String> {
    if let Err(missing) = testcluster::possible() {
        print(&format!("SKIPPED: {missing}"));
        return Ok(());
    }
    testcluster::down(version)?;
    let before = testcluster::inventory()?;
    let own = std::env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
    let failed = |error: std::io::Error| format!("cluster up: {error}");
    let mut up = Command::new(own)
        .args(["cluster", "up", "--kubernetes", version.name])
        .spawn()
        .map_err(failed)?;
    let half = |status: &Status| matches!(status, Status::Starting(step) if step == "registries");
    let deadline = Instant::now() + Duration::from_secs(3600);
    while !half(&testcluster::status(version)) {
        if let Some(status) = up.try_wait().map_err(failed)? {
            return Err(format!("cluster up ended ({status}) before it could be killed"));
        }
        if Instant::now() > deadline {
            return Err("cluster up did not come half-way".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    up.kill().map_err(failed)?;
    up.wait().map_err(failed)?;
    let during = testcluster::inventory()?.difference(&before).count();
    testcluster::down(version)?;
    let left: Vec<String> = testcluster::inventory()?.difference(&before).cloned().collect();
    if during == 0 {
        return Err("nothing was there when the start was killed: this shows nothing".to_owned());
    }
    match left.is_empty() {
        true => {
            print(&format!(
                "killed half-way with {during} things there; after `down` none is left"
            ));
            Ok(())
        }
        false => Err(format!("after `down` these are left:\n  {}", left.join("\n  "))),
    }
}

/// Starts the cluster of a version, unless it is up.
pub(crate) fn up(version: &'static Version) -> Result<testcluster::Cluster, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
    let supervisor =
        [&own.display().to_string(), "cluster", "supervise", "--kubernetes", version.name];
    let supervisor = supervisor.map(str::to_owned);
    testcluster::up(version, &supervisor, &|line| report(line))
}

/// Takes `--kubernetes VERSION` out of the arguments before `--`.
pub(crate) fn version(arguments: &[String]) -> Result<(&'static Version, Vec<String>), String> {
    let mut rest = arguments.to_vec();
    let end = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
    let Some(at) = rest[..end].iter().position(|word| word == "--kubernetes") else {
        return Ok((&testcluster::VERSIONS[0], rest));
    };
    if at + 1 >= end {
        return Err(format!("--kubernetes wants a version\n\n{USAGE}"));
    }
    let version = Version::named(&rest[at + 1])?;
    rest.drain(at..=at + 1);
    Ok((version, rest))
}

fn status(version: &Version) -> ExitCode {
    let (line, up) = match testcluster::status(version) {
        Status::Up(pid) => (format!("up; process {pid}"), true),
        Status::Starting(step) => (format!("starting: {step}"), false),
        Status::Down => ("down".to_owned(), false),
        Status::Left(left) => (format!("down, and these are left: {}", left.join(", ")), false),
    };
    print(&format!("Kubernetes {}: {line}", version.kubernetes));
    if up { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
