//! Signals of services, of who calls them and of what routes to them.

use evidence::{Inquiry, Kind, Listing, Object, Pending, Question, Reply, Value};
use tools::network::{self, Fit, Standing};

use super::{
    Sample,
    Samples::{Asking, Failing},
    holds, listed, pod_events, signals,
};

signals! {
    "cluster_dns_not_ready" [Service] []
        Asking(dns_not_ready),
        "The service of the cluster's DNS, which has the label `k8s-app: kube-dns`, has no pod that is ready. Reads the complete list of pods in its namespace.";
    "database_state_logged" [Pod] []
        Failing(state_logged),
        "The database of the pod turns it away: what a store of logs found in the present log of the pod or its workload says that no connection is left or that the database takes no writes. Reads what the source's store of logs found, where it has one; without one it never holds, and the logs themselves are not read.";
    "database_turns_clients_away" [Pod] []
        Asking(turned_away),
        "The database turns clients away: the pod is one by its image, and a warning event of it of the last hour, such as a failed probe, says that no connection is left or that it takes no writes. Reads the events of its namespace.";
    "http_route_refused" [HTTPRoute] []
        Asking(route_refused),
        "A controller refuses the HTTPRoute as it is now: the condition `Accepted` or `ResolvedRefs` of one of its parents is false. One that says only that a backend was not found counts where a backend that gets requests is no service of the namespace. Reads the HTTPRoute and the services in its namespace.";
    "ingress_certificate_unusable" [Ingress] []
        Asking(certificate_unusable),
        "A certificate of the Ingress cannot be used: a Secret that `spec.tls` names does not exist, or has not both of `tls.crt` and `tls.key`, or all of its hosts are others than those of the rules. Reads the Ingress and these Secrets.";
    "ingress_class_unserved" [Ingress] []
        Asking(class_unserved),
        "The class of the Ingress does not exist: it was made two minutes ago or more and has no address, and the class that it names is not there, or it names none and no class is the default. Reads the Ingress and the complete list of IngressClasses.";
    "name_server_silence_logged" [Pod] []
        Failing(silence_logged),
        "No name server answers the pod: what a store of logs found in the present log of the pod or its workload says that a name could not be asked for, by a time that ran out or a failure of the server. A name that does not exist was answered. Reads what the source's store of logs found, where it has one; without one it never holds, and the logs themselves are not read.";
    "network_policy_keeps_callers_out" [NetworkPolicy] []
        Asking(keeps_callers_out),
        "The policy keeps a workload from a service of its namespace whose address it is given, or from the cluster's DNS, and something shows it: the caller is not ready, the service did not accept a connection, or no workload that is given the address may pass. Reads the complete lists of policies, services and workloads in its namespace.";
    "pod_workload_alerted" [Pod] ["alertname"]
        Failing(alerted),
        "An alert fires about the pod or its workload. It names one of them, or a service of the workload's name. Reads the source's alerts, where it has any.";
    "route_contradicts_its_name" [ConfigMap HTTPRoute Ingress VirtualService] []
        Asking(route_contradicts),
        "A route sends elsewhere than it says: one of an Ingress, an HTTPRoute, a VirtualService, or of a route table in a ConfigMap (Spring Cloud Gateway, nginx), is called after one service and sends to another, or sends to a service or port that does not exist. Reads the object and the complete list of services in its namespace. A table counts only where two of its routes are called after their service; all HTTPRoutes of a namespace are one table, and so are all VirtualServices.";
    "service_is_alias_despite_pods" [Service] []
        Asking(alias_despite_pods),
        "The service is of type `ExternalName`, and has a selector that matches a pod: it is an alias in the DNS, and sends to none. Reads the pods in its namespace.";
    "service_selects_nothing" [Service] []
        Asking(selects_nothing),
        "The service has a selector, and neither a pod nor the pod template of a workload has the labels. Reads the complete lists of pods, Deployments, StatefulSets and DaemonSets in its namespace; a workload that is scaled to zero still has its template.";
    "service_target_port_unknown" [Service] []
        Asking(target_unknown),
        "A port of the service sends to a port that none of its pods declares: the name is not there, the number is not, or it is declared for another protocol. A pod that declares no port at all says nothing. Where a source shows ports without their names, the endpoints tell. Reads the pods and endpoints in its namespace.";
    "service_unreachable" [Service] []
        Failing(unreachable),
        "No connection to the service came about where the source tried, though a pod that it selects is ready or it selects none. Reads the source's own check of connections, where it has one, and the pods.";
    "workload_aliases_service" [Deployment StatefulSet DaemonSet] []
        Asking(aliases_service),
        "The `hostAliases` of the workload give the name of a service of its namespace another address than the service has. Reads the workload and the services in its namespace.";
    "workload_looks_names_up_elsewhere" [Deployment StatefulSet DaemonSet] []
        Asking(looks_elsewhere),
        "The pods of the workload do not ask the cluster's DNS: `dnsPolicy` is `Default` or `None`, or they are on the node's network without `ClusterFirstWithHostNet`, and a variable names a service of the namespace.";
    "workload_names_unknown_address" [Deployment StatefulSet DaemonSet] []
        Asking(names_unknown),
        "A variable of a container names an address that is not there: `host:port`, a URL or a pair of `_HOST` and `_PORT` that looks like a service of its namespace, and there is no such port, or no such service while a workload of that name or a service of nearly that name exists. Reads the workload and the complete lists of services and ConfigMaps in its namespace.";
}

