//! Namespaces: their quotas and limits, and their deletion.

pub(crate) mod deletion_words;
pub(crate) mod get_namespace_deletion;
pub(crate) mod get_namespace_limit_ranges;
pub(crate) mod get_namespace_resource_quota;
pub(crate) mod limit_ranger;
