//! Which signatures a guide's inline code stands for.

use lexicon::Lexicon;

fn ids(literal: &str) -> Vec<&'static str> {
    Lexicon::shipped().literal(literal).into_iter().map(|s| s.id.as_str()).collect()
}

#[test]
fn the_seed_guides_literals_stand_for_the_messages_of_today() {
    let table = [
        ("pull access denied", &["pull-access-denied", "access-denied"] as &[&str]),
        ("requested access to the resource is denied", &["access-denied"]),
        ("manifest unknown", &["image-not-found", "manifest-not-found"]),
        ("tag not found", &["image-not-found", "manifest-not-found"]),
        ("401 Unauthorized", &["unauthorized"]),
        ("403 Forbidden", &["forbidden"]),
        ("ImagePullBackOff", &["image-pull-backoff"]),
        ("ErrImagePull", &["image-pull-failed"]),
        ("Failed to pull image", &["image-pull-failed"]),
        ("imagePullSecrets", &["pull-secret-not-found"]),
    ];
    for (literal, want) in table {
        assert_eq!(ids(literal), want, "{literal}");
    }
}

#[test]
fn other_guides_literals_resolve() {
    let table = [
        ("x509: certificate signed by unknown authority", "tls-unknown-authority"),
        ("no such host", "dns-no-such-host"),
        ("i/o timeout", "connection-timeout"),
        ("toomanyrequests", "rate-limited"),
        ("no basic auth credentials", "no-credentials"),
        ("no space left on device", "node-disk-full"),
        ("exec format error", "exec-format-error"),
        ("OOMKilled", "container-oom-killed"),
        ("ErrImageNeverPull", "never-pull"),
        ("InvalidImageName", "invalid-reference"),
        ("SignatureValidationFailed", "signature-rejected"),
        ("CreateContainerConfigError", "config-object-missing"),
        ("insufficient_scope", "pull-access-denied"),
        ("MANIFEST_UNKNOWN", "manifest-not-found"),
        ("no matching manifest for linux/arm64", "platform-mismatch"),
        ("repository does not exist", "repository-not-found"),
        ("connection reset by peer", "connection-lost"),
        ("proxyconnect", "proxy-unreachable"),
        ("5xx", "registry-server-error"),
    ];
    for (literal, want) in table {
        assert!(ids(literal).contains(&want), "{literal}: {:?}", ids(literal));
    }
}

#[test]
fn part_of_a_signatures_words_finds_it() {
    assert!(ids("IP SANs").contains(&"tls-name-mismatch"));
    assert!(ids("unqualified-search").contains(&"short-name-ambiguous"));
}

#[test]
fn words_of_no_signature_stand_for_none() {
    for literal in ["", "  ", "Running", "kubectl get pods", "<pod>"] {
        assert!(ids(literal).is_empty(), "{literal:?}: {:?}", ids(literal));
    }
}
