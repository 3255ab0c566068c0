//! What reads a cluster for a guide: typed facts, one file for each tool.
//!
//! Tools observe, guides decide: a tool asks its questions through an
//! [`Inquiry`](evidence::Inquiry), turns the replies into typed facts and concludes nothing from
//! them. Each tool's file begins with its manual page; [`Tool::manual`] adds the tables of
//! arguments, permissions and facts, made from the declarations.
//!
//! To add a tool, write one file in the folder of its subject, and name it in that folder's `mod.rs` and
//! in [`ALL`].
//!
//! A whole result is unknown when the object in question was not seen; a single fact is unknown
//! when only its own reply is missing. An object that is absent gives `exists` false.

mod application;
mod arguments;
mod classify;
mod controlplane;
mod field;
mod image;
mod namespace;
mod nearest;
mod node;
mod pod;
mod scheduling;
mod selector;
mod service;
mod sight;
mod storage;
mod telemetry;
mod tool;
mod workload;
mod yaml;

pub use arguments::{Argument, Arguments};
pub use controlplane::get_controller_status::{is_alive, is_unobserved, last_change};
pub use namespace::get_namespace_deletion::{
    deleted_since as namespace_deleted_since, deletion_fails as namespace_deletion_fails,
};
pub use namespace::limit_ranger::{is_limited_by_default, requests_by_default};
pub use node::{is_control_plane, may_be_meant_for};
pub use pod::container::{containers_in_trouble, is_stage};
pub use pod::get_pod_ports::{PortConflict, port_conflicts};
pub use scheduling::get_pod_preemption::preempted_at;
pub use service::get_httproute_details::{HttpRouteDetails, http_route};
pub use service::get_ingress_details::{IngressDetails, ingress};
pub use service::network;
pub use storage::get_pod_volumes::{
    stands as volume_trouble_stands, waits as waits_for_setting_up,
};
pub use tool::{Access, Parameter, ParameterKind, Scope, Tool, access, cluster_access};
pub use workload::cron;
pub use workload::get_cronjob_details::is_refused;
pub use workload::get_daemonset_nodes::misses_its_nodes;
pub use workload::get_disruption_budget::holds_up;
pub use workload::get_job_details::{has_succeeded, is_left_suspended, succeeded_later};
pub use workload::get_rollout_progress::{condition_time, selects_itself};
pub use workload::rollout_pods::{Waited, stopped_by, waited_for};

/// Every tool, in order of name.
pub static ALL: &[&Tool] = &[
    &application::get_access_denials::TOOL,
    &telemetry::get_alerts::TOOL,
    &workload::get_autoscaler::TOOL,
    &storage::get_claim_deletion::TOOL,
    &service::get_cluster_dns::TOOL,
    &controlplane::get_controller_status::TOOL,
    &workload::get_cronjob_details::TOOL,
    &workload::get_daemonset_nodes::TOOL,
    &application::get_databases::TOOL,
    &workload::get_disruption_budget::TOOL,
    &service::get_httproute_details::TOOL,
    &image::get_image_pull_events::TOOL,
    &image::get_image_reference::TOOL,
    &service::get_ingress_details::TOOL,
    &pod::get_init_wait::TOOL,
    &workload::get_job_details::TOOL,
    &pod::get_missing_objects::TOOL,
    &namespace::get_namespace_deletion::TOOL,
    &namespace::get_namespace_limit_ranges::TOOL,
    &namespace::get_namespace_resource_quota::TOOL,
    &service::get_network_policies::TOOL,
    &node::get_node_details::TOOL,
    &node::get_node_services::TOOL,
    &node::get_nodes_overview::TOOL,
    &telemetry::get_performance::TOOL,
    &pod::get_pod_deletion::TOOL,
    &pod::get_pod_diagnostics::TOOL,
    &pod::get_pod_events::TOOL,
    &pod::get_pod_logs::TOOL,
    &pod::get_pod_ports::TOOL,
    &scheduling::get_pod_preemption::TOOL,
    &scheduling::get_pod_scheduling_events::TOOL,
    &pod::get_pod_top_metrics::TOOL,
    &storage::get_pod_volumes::TOOL,
    &pod::get_probe_details::TOOL,
    &storage::get_pvc_details::TOOL,
    &image::get_registry_answer::TOOL,
    &workload::get_rollout::TOOL,
    &workload::get_rollout_progress::TOOL,
    &service::get_routes::TOOL,
    &controlplane::get_scheduler_status::TOOL,
    &image::get_secret_exists::TOOL,
    &pod::get_service_account_details::TOOL,
    &service::get_service_details::TOOL,
    &application::get_workload_addresses::TOOL,
    &workload::get_workload_yaml::TOOL,
];

/// The tool of a name.
pub fn find(name: &str) -> Option<&'static Tool> {
    ALL.iter().copied().find(|tool| tool.name == name)
}