fn list(kind: Kind, object: &Object, inquiry: &Inquiry) -> Result<Option<Listing>, Pending> {
    let question = Question::list(kind, object.reference().namespace.as_deref());
    Ok(match inquiry.ask(&question)? {
        Reply::Objects(listing) => Some(Listing::clone(&listing)),
        _ => None,
    })
}

/// A whole list, or none: what is not in an incomplete one is not known to be absent.
fn whole(kind: Kind, object: &Object, inquiry: &Inquiry) -> Result<Option<Listing>, Pending> {
    Ok(list(kind, object, inquiry)?.filter(|listing| listing.missing.is_none()))
}

fn selects_nothing(service: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !network::finds_pods(service) {
        return Ok(Vec::new());
    }
    let kinds = std::iter::once(Kind::Pod).chain(network::BACKENDS);
    let lists: Vec<_> = kinds.map(|kind| whole(kind, service, inquiry)).collect();
    let lists: Vec<Option<Listing>> = lists.into_iter().collect::<Result<_, _>>()?;
    let Some(lists) = lists.into_iter().collect::<Option<Vec<Listing>>>() else {
        return Ok(Vec::new());
    };
    let unshown =
        lists.iter().flat_map(|list| &list.items).any(|one| !one.is_shown(labels_of(one)));
    if unshown {
        return Ok(Vec::new());
    }
    let wanted = network::selector(service);
    let found = lists
        .iter()
        .flat_map(|list| &list.items)
        .any(|one| network::matches(&wanted, one, labels_of(one)));
    Ok(holds(!found))
}

/// Where the labels of pods stand, on a pod and on a workload that makes such.
fn labels_of(object: &Object) -> &'static str {
    match object.reference().kind {
        Kind::Pod => "/metadata/labels",
        _ => "/spec/template/metadata/labels",
    }
}

fn target_unknown(service: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !network::finds_pods(service) {
        return Ok(Vec::new());
    }
    let endpoints = list(Kind::Endpoints, service, inquiry);
    let pods = list(Kind::Pod, service, inquiry)?;
    let (endpoints, Some(pods)) = (endpoints?.unwrap_or_default(), pods) else {
        return Ok(Vec::new());
    };
    let named = |one: &&std::sync::Arc<Object>| one.reference().name == service.reference().name;
    let endpoints = endpoints.items.iter().find(named).map(|one| &**one);
    let pods: Vec<_> = pods.items.iter().filter(|pod| network::selects(service, pod)).collect();
    let ready = pods.iter().any(|pod| network::is_ready(pod));
    let declared: Vec<_> = pods.iter().map(|pod| network::declared(pod, "/spec")).collect();
    let unfit = |port: &serde_json::Value| {
        let misses = |fit| matches!(fit, Fit::NameMissing | Fit::Undeclared | Fit::OtherProtocol);
        let resolved = network::resolved(port, endpoints, ready);
        !declared.is_empty() && declared.iter().all(|one| misses(network::fit(port, one, resolved)))
    };
    Ok(holds(service.items("/spec/ports").iter().any(unfit)))
}

