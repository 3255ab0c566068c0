//! From kubeconfig files, or from within a pod, to a client's configuration.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri, header};
use kube::Config;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, Kubeconfig, KubeconfigError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

use crate::access::{Access, Environment};
use crate::connect_error::{ConnectError, load};
use crate::credentials::{self, Credentials};
use crate::proxy;

/// A configuration, and what to call it.
pub(crate) struct Found {
    pub(crate) config: Config,
    pub(crate) description: String,
}

/// Finds the configuration: the file that was asked for; else the files of `KUBECONFIG`, or
/// `~/.kube/config`; else, in a pod, its service account.
pub(crate) async fn find(
    access: &Access,
    environment: &Environment,
) -> Result<Found, ConnectError> {
    if access.impersonate.is_none() && !access.impersonate_groups.is_empty() {
        return Err(ConnectError::GroupWithoutUser);
    }
    let (files, required) = files(access, environment);
    let kubeconfig = read(&files, required)?;
    let chosen = access.context.is_some() || access.cluster.is_some();
    let mut found = match kubeconfig {
        Some(kubeconfig) if required || chosen || !is_empty(&kubeconfig) => {
            of_kubeconfig(&kubeconfig, access, environment).await?
        }
        _ => match in_cluster(environment)? {
            Some(found) => found,
            None => return Err(ConnectError::NoKubeconfig { looked: files }),
        },
    };
    settle(&mut found.config, access);
    Ok(found)
}

fn files(access: &Access, environment: &Environment) -> (Vec<PathBuf>, bool) {
    if let Some(file) = &access.kubeconfig {
        return (vec![file.clone()], true);
    }
    if !environment.kubeconfigs.is_empty() {
        return (environment.kubeconfigs.clone(), false);
    }
    let home = environment.home.as_ref().map(|home| home.join(".kube").join("config"));
    (home.into_iter().collect(), false)
}

fn is_empty(kubeconfig: &Kubeconfig) -> bool {
    kubeconfig.contexts.is_empty() && kubeconfig.clusters.is_empty()
}

/// Reads and merges kubeconfig files; the first to say something wins. As `kubectl` does, files
/// that are not there are passed over, unless the file was asked for by name.
fn read(files: &[PathBuf], required: bool) -> Result<Option<Kubeconfig>, ConnectError> {
    let mut merged: Option<Kubeconfig> = None;
    for file in files {
        match check(file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => continue,
            Err(error) => {
                let error = KubeconfigError::ReadConfig(error, file.clone());
                return Err(ConnectError::of_kubeconfig(file, &error));
            }
        }
        let next = Kubeconfig::read_from(file)
            .and_then(|next| merged.take().unwrap_or_default().merge(next))
            .map_err(|error| ConnectError::of_kubeconfig(file, &error))?;
        merged = Some(next);
    }
    Ok(merged)
}

/// Whether a file can be handed to the reader of kubeconfigs, which panics on UTF-16 of an odd
/// length and reads files of any size.
fn check(file: &Path) -> io::Result<()> {
    use std::io::Read;
    const MOST: u64 = 16 * 1024 * 1024;
    let metadata = std::fs::metadata(file)?;
    if metadata.len() > MOST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut start = [0; 2];
    let utf16 = match std::fs::File::open(file)?.read(&mut start)? {
        2 => matches!(start, [0xFF, 0xFE] | [0xFE, 0xFF]),
        _ => false,
    };
    if utf16 && metadata.len() % 2 == 1 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(()) }
}

async fn of_kubeconfig(
    kubeconfig: &Kubeconfig,
    access: &Access,
    environment: &Environment,
) -> Result<Found, ConnectError> {
    let contexts: Vec<String> = kubeconfig.contexts.iter().map(|it| it.name.clone()).collect();
    let current = kubeconfig.current_context.clone().filter(|name| !name.is_empty());
    let Some(name) = access.context.clone().or(current) else {
        return Err(ConnectError::NoContext { known: contexts });
    };
    let context = kubeconfig
        .contexts
        .iter()
        .find(|context| context.name == name)
        .and_then(|context| context.context.clone())
        .ok_or_else(|| ConnectError::unknown_name("context", &name, contexts))?;
    let cluster_name = access.cluster.as_ref().unwrap_or(&context.cluster);
    let cluster = cluster(kubeconfig, cluster_name)?;
    let server = server(&cluster, cluster_name)?;
    let mut config = Config::new(server);
    if let Some(namespace) = context.namespace.filter(|namespace| !namespace.is_empty()) {
        config.default_namespace = namespace;
    }
    config.proxy_url =
        proxy::choose(cluster.proxy_url.as_deref(), &config.cluster_url, environment)?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
    config.root_cert = roots(&cluster, cluster_name)?;
    config.auth_info = user(kubeconfig, access, context.user.as_deref())?;
    run_plugin(&mut config.auth_info, &cluster, environment).await?;
    check_token(&mut config.auth_info)?;
    let description = format!("context {name} at {}", host(&config.cluster_url));
    Ok(Found { config, description })
}

