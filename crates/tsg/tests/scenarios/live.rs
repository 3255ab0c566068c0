//! The same incident from an API server gives the same report as from files, for at most
//! eight requests a pod, none of them a write.

use std::time::Duration;

use apiserver::{ApiServer, Fault, Rule};
use cluster::Cluster;
use diagnose::report::Report;
use diagnose::{Investigation, Progress};
use evidence::{Question, Replies, Reply, UnseenKind};

use crate::incident::{Incident, Run, all};
use crate::investigate_limited;

/// An API server that holds what the incident's files hold.
pub fn server(incident: &Incident) -> ApiServer {
    let snapshot = &incident.files;
    let mut objects = Vec::new();
    let mut version = None;
    let mut seen = std::collections::BTreeSet::new();
    for (_, reply) in snapshot.replies().iter() {
        match reply {
            Reply::Objects(listing) => {
                for object in &listing.items {
                    if seen.insert(object.reference().clone()) {
                        objects.push(object.json().clone());
                    }
                }
            }
            Reply::Object(object) if seen.insert(object.reference().clone()) => {
                objects.push(object.json().clone());
            }
            Reply::Version(server) => version = Some(server.git_version.clone()),
            _ => {}
        }
    }
    let server = ApiServer::new(objects);
    match version {
        Some(version) => server.with_version(&version),
        None => server,
    }
}

async fn investigate_live(incident: &Incident, run: &Run, server: &ApiServer) -> Report {
    ask_live(incident, &incident.limited(run), server).await.0
}

/// Any investigation of the incident's objects, with all that was asked.
pub async fn ask_live(
    incident: &Incident,
    investigation: &Investigation<'_>,
    server: &ApiServer,
) -> (Report, Replies) {
    let cluster =
        Cluster::with_service(server.clone(), &incident.namespace, Duration::from_secs(20));
    let mut replies = Replies::new(incident.now);
    loop {
        match investigation.advance(&replies) {
            Progress::Done(report) => return (*report, replies),
            Progress::Ask(open) => {
                for (question, reply) in cluster.answer_all(open.into_iter().collect()).await {
                    replies.insert(question, reply);
                }
            }
        }
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Whether the files hold everything that the run asks for: only then can a server that holds
/// the same objects be expected to say the same.
fn is_whole(incident: &Incident, run: &Run) -> bool {
    let (_, replies) = investigate_limited(incident, run);
    replies.iter().all(|(question, reply)| match reply {
        // No API server and no scenario tells it: a signal that needs it does not hold for either.
        Reply::Unseen(_) if question.is_told_elsewhere() => true,
        // That nobody asked a registry is said in the same words for both.
        Reply::Unseen(unseen) => {
            matches!(question, Question::Registry { .. }) && unseen.kind != UnseenKind::Denied
        }
        Reply::Registry(_) => false,
        Reply::Objects(listing) => listing.missing.is_none(),
        // A log is not among the objects that the server is given.
        Reply::Log(_) => false,
        _ => !matches!(question, Question::Log { .. }),
    })
}

#[test]
fn live_and_from_files_the_report_is_the_same() {
    let runtime = runtime();
    let mut compared = 0;
    for incident in all() {
        for run in &incident.runs {
            if !is_whole(incident, run) {
                continue;
            }
            let (expected, _) = investigate_limited(incident, run);
            let server = server(incident);
            let report = runtime.block_on(investigate_live(incident, run, &server));
            assert_eq!(report, expected, "{}", incident.name);
            let audit = server.audit();
            assert!(audit.iter().all(|one| one.method == "GET"), "{}: {audit:?}", incident.name);
            if incident.target.starts_with("pod/") {
                assert!(audit.len() <= 8, "{}: {} requests", incident.name, audit.len());
            }
            compared += 1;
        }
    }
    assert!(compared >= 40, "only {compared} runs could be compared");
}

#[test]
fn a_server_that_denies_everything_is_no_all_clear() {
    let runtime = runtime();
    for incident in all() {
        let mut denying = server(incident);
        for verb in ["get", "list"] {
            for kind in evidence::Kind::ALL {
                denying = denying.with_rule(Rule::on(verb, kind.plural()).then(Fault::Forbidden));
            }
        }
        let report = runtime.block_on(investigate_live(incident, &incident.runs[0], &denying));
        assert!(report.diagnoses.is_empty(), "{}", incident.name);
        assert!(
            !report.complete && !report.not_looked.is_empty(),
            "{}: {report:#?}",
            incident.name
        );
    }
}

#[test]
fn without_events_no_cause_is_confirmed_that_the_pod_itself_does_not_tell() {
    let runtime = runtime();
    for incident in all() {
        let denying = server(incident).with_rule(Rule::on("list", "events").then(Fault::Forbidden));
        let run = &incident.runs[0];
        let report = runtime.block_on(investigate_live(incident, run, &denying));
        for diagnosis in &report.diagnoses {
            let from_events =
                diagnosis.evidence.iter().any(|line| line.source.origin == evidence::Origin::Event);
            assert!(!from_events, "{}: {diagnosis:#?}", incident.name);
        }
    }
}
