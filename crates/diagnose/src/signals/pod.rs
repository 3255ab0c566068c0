//! Signals of pods, by their own status alone.

use evidence::{Object, Time};
use serde_json::Value as Json;

use super::{Sample, Samples::Own, condition, holds, signals};

/// How many restarts `pod_restart_count_high` means, of one container.
pub const HIGH_RESTARTS: i64 = 5;

signals! {
    "kube_pod_container_status_last_terminated_reason" [Pod] ["reason" "container"]
        Own(|pod, now| recent_ends(pod, ALL_STATUSES, now)),
        "The reason why the last run of a container ended. Reads `lastState.terminated.reason` of every container, init containers included. An end of more than a day ago in a container that is ready since is history and does not count.";
    "kube_pod_container_status_terminated_reason" [Pod] ["reason" "container"]
        Own(|pod, _| container_words(pod, "/state/terminated/reason")),
        "The reason why a container is terminated now. Reads `state.terminated.reason` of every container, init containers included.";
    "kube_pod_container_status_waiting_reason" [Pod] ["reason" "container"]
        Own(|pod, _| container_words(pod, "/state/waiting/reason")),
        "The reason why a container waits. Reads `state.waiting.reason` of every container. kube-state-metrics has a metric of its own for init containers; guides mean both, so both are read.";
    "kube_pod_init_container_status_last_terminated_reason" [Pod] ["reason" "container"]
        Own(|pod, now| recent_ends(pod, &["/status/initContainerStatuses"], now)),
        "The reason why the last run of an init container ended. An end of more than a day ago in a container that is ready since does not count.";
    "kube_pod_init_container_status_terminated_reason" [Pod] ["reason" "container"]
        Own(|pod, _| words(pod, &["/status/initContainerStatuses"], "/state/terminated/reason")),
        "The reason why an init container is terminated now.";
    "kube_pod_init_container_status_waiting_reason" [Pod] ["reason" "container"]
        Own(|pod, _| words(pod, &["/status/initContainerStatuses"], "/state/waiting/reason")),
        "The reason why an init container waits.";
    "kube_pod_status_phase" [Pod] ["phase"]
        Own(|pod, _| text(pod, "/status/phase")),
        "The pod's phase. Reads `status.phase`.";
    "kube_pod_status_reason" [Pod] ["reason"]
        Own(|pod, _| text(pod, "/status/reason")),
        "Why the pod is in its phase, such as `Evicted`. Reads `status.reason`.";
    "kube_pod_status_unschedulable" [Pod] []
        Own(|pod, _| unschedulable(pod)),
        "The scheduler found no node. Reads the condition `PodScheduled`: false for the reason `Unschedulable`.";
    "pod_container_failed" [Pod] []
        Own(container_failed),
        "A container fails again and again, seen between two attempts: it has ended with an error and is to be started again, or it was started again at least twice, lastly after an error, and runs for less than two minutes, or its pod starts it again whatever comes, which was done at least twice, and it has ended well within two minutes of its start. Reads `state`, `lastState` and `restartCount` of every container; never of a pod that has succeeded or failed, or whose containers are not started again.";
    "pod_container_runs_unready" [Pod] ["container"]
        Own(runs_unready),
        "A container of a running pod has run for a minute or more and is not ready, or has never passed its startup probe. Reads `state.running`, `ready` of every container that serves.";
    "pod_not_ready" [Pod] []
        Own(|pod, _| not_ready(pod)),
        "The pod should serve and does not: phase Running or Pending, and the condition `Ready` is false.";
    "pod_port_wanted_twice" [Pod] []
        Own(|pod, _| holds(!tools::port_conflicts(pod).is_empty() && is_ailing(pod))),
        "Two containers of the pod want the same port, and the pod is not ready or a container of it has restarted. Reads declared ports and the status port of an Istio proxy.";
    "pod_restart_count_high" [Pod] []
        Own(|pod, _| restarts_high(pod)),
        "A container was restarted 5 times or more. Reads `restartCount` of every container.";
    "pod_waiting_on_an_error" [Pod] []
        Own(|pod, _| waiting_on_an_error(pod)),
        "A container waits with an error's text in the place of a reason. The kubelet passes it on when it fails before it asks for the image: the image's name cannot be parsed, or a pull secret cannot be decoded. Reads `state.waiting.reason` of every container.";
}