fn unreachable(service: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let Some(namespace) = service.reference().namespace.clone() else { return Ok(Vec::new()) };
    let reach = inquiry.ask(&Question::Reach { namespace });
    let pods = list(Kind::Pod, service, inquiry)?;
    let Reply::Reach(reach) = reach? else { return Ok(Vec::new()) };
    let own = || reach.iter().filter(|one| network::is_host_of(&one.host, service.reference()));
    let failed = own().next().is_some() && own().all(|one| !one.open);
    let pods = pods.map(|pods| pods.items).unwrap_or_default();
    let mut selected = pods.iter().filter(|pod| network::selects(service, pod)).peekable();
    let ready = selected.peek().is_none() || selected.any(|pod| network::is_ready(pod));
    Ok(holds(failed && ready))
}

fn names_unknown(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !network::may_name_services(workload) {
        return Ok(Vec::new());
    }
    let namespace = workload.reference().namespace.as_deref();
    let around = network::Neighbours::of(namespace, inquiry)?;
    if around.missing.is_some() {
        return Ok(Vec::new());
    }
    let wrong = |address: &network::Address| match network::judge(
        address,
        workload,
        &around.services,
        &around.workloads,
    ) {
        Standing::NoPort(_) => true,
        Standing::NoService { meant, workload } => meant.is_some() || workload.is_some(),
        Standing::Elsewhere | Standing::Served(_) => false,
    };
    Ok(holds(network::addresses(workload, &around.configs).iter().any(wrong)))
}

fn aliases_service(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if workload.items("/spec/template/spec/hostAliases").is_empty() {
        return Ok(Vec::new());
    }
    let services = list(Kind::Service, workload, inquiry)?.unwrap_or_default();
    Ok(holds(!network::aliases(workload, &services.items).is_empty()))
}

fn alias_despite_pods(service: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if service.text("/spec/type") != Some("ExternalName") {
        return Ok(Vec::new());
    }
    let pods = list(Kind::Pod, service, inquiry)?.unwrap_or_default();
    Ok(holds(pods.items.iter().any(|pod| network::names(service, pod))))
}

fn looks_elsewhere(workload: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let elsewhere = network::looks_elsewhere(workload);
    let policy = "/spec/template/spec/dnsPolicy";
    let mut containers = workload.items("/spec/template/spec/containers").iter();
    let told = |one: &serde_json::Value| one.get("env").or(one.get("envFrom")).is_some();
    if !elsewhere && (workload.is_shown(policy) || !containers.any(told)) {
        return Ok(Vec::new());
    }
    let around = network::Neighbours::of(workload.reference().namespace.as_deref(), inquiry)?;
    let own = |address: &network::Address| {
        let standing = network::judge(address, workload, &around.services, &around.workloads);
        matches!(standing, Standing::Served(_))
    };
    let named = network::addresses(workload, &around.configs).iter().any(own);
    Ok(holds(named && inquiry.shows(workload, policy) && elsewhere))
}

fn dns_not_ready(service: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if service.label("k8s-app") != Some("kube-dns") || !network::finds_pods(service) {
        return Ok(Vec::new());
    }
    let Some(pods) = whole(Kind::Pod, service, inquiry)? else { return Ok(Vec::new()) };
    if network::labels_unshown(&pods.items, "/metadata/labels").is_some() {
        return Ok(Vec::new());
    }
    let mut own = pods.items.iter().filter(|pod| network::selects(service, pod));
    Ok(holds(!own.any(|pod| network::is_ready(pod))))
}

