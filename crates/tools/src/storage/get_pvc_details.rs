//! A claim, its class, the words of the volume controllers about it, and every volume held against
//! it as the volume binder does.
//!
//! Reads the claim, its events, the classes and the volumes. A volume
//! suits a claim when it has the same class, at least the access modes, at least the size, the
//! labels of the claim's selector, the same volume mode, and nobody else. `misfits` names what does
//! not suit: `class`, `access-mode`, `capacity`, `selector`, `volume-mode`, `occupied`. `nearest`
//! is the volume that lacks least: one reserved for the claim, else a free one of its class with
//! no more than one misfit, else one that would suit and that somebody else has, else any other of
//! its class that is free, else a free one of another class, the one with the fewest misfits first.
//!
//! ## Absence
//!
//! A claim that does not exist has `exists` false. Without the classes, `class_exists`,
//! `provisions` and `waits_for_consumer` are unknown; without the volumes, `nearest` is. Of a claim
//! that was seen in part (a page of `kubectl describe` shows neither its size nor its selector)
//! those are unknown, and so is whether a volume suits in that; `misfits` then leaves it out.
//!
//! ## Example
//!
//! ```text
//! claim = get_pvc_details("<claim>", "<namespace>")
//! - When `claim.phase == "Pending" && claim.nearest.misfits == ["capacity"]` → **volumes-too-small**: {claim.nearest.name} has {claim.nearest.capacity}
//! ```
//!
//! ```json
//! { "exists": true, "phase": "Pending", "class": "fast", "class_exists": false,
//!   "provisions": false, "access_modes": ["ReadWriteOnce"], "request": "20Gi",
//!   "told": "storageclass.storage.k8s.io \"fast\" not found", "told_reason": "ProvisioningFailed",
//!   "nearest": { "name": "pv-7", "phase": "Available", "class": "", "capacity": "20Gi",
//!     "misfits": ["class"] } }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Event, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending,
    Question, Source, Unseen, Value,
};
use serde_json::Value as Json;

use crate::pod::event_list::PodEvents;
use crate::sight::{self, Sight};
use crate::storage::volume::{self, Fit, Wish};
use crate::tool::{CLAIM, NAMESPACE, access, cluster_access};
use crate::{Arguments, Tool, field, selector};

