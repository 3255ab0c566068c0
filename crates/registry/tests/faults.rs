//! Each fault, as a client meets it.

mod support;

use std::time::Duration;

use http::StatusCode;
use registry::{Fault, Image, Registry, Rule, sha256};
use serde_json::{Value as Json, json};
use support::{Answer, Client, TAR, anywhere, image, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const WEB: &str = "/v2/shop/web/manifests/1.0.0";

fn with(fault: Fault) -> Registry {
    of(&image(), fault)
}

fn of(image: &Image, fault: Fault) -> Registry {
    Registry::new()
        .with_image("shop/web", "1.0.0", image)
        .with_image("shop/api", "1.0.0", image)
        .with_rule(Rule::on("shop/web").then(fault))
}

async fn met(fault: Fault) -> Answer {
    let (_listening, client) = listen(&with(fault));
    assert_eq!(client.get("/v2/shop/api/manifests/1.0.0").await.status, StatusCode::OK);
    client.get(WEB).await
}

fn layer(manifest: &Answer) -> String {
    let digest = manifest.json()["layers"][0]["digest"].as_str().expect("a layer").to_owned();
    format!("/v2/shop/web/blobs/{digest}")
}

#[tokio::test]
async fn a_limit_that_is_used_up() {
    let answer = met(Fault::TooManyRequests(60)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((answer.header("retry-after"), &*answer.code()), ("60", "TOOMANYREQUESTS"));
    assert!(answer.json()["errors"][0].get("detail").is_none());
}

#[tokio::test]
async fn errors_of_the_server() {
    let answer = met(Fault::ServerError).await;
    assert_eq!((answer.status.as_u16(), &*answer.code()), (500, "UNKNOWN"));
    let answer = met(Fault::Unavailable).await;
    assert_eq!((answer.status.as_u16(), &*answer.code()), (503, "UNAVAILABLE"));
}

#[tokio::test]
async fn a_repository_heals_after_so_many_requests_for_manifests() {
    let registry = Registry::new()
        .with_image("flaky/one", "1.0.0", &image())
        .with_image("flaky/two", "1.0.0", &image())
        .with_rule(Rule::on("flaky/*").then(Fault::UnavailableAtFirst(3)));
    let (_listening, client) = listen(&registry);
    let digest = image().digest().to_owned();
    for name in ["one", "two"] {
        let tag = format!("/v2/flaky/{name}/manifests/1.0.0");
        for method in ["HEAD", "GET", "HEAD"] {
            assert_eq!(client.ask(method, &tag, None).await.status.as_u16(), 503);
        }
        // A client that was given the digest goes on with that: it is no new manifest to fail on.
        assert_eq!(client.ask("HEAD", &tag, None).await.status, StatusCode::OK);
        let answer = client.get(&format!("/v2/flaky/{name}/manifests/{digest}")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_slow_answer_holds_up_nobody_else() {
    let (_listening, client) = listen(&with(Fault::Slow(Duration::from_secs(3600))));
    let slow = client.get(WEB);
    let other = client.get("/v2/shop/api/manifests/1.0.0");
    tokio::select! {
        biased;
        _ = slow => panic!("answered at once"),
        answer = other => assert_eq!(answer.status, StatusCode::OK),
    }
}

/// All that comes over the wire to a request, up to the end of the connection.
async fn raw(address: std::net::SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut all = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    // A connection that is reset ends as one that is closed.
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        all.extend_from_slice(&buffer[..read]);
    }
    all
}

#[tokio::test]
async fn a_cut_layer_promises_all_and_sends_half() {
    // Noise, which gzip cannot make smaller: more than the server keeps back for one write.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(3_000_000)
    .collect();
    for tar in [TAR, &noise] {
        let (listening, client) = listen(&of(&Image::of_layer("amd64", tar), Fault::CutBlobs));
        let manifest = client.get(WEB).await;
        let path = layer(&manifest);
        let size = manifest.json()["layers"][0]["size"].as_u64().expect("a size") as usize;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = raw(listening.address(), &request).await;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        assert!(
            head.starts_with("http/1.1 200")
                && head.contains(&format!("content-length: {size}\r\n"))
        );
        assert_eq!(answer.len() - end, size / 2);

        let config = manifest.json()["config"]["digest"].as_str().expect("a digest").to_owned();
        let whole = client.get(&format!("/v2/shop/web/blobs/{config}")).await;
        assert_eq!(sha256(&whole.body), config);
    }
}

#[tokio::test]
async fn other_bytes_are_of_the_right_length_and_the_wrong_digest() {
    let (_listening, client) = listen(&with(Fault::OtherBytes));
    let manifest = client.get(WEB).await;
    let answer = client.get(&layer(&manifest)).await;
    assert_eq!(json!(answer.body.len()), manifest.json()["layers"][0]["size"]);
    assert!(!layer(&manifest).ends_with(&sha256(&answer.body)));
}

#[tokio::test]
async fn a_redirect_leads_to_the_same_path_elsewhere() {
    let answer = met(Fault::Redirect("http://elsewhere.test".into())).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header("location"), format!("http://elsewhere.test{WEB}"));
}

#[tokio::test]
async fn manifests_that_mislead() {
    let unknown = met(Fault::UnknownMediaType).await;
    assert!(unknown.header("content-type").contains("unheard-of"));
    let lying = met(Fault::LyingDigest).await;
    assert_ne!(lying.header("docker-content-digest"), sha256(&lying.body));
    let garbage = met(Fault::Garbage(1000)).await;
    assert_eq!(garbage.body.len(), 1000);
    assert!(serde_json::from_slice::<Json>(&garbage.body).is_err());
}

#[tokio::test]
async fn endless_tags_always_lead_on() {
    let (_listening, client) = listen(&with(Fault::EndlessTags));
    let mut path = "/v2/shop/web/tags/list".to_owned();
    for _ in 0..3 {
        let answer = client.get(&path).await;
        assert_eq!(answer.json()["tags"], json!(["again"]));
        path = next(&answer);
    }
}

fn next(answer: &Answer) -> String {
    let link = answer.header("link").strip_suffix(">; rel=\"next\"").expect("a next page");
    link.trim_start_matches('<').to_owned()
}

#[tokio::test]
async fn the_first_rule_that_fits_holds() {
    let registry = Registry::new()
        .with_image("shop/web", "1.0.0", &image())
        .with_image("shopping/web", "1.0.0", &image())
        .with_rule(Rule::on("shop/web").then(Fault::ServerError))
        .with_rule(Rule::on("shop/*").then(Fault::Unavailable));
    let (_listening, client) = listen(&registry);
    assert_eq!(client.get(WEB).await.status.as_u16(), 500);
    assert_eq!(client.get("/v2/shop/other/manifests/1.0.0").await.status.as_u16(), 503);
    assert_eq!(client.get("/v2/shopping/web/manifests/1.0.0").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_rule_that_comes_too_late_is_not_lost_in_silence() {
    let registry = Registry::new();
    let listening = registry.listen(anywhere(), None).expect("a port");
    let late = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        registry.clone().with_rule(Rule::on("*").then(Fault::Unavailable))
    }));
    assert!(late.is_err());
    assert_eq!(Client::of(&listening).get("/v2/").await.status, StatusCode::OK);
}
