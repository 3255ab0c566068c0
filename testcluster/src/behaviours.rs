//! The registries that are not Docker's: with tokens, and misbehaving.

use std::time::Duration;

use registry::{Fault, Image, Login, Registry, Rule, TokenStyle};
use serde_json::json;

use crate::images::Images;
use crate::registries::PULLER;

/// All images, with tokens as Docker Hub gives them.
pub(crate) fn hub(images: Images) -> Registry {
    with_tokens(&images, TokenStyle::Hub)
}

/// All images, with tokens as the GitHub registry gives them.
pub(crate) fn ghcr(images: Images) -> Registry {
    with_tokens(&images, TokenStyle::Ghcr)
}

fn with_tokens(images: &Images, style: TokenStyle) -> Registry {
    let mut registry = Registry::new();
    for one in &images.all {
        registry =
            registry.with_image(&one.repository, &one.tag, &Image::of(&one.config, &one.layer));
    }
    registry.with_login(Login::Token {
        style,
        user: PULLER.0.to_owned(),
        password: PULLER.1.to_owned(),
        private: vec!["team/".to_owned()],
        realm: None,
    })
}

/// One image under many names, each of which fails in its own way.
pub(crate) fn broken(images: Images) -> Registry {
    let good = images.named("shop/worker", "1.0.0");
    // The other registries hold the same layer: under a digest of its own it is downloaded anew.
    let image = |name: &str| {
        let mut config = good.config.clone();
        let mut layer = good.layer.clone();
        layer.extend_from_slice(name.as_bytes());
        config["rootfs"]["diff_ids"] = json!([registry::sha256(&layer)]);
        Image::of(&config, &layer)
    };
    let elsewhere = {
        let mut config = good.config.clone();
        config["architecture"] = json!("s390x");
        Image::index(&[Image::of(&config, &good.layer)])
    };
    let faults = [
        ("too-many-requests/web", Fault::TooManyRequests(60)),
        ("server-error/web", Fault::ServerError),
        ("unavailable/web", Fault::Unavailable),
        // Below containerd's limit for the head of an answer, and long in the sum of its requests.
        ("slow/web", Fault::Slow(Duration::from_secs(20))),
        ("cut/web", Fault::CutBlobs),
        ("wrong-digest/web", Fault::OtherBytes),
        ("no-manifest-type/web", Fault::UnknownMediaType),
    ];
    let mut registry = Registry::new().with_image("other-platform/web", "1.0.0", &elsewhere);
    for (repository, fault) in faults {
        registry = registry
            .with_image(repository, "1.0.0", &image(repository))
            .with_rule(Rule::on(repository).then(fault));
    }
    for name in ["flaky/healed", "flaky/other"] {
        registry = registry.with_image(name, "1.0.0", &image(name));
    }
    registry.with_rule(Rule::on("flaky/*").then(Fault::UnavailableAtFirst(3)))
}
