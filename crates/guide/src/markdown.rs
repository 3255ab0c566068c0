//! Markdown as a flat run of blocks with exact places.
//!
//! Guides need headings, paragraphs, fenced blocks and bullets; everything else (tables,
//! HTML, quotations' marks) is for people and passed over. Nothing here recurses, so
//! deep nesting costs no stack.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::slice::Slice;

/// A block of a guide.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub kind: BlockKind,
    /// Where its content stands.
    pub span: Range<usize>,
    /// The pieces of a heading, a paragraph or a bullet that are more than words.
    pub inlines: Vec<Inline>,
}

/// The sorts of block.
#[derive(Clone, Debug)]
pub(crate) enum BlockKind {
    Heading {
        level: u8,
    },
    Paragraph,
    /// A bullet's first text, up to a list inside of it.
    Bullet {
        depth: usize,
    },
    /// A fenced block with the first word of its info string.
    Fence {
        language: String,
        body: Slice,
    },
}

/// A piece of text that is more than words.
#[derive(Clone, Debug)]
pub(crate) struct Inline {
    pub kind: InlineKind,
    /// Where it stands, with its marks.
    pub span: Range<usize>,
}

/// The sorts of inline that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InlineKind {
    Code,
    Strong,
    Link,
}

/// Lists nested deeper than this are not read.
pub(crate) const MAX_DEPTH: usize = 16;

/// Reads the part of `source` from `from` on. The second value is where lists are nested
/// too deeply, if they are.
pub(crate) fn read(source: &str, from: usize) -> (Vec<Block>, Option<Range<usize>>) {
    let Some(body) = source.get(from..) else { return (Vec::new(), None) };
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader { source, ..Reader::default() };
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        reader.event(event, range.start + from..range.end + from);
    }
    (reader.blocks, reader.too_deep)
}

#[derive(Default)]
struct Reader<'a> {
    source: &'a str,
    blocks: Vec<Block>,
    /// The blocks that text goes to, innermost last; `None` where text is passed over.
    open: Vec<Option<usize>>,
    depth: usize,
    too_deep: Option<Range<usize>>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Code(_) => self.inline(InlineKind::Code, range),
            Event::Text(_) => self.text(range),
            Event::InlineHtml(_) => self.cover(range),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.push(BlockKind::Heading { level: *level as u8 }, range);
            }
            Tag::Paragraph => {
                if self.in_bullet() {
                    // The text of a bullet in a loose list; a second paragraph is its own.
                    let index = self.open.last().copied().flatten();
                    let taken = index.and_then(|index| self.blocks.get(index));
                    if taken.is_some_and(|block| !block.span.is_empty()) {
                        self.push(BlockKind::Paragraph, range);
                    } else {
                        self.open.push(index);
                    }
                } else {
                    self.push(BlockKind::Paragraph, range);
                }
            }
            Tag::List(_) => {
                // Text after a list inside of a bullet does not belong to the bullet.
                if let Some(last) = self.open.last_mut() {
                    *last = None;
                }
                self.depth += 1;
                if self.depth > MAX_DEPTH && self.too_deep.is_none() {
                    self.too_deep = Some(range);
                }
            }
            Tag::Item if self.depth > MAX_DEPTH => self.open.push(None),
            Tag::Item => {
                let depth = self.depth.saturating_sub(1);
                self.push(BlockKind::Bullet { depth }, range);
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let language = info.split([' ', ',', '{']).next().unwrap_or("");
                let language = language.to_ascii_lowercase();
                self.push(BlockKind::Fence { language, body: Slice::default() }, range);
            }
            Tag::Strong => self.inline(InlineKind::Strong, range),
            Tag::Link { .. } => self.inline(InlineKind::Link, range),
            Tag::Emphasis | Tag::Strikethrough | Tag::Image { .. } => self.cover(range),
            Tag::BlockQuote(_) => {}
            _ => self.open.push(None),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => self.depth = self.depth.saturating_sub(1),
            TagEnd::Strong
            | TagEnd::Link
            | TagEnd::Emphasis
            | TagEnd::Strikethrough
            | TagEnd::Image
            | TagEnd::BlockQuote(_) => {}
            _ => {
                self.open.pop();
            }
        }
    }

    fn in_bullet(&self) -> bool {
        let open = self.open.last().copied().flatten();
        let block = open.and_then(|index| self.blocks.get(index));
        block.is_some_and(|block| matches!(block.kind, BlockKind::Bullet { .. }))
    }

    fn push(&mut self, kind: BlockKind, range: Range<usize>) {
        self.open.push(Some(self.blocks.len()));
        // The span grows with the content; until then it is where the block starts.
        let span = range.start..range.start;
        self.blocks.push(Block { kind, span, inlines: Vec::new() });
    }

    fn block(&mut self) -> Option<&mut Block> {
        let index = self.open.last().copied().flatten()?;
        self.blocks.get_mut(index)
    }

    fn text(&mut self, range: Range<usize>) {
        let source = self.source;
        if let Some(Block { kind: BlockKind::Fence { body, .. }, .. }) = self.block() {
            body.push(source, range.clone());
        }
        self.cover(range);
    }

    fn inline(&mut self, kind: InlineKind, range: Range<usize>) {
        if let Some(block) = self.block() {
            block.inlines.push(Inline { kind, span: range.clone() });
        }
        self.cover(range);
    }

    /// Grows the open block to hold the range.
    fn cover(&mut self, range: Range<usize>) {
        if let Some(block) = self.block() {
            if block.span.is_empty() {
                block.span = range;
            } else {
                block.span.end = block.span.end.max(range.end);
            }
        }
    }
}

