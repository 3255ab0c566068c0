//! What a source holds, and of what it holds all.

use std::fmt;

use evidence::{Kind, Question, Replies, Reply, Unseen};

/// What a source holds of one kind in one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<String>,
    /// How many objects it holds.
    pub objects: usize,
    /// Why there may be more; `None` when these are all.
    pub missing: Option<Unseen>,
}

impl Holding {
    /// Whether what is not held is proved not to be there.
    pub fn is_complete(&self) -> bool {
        self.missing.is_none()
    }
}

/// `pods in shop: 12, complete`.
impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let question = Question::List { kind: self.kind, namespace: self.namespace.clone() };
        write!(f, "{question}: {}, ", self.objects)?;
        match &self.missing {
            None => f.write_str("complete"),
            Some(unseen) => write!(f, "partial: {}: {}", unseen.kind.word(), unseen.why),
        }
    }
}

/// What replies hold, in the order of kinds and namespaces.
pub(crate) fn of(replies: &Replies) -> Vec<Holding> {
    let holding = |(question, reply): (&Question, &Reply)| {
        let Question::List { kind, namespace } = question else { return None };
        let (objects, missing) = match reply {
            Reply::Objects(listing) => (listing.items.len(), listing.missing.clone()),
            Reply::Unseen(unseen) => (0, Some(unseen.clone())),
            _ => return None,
        };
        Some(Holding { kind: *kind, namespace: namespace.clone(), objects, missing })
    };
    replies.iter().filter_map(holding).collect()
}
