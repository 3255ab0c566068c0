//! What the language promises, one file for each promise.

mod checking;
mod citations;
mod differential;
mod limits;
mod robustness;
mod syntax;
mod unknowns;
mod values;

use std::sync::Arc;

use evidence::{Fact, Kind, List, ObjectRef, Origin, Source, Unseen, UnseenKind, Value};
use expression::{Budget, Environment, Expression, Verdict};

evidence::facts! {
    /// A container.
    pub struct Container {
        /// Its name.
        pub name: String,
        /// The exit code of its last run.
        pub exit_code: Option<i64>,
        /// Why it waits or ended.
        pub reason: evidence::Known<Option<String>>,
        /// Whether it is ready.
        pub ready: bool,
        /// Its arguments.
        pub args: Vec<String>,
        /// Its limits.
        pub limits: std::collections::BTreeMap<String, String>,
    }
    /// A pod.
    pub struct Pod {
        /// Its name.
        pub name: String,
        /// The node that it is on.
        pub node: Option<String>,
        /// When it was made.
        pub created: Option<evidence::Time>,
        /// What made it.
        pub workload: ObjectRef,
        /// Its phase, from a place of its own.
        pub phase: evidence::Cited<String>,
        /// Its containers.
        pub containers: evidence::Partial<Container>,
        /// The one in question.
        pub container: Option<Container>,
        /// Whether it was scheduled.
        pub scheduled: Option<bool>,
    }
}

/// What was not seen, told apart by a letter.
pub fn unseen(letter: &str) -> Unseen {
    Unseen::new(UnseenKind::Denied, letter, "list events")
}

/// A place, told apart by its path.
pub fn place(path: &str) -> Source {
    Source {
        origin: Origin::Field,
        object: ObjectRef::new(Kind::Pod, Some("shop"), "web-0"),
        path: path.to_owned(),
        time: None,
        revision: None,
        count: None,
        quote: None,
    }
}

/// A container that was read at the place of its name.
pub fn container(name: &str, exit_code: Option<i64>) -> Container {
    Container {
        name: name.to_owned(),
        exit_code,
        reason: evidence::Known::Seen(Some("Error".to_owned())),
        ready: false,
        args: vec!["-v".to_owned(), "serve".to_owned()],
        limits: [("memory".to_owned(), "64Mi".to_owned())].into(),
        source: Some(place(name)),
    }
}

/// A pod with two containers, all of it seen.
pub fn pod() -> Pod {
    Pod {
        name: "web-0".to_owned(),
        node: None,
        created: "2026-11-23T18:00:00Z".parse().ok(),
        workload: ObjectRef::new(Kind::Deployment, Some("shop"), "web"),
        phase: evidence::Cited::new("Pending".to_owned(), place("status.phase")),
        containers: evidence::Partial {
            items: vec![container("init", Some(0)), container("server", Some(137))],
            missing: None,
        },
        container: None,
        scheduled: None,
        source: Some(place("pod")),
    }
}

/// The names that most tests use.
pub fn values() -> Vec<(&'static str, Value)> {
    let partial =
        |items: Vec<Value>| Value::List(Arc::new(List { items, missing: Some(unseen("rest")) }));
    let mut incomplete = pod();
    incomplete.containers.missing = Some(unseen("rest"));
    incomplete.containers.items[1].reason = evidence::Known::Unknown(unseen("reason"));
    vec![
        ("pod", pod().into_value()),
        ("incomplete", incomplete.into_value()),
        ("now", Value::Time("2026-11-23T19:30:00Z".parse().unwrap())),
        ("t", Value::Bool(true)),
        ("f", Value::Bool(false)),
        ("n", Value::Null),
        ("u", Value::Unknown(unseen("u"))),
        ("v", Value::Unknown(unseen("v"))),
        ("x", Value::Int(7)),
        ("word", Value::text("Back-off pulling image")),
        ("some", partial(vec![Value::Int(1), Value::Int(2)])),
        ("none_seen", partial(vec![])),
        ("hole", Value::list(vec![Value::Int(1), Value::Unknown(unseen("hole")), Value::Int(3)])),
        ("labels", Value::Map(Arc::new([("app.io/name".to_owned(), Value::text("web"))].into()))),
    ]
}

/// The verdict of a text over [`values`].
pub fn verdict(text: &str) -> Verdict {
    let values = values();
    let mut environment = Environment::new();
    for (name, value) in &values {
        environment.bind(name, value);
    }
    let expression = Expression::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    expression.evaluate(&environment, &mut Budget::default())
}

/// A verdict in one word or value: JSON for what is known, `unknown a b` and `error Kind`.
pub fn told(text: &str) -> String {
    let verdict = verdict(text);
    match verdict.value {
        Ok(Value::Unknown(first)) => {
            assert_eq!(verdict.unknowns.first(), Some(&first), "{text}");
            let what: Vec<&str> = verdict.unknowns.iter().map(|unseen| &*unseen.what).collect();
            format!("unknown {}", what.join(" "))
        }
        Ok(value) => {
            assert!(verdict.unknowns.is_empty(), "{text}");
            value.to_json().to_string()
        }
        Err(error) => format!("error {:?}", error.kind),
    }
}

/// Asserts a table of texts and what they tell.
pub fn tell(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(told(text), *expected, "{text}");
    }
}
