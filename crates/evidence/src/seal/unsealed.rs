//! The type that holds a secret's value while it is judged.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A decoded value of a secret.
///
/// It has no `Debug`, `Display`, `Serialize`, `Clone` or `PartialEq`, so that it cannot be
/// printed or kept by mistake, and its memory is overwritten when it is dropped. The
/// assertion below fails the build of whoever adds one of them.
#[derive(Default)]
pub(super) struct Unsealed(Vec<u8>);

/// Go's `base64.StdEncoding`.
const PADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Go's `base64.RawStdEncoding`.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl Unsealed {
    /// The length in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes, for the judges next door.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Decodes padded base64 as Go does, which skips line ends and nothing else.
    pub(super) fn decoded(&self) -> Option<Unsealed> {
        self.decoded_by(&PADDED)
    }

    /// Decodes base64 that has no padding.
    pub(super) fn decoded_unpadded(&self) -> Option<Unsealed> {
        self.decoded_by(&UNPADDED)
    }

    /// What stands before the first colon and after it.
    pub(super) fn split_at_colon(&self) -> (Unsealed, Unsealed) {
        let (user, password) = match self.0.iter().position(|byte| *byte == b':') {
            Some(colon) => (&self.0[..colon], &self.0[colon + 1..]),
            None => (&self.0[..], &[][..]),
        };
        (Unsealed(user.to_vec()), Unsealed(password.to_vec()))
    }

    fn decoded_by(&self, engine: &GeneralPurpose) -> Option<Unsealed> {
        if !self.0.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return engine.decode(&self.0).ok().map(Unsealed);
        }
        let joined: Vec<u8> =
            self.0.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let joined = Unsealed(joined);
        engine.decode(&joined.0).ok().map(Unsealed)
    }
}

impl From<String> for Unsealed {
    fn from(text: String) -> Unsealed {
        Unsealed(text.into_bytes())
    }
}

impl From<Vec<u8>> for Unsealed {
    fn from(bytes: Vec<u8>) -> Unsealed {
        Unsealed(bytes)
    }
}

impl Drop for Unsealed {
    fn drop(&mut self) {
        self.0.fill(0);
        // Without a reader the compiler may leave the writing out.
        std::hint::black_box(&self.0);
    }
}

/// Fails to compile when the type has the trait: then `Marker<_>` is ambiguous.
macro_rules! assert_lacks {
    ($type:ty: $($lacked:path),*) => {$(
        const _: fn() = || {
            trait Marker<A> {
                fn marked() {}
            }
            impl<T: ?Sized> Marker<()> for T {}
            #[allow(dead_code)]
            struct HasIt;
            impl<T: ?Sized + $lacked> Marker<HasIt> for T {}
            let _ = <$type as Marker<_>>::marked;
        };
    )*};
}

pub(super) use assert_lacks;

assert_lacks!(Unsealed: std::fmt::Debug, std::fmt::Display, serde::Serialize, Clone, PartialEq);

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        Unsealed::from(text.to_owned()).decoded().map(|value| value.bytes().to_vec())
    }

    #[test]
    fn base64_is_read_as_go_reads_it() {
        assert_eq!(decoded("Zm9vOmJhcg==").as_deref(), Some(&b"foo:bar"[..]));
        assert_eq!(decoded("Zm9vOm\nJhcg==\r\n").as_deref(), Some(&b"foo:bar"[..]));
        assert_eq!(decoded("Zm9vOmJhcg"), None, "padding is required");
        assert_eq!(decoded("Zm9vOmJhcg== "), None, "a space is not skipped");
        assert_eq!(decoded("Zm9_"), None, "the URL alphabet is another encoding");
    }
}
