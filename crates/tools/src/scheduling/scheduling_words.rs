//! The scheduler's words, taken apart: `0/5 nodes are available: 1 node(s) had untolerated taint
//! {dedicated: gpu}, 4 Insufficient cpu. preemption: …`.
//!
//! The reasons are constants of the plugins under pkg/scheduler/framework/plugins; the sentence is
//! made by `FitError.Error` (pkg/scheduler/framework/types.go). A node is counted under the first
//! plugin that refuses it, in the order unschedulable, name, taint, affinity, ports, resources,
//! volumes, spread, pod affinity; only resources are all told at once.

/// What stands in the way of the pod on some nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// A word for its sort, of those in [`SORTS`] or `other`.
    pub sort: &'static str,
    /// On how many nodes; `None` where it is said of the pod as a whole.
    pub nodes: Option<i64>,
    /// The taint, resource or claim that it names.
    pub detail: Option<String>,
    /// The words themselves.
    pub text: String,
}

/// The sentence in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// How many nodes the scheduler looked at.
    pub nodes: Option<i64>,
    /// The reasons, in the scheduler's order.
    pub reasons: Vec<Reason>,
    /// What it says of pre-emption.
    pub preemption: Option<String>,
}

/// Words of a reason, in lower case, and its sort. The first that is found counts.
const SORTS: &[(&str, &str)] = &[
    ("unbound immediate persistentvolumeclaims", "claims-unbound"),
    ("bound to non-existent", "volume-missing"),
    ("non-existent pv", "volume-missing"),
    ("waiting for ephemeral volume controller", "claims-unbound"),
    ("were unschedulable", "cordoned"),
    ("didn't satisfy plugin", "node-name"),
    ("had untolerated taint", "taint"),
    ("had taint", "taint"),
    ("that the pod didn't tolerate", "taint"),
    ("didn't match pod's node affinity", "node-affinity"),
    ("didn't match node selector", "node-affinity"),
    ("scheduler-enforced node affinity", "node-affinity"),
    ("didn't match the requested node name", "node-name"),
    ("didn't have free ports", "host-port"),
    ("existing pods anti-affinity", "existing-anti-affinity"),
    ("pod anti-affinity rules", "anti-affinity"),
    ("pod affinity/anti-affinity", "anti-affinity"),
    ("pod affinity rules", "pod-affinity"),
    ("topology spread constraints", "spread"),
    ("volume node affinity conflict", "volume-affinity"),
    ("persistentvolume's node affinity", "volume-affinity"),
    ("no available volume zone", "volume-affinity"),
    ("didn't find available persistent volumes", "no-volume"),
    ("enough free storage", "storage-full"),
    ("exceed max volume count", "volume-limit"),
    ("no available disk", "volume-in-use"),
    ("readwriteoncepod", "volume-in-use"),
    ("too many pods", "pods"),
    ("insufficient cpu", "cpu"),
    ("insufficient memory", "memory"),
    ("insufficient ephemeral-storage", "ephemeral-storage"),
    ("insufficient ", "resource"),
    ("no nodes available", "no-nodes"),
    ("node(s) had condition", "node-state"),
    ("unknown conditions", "node-state"),
    ("cannot allocate all claims", "device"),
];

/// What `DynamicResources` says of pre-emption when it can do nothing for the pod.
const OF_CLAIMS: [&str; 2] = ["no new claims to deallocate", "still not schedulable"];

/// Takes the scheduler's message apart.
pub(crate) fn read(message: &str) -> Words {
    let (head, preemption) = match message.split_once(" preemption: ") {
        Some((head, rest)) => (head, Some(rest.trim().to_owned())),
        None => (message, None),
    };
    let head = head.trim().trim_end_matches(['.', ',', ';']);
    // What the plugin of resource claims says of pre-emption stands before that word.
    let head = OF_CLAIMS.iter().find_map(|words| head.strip_suffix(words)).unwrap_or(head);
    let head = head.trim_end_matches(['.', ',', ';', ' ']);
    let (nodes, list) = match head.split_once(" nodes are available") {
        Some((counts, rest)) => {
            let total = counts.rsplit('/').next().and_then(|count| count.trim().parse().ok());
            (total, rest.trim_start_matches([':', ' ', '.']))
        }
        None => (None, head),
    };
    let reasons = pieces(list).into_iter().map(reason).collect();
    Words { nodes, reasons, preemption }
}

