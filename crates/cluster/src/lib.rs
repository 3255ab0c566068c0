//! Answers questions from a live API server.
//!
//! This is the only crate that knows a Kubernetes client. A [`Cluster`] takes
//! [`evidence::Question`]s and gives [`evidence::Reply`]s, and holds three promises:
//!
//! - **It reads only.** Every request goes through [`ReadOnly`], which lets a closed list of
//!   reads pass, and the question what the user may do, and refuses the rest before it leaves
//!   the process.
//! - **Unknown is not absent.** [`evidence::Reply::Absent`] is said only where the API server
//!   itself says that the very object asked for is not found. Whatever else goes wrong (denied,
//!   refused, cut short, not JSON, another object than asked for) is unseen, with its reason.
//! - **It comes to an end.** Requests, retries, pages, bytes and time are bounded.
//!
//! The values of pull secrets are sealed with all others as they arrive. Only where the caller
//! [says so](Cluster::keep_pull_secrets), for asking a registry with them, are they kept as well,
//! as a type that nothing can print.
//!
//! What a body holds never stands in an error or in a trace: reasons are made of status codes,
//! of the server's own closed set of reason words, and of the user's name.

mod access;
mod answer;
mod cluster;
mod connect_error;
mod credentials;
mod failure;
mod groups;
mod kubeconfig;
mod list;
mod log;
mod path;
mod proxy;
mod pull_secret;
mod read_only;
mod refusal;
mod review;
mod telemetry;
mod transport;

pub use access::{Access, Environment};
pub use cluster::Cluster;
pub use connect_error::ConnectError;
pub use pull_secret::PullSecret;
pub use read_only::{ReadOnly, Refused};
pub use review::Grant;
pub use telemetry::{BadSite, Site, Telemetry};
