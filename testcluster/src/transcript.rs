//! Pastes what the real kubectl prints of a fault into a file, as a person would into a ticket, and
//! asks `tsg` about the file.
//!
//! A transcript shows less than the API server does, so that it may leave open what the cluster
//! decides. It must never lead to another cause that is called confirmed or likely, nor to an
//! all-clear.

use crate::answer::Answer;
use crate::catalogue::Fault;
use crate::exercise::{Exercise, Row};
use crate::run::write;

/// The kinds that are listed, with the further words of their commands.
const LISTS: [(&str, &str); 21] = [
    ("pods", "-o wide"),
    ("pods", "--show-labels"),
    ("deployments", "-o wide"),
    ("statefulsets", "-o wide"),
    ("daemonsets", "-o wide"),
    ("replicasets", "-o wide"),
    ("jobs", ""),
    ("cronjobs", ""),
    ("services", "-o wide"),
    ("endpoints", ""),
    ("ingresses", ""),
    ("networkpolicies", ""),
    ("persistentvolumeclaims", ""),
    ("configmaps", ""),
    ("secrets", ""),
    ("serviceaccounts", ""),
    ("horizontalpodautoscalers", ""),
    ("poddisruptionbudgets", ""),
    ("resourcequotas", ""),
    ("limitranges", ""),
    ("events", ""),
];

/// The kinds that are described.
const DESCRIBED: &str = "pods,deployments,statefulsets,daemonsets,replicasets,jobs,cronjobs,services,persistentvolumeclaims,\
                         resourcequotas,limitranges,horizontalpodautoscalers,poddisruptionbudgets,ingresses,networkpolicies";

impl Exercise<'_> {
    /// Asks about a transcript of the fault, as its first question is asked of the cluster.
    pub(crate) fn ask_transcript(&self, fault: &Fault) -> Option<Row> {
        let version = self.cluster.version();
        let run = fault.runs_on(version).find(|run| run.guide.is_none() && !run.probe)?;
        (self.progress)(&format!("{}/{} transcript", fault.family, fault.name));
        let mut row = Row::of(fault, "transcript".to_owned(), Some(run));
        let asked = self.transcript(fault).and_then(|path| {
            let target = (!run.triage && !fault.target.is_empty()).then_some(&fault.target);
            let command = if run.triage { "triage" } else { "diagnose" };
            let words = ["-n", &fault.name, "--from", &path, "-o", "json", "--color=never"];
            let words = std::iter::once(command).chain(target.map(String::as_str)).chain(words);
            let words: Vec<String> = words.map(str::to_owned).collect();
            self.tsg(&format!("{}.transcript", fault.name), &words)
        });
        let answer = asked.and_then(|asked| {
            row.milliseconds = asked.milliseconds;
            Answer::of(&asked)
        });
        match answer {
            Ok(answer) => {
                row.got = answer.to_string();
                row.mistakes = answer.beyond(run);
            }
            Err(mistake) => row.mistakes.push(mistake),
        }
        Some(row)
    }

    /// Writes the transcript; its path.
    fn transcript(&self, fault: &Fault) -> Result<String, String> {
        let namespace = fault.name.as_str();
        let mut commands: Vec<String> = LISTS
            .iter()
            .map(|(kind, more)| format!("kubectl -n {namespace} get {kind} {more}"))
            .collect();
        let described = self.kubectl(&["-n", namespace, "get", DESCRIBED, "-o", "name"])?;
        commands.extend(
            described.lines().map(|name| format!("kubectl -n {namespace} describe {name}")),
        );
        commands.extend(
            [
                "get nodes -o wide",
                "describe nodes",
                "get storageclasses",
                "get persistentvolumes",
                "describe persistentvolumes",
            ]
            .map(|words| format!("kubectl {words}")),
        );
        let names = self.kubectl(&["-n", namespace, "get", "pods", "-o", "jsonpath={range .items[*]}{.metadata.name}{range .spec['initContainers','containers'][*]} {.name}{end}{\"\\n\"}{end}"])?;
        for line in names.lines() {
            let mut words = line.split(' ');
            let pod = words.next().unwrap_or_default();
            for container in words {
                for previous in ["", " --previous"] {
                    commands.push(format!(
                        "kubectl -n {namespace} logs {pod} -c {container} --tail=200{previous}"
                    ));
                }
            }
        }
        let mut text = String::new();
        for command in commands {
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            // What kubectl complains of stands in the terminal too.
            let printed =
                self.cluster.command(&self.cluster.program("kubectl")).args(words).output();
            let printed = printed.map_err(|error| format!("{command}: {error}"))?;
            let both = [printed.stdout, printed.stderr].concat();
            text.push_str(&format!("$ {}\n{}", command.trim_end(), String::from_utf8_lossy(&both)));
        }
        text.push_str("$\n");
        let path = self.folder().join(format!("{namespace}.transcript.txt"));
        write(&path, text)?;
        Ok(path.display().to_string())
    }
}
