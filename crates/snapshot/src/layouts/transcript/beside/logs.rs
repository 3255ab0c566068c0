//! Logs: of workloads in `logs/<workload>[.<container>][.previous].log`, of their errors in
//! `error-logs/<workload>.json`, and those that were typed for.
//!
//! A log of a workload is taken for that of each pod that it controls: which of them wrote it is
//! not told.

use evidence::{Kind, Log, Object, ObjectRef, Question, Reply};

use crate::intake::Intake;
use crate::layouts::transcript::command::Command;
use crate::logs::{LogForm, LogKey, LogPlace};
use crate::refusal::Refusal;
use crate::tree::Branch;

/// Finds the logs of the folder's workloads.
pub(in crate::layouts::transcript) fn logs(
    branch: &Branch<'_>,
    namespace: &str,
    intake: &mut Intake,
) {
    let of_namespace = |pod: &&Object| pod.reference().namespace.as_deref() == Some(namespace);
    let mut found = Vec::new();
    for pod in intake.objects(Kind::Pod).filter(of_namespace) {
        let workloads = workloads(pod);
        let default = default_container(pod).unwrap_or_default();
        for container in containers(pod) {
            for previous in [false, true] {
                let Some((path, form)) = file(branch, &workloads, container, default, previous)
                else {
                    continue;
                };
                let container = Some(container.to_owned());
                let key = LogKey { pod: pod.reference().clone(), container, previous };
                found.push((key, LogPlace { path: branch.full(&path), form }));
            }
        }
    }
    intake.logs.extend(found);
}

/// The names that a pod's workload may have: that of its owner, without the hash of a replica set,
/// and its own.
fn workloads(pod: &Object) -> Vec<String> {
    let mut names = vec![pod.workload().name];
    names.extend(pod.controller().map(|owner| owner.name));
    names.push(pod.reference().name.clone());
    names
}

fn containers(pod: &Object) -> impl Iterator<Item = &str> {
    ["/spec/containers", "/spec/initContainers"]
        .into_iter()
        .flat_map(|list| pod.items(list))
        .filter_map(|container| container.get("name")?.as_str())
}

/// The container that `kubectl logs` takes when none is named.
fn default_container(pod: &Object) -> Option<&str> {
    let named = pod.annotation("kubectl.kubernetes.io/default-container");
    named
        .filter(|named| containers(pod).any(|name| name == *named))
        .or_else(|| containers(pod).next())
}

/// The file that holds a container's log. The log without a container's name is the default
/// container's.
fn file(
    branch: &Branch<'_>,
    workloads: &[String],
    container: &str,
    default: &str,
    previous: bool,
) -> Option<(String, LogForm)> {
    let ending = if previous { ".previous.log" } else { ".log" };
    workloads.iter().find_map(|workload| {
        let own = format!("logs/{workload}.{container}{ending}");
        if branch.has(&own) {
            return Some((own, LogForm::Plain));
        }
        if container != default {
            return None;
        }
        let plain = format!("logs/{workload}{ending}");
        if branch.has(&plain) {
            return Some((plain, LogForm::Plain));
        }
        let mined = format!("error-logs/{workload}.json");
        (!previous && branch.has(&mined)).then_some((mined, LogForm::Patterns))
    })
}

/// A log that was typed for.
pub(in crate::layouts::transcript) struct TypedLog {
    pod: ObjectRef,
    container: Option<String>,
    previous: bool,
    /// Whether it may begin later than the container's.
    cut: bool,
    text: String,
}

impl TypedLog {
    /// The log that a command printed; `None` where it is not of one pod.
    pub(in crate::layouts::transcript) fn of(
        command: &Command,
        namespace: Option<&str>,
        lines: &[&str],
    ) -> Option<TypedLog> {
        let Some((Some(Kind::Pod), pod)) = command.names.first() else { return None };
        Some(TypedLog {
            pod: ObjectRef::new(Kind::Pod, Some(namespace.unwrap_or("default")), pod),
            container: command.container.clone(),
            previous: command.previous,
            cut: command.filtered || command.tail.is_some_and(|most| lines.len() >= most),
            text: lines.join("\n"),
        })
    }

    /// The container that was named, where the log is of this pod.
    pub(in crate::layouts::transcript) fn container_of(&self, pod: &ObjectRef) -> Option<&str> {
        self.container.as_deref().filter(|_| self.pod == *pod)
    }

    /// Lets it in. Of which container it is, where none was named, the pod tells.
    pub(in crate::layouts::transcript) fn admit(self, intake: &mut Intake) {
        let of_pod = intake.objects(Kind::Pod).find(|pod| *pod.reference() == self.pod);
        let default = of_pod.and_then(default_container).map(str::to_owned);
        let Some(container) = self.container.or(default) else { return };
        let question = Question::Log { pod: self.pod, container, previous: self.previous };
        let reply = match Refusal::of_text(&self.text) {
            Some(refusal) => refusal.reply(&question),
            None => {
                let mut log = Log::admit(&self.text);
                log.cut |= self.cut;
                Reply::Log(log.into())
            }
        };
        intake.answer(question, reply);
    }
}
