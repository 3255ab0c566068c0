//! The order in which a registry is asked, and what each answer means.

use std::net::SocketAddr;

use evidence::{Check, CheckOutcome, Platform, RegistryWord, Stage};
use http::header::{CONTENT_TYPE, LINK, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use oci_spec::distribution::Reference;
use reqwest::Url;
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::exchange::{Answer, Exchange, Request, Trouble};
use crate::login::Entered;
use crate::manifest::{self, Manifest};
use crate::realm::same_origin;
use crate::settings::{Settings, Way};
use crate::words::{Scrubber, code};
use crate::{Credentials, reach, tags, trust};

/// The longest manifest or configuration that is read; containerd's own limit for manifests.
const DOCUMENT: usize = 4 << 20;
/// The most pages of tags.
const PAGES: usize = 2;

/// One run: what is asked about, and what was found so far.
pub(crate) struct Run<'a> {
    pub(crate) reference: Reference,
    pub(crate) credentials: &'a Credentials,
    pub(crate) settings: &'a Settings,
    pub(crate) scrubber: Scrubber,
    pub(crate) word: RegistryWord,
    platform: Option<&'a Platform>,
    stage: Stage,
}

/// What all requests of a run share.
pub(crate) struct Line<'a> {
    pub(crate) exchange: Exchange<'a>,
    /// The registry's root.
    pub(crate) origin: Url,
}

pub(crate) async fn ask(
    image: &str,
    platform: Option<&Platform>,
    credentials: &Credentials,
    settings: &Settings,
) -> RegistryWord {
    let mut word = RegistryWord {
        image: evidence::redact::text(image).into_owned(),
        registry: String::new(),
        checks: Vec::new(),
        accepted: None,
        refused: Vec::new(),
        digest: None,
        platforms: Vec::new(),
        nearest_tags: Vec::new(),
        all_tags_seen: false,
        requests: 0,
    };
    // `oci-spec` takes a first part in capitals for a part of the repository, which has none.
    let is_lower =
        |reference: &Reference| !reference.repository().contains(|c: char| c.is_ascii_uppercase());
    let Some(reference) = image.parse().ok().filter(is_lower) else {
        word.checks.push(Check {
            stage: Stage::Dns,
            outcome: CheckOutcome::Unknown,
            words: "it is no reference to an image, so no registry was asked".to_owned(),
        });
        return word;
    };
    word.registry = reference.registry().to_owned();
    let scrubber = Scrubber::default();
    let stage = Stage::Dns;
    let mut run = Run { reference, credentials, settings, scrubber, word, platform, stage };
    if timeout(settings.total, run.go()).await.is_err() {
        let words = format!("the time of {:?} is over", settings.total);
        run.note(run.stage, CheckOutcome::Unknown, &words);
    }
    run.word
}

impl<'a> Run<'a> {
    /// Notes a check. The next one is for the stage after it.
    pub(crate) fn note(&mut self, stage: Stage, outcome: CheckOutcome, words: &str) {
        let words = self.scrubber.clean(words);
        self.word.checks.push(Check { stage, outcome, words });
        self.stage = match stage {
            Stage::Dns => Stage::Tcp,
            Stage::Tcp => Stage::Tls,
            Stage::Tls => Stage::Authentication,
            Stage::Authentication => Stage::Manifest,
            Stage::Manifest | Stage::Platform => Stage::Platform,
        };
    }

    async fn go(&mut self) {
        let Some(mut line) = self.reach().await else { return };
        let Some(entered) = self.enter(&mut line).await else { return };
        match entered.answer.status {
            StatusCode::OK => self.read_manifest(&mut line, &entered).await,
            StatusCode::NOT_FOUND if is_registry(&entered.answer) => {
                self.missing(&mut line, &entered).await
            }
            _ => {
                let words = self.refusal(&entered.answer);
                self.note(Stage::Manifest, CheckOutcome::Unknown, &words);
            }
        }
    }

