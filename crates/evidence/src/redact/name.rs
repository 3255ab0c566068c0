//! Names under which credentials are kept.

/// How surely a name is that of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// It is not.
    Plain,
    /// A word with other meanings too: `auth`, `signature`.
    Faint,
    /// The name of a credential, and also of a Kubernetes object: `secret`, `token`.
    Weak,
    /// Nothing but a credential: `password`, `clientSecret`, `API_TOKEN`.
    Strong,
}

/// Stems that every such name holds one of.
pub(super) const STEMS: [&str; 9] =
    ["pass", "pw", "psw", "secret", "token", "key", "cred", "auth", "sig"];

/// A name that ends with one of these is of something about a credential, not of the credential.
const ABOUT: &[&str] = &[
    "about",
    "algorithm",
    "alg",
    "allowed",
    "at",
    "audience",
    "by",
    "cfg",
    "class",
    "client",
    "conf",
    "controller",
    "count",
    "crt",
    "days",
    "dir",
    "directory",
    "disabled",
    "enabled",
    "endpoint",
    "env",
    "error",
    "exists",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "files",
    "format",
    "generator",
    "host",
    "hostname",
    "hours",
    "id",
    "in",
    "ini",
    "issuer",
    "json",
    "kind",
    "len",
    "length",
    "lifetime",
    "limit",
    "manager",
    "message",
    "method",
    "minutes",
    "mode",
    "mount",
    "name",
    "names",
    "namespace",
    "operator",
    "optional",
    "path",
    "paths",
    "period",
    "policy",
    "port",
    "prefix",
    "properties",
    "protected",
    "provider",
    "providers",
    "reason",
    "ref",
    "reference",
    "refs",
    "request",
    "requests",
    "required",
    "reset",
    "resolver",
    "review",
    "reviews",
    "rotation",
    "rotator",
    "scope",
    "scopes",
    "seconds",
    "server",
    "service",
    "sh",
    "size",
    "source",
    "sources",
    "state",
    "status",
    "stdin",
    "store",
    "suffix",
    "template",
    "through",
    "timeout",
    "toml",
    "ttl",
    "type",
    "uri",
    "url",
    "usage",
    "validator",
    "var",
    "version",
    "volume",
    "webhook",
    "xml",
    "yaml",
    "yml",
];

/// What stands before `key` in names of credentials.
const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "app",
    "application",
    "auth",
    "consumer",
    "crypto",
    "deploy",
    "encryption",
    "encrypt",
    "hmac",
    "jwt",
    "license",
    "master",
    "private",
    "secret",
    "session",
    "shared",
    "signing",
    "ssh",
    "storage",
    "subscription",
    "webhook",
];

/// Words that end with `pass` and are none.
const NOT_PASS: &[&str] = &["bypass", "compass", "encompass", "overpass", "surpass", "underpass"];

impl Name {
    /// Judges a name: `DB_PASSWORD`, `mysqlRootPassword`, `spring.datasource.password`.
    pub(super) fn of(name: &str) -> Name {
        let mut words = words(name);
        while words.last().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
            words.pop();
        }
        let Some(&last) = words.last() else { return Name::Plain };
        let last = last.to_ascii_lowercase();
        let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
        let before = words.len().checked_sub(2).map(|at| words[at].to_ascii_lowercase());
        let before = before.as_deref().unwrap_or_default();
        if ABOUT.contains(&last) {
            let is_half = last == "id" && matches!(before, "secret" | "key");
            return if is_half { Name::Strong } else { Name::Plain };
        }
        // A name of an object that holds one: `existingSecret`, `imagePullSecret`.
        if last == "secret" && matches!(before, "existing" | "pull" | "tls") {
            return Name::Plain;
        }
        Name::of_words(&words, before, last)
    }

    fn of_words(words: &[&str], before: &str, last: &str) -> Name {
        let squashed = words.concat().to_ascii_lowercase();
        let whole = ["password", "passwd", "passphrase", "passcode", "requirepass", "masterauth"];
        if whole.iter().any(|word| squashed.contains(word)) {
            return Name::Strong;
        }
        let single = words.len() == 1;
        match last {
            "pass" | "pwd" | "pw" | "pswd" | "psw" => return Name::Strong,
            "secret" | "token" if single => return Name::Weak,
            "secret" | "token" => return Name::Strong,
            "credential" | "credentials" | "cred" | "creds" => return Name::Weak,
            "key" if KEYS.contains(&before) => return Name::Strong,
            "data" if squashed.ends_with("keydata") => return Name::Strong,
            "base" if squashed.ends_with("secretkeybase") => return Name::Strong,
            "auth" if matches!(before, "basic" | "http" | "proxy" | "redis" | "registry") => {
                return Name::Strong;
            }
            "auth" | "sig" | "signature" => return Name::Faint,
            _ => {}
        }
        let glued = ["secret", "token", "pwd", "pass"];
        let glued_key = last.strip_suffix("key").is_some_and(|before| KEYS.contains(&before));
        if glued_key || (glued.iter().any(|end| last.ends_with(end)) && !NOT_PASS.contains(&last)) {
            return Name::Strong;
        }
        Name::Plain
    }

    /// Whether a name can be anything but plain: a quick look before the long one.
    pub(super) fn is_worth_a_look(name: &str) -> bool {
        name.len() >= 2 && name.len() <= 256 && super::scan::has_stem(name)
    }

    /// Whether a value that stands under the name as a field is to be taken out.
    pub(super) fn hides(name: &str) -> bool {
        Name::is_worth_a_look(name) && Name::of(name) >= Name::Weak
    }
}

