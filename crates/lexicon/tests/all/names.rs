//! Names of images, hosts and objects never decide.

use lexicon::Lexicon;

fn class(message: &str, image: Option<&str>) -> Option<&'static str> {
    Lexicon::shipped().classify(message, image).map(|s| s.id.as_str())
}

/// Image names made of the words that signatures are recognised by.
const TREACHEROUS: &[&str] = &[
    "unauthorized/app:1",
    "registry.example.com/no-such-host/denied:forbidden",
    "401/unauthorized:403",
    "docker.io/library/denied:latest",
    "toomanyrequests/429:too-many-requests",
    "shop/manifest-unknown@sha256:4290000000000000000000000000000000000000000000000000000000000401",
    "i/o:timeout",
    "x509/certificate-signed-by-unknown-authority:expired",
    "quay.io/unexpected/eof:1",
];

#[test]
fn an_images_name_never_decides() {
    for image in TREACHEROUS {
        let table = [
            (format!("Back-off pulling image \"{image}\""), Some("image-pull-backoff")),
            (
                format!(
                    "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
                ),
                Some("image-not-found"),
            ),
            (
                format!(
                    "Error response from daemon: manifest for {image} not found: manifest unknown: manifest unknown"
                ),
                Some("manifest-not-found"),
            ),
            (
                format!(
                    "Error response from daemon: pull access denied for {image}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
                ),
                Some("pull-access-denied"),
            ),
            (
                format!("Container image \"{image}\" is not present with pull policy of Never"),
                Some("never-pull"),
            ),
        ];
        for (message, want) in table {
            assert_eq!(class(&message, None), want, "{message}");
            assert_eq!(class(&message, Some(image)), want, "{message}");
        }
    }
}

#[test]
fn a_hosts_name_never_decides() {
    for host in ["unauthorized", "forbidden.example", "denied-timeout", "no-such-host"] {
        let message = format!(
            "failed to do request: Head \"https://{host}/v2/a/manifests/1\": dial tcp: lookup {host} on 10.0.0.53:53: server misbehaving"
        );
        assert_eq!(class(&message, None), Some("dns-failed"), "{message}");
    }
}

#[test]
fn a_tag_in_the_words_of_cri_o_never_decides() {
    for tag in ["denied", "unauthorized", "401", "forbidden", "toomanyrequests"] {
        let message =
            format!("reading manifest {tag} in registry.example.com/shop/app: manifest unknown");
        assert_eq!(class(&message, None), Some("manifest-not-found"), "{message}");
    }
}

#[test]
fn single_words_as_names_never_decide() {
    let table = [
        ("Error: configmap \"unauthorized\" not found", "config-object-missing"),
        ("Error: couldn't find key 401 in ConfigMap shop/forbidden", "config-key-missing"),
        ("exec: \"denied\": executable file not found in $PATH: unknown", "command-not-in-path"),
        (
            "pull access denied for unauthorized, repository does not exist or may require 'docker login'",
            "pull-access-denied",
        ),
        ("manifest for forbidden not found: manifest unknown", "manifest-not-found"),
        ("repository unauthorized not found: name unknown", "repository-not-found"),
    ];
    for (message, want) in table {
        assert_eq!(class(message, None), Some(want), "{message}");
    }
}

#[test]
fn a_name_with_spaces_is_kept_out_by_the_callers_image() {
    let image = "401 unauthorized";
    let message = format!(
        "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
    );
    assert_eq!(class(&message, Some(image)), Some("invalid-reference"));
}

#[test]
fn messages_of_other_phases_are_not_taken_for_pulls() {
    let table = [
        "Readiness probe failed: Get \"http://10.1.2.3:8080/ready\": dial tcp 10.1.2.3:8080: connect: connection refused",
        "Liveness probe failed: HTTP probe failed with statuscode: 503",
        "MountVolume.SetUp failed for volume \"cfg\" : configmap \"cfg\" not found",
        "0/3 nodes are available: 3 Insufficient cpu.",
        "Successfully pulled image \"nginx:1.27\" in 1.2s",
        "",
    ];
    for message in table {
        assert_eq!(class(message, None), None, "{message}");
    }
}
