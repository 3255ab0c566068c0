//! `cargo xtask e2e [FAMILY|FAULT…] [--kubernetes VERSION] [--binary TSG] [--keep] [--transcripts]` and
//! `cargo xtask record FAULT…`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use testcluster::{Exercise, Fault, Outcome, Row};

use crate::tree::build;
use crate::{cluster, print, report};

/// Makes faults and checks what is said of them.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, String> {
    if let Err(missing) = testcluster::possible() {
        print(&format!("SKIPPED: {missing}"));
        return Ok(ExitCode::SUCCESS);
    }
    let (faults, outcome, seconds) = exercise(arguments, &|_, _| Ok(()))?;
    print(&table(&outcome.rows));
    let wrong = outcome.rows.iter().filter(|row| !row.mistakes.is_empty()).count();
    print(&format!(
        "{} faults, {} questions, {} right, {wrong} wrong, in {seconds} s",
        faults.len(),
        outcome.rows.len(),
        outcome.rows.len() - wrong,
    ));
    match outcome.leaks.is_empty() {
        true => print(&format!(
            "{} values of secrets searched for in all that was printed and recorded: none found",
            outcome.secrets
        )),
        false => print(&format!("SECRETS LEAKED:\n{}", outcome.leaks.join("\n"))),
    }
    let well = wrong == 0 && outcome.leaks.is_empty();
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes faults and writes each down as a scenario.
pub(crate) fn record(arguments: &[String]) -> Result<ExitCode, String> {
    if arguments.is_empty() {
        return Err("cargo xtask record FAMILY|FAULT… [--kubernetes VERSION]".to_owned());
    }
    testcluster::possible()?;
    let shown = |exercise: &Exercise, fault: &Fault| testcluster::record(exercise, fault);
    let (_, outcome, _) = exercise(arguments, &shown)?;
    let wrong: Vec<Row> = outcome.rows.into_iter().filter(|row| !row.mistakes.is_empty()).collect();
    if !wrong.is_empty() {
        print(&table(&wrong));
        print(
            "these were recorded, and their scenarios will fail until what is said of them is right",
        );
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Shown<'a> = &'a dyn Fn(&Exercise, &Fault) -> Result<(), String>;

fn exercise(arguments: &[String], shown: Shown) -> Result<(Vec<Fault>, Outcome, u64), String> {
    let (version, mut rest) = cluster::version(arguments)?;
    let mut flag = |name: &str| {
        let at = rest.iter().position(|word| word == name);
        at.map(|at| rest.remove(at)).is_some()
    };
    let (keep, transcripts) = (flag("--keep"), flag("--transcripts"));
    let binary = match rest.iter().position(|word| word == "--binary") {
        Some(at) if at + 1 < rest.len() => {
            Some(rest.drain(at..=at + 1).skip(1).collect::<String>())
        }
        Some(_) => return Err("--binary wants the path of a tsg".to_owned()),
        None => None,
    };
    let (faults, others): (Vec<Fault>, Vec<Fault>) =
        testcluster::select(&rest)?.into_iter().partition(|fault| fault.is_for(version));
    for fault in &others {
        report(&format!("SKIPPED: {} is not of Kubernetes {}", fault.name, version.name));
    }
    let tsg = binary.map_or_else(|| build("dev"), |path| Ok(PathBuf::from(path)))?;
    let cluster = cluster::up(version)?;
    let started = Instant::now();
    let progress = &|line: &str| report(line);
    let exercise = Exercise { cluster: &cluster, tsg, progress, keep, transcripts };
    let outcome = exercise.run(&faults, shown)?;
    Ok((faults, outcome, started.elapsed().as_secs()))
}

/// A table for people: what was expected and got, its cost, and below each mistake a line.
fn table(rows: &[Row]) -> String {
    let width = |text: fn(&Row) -> &str| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
    };
    let (fault, guide) = (width(|row| &row.fault), width(|row| &row.guide));
    let mut text = format!("   {:fault$}  {:guide$}  requests    ms  got\n", "fault", "guide");
    for row in rows {
        let mark = if row.mistakes.is_empty() { "ok" } else { "NO" };
        text.push_str(&format!(
            "{mark} {:fault$}  {:guide$}  {:8}  {:4}  {}\n",
            row.fault, row.guide, row.requests, row.milliseconds, row.got
        ));
        if !row.mistakes.is_empty() {
            text.push_str(&format!("     expected {}\n", row.expected));
        }
        for mistake in &row.mistakes {
            text.push_str(&format!("     {mistake}\n"));
        }
    }
    text
}
