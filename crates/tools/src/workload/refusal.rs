//! Why a pod, or what a pod needs, was refused when it was to be made: the words of the API server
//! as a controller passes them on in an event `FailedCreate`.

/// The sorts of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A ResourceQuota has too little left.
    Quota,
    /// A ResourceQuota wants an amount that the pod does not give.
    QuotaUnset,
    /// The service account does not exist.
    ServiceAccount,
    /// A LimitRange bounds what the pod asks for.
    LimitRange,
    /// Pod Security admission refuses the pod.
    PodSecurity,
    /// An admission webhook could not be asked.
    WebhookDown,
    /// An admission webhook said no.
    WebhookDenied,
    /// An admission policy of the API server said no, or could not be evaluated.
    PolicyDenied,
    /// The priority class does not exist.
    PriorityClass,
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// The template is not valid.
    Invalid,
    /// The controller may not make it.
    Forbidden,
    /// Something else.
    Other,
}

impl Sort {
    /// The word for guides.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Sort::Quota => "quota",
            Sort::QuotaUnset => "quota-unset",
            Sort::ServiceAccount => "service-account",
            Sort::LimitRange => "limit-range",
            Sort::PodSecurity => "pod-security",
            Sort::WebhookDown => "webhook-down",
            Sort::WebhookDenied => "webhook-denied",
            Sort::PolicyDenied => "policy-denied",
            Sort::PriorityClass => "priority-class",
            Sort::NamespaceTerminating => "namespace-terminating",
            Sort::Invalid => "invalid",
            Sort::Forbidden => "forbidden",
            Sort::Other => "other",
        }
    }
}

/// What such a message says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Its sort.
    pub sort: Sort,
    /// The quota that refuses.
    pub quota: Option<String>,
    /// The resources that are exceeded, as the quota names them.
    pub resources: Vec<String>,
    /// The service account that is missing.
    pub service_account: Option<String>,
    /// The webhook that was asked.
    pub webhook: Option<String>,
    /// The admission policy that refuses.
    pub policy: Option<String>,
    /// The priority class that is missing.
    pub priority_class: Option<String>,
}

/// Reads a message. The words are of pkg/quota and plugin/pkg/admission of Kubernetes 1.24 to 1.34:
/// `exceeded quota: NAME, requested: R=1, used: R=9, limited: R=9`, `failed quota: NAME: must
/// specify R for: C`, `serviceaccount "NAME" not found`, `failed calling webhook "NAME"`,
/// `admission webhook "NAME" denied the request`, `violates PodSecurity "LEVEL:VERSION"`, `no
/// PriorityClass with name NAME was found`; and of pkg/admission/plugin/namespace/lifecycle of the API
/// server: `unable to create new content in namespace NAME because it is being terminated`.
pub(crate) fn read(message: &str) -> Refusal {
    let after = |words: &str| message.split_once(words).map(|(_, rest)| rest);
    let quoted = |words: &str| {
        let (name, _) = after(words)?.split_once('"')?;
        Some(name.to_owned())
    };
    let mut refusal = Refusal {
        sort: Sort::Other,
        quota: None,
        resources: Vec::new(),
        service_account: None,
        webhook: None,
        policy: None,
        priority_class: None,
    };
    let until =
        |rest: &str, ends: &[char]| rest.split(ends).next().map(|name| name.trim().to_owned());
    if let Some(rest) = after("exceeded quota: ") {
        refusal.sort = Sort::Quota;
        refusal.quota = until(rest, &[',']);
        refusal.resources = after("requested: ").map(requested).unwrap_or_default();
    } else if let Some(rest) = after("failed quota: ") {
        refusal.sort = Sort::QuotaUnset;
        refusal.quota = until(rest, &[':']);
    } else if message.contains("serviceaccount \"") && message.contains("not found") {
        refusal.sort = Sort::ServiceAccount;
        refusal.service_account = quoted("serviceaccount \"");
    } else if message.contains("failed calling webhook") {
        refusal.sort = Sort::WebhookDown;
        refusal.webhook = quoted("failed calling webhook \"");
    } else if message.contains("admission webhook") && message.contains("denied the request") {
        refusal.sort = Sort::WebhookDenied;
        refusal.webhook = quoted("admission webhook \"");
    } else if let Some(policy) = admission_policy(message) {
        refusal.sort = Sort::PolicyDenied;
        refusal.policy = Some(policy);
    } else if message.contains("violates PodSecurity") {
        refusal.sort = Sort::PodSecurity;
    } else if bounded_by_a_limit_range(message) {
        refusal.sort = Sort::LimitRange;
    } else if let Some(rest) = after("no PriorityClass with name ") {
        refusal.sort = Sort::PriorityClass;
        refusal.priority_class = until(rest, &[' ']);
    } else if message.contains("because it is being terminated") {
        refusal.sort = Sort::NamespaceTerminating;
    } else if message.contains(" is invalid: ") {
        refusal.sort = Sort::Invalid;
    } else if message.contains("is forbidden: ") {
        refusal.sort = Sort::Forbidden;
    }
    refusal
}

