//! A message made plain before matching: lower case, single spaces, names blanked.
//!
//! Messages quote image names, hosts, paths and object names, and those can hold any word: an image
//! `unauthorized/app` that is not found must not look like an access problem. So every name becomes
//! the one character [`NAME`] before a pattern is looked for. What counts as a name:
//!
//! - a quoted word (`"…"`, `'…'`, `` `…` ``) without white space; a quotation with white space in it
//!   is somebody's sentence and stays;
//! - a bare word that holds `/`, `@` or `://`, or a colon between two letters or digits
//!   (`nginx:1.27`, `10.0.0.1:443`), unless a pattern uses that very word (`i/o`);
//! - a quotation right after `image`, `tag`, `name` or `reference`, whatever it holds;
//! - a bare word in a place where components print a name: after `lookup`, between `manifest` and
//!   `in`, in `for X,`, `for X not`, `repository X not`, `tag X was`, `tag X not`, `artifact X not`;
//! - the image that the caller names, wherever it stands in quotes or holds more than one plain word.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Stands for one blanked name.
pub(crate) const NAME: char = '*';

/// Messages are read this far. Kubernetes cuts event messages at 1,024 bytes; a status message can
/// hold the errors of several pulls, yet never this much.
const MAX_BYTES: usize = 64 * 1024;

/// A guide's phrases and literals are read this far; they are a line each.
pub(crate) const MAX_PHRASE_BYTES: usize = 4 * 1024;

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// What makes a bare word a name, if it stands in the right place.
const NAME_MARKS: [char; 3] = ['/', '@', ':'];

/// Both: a word without any of them is no name and holds none.
const MARKS: [u8; 6] = *b"\"'`/@:";

/// Words with a name's shape that patterns use, so that they must not be blanked.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptWords(BTreeSet<String>);

impl KeptWords {
    /// Remembers the words of a pattern's fragment that would else be taken for names.
    pub(crate) fn add_from(&mut self, fragment: &str) {
        if !fragment.contains(NAME_MARKS) {
            return;
        }
        for word in fragment.split_whitespace() {
            let (_, core, _) = split_punctuation(word);
            if has_name_shape(core) && !core.contains("://") {
                self.0.insert(core.to_owned());
            }
        }
    }

    fn keeps(&self, core: &str) -> bool {
        self.0.contains(core)
    }
}

/// Lower case and single spaces, nothing blanked.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.make_ascii_lowercase();
    out
}

/// The message as patterns see it.
pub(crate) fn plain(message: &str, image: Option<&str>, kept: &KeptWords) -> String {
    let message = cut(message, MAX_BYTES);
    let mut unescaped = unescape_quotes(blank_image(message, image)).into_owned();
    unescaped.make_ascii_lowercase();
    let words: Vec<&str> = unescaped.split_whitespace().collect();
    let mut out = String::with_capacity(unescaped.len());
    let mut next = 0;
    while let Some(word) = words.get(next) {
        let before = next.checked_sub(1).map(|p| words[p]);
        let rest = &words[next + 1..];
        next += 1;
        if !out.is_empty() {
            out.push(' ');
        }
        if let Some((skipped, tail)) = quoted_name(before, word, rest) {
            out.extend(['"', NAME]);
            next += skipped;
            if let Some(tail) = tail {
                out.push('"');
                blank_word(tail, next == words.len(), kept, &mut out);
            }
        } else if is_name_place(before, word, rest.first().copied()) {
            let (lead, _, trail) = split_punctuation(word);
            out.push_str(lead);
            out.push(NAME);
            out.push_str(trail);
        } else {
            blank_word(word, rest.is_empty(), kept, &mut out);
        }
    }
    out
}

