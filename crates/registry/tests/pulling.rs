//! What a registry serves when nothing is wrong, and what it refuses.

mod support;

use http::StatusCode;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::IMAGE_LAYER_GZIP_MEDIA_TYPE;
use oci_client::secrets::RegistryAuth;
use registry::{Image, Login, Received, Registry, TlsIdentity, TokenStyle, sha256};
use serde_json::{Value as Json, json};
use std::io::Read;
use support::{Client, TAR, anywhere, image, listen};

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    plain
}

fn error(code: &str, message: &str, detail: Json) -> Json {
    json!({ "errors": [{ "code": code, "message": message, "detail": detail }] })
}

/// Fetches what a descriptor speaks of, and holds it against the descriptor.
async fn fetch(client: &Client, kind: &str, descriptor: &Json) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().expect("a digest");
    let answer = client.get(&format!("/v2/shop/web/{kind}/{digest}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        (sha256(&answer.body), json!(answer.body.len())),
        (digest.into(), descriptor["size"].clone())
    );
    if kind == "manifests" {
        assert_eq!(descriptor["mediaType"], answer.header("content-type"));
    }
    answer.body
}

#[test]
fn a_digest_is_that_of_the_standard() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(sha256(b""), empty);
}

#[tokio::test]
async fn every_digest_from_the_tag_down_is_right() {
    let config = json!({
        "architecture": "arm64", "os": "linux", "config": { "User": "1000", "Cmd": ["serve"] },
        "rootfs": { "type": "layers", "diff_ids": [sha256(b"one"), sha256(TAR)] },
    });
    let arm = Image::of_layers(&config, &[b"one", TAR]);
    let index = Image::index(&[image(), arm]);
    let (_listening, client) = listen(&Registry::new().with_image("shop/web", "1.0.0", &index));

    let top = client.get("/v2/shop/web/manifests/1.0.0").await;
    assert_eq!(top.header("content-type"), "application/vnd.oci.image.index.v1+json");
    assert_eq!(top.header("docker-content-digest"), sha256(&top.body));
    assert_eq!(index.digest(), sha256(&top.body));
    let entries = top.json()["manifests"].as_array().cloned().expect("manifests");
    let platforms: Vec<&Json> =
        entries.iter().map(|entry| &entry["platform"]["architecture"]).collect();
    assert_eq!(platforms, ["amd64", "arm64"]);

    for (entry, tars) in entries.iter().zip([&[TAR][..], &[b"one", TAR]]) {
        let manifest: Json =
            serde_json::from_slice(&fetch(&client, "manifests", entry).await).expect("JSON");
        let config: Json =
            serde_json::from_slice(&fetch(&client, "blobs", &manifest["config"]).await)
                .expect("JSON");
        assert_eq!(config["architecture"], entry["platform"]["architecture"]);
        let layers = manifest["layers"].as_array().expect("layers");
        assert_eq!(layers.len(), tars.len());
        for (at, layer) in layers.iter().enumerate() {
            let plain = unzipped(&fetch(&client, "blobs", layer).await);
            assert_eq!(plain, tars[at]);
            assert_eq!(config["rootfs"]["diff_ids"][at], sha256(&plain));
        }
    }
}

#[tokio::test]
async fn an_index_names_the_whole_platform() {
    let config = json!({ "architecture": "arm", "os": "windows", "variant": "v7" });
    let index = Image::index(&[Image::of(&config, TAR)]);
    let (_listening, client) = listen(&Registry::new().with_image("shop/web", "1", &index));
    let answer = client.get("/v2/shop/web/manifests/1").await;
    assert_eq!(answer.json()["manifests"][0]["platform"], config);
}

