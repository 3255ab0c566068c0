//! Requests and their answers: counted, timed, bounded, and with credentials for one origin only.

use std::net::SocketAddr;

use http::header::{ACCEPT, AUTHORIZATION, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Url;
use rustls::ClientConfig;
use secrecy::ExposeSecret;

use crate::realm::same_origin;
use crate::settings::{Settings, Way};
use crate::trust;

/// The most HTTP requests of one run, redirects and token services included.
pub const MAX_REQUESTS: u32 = 10;
/// The most redirects of one request.
const MAX_HOPS: u32 = 3;

/// A request.
#[derive(Clone)]
pub(crate) struct Request<'r> {
    pub url: Url,
    /// The media types that are understood.
    pub accept: &'r str,
    /// For the origin of the URL only.
    pub credentials: Option<&'r HeaderValue>,
    /// The longest body that is read, in bytes.
    pub longest: usize,
}

/// An answer that came to its end, or to the bound of its length.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether the body is complete.
    pub whole: bool,
    /// Where it came from, after redirects.
    pub url: Url,
}

/// Why there is no answer.
pub(crate) enum Trouble {
    /// TLS did not come about.
    Tls(String),
    /// Anything else: out of time, broken off, against our own rules.
    Other(String),
}

impl Trouble {
    pub(crate) fn words(&self) -> &str {
        match self {
            Trouble::Tls(words) | Trouble::Other(words) => words,
        }
    }
}

/// The one that sends.
pub(crate) struct Exchange<'a> {
    client: reqwest::Client,
    settings: &'a Settings,
}

impl<'a> Exchange<'a> {
    /// `pinned` is the host whose address is known, because it was connected to.
    pub(crate) fn new(
        settings: &'a Settings,
        tls: ClientConfig,
        pinned: Option<(&str, SocketAddr)>,
    ) -> Result<Exchange<'a>, String> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("tsg/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .connect_timeout(settings.connect)
            // The environment is the front's to read.
            .no_proxy();
        for (host, addresses) in &settings.addresses {
            let addresses: Vec<SocketAddr> =
                addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect();
            builder = builder.resolve_to_addrs(host, &addresses);
        }
        if let Some((host, address)) = pinned {
            builder = builder.resolve(host, address);
        }
        if let Some(url) = settings.proxy_url() {
            // The error would quote the URL.
            let proxy = reqwest::Proxy::https(url.expose_secret())
                .map_err(|_| "the proxy's URL cannot be read".to_owned())?;
            builder =
                builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&settings.no_proxy)));
        }
        let client = builder.build().map_err(|_| "the HTTP client cannot be set up".to_owned())?;
        Ok(Exchange { client, settings })
    }

    /// Sends a request, and follows redirects. `sent` counts the requests of the run.
    pub(crate) async fn get(
        &self,
        request: Request<'_>,
        sent: &mut u32,
    ) -> Result<Answer, Trouble> {
        let mut request = Request { url: without_userinfo(request.url), ..request };
        for _ in 0..=MAX_HOPS {
            let answer = self.send(request.clone(), sent).await?;
            let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let is_redirect = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = location.filter(|_| is_redirect) else { return Ok(answer) };
            let Ok(next) = request.url.join(location).map(without_userinfo) else {
                return Err(Trouble::Other("it redirects to something that is no URL".to_owned()));
            };
            let host = next.host_str().unwrap_or("?").to_owned();
            if !same_origin(&request.url, &next) {
                if next.scheme() != "https" {
                    let to = next.scheme();
                    return Err(Trouble::Other(format!(
                        "it redirects to {host} by {to}, which is not followed"
                    )));
                }
                request.credentials = None;
            }
            request.url = next;
        }
        Err(Trouble::Other(format!("it redirects more than {MAX_HOPS} times")))
    }

    async fn send(&self, request: Request<'_>, sent: &mut u32) -> Result<Answer, Trouble> {
        let Request { url, accept, credentials, longest } = request;
        if let Way::Unusable = self.settings.way_to(&url) {
            return Err(Trouble::Other("the proxy's URL is not of http or https".to_owned()));
        }
        if *sent == MAX_REQUESTS {
            return Err(Trouble::Other(format!("after {MAX_REQUESTS} requests no more are sent")));
        }
        *sent += 1;
        let mut built = self.client.get(url.clone()).header(ACCEPT, accept);
        if let Some(credentials) = credentials {
            built = built.header(AUTHORIZATION, credentials.clone());
        }
        let host = url.host_str().unwrap_or("?").to_owned();
        match tokio::time::timeout(self.settings.request, receive(built, url, longest)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(explain(&error, &host)),
            Err(_) => Err(Trouble::Other(format!(
                "{host} gives no complete answer within {:?}",
                self.settings.request
            ))),
        }
    }
}

async fn receive(
    request: reqwest::RequestBuilder,
    url: Url,
    longest: usize,
) -> Result<Answer, reqwest::Error> {
    let mut response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = longest - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(Answer { status, headers, body, whole: false, url });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body, whole: true, url })
}

/// The words of reqwest quote the URL; only the cause at the end of the chain is told.
fn explain(error: &reqwest::Error, host: &str) -> Trouble {
    if let Some(tls) = trust::find(error) {
        return Trouble::Tls(format!("{host}: {}", trust::words(tls)));
    }
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let what = match () {
        () if error.is_connect() => "cannot be connected to",
        () if error.is_timeout() => "does not answer in time",
        () if error.is_body() || error.is_decode() => "breaks off its answer",
        () => "gives no answer",
    };
    let is_reqwest = last.is::<reqwest::Error>();
    Trouble::Other(match is_reqwest {
        true => format!("{host} {what}"),
        false => format!("{host} {what}: {last}"),
    })
}

/// A URL's user name and password would be sent as a login.
fn without_userinfo(mut url: Url) -> Url {
    if url.has_authority() && !url.cannot_be_a_base() {
        // These fail for URLs without a host only, which cannot be asked anyway.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    url
}