/// A quotation after a word that announces a name: how many more words it takes, and what follows its
/// closing quote (nothing if the message is cut before it).
fn quoted_name<'t>(
    before: Option<&str>,
    word: &'t str,
    rest: &[&'t str],
) -> Option<(usize, Option<&'t str>)> {
    let announced = matches!(before, Some("image" | "tag" | "name" | "reference"));
    let inner = word.strip_prefix('"').filter(|_| announced)?;
    if let Some((_, tail)) = inner.split_once('"') {
        return Some((0, Some(tail)));
    }
    let closing =
        rest.iter().enumerate().find_map(|(i, word)| Some((i + 1, word.split_once('"')?.1)));
    Some(closing.map_or((rest.len(), None), |(skipped, tail)| (skipped, Some(tail))))
}

/// The text's beginning of at most so many bytes, cut between two characters.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn blank_image<'m>(message: &'m str, image: Option<&str>) -> Cow<'m, str> {
    let Some(image) = image.map(str::trim).filter(|image| !image.is_empty()) else {
        return message.into();
    };
    let name = NAME.to_string();
    let quoted = message.replace(&format!("\"{image}\""), &format!("\"{name}\""));
    // One plain word could as well be a word of the message; only its quoted form is surely a name.
    let plain_word = image.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if plain_word { quoted.into() } else { quoted.replace(image, &name).into() }
}

/// `\"` is a quote in a message that was quoted itself, to any depth.
fn unescape_quotes(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut backslashes = 0;
    for c in text.chars() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if !QUOTES.contains(&c) {
            out.extend(std::iter::repeat_n('\\', backslashes));
        }
        backslashes = 0;
        out.push(c);
    }
    out.extend(std::iter::repeat_n('\\', backslashes));
    out.into()
}

/// Whether components print a name here, whatever it looks like.
fn is_name_place(before: Option<&str>, word: &str, after: Option<&str>) -> bool {
    let before = before.unwrap_or("").trim_start_matches(['(', '[', '"']);
    let by_comma = match (before, after.unwrap_or("")) {
        ("lookup", _) | ("manifest", "in") => false,
        ("for", after) => after != "not",
        ("repository" | "artifact", "not") | ("tag", "not" | "was") => false,
        _ => return false,
    };
    let (_, core, trail) = split_punctuation(word);
    let is_word = !core.is_empty() && !core.starts_with(QUOTES);
    is_word && (!by_comma || trail.starts_with(','))
}

/// Whether a text has none of the marks of names: nearly all words, which stay as they are.
fn is_unmarked(text: &str) -> bool {
    !text.bytes().any(|byte| MARKS.contains(&byte))
}

/// Blanks the names in one word without white space and appends the rest as it is.
fn blank_word(word: &str, last: bool, kept: &KeptWords, out: &mut String) {
    if is_unmarked(word) {
        out.push_str(word);
        return;
    }
    let mut rest = word;
    loop {
        let Some((bare, quote, tail)) = split_at_quote(rest) else {
            blank_bare(rest, kept, out);
            return;
        };
        blank_bare(bare, kept, out);
        out.push(quote);
        match closing_quote(tail, quote) {
            Some(end) => {
                if end > 0 {
                    out.push(NAME);
                }
                out.push(quote);
                rest = &tail[end + quote.len_utf8()..];
            }
            // The message is cut inside a quotation: what is left of it is a name.
            None if last => {
                if !tail.is_empty() {
                    out.push(NAME);
                }
                return;
            }
            None => {
                blank_bare(tail, kept, out);
                return;
            }
        }
    }
}

/// The part before the first quote that opens (not an apostrophe), that quote, and what follows it.
fn split_at_quote(text: &str) -> Option<(&str, char, &str)> {
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if QUOTES.contains(&c) && !previous.is_some_and(char::is_alphanumeric) {
            return Some((&text[..at], c, &text[at + c.len_utf8()..]));
        }
        previous = Some(c);
    }
    None
}

fn closing_quote(tail: &str, quote: char) -> Option<usize> {
    tail.match_indices(quote)
        .map(|(at, _)| at)
        .find(|at| !tail[at + quote.len_utf8()..].starts_with(char::is_alphanumeric))
}

