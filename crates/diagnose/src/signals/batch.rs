//! Signals of Jobs and CronJobs, of autoscalers and of disruption budgets.

use evidence::{Inquiry, Kind, Listing, Object, Pending, Question, Reply, Time};
use serde_json::Value as Json;

use super::rollout::listed;
use super::{Sample, Samples::Asking, Samples::Own, condition, holds, signals};

signals! {
    "autoscaler_at_its_maximum" [HorizontalPodAutoscaler] []
        Own(at_maximum),
        "The autoscaler has wanted more pods than its maximum for a quarter of an hour, and runs as many as that. Reads the condition `ScalingLimited` with the reason `TooManyReplicas`.";
    "autoscaler_not_working" [HorizontalPodAutoscaler] []
        Own(not_working),
        "The autoscaler cannot scale, or does not know to what: its condition `AbleToScale` or `ScalingActive` has been false for two minutes. That its target is scaled to zero counts, if its own minimum is not 0. Reads `status.conditions`.";
    "cronjob_not_run" [CronJob] []
        Asking(not_run),
        "The CronJob makes no Job though one is due by its schedule, after it made one before if it is suspended, or its controller said that it makes none. Reads the CronJob and the events of its namespace.";
    "disruption_budget_holds_up" [PodDisruptionBudget] []
        Asking(holds_up),
        "The budget lets none of its pods be evicted, and one is on a node that is cordoned: by its own numbers, because pods have been unhealthy for five minutes, or because another budget guards the same pod. Reads the budgets and pods of its namespace and the nodes.";
    "job_failed" [Job] []
        Asking(failed),
        "The Job has failed, and no later Job of the same CronJob has succeeded. Reads the condition `Failed` and the Jobs of its namespace.";
    "job_suspended" [Job] []
        Own(|job, now| holds(tools::is_left_suspended(job, now))),
        "The Job has been suspended for ten minutes, and neither a queue nor an owner is known to have done it. Reads `spec.suspend`, its condition, labels and owners.";
}

fn says(object: &Object, kind: &str, status: &str) -> bool {
    condition(object, kind)
        .is_some_and(|one| one.get("status").and_then(Json::as_str) == Some(status))
}

/// Whether a condition has been so for some seconds; one that does not tell since when has.
fn has_been(object: &Object, kind: &str, status: &str, seconds: i64, now: Time) -> bool {
    let since = condition(object, kind)
        .and_then(|one| one.get("lastTransitionTime")?.as_str()?.parse::<Time>().ok());
    says(object, kind, status)
        && since.is_none_or(|since| now.as_second() - since.as_second() >= seconds)
}

fn reason<'a>(object: &'a Object, kind: &str) -> Option<&'a str> {
    condition(object, kind)?.get("reason")?.as_str()
}

fn not_working(scaler: &Object, now: Time) -> Vec<Sample> {
    let idle = reason(scaler, "ScalingActive") == Some("ScalingDisabled")
        && scaler.int("/spec/minReplicas") == Some(0);
    let inactive = has_been(scaler, "ScalingActive", "False", 120, now) && !idle;
    holds(inactive || has_been(scaler, "AbleToScale", "False", 120, now))
}

fn at_maximum(scaler: &Object, now: Time) -> Vec<Sample> {
    let most = scaler.int("/spec/maxReplicas");
    let there = most.is_some() && scaler.int("/status/currentReplicas") >= most;
    let wants = reason(scaler, "ScalingLimited") == Some("TooManyReplicas");
    holds(there && wants && has_been(scaler, "ScalingLimited", "True", 900, now))
}

fn failed(job: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !says(job, "Failed", "True") {
        return Ok(Vec::new());
    }
    if job.controller().is_none() {
        return Ok(holds(true));
    }
    let jobs = listed(Kind::Job, job, inquiry)?;
    Ok(holds(!tools::succeeded_later(job, &jobs)))
}

fn not_run(cronjob: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let due = tools::cron::overdue(cronjob, inquiry.now()).is_some();
    if cronjob.bool("/spec/suspend") == Some(true) {
        let ran = cronjob.text("/status/lastScheduleTime").is_some();
        return Ok(holds(due && ran));
    }
    if due {
        return Ok(holds(true));
    }
    let events = listed(Kind::Event, cronjob, inquiry)?;
    Ok(holds(tools::is_refused(cronjob, &events)))
}

fn holds_up(budget: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let namespace = budget.reference().namespace.as_deref();
    let questions = [
        Question::list(Kind::Pod, namespace),
        Question::list(Kind::Node, None),
        Question::list(Kind::PodDisruptionBudget, namespace),
    ];
    let lists: Vec<Listing> = inquiry
        .ask_all(&questions)?
        .into_iter()
        .map(|reply| match reply {
            Reply::Objects(listing) => Listing::clone(&listing),
            _ => Listing::default(),
        })
        .collect();
    Ok(holds(tools::holds_up(budget, &lists[0], &lists[1], &lists[2], inquiry.now())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_autoscaler_that_scales_is_told_from_one_that_cannot() {
        let now = "2026-11-20T14:30:00Z".parse().unwrap();
        let scaler = |kind: &str, status: &str, reason: &str, at: &str| {
            Object::admit(json!({ "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": { "name": "web", "namespace": "shop" }, "spec": { "maxReplicas": 4 },
                "status": { "currentReplicas": 4, "conditions": [
                    { "type": kind, "status": status, "reason": reason, "lastTransitionTime": at }] } }))
            .unwrap()
        };
        let (old, new) = ("2026-11-20T14:00:00Z", "2026-11-20T14:29:00Z");
        let failing = |at| scaler("ScalingActive", "False", "FailedGetResourceMetric", at);
        assert_eq!(not_working(&failing(old), now).len(), 1);
        assert!(not_working(&failing(new), now).is_empty());
        assert!(
            not_working(&scaler("ScalingActive", "True", "ValidMetricFound", old), now).is_empty()
        );
        let limited =
            |reason, at| at_maximum(&scaler("ScalingLimited", "True", reason, at), now).len();
        assert_eq!(limited("TooManyReplicas", old), 1);
        assert_eq!((limited("TooManyReplicas", new), limited("TooFewReplicas", old)), (0, 0));
    }
}
