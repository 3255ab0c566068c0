//! From the text of a guide to its tree.

use std::ops::Range;
use std::sync::Arc;

use expression::nearest;
use sha2::{Digest, Sha256};

use crate::diagnostic::finish;
use crate::markdown::{self, Block, BlockKind, InlineKind};
use crate::section::{Section, numbered};
use crate::slice::Slice;
use crate::{
    Bullet, BulletKind, Call, Code, Definition, Diagnostic, Form, Guide, Lines, Phase, Step, Text,
    Vocabulary, call, decision, definition, front_matter, lint, outcome, solution,
};

/// A guide, and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The guide, as far as it could be read.
    pub guide: Guide,
    /// All mistakes, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the guide can be run.
    pub fn is_runnable(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Guide {
    /// The most bytes that a guide may have.
    pub const MAX_BYTES: usize = 1024 * 1024;
    /// The most steps, or fixes, that a guide may have.
    pub const MAX_STEPS: usize = 100;
    /// The most bullets that a guide may have.
    pub const MAX_BULLETS: usize = 500;
    /// The most bytes that a bullet may have.
    pub const MAX_BULLET_BYTES: usize = 8 * 1024;
    /// The most bytes that a block of tool calls or definitions may have.
    pub const MAX_BLOCK_BYTES: usize = 32 * 1024;
    /// The most literals that the bullets of a guide may have.
    pub const MAX_LITERALS: usize = 500;
    /// The most tool calls that a guide may have.
    pub const MAX_CALLS: usize = 200;
    /// The most definitions that a guide may have.
    pub const MAX_DEFINITIONS: usize = 200;

    /// Reads a guide. `source_name` is the name of its file, for reports.
    ///
    /// The mistakes are those of the syntax and of names that the vocabulary does not have;
    /// [`lint`] finds those of the guide as a whole.
    pub fn parse(source_name: &str, text: &str, vocabulary: &Vocabulary) -> Parsed {
        let mut parsed = Guide::read(source_name, text, vocabulary);
        finish(&mut parsed.diagnostics);
        parsed
    }

    /// The same with all mistakes, in no order.
    fn read(source_name: &str, text: &str, vocabulary: &Vocabulary) -> Parsed {
        if text.len() > Guide::MAX_BYTES {
            return too_long(source_name, text, vocabulary);
        }
        let mut diagnostics = Vec::new();
        let front = front_matter::read(text, vocabulary, &mut diagnostics);
        let (blocks, too_deep) = markdown::read(text, front.body);
        if let Some(span) = too_deep {
            let message = format!("lists are nested more than {} deep", markdown::MAX_DEPTH);
            diagnostics.push(Diagnostic::new(Code::TooDeep, span, message));
        }
        let mut guide = empty(source_name, text, front);
        let mut builder = Builder {
            guide: &mut guide,
            diagnostics: &mut diagnostics,
            vocabulary,
            source: text,
            section: None,
            in_part: false,
            bullets: 0,
            literals: 0,
            calls: 0,
            definitions: 0,
            pending: Vec::new(),
            decides: false,
            paragraphs: Vec::new(),
        };
        blocks.iter().for_each(|block| builder.block(block));
        builder.finish();
        Parsed { guide, diagnostics }
    }

    /// Reads a guide from bytes. Bytes that are not UTF-8 are a mistake of their own, and
    /// the rest is read as far as it goes.
    pub fn parse_bytes(source_name: &str, bytes: &[u8], vocabulary: &Vocabulary) -> Parsed {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Guide::parse(source_name, text, vocabulary),
            Err(error) => error,
        };
        let at = error.valid_up_to();
        // Far too much is not read at all; one character may stand for each byte.
        let kept = &bytes[..bytes.len().min(Guide::MAX_BYTES + 1)];
        let text = String::from_utf8_lossy(kept);
        let mut parsed = Guide::read(source_name, &text, vocabulary);
        let message = format!("the file is not UTF-8 text: byte {at} begins no character");
        let diagnostic = Diagnostic::new(Code::NotUtf8, at..at, message);
        parsed.diagnostics.push(diagnostic.help("save the file as UTF-8"));
        finish(&mut parsed.diagnostics);
        parsed
    }

    /// Reads a guide and finds all that is wrong with it, in its syntax and as a whole.
    pub fn check(
        source_name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        lexicon: &lexicon::Lexicon,
    ) -> Parsed {
        let mut parsed = Guide::read(source_name, text, vocabulary);
        // Of a file that is no guide at all, one word is enough.
        if text.len() <= Guide::MAX_BYTES {
            parsed.diagnostics.extend(lint(&parsed.guide, vocabulary, lexicon));
        }
        finish(&mut parsed.diagnostics);
        parsed
    }
}

