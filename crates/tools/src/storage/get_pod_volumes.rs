//! The volumes of a pod that are not attached or mounted: what the attach/detach controller and
//! the kubelet say of each, which claim and PersistentVolume it is, and which other pods hold it.
//!
//! Reads the pod, its events, and the pods and claims of its namespace; the PersistentVolumes and
//! nodes as whole lists. A holder is another pod of the namespace that mounts the same claim, has
//! another node, and has not finished: the volume of a claim `ReadWriteOnce` is attached to one
//! node at a time.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false. A trouble is left out after which the volume was
//! attached, or the kubelet went on to the pod's sandbox or image. The API server keeps events for
//! an hour: of a pod older than that `troubles` is incomplete. Without the list of pods `holders` is
//! incomplete, without that of nodes a holder's `node_ready` is unknown.
//!
//! ## Example
//!
//! ```text
//! disks = get_pod_volumes("<pod>", "<namespace>")
//! - When `disks.waits && disks.troubles.exists(t, t.sort == "held" && t.holders.exists(h, h.same_workload))` → **volume-held-by-own-rollout**
//! ```
//!
//! ```json
//! { "exists": true, "waits": true, "troubles": [ { "sort": "held", "volume": "pvc-8f2c",
//!     "claim": "ledger-data", "access_modes": ["ReadWriteOnce"], "count": 7,
//!     "holders": [ { "name": "ledger-7c9f-x2x", "node": "worker-2", "same_workload": true,
//!         "deleting": false, "node_ready": true, "told": true } ] } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Event, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending, Question,
    Source, Time, Unseen, Value,
};

use crate::image::get_image_pull_events;
use crate::pod::container;
use crate::sight::Sight;
use crate::storage::volume;
use crate::storage::volume_words::{self, VolumeWords};
use crate::tool::{NAMESPACE, POD, access, cluster_access};
use crate::{Arguments, Tool, field, sight};

evidence::facts! {
    /// The volumes of a pod, where something is said against them.
    pub struct PodVolumes {
        /// Whether the pod exists.
        pub exists: bool,
        /// The pod.
        pub r#ref: ObjectRef,
        /// Whether it has a node and each of its containers still waits for what it is made of.
        pub waits: bool,
        /// Its node.
        pub node: Option<String>,
        /// The same, as an object that a decision can name.
        pub node_ref: Option<ObjectRef>,
        /// How long ago it was made, in seconds.
        pub age_seconds: Option<i64>,
        /// What is said against its volumes, newest first.
        pub troubles: Partial<VolumeTrouble>,
    }

    /// What is said against a volume.
    pub struct VolumeTrouble {
        /// `held`, `driver-missing`, `attach-limit`, `attach-timeout`, `node-affinity`,
        /// `path-missing`, `export-refused`, `export-missing`, `server-unresolved`,
        /// `server-unreachable`, `helper-missing`, `filesystem-damaged`, `filesystem-differs`,
        /// `filesystem-unreadable`, `ownership-refused`, `source-missing` and `not-read-yet`
        /// (ConfigMaps and Secrets), `waited` (the kubelet waited in vain, and nothing else says
        /// for what) or `other`.
        pub sort: &'static str,
        /// `FailedAttachVolume` or `FailedMount`.
        pub reason: String,
        /// The sentence.
        pub message: String,
        /// How many times it was said.
        pub count: i64,
        /// When it was last said.
        pub last_seen: Option<Time>,
        /// The volume that it names: a PersistentVolume, or a volume of the pod.
        pub volume: Option<String>,
        /// The pod's claim to it, where it has one.
        pub claim: Option<String>,
        /// The same, as an object that a decision can name.
        pub claim_ref: Option<ObjectRef>,
        /// The PersistentVolume, where it is one.
        pub volume_ref: Option<ObjectRef>,
        /// What a person changes: the PersistentVolume where it was seen, else the claim where
        /// there is one, else the pod's workload.
        pub at: ObjectRef,
        /// The access modes of the claim, by their long names.
        pub access_modes: Vec<String>,
        /// The other pods that mount the claim on other nodes.
        pub holders: Partial<VolumeHolder>,
    }

    /// A pod that holds a volume.
    pub struct VolumeHolder {
        /// Its name.
        pub name: String,
        /// The pod.
        pub r#ref: ObjectRef,
        /// The workload that it belongs to.
        pub workload: ObjectRef,
        /// Whether that is the workload of the pod in question.
        pub same_workload: bool,
        /// Its node.
        pub node: String,
        /// The same, as an object that a decision can name.
        pub node_ref: ObjectRef,
        /// Whether that node exists.
        pub node_exists: Known<bool>,
        /// Whether that node is ready; false where it does not exist.
        pub node_ready: Known<bool>,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// Of one that is being deleted: for how many seconds it has had longer than it was given.
        pub overdue_seconds: Known<Option<i64>>,
        /// Whether the message names it.
        pub told: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pod_volumes",
    parameters: &[POD, NAMESPACE],
    facts: PodVolumes::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "events", "it is not known what is said against the volumes"),
        access("list", "", "pods", "it is not known who holds a volume"),
        access("list", "", "persistentvolumeclaims", "the claim to a volume is not known"),
        cluster_access("list", "", "persistentvolumes", "it is not known whether a volume exists"),
        cluster_access("list", "", "nodes", "whether a holder's node is ready is unknown"),
    ],
    page: include_str!("get_pod_volumes.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let namespace = arguments.required("namespace");
    let list = |kind: Kind| Question::list(kind, kind.namespaced().then_some(namespace));
    let kinds = [Kind::Pod, Kind::PersistentVolumeClaim, Kind::PersistentVolume, Kind::Node];
    let questions = kinds.map(list);
    let pod = get_image_pull_events::look(arguments, inquiry);
    let replies = inquiry.ask_all(&questions);
    let (sight, events) = pod?;
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let mut lists =
        replies?.into_iter().zip(&questions).map(|(reply, one)| sight::listing(reply, one));
    let mut next = || lists.next().unwrap_or_default();
    let around = Around {
        pods: next(),
        claims: next().0,
        volumes: next().0,
        nodes: next(),
        now: inquiry.now(),
    };
    let node = field::text(sight.json(), "/spec/nodeName");
    let reference = ObjectRef::new(Kind::Pod, Some(namespace), arguments.required("pod"));
    let troubles = match sight.object() {
        Some(pod) => around.troubles(pod, &inquiry.workload_of(pod)?, &events.events),
        None => Vec::new(),
    };
    let facts = PodVolumes {
        exists: sight.object().is_some(),
        r#ref: reference,
        waits: sight.object().is_some_and(|pod| waits(pod)),
        node_ref: node.as_deref().map(|node| ObjectRef::new(Kind::Node, None, node)),
        node,
        age_seconds: sight
            .object()
            .and_then(|pod| pod.created())
            .map(|made| inquiry.now().duration_since(made).as_secs()),
        troubles: Partial { items: troubles, missing: events.missing },
        source: sight.source("spec.volumes"),
    };
    Ok(facts.into_value())
}