fn turned_away(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if network::database_engine(pod).is_none() {
        return Ok(Vec::new());
    }
    let events = pod_events::events(pod, inquiry)?;
    let now = inquiry.now().as_second();
    let mut told = events.items.iter().filter_map(|one| one.event());
    Ok(holds(told.any(|event| {
        event.kind == "Warning"
            && turns_away(&event.message)
            && event.last_seen.is_none_or(|seen| now - seen.as_second() < 3600)
    })))
}

fn state_logged(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    logged(pod, inquiry, turns_away)
}

fn silence_logged(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    logged(pod, inquiry, |line| {
        let lookup = line.contains("lookup ") && line.contains(":53");
        SILENT.iter().any(|words| line.contains(words))
            || lookup && ["i/o timeout", "connection refused"].iter().any(|end| line.contains(end))
    })
}

/// The words of C libraries, of Node.js and of Go for a name server that gave no answer.
const SILENT: [&str; 3] =
    ["Temporary failure in name resolution", "EAI_AGAIN", "server misbehaving"];

/// Whether what a store of logs found in those of a pod or its workload says so.
fn logged(
    pod: &Object,
    inquiry: &Inquiry,
    says: impl Fn(&str) -> bool,
) -> Result<Vec<Sample>, Pending> {
    let Some(namespace) = pod.reference().namespace.clone() else { return Ok(Vec::new()) };
    let Reply::LoggedErrors(errors) = inquiry.ask(&Question::LoggedErrors { namespace })? else {
        return Ok(Vec::new());
    };
    let mut own = errors.iter().filter(|one| is_about(pod, &one.subject));
    Ok(holds(own.any(|one| one.lines.iter().any(|line| says(line)))))
}

/// Whether a name is that of a pod or of its workload.
fn is_about(pod: &Object, subject: &str) -> bool {
    subject == pod.workload().name || subject == pod.reference().name
}

fn turns_away(message: &str) -> bool {
    TURNED_AWAY.iter().any(|words| message.contains(words))
}

/// The words with which MySQL, PostgreSQL, Redis and MongoDB turn a client or a write away.
const TURNED_AWAY: [&str; 7] = [
    "Too many connections",
    "remaining connection slots are reserved",
    "too many clients already",
    "max number of clients reached",
    "--read-only option",
    "--super-read-only option",
    "read-only transaction",
];

fn alerted(pod: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let Some(namespace) = pod.reference().namespace.clone() else { return Ok(Vec::new()) };
    let Reply::Alerts(alerts) = inquiry.ask(&Question::Alerts { namespace })? else {
        return Ok(Vec::new());
    };
    let about = alerts
        .iter()
        .filter(|alert| alert.subject.as_deref().is_some_and(|subject| is_about(pod, subject)));
    Ok(about.map(|alert| vec![alert.name.clone()]).collect())
}

fn keeps_callers_out(policy: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let kept = listed(policy, "get_network_policies", "kept", inquiry)?;
    let Some(kept) = kept.filter(|list| list.missing.is_none()) else { return Ok(Vec::new()) };
    let shows = |one: &Value| {
        let Value::Record(call) = one.bare() else { return false };
        let is = |field: &str, truth: bool| {
            call.get(field).is_some_and(|value| *value.bare() == Value::Bool(truth))
        };
        let of = call.get("policy").map(Value::bare);
        matches!(of, Some(Value::Ref(object)) if **object == *policy.reference())
            && (is("caller_ready", false) || is("open", false) || is("others_pass", false))
    };
    Ok(holds(kept.items.iter().any(shows)))
}

/// How long a controller may take to give an Ingress an address, in seconds.
const ADDRESSING: i64 = 120;

fn class_unserved(ingress: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let door = tools::ingress(ingress, inquiry)?;
    let old = door.age_seconds.is_some_and(|age| age >= ADDRESSING);
    let missing = door.class_exists.seen() == Some(&Some(false));
    let unset = door.class.value.is_none()
        && door.annotated.is_none()
        && door.default_class.seen() == Some(&None);
    Ok(holds(old && !door.addressed.value && (missing || unset)))
}

