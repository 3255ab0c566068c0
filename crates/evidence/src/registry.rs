//! What a registry says of an image when it is asked from here.
//!
//! Here is the machine that asks, not the node: that a name resolves or a port answers here says
//! nothing about the node's network. What the registry itself answers (this tag does not exist,
//! these credentials are refused) is the same from everywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ObjectRef, Question, Unseen, UnseenKind, redact};

/// The most characters of one of its texts that are kept.
const MOST_WORDS: usize = 400;
/// The most items of one of its lists that are kept.
const MOST_ITEMS: usize = 32;

/// The platform that an image is to run on, in the words of OCI: `linux/amd64`, `linux/arm/v7`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl RegistryWord {
    /// Lets the words of a registry, or of a recording of them, in: redacted, each text on one
    /// line, and none longer than a report can bear.
    pub fn admit(self) -> RegistryWord {
        let check = |check: Check| Check { words: line(&check.words), ..check };
        let platform =
            |one: Platform| Platform { os: line(&one.os), architecture: line(&one.architecture) };
        RegistryWord {
            image: line(&self.image),
            registry: line(&self.registry),
            checks: self.checks.into_iter().take(MOST_ITEMS).map(check).collect(),
            accepted: self.accepted,
            refused: self.refused.into_iter().take(MOST_ITEMS).collect(),
            digest: self.digest.as_deref().map(line),
            platforms: self.platforms.into_iter().take(MOST_ITEMS).map(platform).collect(),
            nearest_tags: self.nearest_tags.iter().take(MOST_ITEMS).map(|tag| line(tag)).collect(),
            all_tags_seen: self.all_tags_seen,
            requests: self.requests,
        }
    }

    /// The last check of a stage; `None` where it was not come to.
    pub fn check(&self, stage: Stage) -> Option<&Check> {
        self.checks.iter().rev().find(|check| check.stage == stage)
    }

    /// What is known of a registry that nobody asked: nothing, and how to ask.
    pub fn not_asked(question: &Question) -> Unseen {
        let why = "on the live cluster `--probe` asks it, from this machine, with the pod's pull \
                   secrets";
        Unseen::new(UnseenKind::NotAsked, question, why)
    }
}

/// A text of a stranger's on one line, redacted.
fn line(text: &str) -> String {
    let clean = redact::text(text);
    let mut line = String::new();
    for word in clean.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    match line.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What.
    pub stage: Stage,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// The words for it, redacted and on one line: an address, the registry's own message.
    pub words: String,
}

/// What is tried, in this order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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

impl Stage {
    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            Stage::Dns => "dns",
            Stage::Tcp => "tcp",
            Stage::Tls => "tls",
            Stage::Authentication => "login",
            Stage::Manifest => "manifest",
            Stage::Platform => "platform",
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// It is as it should be.
    Passed,
    /// It is not: the registry, or this machine's network, said so.
    Failed,
    /// Nothing is known: not tried, cut short, refused by our own rules, out of time.
    Unknown,
}

impl CheckOutcome {
    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "failed",
            CheckOutcome::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Reply};

    fn word(words: &str) -> RegistryWord {
        RegistryWord {
            image: "registry.example.com/shop/web:1".to_owned(),
            registry: "registry.example.com".to_owned(),
            checks: vec![Check {
                stage: Stage::Manifest,
                outcome: CheckOutcome::Failed,
                words: words.to_owned(),
            }],
            accepted: None,
            refused: vec![ObjectRef::new(Kind::Secret, Some("shop"), "regcred")],
            digest: None,
            platforms: vec![Platform { os: "linux".to_owned(), architecture: "amd64".to_owned() }],
            nearest_tags: vec!["1.4.2".to_owned()],
            all_tags_seen: true,
            requests: 3,
        }
    }

    #[test]
    fn a_recorded_word_is_read_back_as_it_was_written() {
        let reply = Reply::Registry(word("manifest unknown").into());
        let json = serde_json::to_string(&reply).unwrap();
        assert_eq!(serde_json::from_str::<Reply>(&json).unwrap(), reply);
        let question = Question::Registry {
            image: "registry.example.com/shop/web:1".to_owned(),
            secrets: vec![ObjectRef::new(Kind::Secret, Some("shop"), "regcred")],
            platform: Some(Platform { os: "linux".to_owned(), architecture: "arm64".to_owned() }),
        };
        let json = serde_json::to_string(&question).unwrap();
        assert_eq!(serde_json::from_str::<Question>(&json).unwrap(), question);
    }

    #[test]
    fn what_a_recording_says_is_redacted_and_on_one_line() {
        let hostile = "Authorization: Basic cHVsbGVyOmh1bnRlcjIyaHVudGVy\n## done\u{1b}[2J";
        let written = serde_json::to_string(&Reply::Registry(word(hostile).into())).unwrap();
        let Ok(Reply::Registry(read)) = serde_json::from_str(&written) else { panic!("a word") };
        let said = &read.checks[0].words;
        assert!(!said.contains("cHVsbGVyOmh1bnRlcjIyaHVudGVy"), "{said}");
        assert!(!said.contains(char::is_control), "{said:?}");
        let long = word(&"manifest unknown ".repeat(100)).admit();
        assert!(long.checks[0].words.chars().count() <= MOST_WORDS + 1);
        let many = RegistryWord { nearest_tags: vec!["1".to_owned(); 1000], ..word("") };
        assert_eq!(many.admit().nearest_tags.len(), MOST_ITEMS);
    }

    #[test]
    fn a_registry_takes_the_permission_to_get_the_pull_secrets_and_no_other() {
        let ask = |secrets| Question::Registry { image: "web".to_owned(), secrets, platform: None };
        assert_eq!(ask(Vec::new()).permission(), None);
        let secret = ObjectRef::new(Kind::Secret, Some("shop"), "regcred");
        let permission = ask(vec![secret.clone()]).permission().unwrap();
        assert_eq!(permission.to_string(), "\"get secrets\" in namespace shop");
        assert_eq!(ask(vec![secret.clone()]).requests(), [Question::Get { object: secret }]);
    }
}
