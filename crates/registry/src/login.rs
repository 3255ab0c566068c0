//! Who may pull, and how a registry asks for it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value as Json, json};

/// How a registry asks for a login. Its `Debug` leaves the password out.
#[derive(Clone, Default)]
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
    ///
    /// Seen in <https://github.com/docker/for-win/issues/2792> (the registry's body) and
    /// <https://github.com/docker/docs/issues/22787> (the token service's 401).
    Hub,
    /// The GitHub registry's: the token service answers 403 `DENIED`.
    ///
    /// Seen in <https://github.com/sigstore/scaffolding/issues/127> (its words) and
    /// <https://github.com/dragonflydb/dragonfly/issues/4997> (its status).
    Ghcr,
}

const OF_THE_USER: &str = "of-the-user";
const OF_ANYBODY: &str = "of-anybody";

/// Why a request is refused: status, body, and the challenge for the header.
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub body: Json,
    pub challenge: Option<String>,
}

/// The refusal's body in Docker's registry: the access that was wanted, or null at the front door.
fn unauthorized(repository: Option<&str>) -> Json {
    let record =
        |name| json!([{ "Type": "repository", "Class": "", "Name": name, "Action": "pull" }]);
    json!({ "errors": [{
        "code": "UNAUTHORIZED",
        "message": "authentication required",
        "detail": repository.map(record),
    }] })
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Login::Open => f.write_str("Open"),
            Login::Basic { user, .. } => {
                f.debug_struct("Basic").field("user", user).finish_non_exhaustive()
            }
            Login::Token { style, user, private, realm, .. } => f
                .debug_struct("Token")
                .field("style", style)
                .field("user", user)
                .field("private", private)
                .field("realm", realm)
                .finish_non_exhaustive(),
        }
    }
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
                    body: unauthorized(repository),
                    challenge: Some("Basic realm=\"registry\"".to_owned()),
                }),
            },
            Login::Token { style, private, realm, .. } => {
                let token = authorization.and_then(|text| text.strip_prefix("Bearer "));
                let is_private = repository.is_some_and(|name| starts(private, name));
                let problem = match token {
                    Some(OF_THE_USER) => return Ok(()),
                    Some(OF_ANYBODY) if !is_private => return Ok(()),
                    Some(OF_ANYBODY) => Some("insufficient_scope"),
                    Some(_) => Some("invalid_token"),
                    None => None,
                };
                let body = match style {
                    TokenStyle::Hub => unauthorized(repository),
                    TokenStyle::Ghcr => json!({ "errors": [{
                        "code": "UNAUTHORIZED", "message": "authentication required",
                    }] }),
                };
                let challenge = Some(challenge(realm.as_deref(), origin, repository, problem));
                Err(Refusal { status: StatusCode::UNAUTHORIZED, body, challenge })
            }
        }
    }

    /// What the token service says to a request for a scope, `repository:NAME:pull`.
    pub(crate) fn token(&self, authorization: Option<&str>, scope: &str) -> Result<Json, Refusal> {
        let Login::Token { style, user, password, private, .. } = self else {
            let body = json!({ "errors": [{
                "code": "UNSUPPORTED", "message": "there is no token service",
            }] });
            return Err(Refusal { status: StatusCode::NOT_FOUND, body, challenge: None });
        };
        let is_private = scope.split(':').nth(1).is_some_and(|name| starts(private, name));
        let known = authorization
            .and_then(basic)
            .map(|(given, secret)| given == *user && secret == *password);
        match (known, style) {
            (Some(true), _) => Ok(json!({ "token": OF_THE_USER, "expires_in": 300 })),
            (Some(false), TokenStyle::Hub) => Err(Refusal {
                status: StatusCode::UNAUTHORIZED,
                body: json!({ "details": "incorrect username or password" }),
                challenge: None,
            }),
            (None, TokenStyle::Hub) => Ok(json!({ "token": OF_ANYBODY, "expires_in": 300 })),
            (None, TokenStyle::Ghcr) if !is_private => {
                Ok(json!({ "token": OF_ANYBODY, "expires_in": 300 }))
            }
            (_, TokenStyle::Ghcr) => Err(Refusal {
                status: StatusCode::FORBIDDEN,
                body: json!({ "errors": [{ "code": "DENIED", "message": "denied" }] }),
                challenge: None,
            }),
        }
    }
}

/// The challenge in the form of Docker's registry, whose
/// `registry/auth/token/accesscontroller.go` tells apart a token that it does not know and one
/// that does not reach far enough.
fn challenge(
    realm: Option<&str>,
    origin: &str,
    repository: Option<&str>,
    problem: Option<&str>,
) -> String {
    let own = format!("{origin}/token");
    let host = origin.split("://").nth(1).unwrap_or(origin);
    let mut text = format!("Bearer realm=\"{}\",service=\"{host}\"", realm.unwrap_or(&own));
    if let Some(name) = repository {
        text.push_str(&format!(",scope=\"repository:{name}:pull\""));
    }
    if let Some(problem) = problem {
        text.push_str(&format!(",error=\"{problem}\""));
    }
    text
}

fn starts(private: &[String], name: &str) -> bool {
    private.iter().any(|start| name.starts_with(start.as_str()))
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
