//! An Ingress as a controller finds it: the class that it names, whether a controller has taken it
//! up, and the certificates of its hosts.
//!
//! Reads the Ingress, the IngressClasses, and each Secret that `spec.tls` names: whether it is there
//! and which keys it has, never a value. A controller serves TLS from the keys `tls.crt` and
//! `tls.key`, whatever the type of the Secret. The older annotation `kubernetes.io/ingress.class`
//! names no IngressClass but a controller, so nothing is looked up for it.
//!
//! ## Absence
//!
//! An Ingress that does not exist has `exists` false. Without the IngressClasses, `class_exists` and
//! `default_class` are unknown; a Secret that was not seen leaves `exists` and `lacks` of its
//! certificate unknown.
//!
//! ## Example
//!
//! ```text
//! door = get_ingress_details("<ingress>", "<namespace>")
//! - When `door.class != null && door.class_exists == false && !door.addressed` → **ingress-class-missing** at `door.ref`
//! ```
//!
//! ```json
//! { "exists": true, "name": "shop", "class": "ngnix", "class_exists": false, "classes": ["nginx"],
//!   "default_class": null, "addressed": false, "hosts": ["shop.example.com"],
//!   "certificates": [ { "secret": "shop-tls", "exists": true, "lacks": ["tls.crt", "tls.key"] } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Cited, Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending, Question,
    Source, Unseen, UnseenKind, Value,
};
use serde_json::Value as Json;

