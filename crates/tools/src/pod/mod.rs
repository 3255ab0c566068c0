//! Pods: their containers, probes, logs and events, what they read and wait for, and their deletion.

pub(crate) mod awaited;
pub(crate) mod container;
pub(crate) mod container_facts;
pub(crate) mod event_list;
pub(crate) mod get_init_wait;
pub(crate) mod get_missing_objects;
pub(crate) mod get_pod_deletion;
pub(crate) mod get_pod_diagnostics;
pub(crate) mod get_pod_events;
pub(crate) mod get_pod_logs;
pub(crate) mod get_pod_ports;
pub(crate) mod get_pod_top_metrics;
pub(crate) mod get_probe_details;
pub(crate) mod get_service_account_details;
pub(crate) mod platform;
