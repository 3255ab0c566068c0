//! What redaction takes out of texts, and what it must leave.

use evidence::redact::{MARK, text};

/// Messages of kubelet, container runtimes, registries, databases and libraries: evidence.
const KEPT: &[&str] = &[
    // Registries and runtimes.
    "failed to fetch anonymous token: unexpected status from GET request to https://auth.docker.io/token?scope=repository%3Alibrary%2Fnginx%3Apull&service=registry.docker.io: 401 Unauthorized",
    "failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://ghcr.io/token: 403 Forbidden",
    "unauthorized: incorrect username or password",
    "unauthorized: authentication required",
    "denied: requested access to the resource is denied",
    "no basic auth credentials",
    "pull access denied for shop/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    "www-authenticate: Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:library/nginx:pull\"",
    "Www-Authenticate: Basic realm=\"Registry Realm\"",
    "Bearer token is invalid or expired",
    "Get \"https://registry.example.com:5000/v2/\": dial tcp: lookup registry.example.com on 10.96.0.10:53: no such host",
    "failed to do request: Head \"https://registry.example.com/v2/shop/web/manifests/1.4.3\": x509: certificate signed by unknown authority",
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T19:20:00Z is after 2026-10-01T00:00:00Z",
    "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
    "failed to resolve reference \"registry.example.com/shop/web@sha256:9b2a4f0e3c8d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b\": not found",
    "Back-off pulling image \"registry.example.com/shop/token-server:1.4.3\"",
    "Failed to pull image \"ghcr.io/acme/password-reset:v2.1.0\": not found",
    "Successfully pulled image \"docker.io/library/vault-secret:1.2\" in 1.2s (1.2s including waiting). Image size: 12345678 bytes.",
    "failed to fetch anonymous token: Get \"https://auth.docker.io/token?scope=repository%3Ax%2Fy%3Apull&service=registry.docker.io\": net/http: TLS handshake timeout",
    "denied: Permission \"artifactregistry.repositories.downloadArtifacts\" denied on resource",
    "token has expired",
    "no matching manifest for linux/arm64/v8 in the manifest list entries",
    "Source image rejected: A signature was required, but no signature exists",
    "credential helper docker-credential-desktop: executable file not found in $PATH",
    // Kubelet and API server.
    "secret \"regcred\" not found",
    "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
    "couldn't find key password in Secret shop/db",
    "Error: couldn't find key DB_PASSWORD in Secret shop/db-credentials",
    "MountVolume.SetUp failed for volume \"token\": secret \"x\" not found",
    "MountVolume.SetUp failed for volume \"db-password\" : secret \"db-password\" not found",
    "MountVolume.SetUp failed for volume \"kube-api-access-x2x1z\" : object \"shop\"/\"kube-root-ca.crt\" not registered",
    "MountVolume.SetUp failed for volume \"kube-api-access-abc12\" : failed to fetch token: pod \"web-0\" not found",
    "MountVolume.SetUp failed for volume \"secrets-store\" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod shop/web-0, err: error fetching credentials: AADSTS700016: Application not found",
    "Unable to attach or mount volumes: unmounted volumes=[token secret-volume], unattached volumes=[token]: timed out waiting for the condition",
    "error killing pod: failed to \"KillPodSandbox\" for \"550e8400-e29b-41d4-a716-446655440000\"",
    "\"Couldn't get secret\" pod=\"shop/web-0\" secret=\"shop/regcred\" err=\"secret \\\"regcred\\\" not found\"",
    "failed to sync secret cache: timed out waiting for the condition",
    "serviceaccounts \"builder\" is forbidden: User \"system:serviceaccount:shop:default\" cannot create resource \"serviceaccounts/token\" in API group \"\" in the namespace \"shop\"",
    "secrets is forbidden: User \"dev\" cannot list resource \"secrets\" in API group \"\" in the namespace \"shop\"",
    "the server has asked for the client to provide credentials",
    "error looking up secret shop/regcred: Unauthorized",
    "rbac.authorization.k8s.io/v1, Resource=clusterroles",
    "Error creating: pods \"web-\" is forbidden: error looking up service account shop/web: serviceaccount \"web\" not found",
    "Readiness probe failed: HTTP probe failed with statuscode: 401",
    "failed calling webhook \"token.example.com\": failed to call webhook: Post \"https://token-webhook.shop.svc:443/mutate?timeout=10s\": context deadline exceeded",
    "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: secret-team}, 2 Insufficient cpu.",
    // Databases and programs.
    "FATAL: password authentication failed for user \"app\"",
    "Access denied for user 'root'@'10.0.0.1' (using password: YES)",
    "FATAL: no pg_hba.conf entry for host \"10.0.0.1\", user \"app\", database \"shop\", no encryption",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "ERR AUTH <password> called without any password configured for the default user",
    "SASL authentication failed: invalid credentials",
    "error: token: unexpected end of input",
    "panic: DB_PASSWORD: required environment variable is not set",
    "environment variable API_TOKEN is missing",
    "ERROR: password: cannot be blank",
    "error: --password is required",
    "specify --token or --kubeconfig",
    "jwt: token contains an invalid number of segments",
    "JWT validation failed: signature: crypto/rsa: verification error",
    "max_tokens=4096 tokens=17 total_tokens: 17",
    "GET /oauth/token 200 12ms",
    "PASSWORD_FILE=/run/secrets/db-password: no such file or directory",
    "TOKEN_URL=https://auth.example.com/oauth/token",
    "tokenExpirationSeconds: 3607",
    "ALLOW_EMPTY_PASSWORD=yes",
    "DB_PASSWORD=$(DB_PASSWORD_FROM_VAULT) DB_PASSWORD=${PASS}",
    "https://user@registry.example.com/v2/",
    "https://registry.example.com:5000/v2/shop/web@sha256:9b2a4f0e",
    "ssh://git@github.com/acme/shop.git",
    "postgres://app:xxxxx@db:5432/shop",
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2\n-----END CERTIFICATE-----",
    "caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJ",
    "uid: 550e8400-e29b-41d4-a716-446655440000, resourceVersion: 12345678",
    "container id containerd://3f4b1c2d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b",
    "compass: north, bypass=true, author: jane, key: value, keyboard=us",
    "volumes: [{name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}]",
    "secretName: regcred",
    "secret = get_secret_exists(\"<secret>\", \"<namespace>\", image=\"<image>\")",
    "secret: regcred",
    "PWD=/app",
    "",
    "‹redacted›",
    "password=‹redacted›",
];

