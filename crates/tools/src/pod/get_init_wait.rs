//! What a pod's containers wait for before they may start: the init container that runs, what its
//! command and its log ask for, and how that fits the services and pods of the namespace.
//!
//! Reads the pod, the log of the container, the services and pods of the namespace and, where a
//! service leads to no pod, the workloads. A host counts as a service of the namespace by its form
//! (`db`, `db.shop`, `db.shop.svc.cluster.local`); another host is not looked at.
//!
//! ## Absence
//!
//! `container` is null when no init container runs. The whole result is unknown when the pod was not
//! seen. Without the log only the command tells what is waited for, and `awaited` is incomplete.
//! `exists` and the numbers of pods are unknown where their lists were not seen.
//!
//! ## Example
//!
//! ```text
//! init = get_init_wait("<pod>", "<namespace>")
//! - When `init.awaited.exists(a, a.exists == false && a.unresolved)` → **awaited-service-missing**
//! ```
//!
//! ```json
//! { "container": "wait-for-db", "sort": "init", "running_seconds": 900, "awaited": [
//!     { "host": "ledger-db", "port": 5432, "logged": true, "unresolved": false, "exists": true,
//!       "pods": 1, "ready_pods": 0, "workload": "StatefulSet shop/ledger-db" } ] }
//! ```

use std::sync::Arc;

use evidence::{
    Fact, Inquiry, Kind, Known, Listing, Object, ObjectRef, Partial, Pending, Question, Reply,
    Source, Unseen, Value,
};

use crate::application::addresses;
use crate::pod::awaited::{self, Named};
use crate::pod::container::{self, PodContainer, Sort};
use crate::service::service_pods;
use crate::sight::{self, Sight};
use crate::tool::{NAMESPACE, POD, access};
use crate::{Arguments, Tool, field};

evidence::facts! {
    /// The init container that the rest of a pod waits for.
    pub struct InitWait {
        /// Whether the pod exists.
        pub exists: bool,
        /// The container that runs or, as a sidecar, has not started; null when there is none.
        pub container: Option<String>,
        /// `init` or `sidecar`.
        pub sort: Option<&'static str>,
        /// For how long it has run, in seconds.
        pub running_seconds: Option<i64>,
        /// The last line of its log that is not blank.
        pub last: Known<Option<String>>,
        /// What it waits for, as far as its log and command name hosts of services.
        pub awaited: Partial<Awaited>,
    }

    /// A host that a container waits for.
    pub struct Awaited {
        /// The host as it is written.
        pub host: String,
        /// The port, where one is given.
        pub port: Option<i64>,
        /// Whether the log names it; else only the command does.
        pub logged: bool,
        /// Whether the log says that there is no such name.
        pub unresolved: bool,
        /// The service of that name, whether or not it exists.
        pub r#ref: ObjectRef,
        /// Its name.
        pub service: String,
        /// Whether it exists.
        pub exists: Known<bool>,
        /// Whether it has that port; null where no port is given, or where every port is passed on.
        pub has_port: Option<bool>,
        /// The ports that it has.
        pub ports: Vec<i64>,
        /// Whether it finds its pods by labels.
        pub selects: bool,
        /// How many pods it selects.
        pub pods: Known<i64>,
        /// How many of them are ready.
        pub ready_pods: Known<i64>,
        /// The pods of which a container ends again and again.
        pub crashing: Vec<ObjectRef>,
        /// The pods that were given no node.
        pub unscheduled: Vec<ObjectRef>,
        /// The workload of its pods, or whose pods it would select; for a service that does not
        /// exist, the workload of that name.
        pub workload: Known<Option<ObjectRef>>,
        /// How many pods that workload wants.
        pub workload_replicas: Option<i64>,
    }
}

/// The tool's declaration.
pub static TOOL: Tool = Tool {
    name: "get_init_wait",
    parameters: &[POD, NAMESPACE],
    facts: InitWait::SHAPE,
    permissions: &[
        access("get", "", "pods", "nothing is known"),
        access("get", "", "pods/log", "only the command tells what is waited for"),
        access("list", "", "services", "it is not known whether what is waited for exists"),
        access("list", "", "pods", "it is not known whether what is waited for is ready"),
        access("list", "apps", "deployments", "it is not known who should serve"),
        access("list", "apps", "statefulsets", "it is not known who should serve"),
        access("list", "apps", "daemonsets", "it is not known who should serve"),
    ],
    page: include_str!("get_init_wait.rs"),
    run,
};

