//! The binary `tsg`, also installed as `kubectl-tsg`: arguments in, report out.
//!
//! Everything that touches the outside is here: arguments, environment, clock, terminal, files
//! of guides. The crates below are told what they need.

mod cli;
mod commands;
mod exit;
mod failure;
mod library;
mod probing;
mod progress;
mod refused;
mod role;
mod source;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::exit::Exit;

/// Half of a run makes small texts and trees of JSON; this allocator saves a fifth of the whole.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the program under the name by which it was called.
pub fn main(name: &'static str) -> ExitCode {
    let command = Cli::command().bin_name(name);
    let parsed = command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let exit = if error.use_stderr() { Exit::BadUsage } else { Exit::Nothing };
            return exit.into();
        }
    };
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal::complain(&format!("error: {}", failure.message));
            failure.exit.into()
        }
    }
}
