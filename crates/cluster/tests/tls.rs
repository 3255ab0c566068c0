//! The server over TLS. `tls/server.crt` is for 127.0.0.1 and signed by itself; `tls/ca.crt`
//! is an authority that has nothing to do with it. Both, and the key, are for these tests only.

mod kubeconfig;
mod shop;

use apiserver::Listening;
use evidence::{Question, Reply};
use kubeconfig::{Folder, connect, kubeconfig, of};
use shop::{ask, server, web};

const CERTIFICATE: &str = include_str!("tls/server.crt");
const KEY: &str = include_str!("tls/server.key");
const OTHER: &str = include_str!("tls/ca.crt");

async fn reply(listening: &Listening, authority: &str, more: &str) -> Reply {
    let folder = Folder::new();
    folder.write("ca.crt", authority);
    let entry = format!("{{certificate-authority: ca.crt, {more} server:");
    let text = kubeconfig(&listening.url(), "{}").replace("{server:", &entry);
    let cluster = connect(&of(&folder.write("config", text))).await.expect("connected");
    ask(&cluster, Question::Get { object: web() }).await
}

fn listening() -> Listening {
    server().listen_tls(CERTIFICATE, KEY).expect("a port")
}

#[tokio::test]
async fn a_trusted_server_is_asked() {
    assert!(matches!(reply(&listening(), CERTIFICATE, "").await, Reply::Object(_)));
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_asked() {
    let why = shop::unreachable(reply(&listening(), OTHER, "").await);
    assert!(why.contains("signed by an authority that is not trusted"), "{why}");
}

#[tokio::test]
async fn a_server_of_another_name_is_not_asked() {
    let listening = listening();
    let more = "tls-server-name: api.example,";
    let why = shop::unreachable(reply(&listening, CERTIFICATE, more).await);
    assert!(why.contains("for another host name"), "{why}");
}

#[tokio::test]
async fn a_server_may_be_trusted_unseen_where_the_kubeconfig_says_so() {
    let more = "insecure-skip-tls-verify: true,";
    assert!(matches!(reply(&listening(), OTHER, more).await, Reply::Object(_)));
}
