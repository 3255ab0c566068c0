//! Whatever comes in, nothing panics and the answer is the same each time.

use lexicon::Lexicon;
use proptest::prelude::*;

use crate::corpus::messages;

fn ids(message: &str, image: Option<&str>) -> Vec<&'static str> {
    Lexicon::shipped().matches(message, image).into_iter().map(|s| s.id.as_str()).collect()
}

proptest! {
    #[test]
    fn any_text_has_an_answer(message in any::<String>(), image in any::<Option<String>>()) {
        let lexicon = Lexicon::shipped();
        let first = lexicon.classify(&message, image.as_deref()).map(|s| &s.id);
        let again = lexicon.classify(&message, image.as_deref()).map(|s| &s.id);
        prop_assert_eq!(first, again);
        lexicon.literal(&message);
        lexicon.relate(&message);
    }

    #[test]
    fn quotes_and_punctuation_anywhere_have_an_answer(message in "[\"'`\\\\:/@* .,()a-c…é\\n]{0,60}") {
        let lexicon = Lexicon::shipped();
        lexicon.classify(&message, Some(&message));
        lexicon.literal(&message);
        lexicon.relate(&message);
    }

    #[test]
    fn any_file_is_taken_or_refused(text in any::<String>()) {
        let _ = Lexicon::parse(&[("any", &text)]);
    }

    #[test]
    fn words_around_a_message_that_mean_nothing_change_nothing(
        pick in any::<prop::sample::Index>(),
        before in "[b-df-hj-np-tv-xz]{0,12}",
        after in "[b-df-hj-np-tv-xz]{0,12}",
    ) {
        let message = &messages()[pick.index(messages().len())];
        let text = format!("{before} {} {after}", message.text);
        prop_assert_eq!(ids(&text, None), [message.signature.as_str()]);
    }
}

#[test]
fn huge_messages_have_an_answer() {
    let lexicon = Lexicon::shipped();
    for unit in ["not found: ", "lookup ", "\"", "é", "a/", "…\u{2028}"] {
        let huge = unit.repeat(2_000_000 / unit.len());
        lexicon.classify(&huge, Some("a/b:1"));
        lexicon.literal(&huge);
        lexicon.relate(&huge);
    }
}

#[test]
fn a_cause_is_found_behind_a_long_preface_and_not_beyond_the_limit() {
    let cause = "dial tcp 10.0.0.1:443: connect: connection refused";
    let near = format!("{} {cause}", "x ".repeat(10_000));
    assert_eq!(ids(&near, None), ["connection-refused"]);
    let far = format!("{} {cause}", "x ".repeat(40_000));
    assert!(ids(&far, None).is_empty());
}
