//! One question, asked and answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::{Kind, Listing, Object, ObjectRef, Question, RegistryWord, Reply, ServerVersion};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::groups::Served;
use crate::list::{self, Item, Listed};
use crate::transport::{Form, Transport};
use crate::{log, path, refusal};

/// The most bytes of an answer that is not a list. An object in etcd has at most 1.5 MiB.
const MOST: usize = 8 * 1024 * 1024;

/// Asks a question. What goes wrong becomes an unseen reply.
pub(crate) async fn answer(transport: &Transport, question: &Question) -> Reply {
    let reply = match not_served(transport, question).await {
        Some(reply) => reply,
        None => served(transport, question).await,
    };
    reply.unwrap_or_else(|failure| failure.reply(question))
}

/// The answer about objects of a kind that the server does not have: none is there. Where it has
/// the kind in another version, nothing is known.
async fn not_served(transport: &Transport, question: &Question) -> Option<Result<Reply, Failure>> {
    let kind = match question {
        Question::Get { object } => object.kind,
        Question::List { kind, .. } | Question::Namesakes { kind, .. } => *kind,
        _ => return None,
    };
    match (transport.groups().serve(transport, kind).await, question) {
        (Served::Perhaps, _) => None,
        (Served::No, Question::Get { .. }) => Some(Ok(Reply::Absent)),
        (Served::No, Question::Namesakes { .. }) => Some(Ok(Reply::Namesakes(Arc::default()))),
        (Served::No, _) => Some(Ok(Reply::Objects(Arc::default()))),
        (Served::Otherwise(versions), _) => Some(Err(Failure::unreachable(format!(
            "the server has {} of {} in {} only, and {} is what is read",
            kind.plural(),
            kind.group(),
            versions.join(", "),
            kind.version()
        )))),
    }
}

async fn served(transport: &Transport, question: &Question) -> Result<Reply, Failure> {
    match question {
        Question::Version => version(transport, question).await,
        Question::Get { object } => get(transport, question, object).await,
        Question::List { kind, namespace } => {
            let namespace = namespace.as_deref().filter(|_| kind.namespaced());
            list(transport, question, *kind, namespace).await
        }
        Question::EventsOf { object } => events_of(transport, question, object).await,
        Question::Namesakes { kind, name } => namesakes(transport, question, *kind, name).await,
        Question::Log { pod, container, previous } => {
            log::answer(transport, question, pod, container, *previous).await
        }
        // The API server does not tell. Who may ask registries asks elsewhere.
        Question::Registry { .. } => Ok(Reply::Unseen(RegistryWord::not_asked(question))),
        Question::NodeServices { .. }
        | Question::Reach { .. }
        | Question::Alerts { .. }
        | Question::LoggedErrors { .. }
        | Question::Series { .. } => Ok(Reply::Unseen(evidence::not_told(question))),
    }
}

fn no_such_name() -> Failure {
    Failure::unreachable("no object can have this name: check how it is written")
}

async fn version(transport: &Transport, question: &Question) -> Result<Reply, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    let answer = transport.get(path::VERSION, Form::Json, MOST).await?;
    if answer.status != StatusCode::OK {
        return Err(refusal::of(question, &answer));
    }
    let version: Option<Version> = answer.object();
    let version = version.map(|version| version.git_version).filter(|text| is_version(text));
    let git_version = version.ok_or_else(|| Failure::unreachable("the answer is not a version"))?;
    Ok(Reply::Version(ServerVersion { git_version }))
}

/// Whether a text is of the form `v1.30.2-gke.1587003`.
fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix('v').unwrap_or(text);
    text.len() <= 128
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
}

async fn get(
    transport: &Transport,
    question: &Question,
    object: &ObjectRef,
) -> Result<Reply, Failure> {
    let path = path::object(object).ok_or_else(no_such_name)?;
    let answer = transport.get(&path, Form::Json, MOST).await?;
    if refusal::is_absence(object, &answer) {
        return Ok(Reply::Absent);
    }
    if answer.status != StatusCode::OK {
        return Err(refusal::of(question, &answer));
    }
    let json: Json = answer
        .object()
        .ok_or_else(|| Failure::unreachable("the answer is not JSON, or was cut short"))?;
    // The raw object may be a secret: it goes where it is sealed, and no copy is kept.
    drop(answer);
    let word = |pointer: &str| json.pointer(pointer).and_then(Json::as_str);
    let is_it = word("/kind") == Some(object.kind.name())
        && word("/apiVersion") == Some(object.kind.api_version().as_str())
        && word("/metadata/name") == Some(object.name.as_str())
        && word("/metadata/namespace") == object.namespace.as_deref();
    let wrong = || Failure::unreachable(format!("the answer is not {object}"));
    if !is_it {
        return Err(wrong());
    }
    transport.vault().take(object, &json);
    let admitted = Object::admit_as(object.kind, json).map_err(|_| wrong())?;
    Ok(Reply::Object(Arc::new(admitted)))
}

