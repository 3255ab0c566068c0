//! `error-logs/<workload>.json`: the errors that a store of logs found, of all workloads together.

use evidence::{LoggedErrors, Reply};

use crate::intake::Intake;
use crate::logs;
use crate::tree::Branch;

/// Reads the files of the folder; `None` where there is none.
pub(super) fn read(branch: &Branch<'_>, intake: &mut Intake) -> Option<Reply> {
    let subject = |path: &str| {
        let subject = path.strip_prefix("error-logs/")?.strip_suffix(".json")?;
        (!subject.contains('/')).then(|| subject.to_owned())
    };
    let files: Vec<(&str, String)> =
        branch.files().filter_map(|path| Some((path, subject(path)?))).collect();
    let mut found = Vec::new();
    for (path, subject) in &files {
        let text = super::read(branch, path, intake);
        let log = text.and_then(|text| logs::mined(&text, false));
        found.extend(log.map(|log| LoggedErrors::of(subject, log)));
    }
    (!files.is_empty()).then(|| Reply::LoggedErrors(found.into()))
}
