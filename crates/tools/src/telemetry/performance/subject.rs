//! One workload, pod or node as its time series show it.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Object, ObjectRef, Series, Time};
use serde_json::Value as Json;

use super::change::{self, Change, Row};
use super::metric::Measure;

/// From which factor on a latency has risen. Quantiles are interpolated in histograms whose
/// bounds lie a factor of 2 to 2.5 apart, so that one request more or less can double them.
const SLOW: f64 = 3.0;
/// From which factor on the CPU that each request takes has risen: as for latency, a half more
/// is what another mix of requests makes of it.
const BUSY: f64 = 1.5;
/// From which level on CFS throttling takes away what matters: a quarter of the periods, or of a
/// second each second.
const THROTTLED: f64 = 0.25;
/// The share of its limit from which on a CPU is used up: throttling sets in by period, before
/// the average reaches the limit.
const AT_LIMIT: f64 = 0.8;
/// How many doublings of latency a whole window without the workload's own figures is worth.
/// A tenth of the window, the shortest level that counts, is worth one.
const DOUBLINGS_OF_SILENCE: f64 = 10.0;

/// One workload, pod or node as its time series show it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its name in the series.
    pub name: String,
    /// The workload that it is or belongs to.
    pub workload: Option<ObjectRef>,
    /// The node that all of its pods are on; `None` also where they are on several.
    pub node: Option<String>,
    /// The smallest CPU limit of its containers, in cores.
    pub cpu_limit: Option<f64>,
    rows: BTreeMap<Measure, Row>,
    changes: BTreeMap<Measure, Change>,
}

impl Subject {
    pub(super) fn read(name: &str, series: &[&Series], grid: &[Time]) -> Subject {
        let mut rows: BTreeMap<Measure, Row> = BTreeMap::new();
        for one in series {
            let Some(measure) = Measure::of(&one.metric) else { continue };
            rows.entry(measure).or_insert_with(|| row(one, grid, measure));
        }
        let calm = |measure| matches!(measure, Measure::Latency | Measure::TailLatency);
        let changes = rows
            .iter()
            .filter_map(|(measure, row)| Some((*measure, change::rise(row, calm(*measure))?)))
            .collect();
        let name = name.to_owned();
        Subject { name, workload: None, node: None, cpu_limit: None, rows, changes }
    }

    pub(super) fn place(&mut self, workload: Option<ObjectRef>, pods: &[(ObjectRef, &Object)]) {
        let own = pods.iter().filter(|(owner, _)| Some(owner) == workload.as_ref());
        let own: Vec<&Object> = own.map(|(_, pod)| *pod).collect();
        let nodes: BTreeSet<&str> =
            own.iter().filter_map(|pod| pod.text("/spec/nodeName")).collect();
        self.node = nodes.first().filter(|_| nodes.len() == 1).map(|node| (*node).to_owned());
        let limits = own.iter().flat_map(|pod| pod.items("/spec/containers")).filter_map(cpu_limit);
        self.cpu_limit = limits.min_by(f64::total_cmp);
        self.workload = workload;
    }

    /// Segments sent again are counted for whole nodes.
    pub(super) fn is_of_a_node(&self) -> bool {
        self.rows.contains_key(&Measure::Retransmissions)
    }

    /// How a measure rose.
    pub(crate) fn change(&self, measure: Measure) -> Option<&Change> {
        self.changes.get(&measure)
    }

    pub(super) fn forget(&mut self, measure: Measure) {
        self.changes.remove(&measure);
    }

    /// By which factor a quantile of the latency rose; 1 where it did not rise beyond its noise.
    fn risen(&self, measure: Measure) -> f64 {
        let risen = self.change(measure).filter(|change| change.is_beyond_noise());
        risen.and_then(Change::factor).filter(|factor| *factor >= SLOW).unwrap_or(1.0)
    }

    /// The geometric mean of the factors by which the quantiles of its latency rose.
    pub(crate) fn latency_factor(&self) -> f64 {
        (self.risen(Measure::Latency) * self.risen(Measure::TailLatency)).sqrt()
    }

    /// Whether any quantile of its latency rose.
    pub(crate) fn is_slow(&self) -> bool {
        self.latency_factor() > 1.0
    }

