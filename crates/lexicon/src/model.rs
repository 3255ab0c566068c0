//! What the data files say, as values: signatures, concepts, families and fact rules.

use std::fmt;

/// How firmly one observation speaks for a concept, weakest first.
///
/// The order is part of the contract: `Possible < Likely < Conclusive`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Fits, and so do other explanations.
    Possible,
    /// The usual explanation; others remain.
    Likely,
    /// The observation leaves no other explanation.
    Conclusive,
}

impl Strength {
    /// Every strength, weakest first.
    pub const ALL: [Strength; 3] = [Strength::Possible, Strength::Likely, Strength::Conclusive];

    /// The word that the data files and the reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Strength::Possible => "possible",
            Strength::Likely => "likely",
            Strength::Conclusive => "conclusive",
        }
    }

    /// The strength that the word names, if it names one.
    pub fn from_word(word: &str) -> Option<Strength> {
        Strength::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A concept that an observation speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// Id of a [`Concept`] of the same lexicon.
    pub concept: String,
    /// How firmly.
    pub strength: Strength,
}

/// A concept that an observation speaks against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    /// Id of a [`Concept`] of the same lexicon. Finer concepts below it are ruled out too.
    pub concept: String,
    /// The reason, as a clause that a report can print after "not X:".
    pub because: String,
}

/// A component that prints a message of this signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedBy {
    /// `containerd`, `docker`, `cri-o`, `kubelet`, `runc`, or the registry's name where its own words get through.
    pub component: String,
    /// Versions it was seen in, as people write them (`>=1.3`, `1.6 - 2.1`).
    pub versions: String,
    /// URL of the code or the report that shows the wording.
    pub source: String,
}

/// One kind of failure, recognised by the words that components print for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Stable kebab-case id, unique over all families.
    pub id: String,
    /// Id of the [`Family`] it belongs to.
    pub family: String,
    /// One sentence that says what happened.
    pub meaning: String,
    /// False for messages that only say *that* something failed. Such a signature never decides
    /// anything and gives way to every other one.
    pub informative: bool,
    /// True for an outer failure that usually holds an inner cause. It gives way to every
    /// informative signature that is not a wrapper itself.
    pub wrapper: bool,
    /// Who prints it.
    pub printed_by: Vec<PrintedBy>,
    /// Any of these must occur; see the crate's documentation for their form.
    pub patterns: Vec<String>,
    /// None of these may occur. The family's own list applies as well.
    pub unless: Vec<String>,
    /// Ids of signatures that win when they match the same message.
    pub yields_to: Vec<String>,
    /// What guides and people call it.
    pub words: Vec<String>,
    /// The concepts it speaks for; empty exactly when it is not informative.
    pub supports: Vec<Support>,
    /// The concepts it speaks against.
    pub rules_out: Vec<RuledOut>,
}

/// A group of signatures of one phase of a pod's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// `image-pull`, `container-start`, …
    pub id: String,
    /// What the phase is, for people.
    pub title: String,
    /// Messages of other phases that print the same words: no signature of the family matches them.
    pub unless: Vec<String>,
}

/// A kind of cause that guides speak about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concept {
    /// Stable kebab-case id.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// The coarser concept it is a case of. A guide that only knows the coarser one is still right.
    pub broader: Option<String>,
    /// Words that name this concept on their own ([`STRONG_POINTS`]).
    pub strong: Vec<String>,
    /// Words that usually mean this concept ([`WORD_POINTS`]).
    pub words: Vec<String>,
    /// Words that it shares with others: they only add to a relation that something else made
    /// ([`HINT_POINTS`]).
    pub hints: Vec<String>,
}

/// Points for each of a concept's `strong` phrases.
pub const STRONG_POINTS: u32 = 6;
/// Points for each of a concept's `words`.
pub const WORD_POINTS: u32 = 3;
/// Points for each of a concept's `hints`.
pub const HINT_POINTS: u32 = 1;

/// A question that guides put to a person, and that a tool can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionRule {
    /// Stable kebab-case id.
    pub id: String,
    /// The tool that answers it, called for the pod and its container in question.
    pub tool: String,
    /// Phrases, any of which makes a question this one.
    pub words: Vec<String>,
    /// The answers; the first whose condition holds is given, none where none holds.
    pub answers: Vec<Answer>,
}

/// One answer to a question of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// CEL over the one name `facts`, as in a [`FactRule`].
    pub when: String,
    /// The sentence for the report; `{facts.name}` is replaced by the fact.
    pub says: String,
}

/// What a tool's facts mean where the guide gives only words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRule {
    /// Stable kebab-case id.
    pub id: String,
    /// The tool whose facts are read, as guides write it (`get_secret_exists`).
    pub tool: String,
    /// CEL over the one name `facts`. Kept as text: evaluated by the engine, where an unanswered
    /// question makes it unknown, which is not true.
    pub when: String,
    /// The sentence for the report; `{facts.name}` is replaced by the fact.
    pub says: String,
    /// Concepts that a signature must support as well, at [`Strength::Likely`] or firmer (each
    /// itself or by a finer one), before this rule applies. Empty: the rule stands alone.
    pub needs: Vec<String>,
    /// The concepts it speaks for.
    pub supports: Vec<Support>,
    /// The concepts it speaks against.
    pub rules_out: Vec<RuledOut>,
}
