//! How a run logs in: as the kubelet and containerd would, and only where the login belongs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evidence::{CheckOutcome, Login, Stage};
use http::{HeaderValue, StatusCode};
use reqwest::Url;
use serde::Deserialize;

use crate::exchange::{Answer, Request, Trouble};
use crate::realm::{Challenge, same_origin, same_owner};
use crate::run::{Line, Run};

/// The most logins that are tried.
const MAX_LOGINS: usize = 3;
/// The longest token, with what is around it.
const TOKEN: usize = 64 << 10;

/// The answer to the request for the manifest, behind the login.
pub(crate) struct Entered {
    pub(crate) answer: Answer,
    /// What is shown at the registry from now on. It is marked as sensitive, and never printed.
    pub(crate) pass: Option<HeaderValue>,
}

/// What became of one login.
enum Tried {
    In(Box<Entered>),
    /// The registry, or its token service, said no.
    Refused(String),
    /// It was not sent, or not answered.
    Unknown(String),
}

/// What a token service answers.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> Run<'a> {
    /// Asks for the manifest, and logs in where that is asked for. `None` where the door stays
    /// shut; then the check of the login says why.
    pub(crate) async fn enter(&mut self, line: &mut Line<'a>) -> Option<Entered> {
        let answer = match self.get_manifest(line, None).await {
            Ok(answer) => answer,
            Err(trouble) => {
                self.note_trouble(&trouble);
                return None;
            }
        };
        match answer.status {
            StatusCode::UNAUTHORIZED => {}
            // Without a challenge containerd does not log in either.
            StatusCode::FORBIDDEN => {
                let said = crate::words::code(&answer.body).is_some();
                let outcome = if said { CheckOutcome::Failed } else { CheckOutcome::Unknown };
                let words = self.refusal(&answer);
                self.note(Stage::Authentication, outcome, &words);
                return None;
            }
            StatusCode::OK | StatusCode::NOT_FOUND => {
                self.note(Stage::Authentication, CheckOutcome::Passed, "it asks for no login");
                return Some(Entered { answer, pass: None });
            }
            _ => return Some(Entered { answer, pass: None }),
        }
        if !same_origin(&answer.url, &line.origin) {
            let host = answer.url.host_str().unwrap_or("?");
            let words =
                format!("it redirects to {host}, which asks for a login; none is sent there");
            self.note(Stage::Authentication, CheckOutcome::Unknown, &words);
            return None;
        }
        let Some(challenge) = Challenge::of(&answer.headers) else {
            let words = format!("{}; it does not say how to log in", self.refusal(&answer));
            self.note(Stage::Authentication, CheckOutcome::Failed, &words);
            return None;
        };
        self.try_logins(line, &challenge, &answer).await
    }

    fn note_trouble(&mut self, trouble: &Trouble) {
        let tls_told = self
            .word
            .checks
            .iter()
            .any(|check| check.stage == Stage::Tls && check.outcome != CheckOutcome::Passed);
        if !tls_told {
            self.note(Stage::Manifest, CheckOutcome::Unknown, trouble.words());
        }
    }

    async fn try_logins(
        &mut self,
        line: &mut Line<'a>,
        challenge: &Challenge,
        asked: &Answer,
    ) -> Option<Entered> {
        let credentials = self.credentials;
        let unreadable = credentials.unreadable();
        let image = format!("{}/{}", self.reference.registry(), self.reference.repository());
        let logins = match unreadable {
            Some(_) => Vec::new(),
            None => credentials.for_image(&image),
        };
        if logins.is_empty() {
            return self.try_as_anybody(line, challenge, asked).await;
        }
        let mut outcome = CheckOutcome::Failed;
        let mut said = Vec::new();
        for login in logins.iter().take(MAX_LOGINS) {
            let secret = login.secret().clone();
            match self.try_one(line, challenge, Some(login)).await {
                Tried::In(entered) => {
                    self.let_in(&entered, challenge, login);
                    return Some(*entered);
                }
                Tried::Refused(words) => {
                    said.push(format!("{secret}: {words}"));
                    if !self.word.refused.contains(&secret) {
                        self.word.refused.push(secret);
                    }
                }
                Tried::Unknown(words) => {
                    outcome = CheckOutcome::Unknown;
                    said.push(format!("{secret}: {words}"));
                }
            }
        }
        if logins.len() > MAX_LOGINS {
            outcome = CheckOutcome::Unknown;
            said.push(format!("{} more were not tried", logins.len() - MAX_LOGINS));
        }
        self.note(Stage::Authentication, outcome, &said.join("; "));
        None
    }

    /// Notes that a login was taken. With a password in each request, only an answer that is about
    /// the image shows that it was looked at.
    fn let_in(&mut self, entered: &Entered, challenge: &Challenge, login: &Login) {
        let is_looked_at = matches!(challenge, Challenge::Bearer { .. })
            || matches!(entered.answer.status, StatusCode::OK | StatusCode::NOT_FOUND);
        let secret = login.secret();
        if login.expose_user().is_empty() {
            let words =
                format!("{secret} has no user name, so it is asked as anybody, and lets in");
            self.note(Stage::Authentication, CheckOutcome::Passed, &words);
        } else if is_looked_at {
            let words = format!("the credentials of {secret} are accepted");
            self.note(Stage::Authentication, CheckOutcome::Passed, &words);
            self.word.accepted = Some(secret.clone());
        }
    }

    async fn try_as_anybody(
        &mut self,
        line: &mut Line<'a>,
        challenge: &Challenge,
        asked: &Answer,
    ) -> Option<Entered> {
        let tried = match challenge {
            Challenge::Basic => Tried::Refused(self.refusal(asked)),
            Challenge::Bearer { .. } => self.try_one(line, challenge, None).await,
        };
        let why = match self.credentials.unreadable() {
            Some((secret, why)) => {
                format!("the kubelet cannot read {secret} ({why}), and tries no login")
            }
            None => "no pull secret is for it".to_owned(),
        };
        match tried {
            Tried::In(entered) => {
                self.note(Stage::Authentication, CheckOutcome::Passed, "it lets anybody in");
                return Some(*entered);
            }
            Tried::Refused(words) => {
                self.note(Stage::Authentication, CheckOutcome::Failed, &format!("{words}; {why}"));
            }
            Tried::Unknown(words) => {
                self.note(Stage::Authentication, CheckOutcome::Unknown, &format!("{words}; {why}"));
            }
        }
        None
    }

    async fn try_one(
        &mut self,
        line: &mut Line<'a>,
        challenge: &Challenge,
        login: Option<&Login>,
    ) -> Tried {
        // containerd takes credentials without a user name for none (`ParseAuth`, image_pull.go).
        let login = login.filter(|login| !login.expose_user().is_empty());
        let basic = login.and_then(|login| self.basic(login));
        let pass = match challenge {
            Challenge::Basic => match basic {
                Some(basic) => basic,
                None => {
                    return Tried::Unknown(
                        "it has no user name and password to log in with".to_owned(),
                    );
                }
            },
            Challenge::Bearer { realm, service } => {
                match self.token(line, realm, service.as_deref(), basic.as_ref()).await {
                    Ok(pass) => pass,
                    Err(tried) => return tried,
                }
            }
        };
        match self.get_manifest(line, Some(&pass)).await {
            Ok(answer)
                if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) =>
            {
                // A host that was redirected to has not seen the login.
                match same_origin(&answer.url, &line.origin) {
                    true => Tried::Refused(self.refusal(&answer)),
                    false => Tried::Unknown(self.refusal(&answer)),
                }
            }
            Ok(answer) => Tried::In(Box::new(Entered { answer, pass: Some(pass) })),
            Err(trouble) => Tried::Unknown(trouble.words().to_owned()),
        }
    }

    fn basic(&mut self, login: &Login) -> Option<HeaderValue> {
        let pair = [login.expose_user(), b":", login.expose_password()].concat();
        let encoded = STANDARD.encode(&pair);
        self.scrubber.learn(login.expose_password());
        self.scrubber.learn(encoded.as_bytes());
        sensitive(&format!("Basic {encoded}"))
    }

    /// Gets a token. The login is sent where the registry's owner also has the token service.
    async fn token(
        &mut self,
        line: &mut Line<'a>,
        realm: &str,
        service: Option<&str>,
        login: Option<&HeaderValue>,
    ) -> Result<HeaderValue, Tried> {
        let mut url =
            token_service(&line.origin, realm, login.is_some()).map_err(Tried::Unknown)?;
        // Not the scope of the challenge: a token is asked for this image, and for reading only.
        let scope = format!("repository:{}:pull", self.reference.repository());
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", service);
        }
        let accept = "application/json";
        let request = Request { url, accept, credentials: login, longest: TOKEN };
        let answer = self
            .get(line, request)
            .await
            .map_err(|trouble| Tried::Unknown(trouble.words().to_owned()))?;
        let refusal = format!("its token service {}", self.refusal(&answer));
        match answer.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(Tried::Refused(refusal));
            }
            _ => return Err(Tried::Unknown(refusal)),
        }
        let token = serde_json::from_slice::<Token>(&answer.body).ok();
        let token = token
            .and_then(|token| token.token.filter(|t| !t.is_empty()).or(token.access_token))
            .filter(|token| !token.is_empty())
            .ok_or_else(|| {
                Tried::Unknown("its token service answers without a token".to_owned())
            })?;
        self.scrubber.learn(token.as_bytes());
        sensitive(&format!("Bearer {token}"))
            .ok_or_else(|| Tried::Unknown("the token that it was given cannot be sent".to_owned()))
    }
}

/// The URL of a token service, where it may be asked, and be given a login if there is one.
fn token_service(origin: &Url, realm: &str, has_login: bool) -> Result<Url, String> {
    let Ok(url) = Url::parse(realm) else {
        return Err("the URL of its token service cannot be read".to_owned());
    };
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" && !same_origin(&url, origin) {
        let scheme = url.scheme();
        return Err(format!("its token service {host} is asked by {scheme}, which is refused"));
    }
    if has_login && !same_owner(origin.host_str().unwrap_or_default(), host) {
        return Err(format!(
            "it wants the credentials sent to {host}, which is of another owner; they were withheld"
        ));
    }
    Ok(url)
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
