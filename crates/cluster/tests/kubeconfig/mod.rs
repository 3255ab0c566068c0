//! Kubeconfig files for tests.

#![allow(dead_code)] // Each test file uses a part of it.

use std::path::{Path, PathBuf};

use apiserver::{ApiServer, Listening};
use cluster::{Access, Cluster, ConnectError, Environment};

use crate::shop::server;

pub const TOKEN: &str = "t0ken-0f-jane";

/// A kubeconfig with contexts prod-eu and prod-us at the same server.
pub fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod-eu\n\
         clusters:\n- name: eu\n  cluster: {{server: '{server}'}}\n\
         - name: us\n  cluster: {{server: '{server}'}}\n\
         contexts:\n- name: prod-eu\n  context: {{cluster: eu, user: jane, namespace: shop}}\n\
         - name: prod-us\n  context: {{cluster: us, user: jane}}\n\
         users:\n- name: jane\n  user: {user}\n"
    )
}

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    #[cfg(unix)]
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(name, format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a mode");
        path
    }
}

pub fn of(file: &Path) -> Access {
    Access { kubeconfig: Some(file.to_owned()), ..Access::default() }
}

pub async fn connect(access: &Access) -> Result<Cluster, ConnectError> {
    Cluster::connect_from(access, &Environment::default()).await
}

pub async fn fails(access: &Access, environment: &Environment) -> ConnectError {
    match Cluster::connect_from(access, environment).await {
        Ok(cluster) => panic!("connected: {cluster:?}"),
        Err(error) => error,
    }
}

pub fn listening() -> (ApiServer, Listening) {
    let server = server();
    let listening = server.listen().expect("a port");
    (server, listening)
}
