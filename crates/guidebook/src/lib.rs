//! The shipped guides and demo incidents, embedded in the binary.
//!
//! The guides are the Markdown files below `guides/`; a demo is a scenario below `scenarios/`
//! whose `scenario.toml` gives it a demo name.

/// An embedded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path: below the repository for a guide, below the incident's folder for a demo.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A shipped incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The name that `tsg demo` takes.
    pub name: &'static str,
    /// What happened, in one line.
    pub title: &'static str,
    /// What it shows.
    pub why: &'static str,
    /// The target, as typed: `pod/web-0`.
    pub target: &'static str,
    /// The namespace of the target.
    pub namespace: &'static str,
    /// The time of the recording, RFC 3339.
    pub now: &'static str,
    /// The incident's files, a plain folder.
    pub files: &'static [File],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The demo of a name.
pub fn demo(name: &str) -> Option<&'static Demo> {
    DEMOS.iter().find(|demo| demo.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demo_has_a_target_a_time_and_files() {
        assert!(!GUIDES.is_empty());
        for demo in DEMOS {
            assert!(!demo.title.is_empty() && !demo.target.is_empty(), "{}", demo.name);
            assert!(demo.now.ends_with('Z') && !demo.files.is_empty(), "{}", demo.name);
        }
    }

    #[test]
    fn no_two_demos_share_a_name() {
        assert!(DEMOS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
