//! Image references, by the grammar of `distribution/reference`, completed as Docker and the
//! kubelet complete them: `nginx` is `docker.io/library/nginx:latest`.

pub(crate) mod context;
pub(crate) mod get_image_pull_events;
pub(crate) mod get_image_reference;
pub(crate) mod get_registry_answer;
pub(crate) mod get_secret_exists;
pub(crate) mod pull;
pub(crate) mod siblings;

/// The registry that is meant where none is named.
const DEFAULT_REGISTRY: &str = "docker.io";
/// The most characters of a repository. Releases of `distribution/reference` before 0.6 counted
/// the registry too; what only those refuse is not called invalid.
const REPOSITORY_LIMIT: usize = 255;
/// The most characters of a tag.
const TAG_LIMIT: usize = 128;

/// An image reference in its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// The registry's host, with its port: `docker.io`, `localhost:5000`.
    pub registry: String,
    /// The path in the registry: `library/nginx`.
    pub repository: String,
    /// The tag; `latest` where neither tag nor digest is named.
    pub tag: Option<String>,
    /// The digest: `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads an image reference.
    ///
    /// # Errors
    /// What is wrong with it, as a clause for a report.
    pub(crate) fn parse(text: &str) -> Result<Reference, String> {
        check_form(text)?;
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(check_digest(digest)?)),
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            // A colon before a slash belongs to the registry's port.
            Some((name, tag)) if !tag.contains('/') => (name, Some(check_tag(tag)?)),
            _ => (rest, None),
        };
        let (registry, repository) = split_name(name);
        check_registry(registry)?;
        check_repository(repository)?;
        if repository.len() > REPOSITORY_LIMIT {
            return Err(format!("the repository is longer than {REPOSITORY_LIMIT} characters"));
        }
        if digest.is_none() && tag.is_none() && is_identifier(rest) {
            return Err("64 hexadecimal digits are an image id, not a name".to_owned());
        }
        let registry = match registry {
            "" | "index.docker.io" => DEFAULT_REGISTRY,
            named => named,
        };
        let official = registry == DEFAULT_REGISTRY && !repository.contains('/');
        let prefix = if official { "library/" } else { "" };
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Reference {
            registry: registry.to_owned(),
            repository: format!("{prefix}{repository}"),
            tag,
            digest,
        })
    }

    /// Whether two references name the same image: the same digest of the same repository,
    /// or where either has none, the same tag.
    pub(crate) fn same_image(&self, other: &Reference) -> bool {
        let same_place = self.registry == other.registry && self.repository == other.repository;
        same_place
            && match (&self.digest, &other.digest) {
                (Some(one), Some(another)) => one == another,
                (None, None) => self.tag == other.tag,
                _ => false,
            }
    }
}

/// Whether two image references as written name the same image.
pub(crate) fn same_image(one: &str, another: &str) -> bool {
    one == another
        || match (Reference::parse(one), Reference::parse(another)) {
            (Ok(one), Ok(another)) => one.same_image(&another),
            _ => false,
        }
}

/// The mistakes that people make with the reference as a whole.
fn check_form(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains(char::is_whitespace) {
        return Err("it contains white space".to_owned());
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!("it begins with a scheme ({scheme}://), which a reference has not"));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-/:@+".contains(*c)) {
        Some(other) => Err(format!("it contains {other:?}, which no part may contain")),
        None => Ok(()),
    }
}

/// The part before the first slash is a registry only if it looks like a host: it has a dot
/// or a port, is `localhost`, or has capitals, which no repository may have.
fn split_name(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.contains(|c: char| c.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => ("", name),
    }
}

fn check_registry(registry: &str) -> Result<(), String> {
    if registry.is_empty() {
        return Ok(());
    }
    let (host, port) = match registry.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (registry, None),
    };
    if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!("the registry `{registry}` has no number for its port"));
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match host.split('.').all(label) {
        true => Ok(()),
        false => Err(format!("the registry `{registry}` is not a host name")),
    }
}

fn check_repository(repository: &str) -> Result<(), String> {
    if repository.is_empty() {
        return Err("it names no repository".to_owned());
    }
    if repository.contains(|c: char| c.is_ascii_uppercase()) {
        return Err(format!("the repository `{repository}` must be lowercase"));
    }
    for component in repository.split('/') {
        if component.is_empty() {
            return Err(format!("the repository `{repository}` has an empty part"));
        }
        if !is_path_component(component) {
            return Err(format!("the repository's part `{component}` is malformed"));
        }
    }
    Ok(())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(component: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = bytes.first().is_some_and(|b| plain(*b)) && bytes.last().is_some_and(|b| plain(*b));
    ends && component
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

fn check_tag(tag: &str) -> Result<String, String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if tag.is_empty() {
        return Err("the tag after the colon is empty".to_owned());
    }
    if tag.len() > TAG_LIMIT {
        return Err(format!("the tag is longer than {TAG_LIMIT} characters"));
    }
    match tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-')) {
        true => Ok(tag.to_owned()),
        false => Err(format!("the tag `{tag}` is malformed")),
    }
}

