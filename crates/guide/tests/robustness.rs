//! Whatever is read, there is a tree, every place is in the file, and there is an end.

mod vocabulary;

use guide::{Code, Guide, Links, Vocabulary, render};
use lexicon::Lexicon;
use proptest::prelude::*;
use vocabulary::vocabulary;

const GUIDES: [&str; 4] = [
    include_str!("data/seed.md"),
    include_str!("data/explicit.md"),
    include_str!("data/solution.md"),
    include_str!("data/ten-mistakes.md"),
];

/// Reads, checks, relates and renders, and holds what always holds.
fn holds(text: &str, vocabulary: &Vocabulary) {
    let lexicon = Lexicon::shipped();
    let parsed = Guide::check("x.md", text, vocabulary, lexicon);
    for found in &parsed.diagnostics {
        assert!(found.span.start <= found.span.end, "{found:?}");
        assert!(text.get(found.span.clone()).is_some(), "{found:?}");
        for (span, _) in &found.related {
            assert!(text.get(span.clone()).is_some(), "{found:?}");
        }
        if let Some(fix) = &found.fix {
            assert!(text.get(fix.span.clone()).is_some(), "{found:?}");
        }
    }
    for call in parsed.guide.calls_until(usize::MAX) {
        assert!(text.get(call.span.clone()).is_some(), "{call:?}");
    }
    for bullet in parsed.guide.steps.iter().flat_map(|step| &step.bullets) {
        assert!(text.get(bullet.span.clone()).is_some(), "{bullet:?}");
    }
    let mut ids: Vec<&str> =
        parsed.guide.outcomes.iter().filter(|one| !one.named).map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    let _ = Links::of(&parsed.guide, lexicon);
    let shown =
        render(&parsed.diagnostics[..parsed.diagnostics.len().min(50)], "x.md", text, false);
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn a_guide_cut_at_any_place_is_read() {
    let vocabulary = vocabulary();
    for text in GUIDES {
        for (end, _) in text.char_indices() {
            let parsed = Guide::parse("x.md", &text[..end], &vocabulary);
            for found in parsed.diagnostics {
                assert!(text[..end].get(found.span.clone()).is_some(), "{found:?}");
            }
        }
    }
}

#[test]
fn a_guide_cut_at_some_places_is_checked() {
    let vocabulary = vocabulary();
    for text in GUIDES {
        for (end, _) in text.char_indices().step_by(37) {
            holds(&text[..end], &vocabulary);
        }
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let vocabulary = vocabulary();
    for text in GUIDES {
        let codes = |text: &str| -> Vec<Code> {
            let parsed = Guide::check("x.md", text, &vocabulary, Lexicon::shipped());
            parsed.diagnostics.iter().map(|found| found.code).collect()
        };
        let windows = text.replace('\n', "\r\n");
        holds(&windows, &vocabulary);
        assert_eq!(codes(&windows), codes(text));
        assert_eq!(codes(&format!("\u{feff}{text}")), codes(text));
    }
}

#[test]
fn a_file_that_is_too_long_is_one_mistake() {
    let text = "x".repeat(Guide::MAX_BYTES + 1);
    let parsed = Guide::check("x.md", &text, &vocabulary(), Lexicon::shipped());
    let codes: Vec<Code> = parsed.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::TooLong]);
}

#[test]
fn bytes_that_are_no_text_are_said_with_their_place() {
    let mut bytes = GUIDES[0].as_bytes().to_vec();
    bytes[100] = 0xff;
    let parsed = Guide::parse_bytes("x.md", &bytes, &vocabulary());
    let found: Vec<_> =
        parsed.diagnostics.iter().filter(|found| found.code == Code::NotUtf8).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].span.start, 100);
    assert!(found[0].message.contains("byte 100"));
    assert_eq!(parsed.guide.steps.len(), 3);
}

