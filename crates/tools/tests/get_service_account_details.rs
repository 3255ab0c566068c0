//! `get_service_account_details`: the pull secrets of an account.

mod world;

use evidence::{Kind, Question, UnseenKind};
use serde_json::json;
use world::*;

#[test]
fn a_service_account_names_its_pull_secrets() {
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "checkout", "namespace": "shop", "creationTimestamp": NOW },
        "imagePullSecrets": [ { "name": "regcred" } ], "secrets": [ { "name": "token" } ],
        "automountServiceAccountToken": false });
    let tool = "get_service_account_details";
    let call = [("service_account", "checkout".into()), ("namespace", "shop".into())];
    let facts = World::of([account]).run(tool, &call);
    assert_eq!((&facts["exists"], &facts["automount"]), (&json!(true), &json!(false)));
    assert_eq!(
        (&facts["pull_secrets"], &facts["secrets"]),
        (&json!(["regcred"]), &json!(["token"]))
    );
    let absent = World::of([]).run(tool, &call);
    assert_eq!((&absent["exists"], &absent["pull_secrets"]), (&json!(false), &json!([])));
    let get = Question::get(Kind::ServiceAccount, Some("shop"), "checkout");
    assert_eq!(unseen(&World::of([]).unseen(get, UnseenKind::Denied).run(tool, &call)), "denied");
}
