//! Signals of what makes pods, and of what scales or guards it.

use evidence::{Inquiry, Kind, Object, Pending, Question, Reply, Time};
use serde_json::Value as Json;

use super::{
    Sample,
    Samples::{Asking, Own},
    conditions, holds, signals,
};

signals! {
    "kube_cronjob_spec_suspend" [CronJob] []
        Own(|job, _| holds(job.bool("/spec/suspend") == Some(true))),
        "The CronJob is suspended. Reads `spec.suspend`.";
    "kube_deployment_spec_paused" [Deployment] []
        Own(|workload, _| holds(workload.bool("/spec/paused") == Some(true))),
        "The rollout of the Deployment is paused. Reads `spec.paused`.";
    "kube_deployment_status_condition" [Deployment] ["condition" "status" "reason"]
        Own(|workload, _| conditions(workload)),
        "A condition of a Deployment, such as `Progressing` with the status `False`. Reads `status.conditions`.";
    "kube_horizontalpodautoscaler_status_condition" [HorizontalPodAutoscaler] ["condition" "status" "reason"]
        Own(|scaler, _| conditions(scaler)),
        "A condition of an autoscaler, such as `ScalingActive` with the status `False`. Reads `status.conditions`.";
    "kube_job_failed" [Job] ["condition" "reason"]
        Own(|job, _| failed(job)),
        "The Job has failed. Reads the condition `Failed` and its reason: `BackoffLimitExceeded`, `DeadlineExceeded`.";
    "workload_not_observed" [Deployment StatefulSet DaemonSet] []
        Own(not_observed),
        "The controller of the workload has not seen its last change, which is two minutes old or more: `status.observedGeneration` is behind `metadata.generation`. Reads those, and when the managed fields say that it was last changed.";
    "workload_pods_missing" [Deployment StatefulSet DaemonSet Job] []
        Own(|workload, _| holds(pods_missing(workload))),
        "Fewer pods than wanted exist, of the present template: not that they are not ready, but that they were never made. Reads the workload's counts and, of a Deployment, the condition `ReplicaFailure`.";
    "workload_pods_not_replaced" [Deployment StatefulSet] []
        Asking(not_replaced),
        "The status of the workload counts as many pods as it wants, and fewer exist: nobody counts them. Reads the complete list of pods in its namespace.";
    "workload_without_replicas" [Deployment StatefulSet] []
        Own(|workload, _| holds(workload.int("/spec/replicas") == Some(0))),
        "The workload is scaled to zero. Reads `spec.replicas`.";
}

/// How long a controller may take to see a change, in seconds.
const OBSERVING: i64 = 120;

fn not_observed(workload: &Object, now: Time) -> Vec<Sample> {
    let age = tools::last_change(workload).map(|at| now.as_second() - at.as_second());
    holds(tools::is_unobserved(workload) && age.is_some_and(|age| age >= OBSERVING))
}

fn not_replaced(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let wanted = workload.int("/spec/replicas").unwrap_or(1);
    let counted = workload.int("/status/replicas").unwrap_or(0);
    if wanted <= 0 || counted < wanted {
        return Ok(Vec::new());
    }
    let question = Question::list(Kind::Pod, workload.reference().namespace.as_deref());
    let Reply::Objects(pods) = inquiry.ask(&question)? else { return Ok(Vec::new()) };
    // A pod whose owner the source does not show may be one of them.
    let strays = pods.items.iter().any(|pod| pod.controller().is_none());
    if pods.missing.is_some() || strays {
        return Ok(Vec::new());
    }
    // One that is just ending is replaced in a moment.
    let own = pods.items.iter().filter(|pod| pod.workload() == *workload.reference());
    let ending = own.clone().any(|pod| !tools::is_alive(pod));
    let alive = own.filter(|pod| tools::is_alive(pod)).count() as i64;
    Ok(holds(!ending && alive < wanted))
}

fn failed(job: &Object) -> Vec<Sample> {
    let failed = |sample: &Sample| sample[0] == "Failed" && sample[1] == "True";
    let all = conditions(job).into_iter().filter(failed);
    all.map(|sample| vec!["Failed".to_owned(), sample[2].clone()]).collect()
}

