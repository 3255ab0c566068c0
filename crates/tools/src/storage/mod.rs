//! Claims, volumes, and how they come to pods.

pub(crate) mod get_claim_deletion;
pub(crate) mod get_pod_volumes;
pub(crate) mod get_pvc_details;
pub(crate) mod volume;
pub(crate) mod volume_words;
