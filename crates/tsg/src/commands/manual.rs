//! What is generated from the command line and the types: completion, manual page, schema.

use clap::CommandFactory;

use ::diagnose::report::Report;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// `tsg completion SHELL`
pub fn completion(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tsg", &mut script);
    terminal::print(&String::from_utf8_lossy(&script));
    Ok(Exit::Nothing)
}

/// `tsg man`: one page after the other, for the program and each of its commands.
pub fn man() -> Result<Exit, Failure> {
    let mut pages = Vec::new();
    let mut program = Cli::command().flatten_help(false);
    program.build();
    render(&program, &mut pages).map_err(|error| Failure::could_not_look(error.to_string()))?;
    terminal::print(&String::from_utf8_lossy(&pages));
    Ok(Exit::Nothing)
}

fn render(command: &clap::Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    command.get_subcommands().try_for_each(|command| render(command, pages))
}

/// `tsg schema`: the JSON Schema of `-o json`.
pub fn schema() -> Result<Exit, Failure> {
    let schema = schemars::schema_for!(Report);
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::could_not_look(error.to_string()))?;
    terminal::print(&format!("{text}\n"));
    Ok(Exit::Nothing)
}
