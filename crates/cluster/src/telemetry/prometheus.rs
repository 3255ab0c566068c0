//! Time series, and alerts, of a Prometheus.
//!
//! The metrics are those of the kubelet's cAdvisor (`container_…`), of the node exporter
//! (`node_netstat_Tcp_RetransSegs`, `node_uname_info`), of Istio (`istio_…`) and of the client
//! libraries' convention for servers (`http_request_duration_seconds`, `http_requests_total`).

use evidence::{Reply, Series, Time, Unseen, UnseenKind};
use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::{System, alertmanager, asking};
use crate::failure::Failure;
use crate::transport::Transport;

/// The window: a fifth of it is the time before (the tool `get_performance`).
const WINDOW_SECONDS: i64 = 3600;
/// The distance of points; targets are most often asked every 15 or 30 seconds.
const STEP_SECONDS: i64 = 30;
/// The most bytes of one answer: 120 points of some thousand subjects.
const MOST: usize = 16 * 1024 * 1024;

/// The name of a pod without what its controller put behind the workload's: the letters are those
/// of `k8s.io/apimachinery/pkg/util/rand`.
const POD: &str =
    "(.+?)(-[bcdfghjklmnpqrstvwxz2456789]{5,10})?-([bcdfghjklmnpqrstvwxz2456789]{5}|[0-9]+)";

/// The queries, each with the metric's name in the words of the tool, and the label of its
/// subject. `NS` stands for the matcher of the namespace, `OF(x)` for x by workload.
const QUERIES: [(&str, &str, &str); 9] = [
    (
        "cpu",
        "workload",
        "sum by (workload) (OF(rate(container_cpu_usage_seconds_total{NS,container!=\"\",container!=\"POD\"}[2m])))",
    ),
    (
        "cpu_throttled",
        "workload",
        "sum by (workload) (OF(rate(container_cpu_cfs_throttled_periods_total{NS,container!=\"\"}[2m]))) / sum by (workload) (OF(rate(container_cpu_cfs_periods_total{NS,container!=\"\"}[2m])))",
    ),
    (
        "memory",
        "workload",
        "sum by (workload) (OF(container_memory_working_set_bytes{NS,container!=\"\",container!=\"POD\"}))",
    ),
    (
        "network_receive",
        "workload",
        "sum by (workload) (OF(rate(container_network_receive_packets_total{NS}[2m])))",
    ),
    (
        "network_transmit",
        "workload",
        "sum by (workload) (OF(rate(container_network_transmit_packets_total{NS}[2m])))",
    ),
    (
        "requests",
        "workload",
        "sum by (workload) (label_replace(rate(istio_requests_total{destination_workload_NS,reporter=\"destination\"}[2m]), \"workload\", \"$1\", \"destination_workload\", \"(.+)\")) or sum by (workload) (OF(rate(http_requests_total{NS}[2m]))) or sum by (workload) (OF(rate(http_request_duration_seconds_count{NS}[2m])))",
    ),
    (
        "latency_p50",
        "workload",
        "histogram_quantile(0.5, sum by (workload, le) (label_replace(rate(istio_request_duration_milliseconds_bucket{destination_workload_NS,reporter=\"destination\"}[2m]), \"workload\", \"$1\", \"destination_workload\", \"(.+)\"))) or 1000 * histogram_quantile(0.5, sum by (workload, le) (OF(rate(http_request_duration_seconds_bucket{NS}[2m]))))",
    ),
    (
        "latency_p90",
        "workload",
        "histogram_quantile(0.9, sum by (workload, le) (label_replace(rate(istio_request_duration_milliseconds_bucket{destination_workload_NS,reporter=\"destination\"}[2m]), \"workload\", \"$1\", \"destination_workload\", \"(.+)\"))) or 1000 * histogram_quantile(0.9, sum by (workload, le) (OF(rate(http_request_duration_seconds_bucket{NS}[2m]))))",
    ),
    (
        "retransmissions",
        "nodename",
        "sum by (nodename) (rate(node_netstat_Tcp_RetransSegs[2m]) * on (instance) group_left (nodename) node_uname_info)",
    ),
];

/// The alerts that are firing, of a namespace and of what belongs to none.
pub(super) async fn alerts(
    system: &System,
    through: &Transport,
    namespace: &str,
) -> Result<Reply, Failure> {
    let json = system.get(through, "/api/v1/alerts", alertmanager::MOST).await?;
    alertmanager::about(&json, namespace)
        .ok_or_else(|| Failure::unreachable("the answer of Prometheus holds no list of alerts"))
}

