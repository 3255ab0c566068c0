//! What the cluster shows of one container's image: its siblings, its former image, the tags
//! that are known, and its node.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{Cited, Known, Object, Partial, Source, Time, Unseen};

use crate::image::get_image_reference::Sibling;
use crate::image::siblings::{Neighbourhood, Run};
use crate::image::{self, Reference};
use crate::pod::container::PodContainer;
use crate::workload::revisions::{History, Revision};
use crate::{field, nearest};

/// The most images that a kubelet lists of its node (`nodeStatusMaxImages`, default 50). A
/// shorter list holds all of them.
const NODE_IMAGES: usize = 50;

/// What was seen around a pod.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The pod.
    pub pod: &'a Object,
    /// The clock of the run.
    pub now: Time,
    /// What runs in its namespace.
    pub neighbours: Neighbourhood,
    /// The revisions of its workload; `None` for a workload that keeps none.
    pub history: Option<History>,
    /// Its node.
    pub node: NodeSight,
}

/// What is known of the pod's node.
#[derive(Debug)]
pub(crate) enum NodeSight {
    /// It was read.
    Seen(Arc<Object>),
    /// The pod has no node, or the node is gone.
    None,
    /// It was not read.
    Unseen(Unseen),
}

/// What the cluster shows of one image.
#[derive(Debug)]
pub(crate) struct Found {
    pub on_node: Option<Cited<bool>>,
    pub siblings: Known<Partial<Sibling>>,
    pub registry_works: Known<Cited<bool>>,
    pub registry_known: Known<Cited<bool>>,
    pub repository_works: Known<Cited<bool>>,
    pub former_image: Known<Option<Cited<String>>>,
    pub changed_in_rollout: Known<Cited<bool>>,
    pub known_tags: Known<Partial<Cited<String>>>,
    pub nearest_tag: Known<Option<Cited<String>>>,
    pub neighbour_tag: Known<Option<Cited<String>>>,
    pub nearest_repository: Known<Option<Cited<String>>>,
    pub nearest_registry: Known<Option<Cited<String>>>,
    pub node_arch: Known<Option<Cited<String>>>,
}

/// Names with the first place where each was seen, and why there may be more.
#[derive(Default)]
struct Names {
    seen: BTreeMap<String, Source>,
    missing: Option<Unseen>,
}

/// Finds out about a container's image; of an invalid reference nothing can be said to match.
pub(crate) fn find(
    context: &Context,
    container: &PodContainer,
    image: Option<&Reference>,
) -> Found {
    let around = context.neighbours.without(context.pod.reference(), container.name);
    let same_registry = |run: &Run| image.is_some_and(|i| i.registry == run.reference.registry);
    let same_path = |run: &Run| image.is_some_and(|i| i.repository == run.reference.repository);
    let former = former(context, container);
    let tags = known_tags(context, &around, image);
    let place = |part: fn(&Reference) -> &str, within: fn(&Reference, &Reference) -> bool| {
        let names = names(&around, &former, |reference| {
            image.is_some_and(|image| within(image, reference)).then(|| part(reference).to_owned())
        });
        nearest_of(image.map(part), &names)
    };
    Found {
        on_node: on_node(context, &around, container),
        siblings: siblings(&around, image),
        registry_works: around.any(|run| same_registry(run) && run.proves_registry(context.now)),
        registry_known: around.any(same_registry),
        repository_works: around.any(|run| same_registry(run) && same_path(run)),
        changed_in_rollout: former.clone().map(|former| match former {
            Some(former) => Cited {
                value: !image::same_image(&former.value, container.image()),
                source: former.source.map(|source| source.quoting(former.value)),
            },
            None => Cited { value: false, source: None },
        }),
        nearest_tag: nearest_of(image.and_then(|image| image.tag.as_deref()), &tags),
        nearest_repository: place(
            |reference| &reference.repository,
            |image, other| {
                let same = image.repository == other.repository;
                image.registry == other.registry
                    && (same || nearest::may_be_meant(&image.repository, &other.repository))
            },
        ),
        neighbour_tag: neighbour_tag(&around, image),
        nearest_registry: place(|reference| &reference.registry, |_, _| true),
        known_tags: tags.into_list(),
        former_image: former,
        node_arch: node_arch(context),
    }
}

