//! What there is on this machine that a cluster could have left: processes, mounts, namespaces,
//! links and control groups.

use std::collections::BTreeSet;
use std::fs;

use crate::run::run;
use crate::{VERSIONS, cgroups, place};

/// The things there are, each as a line that names it.
///
/// # Errors
/// When the machine's links cannot be listed.
pub fn inventory() -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    let cache = place::cache().display().to_string();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(place::INSIDE)
            || line.contains(&cache)
            || line.contains("--kill-child=KILL")
        {
            found.insert(format!("process {name}: {}", line.trim()));
        }
        for kind in ["net", "mnt", "pid"] {
            let namespace = fs::read_link(entry.path().join("ns").join(kind));
            found.extend(namespace.ok().map(|path| format!("namespace {}", path.display())));
        }
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    found.extend(
        mounts.lines().filter_map(|line| Some(format!("mount {}", line.split(' ').nth(4)?))),
    );
    let links = run("ip -o link")?;
    found.extend(
        links.lines().filter_map(|line| Some(format!("link {}", line.split(": ").nth(1)?))),
    );
    let groups = VERSIONS.iter().flat_map(cgroups::left);
    found.extend(groups.map(|path| format!("control group {}", path.display())));
    Ok(found)
}
