//! `metrics.csv`: time series in columns. The heading is `time,<subject>-<metric>,…`; the metric
//! is what stands behind the last dash. An empty cell is no point.

use evidence::{Reply, Series, Time};

use crate::layouts::transcript::moments::civil;

/// Reads the file.
pub(super) fn read(text: &str, offset: i64) -> Option<Reply> {
    let mut lines = text.lines();
    let mut names = lines.next()?.trim_start_matches('\u{feff}').split(',').map(str::trim);
    names.next().filter(|name| name.to_ascii_lowercase().starts_with("time"))?;
    let mut series: Vec<Option<Series>> = names
        .map(|name| {
            let (subject, metric) = name.rsplit_once('-')?;
            let (subject, metric) = (subject.to_owned(), metric.to_owned());
            Some(Series { subject, metric, points: Vec::new() })
        })
        .collect();
    for line in lines {
        let mut cells = line.split(',').map(str::trim);
        let Some(time) = cells.next().and_then(|cell| moment(cell, offset)) else { continue };
        for (series, cell) in series.iter_mut().zip(cells) {
            let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
            if let (Some(series), Some(value)) = (series, value) {
                series.points.push((time, value));
            }
        }
    }
    Some(Reply::Series(series.into_iter().flatten().collect::<Vec<_>>().into()))
}

/// A civil time of the source's zone, RFC 3339, or seconds since 1970.
fn moment(cell: &str, offset: i64) -> Option<Time> {
    let seconds = || Time::from_second(cell.parse::<f64>().ok()? as i64).ok();
    cell.parse().ok().or_else(|| civil(cell, offset)).or_else(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_may_have_dashes_and_an_empty_cell_is_no_point() {
        let text =
            "\u{feff}time,web-api-cpu,odd\n2025-01-01 08:00:00,0.5,1\n2025-01-01 08:01:00,,2\n";
        let Some(Reply::Series(series)) = read(text, 28_800) else { panic!() };
        assert_eq!(series.len(), 1);
        assert_eq!((&*series[0].subject, &*series[0].metric), ("web-api", "cpu"));
        assert_eq!(series[0].points, [("2025-01-01T00:00:00Z".parse().unwrap(), 0.5)]);
    }
}
