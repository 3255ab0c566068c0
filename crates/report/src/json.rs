//! The published document, as JSON or YAML.

use std::fmt;

use diagnose::report::Report;

/// Writes the document as indented JSON with a final newline.
pub(crate) fn write(report: &Report, out: &mut dyn fmt::Write) -> fmt::Result {
    let text = serde_json::to_string_pretty(report).map_err(|_| fmt::Error)?;
    writeln!(out, "{text}")
}

/// Writes the same document as YAML.
pub(crate) fn write_yaml(report: &Report, out: &mut dyn fmt::Write) -> fmt::Result {
    let value = serde_json::to_value(report).map_err(|_| fmt::Error)?;
    let text = serde_saphyr::to_string(&value).map_err(|_| fmt::Error)?;
    out.write_str(&text)?;
    if !text.ends_with('\n') {
        out.write_char('\n')?;
    }
    Ok(())
}
