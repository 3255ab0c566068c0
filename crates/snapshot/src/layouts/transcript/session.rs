//! A transcript as a row of exchanges: a command, and what it printed.
//!
//! A line is a command's when it begins with a prompt and a program, or with a program and one
//! of its verbs. Once a prompt was seen, every line that begins with it ends the output before
//! it, whatever was typed. What stands before the first command, or after a command that is not
//! known, is an exchange without a command: it may be prose, and it may be output that was
//! pasted alone.

use super::command::{Command, KUBECTL, unwrapped};

/// A command and its output.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    /// `None` where nothing says what was asked.
    pub(super) command: Option<Command>,
    /// The lines between this command and the next.
    pub(super) lines: Vec<&'a str>,
    /// Whether something was typed after it, so that its output is known to have ended.
    pub(super) ended: bool,
}

/// The most characters of a prompt.
const PROMPT: usize = 120;

/// The marks that prompts end with.
const MARKS: [char; 6] = ['$', '#', '>', '%', '❯', '➜'];

/// Splits a transcript.
pub(super) fn exchanges(text: &str) -> Vec<Exchange<'_>> {
    let mut session = Session { exchanges: Vec::new(), prompt: None, skipping: false };
    session.open(None);
    let whole = text.ends_with('\n');
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if last && line.is_empty() {
            break;
        }
        session.line(line, whole || !last);
    }
    session.exchanges
}

/// Whether a text has a command of a cluster in it.
pub(super) fn has_command(text: &str) -> bool {
    let mut session = Session { exchanges: Vec::new(), prompt: None, skipping: false };
    text.split('\n').any(|line| session.typed(line.trim_end()).is_some_and(|typed| typed.is_some()))
}

struct Session<'a> {
    exchanges: Vec<Exchange<'a>>,
    /// What stood before the last command that was known.
    prompt: Option<&'a str>,
    /// Whether the lines are those of a command that is not known.
    skipping: bool,
}

impl<'a> Session<'a> {
    fn open(&mut self, command: Option<Command>) {
        if let Some(last) = self.exchanges.last_mut() {
            last.ended = true;
        }
        self.exchanges.push(Exchange { command, lines: Vec::new(), ended: false });
    }

    /// `whole`: the line has a line end.
    fn line(&mut self, line: &'a str, whole: bool) {
        match self.typed(line) {
            Some(command) if whole || command.is_none() => {
                self.skipping = command.is_none();
                self.open(command);
            }
            // Half a command: which, nobody knows.
            Some(_) => self.open(None),
            None if line.starts_with("```") => {
                self.skipping = false;
                self.open(None);
            }
            None if self.skipping => {}
            None => {
                if let Some(exchange) = self.exchanges.last_mut() {
                    exchange.lines.push(line);
                }
            }
        }
    }

    /// Whether a line was typed: `Some(None)` where what was typed is not known.
    fn typed(&mut self, line: &'a str) -> Option<Option<Command>> {
        if let Some(prompt) = self.prompt.filter(|prompt| !prompt.is_empty())
            && let Some(typed) = line.strip_prefix(prompt.trim_end())
            && (typed.is_empty() || typed.starts_with(' '))
        {
            return Some(known(typed.trim()));
        }
        if let Some(typed) = line.strip_prefix("$ ") {
            self.prompt = Some("$ ");
            return Some(known(typed.trim()));
        }
        let (prompt, typed) = split(line)?;
        let command = known(typed)?;
        self.prompt = Some(prompt);
        Some(Some(command))
    }
}

/// A command that is one without doubt.
fn known(typed: &str) -> Option<Command> {
    starts_with_program(typed).then(|| Command::parse(typed)).flatten()
}

/// The prompt of a line, which may be empty, and what was typed after it. No prompt has two
/// spaces in a row, which most lines of output have early.
fn split(line: &str) -> Option<(&str, &str)> {
    if starts_with_program(line) {
        return Some(("", line));
    }
    if line.starts_with([' ', '\t']) {
        return None;
    }
    let mut before = 0;
    for (at, byte) in line.bytes().enumerate().take(PROMPT) {
        if byte == b' ' && before == b' ' {
            return None;
        }
        if byte == b' ' && line[..at].ends_with(MARKS) {
            let typed = line[at..].trim_start();
            if starts_with_program(typed) {
                return Some((&line[..line.len() - typed.len()], typed));
            }
        }
        before = byte;
    }
    None
}

const VERBS: [&str; 24] = [
    "get",
    "describe",
    "logs",
    "top",
    "events",
    "version",
    "config",
    "apply",
    "create",
    "delete",
    "exec",
    "edit",
    "rollout",
    "scale",
    "patch",
    "cluster-info",
    "api-resources",
    "auth",
    "project",
    "label",
    "cordon",
    "uncordon",
    "drain",
    "explain",
];

/// Whether a text begins with a program and, where the name alone may be a word, one of its verbs.
fn starts_with_program(text: &str) -> bool {
    let text = unwrapped(text);
    let Some((program, rest)) = text.split_once(' ') else { return text == "date" };
    let mut rest = rest.split_whitespace();
    let has_verb = |rest: &mut std::str::SplitWhitespace<'_>| {
        rest.clone().next().is_some_and(|word| word.starts_with('-')) && rest.clone().any(is_verb)
            || rest.next().is_some_and(is_verb)
    };
    match program.rsplit('/').next().unwrap_or(program) {
        name if KUBECTL.contains(&name) => has_verb(&mut rest),
        "systemctl" => rest.any(|word| word == "status"),
        "date" => rest.all(|word| word.starts_with(['-', '+'])),
        "kubens" => rest.count() == 1,
        _ => false,
    }
}

fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layouts::transcript::command::Verb;

    fn commands(text: &str) -> Vec<Option<Verb>> {
        exchanges(text).iter().skip(1).map(|e| e.command.as_ref().map(|c| c.verb)).collect()
    }

    #[test]
    fn a_command_is_found_behind_every_prompt() {
        for prompt in
            ["", "$ ", "# ", "jo@host:~/dir$ ", "[root@node1 ~]# ", "PS C:\\> ", "➜ ", "jo % "]
        {
            let text =
                format!("{prompt}kubectl get pods -n shop\nNAME\n{prompt}k describe pod a\n");
            assert_eq!(commands(&text), [Some(Verb::Get), Some(Verb::Describe)], "{prompt:?}");
        }
    }

    #[test]
    fn what_follows_the_same_prompt_ends_the_output_before_it() {
        let text = "jo@h:~$ kubectl get pods\nNAME\njo@h:~$ ls\nfile\njo@h:~$\n";
        let found = exchanges(text);
        assert_eq!(found[1].lines, ["NAME"]);
        assert!(found[1].ended);
        assert_eq!(commands(text), [Some(Verb::Get), None, None]);
    }

    #[test]
    fn prose_about_commands_is_no_command() {
        let text = "I ran kubectl get pods and it broke.\n  $ kubectl get pods\nk means thousand\n";
        assert_eq!(commands(text), []);
        assert!(!has_command(text));
    }

    #[test]
    fn half_a_command_ends_what_was_before_and_asks_nothing() {
        let found = exchanges("$ kubectl get pods -n shop\nNAME\n$ kubectl get po");
        assert!(found[1].ended);
        assert_eq!(found[2].command, None);
    }
}