fn siblings(around: &Neighbourhood, image: Option<&Reference>) -> Known<Partial<Sibling>> {
    if let (true, Some(unseen)) = (around.runs.is_empty(), &around.missing) {
        return Known::Unknown(unseen.clone());
    }
    let shares = |run: &Run| {
        image.is_some_and(|image| {
            image.registry == run.reference.registry || image.repository == run.reference.repository
        })
    };
    let sibling = |run: &Run| Sibling {
        pod: run.pod.clone(),
        container: run.container.clone(),
        image: run.image.clone(),
        tag: run.reference.tag.clone(),
        node: run.node.clone(),
        pulled_since: run.since,
        asked_registry: run.asked_registry,
        same_repository: image.is_some_and(|i| i.repository == run.reference.repository),
        same_registry: image.is_some_and(|i| i.registry == run.reference.registry),
        source: Some(run.cite()),
    };
    let items = around.by_image(shares).into_iter().map(sibling).collect();
    Known::Seen(Partial { items, missing: around.missing.clone() })
}

/// The image of the container in the revision before the pod's.
fn former(context: &Context, container: &PodContainer) -> Known<Option<Cited<String>>> {
    let Some(history) = &context.history else { return Known::Seen(None) };
    let Some(own) = history.of_pod(context.pod) else {
        return match &history.missing {
            Some(unseen) => Known::Unknown(unseen.clone()),
            None => Known::Seen(None),
        };
    };
    match history.before(own) {
        Ok(before) => Known::Seen(before.and_then(|before| image_in(before, container.name))),
        Err(unseen) => Known::Unknown(unseen),
    }
}

fn image_in(revision: &Revision, container: &str) -> Option<Cited<String>> {
    let (spec, path) = revision.container(container)?;
    let source = Source::field(&revision.object, format!("{path}.image")).at(revision.created);
    Some(Cited::new(field::text(spec, "/image")?, source))
}

/// The tags of the image's repository that a container has run with, or that a former revision
/// with ready pods uses.
fn known_tags(context: &Context, around: &Neighbourhood, image: Option<&Reference>) -> Names {
    let mut names = Names { missing: around.missing.clone(), ..Names::default() };
    let tag = |other: &Reference| {
        let image = image?;
        let same = image.registry == other.registry && image.repository == other.repository;
        other.tag.clone().filter(|_| same)
    };
    for run in &around.runs {
        if let Some(tag) = tag(&run.reference) {
            names.seen.entry(tag).or_insert_with(|| run.cite());
        }
    }
    let Some(history) = &context.history else { return names };
    names.missing = names.missing.or_else(|| history.missing.clone());
    for revision in history.revisions.iter().filter(|one| one.ready.is_some_and(|r| r > 0)) {
        for written in revision.images() {
            if let Some(tag) = Reference::parse(&written).ok().as_ref().and_then(tag) {
                let place = Source::field(&revision.object, revision.spec_path()).quoting(written);
                names.seen.entry(tag).or_insert(place);
            }
        }
    }
    names
}

/// The tag near to the image's own with which two or more other repositories beside its own have run.
fn neighbour_tag(
    around: &Neighbourhood,
    image: Option<&Reference>,
) -> Known<Option<Cited<String>>> {
    fn folder(reference: &Reference) -> Option<(&str, &str)> {
        let (folder, _) = reference.repository.rsplit_once('/')?;
        Some((&reference.registry, folder))
    }
    let Some(image) = image else { return Known::Seen(None) };
    let beside = |run: &&Run| {
        folder(image).is_some()
            && folder(&run.reference) == folder(image)
            && run.reference.repository != image.repository
    };
    let mut users: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in around.runs.iter().filter(beside) {
        let users = users.entry(run.reference.tag.as_deref().unwrap_or_default()).or_default();
        if users.iter().all(|one| one.reference.repository != run.reference.repository) {
            users.push(run);
        }
    }
    let shared = users.into_iter().filter(|(tag, users)| !tag.is_empty() && users.len() > 1);
    let seen = shared.map(|(tag, users)| (tag.to_owned(), users[0].cite())).collect();
    nearest_of(image.tag.as_deref(), &Names { seen, missing: around.missing.clone() })
}

