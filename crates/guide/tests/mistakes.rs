//! What is wrong with a guide is said all at once, each at its own place.

mod vocabulary;

use guide::{Code, Diagnostic, Guide, Parsed, Vocabulary, render};
use lexicon::Lexicon;
use vocabulary::vocabulary;

const TEN: &str = include_str!("data/ten-mistakes.md");
const EXPLICIT: &str = include_str!("data/explicit.md");
const SOLUTION: &str = include_str!("data/solution.md");

fn check(text: &str) -> Parsed {
    Guide::check("guide.md", text, &vocabulary(), Lexicon::shipped())
}

/// Code, line and column of each mistake.
fn places(parsed: &Parsed) -> Vec<(Code, usize, usize)> {
    let place = |found: &Diagnostic| {
        let (line, column) = parsed.guide.position_of(found.span.start);
        (found.code, line, column)
    };
    parsed.diagnostics.iter().map(place).collect()
}

/// The mistakes of the explicit guide with a part of it replaced, as code and marked text.
fn changed(base: &str, from: &str, to: &str) -> Vec<(Code, String)> {
    assert!(base.contains(from), "{from}");
    let text = base.replacen(from, to, 1);
    let before: Vec<Code> = check(base).diagnostics.iter().map(|found| found.code).collect();
    let parsed = check(&text);
    let mut before = before.into_iter();
    let mut next = before.next();
    let mut found = Vec::new();
    for diagnostic in parsed.diagnostics {
        if next == Some(diagnostic.code) {
            next = before.next();
            continue;
        }
        let marked = text.get(diagnostic.span.clone()).unwrap_or("").to_owned();
        found.push((diagnostic.code, marked));
    }
    found
}

fn explicit(from: &str, to: &str) -> Vec<(Code, String)> {
    changed(EXPLICIT, from, to)
}

#[test]
fn ten_mistakes_are_ten_diagnostics_in_one_go() {
    let parsed = check(TEN);
    assert_eq!(
        places(&parsed),
        [
            (Code::WrongValue, 6, 8),
            (Code::BadRange, 8, 14),
            (Code::UnknownSignal, 10, 5),
            (Code::UnknownKey, 11, 1),
            (Code::UnknownTool, 24, 10),
            (Code::UnknownPlaceholder, 25, 30),
            (Code::NotACall, 26, 1),
            (Code::UnknownField, 29, 9),
            (Code::Expression, 30, 26),
            (Code::UnknownOutcome, 31, 34),
        ]
    );
    insta::assert_snapshot!(render(
        &parsed.diagnostics,
        "guides/pod/broken/diagnosis.md",
        TEN,
        false
    ));
}

#[test]
fn the_frames_fit_80_columns() {
    let shown = render(&check(TEN).diagnostics, "guides/pod/broken/diagnosis.md", TEN, false);
    let long: Vec<&str> = shown.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(long, Vec::<&str>::new());
}

