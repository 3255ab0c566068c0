//! `get_image_pull_events`: which evidence decides, and what is said when none is there.

mod world;

use evidence::UnseenKind;
use serde_json::{Value as Json, json};
use tools::Argument;
use world::*;

const TOOL: &str = "get_image_pull_events";

fn with(pod: Json, events: Vec<Json>) -> Json {
    World::of([pod].into_iter().chain(events)).on_pod(TOOL)
}

#[test]
fn the_event_tells_why_where_an_old_kubelets_status_does_not() {
    let facts = with(old_pod(), failing(NOT_FOUND));
    let failure = &facts["failure"];
    assert_eq!(failure["class"], "image-not-found");
    assert_eq!(failure["origin"], "event");
    assert_eq!(failure["message"], NOT_FOUND);
    assert_eq!((&failure["count"], &failure["time"]), (&json!(5), &json!("2026-11-20T14:05:31Z")));
    assert_eq!((&failure["current"], &failure["complete"]), (&json!(true), &json!(true)));
    assert_eq!(failure["registry"], "registry.example.com");
    assert_eq!(
        (&failure["repository"], &failure["tag"]),
        (&json!("shop/checkout"), &json!("1.4.3"))
    );
    assert_eq!(facts["healthy"], false);
    assert_eq!(
        facts["failures"].as_array().map(Vec::len),
        Some(1),
        "the pod is young: all is seen"
    );
}

