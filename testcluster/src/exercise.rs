//! Makes faults on a cluster, waits until they show, asks `tsg` about them, and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::answer::{Answer, Asked};
use crate::catalogue::{Fault, Run, is_elsewhere};
use crate::cluster::Cluster;
use crate::leak;
use crate::place;
use crate::run::{output, write};
use crate::symptom::Symptom;

/// How often the cluster is looked at while symptoms are awaited. One look serves all faults.
const LOOK: Duration = Duration::from_millis(700);

/// How many faults are made at the same time. With many more, the one kubelet falls behind, and
/// what it is late with looks like a fault that does not show.
const AT_ONCE: usize = 32;

/// Faults that are made on a cluster, and the program that is asked about them.
pub struct Exercise<'a> {
    /// The cluster, which is up.
    pub cluster: &'a Cluster,
    /// The binary of tsg.
    pub tsg: PathBuf,
    /// Told what goes on.
    pub progress: &'a dyn Fn(&str),
    /// Whether the faults stay when they have been asked about.
    pub keep: bool,
    /// Whether a transcript of each fault is asked about too.
    pub transcripts: bool,
}

/// What came of one question about one fault.
#[derive(Debug)]
pub struct Row {
    /// `family/name`.
    pub fault: String,
    /// The guide that was forced; empty for whatever applies.
    pub guide: String,
    /// What had to come out.
    pub expected: String,
    /// What came out.
    pub got: String,
    /// The requests that the API server counted.
    pub requests: usize,
    /// The time of the whole program.
    pub milliseconds: u128,
    /// What was wrong; nothing when all was right.
    pub mistakes: Vec<String>,
}

impl Row {
    /// A question about a fault before it is asked.
    pub(crate) fn of(fault: &Fault, guide: String, run: Option<&Run>) -> Row {
        Row {
            fault: format!("{}/{}", fault.family, fault.name),
            guide,
            expected: run.map(|run| Answer::expected(run).to_string()).unwrap_or_default(),
            got: String::new(),
            requests: 0,
            milliseconds: 0,
            mistakes: Vec::new(),
        }
    }
}

/// What came of it all.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One row for each question.
    pub rows: Vec<Row>,
    /// Secrets' values that were found where they must not be.
    pub leaks: Vec<String>,
    /// How many secrets' values were searched for.
    pub secrets: usize,
}

/// A fault on its way: made, and shown as far as a stage.
struct Underway<'f> {
    fault: &'f Fault,
    stage: usize,
    since: Instant,
}

