//! Why a volume is not attached or mounted: the words of the attach/detach controller, of the
//! kubelet, and of the `mount` that it calls.

use evidence::Event;

/// What such a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VolumeWords {
    /// The word for guides.
    pub sort: &'static str,
    /// The volumes that it names: a PersistentVolume, or a volume of the pod.
    pub volumes: Vec<String>,
    /// The pods that it says hold the volume.
    pub holders: Vec<String>,
}

/// The words, most telling first. They are those of pkg/controller/volume/attachdetach and
/// pkg/volume of Kubernetes 1.24 to 1.34, of k8s.io/mount-utils, and of nfs-utils.
const WORDS: &[(&str, &[&str])] = &[
    ("held", &["Multi-Attach error"]),
    (
        "driver-missing",
        &["not found in the list of registered CSI drivers", "does not contain driver"],
    ),
    ("attach-limit", &["AttachmentLimitExceeded", "maximum number of attachments", "attach limit"]),
    ("attach-timeout", &["timed out waiting for external-attacher"]),
    ("node-affinity", &["MountVolume.NodeAffinity check failed"]),
    ("path-missing", &["MountVolume.NewMounter initialization failed"]),
    ("export-refused", &["access denied by server while mounting"]),
    ("export-missing", &["reason given by server: No such file or directory"]),
    (
        "server-unresolved",
        &["mount.nfs: Failed to resolve server", "mount.nfs4: Failed to resolve server"],
    ),
    (
        "server-unreachable",
        &[
            "mount.nfs: Connection timed out",
            "mount.nfs: Connection refused",
            "mount.nfs: No route to host",
            "mount.nfs4: Connection timed out",
            "mount.nfs4: Connection refused",
            "mount.nfs4: No route to host",
        ],
    ),
    // A kernel without the module calls the type of a file server unknown.
    (
        "helper-missing",
        &[
            "you might need a /sbin/mount.",
            "unknown filesystem type 'nfs",
            "unknown filesystem type 'cifs'",
            "unknown filesystem type 'smb",
            "unknown filesystem type 'ceph'",
            "unknown filesystem type 'glusterfs'",
        ],
    ),
    ("filesystem-damaged", &["but could not correct them"]),
    ("filesystem-differs", &["it already contains", "unknown filesystem type"]),
    ("filesystem-unreadable", &["wrong fs type, bad option, bad superblock"]),
    ("ownership-refused", &["applyFSGroup failed"]),
    (
        "source-missing",
        &["configmap \"", "secret \"", "references non-existent", "hostPath type check failed"],
    ),
    ("not-read-yet", &["failed to sync configmap cache", "failed to sync secret cache"]),
    ("waited", &["Unable to attach or mount volumes"]),
];

/// Reads an event `FailedAttachVolume` or `FailedMount`; `None` for any other.
pub(crate) fn read(event: &Event) -> Option<VolumeWords> {
    if !matches!(event.reason.as_str(), "FailedAttachVolume" | "FailedMount") {
        return None;
    }
    let message = event.message.as_str();
    let says = |words: &&(&str, &[&str])| words.1.iter().any(|one| message.contains(one));
    let volumes = quoted_volume(message).map(|one| vec![one]).unwrap_or_else(|| unmounted(message));
    let sort = WORDS.iter().find(says).map_or("other", |(sort, _)| sort);
    Some(VolumeWords { sort, volumes, holders: holders(message) })
}

/// The volume that an event says was attached.
pub(crate) fn attached(event: &Event) -> Option<String> {
    let told = event.reason == "SuccessfulAttachVolume";
    told.then(|| quoted_volume(&event.message)).flatten()
}

/// `… for volume "NAME" …`
fn quoted_volume(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("for volume \"")?;
    let (name, _) = rest.split_once('"')?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// `unmounted volumes=[a b], …`
fn unmounted(message: &str) -> Vec<String> {
    let named =
        message.split_once("unmounted volumes=[").and_then(|(_, rest)| rest.split_once(']'));
    let names = named.map(|(names, _)| names).unwrap_or_default();
    names.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `Volume is already used by pod(s) a, b and 1 pod(s) in different namespaces`
fn holders(message: &str) -> Vec<String> {
    let Some((_, rest)) = message.split_once("already used by pod(s) ") else { return Vec::new() };
    let named = rest.split(" and ").next().unwrap_or(rest);
    named.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::Object;
    use serde_json::json;

    fn said(reason: &str, message: &str) -> Option<VolumeWords> {
        let event = Object::admit(json!({ "apiVersion": "v1", "kind": "Event", "type": "Warning",
            "metadata": { "name": "e", "namespace": "shop" }, "reason": reason, "message": message,
            "involvedObject": { "apiVersion": "v1", "kind": "Pod", "name": "web", "namespace": "shop" } }));
        read(event.unwrap().event().unwrap())
    }

    #[test]
    fn a_volume_that_is_held_names_who_holds_it() {
        let message = "Multi-Attach error for volume \"pvc-1\" Volume is already used by pod(s) web-1, web-2 and 1 pod(s) in different namespaces";
        let words = said("FailedAttachVolume", message).unwrap();
        assert_eq!((words.sort, words.volumes), ("held", vec!["pvc-1".to_owned()]));
        assert_eq!(words.holders, ["web-1", "web-2"]);
        assert_eq!(said("BackOff", message), None);
    }

    #[test]
    fn what_the_kubelet_waited_for_in_vain_is_named() {
        let message = "Unable to attach or mount volumes: unmounted volumes=[data logs], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition";
        let words = said("FailedMount", message).unwrap();
        assert_eq!((words.sort, words.volumes.len()), ("waited", 2));
    }

    #[test]
    fn a_mount_is_told_by_its_own_words() {
        for (message, sort) in [
            (
                "Output: mount.nfs: access denied by server while mounting 192.0.2.1:/a",
                "export-refused",
            ),
            (
                "Output: mount: /x: wrong fs type, bad option, bad superblock on /dev/sdb, missing codepage or helper program, or other error.",
                "filesystem-unreadable",
            ),
            (
                "failed to mount the volume as \"ext4\", it already contains xfs. Mount error: mount failed: exit status 32",
                "filesystem-differs",
            ),
            (
                "bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.",
                "helper-missing",
            ),
            ("Output: mount: /x: unknown filesystem type 'nfs'.", "helper-missing"),
            ("Output: mount: /x: unknown filesystem type 'LVM2_member'.", "filesystem-differs"),
            ("something new", "other"),
        ] {
            let message = format!("MountVolume.SetUp failed for volume \"a\" : {message}");
            assert_eq!(said("FailedMount", &message).unwrap().sort, sort);
        }
    }
}
