//! The seed guide, byte for byte.

mod vocabulary;

use guide::{
    ArgumentValue, BulletKind, Code, Form, Gravity, Guide, Links, Phase, Piece, Prose, render,
};
use lexicon::Lexicon;
use vocabulary::vocabulary;

const SEED: &str = include_str!("data/seed.md");

fn seed() -> Guide {
    let parsed = Guide::parse("seed.md", SEED, &vocabulary());
    assert_eq!(render(&parsed.diagnostics, "seed.md", SEED, false), "");
    parsed.guide
}

fn prose(guide: &Guide, step: usize) -> Vec<&Prose> {
    let bullets = guide.steps[step].bullets.iter();
    bullets
        .map(|bullet| match &bullet.kind {
            BulletKind::Prose(prose) => prose,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_front_matter_is_read() {
    let guide = seed();
    assert_eq!(guide.id, "TSG-POD-IMAGEPULL-001");
    assert_eq!(guide.form, Form::Prose);
    let meta = &guide.meta;
    assert_eq!(meta.title, "Pod ImagePullBackOff Diagnosis");
    assert_eq!(meta.phase, Phase::Diagnosis);
    assert_eq!(meta.severity, Gravity::Critical);
    assert_eq!(meta.k8s_version.contains("v1.24.0"), Some(true));
    assert_eq!(meta.k8s_version.contains("v1.23.9"), Some(false));
    let reasons: Vec<&str> =
        meta.signals.iter().map(|signal| signal.labels["reason"].as_str()).collect();
    assert_eq!(reasons, ["ImagePullBackOff", "ErrImagePull"]);
    assert_eq!(&SEED[meta.related[1].span.clone()], "TSG-POD-IMAGEPULL-002");
    assert_eq!(meta.keywords.len(), 7);
    assert_eq!(meta.owner, None);
}

#[test]
fn it_has_three_steps_three_calls_and_three_outcomes() {
    let guide = seed();
    let titles: Vec<&str> = guide.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Inspect Events for Registry Errors",
            "Validate Image Reference",
            "Check `imagePullSecrets` and ServiceAccount"
        ]
    );
    let calls: Vec<(&str, usize)> =
        guide.calls_until(9).map(|call| (call.tool.as_str(), call.line)).collect();
    let line = |words: &str| SEED.lines().position(|line| line.starts_with(words)).map(|at| at + 1);
    assert_eq!(
        calls,
        [
            ("get_image_pull_events", line("get_image_pull").expect("there")),
            ("get_service_account_details", line("get_service").expect("there")),
            ("get_secret_exists", line("get_secret").expect("there")),
        ]
    );
    let outcomes: Vec<&str> = guide.outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    assert_eq!(
        outcomes,
        [
            "incorrect-image-reference",
            "missing-or-invalid-imagepullsecrets-denied-access",
            "registry-connectivity-issues"
        ]
    );
    assert_eq!(guide.outcomes[1].text, "Missing or invalid `imagePullSecrets` / denied access");
    assert_eq!(guide.outcomes[1].plain, "Missing or invalid imagePullSecrets / denied access");
}

#[test]
fn calls_keep_their_placeholders_and_comments() {
    let guide = seed();
    let call = &guide.steps[2].calls[1];
    assert_eq!(call.comment.as_deref(), Some("If you know the secret name"));
    assert_eq!(call.placeholders(), ["secret", "namespace"]);
    let secret = call.argument("secret").expect("it is given");
    assert_eq!(secret.value, ArgumentValue::Text(vec![Piece::Placeholder("secret".into())]));
    assert_eq!(&SEED[secret.span.clone()], "\"<secret>\"");
    assert_eq!(guide.steps[2].calls[0].comment, None);
}

#[test]
fn inline_code_is_a_literal_and_a_question_is_a_question() {
    let guide = seed();
    let first = prose(&guide, 0);
    let literals: Vec<Vec<&str>> = first
        .iter()
        .map(|prose| prose.literals.iter().map(|literal| literal.text.as_str()).collect())
        .collect();
    assert_eq!(literals[0], ["pull access denied", "requested access to the resource is denied"]);
    assert_eq!(literals[1], ["manifest unknown", "tag not found"]);
    assert_eq!(literals[2], ["401 Unauthorized", "403 Forbidden"]);
    assert!(literals[3].is_empty());
    assert_eq!(first[3].words, "DNS resolution failures or timeouts");
    assert!(first.iter().all(|prose| !prose.question));
    for step in [1, 2] {
        let questions = prose(&guide, step);
        assert_eq!(questions.len(), 3);
        assert!(questions.iter().all(|prose| prose.question && prose.literals.is_empty()));
    }
}

#[test]
fn the_texts_for_people_are_kept() {
    let guide = seed();
    assert!(guide.summary.starts_with("Diagnose pods failing to start"));
    assert_eq!(guide.symptoms.len(), 3);
    assert_eq!(guide.escalation.len(), 2);
    assert_eq!(
        guide.steps[1].prose[0].text,
        "Confirm registry, repository, tag/digest are correct."
    );
    assert_eq!(guide.version.len(), 12);
    assert!(guide.version.chars().all(|c| c.is_ascii_hexdigit()));
}

#[test]
fn lint_finds_only_questions_that_are_left_for_a_person() {
    let parsed = Guide::check("seed.md", SEED, &vocabulary(), Lexicon::shipped());
    let codes: Vec<Code> = parsed.diagnostics.iter().map(|found| found.code).collect();
    assert!(parsed.is_runnable());
    assert!(codes.iter().all(|code| *code == Code::UnansweredQuestion), "{codes:?}");
}

#[test]
fn every_literal_leads_to_the_outcome_that_a_person_would_name() {
    let guide = seed();
    let links = Links::of(&guide, Lexicon::shipped());
    let outcome = |concept: &str| {
        let nearest = links.nearest(Lexicon::shipped(), concept);
        nearest.filter(|nearest| nearest.rivals.is_empty()).map(|nearest| nearest.outcome)
    };
    let [image, credentials, registry] =
        [0, 1, 2].map(|index: usize| Some(guide.outcomes[index].id.clone()));
    for concept in ["image-reference", "image-tag", "image-repository", "registry-host"] {
        assert_eq!(outcome(concept), image, "{concept}");
    }
    for concept in ["pull-credentials", "pull-secret", "registry-permission"] {
        assert_eq!(outcome(concept), credentials, "{concept}");
    }
    for concept in ["registry-connectivity", "dns", "network", "tls", "proxy", "rate-limit"] {
        assert_eq!(outcome(concept), registry, "{concept}");
    }
    for concept in ["node-disk", "image-policy", "container-command"] {
        assert_eq!(outcome(concept), None, "{concept}");
    }
    assert!(links.all().iter().all(|link| link.inferred && !link.why.is_empty()));
}

#[test]
fn explain_is_the_same_every_time() {
    let links = || Links::of(&seed(), Lexicon::shipped());
    assert_eq!(links(), links());
}
