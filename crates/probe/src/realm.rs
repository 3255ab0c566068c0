//! How a registry asks for a login, and to whom a login may be given.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use http_auth::parser::ChallengeParser;
use reqwest::Url;

/// What a registry asks for.
pub(crate) enum Challenge {
    /// User name and password with each request.
    Basic,
    /// A token of a token service.
    Bearer {
        /// Its URL, as written.
        realm: String,
        /// The name that the registry has there.
        service: Option<String>,
    },
}

impl Challenge {
    /// The challenge of an answer: a token goes before a password, as containerd has it.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Challenge> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|v| v.to_str().ok());
        let mut basic = None;
        for text in texts {
            for challenge in ChallengeParser::new(text).map_while(Result::ok) {
                let parameter = |name: &str| {
                    let found = challenge.params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.to_unescaped())
                };
                if challenge.scheme.eq_ignore_ascii_case("bearer")
                    && let Some(realm) = parameter("realm")
                {
                    return Some(Challenge::Bearer { realm, service: parameter("service") });
                }
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Challenge::Basic);
                }
            }
        }
        basic
    }
}

/// Whether a login for one host may be given to a token service at another one: it is the same
/// host, or both are of one owner by their names (`registry-1.docker.io` and `auth.docker.io`).
///
/// Of names below a suffix of the public suffix list the registrable domain counts. Other names,
/// such as those of a company's own network, must differ in their first part only.
pub(crate) fn same_owner(registry: &str, realm: &str) -> bool {
    let (a, b) = (registry.to_ascii_lowercase(), realm.to_ascii_lowercase());
    if a == b {
        return true;
    }
    let is_address = |host: &str| {
        host.contains(':') || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
    };
    if is_address(&a) || is_address(&b) {
        return false;
    }
    let listed = |host: &str| psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known());
    if listed(&a) && listed(&b) {
        return matches!((psl::domain_str(&a), psl::domain_str(&b)), (Some(a), Some(b)) if a == b);
    }
    let parent = |host: &str| host.split_once('.').map(|(_, rest)| rest.to_owned());
    matches!((parent(&a), parent(&b)), (Some(a), Some(b)) if a == b && a.contains('.'))
}

/// Whether two URLs are of one scheme, host and port.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_given_to_services_of_the_same_owner_only() {
        for (registry, realm) in [
            ("registry-1.docker.io", "auth.docker.io"),
            ("ghcr.io", "ghcr.io"),
            ("registry.gitlab.com", "gitlab.com"),
            ("registry.example.co.uk", "auth.example.co.uk"),
            ("registry.corp.internal-net", "gitlab.corp.internal-net"),
            ("R.io", "r.io"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert!(same_owner(registry, realm), "{registry} {realm}");
        }
        for (registry, realm) in [
            ("registry-1.docker.io", "auth.docker.io.evil.com"),
            ("registry.example.co.uk", "auth.other.co.uk"),
            ("me.github.io", "you.github.io"),
            ("ghcr.io", "quay.io"),
            ("registry.internal-net", "other.internal-net"),
            ("registry.a.svc.cluster.local", "token.b.svc.cluster.local"),
            ("10.0.0.1", "10.0.0.2"),
            ("10.0.0.1", "11.0.0.1"),
            ("registry", "auth"),
        ] {
            assert!(!same_owner(registry, realm), "{registry} {realm}");
        }
    }

    #[test]
    fn a_token_is_preferred_and_nonsense_is_no_challenge() {
        let headers = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
            }
            headers
        };
        let both = headers(&["Basic realm=\"r\"", "Bearer realm=\"https://a/t\",service=\"s\""]);
        assert!(matches!(
            Challenge::of(&both),
            Some(Challenge::Bearer { realm, service: Some(service) }) if realm == "https://a/t" && service == "s"
        ));
        assert!(matches!(Challenge::of(&headers(&["Basic realm=\"r\""])), Some(Challenge::Basic)));
        assert!(Challenge::of(&headers(&["Bearer service=\"x\"", "====", "Negotiate"])).is_none());
    }
}
