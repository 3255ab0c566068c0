//! Lists, page by page.

use evidence::Question;
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::path;
use crate::refusal;
use crate::transport::{Answer, Form, Transport, size};

/// The most bytes of a list that are read, all its pages together.
const MOST: usize = 256 * 1024 * 1024;
/// The most pages of a list that are read.
const PAGES: usize = 4000;

/// A list to be read, and how each page must call itself.
pub(crate) struct Request<'a> {
    pub(crate) question: &'a Question,
    pub(crate) first: &'a str,
    pub(crate) form: Form,
    pub(crate) kind: &'a str,
    pub(crate) api_version: &'a str,
}

/// What was read of a list.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// Why there may be more.
    pub(crate) missing: Option<Failure>,
}

/// What an item of a list turned out to be.
pub(crate) enum Item<T> {
    /// One of those asked for.
    Wanted(T),
    /// A sound one that was not asked for, where the server left the selection to us.
    Other,
    /// Nothing that a sound answer could hold. With it, the list proves nothing absent.
    Misfit,
}

#[derive(Deserialize)]
struct Page {
    kind: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    #[serde(default)]
    metadata: Metadata,
    // Null is how Go writes an empty list; a page without the field is no list at all,
    // and is not to be taken for an empty one.
    #[serde(deserialize_with = "nullable")]
    items: Vec<Json>,
    /// The length of the page as it came.
    #[serde(skip)]
    bytes: usize,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default, rename = "continue")]
    next: String,
}

fn nullable<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Json>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// How an attempt to read a list ended, other than with its end.
enum Broken {
    /// With this, for good.
    Failed(Failure),
    /// The server forgot its place in the list.
    Expired,
}

/// Reads a list to its end. When the server forgets its place in the list (410, after some
/// minutes, or after a compaction), the list is read once more from the start. `sorter` makes
/// what sorts the items of one attempt.
///
/// # Errors
/// When not even the first page could be read.
pub(crate) async fn read<T, S>(
    transport: &Transport,
    request: &Request<'_>,
    sorter: impl Fn() -> S,
) -> Result<Listed<T>, Failure>
where
    S: FnMut(Json) -> Item<T>,
{
    let (listed, broken) = attempt(transport, request, sorter()).await?;
    let (items, broken) = match broken {
        Some(Broken::Expired) => attempt(transport, request, sorter()).await?,
        other => (listed, other),
    };
    let missing = broken.map(|broken| match broken {
        Broken::Failed(failure) => failure,
        Broken::Expired => Failure::truncated(
            "the server forgot its place in the list twice: the list is too long, or the server \
             too slow",
        ),
    });
    Ok(Listed { items, missing })
}

async fn attempt<T>(
    transport: &Transport,
    request: &Request<'_>,
    mut sort: impl FnMut(Json) -> Item<T>,
) -> Result<(Vec<T>, Option<Broken>), Failure> {
    let (mut items, mut misfits, mut bytes) = (Vec::new(), 0_usize, 0);
    let mut next = String::new();
    for _ in 0..PAGES {
        let page = match page(transport, request, &next, MOST - bytes).await {
            Ok(page) => page,
            Err(Broken::Failed(failure)) if next.is_empty() => return Err(failure),
            Err(broken) => return Ok((items, Some(later(broken)))),
        };
        bytes += page.bytes;
        for item in page.items {
            match sort(item) {
                Item::Wanted(item) => items.push(item),
                Item::Other => {}
                Item::Misfit => misfits += 1,
            }
        }
        let last = page.metadata.next.is_empty();
        if last || page.metadata.next == next || bytes >= MOST {
            let broken = match (last, bytes >= MOST) {
                (true, _) if misfits == 0 => None,
                (true, _) => Some(misfit(misfits)),
                (_, true) => Some(too_long()),
                _ => Some(Failure::unreachable("the server gave the same page twice")),
            };
            return Ok((items, broken.map(Broken::Failed)));
        }
        next = page.metadata.next;
    }
    Ok((items, Some(Broken::Failed(too_long()))))
}

async fn page(
    transport: &Transport,
    request: &Request<'_>,
    next: &str,
    most: usize,
) -> Result<Page, Broken> {
    let path = match next {
        "" => request.first.to_owned(),
        token => path::next_page(request.first, token),
    };
    let answer = transport.get(&path, request.form, most).await.map_err(Broken::Failed)?;
    if answer.status == StatusCode::GONE && !next.is_empty() {
        return Err(Broken::Expired);
    }
    parse(request, &answer).map_err(Broken::Failed)
}

fn parse(request: &Request<'_>, answer: &Answer) -> Result<Page, Failure> {
    if answer.status != StatusCode::OK {
        return Err(refusal::of(request.question, answer));
    }
    let page: Page =
        answer.object().ok_or_else(|| Failure::unreachable("the answer is not a list in JSON"))?;
    if page.kind == request.kind && page.api_version == request.api_version {
        Ok(Page { bytes: answer.body.len(), ..page })
    } else {
        Err(Failure::unreachable(format!("the answer is not a {}", request.kind)))
    }
}

fn later(broken: Broken) -> Broken {
    match broken {
        Broken::Failed(failure) => Broken::Failed(Failure {
            why: format!("a later page of the list failed: {}", failure.why),
            ..failure
        }),
        Broken::Expired => Broken::Expired,
    }
}

fn too_long() -> Failure {
    Failure::truncated(format!("the list is longer than is read: {} or {PAGES} pages", size(MOST)))
}

fn misfit(count: usize) -> Failure {
    Failure::unreachable(format!(
        "the answer is not sound: it held what does not belong in it ({count} left out)"
    ))
}
