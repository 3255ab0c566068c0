//! The words of a registry, fit to be shown: without secrets, on one line, cut.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The longest text that is quoted of a registry, in characters.
const QUOTED: usize = 200;
/// The longest text of a check.
const WORDS: usize = 600;
/// A shorter secret would take ordinary words apart.
const SHORTEST: usize = 4;

/// The secrets of this run, which must not come back in any text: a registry may well repeat
/// what it was sent.
#[derive(Default)]
pub(crate) struct Scrubber(Vec<SecretString>);

impl Scrubber {
    /// Remembers a secret that was sent or received.
    pub(crate) fn learn(&mut self, secret: &[u8]) {
        let text = String::from_utf8_lossy(secret);
        if text.len() >= SHORTEST {
            self.0.push(text.as_ref().into());
            // The longest first: one may be a part of another.
            self.0.sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
        }
    }

    /// Whether a text holds one of the secrets.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.0.iter().any(|known| text.contains(known.expose_secret()))
    }

    /// A text without them and whatever else looks like a credential, on one line.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for known in &self.0 {
            if clean.contains(known.expose_secret()) {
                clean = clean.replace(known.expose_secret(), evidence::redact::MARK);
            }
        }
        cut(&evidence::redact::text(&one_line(&clean)), WORDS)
    }

    /// A registry's own words from the body of a refusal: the codes and messages of its
    /// errors, or a short text. `None` for a page of markup and for nothing.
    pub(crate) fn quote(&self, body: &[u8]) -> Option<String> {
        let said = match serde_json::from_slice::<Refusal>(body) {
            Ok(refusal) => refusal.words()?,
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.trim();
                let is_text =
                    !text.is_empty() && !text.starts_with('<') && !text.contains('\u{fffd}');
                is_text.then(|| text.to_owned())?
            }
        };
        Some(cut(&self.clean(&said), QUOTED))
    }
}

/// The code of the first error in a refusal: `MANIFEST_UNKNOWN`.
pub(crate) fn code(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Refusal>(body).ok()?.errors.into_iter().flatten().find_map(|e| e.code)
}

/// What registries and token services answer when they refuse.
#[derive(Deserialize)]
struct Refusal {
    errors: Option<Vec<Problem>>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Refusal {
    fn words(self) -> Option<String> {
        let problems: Vec<String> = self
            .errors
            .into_iter()
            .flatten()
            .take(3)
            .filter_map(|problem| match (problem.code, problem.message) {
                (Some(code), Some(message)) => Some(format!("{code}: {message}")),
                (code, message) => code.or(message),
            })
            .collect();
        match problems.is_empty() {
            true => self.details.or(self.message).or(self.error_description),
            false => Some(problems.join("; ")),
        }
    }
}

/// Runs of white space become one space; what steers a terminal goes.
fn one_line(text: &str) -> String {
    let is_plain = |c: &char| {
        !c.is_control()
            && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(is_plain).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_is_taken_out_even_where_the_text_is_cut() {
        let mut scrubber = Scrubber::default();
        scrubber.learn(b"pull-pass-7Qx");
        scrubber.learn(b"pull");
        let text = format!("{}pull-pass-7Qx was wrong", "x".repeat(WORDS - 5));
        assert!(!scrubber.clean(&text).contains("pull"));
        assert!(scrubber.finds("a tag of pull-pass-7Qx"));
    }

    #[test]
    fn errors_are_quoted_on_one_line_and_pages_are_not() {
        let scrubber = Scrubber::default();
        let body = br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest\nunknown\u001b[2J","detail":{"Tag":"x"}}]}"#;
        assert_eq!(scrubber.quote(body).as_deref(), Some("MANIFEST_UNKNOWN: manifest unknown[2J"));
        assert_eq!(code(body).as_deref(), Some("MANIFEST_UNKNOWN"));
        let hub = br#"{"details":"incorrect username or password"}"#;
        assert_eq!(scrubber.quote(hub).as_deref(), Some("incorrect username or password"));
        assert_eq!(
            scrubber.quote(b"no healthy upstream\n").as_deref(),
            Some("no healthy upstream")
        );
        assert_eq!(scrubber.quote(b"<html>"), None);
        assert_eq!(scrubber.quote(b""), None);
        assert_eq!(scrubber.quote(b"{}"), None);
    }
}
