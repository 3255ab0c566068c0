//! Alerts of an Alertmanager.

use evidence::{Alert, Reply};
use serde_json::Value as Json;

use super::{System, asking};
use crate::failure::Failure;
use crate::transport::Transport;

/// The most bytes of a list of alerts: some ten thousand of them.
pub(super) const MOST: usize = 16 * 1024 * 1024;

/// The alerts that are active, of a namespace and of what belongs to none.
pub(super) async fn ask(
    system: &System,
    through: &Transport,
    namespace: &str,
) -> Result<Reply, Failure> {
    let path = asking("/api/v2/alerts", &[("active", "true"), ("inhibited", "false")]);
    let json = system.get(through, &path, MOST).await?;
    about(&json, namespace)
        .ok_or_else(|| Failure::unreachable("the answer of Alertmanager holds no list of alerts"))
}

/// The alerts of a document that bear the namespace's label or none.
pub(super) fn about(json: &Json, namespace: &str) -> Option<Reply> {
    let is_of = |alert: &Alert| alert.labels.get("namespace").is_none_or(|own| own == namespace);
    let alerts = evidence::alerts(json, |_| None)?;
    Some(Reply::Alerts(alerts.into_iter().filter(is_of).collect::<Vec<_>>().into()))
}
