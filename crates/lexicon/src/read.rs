//! From TOML text to entries, with every mistake and its line.
//!
//! Tables are read by hand from the parser's spanned tree, not through serde, because serde stops at
//! the first mistake and an editor of the data wants all of them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{LexiconError, LexiconErrorKind};
use crate::model::{
    Answer, Concept, FactRule, Family, PrintedBy, QuestionRule, RuledOut, Signature, Strength,
    Support,
};

/// An entry and where it stands, for messages about it.
#[derive(Debug, Clone)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) file: usize,
    pub(crate) line: usize,
}

/// The entries of all files, in their order, before anything was compared with anything.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) families: Vec<Placed<Family>>,
    pub(crate) signatures: Vec<Placed<Signature>>,
    pub(crate) concepts: Vec<Placed<Concept>>,
    pub(crate) facts: Vec<Placed<FactRule>>,
    pub(crate) questions: Vec<Placed<QuestionRule>>,
}

/// Reads one file into `entries`; mistakes go to `errors`.
pub(crate) fn read_file(
    file: (usize, &str, &str),
    entries: &mut Entries,
    errors: &mut Vec<LexiconError>,
) {
    let (index, name, text) = file;
    let newlines = text.match_indices('\n').map(|(at, _)| at).collect();
    let source = Source { name, newlines };
    let (document, problems) = DeTable::parse_recoverable(text);
    if !problems.is_empty() {
        for problem in problems {
            let line = problem.span().map(|span| source.line(span.start));
            let message = problem.message().to_owned();
            let kind = LexiconErrorKind::Toml { message };
            errors.push(LexiconError { file: name.to_owned(), line, kind });
        }
        return;
    }
    let mut reader = Reader { source, errors };
    reader.document(index, document.get_ref(), entries);
}

struct Source<'a> {
    name: &'a str,
    newlines: Vec<usize>,
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < at) + 1
    }
}

type Value<'t, 'i> = &'t Spanned<DeValue<'i>>;

/// One table being read: its name for messages, its keys, and its place.
struct Table<'t, 'i> {
    name: String,
    keys: &'t DeTable<'i>,
    at: usize,
}

struct Reader<'a, 'e> {
    source: Source<'a>,
    errors: &'e mut Vec<LexiconError>,
}

impl Reader<'_, '_> {
    fn fail(&mut self, at: usize, kind: LexiconErrorKind) {
        let line = Some(self.source.line(at));
        self.errors.push(LexiconError { file: self.source.name.to_owned(), line, kind });
    }

    fn document(&mut self, file: usize, document: &DeTable<'_>, entries: &mut Entries) {
        for (key, value) in document {
            let kind = key.get_ref().as_ref();
            let Some(tables) = self.tables(kind, value) else { continue };
            for table in tables {
                let line = self.source.line(table.at);
                match kind {
                    "family" => {
                        let value = self.family(&table);
                        entries.families.push(Placed { value, file, line });
                    }
                    "signature" => {
                        let value = self.signature(&table);
                        entries.signatures.push(Placed { value, file, line });
                    }
                    "concept" => {
                        let value = self.concept(&table);
                        entries.concepts.push(Placed { value, file, line });
                    }
                    "question" => {
                        let value = self.question(&table);
                        entries.questions.push(Placed { value, file, line });
                    }
                    _ => {
                        let value = self.fact(&table);
                        entries.facts.push(Placed { value, file, line });
                    }
                }
            }
        }
    }

    /// The tables of `[[kind]]`, or nothing (and a mistake) if there is no such kind.
    fn tables<'t, 'i>(&mut self, kind: &str, value: Value<'t, 'i>) -> Option<Vec<Table<'t, 'i>>> {
        const KINDS: [&str; 5] = ["family", "signature", "concept", "fact", "question"];
        if !KINDS.contains(&kind) {
            let allowed = KINDS.iter().map(|k| format!("[[{k}]]")).collect();
            let table = "the file".to_owned();
            let kind = LexiconErrorKind::UnknownKey { table, key: kind.to_owned(), allowed };
            self.fail(value.span().start, kind);
            return None;
        }
        let items = value.get_ref().as_array();
        let Some(items) = items else {
            self.wrong_type(kind, "tables, each under [[ ]]", value);
            return None;
        };
        Some(items.iter().filter_map(|item| self.table(kind, item)).collect())
    }

