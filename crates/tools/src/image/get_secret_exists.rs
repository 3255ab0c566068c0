//! Whether a secret exists, of which type it is, and whether the kubelet could pull images with
//! it. A value of a secret is never returned, nor a user name or a password.
//!
//! Reads the Secret, which is sealed where it enters: the names of its keys and what its registry
//! credentials are for are all that is kept. Only where it is absent, one more question is asked:
//! which other namespaces hold a secret of that name, by metadata alone.
//!
//! ## Absence
//!
//! A secret that does not exist has `exists` false, and `elsewhere` tells where one of its name
//! is; without the permission to list secrets in the cluster `elsewhere` is unknown. The whole
//! result is unknown when the secret was not seen. Where a dump holds the secret without its
//! values, its type is known, and `well_formed`, `registries` and `covers_image` are unknown.
//!
//! ## Example
//!
//! ```text
//! secret = get_secret_exists("<secret>", "<namespace>", image="<image>")
//! - When `secret.exists && secret.covers_image == false` → possibly **secret-for-other-registry**
//! ```
//!
//! ```json
//! { "exists": true, "name": "regcred", "namespace": "shop",
//!   "type": "kubernetes.io/dockerconfigjson", "keys": [".dockerconfigjson"],
//!   "well_formed": true, "problem": null, "registries": ["registry.example.com"],
//!   "covers_image": true, "elsewhere": [] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, DockerConfig, Fact, Inquiry, Kind, Known, Logins, Object, ObjectRef, Origin, Partial,
    Pending, Question, Reply, Seal, Source, Time, Unseen, UnseenKind, Value,
};

use crate::image::Reference;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access, cluster_access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A secret, without its values.
    pub struct SecretFacts {
        /// Whether it exists.
        pub exists: bool,
        /// The secret.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Its namespace.
        pub namespace: String,
        /// Its type, such as `kubernetes.io/dockerconfigjson`.
        pub r#type: Cited<Option<String>>,
        /// The names of its keys, in order.
        pub keys: Partial<String>,
        /// Whether the kubelet can read it for pulls: its type, its key and its content are right.
        pub well_formed: Known<bool>,
        /// Why it is not well formed; null when it is.
        pub problem: Known<Option<String>>,
        /// The registries that it holds credentials for, as written in it.
        pub registries: Known<Vec<String>>,
        /// The image of the call; null when it names none.
        pub image: Option<String>,
        /// Whether the kubelet would use any of them for the image of the call; null when the
        /// call names no image, or an invalid one.
        pub covers_image: Known<Option<bool>>,
        /// The other namespaces that hold a secret of this name; asked for only when it is
        /// absent, else empty.
        pub elsewhere: Known<Vec<Cited<String>>>,
        /// When it was made.
        pub created: Option<Time>,
        /// When it was last written, by the newest of its `managedFields`; null where the source
        /// does not keep them.
        pub modified: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_secret_exists",
    parameters: &[
        Parameter {
            name: "secret",
            kind: ParameterKind::Text,
            required: true,
            doc: "the secret's name",
        },
        NAMESPACE,
        Parameter {
            name: "image",
            kind: ParameterKind::Text,
            required: false,
            doc: "the image that it is to be used for",
        },
    ],
    facts: SecretFacts::SHAPE,
    permissions: &[
        access("get", "", "secrets", "nothing is known"),
        cluster_access("list", "", "secrets", "where else a secret of that name is, is unknown"),
    ],
    page: include_str!("get_secret_exists.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("secret"), arguments.required("namespace"));
    let sight = Sight::of(inquiry, Kind::Secret, namespace, name)?;
    let elsewhere = match &sight {
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen.clone())),
        Sight::Absent(secret) => elsewhere(secret, inquiry)?,
        Sight::Seen(_) => Known::Seen(Vec::new()),
    };
    let content = match sight.object() {
        Some(secret) => Content::of(secret, arguments.text("image")),
        None => Content::none(),
    };
    let json = sight.json();
    let facts = SecretFacts {
        exists: sight.object().is_some(),
        r#ref: ObjectRef::new(Kind::Secret, Some(namespace), name),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        r#type: Cited { value: field::text(json, "/type"), source: sight.source("type") },
        keys: content.keys,
        well_formed: content.problem.clone().map(|problem| problem.is_none() && json.is_object()),
        problem: content.problem,
        registries: content.registries,
        image: arguments.text("image").map(str::to_owned),
        covers_image: content.covers_image,
        elsewhere,
        created: field::time(json, "/metadata/creationTimestamp"),
        // An object that is let in keeps this one time of its `managedFields`.
        modified: field::time(json, "/metadata/tsg.dev~1modified"),
        source: sight.source("data"),
    };
    Ok(facts.into_value())
}

