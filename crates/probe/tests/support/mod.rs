//! Registries on sockets of this machine, with names and certificates of their own.
#![allow(dead_code)]

pub mod raw;

use std::time::Duration;

use evidence::{CheckOutcome, Kind, ObjectRef, Platform, RegistryWord, Stage};
use probe::{Credentials, Settings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use registry::{Image, Listening, Registry, TlsIdentity};

pub const USER: &str = "puller";
pub const PASSWORD: &str = "pull-pass-7Qx";

/// An authority, and what it vouches for.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn identity(&self, name: &str) -> TlsIdentity {
        self.identity_until(name, 2999)
    }

    pub fn identity_until(&self, name: &str, year: i32) -> TlsIdentity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        TlsIdentity { certificate_chain: certificate.pem(), key: key.serialize_pem() }
    }
}

/// A registry that listens under a name.
pub struct At {
    pub name: String,
    pub registry: Registry,
    pub listening: Listening,
}

impl At {
    pub fn new(authority: &Authority, name: &str, registry: Registry) -> At {
        let identity = authority.identity(name);
        At::with(name, registry, Some(identity))
    }

    pub fn with(name: &str, registry: Registry, tls: Option<TlsIdentity>) -> At {
        let listening = registry.listen("127.0.0.1:0".parse().unwrap(), tls).unwrap();
        At { name: name.to_owned(), registry, listening }
    }

    pub fn host(&self) -> String {
        format!("{}:{}", self.name, self.listening.address().port())
    }

    pub fn image(&self, rest: &str) -> String {
        format!("{}/{rest}", self.host())
    }

    /// The paths that were asked for, with what was shown there.
    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        self.registry.audit().into_iter().map(|r| (r.path, r.authorization)).collect()
    }
}

pub fn settings(authority: &Authority, at: &[&At]) -> Settings {
    let home = vec!["127.0.0.1".parse().unwrap()];
    Settings {
        total: Duration::from_secs(20),
        request: Duration::from_secs(5),
        extra_roots: Some(authority.pem.clone()),
        system_roots: false,
        addresses: at.iter().map(|at| (at.name.clone(), home.clone())).collect(),
        ..Settings::default()
    }
}

pub fn secret(name: &str) -> ObjectRef {
    ObjectRef::new(Kind::Secret, Some("shop"), name)
}

/// Pull secrets: name, key of the entry, user name, password.
pub fn credentials(secrets: &[(&str, &str, &str, &str)]) -> Credentials {
    let mut credentials = Credentials::default();
    for (name, key, user, password) in secrets {
        let entry = serde_json::json!({ "username": user, "password": password });
        let json = serde_json::json!({ "auths": { *key: entry } }).to_string();
        credentials.add(secret(name), "kubernetes.io/dockerconfigjson", json.into_bytes().into());
    }
    credentials
}

pub fn linux(architecture: &str) -> Platform {
    Platform { os: "linux".to_owned(), architecture: architecture.to_owned() }
}

pub fn image() -> Image {
    Image::of_layer("amd64", b"a tar archive")
}

pub fn shop() -> Registry {
    ["1.4.0", "1.4.1", "1.4.2", "1.4.3", "2.0.0", "latest"]
        .iter()
        .fold(Registry::new(), |registry, tag| registry.with_image("shop/web", tag, &image()))
        .with_image("team/private", "1.0.0", &image())
}

pub fn ask(
    image: &str,
    platform: Option<&Platform>,
    credentials: Credentials,
    settings: &Settings,
) -> RegistryWord {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let word = runtime.block_on(probe::ask(image, platform, credentials, settings));
    runtime.shutdown_background();
    word
}

/// The outcome and words of a stage.
pub fn check(word: &RegistryWord, stage: Stage) -> (CheckOutcome, &str) {
    match word.checks.iter().find(|check| check.stage == stage) {
        Some(check) => (check.outcome, check.words.as_str()),
        None => panic!("{stage:?} was not checked: {word:#?}"),
    }
}

#[track_caller]
pub fn expect(word: &RegistryWord, stage: Stage, outcome: CheckOutcome, words: &str) {
    let (got, said) = check(word, stage);
    assert!(
        got == outcome && said.contains(words),
        "{stage:?} should be {outcome:?} “{words}”: {word:#?}"
    );
    assert!(word.checks.last().is_some_and(|last| last.stage >= stage));
}