/// Whether a pod has a node, and each of its containers still waits for what it is made of.
pub fn waits(pod: &Object) -> bool {
    let placed = pod.text("/spec/nodeName").is_some_and(|node| !node.is_empty());
    let statuses = pod.items("/status/containerStatuses");
    let setting_up = |one: &serde_json::Value| {
        field::word(one, "/state/waiting/reason").is_some_and(container::is_stage)
    };
    placed
        && pod.time(Object::DUE).is_none()
        && matches!(pod.text("/status/phase"), None | Some("Pending"))
        && statuses.iter().all(setting_up)
}

/// Whether an event says something against a volume that nothing later takes back. What is said of
/// ConfigMaps, Secrets and drivers is not counted: that a container cannot be created tells of them.
pub fn stands(event: &Event, all: &[Event]) -> bool {
    const ELSEWHERE: [&str; 3] = ["source-missing", "not-read-yet", "driver-missing"];
    let sort = |event: &Event| volume_words::read(event).map(|words| words.sort);
    let tells = |event: &Event| sort(event).is_some_and(|sort| ELSEWHERE.contains(&sort));
    volume_words::read(event).is_some_and(|words| {
        let counts = match words.sort {
            "waited" => !all.iter().any(tells),
            sort => !ELSEWHERE.contains(&sort),
        };
        counts && !outlived(event, &words, all)
    })
}

/// Whether the volume was attached since, or the kubelet went on to what comes after the volumes.
fn outlived(event: &Event, words: &VolumeWords, all: &[Event]) -> bool {
    const AFTER: [&str; 5] = ["FailedCreatePodSandBox", "Pulling", "Pulled", "Created", "Started"];
    let attached = |other: &Event| {
        event.reason == "FailedAttachVolume"
            && volume_words::attached(other).is_some_and(|name| words.volumes.contains(&name))
    };
    all.iter().any(|other| {
        other.regarding == event.regarding
            && other.last_seen > event.last_seen
            && (attached(other) || AFTER.contains(&other.reason.as_str()))
    })
}

/// What else was read.
struct Around {
    pods: (Arc<Listing>, Option<Unseen>),
    claims: Arc<Listing>,
    volumes: Arc<Listing>,
    nodes: (Arc<Listing>, Option<Unseen>),
    now: Time,
}

impl Around {
    fn troubles(&self, pod: &Object, workload: &ObjectRef, all: &[Event]) -> Vec<VolumeTrouble> {
        let mut found = Vec::new();
        for event in all {
            let Some(words) = volume_words::read(event) else { continue };
            if outlived(event, &words, all) {
                continue;
            }
            let mut volumes: Vec<Option<&String>> = words.volumes.iter().map(Some).collect();
            if volumes.is_empty() {
                volumes.push(None);
            }
            let one = |volume| self.trouble(pod, workload, event, &words, volume);
            found.extend(volumes.into_iter().map(one));
        }
        if found.iter().any(|trouble| trouble.sort != "waited") {
            found.retain(|trouble| trouble.sort != "waited");
        }
        found
    }

