//! One request and its answer, within bounds.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::failure::Failure;
use crate::groups::Groups;
use crate::pull_secret::Vault;
use crate::review::{self, SelfReview};

/// How often a busy server is asked again.
const RETRIES: u32 = 4;

/// What form of answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The objects.
    Json,
    /// A list of the objects' metadata, without their content. Nothing else is accepted, so
    /// that a server which cannot do it answers 406 instead of sending content.
    Metadata,
    /// Text.
    Text,
}

impl Form {
    const fn accept(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Metadata => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            // As kubectl asks: a failure comes as JSON, a log as it is.
            Form::Text => "application/json, */*",
        }
    }
}

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as a JSON object. A type's fields may be given in an array as well, as far as
    /// the reader of JSON is concerned; here they may not.
    pub(crate) fn object<T: DeserializeOwned>(&self) -> Option<T> {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        serde_json::from_slice(&self.body).ok().filter(|_| first == Some(&b'{'))
    }

    /// The body as JSON of any form.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Sends requests, one at a time each.
pub(crate) struct Transport {
    client: kube::Client,
    timeout: Duration,
    vault: Vault,
    groups: Groups,
}

impl Transport {
    pub(crate) fn new(client: kube::Client, timeout: Duration) -> Transport {
        Transport { client, timeout, vault: Vault::default(), groups: Groups::default() }
    }

    /// Where the values of pull secrets are kept, when anybody wants them.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Which API groups the server has.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Asks for a path. A busy server (429, or 5xx, with `Retry-After` in seconds) is asked
    /// again when it says so, as client-go does, a few times and within the time limit.
    /// A body of more than `most` bytes is not read.
    pub(crate) async fn get(&self, path: &str, form: Form, most: usize) -> Result<Answer, Failure> {
        let request = || {
            let request = Request::get(path).header(header::ACCEPT, form.accept());
            request.body(Body::empty())
        };
        self.within(request, most).await
    }

    /// Asks what the user may do. The gate below puts the review in the place of the body.
    pub(crate) async fn review(&self, review: &SelfReview, most: usize) -> Result<Answer, Failure> {
        let request = || {
            let json = Form::Json.accept();
            let request = Request::post(review::PATH)
                .header(header::ACCEPT, json)
                .header(header::CONTENT_TYPE, json)
                .extension(review.clone());
            request.body(Body::empty())
        };
        self.within(request, most).await
    }

    async fn within(
        &self,
        request: impl Fn() -> http::Result<Request<Body>>,
        most: usize,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + self.timeout;
        let mut retries = RETRIES;
        loop {
            let attempt = timeout_at(deadline, self.once(request(), most)).await;
            let (answer, pause) = attempt.map_err(|_| {
                Failure::unreachable(format!("no answer within {}", seconds(self.timeout)))
            })??;
            let Some(pause) = pause else { return Ok(answer) };
            if Instant::now().checked_add(pause).is_none_or(|then| then >= deadline) {
                return Err(Failure::unreachable(format!(
                    "the server is too busy (HTTP {}) and asks to wait {}, but the time limit is {}",
                    answer.status.as_u16(),
                    seconds(pause),
                    seconds(self.timeout)
                )));
            }
            if retries == 0 {
                return Err(Failure::unreachable(format!(
                    "the server is too busy (HTTP {}, {} times)",
                    answer.status.as_u16(),
                    RETRIES + 1
                )));
            }
            retries -= 1;
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(
        &self,
        request: http::Result<Request<Body>>,
        most: usize,
    ) -> Result<(Answer, Option<Duration>), Failure> {
        let request =
            request.map_err(|_| Failure::unreachable("the name cannot be put in a request"))?;
        // `send` and not `request`: the latter writes bodies that it cannot read to the trace.
        let response =
            self.client.send(request).await.map_err(|error| Failure::of_request(&error))?;
        let (head, body) = response.into_parts();
        let pause = pause(head.status, &head.headers);
        let body = read(body, most).await?;
        Ok((Answer { status: head.status, body }, pause))
    }
}

async fn read(mut body: Body, most: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::unreachable(format!("the answer is larger than {}", size(most)));
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::unreachable("the answer was cut short"))?;
        let data: Bytes = frame.into_data().unwrap_or_default();
        if read.len() + data.len() > most {
            return Err(too_large());
        }
        read.extend_from_slice(&data);
    }
    Ok(read)
}

fn pause(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let after = headers.get(header::RETRY_AFTER).filter(|_| busy)?;
    after.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn seconds(time: Duration) -> String {
    match time.as_millis() {
        millis if millis % 1000 == 0 => format!("{} s", millis / 1000),
        millis => format!("{millis} ms"),
    }
}

pub(crate) fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    match bytes {
        bytes if bytes >= MIB => format!("{} MiB", bytes / MIB),
        bytes => format!("{bytes} bytes"),
    }
}
