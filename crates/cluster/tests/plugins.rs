//! Credential plugins.

#![cfg(unix)]

mod kubeconfig;
mod shop;

use cluster::{Access, Environment};
use evidence::Question;
use kubeconfig::{Folder, TOKEN, connect, fails, kubeconfig, listening, of};
use shop::{ask, web};

/// A kubeconfig whose user has a credential plugin.
fn with_plugin(folder: &Folder, server: &str, exec: &str) -> Access {
    let api = "apiVersion: client.authentication.k8s.io/v1";
    let user = format!("{{exec: {{{api}, {exec}}}}}");
    of(&folder.write("config", kubeconfig(server, &user)))
}

#[tokio::test]
async fn a_plugin_is_run_once_and_its_token_used() {
    let (server, listening) = listening();
    let folder = Folder::new();
    let credential = format!(
        r#"{{"kind":"ExecCredential","status":{{"token":"{TOKEN}","expirationTimestamp":"2020-01-01T00:00:00Z"}}}}"#
    );
    let count = folder.path("count");
    folder.script(
        "bin/login",
        &format!(
            "echo run >> '{}'\ntest \"$1\" = eu && test \"$ROLE\" = reader || exit 9\n\
             case $KUBERNETES_EXEC_INFO in *'\"interactive\":false'*) ;; *) exit 8;; esac\n\
             case $KUBERNETES_EXEC_INFO in *{}*) ;; *) exit 7;; esac\necho '{credential}'",
            count.display(),
            listening.address(),
        ),
    );
    let exec = "command: ./bin/login, args: [eu], provideClusterInfo: true, \
                env: [{name: ROLE, value: reader}]";
    let access = with_plugin(&folder, &listening.url(), exec);
    let cluster = connect(&access).await.expect("connected");
    ask(&cluster, Question::Version).await;
    ask(&cluster, Question::Get { object: web() }).await;
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(server.audit()[1].authorization.as_deref(), Some(bearer.as_str()));
    assert_eq!(std::fs::read_to_string(count).expect("a file"), "run\n");
}

#[tokio::test]
async fn a_plugin_that_is_not_installed_is_named_with_its_hint() {
    let folder = Folder::new();
    let exec = "command: no-such-plugin-here, installHint: 'Get it from your platform team'";
    let error = fails(&with_plugin(&folder, "http://a", exec), &Environment::default()).await;
    assert_eq!(
        error.to_string(),
        "the credential plugin \"no-such-plugin-here\" of the kubeconfig cannot be started: \
         entity not found. Get it from your platform team"
    );
}

#[tokio::test]
async fn a_plugin_that_fails_is_quoted_by_its_standard_error_alone() {
    let folder = Folder::new();
    folder.script("login", &format!("echo {TOKEN}\necho session expired >&2\nexit 3"));
    let exec = format!("command: ./login, env: [{{name: KEY, value: {TOKEN}}}]");
    let error = fails(&with_plugin(&folder, "http://a", &exec), &Environment::default()).await;
    let said = error.to_string();
    assert!(said.contains("exit code 3, saying: session expired. Log in again"), "{said}");
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
}

#[tokio::test]
async fn a_plugin_that_writes_nonsense_is_not_quoted() {
    let folder = Folder::new();
    folder.script("login", &format!("echo {TOKEN}"));
    let access = with_plugin(&folder, "http://a", "command: ./login");
    let error = fails(&access, &Environment::default()).await;
    assert!(error.to_string().contains("is not an ExecCredential"), "{error}");
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
}

#[tokio::test]
async fn a_plugin_that_must_ask_fails_where_nobody_can_answer() {
    let folder = Folder::new();
    folder.script("login", "read answer");
    let access = with_plugin(&folder, "http://a", "command: ./login, interactiveMode: Always");
    let error = fails(&access, &Environment::default()).await;
    assert!(error.to_string().contains("needs a terminal"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_never_ends_is_ended() {
    let folder = Folder::new();
    folder.script("login", "exec sleep 100000");
    let access = with_plugin(&folder, "http://a", "command: ./login");
    let error = fails(&access, &Environment::default()).await;
    assert!(error.to_string().contains("did not end within 120 s"), "{error}");
}

#[tokio::test]
async fn a_plugin_is_not_run_where_there_is_a_token() {
    let (server, listening) = listening();
    let folder = Folder::new();
    let user = format!("{{token: {TOKEN}, exec: {{command: no-such-plugin-here}}}}");
    let file = folder.write("config", kubeconfig(&listening.url(), &user));
    ask(&connect(&of(&file)).await.expect("connected"), Question::Version).await;
    assert!(server.audit()[0].authorization.is_some());
}