/// The most hosts that are looked at.
const MOST: usize = 4;

fn run(arguments: &Arguments, inquiry: &Inquiry) -> Result<Value, Pending> {
    let (name, namespace) = (arguments.required("pod"), arguments.required("namespace"));
    let pod = match Sight::of(inquiry, Kind::Pod, namespace, name)? {
        Sight::Seen(pod) => pod,
        Sight::Unseen(unseen) => return Ok(Value::Unknown(unseen)),
        Sight::Absent(pod) => return Ok(none(false, Source::absence(pod)).into_value()),
    };
    let all = container::of(&pod);
    let Some(own) = all.iter().find(|one| is_waited_for(one)) else {
        return Ok(none(true, Source::field(&pod, "status.initContainerStatuses")).into_value());
    };
    let log = Question::Log {
        pod: pod.reference().clone(),
        container: own.name.to_owned(),
        previous: false,
    };
    let lists = [Kind::Service, Kind::Pod].map(|kind| Question::list(kind, Some(namespace)));
    let asked = [std::slice::from_ref(&log), &lists[..]].concat();
    let mut replies = inquiry.ask_all(&asked)?.into_iter();
    let mut next = || replies.next().unwrap_or(Reply::Absent);
    let (lines, unheard) = match next() {
        Reply::Log(log) => (log.lines.clone(), None),
        Reply::Absent => (Vec::new(), None),
        Reply::Unseen(unseen) => (Vec::new(), Some(unseen)),
        _ => (Vec::new(), Some(sight::misfit(&log))),
    };
    let services = sight::listing(next(), &lists[0]);
    let pods = sight::listing(next(), &lists[1]);
    let around = Around { namespace, services, pods, inquiry };
    let names: Vec<&str> =
        around.services.0.items.iter().map(|one| one.reference().name.as_str()).collect();
    let logged = awaited::in_log(&lines, &names);
    let hosts = awaited::together(logged, awaited::in_command(own.spec, namespace));
    let source = |named: &Named| match &named.line {
        Some(line) => Source::log(pod.reference().clone(), own.name, false).quoting(line.as_str()),
        None => Source::field(&pod, format!("{}.command", own.spec_path)),
    };
    let facts: Vec<_> = hosts
        .iter()
        .filter_map(|named| Some((named, addresses::service_name(&named.host, namespace)?)))
        .take(MOST)
        .map(|(named, service)| around.describe(named, service, source(named)))
        .collect();
    let facts: Vec<Awaited> = facts.into_iter().collect::<Result<_, _>>()?;
    let started = field::time(own.status, "/state/running/startedAt");
    let last = lines.iter().rev().find(|line| !line.trim().is_empty()).cloned();
    Ok(InitWait {
        exists: true,
        container: Some(own.name.to_owned()),
        sort: Some(own.sort.word()),
        running_seconds: started.map(|time| inquiry.now().duration_since(time).as_secs()),
        last: match (last, &unheard) {
            (None, Some(unseen)) => Known::Unknown(unseen.clone()),
            (last, _) => Known::Seen(last),
        },
        awaited: Partial { items: facts, missing: unheard },
        source: Some(Source::field(&pod, own.status_path.clone())),
    }
    .into_value())
}

/// Whether the containers after it wait for it: an init container until it has ended, a sidecar until
/// it has started.
fn is_waited_for(container: &PodContainer) -> bool {
    let started = field::truth(container.status, "/started") == Some(true);
    container.state() == "running"
        && (container.sort == Sort::Init || (container.sort == Sort::Sidecar && !started))
}

fn none(exists: bool, source: Source) -> InitWait {
    InitWait {
        exists,
        container: None,
        sort: None,
        running_seconds: None,
        last: Known::Seen(None),
        awaited: Partial { items: Vec::new(), missing: None },
        source: Some(source),
    }
}

type Listed = (Arc<Listing>, Option<Unseen>);

