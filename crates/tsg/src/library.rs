//! The guides at hand: the shipped ones, own folders, and a single file.

use std::fs;
use std::path::{Path, PathBuf};

use diagnose::{Book, Flaws};
use guide::Phase;

use crate::cli::{Color, GuidesArgs};
use crate::failure::Failure;
use crate::terminal;

/// The most files that are read of a folder of guides.
const MOST_FILES: usize = 2_000;

/// The guides that the command line names. An own guide with errors is a failure: to run
/// without it would be to answer as if it did not exist.
pub fn open(args: &GuidesArgs) -> Result<Book, Failure> {
    let mut own = Vec::new();
    for folder in &args.folders {
        let files = markdown_below(folder)
            .map_err(|error| Failure::bad_guide(format!("{}: {error}", folder.display())))?;
        if files.is_empty() {
            return Err(Failure::bad_guide(format!(
                "{}: no Markdown file (.md) is in it",
                folder.display()
            )));
        }
        for path in files {
            own.push((path.display().to_string(), read(&path)?));
        }
    }
    let own: Vec<(&str, &[u8])> =
        own.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    check(&own)?;
    let mut book = Book::shipped(guidebook::GUIDES.iter().map(|file| (file.path, file.text)));
    report(&book.add(own))?;
    Ok(book)
}

/// Refuses own guides with errors, those that only show in the guide as a whole included.
fn check(own: &[(&str, &[u8])]) -> Result<(), Failure> {
    let shipped = guidebook::GUIDES.iter().map(|file| (file.path, file.text));
    report(&diagnose::lint(own, shipped))
}

/// Adds the guide of `--guide`, a file or an id, and gives its id.
pub fn choose(book: &mut Book, wanted: &str) -> Result<String, Failure> {
    let id = find(book, wanted)?;
    match book.get(&id).is_some_and(|guide| guide.meta.phase == Phase::Solution) {
        true => Err(Failure::bad_guide(format!(
            "{id} is a solution, which finds no cause; --guide wants a guide of phase diagnosis"
        ))),
        false => Ok(id),
    }
}

/// The id of a guide that is known, or of a file that is read and added.
pub fn find(book: &mut Book, wanted: &str) -> Result<String, Failure> {
    if book.get(wanted).is_some() {
        return Ok(wanted.to_owned());
    }
    let path = Path::new(wanted);
    if !path.exists() {
        return Err(no_such_guide(book, wanted));
    }
    let bytes = read(path)?;
    check(&[(wanted, bytes.as_slice())])?;
    let (single, _) = Book::read([(wanted, bytes.as_slice())]);
    let Some(guide) = single.iter().next() else {
        return Err(Failure::bad_guide(format!("{wanted} holds no guide")));
    };
    let id = guide.id.clone();
    book.insert((**guide).clone());
    Ok(id)
}

/// Says that there is no guide of an id, with the nearest one.
pub fn no_such_guide(book: &Book, wanted: &str) -> Failure {
    let ids: Vec<&str> = book.iter().map(|guide| guide.id.as_str()).collect();
    let hint = match expression::nearest(wanted, ids.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => "`tsg guides list` shows those there are".to_owned(),
    };
    Failure::bad_guide(format!("`{wanted}` is neither the id of a guide nor a file; {hint}"))
}

/// Reads a guide's file; the engine refuses what is larger than it reads.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let failure =
        |error: std::io::Error| Failure::bad_guide(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failure)?;
    file.take(guide::Guide::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failure)?;
    Ok(bytes)
}

/// Prints errors, and fails when there are any. Warnings are for `tsg guides lint`.
fn report(flaws: &[Flaws]) -> Result<(), Failure> {
    let bad: Vec<&Flaws> = flaws.iter().filter(|flaws| flaws.is_error()).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let color =
        terminal::wants_color(Color::Auto, std::io::IsTerminal::is_terminal(&std::io::stderr()));
    for one in &bad {
        let errors: Vec<_> = one.diagnostics.iter().filter(|one| one.is_error()).cloned().collect();
        let frames = guide::render(&errors, &one.source_name, &one.text, color);
        terminal::complain(frames.trim_end());
    }
    let names: Vec<&str> = bad.iter().map(|one| one.source_name.as_str()).collect();
    Err(Failure::bad_guide(format!("{} cannot be run", names.join(", "))))
}

fn markdown_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            // Links are not followed: a loop of them would never end.
            let kind = entry.file_type()?;
            let path = entry.path();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "md")
            {
                found.push(path);
            }
            if found.len() > MOST_FILES {
                return Err(std::io::Error::other(format!("more than {MOST_FILES} guides")));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use guide::{Guide, Head};

    #[test]
    fn the_heads_of_the_shipped_guides_are_what_their_front_matter_says() {
        let vocabulary = diagnose::vocabulary();
        for file in guidebook::GUIDES {
            let head = Head::read(file.text, &vocabulary).expect(file.path);
            let parsed = Guide::parse(file.path, file.text, &vocabulary);
            assert!(parsed.is_runnable(), "{}: {:?}", file.path, parsed.diagnostics);
            let meta = &parsed.guide.meta;
            assert_eq!((&head.id, head.phase), (&parsed.guide.id, meta.phase), "{}", file.path);
            let names = |signals: &[guide::Signal]| -> Vec<String> {
                signals.iter().map(|one| one.text.clone()).collect()
            };
            assert_eq!(names(&head.signals), names(&meta.signals), "{}", file.path);
            assert_eq!(head.k8s_version, meta.k8s_version, "{}", file.path);
        }
    }
}
