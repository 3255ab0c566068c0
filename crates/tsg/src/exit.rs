//! Exit codes: the one table of them, which `docs/exit-codes.md` repeats and a test compares.

use diagnose::report::Report;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing is wrong that a guide knows of, and nothing is visibly in trouble; the command did
    /// its work.
    Nothing,
    /// A cause was found.
    CauseFound,
    /// Something is in trouble, or might be, and what could be seen does not tell why.
    Inconclusive,
    /// Nothing could be looked at: no access, no connection, no such object, an unreadable dump.
    CouldNotLook,
    /// A guide has errors, or there is no such guide.
    BadGuide,
    /// The command line is wrong (`EX_USAGE` of sysexits.h).
    BadUsage,
}

impl Exit {
    /// Every way to end, in order of code.
    pub const ALL: [Exit; 6] = [
        Exit::Nothing,
        Exit::CauseFound,
        Exit::Inconclusive,
        Exit::CouldNotLook,
        Exit::BadGuide,
        Exit::BadUsage,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Nothing => 0,
            Exit::CauseFound => 1,
            Exit::Inconclusive => 2,
            Exit::CouldNotLook => 3,
            Exit::BadGuide => 4,
            Exit::BadUsage => 64,
        }
    }

    /// What it means, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Nothing => "nothing wrong that a guide knows of, and nothing visibly in trouble",
            Exit::CauseFound => "a cause was found",
            Exit::Inconclusive => {
                "inconclusive: in trouble, and no guide applies or what could be seen does not tell why"
            }
            Exit::CouldNotLook => {
                "could not look: no access, no connection, no such object, unreadable input"
            }
            Exit::BadGuide => "bad guide: a guide has errors, or there is none of that id",
            Exit::BadUsage => "bad usage: the command line is wrong",
        }
    }

    /// What a report ends in. A report without causes is an all-clear only when everything
    /// that had to be seen was seen.
    pub fn of(report: &Report) -> Exit {
        if !report.diagnoses.is_empty() {
            return Exit::CauseFound;
        }
        if !report.inconclusive.is_empty() {
            return Exit::Inconclusive;
        }
        if report.no_such_target.is_some() {
            return Exit::CouldNotLook;
        }
        if !report.uncovered.is_empty() {
            return Exit::Inconclusive;
        }
        match (report.not_looked.is_empty() && report.complete, report.looked_at) {
            (true, _) => Exit::Nothing,
            (false, 0) => Exit::CouldNotLook,
            (false, _) => Exit::Inconclusive,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> std::process::ExitCode {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ends_share_a_code() {
        assert!(Exit::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    }

    #[test]
    fn the_published_table_is_this_table() {
        let page = include_str!("../../../docs/exit-codes.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(page.contains(&row), "docs/exit-codes.md lacks {row}");
        }
    }
}
