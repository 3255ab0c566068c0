//! The marks by which a cluster tells those outside of it how far it is.

use std::fs;
use std::path::PathBuf;

use crate::run::write;
use crate::{Version, place};

/// How far a cluster is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Starting(String),
    Ready,
    Failed(String),
}

fn file(version: &Version, name: &str) -> PathBuf {
    place::records(version).join(name)
}

/// It does this now.
pub(crate) fn progress(version: &Version, text: &str) -> Result<(), String> {
    write(&file(version, "progress"), text)
}

/// It is ready.
pub(crate) fn ready(version: &Version) -> Result<(), String> {
    write(&file(version, "ready"), "")
}

/// It failed.
pub(crate) fn failed(version: &Version, message: &str) -> Result<(), String> {
    write(&file(version, "failed"), message)
}

/// How far it is.
pub(crate) fn stage(version: &Version) -> Stage {
    let read = |name| fs::read_to_string(file(version, name)).ok();
    match (read("failed"), read("ready")) {
        (Some(message), _) => Stage::Failed(message),
        (None, Some(_)) => Stage::Ready,
        (None, None) => Stage::Starting(read("progress").unwrap_or_default()),
    }
}
