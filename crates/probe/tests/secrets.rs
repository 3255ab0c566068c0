//! Credentials go to the registry that they are for, and come back in no text.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evidence::CheckOutcome::{Failed, Passed, Unknown};
use evidence::Stage;
use probe::{Credentials, Settings};
use registry::{Fault, Login, Rule, TokenStyle};
use support::raw::{answer, raw};
use support::*;

fn basic() -> Login {
    Login::Basic { user: USER.into(), password: PASSWORD.into() }
}

fn token_at(realm: String) -> Login {
    Login::Token {
        style: TokenStyle::Hub,
        user: USER.into(),
        password: PASSWORD.into(),
        private: vec!["team/".into()],
        realm: Some(realm),
    }
}

fn good(at: &At) -> Credentials {
    credentials(&[("good", &at.host(), USER, PASSWORD)])
}

#[test]
fn a_redirect_to_another_host_is_followed_without_credentials() {
    let authority = Authority::new();
    let other = At::new(&authority, "mirror.elsewhere.test", shop());
    let to = format!("https://{}", other.host());
    let rule = Rule::on("shop/*").then(Fault::Redirect(to));
    let at =
        At::new(&authority, "private.registry.test", shop().with_login(basic()).with_rule(rule));
    let word =
        ask(&at.image("shop/web:1.4.3"), None, good(&at), &settings(&authority, &[&at, &other]));
    expect(&word, Stage::Manifest, Passed, image().digest());
    assert_eq!(other.asked().len(), 1);
    assert!(other.asked().iter().all(|(_, shown)| shown.is_none()), "{:?}", other.asked());
}

#[test]
fn a_host_that_was_redirected_to_and_wants_a_login_gets_none() {
    let authority = Authority::new();
    let other = At::new(&authority, "mirror.elsewhere.test", shop().with_login(basic()));
    let rule = Rule::on("shop/*").then(Fault::Redirect(format!("https://{}", other.host())));
    let at = At::new(&authority, "open.registry.test", shop().with_rule(rule));
    let word =
        ask(&at.image("shop/web:1.4.3"), None, good(&at), &settings(&authority, &[&at, &other]));
    expect(&word, Stage::Authentication, Unknown, "none is sent there");
    assert!(other.asked().iter().all(|(_, shown)| shown.is_none()));
    assert!(word.refused.is_empty(), "nobody refused what nobody was shown");
}

#[test]
fn a_redirect_to_plain_http_is_not_followed() {
    let authority = Authority::new();
    let other = At::with("plain.registry.test", shop(), None);
    let rule = Rule::on("shop/*").then(Fault::Redirect(format!("http://{}", other.host())));
    let at = At::new(&authority, "open.registry.test", shop().with_rule(rule));
    let word =
        ask(&at.image("shop/web:1.4.3"), None, good(&at), &settings(&authority, &[&at, &other]));
    expect(&word, Stage::Manifest, Unknown, "by http, which is not followed");
    assert!(other.asked().is_empty());
}

/// A registry whose tokens come from a host of this name, and that host.
fn with_tokens_of(authority: &Authority, name: &str) -> (At, At) {
    let service = At::new(authority, name, shop().with_login(token_at(String::new())));
    let realm = format!("https://{}/token", service.host());
    let at = At::new(authority, "hub.registry.test", shop().with_login(token_at(realm)));
    (at, service)
}

#[test]
fn a_token_service_of_another_owner_gets_no_credentials() {
    let authority = Authority::new();
    let (at, thief) = with_tokens_of(&authority, "token.elsewhere.test");
    let settings = settings(&authority, &[&at, &thief]);
    let word = ask(&at.image("team/private:1.0.0"), None, good(&at), &settings);
    expect(&word, Stage::Authentication, Unknown, "of another owner; they were withheld");
    assert!(thief.asked().is_empty() && word.refused.is_empty());
    // Anybody may ask anybody for a token.
    let word = ask(&at.image("shop/web:1.4.3"), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Passed, "sha256:");
    assert_eq!(thief.asked().len(), 1);
}

#[test]
fn a_token_service_of_the_same_owner_gets_them() {
    let authority = Authority::new();
    let (at, service) = with_tokens_of(&authority, "auth.registry.test");
    let word = ask(
        &at.image("team/private:1.0.0"),
        None,
        good(&at),
        &settings(&authority, &[&at, &service]),
    );
    assert_eq!(word.accepted, Some(secret("good")), "{word:#?}");
    let (path, shown) = service.asked().remove(0);
    assert!(path.contains("scope=repository%3Ateam%2Fprivate%3Apull"), "{path}");
    assert!(shown.is_some_and(|shown| shown.starts_with("Basic ")));
    let shown: Vec<Option<String>> = at.asked().into_iter().map(|(_, shown)| shown).collect();
    assert_eq!(
        shown,
        [None, Some("Bearer of-the-user".to_owned())],
        "the password stays with the service"
    );
}