    fn table<'t, 'i>(&mut self, name: &str, value: Value<'t, 'i>) -> Option<Table<'t, 'i>> {
        let Some(keys) = value.get_ref().as_table() else {
            self.wrong_type(name, "a table", value);
            return None;
        };
        // A [[table]] has the span of its header; its own line is the id's, if it has one.
        let id = keys.iter().find(|(key, _)| key.get_ref().as_ref() == "id").map(|(_, id)| id);
        let at = id.map_or(value.span().start, |id| id.span().start);
        let shown = id.and_then(|id| id.get_ref().as_str());
        let name = shown.map_or_else(|| name.to_owned(), |id| format!("{name} `{id}`"));
        Some(Table { name, keys, at })
    }

    fn wrong_type(&mut self, key: &str, expected: &str, value: Value<'_, '_>) {
        let found = value.get_ref().type_str().to_owned();
        let kind = LexiconErrorKind::WrongType {
            key: key.to_owned(),
            expected: expected.to_owned(),
            found,
        };
        self.fail(value.span().start, kind);
    }

    fn only(&mut self, table: &Table<'_, '_>, allowed: &[&str]) {
        for (key, _) in table.keys {
            if !allowed.contains(&key.get_ref().as_ref()) {
                let kind = LexiconErrorKind::UnknownKey {
                    table: table.name.clone(),
                    key: key.get_ref().to_string(),
                    allowed: allowed.iter().map(|k| (*k).to_owned()).collect(),
                };
                self.fail(key.span().start, kind);
            }
        }
    }

    fn find<'t, 'i>(table: &Table<'t, 'i>, key: &str) -> Option<Value<'t, 'i>> {
        table.keys.iter().find(|(k, _)| k.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    fn required<'t, 'i>(&mut self, table: &Table<'t, 'i>, key: &str) -> Option<Value<'t, 'i>> {
        let value = Self::find(table, key);
        if value.is_none() {
            let kind =
                LexiconErrorKind::MissingKey { table: table.name.clone(), key: key.to_owned() };
            self.fail(table.at, kind);
        }
        value
    }

    fn text(&mut self, key: &str, value: Value<'_, '_>) -> String {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, "a text", value);
            return String::new();
        };
        if text.trim().is_empty() {
            self.fail(value.span().start, LexiconErrorKind::Empty { key: key.to_owned() });
        }
        text.trim().to_owned()
    }

    fn required_text(&mut self, table: &Table<'_, '_>, key: &str) -> String {
        match self.required(table, key) {
            Some(value) => self.text(key, value),
            None => String::new(),
        }
    }

    fn id(&mut self, table: &Table<'_, '_>) -> String {
        let id = self.required_text(table, "id");
        if !id.is_empty() && !is_id(&id) {
            self.fail(table.at, LexiconErrorKind::BadId { id: id.clone() });
        }
        id
    }