#[test]
fn a_new_kubelets_status_tells_why_even_when_events_are_denied() {
    let world = World::of([pod()]).unseen(events_of_pod(), UnseenKind::Denied);
    let facts = world.on_pod(TOOL);
    assert_eq!(facts["failure"]["class"], "image-not-found");
    assert_eq!(facts["failure"]["origin"], "container-status");
    assert_eq!(facts["failure"]["count"], Json::Null);
    assert_eq!(unseen(&facts["failures"]), "denied");
    assert_eq!(facts["failures"]["seen"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_events_the_class_is_unknown_for_the_reason_that_they_were_not_seen() {
    for kind in [
        UnseenKind::Denied,
        UnseenKind::Unreachable,
        UnseenKind::Truncated,
        UnseenKind::Expired,
        UnseenKind::NotCaptured,
    ] {
        let facts = World::of([old_pod()]).unseen(events_of_pod(), kind).on_pod(TOOL);
        let expected = kind.word().replace(' ', "-");
        assert_eq!(unseen(&facts["failure"]["class"]), expected);
        assert_eq!(unseen(&facts["failure"]["concept"]), expected);
        assert_eq!(facts["healthy"], false, "the status itself tells that the image is missing");
    }
}

#[test]
fn the_pod_unseen_makes_the_whole_unknown_and_the_pod_absent_does_not() {
    let denied = World::of([]).unseen(get_pod(), UnseenKind::Denied).on_pod(TOOL);
    assert_eq!(unseen(&denied), "denied");
    let absent = World::of(failing(NOT_FOUND)).on_pod(TOOL);
    assert_eq!(absent["exists"], false);
    assert_eq!(absent["failures"], json!([]));
    assert_eq!(absent["healthy"], false, "what is not there is not healthy");
}

#[test]
fn the_events_of_a_pod_older_than_an_hour_are_expired_not_absent() {
    let mut pod = old_pod();
    pod["metadata"]["creationTimestamp"] = json!("2026-11-20T13:07:59Z");
    let facts = with(pod, Vec::new());
    assert_eq!(unseen(&facts["failure"]["class"]), "expired");
    assert_eq!(unseen(&facts["pulled"]), "expired");
    let mut pod = old_pod();
    pod["metadata"]["creationTimestamp"] = json!("2026-11-20T13:08:00Z");
    let facts = with(pod, Vec::new());
    assert_eq!(unseen(&facts["failure"]["class"]), "not-captured", "an hour to the second is kept");
}

#[test]
fn a_message_cut_before_its_cause_is_truncated_and_one_cut_after_it_is_classified() {
    let cut = &NOT_FOUND[..NOT_FOUND.len() - "3: not found".len()];
    let facts = with(old_pod(), failing(&format!("{cut}...")));
    assert_eq!(unseen(&facts["failure"]["class"]), "truncated");
    assert_eq!(facts["failure"]["complete"], false);

    let filled = format!("{NOT_FOUND}: {}", "x".repeat(1024 - NOT_FOUND.len() - 2));
    let unmatched = filled.replace("not found", "gone away");
    assert_eq!(unseen(&with(old_pod(), failing(&unmatched))["failure"]["class"]), "truncated");

    let no_host = format!("{NO_HOST}; tried again {}", "y".repeat(1024));
    let no_host = no_host.replace("registry.nowhere.example/app/web:1", IMAGE);
    let facts = with(old_pod(), failing(&no_host));
    assert_eq!(facts["failure"]["class"], "dns-no-such-host");
}

#[test]
fn words_that_are_known_and_match_nothing_are_unclassified() {
    let odd = format!("Failed to pull image \"{IMAGE}\": the moon is full");
    let facts = with(old_pod(), failing(&odd));
    assert_eq!(facts["failure"]["class"], "unclassified");
    assert_eq!(facts["failure"]["concept"], Json::Null);
    assert_eq!(facts["failure"]["message"], odd);
}

#[test]
fn the_newest_evidence_about_a_cause_decides() {
    let host = NO_HOST.replace("registry.nowhere.example/app/web:1", IMAGE);
    let mut events = failing(NOT_FOUND);
    events.push(event("e9", "Failed", &host, "2026-11-20T14:06:00Z", 1));
    assert_eq!(with(old_pod(), events)["failure"]["class"], "dns-no-such-host");
    let mut events = failing(NOT_FOUND);
    events.push(event("e9", "Failed", &host, "2026-11-20T14:03:00Z", 1));
    assert_eq!(with(old_pod(), events)["failure"]["class"], "image-not-found");
}

#[test]
fn a_failure_that_healed_is_not_current() {
    let mut pod = old_pod();
    pod["status"]["phase"] = json!("Running");
    pod["status"]["containerStatuses"][0] = running("server", IMAGE, "2026-11-20T14:06:10Z");
    let mut events = failing(NOT_FOUND);
    let pulled = format!(
        "Successfully pulled image \"{IMAGE}\" in 1.204s (2.5s including waiting). Image size: 7 bytes."
    );
    events.push(event("e9", "Pulled", &pulled, "2026-11-20T14:06:09Z", 1));
    let facts = with(pod, events);
    assert_eq!(facts["failure"], Json::Null);
    assert_eq!(facts["healthy"], true);
    assert_eq!(facts["failures"][0]["current"], false);
    assert_eq!(facts["failures"][0]["class"], "image-not-found");
    assert_eq!(facts["pulled"][0]["duration_text"], "1.204s (2.5s including waiting)");
    assert_eq!(facts["pulled"][0]["on_node"], false);
}

#[test]
fn what_was_told_before_the_last_good_pull_does_not_explain_a_failure_of_now() {
    let host = NO_HOST.replace("registry.nowhere.example/app/web:1", IMAGE);
    let events = vec![
        event("e1", "Failed", &host, "2026-11-20T14:03:00Z", 2),
        event(
            "e2",
            "Pulled",
            &format!("Successfully pulled image \"{IMAGE}\" in 1s (1s including waiting)"),
            "2026-11-20T14:04:00Z",
            1,
        ),
    ];
    let facts = with(old_pod(), events);
    assert_eq!(unseen(&facts["failure"]["class"]), "not-captured");
}

#[test]
fn events_of_an_earlier_pod_of_that_name_are_left_out() {
    let mut earlier = event("e1", "Failed", NOT_FOUND, "2026-11-20T14:05:31Z", 5);
    earlier["involvedObject"]["uid"] = json!("a000");
    assert_eq!(unseen(&with(old_pod(), vec![earlier])["failure"]["class"]), "not-captured");
    let mut before = event("e1", "Failed", NOT_FOUND, "2026-11-20T14:01:59Z", 5);
    before["involvedObject"]["uid"] = json!("");
    assert_eq!(unseen(&with(old_pod(), vec![before])["failure"]["class"]), "not-captured");
}

#[test]
fn a_static_pods_events_carry_the_hash_of_its_manifest() {
    let mut pod = old_pod();
    pod["metadata"]["annotations"] = json!({ "kubernetes.io/config.mirror": "f00d",
        "kubernetes.io/config.source": "file" });
    pod["metadata"]["ownerReferences"] = json!([ { "apiVersion": "v1", "kind": "Node",
        "name": "worker-3", "controller": true } ]);
    let mut told = event("e1", "Failed", NOT_FOUND, "2026-11-20T14:05:31Z", 5);
    told["involvedObject"]["uid"] = json!("f00d");
    assert_eq!(with(pod, vec![told])["failure"]["class"], "image-not-found");
}

/// A pod with a container of every sort, each with a fault of its own.
fn pod_of_every_sort() -> Json {
    let mut pod = old_pod();
    let other = "registry.nowhere.example/app/web:1";
    pod["spec"]["initContainers"] = json!([
        { "name": "fetch", "image": other },
        { "name": "mesh", "image": "Bad/Name", "restartPolicy": "Always" },
    ]);
    pod["spec"]["ephemeralContainers"] = json!([ { "name": "debug", "image": "busybox" } ]);
    pod["status"]["initContainerStatuses"] = json!([
        waiting("fetch", other, "ErrImagePull", NO_HOST.split_once("1\": ").expect("a cause").1),
        waiting(
            "mesh",
            "Bad/Name",
            "InvalidImageName",
            "Failed to apply default image tag \"Bad/Name\": couldn't parse image name \"Bad/Name\": invalid reference format: repository name (Bad/Name) must be lowercase"
        ),
    ]);
    pod["status"]["ephemeralContainerStatuses"] = json!([waiting(
        "debug",
        "busybox",
        "ErrImageNeverPull",
        "Container image \"busybox\" is not present with pull policy of Never"
    )]);
    pod
}

#[test]
fn containers_of_every_sort_have_failures_of_their_own() {
    let pod = pod_of_every_sort();
    let facts = with(pod.clone(), failing(NOT_FOUND));
    let found: Vec<(&str, &str, &str)> = facts["failures"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            (
                one["container"].as_str().unwrap_or_default(),
                one["sort"].as_str().unwrap_or_default(),
                one["class"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(found.len(), 4);
    for expected in [
        ("fetch", "init", "dns-no-such-host"),
        ("mesh", "sidecar", "invalid-reference"),
        ("server", "main", "image-not-found"),
        ("debug", "ephemeral", "never-pull"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let world = World::of([pod].into_iter().chain(failing(NOT_FOUND)));
    let mut call = on_pod();
    call.push(("container", Argument::from("mesh")));
    let facts = world.run(TOOL, &call);
    assert_eq!(facts["failure"]["container"], "mesh");
    assert_eq!(facts["failure"]["registry"], Json::Null, "an invalid reference has no parts");
}

#[test]
fn an_event_without_a_field_path_belongs_to_the_container_of_its_image() {
    let mut pod = old_pod();
    add(&mut pod["spec"]["containers"], json!({ "name": "proxy", "image": "proxy:1" }));
    let status =
        waiting("proxy", "proxy:1", "ImagePullBackOff", "Back-off pulling image \"proxy:1\"");
    add(&mut pod["status"]["containerStatuses"], status);
    let mut told = event("e1", "Failed", NOT_FOUND, "2026-11-20T14:05:31Z", 5);
    told["involvedObject"].as_object_mut().expect("an object").remove("fieldPath");
    let facts = with(pod, vec![told]);
    let failures = facts["failures"].as_array().expect("a list");
    let of = |name: &str| failures.iter().find(|one| one["container"] == name).expect("a failure");
    assert_eq!(of("server")["class"], "image-not-found");
    assert_eq!(unseen(&of("proxy")["class"]), "not-captured");
}

#[test]
fn an_event_about_the_image_before_a_change_does_not_count() {
    let mut pod = old_pod();
    pod["spec"]["containers"][0]["image"] = json!("registry.example.com/shop/checkout:1.4.4");
    let facts = with(pod, failing(NOT_FOUND));
    assert_eq!(unseen(&facts["failure"]["class"]), "not-captured");
}

#[test]
fn before_the_first_start_an_event_alone_makes_a_failure_current() {
    let mut pod = old_pod();
    pod["status"]["containerStatuses"][0] = waiting("server", IMAGE, "ContainerCreating", "");
    let told = vec![event("e1", "Failed", NOT_FOUND, "2026-11-20T14:05:31Z", 1)];
    assert_eq!(with(pod.clone(), told)["failure"]["class"], "image-not-found");
    let denied = World::of([pod]).unseen(events_of_pod(), UnseenKind::Denied).on_pod(TOOL);
    assert_eq!(denied["failure"], Json::Null);
    assert_eq!(unseen(&denied["healthy"]), "denied");
}

#[test]
fn a_container_that_does_not_start_has_no_failed_pull() {
    let mut pod = old_pod();
    pod["status"]["containerStatuses"][0] =
        waiting("server", IMAGE, "CreateContainerError", "no such file");
    let events = vec![
        event("e1", "Failed", "Error: no such file", "2026-11-20T14:05:31Z", 1),
        event(
            "e2",
            "BackOff",
            "Back-off restarting failed container server in pod checkout-7c9f-x2x_shop(b7d1)",
            "2026-11-20T14:05:31Z",
            1,
        ),
    ];
    let facts = with(pod, events);
    assert_eq!(facts["failures"], json!([]));
    assert_eq!(facts["healthy"], true);
}

#[test]
fn a_secret_that_the_kubelet_could_not_read_is_told() {
    let told = event(
        "e1",
        "FailedToRetrieveImagePullSecret",
        "Unable to retrieve some image pull secrets (regcred, other); attempting to pull the image may not succeed.",
        "2026-11-20T14:05:31Z",
        5,
    );
    let facts = with(old_pod(), vec![told]);
    assert_eq!(facts["secrets_not_retrieved"], json!(["regcred", "other"]));
    let first = json!({ "kind": "Secret", "namespace": "shop", "name": "regcred" });
    assert_eq!(facts["unread_secrets"][0], first);
}

#[test]
fn the_words_are_cited_with_their_place() {
    let (value, asked) =
        World::of([old_pod()].into_iter().chain(failing(NOT_FOUND))).asked(TOOL, &on_pod());
    assert_eq!(asked.len(), 2);
    let evidence::Value::Record(facts) = &value else { panic!("a record") };
    let Some(evidence::Value::Record(failure)) = facts.get("failure") else { panic!("a failure") };
    let source = failure.source.as_ref().expect("a source");
    assert_eq!(source.origin, evidence::Origin::Event);
    assert_eq!(source.revision.as_deref(), Some("e1"));
    assert_eq!(source.quote.as_deref(), Some(NOT_FOUND));

    let (value, _) = World::of([pod()]).asked(TOOL, &on_pod());
    let evidence::Value::Record(facts) = &value else { panic!("a record") };
    let Some(evidence::Value::Record(failure)) = facts.get("failure") else { panic!("a failure") };
    let source = failure.source.as_ref().expect("a source");
    assert_eq!(source.path, "status.containerStatuses[0].state.waiting");
    assert_eq!(source.revision.as_deref(), Some("4711"));
    assert!(source.quote.as_deref().is_some_and(|quote| quote.contains("not found")));
}
