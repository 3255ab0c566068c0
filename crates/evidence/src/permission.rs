//! What a user must be allowed to do.

/// One permission, in the words of Kubernetes RBAC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// `get` or `list`; nothing else is ever needed.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, with its subresource (`pods/log`).
    pub resource: &'static str,
    /// The namespace, or `None` for the whole cluster.
    pub namespace: Option<String>,
}

/// `"list events" in namespace shop`, as a report names a missing permission.
impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(f, "\"{} {}{dot}{}\"", self.verb, self.resource, self.group)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => write!(f, " in the cluster"),
        }
    }
}
