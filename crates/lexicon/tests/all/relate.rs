//! Which concepts the words of guides speak of.

use lexicon::Lexicon;

fn scores(phrase: &str) -> Vec<(&'static str, u32)> {
    let relations = Lexicon::shipped().relate(phrase);
    relations.into_iter().map(|r| (r.concept.id.as_str(), r.score)).collect()
}

/// The best concept, and how far ahead it is of the next that is neither finer nor coarser.
fn best(phrase: &str) -> Option<(&'static str, u32)> {
    let lexicon = Lexicon::shipped();
    let all = scores(phrase);
    let (first, score) = *all.first()?;
    let related = |id: &str| lexicon.is_case_of(id, first) || lexicon.is_case_of(first, id);
    let next = all.iter().find(|(id, _)| !related(id)).map_or(0, |(_, score)| *score);
    Some((first, score.saturating_sub(next)))
}

#[test]
fn the_seed_guides_stop_conditions_relate_with_a_clear_margin() {
    let table = [
        ("Incorrect image reference (registry/repo/tag/digest)", "image-reference"),
        ("Missing or invalid `imagePullSecrets` / denied access", "pull-credentials"),
        ("Registry/connectivity issues (network/DNS/proxy)", "registry-connectivity"),
    ];
    for (phrase, want) in table {
        let found = best(phrase);
        assert_eq!(found.map(|f| f.0), Some(want), "{phrase}: {:?}", scores(phrase));
        assert!(found.is_some_and(|f| f.1 >= 6), "{phrase}: {:?}", scores(phrase));
    }
}

/// What other guides' authors would write, and the concept they mean.
const PARAPHRASES: &[(&str, &str)] = &[
    ("Wrong tag or typo in image name", "image-reference"),
    ("Auth failure against private registry", "pull-credentials"),
    ("Node cannot reach the registry", "registry-connectivity"),
    ("Docker Hub rate limiting", "rate-limit"),
    ("Too many requests (429)", "rate-limit"),
    ("TLS / certificate problems with the registry", "tls"),
    ("Self-signed certificate not trusted by the node", "tls"),
    ("Registry served over HTTP instead of HTTPS", "tls"),
    ("Corporate proxy blocks the pull", "proxy"),
    ("DNS resolution failures or timeouts", "dns"),
    ("The registry hostname cannot be resolved", "registry-host"),
    ("Cannot resolve the registry's name", "dns"),
    ("Firewall or egress rules block the registry", "network"),
    ("Connection refused or timeouts while pulling", "network"),
    ("Slow link between node and registry", "network"),
    ("Architecture mismatch (arm64 node, amd64 image)", "image-platform"),
    ("Image not built for the node's platform", "image-platform"),
    ("Registry outage or 5xx errors", "registry-availability"),
    ("Registry is down for maintenance", "registry-availability"),
    ("Image was deleted from the registry", "image-tag"),
    ("The tag does not exist", "image-tag"),
    ("Image does not exist", "image-reference"),
    ("Misspelled repository or tag", "image-reference"),
    ("Wrong repository path", "image-repository"),
    ("Wrong registry hostname", "registry-host"),
    ("Malformed image name", "image-name"),
    ("Short image name is ambiguous on CRI-O", "image-name"),
    ("Disk full on the node", "node-disk"),
    ("No space left / DiskPressure", "node-disk"),
    ("imagePullPolicy is Never and the image was not preloaded", "pull-policy"),
    ("Image signature verification failed", "image-policy"),
    ("Cluster policy rejects unsigned images", "image-policy"),
    ("Expired ECR token", "credentials-expired"),
    ("Credentials have been rotated", "pull-credentials"),
    ("Pull secret is in another namespace", "pull-secret"),
    ("Missing secret", "pull-secret"),
    ("Service account lacks imagePullSecrets", "pull-credentials"),
    ("Invalid registry credentials", "pull-credentials"),
    ("Not logged in to the registry", "pull-credentials"),
    ("Unauthorized (401) from registry", "pull-credentials"),
    ("Authentication or authorization error", "pull-credentials"),
    ("IAM role lacks permission to pull", "registry-permission"),
    ("Corrupted layer or checksum mismatch", "image-content"),
    ("Manifest uses the deprecated schema v1", "image-format"),
    ("Kubelet credential provider misconfigured", "credential-provider"),
    ("Kubelet pull QPS exceeded", "node-pull-limit"),
    ("Container runtime is down", "node-runtime"),
    ("Entrypoint or command not found in the image", "container-command"),
    ("Entrypoint script is not executable", "container-permission"),
    ("ConfigMap or key missing", "container-config"),
    ("Volume mount conflicts with a file", "container-mount"),
    ("Memory limit too low (OOMKilled)", "container-memory"),
    ("runAsNonRoot set but the image runs as root", "security-context"),
    ("CNI plugin not ready", "pod-network"),
    ("Subnet is out of IP addresses", "pod-ip"),
];

#[test]
fn paraphrases_of_other_authors_relate() {
    let wrong: Vec<String> = PARAPHRASES
        .iter()
        .filter(|(phrase, want)| best(phrase).map(|f| f.0) != Some(*want))
        .map(|(phrase, want)| format!("{phrase}: want {want}, got {:?}", scores(phrase)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_words_explain_the_score() {
    let relations =
        Lexicon::shipped().relate("Incorrect image reference (registry/repo/tag/digest)");
    let best = relations.first();
    let words = best.map(|r| r.words.clone()).unwrap_or_default();
    assert_eq!(words.first().map(String::as_str), Some("image reference"));
    for word in ["repo", "tag", "digest", "registry", "incorrect"] {
        assert!(words.iter().any(|w| w == word), "{word}: {words:?}");
    }
    assert_eq!(best.map(|r| r.score), Some(6 + 3 * 3 + 2));
}

#[test]
fn phrases_about_nothing_here_relate_to_nothing() {
    for phrase in ["", "Collect the events", "the registry", "Ask a colleague", "…"] {
        assert!(scores(phrase).is_empty(), "{phrase}: {:?}", scores(phrase));
    }
}

#[test]
fn every_concepts_own_title_relates_to_it_or_to_its_family() {
    let lexicon = Lexicon::shipped();
    let mut missed = Vec::new();
    for concept in lexicon.concepts() {
        let all = scores(&concept.title);
        let near =
            |id: &str| lexicon.is_case_of(id, &concept.id) || lexicon.is_case_of(&concept.id, id);
        if !all.iter().take(3).any(|(id, _)| near(id)) {
            missed.push((&concept.id, all));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
