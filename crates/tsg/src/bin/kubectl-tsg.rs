//! The same program as a plugin of kubectl: `kubectl tsg …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsg::main("kubectl tsg")
}