/// Whether a workload has fewer pods than it wants to have.
fn pods_missing(workload: &Object) -> bool {
    let number = |pointer: &str| workload.int(pointer);
    let wanted = number("/spec/replicas").unwrap_or(1);
    match workload.reference().kind {
        Kind::DaemonSet => {
            let wanted = number("/status/desiredNumberScheduled").unwrap_or(0);
            number("/status/currentNumberScheduled").is_some_and(|current| current < wanted)
        }
        Kind::Job => {
            let ended = conditions(workload).iter().any(|one| {
                one[1] == "True" && ["Complete", "Failed", "Suspended"].contains(&one[0].as_str())
            });
            let idle = ["active", "succeeded", "failed"]
                .iter()
                .all(|count| number(&format!("/status/{count}")).unwrap_or(0) == 0);
            !ended && idle && workload.bool("/spec/suspend") != Some(true)
        }
        _ => {
            let refused = conditions(workload)
                .iter()
                .any(|one| one[0] == "ReplicaFailure" && one[1] == "True");
            let observed = workload.json().get("status").is_some_and(Json::is_object);
            // A Deployment's count of none is not written; a StatefulSet's pods are replaced one by one.
            let deployed = workload.reference().kind == Kind::Deployment;
            let none = |pointer: &str| deployed && workload.is_shown(pointer);
            let made = |pointer: &str| number(pointer).map_or(none(pointer), |made| made < wanted);
            // While its rollout is paused, pods of the present template are not to be made.
            let renews = deployed && workload.bool("/spec/paused") != Some(true);
            let lacks = made("/status/replicas") || (renews && made("/status/updatedReplicas"));
            refused || (observed && wanted > 0 && lacks)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use evidence::{Inquiry, Object, Replies, Time};
    use serde_json::{Value as Json, json};

    fn holds(kind: &str, spec: Json, status: Json, name: &str) -> bool {
        let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
        let object = Object::admit(json!({ "apiVersion": version, "kind": kind,
            "metadata": { "name": "web", "namespace": "shop" }, "spec": spec, "status": status }))
        .unwrap();
        let replies = Replies::new(Time::UNIX_EPOCH);
        find(name).unwrap().holds(&object, &[], &Inquiry::new(&replies)).unwrap()
    }

    #[test]
    fn pods_that_were_never_made_are_told_from_pods_that_are_not_ready() {
        let name = "workload_pods_missing";
        for (status, missing) in [
            (json!({ "replicas": 2, "updatedReplicas": 2, "readyReplicas": 0 }), false),
            (json!({ "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1 }), true),
            (json!({ "replicas": 2, "updatedReplicas": 0, "readyReplicas": 2 }), true),
        ] {
            let spec = json!({ "replicas": 2 });
            assert_eq!(holds("Deployment", spec, status.clone(), name), missing, "{status}");
        }
        assert!(holds("Job", json!({}), json!({}), name));
        assert!(!holds("Job", json!({ "suspend": true }), json!({}), name));
        assert!(!holds("Job", json!({}), json!({ "failed": 1 }), name));
    }

    #[test]
    fn a_workload_scaled_to_zero_says_so_itself() {
        let zero = |spec| holds("Deployment", spec, json!({}), "workload_without_replicas");
        assert!(
            zero(json!({ "replicas": 0 })) && !zero(json!({ "replicas": 1 })) && !zero(json!({}))
        );
    }

    #[test]
    fn a_change_that_nobody_has_seen_counts_after_two_minutes() {
        let behind = |now: &str, observed: i64| {
            let object = Object::admit(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": "web", "namespace": "shop", "generation": 2,
                    "creationTimestamp": "2026-11-20T14:00:00Z" },
                "spec": {}, "status": { "observedGeneration": observed } }));
            let replies = Replies::new(now.parse().unwrap());
            let signal = find("workload_not_observed").unwrap();
            signal.holds(&object.unwrap(), &[], &Inquiry::new(&replies)).unwrap()
        };
        assert!(behind("2026-11-20T14:05:00Z", 1));
        assert!(!behind("2026-11-20T14:05:00Z", 2));
        assert!(!behind("2026-11-20T14:01:00Z", 1));
        let touched = Object::admit(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "namespace": "shop", "generation": 2,
                "creationTimestamp": "2026-11-20T08:00:00Z",
                "managedFields": [{ "manager": "kubectl", "time": "2026-11-20T14:04:30Z" }] },
            "spec": {}, "status": { "observedGeneration": 1 } }));
        let replies = Replies::new("2026-11-20T14:05:00Z".parse().unwrap());
        let signal = find("workload_not_observed").unwrap();
        assert!(!signal.holds(&touched.unwrap(), &[], &Inquiry::new(&replies)).unwrap());
    }

    #[test]
    fn a_pod_that_is_counted_and_gone_is_told_from_one_that_is_ending() {
        let missing = |second: Json, controller: bool| {
            let object = Object::admit(json!({ "apiVersion": "apps/v1", "kind": "StatefulSet",
                "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "replicas": 2 }, "status": { "replicas": 2 } }));
            let pod = |name: &str, more: &Json| {
                let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "status": { "phase": "Running" },
                    "metadata": { "name": name, "namespace": "shop", "ownerReferences": [{
                        "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": controller }] } });
                if let (Some(own), Some(more)) = (pod["metadata"].as_object_mut(), more.as_object())
                {
                    own.extend(more.clone());
                }
                std::sync::Arc::new(Object::admit(pod).unwrap())
            };
            let mut items = vec![pod("web-0", &json!({}))];
            items.extend(second.is_object().then(|| pod("web-1", &second)));
            let mut replies = Replies::new(Time::UNIX_EPOCH);
            let listing = evidence::Listing { items, missing: None };
            let question = evidence::Question::list(evidence::Kind::Pod, Some("shop"));
            replies.insert(question, evidence::Reply::Objects(listing.into()));
            let signal = find("workload_pods_not_replaced").unwrap();
            signal.holds(&object.unwrap(), &[], &Inquiry::new(&replies)).unwrap()
        };
        assert!(missing(Json::Null, true));
        assert!(!missing(json!({}), true));
        assert!(!missing(json!({ "deletionTimestamp": "2026-11-20T14:00:00Z" }), true));
        assert!(!missing(Json::Null, false));
    }
}
