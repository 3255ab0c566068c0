//! The sections of a guide and the headings in them.

/// The sections that the engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Summary,
    Symptoms,
    ProbableCauses,
    DecisionTree,
    StopCondition,
    Escalation,
    RemediationOptions,
    Validation,
}

impl Section {
    pub const ALL: [Section; 8] = [
        Section::Summary,
        Section::Symptoms,
        Section::ProbableCauses,
        Section::DecisionTree,
        Section::StopCondition,
        Section::Escalation,
        Section::RemediationOptions,
        Section::Validation,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Section::Summary => "Summary",
            Section::Symptoms => "Symptoms",
            Section::ProbableCauses => "Probable Causes",
            Section::DecisionTree => "Diagnostic Decision Tree",
            Section::StopCondition => "Stop Condition",
            Section::Escalation => "Escalation",
            Section::RemediationOptions => "Remediation Options",
            Section::Validation => "Validation",
        }
    }

    /// The section of a heading; case does not matter.
    pub fn of(heading: &str) -> Option<Section> {
        let heading = heading.trim().trim_end_matches(':');
        Section::ALL.into_iter().find(|section| section.title().eq_ignore_ascii_case(heading))
    }
}

/// Number and title of a heading such as `Step 2: Validate the image`. `word` is `Step` or `Fix`.
pub(crate) fn numbered<'t>(heading: &'t str, word: &str) -> Option<(u32, &'t str)> {
    let first = heading.get(..word.len())?;
    let rest = heading.get(word.len()..)?;
    if !first.eq_ignore_ascii_case(word) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().ok().filter(|number| *number > 0)?;
    let title = rest[end..].trim_start();
    let title = match title.strip_prefix([':', '.', '-', '–', '—']) {
        Some(title) => title.trim(),
        None if title.is_empty() => "",
        None => return None,
    };
    Some((number, title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_heading_is_a_word_a_number_and_a_title() {
        assert_eq!(numbered("Step 12: Look `here`", "Step"), Some((12, "Look `here`")));
        assert_eq!(numbered("step 1 - x", "Step"), Some((1, "x")));
        assert_eq!(numbered("Fix 3", "Fix"), Some((3, "")));
        for heading in [
            "Step",
            "Steps 1: x",
            "Step one: x",
            "Step 0: x",
            "Step 1 x",
            "Step 99999999999: x",
            "größe",
        ] {
            assert_eq!(numbered(heading, "Step"), None, "{heading}");
        }
    }
}
