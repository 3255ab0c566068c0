//! Which API groups a server serves, asked once and only for kinds that a cluster may do without.
//!
//! A list of an API that is not served is answered by a bare 404, as anything in between answers,
//! and as a server answers that has the kind in another version only. The list of groups says it
//! for certain.

use std::collections::BTreeMap;

use evidence::Kind;
use http::StatusCode;
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::path;
use crate::transport::{Form, Transport};

/// The most bytes of the list of groups that are read.
const MOST: usize = 8 * 1024 * 1024;

/// A group that every API server has: a list without it is not believed.
const EVERYWHERE: &str = "apps";

/// The versions of each API group, once they were asked for; `None` where the server did not say.
#[derive(Debug, Default)]
pub(crate) struct Groups(OnceCell<Option<BTreeMap<String, Vec<String>>>>);

/// Whether a server has a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// It has, or it did not say.
    Perhaps,
    /// It has not its group, and no object of it.
    No,
    /// It has the group, in these versions only.
    Otherwise(Vec<String>),
}

impl Groups {
    /// Whether the server has a kind that a CustomResourceDefinition keeps. Every other is taken to
    /// be there, and nothing is asked.
    pub(crate) async fn serve(&self, transport: &Transport, kind: Kind) -> Served {
        if !kind.is_custom() {
            return Served::Perhaps;
        }
        let Some(groups) = self.0.get_or_init(|| ask(transport)).await else {
            return Served::Perhaps;
        };
        match groups.get(kind.group()) {
            None => Served::No,
            Some(versions) if versions.iter().any(|one| one == kind.version()) => Served::Perhaps,
            Some(versions) => Served::Otherwise(versions.clone()),
        }
    }
}

#[derive(Deserialize)]
struct GroupList {
    kind: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

async fn ask(transport: &Transport) -> Option<BTreeMap<String, Vec<String>>> {
    let answer = transport.get(path::GROUPS, Form::Json, MOST).await.ok()?;
    let list: GroupList = answer.object().filter(|_| answer.status == StatusCode::OK)?;
    let is_list = list.kind == "APIGroupList" && list.api_version == "v1";
    let versions = |group: Group| {
        (group.name, group.versions.into_iter().map(|one| one.version).collect::<Vec<_>>())
    };
    let groups: BTreeMap<_, _> = list.groups.into_iter().map(versions).collect();
    (is_list && groups.contains_key(EVERYWHERE)).then_some(groups)
}
