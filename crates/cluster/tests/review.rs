//! What the user may do is the API server's own word; without it, it is not known.

mod shop;

use apiserver::{Fault, Rule};
use cluster::{Cluster, Grant};
use evidence::Permission;
use shop::server;

fn permission(verb: &'static str, resource: &'static str, namespace: Option<&str>) -> Permission {
    Permission { verb, group: "", resource, namespace: namespace.map(str::to_owned) }
}

async fn may(cluster: &Cluster, permissions: &[Permission]) -> Vec<Grant> {
    let mut grants = vec![Grant::Unknown("not answered".into()); permissions.len()];
    cluster.may_each(permissions, |place, grant| grants[place] = grant).await;
    grants
}

#[track_caller]
fn unknown(grants: Vec<Grant>) -> String {
    match grants.as_slice() {
        [Grant::Unknown(why)] => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_permission_gets_the_servers_word_for_it() {
    let server = server()
        .with_rule(Rule::on("list", "events").in_namespace("shop"))
        .with_rule(Rule::on("get", "pods/log"));
    let wanted = [
        permission("list", "pods", Some("shop")),
        permission("list", "events", Some("shop")),
        permission("list", "events", Some("cart")),
        permission("get", "pods/log", Some("shop")),
        permission("get", "pods", None),
    ];
    let grants = may(&shop::cluster(&server), &wanted).await;
    use Grant::{Allowed, Denied};
    assert_eq!(grants, [Allowed, Denied, Allowed, Denied, Allowed]);
}

#[tokio::test]
async fn over_a_socket_nothing_but_reviews_is_posted() {
    let server = server().with_rule(Rule::on("list", "secrets"));
    let listening = server.listen().expect("a port");
    let cluster = shop::connected(&listening).await;
    let wanted = [permission("list", "secrets", None), permission("get", "secrets", Some("shop"))];
    assert_eq!(may(&cluster, &wanted).await, [Grant::Denied, Grant::Allowed]);
    for received in server.audit() {
        assert_eq!(received.method, "POST");
        assert_eq!(received.path, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    }
    assert_eq!(server.audit().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_say_leaves_it_unknown() {
    let cases: [(Fault, &str); 9] = [
        (Fault::Forbidden, "jane may not ask what it may do"),
        (Fault::Unauthorized, "log in again"),
        (
            Fault::Status(404, "NotFound", "the server could not find the requested resource"),
            "does not serve",
        ),
        (Fault::Status(500, "InternalError", "oops"), "InternalError"),
        (
            Fault::Answer(200, "text/html", "<html>allowed: true</html>"),
            "is not a SelfSubjectAccessReview",
        ),
        (
            Fault::changed(|json| json["kind"] = "SubjectAccessReview".into()),
            "is not a SelfSubjectAccessReview",
        ),
        (
            Fault::changed(|json| json["status"] = serde_json::json!({})),
            "is not a SelfSubjectAccessReview",
        ),
        (Fault::Hang, "no answer within"),
        (Fault::Refused, "refused"),
    ];
    for (fault, why) in cases {
        let server = server().with_rule(Rule::on("create", "selfsubjectaccessreviews").then(fault));
        let said = unknown(may(&shop::cluster(&server), &[permission("get", "pods", None)]).await);
        assert!(said.contains(why), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again() {
    let busy = Fault::Busy(429, Some(1));
    let server =
        server().with_rule(Rule::on("create", "selfsubjectaccessreviews").then(busy).times(1));
    let grants = may(&shop::cluster(&server), &[permission("get", "pods", None)]).await;
    assert_eq!((grants.as_slice(), server.audit().len()), (&[Grant::Allowed][..], 2));
}