evidence::facts! {
    /// A claim and what could serve it.
    pub struct ClaimDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The claim.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// `Pending`, `Bound` or `Lost`.
        pub phase: Cited<Option<String>>,
        /// Whether it is being deleted.
        pub deleting: bool,
        /// How long ago it was made, in seconds.
        pub age_seconds: Option<i64>,
        /// The class that it names, or that the cluster gives by default; empty for none.
        pub class: Cited<String>,
        /// Whether that class exists; false where there is none to exist.
        pub class_exists: Known<bool>,
        /// The classes that there are.
        pub classes: Partial<String>,
        /// Who makes volumes of that class.
        pub provisioner: Known<Option<String>>,
        /// Whether volumes of that class are made on demand.
        pub provisions: Known<bool>,
        /// Whether the class has a claim wait until a pod that mounts it was given a node.
        pub waits_for_consumer: Known<bool>,
        /// The access modes that it wants, by their long names.
        pub access_modes: Known<Vec<String>>,
        /// The size that it wants.
        pub request: Known<Option<String>>,
        /// The labels that it wants of a volume, in words; empty for any.
        pub selector: Known<String>,
        /// The volume that it names or is bound to.
        pub volume_name: Cited<Option<String>>,
        /// Whether that volume exists; false when it names none.
        pub volume_exists: Known<bool>,
        /// The newest words of the volume controllers about it.
        pub told: Known<Cited<Option<String>>>,
        /// Their reason, such as `ProvisioningFailed`.
        pub told_reason: Known<Option<String>>,
        /// The newest warning among them.
        pub warning: Known<Cited<Option<String>>>,
        /// Every volume, the nearest first.
        pub volumes: Partial<VolumeView>,
        /// The volume that lacks least; null when there is none.
        pub nearest: Known<Option<VolumeView>>,
    }

    /// A volume, as a claim finds it.
    pub struct VolumeView {
        /// Its name.
        pub name: String,
        /// The volume.
        pub r#ref: ObjectRef,
        /// `Available`, `Bound`, `Released`, `Failed` or `Pending`.
        pub phase: Option<String>,
        /// Its size.
        pub capacity: Option<String>,
        /// Its access modes, by their long names.
        pub access_modes: Vec<String>,
        /// Its class; empty for none.
        pub class: String,
        /// Its labels, in words.
        pub labels: String,
        /// The claim that has it or had it, as namespace/name.
        pub holder: Option<String>,
        /// Whether it is reserved for this claim by name. One that is kept for a deleted claim
        /// of that name is not.
        pub reserved: bool,
        /// What does not suit.
        pub misfits: Vec<String>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_pvc_details",
    parameters: &[CLAIM, NAMESPACE],
    facts: ClaimDetails::SHAPE,
    permissions: &[
        access("get", "", "persistentvolumeclaims", "nothing is known"),
        access("list", "", "events", "the words of the volume controllers are unknown"),
        cluster_access("list", "", "persistentvolumes", "it is not known which volumes there are"),
        cluster_access("list", "storage.k8s.io", "storageclasses", "nothing is known of its class"),
    ],
    page: include_str!("get_pvc_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("claim"), arguments.required("namespace"));
    let reference = ObjectRef::new(Kind::PersistentVolumeClaim, Some(namespace), name);
    let questions = [
        Question::Get { object: reference.clone() },
        Question::EventsOf { object: reference.clone() },
        Question::list(Kind::StorageClass, None),
        Question::list(Kind::PersistentVolume, None),
    ];
    let mut replies = inquiry.ask_all(&questions)?.into_iter();
    let mut next = || replies.next().unwrap_or(evidence::Reply::Absent);
    let claim = Sight::read(next(), &questions[0]);
    if let Sight::Unseen(unseen) = claim {
        return Ok(Value::Unknown(unseen));
    }
    let own = claim.object().map(|claim| &**claim);
    let events = PodEvents::read(next(), &questions[1], own, inquiry.now());
    let classes = Classes::of(sight::listing(next(), &questions[2]));
    let volumes = sight::listing(next(), &questions[3]);
    let surroundings = Surroundings { events, classes, volumes };
    let mut facts = describe(&claim, reference, surroundings);
    facts.age_seconds = own
        .and_then(Object::created)
        .map(|created| inquiry.now().duration_since(created).as_secs());
    Ok(facts.into_value())
}

/// What else was read.
struct Surroundings {
    events: PodEvents,
    classes: Classes,
    volumes: (Arc<Listing>, Option<Unseen>),
}

/// The storage classes.
struct Classes {
    listing: Arc<Listing>,
    missing: Option<Unseen>,
}

impl Classes {
    fn of((listing, missing): (Arc<Listing>, Option<Unseen>)) -> Classes {
        Classes { listing, missing }
    }

    /// The class that a claim without one gets.
    fn default_name(&self) -> Option<&str> {
        let marks = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        let is_default =
            |class: &&Arc<Object>| marks.iter().any(|mark| class.annotation(mark) == Some("true"));
        self.listing.items.iter().find(is_default).map(|class| class.reference().name.as_str())
    }

    fn find(&self, name: &str) -> Option<&Arc<Object>> {
        self.listing.items.iter().find(|class| class.reference().name == name)
    }

    /// What is known of a class, or `otherwise` when there surely is none of that name.
    fn known<T>(&self, name: &str, read: impl Fn(&Object) -> T, otherwise: T) -> Known<T> {
        match (self.find(name), &self.missing) {
            (Some(class), _) => Known::Seen(read(class)),
            (None, Some(unseen)) if !name.is_empty() => Known::Unknown(unseen.clone()),
            _ => Known::Seen(otherwise),
        }
    }
}

/// Who makes no volumes: the class is for volumes that were made by hand.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

fn describe(sight: &Sight, reference: ObjectRef, around: Surroundings) -> ClaimDetails {
    let (json, quoted) = (sight.json(), |path: &str| sight.source(path));
    let Surroundings { events, classes, volumes } = around;
    let own = sight.object().and_then(|claim| volume::class(claim));
    let class = own.or_else(|| classes.default_name().map(str::to_owned)).unwrap_or_default();
    let wish = sight.object().map(|claim| volume::wish(claim, class.clone()));
    let views = against(wish.as_ref(), &volumes.0);
    let volume_name = field::text(json, "/spec/volumeName");
    let provisioner = |class: &Object| field::text(class.json(), "/provisioner");
    let (told, told_reason) = newest(&events, |_| true);
    ClaimDetails {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        phase: Cited { value: field::text(json, "/status/phase"), source: quoted("status.phase") },
        deleting: field::time(json, "/metadata/deletionTimestamp").is_some(),
        age_seconds: None,
        class_exists: classes.known(&class, |_| true, false),
        provisioner: classes.known(&class, provisioner, None),
        provisions: classes.known(
            &class,
            |class| provisioner(class).is_some_and(|name| name != NO_PROVISIONER),
            false,
        ),
        waits_for_consumer: classes.known(
            &class,
            |class| field::word(class.json(), "/volumeBindingMode") == Some("WaitForFirstConsumer"),
            false,
        ),
        class: Cited { value: class, source: quoted("spec.storageClassName") },
        classes: Partial {
            items: classes.listing.items.iter().map(|one| one.reference().name.clone()).collect(),
            missing: classes.missing.clone(),
        },
        access_modes: of_rest(wish.as_ref(), |rest| rest.modes.clone()),
        request: of_rest(wish.as_ref(), |_| field::text(json, "/spec/resources/requests/storage")),
        selector: of_rest(wish.as_ref(), |rest| in_words(&rest.selector)),
        volume_exists: exists(volume_name.as_deref(), &volumes),
        volume_name: Cited { value: volume_name, source: quoted("spec.volumeName") },
        told,
        told_reason,
        warning: newest(&events, |event| event.kind == "Warning").0,
        nearest: match (views.first(), &volumes.1) {
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            (nearest, _) => Known::Seen(nearest.cloned()),
        },
        volumes: Partial { items: views, missing: volumes.1 },
        source: quoted("spec"),
    }
}

/// Whether a volume of that name exists.
fn exists(name: Option<&str>, volumes: &(Arc<Listing>, Option<Unseen>)) -> Known<bool> {
    let found = volumes.0.items.iter().any(|one| Some(one.reference().name.as_str()) == name);
    match volumes.1.clone().filter(|_| !found && name.is_some()) {
        Some(unseen) => Known::Unknown(unseen),
        None => Known::Seen(found),
    }
}

/// What the claim's specification tells; of a claim that is not there, nothing.
fn of_rest<T: Default>(wish: Option<&Wish>, read: impl Fn(&volume::Rest) -> T) -> Known<T> {
    match wish.map(|wish| &wish.rest) {
        Some(Known::Seen(rest)) => Known::Seen(read(rest)),
        Some(Known::Unknown(unseen)) => Known::Unknown(unseen.clone()),
        None => Known::Seen(T::default()),
    }
}

/// The newest event that is so, and its reason.
fn newest(
    events: &PodEvents,
    is: impl Fn(&Event) -> bool,
) -> (Known<Cited<Option<String>>>, Known<Option<String>>) {
    match (events.events.iter().find(|event| is(event)), &events.missing) {
        (Some(event), _) => (
            Known::Seen(Cited::new(Some(event.message.clone()), Source::event(event))),
            Known::Seen(Some(event.reason.clone())),
        ),
        (None, Some(unseen)) => (Known::Unknown(unseen.clone()), Known::Unknown(unseen.clone())),
        (None, None) => (Known::Seen(Cited { value: None, source: None }), Known::Seen(None)),
    }
}

/// The volumes as a claim finds them, the nearest first; none for a claim that is not there.
fn against(wish: Option<&Wish>, volumes: &Listing) -> Vec<VolumeView> {
    let Some(wish) = wish else { return Vec::new() };
    let held = |volume: &Arc<Object>| {
        let fit = Fit::of(volume, wish);
        (fit.distance(), view(volume, &fit))
    };
    let mut fits: Vec<((u8, usize), VolumeView)> = volumes.items.iter().map(held).collect();
    fits.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    fits.into_iter().map(|(_, view)| view).collect()
}

fn view(volume: &Object, fit: &Fit) -> VolumeView {
    let labels: Vec<String> =
        selector::labels(volume).iter().map(|(key, value)| format!("{key}={value}")).collect();
    VolumeView {
        name: volume.reference().name.clone(),
        r#ref: volume.reference().clone(),
        phase: field::text(volume.json(), "/status/phase"),
        capacity: field::text(volume.json(), "/spec/capacity/storage"),
        access_modes: volume::modes(volume),
        class: volume::class(volume).unwrap_or_default(),
        labels: labels.join(", "),
        holder: volume::holder(volume).map(|(namespace, name)| format!("{namespace}/{name}")),
        reserved: fit.reserved,
        misfits: fit.misfits(),
        source: Some(Source::field(volume, "spec")),
    }
}

fn in_words(selector: &Json) -> String {
    let equal = selector.get("matchLabels").and_then(Json::as_object).into_iter().flatten();
    let equal = equal.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let more = field::items(selector, "/matchExpressions").iter().map(selector::in_words);
    equal.chain(more).collect::<Vec<String>>().join(" and ")
}
