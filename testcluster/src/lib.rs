//! A real Kubernetes cluster on one machine, and the faults that are made on it.
//!
//! A control plane, one kubelet with containerd, fake nodes, name server and registries, built from
//! the Go module proxy and Debian's packages, in namespaces of their own. `testcluster/README.md`
//! tells how it is used; `cargo xtask cluster` and `cargo xtask e2e` are its commands.
//!
//! - [`Version`]: which Kubernetes
//! - [`up`], [`down`], [`status`], [`Cluster`]: from outside
//! - [`supervise()`]: from inside
//! - [`place`]: where things are

mod behaviours;
mod binaries;
mod cgroups;
mod cluster;
mod components;
mod images;
mod keys;
mod mark;
pub mod place;
mod processes;
mod registries;
mod run;
mod supervise;
mod surroundings;
mod version;

pub use binaries::Binaries;
pub use cluster::{Cluster, Status, down, find, possible, status, up};
pub use registries::PULLER;
pub use supervise::supervise;
pub use version::{Runtime, VERSIONS, Version};
