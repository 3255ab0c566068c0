//! An API server over given objects, for tests: in process, or on a socket of this machine.
//!
//! It answers get and list as a real one does (field selectors, pages, metadata only, `Status`
//! bodies, logs by the kubelet's rules, the list of API groups) and tells the user what it may do, can be told to fail in the ways that real ones do
//! ([`Rule`], [`Fault`]), and keeps an account of every request ([`ApiServer::audit`]).
//!
//! ```
//! # use serde_json::json;
//! let pod = json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": "web", "namespace": "shop" } });
//! let server = apiserver::ApiServer::new(vec![pod])
//!     .with_rule(apiserver::Rule::on("list", "events").then(apiserver::Fault::Forbidden));
//! let listening = server.listen().expect("a port");
//! assert!(listening.url().starts_with("http://127.0.0.1:"));
//! assert!(server.audit().is_empty());
//! ```

mod fault;
mod listen;
mod logs;
mod objects;
mod review;
mod status;
mod target;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use evidence::Kind;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value as Json, json};
use tower::Service;

pub use fault::{Fault, Rule};
pub use listen::Listening;

use listener::TlsIdentity;
use logs::Logs;
use objects::Objects;
use target::Target;

/// The body of an answer.
pub type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

/// A request that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The HTTP method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The `Accept` header.
    pub accept: String,
    /// The user that was to be acted as.
    pub impersonated: Option<String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// An API server. Clones are the same server.
#[derive(Clone, Debug)]
pub struct ApiServer {
    objects: Arc<Objects>,
    logs: Logs,
    version: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    audit: Arc<Mutex<Vec<Received>>>,
}

impl ApiServer {
    /// A server of these objects, each with `kind` and `apiVersion`.
    ///
    /// # Panics
    /// When an object is not of a kind that `evidence` knows.
    pub fn new(objects: Vec<Json>) -> ApiServer {
        ApiServer {
            objects: Arc::new(Objects::new(objects)),
            logs: Logs::default(),
            version: "v1.34.4".to_owned(),
            rules: Arc::default(),
            audit: Arc::default(),
        }
    }

    /// The same server with the log of a container's present run, or of its previous run.
    pub fn with_log(
        mut self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        text: &str,
    ) -> ApiServer {
        self.logs.insert(namespace, pod, container, previous, text);
        self
    }

    /// The same server, of another version.
    pub fn with_version(mut self, version: &str) -> ApiServer {
        self.version = version.to_owned();
        self
    }

    /// The same server, failing where the rule says so. The first rule that applies is taken.
    pub fn with_rule(self, rule: Rule) -> ApiServer {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
        self
    }

    /// Every request so far, in order.
    pub fn audit(&self) -> Vec<Received> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts to serve on a port of this machine, on a thread of its own.
    ///
    /// # Errors
    /// When there is no port or thread to be had.
    pub fn listen(&self) -> io::Result<Listening> {
        Listening::start(self.clone(), None)
    }

    /// The same over TLS, with a certificate and its key in PEM.
    ///
    /// # Errors
    /// When there is no port or thread to be had, or the certificate is none.
    pub fn listen_tls(&self, certificate: &str, key: &str) -> io::Result<Listening> {
        let (certificate_chain, key) = (certificate.to_owned(), key.to_owned());
        Listening::start(self.clone(), Some(TlsIdentity { certificate_chain, key }))
    }

    fn receive<B>(&self, request: &Request<B>) {
        let header = |name: &str| {
            let value = request.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).push(Received {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            accept: header("accept").unwrap_or_default(),
            impersonated: header("impersonate-user"),
            authorization: header("authorization"),
        });
    }

    fn fault(&self, target: &Target) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.iter_mut().find_map(|rule| rule.strike(target))
    }

    fn review(&self, body: &[u8]) -> Response<Body> {
        review::answer(body, &self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a kind is served: one of an add-on where the server has objects of it, or a rule for
    /// it.
    fn serves(&self, kind: Kind) -> bool {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        !kind.is_custom()
            || self.objects.have(kind)
            || rules.iter().any(|rule| rule.names(kind.plural()))
    }

    fn groups(&self) -> Response<Body> {
        let mut groups: Vec<Json> = Vec::new();
        let named = Kind::ALL.iter().filter(|kind| !kind.group().is_empty());
        for kind in named.filter(|kind| self.serves(**kind)) {
            let version = json!({ "groupVersion": kind.api_version(), "version": kind.version() });
            let group =
                json!({ "name": kind.group(), "versions": [version], "preferredVersion": version });
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let list = json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups });
        text(StatusCode::OK, "application/json", list.to_string())
    }

    fn answer(&self, target: &Target, accept: &str) -> Response<Body> {
        match target {
            Target::Version => text(
                StatusCode::OK,
                "application/json",
                json!({ "major": "1", "gitVersion": self.version, "platform": "linux/amd64" })
                    .to_string(),
            ),
            Target::Groups => self.groups(),
            Target::Get { kind, .. } | Target::List { kind, .. } if !self.serves(*kind) => {
                text(StatusCode::NOT_FOUND, "text/plain", "404 page not found\n".into())
            }
            Target::Get { kind, namespace, name } => {
                self.objects.get(*kind, namespace.as_deref(), name, accept)
            }
            Target::List { kind, namespace, query } => {
                self.objects.list(*kind, namespace.as_deref(), query, accept)
            }
            Target::Log { namespace, pod, query } => {
                self.logs.answer(&self.objects, namespace, pod, query)
            }
            Target::Review => self.review(&[]),
            Target::Unknown => {
                text(StatusCode::NOT_FOUND, "text/plain", "404 page not found\n".into())
            }
        }
    }
}

impl<B> Service<Request<B>> for ApiServer
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.receive(&request);
        let target = Target::of(request.uri());
        if request.method() == Method::POST && matches!(target, Target::Review) {
            let server = self.clone();
            return Box::pin(async move {
                let cut = |_| io::Error::from(io::ErrorKind::ConnectionReset);
                let body = request.into_body().collect().await.map_err(cut)?.to_bytes();
                let answer = server.review(&body);
                match server.fault(&target) {
                    Some(fault) => fault.instead_of(answer, target).await,
                    None => Ok(answer),
                }
            });
        }
        if request.method() != Method::GET || matches!(target, Target::Review) {
            let refused = status::of(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                json!({}),
            );
            return Box::pin(async { Ok(refused) });
        }
        let accept = request.headers().get(header::ACCEPT);
        let accept = accept.and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let answer = self.answer(&target, accept);
        match self.fault(&target) {
            Some(fault) => Box::pin(fault.instead_of(answer, target)),
            None => Box::pin(async { Ok(answer) }),
        }
    }
}

/// An answer with a text.
fn text(status: StatusCode, media_type: &str, body: String) -> Response<Body> {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Ok(value) = media_type.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
