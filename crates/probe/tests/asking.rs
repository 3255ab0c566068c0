//! What a registry that behaves is asked, and what it answers.

mod support;

use evidence::CheckOutcome::{Failed, Passed, Unknown};
use evidence::Stage;
use probe::Credentials;
use registry::{Image, Login, Registry, TokenStyle};
use support::*;

fn basic() -> Login {
    Login::Basic { user: USER.into(), password: PASSWORD.into() }
}

fn token(style: TokenStyle) -> Login {
    Login::Token {
        style,
        user: USER.into(),
        password: PASSWORD.into(),
        private: vec!["team/".into()],
        realm: None,
    }
}

#[test]
fn an_open_registry_is_asked_once_for_an_index() {
    let authority = Authority::new();
    let index = Image::index(&[image(), Image::of_layer("arm64", b"another")]);
    let at = At::new(
        &authority,
        "open.registry.test",
        Registry::new().with_image("shop/web", "1", &index),
    );
    let settings = settings(&authority, &[&at]);
    let word =
        ask(&at.image("shop/web:1"), Some(&linux("arm64")), Credentials::default(), &settings);
    assert!(word.checks.iter().all(|check| check.outcome == Passed), "{word:#?}");
    let stages: Vec<Stage> = word.checks.iter().map(|check| check.stage).collect();
    let all = [
        Stage::Dns,
        Stage::Tcp,
        Stage::Tls,
        Stage::Authentication,
        Stage::Manifest,
        Stage::Platform,
    ];
    assert_eq!(stages, all);
    assert_eq!(word.registry, at.host());
    assert_eq!(word.digest.as_deref(), Some(index.digest()));
    assert_eq!(word.platforms, [linux("amd64"), linux("arm64")]);
    assert_eq!((word.requests, at.asked().len()), (1, 1));
}

#[test]
fn a_single_image_costs_a_second_request_only_where_the_node_is_known() {
    let authority = Authority::new();
    let at = At::new(&authority, "open.registry.test", shop());
    let settings = settings(&authority, &[&at]);
    let word =
        ask(&at.image("shop/web:1.4.3"), Some(&linux("arm64")), Credentials::default(), &settings);
    expect(&word, Stage::Platform, Failed, "built for linux/amd64, and the node is linux/arm64");
    assert_eq!((word.requests, at.asked().len()), (2, 2));
    let word = ask(&at.image("shop/web:1.4.3"), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Passed, image().digest());
    assert_eq!((word.requests, at.asked().len()), (1, 3));
}

#[test]
fn a_wrong_tag_names_the_nearest_ones() {
    let authority = Authority::new();
    let at = At::new(&authority, "open.registry.test", shop());
    let settings = settings(&authority, &[&at]);
    let word = ask(&at.image("shop/web:1.4.9"), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Failed, "404 Not Found: MANIFEST_UNKNOWN: manifest unknown");
    assert_eq!(word.nearest_tags[0], "1.4.3");
    assert!(word.all_tags_seen);
    assert_eq!((word.requests, at.asked().len()), (2, 2));
}

#[test]
fn a_wrong_repository_has_no_tags() {
    let authority = Authority::new();
    let at = At::new(&authority, "open.registry.test", shop());
    let settings = settings(&authority, &[&at]);
    let word = ask(&at.image("shop/wbe:1"), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Failed, "NAME_UNKNOWN: repository name not known");
    assert!(word.nearest_tags.is_empty() && !word.all_tags_seen);
}

#[test]
fn a_wrong_digest_is_said_not_to_be_there_and_no_tag_is_named() {
    let authority = Authority::new();
    let at = At::new(&authority, "open.registry.test", shop());
    let settings = settings(&authority, &[&at]);
    let absent = format!("shop/web:1.4.3@sha256:{}", "a".repeat(64));
    let word = ask(&at.image(&absent), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Failed, "MANIFEST_UNKNOWN");
    assert_eq!((word.nearest_tags.len(), word.requests), (0, 1));
    let present = format!("shop/web@{}", image().digest());
    let word = ask(&at.image(&present), None, Credentials::default(), &settings);
    expect(&word, Stage::Manifest, Passed, image().digest());
}

#[test]
fn a_password_is_asked_for_and_taken_and_the_right_one_found_in_the_kubelet_s_order() {
    let authority = Authority::new();
    let at = At::new(&authority, "private.registry.test", shop().with_login(basic()));
    let settings = settings(&authority, &[&at]);
    let host = at.host();
    let within = format!("{host}/shop");
    let secrets = [
        ("good", host.as_str(), USER, PASSWORD),
        ("old", within.as_str(), USER, "former-password"),
    ];
    let word = ask(&at.image("shop/web:1.4.3"), None, credentials(&secrets), &settings);
    expect(
        &word,
        Stage::Authentication,
        Passed,
        "the credentials of Secret shop/good are accepted",
    );
    assert_eq!((word.accepted, word.refused), (Some(secret("good")), vec![secret("old")]));
    assert_eq!((word.requests, at.asked().len()), (3, 3));
    assert_eq!(at.asked()[0].1, None, "nothing is shown before it is asked for");
}

