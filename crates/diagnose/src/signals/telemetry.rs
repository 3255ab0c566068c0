//! Signals of what time series tell and objects do not.

use evidence::{Inquiry, Object, Pending};

use super::{Sample, Samples::Asking, holds, signals};

signals! {
    "workload_performance_anomalous" [Deployment StatefulSet DaemonSet] []
        Asking(anomalous),
        "The workload is slow, out of CPU, or its figures are missing, by the time series of its namespace: a quantile of its latency lasted at three times what it was, or each request takes more CPU than before and the container is held back, or its requests or its traffic are not measured any more. Reads the time series that the source holds, and the pods; without series it never holds.";
}

fn anomalous(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    Ok(holds(tools::is_anomalous(workload.reference(), inquiry)?))
}