#[tokio::test]
async fn a_head_is_a_get_without_a_body() {
    let (_listening, client) = listen(&Registry::new().with_image("shop/web", "1.0.0", &image()));
    let manifest = client.get("/v2/shop/web/manifests/1.0.0").await;
    let layer = manifest.json()["layers"][0]["digest"].as_str().expect("a layer").to_owned();
    for path in ["manifests/1.0.0".to_owned(), format!("blobs/{layer}"), "manifests/9".to_owned()] {
        let path = format!("/v2/shop/web/{path}");
        let (get, head) = (client.get(&path).await, client.ask("HEAD", &path, None).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0));
        for name in ["content-type", "content-length", "docker-content-digest"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_as_dockers_registry_says_it() {
    let (_listening, client) = listen(&Registry::new().with_image("shop/web", "1.0.0", &image()));
    let zeros = format!("sha256:{}", "0".repeat(64));
    let unknown = [
        (
            "shop/web/manifests/9".to_owned(),
            error("MANIFEST_UNKNOWN", "manifest unknown", json!({ "Tag": "9" })),
        ),
        (
            "shop/none/manifests/9".to_owned(),
            error("MANIFEST_UNKNOWN", "manifest unknown", json!({ "Tag": "9" })),
        ),
        (
            format!("shop/web/blobs/{zeros}"),
            error("BLOB_UNKNOWN", "blob unknown to registry", json!(zeros)),
        ),
        (
            "shop/none/tags/list".to_owned(),
            error(
                "NAME_UNKNOWN",
                "repository name not known to registry",
                json!({ "name": "shop/none" }),
            ),
        ),
    ];
    for (path, body) in unknown {
        let answer = client.get(&format!("/v2/{path}")).await;
        assert_eq!((answer.status, answer.json()), (StatusCode::NOT_FOUND, body), "{path}");
    }
    let gone = client.get(&format!("/v2/shop/web/manifests/{zeros}")).await;
    assert_eq!((gone.status, &*gone.code()), (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN"));
}

#[tokio::test]
async fn tags_come_in_pages_in_order() {
    let mut registry = Registry::new();
    for tag in ["latest", "1.4.1", "2.0.0", "1.4.0", "1.4.2"] {
        registry = registry.with_image("shop/web", tag, &image());
    }
    let (_listening, client) = listen(&registry);
    let all = ["1.4.0", "1.4.1", "1.4.2", "2.0.0", "latest"];
    let answer = client.get("/v2/shop/web/tags/list").await;
    assert_eq!(answer.json(), json!({ "name": "shop/web", "tags": all }));
    assert_eq!(answer.header("link"), "");

    let mut path = "/v2/shop/web/tags/list?n=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let answer = client.get(&path).await;
        pages.push(answer.json()["tags"].clone());
        let link = answer.header("link");
        if link.is_empty() {
            break;
        }
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = next.expect("a link to the next page").to_owned();
    }
    assert_eq!(json!(pages), json!([["1.4.0", "1.4.1"], ["1.4.2", "2.0.0"], ["latest"]]));
    let full = client.get("/v2/shop/web/tags/list?n=5").await;
    assert_eq!((full.json()["tags"].clone(), full.header("link")), (json!(all), ""));
    // A tag that is not there marks a place all the same.
    let after = client.get("/v2/shop/web/tags/list?last=1.5").await;
    assert_eq!(after.json()["tags"], json!(["2.0.0", "latest"]));
}

#[tokio::test]
async fn what_is_no_pull_is_refused() {
    let (listening, client) = listen(&Registry::new().with_image("shop/web", "1.0.0", &image()));
    let path = "/v2/shop/web/manifests/1.0.0";
    for method in ["PUT", "POST", "PATCH", "DELETE"] {
        let answer = client.ask(method, path, None).await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (405, "UNSUPPORTED"));
    }
    let with_body = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}{path}", listening.url());
    let answer = with_body.get(url).body("unwanted").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);

    for path in [
        "/",
        "/v1/",
        "/v2/manifests/1",
        "/v2//manifests/1",
        "/v2/shop//web/manifests/1.0.0",
        "/v2/Shop/web/manifests/1.0.0",
        "/v2/shop/web",
        "/v2/shop/web/manifests/",
        "/v2/_catalog",
        "/v2/-/tags/list",
        "/v2/shop%2Fweb/manifests/1.0.0",
    ] {
        assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn every_request_is_noted_in_order() {
    let registry = Registry::new().with_image("shop/web", "1.0.0", &image());
    let (listening, client) = listen(&registry);
    client.ask("GET", "/v2/", Some("Bearer any")).await;
    client.ask("HEAD", "/v2/shop/web/tags/list?n=1", None).await;
    client.ask("PUT", "/v2/shop/web/manifests/x", None).await;
    let host = listening.address().to_string();
    let noted = |method: &str, path: &str, authorization: Option<&str>| Received {
        method: method.into(),
        host: host.clone(),
        path: path.into(),
        authorization: authorization.map(str::to_owned),
    };
    assert_eq!(
        registry.audit(),
        [
            noted("GET", "/v2/", Some("Bearer any")),
            noted("HEAD", "/v2/shop/web/tags/list?n=1", None),
            noted("PUT", "/v2/shop/web/manifests/x", None),
        ]
    );
}

/// The client that the product uses pulls, with a login of tokens and over TLS.
#[tokio::test]
async fn a_real_client_pulls_over_tls_with_a_token() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = signed.cert.pem();
    let identity = TlsIdentity {
        certificate_chain: certificate.clone(),
        key: signed.signing_key.serialize_pem(),
    };
    let registry =
        Registry::new().with_image("team/web", "1.0.0", &image()).with_login(Login::Token {
            style: TokenStyle::Hub,
            user: "puller".into(),
            password: "pull-pass".into(),
            private: vec!["team/".into()],
            realm: None,
        });
    let listening = registry.listen(anywhere(), Some(identity)).expect("a port");
    assert!(listening.url().starts_with("https://127.0.0.1:"));
    let client = oci_client::Client::new(ClientConfig {
        protocol: ClientProtocol::Https,
        extra_root_certificates: vec![oci_client::client::Certificate {
            encoding: oci_client::client::CertificateEncoding::Pem,
            data: certificate.into_bytes(),
        }],
        ..ClientConfig::default()
    });
    let reference: oci_client::Reference =
        format!("localhost:{}/team/web:1.0.0", listening.address().port())
            .parse()
            .expect("a reference");
    let login = RegistryAuth::Basic("puller".into(), "pull-pass".into());
    let pulled =
        client.pull(&reference, &login, vec![IMAGE_LAYER_GZIP_MEDIA_TYPE]).await.expect("an image");
    assert_eq!(pulled.digest.as_deref(), Some(image().digest()));
    assert_eq!(unzipped(&pulled.layers[0].data), TAR);
}

#[test]
fn a_registry_that_cannot_listen_says_where() {
    let taken = Registry::new().listen(anywhere(), None).expect("a port");
    let error = Registry::new().listen(taken.address(), None).expect_err("the port is taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&taken.address().to_string()), "{error}");
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
    for (certificate_chain, key, at_fault) in [
        ("none".to_owned(), signed.signing_key.serialize_pem(), "given certificate:"),
        (signed.cert.pem(), "none".to_owned(), "given private key:"),
        (
            signed.cert.pem(),
            other.signing_key.serialize_pem(),
            "given certificate and private key:",
        ),
    ] {
        let identity = TlsIdentity { certificate_chain, key };
        let error = Registry::new().listen(anywhere(), Some(identity)).expect_err("no identity");
        assert!(error.to_string().contains(at_fault), "{error}");
    }
}

#[test]
fn a_port_is_free_when_the_registry_is_dropped() {
    let address = Registry::new().listen(anywhere(), None).expect("a port").address();
    assert!(std::net::TcpStream::connect(address).is_err());
}
