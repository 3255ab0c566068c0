//! Where answers come from: a live cluster or files, asked in the same way.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::{Duration, Instant};

use cluster::{Access, BadSite, Cluster, ConnectError, Grant, Site, Telemetry};
use diagnose::report::Report;
use diagnose::{Investigation, give_up};
use evidence::{Permission, Question, Replies, Reply, Time};
use secrecy::{ExposeSecret, SecretString};
use snapshot::{Options, RecordingKind, Snapshot};

use crate::cli::{ProbeArgs, SourceArgs};
use crate::failure::Failure;
use crate::probing::Prober;
use crate::progress::Progress;

const OUT_OF_TIME: &str = "no answer within the time limit (--timeout)";

/// A source of answers, opened.
pub struct Source {
    kind: Kind,
    /// The namespace that is meant when none is given.
    pub default_namespace: String,
    /// What the reader should know of it.
    pub notes: Vec<String>,
    /// The clock of the run.
    pub now: Time,
    /// What it is, in words, for a recording.
    pub described: String,
    timeout: Duration,
    /// What asks registries; `None` where they are not to be asked.
    prober: Option<Prober>,
    progress: Progress,
    opened: Instant,
}

enum Kind {
    Live {
        cluster: Box<Cluster>,
        runtime: Runtime,
    },
    /// Not freed at the end: the process ends with it, and giving back thousands of objects one by
    /// one takes a good part of a run.
    Files(ManuallyDrop<Box<Snapshot>>),
}

/// What live sources are asked on. At its end it waits for nobody: a name server that does not
/// answer would keep the finished report from its reader.
struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    fn enter(&self) -> Option<tokio::runtime::EnterGuard<'_>> {
        self.0.as_ref().map(tokio::runtime::Runtime::enter)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("the runtime is taken when it is dropped"),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Source {
    /// Opens what the command line names.
    pub fn open(args: &SourceArgs) -> Result<Source, Failure> {
        match &args.from {
            Some(path) => Source::open_files(path, args),
            None => Source::connect(args),
        }
    }

    /// The lexicon, with which an investigation compares messages, is made on a thread meanwhile.
    fn open_files(path: &Path, args: &SourceArgs) -> Result<Source, Failure> {
        std::thread::spawn(lexicon::Lexicon::shipped);
        let options = Options { now: args.now, namespace: args.namespace.clone() };
        let snapshot = Snapshot::open(path, &options)
            .map_err(|error| Failure::could_not_look(error.to_string()))?;
        Ok(Source::of_snapshot(snapshot, args.timeout))
    }

    /// The source that a snapshot is.
    pub fn of_snapshot(snapshot: Snapshot, timeout: Duration) -> Source {
        Source {
            default_namespace: only_namespace(&snapshot).unwrap_or_else(|| "default".to_owned()),
            notes: notes(&snapshot),
            now: snapshot.clock().now,
            described: snapshot.layout().name().to_owned(),
            timeout,
            prober: None,
            progress: Progress::silent(),
            opened: Instant::now(),
            kind: Kind::Files(ManuallyDrop::new(Box::new(snapshot))),
        }
    }

    fn connect(args: &SourceArgs) -> Result<Source, Failure> {
        let alertmanager = site("--alertmanager", args.alertmanager.as_ref())?;
        let prometheus = site("--prometheus", args.prometheus.as_ref())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::could_not_look(format!("no runtime: {error}")))?;
        let runtime = Runtime(Some(runtime));
        let access = Access {
            kubeconfig: args.kubeconfig.clone(),
            context: args.context.clone(),
            impersonate: args.impersonate.clone(),
            impersonate_groups: args.impersonate_groups.clone(),
            timeout: args.timeout,
            ..Access::default()
        };
        let could_not_look = |error: ConnectError| Failure::could_not_look(error.to_string());
        let mut cluster = runtime.block_on(Cluster::connect(&access)).map_err(could_not_look)?;
        let now = args.now.unwrap_or_else(wall_clock);
        if alertmanager.is_some() || prometheus.is_some() {
            let telemetry = Telemetry { alertmanager, prometheus, until: now };
            let _context = runtime.enter();
            cluster.ask_telemetry(telemetry).map_err(could_not_look)?;
        }
        Ok(Source {
            default_namespace: cluster.default_namespace().to_owned(),
            notes: Vec::new(),
            now,
            described: cluster.describe().to_owned(),
            timeout: args.timeout,
            prober: None,
            progress: Progress::new(!args.no_progress),
            opened: Instant::now(),
            kind: Kind::Live { cluster: Box::new(cluster), runtime },
        })
    }

    /// The same source, with which registries are asked too, where that is wanted.
    pub fn probing(mut self, args: &ProbeArgs) -> Result<Source, Failure> {
        self.prober = Prober::of(args)?;
        if let (Kind::Live { cluster, .. }, Some(_)) = (&self.kind, &self.prober) {
            cluster.keep_pull_secrets();
        }
        Ok(self)
    }

    /// Asks round after round until `advance` has no more questions. Ctrl-C and the time limit
    /// end the asking, and what is open then is unreachable: the result is what is known so far.
    pub fn run<T>(
        &self,
        mut advance: impl FnMut(&Replies) -> Result<T, BTreeSet<Question>>,
    ) -> (T, Replies) {
        let mut replies = Replies::new(self.now);
        let mut given_up: Option<&'static str> = None;
        let deadline = Instant::now() + self.timeout;
        loop {
            let open = match advance(&replies) {
                Ok(done) => return (done, replies),
                Err(open) => open,
            };
            match (&self.kind, given_up) {
                (_, Some(why)) => give_up(&mut replies, open, why),
                (Kind::Files(snapshot), None) => {
                    for question in open {
                        let reply = snapshot.answer(&question);
                        replies.insert(question, reply);
                    }
                }
                (Kind::Live { cluster, runtime }, None) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    given_up = runtime.block_on(self.ask(cluster, open, &mut replies, left));
                }
            }
        }
    }

    /// The report of an investigation, and all that was asked for it.
    pub fn investigate(&self, investigation: &Investigation) -> (Report, Replies) {
        let (limited, earliest) = (self.is_limited(), self.is_earliest());
        let investigation = &Investigation { limited, earliest, ..investigation.clone() };
        match &self.kind {
            Kind::Files(snapshot) => investigation.run(self.now, &|one| snapshot.answer(one)),
            Kind::Live { .. } => self.run(|replies| match investigation.advance(replies) {
                diagnose::Progress::Done(report) => Ok(*report),
                diagnose::Progress::Ask(open) => Err(open),
            }),
        }
    }

    /// Whether the clock is only the earliest time that it can have been.
    pub fn is_earliest(&self) -> bool {
        matches!(&self.kind, Kind::Files(snapshot) if snapshot.clock().is_earliest())
    }

    /// Whether requests are counted: of a live source, and of the recording of a run that may have
    /// been one, which has to give the same report again.
    fn is_limited(&self) -> bool {
        match &self.kind {
            Kind::Live { .. } => true,
            Kind::Files(snapshot) => {
                snapshot.meta().is_some_and(|meta| meta.kind == RecordingKind::Recording)
            }
        }
    }

    /// Whether the user has each permission, in the order given. Files do not tell.
    pub fn may(&self, permissions: &[Permission]) -> Vec<Grant> {
        let unknown = |why: &str| Grant::Unknown(why.to_owned());
        let Kind::Live { cluster, runtime } = &self.kind else {
            return vec![unknown("files do not tell"); permissions.len()];
        };
        let mut grants: Vec<Option<Grant>> = vec![None; permissions.len()];
        let cut = runtime.block_on(async {
            let asking = cluster.may_each(permissions, |place, grant| grants[place] = Some(grant));
            tokio::select! {
                () = asking => "not answered",
                () = tokio::time::sleep(self.timeout) => OUT_OF_TIME,
                _ = tokio::signal::ctrl_c() => "interrupted",
            }
        });
        grants.into_iter().map(|grant| grant.unwrap_or_else(|| unknown(cut))).collect()
    }

    /// What the run cost, for a person who watches: `7 requests, 38 ms`. Never part of a report,
    /// which is the same every time.
    pub fn cost(&self) -> Option<String> {
        let Kind::Live { cluster, .. } = &self.kind else { return None };
        let spent = self.opened.elapsed().as_millis();
        self.progress.is_shown().then(|| format!("{} requests, {spent} ms", cluster.requests()))
    }

    /// Asks a round; says why when it was cut short. What was not answered stays open.
    async fn ask(
        &self,
        cluster: &Cluster,
        open: BTreeSet<Question>,
        replies: &mut Replies,
        left: Duration,
    ) -> Option<&'static str> {
        let open = open.into_iter();
        let (registries, mut questions): (Vec<Question>, Vec<Question>) =
            open.partition(|one| self.prober.is_some() && is_of_registry(one));
        for needed in registries.iter().flat_map(Question::requests) {
            if replies.get(&needed).is_none() && !questions.contains(&needed) {
                questions.push(needed);
            }
        }
        let waited: Vec<Question> = questions.iter().chain(&registries).cloned().collect();
        let asking = async {
            let note = |question, reply| replies.insert(question, reply);
            cluster.answer_each(&questions, note).await;
            for question in registries {
                let Some(prober) = &self.prober else { continue };
                let reply = prober.answer(&question, cluster, replies, left).await;
                replies.insert(question, reply);
            }
        };
        let cut = tokio::select! {
            () = asking => None,
            () = tokio::time::sleep(left) => Some(OUT_OF_TIME),
            _ = tokio::signal::ctrl_c() => Some("interrupted"),
            () = self.progress.wait(&waited) => None,
        };
        self.progress.clear();
        cut
    }
}

