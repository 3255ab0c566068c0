//! What the engine makes of a guide: decisions, jumps, unknowns, limits.

use diagnose::report::{Confidence, OutcomeState, Report, Verdict};
use diagnose::{Book, Investigation, Progress, Target, give_up};
use evidence::{
    Kind, Listing, Object, Question, RegistryWord, Replies, Reply, ServerVersion, Time, Unseen,
    UnseenKind,
};
use serde_json::{Value as Json, json};

const IMAGE: &str = "registry.example.com/a:1";

/// A guide with these steps; its outcomes are `a`, `b` and `c`.
fn guide(id: &str, body: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: A pod is in trouble\nissue_type: Trouble\ncomponent: pod\n\
         phase: diagnosis\nseverity: high\nk8s_version: \">=1.24\"\nsignals:\n  \
         - kube_pod_container_status_waiting_reason=ImagePullBackOff\nrelated_tsgs: []\nkeywords: []\n\
         ---\n\n## Summary\nA test.\n\n## Symptoms\n- It waits\n\n## Diagnostic Decision Tree\n\n{body}\n\n\
         ## Stop Condition\n- **a**: The first\n- **b**: The second\n- **c**: The third\n\n\
         ## Escalation\n- Ask the owner of <pod>\n"
    )
}

fn pod(spec: Json) -> Json {
    let waiting = |name: &str| {
        json!({ "name": name, "ready": false, "restartCount": 0, "image": IMAGE,
            "state": { "waiting": { "reason": "ImagePullBackOff", "message": format!(
                "Back-off pulling image \"{IMAGE}\": ErrImagePull: failed to pull and unpack image \
                 \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": {IMAGE}: not found") } } })
    };
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-0", "namespace": "shop", "creationTimestamp": "2026-11-20T14:00:00Z" },
        "spec": { "nodeName": "worker-1", "serviceAccountName": "default", "containers": [
            { "name": "one", "image": IMAGE },
            { "name": "two", "image": IMAGE },
        ] },
        "status": { "phase": "Pending", "containerStatuses": [waiting("one"), waiting("two")] },
    });
    if let (Some(into), Some(more)) = (pod["spec"].as_object_mut(), spec.as_object()) {
        into.extend(more.clone());
    }
    pod
}

fn secret(name: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": { "name": name, "namespace": "shop" }, "data": {} })
}

/// A world in which these objects are all there is, except for what was unseen.
struct World {
    objects: Vec<Object>,
    unseen: Vec<Kind>,
    version: &'static str,
}

impl World {
    fn of(objects: &[Json]) -> World {
        let objects = objects.iter().map(|json| Object::admit(json.clone()).unwrap()).collect();
        World { objects, unseen: Vec::new(), version: "v1.34.4" }
    }

    fn denying(mut self, kind: Kind) -> World {
        self.unseen.push(kind);
        self
    }

    fn answer(&self, question: &Question) -> Reply {
        let denied = || Reply::Unseen(Unseen::new(UnseenKind::Denied, question, "forbidden"));
        let all = |kind: Kind, wanted: &dyn Fn(&Object) -> bool| {
            if self.unseen.contains(&kind) {
                return denied();
            }
            let items =
                self.objects.iter().filter(|one| one.reference().kind == kind && wanted(one));
            let items = items.cloned().map(Into::into).collect();
            Reply::Objects(Listing { items, missing: None }.into())
        };
        match question {
            Question::Version => {
                Reply::Version(ServerVersion { git_version: self.version.to_owned() })
            }
            Question::Get { object } if self.unseen.contains(&object.kind) => denied(),
            Question::Get { object } => {
                let found = self.objects.iter().find(|one| one.reference() == object);
                found.map_or(Reply::Absent, |one| Reply::Object(one.clone().into()))
            }
            Question::List { kind, .. } => all(*kind, &|_| true),
            Question::EventsOf { .. } => all(Kind::Event, &|_| true),
            Question::Namesakes { .. } => Reply::Namesakes(Vec::new().into()),
            Question::Log { .. } => Reply::Absent,
            Question::Registry { .. } => Reply::Unseen(RegistryWord::not_asked(question)),
            Question::NodeServices { .. }
            | Question::Reach { .. }
            | Question::Alerts { .. }
            | Question::LoggedErrors { .. }
            | Question::Series { .. } => Reply::Unseen(evidence::not_told(question)),
        }
    }
}

fn book(guides: &[String]) -> Book {
    let names: Vec<String> = (0..guides.len()).map(|index| format!("{index}.md")).collect();
    let files = names.iter().zip(guides).map(|(name, text)| (name.as_str(), text.as_bytes()));
    let (book, flaws) = Book::read(files);
    let errors: Vec<_> = flaws.iter().filter(|one| one.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    book
}

fn run_book(guides: &[String], world: &World) -> Report {
    let book = book(guides);
    let target = Target::parse("pod/web-0", "shop").unwrap();
    let investigation = Investigation { explain: true, ..Investigation::new(&book, target) };
    let now: Time = "2026-11-20T14:10:00Z".parse().unwrap();
    let mut replies = Replies::new(now);
    for _ in 0..100 {
        match investigation.advance(&replies) {
            Progress::Done(report) => return *report,
            Progress::Ask(open) => {
                for question in open {
                    let reply = world.answer(&question);
                    replies.insert(question, reply);
                }
            }
        }
    }
    panic!("no end in sight");
}

fn run(body: &str, world: &World) -> Report {
    run_book(&[guide("TSG-POD-TEST-001", body)], world)
}

fn causes(report: &Report) -> Vec<(&str, Confidence)> {
    report.diagnoses.iter().map(|one| (one.cause.as_str(), one.confidence)).collect()
}

const CALL: &str = "```python\npod = get_pod_diagnostics(\"<pod>\", \"<namespace>\")\n```\n";

fn step(number: u32, rest: &str) -> String {
    format!("### Step {number}: Look\n{rest}\n")
}

#[test]
fn the_outcomes_of_a_step_add_up_and_the_run_ends_after_a_confirmed_one() {
    let body = step(1, &format!("{CALL}- When `pod.exists` → **a**\n- When `pod.exists` → **b**"))
        + &step(2, "- When `pod.exists` → **c**");
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(causes(&report), [("a", Confidence::Confirmed), ("b", Confidence::Confirmed)]);
    let c = report.diagnoses[0].ruled_out.iter().find(|one| one.cause == "c").unwrap();
    assert_eq!(c.state, OutcomeState::NotReached);
}

#[test]
fn a_likely_outcome_does_not_end_the_run_and_gives_way_to_a_confirmed_one() {
    let body = step(1, &format!("{CALL}- When `pod.exists` → likely **a**"))
        + &step(2, "- When `pod.exists` → **b**");
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(causes(&report), [("b", Confidence::Confirmed)]);
    let a = report.diagnoses[0].ruled_out.iter().find(|one| one.cause == "a").unwrap();
    assert_eq!(a.state, OutcomeState::LessLikely);
}

#[test]
fn the_first_jump_that_holds_is_taken_and_steps_between_are_passed_over() {
    let body = step(
        1,
        &format!(
            "{CALL}- When `!pod.exists` → Step 2\n- When `pod.exists` → Step 3\n- Otherwise → Step 2"
        ),
    ) + &step(2, "- When `pod.exists` → **a**")
        + &step(3, "- When `pod.exists` → **b**");
    assert_eq!(causes(&run(&body, &World::of(&[pod(json!({}))]))), [("b", Confidence::Confirmed)]);
}

#[test]
fn a_name_bound_in_a_step_that_was_passed_over_is_asked_for_when_it_is_needed() {
    let account = "```python\naccount = get_service_account_details(\"<service-account>\", \"<namespace>\")\n```\n";
    let body = step(1, &format!("{CALL}- When `pod.exists` → Step 3"))
        + &step(2, &format!("{account}- When `account.exists` → **a**"))
        + &step(3, "- When `!account.exists` → **b**");
    assert_eq!(causes(&run(&body, &World::of(&[pod(json!({}))]))), [("b", Confidence::Confirmed)]);
}

#[test]
fn steps_that_send_to_each_other_come_to_an_end() {
    let body = step(1, &format!("{CALL}- When `pod.exists` → Step 2"))
        + &step(2, "- When `pod.exists` → Step 1");
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert!(report.diagnoses.is_empty());
    assert!(report.inconclusive[0].summary.contains("again"), "{}", report.inconclusive[0].summary);
}

const SECRET: &str = "```python\nsecret = get_secret_exists(\"<secret>\", \"<namespace>\")\n```\n";

fn two_secrets() -> Json {
    json!({ "imagePullSecrets": [{ "name": "here" }, { "name": "gone" }] })
}

#[test]
fn a_decision_is_weighed_for_each_value_of_a_placeholder() {
    let body = step(
        1,
        &format!("{SECRET}- When `!secret.exists` → **a** at `secret.ref`: no {{secret.name}}"),
    );
    let report = run(&body, &World::of(&[pod(two_secrets()), secret("here")]));
    assert_eq!(causes(&report), [("a", Confidence::Confirmed)]);
    assert_eq!(report.diagnoses[0].object.to_string(), "Secret shop/gone");
    assert_eq!(report.diagnoses[0].summary, "Secret shop/gone: no gone");
}

#[test]
fn the_plural_of_a_name_is_the_list_of_all_its_values() {
    let body = step(
        1,
        &format!(
            "{SECRET}- When `secrets.all(s, s.exists)` → **a**\n- When `secrets.exists(s, s.exists)` → **b**"
        ),
    );
    let world = World::of(&[pod(two_secrets()), secret("here")]);
    assert_eq!(causes(&run(&body, &world)), [("b", Confidence::Confirmed)]);
}

#[test]
fn without_a_value_the_call_and_its_decisions_are_skipped() {
    let body = step(
        1,
        &format!("{SECRET}- When `secret.exists` → **a**\n- When `secrets.size() == 0` → **b**"),
    );
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(causes(&report), [("b", Confidence::Confirmed)]);
    assert!(report.trace.iter().any(|one| one.verdict == Verdict::Skipped));
}

#[test]
fn a_denied_secret_is_not_a_missing_one() {
    for condition in [
        "!secret.exists",
        "secret.exists == false",
        "!has(secret.name)",
        "secrets.all(s, !s.exists)",
    ] {
        let body = step(1, &format!("{SECRET}- When `{condition}` → **a**"));
        let report = run(&body, &World::of(&[pod(two_secrets())]).denying(Kind::Secret));
        assert!(report.diagnoses.is_empty(), "{condition}: {:?}", causes(&report));
        let doubt = &report.inconclusive[0];
        assert!(doubt.unseen.iter().any(|one| one.kind == UnseenKind::Denied), "{condition}");
        assert_eq!(doubt.outcomes[0].state, OutcomeState::Unknown, "{condition}");
        assert!(!report.complete);
    }
}

#[test]
fn otherwise_concludes_only_from_what_was_seen_to_be_false() {
    let body = step(
        1,
        &format!("{SECRET}- When `secrets.exists(s, !s.exists)` → **a**\n- Otherwise → **b**"),
    );
    let seen = World::of(&[pod(two_secrets()), secret("here"), secret("gone")]);
    assert_eq!(causes(&run(&body, &seen)), [("b", Confidence::Confirmed)]);
    let denied = World::of(&[pod(two_secrets())]).denying(Kind::Secret);
    assert_eq!(causes(&run(&body, &denied)), []);
}

#[test]
fn otherwise_looks_on_also_after_the_unknown() {
    let body = step(
        1,
        &format!("{SECRET}- When `secrets.exists(s, !s.exists)` → **a**\n- Otherwise → Step 3"),
    ) + &step(2, "- When `target.name == \"web-0\"` → **b**")
        + &step(3, "- When `target.name == \"web-0\"` → **c**");
    let denied = World::of(&[pod(two_secrets())]).denying(Kind::Secret);
    assert_eq!(causes(&run(&body, &denied)), [("c", Confidence::Confirmed)]);
}

#[test]
fn a_firmer_outcome_hides_a_weaker_one_of_the_same_container_only() {
    let call = "```python\npull = get_image_pull_events(\"<pod>\", \"<namespace>\", container=\"<container>\")\n```\n";
    let body = step(
        1,
        &format!(
            "{call}- When `pull.failure.container == \"one\"` → **a**\n\
             - When `pull.failure.container == \"one\"` → possibly **c**\n\
             - When `pull.failure.container == \"two\"` → likely **b**"
        ),
    );
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(causes(&report), [("a", Confidence::Confirmed), ("b", Confidence::Likely)]);
}

#[test]
fn a_ruled_out_outcome_is_said_with_its_sentence() {
    let body = step(
        1,
        &format!(
            "{CALL}- When `pod.exists` → not **b**: the pod is there\n- When `pod.exists` → **a**"
        ),
    );
    let report = run(&body, &World::of(&[pod(json!({}))]));
    let b = report.diagnoses[0].ruled_out.iter().find(|one| one.cause == "b").unwrap();
    assert_eq!((b.state, b.because.as_str()), (OutcomeState::RuledOut, "the pod is there"));
}

#[test]
fn a_literal_is_found_by_what_it_stands_for() {
    let call = "```python\nget_image_pull_events(\"<pod>\", \"<namespace>\")\n```\n";
    // The words are Docker's; the message in the evidence is containerd's.
    let body = step(
        1,
        &format!("{call}- `manifest unknown` → **a**\n- `no basic auth credentials` → **b**"),
    );
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(causes(&report), [("a", Confidence::Confirmed)]);
    assert!(report.diagnoses[0].inferred.as_deref().unwrap().contains("manifest unknown"));
}

#[test]
fn a_literal_of_the_images_name_is_not_evidence() {
    let call = "```python\nget_image_pull_events(\"<pod>\", \"<namespace>\")\n```\n";
    let body = step(1, &format!("{call}- `registry.example.com` → **a**"));
    assert_eq!(causes(&run(&body, &World::of(&[pod(json!({}))]))), []);
}

#[test]
fn what_another_guide_finds_is_the_cause_and_the_target_its_symptom() {
    let first = guide(
        "TSG-POD-TEST-001",
        &step(1, &format!("{CALL}- When `pod.exists` → TSG-POD-OTHER-001")),
    );
    let other = guide(
        "TSG-POD-OTHER-001",
        &step(1, &format!("{CALL}- When `pod.exists` → **b** at `pod.node_ref`")),
    )
    .replace("ImagePullBackOff", "NeverSeen");
    let report = run_book(&[first, other], &World::of(&[pod(json!({}))]));
    let diagnosis = &report.diagnoses[0];
    assert_eq!((diagnosis.cause.as_str(), diagnosis.guide.id.as_str()), ("b", "TSG-POD-OTHER-001"));
    assert_eq!(diagnosis.object.to_string(), "Node worker-1");
    assert_eq!(diagnosis.affected[0].to_string(), "Pod shop/web-0");
}

#[test]
fn guides_that_send_to_each_other_come_to_an_end() {
    let to =
        |id: &str, next: &str| guide(id, &step(1, &format!("{CALL}- When `pod.exists` → {next}")));
    let guides =
        [to("TSG-POD-TEST-001", "TSG-POD-OTHER-001"), to("TSG-POD-OTHER-001", "TSG-POD-TEST-001")];
    let report = run_book(&guides, &World::of(&[pod(json!({}))]));
    assert!(report.diagnoses.is_empty() && !report.inconclusive.is_empty());
}

#[test]
fn a_guide_for_another_version_does_not_apply() {
    let body = step(1, &format!("{CALL}- When `pod.exists` → **a**"));
    let mut world = World::of(&[pod(json!({}))]);
    world.version = "v1.23.17";
    let report = run(&body, &world);
    assert!(report.diagnoses.is_empty() && report.inconclusive.is_empty());
    assert_eq!(report.uncovered.len(), 1, "the trouble is still said");
}

#[test]
fn a_condition_without_end_is_cut_off_and_nothing_rests_on_it() {
    let list: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let list = list.join(",");
    let body = step(
        1,
        &format!(
            "{CALL}- When `[{list}].all(x, [{list}].all(y, x + y >= 0))` → **a**\n- When `pod.exists` → **b**"
        ),
    );
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert!(!causes(&report).iter().any(|(cause, _)| *cause == "a"));
    assert!(report.trace.iter().any(|one| one.verdict == Verdict::Failed));
}

#[test]
fn an_investigation_that_is_given_up_ends_and_says_why() {
    let guides =
        [guide("TSG-POD-TEST-001", &step(1, &format!("{CALL}- When `pod.exists` → **a**")))];
    let book = book(&guides);
    let target = Target::parse("pod/web-0", "shop").unwrap();
    let investigation = Investigation::new(&book, target);
    let mut replies = Replies::new(Time::UNIX_EPOCH);
    loop {
        match investigation.advance(&replies) {
            Progress::Ask(open) => give_up(&mut replies, open, "interrupted"),
            Progress::Done(report) => {
                assert!(report.diagnoses.is_empty() && !report.complete);
                assert_eq!(&*report.not_looked[0].why, "interrupted");
                return;
            }
        }
    }
}

#[test]
fn a_pod_that_is_not_there_is_no_all_clear_and_its_neighbours_are_named() {
    let body = step(1, &format!("{CALL}- When `pod.exists` → **a**"));
    let mut other = pod(json!({}));
    other["metadata"]["name"] = json!("web-01");
    let report = run(&body, &World::of(&[other]));
    let missing = report.no_such_target.unwrap();
    assert_eq!(missing.nearest[0].to_string(), "Pod shop/web-01");
}

#[test]
fn the_placeholders_of_an_escalation_are_filled() {
    let body = step(1, &format!("{CALL}- When `!pod.exists` → **a**"));
    let report = run(&body, &World::of(&[pod(json!({}))]));
    assert_eq!(report.inconclusive[0].escalation.steps, ["Ask the owner of web-0"]);
}
