//! A message that was cut short (events are cut at 1,024 bytes) must not be given a confident class
//! that the whole message does not have.

use std::collections::BTreeMap;

use lexicon::{Lexicon, Signature, Strength};

use crate::corpus::messages;

/// Whole signature, signature of a beginning of it, and why that is no wrong answer.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "content-not-found",
        "credentials-rejected",
        "several pull secrets: the first answer stands before the last",
    ),
    ("no-credentials", "pull-access-denied", "the wrapper names the same concept less firmly"),
    (
        "credentials-rejected",
        "pull-access-denied",
        "the wrapper names the same concept less firmly",
    ),
    ("credentials-expired", "pull-access-denied", "the wrapper names the same concept less firmly"),
    (
        "access-denied",
        "forbidden",
        "the status stands before the registry's words and speaks for the same concept",
    ),
];

/// A beginning may say less: nothing, or an outer wrapper none of whose claims above `possible` the
/// whole message takes back.
fn says_less(lexicon: &Lexicon, part: &Signature, whole: &Signature) -> bool {
    if !part.informative {
        return true;
    }
    let fits = |concept: &str| {
        whole.supports.iter().any(|s| {
            lexicon.is_case_of(&s.concept, concept) || lexicon.is_case_of(concept, &s.concept)
        })
    };
    let firm = part.supports.iter().filter(|s| s.strength > Strength::Possible);
    part.wrapper && firm.into_iter().all(|s| fits(&s.concept))
}

/// What is wrong with the signatures of all beginnings of the corpus messages.
#[derive(Default)]
struct Findings {
    /// Whole and other signature → the first beginning that got it.
    different: BTreeMap<(String, String), String>,
    /// Several signatures → the first beginning that got them.
    several: BTreeMap<Vec<String>, String>,
    exceptions_used: [bool; EXCEPTIONS.len()],
}

impl Findings {
    fn look_at(&mut self, lexicon: &Lexicon, whole: &Signature, cut: &str) {
        let found = lexicon.matches(cut, None);
        if found.len() > 1 {
            let ids = found.iter().map(|s| s.id.clone()).collect();
            self.several.entry(ids).or_insert_with(|| cut.to_owned());
        }
        for part in found {
            if part.id == whole.id || says_less(lexicon, part, whole) {
                continue;
            }
            match EXCEPTIONS.iter().position(|e| e.0 == whole.id && e.1 == part.id) {
                Some(at) => self.exceptions_used[at] = true,
                None => {
                    let pair = (whole.id.clone(), part.id.clone());
                    self.different.entry(pair).or_insert_with(|| cut.to_owned());
                }
            }
        }
    }
}

#[test]
fn a_cut_message_never_gets_a_different_informative_signature_nor_two() {
    let lexicon = Lexicon::shipped();
    let mut findings = Findings::default();
    for message in messages() {
        let Some(whole) = lexicon.signature(&message.signature) else { continue };
        for end in (0..message.text.len()).filter(|end| message.text.is_char_boundary(*end)) {
            findings.look_at(lexicon, whole, &message.text[..end]);
        }
    }
    assert!(findings.different.is_empty(), "{:#?}", findings.different);
    assert!(findings.several.is_empty(), "{:#?}", findings.several);
    let used = EXCEPTIONS.iter().zip(findings.exceptions_used);
    let unused: Vec<_> = used.filter(|(_, used)| !used).map(|(e, _)| e).collect();
    assert!(unused.is_empty(), "exceptions that nothing needs: {unused:?}");
}
