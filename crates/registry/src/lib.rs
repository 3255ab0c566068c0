//! An image registry over given images, on a socket of this machine, for tests.
//!
//! It speaks the pulling side of the OCI distribution API as Docker's registry does, asks for
//! logins in the ways that public registries do ([`Login`]), can be told to fail in the ways that
//! they do ([`Rule`], [`Fault`]), and keeps an account of every request ([`Registry::audit`]).
//!
//! ```
//! use registry::{Fault, Image, Registry, Rule};
//!
//! let registry = Registry::new()
//!     .with_image("shop/web", "1.4.3", &Image::of_layer("amd64", b"a tar archive"))
//!     .with_rule(Rule::on("shop/old/*").then(Fault::Unavailable));
//! let listening = registry.listen("127.0.0.1:0".parse().unwrap(), None).unwrap();
//! assert!(listening.url().starts_with("http://127.0.0.1:"));
//! assert!(registry.audit().is_empty());
//! ```

mod answer;
mod fault;
mod image;
mod login;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

pub use fault::{Fault, Rule};
pub use image::{Image, sha256};
pub use listener::{Listening, TlsIdentity};
pub use login::{Login, TokenStyle};

use answer::{Asked, answer};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use image::Content;

/// A request that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The HTTP method.
    pub method: String,
    /// The `Host` header.
    pub host: String,
    /// The path and the query.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// A registry. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Registry {
    state: Arc<State>,
}

/// What a registry holds and remembers.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub content: Content,
    pub login: Login,
    pub rules: Vec<Rule>,
    pub audit: Mutex<Vec<Received>>,
    /// How often manifests of each repository were asked for, for faults that end.
    pub asked: Mutex<BTreeMap<String, u32>>,
}

impl Default for Registry {
    fn default() -> Registry {
        Registry::new()
    }
}

impl Registry {
    /// An empty registry that anybody may read.
    pub fn new() -> Registry {
        Registry { state: Arc::default() }
    }

    fn change(mut self, change: impl FnOnce(&mut State)) -> Registry {
        let state = Arc::get_mut(&mut self.state);
        change(state.expect("a registry is built before it is cloned or listens"));
        self
    }

    /// With an image under a tag.
    ///
    /// # Panics
    /// When the registry has a clone or listens already: it stays as it is.
    #[must_use]
    pub fn with_image(self, repository: &str, tag: &str, image: &Image) -> Registry {
        self.change(|state| state.content.add(repository, tag, image))
    }

    /// With this way to log in.
    ///
    /// # Panics
    /// When the registry has a clone or listens already: it stays as it is.
    #[must_use]
    pub fn with_login(self, login: Login) -> Registry {
        self.change(|state| state.login = login)
    }

    /// With a rule. Of several that fit, the first one holds.
    ///
    /// # Panics
    /// When the registry has a clone or listens already: it stays as it is.
    #[must_use]
    pub fn with_rule(self, rule: Rule) -> Registry {
        self.change(|state| state.rules.push(rule))
    }

    /// Listens on an address until the result is dropped; with TLS where an identity is given.
    ///
    /// # Errors
    /// When the address is taken or not this machine's, or the certificate or its key cannot be
    /// read.
    pub fn listen(&self, address: SocketAddr, tls: Option<TlsIdentity>) -> io::Result<Listening> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::clone(&self.state);
        let service = service_fn(move |request: http::Request<Incoming>| {
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
        Listening::start(address, tls, service)
    }

    /// Every request so far, in order.
    pub fn audit(&self) -> Vec<Received> {
        self.state.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