/// Lets items of a list in, each once, and those of another namespace not.
struct Sorter<'a> {
    kind: Kind,
    namespace: Option<&'a str>,
    seen: BTreeSet<ObjectRef>,
}

impl<'a> Sorter<'a> {
    fn new(kind: Kind, namespace: Option<&'a str>) -> Sorter<'a> {
        Sorter { kind, namespace, seen: BTreeSet::new() }
    }

    /// The name of an item, where it may stand in this list.
    fn name(&mut self, json: &Json) -> Option<ObjectRef> {
        let word = |pointer: &str| {
            json.pointer(pointer).and_then(Json::as_str).filter(|word| !word.is_empty())
        };
        let name = word("/metadata/name")?;
        let namespace = word("/metadata/namespace");
        let placed = namespace.is_some() == self.kind.namespaced()
            && self.namespace.is_none_or(|wanted| namespace == Some(wanted));
        let name = ObjectRef::new(self.kind, namespace, name);
        (placed && self.seen.insert(name.clone())).then_some(name)
    }

    fn object(&mut self, json: Json) -> Item<Arc<Object>> {
        if self.name(&json).is_none() {
            return Item::Misfit;
        }
        match Object::admit_as(self.kind, json) {
            Ok(object) => Item::Wanted(Arc::new(object)),
            Err(_) => Item::Misfit,
        }
    }
}

async fn list(
    transport: &Transport,
    question: &Question,
    kind: Kind,
    namespace: Option<&str>,
) -> Result<Reply, Failure> {
    let first = path::list(kind, namespace).ok_or_else(no_such_name)?;
    let sorter = || {
        let mut sorter = Sorter::new(kind, namespace);
        move |json| sorter.object(json)
    };
    let listed = objects(transport, question, kind, &first, sorter).await?;
    Ok(listing(question, listed))
}

async fn events_of(
    transport: &Transport,
    question: &Question,
    object: &ObjectRef,
) -> Result<Reply, Failure> {
    let first = path::events_of(object).ok_or_else(no_such_name)?;
    let about = |event: &Object| {
        event.event().is_some_and(|event| {
            event.regarding.kind == object.kind && event.regarding.name == object.name
        })
    };
    let sorter = || {
        let mut sorter = Sorter::new(Kind::Event, object.namespace.as_deref());
        move |json| match sorter.object(json) {
            Item::Wanted(event) if !about(&event) => Item::Other,
            item => item,
        }
    };
    let listed = objects(transport, question, Kind::Event, &first, sorter).await?;
    Ok(listing(question, listed))
}

async fn objects<S>(
    transport: &Transport,
    question: &Question,
    kind: Kind,
    first: &str,
    sorter: impl Fn() -> S,
) -> Result<Listed<Arc<Object>>, Failure>
where
    S: FnMut(Json) -> Item<Arc<Object>>,
{
    let (name, api_version) = (format!("{kind}List"), kind.api_version());
    let request =
        list::Request { question, first, form: Form::Json, kind: &name, api_version: &api_version };
    list::read(transport, &request, sorter).await
}

fn listing(question: &Question, listed: Listed<Arc<Object>>) -> Reply {
    let missing = listed.missing.map(|failure| failure.unseen(question));
    Reply::Objects(Arc::new(Listing { items: listed.items, missing }))
}

async fn namesakes(
    transport: &Transport,
    question: &Question,
    kind: Kind,
    name: &str,
) -> Result<Reply, Failure> {
    let first = path::namesakes(kind, name).ok_or_else(no_such_name)?;
    let request = list::Request {
        question,
        first: &first,
        form: Form::Metadata,
        kind: "PartialObjectMetadataList",
        api_version: "meta.k8s.io/v1",
    };
    let sorter = || {
        let mut sorter = Sorter::new(kind, None);
        move |json| match sorter.name(&json) {
            Some(object) if object.name == name => Item::Wanted(object),
            Some(_) => Item::Other,
            None => Item::Misfit,
        }
    };
    let listed = list::read(transport, &request, sorter).await?;
    match listed.missing {
        Some(failure) => Err(failure),
        None => Ok(Reply::Namesakes(Arc::new(listed.items))),
    }
}
