//! `tsg`: arguments in, report out.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsg::main("tsg")
}