    /// The share of the window in which its requests were not measured though its node saw its
    /// traffic. Figures of requests are read from the pod itself, over its own network.
    pub(crate) fn silent_share(&self) -> f64 {
        let silence = |measure| self.rows.get(&measure).map_or(0.0, |row| change::silence(row));
        let own = silence(Measure::Requests);
        let seen = self.rows.get(&Measure::Receive).and_then(|row| change::at_first(row));
        match seen.is_some_and(|seen| seen > 0.0) && 2.0 * silence(Measure::Receive) < own {
            true if own * self.points() as f64 >= 3.0 => own,
            _ => 0.0,
        }
    }

    /// Whether for three points or more not even its node's agent was heard of its traffic.
    pub(crate) fn is_blind(&self) -> bool {
        let silent = |measure| {
            let row = self.rows.get(&measure)?;
            Some(change::silence(row) * row.len() as f64 >= 2.5)
        };
        silent(Measure::Receive) == Some(true) && silent(Measure::Transmit) != Some(false)
    }

    fn points(&self) -> usize {
        self.rows.values().map(Vec::len).max().unwrap_or(0)
    }

    /// How steeply it became slow, in doublings, with what its silence is worth. Silence alone
    /// is worth nothing: who has no requests is silent as well.
    pub(crate) fn steepness(&self) -> f64 {
        match self.is_slow() {
            true => self.latency_factor().log2() + DOUBLINGS_OF_SILENCE * self.silent_share(),
            false => 0.0,
        }
    }

    /// By which factor the CPU that each request takes rose, where both are measured; by packets
    /// received where requests are not.
    pub(crate) fn cpu_per_request(&self) -> Option<f64> {
        let cpu = self.change(Measure::Cpu)?;
        let traffic = |measure| {
            let row = self.rows.get(&measure)?;
            let before = change::at_first(row).filter(|level| *level > 0.0)?;
            let then = change::level(row, cpu.at).filter(|level| *level > 0.0)?;
            Some(then / before)
        };
        let traffic = traffic(Measure::Requests).or_else(|| traffic(Measure::Receive))?;
        Some(cpu.factor()? / traffic)
    }

    /// Whether it takes more CPU for each request than before, and is held back: throttled, or
    /// at its limit.
    pub(crate) fn is_overloaded(&self) -> bool {
        let risen = self.change(Measure::Cpu).is_some_and(|change| change.is_beyond_noise());
        let busy = self.cpu_per_request().is_some_and(|factor| factor >= BUSY);
        let held_back = self.change(Measure::Throttling).is_some_and(|change| {
            change.after >= THROTTLED && change.after >= SLOW * change.before
        });
        let at_limit = self.change(Measure::Cpu).zip(self.cpu_limit);
        let at_limit = at_limit.is_some_and(|(cpu, limit)| cpu.after >= AT_LIMIT * limit);
        risen && busy && (held_back || at_limit)
    }

    /// When its latency, or else its CPU, was half way up.
    pub(crate) fn since(&self, grid: &[Time]) -> Option<Time> {
        let measures = [Measure::Latency, Measure::TailLatency, Measure::Throttling, Measure::Cpu];
        measures.into_iter().find_map(|measure| {
            let change = self.change(measure).filter(|one| one.is_beyond_noise())?;
            change::began(self.rows.get(&measure)?, grid, change)
        })
    }

    /// The lowest level that its requests fell to, where they are measured.
    pub(crate) fn requests(&self) -> Option<(f64, f64)> {
        let row = self.rows.get(&Measure::Requests)?;
        let lowest = (change::beginning(row.len())..row.len())
            .filter_map(|at| change::level(row, at))
            .min_by(f64::total_cmp)?;
        Some((change::at_first(row)?, lowest))
    }
}

/// The values of a series on the points in time of the longest, each at the last point that is
/// not later. A latency of nothing is none: there was no request to be measured.
fn row(series: &Series, grid: &[Time], measure: Measure) -> Row {
    let mut row: Row = vec![None; grid.len()];
    let latency = matches!(measure, Measure::Latency | Measure::TailLatency);
    for (time, value) in &series.points {
        let at = grid.partition_point(|point| point <= time);
        let measured = value.is_finite() && !(latency && *value <= 0.0);
        if let Some(place) = at.checked_sub(1).and_then(|at| row.get_mut(at)) {
            *place = measured.then_some(*value);
        }
    }
    row
}

fn cpu_limit(container: &Json) -> Option<f64> {
    let limit = container.pointer("/resources/limits/cpu")?;
    let text = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
    match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().ok().map(|milli| milli / 1000.0),
        None => text.parse().ok(),
    }
}
