//! The platform that a pod asks for by itself: its node selector, its required node affinity.

use evidence::{Object, Platform};
use serde_json::Value as Json;

use crate::field;

/// The labels of nodes that tell the architecture; the second is that of nodes before 1.14.
const ARCHITECTURE: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];
/// The labels of nodes that tell the operating system.
const OS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// The platform, where the pod leaves no choice of the architecture. An operating system that it
/// does not name is Linux, as for most pods: a Windows pod has to say so to be scheduled.
pub(crate) fn of(pod: &Object) -> Option<Platform> {
    let architecture = label(pod, &ARCHITECTURE)?;
    let os = pod.text("/spec/os/name").map(str::to_owned).or_else(|| label(pod, &OS));
    Some(Platform { os: os.unwrap_or_else(|| "linux".to_owned()), architecture })
}

fn label(pod: &Object, names: &[&str]) -> Option<String> {
    let selector = pod.at("/spec/nodeSelector");
    let selected = names.iter().find_map(|name| selector?.get(*name)?.as_str());
    selected.map(str::to_owned).or_else(|| required(pod, names))
}

/// The one value that every term of the required affinity allows; terms are alternatives.
fn required(pod: &Object, names: &[&str]) -> Option<String> {
    let terms = pod.items(
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
    );
    let (first, rest) = terms.split_first()?;
    let value = only_value(first, names)?;
    rest.iter().all(|term| only_value(term, names).as_ref() == Some(&value)).then_some(value)
}

fn only_value(term: &Json, names: &[&str]) -> Option<String> {
    field::items(term, "/matchExpressions").iter().find_map(|expression| {
        let named = field::word(expression, "/key").is_some_and(|key| names.contains(&key));
        let is_in = field::word(expression, "/operator") == Some("In");
        match field::texts(expression, "/values").as_slice() {
            [value] if named && is_in => Some(value.clone()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn platform(spec: Json) -> Option<String> {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "spec": spec,
            "metadata": { "name": "web", "namespace": "shop" } });
        of(&Object::admit(pod).unwrap()).map(|platform| platform.to_string())
    }

    fn affinity(terms: Json) -> Json {
        json!({ "affinity": { "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } } })
    }

    fn term(key: &str, operator: &str, values: &[&str]) -> Json {
        json!({ "matchExpressions": [ { "key": key, "operator": operator, "values": values } ] })
    }

    #[test]
    fn a_node_selector_names_the_platform() {
        let selector = json!({ "nodeSelector": { "kubernetes.io/arch": "arm64" } });
        assert_eq!(platform(selector).as_deref(), Some("linux/arm64"));
        let windows = json!({ "nodeSelector": {
            "kubernetes.io/arch": "amd64", "kubernetes.io/os": "windows" } });
        assert_eq!(platform(windows).as_deref(), Some("windows/amd64"));
        assert_eq!(platform(json!({})), None);
    }

    #[test]
    fn an_affinity_names_it_only_where_it_leaves_no_choice() {
        let arch = "kubernetes.io/arch";
        let one = affinity(json!([term(arch, "In", &["arm64"])]));
        assert_eq!(platform(one).as_deref(), Some("linux/arm64"));
        for choice in [
            json!([term(arch, "In", &["arm64", "amd64"])]),
            json!([term(arch, "NotIn", &["arm64"])]),
            json!([term(arch, "In", &["arm64"]), term(arch, "In", &["amd64"])]),
            json!([term(arch, "In", &["arm64"]), term("zone", "In", &["a"])]),
        ] {
            assert_eq!(platform(affinity(choice.clone())), None, "{choice}");
        }
    }
}