impl Block {
    /// The content on one line, as written.
    pub fn slice(&self, source: &str) -> Slice {
        Slice::fold(source, self.span.clone())
    }
}

/// The text of inline code without its backticks, and without the one space that may
/// stand inside of each of them.
pub(crate) fn code_text(source: &str, span: Range<usize>) -> Slice {
    let raw = source.get(span.clone()).unwrap_or("");
    let ticks = raw.len() - raw.trim_start_matches('`').len();
    let end = raw.len().saturating_sub(ticks).max(ticks.min(raw.len()));
    let inner = Slice::fold(source, span.start + ticks.min(raw.len())..span.start + end);
    let text = &inner.text;
    let padded = text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty();
    if padded { inner.part(1..text.len() - 1) } else { inner }
}

/// A text without Markdown's marks, as a person would read it aloud.
pub(crate) fn plain(markdown: &str) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<String> {
        let (blocks, _) = read(source, 0);
        blocks
            .iter()
            .map(|block| {
                let kind = match &block.kind {
                    BlockKind::Heading { level } => format!("h{level}"),
                    BlockKind::Paragraph => "p".into(),
                    BlockKind::Bullet { depth } => format!("b{depth}"),
                    BlockKind::Fence { language, body } => {
                        return format!("{language}: {}", body.text);
                    }
                };
                format!("{kind}: {}", block.slice(source).text)
            })
            .collect()
    }

    #[test]
    fn blocks_come_in_the_order_of_the_file() {
        let source =
            "## A `b`\n\ntext\n- one\n  more\n  - two\n- three\n\n```python x\ncall()\n```\n";
        let expected =
            ["h2: A `b`", "p: text", "b0: one more", "b1: two", "b0: three", "python: call()\n"];
        assert_eq!(shown(source), expected);
    }

    #[test]
    fn a_loose_list_and_a_quotation_read_as_a_tight_list() {
        assert_eq!(shown("- one\n\n- two\n\n  more\n"), ["b0: one", "b0: two", "p: more"]);
        assert_eq!(shown("> - one\n>   more\n"), ["b0: one more"]);
    }

    #[test]
    fn code_is_cut_exactly_beside_other_scripts() {
        let source = "- käse `größe → x` und `` a`b ``\n";
        let (blocks, _) = read(source, 0);
        let inlines = blocks[0].inlines.iter();
        let code: Vec<Slice> =
            inlines.map(|inline| code_text(source, inline.span.clone())).collect();
        let texts: Vec<_> = code.iter().map(|slice| slice.text.as_str()).collect();
        assert_eq!(texts, ["größe → x", "a`b"]);
        assert!(code.iter().all(|slice| source[slice.span()] == slice.text));
    }

    #[test]
    fn a_fence_in_a_list_leads_back_to_its_lines() {
        let source = "- x\n  ```python\n  a()\n  b()\n  ```\n";
        let (blocks, _) = read(source, 0);
        let BlockKind::Fence { body, .. } = &blocks[1].kind else { panic!("a fence") };
        assert_eq!(body.text, "a()\nb()\n");
        assert_eq!(&source[body.source(4..7)], "b()");
    }

    #[test]
    fn lists_nested_too_deeply_are_said_and_passed_over() {
        let source: String = (0..40).map(|depth| "  ".repeat(depth) + "- x\n").collect();
        let (blocks, too_deep) = read(&source, 0);
        assert_eq!(blocks.len(), MAX_DEPTH);
        assert!(too_deep.is_some());
    }
}
