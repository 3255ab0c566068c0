//! A source as a tree of files, whether it is a folder on disk or an archive in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::{Limits, size};

/// Files by their path, with `/` between the parts and none at the start.
#[derive(Debug)]
pub(crate) struct Tree {
    files: BTreeMap<String, Content>,
    limits: Limits,
    /// Bytes read from disk so far, which count against [`Limits::held`].
    read: AtomicU64,
    /// Why there may be more files than these.
    pub(crate) cut: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// In memory. `headless`: only the end was kept.
    Held { bytes: Vec<u8>, headless: bool },
    /// Read when it is asked for.
    OnDisk { path: PathBuf, size: u64 },
    /// There, but not read, for this reason.
    Refused(String),
}

/// The end of a file, and whether there is more before it.
pub(crate) struct Tail<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) cut: bool,
}

impl Tree {
    pub(crate) fn new(limits: Limits) -> Tree {
        Tree { files: BTreeMap::new(), limits, read: AtomicU64::new(0), cut: None }
    }

    /// Puts a file in; the content that it replaces, if there was one.
    pub(crate) fn put(&mut self, path: String, content: Content) -> Option<Content> {
        self.files.insert(path, content)
    }

    pub(crate) fn root(&self) -> Branch<'_> {
        Branch { tree: self, prefix: String::new() }
    }

    /// The content of a file, or why it could not be read, in words.
    pub(crate) fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, String> {
        match self.files.get(path) {
            Some(Content::Held { bytes, .. }) => Ok(Cow::Borrowed(bytes)),
            Some(Content::Refused(reason)) => Err(reason.clone()),
            Some(Content::OnDisk { path, size: length }) => {
                let limits = &self.limits;
                if *length > limits.file {
                    let (length, limit) = (size(*length), size(limits.file));
                    return Err(format!("it has {length}, more than the limit of {limit}"));
                }
                let file = File::open(path).map_err(|error| error.to_string())?;
                let mut bytes = Vec::with_capacity(usize::try_from(*length).unwrap_or(0));
                let most = limits.file + 1;
                file.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
                self.spend(bytes.len() as u64)?;
                Ok(Cow::Owned(bytes))
            }
            None => Err("there is no such file".to_owned()),
        }
    }

    fn spend(&self, bytes: u64) -> Result<(), String> {
        let before = self.read.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.limits.held {
            let limit = size(self.limits.held);
            return Err(format!("more than {limit} would have been read in all"));
        }
        Ok(())
    }

    /// The end of a file, up to [`Limits::log_tail`] bytes of it.
    pub(crate) fn tail(&self, path: &str) -> Result<Tail<'_>, String> {
        let most = self.limits.log_tail;
        match self.files.get(path) {
            Some(Content::Held { bytes, headless }) => {
                let from = bytes.len().saturating_sub(most as usize);
                Ok(Tail { bytes: Cow::Borrowed(&bytes[from..]), cut: *headless || from > 0 })
            }
            Some(Content::OnDisk { path, size }) => {
                let from = size.saturating_sub(most);
                let read = || -> std::io::Result<Vec<u8>> {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(from))?;
                    let mut bytes = Vec::with_capacity(usize::try_from(size - from).unwrap_or(0));
                    file.take(most).read_to_end(&mut bytes)?;
                    Ok(bytes)
                };
                let bytes = read().map_err(|error| error.to_string())?;
                Ok(Tail { bytes: Cow::Owned(bytes), cut: from > 0 })
            }
            Some(Content::Refused(reason)) => Err(reason.clone()),
            None => Err("there is no such file".to_owned()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// A tree seen from one of its folders.
#[derive(Clone, Debug)]
pub(crate) struct Branch<'a> {
    pub(crate) tree: &'a Tree,
    prefix: String,
}

impl<'a> Branch<'a> {
    /// The files, by their paths from here.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let skip = self.prefix.len();
        let prefix = self.prefix.clone();
        self.tree
            .files
            .range(self.prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(move |(path, _)| &path[skip..])
    }

    /// The same tree from a folder further down.
    pub(crate) fn enter(&self, folder: &str) -> Branch<'a> {
        Branch { tree: self.tree, prefix: format!("{}{folder}/", self.prefix) }
    }

    /// The folder that everything here stands in, where there is just one.
    pub(crate) fn only_folder(&self) -> Option<&'a str> {
        let (first, _) = self.files().next()?.split_once('/')?;
        let within =
            |path: &str| path.strip_prefix(first).is_some_and(|rest| rest.starts_with('/'));
        self.files().all(within).then_some(first)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.tree.files.contains_key(&self.full(path))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Cow<'a, [u8]>, String> {
        self.tree.read(&self.full(path))
    }

    /// The path from the root of the tree.
    pub(crate) fn full(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}
