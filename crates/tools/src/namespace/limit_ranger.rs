//! What the API server gave the containers of a pod because their template left it out: the defaults
//! of a LimitRange. Its plugin says so in an annotation of the pod: `LimitRanger plugin set: cpu,
//! memory request for container web; memory limit for init container fetch`
//! (plugin/pkg/admission/limitranger, `mergeContainerResources`).

use evidence::{Object, Source};

/// One amount that a LimitRange gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Default<'a> {
    /// Whether it is a limit; else it is a request.
    pub is_limit: bool,
    /// The resource.
    pub resource: &'a str,
    /// The container.
    pub container: &'a str,
}

/// The annotation of a pod, as the place that a fact was read from.
pub(crate) fn source(pod: &Object) -> Option<Source> {
    Some(Source::field(pod, "metadata.annotations").quoting(annotation(pod)?))
}

fn annotation(pod: &Object) -> Option<&str> {
    pod.annotation("kubernetes.io/limit-ranger")
}

/// What is told. A page of kubectl cuts a long annotation: its last part is then left out.
pub(crate) fn defaults(pod: &Object) -> Vec<Default<'_>> {
    let told = annotation(pod).and_then(|text| text.trim().strip_prefix("LimitRanger plugin set:"));
    told.map(read).unwrap_or_default()
}

fn read(list: &str) -> Vec<Default<'_>> {
    let mut found = Vec::new();
    for part in list.split(';').filter(|part| !part.trim_end().ends_with("...")) {
        let Some((amounts, container)) = part.split_once(" for ") else { continue };
        let container =
            container.trim().trim_start_matches("init ").trim_start_matches("container ");
        let Some((resources, bound)) = amounts.trim().rsplit_once(' ') else { continue };
        let is_limit = bound == "limit";
        let resources = resources.split(',').map(str::trim).filter(|resource| !resource.is_empty());
        found.extend(resources.map(|resource| Default { is_limit, resource, container }));
    }
    found
}

/// The resources of which a container was given its limit, or its request, so.
pub(crate) fn given(pod: &Object, container: &str, is_limit: bool) -> Vec<String> {
    let own = defaults(pod).into_iter();
    let own = own.filter(|one| one.container == container && one.is_limit == is_limit);
    own.map(|one| one.resource.to_owned()).collect()
}

/// Whether a container was given its memory limit so.
pub fn is_limited_by_default(pod: &Object, container: &str) -> bool {
    given(pod, container, true).iter().any(|resource| resource == "memory")
}

/// The resources that a pod requests only because they were given so: no container asks for them
/// itself.
pub fn requests_by_default(pod: &Object) -> Vec<String> {
    let given = defaults(pod);
    let names = |resource: &str| -> Vec<&str> {
        let own = given.iter().filter(|one| !one.is_limit && one.resource == resource);
        own.map(|one| one.container).collect()
    };
    let mut resources: Vec<&str> =
        given.iter().filter(|one| !one.is_limit).map(|one| one.resource).collect();
    resources.sort_unstable();
    resources.dedup();
    let wholly = |resource: &&str| {
        let given = names(resource);
        crate::pod::container::of(pod).iter().all(|container| {
            let own = container.spec.pointer("/resources/requests");
            let asks = own.and_then(|own| own.get(*resource)).is_some();
            !asks || given.contains(&container.name)
        })
    };
    resources.into_iter().filter(wholly).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(annotation: &str, containers: serde_json::Value) -> Object {
        Object::admit(
            json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "containers": containers },
            "metadata": { "name": "web-0", "namespace": "shop",
                "annotations": { "kubernetes.io/limit-ranger": annotation } } }),
        )
        .unwrap()
    }

    #[test]
    fn each_container_is_told_with_what_it_was_given() {
        let told = pod(
            "LimitRanger plugin set: cpu, memory request for container web; memory limit for container web; cpu request for init container fetch",
            json!([]),
        );
        assert_eq!(given(&told, "web", false), ["cpu", "memory"]);
        assert_eq!(given(&told, "web", true), ["memory"]);
        assert_eq!(given(&told, "fetch", false), ["cpu"]);
        assert!(is_limited_by_default(&told, "web") && !is_limited_by_default(&told, "fetch"));
    }

    #[test]
    fn of_an_annotation_that_was_cut_the_whole_parts_are_read() {
        let told = pod(
            "LimitRanger plugin set: cpu, memory request for init container mount; cpu, memory limit for init container mount-permissio...",
            json!([]),
        );
        assert_eq!(given(&told, "mount", false), ["cpu", "memory"]);
        assert!(given(&told, "mount-permissio...", true).is_empty());
    }

    #[test]
    fn a_request_that_one_container_makes_itself_is_not_by_default() {
        let asks = |name: &str, cpu: &str| json!({ "name": name, "resources": { "requests": { "cpu": cpu } } });
        let given = "LimitRanger plugin set: cpu request for container web";
        let alone = pod(given, json!([asks("web", "2")]));
        assert_eq!(requests_by_default(&alone), ["cpu"]);
        let beside = pod(given, json!([asks("web", "2"), asks("agent", "6")]));
        assert!(requests_by_default(&beside).is_empty());
    }
}
