//! Credential plugins: commands that a kubeconfig names under `users[].user.exec`.
//!
//! The client could run them too, but runs each three times for one connection, without a time
//! limit, and its errors quote the plugin's environment and output. So they are run here: once,
//! for at most [`LIMIT`], ended when nobody waits any more, and only standard error is shown.

use std::process::Stdio;
use std::time::Duration;

use kube::config::{ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::connect_error::ConnectError;
use crate::failure::brief;

/// How long a plugin may take. Some wait for a person to log in with a browser.
const LIMIT: Duration = Duration::from_secs(120);
/// How much of a plugin's output is read.
const OUTPUT: u64 = 1024 * 1024;

/// What a plugin gave.
#[derive(Debug)]
pub(crate) enum Credentials {
    /// A bearer token.
    Token(SecretString),
    /// A client certificate and its key, in PEM.
    Certificate(String, SecretString),
}

#[derive(Deserialize)]
struct ExecCredential {
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<SecretString>,
    client_certificate_data: Option<String>,
    client_key_data: Option<SecretString>,
}

/// Runs a plugin.
pub(crate) async fn run(
    exec: &ExecConfig,
    cluster: Option<ExecAuthCluster>,
    terminal: bool,
) -> Result<Credentials, ConnectError> {
    let Some(command) = exec.command.clone().filter(|command| !command.is_empty()) else {
        return Err(ConnectError::unusable(
            "the credential plugin of the kubeconfig's user",
            "it names no command",
            "Set users[].user.exec.command",
        ));
    };
    let mode = exec.interactive_mode.clone().unwrap_or(ExecInteractiveMode::IfAvailable);
    if mode == ExecInteractiveMode::Always && !terminal {
        let reason = "it needs a terminal to ask at, and there is none".to_owned();
        return Err(ConnectError::PluginFailed { command, reason, stderr: String::new() });
    }
    let interactive = terminal && mode != ExecInteractiveMode::Never;
    let (status, stdout, stderr) = match tokio::time::timeout(
        LIMIT,
        output(prepare(exec, &command, cluster, interactive), interactive),
    )
    .await
    {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            let (reason, hint) = (error.kind().to_string(), exec.install_hint.clone());
            return Err(ConnectError::PluginMissing { command, reason, hint });
        }
        Err(_) => {
            let reason = format!("it did not end within {} s", LIMIT.as_secs());
            return Err(ConnectError::PluginFailed { command, reason, stderr: String::new() });
        }
    };
    let stderr = brief(&String::from_utf8_lossy(&stderr));
    if !status.success() {
        let reason = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        return Err(ConnectError::PluginFailed { command, reason, stderr });
    }
    read(&stdout).map_err(|reason| ConnectError::PluginFailed {
        command,
        reason: reason.to_owned(),
        stderr,
    })
}

fn prepare(
    exec: &ExecConfig,
    command: &str,
    cluster: Option<ExecAuthCluster>,
    interactive: bool,
) -> Command {
    let mut spec = json!({ "interactive": interactive });
    if let Some(cluster) = cluster.filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = json!(cluster);
    }
    let info = json!({ "kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec });
    let mut prepared = Command::new(command);
    prepared.args(exec.args.iter().flatten());
    for pair in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            prepared.env(name, value);
        }
    }
    prepared.env("KUBERNETES_EXEC_INFO", info.to_string());
    prepared.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
    prepared.stderr(if interactive { Stdio::inherit() } else { Stdio::piped() });
    prepared.stdout(Stdio::piped()).kill_on_drop(true);
    prepared
}

type Output = (std::process::ExitStatus, Vec<u8>, Vec<u8>);

async fn output(mut command: Command, interactive: bool) -> std::io::Result<Output> {
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::join!(drain(stdout), drain(stderr.filter(|_| !interactive)));
    Ok((child.wait().await?, stdout?, stderr?))
}

async fn drain(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(OUTPUT).read_to_end(&mut read).await?;
    }
    Ok(read)
}

/// Reads what a plugin wrote. Some write YAML, and client-go reads it; JSON is YAML too.
fn read(stdout: &[u8]) -> Result<Credentials, &'static str> {
    let credential: ExecCredential = serde_saphyr::from_slice(stdout)
        .map_err(|_| "what it wrote is not an ExecCredential (not shown: it may hold a token)")?;
    if credential.kind != "ExecCredential" {
        return Err("what it wrote is not an ExecCredential");
    }
    let status = credential.status.ok_or("what it wrote holds no status, so no credentials")?;
    let filled = |secret: &SecretString| !secret.expose_secret().is_empty();
    match (status.client_certificate_data, status.client_key_data, status.token) {
        (Some(certificate), Some(key), _) if filled(&key) => {
            Ok(Credentials::Certificate(certificate, key))
        }
        (_, _, Some(token)) if filled(&token) => Ok(Credentials::Token(token)),
        _ => Err("what it wrote holds neither a token nor a certificate with its key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Option<String> {
        match read(text.as_bytes()) {
            Ok(Credentials::Token(token)) => Some(token.expose_secret().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_token_is_read_from_json_and_from_yaml() {
        let json = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
            "spec":{"interactive":false},
            "status":{"expirationTimestamp":"2030-01-01T00:00:00Z","token":"t-1"}}"#;
        assert_eq!(token(json).as_deref(), Some("t-1"));
        let yaml = "kind: ExecCredential\nstatus:\n  token: t-2\n";
        assert_eq!(token(yaml).as_deref(), Some("t-2"));
    }

    #[test]
    fn a_certificate_needs_its_key() {
        let with = r#"{"kind":"ExecCredential","status":{"clientCertificateData":"c","clientKeyData":"k"}}"#;
        assert!(matches!(read(with.as_bytes()), Ok(Credentials::Certificate(..))));
        let without = r#"{"kind":"ExecCredential","status":{"clientCertificateData":"c"}}"#;
        assert!(read(without.as_bytes()).is_err());
    }

    #[test]
    fn what_is_not_a_credential_is_refused_without_being_quoted() {
        for text in [
            "",
            "hunter2",
            "{\"kind\":\"ExecCredential\"}",
            "{\"kind\":\"List\",\"status\":{}}",
            "{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"\"}}",
            "{\"kind\": \"hunter2",
        ] {
            let reason = read(text.as_bytes()).expect_err("refused");
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
