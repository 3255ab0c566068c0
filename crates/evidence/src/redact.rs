//! Redaction: what looks like a credential is taken out where text and objects enter.
//!
//! Three sorts of thing are taken out, and [`MARK`] stands in their place:
//!
//! - what can be nothing but a credential by its own form: tokens with a known prefix, JSON web
//!   tokens, AWS access key ids, private key blocks, passwords in URLs and in addresses of Go's MySQL
//!   driver;
//! - what follows a name for a credential as a value does: `password=x`, `"password": "x"`,
//!   `--password x`, a line `password: x`, `Authorization: Bearer x`;
//! - what follows such a name in prose, `invalid token: x`, and looks like a credential.
//!
//! Prose itself stays whole, because it is the evidence: `password authentication failed for
//! user "app"`, `secret "regcred" not found`.
//!
//! A text without any of the words and marks that the search begins from is passed through
//! without a copy. The time is linear in the length of the text.

mod address;
mod block;
mod command;
mod credential;
mod header;
mod name;
mod object;
mod pair;
mod scan;
mod value;

use std::borrow::Cow;

pub(crate) use object::object;

/// What stands in the place of something redacted.
pub const MARK: &str = "‹redacted›";

/// The most passes over a text. One pass can bring a name and a value together that stood
/// apart, so passes are repeated until one changes nothing.
const PASSES: usize = 4;

/// A text without what looks like credentials.
///
/// ```
/// use evidence::redact::text;
/// assert_eq!(text("dial postgres://app:hunter2@db/shop"), "dial postgres://app:‹redacted›@db/shop");
/// assert_eq!(text("password authentication failed"), "password authentication failed");
/// ```
pub fn text(text: &str) -> Cow<'_, str> {
    let Some(mut clean) = scan::pass(text) else { return Cow::Borrowed(text) };
    for _ in 1..PASSES {
        match scan::pass(&clean) {
            Some(cleaner) => clean = cleaner,
            None => break,
        }
    }
    Cow::Owned(clean)
}
