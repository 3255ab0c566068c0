//! Why no API server could be asked, and what to do about it.

use std::path::{Path, PathBuf};

use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};

/// Why there is no usable configuration. Each text says what, where and what next, and shows
/// nothing of a kubeconfig's content but the names of its entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// There is no kubeconfig, and this is no pod.
    #[error(
        "no kubeconfig: {} not there, and this is not a pod of a cluster. Give --kubeconfig FILE, \
         or set KUBECONFIG{}", not_there(.looked), if_empty(.looked)
    )]
    NoKubeconfig {
        /// The files that were looked for.
        looked: Vec<PathBuf>,
    },
    /// A kubeconfig file cannot be read.
    #[error("the kubeconfig {} cannot be read: {reason}. Check the path and its permissions", .file.display())]
    UnreadableKubeconfig {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A kubeconfig file does not hold a kubeconfig.
    #[error(
        "the kubeconfig {} is not one: mistake{}. Its content is not shown here, as it may hold \
         credentials; `kubectl config view --kubeconfig FILE` checks it", .file.display(), at(.position)
    )]
    BadKubeconfig {
        /// The file.
        file: PathBuf,
        /// Line and column of the mistake, from 1.
        position: Option<(u64, u64)>,
    },
    /// Several kubeconfig files contradict each other.
    #[error("the kubeconfig {} does not fit the ones before it in KUBECONFIG: another kind or apiVersion. Take it out of KUBECONFIG", .file.display())]
    UnfitKubeconfig {
        /// The first file that does not fit.
        file: PathBuf,
    },
    /// No context was chosen, and the kubeconfig has no current one.
    #[error("the kubeconfig has no current context. Choose one with --context: {}", names(.known))]
    NoContext {
        /// The contexts that there are.
        known: Vec<String>,
    },
    /// A name that the kubeconfig does not have.
    #[error("the kubeconfig has no {sort} {wanted:?}{}. There are: {}", nearest_name(.nearest), names(.known))]
    UnknownName {
        /// `context`, `cluster` or `user`.
        sort: &'static str,
        /// The name asked for.
        wanted: String,
        /// The names most like it, most like first.
        nearest: Vec<String>,
        /// All the names that there are.
        known: Vec<String>,
    },
    /// An entry of the kubeconfig, or a flag or variable, cannot be used.
    #[error("{what} cannot be used: {why}. {next}")]
    Unusable {
        /// What, as `the server of cluster "prod"`.
        what: String,
        /// Why.
        why: String,
        /// What to do.
        next: &'static str,
    },
    /// A group to act as was given without a user.
    #[error("a group to act as needs a user to act as. Give --as USER too")]
    GroupWithoutUser,
    /// The credential plugin is not installed.
    #[error("the credential plugin {command:?} of the kubeconfig cannot be started: {reason}. {}", how_to_install(.hint))]
    PluginMissing {
        /// Its command.
        command: String,
        /// Why it cannot be started.
        reason: String,
        /// What the kubeconfig says about installing it.
        hint: Option<String>,
    },
    /// The credential plugin failed.
    #[error("the credential plugin {command:?} of the kubeconfig failed: {reason}{}. Log in again with it, then retry", said(.stderr))]
    PluginFailed {
        /// Its command.
        command: String,
        /// How it failed.
        reason: String,
        /// What it said on standard error, redacted; empty where that went to the terminal.
        stderr: String,
    },
}

impl ConnectError {
    pub(crate) fn unusable(
        what: impl Into<String>,
        why: impl Into<String>,
        next: &'static str,
    ) -> ConnectError {
        ConnectError::Unusable { what: what.into(), why: why.into(), next }
    }

    pub(crate) fn unknown_name(
        sort: &'static str,
        wanted: &str,
        known: Vec<String>,
    ) -> ConnectError {
        let nearest = nearest(wanted, &known);
        ConnectError::UnknownName { sort, wanted: wanted.to_owned(), nearest, known }
    }

