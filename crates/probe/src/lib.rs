//! Asks an image's registry about the image, from this machine, with the pod's own credentials.
//!
//! [`ask`] does what the container runtime would do up to the first layer: it looks the name up,
//! connects, checks the certificate, logs in as the kubelet would, and reads the manifest. It ends
//! at the first check that fails and that the rest needs. The answer is always a
//! [`RegistryWord`], however the registry behaves: within [`Settings::total`], and with
//! at most [`MAX_REQUESTS`] requests.
//!
//! - A [failed](evidence::CheckOutcome::Failed) check of the manifest means that the registry said
//!   that it has no such repository, tag or digest. Everything else that keeps us from the
//!   manifest, an overloaded registry or an answer that contradicts itself, is unknown.
//! - A failed check of the login means that the registry or its token service refused, and that
//!   no login which the kubelet would try was left.
//! - What was seen of names, connections and certificates is true of this machine only.
//!
//! What is sent where, and why no ready-made registry client is used, stands in
//! docs/decisions/0008-what-a-probe-may-send-where.md.

mod credentials;
mod exchange;
mod login;
mod manifest;
mod reach;
mod realm;
mod run;
mod settings;
mod tags;
mod trust;
mod words;

pub use credentials::Credentials;
pub use exchange::MAX_REQUESTS;
pub use settings::Settings;

use evidence::{Platform, RegistryWord};

/// Asks the registry of an image about it, for a node of this platform where it is known.
///
/// It needs a tokio runtime with time and I/O. A name server that does not answer leaves a
/// thread of the runtime waiting for some seconds after the answer: end the runtime with
/// `shutdown_background`.
pub async fn ask(
    image: &str,
    platform: Option<&Platform>,
    credentials: Credentials,
    settings: &Settings,
) -> RegistryWord {
    run::ask(image, platform, &credentials, settings).await
}