#[test]
fn a_token_service_by_plain_http_is_refused() {
    let authority = Authority::new();
    let service = At::with("hub.registry.test", shop().with_login(token_at(String::new())), None);
    let realm = format!("http://{}/token", service.host());
    let at = At::new(&authority, "hub.registry.test", shop().with_login(token_at(realm)));
    let word = ask(
        &at.image("team/private:1.0.0"),
        None,
        good(&at),
        &settings(&authority, &[&at, &service]),
    );
    expect(&word, Stage::Authentication, Unknown, "is asked by http, which is refused");
    assert!(service.asked().is_empty());
}

/// A registry and token service that repeats everything that it is shown, in every place that a
/// word of it could get into the answer.
#[test]
fn no_secret_comes_back_in_any_text_even_where_the_registry_repeats_it() {
    let authority = Authority::new();
    let name = "echo.registry.test";
    let (password, token) = ("former-password-9Zk", "granted-token-5Vb");
    let encoded = STANDARD.encode(format!("{USER}:{password}"));
    let all = [password, token, encoded.as_str()].map(str::to_owned);
    let repeated = all.clone();
    let at = raw(authority.identity(name), move |host, path, head| {
        let [password, token, encoded] = &repeated;
        let said = format!("you said {head} that is {password} or {encoded} or {token}");
        let body =
            serde_json::json!({ "errors": [{ "code": password, "message": said }] }).to_string();
        let challenge = format!(
            "WWW-Authenticate: Bearer realm=\"https://{host}/token\"\r\nRetry-After: {password}\r\n"
        );
        match path {
            _ if path.starts_with("/token") => {
                answer("200 OK", "", &format!(r#"{{"token":"{token}"}}"#))
            }
            _ if path.contains("/tags/") => {
                answer("200 OK", "", &format!(r#"{{"tags":["{token}","1.4.2"]}}"#))
            }
            _ if !head.to_ascii_lowercase().contains("authorization:") => {
                answer("401 Unauthorized", &challenge, &body)
            }
            _ if path.contains("/shop/web/") => {
                let body = body.replacen(password.as_str(), "MANIFEST_UNKNOWN", 1);
                answer("404 Not Found", &challenge, &body)
            }
            _ => answer("403 Forbidden", &challenge, &body),
        }
    });
    let secrets = || credentials(&[("echo", &format!("{name}:{}", at.port), USER, password)]);
    for repository in ["shop/web", "shop/other"] {
        let word = at.ask_for(&authority, name, &format!("{repository}:1.4.3"), secrets());
        assert_eq!(word.requests, if repository == "shop/web" { 4 } else { 3 }, "{word:#?}");
        assert!(format!("{word:?}").contains("you said"), "the words are quoted: {word:#?}");
        for text in [format!("{word:?}"), serde_json::to_string(&word).unwrap()] {
            assert!(!all.iter().any(|secret| text.contains(secret.as_str())), "{text}");
        }
    }
    let word = at.ask_for(&authority, name, "web:1", Credentials::default());
    assert!(word.accepted.is_none());
    let settings = Settings::default();
    let word = ask(&format!("user:{password}@registry.test/web:1"), None, secrets(), &settings);
    assert!(!format!("{word:?}").contains(password), "{word:?}");
}

#[test]
fn through_a_proxy_only_tunnels_lead_and_the_proxy_sees_no_credentials() {
    let authority = Authority::new();
    let at = At::new(&authority, "private.registry.test", shop().with_login(basic()));
    let (port, heads) = proxy(at.listening.address().port());
    let proxy = format!("http://me:proxy-pass-3Wd@127.0.0.1:{port}");
    let settings = Settings { https_proxy: Some(proxy.into()), ..settings(&authority, &[]) };
    let word = ask(&at.image("shop/web:1.4.3"), None, good(&at), &settings);
    expect(&word, Stage::Tcp, Unknown, &format!("through the proxy 127.0.0.1:{port}"));
    expect(&word, Stage::Tls, Passed, "trusted");
    assert_eq!(word.accepted, Some(secret("good")), "{word:#?}");
    let heads: Vec<String> = heads.try_iter().collect();
    assert!(
        !heads.is_empty()
            && heads.iter().all(|head| head.starts_with("CONNECT private.registry.test:"))
    );
    assert!(!heads.iter().any(|head| head.to_ascii_lowercase().contains("\nauthorization:")));
    assert!(!format!("{word:?} {settings:?}").contains("proxy-pass-3Wd"));

    let untrusting = Settings { extra_roots: None, ..settings };
    let word = ask(&at.image("shop/web:1.4.3"), None, good(&at), &untrusting);
    expect(&word, Stage::Tls, Failed, "not trusted here");
}

/// A proxy that takes every tunnel to one port of this machine, and tells what it was asked.
fn proxy(to: u16) -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, heads) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1)
            {
                head.push(byte[0]);
            }
            let _ = tell.send(String::from_utf8_lossy(&head).into_owned());
            let Ok(mut server) = std::net::TcpStream::connect(("127.0.0.1", to)) else { continue };
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut up, &mut server);
                let _ = server.shutdown(std::net::Shutdown::Write);
            });
            thread::spawn(move || {
                let _ = std::io::copy(&mut down, &mut client);
                let _ = client.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    (port, heads)
}
