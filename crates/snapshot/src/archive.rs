//! Archives: packed and tarred bytes as a [`Tree`] in memory.
//!
//! What an archive is is told by its first bytes, not by its name. Nothing is unpacked to
//! disk, so an entry cannot write anywhere; entries with unsafe paths, links and devices are
//! still refused, because what they stand for is not in the archive.

use std::io::{self, BufReader, Cursor, Read};

use crate::SnapshotError;
use crate::limits::{Limits, size};
use crate::meter::{Bomb, Counted, Meter, Trail};
use crate::note::{NoteKind, Notes};
use crate::tree::{Content, Tree};

/// What a stream of bytes turned out to be.
pub(crate) enum Unpacked {
    /// The files of an archive.
    Tree(Tree),
    /// One text, packed or not, and whether it ends early.
    Text { bytes: Vec<u8>, cut: Option<String> },
}

const FOREIGN: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"\xFD7zXZ\x00", "xz archive"),
    (b"BZh", "bzip2 archive"),
    (b"7z\xBC\xAF\x27\x1C", "7-Zip archive"),
    (b"\x04\x22\x4D\x18", "lz4 archive"),
];

/// Whether any layout reads files of this name. The rest is passed over, unread.
pub(crate) fn is_of_interest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        None => true,
        Some((_, ending)) => {
            matches!(ending, "json" | "yaml" | "yml" | "txt" | "log" | "jsonl" | "csv")
        }
    }
}

/// Reads a stream: unpacks it, and its files where it is an archive.
pub(crate) fn unpack(
    stream: impl Read,
    limits: Limits,
    notes: &mut Notes,
) -> Result<Unpacked, SnapshotError> {
    let counted = Counted::new(stream);
    let packed = counted.count();
    let (head, stream) = peek(counted, 8)?;
    if let Some((_, format)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(SnapshotError::Packed { place: String::new(), format });
    }
    match head.as_slice() {
        [] => Err(SnapshotError::Empty { place: String::new() }),
        [0x1F, 0x8B, ..] => {
            let unpacking = flate2::read::MultiGzDecoder::new(stream);
            tarred(Meter::new(unpacking, limits, Some(packed)), limits, notes)
        }
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            let unpacking = zstd::stream::read::Decoder::new(stream).map_err(unreadable)?;
            tarred(Meter::new(unpacking, limits, Some(packed)), limits, notes)
        }
        _ => tarred(Meter::new(stream, limits, None), limits, notes),
    }
}

type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of a stream, and the stream as if they had not been read.
fn peek<R: Read>(mut stream: R, most: u64) -> Result<(Vec<u8>, Peeked<R>), SnapshotError> {
    let mut head = Vec::new();
    match stream.by_ref().take(most).read_to_end(&mut head) {
        // A packed stream that is cut within its first block: what there is of it is read on.
        Err(error) if head.is_empty() => return Err(unreadable(error)),
        _ => {}
    }
    Ok((head.clone(), Cursor::new(head).chain(stream)))
}

fn unreadable(reason: io::Error) -> SnapshotError {
    match Bomb::of(&reason) {
        Some(bomb) => SnapshotError::Refused { place: String::new(), reason: bomb.to_string() },
        None => SnapshotError::Unreadable { place: String::new(), reason },
    }
}

fn tarred(stream: impl Read, limits: Limits, notes: &mut Notes) -> Result<Unpacked, SnapshotError> {
    let (head, stream) = peek(stream, 512)?;
    // The mark of POSIX and GNU tar; the original tar of 1979 has none and is not written any more.
    if head.get(257..262) == Some(b"ustar") {
        return files(stream, limits, notes).map(Unpacked::Tree);
    }
    let mut bytes = Vec::new();
    let ended = stream.take(limits.file + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > limits.file {
        let reason = format!("it has more than {}", size(limits.file));
        return Err(SnapshotError::Refused { place: String::new(), reason });
    }
    let cut = match ended {
        Ok(_) => None,
        Err(error) if Bomb::of(&error).is_some() => return Err(unreadable(error)),
        Err(error) => Some(format!("its packing ends early or is damaged: {error}")),
    };
    if bytes.is_empty() {
        return Err(SnapshotError::Empty { place: String::new() });
    }
    Ok(Unpacked::Text { bytes, cut })
}

fn files(stream: impl Read, limits: Limits, notes: &mut Notes) -> Result<Tree, SnapshotError> {
    let trail = Trail::new(BufReader::new(stream));
    let ended_well = trail.ended_well();
    let mut archive = tar::Archive::new(trail);
    let mut unpacking = Unpacking { tree: Tree::new(limits), limits, notes, held: 0 };
    let mut cut = None;
    for (index, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        if index >= limits.entries {
            cut = Some(format!("it has more than {} entries", limits.entries));
            break;
        }
        match entry.and_then(|mut entry| unpacking.entry(&mut entry)) {
            Ok(Some(reason)) => {
                cut = Some(reason);
                break;
            }
            Ok(None) => {}
            Err(error) if Bomb::of(&error).is_some() => return Err(unreadable(error)),
            Err(error) => {
                cut = Some(format!("it ends early or is damaged: {error}"));
                break;
            }
        }
    }
    let mut tree = unpacking.tree;
    if cut.is_none() {
        cut = end(archive.into_inner(), ended_well.get());
    }
    if let Some(reason) = &cut {
        notes.take(NoteKind::Cut, "", format!("{reason}; what came before was read"));
    }
    tree.cut = cut;
    Ok(tree)
}

/// Reads on to where the stream itself ends, as only there its checksum stands.
fn end(mut rest: impl Read, ended_well: bool) -> Option<String> {
    if !ended_well {
        return Some("it has no end mark, so it may have been cut between two files".to_owned());
    }
    let damaged = io::copy(&mut rest, &mut io::sink()).err()?;
    Some(format!("its end is missing or damaged: {damaged}"))
}

struct Unpacking<'a> {
    tree: Tree,
    limits: Limits,
    notes: &'a mut Notes,
    held: u64,
}