#[test]
fn without_a_login_for_it_the_registry_s_refusal_is_told() {
    let authority = Authority::new();
    let at = At::new(&authority, "private.registry.test", shop().with_login(basic()));
    let settings = settings(&authority, &[&at]);
    let secrets = [("elsewhere", "other.registry.test", USER, PASSWORD)];
    let word = ask(&at.image("shop/web:1.4.3"), None, credentials(&secrets), &settings);
    expect(
        &word,
        Stage::Authentication,
        Failed,
        "UNAUTHORIZED: authentication required; no pull secret is for it",
    );
    assert!(word.accepted.is_none() && word.refused.is_empty());
    assert_eq!((word.requests, at.asked().len()), (1, 1));
}

#[test]
fn a_secret_that_the_kubelet_cannot_read_keeps_all_others_from_being_tried() {
    let authority = Authority::new();
    let at = At::new(&authority, "private.registry.test", shop().with_login(basic()));
    let settings = settings(&authority, &[&at]);
    let mut credentials = credentials(&[("good", &at.host(), USER, PASSWORD)]);
    credentials.add(
        secret("bad"),
        "kubernetes.io/dockerconfigjson",
        b"{\"auths\":".to_vec().into(),
    );
    let word = ask(&at.image("shop/web:1.4.3"), None, credentials, &settings);
    expect(&word, Stage::Authentication, Failed, "cannot read Secret shop/bad");
    assert!(at.asked().iter().all(|(_, shown)| shown.is_none()));
}

#[test]
fn tokens_are_had_as_docker_hub_and_github_give_them() {
    let authority = Authority::new();
    for style in [TokenStyle::Hub, TokenStyle::Ghcr] {
        let at = At::new(&authority, "token.registry.test", shop().with_login(token(style)));
        let settings = settings(&authority, &[&at]);
        let host = at.host();
        let good = || credentials(&[("good", &host, USER, PASSWORD)]);
        let word = ask(&at.image("team/private:1.0.0"), None, good(), &settings);
        assert_eq!(word.accepted, Some(secret("good")), "{word:#?}");
        assert_eq!((word.requests, at.asked().len()), (3, 3));

        let word = ask(&at.image("shop/web:1.4.3"), None, Credentials::default(), &settings);
        expect(&word, Stage::Authentication, Passed, "lets anybody in");
        expect(&word, Stage::Manifest, Passed, "sha256:");

        // Token, manifest and the list of tags: with one page, four requests.
        let before = at.asked().len();
        let word = ask(&at.image("team/private:1.0.1"), None, good(), &settings);
        assert_eq!(word.nearest_tags, ["1.0.0"]);
        assert_eq!((word.requests, at.asked().len() - before), (4, 4));
    }
}

#[test]
fn a_refused_token_is_told_in_the_words_of_the_service() {
    let authority = Authority::new();
    for (style, wrong, anybody) in [
        (
            TokenStyle::Hub,
            "401 Unauthorized: incorrect username or password",
            "UNAUTHORIZED: authentication required",
        ),
        (TokenStyle::Ghcr, "403 Forbidden: DENIED: denied", "403 Forbidden: DENIED: denied"),
    ] {
        let at = At::new(&authority, "token.registry.test", shop().with_login(token(style)));
        let settings = settings(&authority, &[&at]);
        let secrets = credentials(&[("bad", &at.host(), USER, "former-password")]);
        let word = ask(&at.image("team/private:1.0.0"), None, secrets, &settings);
        expect(&word, Stage::Authentication, Failed, wrong);
        assert_eq!((word.refused, word.requests), (vec![secret("bad")], 2));
        let word = ask(&at.image("team/private:1.0.0"), None, Credentials::default(), &settings);
        expect(&word, Stage::Authentication, Failed, anybody);
    }
}

#[test]
fn what_is_no_reference_and_what_is_the_node_itself_is_not_asked() {
    let settings = probe::Settings::default();
    let word = ask("UPPER/case:1", None, Credentials::default(), &settings);
    assert_eq!((word.checks.len(), word.requests), (1, 0));
    expect(&word, Stage::Dns, Unknown, "no reference");
    let at = At::with("localhost", shop(), None);
    let word = ask(&at.image("shop/web:1.4.3"), None, Credentials::default(), &settings);
    expect(&word, Stage::Dns, Unknown, "the node itself");
    assert!(at.asked().is_empty());
}

#[test]
fn on_the_node_itself_localhost_may_speak_plain_http() {
    let at = At::with("127.0.0.1", shop().with_login(basic()), None);
    let settings = probe::Settings { here_is_the_node: true, ..probe::Settings::default() };
    let secrets = credentials(&[("good", &at.host(), USER, PASSWORD)]);
    let word = ask(&at.image("shop/web:1.4.3"), None, secrets, &settings);
    expect(&word, Stage::Tls, Passed, "plain HTTP");
    assert_eq!(word.accepted, Some(secret("good")), "{word:#?}");
}

#[test]
fn of_many_logins_three_are_tried_and_then_nothing_is_concluded() {
    let authority = Authority::new();
    let at = At::new(&authority, "private.registry.test", shop().with_login(basic()));
    let host = at.host();
    let secrets = ["a", "b", "c", "d"].map(|name| (name, host.as_str(), USER, "former-password"));
    let settings = settings(&authority, &[&at]);
    let word = ask(&at.image("shop/web:1.4.3"), None, credentials(&secrets), &settings);
    expect(&word, Stage::Authentication, Unknown, "1 more were not tried");
    assert_eq!(word.refused, ["a", "b", "c"].map(secret));
    assert_eq!((word.requests, at.asked().len()), (4, 4));
}
