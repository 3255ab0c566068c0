//! `cargo xtask bench incidents`: the recorded incidents as a measure of triage.
//!
//! The data is not part of the project. `--data DIR` names a folder with the packed cases
//! (`*.tar.xz`) and the scoring script; without it the measure is skipped, and says so.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::tree::root;
use crate::{print, report};

const USAGE: &str = "cargo xtask bench incidents [--data DIR] [--show-misses] [--jobs N]\n\n  \
    --data DIR      the folder with the packed cases and score.py\n  \
    --show-misses   list every case whose first cause is wrong\n  \
    --jobs N        how many cases to run at the same time [default: 1]";

/// What is measured.
struct Measure {
    data: PathBuf,
    show_misses: bool,
    jobs: String,
}

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let Some(("incidents", rest)) =
        arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
    else {
        return Err(USAGE.to_owned());
    };
    let Some(measure) = read(rest)? else {
        report("SKIPPED: no data; `--data DIR` names the folder with the recorded incidents");
        return Ok(ExitCode::SUCCESS);
    };
    let archives = archives(&measure.data)?;
    if archives.is_empty() || !measure.data.join("score.py").is_file() {
        let folder = measure.data.display();
        report(&format!("SKIPPED: {folder} holds no packed cases (*.tar.xz) with a score.py"));
        return Ok(ExitCode::SUCCESS);
    }
    let binary = build()?;
    for archive in archives {
        score(&measure, &archive, &binary)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(arguments: &[String]) -> Result<Option<Measure>, String> {
    let (mut data, mut show_misses, mut jobs) = (None, false, "1".to_owned());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| USAGE.to_owned());
        match argument.as_str() {
            "--data" => data = Some(PathBuf::from(value()?)),
            "--jobs" => jobs = value()?,
            "--show-misses" => show_misses = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(data.map(|data| Measure { data, show_misses, jobs }))
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.to_string_lossy().ends_with(".tar.xz")).collect();
    found.sort();
    Ok(found)
}

fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    succeeds(
        Command::new(cargo)
            .args(["build", "--release", "--package", "tsg", "--bin", "tsg"])
            .current_dir(root()),
    )?;
    Ok(target().join("release/tsg"))
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Unpacks the cases beside their expectations and scores them.
fn score(measure: &Measure, archive: &Path, binary: &Path) -> Result<(), String> {
    let folder = target().join("incidents");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    succeeds(Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(&folder))?;
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut expected: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".expected.jsonl"))
        .collect();
    expected.sort();
    for file in expected {
        let name = file.to_string_lossy().replace(".expected.jsonl", "");
        print(&format!("{}", Path::new(&name).file_name().unwrap_or_default().display()));
        let mut command = Command::new("python3");
        command.arg(measure.data.join("score.py")).arg("--tsg").arg(binary);
        command.arg("--cases").arg(&name).arg("--expected").arg(&file);
        command.arg("--labels").arg(root().join("benchmarks/cloud-opsbench/labels.toml"));
        command.args(["--jobs", &measure.jobs]);
        if measure.show_misses {
            command.arg("--show-misses");
        }
        succeeds(&mut command)?;
    }
    Ok(())
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} ended with {status}")),
    }
}
