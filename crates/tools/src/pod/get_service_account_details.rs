//! A service account: the pull secrets that it gives to new pods, and whether its token is
//! mounted.
//!
//! Reads the ServiceAccount. The API server copies its `imagePullSecrets` into a pod when the pod
//! is made, and only where the pod names none of its own; a pod that is older than a change of the
//! account does not have it (compare `get_pod_diagnostics(…).pull_secrets`).
//!
//! ## Absence
//!
//! An account that does not exist has `exists` false and no pull secrets. The whole result is
//! unknown when the account was not seen.
//!
//! ## Example
//!
//! ```text
//! account = get_service_account_details("<service-account>", "<namespace>")
//! - When `account.exists && size(account.pull_secrets) == 0` → possibly **pull-secret-not-referenced**
//! ```
//!
//! ```json
//! { "exists": true, "name": "default", "namespace": "shop", "pull_secrets": ["regcred"],
//!   "secrets": [], "automount": null, "created": "2026-01-04T09:00:00Z" }
//! ```

use evidence::{Cited, Fact, Inquiry, Kind, Known, ObjectRef, Pending, Time, Value};

use crate::sight::Sight;
use crate::tool::{NAMESPACE, Parameter, ParameterKind, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// A service account.
    pub struct ServiceAccountDetails {
        /// Whether it exists.
        pub exists: bool,
        /// The service account.
        pub r#ref: ObjectRef,
        /// Its name.
        pub name: String,
        /// Its namespace.
        pub namespace: String,
        /// The names of the pull secrets that new pods get from it, in order.
        pub pull_secrets: Known<Cited<Vec<String>>>,
        /// The names of the other secrets that it lists.
        pub secrets: Vec<String>,
        /// Whether its token is mounted into pods; null where it does not say, which means yes.
        pub automount: Known<Cited<Option<bool>>>,
        /// When it was made.
        pub created: Option<Time>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_service_account_details",
    parameters: &[
        Parameter {
            name: "service_account",
            kind: ParameterKind::Text,
            required: true,
            doc: "the service account's name",
        },
        NAMESPACE,
    ],
    facts: ServiceAccountDetails::SHAPE,
    permissions: &[access("get", "", "serviceaccounts", "nothing is known")],
    page: include_str!("get_service_account_details.rs"),
    run,
};

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) =
        (arguments.required("service_account"), arguments.required("namespace"));
    let sight = Sight::of(inquiry, Kind::ServiceAccount, namespace, name)?;
    if let Sight::Unseen(unseen) = sight {
        return Ok(Value::Unknown(unseen));
    }
    let json = sight.json();
    let facts = ServiceAccountDetails {
        exists: sight.object().is_some(),
        r#ref: ObjectRef::new(Kind::ServiceAccount, Some(namespace), name),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        pull_secrets: sight.told("/imagePullSecrets", field::names),
        secrets: field::names(json, "/secrets"),
        automount: sight.told("/automountServiceAccountToken", field::truth),
        created: field::time(json, "/metadata/creationTimestamp"),
        source: sight.source("imagePullSecrets"),
    };
    Ok(facts.into_value())
}
