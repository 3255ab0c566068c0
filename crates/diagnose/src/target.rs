//! What a person asks about: an object, a namespace, or the whole cluster.

use evidence::{Kind, ObjectRef};

/// What is to be diagnosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One object: a pod, or a workload with its pods.
    Object(ObjectRef),
    /// Every object of a namespace for which a guide's signals hold.
    Namespace(String),
    /// Every object of the cluster for which a guide's signals hold.
    Cluster,
}

/// Why a target as typed cannot be used. Each says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// Not of the form KIND/NAME.
    NoSlash(String),
    /// A kind that is not known.
    UnknownKind(String),
    /// A kind that has no pods and is no pod.
    NotDiagnosed(Kind),
    /// Nothing behind the slash, or a name that Kubernetes would refuse.
    BadName(String),
}

impl std::fmt::Display for TargetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TargetError::NoSlash(text) => {
                write!(f, "`{text}` is not of the form KIND/NAME; for a pod type pod/{text}")
            }
            TargetError::UnknownKind(kind) => {
                write!(f, "`{kind}` is not a kind that can be diagnosed; there are {KINDS}")
            }
            TargetError::NotDiagnosed(kind) => {
                write!(f, "no guide can be run on a {kind} yet; there are {KINDS}")
            }
            TargetError::BadName(name) => write!(
                f,
                "`{name}` is not a name that an object can have \
                 (lower case letters, digits, `-` and `.`, at most 253)"
            ),
        }
    }
}

impl std::error::Error for TargetError {}

/// All kinds that a guide can be run on, as a person types them.
const KINDS: &str = "pod, deploy, sts, ds, rs, job, cronjob, svc, ing, httproute, vs, cm, pvc, node, ns, \
     hpa, pdb, quota and netpol";

/// The kinds beside workloads that a guide can be run on.
const DIAGNOSED: [Kind; 13] = [
    Kind::Pod,
    Kind::Service,
    Kind::PersistentVolumeClaim,
    Kind::Node,
    Kind::Namespace,
    Kind::HorizontalPodAutoscaler,
    Kind::PodDisruptionBudget,
    Kind::Ingress,
    Kind::HTTPRoute,
    Kind::VirtualService,
    Kind::ConfigMap,
    Kind::ResourceQuota,
    Kind::NetworkPolicy,
];

impl Target {
    /// Reads `pod/web-0`, `deploy/checkout` and the like.
    ///
    /// # Errors
    /// [`TargetError`] when the text is not KIND/NAME of a kind that can be diagnosed.
    pub fn parse(text: &str, namespace: &str) -> Result<Target, TargetError> {
        let (kind, name) =
            text.split_once('/').ok_or_else(|| TargetError::NoSlash(text.to_owned()))?;
        let known = Kind::parse(kind).ok_or_else(|| TargetError::UnknownKind(kind.to_owned()))?;
        let is_diagnosed = known.is_workload() || DIAGNOSED.contains(&known);
        if !is_diagnosed {
            return Err(TargetError::NotDiagnosed(known));
        }
        if !is_object_name(name) {
            return Err(TargetError::BadName(name.to_owned()));
        }
        let namespace = Some(namespace).filter(|_| known.namespaced());
        Ok(Target::Object(ObjectRef::new(known, namespace, name)))
    }

    /// The namespace that the target lies in; `None` for the whole cluster.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Target::Object(object) => object.namespace.as_deref(),
            Target::Namespace(namespace) => Some(namespace),
            Target::Cluster => None,
        }
    }
}

/// Whether Kubernetes would accept this as an object's name (RFC 1123 subdomain). It also keeps
/// a name from reaching into another API path.
pub fn is_object_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|byte| letter(byte) || byte == b'-' || byte == b'.')
        && name.bytes().next().is_some_and(letter)
        && name.bytes().last().is_some_and(letter)
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Object(object) => object.fmt(f),
            Target::Namespace(namespace) => write!(f, "namespace {namespace}"),
            Target::Cluster => f.write_str("the cluster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_kind_and_a_name() {
        let target = Target::parse("deploy/checkout", "shop").unwrap();
        assert_eq!(target.to_string(), "Deployment shop/checkout");
        assert_eq!(target.namespace(), Some("shop"));
    }

    #[test]
    fn what_is_no_target_is_refused_with_what_to_type() {
        for (text, says) in [
            ("web-0", "pod/web-0"),
            ("widget/x", "deploy"),
            ("secret/n1", "yet"),
            ("pod/", "not a name"),
            ("pod/../secrets/x", "not a name"),
            ("pod/UPPER", "not a name"),
        ] {
            let error = Target::parse(text, "shop").unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
