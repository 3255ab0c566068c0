//! `tsg guides`: what is known, and whether it is written well.

use std::io::Read;
use std::path::PathBuf;

use ::diagnose::search::search;
use ::diagnose::symptom::{self, AlertWords, Spoken};
use ::diagnose::{Book, Target};
use guide::{Form, Guide, Links, Phase, Severity};

use crate::cli::{Color, GuidesArgs, GuidesCommand, SourceArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::{library, terminal};

/// Runs the command.
pub fn run(command: &GuidesCommand) -> Result<Exit, Failure> {
    match command {
        GuidesCommand::List { guides } => list(guides),
        GuidesCommand::Show { id, guides } => show(id, guides),
        GuidesCommand::Search { words, guides } => find(&words.join(" "), guides),
        GuidesCommand::Match { alert: Some(alert), guides, .. } => of_alert(alert, guides),
        GuidesCommand::Match { error: Some(error), guides, .. } => of_error(error, guides),
        GuidesCommand::Match { target, source, guides, .. } => {
            matching(target.as_deref().unwrap_or_default(), source, guides)
        }
        GuidesCommand::Lint { files, strict, color } => lint(files, *strict, *color),
        GuidesCommand::Explain { id, guides } => explain(id, guides),
    }
}

fn list(args: &GuidesArgs) -> Result<Exit, Failure> {
    let book = library::open(args)?;
    let mut text = String::new();
    for guide in book.iter() {
        let form = match (guide.meta.phase, guide.form) {
            (Phase::Solution, _) => "",
            (Phase::Diagnosis, Form::Explicit) => "explicit",
            (Phase::Diagnosis, Form::Prose) => "prose",
        };
        let phase = guide.meta.phase.word();
        text.push_str(&format!("{:24} {phase:9} {form:8} {}\n", guide.id, guide.meta.title));
    }
    terminal::print(&text);
    Ok(Exit::Nothing)
}

fn show(id: &str, args: &GuidesArgs) -> Result<Exit, Failure> {
    let mut book = library::open(args)?;
    let id = library::find(&mut book, id)?;
    if let Some(guide) = book.get(&id) {
        terminal::print(&guide.text);
    }
    Ok(Exit::Nothing)
}

fn find(query: &str, args: &GuidesArgs) -> Result<Exit, Failure> {
    let book = library::open(args)?;
    let hits = search(&book, query);
    if hits.is_empty() {
        terminal::print(&format!("no guide speaks of {query}\n"));
    }
    for hit in hits.iter().take(10) {
        let words = hit.words.join(", ");
        terminal::print(&format!(
            "{:24} {}\n{:24} {words}\n",
            hit.guide.id, hit.guide.meta.title, ""
        ));
    }
    Ok(Exit::Nothing)
}

/// The most of an alert or message that is read.
const MOST_BYTES: u64 = 1024 * 1024;

fn of_alert(given: &str, args: &GuidesArgs) -> Result<Exit, Failure> {
    let is_file = !given.contains('=') && std::path::Path::new(given).exists();
    let text = match given {
        "-" => all_of(std::io::stdin(), "stdin")?,
        path if is_file => {
            let file = std::fs::File::open(path)
                .map_err(|error| Failure::bad_usage(format!("{path}: {error}")))?;
            all_of(file, path)?
        }
        labels => labels.to_owned(),
    };
    let alerts =
        AlertWords::read(&text).map_err(|error| Failure::bad_usage(format!("--alert: {error}")))?;
    let book = library::open(args)?;
    show_spoken(&symptom::of_alerts(&book, &alerts), "the alert");
    Ok(Exit::Nothing)
}

fn of_error(given: &str, args: &GuidesArgs) -> Result<Exit, Failure> {
    let text = match given {
        "-" => all_of(std::io::stdin(), "stdin")?,
        message => message.to_owned(),
    };
    let book = library::open(args)?;
    show_spoken(&symptom::of_error(&book, &text), "the message");
    Ok(Exit::Nothing)
}

fn all_of(from: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::bad_usage(format!("{name}: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn show_spoken(found: &[Spoken], what: &str) {
    if found.is_empty() {
        terminal::print(&format!("no guide speaks of {what}\n"));
    }
    for one in found.iter().take(10) {
        terminal::print(&format!("{:24} {}\n", one.guide.id, one.guide.meta.title));
        for reason in one.reasons.iter().take(5) {
            terminal::print(&format!("{:24} {reason}\n", ""));
        }
    }
}

fn matching(target: &str, source: &SourceArgs, args: &GuidesArgs) -> Result<Exit, Failure> {
    let book = library::open(args)?;
    let check = |namespace: &str| {
        Target::parse(target, namespace).map_err(|error| Failure::bad_usage(error.to_string()))
    };
    check("default")?;
    let opened = Source::open(source)?;
    let target = check(source.namespace.as_deref().unwrap_or(&opened.default_namespace))?;
    let (found, _) = opened.run(|replies| ::diagnose::matches(&book, &target, replies));
    for gap in &found.gaps {
        terminal::print(&format!("? could not look: {gap}\n"));
    }
    if let Some(missing) = &found.no_such {
        return Err(Failure::could_not_look(format!("{} does not exist", missing.object)));
    }
    for one in &found.matches {
        terminal::print(&format!("{:24} {}\n", one.guide.id, one.object));
        for signal in &one.signals {
            terminal::print(&format!("{:24} {signal}\n", ""));
        }
        if let Some(range) = &one.excluded_by_version {
            terminal::print(&format!("{:24} but it is for Kubernetes {range}\n", ""));
        }
    }
    if found.matches.is_empty() {
        terminal::print(&format!("no guide's signals hold for {target}\n"));
    }
    Ok(match found.gaps.is_empty() {
        true => Exit::Nothing,
        false => Exit::CouldNotLook,
    })
}

fn lint(files: &[PathBuf], strict: bool, color: Color) -> Result<Exit, Failure> {
    let mut contents = Vec::new();
    for path in files {
        contents.push((path.display().to_string(), library::read(path)?));
    }
    let pairs: Vec<(&str, &[u8])> =
        contents.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let flaws =
        ::diagnose::lint(&pairs, guidebook::GUIDES.iter().map(|file| (file.path, file.text)));
    let color = terminal::wants_color(color, std::io::IsTerminal::is_terminal(&std::io::stdout()));
    let (mut errors, mut warnings) = (0, 0);
    for one in &flaws {
        terminal::print(&guide::render(&one.diagnostics, &one.source_name, &one.text, color));
        for diagnostic in &one.diagnostics {
            match diagnostic.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
            }
        }
    }
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let of = plural(files.len(), "guide");
    terminal::print(&match errors + warnings {
        0 => format!("no problems in {of}\n"),
        _ => format!(
            "{} and {} in {} of {of}\n",
            plural(errors, "error"),
            plural(warnings, "warning"),
            flaws.len()
        ),
    });
    Ok(match errors > 0 || (strict && warnings > 0) {
        true => Exit::BadGuide,
        false => Exit::Nothing,
    })
}

fn explain(id: &str, args: &GuidesArgs) -> Result<Exit, Failure> {
    let mut book: Book = library::open(args)?;
    let id = library::find(&mut book, id)?;
    if let Some(guide) = book.get(&id) {
        terminal::print(&explained(guide));
    }
    Ok(Exit::Nothing)
}

fn explained(guide: &Guide) -> String {
    let mut text = format!("{}  {}\n", guide.id, guide.meta.title);
    if guide.form == Form::Explicit {
        text.push_str("It decides with arrows; nothing is inferred.\n");
        return text;
    }
    text.push_str("It decides in prose. Each link below is inferred from words:\n");
    let lexicon = lexicon::Lexicon::shipped();
    for link in Links::of(guide, lexicon).all() {
        let outcome = link.outcome.as_deref().unwrap_or("no outcome");
        let against = if link.against { "against " } else { "" };
        text.push_str(&format!("\n  line {:<4} {}\n", link.place.line, link.place.text));
        text.push_str(&format!("            {} → {against}{outcome}\n", link.concept));
        for rival in &link.rivals {
            text.push_str(&format!("            as near: {rival}\n"));
        }
        text.push_str(&format!("            because {}\n", link.why));
    }
    text
}