/// Before, and the secret that must be gone, and the whole after.
const TAKEN: &[(&str, &str)] = &[
    ("postgres://app:hunter2@db:5432/shop", "postgres://app:‹redacted›@db:5432/shop"),
    (
        "Get \"https://user:p%40ss@registry.example.com/v2/\": EOF",
        "Get \"https://user:‹redacted›@registry.example.com/v2/\": EOF",
    ),
    ("redis://:hunter2@redis:6379/0", "redis://:‹redacted›@redis:6379/0"),
    ("amqp://u:p@ss@mq:5672", "amqp://u:‹redacted›@mq:5672"),
    ("mysql://u:pa/ss@db/shop", "mysql://u:‹redacted›@db/shop"),
    ("https://a:b@c https://d:e@f", "https://a:‹redacted›@c https://d:‹redacted›@f"),
    ("Authorization: Bearer abc", "Authorization: Bearer ‹redacted›"),
    ("Authorization: Basic YTpi", "Authorization: Basic ‹redacted›"),
    ("curl -H 'Authorization: token abc' x", "curl -H 'Authorization: token ‹redacted›' x"),
    ("{\"Authorization\":\"abc def\",\"n\":1}", "{\"Authorization\":\"‹redacted›\",\"n\":1}"),
    (
        "headers: map[Authorization:[Bearer abc] Accept:[*/*]]",
        "headers: map[Authorization:[Bearer ‹redacted›] Accept:[*/*]]",
    ),
    (
        "Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c",
        "Authorization: AWS4-HMAC-SHA256 ‹redacted›",
    ),
    (
        "Authorization: Digest username=\"u\", response=\"abc\"\nnext",
        "Authorization: Digest ‹redacted›\nnext",
    ),
    ("curl -H 'Cookie: a=b; c=d' https://x", "curl -H 'Cookie: ‹redacted›' https://x"),
    ("Cookie: session=abc; theme=dark", "Cookie: ‹redacted›"),
    ("sent Bearer abcdef123456 to it", "sent Bearer ‹redacted› to it"),
    ("sent Basic dXNlcjpwdw== to it", "sent Basic ‹redacted› to it"),
    ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.", "got ‹redacted›."),
    ("id AKIAIOSFODNN7EXAMPLE is disabled", "id ‹redacted› is disabled"),
    (
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key = ‹redacted›",
    ),
    ("bad credentials ghp_0123456789abcdefABCDEF0123456789abcd", "bad credentials ‹redacted›"),
    ("token glpat-abcdefghij1234567890 rejected", "token ‹redacted› rejected"),
    ("slack xoxb-1234567890-abcdefghij", "slack ‹redacted›"),
    ("hub dckr_pat_abcdefghijklmnop", "hub ‹redacted›"),
    ("stripe sk_live_abcdefghijklmnop", "stripe ‹redacted›"),
    ("maps AIzaSyA1234567890abcdefghijklmnopqrstuv", "maps ‹redacted›"),
    (
        "login --token sha256~abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "login --token ‹redacted›",
    ),
    (
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabcd==\n-----END RSA PRIVATE KEY-----\nb",
        "a\n-----BEGIN RSA PRIVATE KEY-----‹redacted›-----END RSA PRIVATE KEY-----\nb",
    ),
    (
        "-----BEGIN PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA\\n-----END PRIVATE KEY-----\\n",
        "-----BEGIN PRIVATE KEY-----‹redacted›-----END PRIVATE KEY-----\\n",
    ),
    (
        "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nthe rest was cut\n",
        "-----BEGIN PRIVATE KEY-----‹redacted›\nthe rest was cut\n",
    ),
    (
        "it was cut\nMIIEpAIBAAKCAQEAMIIEpAIBAAKCAQEA\nabcd==\n-----END EC PRIVATE KEY-----",
        "it was cut\n‹redacted›-----END EC PRIVATE KEY-----",
    ),
    ("client-key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=", "client-key: ‹redacted›"),
    ("https://a/b?token=abc&x=1", "https://a/b?token=‹redacted›&x=1"),
    ("https://a/b?sig=a%2Fb&se=2026", "https://a/b?sig=‹redacted›&se=2026"),
    (
        "\"https://a/b?X-Amz-Signature=abc&X-Amz-Security-Token=def\": EOF",
        "\"https://a/b?X-Amz-Signature=‹redacted›&X-Amz-Security-Token=‹redacted›\": EOF",
    ),
    (
        "\"https://a/b?x=1\\u0026sig=abc\\u0026se=1\"",
        "\"https://a/b?x=1\\u0026sig=‹redacted›\\u0026se=1\"",
    ),
    ("https://a/?access_token=abc\": dial", "https://a/?access_token=‹redacted›\": dial"),
    ("password=hunter2", "password=‹redacted›"),
    ("(password=hunter2).", "(password=‹redacted›)."),
    ("host=db password=hunter2 user=app", "host=db password=‹redacted› user=app"),
    ("Server=db;Password=hunter2;Database=shop", "Server=db;Password=‹redacted›;Database=shop"),
    ("{password=hunter2, user=app}", "{password=‹redacted›, user=app}"),
    ("a,password=x,user=y", "a,password=‹redacted›,user=y"),
    ("DB_PASSWORD='hun ter2' run", "DB_PASSWORD='‹redacted›' run"),
    ("password = hunter2", "password = ‹redacted›"),
    (":password => \"hunter2\"", ":password => \"‹redacted›\""),
    (
        "{\"password\": \"hunter2\", \"user\": \"app\"}",
        "{\"password\": \"‹redacted›\", \"user\": \"app\"}",
    ),
    (
        "{\"msg\":\"{\\\"password\\\":\\\"hunter2\\\",\\\"a\\\":1}\"}",
        "{\"msg\":\"{\\\"password\\\":\\\"‹redacted›\\\",\\\"a\\\":1}\"}",
    ),
    ("{\"password\":\"hun\\\"ter2\"}", "{\"password\":\"‹redacted›\"}"),
    ("{'apiKey': 'abc'}", "{'apiKey': '‹redacted›'}"),
    ("{\"auth\":\"dXNlcjpwdw==\"}", "{\"auth\":\"‹redacted›\"}"),
    ("{\"password\": 12345}", "{\"password\": ‹redacted›}"),
    ("map[password:hunter2 user:app]", "map[password:‹redacted› user:app]"),
    ("run --password hunter2 --user app", "run --password ‹redacted› --user app"),
    ("run --db-password=hunter2 x", "run --db-password=‹redacted› x"),
    ("[\"--password\", \"hunter2\", \"-v\"]", "[\"--password\", \"‹redacted›\", \"-v\"]"),
    ("user: app\npassword: hunter2\nport: 1", "user: app\npassword: ‹redacted›\nport: 1"),
    ("  - token: hunter2", "  - token: ‹redacted›"),
    ("password: |\n  hunter2\n  more\nuser: app", "password: |\n  ‹redacted›\nuser: app"),
    ("<password>hunter2</password>", "<password>‹redacted›</password>"),
    ("invalid token: abc123def456 given", "invalid token: ‹redacted› given"),
    ("mysqlRootPassword=hunter2", "mysqlRootPassword=‹redacted›"),
    ("failed with\\npassword=hunter2\\nuser=x", "failed with\\npassword=‹redacted›\\nuser=x"),
    ("env[PASSWORD]=hunter2", "env[PASSWORD]=‹redacted›"),
    ("password=‹redacted›hunter2", "password=‹redacted›"),
    ("Uid=app;Pwd={hun;t}}er2};Database=shop", "Uid=app;Pwd={‹redacted›};Database=shop"),
    ("sv=2024 sig=abcDEFghiJKLmnoPQR%2Fx%3D se", "sv=2024 sig=‹redacted› se"),
];