fn blank_bare(text: &str, kept: &KeptWords, out: &mut String) {
    let (lead, core, trail) = split_punctuation(text);
    out.push_str(lead);
    if has_name_shape(core) && !kept.keeps(core) {
        out.push(NAME);
    } else {
        out.push_str(core);
    }
    out.push_str(trail);
}

/// Punctuation before, the word itself, punctuation after.
fn split_punctuation(word: &str) -> (&str, &str, &str) {
    const LEAD: &[char] = &['(', '[', '{', '<', '=', ',', ';', ':', '!', '"', '\'', '`'];
    const TRAIL: &[char] = &[')', ']', '}', '>', '=', ',', ';', ':', '!', '?', '.', '"', '\'', '`'];
    let core = word.trim_start_matches(LEAD);
    let lead = &word[..word.len() - core.len()];
    let body = core.trim_end_matches(TRAIL);
    (lead, body, &core[body.len()..])
}

fn has_name_shape(core: &str) -> bool {
    if core.contains(['/', '@']) {
        return true;
    }
    let mut inner_colon = core.char_indices().filter(|(_, c)| *c == ':');
    inner_colon.any(|(at, _)| {
        core[..at].ends_with(char::is_alphanumeric)
            && core[at + 1..].starts_with(char::is_alphanumeric)
    })
}

/// Whether a pattern's fragment would survive the blanking that messages go through.
pub(crate) fn survives_blanking(fragment: &str, kept: &KeptWords) -> bool {
    // Nearly all fragments are plain words, and every one of them is looked at on every start.
    if is_unmarked(fragment) {
        return true;
    }
    let mut out = String::new();
    fragment.split_whitespace().all(|word| {
        out.clear();
        blank_word(word, false, kept, &mut out);
        out == word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(message: &str) -> String {
        let mut kept = KeptWords::default();
        kept.add_from("i/o timeout");
        plain(message, None, &kept)
    }

    #[test]
    fn quoted_names_are_blanked_and_quoted_sentences_stay() {
        assert_eq!(
            seen(r#"Failed to pull image "denied/app:1": not found"#),
            r#"failed to pull image "*": not found"#
        );
        assert_eq!(
            seen(r#"caused "exec: \"sh\": executable file not found in $PATH": unknown"#),
            r#"caused "exec: "*": executable file not found in $path": unknown"#
        );
    }

    #[test]
    fn bare_references_hosts_and_urls_are_blanked() {
        assert_eq!(
            seen("reading manifest denied in quay.io/a/unauthorized: manifest unknown"),
            "reading manifest * in *: manifest unknown"
        );
        assert_eq!(
            seen("dial tcp: lookup unauthorized on 10.0.0.1:53: no such host"),
            "dial tcp: lookup * on *: no such host"
        );
        assert_eq!(seen("status https://r/v2/forbidden/x: 500"), "status *: 500");
    }

    #[test]
    fn words_that_patterns_use_are_kept() {
        assert_eq!(seen("dial tcp 10.0.0.1:443: i/o timeout"), "dial tcp *: i/o timeout");
    }

    #[test]
    fn apostrophes_are_not_quotes() {
        assert_eq!(seen("couldn't find key A in Secret"), "couldn't find key a in secret");
    }

    #[test]
    fn a_name_cut_off_at_the_end_is_blanked() {
        assert_eq!(
            seen(r#"failed to resolve reference "registry/unauthorized-"#),
            r#"failed to resolve reference "*"#
        );
    }

    #[test]
    fn the_callers_image_is_blanked_even_with_spaces_in_it() {
        let kept = KeptWords::default();
        let message = r#"couldn't parse image name "no such host": invalid reference format"#;
        assert_eq!(
            plain(message, Some("no such host"), &kept),
            r#"couldn't parse image name "*": invalid reference format"#
        );
    }
}
