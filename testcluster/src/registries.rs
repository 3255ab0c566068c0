//! The registries of a cluster: Docker's own where it can be made to behave so, else the one of
//! the crate `registry`.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::images::Images;
use crate::keys::{Authority, Pair};
use crate::place::INSIDE;
use crate::processes::Processes;
use crate::run::{output, read_text, write};
use crate::surroundings::{SILENT, UNREACHABLE};

/// The user that may pull from the registries that want a password, and that password.
pub const PULLER: (&str, &str) = ("puller", "pull-pass-7Qx");

/// What a registry is.
enum Sort {
    /// Docker's registry; anybody may pull.
    Open(Tls),
    /// Docker's registry; a user name and a password.
    Password,
    /// Tokens, as Docker Hub and the GitHub registry give them, and misbehaviour: ours.
    Ours(fn(Images) -> registry::Registry),
    /// Nothing: a name and an address only.
    Nobody,
}

/// Which certificate it shows.
enum Tls {
    Trusted,
    UnknownAuthority,
    Expired,
    OtherName,
    None,
}

struct Entry {
    name: &'static str,
    address: &'static str,
    sort: Sort,
}

const fn entry(name: &'static str, address: &'static str, sort: Sort) -> Entry {
    Entry { name, address, sort }
}

static REGISTRIES: [Entry; 12] = [
    entry("open", "10.77.1.1", Sort::Open(Tls::Trusted)),
    entry("private", "10.77.1.2", Sort::Password),
    entry("hub", "10.77.1.3", Sort::Ours(crate::behaviours::hub)),
    entry("ghcr", "10.77.1.4", Sort::Ours(crate::behaviours::ghcr)),
    entry("untrusted", "10.77.1.5", Sort::Open(Tls::UnknownAuthority)),
    entry("expired", "10.77.1.6", Sort::Open(Tls::Expired)),
    entry("misnamed", "10.77.1.7", Sort::Open(Tls::OtherName)),
    entry("plain", "10.77.1.8", Sort::Open(Tls::None)),
    entry("broken", "10.77.1.9", Sort::Ours(crate::behaviours::broken)),
    entry("refused", "10.77.1.10", Sort::Nobody),
    entry("silent", SILENT, Sort::Nobody),
    entry("unreachable", UNREACHABLE, Sort::Nobody),
];

/// The addresses that have to be this machine's.
pub(crate) fn addresses() -> Vec<&'static str> {
    let own = |one: &&Entry| one.address != SILENT && one.address != UNREACHABLE;
    REGISTRIES.iter().filter(own).map(|one| one.address).collect()
}

/// The zone of the registries' names.
pub(crate) fn zone() -> String {
    let records = REGISTRIES.iter().map(|one| format!("{} 60 IN A {}\n", one.name, one.address));
    format!("@ 60 IN SOA name-server hostmaster 1 60 60 60 60\n{}", records.collect::<String>())
}

/// Writes containerd's trust: for each registry with a certificate of ours, where its authority is.
pub(crate) fn trust(folder: &Path, authority: &Path) -> Result<(), String> {
    for one in &REGISTRIES {
        if matches!(one.sort, Sort::Nobody | Sort::Open(Tls::UnknownAuthority | Tls::None)) {
            continue;
        }
        let host = format!("{}.registry.test", one.name);
        // For containerd the host as a mirror of itself and the server behind it are two, and what
        // the first does not have is asked of the second: each wants the authority.
        let authority = authority.display();
        let text = format!(
            "server = \"https://{host}\"\nca = \"{authority}\"\n\n[host.\"https://{host}\"]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = \"{authority}\"\n"
        );
        write(&folder.join(&host).join("hosts.toml"), text)?;
    }
    Ok(())
}

/// Starts them all. The registries of ours live as long as what is returned.
pub(crate) fn start(
    processes: &mut Processes,
    trusted: &Authority,
    stranger: &Authority,
) -> Result<Vec<registry::Listening>, String> {
    let (public, private) = (store("public"), store("private"));
    docker(processes, "loader-public", &public, "127.0.0.1:5001", None, None)?;
    docker(processes, "loader-private", &private, "127.0.0.1:5002", None, None)?;
    let images = Images::read()?;
    images.push("127.0.0.1:5001", false)?;
    images.push("127.0.0.1:5002", true)?;
    let passwords = Path::new(INSIDE).join("htpasswd");
    let (user, password) = PULLER;
    write(
        &passwords,
        output(std::process::Command::new("htpasswd").args(["-Bbn", user, password]))?,
    )?;
    let mut listening = Vec::new();
    for one in &REGISTRIES {
        let host = format!("{}.registry.test", one.name);
        let name = format!("registry-{}", one.name);
        let address = format!("{}:443", one.address);
        let own = || trusted.server(&name, &[&host]);
        match &one.sort {
            Sort::Open(tls) => {
                let pair = match tls {
                    Tls::Trusted => Some(own()?),
                    Tls::UnknownAuthority => Some(stranger.server(&name, &[&host])?),
                    Tls::Expired => Some(trusted.expired(&name, &[&host])?),
                    Tls::OtherName => Some(trusted.server(&name, &["registry.internal.test"])?),
                    Tls::None => None,
                };
                docker(processes, &name, &public, &address, pair.as_ref(), None)?;
            }
            Sort::Password => {
                docker(processes, &name, &private, &address, Some(&own()?), Some(&passwords))?;
            }
            Sort::Ours(registry) => {
                listening.push(ours(registry(images.clone()), &address, &own()?)?);
            }
            Sort::Nobody => {}
        }
    }
    Ok(listening)
}

fn store(name: &str) -> PathBuf {
    Path::new(INSIDE).join("registry-store").join(name)
}

fn ours(
    registry: registry::Registry,
    address: &str,
    pair: &Pair,
) -> Result<registry::Listening, String> {
    let identity = registry::TlsIdentity {
        certificate_chain: read_text(&pair.certificate)?,
        key: read_text(&pair.key)?,
    };
    let socket = address.parse().map_err(|error| format!("{address}: {error}"))?;
    registry.listen(socket, Some(identity)).map_err(|error| format!("{address}: {error}"))
}

fn docker(
    processes: &mut Processes,
    name: &str,
    store: &Path,
    address: &str,
    tls: Option<&Pair>,
    passwords: Option<&Path>,
) -> Result<(), String> {
    let mut config = format!(
        "version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n  secret: {name}\n",
        store.display()
    );
    if let Some(pair) = tls {
        config.push_str(&format!(
            "  tls:\n    certificate: {}\n    key: {}\n",
            pair.certificate.display(),
            pair.key.display()
        ));
    }
    if let Some(passwords) = passwords {
        config.push_str(&format!(
            "auth:\n  htpasswd:\n    realm: {name}\n    path: {}\n",
            passwords.display()
        ));
    }
    let path = Path::new(INSIDE).join(format!("{name}.yaml"));
    write(&path, config)?;
    let arguments = ["serve".to_owned(), path.display().to_string()];
    processes.start(name, Path::new("/usr/bin/docker-registry"), &arguments)?;
    processes.wait_until(&format!("{name} listens"), Duration::from_secs(20), || {
        TcpStream::connect(address).is_ok()
    })
}
