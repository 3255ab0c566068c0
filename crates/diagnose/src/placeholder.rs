//! What a guide's placeholders stand for, read off the object that the guide is run on.

use std::collections::BTreeSet;

use evidence::{Inquiry, Kind, Object, Pending, Question, Reply, Unseen};
use serde_json::Value as Json;

/// A placeholder that guides may use.
#[derive(Debug)]
pub struct Placeholder {
    /// Its name, without the angle brackets.
    pub name: &'static str,
    /// Whether it may have several values, each of which makes a call of its own.
    pub several: bool,
    /// What it stands for.
    pub doc: &'static str,
}

/// Every placeholder, in order of name.
pub const ALL: &[Placeholder] = &[
    one("budget", false, "the PodDisruptionBudget"),
    one("claim", true, "each PersistentVolumeClaim that the pod mounts"),
    one("configmap", true, "each ConfigMap that the pod reads"),
    one("container", true, "each container in trouble, or every container when none is"),
    one("cronjob", false, "the CronJob that the pod's Job belongs to"),
    one("culprit", false, "in a fix: the object that has the cause, as kind/name"),
    one("daemonset", false, "the DaemonSet that the pod belongs to"),
    one("deploy", false, "the Deployment that the pod belongs to"),
    one("deployment", false, "the Deployment that the pod belongs to"),
    one("hpa", false, "the HorizontalPodAutoscaler"),
    one("httproute", false, "the HTTPRoute"),
    one(
        "image",
        true,
        "the image of each container in trouble, or of every container when none is",
    ),
    one("ingress", false, "the Ingress"),
    one("job", false, "the Job that the pod belongs to"),
    one("namespace", false, "the namespace"),
    one("node", false, "the node that the pod was given"),
    one("pod", false, "the pod"),
    one("quota", false, "the ResourceQuota"),
    one(
        "secret",
        true,
        "each secret that the pod or its service account names to pull images with",
    ),
    one("service", false, "the service"),
    one("service-account", false, "the pod's service account"),
    one("statefulset", false, "the StatefulSet that the pod belongs to"),
    one("subject", false, "in a fix: the object that the guide was run on, as kind/name"),
    one("workload", false, "what the pod belongs to, as kind/name"),
];

