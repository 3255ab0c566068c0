//! The fault catalogue: what is done wrong, how it shows, and what must be said of it.
//!
//! `testcluster/README.md` tells the format of `fault.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::run::read_text;
use crate::symptom::Symptom;
use crate::{Version, place};

/// A fault of the catalogue.
#[derive(Debug)]
pub struct Fault {
    /// Its family: the folder above its own.
    pub family: String,
    /// Its name, which is that of its namespace too.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The fault as a phrase.
    pub title: String,
    /// What was done wrong, and what a person would find.
    pub why: String,
    /// What is asked about, as typed; empty for the whole namespace.
    pub target: String,
    /// What is done, in order.
    pub stages: Vec<Stage>,
    /// Commands of kubectl without which its namespace would not go.
    pub afterwards: Vec<String>,
    /// What is asked, and what must be answered.
    runs: Vec<Run>,
    /// The versions that it is made on.
    kubernetes: semver::VersionReq,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    why: String,
    target: String,
    #[serde(default)]
    kubernetes: semver::VersionReq,
    #[serde(default)]
    afterwards: Vec<String>,
    #[serde(default)]
    stage: Vec<Stage>,
    #[serde(default)]
    run: Vec<Run>,
}

/// One thing that is done, and what shows that it has taken effect.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The manifests to apply; all of the folder where none are named.
    pub apply: Option<Vec<String>>,
    /// Commands of kubectl, after that.
    #[serde(default)]
    pub kubectl: Vec<String>,
    /// What shows.
    #[serde(default)]
    pub until: Symptom,
}

/// One question to `tsg`, and the answer that is right.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The guide of `--guide`; without it, whatever applies.
    pub guide: Option<String>,
    /// Whether it is `tsg triage` that is asked, about the whole namespace.
    #[serde(default)]
    pub triage: bool,
    /// The versions that this is the answer on, where they word it differently.
    #[serde(default)]
    kubernetes: semver::VersionReq,
    /// Whether the registry is asked.
    #[serde(default)]
    pub probe: bool,
    /// The exit code.
    pub exit: i32,
    /// How it ends, in the words of `scenario.toml`.
    pub status: String,
    /// Texts that the printed answer holds.
    #[serde(default)]
    pub says: Vec<String>,
    /// Outcomes that are as true and say less: a transcript may lead to them.
    #[serde(default)]
    pub less: Vec<String>,
    /// Outcomes that must not be named, however weakly.
    #[serde(default)]
    pub never: Vec<String>,
    /// The causes, best first.
    #[serde(default)]
    pub cause: Vec<Cause>,
}

/// A cause that must be named.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The outcome's id.
    pub cause: String,
    /// The object, as `Kind namespace/name`; a generated name ends with `*`.
    pub object: String,
    /// `confirmed`, `likely` or `possible`.
    pub confidence: String,
}

impl Cause {
    /// Whether this is what was got: the same, where `*` stands for the end of a name.
    pub fn is(&self, got: &Cause) -> bool {
        self.names(got) && self.confidence == got.confidence
    }

    /// The same, however sure it is.
    pub fn names(&self, got: &Cause) -> bool {
        let named = match self.object.strip_suffix('*') {
            Some(start) => got.object.starts_with(start),
            None => got.object == self.object,
        };
        named && self.cause == got.cause
    }

    /// Whether an answer names this cause, of its object or, where that was not seen, of a pod or
    /// workload that has it.
    pub fn is_seen_in(&self, got: &Cause) -> bool {
        const SHOW: [&str; 6] = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
        let shows = got.object.split(' ').next().is_some_and(|kind| SHOW.contains(&kind));
        self.names(got) || (shows && self.cause == got.cause)
    }
}

impl Fault {
    /// Whether it is made on this version.
    pub fn is_for(&self, version: &Version) -> bool {
        matches(&self.kubernetes, version)
    }