impl Unpacking<'_> {
    /// Takes one entry in; a reason where the archive must not be read further.
    fn entry<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>) -> io::Result<Option<String>> {
        use tar::EntryType;
        let raw = entry.path_bytes().into_owned();
        let shown = String::from_utf8_lossy(&raw).into_owned();
        let path = match safe_path(&raw, self.limits.depth) {
            Ok(path) => path,
            Err(reason) => {
                self.notes.take(NoteKind::Refused, &shown, reason);
                return Ok(None);
            }
        };
        let refused = match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader => return Ok(None),
            EntryType::Regular | EntryType::Continuous => None,
            EntryType::Symlink | EntryType::Link => Some("a link is not followed"),
            EntryType::GNUSparse => Some("a sparse file is not read"),
            _ => Some("neither a file nor a folder"),
        };
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        match refused {
            Some(reason) => self.notes.take(NoteKind::Refused, &path, reason),
            None if hidden || path.is_empty() || !is_of_interest(&path) => {}
            None => return self.file(entry, path),
        }
        Ok(None)
    }

    fn file<R: Read>(
        &mut self,
        entry: &mut tar::Entry<'_, R>,
        path: String,
    ) -> io::Result<Option<String>> {
        let length = entry.size();
        let content = if path.ends_with(".log") {
            let bytes = last_bytes(entry, self.limits.log_tail as usize)?;
            self.held += bytes.len() as u64;
            Content::Held { headless: (bytes.len() as u64) < length, bytes }
        } else if length > self.limits.file {
            let limit = size(self.limits.file);
            let reason = format!("it has {}, more than the limit of {limit}", size(length));
            self.notes.take(NoteKind::Refused, &path, &*reason);
            Content::Refused(reason)
        } else {
            let mut bytes = Vec::new();
            let ended = entry.read_to_end(&mut bytes);
            if (bytes.len() as u64) < length {
                // Each line of these stands for itself, so those before the cut are sound.
                if path.ends_with(".jsonl")
                    && !ended.as_ref().is_err_and(|error| Bomb::of(error).is_some())
                {
                    self.tree.put(path, Content::Held { bytes, headless: false });
                }
                return Err(ended.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
            }
            self.held += length;
            Content::Held { bytes, headless: false }
        };
        if self.held > self.limits.held {
            return Ok(Some(format!("it holds more than {}", size(self.limits.held))));
        }
        if self.tree.put(path.clone(), content).is_some() {
            let text = "stands more than once; the last was taken, as unpacking would";
            self.notes.take(NoteKind::Duplicate, &path, text);
        }
        Ok(None)
    }
}

/// The last bytes of an entry, which must be there in full.
fn last_bytes<R: Read>(entry: &mut tar::Entry<'_, R>, most: usize) -> io::Result<Vec<u8>> {
    let (length, mut seen, mut kept) = (entry.size(), 0_u64, Vec::new());
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = entry.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        seen += count as u64;
        kept.extend_from_slice(&chunk[..count]);
        if kept.len() > 4 * most {
            kept.drain(..kept.len() - most);
        }
    }
    if seen < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    kept.drain(..kept.len().saturating_sub(most));
    Ok(kept)
}

/// The path of an entry with its parts checked, or why it is refused.
fn safe_path(raw: &[u8], depth: usize) -> Result<String, &'static str> {
    let path = std::str::from_utf8(raw).map_err(|_| "a name that is no UTF-8 is not read")?;
    if path.starts_with(['/', '\\']) || path.get(1..3) == Some(":\\") {
        return Err("an absolute path is not read");
    }
    if path.contains(char::is_control) {
        return Err("a name with control characters is not read");
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.iter().any(|part| *part == ".." || part.starts_with("..\\")) {
        return Err("a path that leads out of the archive is not read");
    }
    if parts.len() > depth {
        return Err("a path of too many folders is not read");
    }
    Ok(parts.join("/"))
}
