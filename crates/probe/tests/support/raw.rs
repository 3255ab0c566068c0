//! A server that answers what it is told to, for what no registry would say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use evidence::RegistryWord;
use probe::{Credentials, Settings};

use super::{Authority, settings};

/// A server of fixed answers, for what no registry would say.
pub struct Raw {
    pub port: u16,
}

/// `respond` is given the host, the path and the whole head of a request.
pub fn raw(
    identity: registry::TlsIdentity,
    respond: impl Fn(&str, &str, &str) -> String + Send + 'static,
) -> Raw {
    use rustls::pki_types::pem::PemObject;
    let chain =
        rustls::pki_types::CertificateDer::pem_slice_iter(identity.certificate_chain.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = talk(stream, &config, &respond);
        }
    });
    Raw { port }
}

fn talk(
    mut stream: TcpStream,
    config: &std::sync::Arc<rustls::ServerConfig>,
    respond: &impl Fn(&str, &str, &str) -> String,
) -> std::io::Result<()> {
    let mut tls = rustls::ServerConnection::new(std::sync::Arc::clone(config))
        .map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut tls, &mut stream);
    let mut text = String::new();
    let mut part = [0; 4096];
    while !text.contains("\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            read => text.push_str(&String::from_utf8_lossy(&part[..read])),
        }
    }
    let path = text.split(' ').nth(1).unwrap_or_default();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    stream.write_all(respond(host, path, &text).as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub fn redirect(to: &str) -> String {
    answer("307 Temporary Redirect", &format!("Location: {to}\r\n"), "")
}

impl Raw {
    pub fn ask(&self, authority: &Authority, name: &str, credentials: Credentials) -> RegistryWord {
        self.ask_for(authority, name, "shop/web:1.4.3", credentials)
    }

    pub fn ask_for(
        &self,
        authority: &Authority,
        name: &str,
        image: &str,
        credentials: Credentials,
    ) -> RegistryWord {
        let home = vec!["127.0.0.1".parse().unwrap()];
        let settings =
            Settings { addresses: [(name.to_owned(), home)].into(), ..settings(authority, &[]) };
        super::ask(&format!("{name}:{}/{image}", self.port), None, credentials, &settings)
    }
}
