//! A command line, and what its output can prove.

use evidence::Kind;

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Command {
    pub(super) verb: Verb,
    /// The kinds asked for; `None` stands for one that no tool reads.
    pub(super) kinds: Vec<Option<Kind>>,
    /// The names asked for, with their kind where it stands before them.
    pub(super) names: Vec<(Option<Kind>, String)>,
    /// The namespace that was named.
    pub(super) namespace: Option<String>,
    /// Whether all namespaces were asked for.
    pub(super) everywhere: bool,
    pub(super) output: Output,
    /// Whether something between the cluster and the page may have taken objects out:
    /// a selector, a limit, a pipe, a file.
    pub(super) filtered: bool,
    pub(super) container: Option<String>,
    pub(super) previous: bool,
    /// The most lines of a log that were asked for.
    pub(super) tail: Option<usize>,
}

/// What a command does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Describe,
    Logs,
    Top,
    /// `kubectl events`.
    Events,
    Version,
    /// Chooses the namespace of the commands after it.
    Use,
    Systemctl,
    Date,
    /// Something whose output is not read.
    #[default]
    Other,
}

/// How output was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Output {
    #[default]
    Table,
    Wide,
    Document,
    /// A form that is not read: names, columns of one's own, a template.
    Other,
}

/// Options that take the word after them.
const VALUED: [&str; 29] = [
    "-n",
    "--namespace",
    "-o",
    "--output",
    "-l",
    "--selector",
    "--field-selector",
    "-c",
    "--container",
    "--context",
    "--kubeconfig",
    "--sort-by",
    "--as",
    "--as-group",
    "--chunk-size",
    "--tail",
    "--since",
    "--since-time",
    "--request-timeout",
    "-f",
    "--filename",
    "--cluster",
    "--user",
    "-s",
    "--server",
    "--template",
    "--for",
    "--types",
    "-L",
];

/// The names under which kubectl goes, and what passes its output on as it is.
pub(super) const KUBECTL: [&str; 6] =
    ["kubectl", "k", "oc", "kubectl.exe", "kubecolor", "microk8s.kubectl"];

/// A command line from the program on that it runs, which others may start.
pub(super) fn unwrapped(line: &str) -> &str {
    const BEFORE: [&str; 3] = ["sudo ", "time ", "command "];
    const BRINGS_KUBECTL: [&str; 4] = ["k3s ", "k0s ", "microk8s ", "minikube "];
    if let Some(rest) = BEFORE.iter().find_map(|before| line.strip_prefix(before)) {
        return unwrapped(rest.trim_start());
    }
    let own = BRINGS_KUBECTL.iter().find_map(|before| line.strip_prefix(before));
    own.map(str::trim_start).filter(|rest| rest.starts_with("kubectl ")).unwrap_or(line)
}

impl Command {
    /// Reads a command without its prompt; `None` where it is of no program that is known.
    pub(super) fn parse(line: &str) -> Option<Command> {
        let (words, filtered) = words(unwrapped(line));
        let mut words = words.into_iter();
        let program = words.next()?;
        let program = program.rsplit('/').next().unwrap_or(&program).to_owned();
        let mut command = Command { filtered, ..Command::default() };
        match &*program {
            name if KUBECTL.contains(&name) => command.kubectl(words),
            "systemctl" => command.systemctl(words),
            "date" => command.verb = Verb::Date,
            "kubens" => {
                command.verb = Verb::Use;
                command.namespace = words.next();
            }
            _ => return None,
        }
        Some(command)
    }

    fn systemctl(&mut self, words: impl Iterator<Item = String>) {
        let mut bare = words.filter(|word| !word.starts_with('-'));
        if bare.next().as_deref() == Some("status") {
            self.verb = Verb::Systemctl;
            self.names = bare.map(|name| (None, name)).collect();
        }
    }