/// Splits at the commas that part reasons: not those in braces or quotes, nor the one of
/// `had taint {k: v}, that the pod didn't tolerate`.
fn pieces(list: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut braces, mut quoted) = (0, 0i32, false);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => braces += 1,
            '}' => braces -= 1,
            '"' => quoted = !quoted,
            ',' if braces <= 0 && !quoted => {
                let rest = list[at + 1..].trim_start();
                if !rest.starts_with("that the pod") {
                    pieces.push(list[start..at].trim());
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    pieces.push(list[start..].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn reason(piece: &str) -> Reason {
    let (nodes, text) = match piece.split_once(' ') {
        Some((count, rest)) if count.bytes().all(|b| b.is_ascii_digit()) => {
            (count.parse().ok(), rest)
        }
        _ => (None, piece),
    };
    let lower = text.to_ascii_lowercase();
    let sort = match () {
        () if lower.starts_with("persistentvolumeclaim ") && lower.ends_with("not found") => {
            "claim-missing"
        }
        () if lower.starts_with("persistentvolumeclaim ") && lower.contains("being deleted") => {
            "claim-deleted"
        }
        () if lower.contains("binding volumes") => "volume-binding-failed",
        () => {
            SORTS.iter().find(|(words, _)| lower.contains(words)).map_or("other", |(_, sort)| sort)
        }
    };
    Reason { sort, nodes, detail: detail(sort, text), text: text.to_owned() }
}

fn detail(sort: &str, text: &str) -> Option<String> {
    let between = |open: char, close: char| {
        let (_, rest) = text.split_once(open)?;
        Some(rest.split_once(close)?.0.trim().to_owned())
    };
    match sort {
        "taint" => between('{', '}'),
        "claim-missing" | "claim-deleted" | "volume-missing" => between('"', '"'),
        "cpu" | "memory" | "ephemeral-storage" | "resource" => {
            text.split_once(' ').map(|(_, resource)| resource.trim().to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts(message: &str) -> Vec<(&'static str, Option<i64>)> {
        read(message).reasons.iter().map(|one| (one.sort, one.nodes)).collect()
    }

    #[test]
    fn reasons_are_counted_by_sort_in_the_words_of_every_version() {
        for (message, wanted) in [
            (
                "0/5 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 4 Insufficient cpu. preemption: 0/5 nodes are available: 1 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pod.",
                vec![("taint", Some(1)), ("cpu", Some(4))],
            ),
            (
                "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 node(s) didn't match Pod's node affinity/selector.",
                vec![("taint", Some(1)), ("node-affinity", Some(2))],
            ),
            (
                "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
                vec![("claims-unbound", None)],
            ),
            (
                "0/3 nodes are available: 3 pod has unbound immediate PersistentVolumeClaims.",
                vec![("claims-unbound", Some(3))],
            ),
            (
                "0/2 nodes are available: persistentvolumeclaim \"data\" not found. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
                vec![("claim-missing", None)],
            ),
            (
                "0/4 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match pod anti-affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules.",
                vec![
                    ("cordoned", Some(1)),
                    ("anti-affinity", Some(2)),
                    ("existing-anti-affinity", Some(1)),
                ],
            ),
            (
                "0/9 nodes are available: 1 Too many pods, 2 Insufficient nvidia.com/gpu, 3 node(s) didn't have free ports for the requested pod ports, 3 node(s) had volume node affinity conflict.",
                vec![
                    ("pods", Some(1)),
                    ("resource", Some(2)),
                    ("host-port", Some(3)),
                    ("volume-affinity", Some(3)),
                ],
            ),
            (
                "0/9 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) didn't match Pod's node affinity/selector, 7 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/9 nodes are available: 9 Preemption is not helpful for scheduling.",
                vec![("volume-affinity", Some(1)), ("node-affinity", Some(1)), ("taint", Some(7))],
            ),
            ("no nodes available to schedule pods", vec![("no-nodes", None)]),
        ] {
            assert_eq!(sorts(message), wanted, "{message}");
        }
    }

    #[test]
    fn the_taint_and_the_resource_are_named() {
        let words = read(
            "0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: batch, nightly}, 1 Insufficient example.com/fpga. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
        );
        assert_eq!(words.nodes, Some(2));
        assert_eq!(words.reasons[0].detail.as_deref(), Some("dedicated: batch, nightly"));
        assert_eq!(words.reasons[1].detail.as_deref(), Some("example.com/fpga"));
        assert!(words.preemption.is_some_and(|told| told.contains("not helpful")));
        let words = read(
            "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
        );
        assert_eq!(words.reasons[0].detail.as_deref(), Some("cpu"));
    }
}
