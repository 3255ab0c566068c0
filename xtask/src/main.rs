//! Project chores: `cargo xtask generate`, `check`, `measure`, `cluster`, `e2e`, `record`, `bench`.

mod bench;
mod check;
mod cluster;
mod e2e;
mod generate;
mod measure;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask COMMAND\n\n  \
    generate   write the files that are made from the code: docs/reference, schema, README's picture\n  \
    check      fail when a generated file has drifted, a pure crate is impure, or a guide has a flaw\n  \
    measure    print the median time of a diagnosis from files and the size of the binary\n  \
    cluster    start and end a real cluster on this machine: up, down, status, exec, kubeconfig\n  \
    e2e        make faults on the cluster and check what is said of them\n  \
    record     make a fault and write it down as a scenario\n  \
    bench      score triage on recorded incidents";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let done = |result: Result<(), String>| result.map(|()| ExitCode::SUCCESS);
    let result = match arguments.first().map(String::as_str) {
        Some("generate") => done(generate::write()),
        Some("check") => done(check::all()),
        Some("measure") => done(measure::print()),
        Some("cluster") => cluster::run(rest),
        Some("e2e") => e2e::run(rest),
        Some("record") => e2e::record(rest),
        Some("bench") => bench::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    result.unwrap_or_else(|message| {
        report(&message);
        ExitCode::FAILURE
    })
}

/// Prints a line on standard error.
#[allow(clippy::print_stderr)]
pub(crate) fn report(line: &str) {
    eprintln!("{line}");
}

/// Prints a line on standard output.
#[allow(clippy::print_stdout)]
pub(crate) fn print(line: &str) {
    println!("{line}");
}
