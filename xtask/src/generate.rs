//! The files that are made from the code, so that they cannot say something else than the code.

use std::fs;
use std::path::PathBuf;

use crate::tree::{read, root, tsg};

/// A generated file: its path below the root, and its content.
pub(crate) struct Generated {
    pub(crate) path: PathBuf,
    pub(crate) content: String,
}

/// Writes all of them.
pub(crate) fn write() -> Result<(), String> {
    for file in all()? {
        let path = root().join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(&path, file.content).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Makes all of them.
pub(crate) fn all() -> Result<Vec<Generated>, String> {
    let mut files = Vec::new();
    let mut add = |path: &str, content: String| {
        files.push(Generated { path: path.into(), content });
    };
    let tools = tsg(&["tools", "list"])?;
    let mut index = String::from("# Tools\n\nWhat guides can ask.\n\n");
    for line in tools.lines().filter(|line| !line.starts_with(' ')) {
        let name = line.split('(').next().unwrap_or(line);
        index.push_str(&format!("- [`{line}`]({name}.md)\n"));
        add(&format!("docs/reference/tools/{name}.md"), tsg(&["tools", "show", name])?);
    }
    add("docs/reference/tools/README.md", index);
    add("docs/reference/signals.md", signals()?);
    add("docs/reference/report.schema.json", tsg(&["schema"])?);
    add("docs/reference/rbac.yaml", tsg(&["rbac"])?);
    add("docs/reference/cli.md", command_line()?);
    add("docs/demo.svg", picture()?);
    add("README.md", readme()?);
    Ok(files)
}

fn signals() -> Result<String, String> {
    let mut page =
        String::from("# Signals\n\nWhen guides apply. Computed from the objects themselves.\n\n");
    for line in tsg(&["signals", "list"])?.lines() {
        match line.strip_prefix("    ") {
            Some(text) => page.push_str(&format!("  {text}\n")),
            None => page.push_str(&format!("- `{line}`\n")),
        }
    }
    Ok(page)
}

fn command_line() -> Result<String, String> {
    let commands: &[&[&str]] = &[
        &[],
        &["demo"],
        &["diagnose"],
        &["triage"],
        &["snapshot"],
        &["rbac"],
        &["guides"],
        &["guides", "list"],
        &["guides", "show"],
        &["guides", "search"],
        &["guides", "match"],
        &["guides", "lint"],
        &["guides", "explain"],
        &["tools"],
        &["tools", "list"],
        &["tools", "show"],
        &["tools", "run"],
        &["signals"],
        &["signals", "list"],
        &["signals", "show"],
        &["schema"],
        &["completion"],
        &["man"],
    ];
    let mut page = String::from("# Command line\n");
    for command in commands {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = tsg(&arguments)?;
        let name = [&["tsg"], *command].concat().join(" ");
        page.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end()));
    }
    Ok(page)
}

/// A picture of the real output of the demo.
fn picture() -> Result<String, String> {
    let output = tsg(&["demo", "wrong-tag", "--color", "always"])?;
    Ok(anstyle_svg::Term::new().render_svg(output.trim_end()))
}

/// The examples of output in README, each between its two marks, with the commands that print them.
const EXAMPLES: [(&str, &[&str]); 2] = [
    ("demo", &["demo", "wrong-tag"]),
    ("triage", &["triage", "-n", "shop", "--from", "scenarios/initcontainer/database-crashes"]),
];

/// README with its examples of output brought up to date.
fn readme() -> Result<String, String> {
    let mut text = read(&root().join("README.md"))?;
    for (name, command) in EXAMPLES {
        let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
        let (Some(from), Some(to)) = (text.find(&begin), text.find(&end)) else {
            return Err(format!("README.md lacks the marks of the output of {name}"));
        };
        let output = tsg(command)?;
        let example = format!("{begin}```text\n{}\n```\n", output.trim_end());
        text.replace_range(from..to, &example);
    }
    Ok(text)
}
