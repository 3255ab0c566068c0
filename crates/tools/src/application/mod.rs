//! What applications depend on: the addresses that they are given, databases, and permissions that they lack.

pub(crate) mod addresses;
pub(crate) mod callers;
pub(crate) mod get_access_denials;
pub(crate) mod get_databases;
pub(crate) mod get_workload_addresses;