fn too_long(source_name: &str, text: &str, vocabulary: &Vocabulary) -> Parsed {
    let message =
        format!("the file has {} bytes; a guide has at most {}", text.len(), Guide::MAX_BYTES);
    let front = front_matter::read("", vocabulary, &mut Vec::new());
    let guide = empty(source_name, text, front);
    Parsed { guide, diagnostics: vec![Diagnostic::new(Code::TooLong, 0..0, message)] }
}

fn empty(source_name: &str, text: &str, front: front_matter::FrontMatter) -> Guide {
    let digest = Sha256::digest(text.as_bytes());
    let version = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Guide {
        source_name: source_name.to_owned(),
        text: Arc::from(text),
        version,
        id: front.id.unwrap_or_else(|| source_name.to_owned()),
        meta: front.meta,
        form: Form::Prose,
        summary: String::new(),
        symptoms: Vec::new(),
        probable_causes: Vec::new(),
        preamble: Vec::new(),
        definitions: Vec::new(),
        steps: Vec::new(),
        outcomes: Vec::new(),
        escalation: Vec::new(),
        fixes: Vec::new(),
        validation_calls: Vec::new(),
        validation: Vec::new(),
        lines: Lines::of(text),
        sections: Vec::new(),
    }
}

struct Builder<'a> {
    guide: &'a mut Guide,
    diagnostics: &'a mut Vec<Diagnostic>,
    vocabulary: &'a Vocabulary,
    source: &'a str,
    section: Option<Section>,
    /// Whether a step or fix of this section has begun.
    in_part: bool,
    bullets: usize,
    literals: usize,
    calls: usize,
    definitions: usize,
    /// Bullets with arrows that could not be read, by step and bullet, with what is wrong:
    /// mistakes in an explicit guide, mere arrows in a prose guide.
    pending: Vec<(usize, usize, Block, Vec<Diagnostic>)>,
    decides: bool,
    /// Paragraphs of `## Escalation`, used where it has no bullets.
    paragraphs: Vec<Text>,
}

