//! The least role: what a user must be allowed to do so that given guides can be run.
//!
//! It is added up from what the tools of those guides declare and from what the engine itself
//! asks before any tool ([`engine`]). Nothing is added by hand, so nothing can be left in.

mod engine;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};

use diagnose::Book;
use evidence::Permission;
use guide::{Call, Consequence, Guide};
use tools::{Access, Scope};

pub use manifest::{Names, Subject, documents, in_json, in_yaml};

/// The name under which a manifest lists what `--probe` needs.
pub const PROBE: &str = "--probe";

/// One verb on one resource, with everything that needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, with its subresource.
    pub resource: &'static str,
    /// `get` or `list`.
    pub verb: &'static str,
    /// Where it is needed.
    pub scope: Scope,
    /// What is unknown without it, with those that it is unknown to, both in order.
    pub without: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Need {
    /// The permission in a namespace; in the whole cluster without one.
    pub fn permission(&self, namespace: Option<&str>) -> Permission {
        let namespace = namespace.filter(|_| self.scope == Scope::Namespace);
        let (verb, group, resource) = (self.verb, self.group, self.resource);
        Permission { verb, group, resource, namespace: namespace.map(str::to_owned) }
    }

    /// `get_pod_events, tsg: nothing is known`, a line for each thing that is unknown without it.
    pub fn reasons(&self) -> impl Iterator<Item = String> + use<'_> {
        self.without.iter().map(|(without, who)| {
            let who: Vec<&str> = who.iter().copied().collect();
            format!("{}: {without}", who.join(", "))
        })
    }
}

/// What the guides of a book need, or one of them and those that it sends on to: in order of
/// group, resource and verb.
pub fn needs(book: &Book, guide: Option<&str>, probe: bool) -> Vec<Need> {
    let guides: Vec<&Guide> = match guide {
        Some(id) => reached(book, id),
        None => book.diagnoses().map(|entry| &**entry.guide()).collect(),
    };
    let mut sum = Sum::default();
    for access in engine::ALWAYS {
        sum.add(engine::NAME, access);
    }
    let signals = guides.iter().flat_map(|guide| &guide.meta.signals);
    for kind in diagnose::signals::kinds(signals) {
        for access in engine::of_subject(kind) {
            sum.add(engine::NAME, &access);
        }
        for (_, access) in engine::SIGNALS.iter().filter(|(of, _)| *of == kind) {
            sum.add(engine::NAME, access);
        }
    }
    let calls: Vec<&Call> = guides.iter().copied().flat_map(calls).collect();
    for (placeholder, access) in engine::PLACEHOLDERS {
        if calls.iter().any(|call| call.placeholders().contains(placeholder)) {
            sum.add(engine::NAME, access);
        }
    }
    for tool in calls.iter().filter_map(|call| tools::find(&call.tool)) {
        for access in tool.permissions {
            sum.add(tool.name, access);
        }
    }
    for access in engine::PROBE.iter().filter(|_| probe) {
        sum.add(PROBE, access);
    }
    sum.0.into_values().collect()
}

/// The same with one rule for a verb and resource that is needed in a namespace and in the
/// whole cluster: what a role for all namespaces holds.
pub fn everywhere(needs: &[Need]) -> Vec<Need> {
    let mut merged: Vec<Need> = Vec::new();
    for need in needs {
        let same = |known: &&mut Need| {
            (known.group, known.resource, known.verb) == (need.group, need.resource, need.verb)
        };
        match merged.iter_mut().find(same) {
            Some(known) => {
                for (without, who) in &need.without {
                    known.without.entry(without).or_default().extend(who);
                }
            }
            None => merged.push(Need { scope: Scope::Cluster, ..need.clone() }),
        }
    }
    merged
}

