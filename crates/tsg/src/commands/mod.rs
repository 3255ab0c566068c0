//! The commands, one file each.

mod demo;
mod diagnose;
mod guides;
mod manual;
mod rbac;
mod signals;
mod snapshot;
mod tools;
mod triage;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs a command.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Diagnose(args) => diagnose::run(&args),
        Command::Triage(args) => triage::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Guides(command) => guides::run(&command),
        Command::Tools(command) => tools::run(&command),
        Command::Signals(command) => signals::run(&command),
        Command::Rbac(args) => rbac::run(&args),
        Command::Schema => manual::schema(),
        Command::Completion { shell } => manual::completion(shell),
        Command::Man => manual::man(),
    }
}
