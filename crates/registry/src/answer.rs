//! The answer to a request.

use std::io;
use std::sync::PoisonError;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderMap, Method, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::{Value as Json, json};

use crate::fault::Fault;
use crate::image::Repository;
use crate::login::Refusal;
use crate::{Received, State};

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The parts of a request that matter.
pub(crate) struct Asked<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub scheme: &'static str,
    pub has_body: bool,
}

/// What a path is about.
enum Target<'a> {
    Door,
    Token,
    Manifest(&'a str, &'a str),
    Blob(&'a str, &'a str),
    Tags(&'a str),
    Nothing,
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Target<'a> {
        let Some(rest) = path.strip_prefix("/v2/") else {
            return if path == "/token" { Target::Token } else { Target::Nothing };
        };
        if rest.is_empty() {
            return Target::Door;
        }
        let target = if let Some((name, reference)) = rest.rsplit_once("/manifests/") {
            Target::Manifest(name, reference)
        } else if let Some((name, digest)) = rest.rsplit_once("/blobs/") {
            Target::Blob(name, digest)
        } else {
            rest.strip_suffix("/tags/list").map_or(Target::Nothing, Target::Tags)
        };
        match target.repository() {
            Some(name) if is_name(name) => target,
            _ => Target::Nothing,
        }
    }

    fn repository(&self) -> Option<&'a str> {
        match self {
            Target::Manifest(name, _) | Target::Blob(name, _) | Target::Tags(name) => Some(name),
            _ => None,
        }
    }
}

/// Whether it may be a repository's name: lower case, in parts that begin with a letter or digit.
fn is_name(text: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.split('/').all(|part| {
        part.bytes().next().is_some_and(small)
            && part.bytes().all(|byte| small(byte) || matches!(byte, b'.' | b'_' | b'-'))
    })
}

/// Answers a request, and notes it.
pub(crate) async fn answer(state: &State, asked: Asked<'_>) -> Response<Body> {
    let (host, authorization) = note(state, &asked);
    if !matches!(*asked.method, Method::GET | Method::HEAD) {
        let message = "The operation is unsupported.";
        return problem(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message, Json::Null);
    }
    if asked.has_body {
        let message = "a request that pulls has no body";
        return problem(StatusCode::BAD_REQUEST, "UNSUPPORTED", message, Json::Null);
    }
    let target = Target::of(asked.path);
    let origin = format!("{}://{host}", asked.scheme);
    let authorization = authorization.as_deref();
    if let Target::Token = target {
        let scope = parameter(asked.query, "scope").unwrap_or_default();
        return match state.login.token(authorization, &scope) {
            Ok(token) => json_answer(StatusCode::OK, &token),
            Err(refusal) => refused(refusal),
        };
    }
    if let Err(refusal) = state.login.admits(authorization, target.repository(), &origin) {
        return refused(refusal);
    }
    let known = target.repository().and_then(|name| state.content.repository(name));
    let rule =
        target.repository().and_then(|name| state.rules.iter().find(|rule| rule.is_on(name)));
    let fault = rule.map(|rule| &rule.fault);
    let response = match target {
        Target::Door => json_answer(StatusCode::OK, &json!({})),
        Target::Manifest(name, reference) => manifest(state, fault, known, name, reference).await,
        Target::Blob(_, digest) => blob(fault, known, digest),
        Target::Tags(name) => tags(fault, known, name, asked.query),
        Target::Token | Target::Nothing => {
            let message = "there is nothing at this path";
            problem(StatusCode::NOT_FOUND, "NOT_FOUND", message, Json::Null)
        }
    };
    match *asked.method {
        Method::HEAD => response.map(|_| body(Bytes::new())),
        _ => response,
    }
}

