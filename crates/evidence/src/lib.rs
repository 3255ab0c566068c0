//! What was asked of a cluster, what came back, and the facts made of it.
//!
//! Everything that `tsg` says rests on this crate's two values: a [`Question`] and
//! the [`Reply`] to it. A reply is *seen*, *absent* or *unseen* for a stated reason,
//! and the three are never confused: what was denied, unreachable, truncated,
//! expired or not captured is unknown, and unknown is not absent.
//!
//! Objects enter through [`Object::admit`] only, which redacts them and seals
//! secrets, so that no later stage can print what it must not.
//!
//! Tools turn replies into typed facts with [`facts!`]; a fact knows the place that
//! it was read from ([`Source`]) and may be unknown ([`Known`], [`Partial`]).

mod alerts;
mod event;
mod facts;
mod host_name;
mod index;
mod inquiry;
mod kind;
mod object;
mod permission;
mod pod_row;
mod quantity;
mod question;
pub mod redact;
mod registry;
mod replies;
mod reply;
mod seal;
mod source;
mod telemetry;
mod value;

pub use alerts::alerts;
pub use event::Event;
pub use facts::{Cited, Fact, FieldShape, Known, Partial, RecordShape, Shape};
pub use host_name::is_host_name;
pub use inquiry::{Inquiry, Pending};
pub use kind::Kind;
pub use object::{Inadmissible, Object, ObjectRef, at, field_path, pointer};
pub use permission::Permission;
pub use pod_row::PodRow;
pub use quantity::Quantity;
pub use question::Question;
pub use registry::{Check, CheckOutcome, Platform, RegistryWord, Stage};
pub use replies::Replies;
pub use reply::{Listing, Log, Reply, ServerVersion, Unseen, UnseenKind};
pub use seal::{DockerConfig, Login, Logins, RegistryEntry, Seal, SealedKey};
pub use source::{Origin, Source};
pub use telemetry::{Alert, LoggedErrors, NodeService, Reach, Series, not_told};
pub use value::{List, Record, Value};

/// A point in time, in UTC, as the cluster's objects give it.
pub type Time = jiff::Timestamp;
