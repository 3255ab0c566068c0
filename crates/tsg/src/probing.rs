//! Asks registries (`--probe`): reads what is needed for it from flags, files and the environment,
//! and hands a pod's pull secrets over as they were read from the cluster.

use std::time::Duration;

use cluster::Cluster;
use evidence::{Question, Replies, Reply};

use crate::cli::ProbeArgs;
use crate::failure::Failure;

#[cfg(feature = "probe")]
pub use with::Prober;
#[cfg(not(feature = "probe"))]
pub use without::Prober;

#[cfg(feature = "probe")]
mod with {
    use std::path::Path;

    use evidence::{RegistryWord, Unseen, UnseenKind};
    use probe::{Credentials, Settings};
    use secrecy::SecretString;

    use super::*;

    /// What asks registries.
    pub struct Prober {
        settings: Settings,
    }

    impl Prober {
        /// What the command line and the environment ask for.
        pub fn of(args: &ProbeArgs) -> Result<Option<Prober>, Failure> {
            if !args.probe {
                return Ok(None);
            }
            let mut roots = String::new();
            if let Some(path) = &args.probe_ca {
                roots += &certificates(path, "--probe-ca")?;
            }
            // As OpenSSL and Go have it, this file takes the place of the system's authorities.
            let own_roots = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
            if let Some(path) = &own_roots {
                roots += &certificates(Path::new(path), "SSL_CERT_FILE")?;
            }
            let proxy = args.probe_proxy.clone();
            let settings = Settings {
                https_proxy: proxy.or_else(|| variable("HTTPS_PROXY").map(SecretString::from)),
                no_proxy: variable("NO_PROXY").unwrap_or_default(),
                extra_roots: (!roots.is_empty()).then_some(roots),
                system_roots: own_roots.is_none(),
                ..Settings::default()
            };
            Ok(Some(Prober { settings }))
        }

        /// Asks a registry, with the pull secrets that `replies` tell to be there.
        pub async fn answer(
            &self,
            question: &Question,
            cluster: &Cluster,
            replies: &Replies,
            left: Duration,
        ) -> Reply {
            let Question::Registry { image, secrets, platform } = question else {
                return Reply::Unseen(RegistryWord::not_asked(question));
            };
            let mut credentials = Credentials::default();
            for secret in secrets {
                let get = Question::Get { object: secret.clone() };
                if let Some(Reply::Unseen(unseen)) = replies.get(&get) {
                    let why = format!("not asked without {secret}: {}", unseen.why);
                    return Reply::Unseen(Unseen::new(unseen.kind, question, why));
                }
                // An absent secret, and one of another type, the kubelet passes over too.
                if let Some(kept) = cluster.pull_secret(secret) {
                    credentials.add(secret.clone(), &kept.kind, kept.content);
                }
            }
            let settings =
                Settings { total: self.settings.total.min(left), ..self.settings.clone() };
            if settings.total.is_zero() {
                let why = "no time was left to ask it (--timeout)";
                return Reply::Unseen(Unseen::new(UnseenKind::Unreachable, question, why));
            }
            let word = probe::ask(image, platform.as_ref(), credentials, &settings).await;
            Reply::Registry(word.admit().into())
        }
    }

    /// A variable of the environment, in capitals or not, as proxies have theirs.
    fn variable(name: &str) -> Option<String> {
        let names = [name.to_owned(), name.to_ascii_lowercase()];
        let mut values = names.iter().filter_map(|name| std::env::var(name).ok());
        values.find(|value| !value.trim().is_empty())
    }

    fn certificates(path: &Path, named_by: &str) -> Result<String, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::bad_usage(format!("{}, named by {named_by}: {error}", path.display()))
        })?;
        match text.contains("-----BEGIN CERTIFICATE-----") {
            true => Ok(text + "\n"),
            false => Err(Failure::bad_usage(format!(
                "{}, named by {named_by}, holds no certificate in PEM (BEGIN CERTIFICATE)",
                path.display()
            ))),
        }
    }
}

#[cfg(not(feature = "probe"))]
mod without {
    use super::*;

    /// What asks registries: in this build nothing does.
    pub enum Prober {}

    impl Prober {
        /// Refuses to ask.
        pub fn of(args: &ProbeArgs) -> Result<Option<Prober>, Failure> {
            match args.probe {
                false => Ok(None),
                true => Err(Failure::bad_usage(
                    "this tsg cannot ask registries: it was built without the feature `probe`",
                )),
            }
        }

        /// Never called.
        pub async fn answer(&self, _: &Question, _: &Cluster, _: &Replies, _: Duration) -> Reply {
            match *self {}
        }
    }
}
