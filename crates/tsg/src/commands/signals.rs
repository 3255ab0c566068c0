//! `tsg signals`: when guides apply.

use ::diagnose::signals::{self, catalogue};

use crate::cli::SignalsCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// Runs the command.
pub fn run(command: &SignalsCommand) -> Result<Exit, Failure> {
    match command {
        SignalsCommand::List => {
            let mut text = String::new();
            for signal in catalogue() {
                let first = signal.doc.split_inclusive('.').next().unwrap_or(signal.doc);
                text.push_str(&format!("{}\n    {first}\n", signature(signal)));
            }
            terminal::print(&text);
        }
        SignalsCommand::Show { name } => {
            let signal = signals::find(name).ok_or_else(|| unknown(name))?;
            let kinds: Vec<&str> = signal.kinds.iter().map(|kind| kind.name()).collect();
            terminal::print(&format!(
                "{}\n    of a {}\n    {}\n",
                signature(signal),
                kinds.join(", "),
                signal.doc
            ));
        }
    }
    Ok(Exit::Nothing)
}

/// `name{reason, container}`.
fn signature(signal: &signals::Signal) -> String {
    match signal.labels.is_empty() {
        true => signal.name.to_owned(),
        false => format!("{}{{{}}}", signal.name, signal.labels.join(", ")),
    }
}

fn unknown(name: &str) -> Failure {
    let names = catalogue().iter().map(|signal| signal.name);
    let hint = match expression::nearest(name, names) {
        Some(near) => format!("did you mean {near}?"),
        None => "`tsg signals list` shows those there are".to_owned(),
    };
    Failure::bad_usage(format!("there is no signal `{name}`; {hint}"))
}
