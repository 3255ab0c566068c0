//! The revisions of a workload: ReplicaSets of a Deployment, ControllerRevisions of a
//! StatefulSet or DaemonSet.

use std::sync::Arc;

use evidence::{Kind, Object, ObjectRef, Question, Reply, Time, Unseen};
use serde_json::Value as Json;

use crate::{field, sight};

/// One revision of a workload's pods.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// Its number; a greater one is later.
    pub number: i64,
    /// When the object that holds it was made. A return to an older revision gives that
    /// revision's object a new number and leaves its age.
    pub created: Option<Time>,
    /// How many pods it should have; `None` where the revision does not tell.
    pub replicas: Option<i64>,
    /// How many of its pods are ready; `None` where the revision does not tell.
    pub ready: Option<i64>,
    /// The object that holds it.
    pub object: Arc<Object>,
}

/// The revisions of a workload, the latest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Those seen.
    pub revisions: Vec<Revision>,
    /// Why there may be more.
    pub missing: Option<Unseen>,
}

/// The question for a workload's revisions; `None` for kinds that keep none.
pub(crate) fn question(workload: &ObjectRef) -> Option<Question> {
    let kind = match workload.kind {
        Kind::Deployment => Kind::ReplicaSet,
        Kind::StatefulSet | Kind::DaemonSet => Kind::ControllerRevision,
        _ => return None,
    };
    Some(Question::list(kind, workload.namespace.as_deref()))
}

impl History {
    /// Reads the reply to [`question`].
    pub(crate) fn read(reply: Reply, question: &Question, workload: &ObjectRef) -> History {
        let (listing, missing) = sight::listing(reply, question);
        let own = |object: &&Arc<Object>| object.controller().as_ref() == Some(workload);
        let mut revisions: Vec<Revision> =
            listing.items.iter().filter(own).filter_map(revision).collect();
        revisions.sort_by(|a, b| {
            b.number.cmp(&a.number).then_with(|| a.object.reference().cmp(b.object.reference()))
        });
        History { revisions, missing }
    }

    /// The revision that a pod was made from.
    pub(crate) fn of_pod(&self, pod: &Object) -> Option<&Revision> {
        let hash = pod.label("controller-revision-hash");
        let owner = pod.controller();
        self.revisions.iter().find(|revision| {
            let reference = revision.object.reference();
            match reference.kind {
                // A StatefulSet's pods carry the revision's name, a DaemonSet's the hash at its end.
                Kind::ControllerRevision => hash.is_some_and(|hash| {
                    let name = reference.name.strip_suffix(hash);
                    name.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
                }),
                _ => owner.as_ref() == Some(reference),
            }
        })
    }

    /// The revision before another. `Err` when one that was not seen may lie between.
    pub(crate) fn before(&self, later: &Revision) -> Result<Option<&Revision>, Unseen> {
        let before = self.revisions.iter().find(|revision| revision.number < later.number);
        let next =
            before.is_some_and(|revision| revision.number.checked_add(1) == Some(later.number));
        match &self.missing {
            Some(unseen) if !next => Err(unseen.clone()),
            _ => Ok(before),
        }
    }
}

impl Revision {
    /// The spec of its pods; null where it holds none.
    pub(crate) fn pod_spec(&self) -> &Json {
        self.object.at(&self.pointer()).unwrap_or(&Json::Null)
    }

    /// The field path of the spec of its pods.
    pub(crate) fn spec_path(&self) -> String {
        self.pointer().trim_start_matches('/').replace('/', ".")
    }

    fn pointer(&self) -> String {
        let data = match self.object.reference().kind {
            Kind::ControllerRevision => "/data",
            _ => "",
        };
        format!("{data}/spec/template/spec")
    }

    /// The container of a name, with its field path.
    pub(crate) fn container(&self, name: &str) -> Option<(&Json, String)> {
        for list in ["containers", "initContainers"] {
            let items = field::items(self.pod_spec(), &format!("/{list}"));
            let found = items.iter().position(|item| field::word(item, "/name") == Some(name));
            if let Some(index) = found {
                return Some((&items[index], format!("{}.{list}[{index}]", self.spec_path())));
            }
        }
        None
    }

    /// The images of its containers, init containers first.
    pub(crate) fn images(&self) -> Vec<String> {
        let lists = ["/initContainers", "/containers"];
        let items = lists.iter().flat_map(|list| field::items(self.pod_spec(), list));
        items.filter_map(|item| field::text(item, "/image")).collect()
    }
}

fn revision(object: &Arc<Object>) -> Option<Revision> {
    let replica_set = object.reference().kind == Kind::ReplicaSet;
    let number = match replica_set {
        true => object.annotation("deployment.kubernetes.io/revision")?.parse().ok()?,
        false => object.int("/revision")?,
    };
    // The API leaves out counts that are nought.
    let count = |pointer: &str| replica_set.then(|| object.int(pointer).unwrap_or(0));
    Some(Revision {
        number,
        created: object.created(),
        replicas: count("/spec/replicas"),
        ready: count("/status/readyReplicas"),
        object: Arc::clone(object),
    })
}
