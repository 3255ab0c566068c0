//! `tsg diagnose`: what is wrong, and with which object.

use std::fs::File;
use std::path::Path;

use ::diagnose::report::Report;
use ::diagnose::{Investigation, Target};
use evidence::Replies;
use report::Format;
use snapshot::{Meta, Recording, RecordingKind};

use crate::cli::{DiagnoseArgs, OutputArgs, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::{library, refused, terminal};

/// Runs the command.
pub fn run(args: &DiagnoseArgs) -> Result<Exit, Failure> {
    let mut book = library::open(&args.guides)?;
    let guide =
        args.guide.as_deref().map(|wanted| library::choose(&mut book, wanted)).transpose()?;
    let typed = args.target.as_ref().map(|target| match &args.name {
        Some(name) => format!("{target}/{name}"),
        None => target.clone(),
    });
    let typed = typed.as_deref();
    if let Some(text) = typed {
        Target::parse(text, "default").map_err(|error| Failure::bad_usage(error.to_string()))?;
    }
    check_namespace(args.source.namespace.as_deref())?;
    let source = Source::open(&args.source)?.probing(&args.probe)?;
    let namespace = args.source.namespace.as_deref().unwrap_or(&source.default_namespace);
    let target = match (typed, args.all_namespaces) {
        (Some(text), _) => {
            Target::parse(text, namespace).map_err(|error| Failure::bad_usage(error.to_string()))?
        }
        (None, true) => Target::Cluster,
        (None, false) => Target::Namespace(namespace.to_owned()),
    };
    let (explain, notes) = (args.explain, source.notes.clone());
    let investigation =
        Investigation { guide, explain, notes, ..Investigation::new(&book, target) };
    let (report, replies) = investigate(&source, &investigation);
    if let Some(path) = &args.record {
        record(path, &source, &report, &replies)?;
    }
    show(&report, &args.output)?;
    if let Some(cost) = source.cost() {
        terminal::complain(&cost);
    }
    Ok(Exit::of(&report))
}

/// Refuses what cannot be the name of a namespace.
pub fn check_namespace(name: Option<&str>) -> Result<(), Failure> {
    match name.filter(|name| !::diagnose::is_object_name(name)) {
        Some(name) => {
            Err(Failure::bad_usage(format!("`{name}` is not a name that a namespace can have")))
        }
        None => Ok(()),
    }
}

/// Investigates with the answers of a source.
pub fn investigate(source: &Source, investigation: &Investigation) -> (Report, Replies) {
    let (mut report, replies) = source.investigate(investigation);
    // A recording repeats the notes of the run that it is of.
    for note in refused::notes(&replies, &investigation.target) {
        if !report.notes.contains(&note) {
            report.notes.push(note);
        }
    }
    (report, replies)
}

/// Prints a report in the form asked for.
pub fn show(report: &Report, output: &OutputArgs) -> Result<(), Failure> {
    let format = match output.output {
        OutputFormat::Text => Format::Text,
        OutputFormat::Json => Format::Json,
        OutputFormat::Markdown => Format::Markdown,
        OutputFormat::Yaml => Format::Yaml,
    };
    let mut text = String::new();
    report::write(report, format, terminal::style(output.color), &mut text)
        .map_err(|_| Failure::could_not_look("the report could not be written"))?;
    terminal::print(&text);
    Ok(())
}

/// Writes what was asked and answered.
pub fn record(
    path: &Path,
    source: &Source,
    report: &Report,
    replies: &Replies,
) -> Result<(), Failure> {
    let failure = |error: &dyn std::fmt::Display| {
        Failure::could_not_look(format!("{}: {error}", path.display()))
    };
    let mut meta = Meta::new(RecordingKind::Recording, source.now, source.described.clone());
    meta.earliest = source.is_earliest();
    meta.target = Some(report.target.clone());
    meta.notes = report.notes.clone();
    let file = File::create(path).map_err(|error| failure(&error))?;
    Recording::write(replies, &meta, file).map_err(|error| failure(&error))
}
