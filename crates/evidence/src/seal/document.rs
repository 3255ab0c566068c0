//! The JSON of registry credentials, read as Go's `encoding/json` reads it: names match in any
//! case, the last of several stands, null is nothing, unknown names are passed over.
//!
//! Values of the wrong type are noted instead of refused, because the parser's refusal would
//! quote them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::unsealed::Unsealed;

/// Registry credentials.
#[derive(Default)]
pub(super) struct Document {
    /// Whether there is an `auths`.
    pub(super) has_auths: bool,
    /// Whether there is a `credsStore` or `credHelpers`, which the kubelet does not read.
    pub(super) has_store: bool,
    /// The entries by registry.
    pub(super) entries: BTreeMap<String, Entry>,
    /// A part of the wrong type, for which the kubelet refuses the whole.
    pub(super) misfit: Option<String>,
}

/// The credentials for one registry.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) username: Field,
    pub(super) password: Field,
    pub(super) email: Field,
    pub(super) auth: Field,
    /// Whether it has an `identitytoken` or `registrytoken`.
    pub(super) has_identity_token: bool,
    /// What it is, where it is not an object.
    pub(super) misfit: Option<&'static str>,
}

/// A field of an entry.
#[derive(Default)]
pub(super) enum Field {
    /// Not there, or null.
    #[default]
    Nothing,
    /// A text.
    Text(Unsealed),
    /// Not a text but this.
    Misfit(&'static str),
}

impl Field {
    pub(super) fn text(&self) -> Option<&Unsealed> {
        match self {
            Field::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn into_text(self) -> Unsealed {
        match self {
            Field::Text(text) => text,
            _ => Unsealed::default(),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text().map(Unsealed::bytes).unwrap_or_default()
    }
}

impl Document {
    /// Reads the text of a secret. Go takes any bytes in a string, and puts U+FFFD for those
    /// that are no UTF-8.
    pub(super) fn read(bytes: &[u8], has_auths: bool) -> Result<Document, serde_json::Error> {
        match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => Document::parse(text.as_bytes(), has_auths),
            Cow::Owned(text) => Document::parse(Unsealed::from(text).bytes(), has_auths),
        }
    }

    fn parse(text: &[u8], has_auths: bool) -> Result<Document, serde_json::Error> {
        let mut parser = serde_json::Deserializer::from_slice(text);
        let document = if has_auths {
            parser.deserialize_map(ConfigJson)?
        } else {
            let mut document = Document::default();
            document.misfit = Auths(&mut document.entries).deserialize(&mut parser)?;
            document
        };
        parser.end()?;
        Ok(document)
    }
}

/// The whole, with `auths`.
struct ConfigJson;

impl<'de> Visitor<'de> for ConfigJson {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.to_ascii_lowercase().as_str() {
                "auths" => {
                    document.has_auths = true;
                    let misfit = map.next_value_seed(Auths(&mut document.entries))?;
                    document.misfit = document.misfit.take().or(misfit);
                }
                "httpheaders" => {
                    if !matches!(map.next_value_seed(Headers)?, Field::Nothing) {
                        document.misfit.get_or_insert_with(|| {
                            "its `HttpHeaders` is not an object of texts".to_owned()
                        });
                    }
                }
                "credsstore" | "credhelpers" => {
                    document.has_store = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(document)
    }
}

/// Implements the visits of everything that is no object, by one expression.
macro_rules! others {
    ($value:ty, $null:expr, |$found:ident| $misfit:expr) => {
        others!($value, $null, |$found| $misfit, text);
        fn visit_str<E: Error>(self, _: &str) -> Result<$value, E> {
            let $found = "a text";
            Ok($misfit)
        }
    };
    ($value:ty, $null:expr, |$found:ident| $misfit:expr, text) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON value")
        }
        fn visit_unit<E: Error>(self) -> Result<$value, E> {
            Ok($null)
        }
        fn visit_bool<E: Error>(self, _: bool) -> Result<$value, E> {
            let $found = "a truth value";
            Ok($misfit)
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<$value, E> {
            let $found = "a number";
            Ok($misfit)
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<$value, E> {
            let $found = "a number";
            Ok($misfit)
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<$value, E> {
            let $found = "a number";
            Ok($misfit)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            let $found = "a list";
            Ok($misfit)
        }
    };
}

/// The entries; the result is what is wrong with the whole of them.
struct Auths<'a>(&'a mut BTreeMap<String, Entry>);

impl<'de> DeserializeSeed<'de> for Auths<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<String>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Auths<'_> {
    type Value = Option<String>;

    others!(Option<String>, None, |found| {
        Some(format!("the entries for the registries are {found}, not a JSON object"))
    });

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        while let Some(registry) = map.next_key::<String>()? {
            let entry = map.next_value_seed(EntrySeed)?;
            self.0.insert(registry, entry);
        }
        Ok(None)
    }
}

struct EntrySeed;

impl<'de> DeserializeSeed<'de> for EntrySeed {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Entry, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed {
    type Value = Entry;

    others!(Entry, Entry::default(), |found| Entry { misfit: Some(found), ..Entry::default() });

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entry = Entry::default();
        while let Some(name) = map.next_key::<String>()? {
            let field = match name.to_ascii_lowercase().as_str() {
                "username" => &mut entry.username,
                "password" => &mut entry.password,
                "email" => &mut entry.email,
                "auth" => &mut entry.auth,
                "identitytoken" | "registrytoken" => {
                    let token = map.next_value_seed(FieldSeed)?;
                    entry.has_identity_token |= token.text().is_some_and(|text| text.len() > 0);
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = map.next_value_seed(FieldSeed)?;
        }
        Ok(entry)
    }
}

struct FieldSeed;

impl<'de> DeserializeSeed<'de> for FieldSeed {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Field, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldSeed {
    type Value = Field;

    others!(Field, Field::Nothing, |found| Field::Misfit(found), text);

    fn visit_str<E: Error>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(Unsealed::from(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Misfit("an object"))
    }
}

/// `HttpHeaders`: nothing, or what does not fit in an object of texts.
struct Headers;

impl<'de> DeserializeSeed<'de> for Headers {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Field, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Headers {
    type Value = Field;

    others!(Field, Field::Nothing, |found| Field::Misfit(found));

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let mut misfit = Field::Nothing;
        while map.next_key::<IgnoredAny>()?.is_some() {
            if let Field::Misfit(found) = map.next_value_seed(FieldSeed)? {
                misfit = Field::Misfit(found);
            }
        }
        Ok(misfit)
    }
}
