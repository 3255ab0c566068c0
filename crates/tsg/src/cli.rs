//! The command line: what can be typed, with an example for each command that works on the
//! shipped incidents.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

/// Executable troubleshooting guides for Kubernetes.
#[derive(Debug, Parser)]
#[command(
    name = "tsg",
    version,
    about,
    long_about = "Runs troubleshooting guides (Markdown) against a cluster or a dump of one: asks what they \
                  ask, follows their decisions, and names the cause and the object that has it, with the \
                  evidence line by line. Reads only; changes nothing.",
    after_help = "Examples:\n  \
        tsg demo                                 a recorded incident, no cluster needed\n  \
        tsg diagnose pod/checkout-7c9 -n shop    what is wrong with a pod\n  \
        tsg diagnose deploy/checkout -n shop     with a workload's pods\n  \
        tsg diagnose -n shop                     with anything in a namespace\n  \
        tsg triage -n shop                       few causes for the many symptoms of a namespace\n  \
        tsg triage -n shop --from dump/          the same from files\n\n\
        Exit codes: 0 nothing wrong that a guide knows of · 1 a cause was found · 2 inconclusive ·\n\
        3 could not look · 4 bad guide · 64 bad usage",
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Diagnose a recorded incident that ships with tsg
    #[command(
        after_help = "Examples:\n  tsg demo             the list, and the first one diagnosed\n  tsg demo wrong-tag --explain"
    )]
    Demo(DemoArgs),
    /// Find what is wrong, and with which object
    #[command(after_help = DIAGNOSE_EXAMPLES)]
    Diagnose(DiagnoseArgs),
    /// Name the few objects that explain the many symptoms of a namespace or cluster
    #[command(after_help = TRIAGE_EXAMPLES)]
    Triage(TriageArgs),
    /// Capture everything that the guides could ask of a namespace, redacted, for --from
    #[command(
        after_help = "Example:\n  tsg snapshot -n shop -o shop.tar.zst\n  tsg diagnose -n shop --from shop.tar.zst"
    )]
    Snapshot(SnapshotArgs),
    /// List, show, search, match, check and explain guides
    #[command(subcommand)]
    Guides(GuidesCommand),
    /// List, show and run the tools that guides call
    #[command(subcommand)]
    Tools(ToolsCommand),
    /// List and show the signals that say when a guide applies
    #[command(subcommand)]
    Signals(SignalsCommand),
    /// Print the least role that the guides need, or check that you have it
    #[command(after_help = RBAC_EXAMPLES)]
    Rbac(RbacArgs),
    /// Print the JSON Schema of `-o json`
    Schema,
    /// Print a completion script
    #[command(after_help = "Example:\n  source <(tsg completion bash)")]
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  tsg man | man -l -")]
    Man,
}

const DIAGNOSE_EXAMPLES: &str = "Examples:\n  \
    tsg diagnose pod/checkout-7c9 -n shop\n  \
    tsg diagnose deploy/checkout -n shop --explain\n  \
    tsg diagnose -n shop -o json | jq '.diagnoses[].cause'\n  \
    tsg diagnose pod/web-0 -n shop --guide my-guide.md\n  \
    tsg diagnose -n shop --from must-gather.tar.gz\n  \
    kubectl get pods,events,rs -n shop -o json | tsg diagnose -n shop --from -\n  \
    tsg diagnose pod/web-0 -n shop --record incident.tar.zst\n  \
    tsg diagnose pod/web-0 -n shop --probe\n\n\
    Exit codes: 0 nothing wrong that a guide knows of · 1 a cause was found · 2 inconclusive ·\n\
    3 could not look · 4 bad guide · 64 bad usage";

const TRIAGE_EXAMPLES: &str = "Examples:\n  \
    tsg triage -n shop\n  \
    tsg triage -A\n  \
    tsg triage -n shop --show 2\n  \
    tsg triage -n shop --from ticket.txt\n  \
    tsg triage -n shop -o json | jq '.diagnoses[] | {cause, object, explains}'\n\n\
    Exit codes: 0 nothing wrong that a guide knows of · 1 a cause was found · 2 inconclusive ·\n\
    3 could not look · 4 bad guide · 64 bad usage";

const RBAC_EXAMPLES: &str = "Examples:\n  \
    tsg rbac | kubectl apply -f -\n  \
    tsg rbac --bind user:jane@example.com | kubectl apply -f -\n  \
    tsg rbac -n shop --bind serviceaccount:shop/oncall\n  \
    tsg rbac --guide TSG-POD-IMAGEPULL-001\n  \
    tsg rbac --check -n shop\n\n\
    Exit codes of --check: 0 all rules are allowed · 1 one is denied · 2 none is denied, but not\n\
    all could be told · 3 nothing could be told";

