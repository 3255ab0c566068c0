//! Solutions: fixes with their commands, and what is watched for afterwards.
//!
//! ```text
//! ### Fix 1: Create the pull secret
//! Treats: **pull-secret-missing**, **pull-secret-elsewhere**
//! Risk: low, nothing is restarted
//! ```

use std::ops::Range;

use expression::{Expression, nearest};
use lexicon::Lexicon;

use crate::call::placeholder;
use crate::decision;
use crate::markdown::{Block, InlineKind, plain};
use crate::outcome::slug;
use crate::slice::Slice;
use crate::{Code, Diagnostic, Lines, Located, Outcome, Piece, Text};

/// A fix of a solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// The line of its heading.
    pub line: usize,
    /// Where its heading stands.
    pub span: Range<usize>,
    /// The ids of the outcomes that it treats.
    pub treats: Vec<Text>,
    /// How risky it is.
    pub risk: Option<Risk>,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Its paragraphs and bullets, without the lines `Treats:` and `Risk:`.
    pub prose: Vec<Text>,
}

/// How risky a fix is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The level.
    pub level: RiskLevel,
    /// What the guide says of it after the level.
    pub text: String,
}

/// The levels of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLevel {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
}

impl RiskLevel {
    /// The word that guides use.
    pub const fn word(self) -> &'static str {
        match self {
            RiskLevel::Low => "low",
            RiskLevel::Medium => "medium",
            RiskLevel::High => "high",
        }
    }
}

/// A command for a person to type; the engine runs none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The command, over several lines where the guide has it so, with placeholders.
    pub pieces: Vec<Piece>,
    /// The comment above it.
    pub comment: Option<String>,
    /// Its line.
    pub line: usize,
    /// Where it stands.
    pub span: Range<usize>,
}

/// Something to watch for after a fix.
#[derive(Clone, Debug)]
pub struct Check {
    /// The words, on one line, as the guide writes them.
    pub text: String,
    /// The condition that is waited for.
    pub when: Option<Located<Expression>>,
    /// Its line.
    pub line: usize,
    /// Where it stands.
    pub span: Range<usize>,
}

/// Why a fix is one for an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// The fix names the outcome.
    Named,
    /// The words of both mean the same concept; the reason in words.
    Inferred(String),
}

impl Fix {
    /// Whether the fix is one for an outcome of some guide. A fix that names what it treats
    /// is inferred only for outcomes that have no name themselves, as those of prose guides.
    pub fn treatment(&self, outcome: &Outcome, lexicon: &Lexicon) -> Option<Treatment> {
        if self.treats.iter().any(|treated| treated.text == outcome.id) {
            return Some(Treatment::Named);
        }
        if outcome.named && !self.treats.is_empty() {
            return None;
        }
        let names = self.treats.iter().map(|treated| treated.text.replace('-', " "));
        let phrases = std::iter::once(plain(&self.title)).chain(names);
        let meant = lexicon.relate(&outcome.plain).into_iter().next()?.concept;
        phrases.filter_map(|phrase| lexicon.relate(&phrase).into_iter().next()).find_map(|found| {
            let own = found.concept;
            let same =
                lexicon.is_case_of(&own.id, &meant.id) || lexicon.is_case_of(&meant.id, &own.id);
            let words = found.words.join(", ");
            same.then(|| Treatment::Inferred(format!("its words ({words}) mean {}", own.id)))
        })
    }
}

/// A fix of which only the heading is read.
pub(crate) fn fix(number: u32, title: &str, line: usize, span: Range<usize>) -> Fix {
    Fix {
        number,
        title: title.to_owned(),
        line,
        span,
        treats: Vec::new(),
        risk: None,
        commands: Vec::new(),
        prose: Vec::new(),
    }
}