/// The words of a name, by punctuation and by capitals: `APIKey` is `API` and `Key`.
fn words(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let mut words = Vec::with_capacity(4);
    let mut start = None;
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            if let Some(from) = start.take() {
                words.push(&name[from..at]);
            }
            continue;
        }
        let from = *start.get_or_insert(at);
        let after_lower =
            at > from && !bytes[at - 1].is_ascii_uppercase() && byte.is_ascii_uppercase();
        let before_lower = at > from
            && byte.is_ascii_uppercase()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if after_lower || before_lower {
            words.push(&name[from..at]);
            start = Some(at);
        }
    }
    if let Some(from) = start {
        words.push(&name[from..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_known_in_every_spelling() {
        for name in [
            "password",
            "PASSWORD",
            "Passwd",
            "pwd",
            "DB_PASSWORD",
            "mysqlRootPassword",
            "db.password",
            "POSTGRES_PASSWORD_1",
            "passphrase",
            "redis-pass",
            "DB_PASS",
            "requirepass",
            "dbpass",
            "client_secret",
            "clientSecret",
            "JWT_SECRET",
            "appsecret",
            "api_token",
            "authToken",
            "accesstoken",
            "apikey",
            "api_key",
            "api-key",
            "APIKey",
            "X-Api-Key",
            "access_key",
            "accessKey",
            "AWS_SECRET_ACCESS_KEY",
            "aws_access_key_id",
            "private_key",
            "privateKey",
            "client-key-data",
            "AccountKey",
            "SharedAccessKey",
            "VAULT_SECRET_ID",
            "basic_auth",
            "REDIS_AUTH",
            "SECRET_KEY_BASE",
            "spring.datasource.password",
            "rootPasswords",
        ] {
            assert_eq!(Name::of(name), Name::Strong, "{name}");
        }
        for name in ["secret", "token", "Token", "credential", "credentials", "aws-credentials"] {
            assert_eq!(Name::of(name), Name::Weak, "{name}");
        }
        for name in ["auth", "sig", "signature", "X-Amz-Signature"] {
            assert_eq!(Name::of(name), Name::Faint, "{name}");
        }
    }

    #[test]
    fn names_of_what_is_about_a_credential_are_plain() {
        for name in [
            "secretName",
            "secretKeyRef",
            "imagePullSecrets",
            "imagePullSecret",
            "existingSecret",
            "automountServiceAccountTokenEnabled",
            "tokenExpirationSeconds",
            "PASSWORD_FILE",
            "TOKEN_URL",
            "token_endpoint",
            "password-stdin",
            "secrets",
            "tokens",
            "maxTokens",
            "key",
            "publicKey",
            "topologyKey",
            "bypass",
            "compass",
            "passed",
            "author",
            "authority",
            "keyboard",
            "signal",
            "design",
            "token-server",
            "pass-through",
            "AWS_SHARED_CREDENTIALS_FILE",
            "passwordPolicy",
            "",
            "-",
            "42",
            "secretRef",
            "token_type",
        ] {
            assert_eq!(Name::of(name), Name::Plain, "{name}");
        }
    }

    #[test]
    fn the_quick_look_misses_no_name() {
        for name in ["password", "DB_PW", "client-key-data", "clientSecret", "X-Amz-Signature"] {
            assert!(Name::is_worth_a_look(name), "{name}");
        }
    }
}
