//! `tsg triage`: the few objects that have to be changed, for the many that show symptoms.

use ::diagnose::report::Report;
use ::diagnose::{Investigation, Target};

use super::diagnose::{check_namespace, investigate, record, show};
use crate::cli::{OutputFormat, TriageArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::{library, terminal};

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
    let notes = source.notes.clone();
    let investigation = Investigation { notes, ..Investigation::new(&book, target) };
    let (report, replies) = investigate(&source, &investigation);
    if let Some(path) = &args.record {
        record(path, &source, &report, &replies)?;
    }
    match (args.show, args.output.output) {
        (Some(number), _) => show(&only(&report, number)?, &args.output)?,
        (None, OutputFormat::Text) => {
            let mut text = String::new();
            report::write_triage(&report, terminal::style(args.output.color), &mut text)
                .map_err(|_| Failure::could_not_look("the report could not be written"))?;
            terminal::print(&text);
        }
        (None, _) => show(&report, &args.output)?,
    }
    if let Some(cost) = source.cost() {
        terminal::complain(&cost);
    }
    Ok(Exit::of(&report))
}

/// The report with one cause, counted from 1.
fn only(report: &Report, number: u32) -> Result<Report, Failure> {
    let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
    let Some(cause) = report.diagnoses.get(index) else {
        return Err(Failure::bad_usage(format!(
            "there is no cause {number}: the triage found {}",
            report.diagnoses.len()
        )));
    };
    let diagnoses = vec![cause.clone()];
    let (inconclusive, uncovered) = (Vec::new(), Vec::new());
    Ok(Report { diagnoses, inconclusive, uncovered, ..report.clone() })
}
