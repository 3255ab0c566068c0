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

/// `tsg man`: one page with all commands.
pub fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    let failure = |error: std::io::Error| Failure::could_not_look(error.to_string());
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(failure)?;
    terminal::print(&String::from_utf8_lossy(&page));
    Ok(Exit::Nothing)
}

/// `tsg schema`: the JSON Schema of `-o json`.
pub fn schema() -> Result<Exit, Failure> {
    let schema = schemars::schema_for!(Report);
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::could_not_look(error.to_string()))?;
    terminal::print(&format!("{text}\n"));
    Ok(Exit::Nothing)
}
