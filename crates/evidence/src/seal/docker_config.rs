//! Registry credentials, judged as the kubelet does (`MakeDockerKeyring`,
//! pkg/credentialprovider/secrets/secrets.go, and pkg/credentialprovider/config.go).
//!
//! The kubelet passes over a secret of another type, or whose key is missing or empty. Text that
//! it cannot read, even in one entry, fails the pull as a whole: the other secrets of
//! the pod are not tried either.

use super::document::{Document, Entry, Field};
use super::keyring::index_key;
use super::unsealed::Unsealed;
use super::{DockerConfig, RegistryEntry};

/// The type and key of credentials in the form of `~/.docker/config.json`.
const CONFIG_JSON: Form =
    Form { kind: "kubernetes.io/dockerconfigjson", key: ".dockerconfigjson", has_auths: true };
/// The type and key of the older form, without `auths` around the entries.
const DOCKERCFG: Form =
    Form { kind: "kubernetes.io/dockercfg", key: ".dockercfg", has_auths: false };

struct Form {
    kind: &'static str,
    key: &'static str,
    has_auths: bool,
}

/// What a secret turned out to be.
pub(super) enum Judged {
    /// Neither its type nor its keys are of registry credentials.
    NotCredentials,
    /// Registry credentials, right or wrong.
    Config(DockerConfig),
    /// Registry credentials whose text the source took out.
    Withheld(String),
}

/// Judges a secret by its type and decoded values.
pub(super) fn judge(kind: &str, values: &[(&str, &Unsealed)]) -> Judged {
    let value_of = |key: &str| values.iter().find(|(name, _)| *name == key).map(|(_, v)| *v);
    let forms = [CONFIG_JSON, DOCKERCFG];
    if let Some(form) = forms.iter().find(|form| form.kind == kind) {
        return match value_of(form.key) {
            None if values.is_empty() => Judged::Withheld(format!(
                "the source holds no data of it, which an API server would not accept for a \
                 secret of type {kind}"
            )),
            None => Judged::Config(missing_key(form, values)),
            Some(value) => judge_value(form, value),
        };
    }
    let Some((form, value)) = forms.iter().find_map(|form| Some((form, value_of(form.key)?)))
    else {
        return Judged::NotCredentials;
    };
    let wrong = format!(
        "its type is {}, so the kubelet passes over it: credentials under the key {} need the \
         type {}",
        plain_word(kind),
        form.key,
        form.kind
    );
    match judge_value(form, value) {
        Judged::Config(config) => {
            let problem = match config.problem {
                Some(other) => format!("{wrong}; also, {other}"),
                None => wrong,
            };
            Judged::Config(DockerConfig { problem: Some(problem), ..config })
        }
        Judged::Withheld(_) | Judged::NotCredentials => {
            Judged::Config(DockerConfig { problem: Some(wrong), registries: Vec::new() })
        }
    }
}

fn missing_key(form: &Form, values: &[(&str, &Unsealed)]) -> DockerConfig {
    let keys: Vec<String> = values.iter().take(5).map(|(key, _)| plain_word(key)).collect();
    let problem = format!(
        "it has no key {}, so the kubelet passes over it; it has {}",
        form.key,
        keys.join(", ")
    );
    DockerConfig { problem: Some(problem), registries: Vec::new() }
}

/// A name that the cluster's users chose, in the letters that such names may have.
fn plain_word(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_./".contains(*c)).take(100).collect()
}

fn judge_value(form: &Form, value: &Unsealed) -> Judged {
    if let Some(why) = withheld(value.bytes()) {
        return Judged::Withheld(format!("the source holds {why} under {}", form.key));
    }
    match Document::read(value.bytes(), form.has_auths) {
        Ok(document) => Judged::Config(judge_document(form, document)),
        Err(error) => {
            let problem = format!("{} {}", form.key, unreadable(value, &error));
            Judged::Config(DockerConfig { problem: Some(problem), registries: Vec::new() })
        }
    }
}

/// What dumps write in the place of values: nothing, a length, or a word for "taken out".
/// An API server accepts only a JSON object here, so such a text is never what the cluster has.
fn withheld(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("an empty value");
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let is_length =
        text.strip_suffix(" bytes long").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    if is_length {
        return Some("the length instead of the value");
    }
    let word = text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let marks = ["", "redacted", "hidden", "removed", "omitted", "masked", "sanitized", "xxx"];
    let is_mark = text.len() <= 40 && !text.contains(['{', '"']) && marks.contains(&word.as_str());
    (is_mark || text == crate::redact::MARK).then_some("a mark instead of the value")
}

