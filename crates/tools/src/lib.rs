//! What reads a cluster for a guide: typed facts, one file for each tool.
//!
//! Tools observe, guides decide: a tool asks its questions through an
//! [`Inquiry`](evidence::Inquiry), turns the replies into typed facts and concludes nothing from
//! them. Each tool's file begins with its manual page; [`Tool::manual`] adds the tables of
//! arguments, permissions and facts, made from the declarations.
//!
//! To add a tool, write one file, and name it in this one: as a module and in [`ALL`].
//!
//! A whole result is unknown when the object in question was not seen; a single fact is unknown
//! when only its own reply is missing. An object that is absent gives `exists` false.

mod addresses;
mod arguments;
mod awaited;
mod callers;
mod changes;
mod classify;
mod container;
mod container_facts;
mod control_plane_pod;
pub mod cron;
mod event_list;
mod field;
mod get_access_denials;
mod get_alerts;
mod get_autoscaler;
mod get_claim_deletion;
mod get_cluster_dns;
mod get_controller_status;
mod get_cronjob_details;
mod get_daemonset_nodes;
mod get_databases;
mod get_disruption_budget;
mod get_httproute_details;
mod get_image_pull_events;
mod get_image_reference;
mod get_ingress_details;
mod get_init_wait;
mod get_job_details;
mod get_missing_objects;
mod get_namespace_deletion;
mod get_namespace_limit_ranges;
mod get_namespace_resource_quota;
mod get_network_policies;
mod get_node_details;
mod get_node_services;
mod get_nodes_overview;
mod get_performance;
mod get_pod_deletion;
mod get_pod_diagnostics;
mod get_pod_events;
mod get_pod_logs;
mod get_pod_ports;
mod get_pod_preemption;
mod get_pod_scheduling_events;
mod get_pod_top_metrics;
mod get_pod_volumes;
mod get_probe_details;
mod get_pvc_details;
mod get_registry_answer;
mod get_rollout;
mod get_rollout_progress;
mod get_routes;
mod get_scheduler_status;
mod get_secret_exists;
mod get_service_account_details;
mod get_service_details;
mod get_workload_addresses;
mod get_workload_yaml;
mod image;
mod image_context;
mod limit_ranger;
mod namespace_words;
mod nearest;
pub mod network;
mod node;
mod performance;
mod pod_demands;
mod pod_platform;
mod policy;
mod pull;
mod refusal;
mod revisions;
mod rollout_pods;
mod routes;
mod scheduling_words;
mod selector;
mod service_pods;
mod siblings;
mod sight;
mod tool;
mod volume;
mod volume_words;
mod yaml;

pub use arguments::{Argument, Arguments};
pub use container::{containers_in_trouble, is_stage};
pub use get_controller_status::{is_alive, is_unobserved, last_change};
pub use get_cronjob_details::is_refused;
pub use get_daemonset_nodes::misses_its_nodes;
pub use get_disruption_budget::holds_up;
pub use get_httproute_details::{HttpRouteDetails, http_route};
pub use get_ingress_details::{IngressDetails, ingress};
pub use get_job_details::{has_succeeded, is_left_suspended, succeeded_later};
pub use get_namespace_deletion::{
    deleted_since as namespace_deleted_since, deletion_fails as namespace_deletion_fails,
};
pub use get_pod_ports::{PortConflict, port_conflicts};
pub use get_pod_preemption::preempted_at;
pub use get_pod_volumes::{stands as volume_trouble_stands, waits as waits_for_setting_up};
pub use get_rollout_progress::{condition_time, selects_itself};
pub use limit_ranger::{is_limited_by_default, requests_by_default};
pub use node::{is_control_plane, may_be_meant_for};
pub use rollout_pods::{Waited, stopped_by, waited_for};
pub use tool::{Access, Parameter, ParameterKind, Scope, Tool, access, cluster_access};

/// Every tool, in order of name.
pub static ALL: &[&Tool] = &[
    &get_access_denials::TOOL,
    &get_alerts::TOOL,
    &get_autoscaler::TOOL,
    &get_claim_deletion::TOOL,
    &get_cluster_dns::TOOL,
    &get_controller_status::TOOL,
    &get_cronjob_details::TOOL,
    &get_daemonset_nodes::TOOL,
    &get_databases::TOOL,
    &get_disruption_budget::TOOL,
    &get_httproute_details::TOOL,
    &get_image_pull_events::TOOL,
    &get_image_reference::TOOL,
    &get_ingress_details::TOOL,
    &get_init_wait::TOOL,
    &get_job_details::TOOL,
    &get_missing_objects::TOOL,
    &get_namespace_deletion::TOOL,
    &get_namespace_limit_ranges::TOOL,
    &get_namespace_resource_quota::TOOL,
    &get_network_policies::TOOL,
    &get_node_details::TOOL,
    &get_node_services::TOOL,
    &get_nodes_overview::TOOL,
    &get_performance::TOOL,
    &get_pod_deletion::TOOL,
    &get_pod_diagnostics::TOOL,
    &get_pod_events::TOOL,
    &get_pod_logs::TOOL,
    &get_pod_ports::TOOL,
    &get_pod_preemption::TOOL,
    &get_pod_scheduling_events::TOOL,
    &get_pod_top_metrics::TOOL,
    &get_pod_volumes::TOOL,
    &get_probe_details::TOOL,
    &get_pvc_details::TOOL,
    &get_registry_answer::TOOL,
    &get_rollout::TOOL,
    &get_rollout_progress::TOOL,
    &get_routes::TOOL,
    &get_scheduler_status::TOOL,
    &get_secret_exists::TOOL,
    &get_service_account_details::TOOL,
    &get_service_details::TOOL,
    &get_workload_addresses::TOOL,
    &get_workload_yaml::TOOL,
];

/// The tool of a name.
pub fn find(name: &str) -> Option<&'static Tool> {
    ALL.iter().copied().find(|tool| tool.name == name)
}
