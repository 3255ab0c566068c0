//! Where things are: in the checkout, in the cache, and of a running cluster.

use std::env;
use std::path::{Path, PathBuf};

use crate::Version;

/// The folder `testcluster/` of the checkout.
pub fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The checkout.
pub fn checkout() -> PathBuf {
    let home = home();
    home.parent().map_or(home.clone(), Path::to_owned)
}

/// The Go modules that pin what is built.
pub(crate) fn modules() -> PathBuf {
    home().join("modules")
}

/// The fault catalogue.
pub fn faults() -> PathBuf {
    home().join("faults")
}

/// Where built programs are kept: `$XDG_CACHE_HOME/tsg-testcluster`, outside of the checkout, so
/// that a clean clone need not build them again.
pub(crate) fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home =
        || PathBuf::from(env::var_os("HOME").unwrap_or_else(|| "/root".into())).join(".cache");
    base.unwrap_or_else(home).join("tsg-testcluster")
}

/// What a cluster leaves to be read from outside: its logs, the marks of its progress, and the
/// answers of its runs. It is kept when the cluster is ended, and emptied when one is started.
pub fn records(version: &Version) -> PathBuf {
    checkout().join("target/testcluster").join(version.name)
}

/// The cluster's own files. They are in memory, seen by its own processes only, and gone with them.
pub(crate) const INSIDE: &str = "/run/testcluster";
