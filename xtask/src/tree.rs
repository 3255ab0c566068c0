//! The checkout: where it is, its files, and the program built from it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value as Json;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every file below a folder with this ending, in order of path.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Reads a file of the checkout.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Builds `tsg` with a profile of cargo, and gives its path: cargo knows where its targets go.
pub(crate) fn build(profile: &str) -> Result<PathBuf, String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .current_dir(root())
        .args(["build", "--quiet", "--package", "tsg", "--bin", "tsg", "--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if !built.status.success() {
        return Err(format!("cargo build ended with {}", built.status));
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let executable = |message: Json| message["executable"].as_str().map(PathBuf::from);
    messages
        .filter_map(executable)
        .next_back()
        .ok_or_else(|| "cargo does not say where the program is".to_owned())
}

/// What `tsg` prints, built first where it is not.
pub(crate) fn tsg(arguments: &[&str]) -> Result<String, String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--package", "tsg", "--bin", "tsg", "--"])
        .args(arguments)
        .env("COLUMNS", "80")
        .env_remove("NO_COLOR")
        .current_dir(root())
        .output()
        .map_err(|error| format!("tsg {}: {error}", arguments.join(" ")))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    // Exit codes of a diagnosis are results; anything else that complains is a failure.
    if output.stdout.is_empty() && !complaint.is_empty() {
        return Err(format!("tsg {}: {complaint}", arguments.join(" ")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