/// Notes a request, and gives back its host and its login.
fn note(state: &State, asked: &Asked<'_>) -> (String, Option<String>) {
    let word = |name: header::HeaderName| {
        asked.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let host = word(header::HOST).unwrap_or_default();
    let authorization = word(header::AUTHORIZATION);
    let path = match asked.query {
        "" => asked.path.to_owned(),
        query => format!("{}?{query}", asked.path),
    };
    state.audit.lock().unwrap_or_else(PoisonError::into_inner).push(Received {
        method: asked.method.to_string(),
        host: host.clone(),
        path,
        authorization: authorization.clone(),
    });
    (host, authorization)
}

/// What is answered instead of a manifest, where a fault says so; may take its time.
async fn instead_of_manifest(
    state: &State,
    fault: &Fault,
    name: &str,
    reference: &str,
) -> Option<Response<Body>> {
    let failed = |status, code, message| problem(status, code, message, Json::Null);
    let unavailable =
        || failed(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "service unavailable");
    match fault {
        Fault::TooManyRequests(after) => {
            let mut response = failed(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", TOO_MANY);
            response.headers_mut().insert(header::RETRY_AFTER, (*after).into());
            Some(response)
        }
        Fault::ServerError => {
            Some(failed(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", "unknown error"))
        }
        Fault::Unavailable => Some(unavailable()),
        Fault::UnavailableAtFirst(times) => {
            let mut asked = state.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let count = asked.entry(name.to_owned()).or_default();
            *count += 1;
            (*count <= *times).then(unavailable)
        }
        Fault::Slow(time) => {
            tokio::time::sleep(*time).await;
            None
        }
        Fault::Redirect(to) => {
            let location = format!("{to}/v2/{name}/manifests/{reference}");
            let mut response = json_answer(StatusCode::TEMPORARY_REDIRECT, &json!({}));
            if let Ok(value) = location.parse() {
                response.headers_mut().insert(header::LOCATION, value);
            }
            Some(response)
        }
        Fault::Garbage(length) => Some(plain("application/json", Bytes::from(vec![b'{'; *length]))),
        _ => None,
    }
}

async fn manifest(
    state: &State,
    fault: Option<&Fault>,
    known: Option<&Repository>,
    name: &str,
    reference: &str,
) -> Response<Body> {
    if let Some(fault) = fault
        && let Some(response) = instead_of_manifest(state, fault, name, reference).await
    {
        return response;
    }
    // Docker's registry answers the same for a repository that it does not have.
    let Some(manifest) = known.and_then(|known| known.manifest(reference)) else {
        let detail = match reference.contains(':') {
            true => json!(format!("unknown manifest name={name} revision={reference}")),
            false => json!({ "Tag": reference }),
        };
        return problem(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown", detail);
    };
    let media_type = match fault {
        Some(Fault::UnknownMediaType) => "application/vnd.example.unheard-of.v9+json",
        _ => manifest.media_type,
    };
    let digest = match fault {
        Some(Fault::LyingDigest) => format!("sha256:{}", "0".repeat(64)),
        _ => manifest.digest.clone(),
    };
    let mut response = plain(media_type, manifest.bytes.clone());
    if let Ok(value) = digest.parse() {
        response.headers_mut().insert("docker-content-digest", value);
    }
    response
}

/// Docker Hub's words for a limit that is used up, seen in
/// <https://github.com/docker/docs/issues/21908>.
const TOO_MANY: &str = "You have reached your pull rate limit. You may increase the limit by \
                        authenticating and upgrading: https://www.docker.com/increase-rate-limit";

fn blob(fault: Option<&Fault>, known: Option<&Repository>, digest: &str) -> Response<Body> {
    let Some(bytes) = known.and_then(|known| known.blobs.get(digest)) else {
        let detail = json!(digest);
        return problem(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry", detail);
    };
    // A configuration is JSON; faults of layers leave it alone.
    let is_layer = !bytes.starts_with(b"{");
    match fault {
        Some(Fault::CutBlobs) if is_layer => cut(bytes),
        Some(Fault::OtherBytes) if is_layer => {
            let mut other = bytes.to_vec();
            if let Some(last) = other.last_mut() {
                *last ^= 0xff;
            }
            plain("application/octet-stream", Bytes::from(other))
        }
        _ => plain("application/octet-stream", bytes.clone()),
    }
}

/// Promises all and sends half; the error ends the connection.
fn cut(bytes: &Bytes) -> Response<Body> {
    let half = bytes.slice(..bytes.len() / 2);
    let broken = Err(io::Error::other("the connection is cut, as was asked"));
    // A pause before the break, so that the first half is sent.
    let broken = async {
        tokio::task::yield_now().await;
        broken
    };
    let first = stream::once(std::future::ready(Ok(Frame::data(half))));
    let frames = first.chain(stream::once(broken));
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    response.headers_mut().insert(header::CONTENT_LENGTH, bytes.len().into());
    response
}

fn tags(
    fault: Option<&Fault>,
    known: Option<&Repository>,
    name: &str,
    query: &str,
) -> Response<Body> {
    let next = |last: &str, count: usize| {
        format!("</v2/{name}/tags/list?last={last}&n={count}>; rel=\"next\"")
    };
    if let Some(Fault::EndlessTags) = fault {
        let mut response = json_answer(StatusCode::OK, &json!({ "name": name, "tags": ["again"] }));
        if let Ok(value) = next("again", 1).parse() {
            response.headers_mut().insert(header::LINK, value);
        }
        return response;
    }
    let Some(known) = known else {
        let detail = json!({ "name": name });
        return problem(
            StatusCode::NOT_FOUND,
            "NAME_UNKNOWN",
            "repository name not known to registry",
            detail,
        );
    };
    let count = parameter(query, "n").and_then(|n| n.parse::<usize>().ok()).unwrap_or(usize::MAX);
    let last = parameter(query, "last").unwrap_or_default();
    let mut left = known.tags.keys().filter(|tag| **tag > last);
    let page: Vec<&String> = left.by_ref().take(count).collect();
    let mut response = json_answer(StatusCode::OK, &json!({ "name": name, "tags": page }));
    if let (Some(_), Some(end)) = (left.next(), page.last())
        && let Ok(value) = next(end, count).parse()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

/// The value of a parameter, with `%3A` and `%2F` decoded: no others occur in scopes and tags.
fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.replace("%3A", ":").replace("%2F", "/").replace("%3a", ":").replace("%2f", "/"))
}

fn refused(refusal: Refusal) -> Response<Body> {
    let mut response = json_answer(refusal.status, &refusal.body);
    if let Some(Ok(value)) = refusal.challenge.map(|text| text.parse()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// An error in the form of Docker's registry, which leaves out a detail that is null.
fn problem(status: StatusCode, code: &str, message: &str, detail: Json) -> Response<Body> {
    let mut error = json!({ "code": code, "message": message });
    if !detail.is_null() {
        error["detail"] = detail;
    }
    json_answer(status, &json!({ "errors": [error] }))
}

fn json_answer(status: StatusCode, json: &Json) -> Response<Body> {
    let mut response = plain("application/json", Bytes::from(json.to_string()));
    *response.status_mut() = status;
    response
}

fn plain(media_type: &'static str, bytes: Bytes) -> Response<Body> {
    let length = bytes.len();
    let mut response = Response::new(body(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(
        "docker-distribution-api-version",
        header::HeaderValue::from_static("registry/2.0"),
    );
    response
}

fn body(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