const fn one(name: &'static str, several: bool, doc: &'static str) -> Placeholder {
    Placeholder { name, several, doc }
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Filling {
    /// These values; more than one only for placeholders that allow it.
    Values(Vec<String>),
    /// Seen to have none, and why.
    Empty(String),
    /// Some are known, or none, and there may be more.
    Unknown(Vec<String>, Unseen),
}

/// Fills a placeholder from the object that a guide is run on.
///
/// # Errors
/// [`Pending`] while a question that it depends on is open.
pub fn fill(name: &str, subject: &Object, inquiry: &Inquiry) -> Result<Filling, Pending> {
    let reference = subject.reference();
    if let Some(namespace) = reference.namespace.as_ref().filter(|_| name == "namespace") {
        return Ok(Filling::Values(vec![namespace.clone()]));
    }
    if reference.kind != Kind::Pod {
        return Ok(fill_from_other(name, subject));
    }
    let unshown = |place: &str| (!subject.is_shown(place)).then(|| subject.unshown(place));
    // Where the source has no place for it, nobody can say that there is none.
    let hidden = match name {
        "service-account" | "secret" => unshown("/spec/serviceAccountName"),
        "configmap" => unshown("/spec/volumes").or_else(|| unshown("/spec/containers")),
        "claim" => unshown("/spec/volumes"),
        _ => None,
    };
    if let Some(unseen) = hidden {
        return Ok(Filling::Unknown(Vec::new(), unseen));
    }
    Ok(match name {
        "pod" => Filling::Values(vec![reference.name.clone()]),
        "container" => Filling::Values(tools::containers_in_trouble(subject)),
        "image" => named(images(subject), "the pod has no container"),
        "node" => text(subject, "/spec/nodeName", "the pod was given no node"),
        "service-account" => Filling::Values(vec![service_account(subject).to_owned()]),
        "secret" => return secrets(subject, inquiry),
        "configmap" => named(
            sources(subject, &["configMap", "configMapRef", "configMapKeyRef"]),
            "the pod reads no ConfigMap",
        ),
        "claim" => named(claims(subject), "the pod mounts no claim"),
        _ => return owner(name, subject, inquiry),
    })
}

fn fill_from_other(name: &str, subject: &Object) -> Filling {
    let reference = subject.reference();
    let own = match reference.kind {
        Kind::Deployment => matches!(name, "deploy" | "deployment" | "workload"),
        Kind::PersistentVolumeClaim => name == "claim",
        Kind::HorizontalPodAutoscaler => name == "hpa",
        Kind::ResourceQuota => name == "quota",
        Kind::PodDisruptionBudget => name == "budget",
        kind => {
            (kind.is_workload() && name == "workload") || name.eq_ignore_ascii_case(kind.name())
        }
    };
    match own {
        true if name == "workload" => Filling::Values(vec![spelled(reference)]),
        true => Filling::Values(vec![reference.name.clone()]),
        false => Filling::Empty(format!("{reference} has no {name}")),
    }
}

/// An object as kubectl takes it: `kind/name`.
pub(crate) fn spelled(reference: &evidence::ObjectRef) -> String {
    format!("{}/{}", reference.kind.name().to_ascii_lowercase(), reference.name)
}

fn text(subject: &Object, pointer: &str, otherwise: &str) -> Filling {
    match subject.text(pointer) {
        Some(text) if !text.is_empty() => Filling::Values(vec![text.to_owned()]),
        _ => Filling::Empty(otherwise.to_owned()),
    }
}

fn named(names: BTreeSet<String>, otherwise: &str) -> Filling {
    match names.is_empty() {
        true => Filling::Empty(otherwise.to_owned()),
        false => Filling::Values(names.into_iter().collect()),
    }
}

/// The service account that a pod runs as; the API server sets `default` where none is given.
pub fn service_account(pod: &Object) -> &str {
    pod.text("/spec/serviceAccountName").filter(|name| !name.is_empty()).unwrap_or("default")
}

fn containers(pod: &Object) -> impl Iterator<Item = &Json> {
    ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"]
        .into_iter()
        .flat_map(|list| pod.items(list))
}

fn images(pod: &Object) -> BTreeSet<String> {
    let troubled = tools::containers_in_trouble(pod);
    containers(pod)
        .filter(|container| {
            let name = container.get("name").and_then(Json::as_str).unwrap_or_default();
            troubled.iter().any(|troubled| troubled == name)
        })
        .filter_map(|container| container.get("image")?.as_str().map(str::to_owned))
        .collect()
}

fn names_in(list: &[Json]) -> impl Iterator<Item = String> {
    list.iter().filter_map(|entry| Some(entry.get("name")?.as_str()?.to_owned()))
}

/// The pod's own pull secrets first, in its order: the kubelet tries them in that order.
/// Those that only the service account names follow; the kubelet does not use them for this
/// pod, but they are what a person means who asks for "the secret".
fn secrets(pod: &Object, inquiry: &Inquiry) -> Result<Filling, Pending> {
    let mut names: Vec<String> = names_in(pod.items("/spec/imagePullSecrets")).collect();
    let account = service_account(pod);
    let namespace = pod.reference().namespace.as_deref();
    let question = Question::get(Kind::ServiceAccount, namespace, account);
    match inquiry.ask(&question)? {
        Reply::Object(account) => {
            for name in names_in(account.items("/imagePullSecrets")) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Reply::Unseen(unseen) if names.is_empty() => return Ok(Filling::Unknown(names, unseen)),
        _ => {}
    }
    Ok(match names.is_empty() {
        true => Filling::Empty(format!(
            "neither the pod nor its service account {account} names a pull secret"
        )),
        false => Filling::Values(names),
    })
}

/// The names under any of these keys, in the places where a pod names what it reads.
fn sources(pod: &Object, keys: &[&str]) -> BTreeSet<String> {
    let environment = containers(pod).flat_map(|container| {
        let list = |key: &str| container.get(key).and_then(Json::as_array).into_iter().flatten();
        list("envFrom").chain(list("env").filter_map(|entry| entry.get("valueFrom")))
    });
    let projected = pod.items("/spec/volumes").iter().flat_map(|volume| {
        let list = volume.pointer("/projected/sources").and_then(Json::as_array);
        list.into_iter().flatten()
    });
    let holders = pod.items("/spec/volumes").iter().chain(environment).chain(projected);
    holders
        .flat_map(|holder| keys.iter().filter_map(move |key| holder.get(*key)))
        .filter_map(|source| Some(source.get("name")?.as_str()?.to_owned()))
        .collect()
}

fn claims(pod: &Object) -> BTreeSet<String> {
    let volumes = pod.items("/spec/volumes").iter();
    volumes
        .filter_map(|volume| {
            Some(volume.pointer("/persistentVolumeClaim/claimName")?.as_str()?.to_owned())
        })
        .collect()
}

fn owner(name: &str, pod: &Object, inquiry: &Inquiry) -> Result<Filling, Pending> {
    let workload = match name {
        "cronjob" => inquiry.workload_of(pod)?,
        _ => pod.workload(),
    };
    let kind = match name {
        "workload" if workload.kind == Kind::Pod => {
            return Ok(Filling::Empty("nothing owns the pod".to_owned()));
        }
        "workload" => return Ok(Filling::Values(vec![spelled(&workload)])),
        "deploy" | "deployment" => Kind::Deployment,
        "statefulset" => Kind::StatefulSet,
        "daemonset" => Kind::DaemonSet,
        "job" => Kind::Job,
        "cronjob" => Kind::CronJob,
        _ => return Ok(Filling::Empty(format!("a pod has no {name}"))),
    };
    Ok(match workload.kind == kind {
        true => Filling::Values(vec![workload.name]),
        false => Filling::Empty(format!("the pod belongs to no {kind}, but to {workload}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::{Replies, Time, UnseenKind};
    use serde_json::json;

    fn pod(spec: Json) -> Object {
        Object::admit(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web-0", "namespace": "shop" }, "spec": spec,
        }))
        .unwrap()
    }

    fn filled(name: &str, subject: &Object, account: Reply) -> Filling {
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        replies.insert(Question::get(Kind::ServiceAccount, Some("shop"), "default"), account);
        fill(name, subject, &Inquiry::new(&replies)).unwrap()
    }

    #[test]
    fn pull_secrets_are_the_pods_and_then_its_service_accounts() {
        let account = Object::admit(json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": "shop" },
            "imagePullSecrets": [{ "name": "b" }, { "name": "c" }],
        }))
        .unwrap();
        let pod = pod(json!({ "imagePullSecrets": [{ "name": "b" }, { "name": "a" }] }));
        let values = |names: &[&str]| Filling::Values(names.iter().map(|s| (*s).into()).collect());
        let seen = Reply::Object(account.into());
        assert_eq!(filled("secret", &pod, seen), values(&["b", "a", "c"]));
        assert_eq!(filled("secret", &pod, Reply::Absent), values(&["b", "a"]));
    }

    #[test]
    fn a_service_account_that_was_denied_leaves_the_pull_secrets_unknown() {
        let denied = Unseen::new(UnseenKind::Denied, "ServiceAccount shop/default", "no");
        let filling = filled("secret", &pod(json!({})), Reply::Unseen(denied.clone()));
        assert_eq!(filling, Filling::Unknown(Vec::new(), denied));
        assert!(matches!(filled("secret", &pod(json!({})), Reply::Absent), Filling::Empty(_)));
    }

    #[test]
    fn config_maps_are_found_wherever_a_pod_names_them() {
        let pod = pod(json!({
            "volumes": [
                { "name": "v", "configMap": { "name": "a" } },
                { "name": "p", "projected": { "sources": [{ "configMap": { "name": "b" } }] } },
            ],
            "containers": [{
                "name": "c",
                "envFrom": [{ "configMapRef": { "name": "c" } }],
                "env": [{ "name": "X", "valueFrom": { "configMapKeyRef": { "name": "d", "key": "k" } } }],
            }],
        }));
        let Filling::Values(names) = filled("configmap", &pod, Reply::Absent) else { panic!() };
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn every_placeholder_of_the_table_can_be_filled_or_says_why_not() {
        assert!(ALL.is_sorted_by_key(|placeholder| placeholder.name));
        let pod = pod(json!({ "containers": [{ "name": "c", "image": "i" }] }));
        for placeholder in ALL {
            match filled(placeholder.name, &pod, Reply::Absent) {
                Filling::Values(values) => assert!(placeholder.several || values.len() == 1),
                Filling::Empty(why) => assert!(!why.is_empty(), "{}", placeholder.name),
                Filling::Unknown(..) => panic!("nothing was unseen"),
            }
        }
    }
}