#[test]
fn evidence_stays_whole() {
    let changed: Vec<String> = KEPT
        .iter()
        .filter(|message| text(message) != **message)
        .map(|message| format!("{message}\n  became {}", text(message)))
        .collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// What container runtimes and kubelets of many versions say: no line of it may be lost.
#[test]
fn no_message_of_the_lexicon_s_corpus_is_touched() {
    let corpus = [
        include_str!("../../lexicon/corpus/container-start.toml"),
        include_str!("../../lexicon/corpus/containerd.toml"),
        include_str!("../../lexicon/corpus/cri-o.toml"),
        include_str!("../../lexicon/corpus/docker.toml"),
        include_str!("../../lexicon/corpus/kubelet.toml"),
    ];
    for line in corpus.iter().flat_map(|file| file.lines()) {
        assert_eq!(text(line), line);
    }
}

#[test]
fn what_is_not_touched_is_not_copied() {
    for message in KEPT {
        assert!(matches!(text(message), std::borrow::Cow::Borrowed(_)), "{message}");
    }
}

#[test]
fn credentials_go_and_the_text_around_them_stays() {
    let wrong: Vec<String> = TAKEN
        .iter()
        .filter(|(before, after)| text(before) != *after)
        .map(|(before, after)| format!("{before}\n  became {}\n  not    {after}", text(before)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn redacting_twice_is_redacting_once() {
    for (before, _) in TAKEN {
        let once = text(before);
        assert_eq!(text(&once), once, "{before}");
    }
}

/// Each of these once made a search start over for every hit: a minute for one text.
#[test]
fn repetitions_are_read_in_one_go() {
    let length = 256 * 1024;
    for unit in [
        "token:",
        "token: ",
        "password=",
        "\"token\":\"",
        "a://b:c/",
        "eyJ-",
        "Bearer ",
        "--token ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----\n",
        "abcdABCD0123\n",
        "Authorization:",
        "Authorization: [",
        "key_",
        "<token>",
        "token: |\n ",
        "\\",
        "\"",
        "password='",
        "cookie: ",
    ] {
        let long = unit.repeat(length / unit.len());
        let once = text(&long);
        assert!(once.len() <= long.len() * 3, "{unit}");
    }
}

#[test]
fn the_mark_stands_in_the_place() {
    assert_eq!(text("password=hunter2"), format!("password={MARK}"));
}
