//! What the registry of a container's image answers when it is asked from the machine that `tsg`
//! runs on, with the pod's own pull secrets: whether the tag or the digest exists, which tags are
//! nearest, for which platforms the image is built, which pull secret is accepted.
//!
//! Reads the pod, and asks the registry only where the run was started with `--probe`. Nothing is
//! asked about an invalid reference. The platform that is looked for is the one that the pod's
//! own node selector or required node affinity names; the node is not read for it.
//!
//! What the registry says of the image is the same from everywhere. The way there is not: that
//! its name resolves here, or that it does not, says nothing about the node's network. Name
//! lookup, connection and TLS are therefore listed in `checks` and `reached`, for a reader, and
//! make no other fact.
//!
//! ## Absence
//!
//! Where the registry was not asked, `asked` is false, and what it would have said is unknown;
//! where the asking ended early, so is what was not come to. `shows_image` is a witness, like
//! `registry_works` of `get_image_reference`: true where the registry gave the image's manifest,
//! and false says only that it did not, or was not asked. A registry may deny what it has to who
//! may not see it, so that `tag_exists` false is firm only beside tags that it does show. The
//! whole result is unknown when the pod was not seen.
//!
//! ## Example
//!
//! ```text
//! registry = get_registry_answer("<pod>", "<namespace>", container="<container>")
//! - When `registry.tag_exists == false && registry.nearest_tag != null`
//!   → **wrong-tag**: did you mean {registry.nearest_tag}?
//! ```
//!
//! ```json
//! { "exists": true, "asked": true, "image": "registry.example.com/shop/checkout:1.4.3",
//!   "registry": "registry.example.com", "repository": "shop/checkout", "tag": "1.4.3",
//!   "reached": true, "shows_image": false, "tag_exists": false, "digest_exists": null,
//!   "nearest_tags": ["1.4.2", "1.4.1"], "nearest_tag": "1.4.2", "all_tags_seen": true,
//!   "refused": [], "checks": [
//!     { "stage": "manifest", "outcome": "failed", "says": "manifest unknown" } ] }
//! ```

use evidence::{
    Check, CheckOutcome, Cited, Fact, Inquiry, Kind, Known, ObjectRef, Pending, Question,
    RegistryWord, Reply, Source, Stage, Unseen, UnseenKind, Value,
};

