//! Each way to log in, and what is said to those who may not pull.

mod support;

use http::StatusCode;
use registry::{Login, Registry, TokenStyle};
use serde_json::json;
use support::{Client, basic, bearer, image, listen, records};

const WEB: &str = "/v2/shop/web/manifests/1.0.0";
const PRIVATE: &str = "/v2/team/private/manifests/1.0.0";
const PASSWORD: &str = "pull-pass";

fn with(login: Login) -> Registry {
    Registry::new()
        .with_image("shop/web", "1.0.0", &image())
        .with_image("team/private", "1.0.0", &image())
        .with_login(login)
}

fn tokens(style: TokenStyle, realm: Option<String>) -> Login {
    let private = vec!["team/".to_owned()];
    Login::Token { style, user: "puller".into(), password: PASSWORD.into(), private, realm }
}

#[tokio::test]
async fn an_open_registry_asks_nobody() {
    let (_listening, client) = listen(&with(Login::Open));
    assert_eq!(client.get("/v2/").await.status, StatusCode::OK);
    assert_eq!(client.get(PRIVATE).await.status, StatusCode::OK);
    let token = client.token("shop/web", None).await;
    assert_eq!((token.status, token.code().as_str()), (StatusCode::NOT_FOUND, "UNSUPPORTED"));
}

#[tokio::test]
async fn basic_admits_the_right_password_only() {
    let login = Login::Basic { user: "puller".into(), password: PASSWORD.into() };
    let (_listening, client) = listen(&with(login));
    let right = basic("puller", PASSWORD);
    for path in ["/v2/", WEB] {
        assert_eq!(client.ask("GET", path, Some(&right)).await.status, StatusCode::OK);
        let wrong = [None, Some(basic("puller", "other")), Some(basic("other", PASSWORD))];
        for given in wrong.into_iter().chain([Some("Basic ?".into()), Some("Bearer x".into())]) {
            let answer = client.ask("GET", path, given.as_deref()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert!(answer.header("www-authenticate").starts_with("Basic realm="));
            assert_eq!(answer.code(), "UNAUTHORIZED");
        }
    }
    assert_eq!(client.get(WEB).await.json()["errors"][0]["detail"], records("shop/web"));
    assert_eq!(
        client.get("/v2/").await.json(),
        json!({ "errors": [{
            "code": "UNAUTHORIZED", "message": "authentication required", "detail": null,
        }] })
    );
}

#[tokio::test]
async fn the_hub_refuses_the_token_of_anybody_at_the_registry() {
    let (listening, client) = listen(&with(tokens(TokenStyle::Hub, None)));
    let anybody = client.token("team/private", None).await;
    assert_eq!(anybody.status, StatusCode::OK);
    let anybody = bearer(&anybody);
    assert_eq!(client.ask("GET", WEB, Some(&anybody)).await.status, StatusCode::OK);

    let refused = client.ask("GET", PRIVATE, Some(&anybody)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let host = listening.address();
    assert_eq!(
        refused.header("www-authenticate"),
        format!(
            "Bearer realm=\"http://{host}/token\",service=\"{host}\",\
             scope=\"repository:team/private:pull\",error=\"insufficient_scope\""
        )
    );
    assert_eq!(refused.code(), "UNAUTHORIZED");
    assert_eq!(refused.json()["errors"][0]["detail"], records("team/private"));
}

#[tokio::test]
async fn the_hub_refuses_a_wrong_password_at_the_token_service() {
    let (_listening, client) = listen(&with(tokens(TokenStyle::Hub, None)));
    for repository in ["shop/web", "team/private"] {
        let refused = client.token(repository, Some(&basic("puller", "other"))).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.json(), json!({ "details": "incorrect username or password" }));
    }
    right_password(&client).await;
}

#[tokio::test]
async fn the_github_registry_refuses_at_the_token_service() {
    let (_listening, client) = listen(&with(tokens(TokenStyle::Ghcr, None)));
    let denied = json!({ "errors": [{ "code": "DENIED", "message": "denied" }] });
    let wrong = basic("puller", "other");
    for (repository, given) in
        [("team/private", None), ("team/private", Some(&*wrong)), ("shop/web", Some(&*wrong))]
    {
        let refused = client.token(repository, given).await;
        assert_eq!((refused.status, refused.json()), (StatusCode::FORBIDDEN, denied.clone()));
    }
    let anybody = bearer(&client.token("shop/web", None).await);
    assert_eq!(client.ask("GET", WEB, Some(&anybody)).await.status, StatusCode::OK);
    let unasked = client.get(PRIVATE).await;
    assert_eq!(
        unasked.json(),
        json!({ "errors": [{ "code": "UNAUTHORIZED", "message": "authentication required" }] })
    );
    right_password(&client).await;
}

async fn right_password(client: &Client) {
    let token = bearer(&client.token("team/private", Some(&basic("puller", PASSWORD))).await);
    for path in [PRIVATE, WEB, "/v2/"] {
        assert_eq!(client.ask("GET", path, Some(&token)).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_challenge_names_no_error_before_a_token_and_another_for_a_false_one() {
    let (_listening, client) = listen(&with(tokens(TokenStyle::Hub, None)));
    let none = client.get(WEB).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    assert!(none.header("www-authenticate").ends_with("scope=\"repository:shop/web:pull\""));
    let door = client.get("/v2/").await;
    assert!(!door.header("www-authenticate").contains("scope="));
    let forged = client.ask("GET", WEB, Some("Bearer forged")).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    assert!(forged.header("www-authenticate").ends_with("error=\"invalid_token\""));
}

#[tokio::test]
async fn the_token_service_may_be_elsewhere() {
    let elsewhere = "https://auth.registry.test/token".to_owned();
    let (_listening, client) = listen(&with(tokens(TokenStyle::Hub, Some(elsewhere))));
    let challenge = client.get(WEB).await;
    let wanted = "Bearer realm=\"https://auth.registry.test/token\",service=";
    assert!(challenge.header("www-authenticate").starts_with(wanted));
}

#[test]
fn a_password_is_not_printed() {
    for login in [
        Login::Basic { user: "puller".into(), password: PASSWORD.into() },
        tokens(TokenStyle::Hub, None),
    ] {
        let registry = with(login.clone());
        assert!(!format!("{login:?} {registry:?}").contains(PASSWORD));
        assert!(format!("{login:?}").contains("puller"));
    }
}
