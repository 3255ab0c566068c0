//! What a manifest says: the platforms that an image is built for.
//!
//! Only the fields that matter are read, as containerd does, which takes manifests that the
//! specification would not.

use evidence::Platform;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The media types of manifests, as containerd asks for them.
pub(crate) const ACCEPTED: &str = "application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*";

const KNOWN: [&str; 4] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
];

/// The longest list of platforms that is kept.
const MAX_PLATFORMS: usize = 64;

/// What a manifest turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Manifest {
    /// An index: each platform's own manifest.
    Index(Vec<Platform>),
    /// One image, whose configuration of this digest names the platform.
    Single(String),
    /// A manifest of a media type that is no image's.
    Foreign(String),
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Entry {
    platform: Option<RawPlatform>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

#[derive(Deserialize)]
struct RawPlatform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

impl RawPlatform {
    /// `None` for what is no platform: attestations have `unknown/unknown`.
    fn read(self) -> Option<Platform> {
        let plain = |word: &str| {
            (1..=32).contains(&word.len())
                && word != "unknown"
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let is_one = plain(&self.os) && plain(&self.architecture);
        is_one.then_some(Platform { os: self.os, architecture: self.architecture })
    }
}

impl Manifest {
    /// Reads a manifest; `None` for what is none.
    pub(crate) fn read(content_type: Option<&str>, body: &[u8]) -> Option<Manifest> {
        let document: Document = serde_json::from_slice(body).ok()?;
        let kind = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        let is_named = |kind: &str| kind.starts_with("application/vnd.");
        let kind = kind.filter(|kind| is_named(kind)).map(str::to_owned).or(document.media_type);
        if document.schema_version != 2 {
            return Some(Manifest::Foreign(format!("schema version {}", document.schema_version)));
        }
        match kind {
            Some(kind) if !KNOWN.contains(&kind.as_str()) => return Some(Manifest::Foreign(kind)),
            _ => {}
        }
        if let Some(entries) = document.manifests {
            let mut platforms: Vec<Platform> = Vec::new();
            for platform in entries.into_iter().filter_map(|entry| entry.platform?.read()) {
                if !platforms.contains(&platform) && platforms.len() < MAX_PLATFORMS {
                    platforms.push(platform);
                }
            }
            return Some(Manifest::Index(platforms));
        }
        document
            .config
            .filter(|config| is_sha256(&config.digest))
            .map(|c| Manifest::Single(c.digest))
    }
}

/// The platform that an image's configuration names.
pub(crate) fn platform_of_config(body: &[u8]) -> Option<Platform> {
    serde_json::from_slice::<RawPlatform>(body).ok()?.read()
}

/// Whether containerd takes an image of one platform for a node of another: a processor of 64 bits
/// runs what is for 32 (`platformVector`, github.com/containerd/platforms compare.go).
pub(crate) fn runs(node: &Platform, image: &Platform) -> bool {
    let (node_cpu, image_cpu) = (normal(&node.architecture), normal(&image.architecture));
    node.os.eq_ignore_ascii_case(&image.os)
        && (node_cpu == image_cpu
            || matches!((node_cpu, image_cpu), ("amd64", "386") | ("arm64", "arm")))
}

/// Other names of architectures (`normalizeArch`, database.go of the same package).
fn normal(architecture: &str) -> &str {
    match architecture {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" => "386",
        "armhf" | "armel" => "arm",
        other => other,
    }
}

/// The digest of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

pub(crate) fn is_sha256(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(os: &str, architecture: &str) -> Platform {
        Platform { os: os.to_owned(), architecture: architecture.to_owned() }
    }

    #[test]
    fn an_index_gives_its_platforms_once_and_no_attestations() {
        let body = br#"{"schemaVersion":2,"manifests":[
            {"platform":{"os":"linux","architecture":"arm","variant":"v6"}},
            {"platform":{"os":"linux","architecture":"arm","variant":"v7"}},
            {"platform":{"os":"unknown","architecture":"unknown"}},{}]}"#;
        let kind = Some("application/vnd.oci.image.index.v1+json; charset=utf-8");
        assert_eq!(
            Manifest::read(kind, body),
            Some(Manifest::Index(vec![platform("linux", "arm")]))
        );
    }

    #[test]
    fn what_is_no_manifest_is_not_taken_for_one() {
        for body in [
            "",
            "{",
            "{}",
            "[]",
            "<html>",
            r#"{"schemaVersion":2}"#,
            r#"{"schemaVersion":2,"config":{"digest":"../x"}}"#,
        ] {
            assert_eq!(Manifest::read(Some("application/json"), body.as_bytes()), None, "{body}");
        }
        let foreign = Manifest::read(Some("application/vnd.x+json"), br#"{"schemaVersion":2}"#);
        assert_eq!(foreign, Some(Manifest::Foreign("application/vnd.x+json".to_owned())));
    }

    #[test]
    fn a_node_runs_its_own_platform_and_that_of_fewer_bits() {
        let amd64 = platform("linux", "amd64");
        assert!(runs(&amd64, &platform("linux", "amd64")));
        assert!(runs(&amd64, &platform("linux", "x86_64")));
        assert!(runs(&amd64, &platform("linux", "386")));
        assert!(runs(&platform("linux", "arm64"), &platform("linux", "arm")));
        assert!(!runs(&amd64, &platform("linux", "arm64")));
        assert!(!runs(&platform("linux", "386"), &amd64));
        assert!(!runs(&amd64, &platform("windows", "amd64")));
    }
}