    fn kubectl(&mut self, words: impl Iterator<Item = String>) {
        let mut words = words.peekable();
        let mut bare: Vec<String> = Vec::new();
        while let Some(word) = words.next() {
            // `minikube kubectl --` ends its own options so.
            if word == "--" && bare.is_empty() {
                continue;
            }
            if !word.starts_with('-') || word == "-" {
                bare.push(word);
                continue;
            }
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None if VALUED.contains(&&*word) && self.takes_value(&word, &bare) => {
                    (word, words.next())
                }
                None => (word, None),
            };
            self.option(&flag, value);
        }
        self.operands(bare);
    }

    /// `-f` of `logs` and `get -w` stand alone.
    fn takes_value(&self, flag: &str, bare: &[String]) -> bool {
        !(flag == "-f" && bare.first().is_some_and(|verb| verb == "logs"))
    }

    fn option(&mut self, flag: &str, value: Option<String>) {
        match (flag, value) {
            ("-n" | "--namespace", Some(value)) => self.namespace = Some(value),
            ("-A" | "--all-namespaces", value) => {
                self.everywhere = value.as_deref() != Some("false")
            }
            ("-o" | "--output", Some(value)) => self.output = output(&value),
            ("-c" | "--container", Some(value)) => self.container = Some(value),
            ("-p" | "--previous", _) => self.previous = true,
            ("--tail", Some(lines)) => self.tail = lines.parse().ok(),
            (
                "--since" | "--since-time" | "--limit-bytes" | "-l" | "--selector"
                | "--field-selector" | "-w" | "--watch" | "--watch-only" | "--for" | "--types"
                | "--limit" | "--raw" | "-f" | "--filename" | "--ignore-not-found",
                _,
            ) => self.filtered = true,
            _ => match flag.strip_prefix("-n").or_else(|| flag.strip_prefix("-o")) {
                Some(joined) if flag.starts_with("-n") && !joined.is_empty() => {
                    self.namespace = Some(joined.to_owned());
                }
                Some(joined) if flag.starts_with("-o") && !joined.is_empty() => {
                    self.output = output(joined);
                }
                _ => {}
            },
        }
    }

    fn operands(&mut self, bare: Vec<String>) {
        let mut bare = bare.into_iter();
        let verb = bare.next().unwrap_or_default();
        self.verb = match &*verb {
            "get" => Verb::Get,
            "describe" => Verb::Describe,
            "logs" => Verb::Logs,
            "top" => Verb::Top,
            "events" => Verb::Events,
            "version" => Verb::Version,
            "config" if bare.next().as_deref() == Some("set-context") => Verb::Use,
            "project" => {
                self.namespace = bare.next();
                Verb::Use
            }
            _ => Verb::Other,
        };
        match self.verb {
            Verb::Logs => {
                let mut names = bare;
                self.names = names.next().map(|word| named(&word)).into_iter().collect();
                self.container = self.container.take().or_else(|| names.next());
            }
            Verb::Get | Verb::Describe | Verb::Top => self.asked(bare),
            Verb::Events => self.kinds = vec![Some(Kind::Event)],
            _ => {}
        }
    }

    /// `pods`, `pods,svc`, `pod a b`, `pod/a svc/b`.
    fn asked(&mut self, mut bare: impl Iterator<Item = String>) {
        let Some(first) = bare.next() else { return };
        if first.contains('/') {
            self.names = std::iter::once(first).chain(bare).map(|word| named(&word)).collect();
            self.kinds = self.names.iter().map(|(kind, _)| *kind).collect();
            self.kinds.dedup();
            return;
        }
        self.kinds = first.split(',').map(kind).collect();
        let of = self.kinds.first().copied().flatten();
        self.names = bare.map(|name| (of, name)).collect();
    }

    /// The one kind that was asked for.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.kinds.as_slice() {
            [kind] => *kind,
            _ => None,
        }
    }

    /// Whether the whole list of a kind was asked for.
    pub(super) fn asks_for_all(&self) -> bool {
        self.names.is_empty() && !self.filtered
    }
}