fn check_digest(digest: &str) -> Result<String, String> {
    let Some((algorithm, value)) = digest.split_once(':') else {
        return Err(format!("the digest `{digest}` does not name its algorithm (sha256:…)"));
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(format!("the digest's algorithm `{algorithm}` is unknown")),
    };
    if value.len() != length {
        let found = value.len();
        return Err(format!("the {algorithm} digest has {found} digits instead of {length}"));
    }
    match value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(digest.to_owned()),
        false => Err(format!("the {algorithm} digest has other characters than 0-9 and a-f")),
    }
}

fn is_identifier(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: &str = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";

    fn parts(text: &str) -> (String, String, Option<String>, Option<String>) {
        let image = Reference::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        (image.registry, image.repository, image.tag, image.digest)
    }

    #[test]
    fn a_reference_is_completed_as_docker_completes_it() {
        for (text, registry, repository, tag) in [
            ("nginx", "docker.io", "library/nginx", Some("latest")),
            ("nginx:1.27", "docker.io", "library/nginx", Some("1.27")),
            ("index.docker.io/nginx", "docker.io", "library/nginx", Some("latest")),
            ("docker.io/library/nginx", "docker.io", "library/nginx", Some("latest")),
            ("grafana/loki:2", "docker.io", "grafana/loki", Some("2")),
            ("localhost/web", "localhost", "web", Some("latest")),
            ("localhost:5000/web:1", "localhost:5000", "web", Some("1")),
            ("localhost:5000/app/web", "localhost:5000", "app/web", Some("latest")),
            ("registry.example.com:443/a/b/c:v1", "registry.example.com:443", "a/b/c", Some("v1")),
            ("Registry/web", "Registry", "web", Some("latest")),
            ("web_app__x--y/z.z", "docker.io", "web_app__x--y/z.z", Some("latest")),
        ] {
            let found = parts(text);
            let expected =
                (registry.to_owned(), repository.to_owned(), tag.map(str::to_owned), None);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_digest_takes_the_place_of_the_default_tag() {
        assert_eq!(parts(&format!("nginx@{D}")).2, None);
        let both = parts(&format!("registry.example.com/web:1.4@{D}"));
        assert_eq!((both.2.as_deref(), both.3.as_deref()), (Some("1.4"), Some(D)));
    }

    #[test]
    fn what_is_wrong_with_a_reference_is_said() {
        for (text, problem) in [
            ("", "empty"),
            ("nginx :1", "white space"),
            ("nginx\n", "white space"),
            ("https://registry.example.com/web", "scheme"),
            ("registry.example.com/Shop/web", "lowercase"),
            ("Nginx", "lowercase"),
            ("nginx:", "tag after the colon is empty"),
            ("nginx:-1", "malformed"),
            ("nginx:1:2", "malformed"),
            ("registry.example.com//web", "empty part"),
            ("registry.example.com/", "no repository"),
            ("registry.example.com:port/web", "port"),
            ("-bad.example/web", "not a host name"),
            ("web..app", "malformed"),
            ("web-", "malformed"),
            ("nginx@sha256:abc", "3 digits instead of 64"),
            ("nginx@md5:abc", "unknown"),
            ("nginx@latest", "algorithm"),
            ("nginx:1,5", "no part may contain"),
            (D.trim_start_matches("sha256:"), "image id"),
        ] {
            let found = Reference::parse(text).expect_err(text);
            assert!(found.contains(problem), "{text}: {found}");
        }
        assert!(Reference::parse(&format!("nginx:{}", "a".repeat(129))).is_err());
        assert!(Reference::parse(&format!("a/{}", "b".repeat(254))).is_err());
        let longest = format!("registry.example.com/{}", "b".repeat(255));
        assert!(Reference::parse(&longest).is_ok());
        assert!(Reference::parse(&format!("nginx@{}", D.to_uppercase())).is_err());
    }

    #[test]
    fn two_spellings_of_one_image_are_the_same_image() {
        assert!(same_image("nginx", "docker.io/library/nginx:latest"));
        assert!(!same_image("nginx:1", "nginx:2"));
        assert!(same_image(&format!("nginx:1@{D}"), &format!("nginx@{D}")));
        assert!(!same_image("nginx:1", &format!("nginx:1@{D}")));
        assert!(!same_image("Bad", "bad"));
    }
}
