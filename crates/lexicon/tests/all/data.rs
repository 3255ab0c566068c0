//! What the shipped data as a whole must keep.

use std::collections::BTreeSet;

use lexicon::{Lexicon, Strength};

#[test]
fn every_concept_is_reached_by_a_signature_or_a_fact() {
    let lexicon = Lexicon::shipped();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let from_signatures = lexicon.signatures().flat_map(|s| &s.supports);
    let from_facts = lexicon.facts().flat_map(|f| &f.supports);
    for support in from_signatures.chain(from_facts) {
        reached.extend(lexicon.lineage(&support.concept).into_iter().map(|c| c.id.as_str()));
    }
    let missed: Vec<&str> =
        lexicon.concepts().map(|c| c.id.as_str()).filter(|id| !reached.contains(id)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn no_observation_speaks_for_and_against_the_same() {
    let lexicon = Lexicon::shipped();
    let signatures = lexicon.signatures().map(|s| (&s.id, &s.supports, &s.rules_out));
    let facts = lexicon.facts().map(|f| (&f.id, &f.supports, &f.rules_out));
    for (id, supports, rules_out) in signatures.chain(facts) {
        for support in supports {
            for ruled_out in rules_out {
                let clash = lexicon.is_case_of(&support.concept, &ruled_out.concept);
                assert!(!clash, "{id}: {} and {}", support.concept, ruled_out.concept);
            }
        }
    }
}

#[test]
fn no_observation_is_conclusive_for_two_unrelated_concepts() {
    let lexicon = Lexicon::shipped();
    for signature in lexicon.signatures() {
        let firm: Vec<&str> = signature
            .supports
            .iter()
            .filter(|s| s.strength == Strength::Conclusive)
            .map(|s| s.concept.as_str())
            .collect();
        for a in &firm {
            for b in &firm {
                let related = lexicon.is_case_of(a, b) || lexicon.is_case_of(b, a);
                assert!(related, "{}: {a} and {b}", signature.id);
            }
        }
    }
}

#[test]
fn fact_rules_read_only_known_facts() {
    let known = [
        (
            "get_secret_exists",
            "exists name namespace type well_formed problem registries covers_image elsewhere",
        ),
        ("get_service_account_details", "exists name namespace pull_secrets"),
        (
            "get_registry_answer",
            "asked image registry repository tag digest reached shows_image tag_exists \
             digest_exists accepted refused platforms platform platform_matches nearest_tags \
             nearest_tag",
        ),
    ];
    let lexicon = Lexicon::shipped();
    let facts = lexicon.facts().map(|rule| (&rule.id, &rule.tool, &rule.when, &rule.says));
    let answers = lexicon.questions().flat_map(|rule| {
        rule.answers.iter().map(move |one| (&rule.id, &rule.tool, &one.when, &one.says))
    });
    for (id, tool, when, says) in facts.chain(answers) {
        let facts = known.iter().find(|(name, _)| name == tool).map(|(_, facts)| *facts);
        let facts: Vec<&str> = facts.unwrap_or_default().split_whitespace().collect();
        for text in [when, says] {
            for after in text.split("facts.").skip(1) {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &after[..end.unwrap_or(after.len())];
                assert!(facts.contains(&name), "{id}: facts.{name}");
            }
        }
    }
}

#[test]
fn a_missing_pull_secret_is_conclusive_only_together_with_a_refusal() {
    for rule in Lexicon::shipped().facts() {
        let firm = rule.supports.iter().any(|s| s.strength == Strength::Conclusive);
        assert!(!firm || rule.needs == ["pull-credentials"], "{}", rule.id);
    }
}

#[test]
fn finer_concepts_belong_to_the_coarser_ones_that_guides_know() {
    let lexicon = Lexicon::shipped();
    for fine in ["dns", "tls", "proxy", "network", "rate-limit", "registry-availability"] {
        assert!(lexicon.is_case_of(fine, "registry-connectivity"), "{fine}");
    }
    for fine in ["image-tag", "image-repository", "image-name", "registry-host"] {
        assert!(lexicon.is_case_of(fine, "image-reference"), "{fine}");
    }
    for fine in ["pull-secret", "credentials-expired", "registry-permission"] {
        assert!(lexicon.is_case_of(fine, "pull-credentials"), "{fine}");
    }
    assert!(!lexicon.is_case_of("registry-connectivity", "dns"));
    assert!(!lexicon.is_case_of("no-such-concept", "dns"));
}

#[test]
fn no_rule_concludes_from_the_way_to_the_registry() {
    for rule in Lexicon::shipped().facts() {
        for fact in ["facts.reached", "facts.checks"] {
            assert!(!rule.when.contains(fact), "{}: {fact}", rule.id);
        }
    }
}

#[test]
fn the_questions_that_the_first_guide_puts_are_known() {
    let rules = |question: &str| -> Vec<String> {
        Lexicon::shipped().questions_like(question).map(|rule| rule.id.clone()).collect()
    };
    assert_eq!(rules("Is the tag spelled correctly?"), ["tag-exists"]);
    assert_eq!(rules("Does the digest exist?"), ["digest-exists"]);
    assert_eq!(rules("Can you pull locally from the same registry?"), ["pull-from-here"]);
    assert!(rules("Is the secret in the same namespace?").is_empty());
    assert!(rules("Was the stage of the rollout reached?").is_empty());
}

#[test]
fn facts_are_found_by_tool() {
    let lexicon = Lexicon::shipped();
    assert!(lexicon.facts_of("get_secret_exists").count() >= 5);
    assert!(lexicon.facts_of("get_service_account_details").count() >= 1);
    assert_eq!(lexicon.facts_of("get_nothing").count(), 0);
}
