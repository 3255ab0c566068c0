//! `systemctl status`, in `systemctl/<node>/<unit>.txt` or typed.

use std::collections::BTreeMap;

use evidence::{NodeService, Question, Reply, Time};

use crate::intake::Intake;
use crate::layouts::transcript::moments;
use crate::layouts::transcript::reader::Reader;
use crate::note::NoteKind;
use crate::text;
use crate::tree::Branch;

/// What was read of a unit, and the node that the page itself names.
struct Page {
    service: NodeService,
    node: Option<String>,
}

/// Takes in the services of every node that has a folder.
pub(in crate::layouts::transcript) fn services_of_nodes(
    branch: &Branch<'_>,
    reader: &Reader<'_>,
    intake: &mut Intake,
) {
    let mut nodes: BTreeMap<&str, Vec<NodeService>> = BTreeMap::new();
    for path in branch.files() {
        let parts: Vec<&str> = path.split('/').collect();
        let ["systemctl", node, file] = parts.as_slice() else { continue };
        let Some(unit) = file.strip_suffix(".txt") else { continue };
        let bytes = match branch.read(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                intake.notes.take(NoteKind::Broken, path, why);
                continue;
            }
        };
        let decoded = text::decode(&bytes);
        match read(decoded.text.lines(), Some(unit), reader.offset) {
            Some(page) => nodes.entry(node).or_default().push(page.service.admit()),
            None => intake.notes.take(NoteKind::Skipped, path, "it shows no state of a service"),
        }
    }
    for (node, services) in nodes {
        let question = Question::NodeServices { node: node.to_owned() };
        intake.answer(question, Reply::NodeServices(services.into()));
    }
}

/// Takes in the status that was typed for, where the page tells of which node it is.
pub(in crate::layouts::transcript) fn typed_service(
    lines: &[&str],
    reader: &mut Reader<'_>,
    intake: &mut Intake,
) {
    let Some(page) = read(lines.iter().copied(), None, reader.offset) else { return };
    let Some(node) = page.node else {
        let text = "a service's status that does not tell of which node it is";
        return intake.notes.take(NoteKind::Skipped, reader.place, text);
    };
    let question = Question::NodeServices { node };
    intake.answer(question, Reply::NodeServices(vec![page.service.admit()].into()));
}

/// Reads a page of `systemctl status`. A heading of `Service:`, `Node:` and `Status:` may precede.
fn read<'a>(
    lines: impl Iterator<Item = &'a str>,
    unit: Option<&str>,
    offset: Option<i64>,
) -> Option<Page> {
    let mut name = unit.map(str::to_owned);
    let (mut node, mut active) = (None, None);
    let mut journal = Vec::new();
    let mut in_journal = false;
    for line in lines {
        let bare = line.trim();
        let bare = bare.strip_prefix("Status: ").unwrap_or(bare);
        if in_journal && !bare.is_empty() {
            journal.push(line.to_owned());
        } else if let Some(said) = bare.strip_prefix("Node: ") {
            node = Some(said.trim().to_owned());
        } else if let Some(said) = bare.strip_prefix("Active: ").filter(|_| active.is_none()) {
            active = Some(said.to_owned());
        } else if let Some(mark) = bare.strip_prefix(['●', '○', '×', '↻', '*']) {
            let unit = mark.split_whitespace().next().unwrap_or_default();
            name = name.or_else(|| Some(unit.trim_end_matches(".service").to_owned()));
        } else if bare.is_empty() && active.is_some() {
            in_journal = true;
        }
    }
    let active = active?;
    let node = node.or_else(|| host(&journal));
    let (state, rest) = active.split_once(' ').unwrap_or((&active, ""));
    let detail = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(d, _)| d);
    // `failed (Result: exit-code)`.
    let detail = detail.map(|detail| detail.strip_prefix("Result: ").unwrap_or(detail).to_owned());
    let service = NodeService {
        name: name?,
        state: state.to_owned(),
        detail,
        since: since(rest, offset),
        journal,
    };
    Some(Page { service, node })
}

/// `(running) since Sat 2025-11-29 20:51:29 CST; 49min ago`. A zone's letters name an offset only
/// where they are those of UTC; else it is the source's own.
fn since(text: &str, offset: Option<i64>) -> Option<Time> {
    let (_, rest) = text.split_once(" since ")?;
    let moment = rest.split(';').next().unwrap_or(rest);
    let from = moment.find(|c: char| c.is_ascii_digit())?;
    let is_utc = moment.ends_with("UTC") || moment.ends_with("GMT");
    moments::civil(moment.get(from..)?, if is_utc { 0 } else { offset? })
}

/// The host of the last line of a journal: `Nov 29 20:51:57 worker-1 kubelet[2340]: …`.
fn host(journal: &[String]) -> Option<String> {
    let words: Vec<&str> = journal.last()?.split_whitespace().take(5).collect();
    let [_, _, _, host, unit] = words.as_slice() else { return None };
    (unit.ends_with(':')).then(|| (*host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "● kubelet.service - Kubelet\n     Loaded: loaded (/etc/x; enabled)\n     Active: failed (Result: exit-code) since Sat 2025-11-29 20:51:29 CST; 49min ago\n   Main PID: 1\n\nNov 29 20:51:57 worker-1 kubelet[2340]: token=abc\n";

    #[test]
    fn a_status_is_read_with_its_journal() {
        let page = read(PAGE.lines(), None, Some(28_800)).unwrap();
        assert_eq!((&*page.service.name, &*page.service.state), ("kubelet", "failed"));
        assert_eq!(page.service.detail.as_deref(), Some("exit-code"));
        assert_eq!(page.service.since, "2025-11-29T12:51:29Z".parse().ok());
        assert_eq!(page.node.as_deref(), Some("worker-1"));
        assert_eq!(page.service.journal.len(), 1);
        assert_eq!(read(PAGE.lines(), None, None).unwrap().service.since, None);
    }
}
