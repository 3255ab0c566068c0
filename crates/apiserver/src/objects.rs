//! The objects served, one at a time and in lists.

use evidence::Kind;
use http::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::target::{Query, value};
use crate::{Body, status, text};

/// The objects, in the order that lists have: by namespace and name.
#[derive(Debug)]
pub(crate) struct Objects(Vec<(Kind, Json)>);

impl Objects {
    pub(crate) fn new(objects: Vec<Json>) -> Objects {
        let known = |json: Json| {
            let (version, kind) = (word(&json, "/apiVersion"), word(&json, "/kind"));
            let kind = Kind::of(version, kind);
            (kind.unwrap_or_else(|| panic!("an object of no known kind: {json}")), json)
        };
        let mut objects: Vec<(Kind, Json)> = objects.into_iter().map(known).collect();
        let place = |json: &Json| {
            (word(json, "/metadata/namespace").to_owned(), word(json, "/metadata/name").to_owned())
        };
        objects.sort_by_cached_key(|(_, json)| place(json));
        Objects(objects)
    }

    pub(crate) fn find(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Option<&Json> {
        let namespace = namespace.unwrap_or_default();
        self.0.iter().find_map(|(of, json)| {
            let is_it = *of == kind
                && word(json, "/metadata/namespace") == namespace
                && word(json, "/metadata/name") == name;
            is_it.then_some(json)
        })
    }

    /// Whether there is an object of a kind.
    pub(crate) fn have(&self, kind: Kind) -> bool {
        self.0.iter().any(|(of, _)| *of == kind)
    }

    pub(crate) fn get(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        accept: &str,
    ) -> Response<Body> {
        let Some(object) = self.find(kind, namespace, name) else {
            return status::not_found(kind.group(), kind.plural(), name);
        };
        let body = match accept.contains("as=PartialObjectMetadata;") {
            true => metadata(object),
            false => object.clone(),
        };
        text(StatusCode::OK, "application/json", body.to_string())
    }

    pub(crate) fn list(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        query: &Query,
        accept: &str,
    ) -> Response<Body> {
        let selector = match Selector::parse(value(query, "fieldSelector").unwrap_or_default()) {
            Ok(selector) => selector,
            Err(label) => {
                let message = format!("field label not supported: {label}");
                return status::of(400, "BadRequest", &message, json!({}));
            }
        };
        let selected: Vec<&Json> = self
            .0
            .iter()
            .filter(|(of, json)| {
                *of == kind
                    && namespace.is_none_or(|wanted| word(json, "/metadata/namespace") == wanted)
                    && selector.selects(json)
            })
            .map(|(_, json)| json)
            .collect();
        let number = |key: &str| value(query, key).and_then(|text| text.parse::<usize>().ok());
        let from = number("continue").unwrap_or(0).min(selected.len());
        let limit = number("limit").filter(|&limit| limit > 0).unwrap_or(usize::MAX);
        let to = from.saturating_add(limit).min(selected.len());
        let mut list = json!({ "resourceVersion": "4711" });
        if to < selected.len() {
            list["continue"] = json!(to.to_string());
            list["remainingItemCount"] = json!(selected.len() - to);
        }
        let page = &selected[from..to];
        let body = if accept.contains("as=PartialObjectMetadataList") {
            let items: Vec<Json> = page.iter().map(|object| metadata(object)).collect();
            json!({ "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": list, "items": items })
        } else {
            let items: Vec<Json> = page.iter().map(|object| bare(object)).collect();
            json!({ "kind": format!("{kind}List"), "apiVersion": kind.api_version(), "metadata": list, "items": items })
        };
        text(StatusCode::OK, "application/json", body.to_string())
    }
}

pub(crate) fn word<'a>(json: &'a Json, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn metadata(object: &Json) -> Json {
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] })
}

/// An object as a list holds it: without `kind` and `apiVersion`.
fn bare(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

/// A field selector of equalities.
struct Selector(Vec<(&'static str, String)>);

impl Selector {
    fn parse(text: &str) -> Result<Selector, String> {
        let pairs = text.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
            let (label, value) = pair.split_once('=').ok_or_else(|| pair.to_owned())?;
            let pointer = match label {
                "metadata.name" => "/metadata/name",
                "metadata.namespace" => "/metadata/namespace",
                "involvedObject.kind" => "/involvedObject/kind",
                "involvedObject.name" => "/involvedObject/name",
                "involvedObject.namespace" => "/involvedObject/namespace",
                "involvedObject.uid" => "/involvedObject/uid",
                "spec.nodeName" => "/spec/nodeName",
                _ => return Err(label.to_owned()),
            };
            Ok((pointer, value.trim_start_matches('=').to_owned()))
        });
        pairs.collect::<Result<_, _>>().map(Selector)
    }

    fn selects(&self, json: &Json) -> bool {
        self.0.iter().all(|(pointer, value)| word(json, pointer) == value)
    }
}
