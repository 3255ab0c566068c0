//! The values that names stand for.

use evidence::Value;

/// Names and their values, borrowed. A name bound again hides what it was bound to before.
///
/// `now` is a name like any other; whoever evaluates binds it to the clock of the run.
#[derive(Clone, Debug, Default)]
pub struct Environment<'v> {
    names: Vec<(&'v str, &'v Value)>,
}

impl<'v> Environment<'v> {
    /// No names.
    pub fn new() -> Environment<'v> {
        Environment::default()
    }

    /// Binds a name.
    pub fn bind(&mut self, name: &'v str, value: &'v Value) {
        self.names.push((name, value));
    }

    /// The same with one more name bound.
    pub fn with(mut self, name: &'v str, value: &'v Value) -> Environment<'v> {
        self.bind(name, value);
        self
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&'v Value> {
        self.names.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}
