//! The data files, embedded.

use std::sync::OnceLock;

use crate::Lexicon;

/// Name and text of every shipped data file. Concepts come first only because people read them first.
const FILES: &[(&str, &str)] = &[
    ("concepts.toml", include_str!("../data/concepts.toml")),
    ("image-pull.toml", include_str!("../data/image-pull.toml")),
    ("image-pull-access.toml", include_str!("../data/image-pull-access.toml")),
    ("image-pull-network.toml", include_str!("../data/image-pull-network.toml")),
    ("image-pull-node.toml", include_str!("../data/image-pull-node.toml")),
    ("container-start.toml", include_str!("../data/container-start.toml")),
    ("pod-sandbox.toml", include_str!("../data/pod-sandbox.toml")),
    ("facts.toml", include_str!("../data/facts.toml")),
    ("registry.toml", include_str!("../data/registry.toml")),
];

pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        Lexicon::parse(FILES).unwrap_or_else(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("the shipped lexicon holds mistakes:\n{}", lines.join("\n"))
        })
    })
}
