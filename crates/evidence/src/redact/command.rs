//! Passwords on command lines, in the short flags of programs that are known by name:
//! `curl -u app:x`, `redis-cli -a x`, `mysql -px`.

use super::value::{bare_end, is_harmless};

/// The flags, each with a space before it and all that stands before its value.
pub(super) const FLAGS: [&str; 5] = [" -u ", " --user ", " --user=", " -a ", " -p"];

/// No command line is searched further back than this for its program.
const LIMIT: usize = 512;

/// No password on a command line is longer.
const VALUE_LIMIT: usize = 256;

/// The password after the flag between `start` and `end`. Nothing before `floor` is looked at.
pub(super) fn password(
    text: &str,
    start: usize,
    end: usize,
    floor: usize,
) -> Option<(usize, usize)> {
    let lowest = text.ceil_char_boundary(floor.max(start.saturating_sub(LIMIT))).min(start);
    let line = text[lowest..start].rsplit('\n').next().unwrap_or_default();
    let runs = |programs: &[&str]| {
        line.split(|c: char| c.is_whitespace() || "/\"'`;|&(".contains(c))
            .any(|word| programs.contains(&word))
    };
    let quote = text[end..].starts_with(['"', '\'', '`']);
    let from = end + usize::from(quote);
    let to = bare_end(text, from, VALUE_LIMIT);
    let value = &text[from..to];
    let from = match &text[start..end] {
        " -a " if runs(&["redis-cli"]) => from,
        " -p" if runs(&["mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump"]) => from,
        " -u " | " --user " | " --user=" if runs(&["curl"]) => from + value.find(':')? + 1,
        _ => return None,
    };
    (from < to && !is_harmless(&text[from..to])).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use crate::redact::text;

    #[test]
    fn passwords_in_short_flags_of_known_programs_go() {
        for (before, after) in [
            ("curl -u app:hunter2 http://x", "curl -u app:‹redacted› http://x"),
            ("/bin/curl -s --user 'app:hunter2' x", "/bin/curl -s --user 'app:‹redacted›' x"),
            ("redis-cli -h db -a hunter2 ping", "redis-cli -h db -a ‹redacted› ping"),
            ("mysql -uroot -phunter2 shop", "mysql -uroot -p‹redacted› shop"),
        ] {
            assert_eq!(text(before), after);
            assert_eq!(text(after), after);
        }
        for kept in [
            "docker run -u 1000:1000 web",
            "curl -u app http://x",
            "mysql -u root -p shop",
            "ls -a x",
            "mkdir -p /data",
            "ssh -p22 host",
            "redis-cli -a $(PASS)",
        ] {
            assert_eq!(text(kept), kept);
        }
    }
}
