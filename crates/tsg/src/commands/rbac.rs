//! `tsg rbac`: the least role for given guides, and whether the user has it.

use cluster::Grant;
use evidence::Permission;

use crate::cli::{ManifestFormat, RbacArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::role::{self, Names, Need, Subject};
use crate::source::Source;
use crate::{library, terminal};

/// Runs the command.
pub fn run(args: &RbacArgs) -> Result<Exit, Failure> {
    for (name, of) in
        [(args.source.namespace.as_deref(), "a namespace"), (Some(args.name.as_str()), "a role")]
    {
        if let Some(name) = name.filter(|name| !diagnose::is_object_name(name)) {
            return Err(Failure::bad_usage(format!("`{name}` is not a name that {of} can have")));
        }
    }
    let mut book = library::open(&args.guides)?;
    let guide =
        args.guide.as_deref().map(|wanted| library::choose(&mut book, wanted)).transpose()?;
    let needs = role::needs(&book, guide.as_deref(), args.probe);
    match args.check {
        true => check(&needs, args),
        false => print(&needs, guide.as_deref(), args),
    }
}

fn print(needs: &[Need], guide: Option<&str>, args: &RbacArgs) -> Result<Exit, Failure> {
    let subjects: Result<Vec<Subject>, String> =
        args.bind.iter().map(|text| Subject::parse(text)).collect();
    let names = Names {
        name: args.name.clone(),
        namespace: args.source.namespace.clone(),
        subjects: subjects.map_err(Failure::bad_usage)?,
    };
    let documents = role::documents(needs, &names);
    terminal::print(&match args.output {
        ManifestFormat::Json => format!("{:#}\n", role::in_json(&documents)),
        ManifestFormat::Yaml => role::in_yaml(&documents, &head(needs, guide, args)),
    });
    Ok(Exit::Nothing)
}

/// What stands above the manifest.
fn head(needs: &[Need], guide: Option<&str>, args: &RbacArgs) -> String {
    let of = match (guide, args.guides.folders.is_empty()) {
        (Some(id), _) => format!("the guide {id}"),
        (None, true) => "the shipped guides".to_owned(),
        (None, false) => "the shipped guides and own ones".to_owned(),
    };
    let mut head = format!(
        "The least that a user of tsg must be allowed so that {of} can be run.\n\
         Made by `tsg rbac` from what the tools declare. It grants get and list, and no change.\n\
         Beside each verb: who needs it, and what is unknown without it. What is not granted is\n\
         reported as not seen, never as not there.\n"
    );
    if args.probe {
        let already = !needs.iter().any(|need| need.without.values().all(|who| is_probe(who)));
        head += match already {
            true => "--probe adds no rule: what it reads is needed without it, too.\n",
            false => "Some rules are for --probe only.\n",
        };
    }
    if args.bind.is_empty() {
        head += "\nIt is bound to nobody. With --bind user:NAME, --bind group:NAME or\n\
                 --bind serviceaccount:NAMESPACE/NAME the bindings are printed too.\n";
    }
    head
}

fn is_probe(who: &std::collections::BTreeSet<&str>) -> bool {
    who.iter().all(|who| *who == role::PROBE)
}

/// Asks the API server for each rule, and prints what it says.
fn check(needs: &[Need], args: &RbacArgs) -> Result<Exit, Failure> {
    if args.source.from.is_some() {
        return Err(Failure::bad_usage(
            "--check asks an API server; files cannot say what a user may do",
        ));
    }
    let source = Source::open(&args.source)?;
    let namespace = match args.all_namespaces {
        true => None,
        false => {
            Some(args.source.namespace.as_deref().unwrap_or(source.default_namespace.as_str()))
        }
    };
    let needs = if namespace.is_none() { role::everywhere(needs) } else { needs.to_vec() };
    let permissions: Vec<Permission> =
        needs.iter().map(|need| need.permission(namespace)).collect();
    let grants = source.may(&permissions);
    let width = permissions.iter().map(|one| rule(one).len()).max().unwrap_or(0);
    let mut table = String::new();
    for ((need, permission), grant) in needs.iter().zip(&permissions).zip(&grants) {
        table += &row(need, permission, grant, width);
    }
    terminal::print(&table);
    let count = |wanted: fn(&Grant) -> bool| grants.iter().filter(|grant| wanted(grant)).count();
    let denied = count(|grant| *grant == Grant::Denied);
    let allowed = count(|grant| *grant == Grant::Allowed);
    let unknown = grants.len() - denied - allowed;
    terminal::print(&format!(
        "\n{} rules: {allowed} allowed, {denied} denied, {unknown} unknown\n",
        grants.len()
    ));
    if denied > 0 {
        let place = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
        terminal::print(&format!(
            "The role, for one who may grant it:\n  \
             tsg rbac{place}{} --bind user:NAME | kubectl apply -f -\n",
            same_guides(args)
        ));
    }
    Ok(match (denied, unknown, allowed) {
        (0, 0, _) => Exit::Nothing,
        (0, _, 0) => Exit::CouldNotLook,
        (0, _, _) => Exit::Inconclusive,
        _ => Exit::CauseFound,
    })
}

/// The options that choose the same guides again.
fn same_guides(args: &RbacArgs) -> String {
    let mut options = String::new();
    for folder in &args.guides.folders {
        options += &format!(" --guides {}", folder.display());
    }
    if let Some(guide) = &args.guide {
        options += &format!(" --guide {guide}");
    }
    if args.probe {
        options += " --probe";
    }
    options
}

fn rule(permission: &Permission) -> String {
    let Permission { verb, group, resource, .. } = permission;
    let dot = if group.is_empty() { "" } else { "." };
    format!("{verb} {resource}{dot}{group}")
}

/// A line for the rule; below it, where it is not allowed, what is unknown without it.
fn row(need: &Need, permission: &Permission, grant: &Grant, width: usize) -> String {
    let word = match grant {
        Grant::Allowed => "allowed",
        Grant::Denied => "denied",
        Grant::Unknown(_) => "unknown",
    };
    let place = match &permission.namespace {
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in the cluster".to_owned(),
    };
    let mut row = format!("{word:<8} {:<width$}  {place}\n", rule(permission));
    if let Grant::Unknown(why) = grant {
        row += &format!("{:9}{why}\n", "");
    }
    if *grant != Grant::Allowed {
        for reason in need.reasons() {
            row += &format!("{:9}without it, {reason}\n", "");
        }
    }
    row
}
