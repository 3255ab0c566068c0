//! Who may pull, and how a registry asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value as Json, json};

/// How a registry asks for a login.
#[derive(Clone, Debug, Default)]
pub enum Login {
    /// It does not.
    #[default]
    Open,
    /// HTTP Basic, for everything.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token of a token service, which takes user name and password.
    Token {
        /// Whose manners it has.
        style: TokenStyle,
        /// The user name.
        user: String,
        /// The password.
        password: String,
        /// The repositories that only this user may pull, by the start of their names.
        private: Vec<String>,
        /// The URL of the token service, where it is not the registry's own `/token`.
        realm: Option<String>,
    },
}

/// The manners of a registry with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStyle {
    /// Docker Hub's: anybody gets a token, and the registry refuses it with
    /// `error="insufficient_scope"`; a wrong password is refused by the token service with 401.
    Hub,
    /// The GitHub registry's: the token service answers 403 `DENIED`.
    Ghcr,
}

/// Why a request is refused: status, body, and the challenge for the header.
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub body: Json,
    pub challenge: Option<String>,
}

fn error(code: &str, message: &str) -> Json {
    json!({ "errors": [{ "code": code, "message": message, "detail": null }] })
}

impl Login {
    /// Whether a request may pull from a repository; `None` for the registry's front door.
    pub(crate) fn admits(
        &self,
        authorization: Option<&str>,
        repository: Option<&str>,
        origin: &str,
    ) -> Result<(), Refusal> {
        match self {
            Login::Open => Ok(()),
            Login::Basic { user, password } => match authorization.and_then(basic) {
                Some((given, secret)) if given == *user && secret == *password => Ok(()),
                _ => Err(Refusal {
                    status: StatusCode::UNAUTHORIZED,
                    body: error("UNAUTHORIZED", "authentication required"),
                    challenge: Some("Basic realm=\"registry\"".to_owned()),
                }),
            },
            Login::Token { private, realm, .. } => {
                let token = authorization.and_then(|text| text.strip_prefix("Bearer "));
                let is_private = repository.is_some_and(|name| starts(private, name));
                match token {
                    Some("of-the-user") => Ok(()),
                    Some("of-anybody") if !is_private => Ok(()),
                    _ => Err(challenge(realm, origin, repository, token.is_some())),
                }
            }
        }
    }

    /// What the token service says to a request for a scope, `repository:NAME:pull`.
    pub(crate) fn token(&self, authorization: Option<&str>, scope: &str) -> Result<Json, Refusal> {
        let Login::Token { style, user, password, private, .. } = self else {
            let body = error("UNSUPPORTED", "there is no token service");
            return Err(Refusal { status: StatusCode::NOT_FOUND, body, challenge: None });
        };
        let is_private = scope.split(':').nth(1).is_some_and(|name| starts(private, name));
        let known = authorization.and_then(basic).map(|(given, secret)| given == *user && secret == *password);
        match (known, style) {
            (Some(true), _) => Ok(json!({ "token": "of-the-user", "expires_in": 300 })),
            // Docker Hub's words: {"details":"incorrect username or password"}.
            (Some(false), TokenStyle::Hub) => Err(Refusal {
                status: StatusCode::UNAUTHORIZED,
                body: json!({ "details": "incorrect username or password" }),
                challenge: None,
            }),
            (None, TokenStyle::Hub) => Ok(json!({ "token": "of-anybody", "expires_in": 300 })),
            (None, TokenStyle::Ghcr) if !is_private => {
                Ok(json!({ "token": "of-anybody", "expires_in": 300 }))
            }
            (_, TokenStyle::Ghcr) => Err(Refusal {
                status: StatusCode::FORBIDDEN,
                body: json!({ "errors": [{ "code": "DENIED", "message": "denied" }] }),
                challenge: None,
            }),
        }
    }
}

fn challenge(realm: &Option<String>, origin: &str, repository: Option<&str>, had_token: bool) -> Refusal {
    let realm = realm.clone().unwrap_or_else(|| format!("{origin}/token"));
    let host = origin.split("://").nth(1).unwrap_or(origin);
    let mut text = format!("Bearer realm=\"{realm}\",service=\"{host}\"");
    if let Some(name) = repository {
        text.push_str(&format!(",scope=\"repository:{name}:pull\""));
    }
    if had_token {
        text.push_str(",error=\"insufficient_scope\"");
    }
    Refusal {
        status: StatusCode::UNAUTHORIZED,
        body: error("UNAUTHORIZED", "authentication required"),
        challenge: Some(text),
    }
}

fn starts(private: &[String], name: &str) -> bool {
    private.iter().any(|start| name.starts_with(start.as_str()))
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
