//! Project chores: `cargo xtask generate`, `cargo xtask check`, `cargo xtask measure`.

mod check;
mod generate;
mod measure;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask COMMAND\n\n  \
    generate   write the files that are made from the code: docs/reference, schema, README's picture\n  \
    check      fail when a generated file has drifted, a pure crate is impure, or a guide has a flaw\n  \
    measure    print the median time of a diagnosis from files and the size of the binary";

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let result = match command.as_deref() {
        Some("generate") => generate::write(),
        Some("check") => check::all(),
        Some("measure") => measure::print(),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report(&message);
            ExitCode::FAILURE
        }
    }
}

/// Prints a line on standard error.
#[allow(clippy::print_stderr)]
pub(crate) fn report(line: &str) {
    eprintln!("{line}");
}
