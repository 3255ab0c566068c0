//! A role as Kubernetes objects: JSON, and YAML with the reason for each verb beside it.

use std::fmt::Write;

use serde_json::{Value as Json, json};
use tools::Scope;

use super::{Need, everywhere};

const API_GROUP: &str = "rbac.authorization.k8s.io";

/// Who is bound to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user, by the name that the API server knows.
    User(String),
    /// A group.
    Group(String),
    /// A service account of a namespace.
    ServiceAccount {
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
    },
}

impl Subject {
    /// Reads `user:NAME`, `group:NAME` or `serviceaccount:NAMESPACE/NAME`.
    pub fn parse(text: &str) -> Result<Subject, String> {
        let form = || {
            format!(
                "`{text}` is not of the form user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME"
            )
        };
        let (sort, name) = text.split_once(':').ok_or_else(form)?;
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(form());
        }
        match sort {
            "user" => Ok(Subject::User(name.to_owned())),
            "group" => Ok(Subject::Group(name.to_owned())),
            "serviceaccount" => match name.split_once('/') {
                Some((namespace, name))
                    if diagnose::is_object_name(namespace) && diagnose::is_object_name(name) =>
                {
                    let (namespace, name) = (namespace.to_owned(), name.to_owned());
                    Ok(Subject::ServiceAccount { namespace, name })
                }
                _ => Err(form()),
            },
            _ => Err(form()),
        }
    }

    fn json(&self) -> Json {
        match self {
            Subject::User(name) => json!({ "apiGroup": API_GROUP, "kind": "User", "name": name }),
            Subject::Group(name) => json!({ "apiGroup": API_GROUP, "kind": "Group", "name": name }),
            Subject::ServiceAccount { namespace, name } => {
                json!({ "kind": "ServiceAccount", "namespace": namespace, "name": name })
            }
        }
    }
}

/// How the objects are named, and whom they bind.
#[derive(Clone, Debug)]
pub struct Names {
    /// The name of each object; with a namespace, what is of the cluster is `NAME-cluster`.
    pub name: String,
    /// The namespace of the Role; without it, there is only a ClusterRole.
    pub namespace: Option<String>,
    /// Those that are bound.
    pub subjects: Vec<Subject>,
}

/// An object of the manifest.
#[derive(Clone, Debug)]
pub struct Document {
    kind: &'static str,
    namespace: Option<String>,
    name: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Rules(Vec<Need>),
    Binding { role: &'static str, subjects: Vec<Subject> },
}

/// The objects of a role, in the order in which they are applied.
pub fn documents(needs: &[Need], names: &Names) -> Vec<Document> {
    let in_scope = |scope: Scope| -> Vec<Need> {
        needs.iter().filter(|need| need.scope == scope).cloned().collect()
    };
    let (whole, name) = (("ClusterRole", "ClusterRoleBinding"), names.name.clone());
    let roles = match &names.namespace {
        // Not the name of the whole role, which may be there too and would be cut down to this.
        Some(namespace) => vec![
            (("Role", "RoleBinding"), Some(namespace), name, in_scope(Scope::Namespace)),
            (whole, None, format!("{}-cluster", names.name), in_scope(Scope::Cluster)),
        ],
        None => vec![(whole, None, name, everywhere(needs))],
    };
    let mut documents = Vec::new();
    for ((role, binding), namespace, name, rules) in roles {
        if rules.is_empty() {
            continue;
        }
        let document = |kind, content| Document {
            kind,
            namespace: namespace.cloned(),
            name: name.clone(),
            content,
        };
        documents.push(document(role, Content::Rules(rules)));
        if !names.subjects.is_empty() {
            let subjects = names.subjects.clone();
            documents.push(document(binding, Content::Binding { role, subjects }));
        }
    }
    documents
}

/// The rules of a role: one for each resource, with its verbs.
fn rules(needs: &[Need]) -> Vec<&[Need]> {
    needs.chunk_by(|a, b| (a.group, a.resource) == (b.group, b.resource)).collect()
}

/// One object, or a `List` of several.
pub fn in_json(documents: &[Document]) -> Json {
    let mut items: Vec<Json> = documents.iter().map(Document::json).collect();
    match items.len() {
        1 => items.remove(0),
        _ => json!({ "apiVersion": "v1", "kind": "List", "items": items }),
    }
}

impl Document {
    fn json(&self) -> Json {
        let mut object = json!({
            "apiVersion": format!("{API_GROUP}/v1"), "kind": self.kind, "metadata": { "name": self.name },
        });
        if let Some(namespace) = &self.namespace {
            object["metadata"]["namespace"] = json!(namespace);
        }
        match &self.content {
            Content::Rules(needs) => {
                let rule = |needs: &[Need]| {
                    let verbs: Vec<&str> = needs.iter().map(|need| need.verb).collect();
                    json!({ "apiGroups": [needs[0].group], "resources": [needs[0].resource], "verbs": verbs })
                };
                object["rules"] = rules(needs).into_iter().map(rule).collect();
            }
            Content::Binding { role, subjects } => {
                object["roleRef"] =
                    json!({ "apiGroup": API_GROUP, "kind": role, "name": self.name });
                object["subjects"] = subjects.iter().map(Subject::json).collect();
            }
        }
        object
    }
}

/// The documents, below a head that says what they are for. `head` has no marks of comments.
pub fn in_yaml(documents: &[Document], head: &str) -> String {
    let mut text = String::new();
    for line in head.lines() {
        let _ = writeln!(text, "{}", format!("# {line}").trim_end());
    }
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        document.yaml(&mut text);
    }
    text
}

