//! Logs, by the kubelet's rules.

use std::collections::BTreeMap;

use evidence::Kind;
use http::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::objects::{Objects, word};
use crate::target::{Query, value};
use crate::{Body, status, text};

/// Namespace, pod, container, and whether it is the previous run's.
type Key = (String, String, String, bool);

#[derive(Clone, Debug, Default)]
pub(crate) struct Logs(BTreeMap<Key, String>);

impl Logs {
    pub(crate) fn insert(
        &mut self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        text: &str,
    ) {
        let key = (namespace.to_owned(), pod.to_owned(), container.to_owned(), previous);
        self.0.insert(key, text.to_owned());
    }

    pub(crate) fn answer(
        &self,
        objects: &Objects,
        namespace: &str,
        pod: &str,
        query: &Query,
    ) -> Response<Body> {
        let Some(object) = objects.find(Kind::Pod, Some(namespace), pod) else {
            return status::not_found("", "pods", pod);
        };
        let container = value(query, "container").unwrap_or_default();
        let previous = value(query, "previous") == Some("true");
        let bad = |message: String| status::of(400, "BadRequest", &message, json!({}));
        if !has_container(object, container) {
            return bad(format!("container {container} is not valid for pod {pod}"));
        }
        let key = (namespace.to_owned(), pod.to_owned(), container.to_owned(), previous);
        let named = format!("container {container:?} in pod {pod:?}");
        match (self.0.get(&key), waiting(object, container)) {
            (Some(log), _) => {
                let body = cut(log, value(query, "tailLines"), value(query, "limitBytes"));
                text(StatusCode::OK, "text/plain", body.to_owned())
            }
            (None, _) if previous => bad(format!("previous terminated {named} not found")),
            (None, Some("ErrImagePull")) => {
                bad(format!("{named} is waiting to start: image can't be pulled"))
            }
            (None, Some("ImagePullBackOff")) => {
                bad(format!("{named} is waiting to start: trying and failing to pull image"))
            }
            (None, Some(reason)) => bad(format!("{named} is waiting to start: {reason}")),
            (None, None) => text(StatusCode::OK, "text/plain", String::new()),
        }
    }
}

fn items<'a>(json: &'a Json, pointer: &str) -> &'a [Json] {
    json.pointer(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn has_container(pod: &Json, name: &str) -> bool {
    ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"]
        .iter()
        .flat_map(|sort| items(pod, sort))
        .any(|container| word(container, "/name") == name)
}

fn waiting<'a>(pod: &'a Json, name: &str) -> Option<&'a str> {
    ["/status/containerStatuses", "/status/initContainerStatuses"]
        .iter()
        .flat_map(|sort| items(pod, sort))
        .find(|status| word(status, "/name") == name)
        .map(|status| word(status, "/state/waiting/reason"))
        .filter(|reason| !reason.is_empty())
}

/// The kubelet's `tailLines`, then its `limitBytes`: back by lines from the end, and from there
/// forward by bytes.
fn cut<'a>(log: &'a str, lines: Option<&str>, bytes: Option<&str>) -> &'a str {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
    let all: Vec<&str> = log.split_inclusive('\n').collect();
    let skip = number(lines).map_or(0, |lines| all.len().saturating_sub(lines));
    let tail = &log[all[..skip].iter().map(|line| line.len()).sum::<usize>()..];
    let most = number(bytes).unwrap_or(usize::MAX).min(tail.len());
    let end = (0..=most).rev().find(|&at| tail.is_char_boundary(at)).unwrap_or(0);
    &tail[..end]
}
