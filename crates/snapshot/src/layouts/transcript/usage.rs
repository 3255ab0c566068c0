//! The rows of `kubectl top pod`, as objects of the metrics API.
//!
//! Without `--containers` a row tells the sum of a pod: it stands under `tsg.dev/sum`, because
//! the API has no field for it. Columns: `pkg/util/metricsutil/metrics_printer.go` of kubectl,
//! releases 1.24 to 1.37.

use std::collections::BTreeMap;

use evidence::{Kind, ObjectRef};
use serde_json::{Value as Json, json};

use super::table::Columns;

/// What the rows do not show.
pub(super) const UNSHOWN: [&str; 5] =
    ["/metadata", "/timestamp", "/window", "/containers", "/tsg.dev~1sum"];

/// Reads the lines of an output; rows without a namespace are of the one given.
pub(super) fn read(lines: &[&str], scope: Option<&str>) -> Vec<(ObjectRef, Json)> {
    let mut pods: BTreeMap<ObjectRef, Json> = BTreeMap::new();
    let mut columns: Option<Columns<'_>> = None;
    for line in lines {
        if let Some(heading) = Columns::of_heading(line).filter(|one| one.has("CPU(cores)")) {
            columns = Some(heading);
            continue;
        }
        let Some(row) = columns.as_ref().and_then(|columns| columns.row(line)) else { continue };
        let one_container = row.has("POD");
        let (Some(name), Some(cpu), Some(memory)) =
            (row.get("NAME"), row.told("CPU(cores)"), row.told("MEMORY(bytes)"))
        else {
            continue;
        };
        let pod = if one_container { row.get("POD") } else { Some(name) };
        let (Some(pod), Some(namespace)) = (pod, row.get("NAMESPACE").or(scope)) else { continue };
        let usage = json!({ "cpu": cpu, "memory": memory });
        let object = ObjectRef::new(Kind::PodMetrics, Some(namespace), pod);
        let json = pods.entry(object).or_insert_with(|| {
            json!({
                "apiVersion": Kind::PodMetrics.api_version(),
                "kind": Kind::PodMetrics.name(),
                "metadata": { "name": pod, "namespace": namespace },
            })
        });
        if !one_container {
            json["tsg.dev/sum"] = usage;
        } else if let Some(containers) = json.as_object_mut() {
            let containers = containers.entry("containers").or_insert_with(|| json!([]));
            if let Some(containers) = containers.as_array_mut() {
                containers.push(json!({ "name": name, "usage": usage }));
            }
        }
    }
    pods.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, Json)> {
        let lines: Vec<&str> = text.lines().collect();
        let read = read(&lines, Some("shop"));
        read.into_iter().map(|(object, json)| (object.to_string(), json)).collect()
    }

    #[test]
    fn a_row_is_the_sum_of_a_pod_or_a_container_of_it() {
        let sums = "NAME     CPU(cores)   MEMORY(bytes)   \n\
                    web-1    250m         498Mi           \n";
        let read = shown(sums);
        assert_eq!(read[0].0, "PodMetrics shop/web-1");
        assert_eq!(read[0].1["tsg.dev/sum"], json!({ "cpu": "250m", "memory": "498Mi" }));
        let containers = "NAMESPACE   POD     NAME      CPU(cores)   MEMORY(bytes)   \n\
                          ops         web-1   server    240m         490Mi           \n\
                          ops         web-1   sidecar   10m          8Mi             \n";
        let read = shown(containers);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].0, "PodMetrics ops/web-1");
        assert_eq!(read[0].1["containers"][1]["name"], "sidecar");
    }

    #[test]
    fn what_was_not_measured_and_errors_are_no_rows() {
        let text = "error: Metrics API not available\n\
                    NAME     CPU(cores)   MEMORY(bytes)\n\
                    web-1    <unknown>    <unknown>\n";
        assert_eq!(shown(text), []);
    }
}
