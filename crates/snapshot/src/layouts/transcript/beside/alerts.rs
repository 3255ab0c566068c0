//! `alerts.json`: what alerting systems and finders of anomalies wrote.

use evidence::Reply;
use serde_json::Value as Json;

use crate::layouts::transcript::moments::civil;

/// Reads the file.
pub(super) fn read(text: &str, offset: i64) -> Result<Reply, String> {
    let json: Json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("not JSON: {error}"))?;
    match evidence::alerts(&json, |text| civil(text, offset)) {
        Some(alerts) => Ok(Reply::Alerts(alerts.into())),
        None => Err("it holds no list of alerts".to_owned()),
    }
}
