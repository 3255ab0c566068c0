//! Images: manifests, configurations and layers, by digest.

use std::collections::BTreeMap;
use std::io::Write;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The digest of some bytes, as registries write it: `sha256:…`.
pub fn sha256(bytes: &[u8]) -> String {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digest}")
}

/// An image, or an index of images for several platforms.
#[derive(Clone, Debug)]
pub struct Image {
    /// The manifest that a tag leads to.
    top: Manifest,
    /// The manifests that an index leads to.
    below: Vec<Manifest>,
    blobs: Vec<Bytes>,
    platform: Json,
}

#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub media_type: &'static str,
    pub bytes: Bytes,
    pub digest: String,
}

impl Manifest {
    fn new(media_type: &'static str, json: &Json) -> Manifest {
        let bytes = Bytes::from(json.to_string());
        Manifest { media_type, digest: sha256(&bytes), bytes }
    }
}

impl Image {
    /// An image of one layer, given as a tar archive, for an architecture of Linux. It has neither
    /// entrypoint nor command.
    pub fn of_layer(architecture: &str, tar: &[u8]) -> Image {
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": [sha256(tar)] },
        });
        Image::of(&config, tar)
    }

    /// An image of one layer with this configuration, in the form of the OCI image specification.
    pub fn of(config: &Json, tar: &[u8]) -> Image {
        Image::of_layers(config, &[tar])
    }

    /// An image of these layers, each given as a tar archive, with this configuration: taken as it
    /// is, so that its `diff_ids` may be made to lie.
    pub fn of_layers(config: &Json, tars: &[&[u8]]) -> Image {
        let mut blobs = vec![Bytes::from(config.to_string())];
        blobs.extend(tars.iter().map(|tar| zipped(tar)));
        let layers: Vec<Json> = blobs[1..].iter().map(|layer| descriptor(LAYER, layer)).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &blobs[0]),
            "layers": layers,
        });
        let mut platform = json!({ "os": "linux", "architecture": "" });
        for field in ["os", "architecture", "variant"] {
            if let Some(value) = config.get(field) {
                platform[field] = value.clone();
            }
        }
        Image { top: Manifest::new(MANIFEST, &manifest), below: Vec::new(), blobs, platform }
    }

    /// An index of images, each for its platform.
    pub fn index(images: &[Image]) -> Image {
        let entry = |image: &Image| {
            json!({
                "mediaType": MANIFEST, "digest": image.top.digest, "size": image.top.bytes.len(),
                "platform": image.platform,
            })
        };
        let entries: Vec<Json> = images.iter().map(entry).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        Image {
            top: Manifest::new(INDEX, &index),
            below: images.iter().map(|image| image.top.clone()).collect(),
            blobs: images.iter().flat_map(|image| image.blobs.clone()).collect(),
            platform: Json::Null,
        }
    }

    /// The digest that a tag of it leads to.
    pub fn digest(&self) -> &str {
        &self.top.digest
    }
}

fn descriptor(media_type: &str, blob: &Bytes) -> Json {
    json!({ "mediaType": media_type, "digest": sha256(blob), "size": blob.len() })
}

fn zipped(tar: &[u8]) -> Bytes {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing into memory does not fail.
    Bytes::from(zip.write_all(tar).and_then(|()| zip.finish()).unwrap_or_default())
}

/// Everything that a registry holds.
#[derive(Debug, Default)]
pub(crate) struct Content {
    repositories: BTreeMap<String, Repository>,
}

#[derive(Debug, Default)]
pub(crate) struct Repository {
    pub tags: BTreeMap<String, String>,
    pub manifests: BTreeMap<String, Manifest>,
    pub blobs: BTreeMap<String, Bytes>,
}

impl Content {
    pub fn add(&mut self, repository: &str, tag: &str, image: &Image) {
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        repository.tags.insert(tag.to_owned(), image.top.digest.clone());
        for manifest in std::iter::once(&image.top).chain(&image.below) {
            repository.manifests.insert(manifest.digest.clone(), manifest.clone());
        }
        for blob in &image.blobs {
            repository.blobs.insert(sha256(blob), blob.clone());
        }
    }

    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.get(name)
    }
}

impl Repository {
    /// The manifest of a tag or a digest.
    pub fn manifest(&self, reference: &str) -> Option<&Manifest> {
        self.manifests.get(self.tags.get(reference).map_or(reference, String::as_str))
    }
}
