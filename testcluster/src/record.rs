//! Writes a fault down as a scenario: what `tsg snapshot` captured of it, and what must be said.

use std::fs;
use std::path::Path;

use crate::catalogue::{Cause, Fault, Run};
use crate::exercise::Exercise;
use crate::place;
use crate::run::{read_text, write};

/// How the source of a scenario begins that was recorded here.
const RECORDED: &str = "recorded:";

/// Writes `scenarios/<family>/<fault>/`, in place of what stands there.
///
/// What is captured is redacted by `tsg snapshot`. Whatever is expected comes from the fault's own file; only generated names come from the cluster.
///
/// # Errors
/// When it cannot be captured or written.
pub fn record(exercise: &Exercise, fault: &Fault) -> Result<(), String> {
    let folder = place::checkout().join("scenarios").join(&fault.family).join(&fault.name);
    let archive = exercise.folder().join(format!("{}.snapshot.tar.zst", fault.name));
    let archive_path = archive.display().to_string();
    // As an administrator: a snapshot lists what a diagnosis gets one by one.
    let admin = exercise.cluster.admin_kubeconfig().display().to_string();
    let arguments = [
        "snapshot",
        "-n",
        &fault.name,
        "-o",
        &archive_path,
        "--no-progress",
        "--kubeconfig",
        &admin,
    ];
    let arguments = arguments.map(str::to_owned);
    let captured = exercise.tsg(&format!("{}.snapshot", fault.name), &arguments)?;
    // 2: something could not be read, such as the log of a pod that its node refused. It is left out.
    if ![0, 2].contains(&captured.exit) {
        return Err(format!("tsg snapshot ended with {}: {}", captured.exit, captured.stderr));
    }
    let own = fs::read_to_string(folder.join("scenario.toml")).unwrap_or_default();
    if !own.is_empty() && !own.contains(&format!("source = \"{RECORDED}")) {
        return Err(format!(
            "{} was written by hand and stays: name the fault otherwise",
            folder.display()
        ));
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let meta = unpack(&archive, &folder)?;
    let now = meta["now"].as_str().unwrap_or_default();
    let mut text = format!(
        "title = {:?}\nwhy = {:?}\ntarget = {:?}\nnamespace = {:?}\nnow = {now:?}\nsource = {:?}\n",
        fault.title,
        fault.why,
        fault.target,
        fault.name,
        format!(
            "{RECORDED} Kubernetes {} of the test cluster",
            exercise.cluster.version().kubernetes
        ),
    );
    let version = exercise.cluster.version();
    // A scenario asks about its target; probes and triages are asked on the cluster alone.
    for run in fault.runs_on(version).filter(|run| !run.probe && !run.triage) {
        text.push_str(&run_table(run, &real_names(exercise, fault, run)?));
    }
    write(&folder.join("scenario.toml"), text)
}

/// The causes that are expected, with the generated names of this time.
fn real_names(exercise: &Exercise, fault: &Fault, run: &Run) -> Result<Vec<Cause>, String> {
    let mut causes = run.cause.clone();
    for cause in causes.iter_mut().filter(|cause| cause.object.ends_with('*')) {
        let start = cause.object.trim_end_matches('*').to_owned();
        let kind = start.split(' ').next().unwrap_or_default().to_owned();
        let names = exercise.kubectl(&["-n", &fault.name, "get", &kind, "-o", "name"])?;
        let objects = names.lines().filter_map(|line| Some(line.split_once('/')?.1));
        let named = objects.map(|name| format!("{kind} {}/{name}", fault.name));
        let mut fitting = named.filter(|object| object.starts_with(&start));
        cause.object = fitting.next().ok_or_else(|| format!("nothing is named {start}*"))?;
    }
    Ok(causes)
}

fn run_table(run: &Run, causes: &[Cause]) -> String {
    let guide = run.guide.as_ref().map(|guide| format!("guide = {guide:?}\n")).unwrap_or_default();
    let mut text = format!("\n[[run]]\n{guide}status = {:?}\n", run.status);
    for cause in causes {
        text.push_str(&format!(
            "[[run.cause]]\ncause = {:?}\nobject = {:?}\nconfidence = {:?}\n",
            cause.cause, cause.object, cause.confidence
        ));
    }
    text
}

/// Unpacks a recording into a folder, and gives what it says of itself.
fn unpack(archive: &Path, folder: &Path) -> Result<serde_json::Value, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", archive.display());
    let file = fs::File::open(archive).map_err(|error| failed(&error))?;
    let decoder = zstd::stream::read::Decoder::new(file).map_err(|error| failed(&error))?;
    tar::Archive::new(decoder).unpack(folder).map_err(|error| failed(&error))?;
    serde_json::from_str(&read_text(&folder.join("meta.json"))?).map_err(|error| failed(&error))
}
