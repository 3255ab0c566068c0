//! What came back.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    Alert, LoggedErrors, NodeService, Object, ObjectRef, Question, Reach, RegistryWord, Series,
};

/// The answer to a [`Question`](crate::Question).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The version of the API server.
    Version(ServerVersion),
    /// The object.
    Object(Arc<Object>),
    /// The objects, all of them or as many as were seen.
    Objects(Arc<Listing>),
    /// The objects of that name.
    Namesakes(Arc<Vec<ObjectRef>>),
    /// The end of a log.
    Log(Arc<Log>),
    /// What the registry said, to the machine that asked.
    Registry(#[serde(deserialize_with = "admitted")] Arc<RegistryWord>),
    /// The services of a node.
    NodeServices(#[serde(deserialize_with = "admitted_services")] Arc<Vec<NodeService>>),
    /// What accepted a connection and what did not.
    Reach(Arc<Vec<Reach>>),
    /// The alerts.
    Alerts(#[serde(deserialize_with = "admitted_alerts")] Arc<Vec<Alert>>),
    /// The errors that a store of logs found.
    LoggedErrors(#[serde(deserialize_with = "admitted_errors")] Arc<Vec<LoggedErrors>>),
    /// The time series.
    Series(Arc<Vec<Series>>),
    /// It is not there, said by a source that would know.
    Absent,
    /// Nothing is known, for the reason given.
    Unseen(Unseen),
}

impl Reply {
    /// What it leaves unknown of what was asked. A dump that says nothing of an add-on's objects is
    /// most often of a cluster without the add-on, and is no less complete for it. Nor has anybody to
    /// have an Alertmanager; one that was named and does not answer is a gap.
    pub fn gap(&self, question: &Question) -> Option<&Unseen> {
        match (self, question) {
            (Reply::Unseen(unseen), Question::List { kind, .. })
                if kind.is_custom() && unseen.kind == UnseenKind::NotCaptured =>
            {
                None
            }
            (Reply::Unseen(unseen), question)
                if question.is_told_elsewhere()
                    && matches!(unseen.kind, UnseenKind::NotAsked | UnseenKind::NotCaptured) =>
            {
                None
            }
            (Reply::Unseen(unseen), _) => Some(unseen),
            (Reply::Objects(listing), _) => listing.missing.as_ref(),
            _ => None,
        }
    }
}

/// A recording may be written by anybody: its words are redacted as those of a registry are.
fn admitted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<RegistryWord>, D::Error> {
    Ok(Arc::new(RegistryWord::deserialize(deserializer)?.admit()))
}

fn admitted_services<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Vec<NodeService>>, D::Error> {
    let services = Vec::<NodeService>::deserialize(deserializer)?;
    Ok(Arc::new(services.into_iter().map(NodeService::admit).collect()))
}

fn admitted_alerts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Vec<Alert>>, D::Error> {
    let alerts = Vec::<Alert>::deserialize(deserializer)?;
    Ok(Arc::new(alerts.into_iter().map(Alert::admit).collect()))
}

fn admitted_errors<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Vec<LoggedErrors>>, D::Error> {
    let errors = Vec::<LoggedErrors>::deserialize(deserializer)?;
    Ok(Arc::new(errors.into_iter().map(LoggedErrors::admit).collect()))
}

/// The version that an API server gives of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVersion {
    /// As served: `v1.34.4`, `v1.30.2-gke.1587003`.
    pub git_version: String,
}

/// Objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The objects seen, in the source's order.
    pub items: Vec<Arc<Object>>,
    /// Why there may be more; `None` when these are all, and then what is not here is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Unseen>,
}

/// The end of a container's log, redacted where it enters: from a source or a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Its lines, oldest first, without line ends.
    pub lines: Vec<String>,
    /// Whether earlier lines exist or may exist that are not here.
    pub cut: bool,
}

impl Log {
    /// Admits a log: keeps the last [`Question::LOG_LINES`](crate::Question::LOG_LINES) lines,
    /// and redacts them together, since a private key is many lines.
    pub fn admit(text: &str) -> Log {
        let limit = Question::LOG_LINES as usize;
        let last = text.strip_suffix('\n').unwrap_or(text);
        let mut starts = last.rmatch_indices('\n').map(|(at, _)| at + 1);
        let from = starts.nth(limit - 1).unwrap_or(0);
        Log { lines: redacted(text[from..].lines()), cut: from > 0 }
    }

    /// Whether a line is what the kubelet writes in the place of a log: the container or its log file
    /// was removed (pkg/kubelet/kuberuntime/kuberuntime_container.go, logs/logs.go). Where logs lie is
    /// a setting of the kubelet (`podLogsDir`).
    pub fn is_lost(line: &str) -> bool {
        line.starts_with("unable to retrieve container logs for ")
            || line.starts_with("failed to try resolving symlinks in path \"")
                && line.ends_with(": no such file or directory")
    }
}

fn redacted<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() {
        return Vec::new();
    }
    crate::redact::text(&lines.join("\n")).split('\n').map(str::to_owned).collect()
}

impl<'de> Deserialize<'de> for Log {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Log, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            lines: Vec<String>,
            cut: bool,
        }
        let Written { lines, cut } = Written::deserialize(deserializer)?;
        Ok(Log { lines: redacted(lines.iter().map(String::as_str)), cut })
    }
}

/// Why something is not known. Never to be read as "not there".
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Unseen {
    /// The sort of reason.
    pub kind: UnseenKind,
    /// What is not known, as a noun: `events of Pod shop/web-0`.
    pub what: Arc<str>,
    /// Why, and what to do about it where that is known.
    pub why: Arc<str>,
}

impl Unseen {
    /// A reason for not knowing `what`.
    pub fn new(kind: UnseenKind, what: impl ToString, why: impl ToString) -> Unseen {
        Unseen { kind, what: what.to_string().into(), why: why.to_string().into() }
    }
}

impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.what, self.kind.word(), self.why)
    }
}

/// The sorts of not knowing.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UnseenKind {
    /// The user may not ask (RBAC, 401, 403).
    Denied,
    /// The source could not be reached, failed, or did not answer in time.
    Unreachable,
    /// The source's text or list ends before the place that matters.
    Truncated,
    /// The source forgets, and it is too late to ask (events after their time to live).
    Expired,
    /// The dump, bundle or recording does not hold it.
    NotCaptured,
    /// The source shows the object in part, and not this part of it.
    NotShown,
    /// The guide did not have it asked.
    NotAsked,
}

impl UnseenKind {
    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            UnseenKind::Denied => "denied",
            UnseenKind::Unreachable => "unreachable",
            UnseenKind::Truncated => "truncated",
            UnseenKind::Expired => "expired",
            UnseenKind::NotCaptured => "not captured",
            UnseenKind::NotShown => "not shown",
            UnseenKind::NotAsked => "not asked",
        }
    }
}
