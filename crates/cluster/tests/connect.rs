//! From kubeconfig files, or from within a pod, to a server on a socket.

mod kubeconfig;
mod shop;

use std::time::Duration;

use cluster::{Access, Cluster, ConnectError, Environment};
use evidence::{Question, Reply};
use kubeconfig::{Folder, TOKEN, connect, fails, kubeconfig, listening, of};
use shop::{ask, server, web};

#[tokio::test]
async fn questions_are_answered_over_a_socket_with_the_kubeconfigs_credentials() {
    let (server, listening) = listening();
    let folder = Folder::new();
    let user = format!("{{token: {TOKEN}}}");
    let file = folder.write("config", kubeconfig(&listening.url(), &user));
    let cluster = connect(&of(&file)).await.expect("connected");
    assert_eq!(cluster.default_namespace(), "shop");
    assert_eq!(cluster.describe(), format!("context prod-eu at {}", listening.address()));
    assert!(matches!(ask(&cluster, Question::Get { object: web() }).await, Reply::Object(_)));
    let nope = Question::get(evidence::Kind::Pod, Some("shop"), "nope");
    assert_eq!(ask(&cluster, nope).await, Reply::Absent);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(server.audit()[0].authorization.as_deref(), Some(bearer.as_str()));
    assert_eq!(cluster.requests(), 2);
}

#[tokio::test]
async fn a_connection_that_broke_in_the_middle_is_a_cut_answer_not_an_absence() {
    let server = server().with_rule(apiserver::Rule::on("*", "*").then(apiserver::Fault::Cut));
    let listening = server.listen().expect("a port");
    let folder = Folder::new();
    let file = folder.write("config", listening.kubeconfig());
    let cluster = connect(&of(&file)).await.expect("connected");
    let why = shop::unreachable(ask(&cluster, Question::Get { object: web() }).await);
    assert_eq!(why, "the answer was cut short");
}

