//! Which proxy leads to the API server, by the rules that `kubectl` goes by.
//!
//! `proxy-url` of the kubeconfig is taken as it is. Otherwise `HTTPS_PROXY` or `HTTP_PROXY`,
//! by the scheme of the server, unless `NO_PROXY` names the server (golang.org/x/net/http/httpproxy).
//! The client's own rule compares `NO_PROXY` with the proxy instead of the server, and fails on
//! entries that others accept; so the choice is made here.

use std::net::IpAddr;

use http::Uri;

use crate::access::Environment;
use crate::connect_error::ConnectError;

/// The proxy to go through, if any.
pub(crate) fn choose(
    proxy_url: Option<&str>,
    server: &Uri,
    environment: &Environment,
) -> Result<Option<Uri>, ConnectError> {
    if let Some(url) = proxy_url.filter(|url| !url.is_empty()) {
        return parse(url, "proxy-url of the kubeconfig").map(Some);
    }
    let (variable, named) = match server.scheme_str() {
        Some("http") => (&environment.http_proxy, "HTTP_PROXY"),
        _ => (&environment.https_proxy, "HTTPS_PROXY"),
    };
    match variable {
        Some(url) if !bypasses(environment.no_proxy.as_deref().unwrap_or_default(), server) => {
            parse(url, named).map(Some)
        }
        _ => Ok(None),
    }
}

/// Reads a proxy's address. Its text is not shown in the error: it may hold a password.
fn parse(url: &str, named: &str) -> Result<Uri, ConnectError> {
    let url = url.trim();
    let full = match url.split_once("://") {
        // The client lets the proxy resolve names in any case, which is what socks5h asks for.
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => url.to_owned(),
        None => format!("http://{url}"),
    };
    let uri: Option<Uri> = full.parse().ok();
    uri.filter(|uri| uri.host().is_some_and(|host| !host.is_empty())).ok_or_else(|| {
        ConnectError::unusable(
            named,
            "it is not the address of a proxy",
            "Write it as http://host:port, https://host:port or socks5://host:port",
        )
    })
}

fn bypasses(no_proxy: &str, server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(match server.scheme_str() {
        Some("http") => 80,
        _ => 443,
    });
    no_proxy
        .split(',')
        .map(|entry| entry.trim().to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry == "*" || matches(&entry, host, address, port))
}

fn matches(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if let Some((network, bits)) = entry.split_once('/') {
        let (Ok(network), Ok(bits)) = (network.parse(), bits.parse()) else { return false };
        return address.is_some_and(|address| is_in(address, network, bits));
    }
    if let Ok(entry) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
        return address == Some(entry);
    }
    let (name, only) = match entry.rsplit_once(':') {
        Some((name, number)) => match number.parse::<u16>() {
            Ok(number) => (name, Some(number)),
            Err(_) => return false,
        },
        None => (entry, None),
    };
    if only.is_some_and(|only| only != port) {
        return false;
    }
    let name = name.trim_matches(['[', ']']);
    if let Ok(entry) = name.parse::<IpAddr>() {
        return address == Some(entry);
    }
    // `.example.com` and `*.example.com` mean what is below; `example.com` means itself too.
    match name.strip_prefix('*').unwrap_or(name).strip_prefix('.') {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |one: u128, other: u128, width: u32| {
        bits <= width && (bits == 0 || (one ^ other) >> (width - bits) == 0)
    };
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            same(one.to_bits().into(), other.to_bits().into(), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            bits == 0 || same(one.to_bits(), other.to_bits(), 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(server: &str, no_proxy: &str) -> bool {
        let environment = Environment {
            https_proxy: Some("http://proxy.example:3128".into()),
            no_proxy: Some(no_proxy.into()),
            ..Environment::default()
        };
        let server: Uri = server.parse().expect("a URI");
        choose(None, &server, &environment).expect("a choice").is_some()
    }

    #[test]
    fn no_proxy_names_the_server_not_the_proxy() {
        assert!(through("https://api.example:6443", "proxy.example"));
        assert!(!through("https://api.example:6443", "api.example"));
    }

    #[test]
    fn no_proxy_takes_domains_addresses_networks_ports_and_stray_commas() {
        for (server, no_proxy, goes_through) in [
            ("https://api.prod.example", ".example", false),
            ("https://api.prod.example", "*.prod.example", false),
            ("https://api.prod.example", "prod.example,", false),
            ("https://prod.example", ".prod.example", true),
            ("https://prod.example", "prod.example", false),
            ("https://badprod.example", "prod.example", true),
            ("https://10.1.2.3:6443", "10.0.0.0/8", false),
            ("https://10.1.2.3:6443", "10.1.2.0/25", false),
            ("https://10.1.2.200:6443", "10.1.2.0/25", true),
            ("https://11.1.2.3", "10.0.0.0/8", true),
            ("https://11.1.2.3", "0.0.0.0/0", false),
            ("https://[fd00::1]:6443", "fd00::/8", false),
            ("https://[fd00::1]:6443", "::/0", false),
            ("https://[fe00::1]:6443", "fd00::/8", true),
            ("https://10.1.2.3", "10.1.2.3", false),
            ("https://api.example:6443", "api.example:6443", false),
            ("https://api.example:6443", "api.example:443", true),
            ("https://api.example", "api.example:443", false),
            ("https://api.example", "*", false),
            ("https://api.example", " , ,not/a/net,x:y", true),
            ("https://localhost:6443", "", false),
            ("https://127.0.0.1:6443", "", false),
            ("https://API.EXAMPLE", "api.example", false),
            ("https://10.1.2.3", "10.0.0.0/99", true),
        ] {
            assert_eq!(through(server, no_proxy), goes_through, "{server} {no_proxy}");
        }
    }

    #[test]
    fn the_kubeconfigs_proxy_is_taken_whatever_no_proxy_says() {
        let environment = Environment { no_proxy: Some("*".into()), ..Environment::default() };
        let server: Uri = "https://api.example".parse().expect("a URI");
        let proxy = choose(Some("socks5h://proxy.example:1080"), &server, &environment);
        assert_eq!(proxy, Ok(Some("socks5://proxy.example:1080".parse().expect("a URI"))));
    }

    #[test]
    fn the_variable_goes_by_the_scheme_of_the_server() {
        let environment =
            Environment { http_proxy: Some("plain.example:3128".into()), ..Environment::default() };
        let choice = |server: &str| choose(None, &server.parse().expect("a URI"), &environment);
        assert_eq!(choice("https://api.example"), Ok(None));
        let expected: Uri = "http://plain.example:3128".parse().expect("a URI");
        assert_eq!(choice("http://api.example"), Ok(Some(expected)));
    }

    #[test]
    fn a_bad_proxy_address_is_not_repeated_as_it_may_hold_a_password() {
        let server: Uri = "https://api.example".parse().expect("a URI");
        let bad = Some("http://jane:hunter2@ proxy");
        let error = choose(bad, &server, &Environment::default()).expect_err("an error");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(error.to_string().contains("proxy-url"), "{error}");
    }
}