impl Exercise<'_> {
    /// Makes the faults, many at the same time, and asks about each when it shows. `shown` is
    /// called for each fault that shows, before its namespace is removed.
    ///
    /// # Errors
    /// When the cluster cannot be worked with. What is wrong with an answer stands in its row.
    pub fn run(
        &self,
        faults: &[Fault],
        shown: &dyn Fn(&Exercise, &Fault) -> Result<(), String>,
    ) -> Result<Outcome, String> {
        fs::remove_dir_all(self.folder()).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(format!("{}: {error}", self.folder().display())),
        })?;
        self.make_namespaces(faults)?;
        let mut outcome = Outcome::default();
        let mut secrets = BTreeSet::new();
        let mut waiting = faults.iter();
        let mut underway: Vec<Underway> = Vec::new();
        loop {
            while underway.len() < AT_ONCE
                && let Some(fault) = waiting.next()
            {
                match self.begin(fault, 0) {
                    Ok(()) => underway.push(Underway { fault, stage: 0, since: Instant::now() }),
                    Err(mistake) => outcome.rows.push(self.not_asked(fault, mistake)),
                }
            }
            if underway.is_empty() {
                break;
            }
            let seen = self.look()?;
            let mut still = Vec::new();
            let mut asked = false;
            for mut one in underway {
                let rows = match self.next(&mut one, &seen) {
                    // Asking takes seconds, in which the others change: it is done on a fresh look.
                    Ok(true) if asked => {
                        one.since = Instant::now();
                        still.push(one);
                        continue;
                    }
                    Ok(false) => {
                        still.push(one);
                        continue;
                    }
                    Ok(true) => {
                        asked = true;
                        shown(self, one.fault)?;
                        let runs = one.fault.runs_on(self.cluster.version());
                        let rows = runs.map(|run| self.ask(one.fault, run));
                        let transcript = || self.ask_transcript(one.fault);
                        rows.chain(self.transcripts.then(transcript).flatten()).collect()
                    }
                    Err(mistake) => vec![self.not_asked(one.fault, mistake)],
                };
                outcome.rows.extend(rows);
                let listed =
                    self.kubectl(&["-n", &one.fault.name, "get", "secrets", "-o", "json"])?;
                secrets.extend(leak::values(&listed));
                if !self.keep {
                    self.clean_up(std::slice::from_ref(one.fault))?;
                }
            }
            underway = still;
            if !asked {
                thread::sleep(LOOK);
            }
        }
        outcome.rows.sort_by(|a, b| (&a.fault, &a.guide).cmp(&(&b.fault, &b.guide)));
        leak::prove(&secrets)?;
        outcome.leaks = leak::search(&self.folder(), &secrets)?;
        outcome.secrets = secrets.len();
        Ok(outcome)
    }

    /// Removes the namespaces of faults, and does not wait for their end.
    ///
    /// # Errors
    /// When kubectl fails.
    pub fn clean_up(&self, faults: &[Fault]) -> Result<(), String> {
        let names: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
        let arguments =
            [&["delete", "namespace", "--ignore-not-found", "--wait=false"], names.as_slice()]
                .concat();
        self.kubectl(&arguments)?;
        for fault in faults {
            for command in &fault.afterwards {
                let words: Vec<&str> = command.split_whitespace().collect();
                // What it lets go need not be there yet, or any more.
                let _ = self.kubectl(&[&["-n", &fault.name], words.as_slice()].concat());
            }
        }
        for file in faults.iter().flat_map(Fault::elsewhere) {
            let file = file.display().to_string();
            self.kubectl(&["delete", "-f", &file, "--ignore-not-found", "--wait=false"])?;
        }
        Ok(())
    }

    /// Runs kubectl as the cluster's administrator.
    ///
    /// # Errors
    /// What it wrote on standard error.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        output(self.cluster.command(&self.cluster.program("kubectl")).args(arguments))
    }

    /// Runs `tsg` in the cluster, as the user with the published permissions, and keeps what it
    /// printed under this name.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn tsg(&self, name: &str, arguments: &[String]) -> Result<Asked, String> {
        let before = fs::metadata(self.cluster.audit_log()).map_or(0, |log| log.len());
        let started = Instant::now();
        let printed = self
            .cluster
            .command(&self.tsg)
            .args(arguments)
            .env("KUBECONFIG", self.cluster.user_kubeconfig())
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .output()
            .map_err(|error| format!("{}: {error}", self.tsg.display()))?;
        let milliseconds = started.elapsed().as_millis();
        write(&self.folder().join(format!("{name}.stdout")), &printed.stdout)?;
        write(&self.folder().join(format!("{name}.stderr")), &printed.stderr)?;
        Ok(Asked {
            exit: printed.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&printed.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&printed.stderr).into_owned(),
            requests: self.audited(before)?,
            milliseconds,
        })
    }

    /// Where what was printed and recorded is kept.
    pub fn folder(&self) -> PathBuf {
        place::records(self.cluster.version()).join("answers")
    }

    fn make_namespaces(&self, faults: &[Fault]) -> Result<(), String> {
        self.clean_up(faults)?;
        let names: Vec<String> =
            faults.iter().map(|fault| format!("namespace/{}", fault.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.kubectl(&[&["wait", "--for=delete", "--timeout=120s"], names.as_slice()].concat())?;
        let items: Vec<Json> = faults
            .iter()
            .map(|fault| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": fault.name } }))
            .collect();
        let file = self.folder().join("namespaces.json");
        write(&file, json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())?;
        self.kubectl(&["create", "-f", &file.display().to_string()])?;
        // A pod is refused until its namespace has a service account.
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let accounts = self.kubectl(&[
                "get",
                "serviceaccounts",
                "-A",
                "-o",
                "name",
                "--no-headers",
                "--field-selector=metadata.name=default",
                "-o",
                "custom-columns=N:.metadata.namespace",
            ])?;
            let there = |fault: &Fault| accounts.lines().any(|line| line.trim() == fault.name);
            if faults.iter().all(there) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("the new namespaces got no service accounts within 60 s".to_owned());
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Does what a stage of a fault does.
    fn begin(&self, fault: &Fault, stage: usize) -> Result<(), String> {
        let stage = &fault.stages[stage];
        let files = fault.manifests(stage);
        // What stands in another namespace says so itself.
        let (elsewhere, own): (Vec<PathBuf>, Vec<PathBuf>) =
            files.into_iter().partition(|file| is_elsewhere(file));
        for (files, place) in [(elsewhere, vec![]), (own, vec!["-n", fault.name.as_str()])] {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let named = files.iter().flat_map(|file| ["-f", file.as_str()]);
            let arguments: Vec<&str> = place.into_iter().chain(["apply"]).chain(named).collect();
            if !files.is_empty() {
                self.kubectl(&arguments)?;
            }
        }
        for command in &stage.kubectl {
            let words: Vec<&str> = command.split_whitespace().collect();
            self.kubectl(&[&["-n", &fault.name], words.as_slice()].concat())?;
        }
        Ok(())
    }

    /// Whether a fault shows in its last stage; the next one is begun where it shows in another.
    fn next(&self, one: &mut Underway, seen: &Seen) -> Result<bool, String> {
        let until = &one.fault.stages[one.stage].until;
        let of = |kept| seen.of(kept, &one.fault.name);
        let shows = until
            .shows(&of(&seen.pods), &of(&seen.events), seen.at)
            .and_then(|()| self.objects_show(one.fault, until, seen.at));
        match shows {
            Ok(()) if one.stage + 1 == one.fault.stages.len() => Ok(true),
            Ok(()) => {
                one.stage += 1;
                one.since = Instant::now();
                self.begin(one.fault, one.stage).map(|()| false)
            }
            Err(missing) if one.since.elapsed() > until.within() => {
                Err(format!("not shown within {} s: {missing}", until.within().as_secs()))
            }
            Err(_) => Ok(false),
        }
    }

    /// Whether single objects show what a symptom wants of them.
    fn objects_show(&self, fault: &Fault, until: &Symptom, now: Timestamp) -> Result<(), String> {
        for awaited in until.objects() {
            let text = self.kubectl(&["-n", &fault.name, "get", awaited.object, "-o", "json"])?;
            let object: Json = serde_json::from_str(&text)
                .map_err(|error| format!("kubectl get {}: {error}", awaited.object))?;
            if !awaited.shows(&object, now) {
                return Err(awaited.to_string());
            }
        }
        Ok(())
    }

    fn look(&self) -> Result<Seen, String> {
        let text = self.kubectl(&["get", "pods,events", "-A", "-o", "json"])?;
        let mut list: Json =
            serde_json::from_str(&text).map_err(|error| format!("kubectl get: {error}"))?;
        let mut seen = Seen { at: now(), pods: BTreeMap::new(), events: BTreeMap::new() };
        for item in list["items"].as_array_mut().map(std::mem::take).unwrap_or_default() {
            let namespace = item["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
            let kept = if item["kind"] == "Pod" { &mut seen.pods } else { &mut seen.events };
            kept.entry(namespace).or_default().push(item);
        }
        Ok(seen)
    }

    fn ask(&self, fault: &Fault, run: &Run) -> Row {
        let guide = run.guide.clone().unwrap_or_default();
        let probed = if run.probe { " --probe" } else { "" };
        (self.progress)(&format!("{}/{} {guide}{probed}", fault.family, fault.name));
        let guide = format!("{guide}{probed}{}", if run.triage { "triage" } else { "" });
        let mut row = Row::of(fault, guide, Some(run));
        if let Err(mistake) = self.compare(fault, run, &mut row) {
            row.mistakes.push(mistake);
        }
        row
    }

    fn compare(&self, fault: &Fault, run: &Run, row: &mut Row) -> Result<(), String> {
        let name = format!(
            "{}.{}{}",
            fault.name,
            row.guide.replace(' ', ""),
            if row.guide.is_empty() { "any" } else { "" }
        );
        let recording = self.folder().join(format!("{name}.tar.zst"));
        let command = if run.triage { "triage" } else { "diagnose" };
        let mut question: Vec<String> = vec![command.into()];
        let target = (!run.triage && !fault.target.is_empty()).then(|| fault.target.clone());
        question.extend(target);
        question.extend([
            "-n".into(),
            fault.name.clone(),
            "--no-progress".into(),
            "--color=never".into(),
        ]);
        question.extend(run.guide.iter().flat_map(|guide| ["--guide".to_owned(), guide.clone()]));
        let with = |more: &[&str]| {
            let more = more.iter().map(|word| (*word).to_owned());
            question.iter().cloned().chain(more).collect::<Vec<String>>()
        };
        let path = recording.display().to_string();
        let authority = self.cluster.authority().display().to_string();
        let mut live = with(&["-o", "json", "--record", &path]);
        if run.probe {
            live.extend(["--probe".to_owned(), "--probe-ca".to_owned(), authority]);
        }
        let asked = self.tsg(&name, &live)?;
        row.requests = asked.requests.len();
        row.milliseconds = asked.milliseconds;
        let answer = Answer::of(&asked)?;
        row.got = answer.to_string();
        row.mistakes.extend(answer.mistakes(run));
        row.mistakes
            .extend(asked.request_mistakes(!run.triage && fault.target.starts_with("pod/")));
        let replayed =
            self.tsg(&format!("{name}.replayed"), &with(&["-o", "json", "--from", &path]))?;
        if replayed.stdout != asked.stdout || replayed.exit != asked.exit {
            row.mistakes.push(format!("its recording gives another report: {path}"));
        }
        if !replayed.requests.is_empty() {
            row.mistakes.push("the run from the recording asked the cluster".to_owned());
        }
        let text = self.tsg(&format!("{name}.text"), &with(&["--from", &path]))?.stdout;
        let unsaid = run.says.iter().filter(|says| !text.contains(says.as_str()));
        row.mistakes.extend(unsaid.map(|says| format!("it does not say “{says}”")));
        Ok(())
    }

    fn not_asked(&self, fault: &Fault, mistake: String) -> Row {
        let first = fault.runs_on(self.cluster.version()).next();
        let row = Row::of(fault, String::new(), first);
        Row { got: "–".to_owned(), mistakes: vec![mistake], ..row }
    }

    /// The API server's account of the requests of tsg's user, from a byte of its log on.
    fn audited(&self, from: u64) -> Result<Vec<Json>, String> {
        let path = self.cluster.audit_log();
        let read = || -> io::Result<String> {
            let mut text = String::new();
            let mut log = fs::File::open(&path)?;
            log.seek(SeekFrom::Start(from))?;
            log.read_to_string(&mut text)?;
            Ok(text)
        };
        let text = match read() {
            // Before the first request there is no log.
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            other => other.map_err(|error| format!("{}: {error}", path.display()))?,
        };
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }
}

/// What one look saw, by namespace.
struct Seen {
    at: Timestamp,
    pods: BTreeMap<String, Vec<Json>>,
    events: BTreeMap<String, Vec<Json>>,
}

impl Seen {
    fn of<'s>(&self, kept: &'s BTreeMap<String, Vec<Json>>, namespace: &str) -> Vec<&'s Json> {
        kept.get(namespace).into_iter().flatten().collect()
    }
}

/// The clock of this machine, which is the cluster's too.
#[allow(clippy::disallowed_methods)]
fn now() -> Timestamp {
    Timestamp::now()
}
