//! The images that a pod asks for, taken apart, and what the cluster itself shows of each
//! without asking a registry: what runs beside it, what ran before it, which tags are known.
//!
//! Reads the pod, the pods of its namespace, and the revisions of its workload (ReplicaSets of a
//! Deployment, ControllerRevisions of a StatefulSet or DaemonSet), each as one list. With
//! `platform=True` it reads the pod's node as well, one more request, for `node_arch` and for
//! the images that the node holds; ask for it where the failure is about the platform.
//!
//! A reference is completed as the kubelet completes it: `nginx` is
//! `docker.io/library/nginx:latest`. A tag is *known* when a container in the namespace has run
//! with it, or a former revision that uses it has ready pods.
//!
//! ## Absence
//!
//! A pod that does not exist has `exists` false and no images. The whole result is unknown when
//! the pod was not seen. When the pods could not be listed, `siblings` and what is made of them
//! are unknown; when the revisions could not, `former_image` and `changed_in_rollout` are. In an
//! incomplete list a sibling that was seen counts, and "there is none" is unknown. A registry
//! without a witness is not a registry that fails: `registry_works` false says only that no
//! sibling proves it.
//!
//! ## Example
//!
//! ```text
//! reference = get_image_reference("<pod>", "<namespace>", container="<container>")
//! - When `reference.image.changed_in_rollout && reference.image.nearest_tag != null`
//!   → likely **wrong-tag**: did you mean {reference.image.nearest_tag}?
//! ```
//!
//! ```json
//! { "exists": true, "image": { "container": "server",
//!   "image": "registry.example.com/shop/checkout:1.4.3", "valid": true,
//!   "registry": "registry.example.com", "repository": "shop/checkout", "tag": "1.4.3",
//!   "pinned": false, "registry_works": true, "repository_works": true,
//!   "former_image": "registry.example.com/shop/checkout:1.4.2", "former_tag": "1.4.2",
//!   "changed_in_rollout": true, "known_tags": ["1.4.2"], "nearest_tag": "1.4.2" } }
//! ```

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Object, ObjectRef, Partial, Pending, Question, Source, Time,
    Unseen, UnseenKind, Value,
};