const ALL_STATUSES: &[&str] = &[
    "/status/initContainerStatuses",
    "/status/containerStatuses",
    "/status/ephemeralContainerStatuses",
];

fn statuses<'a>(pod: &'a Object, lists: &'static [&str]) -> impl Iterator<Item = &'a Json> {
    lists.iter().flat_map(|list| pod.items(list))
}

fn waiting_on_an_error(pod: &Object) -> Vec<Sample> {
    let reasons = container_words(pod, "/state/waiting/reason");
    holds(reasons.iter().any(|sample| sample.first().is_some_and(|reason| reason.contains(' '))))
}

/// How long an end stays news in a container that is ready since, in seconds.
const NEWS: i64 = 24 * 3600;

fn recent_ends(pod: &Object, lists: &'static [&str], now: Time) -> Vec<Sample> {
    let finished = |status: &Json| -> Option<Time> {
        evidence::at(status, "/lastState/terminated/finishedAt")?.as_str()?.parse().ok()
    };
    let is_news = |status: &&Json| {
        let ready = status.get("ready").and_then(Json::as_bool) == Some(true);
        let old = finished(status).is_some_and(|time| now.as_second() - time.as_second() > NEWS);
        !(ready && old)
    };
    statuses(pod, lists)
        .filter(is_news)
        .filter_map(|status| {
            let word = evidence::at(status, "/lastState/terminated/reason")?.as_str()?;
            let name = status.get("name").and_then(Json::as_str).unwrap_or_default();
            Some(vec![word.to_owned(), name.to_owned()])
        })
        .collect()
}

fn words(pod: &Object, lists: &'static [&str], pointer: &str) -> Vec<Sample> {
    if let Some(row) = pod.row() {
        // What waits or ended in an init container is asked for with the others or alone.
        let asked = lists.contains(&"/status/containerStatuses") || row.status.starts_with("Init:");
        let word = match pointer {
            "/state/waiting/reason" => row.waiting_reason(),
            "/state/terminated/reason" => row.terminated_reason(),
            _ => None,
        };
        return word
            .filter(|_| asked)
            .map(|word| vec![word.to_owned(), String::new()])
            .into_iter()
            .collect();
    }
    statuses(pod, lists)
        .filter_map(|status| {
            let word = evidence::at(status, pointer)?.as_str()?;
            let name = status.get("name").and_then(Json::as_str).unwrap_or_default();
            Some(vec![word.to_owned(), name.to_owned()])
        })
        .collect()
}

pub(super) fn container_words(pod: &Object, pointer: &str) -> Vec<Sample> {
    words(pod, ALL_STATUSES, pointer)
}

fn text(object: &Object, pointer: &str) -> Vec<Sample> {
    object.text(pointer).map(|text| vec![vec![text.to_owned()]]).unwrap_or_default()
}

fn unschedulable(pod: &Object) -> Vec<Sample> {
    let word =
        |one: &Json, key: &str, value: &str| one.get(key).and_then(Json::as_str) == Some(value);
    holds(
        condition(pod, "PodScheduled").is_some_and(|one| {
            word(one, "status", "False") && word(one, "reason", "Unschedulable")
        }),
    )
}

/// How long a container that was started again must run until its failures are history, in seconds.
const STEADY: i64 = 120;

fn container_failed(pod: &Object, now: Time) -> Vec<Sample> {
    let lives = matches!(pod.text("/status/phase"), Some("Running" | "Pending"));
    let again = pod.text("/spec/restartPolicy").unwrap_or("Always") != "Never";
    let failed = |status: &Json, state: &str| {
        let code = evidence::at(status, &format!("/{state}/terminated/exitCode"));
        code.and_then(Json::as_i64).is_some_and(|code| code != 0)
    };
    let restarted = |status: &Json| {
        let started: Option<Time> = evidence::at(status, "/state/running/startedAt")
            .and_then(|time| time.as_str()?.parse().ok());
        status.get("restartCount").and_then(Json::as_i64).unwrap_or(0) >= 2
            && failed(status, "lastState")
            && started.is_some_and(|time| now.as_second() - time.as_second() < STEADY)
    };
    let fails = |status: &Json| failed(status, "state") || restarted(status);
    let always = pod.text("/spec/restartPolicy").unwrap_or("Always") == "Always";
    // An init container that ends well is done.
    let done_again = always && statuses(pod, &["/status/containerStatuses"]).any(ended_soon_again);
    holds(lives && again && (done_again || statuses(pod, ALL_STATUSES).any(fails)))
}

