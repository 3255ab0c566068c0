//! The head of a guide: what says whether it applies, read without the rest of it.
//!
//! A run looks at the signals of every guide and runs a few of them. Reading a whole guide costs
//! a hundred times what reading its head does, so a shipped guide is read when it is needed.
//! Only the plain form of front matter is read here, a key or an item a line, as shipped guides
//! have it; of any other form there is no head, and the guide has to be read whole.

use crate::{Phase, Signal, VersionRange, Vocabulary};

/// What says whether a guide applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub phase: Phase,
    /// When it applies.
    pub signals: Vec<Signal>,
    /// To which versions of Kubernetes.
    pub k8s_version: VersionRange,
}

impl Head {
    /// Reads the head of a guide; `None` where its front matter is not plain.
    pub fn read(text: &str, vocabulary: &Vocabulary) -> Option<Head> {
        let matter = text.strip_prefix("---\n")?;
        let matter = &matter[..matter.find("\n---\n")? + 1];
        let (mut id, mut phase, mut version) = (None, None, VersionRange::any());
        let mut signals = Vec::new();
        let mut in_signals = false;
        for line in matter.lines() {
            if let Some(item) = line.trim_start().strip_prefix("- ") {
                if in_signals {
                    let mut mistakes = Vec::new();
                    let start = item.as_ptr() as usize - text.as_ptr() as usize;
                    let span = start..start + item.len();
                    signals.push(Signal::parse(bare(item), span, vocabulary, &mut mistakes)?);
                }
                continue;
            }
            let (key, value) = line.split_once(':')?;
            in_signals = key == "signals";
            match key {
                "id" => id = Some(bare(value).to_owned()),
                "phase" if bare(value) == "diagnosis" => phase = Some(Phase::Diagnosis),
                "phase" if bare(value) == "solution" => phase = Some(Phase::Solution),
                "k8s_version" => version = VersionRange::parse(bare(value)).ok()?,
                "signals" if !bare(value).is_empty() && bare(value) != "[]" => return None,
                _ => {}
            }
        }
        Some(Head { id: id?, phase: phase?, signals, k8s_version: version })
    }
}

/// A scalar without its quotes.
fn bare(value: &str) -> &str {
    let value = value.trim();
    let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_is_not_plain_is_none() {
        let vocabulary = Vocabulary::default();
        let read = |matter: &str| Head::read(&format!("---\n{matter}---\ntext\n"), &vocabulary);
        let plain =
            read("id: TSG-A-B-001\nphase: diagnosis\nsignals:\n  - pod_not_ready\n").unwrap();
        assert_eq!((plain.id.as_str(), plain.signals.len()), ("TSG-A-B-001", 1));
        assert_eq!(read("id: TSG-A-B-001\nphase: diagnosis\nsignals: [pod_not_ready]\n"), None);
        assert_eq!(read("id: TSG-A-B-001\n"), None);
        assert_eq!(Head::read("no front matter", &vocabulary), None);
    }
}
