//! What else runs in the namespace, and what that shows of registries, repositories and tags.
//!
//! A container that has run with an image proves that its tag existed and its registry answered
//! at some time. That the registry answers *now* is proved only by a recent start under the pull
//! policy `Always`, for which the kubelet asks the registry at every start; under the other
//! policies the node may have had the image already.

use std::collections::BTreeMap;

use evidence::{Cited, Known, Object, ObjectRef, Question, Reply, Source, Time, Unseen};
use jiff::SignedDuration;

use crate::image::Reference;
use crate::pod::container::{self, PodContainer};
use crate::{field, sight};

/// How far back a start counts as recent.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// A container that has run with its image.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Its pod.
    pub pod: ObjectRef,
    /// Its name.
    pub container: String,
    /// The image as its pod asks for it.
    pub image: String,
    /// The same in parts.
    pub reference: Reference,
    /// The node of its pod.
    pub node: Option<String>,
    /// When it last started.
    pub since: Option<Time>,
    /// Whether that start asked the registry: its pull policy is `Always`.
    pub asked_registry: bool,
    /// The place in its status.
    pub source: Source,
}

/// The containers of a namespace that have run, the latest start first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbourhood {
    /// Those seen.
    pub runs: Vec<Run>,
    /// Why there may be more.
    pub missing: Option<Unseen>,
}

impl Neighbourhood {
    /// Reads the reply to the question for the pods of a namespace.
    pub(crate) fn read(reply: Reply, question: &Question) -> Neighbourhood {
        let (listing, missing) = sight::listing(reply, question);
        let unshown = || listing.items.iter().find_map(|pod| images_unshown(pod));
        let missing = missing.or_else(unshown);
        let mut runs: Vec<Run> = listing.items.iter().flat_map(|pod| runs_of(pod)).collect();
        runs.sort_by(|a, b| {
            b.since
                .cmp(&a.since)
                .then_with(|| a.pod.cmp(&b.pod))
                .then_with(|| a.container.cmp(&b.container))
        });
        Neighbourhood { runs, missing }
    }

    /// The same without one container, which cannot speak for itself.
    pub(crate) fn without(&self, pod: &ObjectRef, container: &str) -> Neighbourhood {
        let other = |run: &&Run| !(&run.pod == pod && run.container == container);
        Neighbourhood {
            runs: self.runs.iter().filter(other).cloned().collect(),
            missing: self.missing.clone(),
        }
    }

    /// Whether any of them is so. "None is" takes a complete list.
    pub(crate) fn any(&self, is: impl Fn(&Run) -> bool) -> Known<Cited<bool>> {
        match (self.runs.iter().find(|run| is(run)), &self.missing) {
            (Some(run), _) => Known::Seen(Cited::new(true, run.cite())),
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            (None, None) => Known::Seen(Cited { value: false, source: None }),
        }
    }

    /// The latest run of each image that is so.
    pub(crate) fn by_image(&self, is: impl Fn(&Run) -> bool) -> Vec<&Run> {
        let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, run) in self.runs.iter().enumerate().filter(|(_, run)| is(run)) {
            latest.entry(&run.image).or_insert(index);
        }
        let mut indices: Vec<usize> = latest.into_values().collect();
        indices.sort_unstable();
        indices.into_iter().map(|index| &self.runs[index]).collect()
    }
}

impl Run {
    /// The place of the run, in words.
    pub(crate) fn cite(&self) -> Source {
        let told = match self.since {
            Some(since) => format!("{} runs {} since {since}", self.container, self.image),
            None => format!("{} has run {}", self.container, self.image),
        };
        self.source.clone().at(self.since).quoting(told)
    }

    /// Whether its registry was asked for its image within the last hour, and answered.
    pub(crate) fn proves_registry(&self, now: Time) -> bool {
        let age = self.since.map(|since| now.duration_since(since));
        self.asked_registry && age.is_some_and(|age| age <= RECENT)
    }
}

/// Why a pod may have run with images that its source does not show.
fn images_unshown(pod: &Object) -> Option<Unseen> {
    match pod.is_shown("/spec/containers") {
        true => container::of(pod).iter().find_map(|container| container.image_unshown(pod)),
        false => Some(pod.unshown("/spec/containers")),
    }
}

fn runs_of(pod: &Object) -> Vec<Run> {
    let run = |container: &PodContainer| {
        field::word(container.status, "/imageID")?;
        let (since, path) = last_start(container)?;
        let policy = field::word(container.spec, "/imagePullPolicy");
        Some(Run {
            pod: pod.reference().clone(),
            container: container.name.to_owned(),
            image: container.image().to_owned(),
            reference: Reference::parse(container.image()).ok()?,
            node: pod.text("/spec/nodeName").map(str::to_owned),
            since,
            asked_registry: policy == Some("Always"),
            source: Source::field(pod, path),
        })
    };
    container::of(pod).iter().filter_map(run).collect()
}

/// When and where a container last started. One that waits for its image says nothing: its image
/// may have been changed after its last run.
fn last_start(container: &PodContainer) -> Option<(Option<Time>, String)> {
    if container.waits_for_image() {
        return None;
    }
    let places = ["state.running", "state.terminated", "lastState.terminated"];
    places.into_iter().find_map(|place| {
        let pointer = format!("/{}", place.replace('.', "/"));
        evidence::at(container.status, &pointer).filter(|state| state.is_object())?;
        let since = field::time(container.status, &format!("{pointer}/startedAt"));
        Some((since, format!("{}.{place}", container.status_path)))
    })
}
