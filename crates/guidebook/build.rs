//! Embeds `guides/**/*.md` and those scenarios that name themselves a demo.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    let (guides, scenarios) = (root.join("guides"), root.join("scenarios"));
    println!("cargo:rerun-if-changed={}", guides.display());
    println!("cargo:rerun-if-changed={}", scenarios.display());

    let mut code = String::from("/// The shipped guides, in order of path.\n");
    code.push_str("pub const GUIDES: &[File] = &[\n");
    for path in files_below(&guides) {
        if path.extension().is_some_and(|extension| extension == "md") {
            write_file(&mut code, &root, &path);
        }
    }
    code.push_str(
        "];\n\n/// The shipped incidents, in order of name.\npub const DEMOS: &[Demo] = &[\n",
    );
    let mut demos: Vec<(String, PathBuf, toml::Table)> = files_below(&scenarios)
        .into_iter()
        .filter(|path| path.ends_with("scenario.toml"))
        .filter_map(|path| {
            let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            let name = table.get("demo")?.as_str()?.to_owned();
            Some((name, path.parent().unwrap().to_owned(), table))
        })
        .collect();
    demos.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, folder, table) in &demos {
        let word = |key: &str| table.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        writeln!(
            code,
            "Demo {{ name: {name:?}, title: {:?}, why: {:?}, target: {:?}, namespace: {:?}, now: {:?}, files: &[",
            word("title"), word("why"), word("target"), word("namespace"), word("now"),
        )
        .unwrap();
        for path in files_below(folder) {
            if !path.ends_with("scenario.toml") {
                write_file(&mut code, folder, &path);
            }
        }
        code.push_str("] },\n");
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").unwrap()).join("embedded.rs"), code).unwrap();
}

fn write_file(code: &mut String, root: &Path, path: &Path) {
    let name = path.strip_prefix(root).unwrap().to_str().unwrap();
    let full = path.canonicalize().unwrap();
    writeln!(code, "File {{ path: {name:?}, text: include_str!({full:?}) }},").unwrap();
}

/// Every file below a folder, in order of path; none where there is no such folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}
