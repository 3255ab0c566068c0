//! Why a request gave no answer at all, in words for a person.

use std::error::Error;
use std::io;

use evidence::{Question, Reply, Unseen, UnseenKind, redact};
use rustls::CertificateError;

use crate::read_only::Refused;

/// Why something was not seen. Made of fixed words, codes and names only: nothing that a
/// body holds gets in, since a body may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: UnseenKind,
    pub(crate) why: String,
}

const CLOSED: &str = "the server closed the connection without an answer";

impl Failure {
    pub(crate) fn unreachable(why: impl Into<String>) -> Failure {
        Failure { kind: UnseenKind::Unreachable, why: why.into() }
    }

    pub(crate) fn denied(why: impl Into<String>) -> Failure {
        Failure { kind: UnseenKind::Denied, why: why.into() }
    }

    pub(crate) fn truncated(why: impl Into<String>) -> Failure {
        Failure { kind: UnseenKind::Truncated, why: why.into() }
    }

    pub(crate) fn unseen(self, what: impl ToString) -> Unseen {
        Unseen::new(self.kind, what, self.why)
    }

    pub(crate) fn reply(self, question: &Question) -> Reply {
        Reply::Unseen(self.unseen(question))
    }

    /// Why a request could not be sent, or its answer's head not be read.
    pub(crate) fn of_request(error: &(dyn Error + 'static)) -> Failure {
        let chain = chain(error);
        for link in &chain {
            if let Some(refused) = link.downcast_ref::<Refused>() {
                return Failure::unreachable(refused.to_string());
            }
            if link.is::<kube::client::AuthError>() {
                return Failure::denied(
                    "the credentials could not be read or renewed: log in again",
                );
            }
            if link.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
            {
                return Failure::unreachable(CLOSED);
            }
            if let Some(tls) = link.downcast_ref::<rustls::Error>() {
                return Failure::unreachable(tls_reason(tls));
            }
        }
        if chain.iter().any(|link| is_name_lookup(&link.to_string())) {
            return Failure::unreachable(
                "the server's host name cannot be resolved: check the name, DNS and VPN",
            );
        }
        let io = chain.iter().find_map(|link| link.downcast_ref::<io::Error>());
        if let Some(reason) = io.and_then(|error| io_reason(error.kind())) {
            return Failure::unreachable(reason);
        }
        let last = chain.last().map(ToString::to_string).unwrap_or_default();
        Failure::unreachable(format!("the connection failed: {}", brief(&last)))
    }
}

/// An error and its causes. The cause inside an [`io::Error`] is one of them, although
/// `source` passes over it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut links = Vec::new();
    let mut next = Some(error);
    while let Some(link) = next {
        links.push(link);
        // A chain of causes ends; this only keeps one that does not from hanging us.
        if links.len() > 32 {
            break;
        }
        let inner = link.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => link.source(),
        };
    }
    links
}

fn is_name_lookup(text: &str) -> bool {
    text.starts_with("dns error") || text.starts_with("failed to lookup address")
}

fn io_reason(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => {
            "the connection was refused: is the server's address right, and is it running?"
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => CLOSED,
        io::ErrorKind::TimedOut => "the server did not answer in time: check network and VPN",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no route to the server: check network and VPN"
        }
        _ => return None,
    })
}

fn tls_reason(error: &rustls::Error) -> String {
    use rustls::Error as Tls;
    let reason = match error {
        Tls::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => {
                "the server's certificate is signed by an authority that is not trusted: \
                 check certificate-authority in the kubeconfig"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet: check this machine's clock"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host name: check server and \
                 tls-server-name in the kubeconfig"
            }
            _ => "the server's certificate is not valid",
        },
        Tls::InvalidMessage(_) => {
            "the server does not speak TLS: should its address begin with http://, or is \
             a proxy in between?"
        }
        Tls::AlertReceived(_) => {
            "the server ended the TLS handshake: it may not accept the client certificate"
        }
        other => return format!("TLS failed: {}", brief(&other.to_string())),
    };
    reason.to_owned()
}

/// A foreign text, redacted, on one line, and short.
pub(crate) fn brief(text: &str) -> String {
    let text = redact::text(text);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut short: String = line.trim().chars().take(200).collect();
    if short.len() < line.trim().len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(error: impl Error + 'static) -> String {
        Failure::of_request(&error).why
    }

    fn tls(error: rustls::Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }

    #[test]
    fn a_tls_error_inside_an_io_error_is_found() {
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert!(reason(tls(unknown)).contains("certificate-authority"));
        let name = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        assert!(reason(tls(name)).contains("another host name"));
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert!(reason(tls(expired)).contains("expired"));
        let plain = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(reason(tls(plain)).contains("does not speak TLS"));
    }

    #[test]
    fn each_way_that_a_connection_fails_has_its_own_words() {
        use io::ErrorKind;
        assert!(reason(io::Error::from(ErrorKind::ConnectionRefused)).contains("refused"));
        assert!(reason(io::Error::from(ErrorKind::TimedOut)).contains("in time"));
        assert!(reason(io::Error::from(ErrorKind::ConnectionReset)).contains("closed"));
        let lookup = "failed to lookup address information: Name or service not known";
        assert!(reason(io::Error::other(lookup)).contains("resolved"));
    }

    #[test]
    fn credentials_that_cannot_be_renewed_are_a_denial() {
        let failure = Failure::of_request(&kube::client::AuthError::ExecPluginFailed);
        assert_eq!(failure.kind, UnseenKind::Denied);
    }

    #[test]
    fn a_foreign_text_is_kept_short_and_on_one_line() {
        assert_eq!(brief("a\nb\x1b[31m"), "a b [31m");
        assert!(brief(&"x".repeat(1000)).len() < 250);
    }
}
