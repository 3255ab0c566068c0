//! PersistentVolumes, held against a claim as the volume binder holds them
//! (pkg/controller/volume/persistentvolume, `FindMatchingVolume`).

use evidence::{Known, Object, Quantity, Unseen};
use serde_json::Value as Json;

use crate::{field, selector};

/// The annotation that named the class before the field did.
const OLD_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// The class of a claim or volume: the old annotation before the field; `None` where none is
/// given, which is not the same as the empty class for a claim.
pub(crate) fn class(object: &Object) -> Option<String> {
    let field = object.at("/spec/storageClassName").and_then(Json::as_str);
    object.annotation(OLD_CLASS).or(field).map(str::to_owned)
}

/// What a claim wants of a volume.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The namespace and name of the claim.
    pub claim: (String, String),
    /// Its uid, where it was seen.
    pub uid: Option<String>,
    /// The class; empty for none.
    pub class: String,
    /// The rest, unknown where only a part of the claim was seen.
    pub rest: Known<Rest>,
}

/// What only the claim's specification tells.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    /// Its access modes, by their long names.
    pub modes: Vec<String>,
    /// The size.
    pub size: Option<Quantity>,
    /// Its label selector; null where there is none.
    pub selector: Json,
    /// `Filesystem` or `Block`.
    pub volume_mode: String,
}

/// How a volume suits a claim.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    /// Whether the class is the claim's.
    pub class: bool,
    /// Whether nobody else has it or had it.
    pub free: bool,
    /// Whether it is reserved for this claim by name.
    pub reserved: bool,
    /// Whether it offers the access modes.
    pub modes: Known<bool>,
    /// Whether it is large enough.
    pub size: Known<bool>,
    /// Whether its labels are selected.
    pub selected: Known<bool>,
    /// Whether it is of the mode.
    pub volume_mode: Known<bool>,
}

impl Fit {
    /// Holds a volume against a wish.
    pub(crate) fn of(volume: &Object, wish: &Wish) -> Fit {
        let holder = holder(volume);
        let phase = volume.text("/status/phase").unwrap_or("Available");
        // A claim that was deleted and made again has the name of the one that the volume is
        // kept for, and is another.
        let kept_for = field::text(volume.json(), "/spec/claimRef/uid");
        let another = kept_for.zip(wish.uid.clone()).is_some_and(|(kept, own)| kept != own);
        let reserved = holder.as_ref() == Some(&wish.claim)
            && !another
            && !matches!(phase, "Released" | "Failed");
        let own_class = class(volume).unwrap_or_default();
        let has_modes = modes(volume);
        let has_size =
            field::word(volume.json(), "/spec/capacity/storage").and_then(Quantity::parse);
        let labels = selector::labels(volume);
        let of = |holds: &dyn Fn(&Rest) -> bool| match &wish.rest {
            Known::Seen(rest) => Known::Seen(holds(rest)),
            Known::Unknown(unseen) => Known::Unknown(unseen.clone()),
        };
        Fit {
            class: own_class == wish.class,
            free: reserved || (holder.is_none() && matches!(phase, "Available" | "Pending")),
            reserved,
            modes: of(&|rest| rest.modes.iter().all(|mode| has_modes.contains(mode))),
            size: of(&|rest| rest.size.is_none_or(|size| has_size.is_none_or(|own| own >= size))),
            selected: of(&|rest| selector::selects(&rest.selector, &labels)),
            volume_mode: of(&|rest| {
                let own = field::word(volume.json(), "/spec/volumeMode").unwrap_or("Filesystem");
                rest.volume_mode == own
            }),
        }
    }

    /// What does not suit, as far as it is known, in the words of the facts.
    pub(crate) fn misfits(&self) -> Vec<String> {
        let off = |known: &Known<bool>| known.seen() == Some(&false);
        [
            ("class", !self.class),
            ("access-mode", off(&self.modes)),
            ("capacity", off(&self.size)),
            ("selector", off(&self.selected)),
            ("volume-mode", off(&self.volume_mode)),
            ("occupied", !self.free),
        ]
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(word, _)| word.to_owned())
        .collect()
    }

    /// How near it is to suiting: the smaller the nearer. One that is reserved for the claim is
    /// meant; a free one with a single misfit is nearer than one that somebody else has. Volumes
    /// of the claim's class come first: those of another are for others.
    pub(crate) fn distance(&self) -> (u8, usize) {
        let misfits = self.misfits().len();
        let rank = match () {
            () if self.reserved => 0,
            () if self.free && self.class && misfits <= 1 => 1,
            () if !self.free && misfits == 1 => 2,
            () if self.free && self.class => 3,
            () if self.free && misfits <= 1 => 4,
            () if self.free => 5,
            () => 6,
        };
        (rank, misfits)
    }
}

/// The claim that a volume is bound to or kept for.
pub(crate) fn holder(volume: &Object) -> Option<(String, String)> {
    let namespace = field::text(volume.json(), "/spec/claimRef/namespace").unwrap_or_default();
    Some((namespace, field::text(volume.json(), "/spec/claimRef/name")?))
}

/// The access modes of a claim or volume, by their long names.
pub(crate) fn modes(object: &Object) -> Vec<String> {
    field::texts(object.json(), "/spec/accessModes")
        .iter()
        .map(|mode| long(mode).to_owned())
        .collect()
}

/// The long name of an access mode, which `kubectl` prints short.
fn long(mode: &str) -> &str {
    match mode {
        "RWO" => "ReadWriteOnce",
        "ROX" => "ReadOnlyMany",
        "RWX" => "ReadWriteMany",
        "RWOP" => "ReadWriteOncePod",
        other => other,
    }
}

/// What a claim wants. Its size is in every specification; without it only a part was seen.
pub(crate) fn wish(claim: &Object, class: String) -> Wish {
    let json = claim.json();
    let size = field::word(json, "/spec/resources/requests/storage");
    let rest = match size {
        None => Known::Unknown(Unseen::new(
            evidence::UnseenKind::NotCaptured,
            format!("the specification of {}", claim.reference()),
            "only a part of the claim was captured",
        )),
        Some(size) => Known::Seen(Rest {
            modes: modes(claim),
            size: Quantity::parse(size),
            selector: json.pointer("/spec/selector").cloned().unwrap_or(Json::Null),
            volume_mode: field::text(json, "/spec/volumeMode")
                .unwrap_or_else(|| "Filesystem".into()),
        }),
    };
    let reference = claim.reference();
    let claim = (reference.namespace.clone().unwrap_or_default(), reference.name.clone());
    Wish { claim, uid: field::text(json, "/metadata/uid"), class, rest }
}
