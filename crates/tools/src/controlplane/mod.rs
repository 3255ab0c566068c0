//! The scheduler and the controllers.

pub(crate) mod control_plane_pod;
pub(crate) mod get_controller_status;
pub(crate) mod get_scheduler_status;
