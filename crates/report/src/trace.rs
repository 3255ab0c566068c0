//! Every decision of a run, for `--explain`.

use std::fmt::{self, Write};

use diagnose::report::{Trace, Verdict};

use crate::Style;
use crate::page::Page;

/// Writes the decisions in the order in which they were weighed.
pub(crate) fn write(trace: &[Trace], style: Style, out: &mut dyn Write) -> fmt::Result {
    let mut page = Page { style, out };
    let mut place = None;
    for one in trace {
        let here = (&one.object, &one.guide, one.step);
        if place != Some(here) {
            let step = match one.step {
                0 => "before the first step".to_owned(),
                step => format!("step {step}"),
            };
            page.item(0, "", 0, &format!("{} on {} · {step}", one.guide, one.object))?;
            place = Some(here);
        }
        let label = format!("{} {}", symbol(one.verdict, style), one.line);
        page.item(2, &label, 7, &one.text)?;
        for because in &one.because {
            page.item(11, "", 0, &format!("{}: {because}", word(one.verdict)))?;
        }
    }
    writeln!(page.out)
}

fn symbol(verdict: Verdict, style: Style) -> &'static str {
    match (verdict, style.ascii) {
        (Verdict::Held, false) => "✓",
        (Verdict::Held, true) => "+",
        (Verdict::DidNotHold, false) => "·",
        (Verdict::DidNotHold, true) => ".",
        (Verdict::Unknown, _) => "?",
        (Verdict::Skipped, _) => "-",
        (Verdict::Failed, _) => "!",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Held => "held",
        Verdict::DidNotHold => "did not hold",
        Verdict::Unknown => "unknown",
        Verdict::Skipped => "skipped",
        Verdict::Failed => "went wrong",
    }
}