type Place = (&'static str, &'static str, &'static str, bool);

/// Needs, by group, resource, verb and whether they are of the whole cluster.
#[derive(Default)]
struct Sum(BTreeMap<Place, Need>);

impl Sum {
    fn add(&mut self, who: &'static str, access: &Access) {
        let Access { verb, group, resource, scope, without } = *access;
        let place = (group, resource, verb, scope == Scope::Cluster);
        let empty = || Need { group, resource, verb, scope, without: BTreeMap::new() };
        let need = self.0.entry(place).or_insert_with(empty);
        need.without.entry(without).or_default().insert(who);
    }
}

/// The calls that a diagnosis makes. Those of `## Validation` are left to a person.
fn calls(guide: &Guide) -> impl Iterator<Item = &Call> {
    guide.preamble.iter().chain(guide.steps.iter().flat_map(|step| &step.calls))
}

/// A guide and those that it may send on to, near and far, in order of id.
fn reached<'a>(book: &'a Book, id: &str) -> Vec<&'a Guide> {
    let mut found: BTreeMap<&str, &Guide> = BTreeMap::new();
    let mut open: Vec<&Guide> = book.get(id).map(|guide| &**guide).into_iter().collect();
    while let Some(guide) = open.pop() {
        if found.insert(&guide.id, guide).is_some() {
            continue;
        }
        for (_, _, decision) in guide.decisions() {
            if let Consequence::Guide { guide: next, .. } = &decision.consequence {
                open.extend(book.get(&next.text).map(|guide| &**guide));
            }
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(files: &[(&str, String)]) -> Book {
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        let (book, flaws) = Book::read(files);
        assert!(flaws.iter().all(|one| !one.is_error()), "{flaws:#?}");
        book
    }

    fn guide(id: &str, call: &str, consequence: &str) -> (&'static str, String) {
        let text = format!(
            "---\nid: {id}\ntitle: T\nissue_type: x\ncomponent: pod\nphase: diagnosis\n\
             severity: low\nk8s_version: \">=1.24\"\nsignals:\n  \
             - kube_pod_container_status_waiting_reason=ImagePullBackOff\n\
             related_tsgs: []\nkeywords: []\n---\n\n## Summary\nS.\n\n## Symptoms\n- s\n\n\
             ## Diagnostic Decision Tree\n\n### Step 1: Look\n\n```python\nseen = {call}\n```\n\n\
             - When `true` → {consequence}\n\n\
             ## Stop Condition\n- **found**: it was found\n\n## Escalation\n- e\n"
        );
        ("g.md", text)
    }

    fn has(needs: &[Need], verb: &str, resource: &str) -> bool {
        needs.iter().any(|need| (need.verb, need.resource) == (verb, resource))
    }

    #[test]
    fn a_role_holds_what_the_guides_tools_declare_and_no_other_tools_needs() {
        let logs = r#"get_pod_logs("<pod>", "<namespace>")"#;
        let account = r#"get_service_account_details("<service-account>", "<namespace>")"#;
        let book = book(&[
            guide("TSG-POD-A-001", logs, "TSG-POD-B-001"),
            guide("TSG-POD-B-001", account, "**found**"),
        ]);
        let alone = needs(&book, Some("TSG-POD-B-001"), false);
        assert!(has(&alone, "get", "serviceaccounts") && !has(&alone, "get", "pods/log"));
        let both = needs(&book, Some("TSG-POD-A-001"), false);
        assert!(has(&both, "get", "serviceaccounts") && has(&both, "get", "pods/log"));
        assert!(!has(&both, "get", "secrets"));
        assert!(has(&needs(&book, None, true), "get", "secrets"));
    }

    #[test]
    fn a_placeholder_that_the_engine_looks_up_needs_what_it_looks_at() {
        let secret = r#"get_secret_exists("<secret>", "<namespace>")"#;
        let named = r#"get_secret_exists("regcred", "<namespace>")"#;
        for (call, wanted) in [(secret, true), (named, false)] {
            let book = book(&[guide("TSG-POD-A-001", call, "**found**")]);
            assert_eq!(has(&needs(&book, None, false), "get", "serviceaccounts"), wanted);
        }
    }

    #[test]
    fn in_the_whole_cluster_there_is_one_rule_for_a_verb_and_resource() {
        let files = guidebook::GUIDES.iter().map(|file| (file.path, file.text.as_bytes()));
        let (book, _) = Book::read(files);
        let merged = everywhere(&needs(&book, None, true));
        let places: BTreeSet<_> =
            merged.iter().map(|need| (need.group, need.resource, need.verb)).collect();
        assert_eq!(places.len(), merged.len());
    }
}