/// What stands around the pod in its namespace.
struct Around<'a> {
    namespace: &'a str,
    services: Listed,
    pods: Listed,
    inquiry: &'a Inquiry<'a>,
}

impl Around<'_> {
    fn describe(&self, named: &Named, name: &str, source: Source) -> Result<Awaited, Pending> {
        let service = self.services.0.items.iter().find(|one| one.reference().name == name);
        let own: Vec<&Arc<Object>> = service.map_or_else(Vec::new, |service| {
            let all = self.pods.0.items.iter();
            all.filter(|pod| service_pods::selects(service, pod)).collect()
        });
        let ready = own.iter().filter(|pod| service_pods::is_ready(pod)).count();
        let refs = |is: fn(&Object) -> bool| {
            let own = own.iter().filter(|pod| !service_pods::is_ready(pod) && is(pod));
            own.map(|pod| pod.reference().clone()).collect()
        };
        let (workload, replicas) = match own.first() {
            Some(pod) => (Known::Seen(Some(pod.workload())), None),
            None => self.workload(service.map(|one| &**one), name)?,
        };
        let ports: Vec<i64> = service.map_or_else(Vec::new, |service| {
            let ports = service.items("/spec/ports").iter();
            ports.filter_map(|port| field::int(port, "/port")).collect()
        });
        let passes = service.is_some_and(|one| one.text("/spec/clusterIP") == Some("None"));
        let port = named.port.map(i64::from);
        Ok(Awaited {
            host: named.host.clone(),
            logged: named.logged,
            unresolved: named.unresolved,
            r#ref: ObjectRef::new(Kind::Service, Some(self.namespace), name),
            service: name.to_owned(),
            exists: known(service.is_some(), service.is_some(), self.services.1.as_ref()),
            has_port: port
                .filter(|_| !passes && !ports.is_empty())
                .map(|port| ports.contains(&port)),
            port,
            ports,
            selects: service.is_some_and(|one| service_pods::finds_pods(one)),
            pods: known(count(own.len()), false, self.pods.1.as_ref()),
            ready_pods: known(count(ready), false, self.pods.1.as_ref()),
            crashing: refs(is_crashing),
            unscheduled: refs(|pod| pod.text("/spec/nodeName").is_none_or(str::is_empty)),
            workload,
            workload_replicas: replicas,
            source: Some(source),
        })
    }

    /// The workload that should serve, with the pods that it wants.
    fn workload(
        &self,
        service: Option<&Object>,
        name: &str,
    ) -> Result<(Known<Option<ObjectRef>>, Option<i64>), Pending> {
        let questions =
            service_pods::BACKENDS.map(|kind| Question::list(kind, Some(self.namespace)));
        let replies = self.inquiry.ask_all(&questions)?;
        let wanted = service.map(service_pods::selector).unwrap_or_default();
        let mut missing = None;
        for (reply, question) in replies.into_iter().zip(&questions) {
            let (listing, unseen) = sight::listing(reply, question);
            let serves = |one: &&Arc<Object>| match service {
                Some(_) => service_pods::matches(&wanted, one, "/spec/template/metadata/labels"),
                None => one.reference().name == name,
            };
            if let Some(found) = listing.items.iter().find(serves) {
                let replicas = match found.reference().kind {
                    Kind::DaemonSet => found.int("/status/desiredNumberScheduled"),
                    _ => Some(found.int("/spec/replicas").unwrap_or(1)),
                };
                return Ok((Known::Seen(Some(found.reference().clone())), replicas));
            }
            missing = missing.or(unseen);
        }
        Ok((missing.map_or(Known::Seen(None), Known::Unknown), None))
    }
}

fn known<T>(value: T, proven: bool, missing: Option<&Unseen>) -> Known<T> {
    match missing {
        Some(unseen) if !proven => Known::Unknown(unseen.clone()),
        _ => Known::Seen(value),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whether a container of a pod ends again and again, seen between two attempts.
fn is_crashing(pod: &Object) -> bool {
    container::of(pod).iter().any(|one| {
        one.waiting_reason() == Some("CrashLoopBackOff")
            || (one.state() == "terminated"
                && field::int(one.status, "/state/terminated/exitCode").is_some_and(|c| c != 0))
    })
}