use crate::image::Reference;
use crate::image::get_image_reference::in_question;
use crate::pod::{container, platform};
use crate::sight::{self, Sight};
use crate::tool::{CONTAINER, NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// What a registry answers this machine about the image of a container.
    pub struct RegistryAnswer {
        /// Whether the pod exists.
        pub exists: bool,
        /// Whether the registry was asked.
        pub asked: bool,
        /// The image as the pod asks for it: that of the container asked for, else of the first
        /// that waits for its image, of the first in trouble, or of the only one.
        pub image: Option<String>,
        /// The registry with its port; null for an invalid reference.
        pub registry: Option<String>,
        /// The path in the registry; null for an invalid reference.
        pub repository: Option<String>,
        /// The tag; `latest` where neither tag nor digest is named.
        pub tag: Option<String>,
        /// The digest; null where none is named.
        pub digest: Option<String>,
        /// Whether the registry itself answered this machine. It says nothing about the node.
        pub reached: Known<Cited<bool>>,
        /// Whether the registry gave the image's manifest to the pod's credentials; false also
        /// where it was not asked.
        pub shows_image: Cited<bool>,
        /// Whether the repository has the tag; null where the reference has a digest, which is
        /// what counts then.
        pub tag_exists: Known<Option<Cited<bool>>>,
        /// Whether the repository has the digest; null where the reference names none.
        pub digest_exists: Known<Option<Cited<bool>>>,
        /// The digest that the registry gives for the image; null when it gives none.
        pub found_digest: Known<Option<Cited<String>>>,
        /// The pull secret whose credentials the registry accepted; null when none was needed,
        /// or none accepted.
        pub accepted: Known<Option<Cited<ObjectRef>>>,
        /// The names of the pull secrets whose credentials the registry refused.
        pub refused: Known<Vec<Cited<String>>>,
        /// The platforms that the image is built for, such as `linux/arm64`.
        pub platforms: Known<Vec<Cited<String>>>,
        /// The platform that the pod's own selectors ask for; null when they ask for none.
        pub platform: Option<String>,
        /// Whether the image is built for that platform; null when there is none to compare.
        pub platform_matches: Known<Option<Cited<bool>>>,
        /// The tags of the repository that are nearest to the one asked for, nearest first; empty
        /// where the tag exists.
        pub nearest_tags: Known<Vec<Cited<String>>>,
        /// The first of them; null when there is none.
        pub nearest_tag: Known<Option<Cited<String>>>,
        /// Whether they are the nearest of all tags, not of the first pages only.
        pub all_tags_seen: Known<bool>,
        /// What was tried, in order; it ends with the first that failed and that the rest needs.
        pub checks: Vec<RegistryCheck>,
    }

    /// One thing that was tried of a registry, from this machine.
    pub struct RegistryCheck {
        /// `dns`, `tcp`, `tls`, `login`, `manifest` or `platform`.
        pub stage: &'static str,
        /// `passed`, `failed` or `unknown`.
        pub outcome: &'static str,
        /// The words for it: an address, the registry's own message.
        pub says: String,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_registry_answer",
    parameters: &[POD, NAMESPACE, CONTAINER],
    facts: RegistryAnswer::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access(
            "get",
            "",
            "secrets",
            "with --probe, the registry of a pod that names pull secrets is not asked",
        ),
    ],
    page: include_str!("get_registry_answer.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let sight = Sight::of(inquiry, Kind::Pod, namespace, name)?;
    let pod = match &sight {
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        Sight::Absent(pod) => {
            let unseen = Unseen::new(UnseenKind::NotAsked, "a registry", "the pod does not exist");
            let own = Image { pod, image: None, reference: None, platform: None };
            return Ok(own.unknown(false, unseen).into_value());
        }
        Sight::Seen(pod) => pod,
    };
    let containers = container::of(pod);
    let asked_for = in_question(pod, &containers, arguments.text("container"));
    let container = asked_for.and_then(|index| containers.get(index));
    let image = container.map(|one| one.image()).filter(|image| !image.is_empty());
    let parsed = image.map(Reference::parse);
    let platform = platform::of(pod);
    let own = Image {
        pod: pod.reference(),
        image,
        reference: parsed.as_ref().and_then(|parsed| parsed.as_ref().ok()),
        platform: platform.as_ref().map(ToString::to_string),
    };
    let (Some(image), Some(_)) = (image, own.reference) else {
        let why = match &parsed {
            Some(Err(problem)) => format!("it was not asked: {problem}"),
            _ if container.is_some() => "it was not asked: which image is not known".to_owned(),
            _ => "it was not asked: the pod has no such container".to_owned(),
        };
        let what = format!("the registry's word on {}", image.unwrap_or("the image"));
        return Ok(own.unknown(true, Unseen::new(UnseenKind::NotAsked, what, why)).into_value());
    };
    let question = Question::Registry {
        image: image.to_owned(),
        secrets: pull_secrets(pod, namespace),
        platform,
    };
    let facts = match inquiry.ask(&question)? {
        Reply::Registry(word) => own.told(&word, &question),
        reply => own.unknown(true, silence(reply, &question)),
    };
    Ok(facts.into_value())
}

/// The pull secrets that the pod names, each once, in its order.
fn pull_secrets(pod: &evidence::Object, namespace: &str) -> Vec<ObjectRef> {
    let mut secrets: Vec<ObjectRef> = Vec::new();
    for name in field::names(pod.json(), "/spec/imagePullSecrets") {
        let secret = ObjectRef::new(Kind::Secret, Some(namespace), &name);
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    secrets
}

/// Why nothing is known. That a file does not hold the registry's word, or that the limit of
/// requests kept it from being asked, is no gap in what the guide needs to see.
fn silence(reply: Reply, question: &Question) -> Unseen {
    match reply {
        Reply::Unseen(unseen) => match unseen.kind {
            UnseenKind::NotCaptured => RegistryWord::not_asked(question),
            UnseenKind::Truncated => Unseen { kind: UnseenKind::NotAsked, ..unseen },
            _ => unseen,
        },
        _ => sight::misfit(question),
    }
}

/// The image in question, and the pod that asks for it.
struct Image<'a> {
    pod: &'a ObjectRef,
    image: Option<&'a str>,
    reference: Option<&'a Reference>,
    platform: Option<String>,
}

impl Image<'_> {
    fn unknown(&self, exists: bool, unseen: Unseen) -> RegistryAnswer {
        RegistryAnswer {
            exists,
            asked: false,
            image: self.image.map(str::to_owned),
            registry: self.reference.map(|one| one.registry.clone()),
            repository: self.reference.map(|one| one.repository.clone()),
            tag: self.reference.and_then(|one| one.tag.clone()),
            digest: self.reference.and_then(|one| one.digest.clone()),
            reached: Known::Unknown(unseen.clone()),
            shows_image: Cited { value: false, source: None },
            tag_exists: Known::Unknown(unseen.clone()),
            digest_exists: Known::Unknown(unseen.clone()),
            found_digest: Known::Unknown(unseen.clone()),
            accepted: Known::Unknown(unseen.clone()),
            refused: Known::Unknown(unseen.clone()),
            platforms: Known::Unknown(unseen.clone()),
            platform: self.platform.clone(),
            platform_matches: Known::Unknown(unseen.clone()),
            nearest_tags: Known::Unknown(unseen.clone()),
            nearest_tag: Known::Unknown(unseen.clone()),
            all_tags_seen: Known::Unknown(unseen),
            checks: Vec::new(),
            // The registry's own words are cited fact by fact; there is no place for the whole.
            source: None,
        }
    }

    fn told(&self, word: &RegistryWord, question: &Question) -> RegistryAnswer {
        let heard = Heard { pod: self.pod, word, question };
        let has_digest = self.reference.is_some_and(|one| one.digest.is_some());
        let manifest = heard.verdict(Stage::Manifest);
        let only = |wanted: bool| match wanted {
            true => manifest.clone().map(Some),
            false => Known::Seen(None),
        };
        let tags = || word.nearest_tags.iter().map(|tag| heard.cite(Stage::Manifest, tag.clone()));
        let seen_tags = manifest.clone().map(|_| tags().collect());
        RegistryAnswer {
            asked: true,
            reached: heard.reached(),
            shows_image: match &manifest {
                Known::Seen(shown) => shown.clone(),
                Known::Unknown(_) => Cited { value: false, source: heard.last() },
            },
            tag_exists: only(!has_digest),
            digest_exists: only(has_digest),
            found_digest: manifest
                .clone()
                .map(|_| word.digest.clone().map(|digest| heard.cite(Stage::Manifest, digest))),
            accepted: heard.logged_in(
                word.accepted.clone().map(|secret| heard.cite(Stage::Authentication, secret)),
            ),
            refused: heard.logged_in(
                word.refused
                    .iter()
                    .map(|secret| heard.cite(Stage::Authentication, secret.name.clone()))
                    .collect(),
            ),
            platforms: manifest.clone().map(|_| {
                let platform =
                    |one: &evidence::Platform| heard.cite(Stage::Platform, one.to_string());
                word.platforms.iter().map(platform).collect()
            }),
            platform_matches: match self.platform {
                Some(_) => heard.verdict(Stage::Platform).map(Some),
                None => Known::Seen(None),
            },
            nearest_tag: manifest.map(|_| tags().next()),
            nearest_tags: seen_tags,
            all_tags_seen: Known::Seen(word.all_tags_seen),
            checks: word.checks.iter().map(|check| heard.check(check)).collect(),
            ..self.unknown(true, heard.not_come_to())
        }
    }
}

