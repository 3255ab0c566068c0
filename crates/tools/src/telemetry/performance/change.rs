//! How a time series changed within its window, by statistics that single outliers do not move.
//!
//! Medians stand for levels, the median absolute deviation for noise. What is looked for is a
//! level that lasted, not a peak: a median over a tenth of the window.

use evidence::Time;

/// The fewest points of which anything is said: a tenth of fewer is no level.
pub(super) const FEWEST: usize = 10;

/// The values of one series on the points in time of all of them; `None` where it has none.
pub(super) type Row = Vec<Option<f64>>;

/// A level that lasted, against the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    /// The level before.
    pub before: f64,
    /// The highest level that lasted since.
    pub after: f64,
    /// How the values scattered before.
    pub noise: f64,
    /// The place in the window where the highest level was reached.
    pub at: usize,
}

impl Change {
    /// How many times as high the level became; `None` where it was nothing before.
    pub(crate) fn factor(&self) -> Option<f64> {
        (self.before > 0.0).then(|| self.after / self.before)
    }

    /// Whether the new level is beyond the scatter of the old. Six deviations leave room for
    /// series that are no bell curve.
    pub(crate) fn is_beyond_noise(&self) -> bool {
        self.after - self.before > 6.0 * self.noise
    }
}

/// The part of a window that is taken for the time before: a fifth.
pub(super) fn beginning(points: usize) -> usize {
    (points / 5).max(3)
}

fn span(points: usize) -> usize {
    (points / 10).max(3)
}

/// How a series rose. `calm` takes the end of the window for the level before where it is the
/// lower of the two: a window that begins in trouble of its own ends without.
pub(super) fn rise(row: &[Option<f64>], calm: bool) -> Option<Change> {
    let points = row.len();
    if points < FEWEST {
        return None;
    }
    let start = beginning(points);
    let first = median(&row[..start]).filter(|level| !calm || *level > 0.0);
    let last = median(&row[points - (points / 8).max(3)..]).filter(|level| *level > 0.0);
    let before = match (first, last) {
        (Some(first), Some(last)) if calm => first.min(last),
        (None, Some(last)) if calm => last,
        (first, _) => first?,
    };
    let (at, after) = (start..=points - span(points))
        .filter_map(|at| Some((at, level(row, at)?)))
        .fold(None, |best: Option<(usize, f64)>, one| match best {
            Some(best) if best.1 >= one.1 => Some(best),
            _ => Some(one),
        })?;
    Some(Change { before, after, noise: scatter(&row[..start]), at })
}

/// The level that begins at a place; `None` where most of its points are missing.
pub(super) fn level(row: &[Option<f64>], at: usize) -> Option<f64> {
    let span = span(row.len());
    let part = row.get(at..at + span)?;
    (2 * part.iter().flatten().count() > span).then(|| median(part)).flatten()
}

/// The level of a series at the beginning of its window.
pub(super) fn at_first(row: &[Option<f64>]) -> Option<f64> {
    median(&row[..beginning(row.len()).min(row.len())])
}

/// The share of the window in which a series that was there before is missing, or is nothing,
/// without a break.
pub(super) fn silence(row: &[Option<f64>]) -> f64 {
    if row.len() < FEWEST || at_first(row).is_none_or(|level| level <= 0.0) {
        return 0.0;
    }
    let (mut longest, mut run) = (0, 0);
    for value in &row[beginning(row.len())..] {
        run = if value.is_none_or(|value| value <= 0.0) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest as f64 / row.len() as f64
}

/// When a series first was half way to its new level.
pub(super) fn began(row: &[Option<f64>], grid: &[Time], change: &Change) -> Option<Time> {
    let half = change.before + (change.after - change.before) / 2.0;
    let start = beginning(row.len());
    let at = (start..row.len()).find(|at| row[*at].is_some_and(|value| value >= half))?;
    grid.get(at).copied()
}

/// The middle value of those that are there.
pub(super) fn median(row: &[Option<f64>]) -> Option<f64> {
    let mut values: Vec<f64> = row.iter().flatten().copied().collect();
    middle(&mut values)
}

fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let count = values.len();
    match count {
        0 => None,
        odd if odd % 2 == 1 => Some(values[odd / 2]),
        even => Some((values[even / 2 - 1] + values[even / 2]) / 2.0),
    }
}

fn scatter(row: &[Option<f64>]) -> f64 {
    let Some(center) = median(row) else { return 0.0 };
    let mut far: Vec<f64> = row.iter().flatten().map(|value| (value - center).abs()).collect();
    middle(&mut far).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(parts: &[(usize, f64)]) -> Row {
        parts.iter().flat_map(|(times, value)| vec![Some(*value); *times]).collect()
    }

    #[test]
    fn a_level_that_lasts_counts_and_a_peak_does_not() {
        let lasting = rise(&row(&[(20, 2.0), (10, 40.0), (20, 2.0)]), true).unwrap();
        assert_eq!((lasting.before, lasting.after), (2.0, 40.0));
        let peak = rise(&row(&[(20, 2.0), (2, 40.0), (28, 2.0)]), true).unwrap();
        assert_eq!(peak.after, 2.0);
    }

    #[test]
    fn trouble_at_the_beginning_is_not_the_level_before() {
        let values = row(&[(12, 90.0), (10, 50.0), (28, 3.0)]);
        assert_eq!(rise(&values, true).unwrap().before, 3.0);
        assert_eq!(rise(&values, false).unwrap().before, 90.0);
    }

    #[test]
    fn what_was_never_there_is_not_silent() {
        assert_eq!(silence(&row(&[(50, 0.0)])), 0.0);
        assert_eq!(silence(&row(&[(20, 5.0), (10, 0.0), (20, 5.0)])), 0.2);
        let missing: Row = (0..50).map(|at| (!(20..30).contains(&at)).then_some(5.0)).collect();
        assert_eq!(silence(&missing), 0.2);
    }

    #[test]
    fn of_a_few_points_nothing_is_said() {
        assert_eq!(rise(&row(&[(4, 1.0), (5, 9.0)]), true), None);
    }
}
