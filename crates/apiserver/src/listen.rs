//! The server on a socket.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use hyper_util::service::TowerToHyperService;
use listener::TlsIdentity;

use crate::ApiServer;

/// A server that listens on a port of this machine until it is dropped.
#[derive(Debug)]
pub struct Listening(listener::Listening);

impl Listening {
    pub(crate) fn start(server: ApiServer, tls: Option<TlsIdentity>) -> io::Result<Listening> {
        let any_port = (Ipv4Addr::LOCALHOST, 0).into();
        listener::Listening::start(any_port, tls, TowerToHyperService::new(server)).map(Listening)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Its address as a kubeconfig has it.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// A kubeconfig for it, with one context, `test`, and no credentials.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             clusters:\n- name: test\n  cluster:\n    server: {}\n\
             contexts:\n- name: test\n  context:\n    cluster: test\n    user: test\n\
             users:\n- name: test\n  user: {{}}\n",
            self.url()
        )
    }
}
