//! What a message tells, by the lexicon, and when it tells nothing.

use evidence::{Event, Known, Unseen, UnseenKind};
use lexicon::{Lexicon, Signature};

use crate::pod::container::IMAGE_REASONS;

/// The class of a message whose words are known, complete, and match no signature.
pub(crate) const UNCLASSIFIED: &str = "unclassified";

/// What a message tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The signature's id; unknown when the message ends before its cause.
    pub class: Known<String>,
    /// The first concept that the signature speaks for most firmly.
    pub concept: Known<Option<String>>,
    /// What the signature means.
    pub meaning: Known<Option<String>>,
    /// Whether the message is about a cause: classified, unclassified, or cut before its cause.
    /// A message that only says *that* something failed is not.
    pub tells: bool,
}

/// Reads a message about an image, or about anything where no image is given.
pub(crate) fn read(message: &str, image: Option<&str>, what: &str) -> Reading {
    let signature = Lexicon::shipped().classify(message, image);
    if let Some(signature) = signature.filter(|signature| signature.informative) {
        return Reading {
            class: Known::Seen(signature.id.clone()),
            concept: Known::Seen(firmest(signature)),
            meaning: Known::Seen(Some(signature.meaning.clone())),
            tells: true,
        };
    }
    if is_cut(message) {
        let unseen = Unseen::new(UnseenKind::Truncated, what, "the message ends before its cause");
        return Reading::unknown(unseen, true);
    }
    let says_cause = !cause(message).is_empty();
    let class = match signature {
        Some(signature) if !says_cause => signature.id.clone(),
        _ => UNCLASSIFIED.to_owned(),
    };
    Reading {
        class: Known::Seen(class),
        concept: Known::Seen(None),
        meaning: Known::Seen(None),
        tells: says_cause,
    }
}

/// The first of the concepts that a signature speaks for most firmly.
pub(crate) fn firmest(signature: &Signature) -> Option<String> {
    let strength = signature.supports.iter().map(|support| support.strength).max()?;
    let support = signature.supports.iter().find(|support| support.strength == strength)?;
    Some(support.concept.clone())
}

impl Reading {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(unseen: Unseen, tells: bool) -> Reading {
        Reading {
            class: Known::Unknown(unseen.clone()),
            concept: Known::Unknown(unseen.clone()),
            meaning: Known::Unknown(unseen),
            tells,
        }
    }
}

/// Whether a message was cut: it fills the limit of events, trails off, or ends where more
/// must follow (inside quotes, after a colon or an equals sign).
pub(crate) fn is_cut(message: &str) -> bool {
    let text = message.trim_end();
    let quotes = text.replace("\\\"", "").matches('"').count();
    message.len() >= Event::MESSAGE_LIMIT
        || text.ends_with("...")
        || text.ends_with(['…', ':', '=', '\\'])
        || quotes % 2 == 1
}

/// The words after the kubelet's own: what it heard from the runtime. Empty where it only
/// says that a pull failed (kubelets before 1.31 leave the cause out of the back-off message).
fn cause(message: &str) -> &str {
    let mut rest = message.trim();
    for opening in ["Failed to pull image ", "Back-off pulling image ", "Error: "] {
        if let Some(after) = rest.strip_prefix(opening) {
            rest = skip_quoted(after).trim_start_matches([':', ' ']);
        }
    }
    for reason in IMAGE_REASONS {
        if let Some(after) = rest.strip_prefix(reason) {
            rest = after.trim_start_matches([':', ' ']);
        }
    }
    rest
}

fn skip_quoted(text: &str) -> &str {
    match text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((_, after)) => after,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_own_words_are_no_cause() {
        for message in [
            "Back-off pulling image \"nginx:1\"",
            "Error: ErrImagePull",
            "Error: ImagePullBackOff",
            "ErrImagePull",
            "",
        ] {
            assert_eq!(cause(message), "", "{message}");
        }
        let told = "Back-off pulling image \"nginx:1\": ErrImagePull: something odd";
        assert_eq!(cause(told), "something odd");
    }

    #[test]
    fn a_message_that_ends_where_more_must_follow_is_cut() {
        assert!(is_cut("Failed to pull image \"registry.example.com/a"));
        assert!(is_cut("rpc error: code = Unknown desc ="));
        assert!(is_cut("failed to resolve reference..."));
        assert!(is_cut(&"x".repeat(1024)));
        assert!(!is_cut("Failed to pull image \"a\": not found"));
        assert!(!is_cut("manifest for \\\"a unknown"));
    }
}
