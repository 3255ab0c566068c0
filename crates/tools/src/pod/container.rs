//! The containers of a pod: each one's spec and status, brought together by its name.

use evidence::{Object, Unseen};
use serde_json::Value as Json;

use crate::field;

/// The sorts of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Runs as long as the pod does.
    Main,
    /// Runs before the main ones, one after the other.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the main ones.
    Sidecar,
    /// Added to a running pod by `kubectl debug`.
    Ephemeral,
}

impl Sort {
    /// The word that facts use.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Sort::Main => "main",
            Sort::Init => "init",
            Sort::Sidecar => "sidecar",
            Sort::Ephemeral => "ephemeral",
        }
    }
}

/// A container of a pod, as declared and as the kubelet reports it.
#[derive(Clone, Debug)]
pub(crate) struct PodContainer<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its sort.
    pub sort: Sort,
    /// What was asked for.
    pub spec: &'a Json,
    /// `spec.containers[0]`.
    pub spec_path: String,
    /// What the kubelet reports; null before it reports anything.
    pub status: &'a Json,
    /// `status.containerStatuses[0]`; where there is no status, the list that would hold it.
    pub status_path: String,
}

const LISTS: [(&str, &str, Sort); 3] = [
    ("initContainers", "initContainerStatuses", Sort::Init),
    ("containers", "containerStatuses", Sort::Main),
    ("ephemeralContainers", "ephemeralContainerStatuses", Sort::Ephemeral),
];

/// Every container of a pod, in the order in which they start.
pub(crate) fn of(pod: &Object) -> Vec<PodContainer<'_>> {
    LISTS.iter().flat_map(|(list, statuses, sort)| read_list(pod, list, statuses, *sort)).collect()
}

fn read_list<'a>(
    pod: &'a Object,
    list: &str,
    statuses: &str,
    sort: Sort,
) -> impl Iterator<Item = PodContainer<'a>> {
    let reported = pod.items(&format!("/status/{statuses}"));
    let (list, statuses) = (list.to_owned(), statuses.to_owned());
    pod.items(&format!("/spec/{list}")).iter().enumerate().filter_map(move |(index, spec)| {
        let name = field::word(spec, "/name")?;
        let status = reported
            .iter()
            .enumerate()
            .find(|(_, status)| field::word(status, "/name") == Some(name));
        let restarts_always = field::word(spec, "/restartPolicy") == Some("Always");
        Some(PodContainer {
            name,
            sort: if sort == Sort::Init && restarts_always { Sort::Sidecar } else { sort },
            spec,
            spec_path: format!("spec.{list}[{index}]"),
            status: status.map_or(&Json::Null, |(_, status)| status),
            status_path: match status {
                Some((index, _)) => format!("status.{statuses}[{index}]"),
                None => format!("status.{statuses}"),
            },
        })
    })
}

impl<'a> PodContainer<'a> {
    /// The image that was asked for.
    pub(crate) fn image(&self) -> &'a str {
        field::word(self.spec, "/image").unwrap_or_default()
    }

    /// Why the image that was asked for is not known, where the source does not show it.
    pub(crate) fn image_unshown(&self, pod: &Object) -> Option<Unseen> {
        let place = evidence::pointer(&format!("{}.image", self.spec_path));
        (!pod.is_shown(&place)).then(|| pod.unshown(&place))
    }

    /// `waiting`, `running`, `terminated`, or `none` before the kubelet reports.
    pub(crate) fn state(&self) -> &'static str {
        ["waiting", "running", "terminated"]
            .into_iter()
            .find(|state| self.status.get("state").is_some_and(|json| json.get(state).is_some()))
            .unwrap_or("none")
    }

    /// A text of the present state, such as its `reason`.
    pub(crate) fn said(&self, key: &str) -> Option<&'a str> {
        field::word(self.status, &format!("/state/{}/{key}", self.state()))
    }

    /// Why it waits.
    pub(crate) fn waiting_reason(&self) -> Option<&'a str> {
        field::word(self.status, "/state/waiting/reason")
    }

    /// Whether it waits because its image is not to be had. An error's text in the place of a
    /// reason is of an image too: the kubelet passes it on when it cannot parse the image's name
    /// or decode a pull secret (pkg/kubelet/images/image_manager.go, `EnsureImageExists`); all
    /// other errors of a container's start have a reason of one word.
    pub(crate) fn waits_for_image(&self) -> bool {
        let is_error = |reason: &str| reason.contains(char::is_whitespace);
        self.waiting_reason()
            .is_some_and(|reason| IMAGE_REASONS.contains(&reason) || is_error(reason))
    }

    /// Whether a process of it has run in this pod, so that its image was on the node.
    pub(crate) fn has_run(&self) -> bool {
        let ran = |pointer: &str| evidence::at(self.status, pointer).is_some_and(Json::is_object);
        ran("/state/running") || ran("/state/terminated") || ran("/lastState/terminated")
    }
}

/// Why a container waits whose image the kubelet could not get
/// (pkg/kubelet/images/types.go, and pkg/kubelet/kuberuntime for the pre-1.24 word).
pub(crate) const IMAGE_REASONS: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// The names of the containers that a person would look at: each one in trouble, or every
/// one when none is.
///
/// In trouble is a container that waits for another reason than its start, ended when it
/// should run, failed, or runs without being ready. When none is, a container whose last run
/// failed is: a crash loop between two crashes.
pub fn containers_in_trouble(pod: &Object) -> Vec<String> {
    let troubled = in_trouble(pod);
    let looked_at = if troubled.is_empty() { of(pod) } else { troubled };
    looked_at.iter().map(|container| container.name.to_owned()).collect()
}

/// The containers in trouble; none when none is.
pub(crate) fn in_trouble(pod: &Object) -> Vec<PodContainer<'_>> {
    if pod.text("/status/phase") == Some("Succeeded") {
        return Vec::new();
    }
    let kept = pod.text("/spec/restartPolicy").unwrap_or("Always") == "Always";
    let (now, rest): (Vec<_>, Vec<_>) =
        of(pod).into_iter().partition(|container| is_in_trouble(container, kept));
    if !now.is_empty() {
        return now;
    }
    let failed = |container: &PodContainer| {
        container.sort != Sort::Ephemeral
            && field::int(container.status, "/lastState/terminated/exitCode")
                .is_some_and(|c| c != 0)
    };
    rest.into_iter().filter(failed).collect()
}

/// Whether a container that waits for this reason goes through a stage of every start, in which the
/// pod is given its volumes, its sandbox and its init containers.
pub fn is_stage(reason: &str) -> bool {
    matches!(reason, "ContainerCreating" | "PodInitializing")
}

fn is_in_trouble(container: &PodContainer, restarted_always: bool) -> bool {
    let exit_code = || field::int(container.status, "/state/terminated/exitCode").unwrap_or(0);
    match container.state() {
        "waiting" => container.waiting_reason().is_some_and(|reason| !is_stage(reason)),
        "terminated" => match container.sort {
            Sort::Ephemeral => false,
            Sort::Init => exit_code() != 0,
            Sort::Main => exit_code() != 0 || restarted_always,
            Sort::Sidecar => true,
        },
        "running" => {
            let serves = matches!(container.sort, Sort::Main | Sort::Sidecar);
            serves && field::truth(container.status, "/ready") == Some(false)
        }
        _ => false,
    }
}