/// A text as YAML reads it back unchanged: JSON's strings are YAML's.
fn quoted(text: &str) -> Json {
    Json::from(text)
}

impl Document {
    fn yaml(&self, text: &mut String) {
        let _ = writeln!(text, "apiVersion: {API_GROUP}/v1\nkind: {}\nmetadata:", self.kind);
        if let Some(namespace) = &self.namespace {
            let _ = writeln!(text, "  namespace: {}", quoted(namespace));
        }
        let _ = writeln!(text, "  name: {}", quoted(&self.name));
        match &self.content {
            Content::Rules(needs) => {
                text.push_str("rules:\n");
                for needs in rules(needs) {
                    rule(needs, text);
                }
            }
            Content::Binding { role, subjects } => {
                let name = quoted(&self.name);
                let _ = writeln!(
                    text,
                    "roleRef: {{ apiGroup: {API_GROUP}, kind: {role}, name: {name} }}\nsubjects:"
                );
                for subject in subjects {
                    // JSON is YAML.
                    let _ = writeln!(text, "- {}", subject.json());
                }
            }
        }
    }
}

/// Kubernetes cannot grant the names of secrets without their content; who reads the manifest
/// should know.
const OF_SECRETS: &str = "\
# Who holds this can read what the secrets hold: Kubernetes has no rule for their names alone.
# tsg shows and keeps nothing of it.
";

fn rule(needs: &[Need], text: &mut String) {
    let (group, resource) = (needs[0].group, needs[0].resource);
    if resource == "secrets" {
        text.push_str(OF_SECRETS);
    }
    let _ = writeln!(text, "- apiGroups: [{}]\n  resources: [{resource}]\n  verbs:", quoted(group));
    for need in needs {
        for reason in need.reasons() {
            let _ = writeln!(text, "  # {reason}");
        }
        let _ = writeln!(text, "  - {}", need.verb);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_or_the_error_says_the_form() {
        let account = Subject::ServiceAccount { namespace: "ops".into(), name: "tsg".into() };
        assert_eq!(Subject::parse("serviceaccount:ops/tsg"), Ok(account));
        let user = Subject::User("system:node:a".into());
        assert_eq!(Subject::parse("user:system:node:a"), Ok(user));
        for bad in
            ["jane", "user:", "robot:x", "serviceaccount:ops", "serviceaccount:a/b/c", "user:a\nb"]
        {
            assert!(Subject::parse(bad).unwrap_err().contains("user:NAME"), "{bad}");
        }
    }

    #[test]
    fn a_name_is_read_back_as_it_was_whatever_yaml_would_make_of_it() {
        for name in ["no", "1e3", "a: b", "x # y", "\"", "~", "{}"] {
            let read: Json = serde_saphyr::from_str(&format!("k: {}", quoted(name))).unwrap();
            assert_eq!(read["k"], name);
        }
    }
}
