//! The page that `kubectl describe` prints, as entries within entries.
//!
//! A page is a text of lines `Key:  value`; what belongs to a key stands below it, further to
//! the right. A line at the left edge that is none of the page's own keys is the next line of a
//! text that the page quotes, such as the last words of a container.

/// A line of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) indent: usize,
    pub(super) text: &'a str,
}

/// A key, its value, and what stands below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a, 'p> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    pub(super) below: &'p [Line<'a>],
    /// The line without its margins.
    pub(super) line: &'a str,
}

/// Further right than any line stands: for lines of quoted texts.
const QUOTED: usize = 1 << 20;

/// The lines of a page. `is_key` tells the keys that stand at the left edge of it.
pub(super) fn lines<'a>(texts: &[&'a str], is_key: impl Fn(&str) -> bool) -> Vec<Line<'a>> {
    texts
        .iter()
        .map(|text| {
            let text = text.trim_end();
            let bare = text.trim_start();
            let indent = match text.len() - bare.len() {
                0 if !is_key(text) => QUOTED,
                indent => indent,
            };
            Line { indent, text: bare }
        })
        .collect()
}

/// The entries of a block, in order.
pub(super) fn entries<'a, 'p>(lines: &'p [Line<'a>]) -> Vec<Entry<'a, 'p>> {
    let Some(edge) = lines.iter().find(|line| !line.text.is_empty()).map(|line| line.indent) else {
        return Vec::new();
    };
    let begins = |line: &Line<'_>| line.indent <= edge && !line.text.is_empty();
    let mut entries = Vec::new();
    let mut at = lines.iter().position(begins).unwrap_or(lines.len());
    while at < lines.len() {
        let next = lines[at + 1..].iter().position(begins).map_or(lines.len(), |n| at + 1 + n);
        let line = lines[at].text;
        let (key, value) = split(line);
        entries.push(Entry { key, value, below: &lines[at + 1..next], line });
        at = next;
    }
    entries
}

/// `Key:  value`; a line without a colon is a key.
fn split(line: &str) -> (&str, &str) {
    let mut from = 0;
    while let Some(colon) = line[from..].find(':').map(|at| from + at) {
        let rest = &line[colon + 1..];
        if rest.is_empty() || rest.starts_with([' ', '\t']) {
            return (&line[..colon], rest.trim());
        }
        from = colon + 1;
    }
    (line, "")
}

impl<'a, 'p> Entry<'a, 'p> {
    /// The entries below.
    pub(super) fn entries(&self) -> Vec<Entry<'a, 'p>> {
        entries(self.below)
    }

    /// The value and the lines below it, which continue it.
    pub(super) fn values(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.value).chain(self.below.iter().map(|line| line.text))
    }

    /// The value with the lines of a text that it quotes.
    pub(super) fn text(&self) -> String {
        let mut text = self.value.to_owned();
        for line in self.below {
            text.push('\n');
            text.push_str(line.text);
        }
        text.trim_end().to_owned()
    }
}

/// The entry of a key.
pub(super) fn find<'a, 'p, 'e>(
    entries: &'e [Entry<'a, 'p>],
    key: &str,
) -> Option<&'e Entry<'a, 'p>> {
    entries.iter().find(|entry| entry.key == key)
}

/// The value of a key, where it says something.
pub(super) fn value<'a>(entries: &[Entry<'a, '_>], key: &str) -> Option<&'a str> {
    find(entries, key).and_then(|entry| super::fields::told(entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_within_entries_at_any_distance() {
        let texts = [
            "Pod Template:",
            "  Labels:  app=web",
            "           tier=x",
            "  Containers:",
            "   web:",
            "    Image:  a:1",
            "Events:  <none>",
        ];
        let lines = lines(&texts, |_| true);
        let page = entries(&lines);
        assert_eq!(page.iter().map(|e| e.key).collect::<Vec<_>>(), ["Pod Template", "Events"]);
        let template = page[0].entries();
        assert_eq!(template[0].values().collect::<Vec<_>>(), ["app=web", "tier=x"]);
        assert_eq!(value(&template[1].entries()[0].entries(), "Image"), Some("a:1"));
    }

    #[test]
    fn a_text_that_a_page_quotes_belongs_to_what_quotes_it() {
        let texts = ["State:", "  Message:  panic: boom", "goroutine 1:", "", "  Exit Code:  2"];
        let lines = lines(&texts, |line| line.starts_with("State"));
        let state = entries(&lines)[0].entries();
        assert_eq!(state[0].text(), "panic: boom\ngoroutine 1:");
        assert_eq!(value(&state, "Exit Code"), Some("2"));
    }
}