fn certificate_unusable(ingress: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let door = tools::ingress(ingress, inquiry)?;
    Ok(holds(door.certificates.iter().any(|one| {
        let missing = one.exists.seen() == Some(&false);
        let lacks = one.lacks.seen().is_some_and(|keys| !keys.is_empty());
        missing || lacks || (!one.used && !door.plain_hosts.is_empty())
    })))
}

fn route_refused(route: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    if !inquiry.shows(route, "/status/parents") {
        return Ok(Vec::new());
    }
    let route = tools::http_route(route, inquiry)?;
    let all_found = route.backends_found.seen() == Some(&true);
    let refusals = route.refusals.seen().map(Vec::as_slice).unwrap_or_default();
    Ok(holds(refusals.iter().any(|one| one.reason != "BackendNotFound" || !all_found)))
}

fn route_contradicts(table: &Object, inquiry: &Inquiry) -> Result<Vec<Sample>, Pending> {
    let kind = table.reference().kind;
    let shown = network::place_of_routes(kind).is_none_or(|place| inquiry.shows(table, place));
    if !shown || !network::has_routes(table) {
        return Ok(Vec::new());
    }
    let Some(services) = whole(Kind::Service, table, inquiry)? else { return Ok(Vec::new()) };
    let agreeing = match kind.is_custom() {
        true => together(table, &services, inquiry)?,
        false => network::agreeing_routes([table], &services.items),
    };
    let routes = network::routes_of(table, agreeing, &services.items);
    Ok(holds(routes.iter().any(|route| {
        let missing = route.backend_exists.seen() == Some(&Some(false)) && !route.by_registry;
        let misnamed = route.called_after.is_some() && route.agreeing >= 2;
        misnamed || missing || route.port_served == Some(false)
    })))
}

/// How many routes of the namespace's tables of this kind are called after their service.
fn together(table: &Object, services: &Listing, inquiry: &Inquiry) -> Result<i64, Pending> {
    let (kind, namespace) = (table.reference().kind, table.reference().namespace.as_deref());
    let key = format!("agreeing {kind} {}", namespace.unwrap_or_default());
    let counted = inquiry.once(key, || {
        let tables = list(kind, table, inquiry)?.unwrap_or_default();
        Ok(Value::Int(network::agreeing_routes(
            tables.items.iter().map(|one| &**one),
            &services.items,
        )))
    })?;
    Ok(if let Value::Int(count) = counted { count } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use evidence::{Inquiry, LoggedErrors, Object, Question, Replies, Reply, Time};
    use serde_json::json;

    #[test]
    fn what_a_store_of_logs_found_is_of_the_workload_that_it_names() {
        let told = |signal: &str, subject: &str, line: &str| {
            let pod = Object::admit(json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "ledger-0", "namespace": "shop", "ownerReferences": [
                    { "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "ledger", "uid": "1", "controller": true },
                ] },
            }));
            let errors = LoggedErrors { subject: subject.into(), lines: vec![line.into()] };
            let mut replies = Replies::new(Time::UNIX_EPOCH);
            let question = Question::LoggedErrors { namespace: "shop".into() };
            replies.insert(question, Reply::LoggedErrors(vec![errors].into()));
            let signal = find(signal).unwrap();
            signal.holds(&pod.unwrap(), &[], &Inquiry::new(&replies)).unwrap()
        };
        let holds = |subject: &str, line: &str| told("database_state_logged", subject, line);
        let line = "The MySQL server is running with the --read-only option so it cannot execute this statement";
        assert!(holds("ledger", line) && holds("ledger-0", line));
        assert!(!holds("orders", line), "another workload's");
        assert!(!holds("ledger", "Cannot create a read-only replica"), "other words");
        let silent = |line: &str| told("name_server_silence_logged", "ledger", line);
        assert!(silent("getaddrinfo EAI_AGAIN orders"));
        assert!(silent("dial tcp: lookup orders on 10.96.0.10:53: read udp: i/o timeout"));
        assert!(!silent("dial tcp: lookup orders on 10.96.0.10:53: no such host"), "answered");
        assert!(!silent("dial tcp 10.0.0.7:5353: i/o timeout"), "an address");
    }
}