/// Whether a container was started again at least twice and has ended, with whatever code, soon
/// after its start.
fn ended_soon_again(status: &Json) -> bool {
    let time = |key: &str| -> Option<Time> {
        evidence::at(status, &format!("/state/terminated/{key}"))?.as_str()?.parse().ok()
    };
    let restarts = status.get("restartCount").and_then(Json::as_i64).unwrap_or(0);
    let lived = time("startedAt")
        .zip(time("finishedAt"))
        .map(|(start, end)| end.as_second() - start.as_second());
    restarts >= 2 && lived.is_some_and(|lived| (0..STEADY).contains(&lived))
}

/// How long a container may take from its start until it serves, in seconds.
const SERVING: i64 = 60;

fn runs_unready(pod: &Object, now: Time) -> Vec<Sample> {
    if pod.text("/status/phase") != Some("Running") {
        return Vec::new();
    }
    let late = |status: &&Json| {
        let started: Option<Time> = evidence::at(status, "/state/running/startedAt")
            .and_then(|time| time.as_str()?.parse().ok());
        let ready = status.get("ready").and_then(Json::as_bool);
        ready == Some(false)
            && started.is_some_and(|time| now.as_second() - time.as_second() >= SERVING)
    };
    let names = statuses(pod, &["/status/containerStatuses"]).filter(late);
    names.filter_map(|one| Some(vec![one.get("name")?.as_str()?.to_owned()])).collect()
}

fn is_ailing(pod: &Object) -> bool {
    let restarted = |status: &Json| status.get("restartCount").and_then(Json::as_i64) > Some(0);
    !not_ready(pod).is_empty() || statuses(pod, ALL_STATUSES).any(restarted)
}

fn not_ready(pod: &Object) -> Vec<Sample> {
    if let Some(row) = pod.row() {
        return holds(row.status == "Running" && row.is_ready() == Some(false));
    }
    let serving = matches!(pod.text("/status/phase"), Some("Running" | "Pending"));
    let ready = condition(pod, "Ready").and_then(|one| one.get("status")).and_then(Json::as_str);
    holds(serving && ready == Some("False"))
}