    fn trouble(
        &self,
        pod: &Object,
        workload: &ObjectRef,
        event: &Event,
        words: &VolumeWords,
        volume: Option<&String>,
    ) -> VolumeTrouble {
        let claim = volume.and_then(|volume| self.claim_of(pod, volume));
        let claim_ref = claim.as_ref().map(|claim| self.claim_ref(pod, claim));
        let object = claim_ref.as_ref().and_then(|one| named(&self.claims, one));
        let bound = object.and_then(|claim| claim.text("/spec/volumeName"));
        let wanted = bound.or(volume.map(String::as_str));
        let seen =
            self.volumes.items.iter().find(|one| Some(one.reference().name.as_str()) == wanted);
        let volume_ref = seen.map(|volume| volume.reference().clone());
        let at = volume_ref.clone().or_else(|| claim_ref.clone());
        VolumeTrouble {
            sort: words.sort,
            reason: event.reason.clone(),
            message: event.message.clone(),
            count: event.count,
            last_seen: event.last_seen,
            volume: volume.cloned(),
            at: at.unwrap_or_else(|| workload.clone()),
            access_modes: object.map(|claim| volume::modes(claim)).unwrap_or_default(),
            holders: match &claim {
                Some(claim) => self.holders(pod, workload, claim, words),
                None => Partial { items: Vec::new(), missing: None },
            },
            claim,
            claim_ref,
            volume_ref,
            source: Some(Source::event(event)),
        }
    }

    fn claim_ref(&self, pod: &Object, claim: &str) -> ObjectRef {
        let namespace = pod.reference().namespace.as_deref();
        ObjectRef::new(Kind::PersistentVolumeClaim, namespace, claim)
    }

    /// The claim by which a pod has the volume of a name: one of its own, or the one bound to a
    /// PersistentVolume.
    fn claim_of(&self, pod: &Object, volume: &str) -> Option<String> {
        let mounted = claims(pod);
        let own = mounted.iter().find(|(name, _)| *name == volume);
        let bound = mounted.iter().find(|(_, claim)| {
            let object = named(&self.claims, &self.claim_ref(pod, claim));
            object.and_then(|one| one.text("/spec/volumeName")) == Some(volume)
        });
        own.or(bound).map(|(_, claim)| (*claim).to_owned())
    }

    fn holders(
        &self,
        pod: &Object,
        workload: &ObjectRef,
        claim: &str,
        words: &VolumeWords,
    ) -> Partial<VolumeHolder> {
        let own = pod.text("/spec/nodeName");
        let holds = |other: &&Arc<Object>| {
            let node = other.text("/spec/nodeName").filter(|node| !node.is_empty());
            other.reference() != pod.reference()
                && node.is_some()
                && node != own
                && !matches!(other.text("/status/phase"), Some("Succeeded" | "Failed"))
                && claims(other).iter().any(|(_, mounted)| *mounted == claim)
        };
        let describe = |other: &Arc<Object>| {
            let node = other.text("/spec/nodeName").unwrap_or_default().to_owned();
            let its = other.workload();
            VolumeHolder {
                name: other.reference().name.clone(),
                r#ref: other.reference().clone(),
                same_workload: its == *workload,
                workload: its,
                node_ref: ObjectRef::new(Kind::Node, None, &node),
                node_exists: self.of_node(&node, |_| true),
                node_ready: self.of_node(&node, crate::service::service_pods::is_ready),
                node,
                deleting: other.time(Object::DUE).is_some(),
                overdue_seconds: other.overdue_seconds(self.now),
                told: words.holders.contains(&other.reference().name),
                source: Some(Source::field(other, "spec.nodeName")),
            }
        };
        let items = self.pods.0.items.iter().filter(holds).map(describe).collect();
        Partial { items, missing: self.pods.1.clone() }
    }

    fn of_node(&self, name: &str, read: impl Fn(&Object) -> bool) -> Known<bool> {
        let (nodes, missing) = &self.nodes;
        let seen = nodes.items.iter().find(|node| node.reference().name == name);
        match (seen, missing) {
            (Some(node), _) => Known::Seen(read(node)),
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            (None, None) => Known::Seen(false),
        }
    }
}

fn named<'a>(listing: &'a Listing, reference: &ObjectRef) -> Option<&'a Arc<Object>> {
    listing.items.iter().find(|one| one.reference() == reference)
}

/// The volumes of a pod that are claims, with the claims.
fn claims(pod: &Object) -> Vec<(&str, &str)> {
    let one = |volume| {
        Some((
            field::word(volume, "/name")?,
            field::word(volume, "/persistentVolumeClaim/claimName")?,
        ))
    };
    pod.items("/spec/volumes").iter().filter_map(one).collect()
}
