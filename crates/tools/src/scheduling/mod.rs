//! Which nodes would take a pod, and what the scheduler says of it.

pub(crate) mod demands;
pub(crate) mod get_pod_preemption;
pub(crate) mod get_pod_scheduling_events;
pub(crate) mod scheduling_words;
