//! Networks and registries that fail or lie: the answer is partial and honest, and comes to an end.

mod support;

use std::net::TcpListener;
use std::time::Duration;

use evidence::CheckOutcome::{Failed, Passed, Unknown};
use evidence::{RegistryWord, Stage};
use probe::{Credentials, MAX_REQUESTS, Settings};
use registry::{Fault, Rule};
use support::raw::{answer, raw, redirect};
use support::*;

fn with(fault: Fault, image: &str) -> (RegistryWord, usize) {
    let authority = Authority::new();
    let at = At::new(
        &authority,
        "broken.registry.test",
        shop().with_rule(Rule::on("shop/*").then(fault)),
    );
    let settings = Settings { request: Duration::from_millis(800), ..settings(&authority, &[&at]) };
    let word = ask(&at.image(image), Some(&linux("amd64")), Credentials::default(), &settings);
    let asked = at.asked().len();
    assert_eq!(word.requests as usize, asked);
    (word, asked)
}

#[test]
fn an_overloaded_registry_says_nothing_about_the_image() {
    for (fault, words) in [
        (
            Fault::TooManyRequests(30),
            "429 Too Many Requests (Retry-After: 30): TOOMANYREQUESTS: You have reached",
        ),
        (Fault::ServerError, "500 Internal Server Error: UNKNOWN: unknown error"),
        (Fault::Unavailable, "503 Service Unavailable: UNAVAILABLE"),
    ] {
        let (word, asked) = with(fault, "shop/web:1.4.3");
        expect(&word, Stage::Manifest, Unknown, words);
        assert_eq!((asked, word.digest), (1, None));
    }
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for() {
    let (word, _) = with(Fault::Slow(Duration::from_secs(600)), "shop/web:1.4.3");
    expect(&word, Stage::Manifest, Unknown, "gives no complete answer within 800ms");
}

#[test]
fn a_lying_registry_gets_a_partial_answer() {
    let (word, _) = with(Fault::LyingDigest, "shop/web:1.4.3");
    expect(&word, Stage::Manifest, Unknown, "does not have the digest");
    assert_eq!(word.digest, None);
    let (word, _) = with(Fault::Garbage(64), "shop/web:1.4.3");
    expect(&word, Stage::Manifest, Unknown, "is no manifest");
    let (word, _) = with(Fault::Garbage(5 << 20), "shop/web:1.4.3");
    expect(&word, Stage::Manifest, Unknown, "longer than");
    let (word, _) = with(Fault::UnknownMediaType, "shop/web:1.4.3");
    expect(&word, Stage::Manifest, Passed, "sha256:");
    expect(&word, Stage::Platform, Unknown, "application/vnd.example.unheard-of.v9+json");
}

#[test]
fn a_list_of_tags_without_end_is_read_for_two_pages() {
    let (word, asked) = with(Fault::EndlessTags, "shop/web:9");
    expect(&word, Stage::Manifest, Failed, "MANIFEST_UNKNOWN");
    assert_eq!((word.all_tags_seen, asked), (false, 3));
}

#[test]
fn redirects_in_a_circle_come_to_an_end() {
    let authority = Authority::new();
    let identity = authority.identity("round.registry.test");
    let at = raw(identity, |host, _, _| redirect(&format!("https://{host}/v2/again")));
    let word = at.ask(&authority, "round.registry.test", Credentials::default());
    expect(&word, Stage::Manifest, Unknown, "redirects more than 3 times");
    assert!(word.requests <= MAX_REQUESTS && word.requests == 4, "{word:#?}");
}

#[test]
fn a_page_that_is_no_registry_s_does_not_say_that_the_tag_is_missing() {
    let authority = Authority::new();
    let identity = authority.identity("page.registry.test");
    let at = raw(identity, |_, _, _| {
        "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>".into()
    });
    let word = at.ask(&authority, "page.registry.test", Credentials::default());
    expect(&word, Stage::Manifest, Unknown, "404 Not Found");
    assert!(word.nearest_tags.is_empty());
}

#[test]
fn a_connection_that_breaks_off_is_unknown() {
    let authority = Authority::new();
    let identity = authority.identity("cut.registry.test");
    let at = raw(identity, |_, _, _| {
        "HTTP/1.1 200 OK\r\nContent-Length: 600\r\nConnection: close\r\n\r\n{".into()
    });
    let word = at.ask(&authority, "cut.registry.test", Credentials::default());
    expect(&word, Stage::Manifest, Unknown, "cut.registry.test");
}

#[test]
fn the_next_page_of_tags_is_not_sought_at_another_host() {
    let authority = Authority::new();
    let identity = authority.identity("link.registry.test");
    let at = raw(identity, |_, path, _| match path.contains("/tags/") {
        true => answer(
            "200 OK",
            "Link: <https://elsewhere.test/v2/shop/web/tags/list>; rel=\"next\"\r\n",
            r#"{"tags":["1.4.2"]}"#,
        ),
        false => answer("404 Not Found", "", r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
    });
    let word = at.ask(&authority, "link.registry.test", Credentials::default());
    assert_eq!(
        (word.nearest_tags, word.all_tags_seen, word.requests),
        (vec!["1.4.2".to_owned()], false, 2)
    );
}

#[test]
fn certificates_are_judged() {
    let (authority, other) = (Authority::new(), Authority::new());
    let name = "tls.registry.test";
    for (identity, words) in [
        (other.identity(name), "an authority that is not trusted here: one of the same name"),
        (authority.identity_until(name, 2002), "has expired"),
        (authority.identity("another.registry.test"), "of another name"),
    ] {
        let at = At::with(name, shop(), Some(identity));
        let word = ask(
            &at.image("shop/web:1.4.3"),
            None,
            Credentials::default(),
            &settings(&authority, &[&at]),
        );
        expect(&word, Stage::Tls, Failed, words);
        assert_eq!((word.requests, at.asked().len(), word.checks.len()), (0, 0, 3));
    }
    let at = At::new(&authority, name, shop());
    let nobody = Settings { extra_roots: None, ..settings(&authority, &[&at]) };
    let word = ask(&at.image("shop/web:1.4.3"), None, Credentials::default(), &nobody);
    expect(&word, Stage::Tls, Failed, "signed by an authority that is not trusted here");
    let at = At::with(name, shop(), None);
    let word = ask(
        &at.image("shop/web:1.4.3"),
        None,
        Credentials::default(),
        &settings(&authority, &[&at]),
    );
    expect(&word, Stage::Tls, Failed, "does not speak TLS");
}

#[test]
fn a_name_that_does_not_exist_and_a_refused_connection_end_the_run() {
    let authority = Authority::new();
    let settings = settings(&authority, &[]);
    let word = ask("nowhere.invalid/shop/web:1", None, Credentials::default(), &settings);
    assert_ne!(check(&word, Stage::Dns).0, Passed);
    assert_eq!((word.checks.len(), word.requests), (1, 0));

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = vec!["127.0.0.1".parse().unwrap()];
    let settings = Settings { addresses: [("refused.test".to_owned(), home)].into(), ..settings };
    let word = ask(
        &format!("refused.test:{}/shop/web:1", free.port()),
        None,
        Credentials::default(),
        &settings,
    );
    expect(&word, Stage::Dns, Passed, "127.0.0.1");
    expect(&word, Stage::Tcp, Failed, "the connection is refused");
    assert_eq!((word.checks.len(), word.requests), (2, 0));
}

#[test]
fn silence_after_the_connection_is_unknown_and_the_total_time_holds() {
    let authority = Authority::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = vec!["127.0.0.1".parse().unwrap()];
    let image = format!("silent.test:{}/shop/web:1", silent.local_addr().unwrap().port());
    let base = Settings {
        addresses: [("silent.test".to_owned(), home)].into(),
        ..settings(&authority, &[])
    };
    let short = Settings { request: Duration::from_millis(300), ..base.clone() };
    expect(
        &ask(&image, None, Credentials::default(), &short),
        Stage::Tls,
        Unknown,
        "no TLS handshake within 300ms",
    );
    let total = Settings { total: Duration::from_millis(300), ..base };
    expect(
        &ask(&image, None, Credentials::default(), &total),
        Stage::Tls,
        Unknown,
        "the time of 300ms is over",
    );
}

#[test]
fn a_file_of_authorities_that_holds_none_is_told() {
    let settings = Settings {
        extra_roots: Some(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        ),
        ..Settings::default()
    };
    let word = ask("registry.invalid/a:1", None, Credentials::default(), &settings);
    expect(&word, Stage::Tls, Unknown, "holds something that is no certificate");
}

#[test]
fn after_ten_requests_no_more_are_sent() {
    let authority = Authority::new();
    let name = "many.registry.test";
    let at = raw(authority.identity(name), |_, path, _| match path.split_once("?hop=") {
        None => redirect("?hop=1"),
        Some((_, "1")) => redirect("?hop=2"),
        Some((_, "2")) => redirect("?hop=3"),
        Some(_) => answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", ""),
    });
    let host = format!("{name}:{}", at.port);
    let secrets = ["a", "b", "c"].map(|secret| (secret, host.as_str(), USER, PASSWORD));
    let word = at.ask(&authority, name, credentials(&secrets));
    assert_eq!(word.requests, MAX_REQUESTS);
    expect(&word, Stage::Authentication, Unknown, "after 10 requests no more are sent");
    assert_eq!(word.refused, [secret("a")]);
}