    /// The way to the registry, with the checks of name, connection and certificate.
    async fn reach(&mut self) -> Option<Line<'a>> {
        // Docker Hub's images are served by a host of another name (containerd: DefaultHost).
        let registry = match self.reference.registry() {
            "docker.io" => "registry-1.docker.io".to_owned(),
            other => other.to_owned(),
        };
        let Some(origin) = Url::parse(&format!("https://{registry}/")).ok() else {
            self.note(
                Stage::Dns,
                CheckOutcome::Unknown,
                "its registry is no host that can be asked",
            );
            return None;
        };
        let host = origin.host_str().unwrap_or_default().to_owned();
        if reach::is_loopback(&host) && !self.settings.here_is_the_node {
            let words =
                format!("{host} is the node itself; from another machine it cannot be asked");
            self.note(Stage::Dns, CheckOutcome::Unknown, &words);
            return None;
        }
        let tls = match trust::config(self.settings) {
            Ok(tls) => tls,
            Err(why) => {
                self.note(Stage::Tls, CheckOutcome::Unknown, &why);
                return None;
            }
        };
        let (origin, address) = self.connect(origin, &tls).await?;
        let pinned = address.map(|address| (host.as_str(), address));
        match Exchange::new(self.settings, tls, pinned) {
            Ok(exchange) => Some(Line { exchange, origin }),
            Err(why) => {
                self.note(Stage::Tls, CheckOutcome::Unknown, &why);
                None
            }
        }
    }

    /// The registry's root with the scheme that it speaks, and the address that took a
    /// connection; no address where a proxy connects.
    async fn connect(
        &mut self,
        mut origin: Url,
        tls: &ClientConfig,
    ) -> Option<(Url, Option<SocketAddr>)> {
        match self.settings.way_to(&origin) {
            Way::Unusable => {
                let words = "the proxy's URL is not of http or https";
                self.note(Stage::Tcp, CheckOutcome::Unknown, words);
                None
            }
            Way::Proxy(proxy) => {
                let words = format!(
                    "asked through the proxy {proxy}, which looks the name up and connects"
                );
                self.note(Stage::Tcp, CheckOutcome::Unknown, &words);
                Some((origin, None))
            }
            Way::Direct => {
                let host = origin.host_str().unwrap_or_default().to_owned();
                let port = origin.port_or_known_default().unwrap_or(443);
                // Noted one by one, so that they stand where the time ends.
                let mut seen = Seen(self);
                let reached = reach::reach(&host, port, tls, seen.0.settings, &mut seen).await?;
                if reached.plain {
                    // These fail for URLs without a host only.
                    let _ = origin.set_scheme("http");
                    let _ = origin.set_port(Some(port));
                }
                Some((origin, Some(reached.address)))
            }
        }
    }

    /// Sends a request of this run, and keeps count where it can be seen when the time is over.
    pub(crate) async fn get(
        &mut self,
        line: &mut Line<'a>,
        request: Request<'_>,
    ) -> Result<Answer, Trouble> {
        let answer = line.exchange.get(request, &mut self.word.requests).await;
        let through_proxy = !self.word.checks.iter().any(|check| check.stage == Stage::Tls);
        match &answer {
            Ok(_) if through_proxy => {
                self.note(Stage::Tls, CheckOutcome::Passed, "its certificate is trusted here");
            }
            Err(Trouble::Tls(words)) if through_proxy => {
                self.note(Stage::Tls, CheckOutcome::Failed, words);
            }
            Err(trouble) if through_proxy => {
                self.note(Stage::Tls, CheckOutcome::Unknown, trouble.words());
            }
            _ => {}
        }
        answer
    }

    /// The manifest's URL.
    pub(crate) fn manifest_url(&self, line: &Line<'_>) -> Option<Url> {
        let wanted = self.reference.digest().or(self.reference.tag()).unwrap_or("latest");
        self.url(line, &format!("manifests/{wanted}"))
    }

    fn url(&self, line: &Line<'_>, path: &str) -> Option<Url> {
        line.origin.join(&format!("/v2/{}/{path}", self.reference.repository())).ok()
    }

    pub(crate) async fn get_manifest(
        &mut self,
        line: &mut Line<'a>,
        credentials: Option<&HeaderValue>,
    ) -> Result<Answer, Trouble> {
        let Some(url) = self.manifest_url(line) else {
            return Err(Trouble::Other("its repository makes no URL".to_owned()));
        };
        let accept = manifest::ACCEPTED;
        self.get(line, Request { url, accept, credentials, longest: DOCUMENT }).await
    }

    /// The status of an answer with the registry's own words.
    pub(crate) fn refusal(&self, answer: &Answer) -> String {
        let host = answer.url.host_str().unwrap_or("the registry");
        let mut words = format!("{host} answers {}", answer.status);
        if let Some(after) = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            words.push_str(&format!(
                " (Retry-After: {})",
                after.chars().take(40).collect::<String>()
            ));
        }
        match self.scrubber.quote(&answer.body) {
            Some(quoted) => format!("{words}: {quoted}"),
            None => words,
        }
    }

    async fn read_manifest(&mut self, line: &mut Line<'a>, entered: &Entered) {
        let answer = &entered.answer;
        let digest = manifest::sha256(&answer.body);
        if let Some(problem) = self.contradiction(answer, &digest) {
            self.note(Stage::Manifest, CheckOutcome::Unknown, &problem);
            return;
        }
        let kind = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let Some(manifest) = Manifest::read(kind, &answer.body) else {
            let words = "the answer to the request for its manifest is no manifest";
            self.note(Stage::Manifest, CheckOutcome::Unknown, words);
            return;
        };
        self.note(Stage::Manifest, CheckOutcome::Passed, &format!("its digest is {digest}"));
        self.word.digest = Some(digest);
        match manifest {
            Manifest::Foreign(kind) => {
                let words = format!("its manifest is of no type of images that is known: {kind}");
                self.note(Stage::Platform, CheckOutcome::Unknown, &words);
            }
            Manifest::Index(platforms) => {
                self.word.platforms = platforms;
                self.judge_platform();
            }
            // What it is for is only worth a request where there is something to compare it with.
            Manifest::Single(_) if self.platform.is_none() => {}
            Manifest::Single(config) => match self.platform_of(line, entered, &config).await {
                Ok(platform) => {
                    self.word.platforms = vec![platform];
                    self.judge_platform();
                }
                Err(why) => self.note(Stage::Platform, CheckOutcome::Unknown, &why),
            },
        }
    }

    /// Why an answer cannot be the manifest that was asked for.
    fn contradiction(&self, answer: &Answer, digest: &str) -> Option<String> {
        if !answer.whole {
            return Some(format!("its manifest is longer than {DOCUMENT} bytes"));
        }
        let header =
            answer.headers.get("docker-content-digest").and_then(|value| value.to_str().ok());
        let claimed = [self.reference.digest(), header];
        let other = claimed
            .into_iter()
            .flatten()
            .find(|claimed| claimed.starts_with("sha256:") && *claimed != digest)?;
        Some(format!("the registry gives a manifest that does not have the digest {other}"))
    }

    fn judge_platform(&mut self) {
        // A registry may put anything into these fields.
        let scrubber = &self.scrubber;
        self.word.platforms.retain(|platform| !scrubber.finds(&platform.to_string()));
        let shown: Vec<String> = self.word.platforms.iter().map(Platform::to_string).collect();
        let shown = match shown.is_empty() {
            true => "its manifest names no platform".to_owned(),
            false => format!("it is built for {}", shown.join(", ")),
        };
        let (outcome, words) = match self.platform {
            None => (CheckOutcome::Unknown, format!("{shown}; the node's platform is not known")),
            Some(node) if self.word.platforms.iter().any(|image| manifest::runs(node, image)) => {
                (CheckOutcome::Passed, shown)
            }
            Some(node) if self.word.platforms.is_empty() => {
                (CheckOutcome::Unknown, format!("{shown}; the node is {node}"))
            }
            Some(node) => (CheckOutcome::Failed, format!("{shown}, and the node is {node}")),
        };
        self.note(Stage::Platform, outcome, &words);
    }

    async fn platform_of(
        &mut self,
        line: &mut Line<'a>,
        entered: &Entered,
        config: &str,
    ) -> Result<Platform, String> {
        let url =
            self.url(line, &format!("blobs/{config}")).ok_or("its configuration makes no URL")?;
        let credentials = entered.pass.as_ref();
        let request = Request { url, accept: "*/*", credentials, longest: DOCUMENT };
        let answer = self.get(line, request).await.map_err(|t| t.words().to_owned())?;
        if answer.status != StatusCode::OK {
            return Err(format!("its configuration was not given: {}", self.refusal(&answer)));
        }
        if !answer.whole || manifest::sha256(&answer.body) != config {
            return Err(
                "its configuration does not have the digest that its manifest says".to_owned()
            );
        }
        manifest::platform_of_config(&answer.body)
            .ok_or_else(|| "its configuration names no platform".to_owned())
    }

    /// The registry says that there is no such tag or digest.
    async fn missing(&mut self, line: &mut Line<'a>, entered: &Entered) {
        let words = self.refusal(&entered.answer);
        // Noted first, so that it stands even where the time ends before the tags are known.
        self.note(Stage::Manifest, CheckOutcome::Failed, &words);
        let Some(tag) =
            self.reference.tag().filter(|_| self.reference.digest().is_none()).map(str::to_owned)
        else {
            return;
        };
        if let Err(why) = self.find_tags(line, entered, &tag).await {
            let words = self.scrubber.clean(&format!("{words}; its tags were not given: {why}"));
            if let Some(check) = self.word.checks.last_mut() {
                check.words = words;
            }
        }
    }

    async fn find_tags(
        &mut self,
        line: &mut Line<'a>,
        entered: &Entered,
        wanted: &str,
    ) -> Result<(), String> {
        let mut url = self.url(line, "tags/list?n=1000").ok_or("its repository makes no URL")?;
        let path = url.path().to_owned();
        let mut all: Vec<String> = Vec::new();
        for _ in 0..PAGES {
            let (accept, credentials) = ("application/json", entered.pass.as_ref());
            let request = Request { url: url.clone(), accept, credentials, longest: DOCUMENT };
            let answer =
                self.get(line, request).await.map_err(|trouble| trouble.words().to_owned())?;
            if answer.status != StatusCode::OK {
                return Err(self.refusal(&answer));
            }
            let page =
                Some(answer.whole).filter(|whole| *whole).and_then(|_| tags::page(&answer.body));
            all.extend(page.ok_or("the list cannot be read")?);
            let scrubber = &self.scrubber;
            all.retain(|tag| !scrubber.finds(tag) && evidence::redact::text(tag) == tag.as_str());
            self.word.nearest_tags = tags::nearest(wanted, &all);
            let link = answer.headers.get(LINK).and_then(|value| value.to_str().ok());
            let Some(link) = link.and_then(tags::next) else {
                self.word.all_tags_seen = true;
                return Ok(());
            };
            // Credentials go along: the next page must be of the same list.
            match url.join(link) {
                Ok(next) if same_origin(&next, &line.origin) && next.path() == path => url = next,
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Whether a 404 is a registry's: a page of something else says nothing about an image.
fn is_registry(answer: &Answer) -> bool {
    code(&answer.body).is_some_and(|code| {
        matches!(
            code.as_str(),
            "MANIFEST_UNKNOWN"
                | "NAME_UNKNOWN"
                | "NOT_FOUND"
                | "MANIFEST_BLOB_UNKNOWN"
                | "TAG_UNKNOWN"
        )
    })
}

/// Notes the checks of the network in a run.
pub(crate) struct Seen<'r, 'a>(&'r mut Run<'a>);

impl Seen<'_, '_> {
    pub(crate) fn push(&mut self, (stage, outcome, words): (Stage, CheckOutcome, String)) {
        self.0.note(stage, outcome, &words);
    }
}