/// A registry's word, with the places that are cited of it.
struct Heard<'a> {
    pod: &'a ObjectRef,
    word: &'a RegistryWord,
    question: &'a Question,
}

impl Heard<'_> {
    fn source(&self, check: &Check) -> Source {
        let path = format!("{}, {}", self.word.registry, check.stage.word());
        Source::registry(self.pod.clone(), path, &check.words)
    }

    /// A value with the words of its stage; of the last stage, where that one was not come to.
    fn cite<T>(&self, stage: Stage, value: T) -> Cited<T> {
        let source = self.word.check(stage).map(|check| self.source(check));
        Cited { value, source: source.or_else(|| self.last()) }
    }

    fn last(&self) -> Option<Source> {
        self.word.checks.last().map(|check| self.source(check))
    }

    fn check(&self, check: &Check) -> RegistryCheck {
        RegistryCheck {
            stage: check.stage.word(),
            outcome: check.outcome.word(),
            says: check.words.clone(),
            source: Some(self.source(check)),
        }
    }

    /// What keeps a later stage from being known.
    fn not_come_to(&self) -> Unseen {
        let why = match self.word.checks.last() {
            Some(last) => format!(
                "from here it was not come to: {} {}: {}",
                last.stage.word(),
                last.outcome.word(),
                last.words
            ),
            None => "from here nothing was tried".to_owned(),
        };
        Unseen::new(UnseenKind::NotAsked, self.question, why)
    }

    fn verdict(&self, stage: Stage) -> Known<Cited<bool>> {
        let check = self.word.check(stage);
        match check.map(|check| check.outcome) {
            Some(CheckOutcome::Passed) => Known::Seen(self.cite(stage, true)),
            Some(CheckOutcome::Failed) => Known::Seen(self.cite(stage, false)),
            Some(CheckOutcome::Unknown) | None => Known::Unknown(self.not_come_to()),
        }
    }

    /// Whether anything was said that only a registry says.
    fn reached(&self) -> Known<Cited<bool>> {
        let of_registry = |check: &&Check| {
            check.stage >= Stage::Authentication && check.outcome != CheckOutcome::Unknown
        };
        let failed = |check: &&Check| check.outcome == CheckOutcome::Failed;
        match (self.word.checks.iter().find(of_registry), self.word.checks.iter().find(failed)) {
            (Some(said), _) => Known::Seen(Cited::new(true, self.source(said))),
            (None, Some(failed)) => Known::Seen(Cited::new(false, self.source(failed))),
            (None, None) => Known::Unknown(self.not_come_to()),
        }
    }

    /// What became of the credentials, where the registry was come to that far.
    fn logged_in<T>(&self, value: T) -> Known<T> {
        match self.verdict(Stage::Authentication) {
            Known::Seen(_) => Known::Seen(value),
            Known::Unknown(unseen) => Known::Unknown(unseen),
        }
    }
}
