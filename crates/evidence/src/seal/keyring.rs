//! Which credentials the kubelet would use for an image
//! (`BasicDockerKeyring`, pkg/credentialprovider/keyring.go).

use super::go_url::GoUrl;
use super::{DockerConfig, RegistryEntry};

/// Docker Hub's name in registry credentials.
const DEFAULT_REGISTRY: &str = "index.docker.io";

impl DockerConfig {
    /// The entries that the kubelet would try for an image, in its order: the more specific
    /// key first. Empty when it would use none of them.
    ///
    /// The image is given as the kubelet looks it up: registry and repository, without tag and
    /// digest, such as `docker.io/library/nginx` or `registry.example.com:5000/shop/web`.
    ///
    /// Only the keys are weighed. An entry that is named here may still have a
    /// [problem](RegistryEntry::problem), and where [the whole](DockerConfig::problem) has one
    /// the kubelet uses none of its entries.
    ///
    /// ```
    /// # use evidence::{DockerConfig, RegistryEntry};
    /// let entry = |key: &str| RegistryEntry { key: key.into(), problem: None };
    /// let config = DockerConfig {
    ///     problem: None,
    ///     registries: vec![entry("quay.io"), entry("quay.io/coreos"), entry("ghcr.io")],
    /// };
    /// let keys: Vec<&str> =
    ///     config.covers("quay.io/coreos/etcd").iter().map(|entry| entry.key.as_str()).collect();
    /// assert_eq!(keys, ["quay.io/coreos", "quay.io"]);
    /// ```
    pub fn covers(&self, registry_and_repository: &str) -> Vec<&RegistryEntry> {
        look_up(
            self.registries.iter().map(|entry| (entry.key.as_str(), entry)),
            registry_and_repository,
        )
    }
}

/// `BasicDockerKeyring.Lookup`: of entries by their keys, those that are for an image, in the
/// order in which the kubelet tries them. Entries under the same key keep their order.
pub(super) fn look_up<'a, T: Copy>(
    entries: impl Iterator<Item = (&'a str, T)>,
    registry_and_repository: &str,
) -> Vec<T> {
    let mut index: Vec<(String, T)> =
        entries.filter_map(|(key, entry)| Some((index_key(key)?, entry))).collect();
    index.sort_by(|(a, _), (b, _)| b.cmp(a));
    let target = GoUrl::parse(registry_and_repository);
    let matching: Vec<T> = index
        .iter()
        .filter(|(key, _)| target.as_ref().is_some_and(|target| matches(key, target)))
        .map(|(_, entry)| *entry)
        .collect();
    if !matching.is_empty() || !is_default_registry(registry_and_repository) {
        return matching;
    }
    let default = index.iter().filter(|(key, _)| key == DEFAULT_REGISTRY);
    default.map(|(_, entry)| *entry).collect()
}

/// The key under which an entry is indexed: no scheme, `/v1/` and `/v2/` taken for the root.
/// `None` for a key that is no URL, which the kubelet ignores.
pub(super) fn index_key(key: &str) -> Option<String> {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let GoUrl { host, path } = GoUrl::parse(rest)?;
    let api_root = path.starts_with("/v2/") || path.starts_with("/v1/");
    let path = if api_root { &path[3..] } else { path.as_str() };
    Some(if path == "/" { host } else { host + path })
}

/// `URLsMatch`: ports equal, as many host parts, each matching, the key's path a prefix.
fn matches(key: &str, target: &GoUrl) -> bool {
    let Some(glob) = GoUrl::parse(key) else { return false };
    let (glob_parts, glob_port) = glob.split_host();
    let (target_parts, target_port) = target.split_host();
    glob_port == target_port
        && glob_parts.len() == target_parts.len()
        && target.path.starts_with(&glob.path)
        && glob_parts.iter().zip(&target_parts).all(|(glob, part)| part_matches(glob, part))
}

