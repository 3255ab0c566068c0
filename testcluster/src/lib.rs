//! A real Kubernetes cluster on one machine, and the faults that are made on it.
//!
//! A control plane, one kubelet with containerd, fake nodes, name server and registries, built from
//! the Go module proxy and Debian's packages, in namespaces of their own. `testcluster/README.md`
//! tells how it is used; `cargo xtask cluster` and `cargo xtask e2e` are its commands.
//!
//! - [`Version`]: which Kubernetes
//! - [`up`], [`down`], [`status`], [`Cluster`]: from outside
//! - [`supervise()`]: from inside
//! - [`select()`], [`Fault`], [`Exercise`]: the fault catalogue, and what is said of it
//! - [`place`]: where things are

mod answer;
mod behaviours;
mod binaries;
mod catalogue;
mod cgroups;
mod cluster;
mod components;
mod exercise;
mod images;
mod inventory;
mod keys;
mod leak;
mod mark;
pub mod place;
mod processes;
mod record;
mod registries;
mod run;
mod supervise;
mod surroundings;
mod symptom;
mod transcript;
mod version;

pub use catalogue::{Fault, select};
pub use cluster::{Cluster, Status, down, find, possible, status, up};
pub use exercise::{Exercise, Outcome, Row};
pub use inventory::inventory;
pub use record::record;
pub use supervise::supervise;
pub use version::{VERSIONS, Version};
