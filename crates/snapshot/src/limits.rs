//! How much of a source is read. A source is a stranger's file: nothing in it decides
//! how much memory or time it takes.

/// The limits of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes held in memory, over all files.
    pub(crate) held: u64,
    /// Bytes that an archive may unpack to, held or passed over.
    pub(crate) unpacked: u64,
    /// Bytes of one file.
    pub(crate) file: u64,
    /// Bytes that are kept of the end of a log.
    pub(crate) log_tail: u64,
    /// Files and folders.
    pub(crate) entries: usize,
    /// Folders within folders.
    pub(crate) depth: usize,
    /// Unpacked bytes for each packed byte, once [`Limits::RATIO_FROM`] bytes are unpacked.
    pub(crate) ratio: u64,
}

impl Limits {
    /// Below this many unpacked bytes the ratio is not judged: small texts pack well.
    pub(crate) const RATIO_FROM: u64 = 16 << 20;

    /// The limits that every source is read under.
    pub(crate) const DEFAULT: Limits = Limits {
        held: 512 << 20,
        unpacked: 2 << 30,
        file: 256 << 20,
        log_tail: 256 << 10,
        entries: 100_000,
        depth: 32,
        ratio: 200,
    };
}

/// A size as people write it: `512 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..=1_048_575 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}
