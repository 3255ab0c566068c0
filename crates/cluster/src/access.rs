//! Whom to ask, as whom, and what the process's surroundings say about it.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to reach an API server: what a person gives on the command line.
#[derive(Clone, Debug)]
pub struct Access {
    /// The kubeconfig file, instead of those of `KUBECONFIG` and `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context, instead of the kubeconfig's current one.
    pub context: Option<String>,
    /// The kubeconfig's cluster, instead of the context's.
    pub cluster: Option<String>,
    /// The kubeconfig's user, instead of the context's.
    pub user: Option<String>,
    /// The user to act as.
    pub impersonate: Option<String>,
    /// The groups to act as a member of; only together with a user.
    pub impersonate_groups: Vec<String>,
    /// How long one request may take, its retries and the reading of its answer included.
    pub timeout: Duration,
}

impl Default for Access {
    fn default() -> Access {
        Access {
            kubeconfig: None,
            context: None,
            cluster: None,
            user: None,
            impersonate: None,
            impersonate_groups: Vec::new(),
            timeout: Duration::from_secs(15),
        }
    }
}

/// What the process's environment says about reaching an API server, gathered in one place
/// so that nothing else here reads it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The files of `KUBECONFIG`, in order.
    pub kubeconfigs: Vec<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// `KUBERNETES_SERVICE_HOST`, set in every pod.
    pub service_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`, set in every pod.
    pub service_port: Option<String>,
    /// The folder with the service account's token, certificate and namespace.
    pub service_account: PathBuf,
    /// `HTTPS_PROXY` or `https_proxy`.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY` or `http_proxy`.
    pub http_proxy: Option<String>,
    /// `NO_PROXY` or `no_proxy`.
    pub no_proxy: Option<String>,
    /// Whether a person can answer a credential plugin on standard input.
    pub interactive: bool,
}

impl Environment {
    /// The folder that the kubelet mounts a service account's credentials at.
    const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// The surroundings of this process.
    pub fn of_process() -> Environment {
        use std::io::IsTerminal;
        let one = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let either = |upper: &str| one(upper).or_else(|| one(&upper.to_lowercase()));
        let kubeconfigs = std::env::var_os("KUBECONFIG").unwrap_or_default();
        Environment {
            kubeconfigs: std::env::split_paths(&kubeconfigs)
                .filter(|path| !path.as_os_str().is_empty())
                .collect(),
            home: std::env::home_dir(),
            service_host: one("KUBERNETES_SERVICE_HOST"),
            service_port: one("KUBERNETES_SERVICE_PORT"),
            service_account: Path::new(Environment::SERVICE_ACCOUNT).to_owned(),
            https_proxy: either("HTTPS_PROXY"),
            http_proxy: either("HTTP_PROXY"),
            no_proxy: either("NO_PROXY"),
            interactive: std::io::stdin().is_terminal(),
        }
    }
}