use crate::image::Reference;
use crate::image::context::{self, Context, NodeSight};
use crate::image::siblings::Neighbourhood;
use crate::pod::container::{self, PodContainer};
use crate::sight::Sight;
use crate::tool::{CONTAINER, NAMESPACE, POD, Parameter, ParameterKind, access, cluster_access};
use crate::workload::revisions::{self, History};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// The images that a pod asks for.
    pub struct ImageReferences {
        /// Whether the pod exists.
        pub exists: bool,
        /// One for each container: init and sidecar containers, then main, then ephemeral ones.
        pub images: Vec<ImageReference>,
        /// That of the container asked for; else of the first that waits for its image, of the
        /// first in trouble, or of the only one; null when none of these is there.
        pub image: Option<ImageReference>,
    }

    /// The image that a container asks for.
    pub struct ImageReference {
        /// The container's name.
        pub container: String,
        /// The container's sort: `main`, `init`, `sidecar` or `ephemeral`.
        pub sort: &'static str,
        /// The image as the pod asks for it.
        pub image: String,
        /// Whether it is a well-formed reference.
        pub valid: bool,
        /// What is wrong with it; null when it is well formed.
        pub problem: Option<String>,
        /// The registry with its port; null for an invalid reference.
        pub registry: Option<String>,
        /// The path in the registry; null for an invalid reference.
        pub repository: Option<String>,
        /// The tag; `latest` where neither tag nor digest is named.
        pub tag: Option<String>,
        /// The digest; null where none is named.
        pub digest: Option<String>,
        /// `Always`, `IfNotPresent` or `Never`.
        pub pull_policy: Option<String>,
        /// Whether it is pinned by a digest.
        pub pinned: bool,
        /// Whether the pod's node is known to hold the image: a container there has run with it,
        /// or the node lists it. Null when that is not known.
        pub on_node: Option<Cited<bool>>,
        /// The latest container of the namespace for each image that shares the registry or the
        /// repository, and has run.
        pub siblings: Known<Partial<Sibling>>,
        /// Whether a sibling proves that the registry answered within the last hour: it started
        /// with an image from there, under the pull policy `Always`.
        pub registry_works: Known<Cited<bool>>,
        /// Whether a sibling has run an image of this registry at any time.
        pub registry_known: Known<Cited<bool>>,
        /// Whether a sibling has run an image of this repository: there is such a repository.
        pub repository_works: Known<Cited<bool>>,
        /// The image of this container in the revision before the pod's; null when there is none.
        pub former_image: Known<Option<Cited<String>>>,
        /// The tag of that image.
        pub former_tag: Known<Option<String>>,
        /// Whether the image differs from the former one.
        pub changed_in_rollout: Known<Cited<bool>>,
        /// The tags of this repository that are known to have existed, in order of text.
        pub known_tags: Known<Partial<Cited<String>>>,
        /// The known tag that is nearest in spelling; null when the tag itself is known or none
        /// is near. Of equally near ones the newest version.
        pub nearest_tag: Known<Option<Cited<String>>>,
        /// The tag near to this one with which siblings of two or more other repositories of the same
        /// registry and folder have run, as what is released together does; null when there is none,
        /// or when it is this very tag.
        pub neighbour_tag: Known<Option<Cited<String>>>,
        /// The nearest repository of this registry from which a sibling or the former revision
        /// runs: one of the same name elsewhere, or of a name in the same folder that a slip makes of
        /// this one; null when the repository itself is known or none is near.
        pub nearest_repository: Known<Option<Cited<String>>>,
        /// The nearest registry from which a sibling or the former revision runs; null when the
        /// registry itself is known or none is near.
        pub nearest_registry: Known<Option<Cited<String>>>,
        /// The processor architecture of the pod's node, such as `arm64`: by the pod's own node
        /// selector, else by the node when asked for with `platform=True`; unknown otherwise.
        pub node_arch: Known<Option<Cited<String>>>,
    }

    /// A container of the namespace that has run with an image of the same registry or repository.
    pub struct Sibling {
        /// Its pod.
        pub pod: ObjectRef,
        /// Its container.
        pub container: String,
        /// Its image as its pod asks for it.
        pub image: String,
        /// The tag of that image.
        pub tag: Option<String>,
        /// The node of its pod.
        pub node: Option<String>,
        /// When it last started: its node had the image by then.
        pub pulled_since: Option<Time>,
        /// Whether that start asked the registry: its pull policy is `Always`.
        pub asked_registry: bool,
        /// Whether its image has the same path in its registry.
        pub same_repository: bool,
        /// Whether its image is from the same registry.
        pub same_registry: bool,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_image_reference",
    parameters: &[
        POD,
        NAMESPACE,
        CONTAINER,
        Parameter {
            name: "platform",
            kind: ParameterKind::Bool,
            required: false,
            doc: "whether to read the pod's node too, for its architecture and its images",
        },
    ],
    facts: ImageReferences::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("list", "", "pods", "siblings and known tags are unknown"),
        access("list", "apps", "replicasets", "the former image of a Deployment is unknown"),
        access(
            "list",
            "apps",
            "controllerrevisions",
            "the former image of a StatefulSet or DaemonSet is unknown",
        ),
        cluster_access("get", "", "nodes", "the node's architecture is unknown"),
    ],
    page: include_str!("get_image_reference.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    // The pods of the namespace are wanted whatever the pod is, so both are noted at once; the
    // pod itself is then often read off the list.
    let pods = Question::list(Kind::Pod, Some(namespace));
    let (neighbours, sight) = (inquiry.ask(&pods), Sight::of(inquiry, Kind::Pod, namespace, name));
    let sight = sight?;
    let Sight::Seen(pod) = &sight else {
        return Ok(match sight {
            Sight::Unseen(unseen) => Value::Unknown(unseen),
            absent => nothing(&absent).into_value(),
        });
    };
    let containers = container::of(pod);
    let asked = in_question(pod, &containers, arguments.text("container"));
    if let Some(unseen) = asked.and_then(|at| containers[at].image_unshown(pod)) {
        return Ok(Value::Unknown(unseen));
    }
    let workload = pod.workload();
    let history = match revisions::question(&workload) {
        // Who made it is told by its owners.
        _ if !pod.is_shown(OWNERS) => {
            Ok(Some(History { revisions: Vec::new(), missing: Some(pod.unshown(OWNERS)) }))
        }
        Some(question) => {
            inquiry.ask(&question).map(|reply| Some(History::read(reply, &question, &workload)))
        }
        None => Ok(None),
    };
    let node = ask_node(pod, arguments.bool("platform") == Some(true), inquiry);
    let context = Context {
        pod,
        now: inquiry.now(),
        neighbours: Neighbourhood::read(neighbours?, &pods),
        history: history?,
        node: node?,
    };
    Ok(describe(&context, arguments.text("container"), &sight).into_value())
}