fn cluster(kubeconfig: &Kubeconfig, name: &str) -> Result<Cluster, ConnectError> {
    kubeconfig
        .clusters
        .iter()
        .find(|cluster| cluster.name == name)
        .and_then(|cluster| cluster.cluster.clone())
        .ok_or_else(|| {
            let known = kubeconfig.clusters.iter().map(|cluster| cluster.name.clone()).collect();
            ConnectError::unknown_name("cluster", name, known)
        })
}

/// The server's address. Without a scheme, it is https where the cluster has anything to do
/// with TLS, else http, as client-go reads it.
fn server(cluster: &Cluster, name: &str) -> Result<Uri, ConnectError> {
    let text = cluster.server.as_deref().unwrap_or_default().trim();
    let tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true);
    let full = match text.contains("://") {
        true => text.to_owned(),
        false if tls => format!("https://{text}"),
        false => format!("http://{text}"),
    };
    let uri: Option<Uri> = full.parse().ok();
    uri.filter(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && matches!(uri.scheme_str(), Some("http" | "https"))
    })
    .ok_or_else(|| {
        ConnectError::unusable(
            format!("the server of cluster {name:?}"),
            "it is not the address of a server",
            "Write it as https://host:port in the kubeconfig",
        )
    })
}

/// The trusted certificates. Where none are needed there are none, so that a system without
/// trusted certificates of its own can still speak plain HTTP.
fn roots(cluster: &Cluster, name: &str) -> Result<Option<Vec<Vec<u8>>>, ConnectError> {
    let unusable = |why: String| {
        ConnectError::unusable(
            format!("the certificate authority of cluster {name:?}"),
            why,
            "Correct certificate-authority or certificate-authority-data in the kubeconfig",
        )
    };
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => {
            STANDARD.decode(data).map_err(|_| unusable("it is not base64".into()))?
        }
        (_, Some(file)) if !file.is_empty() => {
            std::fs::read(file).map_err(|error| unusable(format!("{file}: {}", error.kind())))?
        }
        _ if cluster.insecure_skip_tls_verify == Some(true) => return Ok(Some(Vec::new())),
        _ if !needs_trust(cluster) => return Ok(Some(Vec::new())),
        _ => return Ok(None),
    };
    certificates(&pem).map(Some).ok_or_else(|| unusable("it is not a certificate in PEM".into()))
}

fn needs_trust(cluster: &Cluster) -> bool {
    let https = |url: &Option<String>| url.as_deref().is_some_and(|url| url.starts_with("https:"));
    https(&cluster.server) || https(&cluster.proxy_url)
}

fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates: Vec<Vec<u8>> = read.ok()?.into_iter().map(|der| der.to_vec()).collect();
    (!certificates.is_empty()).then_some(certificates)
}

/// The user's entry. A context may name a user that is not there, or none: such a user is
/// anonymous, as for `kubectl`. A user asked for by name has to be there.
fn user(
    kubeconfig: &Kubeconfig,
    access: &Access,
    of_context: Option<&str>,
) -> Result<AuthInfo, ConnectError> {
    let Some(name) = access.user.as_deref().or(of_context) else {
        return Ok(AuthInfo::default());
    };
    let named = kubeconfig.auth_infos.iter().find(|user| user.name == name);
    if named.is_none() && access.user.is_some() {
        let known = kubeconfig.auth_infos.iter().map(|user| user.name.clone()).collect();
        return Err(ConnectError::unknown_name("user", name, known));
    }
    let mut user = named.and_then(|user| user.auth_info.clone()).unwrap_or_default();
    // An empty token is no token.
    user.token = user.token.filter(|token| !token.expose_secret().is_empty());
    user.token_file = user.token_file.filter(|file| !file.is_empty());
    Ok(user)
}

/// Puts what a credential plugin gives in its place. As for `kubectl`, a plugin is not run
/// where the entry holds credentials of another sort.
async fn run_plugin(
    user: &mut AuthInfo,
    cluster: &Cluster,
    environment: &Environment,
) -> Result<(), ConnectError> {
    let Some(exec) = user.exec.take() else { return Ok(()) };
    let other = user.token.is_some()
        || user.token_file.is_some()
        || user.auth_provider.is_some()
        || (user.username.is_some() && user.password.is_some());
    if other {
        return Ok(());
    }
    let info = match exec.provide_cluster_info {
        false => None,
        true => Some(ExecAuthCluster::try_from(cluster).map_err(|error| {
            let why = match &error {
                KubeconfigError::LoadCertificateAuthority(error) => load(error),
                _ => "it cannot be read".to_owned(),
            };
            let next = "Correct certificate-authority in the kubeconfig";
            ConnectError::unusable("the cluster's certificate authority", why, next)
        })?),
    };
    match credentials::run(&exec, info, environment.interactive).await? {
        Credentials::Token(token) => user.token = Some(token),
        Credentials::Certificate(certificate, key) => {
            user.client_certificate_data = Some(STANDARD.encode(certificate));
            let key = STANDARD.encode(key.expose_secret());
            user.client_key_data = Some(SecretString::from(key));
        }
    }
    Ok(())
}