/// The name in the words of the policies that the API server evaluates itself
/// (pkg/admission/plugin/policy/validating of the API server): `ValidatingAdmissionPolicy 'NAME' with
/// binding 'BINDING' denied request: …`.
fn admission_policy(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("ValidatingAdmissionPolicy '")?;
    let (name, rest) = rest.split_once('\'')?;
    rest.contains(" denied request: ").then(|| name.to_owned())
}

/// The words of the LimitRanger: `maximum memory usage per Container is 1Gi, but limit is 2Gi`.
fn bounded_by_a_limit_range(message: &str) -> bool {
    let usage = |bound: &str| message.contains(bound) && message.contains(" usage per ");
    usage("minimum ") || usage("maximum ") || message.contains("max limit to request ratio per ")
}

/// The names of `pods=1,requests.cpu=2, used: …`.
fn requested(rest: &str) -> Vec<String> {
    let list = rest.split(", used:").next().unwrap_or(rest);
    let name = |part: &str| Some(part.split_once('=')?.0.trim().to_owned());
    list.split(',').filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_quota_name_it_and_what_it_has_too_little_of() {
        let told = read(
            "Error creating: pods \"web-5b-x\" is forbidden: exceeded quota: team, requested: limits.memory=1Gi,pods=1, used: limits.memory=4Gi,pods=9, limited: limits.memory=4Gi,pods=9",
        );
        assert_eq!(told.sort, Sort::Quota);
        assert_eq!(told.quota.as_deref(), Some("team"));
        assert_eq!(told.resources, ["limits.memory", "pods"]);
    }

    #[test]
    fn a_priority_class_that_is_missing_is_named() {
        let told = read(
            "Error creating: pods \"web-5b-\" is forbidden: no PriorityClass with name business-critical was found",
        );
        assert_eq!(told.priority_class.as_deref(), Some("business-critical"));
    }

    #[test]
    fn each_refusal_has_its_sort() {
        for (message, sort) in [
            (
                "pods \"a\" is forbidden: error looking up service account shop/b: serviceaccount \"b\" not found",
                Sort::ServiceAccount,
            ),
            (
                "pods \"a\" is forbidden: failed quota: team: must specify limits.cpu for: web",
                Sort::QuotaUnset,
            ),
            (
                "pods \"a\" is forbidden: [maximum memory usage per Container is 1Gi, but limit is 2Gi]",
                Sort::LimitRange,
            ),
            (
                "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
                Sort::PodSecurity,
            ),
            (
                "Internal error occurred: failed calling webhook \"check.example.com\": failed to call webhook: Post \"https://x\": EOF",
                Sort::WebhookDown,
            ),
            ("admission webhook \"check.example.com\" denied the request: no", Sort::WebhookDenied),
            (
                "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'digests' with binding 'digests' denied request: violates the rules of the team",
                Sort::PolicyDenied,
            ),
            ("Pod \"a\" is invalid: spec.containers[0].image: Required value", Sort::Invalid),
            (
                "pods \"a\" is forbidden: no PriorityClass with name gold was found",
                Sort::PriorityClass,
            ),
            (
                "pods \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated",
                Sort::NamespaceTerminating,
            ),
            (
                "pods \"a\" is forbidden: User \"system:serviceaccount:kube-system:replicaset-controller\" cannot create resource \"pods\" in API group \"\" in the namespace \"shop\"",
                Sort::Forbidden,
            ),
            ("etcdserver: request timed out", Sort::Other),
        ] {
            assert_eq!(read(message).sort, sort, "{message}");
        }
    }
}
