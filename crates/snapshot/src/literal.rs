//! What Python prints of a dictionary or list, as JSON.
//!
//! Scripts that capture an incident often write what `repr` or `str` gives where they mean to
//! write JSON: `{'app': ['one', "it's two"], 'count': 2, 'more': None}`. The grammar is that of
//! Python's literals (<https://docs.python.org/3/reference/lexical_analysis.html#literals>) as far
//! as `repr` makes use of it: dictionaries, lists, tuples, strings, numbers, `True`, `False`,
//! `None`. Of a text that is none, or is cut short, there is nothing.

use serde_json::{Map, Number, Value as Json};

/// How deep values may be nested.
const MOST_DEPTH: usize = 32;

/// Reads a literal; `None` for what is none.
pub(crate) fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip_blanks();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MOST_DEPTH {
            return None;
        }
        self.skip_blanks();
        match self.rest.chars().next()? {
            '{' => self.dictionary(depth),
            '[' => self.list("[", "]", depth),
            '(' => self.list("(", ")", depth),
            '\'' | '"' => self.string().map(Json::String),
            _ => self.word(),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Json> {
        let mut map = Map::new();
        self.take("{");
        while !self.take("}") {
            let key = match self.value(depth + 1)? {
                Json::String(key) => key,
                other => other.to_string(),
            };
            if !self.take(":") {
                return None;
            }
            map.insert(key, self.value(depth + 1)?);
            if !self.take(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Json::Object(map))
    }

    fn list(&mut self, open: &str, close: &str, depth: usize) -> Option<Json> {
        let mut items = Vec::new();
        self.take(open);
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            if !self.take(",") && !self.rest.starts_with(close) {
                return None;
            }
        }
        Some(Json::Array(items))
    }

    fn string(&mut self) -> Option<String> {
        let mark = self.rest.chars().next()?;
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == mark {
                self.rest = &self.rest[at + mark.len_utf8()..];
                return Some(text);
            }
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let (_, escaped) = letters.next()?;
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => {
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                    continue;
                }
            };
            let code: String = letters.by_ref().take(digits).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&code, 16).ok()?;
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        None
    }

    fn word(&mut self) -> Option<Json> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '+')));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(match word {
            "None" => Json::Null,
            "True" => Json::Bool(true),
            "False" => Json::Bool(false),
            number => match number.parse::<i64>() {
                Ok(whole) => whole.into(),
                Err(_) => Json::Number(Number::from_f64(number.parse().ok()?)?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_python_prints_is_read_as_the_same_values() {
        let text = r#"{'app': ['a\n\tb', "it's", 'é\x41'], 'n': 2, 'r': 0.5, 'x': (None, True)}"#;
        let wanted =
            json!({ "app": ["a\n\tb", "it's", "éA"], "n": 2, "r": 0.5, "x": [null, true] });
        assert_eq!(read(text), Some(wanted));
        assert_eq!((read("{}"), read("[[], {}]")), (Some(json!({})), Some(json!([[], {}]))));
    }

    #[test]
    fn what_is_cut_short_or_is_no_literal_is_nothing() {
        let whole = r#"{'app': ['one', "two"], 'n': 2}"#;
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{}", &whole[..end]);
        }
        let deep = "[".repeat(100_000);
        for text in ["", "nothing", "{'a' 1}", "[1 2]", "1 2", deep.as_str()] {
            assert_eq!(read(text), None);
        }
    }
}