    /// What is asked on this version.
    pub fn runs_on(&self, version: &Version) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| matches(&run.kubernetes, version))
    }

    /// The files of what lies outside of the fault's namespace, which says so itself.
    pub fn elsewhere(&self) -> Vec<PathBuf> {
        folders(&self.folder, is_elsewhere)
    }

    /// The files of a stage.
    pub fn manifests(&self, stage: &Stage) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = match &stage.apply {
            Some(names) => return names.iter().map(|name| self.folder.join(name)).collect(),
            None => folders(&self.folder, |path| path.extension().is_some_and(|end| end == "yaml")),
        };
        found.sort();
        found
    }
}

/// Whether a file is of what lies outside of the fault's namespace.
pub fn is_elsewhere(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".elsewhere.yaml")
}

/// The faults of the catalogue that are selected: by family, by name, by `family/name`, or all
/// where nothing is selected.
///
/// # Errors
/// Every mistake in every file, and every selection that selects nothing.
pub fn select(selected: &[String]) -> Result<Vec<Fault>, String> {
    let (all, mut mistakes) = read(&place::faults());
    for wanted in selected {
        if !all.iter().any(|fault| fault.is_named(wanted)) {
            mistakes.push(format!("there is no fault and no family of faults `{wanted}`"));
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes.join("\n"));
    }
    let chosen =
        |fault: &Fault| selected.is_empty() || selected.iter().any(|name| fault.is_named(name));
    Ok(all.into_iter().filter(chosen).collect())
}

fn matches(wanted: &semver::VersionReq, version: &Version) -> bool {
    let release = version.kubernetes.trim_start_matches('v');
    semver::Version::parse(release).is_ok_and(|release| wanted.matches(&release))
}

impl Fault {
    fn is_named(&self, wanted: &str) -> bool {
        wanted == self.family
            || wanted == self.name
            || wanted == format!("{}/{}", self.family, self.name)
    }
}

fn read(root: &Path) -> (Vec<Fault>, Vec<String>) {
    let (mut faults, mut mistakes) = (Vec::new(), Vec::new());
    for family in folders(root, Path::is_dir) {
        for folder in folders(&family, Path::is_dir) {
            match read_one(&folder) {
                Ok(fault) => faults.push(fault),
                Err(mistake) => mistakes.push(mistake),
            }
        }
    }
    let mut names: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
    names.sort_unstable();
    for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
        mistakes.push(format!("two faults are named {}: a fault's name is its namespace", pair[0]));
    }
    (faults, mistakes)
}

fn read_one(folder: &Path) -> Result<Fault, String> {
    let path = folder.join("fault.toml");
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file: File = toml::from_str(&read_text(&path)?).map_err(|error| failed(&error))?;
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
    };
    let fault = Fault {
        family: name(folder.parent()),
        name: name(Some(folder)),
        folder: folder.to_owned(),
        title: file.title,
        why: file.why,
        target: file.target,
        stages: file.stage,
        afterwards: file.afterwards,
        runs: file.run,
        kubernetes: file.kubernetes,
    };
    let missing =
        fault.stages.iter().flat_map(|stage| fault.manifests(stage)).find(|path| !path.is_file());
    if let Some(missing) = missing {
        return Err(failed(&format!("there is no {}", missing.display())));
    }
    if fault.stages.is_empty() || fault.runs.is_empty() {
        return Err(failed(&"a fault has at least one [[stage]] and one [[run]]"));
    }
    for stage in &fault.stages {
        stage.until.check().map_err(|mistake| failed(&format!("until: {mistake}")))?;
    }
    Ok(fault)
}

fn folders(below: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(below).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| wanted(path)).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_no_mistakes() {
        let (faults, mistakes) = read(&place::faults());
        assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
        assert!(!faults.is_empty());
    }

    #[test]
    fn a_generated_name_is_matched_by_its_start() {
        let cause = |object: &str| Cause {
            cause: "oom".into(),
            object: object.into(),
            confidence: "likely".into(),
        };
        assert!(cause("Pod a/web-*").is(&cause("Pod a/web-x7z")));
        assert!(!cause("Pod a/web-*").is(&cause("Pod b/web-x7z")));
        assert!(!cause("Pod a/web").is(&cause("Pod a/web-x7z")));
    }
}
