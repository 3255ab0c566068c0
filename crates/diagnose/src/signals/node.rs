//! Signals of nodes.

use evidence::{Inquiry, Object, Pending, Question, Reply};

use super::{Sample, Samples::Asking, Samples::Own, conditions, holds, signals};

signals! {
    "kube_node_spec_unschedulable" [Node] []
        Own(|node, _| holds(node.bool("/spec/unschedulable") == Some(true))),
        "The node is cordoned. Reads `spec.unschedulable`.";
    "kube_node_status_condition" [Node] ["condition" "status" "reason"]
        Own(|node, _| conditions(node)),
        "A condition of a node, such as `Ready` with the status `Unknown`. Reads `status.conditions`.";
    "node_not_ready" [Node] []
        Own(|node, _| holds(conditions(node).iter().any(|one| one[0] == "Ready" && one[1] != "True"))),
        "The node is not ready, or nobody has heard of it. Reads the condition `Ready`: `False` or `Unknown`.";
    "node_service_down" [Node] ["service" "state"]
        Asking(services_down),
        "A service of the node's service manager does not run. Holds only where a source tells the services of nodes; no API server does.";
    "node_under_pressure" [Node] ["condition"]
        Own(|node, _| pressed(node)),
        "The node is short of memory, disk or process ids. Reads the conditions `MemoryPressure`, `DiskPressure` and `PIDPressure`.";
}

fn pressed(node: &Object) -> Vec<Sample> {
    let all = conditions(node).into_iter();
    let pressed = all.filter(|one| one[0].ends_with("Pressure") && one[1] == "True");
    pressed.map(|one| vec![one[0].clone()]).collect()
}

fn services_down(node: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let question = Question::NodeServices { node: node.reference().name.clone() };
    let Reply::NodeServices(services) = inquiry.ask(&question)? else {
        return Ok(Vec::new());
    };
    let down = services.iter().filter(|one| !matches!(&*one.state, "active" | "reloading"));
    Ok(down.map(|one| vec![one.name.clone(), one.state.clone()]).collect())
}
