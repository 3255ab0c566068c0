//! What stands beside `kubectl.txt` in the folder of an incident, one file for each sort.

mod alerts;
mod connectivity;
mod logged_errors;
mod logs;
mod metrics;
mod systemctl;

use evidence::Question;

use crate::intake::Intake;
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

pub(super) use logs::{TypedLog, logs};
pub(super) use systemctl::{services_of_nodes, typed_service};

/// Takes in what was measured and tried, beside the cluster. `offset`: the seconds east of
/// Greenwich of times that do not say their zone.
pub(super) fn telemetry(branch: &Branch<'_>, namespace: &str, offset: i64, intake: &mut Intake) {
    let namespace = || namespace.to_owned();
    if let Some(text) = read(branch, "connectivity.txt", intake) {
        let reply = connectivity::read(&text);
        intake.answer(Question::Reach { namespace: namespace() }, reply);
    }
    if let Some(text) = read(branch, "alerts.json", intake) {
        match alerts::read(&text, offset) {
            Ok(reply) => intake.answer(Question::Alerts { namespace: namespace() }, reply),
            Err(why) => intake.notes.take(NoteKind::Broken, "alerts.json", why),
        }
    }
    if let Some(reply) = logged_errors::read(branch, intake) {
        intake.answer(Question::LoggedErrors { namespace: namespace() }, reply);
    }
    if let Some(text) = read(branch, "metrics.csv", intake) {
        match metrics::read(&text, offset) {
            Some(reply) => intake.answer(Question::Series { namespace: namespace() }, reply),
            None => {
                intake.notes.take(NoteKind::Broken, "metrics.csv", "it has no heading with a time")
            }
        }
    }
}

fn read(branch: &Branch<'_>, path: &str, intake: &mut Intake) -> Option<String> {
    if !branch.has(path) {
        return None;
    }
    match branch.read(path) {
        Ok(bytes) => Some(text::decode(&bytes).text.into_owned()),
        Err(why) => {
            intake.notes.take(NoteKind::Broken, path, why);
            None
        }
    }
}