/// Why a text is not JSON. Only the place is told: the parser's own words may quote the text.
fn unreadable(value: &Unsealed, error: &serde_json::Error) -> String {
    let bytes = value.bytes();
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return "begins with a byte order mark, which is not JSON: save it without one".to_owned();
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return "is text in UTF-16, which is not JSON: save it as UTF-8".to_owned();
    }
    let inner = value.decoded().or_else(|| value.decoded_unpadded());
    if inner.is_some_and(|inner| inner.bytes().trim_ascii_start().starts_with(b"{")) {
        return "is base64 of base64: it was encoded twice".to_owned();
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => format!("is JSON that ends too early ({place})"),
        _ => format!("is not a JSON object that can be read ({place})"),
    }
}

fn judge_document(form: &Form, document: Document) -> DockerConfig {
    let mut problem = document.misfit.clone();
    let empty = document.entries.is_empty();
    if form.has_auths && !document.has_auths && empty {
        problem.get_or_insert_with(|| {
            "it has no `auths`, under which the entries for the registries belong".to_owned()
        });
    }
    let in_new_form = !form.has_auths && document.entries.contains_key("auths");
    if in_new_form {
        problem.get_or_insert_with(|| {
            format!(
                "it has `auths`, which is the form of {}: under {} the entries stand without it",
                CONFIG_JSON.key, DOCKERCFG.key
            )
        });
    } else if empty {
        problem.get_or_insert_with(|| "it has no entry for any registry".to_owned());
    }
    let mut registries = Vec::with_capacity(document.entries.len());
    for (key, entry) in document.entries {
        let key_problem = unreadable_key(&key);
        let key = without_userinfo(&key);
        let judged = judge_entry(&entry, document.has_store);
        if let Err(Fault::Fatal(why)) = &judged {
            problem.get_or_insert_with(|| {
                format!(
                    "the entry for {key}: {why}; the kubelet then refuses every pull of a pod that \
                     names this secret"
                )
            });
        }
        let judged = judged.err().map(Fault::into_text);
        registries.push(RegistryEntry { key, problem: judged.or(key_problem) });
    }
    registries.sort_by(|a, b| a.key.cmp(&b.key));
    if in_new_form {
        registries.clear();
    }
    DockerConfig { problem, registries }
}

fn unreadable_key(key: &str) -> Option<String> {
    index_key(key).is_none().then(|| {
        "its key is not a URL that can be read, so the kubelet passes over the entry".to_owned()
    })
}

/// What the kubelet reads out of a secret: per key a user name and a password, or why it
/// cannot read the secret and refuses the pull. It passes over a secret of another type, and over
/// an empty value, as if the pod did not name it.
pub(super) fn pairs(kind: &str, value: &Unsealed) -> Result<Vec<Pair>, String> {
    let Some(form) = [CONFIG_JSON, DOCKERCFG].into_iter().find(|form| form.kind == kind) else {
        return Ok(Vec::new());
    };
    if value.len() == 0 {
        return Ok(Vec::new());
    }
    let mut document = Document::read(value.bytes(), form.has_auths)
        .map_err(|error| format!("{} {}", form.key, unreadable(value, &error)))?;
    if let Some(misfit) = document.misfit {
        return Err(misfit);
    }
    let mut pairs = Vec::with_capacity(document.entries.len());
    for (key, entry) in std::mem::take(&mut document.entries) {
        if let Err(Fault::Fatal(why)) = judge_entry(&entry, document.has_store) {
            return Err(format!("the entry for {}: {why}", without_userinfo(&key)));
        }
        let (user, password) = match entry.auth.text().filter(|auth| auth.len() > 0) {
            Some(auth) => decoded_auth(auth).unwrap_or_default().split_at_colon(),
            None => (entry.username.into_text(), entry.password.into_text()),
        };
        pairs.push(Pair { key, user, password });
    }
    Ok(pairs)
}

/// A user name and a password, and the key that they stand under. The key may hold a password
/// too, where somebody wrote one into it.
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) user: Unsealed,
    pub(super) password: Unsealed,
}

