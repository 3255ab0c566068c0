//! A folder on disk as a [`Tree`]: names now, contents when they are asked for.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::limits::Limits;
use crate::note::{NoteKind, Notes};
use crate::tree::{Content, Tree};
use crate::{SnapshotError, archive};

/// Walks a folder. A link to a folder is not followed, and a link to a file only when the
/// file is in the same folder tree (as in a mounted ConfigMap), so a walk ends and stays inside.
pub(crate) fn walk(root: &Path, limits: Limits, notes: &mut Notes) -> Result<Tree, SnapshotError> {
    let unreadable =
        |reason| SnapshotError::Unreadable { place: root.display().to_string(), reason };
    let root = fs::canonicalize(root).map_err(unreadable)?;
    let mut walk = Walk { root: root.clone(), limits, notes, tree: Tree::new(limits), entries: 0 };
    // Only the folder itself must be readable; what lies deeper is noted.
    fs::read_dir(&root).map_err(unreadable)?;
    walk.folder(&root, "", 0);
    Ok(walk.tree)
}

struct Walk<'a> {
    root: PathBuf,
    limits: Limits,
    notes: &'a mut Notes,
    tree: Tree,
    entries: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, place: &str, depth: usize) {
        if depth > self.limits.depth {
            let text = format!("folders deeper than {} are not read", self.limits.depth);
            return self.notes.take(NoteKind::Refused, place, text);
        }
        let listed =
            fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.notes.take(NoteKind::Broken, place, error.to_string()),
        };
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > self.limits.entries {
                let text = format!("more than {} files and folders", self.limits.entries);
                if self.tree.cut.is_none() {
                    self.notes.take(NoteKind::Cut, place, &*text);
                }
                self.tree.cut = Some(text);
                return;
            }
            self.entry(&entry, place, depth);
        }
    }

    fn entry(&mut self, entry: &DirEntry, place: &str, depth: usize) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let text = "a name that is no UTF-8 is not read";
            return self.notes.take(NoteKind::Refused, &name.to_string_lossy(), text);
        };
        if name.starts_with('.') {
            return;
        }
        if name.contains(char::is_control) {
            let text = "a name with control characters is not read";
            return self.notes.take(NoteKind::Refused, name, text);
        }
        let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.notes.take(NoteKind::Broken, &place, error.to_string()),
        };
        if kind.is_dir() {
            self.folder(&path, &place, depth + 1);
        } else if kind.is_symlink() {
            self.link(&path, place);
        } else if kind.is_file() {
            self.file(path, place);
        } else {
            self.notes.take(NoteKind::Refused, &place, "neither a file nor a folder");
        }
    }

    fn link(&mut self, path: &Path, place: String) {
        match fs::canonicalize(path) {
            Ok(target) if target.starts_with(&self.root) && target.is_file() => {
                self.file(target, place);
            }
            Ok(_) => {
                let text = "a link to a folder, or out of the tree, is not followed";
                self.notes.take(NoteKind::Refused, &place, text);
            }
            Err(error) => {
                self.notes.take(NoteKind::Broken, &place, format!("a link to nothing: {error}"));
            }
        }
    }

    fn file(&mut self, path: PathBuf, place: String) {
        if !archive::is_of_interest(&place) {
            return;
        }
        let content = match fs::metadata(&path) {
            Ok(metadata) => Content::OnDisk { path, size: metadata.len() },
            Err(error) => Content::Refused(error.to_string()),
        };
        self.tree.put(place, content);
    }
}
