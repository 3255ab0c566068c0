//! What the compiler does not hold: generated files, the purity of the pure crates, the guides.

use std::path::Path;

use crate::generate;
use crate::tree::{files, read, root, tsg};

/// The crates that know no runtime, cluster, file, environment, clock or printing.
const PURE: &[&str] =
    &["evidence", "expression", "lexicon", "guide", "tools", "diagnose", "report"];

/// What each of the project's crates may import of the others; the arrows of ARCHITECTURE.md.
const IMPORTS: &[(&str, &[&str])] = &[
    ("evidence", &[]),
    ("lexicon", &[]),
    ("expression", &["evidence"]),
    ("guide", &["evidence", "expression", "lexicon"]),
    ("tools", &["evidence", "lexicon"]),
    ("diagnose", &["evidence", "expression", "guide", "lexicon", "tools"]),
    ("report", &["evidence", "guide", "diagnose"]),
    ("cluster", &["evidence"]),
    ("probe", &["evidence"]),
    ("snapshot", &["evidence"]),
    ("guidebook", &[]),
];

/// What a pure crate does not name.
const IMPURE_CRATES: &[&str] =
    &["tokio", "kube", "k8s-openapi", "hyper", "reqwest", "rustls", "tar", "zstd"];
const IMPURE_PATHS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::io",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "println!",
    "eprintln!",
    "print!(",
    "eprint!(",
];

/// Workloads of the recorded incidents that the product is measured on: neither the product nor
/// its guides may know them.
const MEASURED: &[&str] = &[
    "adservice",
    "cartservice",
    "checkoutservice",
    "currencyservice",
    "emailservice",
    "paymentservice",
    "productcatalogservice",
    "recommendationservice",
    "shippingservice",
    "redis-cart",
    "tsdb-mysql",
    "nacosdb",
    "ts-order",
    "ts-user",
    "ts-auth",
    "ts-travel",
    "ts-station",
    "ts-preserve",
    "ts-gateway",
];

/// Makes all checks and reports every failure.
pub(crate) fn all() -> Result<(), String> {
    let mut failures = Vec::new();
    failures.extend(impure());
    failures.extend(wrong_imports());
    failures.extend(names_of_the_measure());
    failures.extend(flawed_guides());
    failures.extend(drifted());
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n")),
    }
}

fn manifest(name: &str) -> Result<toml::Table, String> {
    let path = root().join("crates").join(name).join("Cargo.toml");
    read(&path)?.parse().map_err(|error| format!("{}: {error}", path.display()))
}

fn dependencies(name: &str) -> Result<Vec<String>, String> {
    let manifest = manifest(name)?;
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    Ok(table.map(|table| table.keys().cloned().collect()).unwrap_or_default())
}

fn impure() -> Vec<String> {
    let mut failures = Vec::new();
    for name in PURE {
        match dependencies(name) {
            Err(error) => failures.push(error),
            Ok(dependencies) => {
                let impure =
                    dependencies.iter().filter(|one| IMPURE_CRATES.contains(&one.as_str()));
                failures.extend(
                    impure.map(|one| format!("crates/{name}: a pure crate depends on {one}")),
                );
            }
        }
        for path in files(&root().join("crates").join(name).join("src"), "rs") {
            let Ok(text) = read(&path) else { continue };
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or(line);
                if let Some(found) = IMPURE_PATHS.iter().find(|impure| code.contains(**impure)) {
                    failures.push(format!(
                        "{}:{}: {found} in a pure crate",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    failures
}

fn wrong_imports() -> Vec<String> {
    let own: Vec<&str> = IMPORTS.iter().map(|(name, _)| *name).collect();
    let mut failures = Vec::new();
    for (name, allowed) in IMPORTS {
        match dependencies(name) {
            Err(error) => failures.push(error),
            Ok(dependencies) => {
                for one in dependencies.iter().filter(|one| own.contains(&one.as_str())) {
                    if !allowed.contains(&one.as_str()) {
                        failures.push(format!(
                            "crates/{name} may not import {one}; see ARCHITECTURE.md"
                        ));
                    }
                }
            }
        }
    }
    failures
}

fn names_of_the_measure() -> Vec<String> {
    let mut failures = Vec::new();
    let product = ["crates", "guides"].map(|folder| root().join(folder));
    for path in product.iter().flat_map(|folder| {
        ["rs", "md", "toml"].into_iter().flat_map(|ending| files(folder, ending))
    }) {
        let Ok(text) = read(&path) else { continue };
        let text = text.to_lowercase();
        for name in MEASURED.iter().filter(|name| text.contains(**name)) {
            failures.push(format!(
                "{}: names {name}, a workload of the recorded incidents",
                path.display()
            ));
        }
    }
    failures
}

/// The guide that the project was started from. It is never edited, so its warnings stay.
const SEED: &str = "guides/pod/imagepull/triage.md";

fn flawed_guides() -> Vec<String> {
    let guides = files(&root().join("guides"), "md");
    let (seed, own): (Vec<String>, Vec<String>) =
        guides.iter().map(|path| relative(path)).partition(|name| name == SEED);
    let lint = |flags: &[&str], names: &[String]| {
        let names = names.iter().map(String::as_str);
        let arguments: Vec<&str> =
            ["guides", "lint"].iter().chain(flags).copied().chain(names).collect();
        match tsg(&arguments) {
            Ok(output) if output.starts_with("no problems") => None,
            Ok(output)
                if flags.is_empty() && output.lines().any(|line| line.starts_with("0 errors")) =>
            {
                None
            }
            Ok(output) => Some(output),
            Err(error) => Some(error),
        }
    };
    lint(&["--strict"], &own).into_iter().chain(lint(&[], &seed)).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn drifted() -> Vec<String> {
    let files = match generate::all() {
        Ok(files) => files,
        Err(error) => return vec![error],
    };
    files
        .iter()
        .filter(|file| read(&root().join(&file.path)).ok().as_ref() != Some(&file.content))
        .map(|file| format!("{} has drifted; run `cargo xtask generate`", file.path.display()))
        .collect()
}
