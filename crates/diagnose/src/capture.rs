//! What a snapshot of a namespace holds: everything that the tools could ask of it.

use std::collections::BTreeSet;

use evidence::{Inquiry, Kind, Listing, Object, Pending, Question, Replies, Reply};

/// The questions of a snapshot that are still open; none when it is whole.
///
/// The kinds are those that the tools declare, so a new tool's needs are captured without a
/// change here. Logs are taken of containers in trouble and of those that were restarted.
pub fn open_questions(namespace: &str, replies: &Replies) -> BTreeSet<Question> {
    let inquiry = Inquiry::new(replies);
    let mut questions = vec![Question::Version, Question::get(Kind::Namespace, None, namespace)];
    for kind in kinds() {
        let within = kind.namespaced().then_some(namespace);
        questions.push(Question::list(kind, within));
    }
    if let Ok(_lists) = inquiry.ask_all(&questions)
        && let Ok(Reply::Objects(pods)) = inquiry.ask(&Question::list(Kind::Pod, Some(namespace)))
    {
        let _: Result<_, Pending> = inquiry.ask_all(&logs(&pods));
        let _: Result<_, Pending> = inquiry.ask_all(&namesakes(namespace, &pods, &inquiry));
    }
    inquiry.into_open()
}

/// The kinds that tools read, in order.
fn kinds() -> BTreeSet<Kind> {
    let accesses = tools::ALL.iter().flat_map(|tool| tool.permissions);
    let read = accesses.filter_map(|access| {
        let known = Kind::parse(access.resource)?;
        (known.plural() == access.resource && known.group() == access.group).then_some(known)
    });
    let looked_at =
        [Kind::Pod, Kind::Event, Kind::Node].into_iter().chain(crate::suspects::WORKLOADS);
    read.chain(looked_at).collect()
}

fn logs(pods: &Listing) -> Vec<Question> {
    let mut questions = Vec::new();
    for pod in &pods.items {
        // Without a node no container of it ever ran, and there is no log to ask for.
        if pod.text("/spec/nodeName").is_none_or(str::is_empty)
            && pod.text("/status/phase") == Some("Pending")
        {
            continue;
        }
        let troubled = tools::containers_in_trouble(pod);
        let all_are_well = crate::trouble::of(pod, evidence::Time::MAX).is_none();
        for container in
            restarted(pod).into_iter().chain(troubled.into_iter().filter(|_| !all_are_well))
        {
            for previous in [false, true] {
                let pod = pod.reference().clone();
                let question = Question::Log { pod, container: container.clone(), previous };
                if !questions.contains(&question) {
                    questions.push(question);
                }
            }
        }
    }
    questions
}

/// Where else the pull secrets are that pods name and that are not in their namespace.
fn namesakes(namespace: &str, pods: &Listing, inquiry: &Inquiry) -> Vec<Question> {
    let named = pods.items.iter().flat_map(|pod| pod.items("/spec/imagePullSecrets"));
    let names: BTreeSet<&str> = named.filter_map(|one| one.get("name")?.as_str()).collect();
    let absent = |name: &&str| {
        let question = Question::get(Kind::Secret, Some(namespace), name);
        matches!(inquiry.ask(&question), Ok(Reply::Absent))
    };
    let question = |name: &str| Question::Namesakes { kind: Kind::Secret, name: name.to_owned() };
    names.into_iter().filter(absent).map(question).collect()
}

fn restarted(pod: &Object) -> Vec<String> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items(list))
        .filter(|status| status.get("restartCount").and_then(|n| n.as_i64()).unwrap_or(0) > 0)
        .filter_map(|status| Some(status.get("name")?.as_str()?.to_owned()))
        .collect()
}