use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access, cluster_access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// An Ingress.
    pub struct IngressDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The Ingress.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// How long ago it was made, in seconds.
        pub age_seconds: Option<i64>,
        /// The class that `spec.ingressClassName` names.
        pub class: Cited<Option<String>>,
        /// The controller that the older annotation names.
        pub annotated: Option<String>,
        /// Whether that class exists; null where it names none.
        pub class_exists: Known<Option<bool>>,
        /// The class that is marked as the default.
        pub default_class: Known<Option<String>>,
        /// The classes that there are.
        pub classes: Partial<String>,
        /// Whether a controller has given it an address.
        pub addressed: Cited<bool>,
        /// The hosts of its rules; a rule without a host is for every host.
        pub hosts: Vec<String>,
        /// The hosts of its rules that no entry of `spec.tls` is for.
        pub plain_hosts: Vec<String>,
        /// The certificates that it names.
        pub certificates: Vec<IngressCertificate>,
    }

    /// A certificate of an Ingress.
    pub struct IngressCertificate {
        /// The name of its Secret.
        pub secret: String,
        /// The Secret.
        pub r#ref: ObjectRef,
        /// The hosts that it is for; none for all.
        pub hosts: Vec<String>,
        /// Whether a rule is for one of these hosts.
        pub used: bool,
        /// Whether the Secret exists.
        pub exists: Known<bool>,
        /// The type of the Secret.
        pub r#type: Option<String>,
        /// Which of the keys `tls.crt` and `tls.key` it lacks or has without a value; none where it
        /// does not exist.
        pub lacks: Known<Vec<String>>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_ingress_details",
    parameters: &[
        Parameter {
            name: "ingress",
            kind: ParameterKind::Text,
            required: true,
            doc: "the Ingress's name",
        },
        NAMESPACE,
    ],
    facts: IngressDetails::SHAPE,
    permissions: &[
        access("get", "networking.k8s.io", "ingresses", "nothing is known"),
        access("get", "", "secrets", "whether its certificates are there is unknown"),
        cluster_access(
            "list",
            "networking.k8s.io",
            "ingressclasses",
            "whether its class exists is unknown",
        ),
    ],
    page: include_str!("get_ingress_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("ingress"), arguments.required("namespace"));
    Ok(match Sight::of(inquiry, Kind::Ingress, namespace, name)? {
        Sight::Unseen(unseen) => Value::Unknown(unseen),
        sight => {
            let reference = ObjectRef::new(Kind::Ingress, Some(namespace), name);
            describe(&sight, reference, inquiry)?.into_value()
        }
    })
}

/// What is known of an Ingress that was seen.
///
/// # Errors
/// [`Pending`] while the classes or a Secret have not been asked for.
pub fn ingress(ingress: &Object, inquiry: &Inquiry) -> Result<IngressDetails, Pending> {
    let sight = Sight::Seen(Arc::new(ingress.clone()));
    describe(&sight, ingress.reference().clone(), inquiry)
}

fn describe(
    sight: &Sight,
    reference: ObjectRef,
    inquiry: &Inquiry,
) -> Result<IngressDetails, Pending> {
    let json = sight.json();
    let namespace = reference.namespace.clone().unwrap_or_default();
    let entries: Vec<&Json> = field::items(json, "/spec/tls")
        .iter()
        .filter(|one| field::word(one, "/secretName").is_some())
        .collect();
    let secret = |one: &&Json| {
        let name = field::word(one, "/secretName").unwrap_or_default();
        Question::get(Kind::Secret, Some(&namespace), name)
    };
    let mut questions = vec![Question::list(Kind::IngressClass, None)];
    questions.extend(entries.iter().map(secret));
    let mut replies = inquiry.ask_all(&questions)?.into_iter().zip(&questions);
    let (classes, missing) = match replies.next() {
        Some((reply, question)) => sight::listing(reply, question),
        None => (Arc::default(), None),
    };
    let rules = field::items(json, "/spec/rules");
    let hosts: Vec<String> = rules.iter().filter_map(|rule| field::text(rule, "/host")).collect();
    let any_host = hosts.len() < rules.len() || rules.is_empty();
    let certificates = replies
        .zip(&entries)
        .map(|((reply, question), entry)| {
            let used = any_host || hosts.iter().any(|host| is_for(entry, host));
            certificate(&Sight::read(reply, question), question, entry, used)
        })
        .collect();
    let tls = field::items(json, "/spec/tls");
    let is_plain = |host: &&String| !tls.iter().any(|entry| is_for(entry, host));
    let class = field::text(json, "/spec/ingressClassName");
    let addresses = field::items(json, "/status/loadBalancer/ingress");
    Ok(IngressDetails {
        exists: sight.object().is_some(),
        name: reference.name.clone(),
        r#ref: reference,
        age_seconds: sight
            .object()
            .and_then(|one| one.created())
            .map(|made| inquiry.now().duration_since(made).as_secs()),
        class_exists: exists(class.as_deref(), &classes, &missing),
        class: Cited { value: class, source: sight.source("spec.ingressClassName") },
        annotated: field::text(json, "/metadata/annotations/kubernetes.io~1ingress.class"),
        default_class: default_class(&classes, &missing),
        classes: Partial {
            items: classes.items.iter().map(|one| one.reference().name.clone()).collect(),
            missing,
        },
        addressed: Cited {
            value: !addresses.is_empty(),
            source: sight.source("status.loadBalancer"),
        },
        plain_hosts: hosts.iter().filter(is_plain).cloned().collect(),
        hosts,
        certificates,
        source: sight.source("spec"),
    })
}

fn exists(class: Option<&str>, classes: &Listing, missing: &Option<Unseen>) -> Known<Option<bool>> {
    let Some(class) = class else { return Known::Seen(None) };
    let found = classes.items.iter().any(|one| one.reference().name == class);
    match missing.clone().filter(|_| !found) {
        Some(unseen) => Known::Unknown(unseen),
        None => Known::Seen(Some(found)),
    }
}

fn default_class(classes: &Listing, missing: &Option<Unseen>) -> Known<Option<String>> {
    let mark = "ingressclass.kubernetes.io/is-default-class";
    let found = classes.items.iter().find(|one| one.annotation(mark) == Some("true"));
    match (found, missing) {
        (None, Some(unseen)) => Known::Unknown(unseen.clone()),
        (found, _) => Known::Seen(found.map(|one| one.reference().name.clone())),
    }
}

/// Whether an entry of `spec.tls` is for a host. `*` stands for one label; an entry without hosts is
/// for all.
fn is_for(entry: &Json, host: &str) -> bool {
    let hosts = field::texts(entry, "/hosts");
    let within = |pattern: &str| {
        let rest = pattern.strip_prefix("*.");
        rest.is_some_and(|rest| host.split_once('.').is_some_and(|(_, domain)| domain == rest))
    };
    hosts.is_empty() || hosts.iter().any(|pattern| pattern == host || within(pattern))
}

fn certificate(sight: &Sight, question: &Question, entry: &Json, used: bool) -> IngressCertificate {
    let secret = field::text(entry, "/secretName").unwrap_or_default();
    let reference = match question {
        Question::Get { object } => object.clone(),
        _ => ObjectRef::new(Kind::Secret, None, &secret),
    };
    let unseen = match sight {
        Sight::Unseen(unseen) => Some(unseen.clone()),
        _ => None,
    };
    IngressCertificate {
        hosts: field::texts(entry, "/hosts"),
        used,
        exists: match &unseen {
            Some(unseen) => Known::Unknown(unseen.clone()),
            None => Known::Seen(sight.object().is_some()),
        },
        r#type: field::text(sight.json(), "/type"),
        lacks: match (unseen, sight.object()) {
            (Some(unseen), _) => Known::Unknown(unseen),
            (None, Some(object)) => lacks(object),
            (None, None) => Known::Seen(Vec::new()),
        },
        source: match sight {
            Sight::Absent(absent) => Some(Source::absence(absent.clone())),
            _ => sight.source("data"),
        },
        r#ref: reference,
        secret,
    }
}

/// Which keys of a certificate a Secret lacks, by its seal.
fn lacks(secret: &Object) -> Known<Vec<String>> {
    let held = |why: &str| {
        let what = format!("the keys of {}", secret.reference());
        Known::Unknown(Unseen::new(UnseenKind::NotCaptured, what, why))
    };
    let Some(seal) = secret.seal() else { return held("the source does not tell what it holds") };
    let has = |key: &str| {
        let found = seal.keys.iter().find(|one| one.name == key);
        found.is_some_and(|one| one.bytes > 0 || seal.withheld.is_some())
    };
    let missing: Vec<String> =
        ["tls.crt", "tls.key"].into_iter().filter(|key| !has(key)).map(str::to_owned).collect();
    match (&seal.withheld, missing.is_empty()) {
        (Some(why), false) => held(why),
        _ => Known::Seen(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_stands_for_one_label() {
        for (hosts, host, is) in [
            (json!(["shop.example.com"]), "shop.example.com", true),
            (json!(["*.example.com"]), "shop.example.com", true),
            (json!(["*.example.com"]), "a.shop.example.com", false),
            (json!(["*.example.com"]), "example.com", false),
            (json!(["www.example.com"]), "shop.example.com", false),
            (json!([]), "shop.example.com", true),
        ] {
            assert_eq!(is_for(&json!({ "hosts": hosts }), host), is, "{hosts} {host}");
        }
    }
}
