//! What an evaluation may cost.

/// The steps that evaluations may take together. A step is one node evaluated, one item of a
/// list gone through, or some dozens of bytes of text worked on.
///
/// A budget that is spent stays spent: every verdict after that is
/// [`EvalErrorKind::Budget`](crate::EvalErrorKind::Budget), which nothing absorbs.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u32,
    spent: bool,
}

impl Budget {
    /// The steps of a budget that is not told otherwise.
    pub const STEPS: u32 = 100_000;
    /// The longest text that an expression may make, in bytes.
    pub const TEXT: usize = 64 * 1024;
    /// The longest list that an expression may make.
    pub const LIST: usize = 10_000;

    /// A budget of that many steps.
    pub fn new(steps: u32) -> Budget {
        Budget { left: steps, spent: false }
    }

    /// Whether more was asked for than there was.
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// The steps that are left.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// Takes steps; `false` when there were too few.
    pub(crate) fn take(&mut self, steps: usize) -> bool {
        match u32::try_from(steps).ok().and_then(|steps| self.left.checked_sub(steps)) {
            Some(left) if !self.spent => self.left = left,
            _ => {
                self.left = 0;
                self.spent = true;
            }
        }
        !self.spent
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::new(Budget::STEPS)
    }
}
