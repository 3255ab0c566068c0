//! What a tool is, and the manual that is made from its declaration.

use evidence::{Inquiry, Pending, RecordShape, Shape, Value};

use crate::Arguments;

/// A tool: what it is called with, what it may ask, and the facts that it returns.
///
/// A tool observes and never concludes: what its facts mean stands in a guide.
#[derive(Debug)]
pub struct Tool {
    /// The name by which guides call it.
    pub name: &'static str,
    /// Its arguments, in the order of a call without keywords.
    pub parameters: &'static [Parameter],
    /// The facts that it returns.
    pub facts: &'static RecordShape,
    /// What its user must be allowed to do.
    pub permissions: &'static [Access],
    /// The text of its own source file, whose head is its manual page.
    pub page: &'static str,
    /// Reads the facts. The whole value is unknown when the object in question was unseen.
    ///
    /// # Errors
    /// `Pending` while a question is open.
    pub run: fn(&Arguments, &Inquiry) -> Result<Value, Pending>,
}

/// One argument of a tool.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, for a keyword.
    pub name: &'static str,
    /// Its type.
    pub kind: ParameterKind,
    /// Whether a call must give it.
    pub required: bool,
    /// What it means.
    pub doc: &'static str,
}

/// The types of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Int,
    /// `True` or `False`.
    Bool,
}

impl ParameterKind {
    /// The word that manuals and messages use.
    pub const fn word(self) -> &'static str {
        match self {
            ParameterKind::Text => "text",
            ParameterKind::Int => "number",
            ParameterKind::Bool => "truth value",
        }
    }
}

/// One permission that a tool makes use of, in the words of Kubernetes RBAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// `get` or `list`.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, with its subresource.
    pub resource: &'static str,
    /// Where it is needed.
    pub scope: Scope,
    /// What is unknown without it.
    pub without: &'static str,
}

/// Where a permission is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In the namespace of the object in question.
    Namespace,
    /// In the whole cluster.
    Cluster,
}

impl Scope {
    /// The word that manuals use.
    pub const fn word(self) -> &'static str {
        match self {
            Scope::Namespace => "namespace",
            Scope::Cluster => "cluster",
        }
    }
}

/// The argument that names the pod.
pub(crate) const POD: Parameter =
    Parameter { name: "pod", kind: ParameterKind::Text, required: true, doc: "the pod's name" };

/// The argument that names the namespace.
pub(crate) const NAMESPACE: Parameter = Parameter {
    name: "namespace",
    kind: ParameterKind::Text,
    required: true,
    doc: "the namespace that the object is in",
};

/// The argument that names the claim.
pub(crate) const CLAIM: Parameter =
    Parameter { name: "claim", kind: ParameterKind::Text, required: true, doc: "the claim's name" };

/// The argument that names the workload.
pub(crate) const WORKLOAD: Parameter = Parameter {
    name: "workload",
    kind: ParameterKind::Text,
    required: true,
    doc: "the workload as kind/name",
};

/// The argument that names one container.
pub(crate) const CONTAINER: Parameter = Parameter {
    name: "container",
    kind: ParameterKind::Text,
    required: false,
    doc: "the container in question; else the first one in trouble",
};

/// A permission in the object's own namespace.
pub const fn access(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    without: &'static str,
) -> Access {
    Access { verb, group, resource, scope: Scope::Namespace, without }
}

/// A permission in the whole cluster.
pub const fn cluster_access(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    without: &'static str,
) -> Access {
    Access { verb, group, resource, scope: Scope::Cluster, without }
}

impl Tool {
    /// The tool's own page, in Markdown: what it reads, what absence means, an example.
    pub fn description(&self) -> String {
        let head = self.page.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = head.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n")
    }

    /// The first paragraph of the page, on one line.
    pub fn summary(&self) -> String {
        let page = self.description();
        let first: Vec<&str> = page.lines().take_while(|line| !line.trim().is_empty()).collect();
        first.join(" ")
    }

    /// How it is called: `get_pod_logs(pod, namespace, container=…)`.
    pub fn signature(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| match parameter.required {
                true => parameter.name.to_owned(),
                false => format!("{}=…", parameter.name),
            })
            .collect();
        format!("{}({})", self.name, parameters.join(", "))
    }

    /// The whole manual, in Markdown: the page, and the tables made from the declaration.
    pub fn manual(&self) -> String {
        let mut manual = format!("# {}\n\n{}\n\n", self.name, self.description().trim_end());
        manual.push_str("## Arguments\n\n");
        manual.push_str(&format!("`{}`\n\n", self.signature()));
        manual.push_str("| argument | type | | meaning |\n|---|---|---|---|\n");
        for parameter in self.parameters {
            let need = if parameter.required { "required" } else { "optional" };
            let (name, kind) = (parameter.name, parameter.kind.word());
            manual.push_str(&format!("| `{name}` | {kind} | {need} | {} |\n", cell(parameter.doc)));
        }
        manual.push_str("\n## Permissions\n\n");
        manual.push_str("| verb | resource | in | without it |\n|---|---|---|---|\n");
        for access in self.permissions {
            let dot = if access.group.is_empty() { "" } else { "." };
            manual.push_str(&format!(
                "| {} | {}{dot}{} | {} | {} |\n",
                access.verb,
                access.resource,
                access.group,
                access.scope.word(),
                cell(access.without),
            ));
        }
        manual.push_str("\n## Facts\n\n");
        let mut records = Vec::new();
        collect(self.facts, &mut records);
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                manual.push_str(&format!("\n### {}\n\n", record.name));
            }
            manual.push_str(&facts_table(record));
        }
        manual
    }
}

fn facts_table(record: &RecordShape) -> String {
    let mut table = format!("{}\n\n", paragraph(record.doc));
    table.push_str("| fact | type | meaning |\n|---|---|---|\n");
    for field in record.fields {
        let (name, shape) = (field.name, (field.shape)());
        table.push_str(&format!("| `{name}` | {shape} | {} |\n", cell(&paragraph(field.doc))));
    }
    table
}

/// A record and the records in it, each once, in the order of mention.
fn collect(record: &'static RecordShape, into: &mut Vec<&'static RecordShape>) {
    if into.contains(&record) {
        return;
    }
    into.push(record);
    for field in record.fields {
        let mut shape = (field.shape)();
        while let Shape::List(inner) | Shape::Map(inner) | Shape::Nullable(inner) = shape {
            shape = inner();
        }
        if let Shape::Record(inner) = shape {
            collect(inner, into);
        }
    }
}

fn paragraph(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ").trim().to_owned()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
