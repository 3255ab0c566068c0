//! The gate that lets nothing but reads leave the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::{Method, Request, header};
use tower::{BoxError, Layer, Service};

use crate::path;
use crate::review::{self, SelfReview};

/// A layer that refuses every request which is not a read that a question needs.
///
/// What passes is a closed list: GET of an object, a list, a log, the version or the API groups, or of
/// alerts and time series where a service that has them was named, in exactly
/// the shapes that this crate builds; and POST of a `SelfSubjectAccessReview`, which tells what
/// the user may do and stores nothing. Its body is put in here, made by this crate from a
/// permission: a body that comes with the request is never sent. A watch, an `exec` (which is a GET with an upgrade),
/// anything else of a service behind the proxy, any other verb: refused, whoever built the request.
#[derive(Clone, Debug, Default)]
pub struct ReadOnly {
    sent: Arc<AtomicU64>,
}

impl ReadOnly {
    /// How many requests went through so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for ReadOnly {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, sent: Arc::clone(&self.sent) }
    }
}

/// A service behind [`ReadOnly`].
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    sent: Arc<AtomicU64>,
}

/// A request that was not sent because it does more than read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {method} {path} is not among the reads that tsg needs")]
pub struct Refused {
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
}

fn is_read<B>(request: &Request<B>) -> bool {
    let uri = request.uri();
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    // An upgrade turns a GET into a stream of commands; an authority would lead elsewhere.
    if request.headers().contains_key(header::UPGRADE) || uri.authority().is_some() {
        return false;
    }
    match *request.method() {
        Method::GET => path::is_question(path, query),
        Method::POST => {
            path == review::PATH
                && query.is_empty()
                && request.extensions().get::<SelfReview>().is_some()
        }
        _ => false,
    }
}

impl<S, B> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>>,
    B: From<Vec<u8>>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if !is_read(&request) {
            let refused = Refused {
                method: request.method().to_string(),
                path: request.uri().path().to_owned(),
            };
            return Box::pin(async move { Err(refused.into()) });
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let review = request.extensions().get::<SelfReview>().map(SelfReview::bytes);
        *request.body_mut() = review.unwrap_or_default().into();
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::Permission;

    fn request(method: &str, target: &str) -> Request<Vec<u8>> {
        let request = Request::builder().method(method).uri(target);
        request.body(b"a body".to_vec()).expect("a request")
    }

    fn review(method: &str, target: &str) -> Request<Vec<u8>> {
        let mut request = request(method, target);
        let permission = Permission { verb: "list", group: "", resource: "pods", namespace: None };
        request.extensions_mut().insert(SelfReview::of(&permission));
        request
    }

    const METHODS: [&str; 10] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PROPFIND",
    ];

    #[tokio::test]
    async fn no_verb_but_get_reaches_an_object_a_list_or_a_log() {
        let layer = ReadOnly::default();
        let mut seen = Vec::new();
        for method in METHODS {
            for target in [
                "/version",
                "/api/v1/pods?limit=500",
                "/api/v1/namespaces/shop/pods/web-0",
                "/api/v1/namespaces/shop/pods/web-0/log?container=a",
                "/api/v1/namespaces/shop/secrets",
                "/apis/apps/v1/namespaces/shop/deployments/web",
            ] {
                let (sent, inner) = std::sync::mpsc::channel();
                let mut gate = layer.layer(tower::service_fn(move |request: Request<Vec<u8>>| {
                    let _ = sent.send(request.method().clone());
                    async { Ok::<_, BoxError>(()) }
                }));
                let answer = gate.call(request(method, target)).await;
                assert_eq!(answer.is_ok(), inner.try_recv().is_ok(), "{method} {target}");
                if let Err(error) = &answer {
                    assert!(error.is::<Refused>(), "{error}");
                } else {
                    seen.push(method);
                }
            }
        }
        assert_eq!(seen, ["GET"; 6]);
        assert_eq!(layer.sent(), 6);
    }

    #[test]
    fn only_a_review_of_the_users_own_access_may_be_posted() {
        for method in METHODS {
            let passes = is_read(&review(method, review::PATH));
            assert_eq!(passes, method == "POST", "{method}");
            assert!(!is_read(&request(method, review::PATH)), "{method} without a review");
        }
        for other in [
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?dryRun=All",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x",
            "/apis/authorization.k8s.io/v1beta1/selfsubjectaccessreviews",
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            "/api/v1/namespaces/shop/pods",
            "/api/v1/namespaces/shop/serviceaccounts/default/token",
        ] {
            assert!(!is_read(&review("POST", other)), "{other}");
        }
    }

    #[tokio::test]
    async fn what_is_posted_is_the_review_and_never_the_body_that_came_with_it() {
        let (sent, inner) = std::sync::mpsc::channel();
        let mut gate =
            ReadOnly::default().layer(tower::service_fn(move |request: Request<Vec<u8>>| {
                let _ = sent.send(request.into_body());
                async { Ok::<_, BoxError>(()) }
            }));
        gate.call(review("POST", review::PATH)).await.expect("sent");
        let body: serde_json::Value =
            serde_json::from_slice(&inner.try_recv().expect("a body")).expect("JSON");
        assert_eq!(body["kind"], "SelfSubjectAccessReview");
        assert_eq!(body["spec"]["resourceAttributes"]["resource"], "pods");
        gate.call(request("GET", "/version")).await.expect("sent");
        assert_eq!(inner.try_recv().expect("a body"), b"");
    }

    #[test]
    fn an_upgrade_is_refused_even_where_a_plain_get_is_not() {
        let mut exec = request("GET", "/api/v1/namespaces/shop/pods/web-0");
        assert!(is_read(&exec));
        exec.headers_mut().insert(header::UPGRADE, http::HeaderValue::from_static("websocket"));
        assert!(!is_read(&exec));
    }

    #[test]
    fn a_request_to_another_host_is_refused() {
        assert!(!is_read(&request("GET", "https://elsewhere.example/version")));
    }
}
