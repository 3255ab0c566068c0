//! The versions of Kubernetes that a cluster can be of.

/// A version of Kubernetes, with the container runtime that runs under it.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    /// The minor version, as typed: `1.34`.
    pub name: &'static str,
    /// The release that is built: `v1.34.4`.
    pub kubernetes: &'static str,
    /// The folder below `testcluster/modules` that pins it.
    pub module: &'static str,
    /// Where containerd comes from.
    pub runtime: Runtime,
}

/// Where containerd comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Debian's package: containerd 1.6.
    Debian,
    /// Its Go module: containerd 2.
    Module,
}

/// The versions, the one that is taken by default first.
pub static VERSIONS: [Version; 2] = [
    Version {
        name: "1.34",
        kubernetes: "v1.34.4",
        module: "kubernetes-1.34",
        runtime: Runtime::Debian,
    },
    Version {
        name: "1.37",
        kubernetes: "v1.37.2",
        module: "kubernetes-1.37",
        runtime: Runtime::Module,
    },
];

impl Version {
    /// The version of that name.
    ///
    /// # Errors
    /// A sentence that lists the names, when there is none.
    pub fn named(name: &str) -> Result<&'static Version, String> {
        let known: Vec<&str> = VERSIONS.iter().map(|version| version.name).collect();
        VERSIONS.iter().find(|version| version.name == name).ok_or_else(|| {
            format!("no Kubernetes `{name}` to test on; there are {}", known.join(" and "))
        })
    }

    /// The minor version's number: 34.
    pub fn minor(&self) -> u32 {
        self.name.rsplit('.').next().and_then(|minor| minor.parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_the_one_that_its_module_pins() {
        for version in &VERSIONS {
            let module = crate::place::modules().join(version.module).join("go.mod");
            let text = std::fs::read_to_string(&module).unwrap();
            let mut pinned =
                text.lines().filter_map(|line| line.trim().strip_prefix("k8s.io/kubernetes v"));
            let release = pinned.next().and_then(|rest| rest.split(' ').next());
            assert_eq!(release, version.kubernetes.strip_prefix('v'), "{}", version.name);
            assert!(version.kubernetes.starts_with(&format!("v1.{}.", version.minor())));
        }
    }
}
