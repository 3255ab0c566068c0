//! Name, connection and certificate of a registry, as this machine sees them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use evidence::{CheckOutcome, Stage};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::run::Seen;
use crate::settings::Settings;
use crate::trust;

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 4;

/// A registry that was reached.
pub(crate) struct Reached {
    /// The address that took the connection.
    pub address: SocketAddr,
    /// Whether it speaks plain HTTP.
    pub plain: bool,
}

/// Whether a host of an image's name is the node itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Looks a host up, connects to it, and checks its certificate. `None` where it was not reached.
pub(crate) async fn reach(
    host: &str,
    port: u16,
    tls: &ClientConfig,
    settings: &Settings,
    seen: &mut Seen<'_, '_>,
) -> Option<Reached> {
    let addresses = resolve(host, port, settings, seen).await?;
    let (address, stream) = connect(&addresses, settings, seen).await?;
    let Ok(name) = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()) else {
        seen.push((Stage::Tls, CheckOutcome::Failed, format!("no certificate can be for {host}")));
        return None;
    };
    let connector = TlsConnector::from(Arc::new(tls.clone()));
    let shaken = timeout(settings.request, connector.connect(name, stream)).await;
    let (outcome, words) = match shaken {
        Ok(Ok(_)) => {
            seen.push((
                Stage::Tls,
                CheckOutcome::Passed,
                "its certificate is trusted here".to_owned(),
            ));
            return Some(Reached { address, plain: false });
        }
        Ok(Err(error)) => match trust::find(&error) {
            Some(rustls::Error::InvalidMessage(_)) if is_loopback(host) => {
                let words =
                    "it speaks plain HTTP, which containerd takes from localhost".to_owned();
                seen.push((Stage::Tls, CheckOutcome::Passed, words));
                return Some(Reached { address, plain: true });
            }
            Some(error) => (CheckOutcome::Failed, trust::words(error)),
            None => (CheckOutcome::Failed, format!("the TLS handshake breaks off: {error}")),
        },
        Err(_) => {
            (CheckOutcome::Unknown, format!("no TLS handshake within {:?}", settings.request))
        }
    };
    seen.push((Stage::Tls, outcome, words));
    None
}

async fn resolve(
    host: &str,
    port: u16,
    settings: &Settings,
    seen: &mut Seen<'_, '_>,
) -> Option<Vec<SocketAddr>> {
    let bare = host.trim_matches(['[', ']']);
    let at = |addresses: &[IpAddr]| addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
    let found: Vec<SocketAddr> = if let Ok(address) = bare.parse::<IpAddr>() {
        at(&[address])
    } else if let Some(addresses) = settings.addresses.get(host) {
        at(addresses)
    } else {
        match timeout(settings.request, tokio::net::lookup_host((bare, port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => {
                // The resolver's "try again": it could not ask, which is not a no.
                let text = error.to_string();
                let temporary = text.contains("emporary failure") || text.contains("ry again");
                let outcome = if temporary { CheckOutcome::Unknown } else { CheckOutcome::Failed };
                seen.push((Stage::Dns, outcome, format!("{host}: {text}")));
                return None;
            }
            Err(_) => {
                let words = format!("{host}: no name server answers within {:?}", settings.request);
                seen.push((Stage::Dns, CheckOutcome::Unknown, words));
                return None;
            }
        }
    };
    if found.is_empty() {
        seen.push((Stage::Dns, CheckOutcome::Failed, format!("{host} has no address")));
        return None;
    }
    let shown: Vec<String> =
        found.iter().take(MAX_ADDRESSES).map(|address| address.ip().to_string()).collect();
    seen.push((Stage::Dns, CheckOutcome::Passed, format!("{host} is {}", shown.join(", "))));
    Some(found)
}

async fn connect(
    addresses: &[SocketAddr],
    settings: &Settings,
    seen: &mut Seen<'_, '_>,
) -> Option<(SocketAddr, TcpStream)> {
    let mut outcome = CheckOutcome::Failed;
    let mut words = Vec::new();
    for address in addresses.iter().take(MAX_ADDRESSES) {
        match timeout(settings.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                seen.push((
                    Stage::Tcp,
                    CheckOutcome::Passed,
                    format!("{address} takes connections"),
                ));
                return Some((*address, stream));
            }
            Ok(Err(error)) => words.push(format!("{address}: {}", refusal(&error))),
            Err(_) => {
                outcome = CheckOutcome::Unknown;
                words.push(format!("{address}: no answer within {:?}", settings.connect));
            }
        }
    }
    seen.push((Stage::Tcp, outcome, words.join("; ")));
    None
}

fn refusal(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection is refused".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to it".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_itself_is_known_by_its_names() {
        for host in ["localhost", "LOCALHOST", "r.localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "10.0.0.1", "registry", "[2001:db8::1]"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