/// A part of each image that runs, and of the former image.
fn names(
    around: &Neighbourhood,
    former: &Known<Option<Cited<String>>>,
    part: impl Fn(&Reference) -> Option<String>,
) -> Names {
    let unknown = match former {
        Known::Unknown(unseen) => Some(unseen),
        Known::Seen(_) => None,
    };
    let missing = around.missing.as_ref().or(unknown).cloned();
    let mut names = Names { missing, ..Names::default() };
    for run in &around.runs {
        if let Some(name) = part(&run.reference) {
            names.seen.entry(name).or_insert_with(|| run.cite());
        }
    }
    if let Known::Seen(Some(Cited { value, source: Some(source) })) = former
        && let Some(name) = Reference::parse(value).ok().as_ref().and_then(part)
    {
        names.seen.entry(name).or_insert_with(|| source.clone().quoting(value.as_str()));
    }
    names
}

fn nearest_of(wanted: Option<&str>, names: &Names) -> Known<Option<Cited<String>>> {
    let Some(wanted) = wanted.filter(|wanted| !names.seen.contains_key(*wanted)) else {
        return Known::Seen(None);
    };
    let near = nearest::nearest(wanted, names.seen.keys().map(String::as_str));
    match (near.and_then(|near| names.seen.get_key_value(near)), &names.missing) {
        (Some((name, source)), _) => Known::Seen(Some(Cited::new(name.clone(), source.clone()))),
        (None, Some(unseen)) => Known::Unknown(unseen.clone()),
        (None, None) => Known::Seen(None),
    }
}

impl Names {
    fn into_list(self) -> Known<Partial<Cited<String>>> {
        match self.missing {
            Some(unseen) if self.seen.is_empty() => Known::Unknown(unseen),
            missing => {
                let items = self.seen.into_iter();
                let items = items.map(|(name, source)| Cited::new(name, source)).collect();
                Known::Seen(Partial { items, missing })
            }
        }
    }
}

fn on_node(
    context: &Context,
    around: &Neighbourhood,
    container: &PodContainer,
) -> Option<Cited<bool>> {
    let node = context.pod.text("/spec/nodeName")?;
    let there = around.runs.iter().find(|run| {
        run.node.as_deref() == Some(node) && image::same_image(&run.image, container.image())
    });
    if let Some(run) = there {
        return Some(Cited::new(true, run.cite()));
    }
    let NodeSight::Seen(node) = &context.node else { return None };
    let images = node.items("/status/images");
    let holds = images.iter().position(|image| {
        field::texts(image, "/names").iter().any(|name| image::same_image(name, container.image()))
    });
    match holds {
        Some(index) => {
            Some(Cited::new(true, Source::field(node, format!("status.images[{index}]"))))
        }
        None if (1..NODE_IMAGES).contains(&images.len()) => {
            Some(Cited::new(false, Source::field(node, "status.images")))
        }
        None => None,
    }
}

fn node_arch(context: &Context) -> Known<Option<Cited<String>>> {
    let selector = "/spec/nodeSelector/kubernetes.io~1arch";
    if let Some(arch) = context.pod.text(selector) {
        let source = Source::field(context.pod, "spec.nodeSelector[\"kubernetes.io/arch\"]");
        return Known::Seen(Some(Cited::new(arch.to_owned(), source)));
    }
    match &context.node {
        NodeSight::Seen(node) => Known::Seen(
            field::text(node.json(), "/status/nodeInfo/architecture")
                .map(|arch| Cited::new(arch, Source::field(node, "status.nodeInfo.architecture"))),
        ),
        NodeSight::None => Known::Seen(None),
        NodeSight::Unseen(unseen) => Known::Unknown(unseen.clone()),
    }
}
