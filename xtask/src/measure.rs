//! The figures that the documents state: the time of a diagnosis from files, the binary's size.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::{build, root};

/// How often a command is run.
const RUNS: usize = 41;

/// Prints them, for the release binary.
#[allow(clippy::print_stdout)]
pub(crate) fn print() -> Result<(), String> {
    let binary = build("dist")?;
    let size = std::fs::metadata(&binary).map_err(|error| error.to_string())?.len();
    println!("binary                            {:.1} MB", size as f64 / 1e6);
    let base = median(&binary, &["--version"])?;
    println!("tsg --version (baseline)          {:.1} ms", millis(base));
    for (name, scenario, arguments) in CASES {
        let path = root().join(scenario);
        let path = path.display().to_string();
        let mut all = arguments.to_vec();
        all.extend(["--from", &path]);
        let took = median(&binary, &all)?;
        println!(
            "{name:33} {:.1} ms   {:.1} × baseline",
            millis(took),
            took.as_secs_f64() / base.as_secs_f64()
        );
    }
    Ok(())
}

/// What is measured: a name, the files, the arguments.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "one workload, a missing tag",
        "scenarios/imagepull/wrong-tag",
        &["diagnose", "deploy/checkout", "-n", "shop"],
    ),
    (
        "a namespace, three pods",
        "scenarios/imagepull/three-pods-one-cause",
        &["diagnose", "-n", "shop"],
    ),
];

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

fn median(binary: &std::path::Path, arguments: &[&str]) -> Result<Duration, String> {
    let mut spans = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begin = Instant::now();
        let run = Command::new(binary)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.map_err(|error| error.to_string())?;
        spans.push(begin.elapsed());
    }
    spans.sort();
    Ok(spans[RUNS / 2])
}
