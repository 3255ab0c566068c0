//! The words after a decision's arrow.
//!
//! A consequence is `[likely|possibly|not] **outcome** [at `expression`] [: sentence]`,
//! `Step N`, `TSG-… [on `expression`]` or `escalate [: sentence]`.

use std::ops::Range;

use expression::{Expression, Template, nearest};

use crate::decision::{BulletText, expression, template};
use crate::front_matter::is_id;
use crate::markdown::plain;
use crate::outcome::slug;
use crate::{Code, Consequence, Diagnostic, Located, Text, Verdict};

/// Reads what follows the arrow, whose place is given.
pub(crate) fn read(
    bullet: &BulletText,
    arrow: Range<usize>,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Consequence> {
    Reader { bullet, at: arrow.end, mistakes }.consequence(arrow)
}

/// Reads the words after the arrow.
struct Reader<'a> {
    bullet: &'a BulletText,
    at: usize,
    mistakes: &'a mut Vec<Diagnostic>,
}

const FORMS: &str = "after the arrow stands one of\n\
                     likely|possibly|not **outcome** at `object`: sentence\n\
                     Step N\n\
                     TSG-… on `object`\n\
                     escalate: sentence";

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.bullet.text(self.at..self.bullet.slice.text.len())
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The word that stands here, without going past it.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    }

    fn place(&self, length: usize) -> Range<usize> {
        self.bullet.place(self.at..self.at + length)
    }

    fn bad(&mut self, span: Range<usize>, message: impl Into<String>) -> Option<Consequence> {
        self.mistakes.push(Diagnostic::new(Code::BadConsequence, span, message).help(FORMS));
        None
    }

    fn consequence(mut self, arrow: Range<usize>) -> Option<Consequence> {
        self.skip_blanks();
        if self.rest().is_empty() {
            let span = self.bullet.place(arrow);
            return self.bad(span, "nothing follows the arrow");
        }
        if self.strong().is_some() {
            return self.outcome(Verdict::Confirmed);
        }
        if let Some(id) = self.guide_id() {
            return self.guide(id);
        }
        let word = self.word();
        match word.to_ascii_lowercase().as_str() {
            "likely" => self.qualified(word, Verdict::Likely),
            "possibly" => self.qualified(word, Verdict::Possible),
            "not" => self.qualified(word, Verdict::Not),
            "step" => self.step(word),
            "escalate" => {
                self.at += word.len();
                let sentence = self.sentence()?;
                Some(Consequence::Escalate { sentence })
            }
            _ => self.unknown(word),
        }
    }

    /// The bold text that starts here.
    fn strong(&self) -> Option<Range<usize>> {
        self.bullet.strong.iter().find(|range| range.start == self.at).cloned()
    }

    fn qualified(&mut self, word: &str, verdict: Verdict) -> Option<Consequence> {
        self.at += word.len();
        self.skip_blanks();
        if self.strong().is_some() {
            return self.outcome(verdict);
        }
        let name = self.word();
        let span = self.place(name.len().max(1));
        if name.is_empty() {
            return self.bad(span, format!("no outcome in bold follows `{word}`"));
        }
        self.not_bold(name, span)
    }

    fn not_bold(&mut self, name: &str, span: Range<usize>) -> Option<Consequence> {
        let message = format!("the outcome `{name}` does not stand in bold");
        let bold = format!("**{name}**");
        self.mistakes.push(
            Diagnostic::new(Code::BadConsequence, span.clone(), message)
                .help(format!("write {bold}"))
                .fix(span, bold),
        );
        None
    }

    fn unknown(&mut self, word: &str) -> Option<Consequence> {
        let span = self.place(word.len().max(1));
        if let Some(near) = nearest(word, ["likely", "possibly", "not", "Step", "escalate"]) {
            let message = format!("`{word}` begins no consequence");
            self.mistakes.push(
                Diagnostic::new(Code::BadConsequence, span.clone(), message)
                    .nearest(span, Some(near)),
            );
            return None;
        }
        let alone = self.rest().trim_end_matches('.').trim() == word;
        if alone && word.contains('-') && word.chars().all(|c| !c.is_uppercase()) {
            return self.not_bold(word, span);
        }
        let span = self.place(self.rest().len());
        self.bad(span, "this is no consequence")
    }

    fn outcome(&mut self, verdict: Verdict) -> Option<Consequence> {
        let range = self.strong()?;
        let inner = range.start + 2..range.end.saturating_sub(2).max(range.start + 2);
        let name = self.bullet.text(inner.clone());
        let outcome = Text { text: slug(&plain(name)), span: self.bullet.place(inner) };
        if outcome.text.is_empty() {
            let span = self.bullet.place(range);
            return self.bad(span, "the outcome in bold has no name");
        }
        // `**outcome:** sentence` means the same as `**outcome**: sentence`.
        let colon = name.trim_end().ends_with(':');
        self.at = range.end;
        let at = self.object("at")?;
        let sentence = if colon { self.rest_as_sentence()? } else { self.sentence()? };
        Some(Consequence::Outcome { verdict, outcome, at, sentence })
    }

    fn step(&mut self, word: &str) -> Option<Consequence> {
        let start = self.at;
        self.at += word.len();
        self.skip_blanks();
        let digits = self.word();
        let span = self.bullet.place(start..self.at + digits.len());
        let Ok(number) = digits.parse::<u32>() else {
            return self.bad(span, "no number follows `Step`");
        };
        self.at += digits.len();
        self.end()?;
        Some(Consequence::Step { number, span })
    }

    /// A guide's id here: plain, in code, in bold or as a link.
    fn guide_id(&self) -> Option<(Text, usize)> {
        let wrapped = |range: &Range<usize>| {
            let text = self.bullet.text(range.clone()).trim_start_matches(['[', '`']);
            let start = range.end - text.len();
            let end = text.find([']', '`']).unwrap_or(text.len());
            (start..start + end, range.end)
        };
        let code = self.bullet.code_at(self.at).map(|(range, _)| wrapped(range));
        let link = self.bullet.links.iter().find(|range| range.start == self.at).map(wrapped);
        let plain = || (self.at..self.at + self.word().len(), self.at + self.word().len());
        let (inner, end) = code.or(link).unwrap_or_else(plain);
        let id = self.bullet.text(inner.clone());
        let text = Text { text: id.to_owned(), span: self.bullet.place(inner) };
        id.starts_with("TSG-").then_some((text, end))
    }

    fn guide(&mut self, (guide, end): (Text, usize)) -> Option<Consequence> {
        if !is_id(&guide.text) {
            let message = format!("`{}` is not the id of a guide", guide.text);
            self.mistakes.push(
                Diagnostic::new(Code::BadId, guide.span.clone(), message)
                    .help("an id is TSG-COMPONENT-PROBLEM-NNN in capitals"),
            );
            return None;
        }
        self.at = end;
        let on = self.object("on")?;
        self.end()?;
        Some(Consequence::Guide { guide, on })
    }

    /// `at` or `on` with an expression in code, if it stands here.
    fn object(&mut self, wanted: &str) -> Option<Option<Located<Expression>>> {
        self.skip_blanks();
        let word = self.word();
        if !matches!(word, "at" | "on") {
            return Some(None);
        }
        let span = self.place(word.len());
        if word != wanted {
            let message = match wanted {
                "at" => "the culprit of an outcome follows `at`, not `on`",
                _ => "the object that a guide runs on follows `on`, not `at`",
            };
            let diagnostic = Diagnostic::new(Code::BadConsequence, span.clone(), message);
            self.mistakes.push(diagnostic.fix(span, wanted));
            return None;
        }
        self.at += word.len();
        self.skip_blanks();
        let Some((range, slice)) = self.bullet.code_at(self.at) else {
            let message = format!("no expression in backticks follows `{word}`");
            self.bad(span, message);
            return None;
        };
        self.at = range.end;
        expression(slice.clone(), self.mistakes).map(Some)
    }

    /// `: sentence`, or nothing.
    fn sentence(&mut self) -> Option<Option<Located<Template>>> {
        self.skip_blanks();
        if self.rest().starts_with(':') {
            self.at += 1;
            return self.rest_as_sentence();
        }
        self.end()?;
        Some(None)
    }

    fn rest_as_sentence(&mut self) -> Option<Option<Located<Template>>> {
        let slice = self.bullet.slice.part(self.at..self.bullet.slice.text.len());
        if slice.text.is_empty() {
            return Some(None);
        }
        template(slice, self.mistakes).map(Some)
    }

    /// Nothing may follow but a full stop.
    fn end(&mut self) -> Option<()> {
        let rest = self.rest().trim();
        if matches!(rest, "" | "." | "," | ";") {
            return Some(());
        }
        self.skip_blanks();
        let span = self.place(self.rest().len());
        let message = match rest.starts_with(':') {
            true => "no sentence can follow this consequence",
            false => "these words do not belong to a consequence",
        };
        self.mistakes
            .push(Diagnostic::new(Code::BadConsequence, span, message).help(
                "the sentence for the report follows a colon after an outcome or `escalate`",
            ));
        None
    }
}