/// The kind of a word that kubectl takes for a resource: `pods.v1.`, `deployments.v1.apps` too.
/// One of a group that borrows a name is no kind of ours.
fn kind(word: &str) -> Option<Kind> {
    let kind = Kind::parse(word)?;
    let group = word.split_once('.').map_or("", |(_, group)| group);
    let is_version =
        |part: &str| part.starts_with('v') && part[1..].starts_with(|c: char| c.is_ascii_digit());
    let group = match group.split_once('.') {
        Some((version, rest)) if is_version(version) => rest,
        None if is_version(group) => "",
        _ => group,
    };
    let is_event = kind == Kind::Event && group == "events.k8s.io";
    (group.is_empty() || group == kind.group() || is_event).then_some(kind)
}

/// `pod/a`, or a pod's bare name.
fn named(word: &str) -> (Option<Kind>, String) {
    match word.split_once('/') {
        Some((of, name)) => (kind(of), name.to_owned()),
        None => (Some(Kind::Pod), word.to_owned()),
    }
}

fn output(value: &str) -> Output {
    match value {
        "wide" => Output::Wide,
        "yaml" | "json" => Output::Document,
        _ => Output::Other,
    }
}

/// The words of a command, up to what is no part of it, and whether that may change its output.
fn words(line: &str) -> (Vec<String>, bool) {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match quote {
            Some(mark) if c == mark => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == '\\' => word.get_or_insert_default().extend(rest.next()),
            None if c.is_whitespace() => words.extend(word.take()),
            None if matches!(c, '|' | ';' | '&' | '<') => {
                words.extend(word);
                return (words, true);
            }
            None if c == '>' => {
                let of_errors = word.take_if(|word| *word == "2").is_some();
                words.extend(word.take());
                if !of_errors {
                    return (words, true);
                }
                while rest.next_if_eq(&' ').is_some() {}
                while rest.next_if(|c| !c.is_whitespace()).is_some() {}
            }
            None if c == '#' && word.is_none() => break,
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (words, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Command {
        Command::parse(line).unwrap()
    }

    #[test]
    fn a_whole_list_is_one_without_names_selectors_and_pipes() {
        for line in [
            "kubectl get pods -n shop",
            "kubectl -n shop get po -o wide --show-labels",
            "k get pod --namespace=shop --sort-by='.metadata.name'",
            "sudo /usr/bin/kubectl get pods -nshop 2>&1",
            "kubectl get pods -n shop 2> /dev/null",
        ] {
            let command = parse(line);
            assert_eq!(command.verb, Verb::Get, "{line}");
            assert_eq!(command.kind(), Some(Kind::Pod), "{line}");
            assert_eq!(command.namespace.as_deref(), Some("shop"), "{line}");
            assert!(command.asks_for_all(), "{line}");
        }
        for line in [
            "kubectl get pods -n shop -l app=web",
            "kubectl get pods web-0 -n shop",
            "kubectl get pod/web-0 -n shop",
            "kubectl get pods -n shop | grep web",
            "kubectl get pods -n shop --field-selector status.phase=Failed",
            "kubectl get pods -n shop > pods.txt",
        ] {
            assert!(!parse(line).asks_for_all(), "{line}");
        }
    }

    #[test]
    fn a_kind_is_known_by_all_that_kubectl_takes_for_it() {
        for line in ["kubectl get deploy", "oc get deployments.apps", "k get deployments.v1.apps"] {
            assert_eq!(parse(line).kind(), Some(Kind::Deployment), "{line}");
        }
        assert_eq!(parse("kubectl get services.serving.knative.dev").kind(), None);
        let two = parse("kubectl get pods,svc");
        assert_eq!(two.kinds, [Some(Kind::Pod), Some(Kind::Service)]);
    }

    #[test]
    fn a_log_is_asked_for_by_pod_and_container() {
        let log = parse("kubectl logs web-0 -c app --previous -n shop --tail=20");
        assert_eq!(log.names, [(Some(Kind::Pod), "web-0".to_owned())]);
        assert_eq!(
            (log.container.as_deref(), log.previous, log.tail),
            (Some("app"), true, Some(20))
        );
        assert_eq!(parse("kubectl logs -f web-0 app").container.as_deref(), Some("app"));
        assert_eq!(Command::parse("ls -l"), None);
    }
}
