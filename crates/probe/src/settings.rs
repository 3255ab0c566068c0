//! How a registry is asked. The front reads flags, files and the environment; nothing here does.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use secrecy::{ExposeSecret, SecretString};

/// Time limits, trust and the way out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time for everything together.
    pub total: Duration,
    /// The time for one request with its answer, and for the lookup of the name.
    pub request: Duration,
    /// The time for one connection.
    pub connect: Duration,
    /// The proxy for HTTPS, as in `HTTPS_PROXY`. It is a secret because it may hold a password.
    pub https_proxy: Option<SecretString>,
    /// The hosts that are asked without the proxy, as in `NO_PROXY`.
    pub no_proxy: String,
    /// Certificates of authorities to trust besides the system's, in PEM.
    pub extra_roots: Option<String>,
    /// Whether the system's authorities are trusted.
    pub system_roots: bool,
    /// Names that are not looked up, as in a hosts file.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// Whether this machine is the node. Only then does `localhost` in an image's name mean the
    /// same here as there, and only then is plain HTTP spoken, as containerd speaks it with
    /// `localhost`.
    pub here_is_the_node: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            total: Duration::from_secs(30),
            request: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            https_proxy: None,
            no_proxy: String::new(),
            extra_roots: None,
            system_roots: true,
            addresses: BTreeMap::new(),
            here_is_the_node: false,
        }
    }
}

/// A proxy that the registry is asked through.
pub(crate) enum Way {
    /// None.
    Direct,
    /// This one, as `host:port`.
    Proxy(String),
    /// One that cannot be used.
    Unusable,
}

impl Settings {
    /// The proxy's URL with its scheme; `HTTPS_PROXY` may leave it out.
    pub(crate) fn proxy_url(&self) -> Option<SecretString> {
        let text = self.https_proxy.as_ref()?.expose_secret().trim();
        match text {
            "" => None,
            _ if text.contains("://") => Some(text.into()),
            _ => Some(format!("http://{text}").into()),
        }
    }

    /// The way to an HTTPS URL.
    pub(crate) fn way_to(&self, url: &reqwest::Url) -> Way {
        let Some(proxy) = self.proxy_url().filter(|_| url.scheme() == "https") else {
            return Way::Direct;
        };
        let usable = reqwest::Url::parse(proxy.expose_secret())
            .is_ok_and(|proxy| matches!(proxy.scheme(), "http" | "https") && proxy.has_host());
        if !usable {
            return Way::Unusable;
        }
        let matcher =
            Matcher::builder().https(proxy.expose_secret()).no(self.no_proxy.as_str()).build();
        let intercept = url.as_str().parse().ok().and_then(|uri| matcher.intercept(&uri));
        intercept.map_or(Way::Direct, |proxy| {
            let uri = proxy.uri();
            let host = uri.host().unwrap_or("?");
            Way::Proxy(uri.port_u16().map_or(host.to_owned(), |port| format!("{host}:{port}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(proxy: &str, no_proxy: &str, url: &str) -> String {
        let settings = Settings {
            https_proxy: Some(proxy.into()),
            no_proxy: no_proxy.to_owned(),
            ..Settings::default()
        };
        match settings.way_to(&reqwest::Url::parse(url).unwrap()) {
            Way::Direct => "direct".to_owned(),
            Way::Proxy(at) => at,
            Way::Unusable => "unusable".to_owned(),
        }
    }

    #[test]
    fn the_way_leads_through_the_proxy_except_to_hosts_that_are_named() {
        assert_eq!(way("http://me:pass@proxy:3128", "", "https://r.io/v2/"), "proxy:3128");
        assert_eq!(way("proxy:3128", "", "https://r.io/v2/"), "proxy:3128");
        assert_eq!(way("proxy:3128", "r.io", "https://r.io/v2/"), "direct");
        assert_eq!(way("proxy:3128", ".corp,10.0.0.0/8", "https://r.corp/v2/"), "direct");
        assert_eq!(way("proxy:3128", ".corp,10.0.0.0/8", "https://10.1.2.3/v2/"), "direct");
        assert_eq!(way("proxy:3128", "", "http://localhost:5000/v2/"), "direct");
        assert_eq!(way(" ", "", "https://r.io/v2/"), "direct");
        assert_eq!(way("socks5://proxy:1080", "", "https://r.io/v2/"), "unusable");
        assert_eq!(way("http://", "", "https://r.io/v2/"), "unusable");
    }

    #[test]
    fn the_proxy_s_password_is_not_printed() {
        let settings =
            Settings { https_proxy: Some("http://me:hunter2@proxy".into()), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