const OWNERS: &str = "/metadata/ownerReferences";

fn nothing(sight: &Sight) -> ImageReferences {
    ImageReferences {
        exists: false,
        images: Vec::new(),
        image: None,
        source: sight.source("metadata"),
    }
}

fn ask_node(pod: &Object, wanted: bool, inquiry: &Inquiry) -> Result<NodeSight, Pending> {
    let Some(name) = pod.text("/spec/nodeName").filter(|name| !name.is_empty()) else {
        return Ok(NodeSight::None);
    };
    if !wanted {
        let why = "platform=True asks for the node";
        let reference = ObjectRef::new(Kind::Node, None, name);
        return Ok(NodeSight::Unseen(Unseen::new(UnseenKind::NotAsked, reference, why)));
    }
    Ok(match Sight::of(inquiry, Kind::Node, "", name)? {
        Sight::Seen(node) => NodeSight::Seen(node),
        Sight::Absent(_) => NodeSight::None,
        Sight::Unseen(unseen) => NodeSight::Unseen(unseen),
    })
}

fn describe(context: &Context, asked: Option<&str>, sight: &Sight) -> ImageReferences {
    let containers = container::of(context.pod);
    let images: Vec<ImageReference> =
        containers.iter().map(|container| reference(context, container)).collect();
    let image = in_question(context.pod, &containers, asked);
    ImageReferences {
        exists: true,
        image: image.and_then(|index| images.get(index).cloned()),
        images,
        source: sight.source("spec"),
    }
}

/// The place of the container that is asked about: the one named, else the first that waits for
/// its image, the first in trouble, or the only one.
pub(crate) fn in_question(
    pod: &Object,
    containers: &[PodContainer],
    asked: Option<&str>,
) -> Option<usize> {
    let named = |name: &str| containers.iter().position(|container| container.name == name);
    if let Some(name) = asked {
        return named(name);
    }
    containers
        .iter()
        .position(PodContainer::waits_for_image)
        .or_else(|| named(container::in_trouble(pod).first()?.name))
        .or_else(|| (containers.len() == 1).then_some(0))
}

fn reference(context: &Context, container: &PodContainer) -> ImageReference {
    let parsed = Reference::parse(container.image());
    let found = context::find(context, container, parsed.as_ref().ok());
    let image = parsed.as_ref().ok();
    ImageReference {
        container: container.name.to_owned(),
        sort: container.sort.word(),
        image: container.image().to_owned(),
        valid: parsed.is_ok(),
        problem: parsed.as_ref().err().cloned(),
        registry: image.map(|image| image.registry.clone()),
        repository: image.map(|image| image.repository.clone()),
        tag: image.and_then(|image| image.tag.clone()),
        digest: image.and_then(|image| image.digest.clone()),
        pull_policy: field::text(container.spec, "/imagePullPolicy"),
        pinned: image.is_some_and(|image| image.digest.is_some()),
        on_node: found.on_node,
        siblings: found.siblings,
        registry_works: found.registry_works,
        registry_known: found.registry_known,
        repository_works: found.repository_works,
        former_tag: found
            .former_image
            .clone()
            .map(|former| former.and_then(|former| Reference::parse(&former.value).ok()?.tag)),
        former_image: found.former_image,
        changed_in_rollout: found.changed_in_rollout,
        known_tags: found.known_tags,
        nearest_tag: found.nearest_tag,
        neighbour_tag: found.neighbour_tag,
        nearest_repository: found.nearest_repository,
        nearest_registry: found.nearest_registry,
        node_arch: found.node_arch,
        source: Some(Source::field(context.pod, format!("{}.image", container.spec_path))),
    }
}