#[test]
fn a_coloured_frame_says_what_the_plain_one_says() {
    let diagnostics = check(TEN).diagnostics;
    let colored = render(&diagnostics, "guide.md", TEN, true);
    assert!(colored.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some(start) = rest.find('\u{1b}') {
        plain.push_str(&rest[..start]);
        let end = rest[start..].find(|c: char| c.is_ascii_alphabetic()).expect("an end");
        rest = &rest[start + end + 1..];
    }
    plain.push_str(rest);
    assert_eq!(plain, render(&diagnostics, "guide.md", TEN, false));
}

#[test]
fn front_matter_mistakes_have_their_places() {
    for (from, to, code, marked) in [
        ("id: TSG-POD-IMAGEPULL-010", "id: tsg-pod-10", Code::BadId, "tsg-pod-10"),
        ("title: Image pull, decided", "title: 12", Code::WrongType, "12"),
        ("title: Image pull, decided", "title: [a, b]", Code::WrongType, "["),
        ("title: Image pull, decided", "title: \"\"", Code::WrongValue, "\"\""),
        ("title: Image pull, decided\n", "", Code::MissingKey, "---"),
        ("severity: high", "severity: hihg", Code::WrongValue, "hihg"),
        ("severity: high", "severity: high\nseverity: low", Code::DuplicateKey, "severity"),
        ("\">=1.24, <1.40\"", "\">=1.40, <1.24\"", Code::EmptyRange, "\">=1.40, <1.24\""),
        ("\">=1.24, <1.40\"", "\">=1.24 <1.40\"", Code::BadRange, "\">=1.24 <1.40\""),
        ("\">=1.24, <1.40\"", "1.24", Code::WrongType, "1.24"),
        ("keywords: [pull]", "keywords: pull", Code::WrongType, "pull"),
        ("keywords: [pull]", "keywords: [pull, 5]", Code::WrongType, "5"),
        ("owner: platform", "ownr: platform", Code::UnknownKey, "ownr"),
        ("[TSG-POD-OOM-001]", "[TSG-POD-OOO-001]", Code::UnknownGuide, "TSG-POD-OOO-001"),
        ("[TSG-POD-OOM-001]", "[oom]", Code::BadId, "oom"),
        (
            "pod_restart_count_high",
            "pod_restart_count_high=3",
            Code::UnknownLabel,
            "pod_restart_count_high=3",
        ),
        ("pod_restart_count_high", "\"=x\"", Code::BadSignal, "\"=x\""),
    ] {
        let found = explicit(from, to);
        assert!(found.contains(&(code, marked.to_owned())), "{to}: {found:?}");
        assert_eq!(found.len(), 1, "{to}: {found:?}");
    }
}

#[test]
fn broken_yaml_is_one_mistake_and_the_body_is_read_nevertheless() {
    let text = EXPLICIT.replacen("title: Image pull, decided", "title: [a", 1);
    let parsed =
        check(&text.replace("**registry-connectivity**: {", "**registry-connectivty**: {"));
    let codes: Vec<Code> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .map(|found| found.code)
        .collect();
    assert_eq!(codes, [Code::BrokenYaml, Code::UnknownOutcome]);
    assert_eq!(parsed.guide.steps.len(), 2);
}

#[test]
fn a_range_without_quotes_is_explained() {
    let text = EXPLICIT.replacen("\">=1.24, <1.40\"", ">=1.24", 1);
    let shown = render(&check(&text).diagnostics, "guide.md", &text, false);
    assert!(shown.contains("a range stands in quotes"), "{shown}");
}

#[test]
fn front_matter_that_is_missing_or_open_is_one_mistake() {
    let (_, body) = EXPLICIT.split_once("---\n\n").expect("a body");
    let codes =
        |text: &str| places(&Guide::check("x", text, &Vocabulary::default(), Lexicon::shipped()));
    assert_eq!(codes(body)[0].0, Code::MissingFrontMatter);
    let open = EXPLICIT.replacen("owner: platform team\n---\n", "owner: platform team\n", 1);
    let parsed = check(&open);
    assert!(places(&parsed).contains(&(Code::OpenFrontMatter, 1, 1)));
    assert_eq!(parsed.guide.meta.owner.as_deref(), Some("platform team"));
    assert_eq!(parsed.guide.steps.len(), 2);
}

#[test]
fn decision_mistakes_have_their_places() {
    let first = "`pull access denied`, `insufficient_scope` → likely **pull-credentials**";
    for (to, code, marked) in [
        ("→ likely **pull-credentials**", Code::NoCondition, "→"),
        ("`a b` and `c d` → likely **pull-credentials**", Code::BadCondition, "and"),
        (
            "When report.exists → likely **pull-credentials**",
            Code::BadCondition,
            "When report.exists",
        ),
        (
            "When `report.exists` or `events.healthy` → likely **pull-credentials**",
            Code::BadCondition,
            "or `events.healthy`",
        ),
        ("When `report.exists &&` → likely **pull-credentials**", Code::Expression, ""),
        ("`too many requests` →", Code::BadConsequence, "→"),
        ("`too many requests` → likly **pull-credentials**", Code::BadConsequence, "likly"),
        ("`too many requests` → likely pull-credentials", Code::BadConsequence, "pull-credentials"),
        ("`too many requests` → pull-credentials", Code::BadConsequence, "pull-credentials"),
        ("`too many requests` → Step two", Code::BadConsequence, "Step two"),
        ("`too many requests` → Step 2: go", Code::BadConsequence, ": go"),
        ("`too many requests` → TSG-OOM", Code::BadId, "TSG-OOM"),
        ("`too many requests` → TSG-POD-OOM-009", Code::UnknownJump, "TSG-POD-OOM-009"),
        ("`too many requests` → TSG-POD-OOM-001 at `report.ref`", Code::BadConsequence, "at"),
        ("`too many requests` → TSG-POD-OOM-001 on report", Code::BadConsequence, "on"),
        ("`too many requests` → **pull-credentials** really", Code::BadConsequence, "really"),
        ("`too many requests` → **pull-credentials**: {report.", Code::Expression, ""),
        ("`too many requests` → something else", Code::BadConsequence, "something else"),
        ("`too many requests` → Step 1", Code::JumpBack, "Step 1"),
        ("`too many requests` → Step 7", Code::UnknownStep, "Step 7"),
        (
            "`zu viele Anfragen` → likely **pull-credentials**",
            Code::DeadLiteral,
            "zu viele Anfragen",
        ),
        ("When `report.phase` → likely **pull-credentials**", Code::ExpressionType, "report.phase"),
        ("When `reprt.exists` → likely **pull-credentials**", Code::UnknownName, "reprt"),
        ("When `secret.exists` → likely **pull-credentials**", Code::UsedBeforeBound, "secret"),
        ("When `report.exist` → likely **pull-credentials**", Code::UnknownField, "report.exist"),
        (
            "When `report.exists` → likely **pull-credentials** at `report.phase`",
            Code::ExpressionType,
            "report.phase",
        ),
        (
            "When `report.exists` → likely **pull-credentials**: {report.exist}",
            Code::UnknownField,
            "report.exist",
        ),
    ] {
        let found = explicit(first, to);
        let is_it = |(one, at): &(Code, String)| *one == code && at == marked;
        assert!(found.iter().any(is_it), "{to}: {found:?}");
    }
}

#[test]
fn what_leads_nowhere_or_both_ways_is_found() {
    for (from, to, code) in [
        (
            "→ not **pull-credentials**\n",
            "→ not **image-reference**\n- When `secret.exists` → **image-reference**\n",
            Code::Contradiction,
        ),
        (
            "→ not **pull-credentials**\n",
            "→ not **pull-credentials**\n- When `secret.exists` → not **pull-credentials**\n",
            Code::DuplicateDecision,
        ),
        (
            "- Otherwise → Step 2",
            "- Otherwise → Step 2\n- `too many requests` → escalate",
            Code::OtherwiseNotLast,
        ),
        ("- **registry-connectivity**: ", "- **pull-credentials**: ", Code::DuplicateOutcome),
        ("- **registry-connectivity**: ", "- ", Code::UnnamedOutcome),
        (
            "- **image-reference** -",
            "- **other**: x\n- **image-reference** -",
            Code::UnreachedOutcome,
        ),
        ("### Step 2:", "### Step 1:", Code::DuplicateStep),
        ("### Step 2:", "### Step 5:", Code::StepOrder),
        ("### Step 2:", "### Second:", Code::BadStepHeading),
        ("## Summary", "## Sumary", Code::UnknownSection),
        ("## Symptoms", "## Summary", Code::DuplicateSection),
        ("## Escalation", "## Escalate", Code::MissingText),
        ("## Stop Condition", "## Stop", Code::MissingSection),
        ("image = get_image", "report = get_image", Code::DuplicateBinding),
        ("report = get_pod", "target = get_pod", Code::ReservedName),
        (
            "image = get_image",
            "unused = get_pod_logs(\"<pod>\", \"<namespace>\")\nimage = get_image",
            Code::UnusedBinding,
        ),
    ] {
        let found = explicit(from, to);
        assert!(found.iter().any(|(one, _)| *one == code), "{to}: {found:?}");
    }
}

#[test]
fn a_step_is_unreachable_only_when_everything_before_it_leaves_or_ends() {
    let codes = |text: &str| places(&check(text)).into_iter().map(|(code, ..)| code);
    let jumps = EXPLICIT.replacen("- Otherwise → Step 2", "- Otherwise → escalate", 1);
    // A likely outcome ends nothing, so the run may go on under it.
    assert!(!codes(&jumps).any(|code| code == Code::UnreachableStep));
    let ends = jumps.replacen("likely **pull", "**pull", 1);
    assert!(codes(&ends).any(|code| code == Code::UnreachableStep));
}

#[test]
fn what_cannot_be_read_is_not_called_unused_as_well() {
    let broken = EXPLICIT.replacen("has(report.node) &&", "has(report.node) & ", 1);
    let codes: Vec<Code> = check(&broken)
        .diagnostics
        .iter()
        .filter(|found| found.code != Code::UnansweredQuestion)
        .map(|found| found.code)
        .collect();
    assert_eq!(codes, [Code::Expression]);
}

#[test]
fn solution_mistakes_are_found() {
    for (from, to, code) in [
        ("### Fix 2:", "### Fix 1:", Code::DuplicateFix),
        ("### Fix 2:", "### Second:", Code::BadFixHeading),
        ("Risk: low,", "Risk: lwo,", Code::BadRisk),
        ("Risk: low, nothing is restarted\n", "", Code::MissingRisk),
        ("Treats: **pull-credentials**, **image-reference**\n", "", Code::MissingTreats),
        ("**pull-credentials**, **image-reference**", "pull-credentials", Code::BadTreats),
        ("**pull-credentials**,", "**pull-credential**,", Code::UnknownTreats),
        ("report.phase == \"Running\"", "report.phas == \"Running\"", Code::UnknownField),
        ("```bash", "```text", Code::NoCommands),
        ("## Validation", "## Validate", Code::MissingText),
        ("## Remediation Options", "## Options", Code::MissingSection),
    ] {
        let found = changed(SOLUTION, from, to);
        assert!(found.iter().any(|(one, _)| *one == code), "{to}: {found:?}");
    }
}

#[test]
fn an_arrow_in_a_prose_guide_is_no_error() {
    let seed = include_str!("data/seed.md");
    let text = seed.replace("- Does the digest exist?", "- Look at Events → Failed");
    let parsed = check(&text);
    assert!(parsed.is_runnable());
    assert!(parsed.diagnostics.iter().any(|found| found.code == Code::ArrowInProse));
}

#[test]
fn an_outcome_that_the_lexicon_does_not_know_is_said() {
    let seed = include_str!("data/seed.md");
    let text = seed.replace("- Registry/connectivity issues (network/DNS/proxy)", "- Gremlins");
    let found = changed(seed, "- Registry/connectivity issues (network/DNS/proxy)", "- Gremlins");
    assert!(found.contains(&(Code::UnlinkedOutcome, "Gremlins".into())), "{found:?} {text}");
}

#[test]
fn two_outcomes_in_the_same_words_are_ambiguous() {
    let seed = include_str!("data/seed.md");
    let line = "- Registry/connectivity issues (network/DNS/proxy)";
    let found = changed(seed, line, &format!("{line}\n{line}"));
    assert!(found.iter().any(|(code, _)| *code == Code::AmbiguousOutcome), "{found:?}");
    let guide = check(&seed.replace(line, &format!("{line}\n{line}"))).guide;
    assert_eq!(guide.outcomes[3].id, "registry-connectivity-issues-2");
}

#[test]
fn a_help_can_be_applied_and_then_the_mistake_is_gone() {
    let parsed = check(TEN);
    let mut text = TEN.to_owned();
    let mut fixes: Vec<_> =
        parsed.diagnostics.iter().filter_map(|found| found.fix.clone()).collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    assert!(fixes.len() >= 4, "{fixes:?}");
    for fix in fixes {
        text.replace_range(fix.span, &fix.replacement);
    }
    let left: Vec<Code> = check(&text).diagnostics.iter().map(|found| found.code).collect();
    for code in [Code::WrongValue, Code::UnknownKey, Code::UnknownTool, Code::UnknownOutcome] {
        assert!(!left.contains(&code), "{left:?}");
    }
}

#[test]
fn every_code_has_a_name_of_its_own() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(Code::ALL.iter().all(|code| code.meaning().ends_with('.')));
}
