//! Every real message has its signature and no other; every signature has a message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use lexicon::{Lexicon, Signature};
use serde::Deserialize;

/// One message of `corpus/*.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) signature: String,
    pub(crate) component: String,
    pub(crate) version: String,
    pub(crate) source: String,
    pub(crate) image: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    message: Vec<Message>,
}

const FILES: [(&str, &str); 6] = [
    ("containerd.toml", include_str!("../../corpus/containerd.toml")),
    ("docker.toml", include_str!("../../corpus/docker.toml")),
    ("cri-o.toml", include_str!("../../corpus/cri-o.toml")),
    ("kubelet.toml", include_str!("../../corpus/kubelet.toml")),
    ("test-cluster.toml", include_str!("../../corpus/test-cluster.toml")),
    ("container-start.toml", include_str!("../../corpus/container-start.toml")),
];

pub(crate) fn messages() -> &'static [Message] {
    static MESSAGES: OnceLock<Vec<Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut all = Vec::new();
        for (name, text) in FILES {
            let file: File = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            all.extend(file.message);
        }
        all
    })
}

fn ids(signatures: &[&Signature]) -> Vec<String> {
    signatures.iter().map(|s| s.id.clone()).collect()
}

#[test]
fn each_message_has_its_signature_and_no_other() {
    let lexicon = Lexicon::shipped();
    let mut wrong = Vec::new();
    for message in messages() {
        for image in [None, message.image.as_deref()] {
            let found = ids(&lexicon.matches(&message.text, image));
            if found != [message.signature.as_str()] {
                wrong.push(format!("want {} got {found:?}\n  {}", message.signature, message.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} messages:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_signature_has_a_message() {
    let covered: BTreeSet<&str> = messages().iter().map(|m| m.signature.as_str()).collect();
    let bare: Vec<&str> = Lexicon::shipped()
        .signatures()
        .map(|s| s.id.as_str())
        .filter(|id| !covered.contains(id))
        .collect();
    assert!(bare.is_empty(), "no message for {bare:?}");
}

#[test]
fn the_corpus_covers_every_component() {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for message in messages() {
        *count.entry(message.component.as_str()).or_default() += 1;
    }
    assert!(messages().len() >= 150, "{} messages", messages().len());
    for component in ["docker", "containerd", "cri-o", "kubelet", "runc"] {
        assert!(count.get(component).is_some_and(|n| *n >= 10), "{component}: {count:?}");
    }
}

#[test]
fn no_message_stands_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> =
        messages().iter().map(|m| m.text.as_str()).filter(|text| !seen.insert(*text)).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn each_message_says_where_it_was_seen() {
    for message in messages() {
        let source = &message.source;
        let known = ["https://", "design note", "testcluster/faults/"];
        let known = known.iter().any(|start| source.starts_with(start));
        assert!(known, "{source}");
        assert!(!message.version.trim().is_empty(), "{}", message.text);
    }
}

/// A wrapper's outer words change from version to version; the cause within must not lose its class.
#[test]
fn the_kubelets_wrappers_change_nothing() {
    let lexicon = Lexicon::shipped();
    let wraps: [fn(&str) -> String; 4] = [
        |text| format!("Failed to pull image \"registry.example.com/a/b:1\": {text}"),
        |text| format!("rpc error: code = Unknown desc = {text}"),
        |text| {
            format!("Back-off pulling image \"registry.example.com/a/b:1\": ErrImagePull: {text}")
        },
        |text| format!("failed to \"StartContainer\" for \"web\" with ErrImagePull: {text:?}"),
    ];
    let mut wrong = Vec::new();
    for message in messages() {
        let Some(signature) = lexicon.signature(&message.signature) else { continue };
        if signature.family != "image-pull" || !signature.informative {
            continue;
        }
        for wrap in wraps {
            let text = wrap(&message.text);
            let found = ids(&lexicon.matches(&text, None));
            if found != [message.signature.as_str()] {
                wrong.push(format!("want {} got {found:?}\n  {text}", message.signature));
            }
        }
    }
    assert!(wrong.is_empty(), "{} messages:\n{}", wrong.len(), wrong.join("\n"));
}
