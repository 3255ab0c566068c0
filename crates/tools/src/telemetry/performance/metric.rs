//! What a metric measures, told from the words of its name.
//!
//! Stores name the same thing in many ways (`cpu`, `container_cpu_usage_seconds`, `p90latency`,
//! `istio_request_duration_milliseconds_p99`), so the words decide and not the whole name.

/// What a metric measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// How long requests take: their middle, `p50`.
    Latency,
    /// How long the slowest requests take: `p90` and above.
    TailLatency,
    /// How much the scheduler holds the CPU back: CFS throttling, as a rate or a share.
    Throttling,
    /// CPU used.
    Cpu,
    /// Memory used.
    Memory,
    /// The share of requests that succeed.
    Success,
    /// Requests a second.
    Requests,
    /// Received over the network.
    Receive,
    /// Sent over the network.
    Transmit,
    /// TCP segments sent again.
    Retransmissions,
}

/// Words that name a measure, the most telling first: `request_duration` is a latency.
const WORDS: [(Measure, &[&str]); 9] = [
    (Measure::Latency, &["latency", "duration", "response_time", "responsetime"]),
    (Measure::Retransmissions, &["retran", "retans"]),
    (Measure::Throttling, &["throttl", "cfs"]),
    (Measure::Cpu, &["cpu"]),
    (Measure::Memory, &["mem"]),
    (Measure::Success, &["success", "availability"]),
    (Measure::Receive, &["receive", "rx", "inbound", "ingress"]),
    (Measure::Transmit, &["transmit", "tx", "outbound", "egress"]),
    (Measure::Requests, &["rps", "qps", "request", "throughput"]),
];

impl Measure {
    /// The measure that a metric's name speaks of; `None` for one that is not known.
    pub(crate) fn of(metric: &str) -> Option<Measure> {
        let name = metric.to_ascii_lowercase();
        let says = |words: &&(Measure, &[&str])| words.1.iter().any(|word| name.contains(word));
        match WORDS.iter().find(says)?.0 {
            Measure::Latency if is_tail(&name) => Some(Measure::TailLatency),
            measure => Some(measure),
        }
    }
}

/// Whether a name speaks of a high quantile: `p75` and above, or the slowest request of all.
fn is_tail(name: &str) -> bool {
    let quantile = name.match_indices('p').find_map(|(at, _)| {
        let digits: String =
            name[at + 1..].chars().take_while(char::is_ascii_digit).take(2).collect();
        digits.parse::<u32>().ok()
    });
    quantile.is_some_and(|quantile| quantile >= 75) || name.contains("max")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_known_by_its_words_whatever_the_store_calls_it() {
        for (name, measure) in [
            ("p50latency", Some(Measure::Latency)),
            ("istio_request_duration_milliseconds_p99", Some(Measure::TailLatency)),
            ("latency_p999", Some(Measure::TailLatency)),
            ("container_cpu_cfs_throttled_seconds", Some(Measure::Throttling)),
            ("cpu", Some(Measure::Cpu)),
            ("success_rate", Some(Measure::Success)),
            ("qps", Some(Measure::Requests)),
            ("network_receive_packets", Some(Measure::Receive)),
            ("node_netstat_Tcp_RetransSegs", Some(Measure::Retransmissions)),
            ("colour", None),
        ] {
            assert_eq!(Measure::of(name), measure, "{name}");
        }
    }
}
