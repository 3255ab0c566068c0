//! The layouts that are known, and how a source is recognised as one of them.

use crate::SnapshotError;
use crate::intake::Intake;
use crate::layouts::{
    cluster_info_dump, kubectl_output, must_gather, plain_folder, recording, support_bundle,
    transcript,
};
use crate::tree::{Branch, Tree};

/// How the files of a source are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// What `tsg diagnose --record` and `tsg snapshot` write.
    Recording,
    /// A support bundle of Troubleshoot (troubleshoot.sh).
    SupportBundle,
    /// What `oc adm must-gather` and `oc adm inspect` write.
    MustGather,
    /// What `kubectl cluster-info dump` writes.
    ClusterInfoDump,
    /// `<namespace>/<resource>.json`.
    PlainFolder,
    /// Commands with what they printed for people.
    Transcript,
    /// What `kubectl get -o json` or `-o yaml` prints.
    KubectlOutput,
}

impl Layout {
    /// Every layout, in the order in which a source is tried for them.
    pub const ALL: &'static [Layout] = &[
        Layout::Recording,
        Layout::SupportBundle,
        Layout::MustGather,
        Layout::ClusterInfoDump,
        Layout::PlainFolder,
        Layout::Transcript,
        Layout::KubectlOutput,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// One line on what it looks like and what makes it.
    pub const fn description(self) -> &'static str {
        self.entry().description
    }

    /// The source as a sentence's subject: `this must-gather`.
    pub const fn holder(self) -> &'static str {
        self.entry().holder
    }

    const fn entry(self) -> &'static Entry {
        match self {
            Layout::Recording => &recording::ENTRY,
            Layout::SupportBundle => &support_bundle::ENTRY,
            Layout::MustGather => &must_gather::ENTRY,
            Layout::ClusterInfoDump => &cluster_info_dump::ENTRY,
            Layout::PlainFolder => &plain_folder::ENTRY,
            Layout::Transcript => &transcript::ENTRY,
            Layout::KubectlOutput => &kubectl_output::ENTRY,
        }
    }
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// What a layout's file declares.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) holder: &'static str,
    /// Whether a tree, seen from this folder, is laid out so.
    pub(crate) recognises: fn(&Branch<'_>) -> bool,
    /// Takes in what the tree holds.
    pub(crate) load: fn(&Branch<'_>, &mut Intake) -> Result<(), SnapshotError>,
}

/// Folders that only hold one folder are looked into this far, as archives are often packed so.
const DESCENT: usize = 4;

/// Recognises a tree and takes in what it holds.
pub(crate) fn load(tree: &Tree, intake: &mut Intake) -> Result<Layout, SnapshotError> {
    let mut branches = vec![tree.root()];
    while let Some(last) = branches.last()
        && branches.len() <= DESCENT
        && let Some(folder) = last.only_folder()
    {
        branches.push(last.enter(folder));
    }
    for layout in Layout::ALL {
        let entry = layout.entry();
        if let Some(branch) = branches.iter().find(|branch| (entry.recognises)(branch)) {
            (entry.load)(branch, intake)?;
            return Ok(*layout);
        }
    }
    Err(SnapshotError::Unrecognised { place: String::new(), reason: String::new() })
}

/// The name of a file without its ending, where the ending is that of JSON or YAML.
pub(crate) fn stem(file: &str) -> Option<&str> {
    let (stem, ending) = file.rsplit_once('.')?;
    matches!(ending, "json" | "yaml" | "yml").then_some(stem)
}

/// Whether a text can be the name of a namespace or a container (RFC 1123 label).
pub(crate) fn is_label(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(allowed)
}
