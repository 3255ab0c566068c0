//! One file for each layout: how it is recognised, what its files prove, what it lacks.

pub(crate) mod cluster_info_dump;
pub(crate) mod kubectl_output;
pub(crate) mod must_gather;
pub(crate) mod plain_folder;
pub(crate) mod recording;
pub(crate) mod support_bundle;
pub(crate) mod transcript;