/// `tsg rbac`
#[derive(Debug, Args)]
pub struct RbacArgs {
    /// Only what this guide needs, a file or an id, and those that it sends on to
    #[arg(long, value_name = "FILE|ID")]
    pub guide: Option<String>,
    /// Add what asking registries (--probe) needs
    #[arg(long)]
    pub probe: bool,
    /// The name of the role
    #[arg(long, default_value = "tsg")]
    pub name: String,
    /// The form of the role; JSON has no comments
    #[arg(short, long, value_enum, default_value_t = ManifestFormat::Yaml, conflicts_with = "check")]
    pub output: ManifestFormat,
    /// Bind the role to user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME; may be given more than once
    #[arg(long, value_name = "SUBJECT", conflicts_with = "check")]
    pub bind: Vec<String>,
    /// Ask the API server, rule by rule, whether the user is allowed it
    #[arg(long)]
    pub check: bool,
    /// With --check: in all namespaces
    #[arg(short = 'A', long, requires = "check", conflicts_with = "namespace")]
    pub all_namespaces: bool,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub guides: GuidesArgs,
}

/// `tsg demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The incident; without it, the list of them and the first one's diagnosis
    pub name: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Show every decision
    #[arg(long)]
    pub explain: bool,
}

/// `tsg diagnose`
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// What to diagnose, as KIND/NAME; without it, all of the namespace
    pub target: Option<String>,
    /// The name, where the kind stands alone as kubectl has it: `deploy checkout`
    #[arg(requires = "target")]
    pub name: Option<String>,
    /// Everything in all namespaces
    #[arg(short = 'A', long, conflicts_with_all = ["target", "namespace"])]
    pub all_namespaces: bool,
    /// Run this guide, a file or an id, whatever its signals say
    #[arg(long, value_name = "FILE|ID")]
    pub guide: Option<String>,
    /// Show every decision
    #[arg(long)]
    pub explain: bool,
    /// Write what was asked and answered to this file, redacted; for --from
    #[arg(long, value_name = "FILE.tar.zst")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    pub probe: ProbeArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub guides: GuidesArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `tsg triage`
#[derive(Debug, Args)]
pub struct TriageArgs {
    /// All namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Show one cause in full, by its number in the list
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub show: Option<u32>,
    /// Write what was asked and answered to this file, redacted; for --from
    #[arg(long, value_name = "FILE.tar.zst")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub guides: GuidesArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Whether registries are asked, and how.
#[derive(Clone, Debug, Default, Args)]
pub struct ProbeArgs {
    /// Ask the images' registries too, from this machine, with the pods' own pull secrets
    #[arg(long, conflicts_with = "from")]
    pub probe: bool,
    /// The proxy to ask registries through [default: that of HTTPS_PROXY]
    #[arg(long, value_name = "URL", requires = "probe", value_parser = secret)]
    pub probe_proxy: Option<SecretString>,
    /// Certificates of authorities to trust besides the system's, in PEM
    #[arg(long, value_name = "FILE", requires = "probe")]
    pub probe_ca: Option<PathBuf>,
}

/// `tsg snapshot`
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The file to write [default: NAMESPACE.tar.zst]
    #[arg(short, long, value_name = "FILE.tar.zst")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Where answers come from.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// The namespace [default: that of the context, else `default`]
    #[arg(short, long, global = false)]
    pub namespace: Option<String>,
    /// Answer from files: a dump, a bundle, kubectl's JSON or YAML, a recording; `-` for standard input
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// The time to tell ages by, for files, in RFC 3339 (2026-11-20T14:07:40Z)
    #[arg(long, value_name = "TIME")]
    pub now: Option<evidence::Time>,
    /// The kubeconfig file
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig
    #[arg(long, conflicts_with = "from")]
    pub context: Option<String>,
    /// The user to act as
    #[arg(long = "as", value_name = "USER", conflicts_with = "from")]
    pub impersonate: Option<String>,
    /// A group to act as; may be given more than once
    #[arg(long = "as-group", value_name = "GROUP", requires = "impersonate")]
    pub impersonate_groups: Vec<String>,
    /// The Alertmanager to ask for alerts: NAMESPACE/SERVICE:PORT through the API server, or a URL
    #[arg(long, value_name = "WHERE", conflicts_with = "from", value_parser = secret)]
    pub alertmanager: Option<SecretString>,
    /// The Prometheus to ask for time series, and for alerts without an Alertmanager; named alike
    #[arg(long, value_name = "WHERE", conflicts_with = "from", value_parser = secret)]
    pub prometheus: Option<SecretString>,
    /// How long to wait for all answers together, such as 30s or 2m
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span)]
    pub timeout: Duration,
    /// Show no progress on standard error
    #[arg(long)]
    pub no_progress: bool,
}

/// Which guides there are.
#[derive(Debug, Args)]
pub struct GuidesArgs {
    /// A folder of own guides, read in addition to the shipped ones; may be given more than once
    #[arg(long = "guides", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

/// How the answer looks.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,
    /// Whether to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// The forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For a terminal
    Text,
    /// One stable document; `tsg schema` prints its JSON Schema
    Json,
    /// For a ticket or a chat
    Markdown,
    /// The same document as YAML
    Yaml,
}

