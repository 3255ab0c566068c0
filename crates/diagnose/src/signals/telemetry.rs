//! Signals of what time series tell and objects do not.

use evidence::{Inquiry, Object, Pending, Value};

use super::{Sample, Samples::Failing, holds, listed, signals};

signals! {
    "workload_performance_anomalous" [Deployment StatefulSet DaemonSet] []
        Failing(anomalous),
        "The workload is slow or out of CPU by the time series of its namespace, or was not heard of together with its whole node: `anomalous` of the tool `get_performance`. Without series it never holds.";
}

fn anomalous(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let told = listed(workload, "get_performance", "anomalous", inquiry)?;
    let is_own =
        |one: &Value| matches!(one.bare(), Value::Ref(object) if **object == *workload.reference());
    Ok(holds(told.is_some_and(|list| list.items.iter().any(is_own))))
}