fn elsewhere(secret: &ObjectRef, inquiry: &Inquiry) -> Result<Known<Vec<Cited<String>>>, Pending> {
    let question = Question::Namesakes { kind: Kind::Secret, name: secret.name.clone() };
    Ok(match inquiry.ask(&question)? {
        Reply::Namesakes(found) => {
            let mut others: Vec<&ObjectRef> =
                found.iter().filter(|one| one.namespace != secret.namespace).collect();
            others.sort();
            others.dedup();
            Known::Seen(others.into_iter().filter_map(place).collect())
        }
        Reply::Absent => Known::Seen(Vec::new()),
        Reply::Unseen(unseen) => Known::Unknown(unseen),
        _ => Known::Unknown(sight::misfit(&question)),
    })
}

fn place(secret: &ObjectRef) -> Option<Cited<String>> {
    let source = Source {
        origin: Origin::Field,
        object: secret.clone(),
        path: "metadata.namespace".to_owned(),
        time: None,
        revision: None,
        count: None,
        quote: Some(format!("{secret} exists").into()),
    };
    Some(Cited::new(secret.namespace.clone()?, source))
}

/// What is known of a secret's content.
struct Content {
    keys: Partial<String>,
    problem: Known<Option<String>>,
    registries: Known<Vec<String>>,
    covers_image: Known<Option<bool>>,
}

impl Content {
    /// That of a secret that does not exist.
    fn none() -> Content {
        Content {
            keys: Partial { items: Vec::new(), missing: None },
            problem: Known::Seen(None),
            registries: Known::Seen(Vec::new()),
            covers_image: Known::Seen(None),
        }
    }

    fn of(secret: &Arc<Object>, image: Option<&str>) -> Content {
        let seal = secret.seal().unwrap_or_else(|| Seal {
            withheld: Some("the source does not tell what it holds".to_owned()),
            ..Seal::default()
        });
        let kind = secret.text("/type").unwrap_or("Opaque");
        let target = image.and_then(|image| Reference::parse(image).ok());
        let target = target.map(|image| format!("{}/{}", image.registry, image.repository));
        let keys: Vec<String> = seal.keys.into_iter().map(|key| key.name).collect();
        let withheld = seal.withheld.map(|why| {
            let what = format!("the content of {}", secret.reference());
            Unseen::new(UnseenKind::NotCaptured, what, why)
        });
        if Logins::key_of(kind).is_none() {
            // The kubelet looks at the type first, whatever the secret holds.
            return Content {
                keys: Partial { items: keys, missing: withheld },
                problem: Known::Seen(Some(format!("its type {kind} is not read for pulls"))),
                registries: Known::Seen(Vec::new()),
                covers_image: Known::Seen(target.map(|_| false)),
            };
        }
        if let Some(unseen) = withheld {
            return Content {
                keys: Partial { items: keys, missing: Some(unseen.clone()) },
                problem: Known::Unknown(unseen.clone()),
                registries: Known::Unknown(unseen.clone()),
                covers_image: match target {
                    Some(_) => Known::Unknown(unseen),
                    None => Known::Seen(None),
                },
            };
        }
        let config = seal.docker_config.unwrap_or_else(|| DockerConfig {
            problem: Some("it holds no registry credentials".to_owned()),
            registries: Vec::new(),
        });
        Content {
            keys: Partial { items: keys, missing: None },
            problem: Known::Seen(problem(&config, target.as_deref())),
            covers_image: Known::Seen(target.map(|target| covers(&config, &target))),
            registries: Known::Seen(config.registries.into_iter().map(|one| one.key).collect()),
        }
    }
}

fn covers(config: &DockerConfig, target: &str) -> bool {
    config.problem.is_none() && !config.covers(target).is_empty()
}

/// What is wrong with the whole, else with the first entry that concerns the image.
fn problem(config: &DockerConfig, target: Option<&str>) -> Option<String> {
    if config.problem.is_some() {
        return config.problem.clone();
    }
    let concerned = match target {
        Some(target) => config.covers(target),
        None => config.registries.iter().collect(),
    };
    concerned
        .into_iter()
        .find_map(|entry| Some(format!("{}: {}", entry.key, entry.problem.as_ref()?)))
}