/// The forms of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ManifestFormat {
    /// With the reason for each verb beside it
    Yaml,
    /// For a program
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `tsg guides …`
#[derive(Debug, Subcommand)]
pub enum GuidesCommand {
    /// List the guides
    List {
        #[command(flatten)]
        guides: GuidesArgs,
    },
    /// Print a guide
    #[command(after_help = "Example:\n  tsg guides show TSG-POD-IMAGEPULL-001")]
    Show {
        /// The guide's id
        id: String,
        #[command(flatten)]
        guides: GuidesArgs,
    },
    /// Find guides by words: a symptom, an error message, an alert's name
    #[command(after_help = "Example:\n  tsg guides search x509 unknown authority")]
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        guides: GuidesArgs,
    },
    /// Say which guides apply to an object, an alert or an error message, and why
    #[command(
        after_help = "Examples:\n  tsg guides match pod/web-0 -n shop\n  tsg guides match --alert alertname=KubePodNotReady,namespace=shop\n  kubectl logs web-0 | tail -1 | tsg guides match --error -"
    )]
    Match {
        /// The object, as KIND/NAME
        #[arg(required_unless_present_any = ["alert", "error"])]
        target: Option<String>,
        /// The labels of an alert, or a file with the JSON of Alertmanager; - reads it from stdin
        #[arg(long, value_name = "LABELS|FILE", conflicts_with_all = ["target", "error"])]
        alert: Option<String>,
        /// An error message; - reads it from stdin
        #[arg(long, value_name = "TEXT", conflicts_with = "target")]
        error: Option<String>,
        #[command(flatten)]
        source: Box<SourceArgs>,
        #[command(flatten)]
        guides: GuidesArgs,
    },
    /// Check guides: every mistake of every file, with its place and what to write instead
    #[command(
        after_help = "Example:\n  tsg guides lint guides/*/*/*.md\n\nExit codes: 0 no errors · 4 errors, or warnings with --strict"
    )]
    Lint {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Count warnings as errors
        #[arg(long)]
        strict: bool,
        /// Whether to use colour
        #[arg(long, value_enum, default_value_t = Color::Auto)]
        color: Color,
    },
    /// Say what a guide's words are taken to mean, and why
    #[command(after_help = "Example:\n  tsg guides explain TSG-POD-IMAGEPULL-001")]
    Explain {
        /// The guide's id, or a file
        id: String,
        #[command(flatten)]
        guides: GuidesArgs,
    },
}

/// `tsg tools …`
#[derive(Debug, Subcommand)]
pub enum ToolsCommand {
    /// List the tools
    List,
    /// Print a tool's manual page
    #[command(after_help = "Example:\n  tsg tools show get_image_pull_events")]
    Show {
        /// The tool's name
        name: String,
    },
    /// Run a tool and print its facts as a guide sees them
    #[command(
        after_help = "Example:\n  tsg tools run get_pod_events web-0 shop\n  tsg tools run get_pod_logs web-0 shop container=server previous=True"
    )]
    Run {
        /// The tool's name
        name: String,
        /// Its arguments, in order or as name=value
        arguments: Vec<String>,
        #[command(flatten)]
        probe: ProbeArgs,
        #[command(flatten)]
        source: Box<SourceArgs>,
    },
}

/// `tsg signals …`
#[derive(Debug, Subcommand)]
pub enum SignalsCommand {
    /// List the signals
    List,
    /// Say what a signal reads and when it holds
    #[command(after_help = "Example:\n  tsg signals show pod_restart_count_high")]
    Show {
        /// The signal's name
        name: String,
    },
}

/// A proxy's URL may hold a password.
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}

/// Reads `30s`, `2m`, `1h`, `500ms` or a number of seconds.
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("`{text}` is not a span of time; write 30s, 2m or 500ms"))?;
    let span = match &text[digits.len()..] {
        "" | "s" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        "h" => Duration::from_secs(number.saturating_mul(3600)),
        unit => return Err(format!("`{unit}` is not a unit of time; there are ms, s, m and h")),
    };
    match span.is_zero() {
        true => Err("the time to wait must be more than nothing".to_owned()),
        false => Ok(span.min(Duration::from_secs(24 * 3600))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example_or_needs_none() {
        let plain = ["list", "schema"];
        let mut open = vec![Cli::command()];
        while let Some(command) = open.pop() {
            let leaf = command.get_subcommands().next().is_none();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let named = plain.contains(&command.get_name());
            assert!(!leaf || named || help.contains("tsg "), "{}", command.get_name());
            open.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn a_span_has_a_unit_or_means_seconds() {
        assert_eq!(span("90"), Ok(Duration::from_secs(90)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "soon", "5d", "0s", "-1s"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
