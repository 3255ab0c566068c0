//! `tsg snapshot`: everything that the guides could ask of a namespace, redacted, in one file.

use std::fs::File;
use std::path::PathBuf;

use ::snapshot::{Meta, Recording, RecordingKind};
use evidence::{Question, Replies, Reply};

use crate::cli::SnapshotArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::terminal;

/// Runs the command.
pub fn run(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let source = Source::open(&args.source)?;
    let namespace =
        args.source.namespace.clone().unwrap_or_else(|| source.default_namespace.clone());
    if !diagnose::is_object_name(&namespace) {
        return Err(Failure::bad_usage(format!(
            "`{namespace}` is not a name that a namespace can have"
        )));
    }
    let (_, replies) = source.run(|replies| {
        let open = diagnose::capture::open_questions(&namespace, replies);
        if open.is_empty() { Ok(()) } else { Err(open) }
    });
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{namespace}.tar.zst")));
    let failure = |error: &dyn std::fmt::Display| {
        Failure::could_not_look(format!("{}: {error}", path.display()))
    };
    let mut meta = Meta::new(RecordingKind::Snapshot, source.now, source.described.clone());
    meta.earliest = source.is_earliest();
    meta.target = Some(format!("namespace {namespace}"));
    meta.notes = source.notes.clone();
    let file = File::create(&path).map_err(|error| failure(&error))?;
    Recording::write(&replies, &meta, file).map_err(|error| failure(&error))?;
    let size = std::fs::metadata(&path).map_or(0, |file| file.len());
    terminal::print(&format!("{} ({} KB), redacted\n", path.display(), size.div_ceil(1024)));
    terminal::print(&holdings(&replies));
    let whole = replies.iter().all(|(_, reply)| !matches!(reply, Reply::Unseen(_)));
    let anything = replies.iter().any(|(_, reply)| !matches!(reply, Reply::Unseen(_)));
    Ok(match (whole, anything) {
        (true, _) => Exit::Nothing,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::CouldNotLook,
    })
}

/// What is in it, and what is not.
fn holdings(replies: &Replies) -> String {
    let mut text = String::new();
    let mut logs = (0, 0);
    for (question, reply) in replies.iter() {
        match (question, reply) {
            (Question::Log { .. }, Reply::Log(_)) => logs.0 += 1,
            (Question::Log { .. }, Reply::Unseen(_)) => logs.1 += 1,
            (Question::List { .. }, Reply::Objects(listing)) => {
                let how = match &listing.missing {
                    None => "complete".to_owned(),
                    Some(missing) => format!("{}: {}", missing.kind.word(), missing.why),
                };
                let count = listing.items.len();
                text.push_str(&format!("  {:44} {count:>5}  {how}\n", question.to_string()));
            }
            (_, Reply::Unseen(unseen)) => {
                let kind = unseen.kind.word();
                text.push_str(&format!(
                    "  {:44}     -  {kind}: {}\n",
                    question.to_string(),
                    unseen.why
                ));
            }
            _ => {}
        }
    }
    let unread = if logs.1 > 0 { format!("{} could not be read", logs.1) } else { String::new() };
    text.push_str(&format!("  {:44} {:>5}  {unread}\n", "logs of containers in trouble", logs.0));
    text
}
