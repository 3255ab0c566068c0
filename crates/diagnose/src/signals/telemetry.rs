//! Signals of what time series tell and objects do not.

use evidence::{Inquiry, Object, Pending, Value};
use tools::Arguments;

use super::{Sample, Samples::Asking, holds, signals};
use crate::bindings::answer;

signals! {
    "workload_performance_anomalous" [Deployment StatefulSet DaemonSet] []
        Asking(anomalous),
        "The workload is slow or out of CPU by the time series of its namespace, or was not heard of together with its whole node: `anomalous` of the tool `get_performance`. Without series it never holds.";
}

fn anomalous(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let reference = workload.reference();
    let Some(namespace) = reference.namespace.as_deref() else { return Ok(Vec::new()) };
    let Some(tool) = tools::find("get_performance") else { return Ok(Vec::new()) };
    let Ok(arguments) = Arguments::bind(tool, &[namespace.into()], &[]) else {
        return Ok(Vec::new());
    };
    let Value::Record(told) = answer(tool, &arguments, inquiry)? else { return Ok(Vec::new()) };
    let Some(Value::List(list)) = told.get("anomalous") else { return Ok(Vec::new()) };
    let is_own = |one: &Value| matches!(one.bare(), Value::Ref(object) if **object == *reference);
    Ok(holds(list.items.iter().any(is_own)))
}