    /// A kubeconfig that could not be read or understood.
    pub(crate) fn of_kubeconfig(file: &Path, error: &KubeconfigError) -> ConnectError {
        let file = file.to_owned();
        match error {
            KubeconfigError::ReadConfig(error, _) => {
                ConnectError::UnreadableKubeconfig { file, reason: error.kind().to_string() }
            }
            // The parser's own words quote the line, which may hold a token.
            KubeconfigError::Parse(error) => {
                let position = error.location().map(|at| (at.line(), at.column()));
                ConnectError::BadKubeconfig { file, position }
            }
            KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
                ConnectError::UnfitKubeconfig { file }
            }
            _ => ConnectError::BadKubeconfig { file, position: None },
        }
    }

    /// Credentials or certificates that the client could not use. Its own words are not shown:
    /// some of them quote what they could not read.
    pub(crate) fn of_client(error: kube::Error) -> ConnectError {
        const USER: &str = "the kubeconfig's user";
        const LOG_IN: &str = "Log in again, or correct the user's entry in the kubeconfig";
        match error {
            kube::Error::Auth(AuthError::ReadTokenFile(error, file)) => ConnectError::unusable(
                format!("the token file {}", file.display()),
                error.kind().to_string(),
                LOG_IN,
            ),
            kube::Error::Auth(AuthError::AuthExec(_)) => ConnectError::unusable(
                "the auth-provider of the kubeconfig's user",
                "Kubernetes dropped it, or it lacks a token",
                "Use the provider's credential plugin (users[].user.exec) instead",
            ),
            kube::Error::Auth(_) => {
                ConnectError::unusable(USER, "its credentials are malformed", LOG_IN)
            }
            kube::Error::InferKubeconfig(
                KubeconfigError::LoadClientCertificate(error)
                | KubeconfigError::LoadClientKey(error),
            ) => ConnectError::unusable("the client certificate or key", load(&error), LOG_IN),
            kube::Error::RustlsTls(_) => ConnectError::unusable(
                "the client certificate, key, CA or tls-server-name of the kubeconfig",
                "it is not of a form that TLS takes, or this system has no trusted CAs",
                LOG_IN,
            ),
            kube::Error::ProxyProtocolUnsupported { proxy_url } => ConnectError::unusable(
                "the proxy",
                format!("{} is no scheme of proxies", proxy_url.scheme_str().unwrap_or("it")),
                "Use http, https or socks5",
            ),
            kube::Error::HttpError(_) => ConnectError::unusable(
                "the user or group to act as",
                "it holds what an HTTP header cannot hold",
                "Check --as and --as-group",
            ),
            _ => ConnectError::unusable("the configuration", "the client refuses it", LOG_IN),
        }
    }
}

/// Why data of a kubeconfig could not be loaded.
pub(crate) fn load(error: &LoadDataError) -> String {
    match error {
        LoadDataError::DecodeBase64(_) => "it is not base64".to_owned(),
        LoadDataError::ReadFile(error, file) => format!("{}: {}", file.display(), error.kind()),
        LoadDataError::NoBase64DataOrFile => "one of the two is missing".to_owned(),
    }
}

fn not_there(looked: &[PathBuf]) -> String {
    let files: Vec<String> = looked.iter().map(|file| file.display().to_string()).collect();
    match files.len() {
        0 => "the home folder is unknown, so ~/.kube/config is".to_owned(),
        1 => format!("{} is", files[0]),
        _ => format!("{} are", files.join(", ")),
    }
}

fn if_empty(looked: &[PathBuf]) -> &'static str {
    if looked.is_empty() { " or HOME" } else { "" }
}

fn at(position: &Option<(u64, u64)>) -> String {
    position.map(|(line, column)| format!(" at line {line}, column {column}")).unwrap_or_default()
}

fn names(known: &[String]) -> String {
    const SHOWN: usize = 20;
    match known.len() {
        0 => "none".to_owned(),
        count if count > SHOWN => {
            format!("{} and {} more", known[..SHOWN].join(", "), count - SHOWN)
        }
        _ => known.join(", "),
    }
}

fn nearest_name(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!(", nearest: {}", names.join(", ")),
    }
}

fn how_to_install(hint: &Option<String>) -> String {
    let own = hint.as_deref().unwrap_or("Install it, or put it on the PATH");
    own.trim().to_owned()
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(", saying: {stderr}") }
}

/// The names most like a wrong one: at most three, most like first.
fn nearest(wanted: &str, known: &[String]) -> Vec<String> {
    let lower = wanted.to_lowercase();
    let mut near: Vec<(usize, &String)> = known
        .iter()
        .map(|name| (distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            *distance <= 1 + lower.chars().count() / 3
                || (lower.len() > 2 && name.to_lowercase().contains(&lower))
        })
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, name)| name.clone()).collect()
}

/// How many single-character changes part two words (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(256).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(256).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_offered() {
        let known: Vec<String> = ["prod-eu", "prod-us", "staging", "dev"].map(str::to_owned).into();
        assert_eq!(nearest("prd-eu", &known), ["prod-eu", "prod-us"]);
        assert_eq!(nearest("PROD", &known), ["prod-eu", "prod-us"]);
        assert_eq!(nearest("zzz", &known), Vec::<String>::new());
    }

    #[test]
    fn distance_counts_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
