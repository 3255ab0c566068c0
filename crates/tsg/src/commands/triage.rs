//! `tsg triage`: the few objects that have to be changed, for the many that show symptoms.

use ::diagnose::{Investigation, Scope, Target};

use super::diagnose::{check_namespace, investigate, record, show};
use crate::cli::TriageArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::library;
use crate::source::Source;

/// Runs the command.
pub fn run(args: &TriageArgs) -> Result<Exit, Failure> {
    let book = library::open(&args.guides)?;
    check_namespace(args.source.namespace.as_deref())?;
    let source = Source::open(&args.source)?;
    let namespace = args.source.namespace.as_deref().unwrap_or(&source.default_namespace);
    let target = match args.all_namespaces {
        true => Target::Cluster,
        false => Target::Namespace(namespace.to_owned()),
    };
    let (scope, notes) = (Scope::Everything, source.notes.clone());
    let investigation = Investigation { scope, notes, ..Investigation::new(&book, target) };
    let (report, replies) = investigate(&source, &investigation);
    if let Some(path) = &args.record {
        record(path, &source, &report, &replies)?;
    }
    show(&report, &args.output)?;
    Ok(Exit::of(&report))
}