/// The key of a secret of this type that holds its credentials.
pub(super) fn key_of(kind: &str) -> Option<&'static str> {
    [CONFIG_JSON, DOCKERCFG].into_iter().find(|form| form.kind == kind).map(|form| form.key)
}

/// A registry's key without a user name and password that were written into it.
/// A password may hold any letter, so everything up to the last `@` goes.
pub(super) fn without_userinfo(key: &str) -> String {
    let scheme = key.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = key.split_at(scheme);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    crate::redact::text(&format!("{scheme}{rest}")).into_owned()
}

/// What is wrong with an entry.
enum Fault {
    /// The kubelet cannot read the secret for it.
    Fatal(String),
    /// The kubelet reads it, and a registry will not take it.
    Useless(String),
}

impl Fault {
    fn into_text(self) -> String {
        match self {
            Fault::Fatal(text) | Fault::Useless(text) => text,
        }
    }
}

/// `DockerConfigEntry.UnmarshalJSON`: `auth`, where it is not empty, goes before user name and
/// password.
fn judge_entry(entry: &Entry, has_store: bool) -> Result<(), Fault> {
    if let Some(found) = entry.misfit {
        return Err(Fault::Fatal(format!("it is {found}, not a JSON object")));
    }
    let named = [
        ("username", &entry.username),
        ("password", &entry.password),
        ("email", &entry.email),
        ("auth", &entry.auth),
    ];
    for (name, field) in named {
        if let Field::Misfit(found) = field {
            return Err(Fault::Fatal(format!("its `{name}` is {found}, not a text")));
        }
    }
    match entry.auth.text().filter(|auth| auth.len() > 0) {
        Some(auth) => judge_auth(auth, entry),
        None => judge_pair(entry.username.bytes(), entry.password.bytes(), entry, has_store),
    }
}

fn decoded_auth(auth: &Unsealed) -> Option<Unsealed> {
    let padded = auth.bytes().trim_ascii().ends_with(b"=");
    if padded { auth.decoded() } else { auth.decoded_unpadded() }
}

/// `decodeDockerConfigFieldAuth`.
fn judge_auth(auth: &Unsealed, entry: &Entry) -> Result<(), Fault> {
    let fatal = |why: &str| Fault::Fatal(format!("its `auth` {why}"));
    let Some(decoded) = decoded_auth(auth) else {
        return Err(fatal(if auth.bytes().contains(&b':') {
            "is plain text; it must be base64 of `user:password`"
        } else if auth.bytes().iter().any(u8::is_ascii_whitespace) {
            "is not base64: there is a space in it"
        } else {
            "is not base64"
        }));
    };
    let Some(colon) = decoded.bytes().iter().position(|byte| *byte == b':') else {
        let inner = decoded.decoded().or_else(|| decoded.decoded_unpadded());
        return Err(fatal(if inner.is_some_and(|inner| inner.bytes().contains(&b':')) {
            "is base64 of base64: it was encoded twice"
        } else {
            "is base64, but not of `user:password`: there is no colon in it"
        }));
    };
    let (user, password) = decoded.bytes().split_at(colon);
    judge_pair(user, &password[1..], entry, false)
}

fn judge_pair(user: &[u8], password: &[u8], entry: &Entry, has_store: bool) -> Result<(), Fault> {
    let useless = |why: &str| Err(Fault::Useless(why.to_owned()));
    match (user.is_empty(), password.is_empty()) {
        (true, true) if has_store => {
            return useless(
                "it has no user name and no password: they were left in the credential store of \
                 the machine that it was written on",
            );
        }
        (_, true) if entry.has_identity_token => {
            return useless(
                "it has an identity token in the place of a password, which the kubelet does not \
                 read",
            );
        }
        (true, true) => return useless("it has no user name and no password"),
        (true, false) => return useless("its user name is empty"),
        (false, true) => return useless("its password is empty"),
        (false, false) => {}
    }
    for (what, text) in [("user name", user), ("password", password)] {
        if text.ends_with(b"\n") || text.ends_with(b"\r") {
            return useless(&format!("its {what} ends with a line break"));
        }
        if text.trim_ascii().len() != text.len() {
            return useless(&format!("its {what} begins or ends with a space"));
        }
    }
    Ok(())
}
