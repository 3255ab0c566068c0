//! Which guides apply: those of which a signal holds for an object, within the cluster's version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{Inquiry, Object, ObjectRef, Pending, Question, Replies, Reply, Unseen};
use guide::{Form, Guide, Head};

use crate::book::Entry;
use crate::report::NoSuchTarget;
use crate::{Book, Target, signals, suspects};

/// A guide that applies to an object, with those that it leads.
pub(crate) struct Match {
    pub(crate) guide: Arc<Guide>,
    pub(crate) others: Vec<String>,
}

/// Whether a signal holds for an object, as a guide names it.
pub(crate) fn holds(
    signal: &guide::Signal,
    object: &Object,
    inquiry: &Inquiry,
) -> Result<bool, Pending> {
    SoughtSignal::of(signal).map_or(Ok(false), |sought| sought.holds(object, inquiry))
}

/// A signal as a guide names it, found in the catalogue.
struct SoughtSignal<'a> {
    signal: &'static signals::Signal,
    labels: Vec<(&'a str, &'a str)>,
}

impl<'a> SoughtSignal<'a> {
    fn of(signal: &'a guide::Signal) -> Option<SoughtSignal<'a>> {
        let labels = signal.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Some(SoughtSignal { signal: signals::find(&signal.name)?, labels: labels.collect() })
    }

    fn holds(&self, object: &Object, inquiry: &Inquiry) -> Result<bool, Pending> {
        self.signal.holds(object, &self.labels, inquiry)
    }
}

/// A guide whose range admits the cluster's version, and its signals: every one of them is looked
/// for on every object, and found in the catalogue once.
pub(crate) struct Sought<'a> {
    entry: &'a Entry,
    signals: Vec<SoughtSignal<'a>>,
}

impl<'a> Sought<'a> {
    pub(crate) fn of(book: &'a Book, version: &Reply) -> Vec<Sought<'a>> {
        let admitted = book.diagnoses().filter(|entry| !is_excluded(&entry.head, version));
        let sought = |entry: &'a Entry| Sought {
            entry,
            signals: entry.head.signals.iter().filter_map(SoughtSignal::of).collect(),
        };
        admitted.map(sought).collect()
    }
}

/// The guides of which a signal holds.
pub(crate) fn applying<'a>(
    sought: &[Sought<'a>],
    object: &Object,
    inquiry: &Inquiry,
) -> Result<Vec<&'a Arc<Guide>>, Pending> {
    let mut applying = Vec::new();
    let mut pending = Ok(());
    for Sought { entry, signals } in sought {
        let held: Vec<_> = signals.iter().map(|signal| signal.holds(object, inquiry)).collect();
        match held.contains(&Ok(true)) {
            true => applying.push(entry.guide()),
            false => {
                pending = held.into_iter().find(Result::is_err).map_or(pending, |_| Err(Pending))
            }
        }
    }
    pending.map(|()| applying)
}

/// Whether the cluster's version is outside of a guide's range. A version that could not be
/// seen excludes nothing: the guide's own evidence decides then.
fn is_excluded(head: &Head, version: &Reply) -> bool {
    match version {
        Reply::Version(version) => head.k8s_version.contains(&version.git_version) == Some(false),
        _ => false,
    }
}

/// One guide for each problem: the explicit one leads, and names the rest.
pub(crate) fn leading(applying: &[&Arc<Guide>]) -> Vec<Match> {
    let mut problems: BTreeMap<&str, Vec<&Arc<Guide>>> = BTreeMap::new();
    for guide in applying {
        let problem = guide.id.rsplit_once('-').map_or(guide.id.as_str(), |(problem, _)| problem);
        problems.entry(problem).or_default().push(guide);
    }
    problems
        .into_values()
        .filter_map(|mut guides| {
            guides.sort_by_key(|guide| (guide.form != Form::Explicit, guide.id.clone()));
            let (lead, rest) = guides.split_first()?;
            let others = rest.iter().map(|guide| guide.id.clone()).collect();
            Some(Match { guide: Arc::clone(lead), others })
        })
        .collect()
}

/// Which guides apply to a target.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// The guides, object by object.
    pub matches: Vec<GuideMatch>,
    /// What could not be looked at.
    pub gaps: Vec<Unseen>,
    /// Set when the target is not there.
    pub no_such: Option<NoSuchTarget>,
}

/// A guide some of whose signals hold for an object.
#[derive(Clone, Debug)]
pub struct GuideMatch {
    /// The guide.
    pub guide: Arc<Guide>,
    /// The object.
    pub object: ObjectRef,
    /// The signals that hold, as the guide writes them.
    pub signals: Vec<String>,
    /// The guide's range, where the cluster's version is not in it.
    pub excluded_by_version: Option<String>,
}

/// Says which guides apply to a target, and by which signals.
///
/// # Errors
/// The open questions, while there are any.
pub fn matches(
    book: &Book,
    target: &Target,
    replies: &Replies,
) -> Result<Matches, BTreeSet<Question>> {
    let inquiry = Inquiry::new(replies);
    let version = inquiry.ask(&Question::Version);
    let suspects = suspects::find(target, &book.subject_kinds(), &inquiry);
    let (Ok(version), Ok(suspects)) = (version, suspects) else {
        return Err(inquiry.into_open());
    };
    let mut found = Matches {
        gaps: suspects.gaps.clone(),
        no_such: suspects.no_such.clone(),
        ..Matches::default()
    };
    for subject in suspects.subjects() {
        for entry in book.diagnoses() {
            let mut signals = Vec::new();
            for signal in &entry.head.signals {
                if holds(signal, subject, &inquiry) == Ok(true) {
                    signals.push(signal.text.clone());
                }
            }
            if signals.is_empty() {
                continue;
            }
            let range = &entry.head.k8s_version;
            let excluded = is_excluded(&entry.head, &version).then(|| range.as_str().to_owned());
            found.matches.push(GuideMatch {
                guide: Arc::clone(entry.guide()),
                object: subject.reference().clone(),
                signals,
                excluded_by_version: excluded,
            });
        }
    }
    let open = inquiry.into_open();
    if open.is_empty() { Ok(found) } else { Err(open) }
}
