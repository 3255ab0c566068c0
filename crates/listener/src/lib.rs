//! An HTTP service on a socket of this machine, on a thread of its own, with TLS or without.
//!
//! What the servers of the tests share: `apiserver` and `registry` answer, and this listens.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// How long a connection may last.
const LONGEST: Duration = Duration::from_secs(600);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct TlsIdentity {
    /// The certificate, and those between it and its authority.
    pub certificate_chain: String,
    /// The private key.
    pub key: String,
}

/// A service that listens until this is dropped.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Listens on an address (port 0: one that is free), with TLS where an identity is given.
    ///
    /// # Errors
    /// When the address is taken or not this machine's, the certificate or its key cannot be
    /// read, or there is no thread to be had.
    pub fn start<S>(
        address: SocketAddr,
        tls: Option<TlsIdentity>,
        service: S,
    ) -> io::Result<Listening>
    where
        S: HttpService<Incoming> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::ResBody: Send + 'static,
        <S::ResBody as Body>::Data: Send,
        <S::ResBody as Body>::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let tls = tls.map(|identity| acceptor(&identity)).transpose()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Not tokio's own way to bind: who starts it may be within a runtime.
        let listener = std::net::TcpListener::bind(address).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("listener".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = serve(listener, tls, service) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Listening { address, scheme, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address with the scheme.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn acceptor(identity: &TlsIdentity) -> io::Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(identity.certificate_chain.as_bytes()).collect();
    let chain = chain.map_err(|error| unfit("certificate", &error))?;
    if chain.is_empty() {
        return Err(unfit("certificate", &"its PEM holds none"));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())
        .map_err(|error| unfit("private key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unfit("certificate and private key", &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unfit(what: &str, error: &dyn fmt::Display) -> io::Error {
    io::Error::other(format!("cannot speak TLS with the given {what}: {error}"))
}

// A connection that breaks, in the handshake or later, is the client's to notice.
async fn serve<S>(listener: TcpListener, tls: Option<TlsAcceptor>, service: S)
where
    S: HttpService<Incoming> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::ResBody: Send + 'static,
    <S::ResBody as Body>::Data: Send,
    <S::ResBody as Body>::Error: Into<Box<dyn Error + Send + Sync>>,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (tls, service) = (tls.clone(), service.clone());
        tokio::spawn(async move {
            let talk = async {
                match tls {
                    None => talk(stream, service).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            talk(stream, service).await;
                        }
                    }
                }
            };
            let _ = tokio::time::timeout(LONGEST, talk).await;
        });
    }
}

async fn talk<S>(stream: impl AsyncRead + AsyncWrite + Unpin, service: S)
where
    S: HttpService<Incoming>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
