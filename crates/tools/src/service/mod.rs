//! Services: their pods and ports, the routes and policies in front of them, and their names.

pub(crate) mod get_cluster_dns;
pub(crate) mod get_httproute_details;
pub(crate) mod get_ingress_details;
pub(crate) mod get_network_policies;
pub(crate) mod get_routes;
pub(crate) mod get_service_details;
pub mod network;
pub(crate) mod policy;
pub(crate) mod routes;
pub(crate) mod service_pods;
