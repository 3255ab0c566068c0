//! What a clean report says where its clock may be slow.
//!
//! Files that do not say when they were made have a clock that is only a bound: it was not before
//! the newest time in them. What waits for a minute before it counts as trouble then looks too
//! young, however long it had waited. A clean report is therefore held against a later clock, and
//! what would be in trouble by that is not known to be well.

use std::collections::BTreeSet;

use evidence::{Kind, ObjectRef, Time, Unseen, UnseenKind};

use crate::Target;
use crate::report::Report;

/// A day, in seconds: longer than any signal waits, and than most schedules rest.
const LATER: i64 = 86_400;

/// The later clock.
pub(crate) fn than(now: Time) -> Time {
    Time::from_second(now.as_second() + LATER).unwrap_or(now)
}

/// What the later report speaks of, and so may be in trouble already; `None` where it is as clean.
/// That the next run of a CronJob would have come is no trouble: the clock alone does not start it.
/// Who asks about that CronJob is told.
pub(crate) fn doubt(target: &Target, clean: &Report, later: &Report) -> Option<Unseen> {
    let diagnosed = later.diagnoses.iter().flat_map(|one| &one.affected);
    let doubted = later.inconclusive.iter().flat_map(|one| &one.affected);
    let uncovered = later.uncovered.iter().map(|one| &one.object);
    let asked_for = |object: &ObjectRef| matches!(target, Target::Object(one) if one == object);
    let named: BTreeSet<&ObjectRef> = diagnosed
        .chain(doubted)
        .chain(uncovered)
        .filter(|object| object.kind != Kind::CronJob || asked_for(object))
        .collect();
    let first = named.first()?;
    let whose = match named.len() - 1 {
        0 => first.to_string(),
        more => format!("{first} and {more} more"),
    };
    let why = format!(
        "the files do not say when they were made, only that it was not before {}: by a later clock \
         there is trouble; `--now TIME` decides",
        clean.now
    );
    Some(Unseen::new(UnseenKind::NotCaptured, format!("how long {whose} has been so"), why))
}
