//! Why a command ends without its result.

use crate::exit::Exit;

/// What to print on standard error, and how to end.
#[derive(Debug)]
pub struct Failure {
    /// What happened, where, and what to do next.
    pub message: String,
    /// How the process ends.
    pub exit: Exit,
}

impl Failure {
    /// Nothing could be looked at.
    pub fn could_not_look(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit: Exit::CouldNotLook }
    }

    /// A guide is wrong or missing.
    pub fn bad_guide(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit: Exit::BadGuide }
    }

    /// The command line is wrong.
    pub fn bad_usage(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit: Exit::BadUsage }
    }
}
