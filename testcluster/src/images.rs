//! The images of the test registries, made from `testcluster/images.toml` and busybox.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use oci_client::client::{Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::place;
use crate::run::{output, read_text};

/// Where Debian's package has it.
const BUSYBOX: &str = "/bin/busybox";

/// The images, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    /// Each image with each of its tags.
    pub all: Vec<Built>,
}

/// An image that was made.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub repository: String,
    pub tag: String,
    pub private: bool,
    pub config: Json,
    /// Its one layer, as a tar.
    pub layer: Vec<u8>,
}

#[derive(Deserialize)]
struct File {
    image: Vec<Recipe>,
}

#[derive(Deserialize)]
struct Recipe {
    repository: String,
    tags: Vec<String>,
    #[serde(default = "amd64")]
    architecture: String,
    #[serde(default)]
    entrypoint: Vec<String>,
    cmd: Option<Vec<String>>,
    user: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    private: bool,
}

fn amd64() -> String {
    "amd64".to_owned()
}

impl Images {
    /// Makes them.
    pub fn read() -> Result<Images, String> {
        let path = place::home().join("images.toml");
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let file: File = toml::from_str(&read_text(&path)?).map_err(|error| failed(&error))?;
        let programs = output(Command::new(BUSYBOX).arg("--list"))?;
        let mut all = Vec::new();
        for recipe in &file.image {
            for tag in &recipe.tags {
                let layer = layer(recipe, tag, &programs).map_err(|error| failed(&error))?;
                all.push(recipe.built(tag, layer));
            }
        }
        Ok(Images { all })
    }

    /// The image of this name.
    pub fn named(&self, repository: &str, tag: &str) -> &Built {
        let named = |one: &&Built| one.repository == repository && one.tag == tag;
        self.all.iter().find(named).unwrap_or(&self.all[0])
    }

    /// Pushes them to a registry that speaks plain HTTP and asks for nothing.
    pub fn push(&self, registry: &str, private: bool) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        // Fails when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = oci_client::Client::new(oci_client::client::ClientConfig {
            protocol: oci_client::client::ClientProtocol::Http,
            ..Default::default()
        });
        for image in self.all.iter().filter(|image| private || !image.private) {
            let name = format!("{registry}/{}:{}", image.repository, image.tag);
            let failed = |error: &dyn std::fmt::Display| format!("pushing {name}: {error}");
            let reference: oci_client::Reference = name.parse().map_err(|error| failed(&error))?;
            let layer = zipped(&image.layer).map_err(|error| failed(&error))?;
            let layers = [ImageLayer::oci_v1_gzip(layer, None)];
            let config = Config::oci_v1(image.config.to_string().into_bytes(), None);
            let push = client.push(&reference, &layers, config, &RegistryAuth::Anonymous, None);
            runtime.block_on(push).map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

impl Recipe {
    fn built(&self, tag: &str, layer: Vec<u8>) -> Built {
        let digest = registry::sha256(&layer);
        let sleep = || vec!["sleep".to_owned(), "infinity".to_owned()];
        let default = if self.entrypoint.is_empty() { sleep() } else { Vec::new() };
        let cmd = self.cmd.clone().unwrap_or(default);
        let config = json!({
            "architecture": self.architecture,
            "os": "linux",
            "config": {
                "User": self.user.clone().unwrap_or_default(),
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                "Entrypoint": (!self.entrypoint.is_empty()).then_some(&self.entrypoint),
                "Cmd": (!cmd.is_empty()).then_some(cmd),
            },
            "rootfs": { "type": "layers", "diff_ids": [digest] },
        });
        Built {
            repository: self.repository.clone(),
            tag: tag.to_owned(),
            private: self.private,
            config,
            layer,
        }
    }
}

/// A root file system: busybox, links to it, users, and the files of the recipe.
fn layer(recipe: &Recipe, tag: &str, programs: &str) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for folder in ["bin/", "etc/", "tmp/", "app/", "data/"] {
        add(&mut tar, folder, 0o755, b"", tar::EntryType::Directory)?;
    }
    let busybox = std::fs::read(Path::new(BUSYBOX))?;
    add(&mut tar, "bin/busybox", 0o755, &busybox, tar::EntryType::Regular)?;
    for program in programs.lines().filter(|name| *name != "busybox" && !name.is_empty()) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        tar.append_link(&mut header, format!("bin/{program}"), "busybox")?;
    }
    let users = "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n";
    let name = format!("{}:{tag}\n", recipe.repository);
    add(&mut tar, "etc/passwd", 0o644, users.as_bytes(), tar::EntryType::Regular)?;
    add(&mut tar, "etc/image", 0o644, name.as_bytes(), tar::EntryType::Regular)?;
    for (path, content) in &recipe.files {
        add(&mut tar, path, 0o755, content.as_bytes(), tar::EntryType::Regular)?;
    }
    tar.into_inner()
}

fn add(
    tar: &mut tar::Builder<Vec<u8>>,
    path: &str,
    mode: u32,
    content: &[u8],
    kind: tar::EntryType,
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    tar.append_data(&mut header, path, content)
}

fn zipped(layer: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(layer)?;
    encoder.finish()
}
