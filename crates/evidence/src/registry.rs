//! What a registry says of an image when it is asked from here.
//!
//! Here is the machine that asks, not the node: that a name resolves or a port answers here says
//! nothing about the node's network. What the registry itself answers (this tag does not exist,
//! these credentials are refused) is the same from everywhere.

use serde::{Deserialize, Serialize};

use crate::ObjectRef;

/// The platform that an image is to run on, in the words of OCI: `linux/amd64`, `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// The operating system: `linux`.
    pub os: String,
    /// The architecture: `amd64`.
    pub architecture: String,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}

/// What was tried of a registry, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryWord {
    /// The image that it was asked about, as the pod has it.
    pub image: String,
    /// The registry's host, with its port where the image names one.
    pub registry: String,
    /// What was done, in order. It ends with the first check that failed and that the rest needs.
    pub checks: Vec<Check>,
    /// The pull secret whose credentials the registry accepted; `None` when none was accepted or
    /// none was needed.
    pub accepted: Option<ObjectRef>,
    /// The pull secrets whose credentials the registry refused, in the order tried.
    pub refused: Vec<ObjectRef>,
    /// The digest that the registry gives for the image; `None` when it gave none.
    pub digest: Option<String>,
    /// The platforms that the image is built for; empty when the manifest was not seen.
    pub platforms: Vec<Platform>,
    /// The tags nearest to the one asked for, nearest first; empty when they were not asked for.
    pub nearest_tags: Vec<String>,
    /// Whether `nearest_tags` are of all tags, and not of the first pages only.
    pub all_tags_seen: bool,
    /// How many HTTP requests it took.
    pub requests: u32,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub stage: Stage,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// The words for it, redacted and on one line: an address, the registry's own message.
    pub words: String,
}

/// What is tried, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The registry's name resolves.
    Dns,
    /// It takes connections.
    Tcp,
    /// Its certificate is trusted.
    Tls,
    /// It accepts the pod's credentials, or asks for none.
    Authentication,
    /// It has the repository with the tag or the digest.
    Manifest,
    /// The image is built for the node's platform.
    Platform,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// It is as it should be.
    Passed,
    /// It is not: the registry, or this machine's network, said so.
    Failed,
    /// Nothing is known: not tried, cut short, refused by our own rules, out of time.
    Unknown,
}
