//! Where a system is.

use std::fmt;
use std::str::FromStr;

use http::Uri;

use crate::path;

/// Where a system is: a service of the cluster, as `NAMESPACE/SERVICE:PORT`, or a URL.
///
/// ```
/// use cluster::Site;
/// assert!("monitoring/alertmanager-operated:9093".parse::<Site>().is_ok());
/// assert!("https:monitoring/prometheus:web".parse::<Site>().is_ok());
/// assert!("http://prometheus.example.com:9090/tenant".parse::<Site>().is_ok());
/// // A command line is no place for a password.
/// assert!("https://me:password@prometheus.example.com".parse::<Site>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// A service of the cluster, through the API server's proxy to it.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The port, by number or name.
        port: String,
        /// Whether the service speaks TLS.
        tls: bool,
    },
    /// A server outside of the cluster, or one that a port is forwarded to.
    Url(Uri),
}

/// Why a text is no [`Site`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSite {
    /// Neither of the two forms.
    #[error(
        "this is neither NAMESPACE/SERVICE:PORT, asked through the API server, nor a URL with http:// or https://"
    )]
    Form,
    /// It holds credentials.
    #[error(
        "this is a URL with credentials in it; name the service as NAMESPACE/SERVICE:PORT instead"
    )]
    Credentials,
}

impl FromStr for Site {
    type Err = BadSite;

    fn from_str(text: &str) -> Result<Site, BadSite> {
        if text.starts_with("http://") || text.starts_with("https://") {
            let url: Uri = text.trim_end_matches('/').parse().map_err(|_| BadSite::Form)?;
            let authority = url.authority().ok_or(BadSite::Form)?;
            return match (authority.as_str().contains('@'), url.query()) {
                (true, _) => Err(BadSite::Credentials),
                (false, Some(_)) => Err(BadSite::Form),
                (false, None) => Ok(Site::Url(url)),
            };
        }
        let (tls, place) = match text.strip_prefix("https:") {
            Some(place) => (true, place),
            None => (false, text),
        };
        let (namespace, service) = place.split_once('/').ok_or(BadSite::Form)?;
        let (name, port) = service.split_once(':').ok_or(BadSite::Form)?;
        let is_label = |word: &str| {
            !word.is_empty()
                && word.len() <= 63
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if ![namespace, name, port].into_iter().all(is_label) {
            return Err(BadSite::Form);
        }
        let [namespace, name, port] = [namespace, name, port].map(str::to_owned);
        Ok(Site::Service { namespace, name, port, tls })
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Site::Service { namespace, name, port, .. } => write!(f, "{namespace}/{name}:{port}"),
            Site::Url(url) => write!(f, "{url}"),
        }
    }
}

impl Site {
    /// The path of the API server's proxy to the service; `None` for a URL.
    pub(super) fn proxy(&self) -> Option<String> {
        let Site::Service { namespace, name, port, tls } = self else { return None };
        path::service_proxy(namespace, name, port, *tls)
    }
}
