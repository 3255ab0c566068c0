//! `tsg demo`: a recorded incident that ships with the binary; no cluster, no set-up.

use std::time::Duration;

use ::diagnose::{Investigation, Target};
use guidebook::{DEMOS, Demo};
use snapshot::{Options, Snapshot};

use crate::cli::{DemoArgs, GuidesArgs, OutputFormat};
use crate::commands::diagnose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::{library, terminal};

/// The demo that is shown when none is named.
const FIRST: &str = "wrong-tag";

/// Runs the command.
pub fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let name = args.name.as_deref().unwrap_or(FIRST);
    let Some(demo) = guidebook::demo(name) else {
        let names: Vec<&str> = DEMOS.iter().map(|demo| demo.name).collect();
        return Err(Failure::bad_usage(format!(
            "there is no demo `{name}`; there are {}",
            names.join(", ")
        )));
    };
    if args.name.is_none() && args.output.output == OutputFormat::Text {
        terminal::print(&list());
    }
    if args.output.output == OutputFormat::Text {
        let (title, target, namespace) = (demo.title, demo.target, demo.namespace);
        terminal::print(&format!("# {title}\n$ tsg diagnose {target} -n {namespace}\n\n"));
    }
    let source = Source::of_snapshot(open(demo)?, Duration::from_secs(30));
    let book = library::open(&GuidesArgs { folders: Vec::new() })?;
    let target = Target::parse(demo.target, demo.namespace)
        .map_err(|error| Failure::bad_usage(error.to_string()))?;
    let notes = source.notes.clone();
    let investigation =
        Investigation { explain: args.explain, notes, ..Investigation::new(&book, target) };
    let (report, _) = diagnose::investigate(&source, &investigation);
    diagnose::show(&report, &args.output)?;
    Ok(Exit::of(&report))
}

fn list() -> String {
    let width = DEMOS.iter().map(|demo| demo.name.len()).max().unwrap_or(0);
    let mut text = String::from("Incidents that ship with tsg (tsg demo NAME):\n\n");
    for demo in DEMOS {
        text.push_str(&format!("  {:width$}  {}\n", demo.name, demo.title));
    }
    text.push('\n');
    text
}

fn open(demo: &Demo) -> Result<Snapshot, Failure> {
    let now = demo.now.parse().ok();
    let files = demo.files.iter().map(|file| (file.path, file.text.as_bytes()));
    Snapshot::of_files(files, &Options { now, ..Options::default() })
        .map_err(|error| Failure::could_not_look(format!("the demo {}: {error}", demo.name)))
}
