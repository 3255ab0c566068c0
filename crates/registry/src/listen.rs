//! The registry on a socket.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use hyper::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::State;
use crate::answer::{Asked, IDLE, answer};

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct TlsIdentity {
    /// The certificate, and those between it and its authority.
    pub certificate_chain: String,
    /// The private key.
    pub key: String,
}

/// A registry that listens until it is dropped.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    pub(crate) fn start(
        state: Arc<State>,
        address: SocketAddr,
        tls: Option<TlsIdentity>,
    ) -> io::Result<Listening> {
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
        let thread = std::thread::Builder::new().name("registry".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = serve(listener, state, tls, scheme) => {}
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
async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    tls: Option<TlsAcceptor>,
    scheme: &'static str,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (state, tls) = (Arc::clone(&state), tls.clone());
        tokio::spawn(async move {
            let talk = async {
                match tls {
                    None => talk(stream, state, scheme).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            talk(stream, state, scheme).await;
                        }
                    }
                }
            };
            let _ = tokio::time::timeout(IDLE, talk).await;
        });
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    state: Arc<State>,
    scheme: &'static str,
) {
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let state = Arc::clone(&state);
        async move {
            let (parts, body) = request.into_parts();
            let asked = Asked {
                method: &parts.method,
                path: parts.uri.path(),
                query: parts.uri.query().unwrap_or_default(),
                headers: &parts.headers,
                scheme,
                has_body: !body.is_end_stream(),
            };
            Ok::<_, Infallible>(answer(&state, asked).await)
        }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