/// The last hour of a namespace. Where any query fails, none of it is told: who lacks a measure
/// reads the rest wrongly.
pub(super) async fn series(
    system: &System,
    through: &Transport,
    namespace: &str,
    until: Time,
) -> Result<Reply, Failure> {
    let end = until.as_second();
    let (start, end, step) =
        ((end - WINDOW_SECONDS).to_string(), end.to_string(), STEP_SECONDS.to_string());
    let range = (&*start, &*end, &*step);
    let asked = QUERIES.iter().map(|(metric, label, text)| async move {
        let (query, (start, end, step)) = (query(text, namespace), range);
        let range = [("query", &*query), ("start", start), ("end", end), ("step", step)];
        let path = asking("/api/v1/query_range", &range);
        let json = system.get(through, &path, MOST).await?;
        read(&json, metric, label).ok_or_else(|| {
            Failure::unreachable("the answer of Prometheus is not a matrix of series")
        })
    });
    let all: Vec<Series> = try_join_all(asked).await?.into_iter().flatten().collect();
    if all.is_empty() {
        let what = format!("time series of {namespace}");
        let why = "Prometheus has none of the metrics of cAdvisor, Istio or the node exporter";
        return Ok(Reply::Unseen(Unseen::new(UnseenKind::NotShown, what, why)));
    }
    Ok(Reply::Series(all.into()))
}

/// A query in PromQL.
fn query(text: &str, namespace: &str) -> String {
    let matcher = |label: &str| format!("{label}=\"{}\"", quoted(namespace));
    let text = text.replace("destination_workload_NS", &matcher("destination_workload_namespace"));
    by_workload(&text.replace("NS", &matcher("namespace")))
}

/// Puts the workload's name, as told from the pod's, in place of each `OF(…)`.
fn by_workload(text: &str) -> String {
    let Some((before, rest)) = text.split_once("OF(") else { return text.to_owned() };
    let mut depth = 1;
    let end = rest.find(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    let (inner, after) = rest.split_at(end.unwrap_or(rest.len()));
    let after = by_workload(after.get(1..).unwrap_or_default());
    let whole = format!("label_replace({inner}, \"workload\", \"$1\", \"pod\", \"(.+)\")");
    format!("{before}label_replace({whole}, \"workload\", \"$1\", \"pod\", \"{POD}\"){after}")
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The series of a range query's answer.
fn read(json: &Json, metric: &str, label: &str) -> Option<Vec<Series>> {
    let is_matrix = json.pointer("/data/resultType").and_then(Json::as_str) == Some("matrix");
    let result = json.pointer("/data/result")?.as_array().filter(|_| is_matrix)?;
    let series = |one: &Json| {
        let subject = one.get("metric")?.get(label)?.as_str()?.to_owned();
        let points = one.get("values")?.as_array()?.iter().filter_map(point).collect();
        Some(Series { subject, metric: metric.to_owned(), points })
    };
    Some(result.iter().filter_map(series).collect())
}

/// `[1795000000.5, "0.25"]`; what is not a finite number was not measured.
fn point(json: &Json) -> Option<(Time, f64)> {
    let seconds = json.get(0)?.as_f64()?;
    let value: f64 = json.get(1)?.as_str()?.parse().ok()?;
    let time = Time::from_millisecond((seconds * 1000.0) as i64).ok()?;
    value.is_finite().then_some((time, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_query_is_whole_and_names_the_namespace() {
        for (metric, _, text) in QUERIES {
            let text = query(text, "shop");
            let count = |c: char| text.matches(c).count();
            assert_eq!(count('('), count(')'), "{text}");
            assert!(
                !text.contains("OF(") && !text.contains("NS,") && !text.contains("{NS"),
                "{text}"
            );
            assert!(metric == "retransmissions" || text.contains("=\"shop\""), "{text}");
        }
    }

    #[test]
    fn a_workload_is_put_in_place_of_each_pod() {
        let text = by_workload("sum(OF(rate(a[2m]))) / sum(OF(b))");
        assert_eq!(text.matches("label_replace(label_replace(").count(), 2);
        assert!(text.starts_with("sum(label_replace(label_replace(rate(a[2m]), "), "{text}");
    }

    #[test]
    fn a_gap_is_no_point() {
        let answer = json!({ "status": "success", "data": { "resultType": "matrix", "result": [
            { "metric": { "workload": "web" }, "values": [[1795000000, "0.5"], [1795000030.5, "NaN"], [1795000060, "+Inf"]] },
            { "metric": {}, "values": [[1795000000, "1"]] } ] } });
        let series = read(&answer, "cpu", "workload").unwrap();
        assert_eq!(series.len(), 1);
        assert_eq!(series[0].points, [(Time::from_second(1_795_000_000).unwrap(), 0.5)]);
        assert_eq!(
            read(
                &json!({ "status": "success", "data": { "resultType": "vector", "result": [] } }),
                "cpu",
                "workload"
            ),
            None
        );
    }
}
