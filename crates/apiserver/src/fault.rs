//! The ways in which API servers, and what stands before them, fail.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value as Json, json};

use crate::target::Target;
use crate::{Body, status, text};

/// What goes wrong.
#[derive(Clone)]
pub enum Fault {
    /// RBAC's 403, for a user `jane`.
    Forbidden,
    /// 401.
    Unauthorized,
    /// A `Status` of this code, reason and message.
    Status(u16, &'static str, &'static str),
    /// 429 or another code, with this many seconds in `Retry-After`.
    Busy(u16, Option<u64>),
    /// An answer of this code, media type and text, as from a proxy.
    Answer(u16, &'static str, &'static str),
    /// The answer, changed: a server that lies.
    Changed(Arc<dyn Fn(&mut Json) + Send + Sync>),
    /// The first half of the answer, and then the connection breaks.
    Cut,
    /// So many bytes instead of the answer.
    Huge(usize),
    /// No answer, ever.
    Hang,
    /// The connection is refused; on a socket, closed.
    Refused,
}

impl Fault {
    /// The answer, changed.
    pub fn changed(change: impl Fn(&mut Json) + Send + Sync + 'static) -> Fault {
        Fault::Changed(Arc::new(change))
    }

    pub(crate) async fn instead_of(
        self,
        answer: Response<Body>,
        target: Target,
    ) -> io::Result<Response<Body>> {
        Ok(match self {
            Fault::Forbidden => status::forbidden(&target, "jane"),
            Fault::Unauthorized => status::of(401, "Unauthorized", "Unauthorized", json!({})),
            Fault::Status(code, reason, message) => status::of(code, reason, message, json!({})),
            Fault::Busy(code, seconds) => busy(code, seconds),
            Fault::Answer(code, media_type, body) => {
                text(StatusCode::from_u16(code).map_err(io::Error::other)?, media_type, body.into())
            }
            Fault::Changed(change) => {
                let (mut head, body) = answer.into_parts();
                head.headers.remove(header::CONTENT_LENGTH);
                let read = body.collect().await?.to_bytes();
                let mut json: Json = serde_json::from_slice(&read)?;
                change(&mut json);
                text(head.status, "application/json", json.to_string())
            }
            Fault::Cut => {
                let (head, body) = answer.into_parts();
                let read = body.collect().await?.to_bytes();
                let half = read.slice(..read.len() / 2);
                // A pause before the break, so that on a socket the first half is sent.
                let broken = async {
                    tokio::task::yield_now().await;
                    Err(io::ErrorKind::ConnectionReset.into())
                };
                let first = stream::once(std::future::ready(Ok(half)));
                Response::from_parts(head, body_of(first.chain(stream::once(broken))))
            }
            Fault::Huge(bytes) => {
                let chunk = BytesMut::zeroed(1024 * 1024).freeze();
                let chunks = (0..bytes.div_ceil(chunk.len())).map(move |_| Ok(chunk.clone()));
                Response::new(body_of(stream::iter(chunks)))
            }
            Fault::Hang => std::future::pending().await,
            Fault::Refused => return Err(io::ErrorKind::ConnectionRefused.into()),
        })
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fault")
    }
}

fn busy(code: u16, seconds: Option<u64>) -> Response<Body> {
    let mut response = status::of(code, "TooManyRequests", "too many requests", json!({}));
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn body_of(parts: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    BodyExt::boxed_unsync(StreamBody::new(parts.map_ok(http_body::Frame::data)))
}

/// Where and when something goes wrong.
#[derive(Clone, Debug)]
pub struct Rule {
    verb: &'static str,
    resource: &'static str,
    namespace: Option<&'static str>,
    after: usize,
    times: usize,
    fault: Fault,
}

impl Rule {
    /// On `get` or `list`, or `*` for both, of a resource (`pods`, `pods/log`, `version`, `apis`),
    /// or `*` for all; or on `create` of `selfsubjectaccessreviews`, which answer by the rules
    /// that forbid. Access is forbidden unless [`Rule::then`] says otherwise.
    pub fn on(verb: &'static str, resource: &'static str) -> Rule {
        let fault = Fault::Forbidden;
        Rule { verb, resource, namespace: None, after: 0, times: usize::MAX, fault }
    }

    /// Only in this namespace.
    pub fn in_namespace(self, namespace: &'static str) -> Rule {
        Rule { namespace: Some(namespace), ..self }
    }

    /// Only after so many such requests went well.
    pub fn after(self, requests: usize) -> Rule {
        Rule { after: requests, ..self }
    }

    /// Only so many times.
    pub fn times(self, times: usize) -> Rule {
        Rule { times, ..self }
    }

    /// What goes wrong.
    pub fn then(self, fault: Fault) -> Rule {
        Rule { fault, ..self }
    }

    /// Whether it is about this very resource.
    pub(crate) fn names(&self, resource: &str) -> bool {
        self.resource == resource
    }

    fn applies(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        (self.verb == "*" || self.verb == verb)
            && (self.resource == "*" || self.resource == resource)
            && self.namespace.is_none_or(|wanted| namespace == Some(wanted))
    }

    /// Whether it is a rule of RBAC that refuses this.
    pub(crate) fn forbids(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        matches!(self.fault, Fault::Forbidden) && self.applies(verb, resource, namespace)
    }

    /// The fault, where the rule applies; counts.
    pub(crate) fn strike(&mut self, target: &Target) -> Option<Fault> {
        if !self.applies(target.verb(), target.resource(), target.namespace()) {
            return None;
        }
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.fault.clone())
    }
}