/// Where an option says that a system is. What was typed may hold a password, and is not repeated.
fn site(option: &str, typed: Option<&SecretString>) -> Result<Option<Site>, Failure> {
    let parse = |typed: &SecretString| typed.expose_secret().parse();
    typed
        .map(parse)
        .transpose()
        .map_err(|error: BadSite| Failure::bad_usage(format!("{option}: {error}")))
}

fn is_of_registry(question: &Question) -> bool {
    matches!(question, Question::Registry { .. })
}

/// The one namespace that the files tell of, where it is only one: a person who captured it
/// should not have to name it again.
fn only_namespace(snapshot: &Snapshot) -> Option<String> {
    let mut namespaces = BTreeSet::new();
    for (question, reply) in snapshot.replies().iter() {
        if let (Question::List { kind: evidence::Kind::Pod, .. }, Reply::Objects(pods)) =
            (question, reply)
        {
            namespaces
                .extend(pods.items.iter().filter_map(|pod| pod.reference().namespace.clone()));
        }
    }
    let first = namespaces.pop_first()?;
    namespaces.is_empty().then_some(first)
}

/// What a reader should know of the files. A recording repeats the notes of the run that it is of.
fn notes(snapshot: &Snapshot) -> Vec<String> {
    let recorded = snapshot.meta().map(|meta| meta.notes.clone()).unwrap_or_default();
    recorded.into_iter().chain(snapshot.notes().iter().map(ToString::to_string)).collect()
}

/// The clock of this machine: the only place where a run reads it.
#[allow(clippy::disallowed_methods)]
fn wall_clock() -> Time {
    Time::now()
}
