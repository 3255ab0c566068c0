//! The ways in which a registry fails.

use std::time::Duration;

/// A fault of some repositories.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) repository: String,
    pub(crate) fault: Fault,
}

/// What happens instead of the right answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 429 on manifests, with this `Retry-After` in seconds.
    TooManyRequests(u32),
    /// 500 on manifests.
    ServerError,
    /// 503 on manifests.
    Unavailable,
    /// 503 on the first so many requests for manifests of each repository, by whatever tag or
    /// digest, then the right answer.
    UnavailableAtFirst(u32),
    /// The answer to a request for a manifest comes only after this time.
    Slow(Duration),
    /// Layers break off half-way: the connection ends before the promised length.
    CutBlobs,
    /// Layers hold other bytes than their digest says.
    OtherBytes,
    /// Requests for manifests are sent to this URL, with the path appended.
    Redirect(String),
    /// Manifests come with a media type that nobody knows.
    UnknownMediaType,
    /// Manifests come with the digest of something else in their header.
    LyingDigest,
    /// The list of tags goes on forever, each page leading to a next one.
    EndlessTags,
    /// Manifests are no JSON, and as long as this.
    Garbage(usize),
}

impl Rule {
    /// A rule on a repository; with `/*` at its end, on all below it; `*` is all of them.
    pub fn on(repository: &str) -> RuleOn {
        RuleOn(repository.to_owned())
    }

    pub(crate) fn is_on(&self, repository: &str) -> bool {
        match self.repository.strip_suffix('*') {
            Some(start) => repository.starts_with(start),
            None => repository == self.repository,
        }
    }
}

/// A rule that has no fault yet.
#[derive(Clone, Debug)]
pub struct RuleOn(String);

impl RuleOn {
    /// With this fault.
    pub fn then(self, fault: Fault) -> Rule {
        Rule { repository: self.0, fault }
    }
}
