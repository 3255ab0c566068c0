//! Alerts and time series.

pub(crate) mod get_alerts;
pub(crate) mod get_performance;
pub(crate) mod performance;
