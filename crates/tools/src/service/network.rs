//! What the signals of services share with the tools: selection, ports, addresses and routes.

pub use crate::application::addresses::{
    Address, Standing, aliases, judge, may_name_services, of as addresses,
};
pub use crate::application::get_databases::engine as database_engine;
pub use crate::application::get_workload_addresses::{Neighbours, looks_elsewhere};
pub use crate::service::get_routes::{agreeing as agreeing_routes, of_table as routes_of};
pub use crate::service::get_service_details::is_host_of;
pub use crate::service::service_pods::{
    BACKENDS, Fit, declared, finds_pods, fit, is_entered_at_every_node, is_ready, labels_unshown,
    matches, names, resolved, selector, selects,
};

pub use crate::service::routes::place as place_of_routes;

/// Whether an object holds routes.
pub fn has_routes(object: &evidence::Object) -> bool {
    !crate::service::routes::of(object).is_empty()
}