    fn flag(&mut self, table: &Table<'_, '_>, key: &str, otherwise: bool) -> bool {
        let Some(value) = Self::find(table, key) else { return otherwise };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, "true or false", value);
            otherwise
        })
    }

    fn texts(&mut self, table: &Table<'_, '_>, key: &str) -> Vec<String> {
        let Some(value) = Self::find(table, key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of texts", value);
            return Vec::new();
        };
        items.iter().map(|item| self.text(key, item)).collect()
    }

    fn required_texts(&mut self, table: &Table<'_, '_>, key: &str) -> Vec<String> {
        let Some(value) = self.required(table, key) else { return Vec::new() };
        let texts = self.texts(table, key);
        if texts.is_empty() && value.get_ref().is_array() {
            self.fail(value.span().start, LexiconErrorKind::Empty { key: key.to_owned() });
        }
        texts
    }

    fn list<'t, 'i>(&mut self, table: &Table<'t, 'i>, key: &str) -> Vec<Table<'t, 'i>> {
        let Some(value) = Self::find(table, key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of tables", value);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.table(key, item)).collect()
    }

    fn supports(&mut self, table: &Table<'_, '_>) -> Vec<Support> {
        let mut out = Vec::new();
        for item in self.list(table, "supports") {
            self.only(&item, &["concept", "strength"]);
            let concept = self.required_text(&item, "concept");
            let word = self.required_text(&item, "strength");
            match Strength::from_word(&word) {
                Some(strength) => out.push(Support { concept, strength }),
                None if word.is_empty() => {}
                None => self.fail(item.at, LexiconErrorKind::UnknownStrength { word }),
            }
        }
        out
    }

    fn rules_out(&mut self, table: &Table<'_, '_>) -> Vec<RuledOut> {
        let mut out = Vec::new();
        for item in self.list(table, "rules_out") {
            self.only(&item, &["concept", "because"]);
            let concept = self.required_text(&item, "concept");
            let because = self.required_text(&item, "because");
            out.push(RuledOut { concept, because });
        }
        out
    }

    fn printed_by(&mut self, table: &Table<'_, '_>) -> Vec<PrintedBy> {
        self.required(table, "printed_by");
        let mut out = Vec::new();
        for item in self.list(table, "printed_by") {
            self.only(&item, &["component", "versions", "source"]);
            let component = self.required_text(&item, "component");
            let versions = self.required_text(&item, "versions");
            let source = self.required_text(&item, "source");
            out.push(PrintedBy { component, versions, source });
        }
        out
    }

    fn family(&mut self, table: &Table<'_, '_>) -> Family {
        self.only(table, &["id", "title", "unless"]);
        Family {
            id: self.id(table),
            title: self.required_text(table, "title"),
            unless: self.texts(table, "unless"),
        }
    }

    fn signature(&mut self, table: &Table<'_, '_>) -> Signature {
        const KEYS: &[&str] = &[
            "id",
            "family",
            "meaning",
            "informative",
            "wrapper",
            "printed_by",
            "patterns",
            "unless",
            "yields_to",
            "words",
            "supports",
            "rules_out",
        ];
        self.only(table, KEYS);
        Signature {
            id: self.id(table),
            family: self.required_text(table, "family"),
            meaning: self.required_text(table, "meaning"),
            informative: self.flag(table, "informative", true),
            wrapper: self.flag(table, "wrapper", false),
            printed_by: self.printed_by(table),
            patterns: self.required_texts(table, "patterns"),
            unless: self.texts(table, "unless"),
            yields_to: self.texts(table, "yields_to"),
            words: self.texts(table, "words"),
            supports: self.supports(table),
            rules_out: self.rules_out(table),
        }
    }

    fn concept(&mut self, table: &Table<'_, '_>) -> Concept {
        self.only(table, &["id", "title", "broader", "strong", "words", "hints"]);
        let broader = Self::find(table, "broader").map(|value| self.text("broader", value));
        Concept {
            id: self.id(table),
            title: self.required_text(table, "title"),
            broader,
            strong: self.required_texts(table, "strong"),
            words: self.texts(table, "words"),
            hints: self.texts(table, "hints"),
        }
    }

    fn question(&mut self, table: &Table<'_, '_>) -> QuestionRule {
        self.only(table, &["id", "tool", "words", "answers"]);
        self.required(table, "answers");
        let mut answers = Vec::new();
        for item in self.list(table, "answers") {
            self.only(&item, &["when", "says"]);
            let when = self.required_text(&item, "when");
            let says = self.required_text(&item, "says");
            answers.push(Answer { when, says });
        }
        QuestionRule {
            id: self.id(table),
            tool: self.required_text(table, "tool"),
            words: self.required_texts(table, "words"),
            answers,
        }
    }

    fn fact(&mut self, table: &Table<'_, '_>) -> FactRule {
        const KEYS: &[&str] = &["id", "tool", "when", "says", "needs", "supports", "rules_out"];
        self.only(table, KEYS);
        FactRule {
            id: self.id(table),
            tool: self.required_text(table, "tool"),
            when: self.required_text(table, "when"),
            says: self.required_text(table, "says"),
            needs: self.texts(table, "needs"),
            supports: self.supports(table),
            rules_out: self.rules_out(table),
        }
    }
}

fn is_id(id: &str) -> bool {
    id.split('-').all(|part| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}