/// Sees to it that the token can be sent. The client panics on a token that is no header, and
/// does not strip the line end of a token file, as client-go does.
fn check_token(user: &mut AuthInfo) -> Result<(), ConnectError> {
    const NEXT: &str = "Log in again, or correct the user's entry in the kubeconfig";
    let sendable = |token: &str| HeaderValue::from_str(token).is_ok() && !token.is_empty();
    let why = "it holds what no token can hold";
    if let Some(token) = &user.token {
        return match sendable(token.expose_secret()) {
            true => Ok(()),
            false => Err(ConnectError::unusable("the token of the kubeconfig's user", why, NEXT)),
        };
    }
    let Some(file) = &user.token_file else { return Ok(()) };
    let what = || format!("the token file {file}");
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConnectError::unusable(what(), error.kind().to_string(), NEXT))?;
    let token = text.trim();
    if !sendable(token) {
        return Err(ConnectError::unusable(what(), why, NEXT));
    }
    // Left to the client where it can read the file, since it reads it anew every minute.
    if token != text {
        user.token = Some(SecretString::from(token));
        user.token_file = None;
    }
    Ok(())
}

/// The configuration that a pod has by its service account.
fn in_cluster(environment: &Environment) -> Result<Option<Found>, ConnectError> {
    let (Some(host_name), Some(port)) = (&environment.service_host, &environment.service_port)
    else {
        return Ok(None);
    };
    const NEXT: &str = "Check automountServiceAccountToken of the pod and its service account";
    let folder = &environment.service_account;
    let unusable = |what: &str, why: String| {
        ConnectError::unusable(format!("{} of this pod's service account", what), why, NEXT)
    };
    let bracketed = match host_name.contains(':') {
        true => format!("[{host_name}]"),
        false => host_name.clone(),
    };
    let server: Uri = format!("https://{bracketed}:{port}").parse().map_err(|_| {
        ConnectError::unusable(
            "KUBERNETES_SERVICE_HOST with KUBERNETES_SERVICE_PORT",
            "it is not the address of a server",
            "Unset it, or give --kubeconfig FILE",
        )
    })?;
    let token = folder.join("token");
    let token_file = Some(token.to_string_lossy().into_owned());
    let mut user = AuthInfo { token_file, ..AuthInfo::default() };
    check_token(&mut user).map_err(|_| {
        unusable("the token", format!("{} cannot be read, or is none", token.display()))
    })?;
    let authority = folder.join("ca.crt");
    let pem = std::fs::read(&authority).map_err(|error| {
        unusable("the certificate authority", format!("{}: {}", authority.display(), error.kind()))
    })?;
    let roots = certificates(&pem).ok_or_else(|| {
        unusable("the certificate authority", "it is not a certificate in PEM".to_owned())
    })?;
    let proxy = proxy::choose(None, &server, environment)?;
    let description = format!("the cluster of this pod at {}", host(&server));
    let mut config = Config::new(server);
    config.root_cert = Some(roots);
    config.root_cert_file = Some(authority);
    config.proxy_url = proxy;
    config.auth_info = user;
    if let Ok(namespace) = std::fs::read_to_string(folder.join("namespace"))
        && !namespace.trim().is_empty()
    {
        config.default_namespace = namespace.trim().to_owned();
    }
    Ok(Some(Found { config, description }))
}

/// What holds wherever the configuration came from.
fn settle(config: &mut Config, access: &Access) {
    // Retries are counted and bounded in `transport`; the client's own would wait for minutes.
    config.default_retry = false;
    config.connect_timeout = Some(access.timeout);
    let agent = HeaderValue::from_static(concat!("tsg/", env!("CARGO_PKG_VERSION")));
    config.headers.push((header::USER_AGENT, agent));
    if let Some(user) = &access.impersonate {
        config.auth_info.impersonate = Some(user.clone());
        config.auth_info.impersonate_groups = Some(access.impersonate_groups.clone());
        config.auth_info.impersonate_uid = None;
        config.auth_info.impersonate_user_extra = None;
    }
}

/// Host and port of an address, without the user and password that it may hold.
fn host(server: &Uri) -> String {
    let host = server.host().unwrap_or_default();
    match server.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
