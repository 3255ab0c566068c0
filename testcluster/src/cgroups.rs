//! The control groups below which a cluster's pods run. They are the one thing of a cluster that
//! no namespace takes along when it ends.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Version;

const ROOT: &str = "/sys/fs/cgroup";

/// The name of the group, as the kubelet is told it.
pub(crate) fn name(version: &Version) -> String {
    format!("/tsg-testcluster-{}", version.name.replace('.', "-"))
}

/// The group in each hierarchy: one for each controller of version 1, or the one of version 2.
fn folders(version: &Version) -> Vec<PathBuf> {
    let name = name(version);
    let below = |hierarchy: PathBuf| hierarchy.join(name.trim_start_matches('/'));
    if Path::new(ROOT).join("cgroup.controllers").exists() {
        return vec![below(ROOT.into())];
    }
    let hierarchies = fs::read_dir(ROOT).into_iter().flatten().flatten().map(|entry| entry.path());
    hierarchies.filter(|path| path.is_dir() && !path.is_symlink()).map(below).collect()
}

/// Makes the groups.
pub(crate) fn make(version: &Version) -> Result<(), String> {
    for folder in folders(version) {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        // A cpuset without processors takes no process.
        let above = folder.parent().unwrap_or(Path::new(ROOT)).to_owned();
        for file in ["cpuset.cpus", "cpuset.mems"] {
            if let Ok(all) = fs::read_to_string(above.join(file))
                && !all.trim().is_empty()
            {
                let _ = fs::write(folder.join(file), all);
            }
        }
    }
    Ok(())
}

/// Removes the groups with all below them. Their processes must have ended.
///
/// # Errors
/// The groups that are still there.
pub(crate) fn remove(version: &Version) -> Result<(), String> {
    let left: Vec<String> = folders(version)
        .into_iter()
        .filter(|folder| folder.exists() && !remove_below(folder))
        .map(|folder| folder.display().to_string())
        .collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("these control groups are still in use: {}", left.join(", "))),
    }
}

fn remove_below(folder: &Path) -> bool {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_below(&path);
        }
    }
    fs::remove_dir(folder).is_ok()
}

/// The groups that there are, for a status or a check that nothing was left.
pub(crate) fn left(version: &Version) -> Vec<PathBuf> {
    folders(version).into_iter().filter(|folder| folder.exists()).collect()
}
