//! Runs guides over evidence.
//!
//! An [`Investigation`] is a pure function of the guides, the target and the replies so far.
//! It either needs more replies, and says which questions to ask, or it is done and yields a
//! [`report::Report`]. Nothing here knows where replies come from, so one evaluator serves a
//! live cluster, a dump and a recording, and the order of replies cannot change the result.

mod bindings;
mod book;
pub mod capture;
mod conclude;
mod gather;
mod investigation;
mod later;
mod matching;
mod passage;
pub mod placeholder;
mod prose;
mod registry;
mod remedy;
pub mod report;
mod run;
pub mod search;
pub mod signals;
mod state;
mod step_evidence;
mod suspects;
pub mod symptom;
mod target;
mod triage;
mod trouble;
mod weigh;

pub use book::{Book, Flaws, lint, vocabulary};
pub use investigation::{Investigation, Progress, give_up};
pub use matching::{GuideMatch, Matches, matches};
pub use target::{Target, TargetError, is_object_name};