fn restarts_high(pod: &Object) -> Vec<Sample> {
    holds(statuses(pod, ALL_STATUSES).any(|status| {
        status.get("restartCount").and_then(Json::as_i64).unwrap_or(0) >= HIGH_RESTARTS
    }))
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;
    use evidence::{Inquiry, Replies};
    use serde_json::json;

    fn pod(status: Json) -> Object {
        Object::admit(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web-0", "namespace": "shop" }, "status": status,
        }))
        .unwrap()
    }

    fn holds(object: &Object, name: &str, labels: &[(&str, &str)]) -> bool {
        let replies = Replies::new(Time::UNIX_EPOCH);
        find(name).unwrap().holds(object, labels, &Inquiry::new(&replies)).unwrap()
    }

    #[test]
    fn a_waiting_reason_is_seen_on_containers_of_every_sort() {
        for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
            let waiting =
                json!([{ "name": "a", "state": { "waiting": { "reason": "ErrImagePull" } } }]);
            let pod = pod(json!({ list: waiting }));
            let name = "kube_pod_container_status_waiting_reason";
            assert!(holds(&pod, name, &[("reason", "ErrImagePull")]), "{list}");
            assert!(holds(&pod, name, &[("reason", "ErrImagePull"), ("container", "a")]));
            assert!(!holds(&pod, name, &[("reason", "ErrImagePull"), ("container", "b")]));
            assert!(!holds(&pod, name, &[("reason", "ImagePullBackOff")]));
            assert!(!holds(&pod, name, &[("colour", "red")]));
        }
    }

    #[test]
    fn a_signal_is_about_objects_of_its_kind_only() {
        let node = Object::admit(json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "status": { "phase": "Running" },
        }))
        .unwrap();
        assert!(!holds(&node, "kube_pod_status_phase", &[("phase", "Running")]));
    }

    #[test]
    fn predicates_read_conditions_and_counts() {
        let unready =
            json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "False" }] });
        assert!(holds(&pod(unready), "pod_not_ready", &[]));
        let done =
            json!({ "phase": "Succeeded", "conditions": [{ "type": "Ready", "status": "False" }] });
        assert!(!holds(&pod(done), "pod_not_ready", &[]));
        for (restarts, high) in [(4, false), (5, true)] {
            let status =
                json!({ "containerStatuses": [{ "name": "a", "restartCount": restarts }] });
            assert_eq!(holds(&pod(status), "pod_restart_count_high", &[]), high);
        }
    }

    #[test]
    fn a_container_between_two_attempts_has_failed_and_one_that_is_done_has_not() {
        let ended = |phase: &str, code: i64| {
            let state = json!({ "terminated": { "exitCode": code } });
            pod(json!({ "phase": phase, "containerStatuses": [{ "name": "a", "state": state }] }))
        };
        assert!(holds(&ended("Running", 3), "pod_container_failed", &[]));
        for (phase, code) in [("Running", 0), ("Failed", 3), ("Succeeded", 0)] {
            assert!(!holds(&ended(phase, code), "pod_container_failed", &[]), "{phase} {code}");
        }
        // The tests' clock stands at 1970.
        for (restarts, started, fails) in [
            (2, "1969-12-31T23:59:30Z", true),
            (1, "1969-12-31T23:59:30Z", false),
            (2, "1969-12-31T23:50:00Z", false),
        ] {
            let runs = pod(json!({ "phase": "Running", "containerStatuses": [{
                "name": "a", "ready": true, "restartCount": restarts,
                "state": { "running": { "startedAt": started } },
                "lastState": { "terminated": { "exitCode": 1 } } }] }));
            assert_eq!(holds(&runs, "pod_container_failed", &[]), fails, "{restarts} {started}");
        }
    }

    #[test]
    fn a_container_that_soon_ends_well_again_and_again_has_failed() {
        let ended = |list: &str, policy: &str, restarts: i64, start: &str| {
            let state = json!({ "terminated": { "exitCode": 0, "startedAt": start,
                "finishedAt": "1969-12-31T23:59:30Z" } });
            let status = json!({ "name": "a", "restartCount": restarts, "state": state });
            Object::admit(json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "web-0", "namespace": "shop" },
                "spec": { "restartPolicy": policy },
                "status": { "phase": "Running", list: [status] } }))
            .unwrap()
        };
        for (list, policy, restarts, start, fails) in [
            ("containerStatuses", "Always", 2, "1969-12-31T23:59:20Z", true),
            ("containerStatuses", "Always", 1, "1969-12-31T23:59:20Z", false),
            ("containerStatuses", "Always", 2, "1969-12-31T23:00:00Z", false),
            ("containerStatuses", "OnFailure", 2, "1969-12-31T23:59:20Z", false),
            ("initContainerStatuses", "Always", 2, "1969-12-31T23:59:20Z", false),
        ] {
            let pod = ended(list, policy, restarts, start);
            let case = format!("{list} {policy} {restarts} {start}");
            assert_eq!(holds(&pod, "pod_container_failed", &[]), fails, "{case}");
        }
    }

    #[test]
    fn an_error_in_the_place_of_a_reason_is_a_signal_of_its_own() {
        // Kubernetes 1.34.4 with a pull secret whose `auth` is no base64.
        for (reason, is) in [("illegal base64 data at input byte 6", true), ("ErrImagePull", false)]
        {
            let waiting = json!({ "waiting": { "reason": reason, "message": reason } });
            let status = json!({ "containerStatuses": [{ "name": "a", "state": waiting }] });
            assert_eq!(holds(&pod(status), "pod_waiting_on_an_error", &[]), is, "{reason}");
        }
    }

    #[test]
    fn an_old_end_of_a_container_that_is_ready_since_is_history() {
        let name = "kube_pod_container_status_last_terminated_reason";
        let now: Time = "2026-11-20T14:00:00Z".parse().unwrap();
        for (ready, finished, wanted) in [
            (true, "2026-10-01T00:00:00Z", false),
            (true, "2026-11-20T13:00:00Z", true),
            (false, "2026-10-01T00:00:00Z", true),
        ] {
            let pod = pod(json!({ "containerStatuses": [{ "name": "a", "ready": ready,
                "lastState": { "terminated": { "reason": "OOMKilled", "finishedAt": finished } } }] }));
            let holds = {
                let replies = Replies::new(now);
                let inquiry = Inquiry::new(&replies);
                find(name).unwrap().holds(&pod, &[("reason", "OOMKilled")], &inquiry).unwrap()
            };
            assert_eq!(holds, wanted, "{ready} {finished}");
        }
    }
}
