//! Workloads: their rollouts and revisions, Jobs, budgets and autoscalers, and why their pods are refused.

pub(crate) mod changes;
pub mod cron;
pub(crate) mod get_autoscaler;
pub(crate) mod get_cronjob_details;
pub(crate) mod get_daemonset_nodes;
pub(crate) mod get_disruption_budget;
pub(crate) mod get_job_details;
pub(crate) mod get_rollout;
pub(crate) mod get_rollout_progress;
pub(crate) mod get_workload_yaml;
pub(crate) mod refusal;
pub(crate) mod revisions;
pub(crate) mod rollout_pods;
