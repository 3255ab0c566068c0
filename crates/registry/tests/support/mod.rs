//! A client that says exactly what it is told to, and images to pull.
#![allow(dead_code)] // Each test file uses a part of it.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use registry::{Image, Listening, Registry};
use serde_json::{Value as Json, json};

pub const TAR: &[u8] = b"a tar archive, as far as a registry cares";

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The code of the only error.
    pub fn code(&self) -> String {
        let json = self.json();
        assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{json}");
        json["errors"][0]["code"].as_str().expect("a code").to_owned()
    }
}

/// A client of one registry.
pub struct Client {
    url: String,
    client: reqwest::Client,
}

impl Client {
    pub fn of(listening: &Listening) -> Client {
        // A second call finds the provider of the first, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Client { url: listening.url(), client }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    pub async fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.expect("a body").to_vec() }
    }

    /// The token that the token service gives for pulling a repository.
    pub async fn token(&self, repository: &str, authorization: Option<&str>) -> Answer {
        let path = format!("/token?service=test&scope=repository%3A{repository}%3Apull")
            .replace(repository, &repository.replace('/', "%2F"));
        self.ask("GET", &path, authorization).await
    }
}

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

pub fn bearer(answer: &Answer) -> String {
    format!("Bearer {}", answer.json()["token"].as_str().expect("a token"))
}

pub fn image() -> Image {
    Image::of_layer("amd64", TAR)
}

pub fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub fn listen(registry: &Registry) -> (Listening, Client) {
    let listening = registry.listen(anywhere(), None).expect("a port");
    let client = Client::of(&listening);
    (listening, client)
}

/// What a registry says that wants a login to pull a repository, in Docker's form.
pub fn records(repository: &str) -> Json {
    json!([{ "Type": "repository", "Class": "", "Name": repository, "Action": "pull" }])
}
