//! How a tool asks: from the replies that are there, noting what is still to be asked.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::{Question, Replies, Reply, Time};

/// What a tool asks of. It answers from the replies at hand and notes every question
/// that has none; whoever runs the tool asks those and runs it again.
///
/// A tool is a pure function of its arguments and the replies, so running it again is
/// safe, and the order in which replies came cannot change what it says.
#[derive(Debug)]
pub struct Inquiry<'a> {
    replies: &'a Replies,
    open: RefCell<BTreeSet<Question>>,
}

/// A question is open: run again when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending;

impl<'a> Inquiry<'a> {
    /// Asks of these replies.
    pub fn new(replies: &'a Replies) -> Inquiry<'a> {
        Inquiry { replies, open: RefCell::default() }
    }

    /// The clock of the run.
    pub fn now(&self) -> Time {
        self.replies.now()
    }

    /// The reply to a question, or `Pending` with the question noted.
    ///
    /// # Errors
    /// [`Pending`] while there is no reply.
    pub fn ask(&self, question: &Question) -> Result<Reply, Pending> {
        self.replies.get(question).ok_or_else(|| {
            self.open.borrow_mut().insert(question.clone());
            Pending
        })
    }

    /// The replies to several questions that do not depend on each other: all of them
    /// are noted at once, so that they can be asked together.
    ///
    /// # Errors
    /// [`Pending`] while any of them has no reply.
    pub fn ask_all(&self, questions: &[Question]) -> Result<Vec<Reply>, Pending> {
        let replies: Vec<_> = questions.iter().map(|question| self.ask(question)).collect();
        replies.into_iter().collect()
    }

    /// The questions noted so far.
    pub fn into_open(self) -> BTreeSet<Question> {
        self.open.into_inner()
    }
}
