//! Ranges of Kubernetes versions: `>=1.24`, `>=1.24, <1.30`.

use semver::{Comparator, Op, Version, VersionReq};

/// A range of versions of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    request: VersionReq,
}

/// Why a range cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadRange {
    /// It is not a range.
    Syntax(String),
    /// It has a version without an operator, whose meaning is not plain.
    Bare(String),
    /// No version is in it.
    Empty,
}

impl VersionRange {
    /// Reads a range.
    ///
    /// # Errors
    /// [`BadRange`] when it is not a range, or no version is in it.
    pub fn parse(text: &str) -> Result<VersionRange, BadRange> {
        let trimmed = text.trim();
        for part in trimmed.split(',').map(str::trim) {
            if part.starts_with(|first: char| first.is_ascii_digit() || first == 'v') {
                return Err(BadRange::Bare(part.to_owned()));
            }
        }
        let request = VersionReq::parse(trimmed).map_err(|e| BadRange::Syntax(e.to_string()))?;
        let range = VersionRange { text: trimmed.to_owned(), request };
        if range.is_empty() { Err(BadRange::Empty) } else { Ok(range) }
    }

    /// The range of all versions.
    pub fn any() -> VersionRange {
        VersionRange { text: "*".to_owned(), request: VersionReq::STAR }
    }

    /// The range as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a version as a server gives it (`v1.30.2-gke.1587003`) is in the range;
    /// `None` when the version cannot be read.
    ///
    /// Only major, minor and patch count: what a vendor appends makes no version lower.
    pub fn contains(&self, git_version: &str) -> Option<bool> {
        Some(self.request.matches(&plain(git_version)?))
    }

    /// If any version is in the range then one is at, just above or just below a bound.
    fn is_empty(&self) -> bool {
        let comparators = &self.request.comparators;
        !comparators.is_empty()
            && !comparators.iter().flat_map(near).any(|version| self.request.matches(&version))
    }
}

/// Major, minor and patch of a version as a server gives it.
fn plain(git_version: &str) -> Option<Version> {
    let text = git_version.trim().trim_start_matches('v');
    let core = text.split(['-', '+']).next()?;
    let mut numbers = core.split('.').map(str::parse::<u64>);
    let major = numbers.next()?.ok()?;
    let minor = numbers.next()?.ok()?;
    let patch = numbers.next().unwrap_or(Ok(0)).ok()?;
    Some(Version::new(major, minor, patch))
}

fn near(bound: &Comparator) -> Vec<Version> {
    let (major, minor) = (bound.major, bound.minor.unwrap_or(0));
    let patch = bound.patch.unwrap_or(0);
    let mut versions = vec![
        Version::new(major, minor, patch),
        Version::new(major, minor, patch.saturating_add(1)),
        Version::new(major, minor.saturating_add(1), 0),
        Version::new(major.saturating_add(1), 0, 0),
    ];
    if matches!(bound.op, Op::Less | Op::LessEq) {
        versions.push(Version::new(0, 0, 0));
        versions.push(Version::new(major, minor, patch.saturating_sub(1)));
        versions.push(Version::new(major, minor.saturating_sub(1), u64::MAX));
        versions.push(Version::new(major.saturating_sub(1), u64::MAX, u64::MAX));
    }
    versions
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> VersionRange {
        VersionRange::parse(text).expect("a range")
    }

    #[test]
    fn what_a_vendor_appends_makes_no_version_lower() {
        assert_eq!(range(">=1.30.2").contains("v1.30.2-gke.1587003"), Some(true));
        assert_eq!(range("<1.30.2").contains("v1.30.2-gke.1587003"), Some(false));
        assert_eq!(range(">=1.24").contains("v1.24.0+k3s1"), Some(true));
        assert_eq!(range(">=1.24").contains("v1.23.17-eks-0a21954"), Some(false));
    }

    #[test]
    fn both_ends_of_a_range_hold() {
        let range = range(">=1.24, <1.30");
        assert_eq!(range.contains("v1.24.0"), Some(true));
        assert_eq!(range.contains("v1.29.99"), Some(true));
        assert_eq!(range.contains("v1.30.0"), Some(false));
        assert_eq!(range.contains("v1.30.0-alpha.1"), Some(false));
    }

    #[test]
    fn a_version_that_cannot_be_read_is_neither_in_nor_out() {
        for text in ["", "latest", "v1", "v1.x.3", "1.2.99999999999999999999"] {
            assert_eq!(range(">=1.24").contains(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_that_is_none_is_refused() {
        assert_eq!(VersionRange::parse("1.24"), Err(BadRange::Bare("1.24".into())));
        assert_eq!(VersionRange::parse("v1.24"), Err(BadRange::Bare("v1.24".into())));
        assert!(matches!(VersionRange::parse(">=1.24 <1.30"), Err(BadRange::Syntax(_))));
        assert!(matches!(VersionRange::parse(">=one"), Err(BadRange::Syntax(_))));
        assert!(matches!(VersionRange::parse(""), Err(BadRange::Syntax(_))));
    }

    #[test]
    fn a_range_without_versions_is_refused() {
        for text in [">=1.30, <1.24", ">1.30, <=1.30", "<0.0.0", "=1.24, =1.25"] {
            assert_eq!(VersionRange::parse(text), Err(BadRange::Empty), "{text}");
        }
        for text in [">=1.24, <1.25", ">1.24.3, <=1.24.4", "<1.30", "~1.24", "*", "=1.24"] {
            assert!(VersionRange::parse(text).is_ok(), "{text}");
        }
    }
}
