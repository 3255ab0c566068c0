//! What the user may not look at, as notes of a report: one for each rule of RBAC that is
//! missing, and what to type to see and to grant them.

use std::collections::BTreeMap;

use diagnose::Target;
use evidence::{Permission, Question, Replies, Reply, UnseenKind};

/// How many of the things that one missing rule hides are named.
const MOST_NAMED: usize = 2;

/// The notes; none where no rule is missing.
pub fn notes(replies: &Replies, target: &Target) -> Vec<String> {
    let mut hidden: BTreeMap<Permission, Vec<String>> = BTreeMap::new();
    let mut user = None;
    for (question, reply) in replies.iter() {
        if let Some((permission, to)) = missing_rule(question, reply) {
            user = user.or(to);
            hidden.entry(permission).or_default().push(question.to_string());
        }
    }
    if hidden.is_empty() {
        return Vec::new();
    }
    let mut notes: Vec<String> = hidden.iter().map(|(rule, what)| note(rule, what)).collect();
    let (check, role) = match target.namespace() {
        Some(namespace) => (format!(" -n {namespace}"), format!(" -n {namespace}")),
        None => (" -A".to_owned(), String::new()),
    };
    notes.push(format!("every rule that is missing: tsg rbac --check{check}"));
    let user = user.unwrap_or_else(|| "user:NAME".to_owned());
    notes.push(format!("to grant them: tsg rbac{role} --bind {user} | kubectl apply -f -"));
    notes
}

fn note(rule: &Permission, what: &[String]) -> String {
    let named: Vec<&str> = what.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = match what.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{rule} is not granted; not looked at: {}{more}", named.join(", "))
}

/// The rule whose lack kept a question from being answered, and who lacks it as `--bind` has it.
///
/// A denial says so in the permission's own words. One that says something else (not logged in,
/// no such user to act as) is of no rule: to grant one would not help.
fn missing_rule(question: &Question, reply: &Reply) -> Option<(Permission, Option<String>)> {
    let unseen = match reply {
        Reply::Unseen(unseen) => unseen,
        Reply::Objects(listing) => listing.missing.as_ref()?,
        _ => return None,
    };
    let permission = question.permission().filter(|_| unseen.kind == UnseenKind::Denied)?;
    let rest = unseen.why.strip_prefix(&permission.to_string())?;
    let user = rest.strip_prefix(" is not granted")?.strip_prefix(" to ");
    Some((permission, user.and_then(subject)))
}

/// A user as `--bind` takes it, where a shell would not read anything else in its name.
fn subject(user: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@:".contains(c);
    if user.is_empty() || !user.chars().all(plain) {
        return None;
    }
    let account = user.strip_prefix("system:serviceaccount:").and_then(|path| path.split_once(':'));
    Some(match account {
        Some((namespace, name)) => format!("serviceaccount:{namespace}/{name}"),
        None => format!("user:{user}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::{Kind, Time, Unseen};

    fn refused(questions: &[Question], why: impl Fn(&Question) -> String) -> Vec<String> {
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        for question in questions {
            let unseen = Unseen::new(UnseenKind::Denied, question, why(question));
            replies.insert(question.clone(), Reply::Unseen(unseen));
        }
        notes(&replies, &Target::Namespace("shop".to_owned()))
    }

    fn secrets() -> Vec<Question> {
        ["a", "b", "c"].map(|name| Question::get(Kind::Secret, Some("shop"), name)).to_vec()
    }

    #[test]
    fn a_missing_rule_is_one_line_however_much_it_hides() {
        let said = refused(&secrets(), |question| {
            format!("{} is not granted to jane", question.permission().unwrap())
        });
        assert_eq!(
            said,
            [
                "\"get secrets\" in namespace shop is not granted; not looked at: Secret shop/a, \
                 Secret shop/b and 1 more",
                "every rule that is missing: tsg rbac --check -n shop",
                "to grant them: tsg rbac -n shop --bind user:jane | kubectl apply -f -",
            ]
        );
    }

    #[test]
    fn a_denial_that_no_rule_would_lift_names_none() {
        assert!(refused(&secrets(), |_| "log in again".to_owned()).is_empty());
    }

    #[test]
    fn a_user_is_named_as_it_is_bound_and_never_so_that_a_shell_runs_it() {
        assert_eq!(subject("jane@example.com").as_deref(), Some("user:jane@example.com"));
        let account = subject("system:serviceaccount:ops:tsg");
        assert_eq!(account.as_deref(), Some("serviceaccount:ops/tsg"));
        for name in ["", "$(reboot)", "a b", "a;b", "`x`"] {
            assert_eq!(subject(name), None, "{name}");
        }
    }
}