impl Builder<'_> {
    fn block(&mut self, block: &Block) {
        match &block.kind {
            BlockKind::Heading { level } => self.heading(*level, block),
            BlockKind::Paragraph => self.paragraph(block),
            BlockKind::Bullet { depth } => {
                self.bullets += 1;
                if self.within(self.bullets, Guide::MAX_BULLETS, "bullets", &block.span)
                    && self.is_short(block)
                    && self.has_few_literals(block)
                {
                    self.bullet(*depth, block);
                }
            }
            BlockKind::Fence { language, body } => self.fence(language, body, block),
        }
    }

    /// Whether a count is within its limit; the first beyond it is reported.
    fn within(&mut self, count: usize, limit: usize, what: &str, span: &Range<usize>) -> bool {
        if count == limit + 1 {
            let message = format!("a guide has at most {limit} {what}; the rest is not read");
            self.diagnostics.push(Diagnostic::new(Code::TooMany, span.clone(), message));
        }
        count <= limit
    }

    fn is_short(&mut self, block: &Block) -> bool {
        let short = block.span.len() <= Guide::MAX_BULLET_BYTES;
        if !short {
            let message = format!("a bullet has at most {} bytes", Guide::MAX_BULLET_BYTES);
            self.diagnostics.push(Diagnostic::new(Code::TooLong, block.span.clone(), message));
        }
        short
    }

    fn has_few_literals(&mut self, block: &Block) -> bool {
        let code = block.inlines.iter().filter(|inline| inline.kind == InlineKind::Code);
        let before = self.literals;
        self.literals += code.count();
        let many = self.literals > Guide::MAX_LITERALS;
        if many && before <= Guide::MAX_LITERALS {
            let limit = Guide::MAX_LITERALS;
            self.within(limit + 1, limit, "pieces of inline code in its bullets", &block.span);
        }
        !many
    }

    fn text(&self, block: &Block) -> Text {
        Text { text: block.slice(self.source).text, span: block.span.clone() }
    }

    fn heading(&mut self, level: u8, block: &Block) {
        let text = self.text(block).text;
        match (level, self.section) {
            (1, _) => self.enter(None),
            (2, _) => self.section_heading(&text, block),
            (3, Some(Section::DecisionTree)) => self.step_heading(&text, block),
            (3, Some(Section::RemediationOptions)) => self.fix_heading(&text, block),
            _ => {}
        }
    }

    fn enter(&mut self, section: Option<Section>) {
        self.section = section;
        self.in_part = false;
    }

    fn section_heading(&mut self, text: &str, block: &Block) {
        let section = Section::of(text);
        self.enter(section);
        let Some(section) = section else {
            let message = format!("the engine reads no section `{text}`");
            let unknown = Diagnostic::new(Code::UnknownSection, block.span.clone(), message);
            let near = nearest(text, Section::ALL.map(Section::title));
            let part = numbered(text, "Step").or_else(|| numbered(text, "Fix")).is_some();
            self.diagnostics.push(match near {
                _ if part => unknown.help("steps and fixes have headings with three #"),
                Some(near) => unknown.nearest(block.span.clone(), Some(near)),
                None => unknown.help("people can read it; nothing in it is run"),
            });
            return;
        };
        if let Some((_, first)) = self.guide.sections.iter().find(|(known, _)| *known == section) {
            let message = format!("the section `{}` stands twice", section.title());
            self.diagnostics.push(
                Diagnostic::new(Code::DuplicateSection, block.span.clone(), message)
                    .related(first.clone(), "first here"),
            );
        } else {
            self.guide.sections.push((section, block.span.clone()));
        }
    }

    fn step_heading(&mut self, text: &str, block: &Block) {
        let Some((number, title)) = numbered(text, "Step") else {
            let message = "this heading is not `### Step N: title`";
            self.diagnostics.push(
                Diagnostic::new(Code::BadStepHeading, block.span.clone(), message)
                    .help("a heading with four # may stand inside of a step"),
            );
            return;
        };
        let count = self.guide.steps.len() + 1;
        if !self.within(count, Guide::MAX_STEPS, "steps", &block.span) {
            return self.enter(None);
        }
        self.in_part = true;
        self.guide.steps.push(Step {
            number,
            title: title.to_owned(),
            line: self.guide.lines.line(block.span.start),
            span: block.span.clone(),
            calls: Vec::new(),
            definitions: Vec::new(),
            bullets: Vec::new(),
            prose: Vec::new(),
        });
    }

    fn fix_heading(&mut self, text: &str, block: &Block) {
        let Some((number, title)) = numbered(text, "Fix") else {
            let message = "this heading is not `### Fix N: title`";
            let span = block.span.clone();
            self.diagnostics.push(Diagnostic::new(Code::BadFixHeading, span, message));
            return;
        };
        let count = self.guide.fixes.len() + 1;
        if !self.within(count, Guide::MAX_STEPS, "fixes", &block.span) {
            return self.enter(None);
        }
        self.in_part = true;
        let line = self.guide.lines.line(block.span.start);
        self.guide.fixes.push(solution::fix(number, title, line, block.span.clone()));
    }

    fn paragraph(&mut self, block: &Block) {
        let text = self.text(block);
        if text.text.is_empty() {
            return;
        }
        match self.section {
            Some(Section::Summary) => {
                if !self.guide.summary.is_empty() {
                    self.guide.summary.push('\n');
                }
                self.guide.summary.push_str(&text.text);
            }
            Some(Section::DecisionTree) if self.in_part => {
                if let Some(step) = self.guide.steps.last_mut() {
                    step.prose.push(text);
                }
            }
            Some(Section::RemediationOptions) if self.in_part => self.fix_text(block),
            Some(Section::Escalation) => self.paragraphs.push(text),
            _ => {}
        }
    }

    fn fix_text(&mut self, block: &Block) {
        if let Some(fix) = self.guide.fixes.last_mut() {
            solution::text(fix, block, self.source, self.diagnostics);
        }
    }

    fn bullet(&mut self, depth: usize, block: &Block) {
        let text = self.text(block);
        if text.text.is_empty() {
            return;
        }
        match self.section {
            Some(Section::Symptoms) => self.guide.symptoms.push(text),
            Some(Section::ProbableCauses) => self.guide.probable_causes.push(text),
            Some(Section::Escalation) => self.guide.escalation.push(text),
            Some(Section::StopCondition) if depth == 0 => {
                let line = self.guide.lines.line(block.span.start);
                self.guide.outcomes.push(outcome::read(block, self.source, line));
            }
            Some(Section::DecisionTree) if self.in_part => self.step_bullet(depth, block),
            Some(Section::RemediationOptions) if self.in_part => self.fix_text(block),
            Some(Section::Validation) => {
                let line = self.guide.lines.line(block.span.start);
                let check = solution::check(block, self.source, line, self.diagnostics);
                self.guide.validation.push(check);
            }
            _ => {}
        }
    }

    fn step_bullet(&mut self, depth: usize, block: &Block) {
        let read = decision::read(block, self.source);
        self.decides |= read.decides;
        let index = self.guide.steps.len().saturating_sub(1);
        let line = self.guide.lines.line(block.span.start);
        let text = self.text(block);
        let Some(step) = self.guide.steps.last_mut() else { return };
        if matches!(read.kind, BulletKind::Broken) {
            self.pending.push((index, step.bullets.len(), block.clone(), read.mistakes));
        }
        step.bullets.push(Bullet {
            text: text.text,
            line,
            span: text.span,
            depth,
            kind: read.kind,
        });
    }

    fn fence(&mut self, language: &str, body: &Slice, block: &Block) {
        let calls = matches!(language, "python" | "python3" | "py");
        let commands = matches!(language, "sh" | "bash" | "shell" | "console" | "zsh");
        match self.section {
            Some(Section::DecisionTree) if calls => {
                let mut read = self.calls(body, block);
                match self.guide.steps.last_mut().filter(|_| self.in_part) {
                    Some(step) => step.calls.append(&mut read),
                    None => self.guide.preamble.append(&mut read),
                }
            }
            Some(Section::DecisionTree) if language == "cel" => {
                let mut read = self.definitions(body, block);
                match self.guide.steps.last_mut().filter(|_| self.in_part) {
                    Some(step) => step.definitions.append(&mut read),
                    None => self.guide.definitions.append(&mut read),
                }
            }
            Some(Section::Validation) if calls => {
                let mut read = self.calls(body, block);
                self.guide.validation_calls.append(&mut read);
            }
            Some(Section::RemediationOptions) if commands && self.in_part => {
                let lines = &self.guide.lines;
                if let Some(fix) = self.guide.fixes.last_mut() {
                    fix.commands.append(&mut solution::commands(body, lines));
                }
            }
            _ => {}
        }
    }

    fn block_is_short(&mut self, body: &Slice, block: &Block, what: &str) -> bool {
        let limit = Guide::MAX_BLOCK_BYTES;
        let short = body.text.len() <= limit;
        if !short {
            let message = format!("a block of {what} has at most {limit} bytes");
            self.diagnostics.push(Diagnostic::new(Code::TooLong, block.span.clone(), message));
        }
        short
    }

    fn definitions(&mut self, body: &Slice, block: &Block) -> Vec<Definition> {
        if !self.block_is_short(body, block, "definitions") {
            return Vec::new();
        }
        let mut read = definition::read(body, &self.guide.lines, self.diagnostics);
        let before = self.definitions;
        self.definitions += read.len();
        let limit = Guide::MAX_DEFINITIONS;
        if self.definitions > limit && before <= limit {
            self.within(limit + 1, limit, "definitions", &block.span);
        }
        read.truncate(limit.saturating_sub(before));
        read
    }

    fn calls(&mut self, body: &Slice, block: &Block) -> Vec<Call> {
        if !self.block_is_short(body, block, "tool calls") {
            return Vec::new();
        }
        let mut calls = call::read(body, &self.guide.lines, self.vocabulary, self.diagnostics);
        let before = self.calls;
        self.calls += calls.len();
        if self.calls > Guide::MAX_CALLS && before <= Guide::MAX_CALLS {
            self.within(Guide::MAX_CALLS + 1, Guide::MAX_CALLS, "tool calls", &block.span);
        }
        calls.truncate(Guide::MAX_CALLS.saturating_sub(before));
        calls
    }

    /// What can be told only from the whole: the form, and what follows from it.
    fn finish(mut self) {
        if self.guide.escalation.is_empty() {
            self.guide.escalation = std::mem::take(&mut self.paragraphs);
        }
        if self.decides {
            self.guide.form = Form::Explicit;
        }
        let has = |section| self.guide.sections.iter().any(|(known, _)| *known == section);
        if !self.guide.meta.has_phase
            && has(Section::RemediationOptions)
            && !has(Section::DecisionTree)
        {
            // The sections tell what the front matter does not.
            self.guide.meta.phase = Phase::Solution;
        }
        for (step, bullet, block, mistakes) in std::mem::take(&mut self.pending) {
            if self.decides {
                self.diagnostics.extend(mistakes);
                continue;
            }
            let bullets = self.guide.steps.get_mut(step).map(|step| &mut step.bullets);
            if let Some(bullet) = bullets.and_then(|bullets| bullets.get_mut(bullet)) {
                bullet.kind = BulletKind::Prose(decision::read_prose(&block, self.source));
            }
            let message = "this arrow decides nothing";
            self.diagnostics.push(
                Diagnostic::new(Code::ArrowInProse, block.span.clone(), message)
                    .note("the guide has no decisions, so the bullet is read as prose"),
            );
        }
        definition::write_out(self.guide, self.diagnostics);
        let must_be_named = self.decides && self.guide.meta.phase == Phase::Diagnosis;
        outcome::name(&mut self.guide.outcomes, must_be_named, self.diagnostics);
    }
}