#[test]
fn more_steps_bullets_and_calls_than_allowed_are_said_once() {
    let steps: String = (1..=150)
        .map(|number| {
            format!("### Step {number}: x\n```python\nget_pod_logs(\"a\", \"b\")\nget_pod_logs(\"a\", \"b\")\n```\n- a\n- b\n- c\n- d\n- e\n- f\n\n")
        })
        .collect();
    let text = GUIDES[0].replacen("### Step 1", &format!("{steps}### Step 151"), 1);
    let parsed = Guide::parse("x.md", &text, &vocabulary());
    let many = parsed.diagnostics.iter().filter(|found| found.code == Code::TooMany).count();
    assert_eq!(many, 2, "steps and bullets, each once; calls beyond the steps are not read");
    assert_eq!(parsed.guide.steps.len(), Guide::MAX_STEPS);
    assert!(
        parsed.guide.steps.iter().map(|step| step.bullets.len()).sum::<usize>()
            <= Guide::MAX_BULLETS
    );
    assert!(parsed.guide.calls_until(usize::MAX).count() <= Guide::MAX_CALLS);
}

#[test]
fn what_could_take_for_ever_comes_to_an_end() {
    let vocabulary = vocabulary();
    let front = "---\nid: TSG-POD-X-001\n---\n## Diagnostic Decision Tree\n### Step 1: x\n";
    for piece in [
        "- ",
        "> ",
        "[",
        "*",
        "`",
        "- `a` → ",
        "<",
        "(",
        "![",
        "- x\n",
        "**",
        "\\",
        "# ",
        "|",
        "&",
        "a -> ",
        "a(\n",
        "a(",
        "(\n",
        "  - x\n",
        "1. ",
        "- `",
        "a: ",
        "a:\n ",
        "{",
        "? ",
        "&a ",
        "!!",
        "- - ",
        "| a\n",
        "]: ",
        "&#",
        "~~",
        "### Step 1: a\n",
        "## Summary\n",
        "- **a**\n",
    ] {
        let many = |bytes: usize| piece.repeat(bytes / piece.len());
        for length in [60_000, 900_000] {
            holds(&format!("{front}{}", many(length)), &vocabulary);
        }
        holds(&format!("---\n{}\n---\n", many(60_000)), &vocabulary);
        holds(&format!("{front}```python\n{}\n```\n", many(30_000)), &vocabulary);
    }
    let bomb: String = (0..30)
        .map(|level| {
            format!("a{level}: &a{level} [*a{below},*a{below}]\n", below = level.max(1) - 1)
        })
        .collect();
    holds(&format!("---\n{bomb}---\n"), &vocabulary);
}

#[test]
fn a_mebibyte_of_noise_is_read() {
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..Guide::MAX_BYTES)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .collect();
    let parsed = Guide::parse_bytes("x.md", &noise, &vocabulary());
    assert!(!parsed.is_runnable());
    assert!(parsed.diagnostics.len() < 1000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let parsed = Guide::parse_bytes("x.md", &bytes, &vocabulary());
        let _ = render(&parsed.diagnostics, "x.md", &String::from_utf8_lossy(&bytes), false);
    }

    #[test]
    fn a_changed_guide_is_read(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, r#"[-\n →`*{}()"'#<>|:.a0é]{0,4}"#), 1..8),
    ) {
        let mut text = GUIDES[which].to_owned();
        for (at, length, with) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &with);
        }
        holds(&text, &vocabulary());
    }

    #[test]
    fn any_bullets_are_read(lines in prop::collection::vec(r#"(- )?(When |Otherwise|→|->|`[a-z. =]{0,8}`|\*\*[a-z-]{0,6}\*\*|Step [0-9]|TSG-[A-Z-]{0,9}[0-9]{0,3}|likely| at | on |:|\{|\}|[ a-zé?]){0,9}"#, 0..12)) {
        let text = format!("{}\n{}\n", GUIDES[1].split("- `pull access").next().unwrap_or(""), lines.join("\n"));
        holds(&text, &vocabulary());
    }
}
