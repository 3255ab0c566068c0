//! Which certificates are trusted here.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use crate::settings::Settings;

/// The configuration for all connections of a run; why there is none is told for people.
pub(crate) fn config(settings: &Settings) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if settings.system_roots {
        // A certificate of the system that cannot be read is left out, as browsers do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(pem) = &settings.extra_roots {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
            added.ok_or(
                "the file of certificate authorities holds something that is no certificate",
            )?;
        }
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// What went wrong with TLS.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
                "its certificate is signed by an authority that is not trusted here".to_owned()
            }
            // An authority that was made anew keeps its name.
            CertificateError::BadSignature => {
                "its certificate is signed by an authority that is not trusted here: \
                 one of the same name, with another key, is"
                    .to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is of another name: {why}")
            }
            other => format!("its certificate is not accepted here: {other}"),
        },
        Error::InvalidMessage(_) => {
            "what answers does not speak TLS; it may speak plain HTTP".to_owned()
        }
        other => format!("TLS fails: {other}"),
    }
}

/// The TLS error in a chain of errors.
pub(crate) fn find<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // An I/O error gives the source of what it wraps, and not what it wraps.
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
