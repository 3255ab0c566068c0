//! Mistakes in the data files.

use std::fmt;

/// One mistake in one data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", place(file, *line))]
pub struct LexiconError {
    /// Name of the file, as it was given to [`crate::Lexicon::parse`].
    pub file: String,
    /// Line of the mistake, counted from 1; `None` where it concerns the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: LexiconErrorKind,
}

fn place(file: &str, line: Option<usize>) -> impl fmt::Display {
    match line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    }
}

/// What can be wrong with a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LexiconErrorKind {
    /// The text is not TOML.
    #[error("not TOML: {message}")]
    Toml {
        /// The parser's words.
        message: String,
    },
    /// A key that this table does not have.
    #[error("{table} has no key `{key}`; keys: {}", allowed.join(", "))]
    UnknownKey {
        /// The table's name.
        table: String,
        /// The key found.
        key: String,
        /// The keys that it has.
        allowed: Vec<String>,
    },
    /// A key that must be there is not.
    #[error("{table} lacks the key `{key}`")]
    MissingKey {
        /// The table's name.
        table: String,
        /// The key that is missing.
        key: String,
    },
    /// A value of the wrong type.
    #[error("`{key}` must be {expected}, found {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A text or a list with nothing in it.
    #[error("`{key}` is empty")]
    Empty {
        /// The key.
        key: String,
    },
    /// Two entries of one kind with the same id.
    #[error("{table} `{id}` was already defined in {first}")]
    DuplicateId {
        /// The kind of entry.
        table: String,
        /// The id.
        id: String,
        /// Where the first one stands.
        first: String,
    },
    /// An id that is not lower-case words with hyphens.
    #[error("`{id}` is not an id: use lower-case letters, digits and single hyphens")]
    BadId {
        /// The id found.
        id: String,
    },
    /// A reference to an entry that does not exist.
    #[error("no {table} `{id}`{}", similar.as_ref().map(|s| format!("; similar: {s}")).unwrap_or_default())]
    UnknownId {
        /// The kind of entry that was looked for.
        table: String,
        /// The id that was not found.
        id: String,
        /// The nearest id that exists.
        similar: Option<String>,
    },
    /// A word that is not a strength.
    #[error("`{word}` is not a strength; strengths: possible, likely, conclusive")]
    UnknownStrength {
        /// The word found.
        word: String,
    },
    /// A pattern without a word to look for.
    #[error("pattern `{pattern}` holds nothing to look for")]
    EmptyPattern {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that asks for a name, which is blanked in every message before matching.
    #[error(
        "pattern `{pattern}` can never match: names are blanked before matching; write <name> or ..."
    )]
    PatternHoldsName {
        /// The pattern.
        pattern: String,
    },
    /// Entries that point at each other in a circle.
    #[error("`{key}` goes round in a circle: {}", ids.join(" → "))]
    Cycle {
        /// `broader` or `yields_to`.
        key: String,
        /// The circle, its first id repeated at the end.
        ids: Vec<String>,
    },
    /// An informative signature must speak for something, an uninformative one must not.
    #[error("{id} {}", if *informative { "speaks for no concept: give it `supports`, or `informative = false`" } else { "is not informative, so it cannot support or rule out" })]
    SupportsMismatch {
        /// The signature.
        id: String,
        /// Whether it is informative.
        informative: bool,
    },
    /// All the patterns together are more than the matcher can hold.
    #[error("the patterns are too many or too long: {message}")]
    TooLarge {
        /// The matcher's words.
        message: String,
    },
}
