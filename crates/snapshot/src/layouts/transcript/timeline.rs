//! When each exchange of a transcript took place.
//!
//! kubectl prints ages, not times. What was created at a time that a page tells, and had an age
//! in an exchange, dates that exchange as exactly as the age is. The finest ages date theirs, and
//! the exchanges around them; absolute times on a page, and coarse ages, only say that it was not
//! earlier. Where nothing is dated, all of it took place at the newest time that it tells.

use evidence::Time;

/// In seconds.
const MINUTE: i64 = 60;

/// The times of exchanges, by their number.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The latest time that each is known to have come after.
    floors: Vec<Option<i64>>,
    settled: Vec<i64>,
    is_dated: bool,
}

/// An exchange that an age dates: its number, the earliest second that it may have taken place
/// in, and how exact that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    pub(super) at: usize,
    pub(super) seconds: i64,
    pub(super) unit: i64,
}

impl Timeline {
    /// Begins a further exchange.
    pub(super) fn begin(&mut self) {
        self.floors.push(None);
    }

    /// Says that the present exchange was not earlier.
    pub(super) fn floor(&mut self, seconds: i64) {
        if let Some(floor) = self.floors.last_mut() {
            *floor = (*floor).max(Some(seconds));
        }
    }

    /// Works out the times. `told` is the user's own word, where nothing is dated.
    pub(super) fn settle(&mut self, anchors: &[Anchor], told: Option<Time>) {
        let finest = anchors.iter().map(|anchor| anchor.unit).min();
        self.is_dated = finest.is_some_and(|unit| unit <= MINUTE);
        let mut dated: Vec<Option<i64>> = vec![None; self.floors.len()];
        for anchor in anchors {
            let by = if Some(anchor.unit) == finest { &mut dated } else { &mut self.floors };
            if let Some(time) = by.get_mut(anchor.at) {
                *time = (*time).max(Some(anchor.seconds));
            }
        }
        let newest = self.floors.iter().flatten().max().copied();
        let undated = told.map(Time::as_second).or(newest).unwrap_or(0);
        let mut near = dated.iter().flatten().next().copied().unwrap_or(undated);
        self.settled = self
            .floors
            .iter()
            .zip(dated)
            .map(|(floor, dated)| {
                near = near.max(dated.or(*floor).unwrap_or(near));
                near
            })
            .collect();
    }

    /// The time of an exchange.
    pub(super) fn time(&self, at: usize) -> Time {
        let seconds = self.settled.get(at).or(self.settled.last()).copied().unwrap_or(0);
        Time::from_second(seconds).unwrap_or(Time::UNIX_EPOCH)
    }

    /// Whether ages date the exchanges to the minute. Otherwise they may all have been later.
    pub(super) fn is_dated(&self) -> bool {
        self.is_dated
    }

    /// The time of the last exchange, where any time is known.
    pub(super) fn last(&self) -> Option<Time> {
        let last = self.settled.last().copied().filter(|seconds| *seconds != 0)?;
        Time::from_second(last).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(floors: &[Option<i64>], anchors: &[(usize, i64, i64)]) -> Vec<i64> {
        let mut timeline = Timeline { floors: floors.to_vec(), ..Timeline::default() };
        let anchor = |&(at, seconds, unit): &(usize, i64, i64)| Anchor { at, seconds, unit };
        timeline.settle(&anchors.iter().map(anchor).collect::<Vec<_>>(), None);
        timeline.settled
    }

    #[test]
    fn the_finest_age_dates_what_is_around_it() {
        let times = settled(&[Some(10), None, Some(900), None], &[(1, 800, 1), (3, 700, 60)]);
        assert_eq!(times, [800, 800, 900, 900]);
    }

    #[test]
    fn without_ages_all_took_place_at_the_newest_time() {
        assert_eq!(settled(&[Some(10), None, Some(900), Some(20)], &[]), [900; 4]);
    }
}