/// `filepath.Match` for a part of a host name, in which only `*` can be special: `?` ends a
/// URL's path, and `[` is of IPv6 addresses, where it makes a class that matches no address.
fn part_matches(glob: &str, part: &str) -> bool {
    if glob.contains('[') {
        return false;
    }
    let mut pieces = glob.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = part.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// `isDefaultRegistryMatch`: whether an image is of Docker Hub.
fn is_default_registry(image: &str) -> bool {
    match image.split_once('/') {
        None => !image.is_empty(),
        Some(("docker.io" | "index.docker.io", _)) => true,
        Some((first, _)) => !first.is_empty() && !first.contains(['.', ':']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(keys: &[&str]) -> DockerConfig {
        let entry = |key: &&str| RegistryEntry { key: (*key).to_owned(), problem: None };
        DockerConfig { problem: None, registries: keys.iter().map(entry).collect() }
    }

    fn covering<'a>(config: &'a DockerConfig, image: &str) -> Vec<&'a str> {
        config.covers(image).into_iter().map(|entry| entry.key.as_str()).collect()
    }

    /// `TestURLsMatch`, `TestDockerKeyringForGlob` and `TestKeyringMiss` of keyring_test.go.
    #[test]
    fn a_key_covers_what_the_kubelet_s_own_tests_say_it_covers() {
        let table: &[(&str, &str, bool)] = &[
            ("*.kubernetes.io", "prefix.kubernetes.io", true),
            ("prefix.*.io", "prefix.kubernetes.io", true),
            ("prefix.kubernetes.*", "prefix.kubernetes.io", true),
            ("*-good.kubernetes.io", "prefix-good.kubernetes.io", true),
            ("*.kubernetes.io/blah", "prefix.kubernetes.io/blah", true),
            ("prefix.*.io/foo", "prefix.kubernetes.io/foo/bar", true),
            ("*.kubernetes.io:1111/blah", "prefix.kubernetes.io:1111/blah", true),
            ("prefix.*.io:1111/foo", "prefix.kubernetes.io:1111/foo/bar", true),
            ("*.kubernetes.io", "kubernetes.io", false),
            ("*.*.kubernetes.io", "prefix.kubernetes.io", false),
            ("*.*.kubernetes.io", "kubernetes.io", false),
            ("kubernetes.io", "kubernetes.com", false),
            ("k*.io", "quay.io", false),
            ("*.kubernetes.io:1234/blah", "prefix.kubernetes.io:1111/blah", false),
            ("prefix.*.io/foo", "prefix.kubernetes.io:1111/foo/bar", false),
            ("https://hello.kubernetes.io", "hello.kubernetes.io/foo/bar", true),
            ("https://*.docker.io", "prefix.docker.io/foo/bar", true),
            ("https://prefix.docker.*", "prefix.docker.io/foo/bar", true),
            ("https://*.docker.io/path", "prefix.docker.io/path/foo/bar", true),
            ("https://prefix.*.io/path", "prefix.docker.io/path/subpath/foo/bar", true),
            ("https://*.docker.io:8888", "prefix.docker.io:8888/foo/bar", true),
            ("https://*.docker.io/path:1111", "prefix.docker.io/path:1111/foo/bar", true),
            ("https://*.docker.io/v1/", "prefix.docker.io/path:1111/foo/bar", true),
            ("https://*.docker.io/v2/", "prefix.docker.io/path:1111/foo/bar", true),
            ("prefix.docker.io:1111", "prefix.docker.io:1111/path/foo/bar", true),
            ("*.docker.io:1111", "prefix.docker.io:1111/path/foo/bar", true),
            ("https://hello.kubernetes.io", "world.mesos.org/foo/bar", false),
            ("https://*.docker.com", "prefix.docker.io/foo/bar", false),
            ("https://suffix.*.io", "prefix.docker.io/foo/bar", false),
            ("https://prefix.docker.c*", "prefix.docker.io/foo/bar", false),
            ("https://prefix.*.io/path:1111", "prefix.docker.io/path/subpath:1111/foo", false),
            ("suffix.*.io", "prefix.docker.io/foo/bar", false),
        ];
        for (key, image, covered) in table {
            assert_eq!(config(&[key]).covers(image).len() == 1, *covered, "{key} for {image}");
        }
    }

    /// The examples of <https://kubernetes.io/docs/concepts/containers/images/#config-json>.
    #[test]
    fn a_key_covers_what_the_documentation_says_it_covers() {
        let table: &[(&str, &str, bool)] = &[
            ("my-registry.example/images", "my-registry.example/images", true),
            ("my-registry.example/images", "my-registry.example/images/my-image", true),
            ("my-registry.example/images", "my-registry.example/images/another-image", true),
            ("*.my-registry.example/images", "sub.my-registry.example/images/my-image", true),
            ("*.my-registry.example/images", "a.sub.my-registry.example/images/my-image", false),
            ("*.my-registry.example/images", "my-registry.example/images/my-image", false),
            ("*.kubernetes.io", "abc.kubernetes.io/x", true),
            ("*.*.kubernetes.io", "abc.def.kubernetes.io/x", true),
        ];
        for (key, image, covered) in table {
            assert_eq!(config(&[key]).covers(image).len() == 1, *covered, "{key} for {image}");
        }
    }

    #[test]
    fn the_more_specific_key_comes_first_and_all_that_match_are_tried() {
        let config = config(&["quay.io", "quay.io/coreos", "*.io", "ghcr.io"]);
        assert_eq!(covering(&config, "quay.io/coreos/etcd"), ["quay.io/coreos", "quay.io", "*.io"]);
    }

    #[test]
    fn docker_hub_has_its_own_key_and_any_other_that_matches_goes_before_it() {
        let hub = config(&["https://index.docker.io/v1/"]);
        for image in ["docker.io/library/nginx", "nginx", "google/docker-registry"] {
            assert_eq!(covering(&hub, image), ["https://index.docker.io/v1/"], "{image}");
        }
        for image in ["world.mesos.org/foo/bar", "registry:5000/foo/bar", "", "x.docker.io/a"] {
            assert!(hub.covers(image).is_empty(), "{image}");
        }
        let both = config(&["https://index.docker.io/v1/", "docker.io"]);
        assert_eq!(covering(&both, "docker.io/library/nginx"), ["docker.io"]);
        let slashless = config(&["https://index.docker.io/v1"]);
        assert!(
            slashless.covers("docker.io/library/nginx").is_empty(),
            "without the last slash it is a path, which the kubelet does not take for the root"
        );
    }

    #[test]
    fn a_path_is_a_prefix_of_text_not_of_segments() {
        assert_eq!(covering(&config(&["r.io/shop"]), "r.io/shopping/web"), ["r.io/shop"]);
        assert!(config(&["r.io/shop/"]).covers("r.io/shop").is_empty());
    }

    #[test]
    fn case_and_ports_count() {
        assert!(config(&["Registry.io"]).covers("registry.io/a").is_empty());
        assert!(config(&["registry.io:443"]).covers("registry.io/a").is_empty());
        assert!(config(&["HTTPS://registry.io"]).covers("registry.io/a").is_empty());
    }

    #[test]
    fn a_key_that_is_no_url_covers_nothing() {
        for key in ["registry .io", "registry.io:port", "reg%zz.io/%zz", "", "[::1"] {
            assert!(config(&[key]).covers("registry.io/a").is_empty(), "{key}");
        }
    }
}
