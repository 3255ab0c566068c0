//! What is told of a cluster by others than its API server: the service manager of a node, a
//! check of connections, an alerting system, a store of logs, a store of time series.
//!
//! Every one of them is optional. Where it is not at hand the reply is unseen, and a guide has to
//! come to its end without it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Log, Question, Time, Unseen, UnseenKind, redact};

/// A service of a node's service manager, as `systemctl status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeService {
    /// The unit without its ending: `kubelet`, `containerd`.
    pub name: String,
    /// The first word of `Active:`: `active`, `inactive`, `failed`, `activating`.
    pub state: String,
    /// The word in brackets after it: `running`, `dead`, `exit-code`, `auto-restart`.
    pub detail: Option<String>,
    /// Since when, where it is told in a way that names a point in time.
    pub since: Option<Time>,
    /// The lines of its journal that were shown, oldest first, redacted.
    pub journal: Vec<String>,
}

impl NodeService {
    /// The most lines of a journal that are kept: the last ones.
    const MOST_LINES: usize = 100;

    /// Redacts what its journal says. Sources and recordings let it in through this.
    pub fn admit(mut self) -> NodeService {
        let surplus = self.journal.len().saturating_sub(NodeService::MOST_LINES);
        self.journal.drain(..surplus);
        let text = self.journal.join("\n");
        if let std::borrow::Cow::Owned(clean) = redact::text(&text) {
            self.journal = clean.split('\n').map(str::to_owned).collect();
        }
        self
    }
}

/// Whether a service accepted a connection, from where the source's author tried it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// The name that was connected to, most often that of a service of the namespace.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it accepted.
    pub open: bool,
}

/// An alert that was firing, in the words of Alertmanager or of the system that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alert {
    /// Its name: the label `alertname`, or the kind of anomaly.
    pub name: String,
    /// What it is about, where it says so: the name of a service, workload, pod or node.
    pub subject: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its sentences, redacted.
    pub evidence: Vec<String>,
    /// Since when.
    pub since: Option<Time>,
}

impl Alert {
    /// Redacts what it says. Sources and recordings let it in through this.
    pub fn admit(mut self) -> Alert {
        let clean = |text: &mut String| {
            if let std::borrow::Cow::Owned(clean) = redact::text(text) {
                *text = clean;
            }
        };
        clean(&mut self.name);
        self.subject.iter_mut().for_each(clean);
        self.labels.values_mut().for_each(clean);
        self.evidence.iter_mut().for_each(clean);
        self
    }
}

/// The errors that a store of logs found in the present logs of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedErrors {
    /// The name of the workload or pod.
    pub subject: String,
    /// The lines, redacted.
    pub lines: Vec<String>,
}

impl LoggedErrors {
    /// The errors of a log.
    pub fn of(subject: &str, log: Log) -> LoggedErrors {
        LoggedErrors { subject: subject.to_owned(), lines: log.lines }
    }

    /// Redacts its lines. Recordings let it in through this.
    pub fn admit(self) -> LoggedErrors {
        LoggedErrors::of(&self.subject, Log::admit(&self.lines.join("\n")))
    }
}

/// The values of one metric of one subject, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// What is measured: the name of a service, workload, pod or node.
    pub subject: String,
    /// The metric, in the source's word: `cpu`, `mem`, `p90latency`.
    pub metric: String,
    /// Points in time with the value then. A value that was not measured has no point.
    pub points: Vec<(Time, f64)>,
}

/// The reply of an API server to a question that it cannot answer.
pub fn not_told(question: &Question) -> Unseen {
    let why = match question {
        Question::NodeServices { node } => {
            format!("no API server tells it; on {node} itself `systemctl status` does")
        }
        Question::Alerts { .. } => "no alerting system was given (--alertmanager)".to_owned(),
        Question::LoggedErrors { .. } => {
            "only a dump may hold what a store of logs found".to_owned()
        }
        Question::Series { .. } => "no store of time series was given (--prometheus)".to_owned(),
        _ => "no API server tells it".to_owned(),
    };
    Unseen::new(UnseenKind::NotAsked, question, why)
}