#[tokio::test]
async fn a_server_that_closes_or_refuses_the_connection_is_unreachable() {
    let rule = apiserver::Rule::on("*", "*").then(apiserver::Fault::Refused);
    let listening = server().with_rule(rule).listen().expect("a port");
    let folder = Folder::new();
    let file = folder.write("config", listening.kubeconfig());
    let cluster = connect(&of(&file)).await.expect("connected");
    let question = || Question::Get { object: web() };
    let why = shop::unreachable(ask(&cluster, question()).await);
    assert_eq!(why, "the server closed the connection without an answer");
    drop(listening);
    let why = shop::unreachable(ask(&cluster, question()).await);
    assert!(why.starts_with("the connection was refused"), "{why}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_apart() {
    let (_, listening) = listening();
    let folder = Folder::new();
    let url = listening.url().replace("http:", "https:");
    let text =
        kubeconfig(&url, "{}").replace("{server:", "{insecure-skip-tls-verify: true, server:");
    let file = folder.write("config", text);
    let cluster = connect(&of(&file)).await.expect("connected");
    let why = shop::unreachable(ask(&cluster, Question::Get { object: web() }).await);
    assert!(why.contains("does not speak TLS"), "{why}");
}

#[tokio::test]
async fn a_host_name_that_does_not_exist_is_told_apart() {
    let folder = Folder::new();
    let file = folder.write("config", kubeconfig("http://no-such-host.invalid:6443", "{}"));
    let access = Access { timeout: Duration::from_secs(60), ..of(&file) };
    let cluster = connect(&access).await.expect("connected");
    let why = shop::unreachable(ask(&cluster, Question::Get { object: web() }).await);
    assert!(why.contains("cannot be resolved"), "{why}");
}

#[tokio::test]
async fn acting_as_another_is_sent_along() {
    let (server, listening) = listening();
    let folder = Folder::new();
    let file = folder.write("config", listening.kubeconfig());
    let access = Access {
        impersonate: Some("boss".into()),
        impersonate_groups: vec!["admins".into()],
        ..of(&file)
    };
    ask(&connect(&access).await.expect("connected"), Question::Version).await;
    assert_eq!(server.audit()[0].impersonated.as_deref(), Some("boss"));
    let access = Access { impersonate: None, ..access };
    assert_eq!(fails(&access, &Environment::default()).await, ConnectError::GroupWithoutUser);
}

#[tokio::test]
async fn context_cluster_and_user_can_be_chosen() {
    let (server, listening) = listening();
    let folder = Folder::new();
    let mut text = kubeconfig(&listening.url(), "{}");
    text.push_str(&format!("- name: root\n  user: {{token: {TOKEN}}}\n"));
    let file = folder.write("config", text);
    let access = Access { context: Some("prod-us".into()), user: Some("root".into()), ..of(&file) };
    let cluster = connect(&access).await.expect("connected");
    assert_eq!(cluster.default_namespace(), "default");
    assert!(cluster.describe().starts_with("context prod-us at 127.0.0.1:"));
    ask(&cluster, Question::Version).await;
    assert!(server.audit()[0].authorization.is_some());
}

#[tokio::test]
async fn a_wrong_name_is_answered_with_the_nearest_and_with_all() {
    let folder = Folder::new();
    let file = folder.write("config", kubeconfig("https://api.example:6443", "{}"));
    let access = Access { context: Some("prod-uk".into()), ..of(&file) };
    let error = fails(&access, &Environment::default()).await;
    assert_eq!(
        error.to_string(),
        "the kubeconfig has no context \"prod-uk\", nearest: prod-us, prod-eu. \
         There are: prod-eu, prod-us"
    );
    let access = Access { cluster: Some("asia".into()), ..of(&file) };
    let error = fails(&access, &Environment::default()).await;
    assert_eq!(error.to_string(), "the kubeconfig has no cluster \"asia\". There are: eu, us");
    let access = Access { user: Some("jan".into()), ..of(&file) };
    let error = fails(&access, &Environment::default()).await;
    assert!(error.to_string().contains("no user \"jan\", nearest: jane"), "{error}");
}

#[tokio::test]
async fn a_file_asked_for_must_be_there() {
    let folder = Folder::new();
    let error = fails(&of(&folder.path("nope")), &Environment::default()).await;
    assert!(matches!(error, ConnectError::UnreadableKubeconfig { .. }), "{error}");
    assert!(error.to_string().contains("nope cannot be read: entity not found"), "{error}");
    let error = fails(&of(folder.0.path()), &Environment::default()).await;
    assert!(matches!(error, ConnectError::UnreadableKubeconfig { .. }), "{error}");
}

#[tokio::test]
async fn a_mistake_is_placed_and_the_content_is_not_shown() {
    let folder = Folder::new();
    for text in [
        format!("users:\n- name: jane\n  user:\n    token: {{{TOKEN}: [}}\n"),
        format!("clusters:\n- name: eu\n  cluster: {TOKEN}\n"),
        format!("current-context: [{TOKEN}]\n"),
        format!("{TOKEN}\n"),
        format!("users: {{{TOKEN}\n"),
    ] {
        let error = fails(&of(&folder.write("config", &text)), &Environment::default()).await;
        let ConnectError::BadKubeconfig { position, .. } = &error else { panic!("{error}") };
        assert!(position.is_some(), "{text}");
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
    }
}

#[tokio::test]
async fn files_that_are_no_text_are_no_panic() {
    let folder = Folder::new();
    for bytes in
        [&[0xFF, 0xFE, b'a'][..], &[0xFE, 0xFF, b'a'], &[0xFF, 0xFE], &[0xC0, 0x80], &[0; 9]]
    {
        fails(&of(&folder.write("config", bytes)), &Environment::default()).await;
    }
    let error = fails(&of(&folder.write("config", "")), &Environment::default()).await;
    assert_eq!(error, ConnectError::NoContext { known: Vec::new() });
}

#[tokio::test]
async fn several_files_of_kubeconfig_are_merged_the_first_to_say_something_wins() {
    let (_, listening) = listening();
    let folder = Folder::new();
    let first = folder.write(
        "first",
        "apiVersion: v1\nkind: Config\ncurrent-context: mine\n\
         contexts:\n- name: mine\n  context: {cluster: eu, user: jane, namespace: first}\n",
    );
    let second = folder.write("second", kubeconfig(&listening.url(), "{}"));
    let environment = Environment {
        kubeconfigs: vec![folder.path("not-there"), first, second],
        ..Environment::default()
    };
    let cluster = Cluster::connect_from(&Access::default(), &environment).await.expect("connected");
    assert_eq!(cluster.default_namespace(), "first");
    assert!(matches!(ask(&cluster, Question::Version).await, Reply::Version(_)));
}

#[tokio::test]
async fn the_home_folders_file_is_the_default() {
    let folder = Folder::new();
    folder.write(
        ".kube/config",
        kubeconfig("https://api.example:6443", "{}").replace(
            "- name: eu\n  cluster: {",
            "- name: eu\n  cluster: {insecure-skip-tls-verify: true, ",
        ),
    );
    let home = Some(folder.0.path().to_owned());
    let environment = Environment { home, ..Environment::default() };
    let cluster = Cluster::connect_from(&Access::default(), &environment).await.expect("connected");
    assert_eq!(cluster.describe(), "context prod-eu at api.example:6443");
}

#[tokio::test]
async fn without_any_file_it_is_said_where_one_was_looked_for() {
    let folder = Folder::new();
    let home = Some(folder.0.path().to_owned());
    let environment = Environment { home, ..Environment::default() };
    let error = fails(&Access::default(), &environment).await;
    let looked = vec![folder.path(".kube/config")];
    assert_eq!(error, ConnectError::NoKubeconfig { looked });
    assert!(error.to_string().contains("--kubeconfig FILE"), "{error}");
    let nowhere = fails(&Access::default(), &Environment::default()).await;
    assert!(nowhere.to_string().contains("KUBECONFIG or HOME"), "{nowhere}");
}

#[tokio::test]
async fn user_and_password_of_an_address_are_not_described() {
    let folder = Folder::new();
    let url = format!("http://jane:{TOKEN}@127.0.0.1:1");
    let file = folder.write("config", kubeconfig(&url, "{}"));
    let cluster = connect(&of(&file)).await.expect("connected");
    assert_eq!(cluster.describe(), "context prod-eu at 127.0.0.1:1");
    let reply = ask(&cluster, Question::Version).await;
    assert!(!format!("{reply:?} {cluster:?}").contains(TOKEN), "{reply:?}");
}

#[tokio::test]
async fn an_entry_that_cannot_be_used_is_named_and_not_shown() {
    let folder = Folder::new();
    let base = |server: &str, user: &str| kubeconfig("SERVER", user).replace("'SERVER'", server);
    for (text, named) in [
        (base("''", "{}"), "the server of cluster \"eu\""),
        (base(&format!("'ftp://{TOKEN}'"), "{}"), "the server of cluster \"eu\""),
        (base(&format!("'https://{TOKEN} x'"), "{}"), "the server of cluster \"eu\""),
        (
            base(&format!("https://a, certificate-authority-data: '{TOKEN}!'"), "{}"),
            "the certificate authority of cluster \"eu\": it is not base64",
        ),
        (
            base("https://a, certificate-authority-data: aGVsbG8K", "{}"),
            "it is not a certificate in PEM",
        ),
        (
            base("https://a, certificate-authority: not-there.crt", "{}"),
            "not-there.crt: entity not found",
        ),
        (base(&format!("https://a, proxy-url: 'ftp://{TOKEN}'"), "{}"), "the proxy"),
        (
            base(
                &format!(
                    "https://a, insecure-skip-tls-verify: true, proxy-url: 'http://{TOKEN}:x y'"
                ),
                "{}",
            ),
            "proxy-url",
        ),
        (
            base(
                "http://a",
                &format!("{{client-certificate-data: '{TOKEN}!', client-key-data: aGVsbG8K}}"),
            ),
            "the client certificate or key cannot be used: it is not base64",
        ),
        (
            base("http://a", "{client-certificate: not-there.crt, client-key: not-there.key}"),
            "not-there.crt: entity not found",
        ),
        (
            base("http://a", "{client-certificate-data: aGVsbG8K, client-key-data: aGVsbG8K}"),
            "the client certificate, key",
        ),
        (
            base("http://a", "{tokenFile: not-there.token}"),
            "not-there.token cannot be used: entity not found",
        ),
        (base("http://a", "{token: \"a\\nb\"}"), "the token of the kubeconfig's user"),
        (base("http://a", "{auth-provider: {name: azure, config: {}}}"), "the auth-provider"),
        (base("http://a", "{exec: {apiVersion: v1}}"), "it names no command"),
    ] {
        let error = fails(&of(&folder.write("config", &text)), &Environment::default()).await;
        let said = error.to_string();
        let named = named.replace("\": ", "\" cannot be used: ");
        assert!(said.contains(&named), "{said}\n{text}");
        assert!(!format!("{error:?} {said}").contains(TOKEN), "{said}");
    }
}

#[tokio::test]
async fn a_token_file_may_end_with_a_line_end() {
    let (server, listening) = listening();
    let folder = Folder::new();
    for text in [format!("{TOKEN}\n"), TOKEN.to_owned()] {
        folder.write("token", text);
        let file = folder.write("config", kubeconfig(&listening.url(), "{tokenFile: token}"));
        ask(&connect(&of(&file)).await.expect("connected"), Question::Version).await;
    }
    for received in server.audit() {
        assert_eq!(received.authorization, Some(format!("Bearer {TOKEN}")));
    }
    assert_eq!(server.audit().len(), 2);
}

mod in_a_pod {
    use super::*;

    fn pod(folder: &Folder) -> Environment {
        Environment {
            service_host: Some("fd00::1".into()),
            service_port: Some("443".into()),
            service_account: folder.0.path().to_owned(),
            ..Environment::default()
        }
    }

    #[tokio::test]
    async fn what_the_service_account_lacks_is_named() {
        let folder = Folder::new();
        let environment = pod(&folder);
        let error = fails(&Access::default(), &environment).await.to_string();
        assert!(error.starts_with("the token of this pod's service account"), "{error}");
        assert!(error.contains("automountServiceAccountToken"), "{error}");
        folder.write("token", TOKEN);
        let error = fails(&Access::default(), &environment).await.to_string();
        assert!(error.starts_with("the certificate authority of this pod's"), "{error}");
        folder.write("ca.crt", "no certificate");
        let error = fails(&Access::default(), &environment).await.to_string();
        assert!(error.contains("is not a certificate in PEM"), "{error}");
    }

    #[tokio::test]
    async fn the_service_account_is_used_where_there_is_no_kubeconfig() {
        let folder = Folder::new();
        folder.write("token", TOKEN);
        folder.write("ca.crt", include_str!("tls/ca.crt"));
        folder.write("namespace", "shop\n");
        let environment = pod(&folder);
        let cluster = Cluster::connect_from(&Access::default(), &environment).await;
        let cluster = cluster.expect("connected");
        assert_eq!(cluster.default_namespace(), "shop");
        assert_eq!(cluster.describe(), "the cluster of this pod at [fd00::1]:443");
    }

    #[tokio::test]
    async fn a_kubeconfig_asked_for_is_not_replaced_by_the_service_account() {
        let folder = Folder::new();
        let access = of(&folder.path("nope"));
        let error = fails(&access, &pod(&folder)).await;
        assert!(matches!(error, ConnectError::UnreadableKubeconfig { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_of_the_kubeconfig_is_gone_through() {
    // The test server is its own proxy: it sees the attempt to open a tunnel.
    let (server, listening) = listening();
    let folder = Folder::new();
    let text = kubeconfig("http://api.invalid:6443", "{}")
        .replace("{server:", &format!("{{proxy-url: '{}', server:", listening.url()));
    let cluster = connect(&of(&folder.write("config", text))).await.expect("connected");
    shop::unreachable(ask(&cluster, Question::Version).await);
    assert_eq!(server.audit()[0].method, "CONNECT");
    assert_eq!(server.audit()[0].path, "api.invalid:6443");
}
