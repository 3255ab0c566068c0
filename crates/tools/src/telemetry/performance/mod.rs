//! What the time series of a namespace show of its workloads and their nodes, as numbers.

mod callees;
mod change;
mod metric;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{
    Inquiry, Kind, Listing, Object, ObjectRef, Pending, Question, Reply, Series, Time, Unseen,
};

use crate::sight;
pub(crate) use metric::Measure;
pub(crate) use subject::Subject;

/// By how much of the greatest growth of a namespace a latency has to grow to count. Whoever waits
/// for the place where it begins grows by as much as that place, a few calls more or less; what
/// grows by a hundredth of that has troubles of its own.
const SHARE_OF_GREATEST: f64 = 0.02;

/// The workloads of a namespace as its time series show them.
#[derive(Debug, Default)]
pub(crate) struct Performance {
    /// One for each subject of the series that is a workload or pod, the steepest first.
    pub subjects: Vec<Subject>,
    /// Those that are nodes.
    pub nodes: Vec<Subject>,
    /// Whom each workload calls; empty until [`Performance::with_callees`].
    pub callees: BTreeMap<ObjectRef, BTreeSet<ObjectRef>>,
    /// Why the callees of some may be missing.
    pub missing: Option<Unseen>,
    /// The points in time of the series.
    pub grid: Vec<Time>,
}

/// The series of a namespace, or why there are none, and its pods.
struct Asked {
    series: Result<Arc<Vec<Series>>, Unseen>,
    pods: Arc<Listing>,
    missing: Option<Unseen>,
}

fn ask(inquiry: &Inquiry, namespace: &str) -> Result<Asked, Pending> {
    let series = Question::Series { namespace: namespace.to_owned() };
    let pods = Question::list(Kind::Pod, Some(namespace));
    // Who has no series is not asked for its pods.
    let series = match inquiry.ask(&series)? {
        Reply::Series(series) => Ok(series),
        Reply::Unseen(unseen) => Err(unseen),
        _ => Err(sight::misfit(&series)),
    };
    let (pods, missing) = match series.is_ok() {
        true => sight::listing(inquiry.ask(&pods)?, &pods),
        false => (Arc::default(), None),
    };
    Ok(Asked { series, pods, missing })
}

impl Performance {
    /// Reads the series of a namespace. The inner error says why there are none.
    ///
    /// # Errors
    /// [`Pending`] while a question is open.
    pub(crate) fn read(
        inquiry: &Inquiry,
        namespace: &str,
    ) -> Result<Result<Performance, Unseen>, Pending> {
        let Asked { series, pods, missing } = ask(inquiry, namespace)?;
        let series = match series {
            Ok(series) => series,
            Err(unseen) => return Ok(Err(unseen)),
        };
        let mut owned = Vec::with_capacity(pods.items.len());
        for pod in &pods.items {
            owned.push((pod.workload(), &**pod));
        }
        let longest = series.iter().max_by_key(|one| one.points.len());
        let grid: Vec<Time> = longest
            .map(|one| one.points.iter().map(|(time, _)| *time).collect())
            .unwrap_or_default();
        let mut found = Performance { grid, missing, ..Performance::default() };
        let mut of: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
        for one in series.iter() {
            of.entry(&one.subject).or_default().push(one);
        }
        let nodes: BTreeSet<&str> =
            owned.iter().filter_map(|(_, pod)| pod.text("/spec/nodeName")).collect();
        for (name, series) in of {
            let workload = owner(name, &owned);
            let mut subject = Subject::read(name, &series, &found.grid);
            match workload {
                None if nodes.contains(name) || subject.is_of_a_node() => found.nodes.push(subject),
                workload => {
                    subject.place(workload, &owned);
                    found.subjects.push(subject);
                }
            }
        }
        found.compare();
        Ok(Ok(found))
    }

    /// Leaves out growth that is nothing beside the greatest, and puts the steepest first.
    fn compare(&mut self) {
        for measure in [Measure::Latency, Measure::TailLatency] {
            let grown = |subject: &Subject| {
                subject.change(measure).map_or(0.0, |change| change.after - change.before)
            };
            let greatest = self.subjects.iter().map(grown).fold(0.0, f64::max);
            for subject in &mut self.subjects {
                if grown(subject) < SHARE_OF_GREATEST * greatest {
                    subject.forget(measure);
                }
            }
        }
        self.subjects.sort_by(|a, b| {
            b.steepness().total_cmp(&a.steepness()).then_with(|| a.name.cmp(&b.name))
        });
    }

    /// The same, with whom each workload calls.
    ///
    /// # Errors
    /// [`Pending`] while a question is open.
    pub(crate) fn with_callees(
        mut self,
        inquiry: &Inquiry,
        namespace: &str,
    ) -> Result<Performance, Pending> {
        let questions = [Kind::Pod, Kind::Service, Kind::ConfigMap]
            .map(|kind| Question::list(kind, Some(namespace)));
        let mut lists = Vec::new();
        for (reply, question) in inquiry.ask_all(&questions)?.into_iter().zip(&questions) {
            let (listing, missing) = sight::listing(reply, question);
            self.missing = self.missing.or(missing);
            lists.push(listing);
        }
        let mut owned = Vec::new();
        for pod in &lists[0].items {
            owned.push((pod.workload(), &**pod));
        }
        let plain =
            |at: usize| -> Vec<&Object> { lists[at].items.iter().map(|one| &**one).collect() };
        self.callees = callees::callees(&owned, &plain(1), &plain(2));
        Ok(self)
    }
}

/// The workload that a subject of time series is, or that a pod of this name belongs to: by the
/// whole name, or by the beginning of the name of one workload only.
fn owner(subject: &str, pods: &[(ObjectRef, &Object)]) -> Option<ObjectRef> {
    let whole = pods
        .iter()
        .find(|(workload, pod)| workload.name == subject || pod.reference().name == subject);
    if let Some((workload, _)) = whole {
        return Some(workload.clone());
    }
    let begins = |workload: &&ObjectRef| {
        workload.name.strip_prefix(subject).is_some_and(|rest| rest.starts_with('-'))
    };
    let found: BTreeSet<&ObjectRef> =
        pods.iter().map(|(workload, _)| workload).filter(begins).collect();
    match found.len() {
        1 => found.first().map(|workload| (*workload).clone()),
        _ => None,
    }
}
