//! `connectivity.txt`: which services accepted a connection, as `host:port open` or
//! `host:port failed`, one a line.

use evidence::{Reach, Reply};

/// Reads the file. Lines of another form say nothing.
pub(super) fn read(text: &str) -> Reply {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let (host, port) = words.next()?.rsplit_once(':')?;
        let open = match words.next()? {
            "open" | "succeeded" | "ok" => true,
            "failed" | "closed" | "refused" | "timeout" | "timed" => false,
            _ => return None,
        };
        Some(Reach { host: host.to_owned(), port: port.parse().ok()?, open })
    };
    let mut found: Vec<Reach> = text.lines().filter_map(one).collect();
    found.sort();
    Reply::Reach(found.into())
}
