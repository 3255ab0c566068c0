//! A vocabulary for tests: a few tools with facts, signals, placeholders and guides.

#![allow(dead_code, missing_docs)]

use evidence::{ObjectRef, Partial, RecordShape, Time};
use guide::{GuideName, Parameter, ParameterSort, SignalName, ToolName, Vocabulary};

evidence::facts! {
    /// A pod.
    pub struct Pod {
        pub r#ref: ObjectRef,
        pub exists: bool,
        pub phase: Option<String>,
        pub node: Option<ObjectRef>,
        pub workload: Option<ObjectRef>,
        pub restarts: i64,
        pub last_exit_code: Option<i64>,
        pub created: Time,
    }
    /// A failure.
    pub struct Failure {
        pub class: String,
        pub message: String,
        pub current: bool,
    }
    /// The events.
    pub struct Pulls {
        pub failures: Partial<Failure>,
        pub failure: Option<Failure>,
        pub healthy: bool,
    }
    /// A secret.
    pub struct Secret {
        pub exists: bool,
        pub kind: Option<String>,
        pub registries: Vec<String>,
        pub well_formed: bool,
    }
    /// An account.
    pub struct Account {
        pub exists: bool,
        pub pull_secrets: Vec<String>,
    }
    /// An image.
    pub struct Image {
        pub tag_exists: Option<bool>,
        pub nearest_tag: Option<String>,
    }
}

pub fn vocabulary() -> Vocabulary {
    let pod = ["pod", "namespace"];
    Vocabulary {
        tools: vec![
            tool("get_pod_diagnostics", &pod, &[("container", ParameterSort::Text)], Pod::SHAPE),
            tool(
                "get_image_pull_events",
                &pod,
                &[("container", ParameterSort::Text)],
                Pulls::SHAPE,
            ),
            tool(
                "get_service_account_details",
                &["service_account", "namespace"],
                &[],
                Account::SHAPE,
            ),
            tool(
                "get_secret_exists",
                &["secret", "namespace"],
                &[("image", ParameterSort::Text)],
                Secret::SHAPE,
            ),
            tool("get_image_reference", &pod, &[], Image::SHAPE),
            tool(
                "get_pod_logs",
                &pod,
                &[
                    ("container", ParameterSort::Text),
                    ("previous", ParameterSort::Bool),
                    ("tail", ParameterSort::Int),
                ],
                Account::SHAPE,
            ),
        ],
        signals: vec![
            SignalName {
                name: "kube_pod_container_status_waiting_reason".into(),
                labels: vec!["reason".into(), "container".into()],
            },
            SignalName { name: "pod_restart_count_high".into(), labels: Vec::new() },
        ],
        placeholders: [
            "pod",
            "namespace",
            "container",
            "image",
            "service-account",
            "secret",
            "node",
            "deploy",
        ]
        .map(String::from)
        .to_vec(),
        guides: vec![
            guide_name("TSG-POD-IMAGEPULL-001", &["incorrect-image-reference"]),
            guide_name("TSG-POD-IMAGEPULL-002", &[]),
            guide_name("TSG-POD-CRASHLOOP-001", &[]),
            guide_name("TSG-POD-OOM-001", &["memory-limit"]),
            guide_name("TSG-POD-IMAGEPULL-010", &["pull-credentials", "image-reference"]),
        ],
    }
}

fn tool(
    name: &str,
    required: &[&str],
    optional: &[(&str, ParameterSort)],
    facts: &'static RecordShape,
) -> ToolName {
    let required = required.iter().map(|name| (*name, ParameterSort::Text, true));
    let optional = optional.iter().map(|(name, sort)| (*name, *sort, false));
    let parameters = required
        .chain(optional)
        .map(|(name, sort, required)| Parameter { name: name.into(), sort, required })
        .collect();
    ToolName { name: name.into(), parameters, facts }
}

fn guide_name(id: &str, outcomes: &[&str]) -> GuideName {
    let outcomes = outcomes.iter().map(|outcome| (*outcome).to_owned()).collect();
    GuideName { id: id.into(), outcomes }
}