/// A paragraph or bullet of a fix: its lines `Treats:` and `Risk:`, and the rest as prose.
pub(crate) fn text(fix: &mut Fix, block: &Block, source: &str, diagnostics: &mut Vec<Diagnostic>) {
    // A line that begins with a key goes on to the next such line or the end.
    let raw = source.get(block.span.clone()).unwrap_or("");
    let mut parts: Vec<(Key, Range<usize>)> = Vec::new();
    let mut at = block.span.start;
    for line in raw.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        match (Key::of(line), parts.last_mut()) {
            (Some((key, length)), _) => parts.push((key, range.start + length..range.end)),
            (None, Some((_, last))) => last.end = range.end,
            (None, None) => parts.push((Key::Prose, range)),
        }
    }
    for (key, range) in parts {
        let slice = Slice::fold(source, range.clone());
        match key {
            Key::Treats => treats(fix, block, source, &slice, range, diagnostics),
            Key::Risk => risk(fix, &slice, diagnostics),
            Key::Prose if slice.text.is_empty() => {}
            Key::Prose => fix.prose.push(Text { span: slice.span(), text: slice.text }),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Treats,
    Risk,
    Prose,
}

impl Key {
    /// The key that a line begins with, and the length of all before its value.
    fn of(line: &str) -> Option<(Key, usize)> {
        let (before, _) = line.split_once(':')?;
        let word = before.trim().trim_start_matches("**");
        let key = match word.trim_end_matches("**").to_ascii_lowercase().as_str() {
            "treats" => Key::Treats,
            "risk" => Key::Risk,
            _ => return None,
        };
        let rest = &line[before.len() + 1..];
        // `**Treats:**` closes its bold after the colon.
        let closing =
            if word.len() < before.trim().len() && rest.starts_with("**") { 2 } else { 0 };
        Some((key, before.len() + 1 + closing))
    }
}

fn treats(
    fix: &mut Fix,
    block: &Block,
    source: &str,
    slice: &Slice,
    range: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let before = fix.treats.len();
    for inline in &block.inlines {
        let inside = range.start <= inline.span.start && inline.span.end <= range.end;
        if inline.kind != InlineKind::Strong || !inside {
            continue;
        }
        let inner = inline.span.start + 2..inline.span.end.saturating_sub(2);
        let name = slug(&plain(source.get(inner.clone()).unwrap_or("")));
        if !name.is_empty() {
            fix.treats.push(Text { text: name, span: inner });
        }
    }
    if fix.treats.len() == before {
        let span = if slice.text.is_empty() { range.start..range.start } else { slice.span() };
        let message = "no outcome in bold follows `Treats:`";
        diagnostics.push(
            Diagnostic::new(Code::BadTreats, span, message)
                .help("write for example: Treats: **pull-secret-missing**, **pull-credentials**"),
        );
    }
}

fn risk(fix: &mut Fix, slice: &Slice, diagnostics: &mut Vec<Diagnostic>) {
    let words = plain(&slice.text);
    let end = words.find(|c: char| !c.is_alphanumeric()).unwrap_or(words.len());
    let (word, rest) = words.split_at(end);
    let levels = [RiskLevel::Low, RiskLevel::Medium, RiskLevel::High];
    let level = levels.into_iter().find(|level| level.word().eq_ignore_ascii_case(word));
    match level {
        Some(level) => {
            let text = rest.trim_start_matches([',', ';', ':', '.', '-', '–', '—', ' ']);
            fix.risk = Some(Risk { level, text: text.to_owned() });
        }
        None => {
            let message = "a risk begins with low, medium or high";
            let near = nearest(word, levels.map(RiskLevel::word));
            let diagnostic = Diagnostic::new(Code::BadRisk, slice.span(), message);
            diagnostics.push(match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("write for example: Risk: low, nothing is restarted"),
            });
        }
    }
}

/// A bullet of `## Validation`: words, and the condition that is waited for, where it has one.
pub(crate) fn check(
    block: &Block,
    source: &str,
    line: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Check {
    let slice = block.slice(source);
    let mut mistakes = Vec::new();
    let when = decision::when(block, source, &mut mistakes);
    diagnostics.append(&mut mistakes);
    Check { text: slice.text, when, line, span: block.span.clone() }
}

/// The commands of a fenced block: one a line, going on after a backslash, within quotes
/// and to the end of a here-document. A comment belongs to the command under it.
pub(crate) fn commands(body: &Slice, lines: &Lines) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    let mut open: Option<(usize, Shell)> = None;
    let mut at = 0;
    for line in body.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let mut shell = match open.take() {
            None if bare.is_empty() => continue,
            None if bare.starts_with('#') => {
                comment.push(bare.trim_start_matches('#').trim());
                continue;
            }
            None => (start, Shell::default()),
            Some(open) => open,
        };
        if shell.1.goes_on_after(line) && at < body.text.len() {
            open = Some(shell);
            continue;
        }
        shell.1 = Shell::default();
        let part = body.part(shell.0..at);
        let span = part.span();
        commands.push(Command {
            pieces: placeholder::pieces(&part.text),
            comment: Some(comment.join(" ")).filter(|comment| !comment.is_empty()),
            line: lines.line(span.start),
            span,
        });
        comment.clear();
    }
    commands
}

/// How far a command is open at the end of a line.
#[derive(Default)]
struct Shell {
    quote: Option<char>,
    /// The word that ends a here-document.
    ends: Option<String>,
}

impl Shell {
    fn goes_on_after(&mut self, line: &str) -> bool {
        if let Some(end) = &self.ends {
            return line.trim() != end;
        }
        let text = line.trim_end();
        let mut escaped = false;
        for c in text.chars() {
            match (self.quote, c) {
                _ if escaped => escaped = false,
                (None | Some('"'), '\\') => escaped = true,
                (None, '"' | '\'') => self.quote = Some(c),
                (Some(quote), c) if c == quote => self.quote = None,
                _ => {}
            }
        }
        if self.quote.is_none()
            && let Some((_, word)) = text.split_once("<<")
            && !word.starts_with('<')
        {
            let word = word.trim_start_matches('-').trim_start();
            let word = word.split(char::is_whitespace).next().unwrap_or("");
            let word = word.trim_matches(['"', '\'']);
            self.ends = Some(word.to_owned()).filter(|word| !word.is_empty());
        }
        escaped || self.quote.is_some() || self.ends.is_some()
    }
}
