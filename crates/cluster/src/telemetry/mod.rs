//! Alerts and time series, asked of the systems that have them.
//!
//! No API server tells them. A cluster that has an Alertmanager or a Prometheus is asked through
//! the API server's proxy to that service, with the user's own credentials and nothing but the
//! user's way to the API server; one that stands elsewhere, by its URL, without credentials.

mod alertmanager;
mod prometheus;
mod site;

use std::time::Duration;

use evidence::{Question, Reply, Time};
use http::StatusCode;
use kube::client::ClientBuilder;
use serde_json::Value as Json;

use crate::connect_error::ConnectError;
use crate::failure::Failure;
use crate::path;
use crate::read_only::ReadOnly;
use crate::refusal;
use crate::transport::{Form, Transport};

pub use site::{BadSite, Site};

/// Which systems are asked, and about which hour.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The Alertmanager.
    pub alertmanager: Option<Site>,
    /// The Prometheus, which is asked for alerts too where there is no Alertmanager, or whatever
    /// answers like it (Thanos, Mimir, VictoriaMetrics).
    pub prometheus: Option<Site>,
    /// The end of the hour of which time series are read.
    pub until: Time,
}

/// The systems, ready to be asked.
pub(crate) struct Systems {
    alertmanager: Option<System>,
    prometheus: Option<System>,
    until: Time,
}

/// A system: its name, where it is, and the way to it where that is not the API server's.
struct System {
    name: &'static str,
    site: Site,
    own: Option<Transport>,
}

impl Systems {
    pub(crate) fn new(
        telemetry: Telemetry,
        gate: &ReadOnly,
        timeout: Duration,
    ) -> Result<Systems, ConnectError> {
        let system = |name, site: Option<Site>| -> Result<Option<System>, ConnectError> {
            let Some(site) = site else { return Ok(None) };
            let own = match &site {
                Site::Url(url) => Some(transport(url.clone(), gate, timeout)?),
                Site::Service { .. } => None,
            };
            Ok(Some(System { name, site, own }))
        };
        Ok(Systems {
            alertmanager: system("Alertmanager", telemetry.alertmanager)?,
            prometheus: system("Prometheus", telemetry.prometheus)?,
            until: telemetry.until,
        })
    }

    /// Answers a question about telemetry; `None` where no system that could was given.
    pub(crate) async fn answer(&self, through: &Transport, question: &Question) -> Option<Reply> {
        let reply = match question {
            Question::Alerts { namespace } => match (&self.alertmanager, &self.prometheus) {
                (Some(system), _) => alertmanager::ask(system, through, namespace).await,
                (None, Some(system)) => prometheus::alerts(system, through, namespace).await,
                (None, None) => return None,
            },
            Question::Series { namespace } => {
                let system = self.prometheus.as_ref()?;
                prometheus::series(system, through, namespace, self.until).await
            }
            _ => return None,
        };
        Some(reply.unwrap_or_else(|failure| failure.reply(question)))
    }
}

fn transport(
    url: http::Uri,
    gate: &ReadOnly,
    timeout: Duration,
) -> Result<Transport, ConnectError> {
    let client = ClientBuilder::try_from(kube::Config::new(url))
        .map_err(ConnectError::of_client)?
        .with_layer(gate)
        .build();
    Ok(Transport::new(client, timeout))
}

impl System {
    /// Asks for a path of the system's own API. `most`: the most bytes that are read.
    async fn get(&self, through: &Transport, own: &str, most: usize) -> Result<Json, Failure> {
        let name = self.name;
        let (transport, path) = match (&self.own, &self.site) {
            (Some(transport), _) => (transport, own.to_owned()),
            (None, site) => {
                let root = site.proxy().ok_or_else(|| {
                    Failure::unreachable(format!("no service can be named {site}"))
                })?;
                (through, format!("{root}{own}"))
            }
        };
        let answer = transport.get(&path, Form::Json, most).await.map_err(|failure| Failure {
            why: format!("{name} ({}): {}", self.site, failure.why),
            ..failure
        })?;
        if answer.status == StatusCode::OK {
            return answer.json().ok_or_else(|| {
                Failure::unreachable(format!("the answer of {name} ({}) is not JSON", self.site))
            });
        }
        Err(refusal::of_telemetry(&answer, name, &self.site))
    }
}

/// The path of an API with its query.
fn asking(api: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        query.iter().map(|(key, value)| format!("{key}={}", path::encode(value))).collect();
    match pairs.is_empty() {
        true => api.to_owned(),
        false => format!("{api}?{}", pairs.join("&")),
    }
}
